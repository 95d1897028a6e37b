"""The frame: places at the left, where one is and on whose behalf at the top, one honest line at the bottom.

Screens lie on each other like papers: a place shows its own first, `opens` lays one on top, Alt+Left takes it away. F6
goes round the panes, F1 tells all keys. Below 1,100 px the places fold into icons, below 900 px the office does too, so
that titles keep their room; a low window has lower edges.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QMenu, QSizePolicy, QStackedWidget, QToolButton, QWidget

from ecabinet.client.ui import icons, theme
from ecabinet.client.ui.navigation import Navigation, Place, name_of
from ecabinet.client.ui.screen import Screen
from ecabinet.client.ui.theme import Space, Tone, Type, Weight
from ecabinet.client.ui.times import Times
from ecabinet.client.ui.widgets import (
    IconButton,
    InOrder,
    Key,
    KeysSheet,
    Notice,
    Status,
    StatusLine,
    bind,
    column,
    row,
)
from ecabinet.client.ui.words import say

_FOLDS_BELOW = 1_100
_OFFICE_FOLDS_BELOW = 900
_LOW_BELOW = 560
_HIGH, _LOW = 72, 56


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who sits here and for which body, by office."""

    office: str
    body: str


class Frame(InOrder):
    """The main window."""

    def __init__(
        self,
        makers: Mapping[Place, Callable[[], Screen]],
        identity: Identity,
        times: Times,
        menu: Sequence[QAction] = (),
    ) -> None:
        """`makers` make the first screen of each place this person has, when one first goes there."""
        super().__init__()
        self._makers = makers
        self._shown: dict[Place, list[Screen]] = {}
        self._here = self._places[0]
        self._is_unsettled = False
        self._filling: Screen | None = None
        self._lent: QWidget | None = None
        self._navigation = Navigation(self._places)
        self._navigation.chosen.connect(self.go)
        self._head = _Head(identity, menu)
        self._head.back.clicked.connect(self.back)
        self._stack = QStackedWidget()
        self._status = StatusLine(times)
        self._status.setObjectName("status")
        middle = row(self._navigation, self._stack, gap=0)
        middle.setStretch(1, 1)
        whole = column(self._head, middle, self._status, gap=0)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        bind(self, self._keys())
        self.go(self._here)

    @property
    def _places(self) -> list[Place]:
        return [place for place in Place if place in self._makers]

    @property
    def screen_shown(self) -> Screen:
        """The screen in front."""
        return self._shown[self._here][-1]

    def become(self, makers: Mapping[Place, Callable[[], Screen]], identity: Identity) -> None:
        """The person is another by office or rights: places come and go, and he stays where he is, if he still may."""
        self._makers = makers
        self._head.identity.show_identity(identity)
        self._navigation.show_places(self._places)
        for place in set(self._shown) - set(makers):
            self._take_away(place, 0)
            del self._shown[place]
        if self._here not in makers:
            self.go(self._places[0])
        self._navigation.show_here(self._here)

    def go(self, place: Place) -> None:
        """Go to a place, as one left it; to its first screen when one is there already."""
        if place not in self._shown:
            self._here = place
            self._shown[place] = []
            self.lay(self._makers[place]())
            return
        if place is self._here:
            self._take_away(place, 1)
        self._here = place
        self._show()

    def lay(self, screen: Screen) -> None:
        """Lay a screen on top of the one in front."""
        self._shown[self._here].append(screen)
        self._stack.addWidget(screen)
        bind(screen, screen.keys())
        screen.retitled.connect(self._show_title)
        screen.filled.connect(self._settle_soon)
        screen.opens.connect(self.lay)
        screen.fills.connect(partial(self._fill, screen))
        screen.leaves.connect(partial(self._leave, screen))
        self._show()

    def back(self) -> None:
        """Take the screen in front away, down to the first of its place."""
        self._take_away(self._here, max(len(self._shown[self._here]) - 1, 1))
        self._show()

    def refresh(self, changed: frozenset[str]) -> None:
        """Tell every screen what kinds of things a use case has changed."""
        for screens in self._shown.values():
            for screen in screens:
                screen.refresh(changed)

    def take_gone(self, gone: frozenset[str]) -> None:
        """Take away screens of things that may be seen no longer, with all that lies on them, and say so."""
        in_front = self.screen_shown
        for place, screens in self._shown.items():
            first = next((at for at, screen in enumerate(screens) if screen.thing in gone), None)
            if first is None:
                continue
            title = " · ".join(filter(None, (screens[first].title, screens[first].subtitle)))
            self._take_away(place, first)
            notice = Notice(
                Tone.WARNING, say("frame.gone", title=title), to_do=say("frame.gone_to_do"), is_closable=True
            )
            screens[-1].show_notice(notice)
        if self.screen_shown is not in_front:  # else the keyboard stays where it is
            self._show()

    def show_counts(self, counts: Mapping[Place, int]) -> None:
        """Show beside each place how much waits there."""
        self._navigation.show_counts(counts)

    def show_status(self, status: Status) -> None:
        """Tell the state of this machine at the bottom."""
        self._status.show_status(status)

    def show_work(self, said: str, brief: str = "") -> None:
        """Tell, beside it, what this machine is doing that takes long; nothing when there is nothing."""
        self._status.show_work(said, brief)

    def next_pane(self, step: int = 1) -> None:
        """Take the keyboard to the next pane."""
        panes = [self._navigation, self._head, *self._panes(), self._status]
        focused = QApplication.focusWidget()
        at = next((n for n, pane in enumerate(panes) if focused is not None and _holds(pane, focused)), -1)
        for offset in range(1, len(panes) + 1):
            if _enter(panes[(at + step * offset) % len(panes)]):
                return

    def show_keys(self) -> None:
        """Tell all keys that work here."""
        here = [(self.screen_shown.title, self.screen_shown.keys()), (say("frame.keys.everywhere"), self._keys())]
        KeysSheet(self, here).open()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._navigation.fold(is_folded=self.width() < theme.px(_FOLDS_BELOW))
        is_low = self.height() < theme.px(_LOW_BELOW)
        self._head.fold(is_folded=self.width() < theme.px(_OFFICE_FOLDS_BELOW), is_low=is_low)
        self._status.fold(is_low=is_low)

    def _keys(self) -> list[Key]:
        search = [Key(keys="Ctrl+Shift+F", name=name_of(Place.SEARCH), act=lambda: self.go(Place.SEARCH))]
        return [
            *(search if Place.SEARCH in self._makers else []),
            Key(keys="Alt+Left", name=say("frame.back"), act=self.back),
            Key(keys="F6", name=say("frame.keys.next_pane"), act=self.next_pane),
            Key(keys="Shift+F6", name=say("frame.keys.previous_pane"), act=lambda: self.next_pane(-1)),
            Key(keys="F1", name=say("frame.keys.all"), act=self.show_keys),
        ]

    def _fill(self, screen: Screen, is_wanted: bool) -> None:  # noqa: FBT001 - a slot
        """Let a screen have the whole of the machine's, or take it back."""
        if is_wanted is (self._filling is screen):
            return
        self._filling = screen if is_wanted else None
        for around in (self._head, self._navigation, self._status):
            around.setVisible(not is_wanted)
        window = self.window()
        state, full = window.windowState(), Qt.WindowState.WindowFullScreen
        window.setWindowState(state | full if is_wanted else state & ~full)
        screen.filling.emit(is_wanted)

    def _leave(self, screen: Screen) -> None:
        """Take a screen away with all that lies on it, wherever it is."""
        for place, screens in self._shown.items():
            if screen in screens[1:]:
                self._take_away(place, screens.index(screen))
        self._show()

    def _take_away(self, place: Place, first: int) -> None:
        screens = self._shown[place]
        leaving, screens[first:] = screens[first:], []
        for screen in leaving:  # the lowest first: else it would be shown, and load, once more
            self._stack.removeWidget(screen)
            screen.deleteLater()

    def _show(self) -> None:
        screen = self.screen_shown
        if self._filling is not None and self._filling is not screen:
            self._fill(self._filling, False)
        self._stack.setCurrentWidget(screen)
        self._navigation.show_here(self._here)
        self._show_title()
        self._is_unsettled, self._lent = True, None
        self._settle_soon()

    def _settle_soon(self) -> None:
        QTimer.singleShot(0, self, self._settle)  # when what is new is laid out

    def _settle(self) -> None:
        """Give the keyboard to the screen one came to, as soon as it has something that takes it.

        The places have it meanwhile; whoever has moved on by then is left where he is.
        """
        focused = QApplication.focusWidget()
        has_moved_on = self._lent is not None and focused is not None and focused is not self._lent
        if not self._is_unsettled or has_moved_on or any(map(_enter, self._panes())):
            self._is_unsettled, self._lent = False, None
        elif _enter(self._navigation):
            self._lent = QApplication.focusWidget()

    def _panes(self) -> Sequence[QWidget]:
        """Those of the screen in front; one that has none, such as an empty one, is a pane itself."""
        shown = tuple(filter(self.isAncestorOf, self.screen_shown.panes()))  # others are still being loaded
        return shown or (self.screen_shown,)

    def _show_title(self) -> None:
        screen = self.screen_shown
        self._head.show_title(screen.title, screen.subtitle, has_back=len(self._shown[self._here]) > 1)
        self.setWindowTitle(say("frame.title", screen=screen.title, program=say("frame.program")))


