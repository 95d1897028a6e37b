"""An outline that is arranged by hand: items with their papers below them, or papers alone.

Up and Down move the keyboard, Alt+Up and Alt+Down the line, Enter opens it, F2 or a double click lets its title be
written in place, Tab goes on to the next title, Delete asks to take it out. Lines can be dragged, and files dropped
onto them. It is as tall as its content: the form around it scrolls.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ecabinet.client.ui import icons, theme
from ecabinet.client.ui.preparing.forms import bring_into_view
from ecabinet.client.ui.theme import Space, Type, Weight
from ecabinet.client.ui.widgets import TextField
from ecabinet.client.ui.widgets.fields import composed
from ecabinet.client.ui.widgets.painting import Lines, ring
from ecabinet.client.ui.words import say

Index = QModelIndex | QPersistentModelIndex

_LINE = "application/x-ecabinet-line"
_GRIP, _MARK, _ICON = 24, 32, 24
_STEP = 36
"""How far a paper stands in from its item, px at 100 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line: an item with its number, or a paper with its icon."""

    key: str
    title: str
    detail: str = ""
    number: str = ""
    """Only of an item."""
    depth: int = 0
    instead: str = ""
    """What is shown where a title is still to be given."""
    is_fixed: bool = False
    """The title stands as it is: it has been published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """A heading over what has no place yet."""

    title: str


class Outline(QListView):
    """The lines. What is done to them is told and done by its owner, who shows the outcome."""

    opened = Signal(str)
    stepped = Signal(str, int)
    renamed = Signal(str, str)
    put = Signal(str, object, bool)
    """A line was dragged: its key, that of the line it shall stand before or None for the end, whether onto that."""
    given_files = Signal(object, object)
    """Paths that were dropped, and the key of the line they were dropped onto, or None."""
    to_take_out = Signal(str)
    to_take_back = Signal()
    moved = Signal()
    """The keyboard is on another line."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._model = _Model()
        self._is_committing = False
        self.setModel(self._model)
        self.setItemDelegate(_Delegate(self, self._model))
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._model.renamed.connect(self.renamed)
        self._model.put.connect(self.put)
        self._model.given_files.connect(self.given_files)
        self.doubleClicked.connect(self._rename)
        self.selectionModel().currentChanged.connect(self._follow)

    def show_entries(self, entries: Sequence[Entry | Rest]) -> None:
        """Show these instead; the keyboard stays on its line, or where that was, and what is being written goes on."""
        key, row, written = self.current_key, self.currentIndex().row(), self._being_written()
        if self._model.replace(entries):
            keys = [entry.key if isinstance(entry, Entry) else None for entry in entries]
            if keys:
                self.go_to_row(keys.index(key) if key in keys else min(max(row, 0), len(keys) - 1))
            if written is not None and key in keys:
                self._write_on(*written)
            self.moved.emit()
        self.scheduleDelayedItemsLayout()
        self.updateGeometry()

    @property
    def current_key(self) -> str | None:
        """The key of the line the keyboard is on."""
        return self._model.key(self.currentIndex())

    def go_to(self, key: str) -> None:
        """Put the keyboard's place on a line; nothing happens where there is none."""
        row = next((each for each in range(self._model.rowCount()) if self._model.key_at(each) == key), None)
        if row is not None:
            self.go_to_row(row)

    def go_to_row(self, row: int) -> None:
        """As `go_to`; the line above where there is a heading."""
        self.setCurrentIndex(self._model.index(row if self._model.key_at(row) is not None else row - 1, 0))

    def go_to_untitled(self) -> None:
        """Let the first title that is wanting be written."""
        self.setFocus()
        untitled = (row for row in range(self._model.rowCount()) if self._model.wants_title(row))
        row = next(untitled, None)
        if row is not None:
            self.go_to_row(row)
            self.rename()

    def rename(self) -> None:
        """Let the title of the line the keyboard is on be written in place."""
        self._rename(self.currentIndex())

    def commitData(self, editor: QWidget) -> None:
        self._is_committing = True
        try:
            super().commitData(editor)
        finally:
            self._is_committing = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.state() is QAbstractItemView.State.EditingState:
            event.accept()  # what the field did not take, Enter above all, is no order to the outline
            return
        key, line = Qt.Key(event.key()), self.current_key
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if control and key == Qt.Key.Key_Z:
            self.to_take_back.emit()
        elif line is None or control:
            super().keyPressEvent(event)
        elif alt and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.stepped.emit(line, -1 if key == Qt.Key.Key_Up else 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(line)
        elif key == Qt.Key.Key_F2:
            self.rename()
        elif key == Qt.Key.Key_Delete:
            self.to_take_out.emit(line)
        else:
            super().keyPressEvent(event)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._model.height(width)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(480), self._model.height(self.width()))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(240), theme.px(theme.TARGET))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self.current_key is None and self._model.rowCount():
            self.go_to_row(0)
        self._bring_into_view()

    def _rename(self, index: Index) -> None:
        if self._model.flags(index) & Qt.ItemFlag.ItemIsEditable:
            self.edit(self._model.index(index.row(), 0))

    def _being_written(self) -> tuple[str, int] | None:
        """What stands in the field that is open, and where its cursor is; None of one whose title is being taken."""
        field = self.indexWidget(self.currentIndex())
        is_open = self.state() is QAbstractItemView.State.EditingState and not self._is_committing
        return (field.text(), field.cursorPosition()) if is_open and isinstance(field, TextField) else None

    def _write_on(self, text: str, cursor: int) -> None:
        self.rename()
        field = self.indexWidget(self.currentIndex())
        if isinstance(field, TextField):
            field.setText(text)
            field.setModified(True)
            field.setCursorPosition(cursor)

    def _follow(self) -> None:
        self._bring_into_view()
        self.moved.emit()

    def _bring_into_view(self) -> None:
        if self.hasFocus():
            bring_into_view(self, self.visualRect(self.currentIndex()))


