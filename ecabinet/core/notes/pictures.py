"""How alike two small pictures are: for notes that stand on no words."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

from ecabinet.core.notes.records import Quad


class Version(StrEnum):
    """Which of the two papers."""

    OLD = "old"
    NEW = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumbnail:
    """A piece of a page, squeezed into `width` times `height` dots of grey, 0 black to 255 white, row by row."""

    width: int
    height: int
    grey: bytes


Look = Callable[[Version, int, Quad | None], Thumbnail | None]
"""The picture of a part of a page, or of all of it; None where there is none to be had."""

_BLANK = 4.0
"""The spread of grey below which nothing is drawn."""


def likeness(one: Thumbnail, other: Thumbnail) -> float:
    """1 for the same picture, lighter or darker; 0 for unrelated ones: correlation, which two blank pieces have too."""
    if (one.width, one.height) != (other.width, other.height):
        return 0.0
    count = len(one.grey)
    mean_one, mean_other = sum(one.grey) / count, sum(other.grey) / count
    spread_one = sqrt(sum((each - mean_one) ** 2 for each in one.grey) / count)
    spread_other = sqrt(sum((each - mean_other) ** 2 for each in other.grey) / count)
    if spread_one < _BLANK or spread_other < _BLANK:
        return 1.0 if max(spread_one, spread_other) < _BLANK else 0.0
    shared = sum((a - mean_one) * (b - mean_other) for a, b in zip(one.grey, other.grey, strict=True)) / count
    return max(0.0, shared / (spread_one * spread_other))


def is_blank(picture: Thumbnail) -> bool:
    """Whether nothing is drawn there, so that it says nothing of where one is."""
    mean = sum(picture.grey) / len(picture.grey)
    return sqrt(sum((each - mean) ** 2 for each in picture.grey) / len(picture.grey)) < _BLANK
