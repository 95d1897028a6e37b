"""A paper's text as notes see it: words and their places, and the tokens by which two papers are compared.

A token is what stays the same when only the typesetting changes: letters in lower case, ligatures resolved, hyphens
and punctuation dropped, and the tone of a Vietnamese syllable put at its end, so that `hoà` is `hòa` and `uỷ` is `ủy`.
Figures keep their separators: 1.000 is not 1,000 to somebody who must decide. Signs that change what a figure says are
tokens too: ≤ and ≥, currencies, the small 2 of m².
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import groupby
from typing import Protocol

from ecabinet.core.notes.records import Quad


class Box(Protocol):
    """A rectangle in PDF space, in points."""

    @property
    def x0(self) -> float: ...
    @property
    def y0(self) -> float: ...
    @property
    def x1(self) -> float: ...
    @property
    def y1(self) -> float: ...


class Word(Protocol):
    """A word on a page: any value with these members, so that hundreds of thousands need not be copied."""

    @property
    def text(self) -> str: ...
    @property
    def box(self) -> Box: ...
    @property
    def block(self) -> int: ...
    @property
    def line(self) -> int: ...


class Heading(Protocol):
    """An entry of the outline: `level` from 1, `page` from 0 or None."""

    @property
    def title(self) -> str: ...
    @property
    def level(self) -> int: ...
    @property
    def page(self) -> int | None: ...


Keys = Sequence[str]
HUNDREDTHS = 100

_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_ALIKE = str.maketrans(
    {"Ð": "Đ", "ð": "đ", "\u2212": "-", "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
)
_SMALL = "\u00b2\u00b3\u00b9\u2070-\u2079\u2080-\u2089"
_SIGNS = "%\u2030<>=\u2260\u2264\u2265\u00b1$\u00a3\u00a5\u20ab\u20ac"
_TOKEN = re.compile(rf"(?:(?<![\w%\u2030)\]}}.,])-)?\d+(?:[.,/:]\d+)*|[^\W\d_{_SMALL}]+|[{_SMALL}]+|[{_SIGNS}]")
_NEGATIONS = """
    không chưa chẳng chả chớ đừng trừ cấm miễn phi vô bất bãi hủy dừng ngừng thôi khỏi
    not no nor never without except unless none neither cannot
"""
_FIGURES = """
    linh lẻ một mốt hai ba bốn tư lăm sáu bảy bẩy tám chín mười mươi chục trăm nghìn ngàn vạn triệu tỷ tỉ rưỡi nửa
    ngày tháng năm quý i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx
    xxi xxii xxiii xxiv xxv xxvi xxvii xxviii xxix xxx
    one two three four five six seven eight nine ten hundred thousand million billion
    january february march april june july august september october november december
