"""Tables: columns with names, cells that are text or a chip, sorted as given."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from ecabinet.client.ui import theme
from ecabinet.client.ui.theme import Space, Weight
from ecabinet.client.ui.widgets.chips import Chip
from ecabinet.client.ui.widgets.painting import Lines, ring

Index = QModelIndex | QPersistentModelIndex
Cell = str | Chip
_NARROWEST = 112
"""Below it words would be broken: rather the table is scrolled sideways."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: one that `stretches` takes what room is left and breaks its text; numbers stand at the right."""

    title: str
    stretches: bool = False
    is_number: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A line of a table; `key` is what `opened` tells."""

    key: str
    cells: tuple[Cell, ...]


class Table(QTableView):
    """A table of whole lines. Enter or a double click opens one."""

    opened = Signal(str)

    def __init__(self, name: str, columns: Sequence[Column]) -> None:
        super().__init__()
        self._model = _Model(columns)
        self.setModel(self._model)
        self.setItemDelegate(_Painter(self, self._model))
        self.setAccessibleName(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(True)
        self.setCornerButtonEnabled(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionsClickable(False)
        head.setFont(theme.font(weight=Weight.SEMIBOLD))
        head.setMinimumSectionSize(theme.px(_NARROWEST))
        for at, each in enumerate(columns):
            mode = QHeaderView.ResizeMode.Stretch if each.stretches else QHeaderView.ResizeMode.ResizeToContents
            head.setSectionResizeMode(at, mode)
        self.doubleClicked.connect(self._open)

    def show_records(self, records: Sequence[Record]) -> None:
        """Show these lines instead."""
        key = self._model.key(self.currentIndex().row())
        self._model.replace(records)
        kept = next((at for at, record in enumerate(records) if record.key == key), 0)
        if records:
            self.setCurrentIndex(self._model.index(kept, 0))
        self.resizeRowsToContents()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if plain and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _open(self, index: QModelIndex) -> None:
        key = self._model.key(index.row())
        if key is not None:
            self.opened.emit(key)


class _Model(QAbstractTableModel):
    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self._records: tuple[Record, ...] = ()

    def replace(self, records: Sequence[Record]) -> None:
        self.beginResetModel()
        self._records = tuple(records)
        self.endResetModel()

    def cell(self, index: Index) -> Cell:
        return self._records[index.row()].cells[index.column()]

    def key(self, number: int) -> str | None:
        return self._records[number].key if 0 <= number < len(self._records) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._records)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        cell = self.cell(index)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return cell.text if isinstance(cell, Chip) else cell
        if role == Qt.ItemDataRole.ToolTipRole and isinstance(cell, Chip):
            return cell.hint or None
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(self.columns[section])
        return None


class _Painter(QStyledItemDelegate):
    def __init__(self, view: Table, model: _Model) -> None:
        super().__init__(view)
        self._view = view
        self._model = model

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        cell, pad = self._model.cell(index), theme.px(Space.MEDIUM)
        if isinstance(cell, Chip):
            return QSize(cell.size().width() + 2 * pad, cell.size().height() + pad)
        if self._model.columns[index.column()].stretches:
            lines = Lines(cell, theme.font(), self._view.columnWidth(index.column()) - 2 * pad, most=4)
            return QSize(theme.px(160), max(round(lines.height) + 2 * pad, theme.px(theme.TARGET)))
        width = QFontMetricsF(theme.font()).horizontalAdvance(cell)
        return QSize(round(width) + 2 * pad + 2, theme.px(theme.TARGET))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        area: QRect = option.rect
        state: QStyle.StateFlag = option.state
        is_current = bool(state & QStyle.StateFlag.State_Selected)
        cell, column = self._model.cell(index), self._model.columns[index.column()]
        pad = theme.px(Space.MEDIUM)
        painter.save()
        painter.fillRect(area, theme.color("accent_soft" if is_current else "raised"))
        painter.fillRect(area.adjusted(0, area.height() - 1, 0, 0), theme.color("line"))
        if isinstance(cell, Chip):
            cell.paint(painter, QPointF(area.left() + pad, area.top() + (area.height() - cell.size().height()) / 2))
        elif column.stretches:
            lines = Lines(cell, theme.font(), area.width() - 2 * pad, most=4)
            lines.paint(painter, QPointF(area.left() + pad, area.top() + (area.height() - lines.height) / 2), "ink")
        else:
            painter.setFont(theme.font())
            painter.setPen(theme.color("ink"))
            painter.drawText(area.adjusted(pad, 0, -pad, 0), _alignment(column), cell)
        if is_current and self._view.hasFocus():
            self._paint_ring(painter, area, index.column())
        painter.restore()

    def _paint_ring(self, painter: QPainter, area: QRect, column: int) -> None:
        """The ring goes around the whole line: each cell draws its part of it."""
        last = len(self._model.columns) - 1
        painter.setClipRect(area)
        beyond = theme.px(theme.RADIUS * 2)
        whole = QRectF(area).adjusted(1 if column == 0 else -beyond, 1, -1 if column == last else beyond, -1)
        ring(painter, whole)


def _alignment(column: Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column.is_number else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
