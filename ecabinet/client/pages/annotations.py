"""Notes as PDF annotations (ISO 32000-1, 12.5) and bookmarks as entries of the outline: pure, in the words of PDF.

The page process puts them into a copy of a paper. Each has an appearance of its own, so that every viewer shows the
same; the entries beside it say what is meant, so that a viewer may list, move and change it. Coordinates are in PDF
space, which is where notes live; only where letters stand upright depends on the way a page is turned.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import pairwise
from typing import Final

from ecabinet.client.pages.content import Box, Matrix, Page

_PRINT: Final = 1 << 2
_NO_ZOOM: Final = 1 << 3
_NO_ROTATE: Final = 1 << 4  # ISO 32000-1, table 165
_RIM: Final = 1.0
_LINE: Final = 1 / 14
"""Of the height of a quad: how thick a line under or through it is."""
_UNDER: Final = 0.06
_THROUGH: Final = 0.45
"""Of the height of a quad, from below: where a line under or through it is."""
_SIDEWAYS: Final = 2.0
"""How many times as high as wide words are shown that lie sideways."""
_FRAME: Final = 1.5
SLIP: Final = 20.0
"""The side of the slip that a sticky note is shown as, in PDF space."""
_SLIP_LINES: Final = ((0.70, 0.24), (0.50, 0.24), (0.30, 0.5))
"""Heights of the strokes on a slip, and how far from its right edge they end."""
_WIDTHS: Final = 10
"""Steps to a point in which the width of a pen line changes."""


class Shape(StrEnum):
    """How words are marked, by the names PDF has for it."""

    HIGHLIGHT = "Highlight"
    UNDERLINE = "Underline"
    STRIKE_OUT = "StrikeOut"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What every annotation tells beside its place."""

    name: str
    """Different for each on a page."""
    text: str
    author: str
    """Empty where nobody is named."""
    colour: tuple[float, float, float]
    made_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """An annotation in the words of PDF, ASCII throughout."""

    page: int
    entries: str
    """Of its dictionary, but for the page, the appearance and what it belongs to."""
    form: str
    """Entries of the dictionary of its appearance."""
    drawing: str
    """The content of its appearance."""
    belongs_to: int | None = None
    """The number of the annotation, earlier in the list, with which it is one thing to the reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookmark:
    """An entry of the outline; it leads to a point of a page, in PDF space."""

    title: str
    page: int
    x: float
    y: float


def marked(
    shape: Shape, index: int, page: Page, boxes: Sequence[Box], about: About, *, belongs_to: int | None = None
) -> Annotation:
    """Words highlighted, underlined or struck out, line by line."""
    drawing = {Shape.HIGHLIGHT: _filled, Shape.UNDERLINE: _underlined, Shape.STRIKE_OUT: _struck}[shape]
    longest = max(boxes, key=lambda box: max(box.x1 - box.x0, box.y1 - box.y0))
    turn = _turn(page, longest)
    corners = [_corners(turn, box) for box in boxes]
    quads = _numbers(number for each in corners for point in each for number in point)
    form = "/Resources<</ExtGState<</M<</Type/ExtGState/BM/Multiply>>>>>>" if shape is Shape.HIGHLIGHT else ""
    entries = f"/QuadPoints[{quads}]"
    made = _annotation(shape, index, _grown(boxes, _RIM), about, entries=entries, form=form, drawing=drawing(corners))
    return replace(made, belongs_to=belongs_to)


def boxed(index: int, box: Box, about: About) -> Annotation:
    """A frame around something."""
    x, y, width, height = box.x0, box.y0, box.x1 - box.x0, box.y1 - box.y0
    return _annotation(
        "Square",
        index,
        _grown([box], _FRAME / 2),
        about,
        entries=f"/BS<</W {_FRAME}/S/S>>/RD[{_numbers([_FRAME / 2] * 4)}]",
        drawing=f"{_FRAME} w {_numbers((x, y, width, height))} re S",
    )


def drawn(index: int, lines: Sequence[Sequence[tuple[float, float, float]]], about: About) -> Annotation:
    """Lines of a pen: x, y and width of each point."""
    widest = max(width for line in lines for _, _, width in line)
    rows = "".join(f"[{_numbers(number for x, y, _ in _told(line) for number in (x, y))}]" for line in lines)
    edge = [Box(x0=x, y0=y, x1=x, y1=y) for line in lines for x, y, _ in line]
    return _annotation(
        "Ink",
        index,
        _grown(edge, widest / 2 + _RIM),
        about,
        entries=f"/InkList[{rows}]/BS<</W {_number(widest)}/S/S>>",
        drawing="1 J 1 j " + " ".join(_stroked(_told(line)) for line in lines),
    )


def slip(index: int, page: Page, top: float, about: About) -> Annotation:
    """A sticky note at the right edge, `top` points below the upper edge of the page as it is shown.

    Viewers keep a sticky note upright and hold its upper left corner, as PDF space has it, where it is.
    """
    side = slip_side(page)
    shown_x = max(page.width - side - _RIM - 3, 0.0)
    shown_y = max(min(top, page.height - side - _RIM), _RIM)
    x, y = page.matrix.inverse().map(shown_x, shown_y)
    frame = Box(x0=x, y0=y - SLIP, x1=x + SLIP, y1=y)
    square = _numbers((x + 0.5, y - SLIP + 0.5, SLIP - 1, SLIP - 1))
    strokes = " ".join(
        f"{_numbers((x + SLIP * 0.24, y - SLIP + SLIP * up))} m "
        f"{_numbers((x + SLIP * (1 - right), y - SLIP + SLIP * up))} l S"
        for up, right in _SLIP_LINES
    )
    return _annotation(
        "Text",
        index,
        frame,
        about,
        entries="/Name/Comment/Open false",
        drawing=f"0.15 0.2 0.3 RG 1 w {square} re B 1.6 w 1 J {strokes}",
        flags=_PRINT | _NO_ZOOM | _NO_ROTATE,
    )


def slip_side(page: Page) -> float:
    """The side of a slip on the page as it is shown: larger where its /UserUnit is."""
    return SLIP * math.hypot(page.matrix.a, page.matrix.b)


def place_of(page: Page, box: Box | None) -> tuple[float, float]:
    """The point of PDF space that is the upper left corner of something as it is shown; of the page, for None."""
    shown = Box(x0=0, y0=0, x1=0, y1=0) if box is None else page.matrix.map_box(box)
    return page.matrix.inverse().map(shown.x0, shown.y0)


def text_string(text: str) -> str:
    """A text string (7.9.2.2), in UTF-16 and hexadecimal digits."""
    return f"<FEFF{text.encode('utf-16-be', 'replace').hex().upper()}>"


# ---------------------------------------------------------------- in the words of PDF

_Corners = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]


def _annotation(
    subtype: str,
    index: int,
    frame: Box,
    about: About,
    *,
    entries: str,
    drawing: str,
    form: str = "",
    flags: int = _PRINT,
) -> Annotation:
    rect = _numbers((frame.x0, frame.y0, frame.x1, frame.y1))
    colour = _colour(about.colour)
    author = f"/T{text_string(about.author)}" if about.author else ""
    return Annotation(
        page=index,
        entries=f"/Type/Annot/Subtype/{subtype}/Rect[{rect}]/F {flags}/C[{colour}]/NM{text_string(about.name)}"
        f"/Contents{text_string(about.text)}{author}/M{_date(about.changed_at)}/CreationDate{_date(about.made_at)}"
        f"{entries}",
        form=f"/Type/XObject/Subtype/Form/BBox[{rect}]{form}",
        drawing=f"q {colour} RG {colour} rg {drawing} Q",
    )


def _turn(page: Page, longest: Box) -> Matrix:
    """From PDF space to where the words stand upright: mostly as the page is shown.

    Words that are shown higher than they are wide lie sideways: along PDF space, or as headings of narrow columns do.
    """
    shown = page.matrix.map_box(longest)
    if shown.y1 - shown.y0 < _SIDEWAYS * (shown.x1 - shown.x0):
        return page.matrix
    is_along = longest.x1 - longest.x0 > longest.y1 - longest.y0
    return Matrix(1, 0, 0, -1, 0, 0) if is_along else Matrix(0, 1, 1, 0, 0, 0)


def _corners(turn: Matrix, box: Box) -> _Corners:
    """Upper left, upper right, lower left, lower right, as one reads: the order viewers expect, not 12.5.6.10's."""
    upright, back = turn.map_box(box), turn.inverse()
    return (
        back.map(upright.x0, upright.y0),
        back.map(upright.x1, upright.y0),
        back.map(upright.x0, upright.y1),
        back.map(upright.x1, upright.y1),
    )


