"""Carries the notes of a pair over, and holds the outcomes against what is known; page and coordinates beside them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ecabinet.client.desk.carrying import crossing
from ecabinet.client.pages import Pages, Paper
from ecabinet.core.notes import Anchor, NoteKind, Point, Quad, Stroke
from ecabinet.core.notes.carrying import Carried, Crossing, Outcome
from ecabinet.core.notes.text import around
from tests.client.pages.samples import reader
from tests.notes.pairs import Pair, Wanted
from tests.notes.typesetting import Made, typeset

NEW = "b" * 64
OLD = "a" * 64
_SLACK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A note, what became of it, and whether that is right; `by_page`: whether page and coordinates would be right."""

    wanted: Wanted
    carried: Carried
    is_right_place: bool
    is_right_by_page: bool

    @property
    def is_wrong(self) -> bool:
        """It was placed without asking where it doesn't belong, or says something else than it did."""
        if self.carried.outcome is not Outcome.FOUND:
            return False
        return self.wanted.outcome is not Outcome.FOUND or not self.is_right_place


class Versions:
    """A pair, set and opened."""

    def __init__(self, pages: Pages, pair: Pair) -> None:
        self.old, self.new = typeset(pair.old, pair.old_style), typeset(pair.new, pair.new_style)
        self.way: Crossing = crossing(pages, _opened(pages, self.old), _opened(pages, self.new), NEW)
        self.before, self.after = self.way._old, self.way._new
        assert len(self.before.words) == sum(map(len, self.old.places.values()))
        assert len(self.after.words) == sum(map(len, self.new.places.values()))

    def judge(self, wanted: Wanted) -> Judged:
        anchor = self.anchor(wanted)
        carried = self.way.carry(wanted.kind, anchor)
        known = len(self.new.places.get(wanted.place[0], ())) >= wanted.place[2]
        return Judged(
            wanted=wanted,
            carried=carried,
            is_right_place=known and self._is_right(wanted, anchor, carried),
            is_right_by_page=self._is_right_by_page(wanted, anchor) if known else False,
        )

    def anchor(self, wanted: Wanted) -> Anchor:
        words = self.old.places[wanted.item][wanted.first : wanted.end]
        first, end = self.before.tokens_of(words[0]).start, self.before.tokens_of(words[-1]).stop
        if wanted.kind in (NoteKind.INK, NoteKind.BOX):
            return self._shape(wanted, words)
        pages = self.before.quads(first, end)
        said = [word.text for word in self.before.words]
        return Anchor(
            digest=OLD,
            page=pages[0][0],
            quads=pages[0][1],
            overleaf=pages[1][1] if len(pages) > 1 else (),
            strokes=(),
            quote=" ".join(said[words[0] : words[-1] + 1]),
            before=" ".join(said[max(words[0] - 48, 0) : words[0]])[-48:],
            after=" ".join(said[words[-1] + 1 : words[-1] + 49])[:48],
            section=(),
        )

    def _shape(self, wanted: Wanted, words: Sequence[int]) -> Anchor:
        box = around([self.before.words[word].box for word in words])
        frame = Quad(x0=box.x0 - 300, y0=box.y0 - 300, x1=box.x1 + 300, y1=box.y1 + 300)
        if wanted.offset is not None:
            right, down = (round(each * 100) for each in wanted.offset)
            frame = Quad(x0=box.x0 + right, y0=box.y1 - down - 1800, x1=box.x0 + right + 2000, y1=box.y1 - down)
        corners = ((frame.x0, frame.y0), (frame.x1, frame.y1), (frame.x0, frame.y1), (frame.x1, frame.y0))
        points = tuple(Point(x=x, y=y, pressure=500) for x, y in corners)
        strokes = (Stroke(points=points, width=150),) if wanted.kind is NoteKind.INK else ()
        page = self.before.page_of(self.before.tokens_of(words[0]).start)
        return Anchor(digest=OLD, page=page, quads=(frame,), strokes=strokes, quote="", before="", after="", section=())

    def _target(self, wanted: Wanted) -> list[tuple[int, tuple[Quad, ...]]]:
        item, first, end = wanted.place
        words = self.new.places[item][first:end]
        return self.after.quads(self.after.tokens_of(words[0]).start, self.after.tokens_of(words[-1]).stop)

    def _is_right(self, wanted: Wanted, anchor: Anchor, carried: Carried) -> bool:
        if carried.anchor is None:
            return False
        pages = self._target(wanted)
        if wanted.kind in (NoteKind.INK, NoteKind.BOX):
            return _is_near(self._moved(wanted, anchor, pages), (carried.anchor.page, carried.anchor.quads[0]))
        overleaf = pages[1][1] if len(pages) > 1 else ()
        return (carried.anchor.page, carried.anchor.quads, carried.anchor.overleaf) == (*pages[0], overleaf)

    def _moved(self, wanted: Wanted, anchor: Anchor, pages: Sequence[tuple[int, tuple[Quad, ...]]]) -> tuple[int, Quad]:
        words = self.old.places[wanted.item][wanted.first : wanted.end]
        was, now = around([self.before.words[words[0]].box]), pages[0][1][0]
        across, up = now.x0 - was.x0, now.y1 - was.y1
        frame = anchor.quads[0]
        return pages[0][0], Quad(x0=frame.x0 + across, y0=frame.y0 + up, x1=frame.x1 + across, y1=frame.y1 + up)

    def _is_right_by_page(self, wanted: Wanted, anchor: Anchor) -> bool:
        """Whether the place with the same number and coordinates has the words that the note belongs to."""
        pages = self._target(wanted)
        if wanted.kind in (NoteKind.INK, NoteKind.BOX):
            return _is_near(self._moved(wanted, anchor, pages), (anchor.page, anchor.quads[0]))
        item, first, end = wanted.place
        return self.after.under(anchor.page, anchor.quads) + self.after.under(anchor.page + 1, anchor.overleaf) == list(
            self.new.places[item][first:end]
        )


def told(name: str, judged: Sequence[Judged]) -> str:
    """A line of the table."""
    outcomes = Counter(each.carried.outcome for each in judged)
    placeable = [each for each in judged if each.wanted.outcome is Outcome.FOUND]
    found = sum(1 for each in placeable if each.carried.outcome is Outcome.FOUND and each.is_right_place)
    by_page = sum(1 for each in placeable if each.is_right_by_page)
    wrong = sum(1 for each in judged if each.is_wrong)
    counts = "".join(f"{outcomes[each]:>8}" for each in Outcome)
    wrong_by_page = len(judged) - by_page
    return f"{name:<38}{len(judged):>6}{counts}{len(placeable):>11}{found:>7}{wrong:>7}{by_page:>10}{wrong_by_page:>10}"


HEAD = (
    f"{'pair':<38}{'notes':>6}{'found':>8}{'check':>8}{'left':>8}{'placeable':>11}{'right':>7}{'wrong':>7}"
    f"{'by page':>10}{'wrong':>10}"
)


def _opened(pages: Pages, made: Made) -> Paper:
    return pages.open(len(made.content), reader(made.content))


def _is_near(one: tuple[int, Quad], other: tuple[int, Quad]) -> bool:
    sides = ((one[1].x0, other[1].x0), (one[1].y0, other[1].y0), (one[1].x1, other[1].x1), (one[1].y1, other[1].y1))
    return one[0] == other[0] and all(abs(a - b) <= _SLACK for a, b in sides)
