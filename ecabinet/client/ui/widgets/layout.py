"""Columns and rows in one line each, with the theme's distances."""

from collections.abc import Sequence
from typing import TypeVar

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLayout, QLayoutItem, QScrollArea, QVBoxLayout, QWidget

from ecabinet.client.ui import theme
from ecabinet.client.ui.theme import Space

Item = QWidget | QLayout | None
"""None takes the room that is left."""
_DIRECT = Qt.FindChildOption.FindDirectChildrenOnly
Box = TypeVar("Box", bound=QBoxLayout)


def column(*items: Item, gap: int = Space.MEDIUM, pad: int = 0) -> QVBoxLayout:
    """Items below each other; `gap` between and `pad` around them in px at 100 %."""
    return _filled(QVBoxLayout(), items, gap, pad)


def row(*items: Item, gap: int = Space.SMALL, pad: int = 0) -> QHBoxLayout:
    """Items beside each other; as `column`."""
    return _filled(QHBoxLayout(), items, gap, pad)


def flow(*widgets: QWidget, gap: int = Space.SMALL, ends_right: bool = False) -> "Flow":
    """Widgets beside each other, in as many lines as they need; each line begins at the left or ends at the right."""
    return Flow(widgets, gap, ends_right=ends_right)


def boxed(layout: QLayout) -> QWidget:
    """A bare widget that holds a layout."""
    box = QWidget()
    box.setLayout(layout)
    return box


def scrolled(content: QWidget) -> QScrollArea:
    """Content that scrolls up and down, never sideways, and follows the keyboard's focus."""
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(content)
    return area


def empty(layout: QLayout) -> None:
    """Take everything out of a layout; its widgets are deleted.

    Widgets and layouts are not reached through their items, of which PySide keeps more than Qt does.
    """
    for inner in layout.children():
        if isinstance(inner, QLayout):
            empty(inner)
            layout.removeItem(inner)
            inner.deleteLater()
    parent = layout.parentWidget()
    for widget in parent.children() if parent is not None else ():
        if isinstance(widget, QWidget) and layout.indexOf(widget) >= 0:
            layout.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
    while layout.count():  # stretches
        layout.takeAt(0)


def _filled(layout: Box, items: tuple[Item, ...], gap: int, pad: int) -> Box:
    layout.setContentsMargins(*[theme.px(pad)] * 4)
    layout.setSpacing(theme.px(gap))
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, QWidget):
            layout.addWidget(item)
        else:
            layout.addLayout(item)
    return layout


class Beside(QWidget):
    """Columns, which lie below each other where there is no room for them."""

    def __init__(
        self, *columns: QWidget, folds_below: int = 760, gap: int = Space.HUGE, shares: Sequence[int] = ()
    ) -> None:
        """`folds_below` is the least width for all columns beside each other, px at 100 %.

        `shares` are those of the columns in the width; 0 for what it needs. Without any they are equal.
        """
        super().__init__()
        self._folds_below = folds_below
        self._shares = tuple(shares) or (1,) * len(columns)
        self._columns = row(*columns, gap=gap)
        for at, share in enumerate(self._shares):
            self._columns.setStretch(at, share)
        self.setLayout(self._columns)

    def minimumSizeHint(self) -> QSize:
        # So narrow does it get once it has folded; its layout knows only how it lies now.
        widths = [widget.minimumSizeHint().width() for widget in self.findChildren(QWidget, options=_DIRECT)]
        return QSize(max(widths, default=0), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_roomy = self.width() >= theme.px(self._folds_below)
        direction = QBoxLayout.Direction.LeftToRight if is_roomy else QBoxLayout.Direction.TopToBottom
        if direction != self._columns.direction():
            self._columns.setDirection(direction)
            for at, share in enumerate(self._shares):
                self._columns.setStretch(at, share if is_roomy else 0)


class Flow(QLayout):
    """Sets items like words: as many to a line as there is room for."""

    def __init__(self, widgets: Sequence[QWidget], gap: int, *, ends_right: bool = False) -> None:
        super().__init__()
        self._ends_right = ends_right
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(theme.px(gap))
        for widget in widgets:
            self.addWidget(widget)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._set(QRect(0, 0, width, 0), is_final=False)

    def sizeHint(self) -> QSize:
        sizes = [item.sizeHint() for item in self._items]
        width = sum(size.width() for size in sizes) + self.spacing() * max(len(sizes) - 1, 0)
        return QSize(width, max((size.height() for size in sizes), default=0))

    def minimumSize(self) -> QSize:
        widest = QSize(0, 0)
        for item in self._items:
            widest = widest.expandedTo(item.minimumSize())
        return widest

    def setGeometry(self, area: QRect) -> None:
        super().setGeometry(area)
        self._set(area, is_final=True)

    def _set(self, area: QRect, *, is_final: bool) -> int:
        """Give each item its place, and tell the height they take."""
        y = area.y()
        for line in self._lines(area.width()):
            sizes = [item.sizeHint() for item in line]
            wide = sum(size.width() for size in sizes) + self.spacing() * (len(sizes) - 1)
            x = area.x() + (max(area.width() - wide, 0) if self._ends_right else 0)
            for item, size in zip(line, sizes, strict=True):
                if is_final:
                    item.setGeometry(QRect(QPoint(x, y), QSize(min(size.width(), area.width()), size.height())))
                x += size.width() + self.spacing()
            y += max(size.height() for size in sizes) + self.spacing()
        return max(y - self.spacing() - area.y(), 0)

    def _lines(self, width: int) -> list[list[QLayoutItem]]:
        lines: list[list[QLayoutItem]] = []
        taken = 0
        for item in self._items:
            own = item.sizeHint().width()
            if lines and taken + own <= width:
                lines[-1].append(item)
            else:
                lines.append([item])
                taken = 0
            taken += own + self.spacing()
        return lines
