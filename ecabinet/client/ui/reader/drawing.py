"""What is drawn on the pages by mouse or pen: strokes, what an eraser goes over, boxes.

A stroke is painted as it comes: each new piece goes onto a transparent picture over the view, and only the rectangle
around it is painted again. What is finished stays there until the note that it became is drawn instead.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QTransform

from ecabinet.client.pages import Box
from ecabinet.client.ui import theme
from ecabinet.client.ui.reader.column import PageColumn
from ecabinet.client.ui.reader.ink import WIDTH, Spot, Trace, is_touched, outline
from ecabinet.client.ui.reader.marks import Mark
from ecabinet.client.ui.reader.night import line_of
from ecabinet.client.ui.reader.palette import Tool
from ecabinet.core.notes import Point, Stroke
from ecabinet.core.notes.strokes import smoothed

_GOES_ON_WITHIN = 1.5
"""Seconds after which a stroke begins another note."""
_RUBBER = 8
"""Logical pixels on either side of an eraser."""
_LEAST_BOX = 6
_FRAME_STEP = 12
_ROOM = 2
"""Pixels around a piece, for soft edges."""


@dataclass(slots=True)
class _Wet:
    """A stroke that is not among the marks yet."""

    page: int
    stroke: Stroke
    colour: QColor
    is_kept: bool = False


class Drawing(QObject):
    """At work between a press and a release, with the tool in hand, or as an eraser when the pen is turned round."""

    drawn = Signal(int, object, bool)
    """Page, Stroke, and whether it goes on what was drawn just before."""
    erased = Signal(object)
    """For each note, by key, the set of strokes that were gone over."""
    boxed = Signal(int, object)
    """Page, Box."""

    def __init__(self, column: PageColumn, marks_on: Callable[[int], Sequence[Mark]]) -> None:
        super().__init__(column)
        self._column, self._marks_on = column, marks_on
        self._colour = QColor()
        self._doing: Tool | None = None
        self._page = 0
        self._trace: Trace | None = None
        self._dots: list[tuple[QPointF, float]] = []
        self._wet: list[_Wet] = []
        self._picture = QImage()
        self._look: tuple[object, ...] = ()
        self._ended: tuple[float, int, QColor] | None = None
        self._goes_on = False
        self._from = self._to = QPointF()
        self._hit: dict[str, set[Stroke]] = {}
        self.rubbed: set[Stroke] = set()
        """Strokes that are not drawn any more, though the notes still have them."""
        self._rubbed_is_kept = False

    @property
    def is_at_work(self) -> bool:
        return self._doing is not None

    def press(self, tool: Tool, colour: QColor, at: QPointF, pressure: int) -> None:
        """The pen or button went down on a page: `at` in the viewport, pressure in thousandths."""
        self._doing, self._colour = tool, colour
        self._page = self._column.at(at)[0]
        self._from = self._to = at
        if tool is Tool.PEN:
            self._begin_stroke(at, pressure)
        elif tool is Tool.ERASER:
            self._rub(at)

    def move(self, at: QPointF, pressure: int) -> None:
        """It moved."""
        if self._doing is Tool.PEN:
            self._add(at, pressure)
        elif self._doing is Tool.ERASER:
            self._rub(at)
        elif self._doing is Tool.BOX:
            before, self._to = self._frame(), at
            self._column.viewport().update(before.united(self._frame()).toAlignedRect().adjusted(-3, -3, 3, 3))

    def release(self, at: QPointF, pressure: int) -> None:
        """It was lifted: what was drawn is told."""
        self.move(at, pressure)
        tool, self._doing = self._doing, None
        if tool is Tool.PEN and self._trace is not None:
            self._end_stroke(self._trace)
        elif tool is Tool.ERASER and self._hit:
            hit, self._hit = self._hit, {}
            self._rubbed_is_kept = False
            self.erased.emit({key: frozenset(strokes) for key, strokes in hit.items()})
        elif tool is Tool.BOX:
            self._column.viewport().update()
            self._end_box()

    def frame_by_keys(self, colour: QColor) -> None:
        """Puts a frame into the middle of what is seen, to be moved and stretched."""
        column = self._column
        self._page = column.page
        seen = QRectF(column.rectangle(self._page) & column.viewport().rect())
        self._doing, self._colour = Tool.BOX, colour
        self._from = seen.center() - QPointF(seen.width(), seen.height()) / 6
        self._to = seen.center() + QPointF(seen.width(), seen.height()) / 6
        column.viewport().update()

    def step_frame(self, x: int, y: int, *, stretches: bool) -> None:
        """Moves the frame, or its lower right corner, by so many steps."""
        by = QPointF(x, y) * theme.px(_FRAME_STEP)
        self._to += by
        if not stretches:
            self._from += by
        self._column.viewport().update()

    def keep_frame(self) -> None:
        """The frame is where it should be."""
        self.release(self._to, 0)

    def cancel(self) -> None:
        """Nothing was meant: it was a palm, or the tool was put away."""
        if self._doing is None:
            return
        self._doing = self._trace = None
        self._dots, self._hit = [], {}
        self.rubbed.clear()
        self._look = ()
        self._column.viewport().update()

    def forget(self) -> None:
        """Another paper is shown."""
        self.cancel()
        self._wet.clear()
        self.rubbed.clear()
        self._ended = None

    # ------------------------------------------------------------ when it is kept

    def kept(self, stroke: Stroke) -> None:
        """A stroke has become a note's, which will be among the next marks."""
        for wet in self._wet:
            wet.is_kept = wet.is_kept or wet.stroke is stroke

    def erasing_is_over(self) -> None:
        """What was gone over is not among the next marks."""
        self._rubbed_is_kept = True

    def erasing_failed(self) -> None:
        """What was gone over is still there."""
        self.rubbed.clear()
        self._column.viewport().update()

    def take_marks(self) -> None:
        """The marks are drawn anew: what they show now is shown here no longer."""
        count = len(self._wet)
        self._wet = [wet for wet in self._wet if not wet.is_kept]
        if len(self._wet) != count:
            self._look = ()
        if self._rubbed_is_kept and not self._hit:
            self.rubbed.clear()
            self._rubbed_is_kept = False

    # ------------------------------------------------------------ strokes

    def _begin_stroke(self, at: QPointF, pressure: int) -> None:
        ended = self._ended
        self._goes_on = (
            ended is not None
            and time.monotonic() - ended[0] < _GOES_ON_WITHIN
            and (self._page, self._colour) == ended[1:]
        )
        self._trace, self._dots = Trace(), []
        self._make_picture()
        self._add(at, pressure)

    def _add(self, at: QPointF, pressure: int) -> None:
        trace = self._trace
        if trace is None or not trace.add(self._column.on(self._page, at), pressure):
            return
        self._dots.append(self._dot(trace.points[-1]))
        near = self._dots[-3:]
        if len(near) == 3:  # noqa: PLR2004 - before, bend and after
            self._paint_piece(len(self._dots) == len(near), near)
        room = max(width for _, width in near) / 2 + _ROOM
        xs, ys = [spot.x() for spot, _ in near], [spot.y() for spot, _ in near]
        dirty = QRectF(min(xs) - room, min(ys) - room, max(xs) - min(xs) + 2 * room, max(ys) - min(ys) + 2 * room)
        self._column.viewport().update(dirty.toAlignedRect())

    def _end_stroke(self, trace: Trace) -> None:
        stroke = trace.stroke()
        self._trace, self._dots = None, []
        self._wet.append(_Wet(self._page, stroke, self._colour))
        self._look = ()
        corner = self._column.rectangle(self._page).topLeft()
        area = self._column.way(self._page).mapRect(outline(stroke).boundingRect()).toAlignedRect()
        self._column.viewport().update(area.translated(corner).adjusted(-_ROOM, -_ROOM, _ROOM, _ROOM))
        self._ended = time.monotonic(), self._page, self._colour
        self.drawn.emit(self._page, stroke, self._goes_on)

    def _dot(self, point: Point) -> tuple[QPointF, float]:
        """Where a point is in the viewport, and how thick the line is there."""
        (dot,) = smoothed(Stroke(points=(point,), width=WIDTH))
        way, corner = self._column.way(self._page), self._column.rectangle(self._page).topLeft()
        return way.map(QPointF(dot.x, dot.y)) + QPointF(corner), dot.width * self._column.scale

    def _paint_piece(self, is_first: bool, near: Sequence[tuple[QPointF, float]]) -> None:  # noqa: FBT001
        """The way between two middles, bent at the point between."""
        (before, _), (bend, width), (after, _) = near
        path = QPainterPath(before if is_first else (before + bend) / 2)
        path.quadTo(bend, (bend + after) / 2)
        painter = QPainter(self._picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.strokePath(path, _pen(self._shown(self._colour), width))
        painter.end()

    # ------------------------------------------------------------ erasing and framing

    def _rub(self, at: QPointF) -> None:
        page = self._column.at(at)[0]
        start, end = self._column.on(page, self._to), self._column.on(page, at)
        self._to = at
        radius = theme.px(_RUBBER) / self._column.scale
        for mark in self._marks_on(page):
            for stroke in () if mark.is_others else mark.strokes:
                if _is_near(mark.boxes, start, end, radius) and is_touched(stroke, start, end, radius):
                    self._hit.setdefault(mark.key, set()).add(stroke)
                    self.rubbed.add(stroke)
                    self._update(page, mark.boxes)

    def _update(self, page: int, boxes: Sequence[Box]) -> None:
        corner = self._column.rectangle(page).topLeft()
        for box in boxes:
            area = self._column.shown(page, box).toAlignedRect().translated(corner)
            self._column.viewport().update(area.adjusted(-_ROOM, -_ROOM, _ROOM, _ROOM))

    def _frame(self) -> QRectF:
        """The box that is drawn, on its page."""
        return QRectF(self._from, self._to).normalized() & QRectF(self._column.rectangle(self._page))

    def _end_box(self) -> None:
        frame = self._frame()
        if min(frame.width(), frame.height()) < _LEAST_BOX:
            return
        corners = [self._column.on(self._page, corner) for corner in (frame.topLeft(), frame.bottomRight())]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        self.boxed.emit(self._page, Box(x0=min(xs), y0=min(ys), x1=max(xs), y1=max(ys)))

    # ------------------------------------------------------------ painting

    def paint(self, painter: QPainter, page: int, dirty: QRect) -> None:
        """Draws what is not a note yet over a page, whose top left corner is the origin."""
        corner = self._column.rectangle(page).topLeft()
        if self._doing is Tool.BOX and page == self._page:
            painter.setPen(QPen(self._shown(self._colour), theme.px(2), Qt.PenStyle.DashLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self._frame().translated(-corner.x(), -corner.y()))
        if not self._wet and self._trace is None:
            return
        self._make_picture()
        ratio = self._picture.devicePixelRatio()
        source = QRectF(dirty.translated(corner))
        painter.drawImage(QRectF(dirty), self._picture, QRectF(source.topLeft() * ratio, source.size() * ratio))
        if self._trace is not None and page == self._page:
            self._paint_tail(painter, QPointF(corner))

    def _shown(self, colour: QColor) -> QColor:
        return line_of(colour, is_night=self._column.is_night)

    def _paint_tail(self, painter: QPainter, corner: QPointF) -> None:
        """From the last middle to the point where the pen is."""
        spots = [spot - corner for spot, _ in self._dots[-2:]]
        start = spots[0] if len(self._dots) <= 2 else (spots[0] + spots[1]) / 2  # noqa: PLR2004 - no bend yet
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(_pen(self._shown(self._colour), self._dots[-1][1]))
        painter.drawPoint(start) if len(spots) == 1 else painter.drawLine(start, spots[-1])
        painter.restore()

    def _make_picture(self) -> None:
        """The transparent picture over the view, made anew when the view has moved."""
        column, viewport = self._column, self._column.viewport()
        bars = column.verticalScrollBar().value(), column.horizontalScrollBar().value()
        way = column.zoom, column.rotation, column.arrangement, column.is_night
        look = (viewport.size(), viewport.devicePixelRatioF(), *bars, *way)
        if look == self._look:
            return
        self._look = look
        size = viewport.size() * viewport.devicePixelRatioF()
        if self._picture.size() != size:
            self._picture = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
            self._picture.setDevicePixelRatio(viewport.devicePixelRatioF())
        self._picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(self._picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for wet in self._wet:
            corner = column.rectangle(wet.page).topLeft()
            painter.setTransform(column.way(wet.page) * QTransform.fromTranslate(corner.x(), corner.y()))
            painter.fillPath(outline(wet.stroke), self._shown(wet.colour))
        painter.end()
        if self._trace is not None:
            self._dots = [self._dot(point) for point in self._trace.points]
            for place in range(2, len(self._dots)):
                self._paint_piece(place == 2, self._dots[place - 2 : place + 1])  # noqa: PLR2004 - the first bend


def _pen(colour: QColor, width: float) -> QPen:
    return QPen(colour, width, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin)


def _is_near(boxes: Sequence[Box], start: Spot, end: Spot, radius: float) -> bool:
    """Whether the way from one place to the other comes near any of the boxes."""
    x0, x1 = sorted((start[0], end[0]))
    y0, y1 = sorted((start[1], end[1]))
    return any(
        box.x0 - radius <= x1 and x0 <= box.x1 + radius and box.y0 - radius <= y1 and y0 <= box.y1 + radius
        for box in boxes
    )
