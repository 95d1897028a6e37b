"""Where the pages of a paper stand at a zoom: one under another, two by two, or each by itself.

Lengths are logical pixels; nothing is painted.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from PySide6.QtCore import QSize

from ecabinet.client.desk.reading import Arrangement, Fit
from ecabinet.client.pages import Page

GAP = 12
"""Between pages, above the first, below the last and at both sides."""
LEAST_ZOOM = 0.25
LARGEST_ZOOM = 6.0
PIXELS_A_POINT = 96 / 72
"""At 100 %: an inch of paper is 96 logical pixels."""


class Layout:
    """The rows of pages at one zoom, one under another."""

    def __init__(
        self,
        pages: Sequence[Page],
        zoom: float,
        arrangement: Arrangement = Arrangement.COLUMN,
        viewport_height: int = 0,
    ) -> None:
        self.zoom = min(max(zoom, LEAST_ZOOM), LARGEST_ZOOM)
        self.scale = self.zoom * PIXELS_A_POINT
        self.arrangement = arrangement
        self._sizes = [(round(page.width * self.scale), round(page.height * self.scale)) for page in pages]
        self._many = arrangement.in_a_row
        rows = [self._sizes[at : at + self._many] for at in range(0, len(self._sizes), self._many)]
        self._widths = [sum(width for width, _ in row) + GAP * (len(row) - 1) for row in rows]
        heights = [max(height for _, height in row) for row in rows]
        if self.is_paged:
            bands = [max(height + 2 * GAP, viewport_height) for height in heights]
            self._starts = list(accumulate(bands, initial=0))
            self._tops = [
                start + (band - height) // 2 for start, band, height in zip(self._starts, bands, heights, strict=False)
            ]
            self.height = self._starts[-1]
        else:
            self._starts = self._tops = list(accumulate((height + GAP for height in heights), initial=GAP))
            self.height = self._tops[-1]
        self.width = max(self._widths, default=0) + 2 * GAP

    def __len__(self) -> int:
        return len(self._sizes)

    @property
    def is_paged(self) -> bool:
        """Whether there is one page at a time."""
        return self.arrangement is Arrangement.SINGLE

    def band(self, page: int) -> tuple[int, int]:
        """From where to where one may scroll while one is on a page: everywhere, unless there is one at a time."""
        return (self._starts[page], self._starts[page + 1]) if self.is_paged else (0, self.height)

    def row(self, page: int) -> range:
        """The pages that stand beside a page, itself among them."""
        first = page - page % self._many
        return range(first, min(first + self._many, len(self)))

    def place(self, page: int, viewport_width: int) -> tuple[int, int, int, int]:
        """Left, top, width and height of a page; its row is centred in a wider viewport."""
        row, (width, height) = page // self._many, self._sizes[page]
        left = (max(self.width, viewport_width) - self._widths[row]) // 2
        if page % self._many:
            left += self._sizes[page - 1][0] + GAP
        return left, self._tops[row], width, height

    def at(self, y: float) -> int:
        """The page at a height, of those side by side the first; the nearest above where there is a gap."""
        row = max(bisect_right(self._starts, y) - 1, 0)
        return min(row * self._many, self.row(len(self) - 1).start)

    def between(self, top: float, bottom: float) -> range:
        """The pages of which something is between two heights."""
        return range(self.at(top), self.row(self.at(bottom)).stop) if len(self) else range(0)

    def current(self, top: float, viewport_height: int) -> int:
        """The page a person would say he is on: that which the line a third down the viewport crosses."""
        return self.at(top + viewport_height / 3)

    def position(self, top: float) -> tuple[int, float]:
        """A place that survives a change of zoom: a page, and how far down it, as a share of its height."""
        page = self.at(top)
        return page, (top - self._tops[page // self._many]) / max(self._sizes[page][1], 1)

    def height_of(self, position: tuple[int, float]) -> int:
        """Where a `position` is at this zoom."""
        page, share = position
        return round(self._tops[page // self._many] + share * self._sizes[page][1])


def zoom_to_fit(
    fit: Fit, pages: Sequence[Page], page: int, view: QSize, arrangement: Arrangement, *, bar: int
) -> float:
    """The zoom at which what is to fit a view does, while one is on a page.

    The view is without a bar to scroll sideways, which takes `bar` of its height where other pages are wider.
    """
    if fit is Fit.WIDTH:
        return zoom_to_width(pages, view.width(), arrangement)
    first = page - page % arrangement.in_a_row
    row = pages[first : first + arrangement.in_a_row]
    zoom = zoom_to_page(row, view.width(), view.height())
    is_wider = Layout(pages, zoom, arrangement).width > view.width()
    return zoom_to_page(row, view.width(), view.height() - bar) if is_wider else zoom


def zoom_to_width(pages: Sequence[Page], viewport_width: int, arrangement: Arrangement = Arrangement.COLUMN) -> float:
    """The zoom at which the widest row of pages fills the viewport."""
    many = arrangement.in_a_row
    rows = [pages[at : at + many] for at in range(0, len(pages), many)]
    widest = max((sum(page.width for page in row) for row in rows), default=1.0)
    return max(viewport_width - (many + 1) * GAP, 1) / (widest * PIXELS_A_POINT)


def zoom_to_page(row: Sequence[Page], viewport_width: int, viewport_height: int) -> float:
    """The zoom at which pages side by side are seen whole."""
    width, height = sum(page.width for page in row), max(page.height for page in row)
    across = max(viewport_width - (len(row) + 1) * GAP, 1) / (width * PIXELS_A_POINT)
    down = max(viewport_height - 2 * GAP, 1) / (height * PIXELS_A_POINT)
    return min(across, down)
