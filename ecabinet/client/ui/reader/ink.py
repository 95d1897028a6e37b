"""Ink on a page: a stroke while it is drawn, the shape it fills, and whether an eraser came over it.

What is stored are the points that the pen told, thinned, in PDF space; `ecabinet.core.notes.strokes` rounds them.
"""

import math
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainterPath, QPolygonF

from ecabinet.core.notes import Point, Stroke
from ecabinet.core.notes.strokes import Dot, smoothed

HUNDREDTHS = 100
FULL_PRESSURE = 1000
MOUSE_PRESSURE = 600
"""A mouse does not tell."""
WIDTH = 250
"""Of a stroke at full pressure, in hundredths of a point."""
_NEAREST = 0.4 * HUNDREDTHS
"""Points nearer than this are one, unless the pressure is quite another."""

Spot = tuple[float, float]
"""A place on a page, in points of PDF space."""


class Trace:
    """The points of a stroke that is being drawn."""

    def __init__(self) -> None:
        self.points: list[Point] = []

    def add(self, spot: Spot, pressure: int) -> bool:
        """Adds a point; False when it is as good as the one before."""
        x, y = (round(each * HUNDREDTHS) for each in spot)
        point = Point(x=x, y=y, pressure=min(max(pressure, 0), FULL_PRESSURE))
        if self.points:
            last = self.points[-1]
            is_near = math.hypot(x - last.x, y - last.y) < _NEAREST
            if is_near and abs(point.pressure - last.pressure) < FULL_PRESSURE // 5:
                return False
        self.points.append(point)
        return True

    def stroke(self) -> Stroke:
        return Stroke(points=tuple(self.points), width=WIDTH)


@lru_cache(maxsize=8192)
def outline(stroke: Stroke) -> QPainterPath:
    """The shape that a stroke fills, in points of PDF space."""
    line = smoothed(stroke)
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    if len(line) > 1:
        path.addPolygon(_ribbon(line))
        path.closeSubpath()
    for dot in (line[0], line[-1]):
        path.addEllipse(QPointF(dot.x, dot.y), dot.width / 2, dot.width / 2)
    return path


class Shapes:
    """What the ink of edits fills, worked out once for each: an edit never changes."""

    def __init__(self) -> None:
        self._known: dict[str, list[tuple[Stroke, QPainterPath, QRectF]]] = {}

    def of(self, edit: str, strokes: Sequence[Stroke]) -> Sequence[tuple[Stroke, QPainterPath, QRectF]]:
        """Each stroke with its shape and the box around it, in points of PDF space."""
        known = self._known.get(edit)
        if known is None:
            shapes = [(stroke, outline(stroke)) for stroke in strokes]
            known = self._known[edit] = [(stroke, shape, shape.boundingRect()) for stroke, shape in shapes]
        return known

    def keep(self, edits: AbstractSet[str]) -> None:
        """Forgets all but these."""
        self._known = {edit: shapes for edit, shapes in self._known.items() if edit in edits}


def is_touched(stroke: Stroke, start: Spot, end: Spot, radius: float) -> bool:
    """Whether something round that went from one place to another came over a stroke."""
    reach = radius + stroke.width / HUNDREDTHS / 2
    line = [(point.x / HUNDREDTHS, point.y / HUNDREDTHS) for point in stroke.points]
    pieces = list(pairwise(line)) or [(line[0], line[0])]
    return any(_apart(start, end, one, other) <= reach for one, other in pieces)


def _ribbon(line: Sequence[Dot]) -> QPolygonF:
    """Along one side and back along the other."""
    left, right = [], []
    for dot, (across, along) in zip(line, _ways(line), strict=True):
        half = dot.width / 2
        left.append(QPointF(dot.x - along * half, dot.y + across * half))
        right.append(QPointF(dot.x + along * half, dot.y - across * half))
    return QPolygonF(left + right[::-1])


def _ways(line: Sequence[Dot]) -> Iterator[Spot]:
    """The direction at each point, of length one."""
    way = 1.0, 0.0
    for place in range(len(line)):
        one, other = line[max(place - 1, 0)], line[min(place + 1, len(line) - 1)]
        length = math.hypot(other.x - one.x, other.y - one.y)
        way = ((other.x - one.x) / length, (other.y - one.y) / length) if length else way
        yield way


def _apart(start: Spot, end: Spot, one: Spot, other: Spot) -> float:
    """The least distance between two pieces of line."""
    if _cross(start, end, one, other):
        return 0.0
    ends = ((start, one, other), (end, one, other), (one, start, end), (other, start, end))
    return min(_from_piece(*each) for each in ends)


def _from_piece(spot: Spot, one: Spot, other: Spot) -> float:
    x, y = other[0] - one[0], other[1] - one[1]
    square = x * x + y * y
    part = ((spot[0] - one[0]) * x + (spot[1] - one[1]) * y) / square if square else 0.0
    part = min(max(part, 0.0), 1.0)
    return math.dist(spot, (one[0] + part * x, one[1] + part * y))


def _cross(start: Spot, end: Spot, one: Spot, other: Spot) -> bool:
    def side(a: Spot, b: Spot, c: Spot) -> float:
        return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

    return side(start, end, one) * side(start, end, other) < 0 and side(one, other, start) * side(one, other, end) < 0
