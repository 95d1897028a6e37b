"""The pages of a paper in one column, as one scrolls and zooms: painted from pixels that the page process made.

The column asks its source for what it shows and what comes next, at most two pages at a time, the nearest first; it
never waits. A page that is not there yet is shown from an older rendering at another zoom, or as an empty sheet.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Protocol

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea

from ecabinet.client.pages import PIXELS_LIMIT, Box, Page, PageCache, PageUnreadable, Pixels, Recognised, Word
from ecabinet.client.ui import theme
from ecabinet.client.ui.reader import layout
from ecabinet.client.ui.reader.layout import Layout
from ecabinet.client.ui.reader.marks import PAPER
from ecabinet.client.ui.theme import Type
from ecabinet.client.ui.widgets.painting import ring
from ecabinet.client.ui.words import number, say

CACHE_BYTES = 192 * 1024 * 1024
LINE = 64
"""Logical pixels an arrow key scrolls."""
_AT_ONCE = 2
_AHEAD = 2
"""Pages rendered before they are needed, in either direction."""
_ZOOMS = (0.25, 0.33, 0.5, 0.67, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0)
_NEARLY = 0.01
_AT_REST_MS = 150

Key = tuple[int, float, int]
"""A page at a scale, turned by so many degrees."""


class Source(Protocol):
    """Where pixels and words come from: off the UI thread, handed over on it."""

    def render(
        self,
        page: int,
        scale: float,
        rotation: int,
        then: Callable[[Pixels], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Renders a page at `scale` device pixels a point, turned clockwise by `rotation` degrees more than it is."""

    def words(self, page: int, then: Callable[[Sequence[Word]], None], failed: Callable[[Exception], None]) -> None:
        """The words of a page, in reading order."""

    def take_recognised(self, recognised: Recognised) -> None:
        """Pages of a scan have words from now on."""


