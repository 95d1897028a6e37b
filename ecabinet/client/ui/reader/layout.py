"""Where the pages of a paper stand, one under another, at a zoom. Lengths are logical pixels; nothing is painted."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from ecabinet.client.pages import Page

GAP = 12
"""Between pages, above the first, below the last and at both sides."""
LEAST_ZOOM = 0.25
LARGEST_ZOOM = 6.0
PIXELS_A_POINT = 96 / 72
"""At 100 %: an inch of paper is 96 logical pixels."""


class Layout:
    """The column of pages at one zoom."""

    def __init__(self, pages: Sequence[Page], zoom: float) -> None:
        self.zoom = min(max(zoom, LEAST_ZOOM), LARGEST_ZOOM)
        self.scale = self.zoom * PIXELS_A_POINT
        self._sizes = [(round(page.width * self.scale), round(page.height * self.scale)) for page in pages]
        self._tops = list(accumulate((height + GAP for _, height in self._sizes), initial=GAP))
        self.width = max((width for width, _ in self._sizes), default=0) + 2 * GAP
        self.height = self._tops[-1]

    def __len__(self) -> int:
        return len(self._sizes)

    def place(self, page: int, viewport_width: int) -> tuple[int, int, int, int]:
        """Left, top, width and height of a page in the column, which is centred in a wider viewport."""
        width, height = self._sizes[page]
        return (max(self.width, viewport_width) - width) // 2, self._tops[page], width, height

    def at(self, y: float) -> int:
        """The page at a height of the column; the nearest above where there is a gap."""
        return min(max(bisect_right(self._tops, y) - 1, 0), len(self) - 1)

    def between(self, top: float, bottom: float) -> range:
        """The pages of which something is between two heights."""
        return range(self.at(top), self.at(bottom) + 1) if len(self) else range(0)

    def current(self, top: float, viewport_height: int) -> int:
        """The page a person would say he is on: that which the line a third down the viewport crosses."""
        return self.at(top + viewport_height / 3)

    def position(self, top: float) -> tuple[int, float]:
        """A place that survives a change of zoom: a page, and how far down it, as a share of its height."""
        page = self.at(top)
        return page, (top - self._tops[page]) / max(self._sizes[page][1], 1)

    def height_of(self, position: tuple[int, float]) -> int:
        """Where a `position` is at this zoom."""
        page, share = position
        return round(self._tops[page] + share * self._sizes[page][1])


def zoom_to_width(pages: Sequence[Page], viewport_width: int) -> float:
    """The zoom at which the widest page fills the viewport."""
    widest = max((page.width for page in pages), default=1.0)
    return max(viewport_width - 2 * GAP, 1) / (widest * PIXELS_A_POINT)


def zoom_to_page(page: Page, viewport_width: int, viewport_height: int) -> float:
    """The zoom at which a page is seen whole."""
    across = max(viewport_width - 2 * GAP, 1) / (page.width * PIXELS_A_POINT)
    down = max(viewport_height - 2 * GAP, 1) / (page.height * PIXELS_A_POINT)
    return min(across, down)
