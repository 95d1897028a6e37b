"""Lists: rows with a title, a line of detail and chips, under headings; thousands are as quick as ten."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from ecabinet.client.ui import icons, theme
from ecabinet.client.ui.theme import Space, Type, Weight
from ecabinet.client.ui.widgets.chips import Chip
from ecabinet.client.ui.widgets.painting import Lines, ring
from ecabinet.client.ui.words import say

Index = QModelIndex | QPersistentModelIndex

_WIDE = 760
"""From this width on, in px at 100 %, the chips stand at the right instead of below."""
_ICON = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing in a list. `key` is what `opened` tells; what is new is bold and says so."""

    key: str
    title: str
    detail: str = ""
    icon: icons.Name | None = None
    chips: tuple[Chip, ...] = ()
    is_new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading between rows. With `detail` or a chip it is a thing itself, such as a matter of an agenda."""

    title: str
    detail: str = ""
    chip: Chip | None = None


Entry = Row | Section


class RowList(QListView):
    """A list. Up and Down move, Enter, Space or a click opens; `opened` carries the row's key.

    The second click of a double click opens nothing, here or in a list that has come below the pointer meanwhile.
    One that `is_whole` is as high as its rows, and what it lies in scrolls.
    """

    opened = Signal(str)
    moved = Signal(str)
    """The row the keyboard or the pointer is on has changed; carries its key."""

    _opened_at: ClassVar[int] = -10_000
    """When a click last opened something, in any list, ms as events count them."""

    def __init__(self, name: str, *, is_whole: bool = False) -> None:
        super().__init__()
        self._is_whole = is_whole
        self._released_at = 0
        self._model = _Model()
        self.setModel(self._model)
        self.setItemDelegate(_Painter(self, self._model))
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.clicked.connect(self._click)
        self.selectionModel().currentChanged.connect(self._tell)

    def show_rows(self, entries: Sequence[Entry]) -> None:
        """Show these instead; the place in the list is kept where its row still is."""
        key, scrolled = self.current_key, self.verticalScrollBar().value()
        self._model.replace(entries)
        rows = [number for number, entry in enumerate(entries) if isinstance(entry, Row)]
        kept = next((number for number in rows if self._model.key(number) == key), rows[0] if rows else None)
        if kept is not None:
            self.setCurrentIndex(self._model.index(kept))
            self.verticalScrollBar().setValue(scrolled)
        self._fit()

    @property
    def current_key(self) -> str | None:
        """The key of the row the keyboard is on."""
        return self._model.key(self.currentIndex().row())

    def go_to(self, key: str) -> None:
        """Put the keyboard's place on a row; nothing happens where there is no such row."""
        number = next((each for each in range(self._model.rowCount()) if self._model.key(each) == key), None)
        if number is not None:
            self.setCurrentIndex(self._model.index(number))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if plain and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._released_at = event.timestamp()  # its own: opening may take longer than a double click
        super().mouseReleaseEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()
        self._fit()

    def _fit(self) -> None:
        if self._is_whole:
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            rows = sum(self.sizeHintForRow(number) for number in range(self._model.rowCount()))
            self.setFixedHeight(rows + 2 * self.frameWidth())

    def _click(self, index: QModelIndex) -> None:
        if not 0 < self._released_at - RowList._opened_at < QApplication.doubleClickInterval():
            RowList._opened_at = self._released_at
            self._open(index)

    def _open(self, index: QModelIndex) -> None:
        key = self._model.key(index.row())
        if key is not None:
            self.opened.emit(key)

    def _tell(self, index: QModelIndex) -> None:
        key = self._model.key(index.row())
        if key is not None:
            self.moved.emit(key)


