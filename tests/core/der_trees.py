"""DER taken apart into a tree, changed somewhere, and written again with lengths that fit: only what it says is odd."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from ecabinet.core import der

_CONSTRUCTED = 0x20
_TAGS = (
    0x01,
    0x02,
    0x03,
    0x04,
    0x05,
    0x06,
    0x0C,
    0x13,
    0x17,
    0x18,
    0x30,
    0x31,
    0x80,
    0x81,
    0xA0,
    0xA1,
    0xA2,
    0x24,
    0x1F,
)
_ODD = (b"", b"\x00", b"\xff", b"\x80", b"\x01", b"\x02", b"\x03", b"\x05\x00", b"\x30\x00", b"\x00\x00")

Path: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """An element; `data` are its contents, written, unless there are children."""

    tag: int
    data: bytes = b""
    children: "tuple[Node, ...] | None" = None

    def write(self) -> bytes:
        contents = self.data if self.children is None else b"".join(each.write() for each in self.children)
        return der.encode(self.tag, contents)

    def at(self, path: Path) -> "Node":
        """The node that a path leads to. Raises IndexError."""
        if not path:
            return self
        if self.children is None:
            raise IndexError(path)
        return self.children[path[0]].at(path[1:])

    def putting(self, path: Path, *nodes: "Node") -> "Node":
        """The tree with these in the place of one node; not of the root."""
        assert self.children is not None
        place, rest = path[0], path[1:]
        stead = (self.children[place].putting(rest, *nodes),) if rest else nodes
        return Node(self.tag, b"", self.children[:place] + stead + self.children[place + 1 :])

    def paths(self, here: Path = ()) -> Iterator[Path]:
        """To every node below."""
        for place, child in enumerate(self.children or ()):
            yield (*here, place)
            yield from child.paths((*here, place))


def parse(data: bytes) -> Node:
    """The one element that `data` is. Raises ValueError."""
    (node,) = _parse_all(data)
    return node


def _parse_all(data: bytes) -> tuple[Node, ...]:
    nodes: list[Node] = []
    reader = der.Reader(data)
    while not reader.is_finished:
        tag, start, stop = reader._header()
        reader._at = stop
        contents = data[start:stop]
        nodes.append(Node(tag, contents, _parse_all(contents) if tag & _CONSTRUCTED else None))
    return tuple(nodes)


def mutate(tree: Node, path: Path, chance: random.Random) -> Node:
    """The tree with the node at `path` changed in one of the ways that writers of CMS have been known to go wrong."""
    node, siblings = tree.at(path), tree.at(path[:-1]).children or ()
    stead: tuple[Node, ...]
    match chance.randrange(8):
        case 0:
            stead = ()
        case 1:
            stead = (node, node)
        case 2:
            stead = (Node(chance.choice(_TAGS), node.data, node.children),)
        case 3:
            stead = (chance.choice(siblings),)
        case 4:
            other = chance.randrange(len(siblings))
            return tree.putting(path, siblings[other]).putting((*path[:-1], other), node)
        case 5:
            stead = (Node(node.tag | _CONSTRUCTED, b"", (node,)),)
        case 6:
            stead = (Node(node.tag, chance.choice(_ODD)),)
        case _:
            stead = (Node(node.tag, nudged(node.data, chance)),)
    return tree.putting(path, *stead)


def nudged(data: bytes, chance: random.Random) -> bytes:
    """Bytes with one of them changed, added or taken away, or some of them cut off or repeated."""
    place = chance.randrange(len(data) + 1)
    value = bytes([chance.randrange(256)])
    match chance.randrange(6):
        case 0:
            return data[:place] + value + data[place + 1 :]
        case 1:
            return data[:place] + value + data[place:]
        case 2:
            return data[:place] + data[place + 1 :]
        case 3:
            return (
                data[:place]
                + bytes(each ^ 1 << chance.randrange(8) for each in data[place : place + 1])
                + data[place + 1 :]
            )
        case 4:
            return data[:place]
        case _:
            return data[: place + chance.randrange(8)] + data[place:]
