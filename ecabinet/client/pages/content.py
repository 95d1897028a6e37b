"""What the page process tells about a paper: values, and the typed ways in which it can fail.

Two coordinate systems, both in points. **PDF space** is the page's own: y up, before cropping and /Rotate; words and
notes live there, because it does not change with the way a page is shown. **Shown space** is the page as one sees it:
origin at the top left, y down, cropped and turned. `Page.matrix` leads from the first to the second.
"""

import math
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Protocol

PIXELS_LIMIT = 40_000_000
"""The most pixels one rendering may have (160 MB); more is asked for in regions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle with sides along the axes; x0 <= x1 and y0 <= y1."""

    x0: float
    y0: float
    x1: float
    y1: float

    def contains(self, x: float, y: float) -> bool:
        return self.x0 <= x <= self.x1 and self.y0 <= y <= self.y1


@dataclass(frozen=True, slots=True)
class Matrix:
    """An affine map as PDF writes it: x' = a·x + c·y + e, y' = b·x + d·y + f (ISO 32000-1, 8.3.3)."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    def map(self, x: float, y: float) -> tuple[float, float]:
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def map_box(self, box: Box) -> Box:
        """The box around the mapped box: the mapped box itself for turns by quarters."""
        corners = [self.map(x, y) for x in (box.x0, box.x1) for y in (box.y0, box.y1)]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        return Box(x0=min(xs), y0=min(ys), x1=max(xs), y1=max(ys))

    def inverse(self) -> "Matrix":
        """The way back. Raises ValueError for a map that flattens."""
        determinant = self.a * self.d - self.b * self.c
        if determinant == 0:
            raise ValueError("a flat matrix has no inverse")
        a, b, c, d = self.d / determinant, -self.b / determinant, -self.c / determinant, self.a / determinant
        return Matrix(a, b, c, d, -(a * self.e + c * self.f), -(b * self.e + d * self.f))


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page's size as shown, in points, and the way into shown space from PDF space."""

    width: float
    height: float
    matrix: Matrix

    def turned(self, rotation: int) -> "Page":
        """The page as it is shown when turned clockwise by 0, 90, 180 or 270 degrees more."""
        page = self
        for _ in range(rotation // 90 % 4):
            m = page.matrix
            page = Page(
                width=page.height, height=page.width, matrix=Matrix(-m.b, m.a, -m.d, m.c, page.height - m.f, m.e)
            )
        return page

    def pixel_size(self, scale: float, rotation: int = 0) -> tuple[int, int]:
        """Width and height in pixels at `scale` pixels a point, turned clockwise by 0, 90, 180 or 270 degrees more."""
        width, height = (max(1, math.ceil(side * scale - 1e-3)) for side in (self.width, self.height))
        return (height, width) if rotation % 180 else (width, height)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """An open paper. `warnings` are the library's own words; they may quote the paper, so they are never logged."""

    identity: int
    pages: tuple[Page, ...]
    is_repaired: bool
    warnings: tuple[str, ...]
    title: str
    author: str
    """As the file's properties claim; often empty, or of another paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """An entry of the outline. `level` begins at 1; `page` is an index, None where the entry leads nowhere."""

    title: str
    level: int
    page: int | None


class LinkKind(StrEnum):
    """What a link leads to."""

    PLACE = "place"
    """In this paper."""
    ADDRESS = "address"
    """Outside: a URI, as the paper writes it."""
    NOWHERE = "nowhere"
    FORBIDDEN = "forbidden"
    """A file, a program or a script: never opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where one may press, in PDF space, and what for. `page` is the index of a PLACE, `y` in that page's PDF space."""

    box: Box
    kind: LinkKind
    page: int | None = None
    y: float | None = None
    """None for the page as a whole."""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word in NFC and its box in PDF space. Words of one line share `block` and `line`."""

    text: str
    box: Box
    block: int
    line: int


class Recognised(Protocol):
    """What was recognised on pages of a scan: it says it in the place of those that say nothing themselves."""

    def __contains__(self, index: int, /) -> bool: ...

    def words(self, index: int, /) -> tuple[Word, ...]: ...

    def text(self, index: int, /) -> str:
        """The words, lines parted by a line feed and blocks by an empty line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A part of a page, in pixels of the page rendered whole at the same scale and rotation."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pixels:
    """A rendered page or region: four bytes a pixel, B G R 255, which is QImage.Format_RGB32 on little-endian machines.

    `samples` lies in memory shared with the page process and belongs to whoever holds it, or holds a QImage made over
    it: the place is used again only when the last one has let go.
    """

    width: int
    height: int
    stride: int
    samples: memoryview
    is_complete: bool
    """False when faults in the page's content had to be skipped."""


class Priority(IntEnum):
    """What the page process does first."""

    VISIBLE = 0
    NEAR = 1
    """Likely to be seen next."""
    IDLE = 2
    """Whenever there is time: indexing, thumbnails."""


class Refusal(StrEnum):
    """Why a paper is not taken."""

    EMPTY = "empty"
    """Of no bytes."""
    NOT_PDF = "not_pdf"
    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"
    """It wants a password, or keys that only its recipients have."""
    NO_PAGES = "no_pages"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    MARKED_CLASSIFIED = "marked_classified"


class PaperRefused(Exception):
    """The paper can't be opened; `takes_password` where it can with the right one."""

    def __init__(self, refusal: Refusal, *, takes_password: bool = False) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal
        self.takes_password = takes_password


class Unreadable(StrEnum):
    """Why a page, or something on it, could not be had. The rest of the paper may well be readable."""

    DAMAGED = "damaged"
    TOO_LARGE = "too_large"
    """More pixels than `PIXELS_LIMIT`, or more memory than the page process may take."""
    TOO_SLOW = "too_slow"
    """The page process was ended after the time limit."""
    CRASHED = "crashed"
    """The page process ended by itself."""


class PageUnreadable(Exception):
    """A page can't be read; `page` is its index, None when the outline was asked for."""

    def __init__(self, page: int | None, reason: Unreadable) -> None:
        super().__init__(f"page index {page}: {reason.value}")
        self.page = page
        self.reason = reason