class _Head(QFrame):
    def __init__(self, identity: Identity, menu: Sequence[QAction]) -> None:
        super().__init__()
        self.setAccessibleName(say("frame.head"))
        self.setMinimumHeight(theme.px(_HIGH))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.back = IconButton("arrow-left", say("frame.back"), ink="on_bar", keys="Alt+Left")
        self._title = _OnBar(Type.TITLE, Weight.SEMIBOLD, most=2)
        self._subtitle = _OnBar(Type.BODY, Weight.REGULAR, is_muted=True)
        titles = column(None, self._title, self._subtitle, None, gap=0)
        self.identity = _IdentityButton(identity, menu)
        line = row(self.back, titles, self.identity, gap=Space.MEDIUM)
        above = theme.px(Space.HAIR)
        line.setContentsMargins(theme.px(Space.LARGE), above, theme.px(Space.SMALL), above)
        line.setStretch(1, 1)
        self.setLayout(line)

    def show_title(self, title: str, subtitle: str, *, has_back: bool) -> None:
        self._title.setText(title)
        self._subtitle.setText(subtitle)
        self._subtitle.setVisible(bool(subtitle))
        self.back.setVisible(has_back)

    def fold(self, *, is_folded: bool, is_low: bool) -> None:
        """Show whose office this is by its icon alone, or by its name too; be low where there is little height."""
        self.setMinimumHeight(theme.px(_LOW if is_low else _HIGH))
        self.identity.fold(is_folded=is_folded)


