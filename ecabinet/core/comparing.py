"""What differs between two versions of a paper, for somebody who has read the first: words, and figures above all.

Versions are compared by the tokens that notes cross by: what stays the same when only the typesetting changes is no
change, so new lines and pages, hyphens, capitals, punctuation, NFD and `hoà` for `hòa` are none. Lines that return at
the edges of pages count once, and page numbers not at all. Swapping the versions swaps the sides of every change.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, cached_property
from itertools import groupby, pairwise
from math import ceil

from ecabinet.core.notes import Quad
from ecabinet.core.notes.alignment import NOWHERE, Alignment
from ecabinet.core.notes.text import FIGURES, Keys, Text, Word, joined, keys_of

_AT_EDGES = 3
"""Lines at either edge of a page among which those are that return on half of the pages."""
_KEPT_BETWEEN = 2
"""So few words kept between two long changes make one change of them."""
_LONG = 3
_LETTERS = 2
"""Of what a reference counts by: `điểm đ`, `phụ lục IV`."""

_DOUBTFUL = frozenset(keys_of("năm tư quý linh lẻ vạn i ii iii iv v vi vii viii ix x xi xii may march second"))
"""Tokens that are figures beside figures only: `đầu tư` is none."""
_REFERENCES = frozenset(
    keys_of("điểm khoản điều chương mục phần lục quý biểu bảng kỳ khóa article section chapter item")
)
_CURRENCIES = frozenset(keys_of("đồng vnđ vnd usd eur jpy đô euro"))


class Kind(StrEnum):
    """What happened to words."""

    ADDED = "added"
    REMOVED = "removed"
    REPLACED = "replaced"


class Version(StrEnum):
    """One side of a comparison."""

    OLD = "old"
    NEW = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One version's side of a change."""

    words: str
    """As they are written; empty where the other version alone has words."""
    page: int
    """From 0: where they begin, or would stand."""
    places: tuple[tuple[int, tuple[Quad, ...]], ...]
    """The boxes of the words line by line, for each page that they are on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Words that differ."""

    kind: Kind
    old: Piece
    new: Piece
    touches_figures: bool
    """A number, date, amount, share or reference is other than it was, was added or went."""
    is_moved: bool
    """The same words surely stand elsewhere in the other version."""
    old_tokens: tuple[int, int]
    """First and end of its tokens among those of the old version, lines that return last."""
    new_tokens: tuple[int, int]

    def on(self, version: Version) -> Piece:
        return self.old if version is Version.OLD else self.new


