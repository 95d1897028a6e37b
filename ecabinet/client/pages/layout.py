"""The order in which the blocks of a page are read."""

import heapq
import itertools
from collections.abc import Sequence

Bounds = tuple[float, float, float, float]
"""x0, y0, x1, y1 in shown space: y grows downwards."""

_TANGLED = 200
_OVERLAP = 0.2


def union(one: Bounds | None, other: Bounds) -> Bounds:
    """The bounds around both."""
    if one is None:
        return other
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])


def reading_order(blocks: Sequence[Bounds]) -> list[int]:
    """Indices of the blocks as they are read: as the page gives them, save that in one column the upper comes first.

    Programs write columns and tables in a sensible order, but page numbers, headers and stamps at any moment. A block
    waits for all those above it that it overlaps horizontally, and for nothing else, so a good order stays as it is.
    """
    middles = [y0 + y1 for _, y0, _, y1 in blocks]
    natural = list(range(len(blocks)))
    if all(middles[index - 1] <= middles[index] for index in natural[1:]) or len(blocks) > _TANGLED:
        return natural
    below = [[index for index in natural if _is_above(block, blocks[index])] for block in blocks]
    waiting = [0] * len(blocks)
    for index in itertools.chain.from_iterable(below):
        waiting[index] += 1
    ready = [index for index in natural if not waiting[index]]
    order: list[int] = []
    while ready:
        order.append(heapq.heappop(ready))
        for index in below[order[-1]]:
            waiting[index] -= 1
            if not waiting[index]:
                heapq.heappush(ready, index)
    return order


def _is_above(upper: Bounds, lower: Bounds) -> bool:
    """Whether a column goes through both, and `upper` ends before `lower` begins, give or take a fifth of a line."""
    if upper[1] + upper[3] >= lower[1] + lower[3] or upper[0] >= lower[2] or lower[0] >= upper[2]:
        return False
    return upper[3] - lower[1] <= _OVERLAP * min(upper[3] - upper[1], lower[3] - lower[1])
