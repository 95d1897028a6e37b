"""Pen strokes as they are drawn: what the pen told, rounded into a curve, with the width of the line at each point."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from ecabinet.core.notes.records import Point, Stroke

_HUNDREDTHS = 100
_FULL_PRESSURE = 1000
_LEAST_SHARE = 0.15
"""Of the full width: so thin a line is drawn however lightly the pen lies on."""
_STEP = 1.5
"""Points between two points of a curve, about."""
_MOST_STEPS = 12


@dataclass(frozen=True, slots=True)
class Dot:
    """A point of a drawn line and the line's width there; in points, in PDF space."""

    x: float
    y: float
    width: float


def smoothed(stroke: Stroke) -> tuple[Dot, ...]:
    """The line through the middles between the points told, bent at the points: it begins and ends where the pen did.

    A stroke of one point is a dot.
    """
    told = [_dot(stroke, point) for point in stroke.points]
    if len(told) <= 2:  # noqa: PLR2004 - nothing to bend
        return tuple(told)
    drawn = [told[0]]
    begin = told[0]
    for bend, following in pairwise(told[1:]):
        end = following if following is told[-1] else _between(bend, following)
        drawn += _curve(begin, bend, end)
        begin = end
    return tuple(drawn)


def _curve(begin: Dot, bend: Dot, end: Dot) -> Iterator[Dot]:
    """A quadratic Bézier curve without its first point."""
    length = math.dist((begin.x, begin.y), (bend.x, bend.y)) + math.dist((bend.x, bend.y), (end.x, end.y))
    steps = max(1, min(math.ceil(length / _STEP), _MOST_STEPS))
    for step in range(1, steps + 1):
        t = step / steps
        a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t**2
        yield Dot(
            a * begin.x + b * bend.x + c * end.x,
            a * begin.y + b * bend.y + c * end.y,
            a * begin.width + b * bend.width + c * end.width,
        )


def _between(one: Dot, other: Dot) -> Dot:
    return Dot((one.x + other.x) / 2, (one.y + other.y) / 2, (one.width + other.width) / 2)


def _dot(stroke: Stroke, point: Point) -> Dot:
    share = max(point.pressure / _FULL_PRESSURE, _LEAST_SHARE)
    return Dot(point.x / _HUNDREDTHS, point.y / _HUNDREDTHS, stroke.width / _HUNDREDTHS * share)
