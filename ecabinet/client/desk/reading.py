"""Where a reader is in a paper, and how its pages are shown: what is there again when the paper is opened again."""

from dataclasses import dataclass
from enum import StrEnum

_QUARTERS = frozenset({0, 90, 180, 270})


class Arrangement(StrEnum):
    """How pages stand to one another."""

    COLUMN = "column"
    SINGLE = "single"
    """One at a time: what is beyond its edges is not scrolled to but turned to."""
    FACING = "facing"
    """Two by two, the first at the left."""

    @property
    def in_a_row(self) -> int:
        return 2 if self is Arrangement.FACING else 1


class Fit(StrEnum):
    """What is kept as large as the view."""

    WIDTH = "width"
    """Of the widest page, or two."""
    PAGE = "page"
    """The page one was on when it was asked for, or two: they are seen whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How the pages of a paper are shown."""

    fit: Fit | None = Fit.WIDTH
    zoom: int = 100
    """Per cent; where something is made to fit, as it was then."""
    arrangement: Arrangement = Arrangement.COLUMN
    rotation: int = 0
    """Degrees that the reader has turned the pages, clockwise."""
    is_night: bool = False

    def __post_init__(self) -> None:
        if self.rotation not in _QUARTERS:
            raise ValueError("rotation")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingPosition:
    """Where the reader stopped."""

    page: int
    """From 0."""
    offset: int
    """How far down the page, in thousandths of its height."""
    look: Look = Look()
