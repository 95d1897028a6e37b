"""Where a passage of the old text may stand in the new one, and how well each place fits.

The diff of the two texts proposes first; where it has no partner for the passage, the places with the same words do,
and then those with many of its words. A place that surely belongs to another passage of the old text is none: so a
sentence that was deleted does not land on its twin.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import pairwise
from math import ceil

from ecabinet.core.notes.alignment import NOWHERE, Alignment
from ecabinet.core.notes.text import FIGURES, NEGATIONS, Keys, Text, joined, keys_of

CONTEXT = 12
"""Tokens on either side that a place is judged by."""
QUOTE_WEIGHT, CONTEXT_WEIGHT, PLACE_WEIGHT = 0.55, 0.30, 0.15
_IN_SECTION, _BY_DIFF = 0.6, 0.3
"""What it is worth, of a place that is sure, that the section is the same, or that the diff proposes it."""
_OTHER_CASE = 0.98
_ALIKE = 0.6
_OCCURRENCES = 400
_JUDGED = 24
_GUESSES = 3
_TELLING = 3
"""Words of a heading that tell it from others without its number."""
_LONGEST = 400
"""Tokens of a passage that are compared one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What is looked for: tokens, those before and after, and where they were, if that is known."""

    keys: Keys
    before: Keys
    after: Keys
    section: tuple[str, ...]
    said: str
    old: tuple[int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """How the words of a place compare with the passage's: `share` of 1, and whether spelling alone differs."""

    share: float
    is_same: bool
    is_spelling: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A range of the new text and how well the passage fits it."""

    first: int
    end: int
    words: Likeness
    context: float
    score: float
    is_by_diff: bool
    is_between_neighbours: bool
    """The tokens right before and after are surely those that stood around the passage."""


class Finder:
    """Looks passages of `old` up in `new`."""

    def __init__(self, old: Text, new: Text) -> None:
        self.old, self.new = old, new
        self.alignment = Alignment(old.keys, new.keys)

    def passage(self, first: int, end: int, section: tuple[str, ...] = ()) -> Passage:
        """A range of the old text."""
        keys = self.old.keys
        return Passage(
            keys=keys[first:end],
            before=keys[max(first - CONTEXT, 0) : first],
            after=keys[end : end + CONTEXT],
            section=section or self.old.section(first),
            said=self.old.said(first, end),
            old=(first, end),
        )

    def places(self, passage: Passage) -> list[Place]:
        """The places that may be the passage's, the best first."""
        proposed = self._by_diff(passage)
        found = {} if proposed is None else {(proposed.first, proposed.end): proposed}
        if proposed is None or not (proposed.words.is_same and proposed.is_between_neighbours):
            for first, end in self._by_words(passage) or self._by_pairs(passage):
                if (first, end) not in found:
                    found[first, end] = self._judge(passage, first, end)
        ranked = sorted(found.values(), key=lambda place: (-place.score, not place.is_by_diff, place.first))
        return [place for place in ranked if not _is_over(place, ranked[0])] if ranked else []

    # ------------------------------------------------------------ proposals

    def _by_diff(self, passage: Passage) -> Place | None:
        """From the partners of the passage's tokens; where it has none, all that now stands between its neighbours."""
        if passage.old is None:
            return None
        (first, end), forward = passage.old, self.alignment.forward
        reach = 2 * (end - first) + 6
        before = forward[first - 1] if first else NOWHERE
        after = forward[end] if end < len(forward) else NOWHERE
        pairs = [(each, forward[each]) for each in range(first, end) if forward[each] != NOWHERE]
        if pairs:
            middle = sorted(new - old for old, new in pairs)[len(pairs) // 2]
            near = [(old, new) for old, new in pairs if abs(new - old - middle) <= reach]
            (head_old, head), (tail_old, tail) = near[0], near[-1]
            begin, stop = head - (head_old - first), tail + (end - tail_old)
            if head_old > first and before != NOWHERE and 0 < head - before <= reach:
                begin = before + 1
            if tail_old < end - 1 and 0 < after - tail <= reach:
                stop = after
        elif before != NOWHERE and 0 < after - before - 1 <= reach:
            begin, stop = before + 1, after
        else:
            return None
        begin, stop = max(begin, 0), min(stop, len(self.new.keys))
        return self._judge(passage, begin, stop, is_by_diff=True) if begin < stop else None

    def _by_words(self, passage: Passage) -> list[tuple[int, int]]:
        """Places with just the passage's words, those first whose neighbours are the passage's too."""
        count, keys = len(passage.keys), self.new.keys
        begins = self.new.occurrences(passage.keys, _OCCURRENCES)
        free = [(each, each + count) for each in begins if not self._is_anothers(passage, each, each + count)]
        if len(free) > _JUDGED:
            before, after = passage.before[-1:], passage.after[:1]
            free.sort(
                key=lambda each: (
                    -(keys[max(each[0] - 1, 0) : each[0]] == before) - (keys[each[1] : each[1] + 1] == after)
                )
            )
        return free[:_JUDGED]

    def _by_pairs(self, passage: Passage) -> list[tuple[int, int]]:
        """Places in what is new where many pairs of the passage's tokens stand in its order."""
        votes: Counter[int] = Counter()
        keys = passage.keys[:_LONGEST]
        for offset, pair in enumerate(pairwise(keys)):
            for place in self._new_pairs.get(pair, ())[:_OCCURRENCES]:
                votes[place - offset] += 1
        gathered = {diagonal: sum(votes[near] for near in range(diagonal - 3, diagonal + 4)) for diagonal in votes}
        best = sorted(gathered, key=lambda each: (-gathered[each], -votes[each], each))[: 4 * _GUESSES]
        wanted = max(2, len(keys) // 3)
        guesses: list[tuple[int, int]] = []
        for diagonal in best:
            if gathered[diagonal] >= wanted and all(abs(diagonal - first) > len(keys) // 2 for first, _ in guesses):
                first = max(diagonal, 0)
                guesses.append((first, min(first + len(passage.keys), len(self.new.keys))))
        return [each for each in guesses[:_GUESSES] if not self._is_anothers(passage, *each)]

    @cached_property
    def _new_pairs(self) -> dict[tuple[str, str], list[int]]:
        keys, back = self.new.keys, self.alignment.back
        found: dict[tuple[str, str], list[int]] = {}
        for place in range(len(keys) - 1):
            if back[place] == NOWHERE or back[place + 1] == NOWHERE:
                found.setdefault((keys[place], keys[place + 1]), []).append(place)
        return found

    # ------------------------------------------------------------ judgement

    def _is_anothers(self, passage: Passage, first: int, end: int) -> bool:
        """Whether most of a place is surely another passage of the old text."""
        if passage.old is None:
            return False
        own = range(*passage.old)
        back, is_sure = self.alignment.back, self.alignment.is_sure
        others = sum(1 for each in back[first:end] if each != NOWHERE and is_sure[each] and each not in own)
        return 2 * others > end - first

    def _judge(self, passage: Passage, first: int, end: int, *, is_by_diff: bool = False) -> Place:
        words = compare(passage.keys, self.new.keys[first:end])
        share = words.share
        if words.is_same and not _same_case(passage.said, self.new.said(first, end)):
            share *= _OTHER_CASE
        is_between = is_by_diff and self._is_between_neighbours(passage, first, end)
        context = self._context(passage, first, end, unknown=1.0 if is_between else 0.5)
        place = 1.0 if is_between else _BY_DIFF if is_by_diff else 0.0
        if passage.section and _same_section(passage.section, self.new.section(first)):
            place = max(place, _IN_SECTION)
        return Place(
            first=first,
            end=end,
            words=words,
            context=context,
            score=QUOTE_WEIGHT * share + CONTEXT_WEIGHT * context + PLACE_WEIGHT * place,
            is_by_diff=is_by_diff,
            is_between_neighbours=is_between,
        )

    def _is_between_neighbours(self, passage: Passage, first: int, end: int) -> bool:
        if passage.old is None:
            return False
        old_first, old_end = passage.old
        is_begun = self._is_pair(old_first, first) or self._is_pair(old_first - 1, first - 1)
        return is_begun and (self._is_pair(old_end - 1, end - 1) or self._is_pair(old_end, end))

    def _is_pair(self, old: int, new: int) -> bool:
        """Whether two tokens are surely the same one; the ends of both texts are."""
        if old in (-1, len(self.old.keys)):
            return new in (-1, len(self.new.keys)) and (old < 0) == (new < 0)
        return self.alignment.forward[old] == new and bool(self.alignment.is_sure[old])

    def _context(self, passage: Passage, first: int, end: int, *, unknown: float) -> float:
        keys = self.new.keys
        sides = []
        for old, new in (
            (passage.before[::-1], keys[max(first - CONTEXT, 0) : first][::-1]),
            (passage.after, keys[end : end + CONTEXT]),
        ):
            count = min(len(old), len(new))
            if count:
                sides.append(_shared(old[:count], new[:count]))
        return sum(sides) / len(sides) if sides else unknown


def quoted(quote: str, before: str, after: str, section: tuple[str, ...]) -> Passage:
    """A passage of which only the words are known. What was cut off in the middle of a word is left out."""
    return Passage(
        keys=keys_of(quote),
        before=keys_of(before.partition(" ")[2])[-CONTEXT:],
        after=keys_of(after.rpartition(" ")[0])[:CONTEXT],
        section=section,
        said=quote,
        old=None,
    )


def compare(old: Keys, new: Keys) -> Likeness:
    """The words of a passage beside those of a place."""
    if old == new or joined(old) == joined(new):
        return Likeness(share=1.0, is_same=True, is_spelling=True)
    if max(len(old), len(new)) > _LONGEST:
        shared = sum((Counter(old) & Counter(new)).values())
        return Likeness(share=2 * shared / (len(old) + len(new)), is_same=False, is_spelling=False)
    alike, misspelt, is_spelling = 0.0, 0, True
    for tag, a, a_end, b, b_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            alike += a_end - a
            continue
        likeness = _spelling(old[a:a_end], new[b:b_end])
        is_spelling = is_spelling and likeness >= _ALIKE
        misspelt += max(a_end - a, b_end - b)
        alike += likeness * ((a_end - a) + (b_end - b)) / 2
    allowed = max(1, ceil(len(old) / 4))
    return Likeness(
        share=2 * alike / (len(old) + len(new)), is_same=False, is_spelling=is_spelling and misspelt <= allowed
    )


def _spelling(old: Keys, new: Keys) -> float:
    """How alike words are that should be one word spelt in two ways; 0 where one weighs more than its letters."""
    if not old or not new or any(key in FIGURES or key in NEGATIONS or not key[0].isalpha() for key in (*old, *new)):
        return 0.0
    return SequenceMatcher(None, joined(old), joined(new), autojunk=False).ratio()


def _shared(old: Keys, new: Keys) -> float:
    return 1.0 if old == new else SequenceMatcher(None, old, new, autojunk=False).ratio()


def _same_case(one: str, other: str) -> bool:
    letters_one, letters_other = ([each.isupper() for each in text if each.isalpha()] for text in (one, other))
    return letters_one == letters_other


def _same_section(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether the lowest headings say the same; their numbers count only where there is little else."""
    if not one or not other:
        return False
    wanted, found = keys_of(one[-1]), keys_of(other[-1])
    wordy, found_wordy = _without_numbers(wanted), _without_numbers(found)
    return wordy == found_wordy if len(wordy) >= _TELLING else wanted == found


def _without_numbers(keys: Keys) -> Keys:
    return [key for key in keys if key[0].isalpha() and key not in FIGURES]


def _is_over(place: Place, best: Place) -> bool:
    """Whether a place is little else than the best one, a few tokens off."""
    return place is not best and place.first < best.end and best.first < place.end