class _OnBar(QLabel):
    """A text on the bar: smaller, then in more lines, then shortened where it must be."""

    def __init__(self, size: Type, weight: Weight, *, most: int = 1, is_muted: bool = False) -> None:
        """In at most so many lines."""
        super().__init__()
        self.setProperty("ink", "on_bar_muted" if is_muted else "on_bar")
        self._size, self._weight, self._most = size, weight, most
        self.setFont(theme.font(size, weight))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._whole = ""

    def setText(self, text: str) -> None:
        self._whole = text
        self.setAccessibleName(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        for size in (self._size, min(self._size, Type.LEAD), Type.BODY):  # smaller rather than shortened
            self.setFont(theme.font(size, self._weight))
            if self.fontMetrics().horizontalAdvance(self._whole) <= self.width():
                break
        lines = self._lines()
        super().setText("\n".join(lines))
        self.setToolTip(self._whole if " ".join(lines) != self._whole else "")

    def _lines(self) -> list[str]:
        metrics, lines = self.fontMetrics(), [""]
        for word in self._whole.split():
            longer = f"{lines[-1]} {word}".lstrip()
            if len(lines) == self._most or metrics.horizontalAdvance(longer) <= self.width():
                lines[-1] = longer
            else:
                lines.append(word)
        lines[-1] = metrics.elidedText(lines[-1], Qt.TextElideMode.ElideRight, self.width())
        return lines


class _IdentityButton(QToolButton):
    """On whose behalf one acts; its menu locks, and leads to the settings."""

    def __init__(self, identity: Identity, menu: Sequence[QAction]) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIcon(icons.icon("user-round", "on_bar", room=6))
        self.setIconSize(QSize(theme.px(30), theme.px(24)))
        self.setFont(theme.font(weight=Weight.MEDIUM))
        self._named = QAction(self)
        self._named.setEnabled(False)
        self._named.setVisible(False)
        self.show_identity(identity)
        if menu:
            own = QMenu(self)
            own.addAction(self._named)
            own.addActions(list(menu))
            self.setMenu(own)
            self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def show_identity(self, identity: Identity) -> None:
        self.setText(f"{identity.office}\n{identity.body}")
        self.setAccessibleName(say("frame.on_behalf", office=identity.office, body=identity.body))
        self.setToolTip(self.accessibleName())
        self._named.setText(f"{identity.office} · {identity.body}".replace("&", "&&"))

    def fold(self, *, is_folded: bool) -> None:
        """Be an icon alone; the menu then tells the name."""
        style = Qt.ToolButtonStyle.ToolButtonIconOnly if is_folded else Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        self.setToolButtonStyle(style)
        self.setMinimumHeight(theme.px(theme.TARGET))
        self._named.setVisible(is_folded)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.menu() is not None:
            painter = QPainter(self)
            side = theme.px(20)
            area = QRectF(self.width() - side - theme.px(Space.SMALL), (self.height() - side) / 2, side, side)
            icons.paint(painter, "chevron-down", "on_bar", area)
            painter.end()


def _holds(pane: QWidget, widget: QWidget) -> bool:
    return pane is widget or pane.isAncestorOf(widget)


def _enter(pane: QWidget) -> bool:
    """Give a pane the keyboard: to itself or its proxy, or to the first inside that takes it."""
    if not pane.isVisible() and pane.window().isVisible():
        return False
    candidates = [pane.focusProxy() or pane, *pane.findChildren(QWidget)]
    for widget in candidates:
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isEnabled() and widget.isVisibleTo(pane.window()):
            widget.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return True
    return False