class _Model(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self._entries: tuple[Entry, ...] = ()

    def replace(self, entries: Sequence[Entry]) -> None:
        self.beginResetModel()
        self._entries = tuple(entries)
        self.endResetModel()

    def entry(self, index: Index) -> Entry:
        return self._entries[index.row()]

    def key(self, number: int) -> str | None:
        entry = self._entries[number] if 0 <= number < len(self._entries) else None
        return entry.key if isinstance(entry, Row) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._entries)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or isinstance(self.entry(index), Section):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        entry = self.entry(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return _named(entry) if isinstance(entry, Section) else _spoken(entry)
        return None


def _named(section: Section) -> str:
    return ". ".join(filter(None, [section.title, section.detail, section.chip.text if section.chip else ""]))


def _spoken(row: Row) -> str:
    parts = [say("kit.new")] if row.is_new else []
    return ". ".join([*parts, row.title, *filter(None, [row.detail]), *(chip.text for chip in row.chips)])


class _Set:
    """A row set at a width: where its lines and chips lie, from its top left."""

    def __init__(self, row: Row, width: int) -> None:
        pad, gap = theme.px(Space.LARGE), theme.px(Space.SMALL)
        self.left = pad + (theme.px(_ICON) + theme.px(Space.MEDIUM) if row.icon else 0)
        sizes = [chip.size() for chip in row.chips]
        chips_width = sum(size.width() for size in sizes) + gap * max(len(sizes) - 1, 0)
        room = width - self.left - pad
        self.is_wide = bool(sizes) and width >= theme.px(_WIDE) and chips_width <= room * 0.5
        text_width = room - (chips_width + pad if self.is_wide else 0)
        weight = Weight.SEMIBOLD if row.is_new else Weight.MEDIUM
        self.title = Lines(row.title, theme.font(weight=weight), text_width, most=3)
        self.detail = Lines(row.detail, theme.font(), text_width)
        self.top = theme.px(Space.MEDIUM)
        self.detail_top = self.top + self.title.height + theme.px(2)
        text_bottom = self.detail_top + self.detail.height if row.detail else self.top + self.title.height
        self.chips: list[tuple[Chip, QPointF]] = []
        x: float = width - pad - chips_width if self.is_wide else self.left
        y: float = self.top if self.is_wide else text_bottom + gap
        for chip, size in zip(row.chips, sizes, strict=True):
            if not self.is_wide and x > self.left and x + size.width() > width - pad:
                x, y = self.left, y + size.height() + theme.px(Space.HAIR)
            self.chips.append((chip, QPointF(x, y)))
            x += size.width() + gap
        chips_bottom = y + sizes[-1].height() if sizes else 0.0
        self.height = round(max(text_bottom, chips_bottom, theme.px(theme.TARGET) - self.top) + self.top)


class _SetSection:
    """A heading set at a width: its lines at the left, its chip at the right of the first."""

    def __init__(self, section: Section, width: int, *, is_first: bool) -> None:
        pad = theme.px(Space.LARGE)
        chip_width = section.chip.size().width() if section.chip else 0
        room = width - 2 * pad - (chip_width + pad if chip_width else 0)
        self.title = Lines(section.title, theme.font(Type.BODY, Weight.SEMIBOLD), room, most=3)
        self.detail = Lines(section.detail, theme.font(), room)
        self.chip_left = width - pad - chip_width
        self.top = theme.px(Space.MEDIUM if is_first else Space.HUGE)
        self.height = round(self.top + self.title.height + self.detail.height) + theme.px(Space.SMALL)


@lru_cache(maxsize=2048)
def _set(row: Row, width: int, _look: theme.Theme) -> _Set:
    return _Set(row, width)


class _Painter(QStyledItemDelegate):
    def __init__(self, view: RowList, model: _Model) -> None:
        super().__init__(view)
        self._view = view
        self._model = model

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        entry = self._model.entry(index)
        width = self._view.viewport().width()
        if isinstance(entry, Section):
            return QSize(width, _SetSection(entry, width, is_first=index.row() == 0).height)
        return QSize(width, _set(entry, width, theme.current()).height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry = self._model.entry(index)
        area: QRect = option.rect
        painter.save()
        if isinstance(entry, Section):
            self._paint_section(painter, entry, area, is_first=index.row() == 0)
        else:
            self._paint_row(painter, entry, area, option.state)
        painter.restore()

    def _paint_section(self, painter: QPainter, section: Section, area: QRect, *, is_first: bool) -> None:
        placed, corner = _SetSection(section, area.width(), is_first=is_first), QPointF(area.topLeft())
        left = theme.px(Space.LARGE)
        placed.title.paint(painter, corner + QPointF(left, placed.top), "ink" if section.chip else "ink_muted")
        placed.detail.paint(painter, corner + QPointF(left, placed.top + placed.title.height), "ink_muted")
        if section.chip is not None:
            section.chip.paint(painter, corner + QPointF(placed.chip_left, placed.top))

    def _paint_row(self, painter: QPainter, row: Row, area: QRect, state: QStyle.StateFlag) -> None:
        is_current = bool(state & QStyle.StateFlag.State_Selected)
        has_focus = is_current and self._view.hasFocus()
        is_under_pointer = bool(state & QStyle.StateFlag.State_MouseOver)
        placed, corner = _set(row, area.width(), theme.current()), QPointF(area.topLeft())
        ground = "accent_soft" if is_current else "sunken" if is_under_pointer else "raised"
        painter.fillRect(area, theme.color(ground))
        painter.fillRect(area.adjusted(0, area.height() - 1, 0, 0), theme.color("line"))
        if is_current:
            painter.fillRect(QRect(area.topLeft(), QSize(theme.px(4), area.height())), theme.color("accent"))
        if row.icon:
            side = theme.px(_ICON)
            where = corner + QPointF(theme.px(Space.LARGE), placed.top)
            icons.paint(painter, row.icon, "accent" if row.is_new else "ink_muted", QRectF(where, QSize(side, side)))
        placed.title.paint(painter, corner + QPointF(placed.left, placed.top), "ink")
        placed.detail.paint(painter, corner + QPointF(placed.left, placed.detail_top), "ink_muted")
        for chip, at in placed.chips:
            chip.paint(painter, corner + at, over=ground)
        if has_focus:
            ring(painter, QRectF(area).adjusted(1, 1, -1, -1))

    def helpEvent(self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index) -> bool:
        if (
            event.type() == QEvent.Type.ToolTip
            and index.isValid()
            and isinstance(entry := self._model.entry(index), Row)
        ):
            area = view.visualRect(index)
            inside = QPointF(event.pos() - area.topLeft())
            for chip, at in _set(entry, area.width(), theme.current()).chips:
                if chip.hint and QRectF(at, chip.size()).contains(inside):
                    QToolTip.showText(event.globalPos(), chip.hint, view)
                    return True
        return super().helpEvent(event, view, option, index)
