"""The pages of a paper as one scrolls, turns and zooms: which of them are in view, where, and how large."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea

from ecabinet.client.desk import reading
from ecabinet.client.desk.reading import Arrangement, Fit
from ecabinet.client.pages import Box, Page
from ecabinet.client.ui import theme
from ecabinet.client.ui.reader import layout
from ecabinet.client.ui.reader.layout import Layout
from ecabinet.client.ui.reader.rendering import Look, Rendering, Source
from ecabinet.client.ui.widgets.painting import ring

LINE = 64
"""Logical pixels an arrow key scrolls."""
_AHEAD = 2
"""Pages rendered before they are needed, in either direction."""
_ZOOMS = (0.25, 0.33, 0.5, 0.67, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0)
_NEARLY = 0.01
_AT_REST_MS = 150
_NOTCH = 120
"""What a wheel tells when it is turned by one notch."""


class PageColumn(QAbstractScrollArea):
    """Shows, scrolls and zooms. What is drawn over a page is a subclass's."""

    page_changed = Signal(int)
    zoom_changed = Signal(float)
    rested = Signal()
    """Scrolling has come to rest."""
    look_changed = Signal()
    """Pages were turned, or it became day or night."""
    arranged = Signal(object)
    """Carries the Arrangement that the pages have now."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.rendering = Rendering(self)
        self.rendering.arrived.connect(self._update_page)
        self._source: Source | None = None
        self._pages: Sequence[Page] = ()
        self._layout = Layout((), 1.0)
        self._fit: Fit | None = Fit.WIDTH
        self._rotation, self._is_night = 0, False
        self._arrangement = Arrangement.COLUMN
        self._page = 0
        self._notches = 0
        self._rest = QTimer(self, singleShot=True, interval=_AT_REST_MS)
        self._rest.timeout.connect(self.rested)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.horizontalScrollBar().valueChanged.connect(self._shifted)

    # ------------------------------------------------------------ what is shown

    def show_paper(
        self,
        pages: Sequence[Page],
        source: Source,
        *,
        position: tuple[int, float] = (0, 0.0),
        look: reading.Look | None = None,
    ) -> None:
        """Shows a paper from a position (page, share of its height) on; without a look, as the one before."""
        self.clear()
        zoom = self.zoom
        if look is not None:
            zoom, self._fit = look.zoom / 100, look.fit
            self._rotation, self._is_night, self._arrangement = look.rotation, look.is_night, look.arrangement
        self._pages, self._source = [page.turned(self._rotation) for page in pages], source
        self.rendering.show(self._pages, source)
        page, share = position
        self._page = min(page, len(pages) - 1)
        self._relayout(self._fitting(zoom))
        self._scroll_to(self._page, self._layout.height_of((self._page, share)))
        self._scrolled()
        self.arranged.emit(self._arrangement)
        self.look_changed.emit()

    def clear(self) -> None:
        """Shows nothing, and lets go of every pixel."""
        self._pages, self._source, self._page = (), None, 0
        self.rendering.show((), None)
        self._rest.stop()
        self._relayout(self.zoom)

    @property
    def page(self) -> int:
        """The page one is on, from 0."""
        return self._page

    def page_shown(self, page: int) -> Page:
        """A page as the reader has turned it."""
        return self._pages[page]

    @property
    def failures(self) -> dict[int, Exception]:
        """Pages that could not be shown, and why."""
        return self.rendering.failures

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
    def look(self) -> reading.Look:
        """How pages are shown: what `show_paper` takes."""
        zoom, fit, arrangement = round(self.zoom * 100), self._fit, self._arrangement
        return reading.Look(
            fit=fit, zoom=zoom, arrangement=arrangement, rotation=self._rotation, is_night=self._is_night
        )

    @property
    def position(self) -> tuple[int, float]:
        """Page and share of its height at the top of the view: where to continue another time."""
        return self._layout.position(self.verticalScrollBar().value()) if self._pages else (0, 0.0)

    @property
    def is_complete(self) -> bool:
        """Whether everything in view is shown as sharp as it gets."""
        return self.rendering.is_complete

    def visible(self) -> range:
        """The pages of which something is in view."""
        if not self._pages:
            return range(0)
        top = self.verticalScrollBar().value()
        return self._layout.between(top, top + self.viewport().height() - 1)

    @property
    def arrangement(self) -> Arrangement:
        """How the pages stand to one another."""
        return self._arrangement

    @property
    def is_paged(self) -> bool:
        """Whether there is one page at a time."""
        return self._layout.is_paged

    def arrange(self, arrangement: Arrangement) -> None:
        """Places the pages otherwise; the page one is on stays."""
        if arrangement is not self._arrangement:
            self._arrangement = arrangement
            page = self._page
            self._relayout(self._fitting(self.zoom))
            self.go_to(page)
            self._scrolled()
            self.arranged.emit(arrangement)

    def go_to(self, page: int, share: float = 0.0) -> None:
        """Scrolls to a page, counted from 0; the nearest one there is."""
        if self._pages:
            page = min(max(page, 0), len(self._pages) - 1)
            top = self._layout.height_of((page, share)) - (layout.GAP if share == 0.0 else 0)
            self._scroll_to(page, top)
            if self._page != page and page in self._layout.row(self._page):  # side by side: as was asked for
                self._be_on(page)

    def be_at(self, position: tuple[int, float]) -> None:
        """To where `position` was taken."""
        page, share = position
        if page < len(self._pages):
            self._scroll_to(page, self._layout.height_of((page, share)))

    def share_at(self, page: int, y: float | None) -> float:
        """How far down a page a height of its PDF space is; on a page that lies on its side, its head."""
        shown = self._pages[page]
        if y is None or not shown.matrix.d:
            return 0.0
        return min(max(shown.matrix.map(0, y)[1] / shown.height, 0.0), 1.0)

    def turn_page(self, step: int) -> None:
        """To the next page or pages, or those before."""
        if self._pages:
            row = self._layout.row(self._page)
            self.go_to(row.stop if step > 0 else self._layout.row(max(row.start - 1, 0)).start)

    def show_place(self, page: int, box: Box | None) -> None:
        """Scrolls to words of a page unless they are in view; without a box, to the page."""
        if page >= len(self._pages):
            return
        if box is None:
            if page not in self.visible():
                self.go_to(page)
            return
        if self._layout.is_paged and page != self._page:
            self.go_to(page)
        area, bar = self.shown(page, box), self.verticalScrollBar()
        top = self._layout.place(page, self.viewport().width())[1] + area.top()
        if not bar.value() + LINE <= top <= bar.value() + self.viewport().height() - area.height() - LINE:
            bar.setValue(round(top - self.viewport().height() / 3))

    def set_zoom(self, zoom: float) -> None:
        """1.0 is 100 %. What was at the top stays there."""
        self._fit = None
        self._zoom_keeping_place(zoom)

    def zoom_by(self, steps: int) -> None:
        """To the next usual zoom above or below."""
        at = bisect_right(_ZOOMS, self.zoom + _NEARLY) if steps > 0 else bisect_left(_ZOOMS, self.zoom - _NEARLY) - 1
        self.set_zoom(_ZOOMS[min(max(at, 0), len(_ZOOMS) - 1)])

    def fit_width(self) -> None:
        """Keeps the widest page as wide as the view, also when the view changes."""
        self._fit = Fit.WIDTH
        self._zoom_keeping_place(self._fitting(self.zoom))

    def fit_page(self) -> None:
        """Shows the page one is on whole, with the one beside it; so it does when the view changes."""
        page, self._fit = self._page, Fit.PAGE
        self._zoom_keeping_place(self._fitting(self.zoom))
        self.go_to(page)

    @property
    def is_night(self) -> bool:
        """Whether paper is dark and ink light."""
        return self._is_night

    def set_night(self, is_night: bool) -> None:  # noqa: FBT001 - a switch sets it
        """Shows light ink on dark paper, or the paper as it is."""
        self._is_night = is_night
        self._want()
        self.viewport().update()
        self.look_changed.emit()

    def turn(self) -> None:
        """Turns every page a quarter clockwise; the page one is on stays."""
        self._rotation = (self._rotation + 90) % 360
        page, self._pages = self._page, [each.turned(90) for each in self._pages]
        self.rendering.turn(self._pages)
        self._relayout(self._fitting(self.zoom))
        self.go_to(page)
        self._scrolled()
        self.look_changed.emit()

    def retry(self) -> None:
        """Asks again for the pages that could not be shown."""
        self.rendering.retry()
        self.viewport().update()

    # ------------------------------------------------------------ places

    def at(self, point: QPoint | QPointF) -> tuple[int, float, float]:
        """The page under a point of the viewport, and the point in that page's PDF space."""
        row = self._layout.row(self._layout.at(point.y() + self.verticalScrollBar().value()))
        page = next((each for each in row if point.x() < self.rectangle(each).right() + layout.GAP / 2), row[-1])
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

    def _want(self) -> None:
        """What is in view, then what comes next, then what was before."""
        if not self._pages:
            return
        ratio, visible, view = self.devicePixelRatioF(), self.visible(), self.viewport().rect()
        seen = []
        for page in visible:
            area = self.rectangle(page)
            part = (area & view).translated(-area.topLeft())
            if not part.isEmpty():
                corner, size = QPointF(part.topLeft()) * ratio, part.size().toSizeF() * ratio
                seen.append((page, QRectF(corner, size).toAlignedRect()))
        many = _AHEAD * self._arrangement.in_a_row
        ahead = range(visible.stop, min(visible.stop + many, len(self._pages)))
        behind = range(visible.start - 1, max(visible.start - 1 - many, -1), -1)
        look = Look(self._layout.scale * ratio, self._rotation, self._is_night)
        self.rendering.want(look, seen, (*ahead, *behind))

    # ------------------------------------------------------------ moving

    def _fitting(self, zoom: float) -> float:
        """The zoom at which what is made to fit does; `zoom` where nothing is."""
        if self._fit is None or not self._pages:
            return zoom
        view, bar = self.maximumViewportSize(), self.horizontalScrollBar().sizeHint().height()
        return layout.zoom_to_fit(self._fit, self._pages, self._page, view, self._arrangement, bar=bar)

    def _relayout(self, zoom: float) -> None:
        before, viewport, across = self._layout.zoom, self.viewport(), self.horizontalScrollBar()
        middle = (across.value() + viewport.width() / 2) / max(self._layout.width, viewport.width())
        self._layout = Layout(self._pages, zoom, self._arrangement, viewport.height())
        self._bound(self._page)
        across.setRange(0, max(self._layout.width - viewport.width(), 0) if self._pages else 0)
        across.setPageStep(viewport.width())
        across.setSingleStep(LINE)
        across.setValue(round(middle * self._layout.width - viewport.width() / 2))
        if self._layout.zoom != before:
            self.zoom_changed.emit(self._layout.zoom)
        viewport.update()

    def _bound(self, page: int) -> None:
        """Lets one scroll as far as one may on a page."""
        bar, height = self.verticalScrollBar(), self.viewport().height()
        low, high = self._layout.band(page) if self._pages else (0, 0)
        bar.setRange(low, max(high - height, low))
        bar.setPageStep(height)
        bar.setSingleStep(LINE)

    def _scroll_to(self, page: int, top: int) -> None:
        if self._layout.is_paged:
            self._bound(page)
        self.verticalScrollBar().setValue(top)

    def _zoom_keeping_place(self, zoom: float) -> None:
        position = self.position
        self._relayout(zoom)
        if self._pages:
            self._scroll_to(position[0], self._layout.height_of(position))
            self._scrolled()

    def zoom_at(self, zoom: float, point: QPointF) -> None:
        """1.0 is 100 %. What is under a point of the viewport stays there."""
        if not self._pages:
            return
        page = self.at(point)[0]
        before = self.rectangle(page)
        across, down = (point.x() - before.x()) / before.width(), (point.y() - before.y()) / before.height()
        self._fit = None
        self._relayout(zoom)
        left, top, width, height = self._layout.place(page, self.viewport().width())
        self._scroll_to(page, round(top + down * height - point.y()))
        self.horizontalScrollBar().setValue(round(left + across * width - point.x()))
        self._scrolled()

    def _scrolled(self) -> None:
        self.viewport().update()
        if not self._pages:
            return
        page = self._layout.current(self.verticalScrollBar().value(), self.viewport().height())
        if self._page not in self._layout.row(page):
            self._be_on(page)
        self._want()
        self._rest.start()

    def _be_on(self, page: int) -> None:
        self._page = page
        self.page_changed.emit(page)

    def _shifted(self) -> None:
        self.viewport().update()
        self._want()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._zoom_keeping_place(self._fitting(self.zoom))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned, bar = event.angleDelta().y(), self.verticalScrollBar()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(1 if turned > 0 else -1)
            event.accept()
        elif self._layout.is_paged and turned and bar.value() == (bar.minimum() if turned > 0 else bar.maximum()):
            self._notches += turned
            if abs(self._notches) >= _NOTCH:
                self.turn_over(-1 if self._notches > 0 else 1)
                self._notches = 0
            event.accept()
        else:
            self._notches = 0
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
        leaf, across = self.viewport().height() - LINE, self.horizontalScrollBar()
        scrolls = {
            Qt.Key.Key_Down: LINE,
            Qt.Key.Key_Up: -LINE,
            Qt.Key.Key_PageDown: leaf,
            Qt.Key.Key_PageUp: -leaf,
            Qt.Key.Key_Space: -leaf if is_back else leaf,
        }
        sideways = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if key in scrolls:
            self._scroll_by(scrolls[key])
        elif key == Qt.Key.Key_Home:
            self.go_to(0)
        elif key == Qt.Key.Key_End:
            self.go_to(len(self._pages) - 1)
            self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())
        elif key in sideways and across.maximum():
            across.setValue(across.value() + sideways[key] * LINE)
        elif key in sideways:
            self.turn_page(sideways[key])
        else:
            return False
        return True

    def _scroll_by(self, step: int) -> None:
        """Up or down; where there is one page at a time, from its edge to the next."""
        bar = self.verticalScrollBar()
        if self._layout.is_paged and bar.value() == (bar.maximum() if step > 0 else bar.minimum()):
            self.turn_over(1 if step > 0 else -1)
        else:
            bar.setValue(bar.value() + step)

    def turn_over(self, step: int) -> None:
        """To the head of the next page, or the foot of the one before."""
        page = self._page + step
        if 0 <= page < len(self._pages):
            self.go_to(page)
            if step < 0:
                self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

    # ------------------------------------------------------------ painting

    def _update_page(self, page: int) -> None:
        self.viewport().update(self.rectangle(page))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), theme.color("sunken"))
        ratio = self.devicePixelRatioF()
        for page in self.visible():
            area = self.rectangle(page)
            if area.intersects(event.rect()):
                _paint_edge(painter, area)
                self.rendering.paint(painter, page, area, event.rect(), ratio)
                painter.save()
                painter.setClipRect(area, Qt.ClipOperation.IntersectClip)
                painter.translate(area.topLeft())
                self.paint_over(painter, page, event.rect().translated(-area.topLeft()))
                painter.restore()
        if self.hasFocus():
            ring(painter, QRectF(self.viewport().rect()).adjusted(1, 1, -1, -1), radius=0)
        painter.end()

    def paint_over(self, painter: QPainter, page: int, dirty: QRect) -> None:
        """Draws over a page, whose top left corner is the origin, what of it is dirty."""


def _paint_edge(painter: QPainter, area: QRect) -> None:
    """A thin line and a little shade: a sheet that lies on a desk."""
    painter.fillRect(area.adjusted(0, 2, 3, 3), theme.color("line"))
    painter.setPen(theme.color("line"))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(area.adjusted(-1, -1, 0, 0))
