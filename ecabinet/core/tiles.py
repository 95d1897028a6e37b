"""A ledger as static files that anybody can check and any cache can hold: `c2sp.org/tlog-tiles` 0.1.0.

A tile is 256 hashes beside each other at every eighth height of the tree, or fewer at the tree's edge; an entry bundle
is 256 entries, or fewer. From tiles alone a `TiledTree` makes the proofs that the log's own server would give, and
believes none of them before it leads to the checkpoint's root.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Self

from ecabinet.core.ledger import (
    ENTRY_SIZE,
    HASH_SIZE,
    Entry,
    ForkError,
    HashTree,
    ProofError,
    Tree,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
    verify_range,
)

WIDTH = 256
_HEIGHT = 8
"""Of a full tile, as a tree."""
_HIGHEST_LEVEL = 63
_LARGEST_INDEX = 2**55
_LENGTH_SIZE = 2
_PLACE = re.compile(r"(?P<index>(?:x\d{3}/){0,6}\d{3})(?:\.p/(?P<width>[1-9]\d{0,2}))?", re.ASCII)
_TILE = re.compile(r"(?P<level>\d{1,2})/(?P<place>.+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """Which tile of a level, and how wide it is: WIDTH when it is full. Also which entry bundle."""

    index: int
    width: int = WIDTH

    def path(self) -> str:
        """`x001/x234/067`, and `.p/12` behind it when it is partial."""
        groups = [f"{self.index:03d}"[-3:]]
        rest = self.index // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03d}")
            rest //= 1000
        suffix = "" if self.width == WIDTH else f".p/{self.width}"
        return "/".join(groups) + suffix

    @classmethod
    def from_path(cls, path: str) -> Self:
        """Raises ProofError unless `path` is what `path()` writes for some place."""
        found = _PLACE.fullmatch(path)
        if found is None:
            raise ProofError("not the path of a tile")
        index = int(found["index"].replace("x", "").replace("/", ""))
        place = cls(index, int(found["width"] or WIDTH))
        if place.path() != path or index > _LARGEST_INDEX:
            raise ProofError("not the path of a tile")
        return place

    @property
    def start(self) -> int:
        """What comes first in it."""
        return self.index * WIDTH


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile: hashes of subtrees of 256^level leaves."""

    level: int
    place: Place

    def path(self) -> str:
        """Behind `tile/`."""
        return f"{self.level}/{self.place.path()}"

    @classmethod
    def from_path(cls, path: str) -> Self:
        """Raises ProofError unless `path` is what `path()` writes for some tile."""
        found = _TILE.fullmatch(path)
        level = _HIGHEST_LEVEL + 1 if found is None else int(found["level"])
        if found is None or level > _HIGHEST_LEVEL or str(level) != found["level"]:
            raise ProofError("not the path of a tile")
        return cls(level, Place.from_path(found["place"]))


def place_of(index: int, count: int) -> Place:
    """Where the `index`-th of `count` things in a row is: the widest tile there is of it."""
    number = index // WIDTH
    return Place(number, min(WIDTH, count - number * WIDTH))


def tile_of(level: int, index: int, size: int) -> Tile:
    """The tile with the `index`-th hash of a level, in a tree of `size` leaves."""
    return Tile(level, place_of(index, size >> level * _HEIGHT))


def tiles_of(size: int) -> Iterable[Tile]:
    """Every tile of a tree of `size` leaves."""
    level = 0
    while count := size >> level * _HEIGHT:
        yield from (Tile(level, place_of(start, count)) for start in range(0, count, WIDTH))
        level += 1


def write_tile(tree: Tree, tile: Tile, size: int) -> bytes:
    """The bytes of a tile of the tree's first `size` leaves. Raises IndexError when those have no such tile."""
    start, end = tile.place.start, tile.place.start + tile.place.width
    if end > size >> tile.level * _HEIGHT:
        raise IndexError(tile)
    return b"".join(tree.node(tile.level * _HEIGHT, index) for index in range(start, end))


def write_entries(entries: Iterable[bytes]) -> bytes:
    """An entry bundle: each entry after its length in two bytes, big-endian."""
    return b"".join(len(each).to_bytes(_LENGTH_SIZE, "big") + each for each in entries)


def read_entries(bundle: bytes, width: int) -> tuple[Entry, ...]:
    """The entries of a bundle of ours. Raises ProofError unless it holds just `width` of them."""
    step = _LENGTH_SIZE + ENTRY_SIZE
    if len(bundle) != width * step:
        raise ProofError("an entry bundle of another size")
    parts = [bundle[start : start + step] for start in range(0, len(bundle), step)]
    if any(part[:_LENGTH_SIZE] != ENTRY_SIZE.to_bytes(_LENGTH_SIZE, "big") for part in parts):
        raise ProofError("an entry of another length")
    return tuple(Entry.from_bytes(part[_LENGTH_SIZE:]) for part in parts)


class TiledTree(HashTree):
    """The tree that a checkpoint names, read from tiles that may be anybody's.

    `fetch` brings a tile's bytes. What it raises comes through; what it brings that does not belong to the checkpoint
    raises ProofError here.
    """

    def __init__(self, size: int, root: bytes, fetch: Callable[[Tile], bytes]) -> None:
        self._size, self._root, self._fetch = size, root, fetch
        self._tiles: dict[Tile, bytes] = {}

    def __len__(self) -> int:
        return self._size

    def node(self, height: int, index: int) -> bytes:
        level, rest = divmod(height, _HEIGHT)
        first = index << rest
        tile = tile_of(level, first, self._size)
        data = self._tile(tile)
        start = first - tile.place.start
        hashes = [data[place * HASH_SIZE : (place + 1) * HASH_SIZE] for place in range(start, start + (1 << rest))]
        while len(hashes) > 1:
            hashes = [node_hash(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)]
        return hashes[0]

    def prove_leaf(self, leaf: bytes, index: int) -> tuple[bytes, ...]:
        """The inclusion proof of a leaf hash. Raises ProofError unless the checkpoint's tree has it there."""
        path = self.inclusion_proof(index)
        verify_inclusion(leaf, index, self._size, path, self._root)
        return path

    def prove_beginning(self, size: int) -> tuple[bytes, tuple[bytes, ...]]:
        """The root that the first `size` leaves of the checkpoint's tree have, and the consistency proof from it.

        Raises ProofError, IndexError.
        """
        path = self.consistency_proof(size)
        root = self.root(size)
        try:
            verify_consistency(size, self._size, path, root, self._root)
        except ForkError as error:
            raise ProofError("these tiles are of another tree") from error
        return root, path

    def prove_entries(self, place: Place, bundle: bytes) -> tuple[Entry, ...]:
        """The entries of a bundle. Raises ProofError unless they are just those the checkpoint's tree has there."""
        entries = read_entries(bundle, place.width)
        leaves = [leaf_hash(bytes(each)) for each in entries]
        if place.start + len(leaves) > self._size:
            raise ProofError("no such leaves")
        path = self.range_proof(place.start, place.start + len(leaves))
        verify_range(leaves, place.start, self._size, path, self._root)
        return entries

    def _tile(self, tile: Tile) -> bytes:
        if tile not in self._tiles:
            data = self._fetch(tile)
            if len(data) != tile.place.width * HASH_SIZE:
                raise ProofError("a tile of another width")
            self._tiles[tile] = data
        return self._tiles[tile]
