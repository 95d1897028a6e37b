"""Which words a person has picked on a page, by mouse or by keys, and the boxes that show it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ecabinet.client.pages import Box, Word

CONTEXT = 48
"""Characters of the text before and after a quote that are kept with it."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Words `first` to `last`, both included, of one page, in reading order; `anchor` is where the picking began."""

    page: int
    words: Sequence[Word]
    anchor: int
    head: int

    @property
    def first(self) -> int:
        return min(self.anchor, self.head)

    @property
    def last(self) -> int:
        return max(self.anchor, self.head)

    def to(self, head: int) -> "Selection":
        """The same, picked up to another word."""
        return replace(self, head=min(max(head, 0), len(self.words) - 1))

    def by_line(self, step: int) -> "Selection":
        """Picked up to the word nearest below (1) or above (-1)."""
        here = self.words[self.head]
        lines = [(word.block, word.line) for word in self.words]
        others = [
            place for place, line in enumerate(lines) if line != lines[self.head] and (place - self.head) * step > 0
        ]
        if not others:
            return self.to(len(self.words) - 1 if step > 0 else 0)
        target = lines[others[0] if step > 0 else others[-1]]
        candidates = [place for place, line in enumerate(lines) if line == target]
        return self.to(min(candidates, key=lambda place: abs(self.words[place].box.x0 - here.box.x0)))

    @property
    def quote(self) -> str:
        return " ".join(word.text for word in self.words[self.first : self.last + 1])

    @property
    def before(self) -> str:
        """The end of the text before the quote."""
        return " ".join(word.text for word in self.words[max(self.first - CONTEXT, 0) : self.first])[-CONTEXT:]

    @property
    def after(self) -> str:
        """The beginning of the text after the quote."""
        return " ".join(word.text for word in self.words[self.last + 1 : self.last + 1 + CONTEXT])[:CONTEXT]

    def boxes(self) -> list[Box]:
        """One box a line, in PDF space."""
        return boxes_by_line(self.words[self.first : self.last + 1])


def boxes_by_line(words: Sequence[Word]) -> list[Box]:
    """One box around the words that follow each other on a line, in PDF space."""
    return [_around([word.box for word in line]) for _, line in groupby(words, lambda word: (word.block, word.line))]


def word_at(words: Sequence[Word], x: float, y: float) -> int | None:
    """The word under a point in PDF space, or the nearest on its line; None where there is no line near."""
    on_line = [
        (max(word.box.x0 - x, x - word.box.x1, 0.0), place)
        for place, word in enumerate(words)
        if word.box.y0 <= y <= word.box.y1
    ]
    return min(on_line)[1] if on_line else None


def _around(boxes: Sequence[Box]) -> Box:
    return Box(
        x0=min(box.x0 for box in boxes),
        y0=min(box.y0 for box in boxes),
        x1=max(box.x1 for box in boxes),
        y1=max(box.y1 for box in boxes),
    )
