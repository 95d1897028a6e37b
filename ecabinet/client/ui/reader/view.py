"""The pages of a paper as one scrolls through them: painted from pixels that the page process made, marks drawn over.

The view asks its source for what it shows and what comes next, at most two pages at a time, the nearest first; it never
waits. A page that is not there yet is shown from an older rendering at another zoom, or as an empty sheet.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from ecabinet.client.pages import PIXELS_LIMIT, Box, Page, PageCache, PageUnreadable, Pixels, Word
from ecabinet.client.ui import theme
from ecabinet.client.ui.reader import layout
from ecabinet.client.ui.reader.layout import Layout
from ecabinet.client.ui.reader.selection import Selection, word_at

CACHE_BYTES = 192 * 1024 * 1024
_AT_ONCE = 2
_AHEAD = 2
"""Pages rendered before they are needed, in either direction."""
_ZOOM_STEP = 1.2
_LINE = 64
"""Logical pixels an arrow key scrolls."""


class Source(Protocol):
    """Where pixels and words come from: off the UI thread, handed over on it."""

    def render(
        self, page: int, scale: float, then: Callable[[Pixels], None], failed: Callable[[Exception], None]
    ) -> None:
        """Renders a page at `scale` device pixels a point."""

    def words(self, page: int, then: Callable[[Sequence[Word]], None], failed: Callable[[Exception], None]) -> None:
        """The words of a page, in reading order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something drawn over a page: a highlight, and a sign where a note's text hangs."""

    key: str
    page: int
    boxes: tuple[Box, ...]
    colour: str
    has_text: bool


