"""What becomes of a note when its paper has a new version: found, check me, or left behind.

A note on words is found only where a place fits well, fits clearly better than the next, and says the same: no figure,
date or negation may have changed in it or beside it. Ink and boxes go with the words they stand on or by; where there
are none, with the picture. What is not certain is shown to the reader beside its old place, and what has no place is
kept on the old version. Nothing is placed by page and coordinates alone.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from ecabinet.core.codec import Digest
from ecabinet.core.notes.alignment import NOWHERE
from ecabinet.core.notes.passages import Finder, Passage, Place, compare, quoted
from ecabinet.core.notes.pictures import Look, Version, is_blank, likeness
from ecabinet.core.notes.records import Anchor, NoteKind
from ecabinet.core.notes.shapes import Shift, framed, grown, moved, shift_of
from ecabinet.core.notes.text import Keys, Text, figures, joined, keys_of, negations

SCORE, MARGIN = 0.80, 0.10
"""The least score, and the least lead over the runner-up, at which a note is found without asking."""
_WORTH_SHOWING = 0.5
_BESIDE = 3
"""Tokens on either side of a quote in which a negation turns its meaning."""
_CONTEXT_LETTERS = 48
_SAME_PICTURE, _SIMILAR_PICTURE = 0.85, 0.5
_PICTURE_MARGIN = 0.05
_PAGES_LOOKED_AT = 64
_SAME_PAGE, _LIKE_PAGE = 0.5, 0.2
"""The share of a page's words that must stand on a page of the new version."""
_WORTH_MOVING = 0.25
"""Of the words of a shape, how many must be there: a few of them, strewn over a page, would stretch it beyond that."""
_SUPPORTED = 0.8


class Outcome(StrEnum):
    """What becomes of a note."""

    FOUND = "found"
    CHECK = "check me"
    LEFT_BEHIND = "left behind"


