"""Ink and boxes: which words they go with, and how these have moved."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ecabinet.core.codec import Digest
from ecabinet.core.notes.alignment import NOWHERE
from ecabinet.core.notes.records import Anchor, Quad
from ecabinet.core.notes.text import Text, around

_NEAR = 7_200
"""Hundredths of a point from a shape at which words still go with it."""
_NEARLY_AS_NEAR = 600
_RIM = 600
"""Of the page around a shape, what is compared with it."""
_STRETCH = 1.25
_EXACT = 0.02
_SLACK = 150
"""Hundredths of a point by which words that moved together may part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How words moved: from the box around them to another, on another page perhaps."""

    page: int
    source: Quad
    target: Quad
    old: tuple[int, int]
    new: tuple[int, int]
    """The ranges of their tokens."""
    share: float
    """Of the words, those that are all there on the one page."""
    runner_up: float
    is_standing: bool
    """The shape stands on the words, not beside them."""
    is_together: bool
    """They stand to one another as they did, perhaps in another size."""
    is_rigid: bool
    """In the same size too."""


def framed(text: Text, page: int, quads: Sequence[Quad]) -> tuple[list[int], bool]:
    """The words a shape stands on; else those nearest to it, and False."""
    inside = text.under(page, quads)
    if inside:
        return inside, True
    frame = bounds(quads)
    distances = {word: _distance(frame, around([text.words[word].box])) for word in text.words_on(page)}
    least = min(distances.values(), default=_NEAR)
    if least >= _NEAR:
        return [], False
    return [word for word, distance in distances.items() if distance <= least + _NEARLY_AS_NEAR], False


def shift_of(old: Text, new: Text, words: Sequence[int], forward: Sequence[int], *, is_standing: bool) -> Shift | None:
    """How words moved by `forward`, which gives each token's partner; None when none is there any more."""
    partners: dict[int, int] = {}
    for word in words:
        tokens = old.tokens_of(word)
        if tokens and all(forward[token] != NOWHERE for token in tokens):
            partners[word] = new.word_of(forward[tokens.start])
    counted = [word for word in words if old.tokens_of(word)]
    pages = Counter(new.page_of(new.tokens_of(each).start) for each in partners.values())
    if not pages:
        return None
    page, count = pages.most_common(1)[0]
    kept = [(a, b) for a, b in partners.items() if new.page_of(new.tokens_of(b).start) == page]
    source = around([old.words[a].box for a, _ in kept])
    target = around([new.words[b].box for _, b in kept])
    across, up = (
        _ratio(source.x1 - source.x0, target.x1 - target.x0),
        _ratio(source.y1 - source.y0, target.y1 - target.y0),
    )
    is_together = all(1 / _STRETCH <= each <= _STRETCH for each in (across, up)) and all(
        _is_carried(around([old.words[a].box]), around([new.words[b].box]), source, target) for a, b in kept
    )
    news = sorted(b for _, b in kept)
    return Shift(
        page=page,
        source=source,
        target=target,
        old=(old.tokens_of(counted[0]).start, old.tokens_of(counted[-1]).stop),
        new=_range(old, new, counted, forward, news),
        share=count / len(counted),
        runner_up=0.0,
        is_standing=is_standing,
        is_together=is_together,
        is_rigid=is_together and max(abs(across - 1), abs(up - 1)) < _EXACT,
    )


def _range(old: Text, new: Text, words: Sequence[int], forward: Sequence[int], news: Sequence[int]) -> tuple[int, int]:
    """All that now stands from the first to the last of the words, or between their neighbours if these are known."""
    first, end = new.tokens_of(news[0]).start, new.tokens_of(news[-1]).stop
    old_first, old_end = old.tokens_of(words[0]).start, old.tokens_of(words[-1]).stop
    if forward[old_first] == NOWHERE and old_first and 0 <= forward[old_first - 1] < first:
        first = forward[old_first - 1] + 1
    if forward[old_end - 1] == NOWHERE and old_end < len(forward) and forward[old_end] >= end:
        end = forward[old_end]
    return first, end


