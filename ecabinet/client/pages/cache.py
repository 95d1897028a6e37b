"""Rendered pages kept for showing again, up to a number of bytes; the one unseen longest goes first."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from ecabinet.client.pages.content import Pixels

K = TypeVar("K", bound=Hashable)


class PageCache(Generic[K]):
    """The pixels of pages by key, for one thread. `size` is in bytes and at most `capacity` after each `put`."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.size = 0
        self._kept: OrderedDict[K, Pixels] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: K) -> Pixels | None:
        """The pixels kept under `key`, which counts as seeing them."""
        if key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key]

    def put(self, key: K, pixels: Pixels) -> None:
        """Keep `pixels`; what exceeds the capacity by itself is not kept, and pushes nothing out."""
        self.drop(lambda kept: kept == key)
        if pixels.samples.nbytes > self.capacity:
            return
        while self.size + pixels.samples.nbytes > self.capacity:
            _, oldest = self._kept.popitem(last=False)
            self.size -= oldest.samples.nbytes
        self._kept[key] = pixels
        self.size += pixels.samples.nbytes

    def drop(self, matches: Callable[[K], bool]) -> None:
        """Forget every key that matches: the pages of a closed paper, those at an old scale."""
        for key in [key for key in self._kept if matches(key)]:
            self.size -= self._kept.pop(key).samples.nbytes
