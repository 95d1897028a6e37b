"""The append-only tree of a body: entries, and RFC 6962 proofs over them with SHA-256.

What a verifier may be fed by a liar raises ProofError and never anything else.
"""

import hashlib
import hmac
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self, TypeAlias

HASH_SIZE = 32
ENTRY_SIZE = 2 * HASH_SIZE + 8
NO_TAG = bytes(HASH_SIZE)
EMPTY_ROOT = hashlib.sha256().digest()
"""Of a tree without leaves."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LARGEST_SIZE = 2**63 - 1


class ProofError(ValueError):
    """A proof, checkpoint or receipt does not show what it claims, or is not one."""


class ForkError(ProofError):
    """More than a proof that fails: it shows that the earlier tree is *not* the beginning of the later one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one leaf hashes, 72 bytes: `tag` ‖ `envelope_digest` ‖ milliseconds since 1970.

    A stranger sees from entries alone that all entries of a ballot are in his hands and when each was accepted, and
    learns nothing else.
    """

    tag: bytes
    envelope_digest: bytes
    accepted_at: datetime

    def __bytes__(self) -> bytes:
        milliseconds = (self.accepted_at - _EPOCH) // _MILLISECOND
        return self.tag + self.envelope_digest + milliseconds.to_bytes(8, "big")

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Raises ProofError unless `data` is 72 bytes with a time before the year 10000."""
        if len(data) != ENTRY_SIZE:
            raise ProofError("an entry has 72 bytes")
        try:
            accepted_at = _EPOCH + int.from_bytes(data[2 * HASH_SIZE :], "big") * _MILLISECOND
        except OverflowError as error:
            raise ProofError("an entry's time is out of range") from error
        return cls(tag=data[:HASH_SIZE], envelope_digest=data[HASH_SIZE : 2 * HASH_SIZE], accepted_at=accepted_at)