def moved(anchor: Anchor, shift: Shift, digest: Digest) -> Anchor:
    """The shape moved with its words, and stretched with them where they kept together."""
    source, target = shift.source, shift.target
    across = _ratio(source.x1 - source.x0, target.x1 - target.x0) if shift.is_together and not shift.is_rigid else 1.0
    up = _ratio(source.y1 - source.y0, target.y1 - target.y0) if shift.is_together and not shift.is_rigid else 1.0

    def right(x: int) -> int:
        return round(target.x0 + (x - source.x0) * across)

    def high(y: int) -> int:
        return round(target.y1 + (y - source.y1) * up)

    def whole(quad: Quad) -> Quad:
        return Quad(x0=right(quad.x0), y0=high(quad.y0), x1=right(quad.x1), y1=high(quad.y1))

    strokes = tuple(
        replace(stroke, points=tuple(replace(p, x=right(p.x), y=high(p.y)) for p in stroke.points))
        for stroke in anchor.strokes
    )
    quads = tuple(map(whole, anchor.quads))
    if shift.is_standing and not shift.is_together and not strokes:
        quads = (_reframed(bounds(anchor.quads), source, target),)
    return replace(anchor, digest=digest, page=shift.page, quads=quads, strokes=strokes, overleaf=())


def drawn_at(anchor: Anchor, place: Anchor) -> Anchor:
    """`place` with the strokes of `anchor`, which begin where it begins."""
    if not anchor.strokes or not place.quads:
        return place
    was, now = bounds(anchor.quads), bounds(place.quads)
    across, up = now.x0 - was.x0, now.y1 - was.y1
    strokes = tuple(
        replace(stroke, points=tuple(replace(p, x=p.x + across, y=p.y + up) for p in stroke.points))
        for stroke in anchor.strokes
    )
    frame = Quad(x0=was.x0 + across, y0=was.y0 + up, x1=was.x1 + across, y1=was.y1 + up)
    return replace(place, quads=(frame,), strokes=strokes, overleaf=())


def bounds(quads: Sequence[Quad]) -> Quad:
    """The box around all of them."""
    return Quad(
        x0=min(each.x0 for each in quads),
        y0=min(each.y0 for each in quads),
        x1=max(each.x1 for each in quads),
        y1=max(each.y1 for each in quads),
    )


def grown(quads: Sequence[Quad]) -> Quad:
    """The box around all of them and a rim."""
    frame = bounds(quads)
    return Quad(x0=frame.x0 - _RIM, y0=frame.y0 - _RIM, x1=frame.x1 + _RIM, y1=frame.y1 + _RIM)


def _reframed(frame: Quad, source: Quad, target: Quad) -> Quad:
    """A frame that keeps its distance from words that were broken into other lines."""
    return Quad(
        x0=target.x0 + frame.x0 - source.x0,
        y0=target.y0 + frame.y0 - source.y0,
        x1=target.x1 + frame.x1 - source.x1,
        y1=target.y1 + frame.y1 - source.y1,
    )


def _is_carried(old: Quad, new: Quad, source: Quad, target: Quad) -> bool:
    """Whether a word stands in `target` where it stood in `source`, the sizes of both allowed for."""
    across, up = (
        _ratio(source.x1 - source.x0, target.x1 - target.x0),
        _ratio(source.y1 - source.y0, target.y1 - target.y0),
    )
    aside = target.x0 + ((old.x0 + old.x1) / 2 - source.x0) * across - (new.x0 + new.x1) / 2
    above = target.y0 + ((old.y0 + old.y1) / 2 - source.y0) * up - (new.y0 + new.y1) / 2
    slack = max(_SLACK, (new.x1 - new.x0) // 2)
    return abs(aside) <= slack and abs(above) <= max(_SLACK, (new.y1 - new.y0) // 2)


def _ratio(old: int, new: int) -> float:
    return new / old if old > 0 else 1.0


def _distance(one: Quad, other: Quad) -> int:
    across = max(one.x0 - other.x1, other.x0 - one.x1, 0)
    up = max(one.y0 - other.y1, other.y0 - one.y1, 0)
    return max(across, up)
