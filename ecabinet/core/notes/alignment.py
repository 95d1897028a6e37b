"""Which token of one text is which of another: a patience diff over runs of tokens, which also sees what has moved.

A run of five tokens that stands once in either text ties the two places together. Ties next to each other make blocks;
the heaviest chain of blocks in the order of both texts is what stayed, and a long block off the chain has moved. What
lies between two blocks is compared again, by shorter runs. Time and memory grow with the length of the texts, not with
its square, and nothing is guessed where a text repeats itself: a pair is *sure* only if it is part of a tie, or all
that lies between two ties is the same on both sides.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

Keys = Sequence[str]
_RUN = 5
_MOVED = 8
"""Tokens of the shortest block that may count as moved."""
_SMALL = 20_000
"""Pairs of tokens that are compared each with each."""
_BITS = 24
"""Of the number of a token: more than any paper has different ones."""
NOWHERE = -1


@dataclass(frozen=True, slots=True)
class _Block:
    old: int
    new: int
    length: int


class Alignment:
    """Of each token of either text its partner in the other, or NOWHERE, and whether the pair is sure."""

    def __init__(self, old: Keys, new: Keys) -> None:
        self._old, self._new = old, new
        self.forward = [NOWHERE] * len(old)
        self.back = [NOWHERE] * len(new)
        self.is_sure = bytearray(len(old))
        blocks = _ties(old, new, _RUN)
        chain = _heaviest_chain(blocks)
        kept = set(chain)
        ends: list[tuple[int, int, int, int]] = []
        old_end = new_end = 0
        for block in chain:
            ahead = max(old_end - block.old, new_end - block.new, 0)
            if ahead < block.length:
                first_old, first_new = block.old + ahead, block.new + ahead
                ends.append((old_end, first_old, new_end, first_new))
                old_end, new_end = block.old + block.length, block.new + block.length
                self._pair(first_old, first_new, old_end - first_old, is_sure=True)
        ends.append((old_end, len(old), new_end, len(new)))
        for block in blocks:
            if block not in kept:
                self._move(block)
        for gap in ends:
            self._fill(*gap, run=3, may_be_sure=True)

    def in_order(self) -> list[tuple[int, int, int]]:
        """The pairs that follow one another in both texts: runs of old place, new place and length."""
        runs: list[_Block] = []
        begin = 0
        for place in range(1, len(self.forward) + 1):
            if place == len(self.forward) or self.forward[place] != self.forward[place - 1] + 1:
                if self.forward[begin] != NOWHERE:
                    runs.append(_Block(begin, self.forward[begin], place - begin))
                begin = place
            elif self.forward[begin] == NOWHERE:
                begin = place
        return [(run.old, run.new, run.length) for run in _heaviest_chain(runs)]

    def _pair(self, old: int, new: int, length: int, *, is_sure: bool) -> None:
        for a, b in zip(range(old, old + length), range(new, new + length), strict=True):
            if self.forward[a] == NOWHERE and self.back[b] == NOWHERE:
                self.forward[a], self.back[b], self.is_sure[a] = b, a, is_sure

    def _move(self, block: _Block) -> None:
        free = [
            offset
            for offset in range(block.length)
            if self.forward[block.old + offset] == NOWHERE and self.back[block.new + offset] == NOWHERE
        ]
        if len(free) < _MOVED:
            return
        self._pair(block.old, block.new, block.length, is_sure=True)
        self._extend(block.old + block.length, block.new + block.length, 1)
        self._extend(block.old - 1, block.new - 1, -1)

    def _extend(self, old: int, new: int, step: int) -> None:
        while self._is_free(old, new):
            self._pair(old, new, 1, is_sure=True)
            old, new = old + step, new + step

    def _is_free(self, old: int, new: int) -> bool:
        is_inside = 0 <= old < len(self._old) and 0 <= new < len(self._new)
        return (
            is_inside
            and self.forward[old] == NOWHERE
            and self.back[new] == NOWHERE
            and self._old[old] == self._new[new]
        )

    def _fill(self, old: int, old_end: int, new: int, new_end: int, *, run: int, may_be_sure: bool = False) -> None:
        """Pair what lies between two blocks: the same at both ends, then by shorter runs, then each with each."""
        if old == old_end or new == new_end:
            return
        if old_end - old == new_end - new and self._old[old:old_end] == self._new[new:new_end]:
            self._pair(old, new, old_end - old, is_sure=may_be_sure)
            return
        while old < old_end and new < new_end and self._old[old] == self._new[new]:
            self._pair(old, new, 1, is_sure=False)
            old, new = old + 1, new + 1
        while old < old_end and new < new_end and self._old[old_end - 1] == self._new[new_end - 1]:
            old_end, new_end = old_end - 1, new_end - 1
            self._pair(old_end, new_end, 1, is_sure=False)
        if old == old_end or new == new_end:
            return
        if (old_end - old) * (new_end - new) <= _SMALL:
            matcher = SequenceMatcher(None, self._old[old:old_end], self._new[new:new_end], autojunk=False)
            for same in matcher.get_matching_blocks():
                self._pair(old + same.a, new + same.b, same.size, is_sure=False)
        elif run:
            self._fill_by_runs(old, old_end, new, new_end, run)

    def _fill_by_runs(self, old: int, old_end: int, new: int, new_end: int, run: int) -> None:
        chain = _heaviest_chain(_ties(self._old[old:old_end], self._new[new:new_end], run))
        old_from, new_from = old, new
        for block in chain:
            ahead = max(old_from - old - block.old, new_from - new - block.new, 0)
            if ahead < block.length:
                first_old, first_new = old + block.old + ahead, new + block.new + ahead
                self._fill(old_from, first_old, new_from, first_new, run=run - 1)
                self._pair(first_old, first_new, block.length - ahead, is_sure=False)
                old_from, new_from = old + block.old + block.length, new + block.new + block.length
        self._fill(old_from, old_end, new_from, new_end, run=run - 1)


def _ties(old: Keys, new: Keys, run: int) -> list[_Block]:
    """Blocks of runs that stand once in either text, in the order of the old one."""
    numbers: dict[str, int] = {}
    there = _once(new, run, numbers)
    blocks: list[_Block] = []
    first_old = first_new = last_old = last_new = -2
    for gram, a in _once(old, run, numbers).items():
        b = there.get(gram, NOWHERE)
        if NOWHERE in (a, b):
            continue
        if a == last_old + 1 and b == last_new + 1:
            last_old, last_new = a, b
            continue
        if last_old >= 0:
            blocks.append(_Block(first_old, first_new, last_old - first_old + run))
        first_old, first_new = last_old, last_new = a, b
    if last_old >= 0:
        blocks.append(_Block(first_old, first_new, last_old - first_old + run))
    return blocks


def _once(keys: Keys, run: int, numbers: dict[str, int]) -> dict[int, int]:
    """Where each run of tokens stands; NOWHERE for one that stands more than once.

    A run is its tokens' `numbers` side by side in one integer: smaller and quicker than a tuple.
    """
    found: dict[int, int] = {}
    gram, whole = 0, (1 << _BITS * run) - 1
    for place, key in enumerate(keys, 1 - run):
        gram = (gram << _BITS | numbers.setdefault(key, len(numbers))) & whole
        if place >= 0:
            found[gram] = NOWHERE if gram in found else place
    return found


def _heaviest_chain(blocks: Sequence[_Block]) -> list[_Block]:
    """Those that follow one another in both texts and are the longest together.

    `ends` and `weights` grow together: the best chain that ends at or before a place of the new text.
    """
    ends: list[int] = []
    weights: list[int] = []
    tops: list[int] = []
    before = [NOWHERE] * len(blocks)
    for number, block in enumerate(blocks):
        place = bisect_left(ends, block.new)
        before[number] = tops[place - 1] if place else NOWHERE
        weight = (weights[place - 1] if place else 0) + block.length
        last = place
        while last < len(ends) and weights[last] <= weight:
            last += 1
        ends[place:last], weights[place:last], tops[place:last] = [block.new], [weight], [number]
    chain: list[_Block] = []
    number = tops[-1] if tops else NOWHERE
    while number != NOWHERE:
        chain.append(blocks[number])
        number = before[number]
    return chain[::-1]
