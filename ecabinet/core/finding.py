"""Finding words as people type them: with accents or without, in any case, composed or not, a phrase in its order.

A text is folded into a stream: its words in small letters, parted by single spaces, once with accents and once
without, letter for letter at the same places. A word typed with accents asks for just those accents, a word typed
without asks for any. đ is an accent of d; hòa and hoà, thủy and thuỷ are one spelling each.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final
from unicodedata import normalize

_PARTS: Final = re.compile(r"[\W_]+")
_MARKS: Final = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
_WORDS: Final = re.compile(r"[^\W_]+")
_PIECES: Final = re.compile(r"\S+")
_OLD_TONE: Final = re.compile(r"([òóỏõọ])([ae])(?= )|([ùúủũụ])(y)(?= )")
_TONES: Final = {
    old + bare: new
    for olds, bare, news in (
        ("òóỏõọ", "a", ("oà", "oá", "oả", "oã", "oạ")),
        ("òóỏõọ", "e", ("oè", "oé", "oẻ", "oẽ", "oẹ")),
        ("ùúủũụ", "y", ("uỳ", "uý", "uỷ", "uỹ", "uỵ")),
    )
    for old, new in zip(olds, news, strict=True)
}
_QUOTED: Final = re.compile(r'"([^"]*)"?|([^"]+)')
QUOTES: Final = frozenset('"“”„«»')
"""What a phrase may stand between."""
_STRAIGHT: Final = str.maketrans(dict.fromkeys(QUOTES, '"'))
_AROUND: Final = 60
"""Characters of the text shown on either side of what was found, at most."""


class _Bare(dict[int, str]):
    """Letters by their code points, without accents; each is learnt when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = letter = "d" if code == ord("đ") else normalize("NFD", chr(code))[0]
        return letter


_BARE: Final = _Bare()


@dataclass(frozen=True, slots=True)
class Stream:
    """The words of a text: one space before each and one at the end. `exact` and `bare` are of one length."""

    exact: str
    bare: str


def stream(text: str) -> Stream:
    """Folds a text."""
    exact = _folded(text)
    return Stream(exact, exact.translate(_BARE))


def count_words(text: str) -> int:
    """How many words the stream of a text has."""
    return _folded(text).count(" ") - 1


def _folded(text: str) -> str:
    # Compatibility forms first: ligatures and wide letters become the letters that are typed.
    plain = normalize("NFC", normalize("NFKC", text).casefold())
    if not plain.isascii():
        plain = _MARKS.sub("", plain)  # those that nothing composes with
    words = _PARTS.sub(" ", plain).strip()
    parted = f" {words} " if words else " "
    return parted if parted.isascii() else _OLD_TONE.sub(lambda found: _TONES[found.group()], parted)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that are to follow each other. `is_open`: the last one may go on, as it does while it is typed."""

    exact: str
    bare: str
    """Both begin with a space; they end with one unless the phrase is open."""
    is_open: bool = False

    @property
    def minds_accents(self) -> bool:
        """Whether any word was typed with accents."""
        return self.exact != self.bare

    @property
    def is_mixed(self) -> bool:
        """Whether some words were typed with accents and some without."""
        words = tuple(zip(self.exact.split(), self.bare.split(), strict=True))
        return self.minds_accents and any(exact == bare for exact, bare in words)

    def __len__(self) -> int:
        return self.exact.count(" ") - (not self.is_open)

    def places(self, text: Stream) -> Iterator[int]:
        """Where it stands in a stream: the places of the spaces before it."""
        is_exact = self.minds_accents and not self.is_mixed
        sought, within = (self.exact, text.exact) if is_exact else (self.bare, text.bare)
        step = len(sought) - (not self.is_open)
        accented = tuple(self._accented()) if self.is_mixed else ()
        at = within.find(sought)
        while at >= 0:
            if all(text.exact.startswith(word, at + start) for start, word in accented):
                yield at
                at = within.find(sought, at + step)
            else:
                at = within.find(sought, at + 1)

    def stands_in(self, text: Stream) -> bool:
        """Whether it stands there at all."""
        return next(self.places(text), None) is not None

    def _accented(self) -> Iterator[tuple[int, str]]:
        start = 0
        for exact, bare in zip(self.exact.split(), self.bare.split(), strict=True):
            start += 1
            if exact != bare:
                yield start, exact
            start += len(exact)


def phrase(typed: str, *, is_open: bool = False) -> Phrase | None:
    """What was typed, as one phrase; None when it has no letter and no digit. A space at its end closes it."""
    folded = stream(typed)
    if folded.exact == " ":
        return None
    if is_open and typed[-1:].isalnum():
        return Phrase(folded.exact[:-1], folded.bare[:-1], is_open=True)
    return Phrase(folded.exact, folded.bare)


def words(typed: str, *, is_open: bool = False) -> tuple[Phrase, ...]:
    """Each word by itself, which may go on when `is_open`, and what stands between quotation marks as a phrase."""
    found: list[Phrase | None] = []
    for quoted, loose in _QUOTED.findall(typed.translate(_STRAIGHT)):
        found += [phrase(quoted)] if quoted else (phrase(word, is_open=is_open) for word in _folded(loose).split())
    return tuple(dict.fromkeys(each for each in found if each is not None))


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a phrase stands: the page it begins on, from 0, and which words of that page's stream, from 0."""

    page: int
    first: int
    count: int