class _Model(QAbstractListModel):
    renamed = Signal(str, str)
    put = Signal(str, object, bool)
    given_files = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self._entries: tuple[Entry | Rest, ...] = ()

    def replace(self, entries: Sequence[Entry | Rest]) -> bool:
        """Whether other lines stand there now, or in another order; if not, what is being written goes on."""
        before, self._entries = self._entries, tuple(entries)
        if list(map(_key_of, before)) == list(map(_key_of, self._entries)):
            if before != self._entries:
                self.dataChanged.emit(self.index(0, 0), self.index(len(before) - 1, 0))
            return False
        self.beginResetModel()
        self.endResetModel()
        return True

    def entry(self, index: Index) -> Entry | Rest:
        return self._entries[index.row()]

    def key(self, index: Index) -> str | None:
        return self.key_at(index.row()) if index.isValid() else None

    def key_at(self, row: int) -> str | None:
        return _key_of(self._entries[row]) if 0 <= row < len(self._entries) else None

    def wants_title(self, row: int) -> bool:
        entry = self._entries[row]
        return isinstance(entry, Entry) and not entry.title

    def height(self, width: int) -> int:
        return sum(_height(entry, width) for entry in self._entries)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._entries)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        entry = self.entry(index)
        if isinstance(entry, Rest):
            return Qt.ItemFlag.NoItemFlags
        usual = (
            Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemIsDragEnabled
            | Qt.ItemFlag.ItemIsDropEnabled
        )
        return usual if entry.is_fixed else usual | Qt.ItemFlag.ItemIsEditable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        entry = self.entry(index)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return entry.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return entry.title if isinstance(entry, Rest) else _spoken(entry)
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        entry = self.entry(index)
        if role != Qt.ItemDataRole.EditRole or not isinstance(entry, Entry):
            return False
        title = composed(str(value))
        if title != entry.title:
            self.renamed.emit(entry.key, title)
        return True

    # Dragging.

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction | Qt.DropAction.CopyAction

    def mimeTypes(self) -> list[str]:
        return [_LINE, "text/uri-list"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        dragged = QMimeData()
        dragged.setData(_LINE, (self.key(indexes[0]) or "").encode())
        return dragged

    def canDropMimeData(self, data: QMimeData, _action: Qt.DropAction, _row: int, _column: int, _at: Index) -> bool:
        return data.hasFormat(_LINE) or any(url.isLocalFile() for url in data.urls())

    def dropMimeData(self, data: QMimeData, _action: Qt.DropAction, row: int, _column: int, at: Index) -> bool:
        target = self.key(at) if at.isValid() else self.key_at(row)
        if data.hasFormat(_LINE):
            self.put.emit(bytes(data.data(_LINE).data()).decode(), target, at.isValid())
        else:
            files = tuple(Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile())
            self.given_files.emit(files, self.key(at))
        return False  # the owner has moved what was dragged: nothing is left for Qt to take away


def _key_of(entry: Entry | Rest) -> str | None:
    return entry.key if isinstance(entry, Entry) else None


def _spoken(entry: Entry) -> str:
    title = entry.title or say("outline.untitled", instead=entry.instead)
    return ". ".join(filter(None, (f"{entry.number} {title}".strip(), entry.detail)))


class _Set:
    """A line set at a width: where its parts lie, from its top left."""

    def __init__(self, entry: Entry, width: int) -> None:
        self.grip = theme.px(Space.HAIR)
        self.mark = self.grip + theme.px(_GRIP + entry.depth * _STEP)
        self.left = self.mark + theme.px(_MARK if entry.number else _ICON + Space.MEDIUM)
        room = width - self.left - theme.px(Space.LARGE)
        weight = Weight.SEMIBOLD if entry.number else Weight.REGULAR
        title = entry.title or say("outline.untitled", instead=entry.instead)
        self.title = Lines(title, theme.font(weight=weight), room, most=3)
        self.detail = Lines(entry.detail, theme.font(), room)
        pad = theme.px(10)
        self.height = round(max(self.title.height + self.detail.height + 2 * pad, theme.px(theme.TARGET)))
        self.top = (self.height - self.title.height - self.detail.height) / 2


@lru_cache(maxsize=1024)
def _set(entry: Entry, width: int, _look: theme.Theme) -> _Set:
    return _Set(entry, width)


def _height(entry: Entry | Rest, width: int) -> int:
    return _set(entry, width, theme.current()).height if isinstance(entry, Entry) else theme.px(52)


class _Delegate(QStyledItemDelegate):
    def __init__(self, view: Outline, model: _Model) -> None:
        super().__init__(view)
        self._view, self._model = view, model

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        width = self._view.viewport().width()
        return QSize(width, _height(self._model.entry(index), width))

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, index: Index) -> QWidget:
        entry = self._model.entry(index)
        field = TextField(entry.title)
        field.setParent(parent)
        field.setObjectName("line_title")
        field.setAccessibleName(say("outline.title_of", line=entry.title or getattr(entry, "instead", "")))
        return field

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        # Asked again whenever a line changes: what has been typed meanwhile stays.
        if isinstance(editor, TextField) and not editor.isModified():
            editor.setText(self._model.entry(index).title)
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        if isinstance(editor, TextField):
            model.setData(index, editor.value)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        entry, area = self._model.entry(index), QRect(option.rect)
        if isinstance(entry, Entry):
            left = _set(entry, area.width(), theme.current()).left - theme.px(Space.SMALL)
            height = min(theme.px(theme.TARGET), area.height())
            top = area.top() + (area.height() - height) // 2
            editor.setGeometry(left, top, area.width() - left - theme.px(Space.SMALL), height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry, area = self._model.entry(index), QRect(option.rect)
        state: QStyle.StateFlag = option.state
        painter.save()
        if isinstance(entry, Rest):
            painter.setFont(theme.font(Type.BODY, Weight.SEMIBOLD))
            painter.setPen(theme.color("warning"))
            inner = area.adjusted(theme.px(Space.HAIR + _GRIP), 0, 0, -theme.px(Space.SMALL))
            painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, entry.title)
        else:
            self._paint(painter, entry, area, state)
        painter.restore()

    def _paint(self, painter: QPainter, entry: Entry, area: QRect, state: QStyle.StateFlag) -> None:
        placed, corner = _set(entry, area.width(), theme.current()), QPointF(area.topLeft())
        is_current = bool(state & QStyle.StateFlag.State_Selected)
        is_near = is_current or bool(state & QStyle.StateFlag.State_MouseOver)
        painter.fillRect(area, theme.color("accent_soft" if is_current else "sunken" if is_near else "raised"))
        if entry.depth == 0:
            painter.fillRect(area.adjusted(0, 0, 0, 1 - area.height()), theme.color("line"))
        side = theme.px(20)
        if is_near:
            grip = QRectF(placed.grip, (area.height() - side) / 2, side, side).translated(corner)
            icons.paint(painter, "grip-vertical", "ink_muted", grip)
        if entry.number:
            painter.setFont(theme.font(weight=Weight.SEMIBOLD))
            painter.setPen(theme.color("ink"))
            at = corner + QPointF(placed.mark, placed.top)
            Lines(entry.number, theme.font(weight=Weight.SEMIBOLD), theme.px(_MARK)).paint(painter, at, "ink")
        else:
            mark = QRectF(placed.mark, placed.top, theme.px(_ICON), theme.px(_ICON)).translated(corner)
            icons.paint(painter, "file-text", "ink_muted", mark)
        if is_current and self._view.state() is QAbstractItemView.State.EditingState:
            return  # the field lies over it
        placed.title.paint(painter, corner + QPointF(placed.left, placed.top), "ink" if entry.title else "danger")
        below = QPointF(placed.left, placed.top + placed.title.height)
        placed.detail.paint(painter, corner + below, "ink_muted")
        if is_current and self._view.hasFocus():
            ring(painter, QRectF(area).adjusted(1, 1, -1, -1))
