"""Where a paper's bytes are, and the window through which its worker sees some of them."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ecabinet.client.pages.content import PaperRefused, Refusal
from ecabinet.client.pages.shared import CHUNK, NATIVE, Block

WINDOW = 8 << 20
"""Bytes of a paper that a worker has at hand at most."""

Read = Callable[[int, memoryview], None]
"""Writes a paper's plain bytes, from an offset on, into memory of just so many. Called now and then, in one thread,
as long as the paper is open; what it raises is raised by what was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a paper's bytes are, what opens it, and the window that its worker sees of it."""

    size: int
    read: Read
    password: str
    window: Block
    seconds: float
    """For opening it."""
    ends_at: float
    """By `time.monotonic`: when nobody waits any longer for anything that is asked of it."""

    @classmethod
    def of(cls, size: int, read: Read, *, password: str = "", seconds: float, ends_at: float = math.inf) -> "Source":
        """Raises PaperRefused where there is no memory."""
        try:
            window = NATIVE(min(-(-size // CHUNK) * CHUNK, WINDOW))
        except OSError:
            raise PaperRefused(Refusal.TOO_LARGE) from None
        return cls(size=size, read=read, password=password, window=window, seconds=seconds, ends_at=ends_at)

    def whole(self) -> memoryview:
        """All bytes. Raises what `read` raises."""
        memory = memoryview(bytearray(self.size))
        self.read(0, memory)
        return memory

    def feed(self, wanted: Any) -> None:
        """Chunks, by their numbers, into their places. Raises TypeError or ValueError for what makes no sense."""
        for first, place, count in _runs(wanted, self.window.size // CHUNK, -(-self.size // CHUNK)):
            length = min(count * CHUNK, self.size - first * CHUNK)
            into = self.window.memory[place * CHUNK : place * CHUNK + length]
            try:
                self.read(first * CHUNK, into)
            except Exception as error:  # noqa: BLE001 - whatever it is, the one who asked must hear of it
                raise Unfed(error) from None


def _runs(wanted: Any, places: int, chunks: int) -> Iterator[tuple[int, int, int]]:
    """First chunk, first place and count of those that follow one another in both. Raises TypeError, ValueError."""
    if not isinstance(wanted, list) or not 0 < len(wanted) <= places:
        raise ValueError("more than there is room for")
    if any(type(number) is not int or type(place) is not int for number, place in wanted):
        raise TypeError("no whole number")
    if not all(0 <= number < chunks and 0 <= place < places for number, place in wanted):
        raise ValueError("no chunk of this paper, or no place for it")
    begin = 0
    for at, (number, place) in enumerate(wanted, 1):
        if at == len(wanted) or wanted[at] != [number + 1, place + 1]:
            yield *wanted[begin], at - begin
            begin = at


class Unfed(Exception):
    """The bytes that were asked for can't be had."""

    def __init__(self, error: Exception) -> None:
        self.error = error
