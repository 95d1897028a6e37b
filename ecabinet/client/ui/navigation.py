"""The places at the left of the frame, with how much waits in each."""

from collections.abc import Iterable, Mapping
from enum import Enum
from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QSizePolicy

from ecabinet.client.ui import icons, theme
from ecabinet.client.ui.theme import Space, Weight
from ecabinet.client.ui.widgets import boxed, column, scrolled
from ecabinet.client.ui.widgets.painting import ring, rounded
from ecabinet.client.ui.words import Names, number, say


class Place(Enum):
    """Where one can go, in the order of the list."""

    ATTENTION = "attention"
    MEETINGS = "meetings"
    BALLOTS = "ballots"
    PAPERS = "papers"
    SEARCH = "search"
    PREPARE = "prepare"
    ADMINISTER = "administer"


name_of = Names("frame.place", Place)
_ICONS: dict[Place, icons.Name] = {
    Place.ATTENTION: "inbox",
    Place.MEETINGS: "calendar-days",
    Place.BALLOTS: "vote",
    Place.PAPERS: "file-text",
    Place.SEARCH: "search",
    Place.PREPARE: "clipboard-list",
    Place.ADMINISTER: "shield-user",
}
_WIDE, _NARROW = 296, 72
_HEIGHT = 52


class Navigation(QFrame):
    """The list of places. Up and Down move, Enter and Space go; `chosen` carries the place."""

    chosen = Signal(Place)

    def __init__(self, places: Iterable[Place]) -> None:
        super().__init__()
        self.setAccessibleName(say("frame.navigation"))
        self._items: dict[Place, _Item] = {}
        self._is_folded = False
        self._listed = column(None, gap=Space.HAIR)
        self._listed.setContentsMargins(0, theme.px(Space.SMALL), 0, theme.px(Space.SMALL))
        self._area = scrolled(boxed(self._listed))
        self._area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setLayout(column(self._area))
        self.show_places(places)

    def show_places(self, places: Iterable[Place]) -> None:
        """List these places. Those that were listed before stay as they are, the keyboard where it is."""
        before, self._items = self._items, {}
        for at, place in enumerate(places):
            item = before.pop(place, None)
            if item is None:
                item = self._make_item(place)
                self._listed.insertWidget(at, item)
            self._items[place] = item
        for item in before.values():
            self._listed.removeWidget(item)
            item.hide()
            item.deleteLater()
        self.fold(is_folded=self._is_folded)

    def _make_item(self, place: Place) -> "_Item":
        item = _Item(_ICONS[place], name_of(place))
        item.setObjectName(f"place.{place.value}")
        item.clicked.connect(partial(self._choose, place))
        item.moved.connect(partial(self._move, item))
        return item

    def fold(self, *, is_folded: bool) -> None:
        """Show icons alone, or names too."""
        self._is_folded = is_folded
        self.setFixedWidth(theme.px(_NARROW if is_folded else _WIDE))
        for item in self._items.values():
            item.fold(is_folded=is_folded)

    def show_here(self, here: Place) -> None:
        """Mark the place one is at."""
        for place, item in self._items.items():
            item.setChecked(place is here)
        self.setFocusProxy(self._items[here])

    def show_counts(self, counts: Mapping[Place, int]) -> None:
        """Show how much waits in each place; nothing where nothing does."""
        for place, item in self._items.items():
            item.show_count(counts.get(place, 0))

    def _move(self, item: "_Item", step: int) -> None:
        items = list(self._items.values())
        following = items[(items.index(item) + step) % len(items)]
        following.setFocus(Qt.FocusReason.TabFocusReason)
        self._area.ensureWidgetVisible(following)

    def _choose(self, place: Place) -> None:
        self.chosen.emit(place)


class _Item(QAbstractButton):
    moved = Signal(int)

    def __init__(self, icon: icons.Name, name: str) -> None:
        super().__init__()
        self._icon, self._name = icon, name
        self._count = 0
        self._is_folded = False
        self.setCheckable(True)
        self.setText(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_count(0)

    def fold(self, *, is_folded: bool) -> None:
        self._is_folded = is_folded
        self.setToolTip(self._name if is_folded else "")
        self.update()

    def show_count(self, count: int) -> None:
        self._count = count
        self.setAccessibleName(say("frame.waiting", place=self._name, count=number(count)) if count else self._name)
        self.update()

    def nextCheckState(self) -> None:
        """The frame says where one is, not the press."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.moved.emit(1 if event.key() == Qt.Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(_NARROW), theme.px(_HEIGHT))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = QRectF(self.rect())
        is_here = self.isChecked()
        inner = area.adjusted(theme.px(Space.SMALL), 0, -theme.px(Space.SMALL), 0)
        if is_here or self.underMouse():
            rounded(painter, inner, ground="accent_soft" if is_here else "sunken")
        if is_here:
            rounded(
                painter, QRectF(0, theme.px(10), theme.px(4), self.height() - theme.px(20)), ground="accent", radius=2
            )
        ink, side = "accent" if is_here else "ink", theme.px(24)
        left = (self.width() - side) / 2 if self._is_folded else inner.left() + theme.px(Space.MEDIUM)
        icons.paint(painter, self._icon, ink, QRectF(left, (self.height() - side) / 2, side, side))
        right = inner.right() - theme.px(Space.MEDIUM)
        if self._count:
            right = self._paint_count(painter, inner)
        if not self._is_folded:
            painter.setFont(theme.font(weight=Weight.SEMIBOLD if is_here else Weight.MEDIUM))
            painter.setPen(theme.color(ink))
            words = QRectF(left + side + theme.px(Space.MEDIUM), 0, 0, self.height())
            words.setRight(right - theme.px(Space.HAIR))
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._name)
        if self.hasFocus():
            ring(painter, inner.adjusted(1, 1, -1, -1))
        painter.end()

    def _paint_count(self, painter: QPainter, inner: QRectF) -> float:
        face = theme.font(weight=Weight.SEMIBOLD)
        text = number(self._count)
        height = theme.px(24)
        width = max(QFontMetricsF(face).horizontalAdvance(text) + theme.px(14), height)
        if self._is_folded:
            area = QRectF(inner.right() + theme.px(Space.HAIR) - width, 0, width, height)
            around = theme.px(2)
            ground = "accent_soft" if self.isChecked() else "raised"
            rounded(painter, area.adjusted(-around, -around, around, around), ground=ground, radius=14)
        else:
            area = QRectF(inner.right() - theme.px(Space.MEDIUM) - width, (self.height() - height) / 2, width, height)
        rounded(painter, area, ground="accent", radius=12)
        painter.setFont(face)
        painter.setPen(theme.color("on_accent"))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
        return area.left()