def _filled(quads: Sequence[_Corners]) -> str:
    """One shape: where the quads of two lines overlap, the colour is not laid twice."""
    outlines = []
    for upper_left, upper_right, lower_left, lower_right in quads:
        ring = [upper_left, upper_right, lower_right, lower_left]
        if (upper_right[0] - upper_left[0]) * (lower_left[1] - upper_left[1]) - (upper_right[1] - upper_left[1]) * (
            lower_left[0] - upper_left[0]
        ) > 0:
            ring.reverse()  # all round the same way, so that overlaps are no holes
        outlines.append(_path(ring) + " h")
    return "/M gs " + " ".join(outlines) + " f"


def _underlined(quads: Sequence[_Corners]) -> str:
    return _lines(quads, _UNDER)


def _struck(quads: Sequence[_Corners]) -> str:
    return _lines(quads, _THROUGH)


def _lines(quads: Sequence[_Corners], up: float) -> str:
    """A line along each quad, at this share of its height."""
    lines = []
    for upper_left, upper_right, lower_left, lower_right in quads:
        height = max(abs(upper_left[0] - lower_left[0]), abs(upper_left[1] - lower_left[1]))
        ends = (_towards(lower_left, upper_left, up), _towards(lower_right, upper_right, up))
        lines.append(f"{_number(max(height * _LINE, 0.6))} w {_path(ends)} S")
    return " ".join(lines)