class Comparison:
    """The changes between two versions, in reading order; those in lines that return on each page come last."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self.changes = tuple(changes)

    def changed_pages(self, version: Version, *, figures_only: bool = False) -> frozenset[int]:
        """Those of a version on which something stands that changed, or from which something went."""
        return frozenset(
            page
            for change in self.changes
            if change.touches_figures or not figures_only
            for page in (change.on(version).page, *(page for page, _ in change.on(version).places))
        )

    def following(self, number: int = -1, *, figures_only: bool = False) -> int | None:
        """The number of the change after the one with this number; None after the last."""
        wanted = self._figures if figures_only else range(len(self.changes))
        place = bisect_left(wanted, number + 1)
        return wanted[place] if place < len(wanted) else None

    def preceding(self, number: int, *, figures_only: bool = False) -> int | None:
        """The number of the change before the one with this number; None before the first."""
        wanted = self._figures if figures_only else range(len(self.changes))
        place = bisect_left(wanted, number)
        return wanted[place - 1] if place else None

    def first_from(self, version: Version, page: int, *, figures_only: bool = False) -> int | None:
        """The number of the first change that begins on this page of a version or a later one."""
        for number, change in enumerate(self.changes):
            if change.on(version).page >= page and (change.touches_figures or not figures_only):
                return number
        return None

    @cached_property
    def _figures(self) -> Sequence[int]:
        return [number for number, change in enumerate(self.changes) if change.touches_figures]


def compare(old: Sequence[Sequence[Word]], new: Sequence[Sequence[Word]]) -> Comparison:
    """Compares the words of two versions, page by page in reading order."""
    before, after = _bodies(old, new)
    keys, other = before.text.keys, after.text.keys
    is_turned = keys > other  # either way round, the same alignment
    alignment = Alignment(other, keys) if is_turned else Alignment(keys, other)
    kept = [(b, a, length) if is_turned else (a, b, length) for a, b, length in alignment.in_order()]
    partners = (alignment.back, alignment.forward) if is_turned else (alignment.forward, alignment.back)
    return Comparison([_change(before, after, gap, partners) for gap in _joined(_gaps(kept, before.text, after.text))])


# ---------------------------------------------------------------- where the versions differ

_Gap = tuple[int, int, int, int]
"""First and end of the old tokens, first and end of the new ones."""


def _gaps(kept: Sequence[tuple[int, int, int]], before: Text, after: Text) -> Iterator[_Gap]:
    """What lies between the runs that are kept, as whole words; not words that are only parted otherwise."""
    old, new = before.keys, after.keys
    runs = [(0, 0, 0), *kept, (len(old), len(new), 0)]
    for (a, b, length), (c, d, following) in pairwise(runs):
        first, end, other, other_end = a + length, c, b + length, d
        if (first, other) == (end, other_end) or _is_same(old[first:end], new[other:other_end]):
            continue
        while first > a and (_is_inside(before, first) or _is_inside(after, other)):
            first, other = first - 1, other - 1
        while end < c + following and (_is_inside(before, end) or _is_inside(after, other_end)):
            end, other_end = end + 1, other_end + 1
        yield first, end, other, other_end


def _is_inside(text: Text, token: int) -> bool:
    """Whether a token goes on with the word of the one before."""
    return 0 < token < len(text.keys) and text.word_of(token - 1) == text.word_of(token)


def _is_same(old: Keys, new: Keys) -> bool:
    """Whether words were only glued or parted; numbers never are."""
    numbers = [[key for key in keys if not key[0].isalpha()] for keys in (old, new)]
    return numbers[0] == numbers[1] and joined(old) == joined(new)


def _joined(gaps: Iterator[_Gap]) -> Iterator[_Gap]:
    """Long changes with next to nothing between them are one."""
    last: _Gap | None = None
    for gap in gaps:
        if last is not None and _are_one(last, gap):
            last = last[0], gap[1], last[2], gap[3]
            continue
        if last is not None:
            yield last
        last = gap
    if last is not None:
        yield last


def _are_one(one: _Gap, other: _Gap) -> bool:
    lengths = [max(gap[1] - gap[0], gap[3] - gap[2]) for gap in (one, other)]
    between = max(other[0] - one[1], other[2] - one[3])
    return between <= 0 or (between <= _KEPT_BETWEEN and min(lengths) >= _LONG)


def _change(before: "_Body", after: "_Body", gap: _Gap, partners: tuple[Sequence[int], Sequence[int]]) -> Change:
    old, old_end, new, new_end = gap
    figures = [_figures(before.text.keys, old, old_end), _figures(after.text.keys, new, new_end)]
    elsewhere = [*partners[0][old:old_end], *partners[1][new:new_end]]
    return Change(
        kind=Kind.ADDED if old == old_end else Kind.REMOVED if new == new_end else Kind.REPLACED,
        old=before.piece(old, old_end),
        new=after.piece(new, new_end),
        touches_figures=figures[0] != figures[1],
        old_tokens=(old, old_end),
        new_tokens=(new, new_end),
        is_moved=(old == old_end or new == new_end) and NOWHERE not in elsewhere,
    )


def _figures(keys: Keys, first: int, end: int) -> list[str]:
    """The figures in a range, with what counts them or is counted by them."""
    return [keys[place] for place in range(first, end) if _is_figure(keys, place)]


def _is_figure(keys: Keys, place: int) -> bool:
    key = keys[place]
    if _is_sure(key):
        return True
    before = keys[place - 1] if place else ""
    if before in _REFERENCES and (len(key) <= _LETTERS or key in _DOUBTFUL):
        return True
    if key in _CURRENCIES or key in _DOUBTFUL:
        after = keys[place + 1] if place + 1 < len(keys) else ""
        return _is_sure(before) or (key in _DOUBTFUL and _is_sure(after))
    return False


def _is_sure(key: str) -> bool:
    return bool(key) and (not key[0].isalpha() or (key in FIGURES and key not in _DOUBTFUL))


# ---------------------------------------------------------------- lines that return

_Form = tuple[bool, tuple[str, ...]]
"""Whether a line is at the upper edge, and its tokens; `_COUNTER` for what tells the page or how many there are."""
_COUNTER = "#"


@dataclass(frozen=True, slots=True)
class _Line:
    """A line at an edge of a page."""

    page: int
    places: tuple[int, ...]
    """Of its words on the page."""
    is_outermost: bool
    form: _Form
    said: tuple[int, ...]
    """The places of those words that say more than which page it is."""
    has_own_number: bool
    """Whether it names the page that it is on, as others of its version do."""

    @property
    def is_page_number(self) -> bool:
        """Whether it says nothing but which page it is."""
        rest = [key for key in self.form[1] if key not in {"trang", "page"}]
        return self.is_outermost and self.has_own_number and set(rest) == {_COUNTER}


class _Body:
    """A version without its page numbers; lines that return stand once, behind all the others."""

    def __init__(self, pages: Sequence[Sequence[Word]], edges: Sequence[_Line], returning: Sequence[_Form]) -> None:
        left_out: dict[int, set[int]] = {}
        once: dict[_Form, _Line] = {}
        known = frozenset(returning)
        for line in edges:
            if line.form in known or line.is_page_number:
                left_out.setdefault(line.page, set()).update(line.places)
            if line.form in known:
                once.setdefault(line.form, line)
        kept: list[Sequence[Word]] = [
            [word for place, word in enumerate(page) if place not in left_out[number]] if number in left_out else page
            for number, page in enumerate(pages)
        ]
        lines = [once[form] for form in returning if form in once]
        self.text = Text([*kept, *([pages[line.page][place] for place in line.said] for line in lines)])
        self._pages = [*range(len(pages)), *(line.page for line in lines)]
        """Of each page of the text, the page of the paper."""

    def piece(self, first: int, end: int) -> Piece:
        text = self.text
        beside = first if first < end else max(first - 1, 0)
        return Piece(
            words=text.said(first, end),
            page=self._pages[text.page_of(beside)] if text.keys else 0,
            places=tuple((self._pages[page], quads) for page, quads in text.quads(first, end)),
        )


def _bodies(old: Sequence[Sequence[Word]], new: Sequence[Sequence[Word]]) -> tuple[_Body, _Body]:
    """A line that returns in one version is looked for in both: the other may have too few pages to tell."""
    edges = [_numbered(list(_edges(pages)), len(pages)) for pages in (old, new)]
    returning: set[_Form] = set()
    for pages, lines in zip((old, new), edges, strict=True):
        counts = Counter(form for _, form in {(line.page, line.form) for line in lines if not line.is_page_number})
        returning |= {form for form, count in counts.items() if count >= max(2, ceil(len(pages) / 2))}
    forms = sorted(returning)
    one, other = (_Body(pages, lines, forms) for pages, lines in zip((old, new), edges, strict=True))
    return one, other


def _numbered(lines: list[_Line], pages: int) -> list[_Line]:
    """A single number among several pages is a figure that happens to be the page's."""
    if len({line.page for line in lines if line.is_page_number}) >= min(pages - 1, 2):
        return lines
    return [replace(line, has_own_number=False) for line in lines]


