"""What one marks a paper with: the tools and a few colours, each with a name, for no colour is the only difference."""

from collections.abc import Sequence
from enum import Enum
from functools import partial

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QAction, QColor, QIcon, QKeySequence, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QMenu, QRadioButton, QToolButton, QWidget

from ecabinet.client.ui import icons, theme
from ecabinet.client.ui.widgets import IconButton, Key, row
from ecabinet.client.ui.widgets.painting import ring
from ecabinet.client.ui.words import Names, say
from ecabinet.core.notes import NoteKind

_DOT = 24


class Tool(Enum):
    """What one has in hand; a value is the kind of note that it makes."""

    HIGHLIGHT = NoteKind.HIGHLIGHT
    UNDERLINE = NoteKind.UNDERLINE
    STRIKE_OUT = NoteKind.STRIKE_OUT
    PEN = NoteKind.INK
    BOX = NoteKind.BOX
    ERASER = None

    @property
    def marks_words(self) -> bool:
        """Whether it is drawn over words that are picked."""
        return self in (Tool.HIGHLIGHT, Tool.UNDERLINE, Tool.STRIKE_OUT)


class Colour(Enum):
    """The colours: as a ground under words, and as a line on paper."""

    YELLOW = "#ffe45c", "#a87400"
    GREEN = "#a5e8b0", "#17783c"
    BLUE = "#a8d4ff", "#0a54aa"
    RED = "#ffbdb8", "#c4211a"
    GREY = "#d5dce5", "#3a4655"

    @property
    def ground(self) -> str:
        return self.value[0]

    @property
    def line(self) -> str:
        return self.value[1]

    def of(self, kind: NoteKind) -> str:
        """As notes of a kind have it."""
        return self.ground if kind in _GROUNDS else self.line


_GROUNDS = (NoteKind.HIGHLIGHT, NoteKind.NOTE)
_FIRST = {
    NoteKind.HIGHLIGHT: Colour.YELLOW,
    NoteKind.UNDERLINE: Colour.BLUE,
    NoteKind.STRIKE_OUT: Colour.RED,
    NoteKind.NOTE: Colour.YELLOW,
    NoteKind.INK: Colour.BLUE,
    NoteKind.BOX: Colour.RED,
    NoteKind.BOOKMARK: Colour.RED,
}
"""As long as a person has used no other."""
ICONS: dict[NoteKind, icons.Name] = {
    NoteKind.HIGHLIGHT: "highlighter",
    NoteKind.UNDERLINE: "underline",
    NoteKind.STRIKE_OUT: "strikethrough",
    NoteKind.NOTE: "message-square-text",
    NoteKind.INK: "pen-line",
    NoteKind.BOX: "square",
    NoteKind.BOOKMARK: "bookmark",
}
kind_name = Names("reader.kind", NoteKind)
colour_name = Names("reader.colour", Colour)
_KNOWN = {code: colour for colour in Colour for code in colour.value}


def named(code: str) -> Colour | None:
    """The colour of a note; None for one that came from elsewhere."""
    return _KNOWN.get(code.lower())


class Colours:
    """Which colour each kind of note is made in: the one used last."""

    def __init__(self) -> None:
        self._used: dict[NoteKind, Colour] = {}

    def of(self, kind: NoteKind) -> Colour:
        return self._used.get(kind, _FIRST[kind])

    def use(self, kind: NoteKind, colour: Colour | None) -> None:
        """From now on."""
        if colour is not None:
            self._used[kind] = colour

    def learn(self, used: dict[NoteKind, str]) -> None:
        """What was used before, on whichever device; a choice made here stands."""
        for kind, code in used.items():
            colour = named(code)
            if colour is not None:
                self._used.setdefault(kind, colour)


class ColourButton(IconButton):
    """The colour in hand; a press offers the others."""

    chosen = Signal(object)
    """Carries a Colour."""

    def __init__(self) -> None:
        super().__init__("highlighter", say("reader.colour_in_hand", colour=""))
        self.setObjectName("colour")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self)
        for number, colour in enumerate(Colour, 1):
            action = QAction(_dot(colour), colour_name(colour), self._menu)
            action.setShortcut(QKeySequence(f"Alt+{number}"))  # told here, bound by the screen
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(partial(self._choose, colour))
            self._menu.addAction(action)
        self.setMenu(self._menu)

    def show_colour(self, colour: Colour) -> None:
        """Have this one in hand."""
        name = say("reader.colour_in_hand", colour=colour_name(colour))
        self.setIcon(_dot(colour))
        self.setAccessibleName(name)
        self.setToolTip(name)

    def _choose(self, colour: Colour, _is_on: bool) -> None:  # noqa: FBT001 - a slot
        self.chosen.emit(colour)

    def keys(self) -> Sequence[Key]:
        """For each colour."""
        return [
            Key(
                keys=f"Alt+{number}",
                name=say("reader.colour_key", colour=colour_name(colour)),
                act=partial(self.chosen.emit, colour),
            )
            for number, colour in enumerate(Colour, 1)
        ]


class ColourRow(QWidget):
    """The colours beside each other, one of them chosen. The arrows choose."""

    def __init__(self, colour: Colour | None) -> None:
        super().__init__()
        self._buttons = {each: _Swatch(each) for each in Colour}
        if colour is not None:
            self._buttons[colour].setChecked(True)
        self.setLayout(row(*self._buttons.values(), None))
        self.setFocusProxy(self._buttons[colour or Colour.YELLOW])

    @property
    def chosen(self) -> Colour | None:
        return next((colour for colour, button in self._buttons.items() if button.isChecked()), None)


class _Swatch(QRadioButton):
    def __init__(self, colour: Colour) -> None:
        super().__init__()
        self._colour = colour
        self.setObjectName(f"colour_{colour.name.lower()}")
        self.setAccessibleName(colour_name(colour))
        self.setToolTip(colour_name(colour))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedSize(theme.px(theme.TARGET), theme.px(theme.TARGET))

    def hitButton(self, pos: object) -> bool:  # noqa: ARG002 - all of it
        return True

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = QRectF(self.rect())
        gap = theme.px(8)
        _paint_dot(painter, area.adjusted(gap, gap, -gap, -gap), self._colour)
        if self.isChecked():
            inset = theme.px(12)
            dark = "ink" if theme.current().mode is theme.Mode.LIGHT else "on_accent"  # grounds are pale in every mode
            icons.paint(painter, "check", dark, area.adjusted(inset, inset, -inset, -inset))
        if self.hasFocus():
            ring(painter, area.adjusted(2, 2, -2, -2))
        painter.end()


def _dot(colour: Colour) -> QIcon:
    side = theme.px(_DOT)
    made = QPixmap(side * 2, side * 2)
    made.setDevicePixelRatio(2.0)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    _paint_dot(painter, QRectF(2, 2, side - 4, side - 4), colour)
    painter.end()
    return QIcon(made)


def _paint_dot(painter: QPainter, area: QRectF, colour: Colour) -> None:
    """Its ground with a rim in its line: how it looks in either use."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(colour.line), theme.px(3)))
    painter.setBrush(QColor(colour.ground))
    painter.drawEllipse(area.adjusted(1.5, 1.5, -1.5, -1.5))
