"""Fingers on the pages: one scrolls, and lets go with a swing; two zoom; a tap presses. So does a touchpad's pinch."""

import math

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QEventPoint,
    QNativeGestureEvent,
    QScrollEvent,
    QScrollPrepareEvent,
    QTouchEvent,
)
from PySide6.QtWidgets import QScroller, QScrollerProperties

from ecabinet.client.ui import theme
from ecabinet.client.ui.reader.column import PageColumn

_TAP = 12
"""Logical pixels a finger moves while it only taps."""
_TAP_MS = 500
_TWICE_MS = 350
_SWIPE = 60
_BOTH = 2
"""Fingers."""


class Touch(QObject):
    """What fingers do on a column. Whose they are, a reader's or a writer's palm, is asked before."""

    tapped = Signal(QPointF)
    tapped_twice = Signal(QPointF)

    def __init__(self, column: PageColumn) -> None:
        super().__init__(column)
        self._column = column
        viewport = column.viewport()
        viewport.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self._scroller = QScroller.scroller(viewport)
        properties = self._scroller.scrollerProperties()
        metric, off = QScrollerProperties.ScrollMetric, QScrollerProperties.OvershootPolicy.OvershootAlwaysOff
        properties.setScrollMetric(metric.HorizontalOvershootPolicy, off)
        properties.setScrollMetric(metric.VerticalOvershootPolicy, off)
        self._scroller.setScrollerProperties(properties)
        self._began = QPointF()
        self._was_at_edge = 0
        self._since, self._last_tap = QElapsedTimer(), QElapsedTimer()
        self._is_single = False
        self._pinch: tuple[float, float, QPointF] | None = None
        """The distance of two fingers when they came, the zoom then, and the last middle."""

    def take(self, event: QTouchEvent) -> None:
        """Fingers came, moved or went."""
        points = event.points()
        if event.type() == QEvent.Type.TouchBegin:
            self._begin(points[0], event)
        elif event.type() == QEvent.Type.TouchCancel:
            self._let_go(event)
        elif event.type() == QEvent.Type.TouchEnd:
            self._end(points[0], event)
        elif len([each for each in points if each.state() != QEventPoint.State.Released]) >= _BOTH:
            self._zoom(points[0].position(), points[1].position(), event)
        elif self._pinch is None:
            self._scroller.handleInput(QScroller.Input.InputMove, points[0].position(), event.timestamp())
        event.accept()

    def take_other(self, event: QNativeGestureEvent | QScrollPrepareEvent | QScrollEvent) -> bool:
        """What a touchpad makes of fingers, and where a swing has brought the pages."""
        if isinstance(event, QScrollPrepareEvent):
            self._prepare(event)
        elif isinstance(event, QScrollEvent):
            self._column.horizontalScrollBar().setValue(round(event.contentPos().x()))
            self._column.verticalScrollBar().setValue(round(event.contentPos().y()))
        elif event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self._column.zoom_at(self._column.zoom * (1 + event.value()), event.position())
        event.accept()
        return True

    def _prepare(self, event: QScrollPrepareEvent) -> None:
        """How far it can be scrolled."""
        down, across = self._column.verticalScrollBar(), self._column.horizontalScrollBar()
        event.setViewportSize(QSizeF(self._column.viewport().size()))
        room = down.maximum() - down.minimum()
        event.setContentPosRange(QRectF(0, down.minimum(), across.maximum(), room))
        event.setContentPos(QPointF(across.value(), down.value()))

    def _begin(self, point: QEventPoint, event: QTouchEvent) -> None:
        bar = self._column.verticalScrollBar()
        self._began, self._is_single, self._pinch = point.position(), True, None
        self._was_at_edge = (bar.value() == bar.minimum()) - (bar.value() == bar.maximum())
        if bar.minimum() == bar.maximum():
            self._was_at_edge = 2
        self._since.start()
        self._scroller.handleInput(QScroller.Input.InputPress, point.position(), event.timestamp())

    def _let_go(self, event: QTouchEvent) -> None:
        self._is_single, self._pinch = False, None
        self._scroller.handleInput(QScroller.Input.InputRelease, self._began, event.timestamp())
        self._scroller.stop()

    def _zoom(self, one: QPointF, other: QPointF, event: QTouchEvent) -> None:
        apart, middle = max(math.dist(one.toTuple(), other.toTuple()), 1.0), (one + other) / 2
        if self._pinch is None:
            self._let_go(event)
            self._pinch = apart, self._column.zoom, middle
            return
        first, zoom, before = self._pinch
        moved = middle - before
        down, across = self._column.verticalScrollBar(), self._column.horizontalScrollBar()
        self._column.zoom_at(zoom * apart / first, before)
        across.setValue(across.value() - round(moved.x()))
        down.setValue(down.value() - round(moved.y()))
        self._pinch = first, zoom, middle

    def _end(self, point: QEventPoint, event: QTouchEvent) -> None:
        was_single, self._is_single, self._pinch = self._is_single, False, None
        if not was_single:
            return
        self._scroller.handleInput(QScroller.Input.InputRelease, point.position(), event.timestamp())
        moved = point.position() - self._began
        if moved.manhattanLength() <= theme.px(_TAP) and self._since.elapsed() <= _TAP_MS:
            self._scroller.stop()
            is_second = self._last_tap.isValid() and self._last_tap.elapsed() <= _TWICE_MS
            self._last_tap.start()
            (self.tapped_twice if is_second else self.tapped).emit(point.position())
        else:
            self._swipe(moved)

    def _swipe(self, moved: QPointF) -> None:
        """Where there is one page at a time, turns it: sideways, or beyond the edge one was at."""
        if not self._column.is_paged:
            return
        x, y = moved.x(), moved.y()
        is_across = abs(x) > 2 * abs(y) and not self._column.horizontalScrollBar().maximum()
        is_beyond = abs(y) > 2 * abs(x) and self._was_at_edge in (2, 1 if y > 0 else -1)
        if is_across and abs(x) >= theme.px(_SWIPE):
            self._column.turn_page(-1 if x > 0 else 1)
        elif is_beyond and abs(y) >= theme.px(_SWIPE):
            self._column.turn_over(-1 if y > 0 else 1)
