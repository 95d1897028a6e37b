"""Sheets: a question, or something to read, over a veiled window. Escape always leaves without doing anything."""

from collections.abc import Callable, Sequence
from typing import ClassVar, cast

from PySide6.QtCore import QEvent, QMargins, QObject, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QFrame, QWidget

from ecabinet.client.ui import theme
from ecabinet.client.ui.collecting import is_collected
from ecabinet.client.ui.theme import Space, Tone
from ecabinet.client.ui.widgets.buttons import Button, Kind
from ecabinet.client.ui.widgets.layout import Item, boxed, column, flow
from ecabinet.client.ui.widgets.short import Footed
from ecabinet.client.ui.widgets.text import Text, Title
from ecabinet.client.ui.words import say

_SAID_BELOW = 64
"""The height of what may be said below a field: two lines, px at 100 %."""


class Sheet(QDialog):
    """A sheet over a window; `open()` shows it and returns at once. It is made anew each time."""

    wide: ClassVar[int] = 560

    def __init__(self, over: QWidget, title: str, *items: Item, buttons: Sequence[Button] = ()) -> None:
        super().__init__(over.window(), Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)  # for the corners
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        body = column(Title(title), *items, pad=Space.HUGE)
        foot = column(*([flow(*buttons, gap=Space.MEDIUM, ends_right=True)] if buttons else []))
        if buttons:
            edge, above = theme.px(Space.HUGE), theme.px(Space.MEDIUM)
            body.setContentsMargins(edge, edge, edge, theme.px(Space.SMALL))
            foot.setContentsMargins(edge, above, edge, edge)
        self._body = boxed(body)
        self._footed = Footed(self._body, boxed(foot))
        self._panel = QFrame()
        self._panel.setProperty("is", "sheet")
        self._panel.setLayout(column(self._footed))
        self.setLayout(column(self._panel))
        for watched in {over, self._covered, self._body}:
            watched.installEventFilter(self)
        self._veil = _Veil(self._covered)
        self.finished.connect(self._veil.deleteLater)

    @property
    def _covered(self) -> QWidget:
        """The window. Never kept: then its last reference could go while this goes, and both would be freed twice."""
        return cast(QWidget, self.parentWidget())

    def open(self) -> None:
        """Show it in the middle of its window."""
        has_keyboard = self._covered.isActiveWindow()
        self._veil.show()
        self._fit()
        super().open()
        QTimer.singleShot(0, self, self._show_focused)
        if has_keyboard:  # not every system has a window manager that hands it over and back
            self.activateWindow()
            self.finished.connect(self._hand_keyboard_back)

    def _hand_keyboard_back(self) -> None:
        self._covered.activateWindow()

    def _fit(self) -> None:
        # What there is no room for is scrolled to, above buttons that stay; where there is little, with them.
        room = self._covered.size().shrunkBy(QMargins(*[theme.px(Space.MEDIUM)] * 4))
        width = min(theme.px(self.wide), room.width())
        self._panel.ensurePolished()
        rim = 2 * self._panel.frameWidth()
        whole = self._footed.whole_height(width - rim) + rim
        bar = Qt.ScrollBarPolicy  # one that is there makes the text narrower and taller, and so would stay
        self._footed.area.setVerticalScrollBarPolicy(
            bar.ScrollBarAsNeeded if whole > room.height() else bar.ScrollBarAlwaysOff
        )
        self.setFixedSize(width, min(whole, room.height()))
        self.move(self._covered.mapToGlobal(self._covered.rect().center()) - self.rect().center())

    def _show_focused(self) -> None:
        """Scroll to what has the keyboard, with what is said below it; the foot may have been folded in since."""
        focused, area = self.focusWidget(), self._footed.area  # None, whatever its stub says, where nothing has it
        content = area.widget()
        if content is not None and focused in content.findChildren(QWidget):
            bottom = focused.mapTo(content, focused.rect().bottomLeft()).y()
            area.ensureVisible(0, bottom, 0, theme.px(_SAID_BELOW))
            area.ensureVisible(0, bottom - focused.height(), 0, 0)

    def abandon(self) -> None:
        """Leave, for what it lies over has gone: it was taken away, or everything was locked."""
        self.done(QDialog.DialogCode.Rejected.value)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if is_collected(self):
            return False
        if watched is self._body:
            if event.type() == QEvent.Type.LayoutRequest and self.isVisible():  # more is said than when it opened
                self._fit()
                QTimer.singleShot(0, self, self._show_focused)
        elif event.type() == QEvent.Type.Hide and not event.spontaneous():
            self.abandon()
        elif event.type() == QEvent.Type.Resize and watched is self._covered and self.isVisible():
            self._fit()
        return super().eventFilter(watched, event)


class Confirmation(Sheet):
    """Asks before something that cannot be taken back. The keyboard starts on the way out."""

    def __init__(
        self,
        over: QWidget,
        question: str,
        consequence: str,
        *,
        do: str,
        then: Callable[[], object],
        keep: str = "",
        tone: Tone = Tone.DANGER,
    ) -> None:
        self._keep = Button(keep or say("kit.keep"))
        act = Button(do, Kind.DANGER if tone is Tone.DANGER else Kind.PRIMARY)
        self._keep.setObjectName("keep")
        act.setObjectName("confirm")
        super().__init__(over, question, Text(consequence), buttons=(self._keep, act))
        self.setAccessibleDescription(consequence)
        self._keep.clicked.connect(self.reject)
        act.clicked.connect(self.accept)
        self.accepted.connect(then)
        self._keep.setFocus()


class _Veil(QWidget):
    """Darkens a window while a sheet lies over it."""

    _STRENGTH = 110

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setGeometry(over.rect())
        over.installEventFilter(self)
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:
        colour = QColor(theme.color("veil"))
        colour.setAlpha(self._STRENGTH)
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour)
        painter.end()