def _edges(pages: Sequence[Sequence[Word]]) -> Iterator[_Line]:
    """The first and the last lines of each page."""
    tokens = cache(keys_of)
    for number, page in enumerate(pages):
        own, counters = str(number + 1), {str(number + 1), str(len(pages))}
        lines = _lines(page)
        for index, places in enumerate(lines):
            is_top = index < _AT_EDGES
            if not is_top and index < len(lines) - _AT_EDGES:
                continue
            told = [tokens(page[place].text) for place in places]
            keys = [[_counted(key, counters) for key in each] for each in told]
            form = tuple(key for each in keys for key in each)
            if form:
                said = tuple(place for place, each in zip(places, keys, strict=True) if _COUNTER not in each)
                has_own = any(own in _numbers(key) for each in told for key in each)
                yield _Line(number, places, index in {0, len(lines) - 1}, (is_top, form), said, has_own)


def _lines(page: Sequence[Word]) -> list[tuple[int, ...]]:
    """Of each line of a page, the places of its words."""
    return [tuple(places) for _, places in groupby(range(len(page)), lambda at: (page[at].block, page[at].line))]


def _counted(key: str, counters: AbstractSet[str]) -> str:
    if key[0].isalpha():
        return key
    return _COUNTER if set(_numbers(key)) <= counters else key


def _numbers(key: str) -> list[str]:
    """What a page's number may be made of: `2/5`."""
    return key.lstrip("-\u2212").split("/")
