"""The marking of a classified paper, looked for in the words of its first pages.

A marking stands alone: as a stamp or on its own line, in capitals, in the upper half of the page or larger than the
rest, also letter-spaced or in two lines; or it is the value of a field "Độ mật:". The same letters inside a sentence or
a heading ("bảo mật", "Mật độ dân số") are none. A scan without text shows nothing to this search.
"""

import re
import statistics
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ecabinet.client.pages.content import Box, Page, Word
from ecabinet.core.meetings import Classification

_LEVELS = {
    "MẬT": Classification.MAT,
    "TỐIMẬT": Classification.TOI_MAT,
    "TUYỆTMẬT": Classification.TUYET_MAT,
}
_FIELD = re.compile(r"(?:^|\W)độ mật\s*:\s*(tuyệt\s*mật|tối\s*mật|mật)\W*$", re.IGNORECASE)
_GAP = 1.5
"""Words further apart than this many letter heights belong to different things on the same height."""
_LINE_PITCH = 1.2
_LARGE = 1.8
_BEFORE = {"BẢO", "BÍ", "CƠ"}
"""Words that make a compound with a MẬT on the next line, in a heading that wraps."""
_AFTER = {"ĐỘ", "KHẨU", "MÃ"}


_Placed = tuple[str, Box]
"""A word and its box in shown space."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """Words standing together on one height, and how they look."""

    words: tuple[str, ...]
    box: Box

    @property
    def letters(self) -> str:
        return _letters("".join(self.words))

    @property
    def height(self) -> float:
        return self.box.y1 - self.box.y0

    def is_right_above(self, other: "_Run") -> bool:
        gap = other.box.y0 - self.box.y1
        overlaps = self.box.x0 < other.box.x1 and other.box.x0 < self.box.x1
        return overlaps and -_GAP / 2 * self.height < gap < _LINE_PITCH * self.height and self.box.y0 < other.box.y0


def find_marking(page: Page, words: Sequence[Word]) -> Classification | None:
    """The highest level marked on this page, None when there is no marking."""
    placed = [(unicodedata.normalize("NFC", word.text), page.matrix.map_box(word.box)) for word in words]
    usual = statistics.median(box.y1 - box.y0 for _, box in placed) if placed else 0.0
    large = [word for word in placed if word[1].y1 - word[1].y0 > _LARGE * usual]
    lines = [*_lines(large), *_lines([word for word in placed if word not in large])]
    runs = [run for line in lines for run in _runs(line)]
    found = [level for line in lines if (level := _field(line)) is not None]
    for run in runs:
        if run.box.y0 < page.height / 2 or run.height > _LARGE * usual:
            found.extend(_stamp(run, runs))
    return max(found, key=list(_LEVELS.values()).index, default=None)


def _field(line: list[_Placed]) -> Classification | None:
    value = _FIELD.search(" ".join(text for text, _ in line))
    return None if value is None else _LEVELS[re.sub(r"\s", "", value[1]).upper()]


def _stamp(run: _Run, runs: list[_Run]) -> Iterator[Classification]:
    level = _LEVELS.get(run.letters)
    if level is not Classification.MAT:
        if level is not None:
            yield level
        return
    above = [other for other in runs if other.is_right_above(run)]
    below = [other for other in runs if run.is_right_above(other)]
    if any(_letters(other.words[-1]) in _BEFORE for other in above):
        return
    if any(_letters(other.words[0]) in _AFTER for other in below):
        return
    yield level
    for other in above:
        if (whole := _LEVELS.get(f"{other.letters}MẬT")) is not None:
            yield whole


def _lines(placed: list[_Placed]) -> Iterator[list[_Placed]]:
    """The words by height, from left to right, whatever blocks they belong to."""
    line: list[_Placed] = []
    for text, box in sorted(placed, key=lambda word: word[1].y0 + word[1].y1):
        if line and not line[-1][1].y0 < (box.y0 + box.y1) / 2 < line[-1][1].y1:
            yield sorted(line, key=lambda word: word[1].x0)
            line = []
        line.append((text, box))
    if line:
        yield sorted(line, key=lambda word: word[1].x0)


def _runs(line: list[_Placed]) -> Iterator[_Run]:
    run: list[_Placed] = []
    for text, box in line:
        if run and box.x0 - run[-1][1].x1 > _GAP * (box.y1 - box.y0):
            yield _run(run)
            run = []
        run.append((text, box))
    if run:
        yield _run(run)


def _run(words: list[_Placed]) -> _Run:
    boxes = [box for _, box in words]
    around = Box(
        x0=min(box.x0 for box in boxes),
        y0=min(box.y0 for box in boxes),
        x1=max(box.x1 for box in boxes),
        y1=max(box.y1 for box in boxes),
    )
    return _Run(words=tuple(text for text, _ in words), box=around)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)