class PageColumn(QAbstractScrollArea):
    """Shows, scrolls and zooms. What is drawn over a page is a subclass's."""

    page_changed = Signal(int)
    zoom_changed = Signal(float)
    rested = Signal()
    """Scrolling has come to rest."""
    failures_changed = Signal()
    """Pages could not be shown, or now can; see `failures`."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.failures: dict[int, Exception] = {}
        """Pages that could not be shown, and why."""
        self._source: Source | None = None
        self._pages: Sequence[Page] = ()
        self._layout = Layout((), 1.0)
        self._fits_width = True
        self._rotation, self._is_night = 0, False
        self._cache: PageCache[Key] = PageCache(CACHE_BYTES)
        self._latest: dict[int, Key] = {}
        self._asked: set[Key] = set()
        self._page = 0
        self._rest = QTimer(self, singleShot=True, interval=_AT_REST_MS)
        self._rest.timeout.connect(self.rested)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.horizontalScrollBar().valueChanged.connect(lambda _: self.viewport().update())

    # ------------------------------------------------------------ what is shown

    def show_paper(self, pages: Sequence[Page], source: Source, *, position: tuple[int, float] = (0, 0.0)) -> None:
        """Shows a paper from a position (page, share of its height) on."""
        self.clear()
        self._pages, self._source = [page.turned(self._rotation) for page in pages], source
        pages = self._pages
        self._relayout(layout.zoom_to_width(pages, self.viewport().width()) if self._fits_width else self.zoom)
        page, share = position
        self.verticalScrollBar().setValue(self._layout.height_of((min(page, len(pages) - 1), share)))
        self._scrolled()

    def clear(self) -> None:
        """Shows nothing, and lets go of every pixel."""
        self._pages, self._source, self._page = (), None, 0
        self._cache.drop(lambda _: True)
        self._latest.clear()
        self._asked.clear()
        self.failures.clear()
        self._rest.stop()
        self._relayout(self.zoom)

    @property
    def page(self) -> int:
        """The page one is on, from 0."""
        return self._page

    @property
    def zoom(self) -> float:
        """1.0 is 100 %."""
        return self._layout.zoom

    @property
    def scale(self) -> float:
        """Logical pixels a point."""
        return self._layout.scale

    @property
    def rotation(self) -> int:
        """Degrees that the reader has turned the pages, clockwise."""
        return self._rotation

    @property
    def fits_width(self) -> bool:
        """Whether the widest page is kept as wide as the view."""
        return self._fits_width

    @property
    def position(self) -> tuple[int, float]:
        """Page and share of its height at the top of the view: where to continue another time."""
        return self._layout.position(self.verticalScrollBar().value()) if self._pages else (0, 0.0)

    @property
    def is_complete(self) -> bool:
        """Whether everything in view is shown as sharp as it gets."""
        return all(self._cache.get(self._key(page)) is not None or page in self.failures for page in self.visible())

    def visible(self) -> range:
        """The pages of which something is in view."""
        if not self._pages:
            return range(0)
        top = self.verticalScrollBar().value()
        return self._layout.between(top, top + self.viewport().height())

    def go_to(self, page: int, share: float = 0.0) -> None:
        """Scrolls to a page, counted from 0; the nearest one there is."""
        if self._pages:
            page = min(max(page, 0), len(self._pages) - 1)
            top = self._layout.height_of((page, share)) - (layout.GAP if share == 0.0 else 0)
            self.verticalScrollBar().setValue(top)

    def show_place(self, page: int, box: Box | None) -> None:
        """Scrolls to words of a page unless they are in view; without a box, to the page."""
        if page >= len(self._pages):
            return
        if box is None:
            if page not in self.visible():
                self.go_to(page)
            return
        area, bar = self.shown(page, box), self.verticalScrollBar()
        top = self._layout.place(page, self.viewport().width())[1] + area.top()
        if not bar.value() + LINE <= top <= bar.value() + self.viewport().height() - area.height() - LINE:
            bar.setValue(round(top - self.viewport().height() / 3))

    def set_zoom(self, zoom: float) -> None:
        """1.0 is 100 %. What was at the top stays there."""
        self._fits_width = False
        self._zoom_keeping_place(zoom)

    def zoom_by(self, steps: int) -> None:
        """To the next usual zoom above or below."""
        at = bisect_right(_ZOOMS, self.zoom + _NEARLY) if steps > 0 else bisect_left(_ZOOMS, self.zoom - _NEARLY) - 1
        self.set_zoom(_ZOOMS[min(max(at, 0), len(_ZOOMS) - 1)])

    def fit_width(self) -> None:
        """Keeps the widest page as wide as the view, also when the view changes."""
        self._fits_width = True
        self._zoom_keeping_place(layout.zoom_to_width(self._pages, self.viewport().width()))

    def fit_page(self) -> None:
        """Shows the page one is on whole."""
        if self._pages:
            viewport, page = self.viewport(), self._page
            self.set_zoom(layout.zoom_to_page(self._pages[page], viewport.width(), viewport.height()))
            self.go_to(page)

    @property
    def is_night(self) -> bool:
        """Whether paper is dark and ink light."""
        return self._is_night

    def set_night(self, is_night: bool) -> None:  # noqa: FBT001 - a switch sets it
        """Shows light ink on dark paper, or the paper as it is."""
        self._is_night = is_night
        self.viewport().update()

    def turn(self) -> None:
        """Turns every page a quarter clockwise; the page one is on stays."""
        self._rotation = (self._rotation + 90) % 360
        page, self._pages = self._page, [each.turned(90) for each in self._pages]
        self._latest.clear()
        if self._fits_width and self._pages:
            self._relayout(layout.zoom_to_width(self._pages, self.viewport().width()))
        else:
            self._relayout(self.zoom)
        self.go_to(page)
        self._scrolled()

    def retry(self) -> None:
        """Asks again for the pages that could not be shown."""
        self.failures.clear()
        self.failures_changed.emit()
        self.viewport().update()
        self._ask()

    # ------------------------------------------------------------ places

    def at(self, point: QPoint | QPointF) -> tuple[int, float, float]:
        """The page under a point of the viewport, and the point in that page's PDF space."""
        page = self._layout.at(point.y() + self.verticalScrollBar().value())
        return page, *self.on(page, point)

    def on(self, page: int, point: QPoint | QPointF) -> tuple[float, float]:
        """A point of the viewport in the PDF space of a page, be it on the page or beside it."""
        corner, scale = self.rectangle(page).topLeft(), self._layout.scale
        x, y = (point.x() - corner.x()) / scale, (point.y() - corner.y()) / scale
        return self._pages[page].matrix.inverse().map(x, y)

    def way(self, page: int) -> QTransform:
        """From the PDF space of a page to logical pixels from its top left corner."""
        m, scale = self._pages[page].matrix, self._layout.scale
        return QTransform(m.a, m.b, m.c, m.d, m.e, m.f) * QTransform.fromScale(scale, scale)

    def shown(self, page: int, box: Box) -> QRectF:
        """A box of PDF space, in logical pixels from the page's top left corner."""
        shown, scale = self._pages[page].matrix.map_box(box), self._layout.scale
        return QRectF(shown.x0 * scale, shown.y0 * scale, (shown.x1 - shown.x0) * scale, (shown.y1 - shown.y0) * scale)

    def rectangle(self, page: int) -> QRect:
        """Where a page is in the viewport."""
        left, top, width, height = self._layout.place(page, self.viewport().width())
        return QRect(left - self.horizontalScrollBar().value(), top - self.verticalScrollBar().value(), width, height)

    # ------------------------------------------------------------ asking

    def _key(self, page: int) -> Key:
        points = self._pages[page].width * self._pages[page].height
        return page, min(self._scale(), math.sqrt(PIXELS_LIMIT / points) * 0.99), self._rotation

    def _scale(self) -> float:
        return self._layout.scale * self.devicePixelRatioF()

    def _ask(self) -> None:
        """Asks for the most wanted pages that are missing: those in view, then those ahead, then those behind."""
        if self._source is None:
            return
        visible = self.visible()
        ahead = range(visible.stop, min(visible.stop + _AHEAD, len(self._pages)))
        behind = range(visible.start - 1, max(visible.start - 1 - _AHEAD, -1), -1)
        for page in (*visible, *ahead, *behind):
            if len(self._asked) >= _AT_ONCE:
                return
            key = self._key(page)
            if key not in self._asked and page not in self.failures and self._cache.get(key) is None:
                self._ask_for(key, self._source)

    def _ask_for(self, key: Key, source: Source) -> None:
        self._asked.add(key)

        def arrived(pixels: Pixels) -> None:
            if source is self._source:
                self._asked.discard(key)
                self._cache.put(key, pixels)
                if key[2] == self._rotation:
                    self._latest[key[0]] = key
                self._update_page(key[0])
                self._ask()

        def failed(error: Exception) -> None:
            if source is self._source:
                self._asked.discard(key)
                self.failures[key[0]] = error
                self._update_page(key[0])
                self.failures_changed.emit()
                if isinstance(error, PageUnreadable):
                    self._ask()

        source.render(*key, arrived, failed)

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
            bar.setSingleStep(LINE)
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
        self._rest.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        fits = self._fits_width and self._pages
        self._zoom_keeping_place(layout.zoom_to_width(self._pages, self.viewport().width()) if fits else self.zoom)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, control = Qt.Key(event.key()), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        is_back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if control and key in {Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus}:
            self.zoom_by(-1 if key == Qt.Key.Key_Minus else 1)
        elif control and key == Qt.Key.Key_0:
            self.fit_width()
        elif not self._scroll_by_key(key, is_back=is_back):
            super().keyPressEvent(event)

    def _scroll_by_key(self, key: Qt.Key, *, is_back: bool) -> bool:
        bar, leaf = self.verticalScrollBar(), self.viewport().height() - LINE
        scrolls = {
            Qt.Key.Key_Down: LINE,
            Qt.Key.Key_Up: -LINE,
            Qt.Key.Key_PageDown: leaf,
            Qt.Key.Key_PageUp: -leaf,
            Qt.Key.Key_Space: -leaf if is_back else leaf,
            Qt.Key.Key_End: bar.maximum(),
            Qt.Key.Key_Home: -bar.maximum(),
        }
        sideways = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if key in scrolls:
            bar.setValue(bar.value() + scrolls[key])
        elif key in sideways and self.horizontalScrollBar().maximum():
            across = self.horizontalScrollBar()
            across.setValue(across.value() + sideways[key] * LINE)
        elif key in sideways:
            self.go_to(self._page + sideways[key])
        else:
            return False
        return True

    # ------------------------------------------------------------ painting

    def _update_page(self, page: int) -> None:
        self.viewport().update(self.rectangle(page))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), theme.color("sunken"))
        for page in self.visible():
            area = self.rectangle(page)
            if area.intersects(event.rect()):
                _paint_edge(painter, area)
                self._paint_page(painter, page, area)
                painter.save()
                painter.setClipRect(area, Qt.ClipOperation.IntersectClip)
                painter.translate(area.topLeft())
                self.paint_over(painter, page, event.rect().translated(-area.topLeft()))
                if self._is_night:
                    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Difference)
                    painter.fillRect(QRect(QPoint(), area.size()), Qt.GlobalColor.white)
                painter.restore()
        if self.hasFocus():
            ring(painter, QRectF(self.viewport().rect()).adjusted(1, 1, -1, -1), radius=0)
        painter.end()

    def paint_over(self, painter: QPainter, page: int, dirty: QRect) -> None:
        """Draws over a page, whose top left corner is the origin, what of it is dirty."""

    def _paint_page(self, painter: QPainter, page: int, area: QRect) -> None:
        key = self._key(page)
        pixels = self._cache.get(key)
        is_sharp = pixels is not None and key[1] == self._scale()
        if pixels is None and page in self._latest:
            pixels = self._cache.get(self._latest[page])
        if pixels is None:
            painter.fillRect(area, QColor(PAPER.raised))
            self._paint_words(painter, page, area)
            return
        image = QImage(pixels.samples, pixels.width, pixels.height, pixels.stride, QImage.Format.Format_RGB32)
        if is_sharp:  # pixel by pixel: the last of them may lie beyond the rounded edge
            image.setDevicePixelRatio(self.devicePixelRatioF())
            painter.save()
            painter.setClipRect(area, Qt.ClipOperation.IntersectClip)
            painter.drawImage(area.topLeft(), image)
            painter.restore()
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(area, image)

    def _paint_words(self, painter: QPainter, page: int, area: QRect) -> None:
        """On a sheet that is still empty: which page it is, or that it can't be shown."""
        seen = area.intersected(self.viewport().rect())
        has_failed = page in self.failures
        words = say("reader.page_unreadable") if has_failed else say("reader.page_coming", page=number(page + 1))
        painter.setPen(QColor(PAPER.danger if has_failed else PAPER.ink_muted))
        painter.setFont(theme.font(Type.LEAD))
        painter.drawText(seen, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)


def _paint_edge(painter: QPainter, area: QRect) -> None:
    """A thin line and a little shade: a sheet that lies on a desk."""
    painter.fillRect(area.adjusted(0, 2, 3, 3), theme.color("line"))
    painter.setPen(theme.color("line"))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(area.adjusted(-1, -1, 0, 0))
