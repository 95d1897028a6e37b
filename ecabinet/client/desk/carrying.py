"""Two versions of a paper: their words and pictures from the page process, for notes to cross over."""

from collections.abc import Sequence
from concurrent.futures import Future
from typing import TypeVar

from ecabinet.client.pages import Box, Pages, PageUnreadable, Paper, Priority, Region, Unreadable, Word
from ecabinet.core.codec import Digest
from ecabinet.core.notes import Quad
from ecabinet.core.notes.carrying import Crossing
from ecabinet.core.notes.pictures import Thumbnail, Version
from ecabinet.core.notes.text import HUNDREDTHS, Text

SIDE = 32
"""Dots on a side of a thumbnail."""
_FINENESS = 3
"""Pixels drawn for each dot, so that thin lines are not lost."""
_SCALES = 0.05, 4.0
"""Pixels a point, at least and at most."""
_LIGHT = 1
"""Of the four bytes of a pixel, the one for green, which is nearest to grey."""

T = TypeVar("T")


def text_of(pages: Pages, paper: Paper) -> Text:
    """The words and the outline of a paper. A page that can't be read counts as one without words.

    One that cost the page process its life is asked for once more: somebody else may have ended it.
    """
    asked = [pages.words(paper, index, priority=Priority.IDLE) for index in range(len(paper.pages))]
    outline = pages.outline(paper, priority=Priority.IDLE)
    words = [_words(pages, paper, index, each) for index, each in enumerate(asked)]
    headings = _if_readable(outline)
    return Text(words, headings or ())


def _words(pages: Pages, paper: Paper, index: int, asked: Future[tuple[Word, ...]]) -> tuple[Word, ...]:
    try:
        return asked.result()
    except PageUnreadable as error:
        if error.reason is not Unreadable.CRASHED:
            return ()
    return _if_readable(pages.words(paper, index, priority=Priority.IDLE)) or ()


def crossing(pages: Pages, old: Paper, new: Paper, digest: Digest) -> Crossing:
    """The way from one open paper to another; `digest` is the new one's. Waits, so it belongs in a lane.

    Raises PagesUnavailable, and CancelledError when either was closed meanwhile.
    """
    papers = {Version.OLD: old, Version.NEW: new}
    seen: dict[tuple[Version, int], Thumbnail | None] = {}

    def look(version: Version, page: int, frame: Quad | None) -> Thumbnail | None:
        if frame is not None:
            return thumbnail(pages, papers[version], page, frame)
        if (version, page) not in seen:
            seen[version, page] = thumbnail(pages, papers[version], page, None)
        return seen[version, page]

    return Crossing(text_of(pages, old), text_of(pages, new), digest=digest, look=look)


def thumbnail(pages: Pages, paper: Paper, index: int, frame: Quad | None) -> Thumbnail | None:
    """A piece of a page, or all of it, in SIDE times SIDE dots; None where it can't be drawn or lies off the page."""
    if not 0 <= index < len(paper.pages):
        return None
    page = paper.pages[index]
    shown = Box(x0=0, y0=0, x1=page.width, y1=page.height)
    if frame is not None:
        x0, y0, x1, y1 = (side / HUNDREDTHS for side in (frame.x0, frame.y0, frame.x1, frame.y1))
        piece = page.matrix.map_box(Box(x0=x0, y0=y0, x1=x1, y1=y1))
        shown = Box(
            x0=max(piece.x0, 0.0), y0=max(piece.y0, 0.0), x1=min(piece.x1, page.width), y1=min(piece.y1, page.height)
        )
    longest = max(shown.x1 - shown.x0, shown.y1 - shown.y0)
    if min(shown.x1 - shown.x0, shown.y1 - shown.y0) <= 1:
        return None
    least, most = _SCALES
    scale = min(max(SIDE * _FINENESS / longest, least), most)
    across, down = page.pixel_size(scale)
    x, y = min(int(shown.x0 * scale), across - 1), min(int(shown.y0 * scale), down - 1)
    width = max(1, min(round((shown.x1 - shown.x0) * scale), across - x))
    height = max(1, min(round((shown.y1 - shown.y0) * scale), down - y))
    region = Region(x=x, y=y, width=width, height=height)
    drawn = _if_readable(pages.render(paper, index, scale, region=region, priority=Priority.IDLE))
    if drawn is None:
        return None
    rows = [
        bytes(drawn.samples[row * drawn.stride : row * drawn.stride + 4 * width])[_LIGHT::4] for row in range(height)
    ]
    return Thumbnail(width=SIDE, height=SIDE, grey=_squeezed(rows))


def _squeezed(rows: Sequence[bytes]) -> bytes:
    """The mean grey of each of SIDE times SIDE fields."""
    height, width = len(rows), len(rows[0])
    downs = [(row * height // SIDE, max((row + 1) * height // SIDE, row * height // SIDE + 1)) for row in range(SIDE)]
    acrosses = [(col * width // SIDE, max((col + 1) * width // SIDE, col * width // SIDE + 1)) for col in range(SIDE)]
    return bytes(
        sum(sum(line[left:right]) for line in rows[top:bottom]) // ((bottom - top) * (right - left))
        for top, bottom in downs
        for left, right in acrosses
    )


def _if_readable(future: Future[T]) -> T | None:
    try:
        return future.result()
    except PageUnreadable:
        return None