class Reason(StrEnum):
    """Why."""

    SAME_WORDS = "same_words"
    SAME_BUT_FOR_SPELLING = "same_but_for_spelling"
    SAME_PICTURE = "same_picture"
    SAME_PAGE = "same_page"
    FIGURES_CHANGED = "figures_changed"
    NEGATION_CHANGED = "negation_changed"
    WORDS_CHANGED = "words_changed"
    SURROUNDINGS_CHANGED = "surroundings_changed"
    SEVERAL_PLACES = "several_places"
    PICTURE_CHANGED = "picture_changed"
    PAGE_CHANGED = "page_changed"
    WORDS_GONE = "words_gone"
    PICTURE_GONE = "picture_gone"
    PAGE_GONE = "page_gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """The outcome for one note. `score` and `margin`, the lead over the runner-up, are in 0 to 1."""

    outcome: Outcome
    reason: Reason
    anchor: Anchor | None
    """Where it stands in the new version, or may stand; None when left behind."""
    score: float
    margin: float


class Crossing:
    """The way from one version of a paper to another. Made once, it carries any number of notes."""

    def __init__(
        self, old: Text, new: Text, *, digest: Digest, look: Look = lambda _version, _page, _frame: None
    ) -> None:
        """`digest` is the new version's; `look` gives the pictures of pieces of either version, where there are any."""
        self._old, self._new, self._digest, self._look = old, new, digest, look
        self._finder = Finder(old, new)

    def carry(self, kind: NoteKind, anchor: Anchor) -> Carried:
        """What becomes of a note with this anchor in the old version."""
        if not anchor.quads:
            return self._carry_page(anchor)
        if kind in (NoteKind.INK, NoteKind.BOX):
            return self._carry_shape(anchor)
        passage = self._passage(anchor)
        return self._carry_shape(anchor) if passage is None else self._carry_words(anchor, passage)

    # ------------------------------------------------------------ words

    def _passage(self, anchor: Anchor) -> Passage | None:
        """The words of the note where it stands; else those it quotes, wherever they were; None for no words at all."""
        words = self._old.under(anchor.page, anchor.quads) + self._old.under(anchor.page + 1, anchor.overleaf)
        wanted = keys_of(anchor.quote)
        if words:
            first, end = self._old.tokens_of(words[0]).start, self._old.tokens_of(words[-1]).stop
            if first < end and (not wanted or joined(wanted) == joined(self._old.keys[first:end])):
                return self._finder.passage(first, end, anchor.section)
        if not wanted:
            return None
        first, end = self._old.on_page(anchor.page)
        begins = [each for each in self._old.occurrences(wanted, 100) if first <= each < end]
        if len(begins) == 1:
            return self._finder.passage(begins[0], begins[0] + len(wanted), anchor.section)
        return quoted(anchor.quote, anchor.before, anchor.after, anchor.section)

    def _carry_words(self, anchor: Anchor, passage: Passage) -> Carried:
        places = self._finder.places(passage)
        if not places or not _is_worth_showing(places[0]):
            return _left(Reason.WORDS_GONE, places[0].score if places else 0.0)
        best = places[0]
        margin = best.score - (places[1].score if len(places) > 1 else 0.0)
        reason = self._doubt(passage, best, margin)
        return Carried(
            outcome=Outcome.FOUND if reason in _FOUND else Outcome.CHECK,
            reason=reason,
            anchor=self._anchor_at(anchor, best.first, best.end),
            score=best.score,
            margin=margin,
        )

    def _doubt(self, passage: Passage, best: Place, margin: float) -> Reason:
        """What speaks against placing the note without asking, the weightiest first; else why it may be."""
        said = self._new.keys[best.first : best.end]
        if figures(said) != figures(passage.keys):
            return Reason.FIGURES_CHANGED
        around = _beside(self._new.keys, best.first, best.end)
        was_around = passage.before[-_BESIDE:], passage.after[:_BESIDE]
        is_known = passage.old is not None  # what stood beside a mere quote may be unknown
        if negations(said) != negations(passage.keys) or any(
            (was or is_known) and negations(now) != negations(was) for was, now in zip(was_around, around, strict=True)
        ):
            return Reason.NEGATION_CHANGED
        if not best.words.is_spelling:
            return Reason.WORDS_CHANGED
        if margin < MARGIN:
            return Reason.SEVERAL_PLACES
        if best.score < SCORE:
            return Reason.SURROUNDINGS_CHANGED
        return Reason.SAME_WORDS if best.words.is_same else Reason.SAME_BUT_FOR_SPELLING

    def _anchor_at(self, anchor: Anchor, first: int, end: int) -> Anchor:
        pages = self._new.quads(first, end)
        page = pages[0][0]
        overleaf = dict(pages).get(page + 1, ())
        keys = len(self._new.keys)
        return Anchor(
            digest=self._digest,
            page=page,
            quads=pages[0][1],
            overleaf=overleaf,
            strokes=(),
            quote=self._new.said(first, end) if anchor.quote else "",
            before=self._new.said(max(first - _CONTEXT_LETTERS, 0), first)[-_CONTEXT_LETTERS:],
            after=self._new.said(end, min(end + _CONTEXT_LETTERS, keys))[:_CONTEXT_LETTERS],
            section=self._new.section(first),
        )

    # ------------------------------------------------------------ pages

    def _carry_page(self, anchor: Anchor) -> Carried:
        """A bookmark, or a note on a whole page, goes where most of the page's words went."""
        first, end = self._old.on_page(anchor.page)
        if first == end:
            return self._carry_picture(anchor)
        forward = self._finder.alignment.forward
        pages = Counter(self._new.page_of(forward[each]) for each in range(first, end) if forward[each] != NOWHERE)
        ranked = [(count / (end - first), page) for page, count in pages.most_common(2)]
        if not ranked or ranked[0][0] < _LIKE_PAGE:
            return _left(Reason.PAGE_GONE, ranked[0][0] if ranked else 0.0)
        share, page = ranked[0]
        margin = share - (ranked[1][0] if len(ranked) > 1 else 0.0)
        is_same = share >= _SAME_PAGE and margin >= MARGIN
        return Carried(
            outcome=Outcome.FOUND if is_same else Outcome.CHECK,
            reason=Reason.SAME_PAGE if is_same else Reason.PAGE_CHANGED,
            anchor=replace(
                anchor, digest=self._digest, page=page, section=self._new.section(self._new.on_page(page)[0])
            ),
            score=share,
            margin=margin,
        )

    # ------------------------------------------------------------ ink and boxes

    def _carry_shape(self, anchor: Anchor) -> Carried:
        shift = self._shift(anchor)
        if shift is None:
            return self._carry_picture(anchor)
        if shift.share < _WORTH_MOVING:
            return _left(Reason.WORDS_GONE, shift.share)
        placed = moved(anchor, shift, self._digest)
        reason = self._doubt_shape(anchor, placed, shift)
        if shift.is_standing and anchor.quote:
            placed = replace(placed, quote=self._new.said(*shift.new))
        return Carried(
            outcome=Outcome.FOUND if reason in _FOUND else Outcome.CHECK,
            reason=reason,
            anchor=replace(placed, section=self._new.section(shift.new[0])),
            score=shift.share,
            margin=shift.share - shift.runner_up,
        )

    def _shift(self, anchor: Anchor) -> Shift | None:
        """How the words moved that the shape stands on, or stands by; None where they have gone or never were."""
        words, is_standing = framed(self._old, anchor.page, anchor.quads)
        if not words:
            return None
        forward = self._finder.alignment.forward
        shift = shift_of(self._old, self._new, words, forward, is_standing=is_standing)
        is_supported = shift is not None and shift.share >= _SUPPORTED
        if is_supported and self._is_sure(words):
            return shift
        # Too many of them have no partner, or one among several that are alike: look the words up as a passage.
        first, end = self._old.tokens_of(words[0]).start, self._old.tokens_of(words[-1]).stop
        places = self._finder.places(self._finder.passage(first, end)) if first < end else []
        if shift is not None and is_supported:
            others = [each.score for each in places if not (each.first < shift.new[1] and shift.new[0] < each.end)]
            own = [each.score for each in places if each.first < shift.new[1] and shift.new[0] < each.end]
            return replace(shift, share=min(shift.share, max(own, default=0.0)), runner_up=max(others, default=0.0))
        if places and places[0].words.is_same and places[0].end - places[0].first == end - first:
            found = list(forward)
            found[first:end] = range(places[0].first, places[0].end)
            runner_up = places[1].score if len(places) > 1 else 0.0
            looked_up = shift_of(self._old, self._new, words, found, is_standing=is_standing)
            return None if looked_up is None else replace(looked_up, share=places[0].score, runner_up=runner_up)
        return shift

    def _is_sure(self, words: Sequence[int]) -> bool:
        """Whether half of the tokens of these words surely have the partners that they have."""
        tokens = [token for word in words for token in self._old.tokens_of(word)]
        return 2 * sum(self._finder.alignment.is_sure[token] for token in tokens) >= len(tokens)

    def _doubt_shape(self, anchor: Anchor, placed: Anchor, shift: Shift) -> Reason:
        was = self._old.keys[slice(*shift.old)]
        now = self._new.keys[slice(*shift.new)]
        if shift.is_standing and (changed := _changed(was, now)) is not None:
            return changed
        besides = zip(_beside(self._old.keys, *shift.old), _beside(self._new.keys, *shift.new), strict=True)
        if shift.is_standing and any(negations(one) != negations(other) for one, other in besides):
            return Reason.NEGATION_CHANGED
        if shift.share - shift.runner_up < MARGIN:
            return Reason.SEVERAL_PLACES
        if shift.share < SCORE or not shift.is_together:
            return Reason.SURROUNDINGS_CHANGED
        alike = self._alike(anchor, placed)
        wanted = _SAME_PICTURE if not shift.is_standing else _SIMILAR_PICTURE if shift.is_rigid else 0.0
        if (alike is None and not shift.is_standing) or (alike is not None and alike < wanted):
            return Reason.PICTURE_CHANGED
        return Reason.SAME_WORDS if shift.is_standing else Reason.SAME_PICTURE

    def _alike(self, anchor: Anchor, placed: Anchor) -> float | None:
        """How alike what is under the shape is, and a little around it; None where it can't be seen."""
        one = self._look(Version.OLD, anchor.page, grown(anchor.quads))
        other = self._look(Version.NEW, placed.page, grown(placed.quads))
        return None if one is None or other is None else likeness(one, other)

    def _carry_picture(self, anchor: Anchor) -> Carried:
        """On a page without words near: to the page that looks the same, and there to the same place."""
        page = self._look(Version.OLD, anchor.page, None)
        if page is None or is_blank(page):
            return self._kept_on_page(anchor)
        reach = sorted(range(len(self._new.pages)), key=lambda each: (abs(each - anchor.page), each))[:_PAGES_LOOKED_AT]
        ranked: list[tuple[float, int]] = []
        for each in reach:
            there = self._look(Version.NEW, each, None)
            if there is not None:
                ranked.append((likeness(page, there), each))
        ranked.sort(key=lambda each: -each[0])
        if not ranked or ranked[0][0] < _SIMILAR_PICTURE:
            return _left(Reason.PICTURE_GONE, ranked[0][0] if ranked else 0.0)
        score, best = ranked[0]
        margin = score - (ranked[1][0] if len(ranked) > 1 else 0.0)
        placed = replace(anchor, digest=self._digest, page=best)
        alike = self._alike(anchor, placed) if anchor.quads else 1.0
        reason = (
            Reason.SEVERAL_PLACES
            if margin < _PICTURE_MARGIN
            else Reason.SAME_PICTURE
            if score >= _SAME_PICTURE and alike is not None and alike >= _SAME_PICTURE
            else Reason.PICTURE_CHANGED
        )
        outcome = Outcome.FOUND if reason in _FOUND else Outcome.CHECK
        return Carried(outcome=outcome, reason=reason, anchor=placed, score=score, margin=margin)

    def _kept_on_page(self, anchor: Anchor) -> Carried:
        """Nothing to go by but the page's number: shown, never placed."""
        if anchor.page >= len(self._new.pages):
            return _left(Reason.PAGE_GONE, 0.0)
        placed = replace(anchor, digest=self._digest)
        return Carried(outcome=Outcome.CHECK, reason=Reason.PAGE_CHANGED, anchor=placed, score=0.0, margin=0.0)


_FOUND = frozenset({Reason.SAME_WORDS, Reason.SAME_BUT_FOR_SPELLING, Reason.SAME_PICTURE, Reason.SAME_PAGE})


def _is_worth_showing(place: Place) -> bool:
    is_in_place = place.is_by_diff and place.context >= _WORTH_SHOWING
    return place.words.share >= _WORTH_SHOWING or is_in_place


def _beside(keys: Keys, first: int, end: int) -> tuple[Keys, Keys]:
    """The tokens right before and right after a range."""
    return keys[max(first - _BESIDE, 0) : first], keys[end : end + _BESIDE]


def _changed(was: Keys, now: Keys) -> Reason | None:
    """What of the words has changed, the weightiest first."""
    if figures(was) != figures(now):
        return Reason.FIGURES_CHANGED
    if negations(was) != negations(now):
        return Reason.NEGATION_CHANGED
    return None if compare(was, now).is_spelling else Reason.WORDS_CHANGED


def _left(reason: Reason, score: float) -> Carried:
    return Carried(outcome=Outcome.LEFT_BEHIND, reason=reason, anchor=None, score=score, margin=0.0)
