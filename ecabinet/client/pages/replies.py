"""Reading what a worker answered. A hostile paper may have written it: all that is not exactly as expected is refused.

Every function takes parsed JSON and raises KeyError, TypeError or ValueError.
"""

import math
from typing import Any

from ecabinet.client.pages.content import Box, Heading, Link, LinkKind, Matrix, Page, Paper, Word

SIZE_LIMIT = 64 << 20
"""The most bytes an answer may have."""
_LONGEST_SIDE = 1e6


def read_paper(reply: Any, identity: int) -> Paper:
    """An open paper; it has at least one page, and every page a sane size. Most pages are alike, and told as one."""
    shapes = [_page(*map(_number, shape)) for shape in _list(reply["shapes"])]
    if any(not 0 <= _whole(number) < len(shapes) for number in _list(reply["pages"])):
        raise ValueError("a page of no known shape")
    pages = tuple(shapes[number] for number in reply["pages"])
    if not pages:
        raise ValueError("a paper without pages")
    warnings = tuple(_text(warning) for warning in _list(reply["warnings"]))
    return Paper(
        identity=identity,
        pages=pages,
        is_repaired=_truth(reply["repaired"]),
        warnings=warnings,
        title=_text(reply["title"]),
        author=_text(reply["author"]),
    )


def read_drawn(reply: Any) -> bool:
    """Whether the page is complete."""
    return _truth(reply["complete"])


def read_words(reply: Any) -> tuple[Word, ...]:
    """The words of a page."""
    return tuple(
        Word(
            text=_text(text),
            box=Box(x0=_number(x0), y0=_number(y0), x1=_number(x1), y1=_number(y1)),
            block=_whole(block),
            line=_whole(line),
        )
        for text, x0, y0, x1, y1, block, line in _list(reply)
    )


def read_text(reply: Any) -> str:
    """The text of a page."""
    return _text(reply)


def read_outline(reply: Any, pages: int) -> tuple[Heading, ...]:
    """The outline of a paper of so many `pages`."""
    return tuple(
        Heading(title=_text(title), level=_whole(level), page=page if 0 <= _whole(page) < pages else None)
        for title, level, page in _list(reply)
    )


def read_links(reply: Any, pages: int) -> tuple[Link, ...]:
    """The links of a page, in a paper of so many `pages`."""
    return tuple(_link(pages, link) for link in _list(reply))


def read_annotated(reply: Any, most: int) -> tuple[bool, int]:
    """Whether the copy was written anew, and how many bytes were written; not more than `most`."""
    size = _whole(reply["size"])
    if not 0 <= size <= most:
        raise ValueError("more than there is room for")
    return _truth(reply["whole"]), size


def read_nothing(reply: Any) -> None:
    """An answer that says only that it is done."""
    if reply is not None:
        raise ValueError("nothing was expected")


def _page(width: float, height: float, *matrix: float) -> Page:
    if not (0 < width <= _LONGEST_SIDE and 0 < height <= _LONGEST_SIDE):
        raise ValueError("a page without a size")
    return Page(width=width, height=height, matrix=Matrix(*matrix))


def _link(pages: int, reply: Any) -> Link:
    x0, y0, x1, y1, kind, page, y, address = _list(reply)
    box, leads_to = Box(x0=_number(x0), y0=_number(y0), x1=_number(x1), y1=_number(y1)), LinkKind(_text(kind))
    if (leads_to is LinkKind.PLACE) != (page is not None) or (page is not None and not 0 <= _whole(page) < pages):
        raise ValueError("a place that is not in the paper")
    height = None if y is None else _number(y)
    return Link(box=box, kind=leads_to, page=page, y=height, address=_text(address))


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("no list")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("neither true nor false")
    return value


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError("no whole number")
    return value


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not math.isfinite(value):
        raise TypeError("no number")
    return float(value)