class FoldedPages:
    """The pages of one paper, folded and laid one after another, so that a phrase is found over a page's end too."""

    def __init__(self, pages: Sequence[Stream]) -> None:
        # Each page brings its words with the space before each; the space at the end is the next page's first.
        self._whole = Stream(
            "".join(page.exact[:-1] for page in pages) + " ", "".join(page.bare[:-1] for page in pages) + " "
        )
        self._starts = list(accumulate((len(page.exact) - 1 for page in pages), initial=0))
        self._counts = [page.exact.count(" ") - 1 for page in pages]

    def find(self, sought: Phrase) -> tuple[int, ...]:
        """The places of a phrase, in reading order: what `hit` takes."""
        return tuple(sought.places(self._whole))

    def hit(self, place: int, sought: Phrase) -> Hit:
        """What stands at a place."""
        page = self.page_of(place)
        return Hit(page, self._whole.exact.count(" ", self._starts[page], place), len(sought))

    def page_of(self, place: int) -> int:
        """The page a place is on."""
        return bisect_right(self._starts, place, hi=len(self._counts)) - 1

    def count_on(self, page: int) -> int:
        """How many words the stream of a page has."""
        return self._counts[page]

    def parts(self, hit: Hit) -> Iterator[tuple[int, range]]:
        """The words of a hit by their pages; the last may stand on a later one."""
        page, first, left = hit.page, hit.first, hit.count
        while left > 0 and page < len(self._counts):
            here = range(first, min(first + left, self._counts[page]))
            if here:
                yield page, here
            left -= len(here)
            page, first = page + 1, 0


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What was found, and the words around it, as they stand in the paper."""

    before: str
    found: str
    after: str


def excerpts(text: str, count: int, hits: Sequence[Hit]) -> list[Excerpt]:
    """What stands at hits in the text of their page, and what stands around; whole words, as they are written.

    `count` is how many words the stream of the text has.
    """
    spans = _spans(text, count)
    return [_excerpt(text, spans[hit.first][0], spans[: hit.first + hit.count][-1][1]) for hit in hits]


def _excerpt(text: str, begin: int, end: int) -> Excerpt:
    begin = max(text.rfind(" ", 0, begin), text.rfind("\n", 0, begin)) + 1
    end = min((at for at in (text.find(" ", end), text.find("\n", end)) if at >= 0), default=len(text))
    reach = _AROUND * 2
    before, found, after = text[max(begin - reach, 0) : begin], text[begin:end], text[end : end + reach]
    return Excerpt(_last(_on_one_line(before)), _on_one_line(found), _first(_on_one_line(after)))


def numbers_of_pieces(pieces: Sequence[str]) -> list[int]:
    """For each word of the stream of these pieces, laid one after another, the number of the piece it comes from."""
    ends = list(accumulate(len(piece) + 1 for piece in pieces))
    text = " ".join(pieces)
    return [bisect_right(ends, start) for start, _ in _spans(text, count_words(text))]


def _spans(text: str, count: int) -> list[tuple[int, int]]:
    """Where in a text the words of its stream stand; where a letter folds into several words, the piece they are in."""
    spans = [found.span() for found in _WORDS.finditer(text)]
    if len(spans) == count:
        return spans
    return [found.span() for found in _PIECES.finditer(text) for _ in range(count_words(found.group()))]


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _first(text: str) -> str:
    return text if len(text) <= _AROUND else f"{text[:_AROUND].rpartition(' ')[0]}…"


def _last(text: str) -> str:
    return text if len(text) <= _AROUND else f"…{text[-_AROUND:].partition(' ')[2]}"
