"""The pages of a paper at its side, small: drawn when nothing else is to be drawn, only those that are seen."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPen, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ecabinet.client.pages import Page, PageCache, Pixels, Priority
from ecabinet.client.ui import icons, theme
from ecabinet.client.ui.reader import night
from ecabinet.client.ui.reader.rendering import Look, Piece, Source
from ecabinet.client.ui.reader.view import PageView
from ecabinet.client.ui.theme import Space, Weight
from ecabinet.client.ui.widgets import Heading, column
from ecabinet.client.ui.widgets.painting import ring
from ecabinet.client.ui.words import number, say

CACHE_BYTES = 24 * 1024 * 1024
_WIDTH, _HEIGHT = 120, 160
_LABEL = 28
_FRAME = 3
Index = QModelIndex | QPersistentModelIndex


class Thumbnails(QFrame):
    """All pages; `opened` carries the one that was pressed, from 0."""

    opened = Signal(int)

    def __init__(self, view: PageView) -> None:
        super().__init__()
        self.setAccessibleName(say("reader.thumbnails"))
        self._list = _Pages(view)
        self._list.opened.connect(self.opened)
        whole = column(Heading(say("reader.thumbnails")), self._list, pad=Space.LARGE)
        whole.setStretch(1, 1)
        self.setLayout(whole)

    def show_paper(self, source: Source | None, pages: int) -> None:
        """Another paper, or none."""
        self._list.show_paper(source, pages)

    @property
    def size_kept(self) -> int:
        """Bytes of pictures that are kept."""
        return self._list.cache.size

    @property
    def is_complete(self) -> bool:
        """Whether all that are seen are there."""
        return self._list.is_complete


class _Pages(QListView):
    opened = Signal(int)

    def __init__(self, view: PageView) -> None:
        super().__init__()
        self.setObjectName("thumbnails")
        self.setAccessibleName(say("reader.thumbnails"))
        self._view = view
        self._source: Source | None = None
        self._asked: Piece | None = None
        self._failed: set[int] = set()
        self.cache: PageCache[Piece] = PageCache(CACHE_BYTES)
        self._numbers = _Numbers()
        self.setModel(self._numbers)
        self.setItemDelegate(_Painter(self))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setUniformItemSizes(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.clicked.connect(self._open)
        self._look = QTimer(self, singleShot=True, interval=0)
        self._look.timeout.connect(self._ask)
        self.verticalScrollBar().valueChanged.connect(self._look_soon)
        view.page_changed.connect(self._follow)
        view.look_changed.connect(self._look_soon)

    def show_paper(self, source: Source | None, pages: int) -> None:
        self._source, self._asked = source, None
        self._failed.clear()
        self.cache.drop(lambda _: True)
        self._numbers.count(pages)
        self._follow(self._view.page)
        self._look_soon()

    @property
    def is_complete(self) -> bool:
        return all(page in self._failed or self.cache.get(self._piece(page)) is not None for page in self._seen())

    def page_at(self, index: Index) -> tuple[Page, Pixels | None, bool]:
        """How a page is turned, its picture if there is one, and whether there can't be one."""
        row = index.row()
        return self._view.page_shown(row), self.cache.get(self._piece(row)), row in self._failed

    @property
    def is_night(self) -> bool:
        return self._view.is_night

    def is_current(self, index: Index) -> bool:
        return index.row() == self._view.page

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._follow(self._view.page)
        self._look_soon()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._look_soon()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self._look_soon()

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(index.row())

    def _follow(self, page: int) -> None:
        """Mark the page one is on, and have it in view, unless one is looking through the list."""
        if not self.hasFocus() and page < self._numbers.rowCount():
            self.setCurrentIndex(self._numbers.index(page))
        self.viewport().update()

    def _look_soon(self) -> None:
        self._look.start()
        self.viewport().update()

    def _piece(self, page: int) -> Piece:
        shown = self._view.page_shown(page)
        across, down = theme.px(_WIDTH) / shown.width, theme.px(_HEIGHT) / shown.height
        scale = min(across, down) * self.devicePixelRatioF()
        return Piece(page, Look(scale, self._view.rotation, self._view.is_night))

    def _ask(self) -> None:
        """One at a time: what is read comes first."""
        source = self._source
        if source is None or self._asked is not None or not self.isVisible():
            return
        for page in self._seen():
            piece = self._piece(page)
            if page in self._view.failures:
                self._failed.add(page)
            if page not in self._failed and self.cache.get(piece) is None:
                self._asked = piece
                source.render(
                    piece, partial(self._take, source, piece), partial(self._fail, source, piece), Priority.IDLE
                )
                return

    def _seen(self) -> Sequence[int]:
        """From the first row in view on, as many as there is room for."""
        first = next(
            (
                index.row()
                for x in range(0, self.viewport().width(), 8)
                if (index := self.indexAt(QPoint(x, theme.px(Space.SMALL)))).isValid()
            ),
            0,
        )
        cell = self.sizeHintForIndex(self._numbers.index(0))
        across = max(self.viewport().width() // max(cell.width(), 1), 1)
        down = self.viewport().height() // max(cell.height(), 1) + 2
        return range(first, min(first + across * down, self._numbers.rowCount()))

    def _take(self, source: Source, piece: Piece, pixels: Pixels) -> None:
        if source is self._source:
            self._asked = None
            self.cache.put(piece, pixels)
            self.update(self._numbers.index(piece.page))
            self._ask()

    def _fail(self, source: Source, piece: Piece, _error: Exception) -> None:
        if source is self._source:
            self._asked = None
            self._failed.add(piece.page)
            self.update(self._numbers.index(piece.page))
            self._ask()


class _Numbers(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    def count(self, pages: int) -> None:
        self.beginResetModel()
        self._count = pages
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else self._count

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if index.isValid() and role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return say("reader.note_page", page=number(index.row() + 1))
        return None


class _Painter(QStyledItemDelegate):
    def __init__(self, pages: _Pages) -> None:
        super().__init__(pages)
        self._pages = pages

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        room = 2 * theme.px(Space.SMALL)
        return QSize(theme.px(_WIDTH) + room, theme.px(_HEIGHT) + theme.px(_LABEL) + room)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        cell = QRect(option.rect)
        page, pixels, has_failed = self._pages.page_at(index)
        share = min(theme.px(_WIDTH) / page.width, theme.px(_HEIGHT) / page.height)
        sheet = QRect(0, 0, max(round(page.width * share), 1), max(round(page.height * share), 1))
        sheet.moveCenter(cell.adjusted(0, 0, 0, -theme.px(_LABEL)).center())
        if pixels is None:
            painter.fillRect(sheet, QColor(night.paper_of(is_night=self._pages.is_night).raised))
        else:
            image = QImage(pixels.samples, pixels.width, pixels.height, pixels.stride, QImage.Format.Format_RGB32)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(sheet, image)
        if has_failed:
            side = theme.px(24)
            mark = QRectF(0, 0, side, side)
            mark.moveCenter(QRectF(sheet).center())
            icons.paint(painter, "triangle-alert", "warning", mark)
        is_current = self._pages.is_current(index)
        around = theme.px(_FRAME) if is_current else 1
        painter.setPen(QPen(theme.color("accent" if is_current else "edge"), around))
        painter.drawRect(sheet.adjusted(-1, -1, 0, 0))
        painter.setPen(theme.color("accent" if is_current else "ink_muted"))
        painter.setFont(theme.font(weight=Weight.SEMIBOLD if is_current else Weight.REGULAR))
        label = QRect(cell.left(), cell.bottom() - theme.px(_LABEL), cell.width(), theme.px(_LABEL))
        painter.drawText(label, Qt.AlignmentFlag.AlignCenter, number(index.row() + 1))
        if option.state & QStyle.StateFlag.State_HasFocus:
            ring(painter, QRectF(cell).adjusted(2, 2, -2, -2))
        painter.restore()