def leaf_hash(entry: bytes) -> bytes:
    """RFC 6962 §2.1: SHA-256(0x00 ‖ entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962 §2.1: SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


_Place: TypeAlias = tuple[int, int]
"""Of a node: its position among the nodes of its height, and the position of the last of them."""
_Way: TypeAlias = tuple[bytes, tuple[bytes, ...], tuple[bytes, ...]]
"""A node, the path from it to the root, and those nodes of the path that stand on the left."""


class HashTree(ABC):
    """Roots and proofs of an append-only tree whose complete subtrees can be asked for, so that each costs O(log n)."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def node(self, height: int, index: int) -> bytes:
        """The root of the `index`-th complete subtree of 2^height leaves, all of them in the tree."""

    def root(self, size: int | None = None) -> bytes:
        """The root over the first `size` leaves; all of them by default."""
        return self._subtree(0, len(self) if size is None else size)

    def inclusion_proof(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """RFC 6962 §2.1.1, from the leaf's sibling to the root's child. Raises IndexError outside the tree."""
        size = len(self) if size is None else size
        if not 0 <= index < size <= len(self):
            raise IndexError(index)
        path: list[bytes] = []
        start, end = 0, size
        while end - start > 1:
            middle = start + _split(end - start)
            if index < middle:
                path.append(self._subtree(middle, end))
                end = middle
            else:
                path.append(self._subtree(start, middle))
                start = middle
        return tuple(reversed(path))

    def consistency_proof(self, size1: int, size2: int | None = None) -> tuple[bytes, ...]:
        """RFC 6962 §2.1.2; empty when the sizes are equal or the first is zero. Raises IndexError outside the tree."""
        size2 = len(self) if size2 is None else size2
        if not 0 <= size1 <= size2 <= len(self):
            raise IndexError(size1)
        if size1 in (0, size2):
            return ()
        path: list[bytes] = []
        start, end, is_whole = 0, size2, True
        while end != size1:
            middle = start + _split(end - start)
            if size1 <= middle:
                path.append(self._subtree(middle, end))
                end = middle
            else:
                path.append(self._subtree(start, middle))
                start, is_whole = middle, False
        if not is_whole:
            path.append(self._subtree(start, end))
        return tuple(reversed(path))

    def range_proof(self, start: int, end: int, size: int | None = None) -> tuple[bytes, ...]:
        """The subtrees beside leaves `start` … `end` - 1, left to right.

        With the leaves they make the root: so the leaves are those very ones, in that order, none between left out.
        """
        size = len(self) if size is None else size
        if not 0 <= start < end <= size <= len(self):
            raise IndexError(start)
        return tuple(self._subtree(first, last) for first, last in _beside(start, end, 0, size))

    def _subtree(self, start: int, end: int) -> bytes:
        size = end - start
        if size == 0:
            return EMPTY_ROOT
        if size & (size - 1) == 0:
            height = size.bit_length() - 1
            return self.node(height, start >> height)
        middle = start + _split(size)
        return node_hash(self._subtree(start, middle), self._subtree(middle, end))


class Tree(HashTree):
    """A tree in memory, with every complete subtree. 64 bytes a leaf."""

    def __init__(self, leaf_hashes: Iterable[bytes] = ()) -> None:
        self._levels: list[list[bytes]] = [[]]
        for leaf in leaf_hashes:
            self.append(leaf)

    def __len__(self) -> int:
        return len(self._levels[0])

    def append(self, leaf: bytes) -> int:
        """Adds one leaf hash; its index."""
        node = leaf
        for level in self._levels:
            level.append(node)
            if len(level) % 2:
                break
            node = node_hash(level[-2], level[-1])
        else:
            self._levels.append([node])
        return len(self) - 1

    def node(self, height: int, index: int) -> bytes:
        return self._levels[height][index]

    def leaf(self, index: int) -> bytes:
        return self._levels[0][index]


def root(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962 §2.1: the tree hash over leaf hashes."""
    return Tree(leaves).root()


def inclusion_proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """RFC 6962 §2.1.1 over leaf hashes."""
    return Tree(leaves).inclusion_proof(index)


def consistency_proof(leaves: Sequence[bytes], size1: int) -> tuple[bytes, ...]:
    """RFC 6962 §2.1.2 over leaf hashes: from the first `size1` of them to all."""
    return Tree(leaves).consistency_proof(size1)


def verify_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """RFC 9162 §2.1.3.2. Raises ProofError unless the leaf is at `index` of the tree of `size` leaves with `root`."""
    _check_hashes(leaf_hash, root, *_as_sequence(proof))
    if not _are_numbers(index, size) or not 0 <= index < size:
        raise ProofError("no such leaf")
    node, position, last = leaf_hash, index, size - 1
    for sibling in proof:
        if last == 0:
            raise ProofError("the path is too long")
        if position & 1 or position == last:
            node = node_hash(sibling, node)
            while position & 1 == 0 and position:
                position >>= 1
                last >>= 1
        else:
            node = node_hash(node, sibling)
        position >>= 1
        last >>= 1
    if last or not hmac.compare_digest(node, root):
        raise ProofError("the leaf is not in this tree")


def verify_consistency(size1: int, size2: int, proof: Sequence[bytes], root1: bytes, root2: bytes) -> None:
    """RFC 9162 §2.1.4.2. Raises ProofError unless the tree of `size2` leaves begins with the tree of `size1`.

    ForkError where the path alone convicts whoever signed both roots; for a size that is a power of two, no path can.
    """
    _check_hashes(root1, root2, *_as_sequence(proof))
    if not _are_numbers(size1, size2) or not 0 <= size1 <= size2:
        raise ProofError("the sizes are out of order")
    if size1 in (0, size2):
        if root1 != (root2 if size1 == size2 else EMPTY_ROOT):
            raise ForkError("trees of one size, or empty ones, have one root")
        if proof:
            raise ProofError("the path is too long")
        return
    path = [root1, *proof] if size1 & (size1 - 1) == 0 else list(proof)
    if not path:
        raise ProofError("the path is too short")
    old, new = _climb(path, size1, size2)
    if new != root2:
        raise ProofError("the path does not lead to the later tree")
    if old != root1:
        raise ForkError("the later tree does not continue the earlier one")


def _climb(path: Sequence[bytes], size1: int, size2: int) -> tuple[bytes, bytes]:
    """The roots of both trees, as a consistency path has them."""
    position, last = size1 - 1, size2 - 1
    while position & 1:
        position >>= 1
        last >>= 1
    old = new = path[0]
    for node in path[1:]:
        if last == 0:
            raise ProofError("the path is too long")
        if position & 1 or position == last:
            old, new = node_hash(node, old), node_hash(node, new)
            while position & 1 == 0 and position:
                position >>= 1
                last >>= 1
        else:
            new = node_hash(new, node)
        position >>= 1
        last >>= 1
    if last:
        raise ProofError("the path is too short")
    return old, new


class ProofsToRoot:
    """`verify_inclusion` and `verify_consistency` for many proofs that lead to one root.

    Neighbours' paths differ in their beginnings only: how a node leads on is worked out once, and then compared.
    """

    def __init__(self, size: int, root: bytes) -> None:
        """Raises ProofError for what can't be a tree."""
        _check_hashes(root)
        if not _are_numbers(size):
            raise ProofError("no such tree")
        self._size = size
        self._root = root
        self._proven: dict[_Place, _Way] = {}

    def verify_inclusion(self, leaf_hash: bytes, index: int, proof: Sequence[bytes]) -> None:
        """Raises ProofError unless the leaf is at `index` of the tree."""
        _check_hashes(leaf_hash)
        if not _are_numbers(index) or index >= self._size:
            raise ProofError("no such leaf")
        _as_sequence(proof)
        self._lead(leaf_hash, (index, self._size - 1), tuple(proof))

    def verify_consistency(self, size: int, proof: Sequence[bytes], root: bytes) -> None:
        """Raises what the function of this name raises, unless the tree begins with the tree of `size` leaves."""
        if type(size) is not int or not 0 < size < self._size or not proof:
            verify_consistency(size, self._size, proof, root, self._root)
            return
        _check_hashes(root)
        path = tuple(_as_sequence(proof))
        position, last = size - 1, self._size - 1
        while position & 1:
            position >>= 1
            last >>= 1
        if position:
            old, path = path[0], path[1:]
            _check_hashes(old)
        else:  # a power of two
            old = root
        try:
            lefts = self._lead(old, (position, last), path)
        except ProofError:
            verify_consistency(size, self._size, proof, root, self._root)  # tells a fork from a path that fails
            raise
        for left in lefts:
            old = node_hash(left, old)
        if old != root:
            raise ForkError("the later tree does not continue the earlier one")

    def _lead(self, node: bytes, place: _Place, path: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """The siblings on the left of the way from a node to the root. Raises ProofError if it does not lead there."""
        position, last = place
        trail: list[tuple[_Place, bytes, int, bool]] = []
        step = 0
        while True:
            way = self._proven.get((position, last))
            if way is not None and way[0] == node and way[1] == path[step:]:
                lefts = way[2]
                break
            if step == len(path) or last == 0:
                if step < len(path) or last or not hmac.compare_digest(node, self._root):
                    raise ProofError("the path does not lead to the root")
                lefts = ()
                break
            sibling = path[step]
            _check_hashes(sibling)  # the others are compared with some that were looked at
            is_left = bool(position & 1) or position == last
            trail.append(((position, last), node, step, is_left))
            step += 1
            if is_left:
                node = node_hash(sibling, node)
                while position & 1 == 0 and position:
                    position >>= 1
                    last >>= 1
            else:
                node = node_hash(node, sibling)
            position >>= 1
            last >>= 1
        for (position, last), node, step, is_left in reversed(trail):
            above, sibling = lefts, path[step]
            if is_left:
                lefts = (sibling, *lefts)
            elif position < last:
                self._proven[position + 1, last] = (sibling, (node, *path[step + 1 :]), (node, *above))
            self._proven[position, last] = (node, path[step:], lefts)
        return lefts


def shorten_range(
    leaves: Sequence[bytes], start: int, size: int, proof: Sequence[bytes], length: int
) -> tuple[bytes, ...]:
    """The range proof of the first `length` of `leaves` alone, from the one of them all; it proves what that one does.

    Raises ProofError where `verify_range` would for want of a fitting shape.
    """
    beside = _subtrees_beside(leaves, start, size, proof)
    if not 0 < length <= len(leaves):
        raise ProofError("no such leaves")
    return tuple(
        _subtree(leaves, start, beside, first, last) for first, last in _beside(start, start + length, 0, size)
    )


def verify_range(leaves: Sequence[bytes], start: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raises ProofError unless `leaves` are those from `start` on of the tree of `size` leaves with `root`."""
    _check_hashes(root)
    beside = _subtrees_beside(leaves, start, size, proof)
    if not hmac.compare_digest(_subtree(leaves, start, beside, 0, size), root):
        raise ProofError("these are not the leaves of this tree")


def _subtrees_beside(
    leaves: Sequence[bytes], start: int, size: int, proof: Sequence[bytes]
) -> Mapping[tuple[int, int], bytes]:
    _check_hashes(*_as_sequence(proof), *_as_sequence(leaves))
    if not _are_numbers(start, size) or not leaves or start < 0 or start + len(leaves) > size:
        raise ProofError("no such leaves")
    places = list(_beside(start, start + len(leaves), 0, size))
    if len(places) != len(proof):
        raise ProofError("the path has another length")
    return dict(zip(places, proof, strict=True))


def _subtree(
    leaves: Sequence[bytes], start: int, beside: Mapping[tuple[int, int], bytes], first: int, last: int
) -> bytes:
    if (given := beside.get((first, last))) is not None:
        return given
    if last - first == 1:
        return leaves[first - start]
    middle = first + _split(last - first)
    return node_hash(_subtree(leaves, start, beside, first, middle), _subtree(leaves, start, beside, middle, last))


def _beside(start: int, end: int, first: int, last: int) -> Iterable[tuple[int, int]]:
    if last <= start or end <= first:
        yield first, last
    elif not (start <= first and last <= end):
        middle = first + _split(last - first)
        yield from _beside(start, end, first, middle)
        yield from _beside(start, end, middle, last)


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _check_hashes(*hashes: object) -> None:
    for each in hashes:
        if type(each) is not bytes or len(each) != HASH_SIZE:
            raise ProofError("a hash has 32 bytes")


def _as_sequence(proof: object) -> Sequence[bytes]:
    if not isinstance(proof, list | tuple):
        raise ProofError("a proof is a sequence of hashes")
    return proof


def _are_numbers(*numbers: object) -> bool:
    return all(type(number) is int and 0 <= number <= _LARGEST_SIZE for number in numbers)