"""


def keys_of(text: str) -> list[str]:
    """The tokens of a text."""
    return [key for word in text.split() for key in _keys(word)]


def joined(keys: Iterable[str]) -> str:
    """Tokens run together, by which glued and hyphenated words are still the same."""
    whole = "".join(keys)
    return "".join(c for c in whole if c not in _TONES) + "".join(c for c in whole if c in _TONES)


def negations(keys: Iterable[str]) -> list[str]:
    """Those tokens that turn a sentence into its opposite, in order."""
    return [key for key in keys if key in NEGATIONS]


def figures(keys: Iterable[str]) -> list[str]:
    """Those tokens that are numbers, written out ones too, or say what they count, as dates do; in order."""
    return [key for key in keys if key in FIGURES or not key[0].isalpha()]


def _keys(word: str) -> tuple[str, ...]:
    whole = unicodedata.normalize("NFC", word).translate(_ALIKE).casefold()
    return tuple(_toned(token) for token in _TOKEN.findall(whole))


def _toned(token: str) -> str:
    if token.isascii():
        return token
    spread = unicodedata.normalize("NFD", token)
    letters = "".join(each for each in spread if each not in _TONES)
    return unicodedata.normalize("NFC", letters) + "".join(each for each in spread if each in _TONES)


NEGATIONS = frozenset(map(_toned, _NEGATIONS.split()))
FIGURES = frozenset(map(_toned, _FIGURES.split()))


class Text:
    """The words of a whole paper in reading order. Tokens are counted through from 0; ranges leave out their end."""

    def __init__(self, pages: Sequence[Sequence[Word]], headings: Sequence[Heading] = ()) -> None:
        self.pages = pages
        self.words: list[Word] = []
        self.keys: list[str] = []
        self._owner: list[int] = []
        """Of each token, its word."""
        self._begins: list[int] = []
        """Of each word, its first token."""
        self._page_words = [0]
        self._headings = headings
        self._middles: dict[int, list[tuple[float, float]]] = {}
        known: dict[str, tuple[str, ...]] = {}
        for page in pages:
            for word in page:
                keys = known.get(word.text)
                if keys is None:
                    keys = known[word.text] = _keys(word.text)
                self._begins.append(len(self.keys))
                self.keys += keys
                self._owner += [len(self.words)] * len(keys)
                self.words.append(word)
            self._page_words.append(len(self.words))
        self._begins.append(len(self.keys))
        self._page_tokens = [self._begins[word] for word in self._page_words]

    def page_of(self, token: int) -> int:
        return bisect_right(self._page_tokens, token) - 1

    def on_page(self, page: int) -> tuple[int, int]:
        """The range of the page's tokens; empty for a page that is not there."""
        if not 0 <= page < len(self.pages):
            return 0, 0
        return self._page_tokens[page], self._page_tokens[page + 1]

    def words_on(self, page: int) -> range:
        """The words of a page."""
        return range(self._page_words[page], self._page_words[page + 1]) if 0 <= page < len(self.pages) else range(0)

    def tokens_of(self, word: int) -> range:
        return range(self._begins[word], self._begins[word + 1])

    def word_of(self, token: int) -> int:
        return self._owner[token]

    def under(self, page: int, quads: Sequence[Quad]) -> list[int]:
        """The words whose middle lies in one of the boxes."""
        if not 0 <= page < len(self.pages):
            return []
        middles = self._middles.get(page)
        if middles is None:
            boxes = (word.box for word in self.pages[page])
            half = HUNDREDTHS / 2
            middles = self._middles[page] = [((box.x0 + box.x1) * half, (box.y0 + box.y1) * half) for box in boxes]
        first = self._page_words[page]
        found = {
            place
            for quad in quads
            for place, (x, y) in enumerate(middles, first)
            if quad.x0 <= x <= quad.x1 and quad.y0 <= y <= quad.y1
        }
        return sorted(found)

    def quads(self, first: int, end: int) -> list[tuple[int, tuple[Quad, ...]]]:
        """The boxes of a range's words, line by line, for each page that it is on."""
        if first >= end:
            return []
        places = range(self._owner[first], self._owner[end - 1] + 1)
        by_page = groupby(places, lambda place: bisect_right(self._page_words, place) - 1)
        return [(page, self._lines(list(words))) for page, words in by_page]

    def _lines(self, places: Sequence[int]) -> tuple[Quad, ...]:
        words = [self.words[place] for place in places]
        return tuple(around(word.box for word in line) for _, line in groupby(words, lambda w: (w.block, w.line)))

    def said(self, first: int, end: int) -> str:
        """A range as it is written."""
        if first >= end:
            return ""
        return " ".join(word.text for word in self.words[self._owner[first] : self._owner[end - 1] + 1])

    def section(self, token: int) -> tuple[str, ...]:
        """The headings that a token is under, the highest first."""
        here = bisect_right(self._sections, token, key=lambda each: each[0]) - 1
        return self._sections[here][1] if here >= 0 else ()

    @cached_property
    def _sections(self) -> list[tuple[int, tuple[str, ...]]]:
        """Where each section begins: at the words of its heading, where they can be found on the page."""
        begun: list[tuple[int, tuple[str, ...]]] = []
        path: list[tuple[int, str]] = []
        for heading in self._headings:
            while path and path[-1][0] >= heading.level:
                path.pop()
            path.append((heading.level, heading.title))
            if heading.page is not None and 0 <= heading.page < len(self.pages):
                begun.append((self._heading_at(heading.page, heading.title), tuple(title for _, title in path)))
        return sorted(begun, key=lambda each: each[0])

    def _heading_at(self, page: int, title: str) -> int:
        first, end = self.on_page(page)
        wanted = keys_of(title)
        for place in range(first, end - len(wanted) + 1):
            if wanted and self.keys[place] == wanted[0] and self.keys[place : place + len(wanted)] == wanted:
                return place
        return first

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """Of each token, where it stands."""
        found: dict[str, list[int]] = {}
        for place, key in enumerate(self.keys):
            found.setdefault(key, []).append(place)
        return found

    def occurrences(self, keys: Keys, limit: int) -> list[int]:
        """Where these tokens begin, `limit` of them at most."""
        if not keys:
            return []
        rarest = min(range(len(keys)), key=lambda each: len(self.places.get(keys[each], ())))
        wanted, count = list(keys), len(keys)
        found: list[int] = []
        for place in self.places.get(keys[rarest], ()):
            begin = place - rarest
            if begin >= 0 and self.keys[begin : begin + count] == wanted:
                found.append(begin)
                if len(found) == limit:
                    break
        return found


def around(boxes: Iterable[Box]) -> Quad:
    """The box around boxes, as a quad."""
    each = list(boxes)
    x0, y0 = min(box.x0 for box in each), min(box.y0 for box in each)
    x1, y1 = max(box.x1 for box in each), max(box.y1 for box in each)
    return Quad(
        x0=round(x0 * HUNDREDTHS), y0=round(y0 * HUNDREDTHS), x1=round(x1 * HUNDREDTHS), y1=round(y1 * HUNDREDTHS)
    )