class PageView(QAbstractScrollArea):
    """The scrolling view. Object name `pages`; the current page and its text are told to screen readers."""

    page_changed = Signal(int)
    zoom_changed = Signal(float)
    selection_changed = Signal()
    picked = Signal()
    """A selection is finished: the button was let go."""
    mark_pressed = Signal(str)
    page_failed = Signal(int, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pages")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.viewport().setCursor(Qt.CursorShape.IBeamCursor)
        self._source: Source | None = None
        self._pages: Sequence[Page] = ()
        self._layout = Layout((), 1.0)
        self._fits_width = True
        self._cache: PageCache[tuple[int, float]] = PageCache(CACHE_BYTES)
        self._latest: dict[int, tuple[int, float]] = {}
        self._asked: set[tuple[int, float]] = set()
        self._failed: set[int] = set()
        self._words: dict[int, Sequence[Word]] = {}
        self._words_asked: set[int] = set()
        self._marks: dict[int, list[Mark]] = {}
        self._selection: Selection | None = None
        self._picking = False
        self._page = 0
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.horizontalScrollBar().valueChanged.connect(lambda _: self.viewport().update())

    # ------------------------------------------------------------ what is shown

    def show_paper(self, pages: Sequence[Page], source: Source, *, position: tuple[int, float] = (0, 0.0)) -> None:
        """Shows a paper from a position (page, share of its height) on."""
        self.clear()
        self._pages, self._source = pages, source
        self._relayout(layout.zoom_to_width(pages, self.viewport().width()) if self._fits_width else self._layout.zoom)
        self.verticalScrollBar().setValue(self._layout.height_of(position))
        self._scrolled()

    def clear(self) -> None:
        """Shows nothing, and lets go of every pixel and word."""
        self._pages, self._source, self._selection = (), None, None
        self._cache.drop(lambda _: True)
        for kept in (self._latest, self._words, self._marks):
            kept.clear()
        for noted in (self._asked, self._failed, self._words_asked):
            noted.clear()
        self._relayout(self._layout.zoom)

    def set_marks(self, marks: Sequence[Mark]) -> None:
        """Draws these marks, and no others."""
        self._marks.clear()
        for mark in marks:
            self._marks.setdefault(mark.page, []).append(mark)
        self.viewport().update()

    @property
    def page(self) -> int:
        """The page one is on, from 0."""
        return self._page

    @property
    def zoom(self) -> float:
        return self._layout.zoom

    @property
    def fits_width(self) -> bool:
        """Whether the zoom follows the width of the view."""
        return self._fits_width

    @property
    def position(self) -> tuple[int, float]:
        """Page and share of its height at the top of the view: where to continue another time."""
        return self._layout.position(self.verticalScrollBar().value()) if self._pages else (0, 0.0)

    @property
    def selection(self) -> Selection | None:
        return self._selection

    @property
    def is_complete(self) -> bool:
        """Whether everything in view is shown as sharp as it gets."""
        return all(self._cache.get(self._key(page)) is not None or page in self._failed for page in self._visible())

    def go_to(self, page: int, share: float = 0.0) -> None:
        """Scrolls to a page, counted from 0; the nearest one there is."""
        if self._pages:
            page = min(max(page, 0), len(self._pages) - 1)
            top = self._layout.height_of((page, share)) - (layout.GAP if share == 0.0 else 0)
            self.verticalScrollBar().setValue(top)

    def set_zoom(self, zoom: float) -> None:
        """1.0 is 100 %. What was at the top stays there."""
        self._fits_width = False
        self._zoom_keeping_place(zoom)

    def zoom_by(self, steps: int) -> None:
        self.set_zoom(self.zoom * _ZOOM_STEP**steps)

    def fit_width(self) -> None:
        """Keeps the widest page as wide as the view, also when the view changes."""
        self._fits_width = True
        self._zoom_keeping_place(layout.zoom_to_width(self._pages, self.viewport().width()))

    def fit_page(self) -> None:
        """Shows the page one is on whole."""
        if self._pages:
            viewport = self.viewport()
            page = self._page
            self.set_zoom(layout.zoom_to_page(self._pages[page], viewport.width(), viewport.height()))
            self.go_to(page)

    def retry(self, page: int) -> None:
        """Asks again for a page that could not be shown."""
        self._failed.discard(page)
        self._ask()

    def drop_selection(self) -> None:
        self._select(None)

    # ------------------------------------------------------------ asking

    def _key(self, page: int) -> tuple[int, float]:
        points = self._pages[page].width * self._pages[page].height
        return page, min(self._layout.scale * self.devicePixelRatioF(), math.sqrt(PIXELS_LIMIT / points) * 0.99)

    def _visible(self) -> range:
        if not self._pages:
            return range(0)
        top = self.verticalScrollBar().value()
        return self._layout.between(top, top + self.viewport().height())

    def _ask(self) -> None:
        """Asks for the most wanted pages that are missing: those in view, then those ahead, then those behind."""
        if self._source is None:
            return
        visible = self._visible()
        ahead = range(visible.stop, min(visible.stop + _AHEAD, len(self._pages)))
        behind = range(visible.start - 1, max(visible.start - 1 - _AHEAD, -1), -1)
        for page in (*visible, *ahead, *behind):
            if len(self._asked) >= _AT_ONCE:
                return
            key = self._key(page)
            if key not in self._asked and page not in self._failed and self._cache.get(key) is None:
                self._ask_for(key, self._source)

    def _ask_for(self, key: tuple[int, float], source: Source) -> None:
        self._asked.add(key)

        def arrived(pixels: Pixels) -> None:
            if source is self._source:
                self._asked.discard(key)
                self._cache.put(key, pixels)
                self._latest[key[0]] = key
                self._update_page(key[0])
                self._ask()

        def failed(error: Exception) -> None:
            if source is self._source:
                self._asked.discard(key)
                self._failed.add(key[0])
                self._update_page(key[0])
                self.page_failed.emit(key[0], error)
                if isinstance(error, PageUnreadable):
                    self._ask()

        source.render(key[0], key[1], arrived, failed)

    def _ask_for_words(self, page: int, then: Callable[[], None] = lambda: None) -> None:
        source = self._source
        if source is None or page in self._words_asked:
            return
        self._words_asked.add(page)

        def arrived(words: Sequence[Word]) -> None:
            if source is self._source:
                self._words[page] = words
                if page == self._page:
                    self.setAccessibleDescription(" ".join(word.text for word in words))
                then()

        def failed(_: Exception) -> None:
            # The page itself tells why it can't be read; without words there is just nothing to pick.
            if source is self._source:
                self._words_asked.discard(page)

        source.words(page, arrived, failed)

    # ------------------------------------------------------------ moving

    def _relayout(self, zoom: float) -> None:
        before = self._layout.zoom
        self._layout = Layout(self._pages, zoom)
        viewport = self.viewport()
        for bar, whole, part in (
            (self.verticalScrollBar(), self._layout.height, viewport.height()),
            (self.horizontalScrollBar(), self._layout.width, viewport.width()),
        ):
            bar.setRange(0, max(whole - part, 0) if self._pages else 0)
            bar.setPageStep(part)
            bar.setSingleStep(_LINE)
        if self._layout.zoom != before:
            self.zoom_changed.emit(self._layout.zoom)
        viewport.update()

    def _zoom_keeping_place(self, zoom: float) -> None:
        position = self.position
        self._relayout(zoom)
        if self._pages:
            self.verticalScrollBar().setValue(self._layout.height_of(position))
            self._scrolled()

    def _scrolled(self) -> None:
        self.viewport().update()
        if not self._pages:
            return
        page = self._layout.current(self.verticalScrollBar().value(), self.viewport().height())
        if page != self._page:
            self._page = page
            self.page_changed.emit(page)
        self._ask()
        self._ask_for_words(page)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        fits = self._fits_width and self._pages
        self._zoom_keeping_place(layout.zoom_to_width(self._pages, self.viewport().width()) if fits else self.zoom)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        bar = self.verticalScrollBar()
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        leaf = self.viewport().height() - _LINE
        scrolls = {
            Qt.Key.Key_Down: _LINE,
            Qt.Key.Key_Up: -_LINE,
            Qt.Key.Key_PageDown: leaf,
            Qt.Key.Key_PageUp: -leaf,
            Qt.Key.Key_Space: -leaf if shift else leaf,
            Qt.Key.Key_End: bar.maximum(),
            Qt.Key.Key_Home: -bar.maximum(),
        }
        key = Qt.Key(event.key())
        if control and key in {Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus}:
            self.zoom_by(-1 if key == Qt.Key.Key_Minus else 1)
        elif control and key == Qt.Key.Key_0:
            self.fit_width()
        elif shift and key in {Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Down, Qt.Key.Key_Up}:
            self._pick_by_key(key)
        elif key == Qt.Key.Key_Escape and self._selection is not None:
            self.drop_selection()
        elif key in scrolls and not control:
            bar.setValue(bar.value() + scrolls[key])
        else:
            super().keyPressEvent(event)

    # ------------------------------------------------------------ picking words

    def _pick_by_key(self, key: Qt.Key) -> None:
        if self._selection is None:
            words = self._words.get(self._page)
            if not words:
                self._ask_for_words(self._page)
                return
            _, top, _, _ = self._layout.place(self._page, self.viewport().width())
            seen = [
                place
                for place, word in enumerate(words)
                if top + self._shown(self._page, word.box).top() >= self.verticalScrollBar().value()
            ]
            first = seen[0] if seen else 0
            self._select(Selection(self._page, words, first, first))
            return
        match key:
            case Qt.Key.Key_Right:
                self._select(self._selection.to(self._selection.head + 1))
            case Qt.Key.Key_Left:
                self._select(self._selection.to(self._selection.head - 1))
            case Qt.Key.Key_Down:
                self._select(self._selection.by_line(1))
            case _:
                self._select(self._selection.by_line(-1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() != Qt.MouseButton.LeftButton or not self._pages:
            return
        page, x, y = self._point(event.position().toPoint())
        mark = next((mark for mark in self._marks.get(page, []) if any(box.contains(x, y) for box in mark.boxes)), None)
        if mark is not None:
            self.mark_pressed.emit(mark.key)
        self._picking = True
        self._begin_picking(page, x, y)

    def _begin_picking(self, page: int, x: float, y: float) -> None:
        words = self._words.get(page)
        if words is None:
            self._ask_for_words(page, lambda: self._begin_picking(page, x, y) if self._picking else None)
            return
        place = word_at(words, x, y)
        self._select(None if place is None else Selection(page, words, place, place))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._picking and self._selection is not None:
            page, x, y = self._point(event.position().toPoint())
            place = word_at(self._selection.words, x, y) if page == self._selection.page else None
            if place is not None:
                self._select(self._selection.to(place))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._picking:
            self._picking = False
            if self._selection is not None:
                self.picked.emit()

    def _select(self, selection: Selection | None) -> None:
        if selection != self._selection:
            self._selection = selection
            self.viewport().update()
            self.selection_changed.emit()

    def _point(self, point: QPoint) -> tuple[int, float, float]:
        """The page under a point of the viewport, and the point in that page's PDF space."""
        top = self.verticalScrollBar().value()
        page = self._layout.at(point.y() + top)
        left, page_top, _, _ = self._layout.place(page, self.viewport().width())
        x = (point.x() + self.horizontalScrollBar().value() - left) / self._layout.scale
        y = (point.y() + top - page_top) / self._layout.scale
        return page, *self._pages[page].matrix.inverse().map(x, y)

    def _shown(self, page: int, box: Box) -> QRectF:
        """A box of PDF space, in logical pixels from the page's top left corner."""
        shown = self._pages[page].matrix.map_box(box)
        scale = self._layout.scale
        return QRectF(shown.x0 * scale, shown.y0 * scale, (shown.x1 - shown.x0) * scale, (shown.y1 - shown.y0) * scale)

    # ------------------------------------------------------------ painting

    def _rectangle(self, page: int) -> QRect:
        left, top, width, height = self._layout.place(page, self.viewport().width())
        return QRect(left - self.horizontalScrollBar().value(), top - self.verticalScrollBar().value(), width, height)

    def _update_page(self, page: int) -> None:
        self.viewport().update(self._rectangle(page))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), theme.color("sunken"))
        for page in self._visible():
            rectangle = self._rectangle(page)
            if rectangle.intersects(event.rect()):
                self._paint_page(painter, page, rectangle)
        painter.end()

    def _paint_page(self, painter: QPainter, page: int, rectangle: QRect) -> None:
        pixels = self._cache.get(self._key(page))
        is_sharp = pixels is not None
        if pixels is None and page in self._latest:
            pixels = self._cache.get(self._latest[page])
        if pixels is None:
            painter.fillRect(rectangle, QColor("white"))
            if page in self._failed:
                self._paint_failure(painter, rectangle)
        else:
            image = QImage(pixels.samples, pixels.width, pixels.height, pixels.stride, QImage.Format.Format_RGB32)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not is_sharp)
            painter.drawImage(rectangle, image)
        painter.translate(rectangle.topLeft())
        self._paint_marks(painter, page)
        painter.translate(-rectangle.topLeft())
        painter.setPen(theme.color("line"))
        painter.drawRect(rectangle.adjusted(-1, -1, 0, 0))

    def _paint_marks(self, painter: QPainter, page: int) -> None:
        # Multiplied, as ink on paper: the letters under a highlight stay as black as they were.
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
        for mark in self._marks.get(page, []):
            for box in mark.boxes:
                painter.fillRect(self._shown(page, box), QColor(mark.colour))
        if self._selection is not None and self._selection.page == page:
            for box in self._selection.boxes():
                painter.fillRect(self._shown(page, box), theme.color("accent_soft").darker(112))
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        for mark in self._marks.get(page, []):
            if mark.has_text and mark.boxes:
                last = self._shown(page, mark.boxes[-1])
                sign = QRectF(last.right() + 3, last.top() - 2, 14, 14)
                painter.setBrush(theme.color("accent"))
                painter.setPen(Qt.PenStyle.NoPen)
                painter.drawRoundedRect(sign, 3, 3)

    def _paint_failure(self, painter: QPainter, rectangle: QRect) -> None:
        painter.setPen(theme.color("danger"))
        painter.setFont(theme.font(theme.Type.LEAD))
        painter.drawText(rectangle, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.failure_words)

    failure_words = ""
    """What an unreadable page says; set by whoever shows the view, in the reader's language."""