def _towards(begin: tuple[float, float], end: tuple[float, float], share: float) -> tuple[float, float]:
    return begin[0] + (end[0] - begin[0]) * share, begin[1] + (end[1] - begin[1]) * share


def _told(line: Sequence[tuple[float, float, float]]) -> Sequence[tuple[float, float, float]]:
    """A dot is a line of no length: with round ends, that is a dot."""
    return line if len(line) > 1 else [*line, *line]


def _stroked(line: Sequence[tuple[float, float, float]]) -> str:
    """Pieces of the same width together; the pen's round ends join them."""
    parts: list[str] = []
    current = None
    for (x0, y0, thick0), (x1, y1, thick1) in pairwise(line):
        width = max(round((thick0 + thick1) / 2 * _WIDTHS), 1)
        if width != current:
            parts.append(f"{'S ' if parts else ''}{_number(width / _WIDTHS)} w {_numbers((x0, y0))} m")
            current = width
        parts.append(f"{_numbers((x1, y1))} l")
    return " ".join([*parts, "S"])


def _path(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{_numbers(point)} {'l' if number else 'm'}" for number, point in enumerate(points))


def _grown(boxes: Sequence[Box], rim: float) -> Box:
    return Box(
        x0=min(box.x0 for box in boxes) - rim,
        y0=min(box.y0 for box in boxes) - rim,
        x1=max(box.x1 for box in boxes) + rim,
        y1=max(box.y1 for box in boxes) + rim,
    )


def _colour(colour: tuple[float, float, float]) -> str:
    return _numbers(colour)


def _date(at: datetime) -> str:
    return f"(D:{at.astimezone(UTC):%Y%m%d%H%M%S}Z)"


def _numbers(values: Iterable[float]) -> str:
    return " ".join(map(_number, values))


def _number(value: float) -> str:
    """To a thousandth, without an exponent (7.3.3)."""
    return f"{value:.3f}".rstrip("0").rstrip(".") if value else "0"
