"""Looking at a paper before it is published: whether readers can open it, and whether it is marked as classified.

In a worker of its own, so that reading goes on beside it. It takes 15 seconds at most, whatever the file; pages there
was no time for are not counted as checked. The marking is one that the paper states in text on its first pages; where
`has_text` is False, those are pictures, and nothing was found because nothing could be.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Self

from ecabinet.client.pages.content import PageUnreadable, Paper, PaperRefused, Refusal, Unreadable
from ecabinet.client.pages.marking import find_marking
from ecabinet.client.pages.pages import SIZE_LIMIT
from ecabinet.client.pages.process import MEMORY, PageProcess
from ecabinet.client.pages.source import Source
from ecabinet.core.meetings import Classification

FIRST_PAGES = 2
"""Pages on which a marking is looked for."""
Fill = Callable[[memoryview], None]
"""Writes a paper's plain bytes into memory of exactly its size."""

_OPENING = 80
"""Words of the first page that are told: the letterhead, and more."""


class Outcome(StrEnum):
    """What became of it."""

    SHOWN = "shown"
    SHOWN_WITH_WARNINGS = "shown_with_warnings"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What was found. Pages are named by index; `details` are the library's words and may quote the paper."""

    outcome: Outcome
    refusal: Refusal | None
    marking: Classification | None
    pages: int
    checked_pages: int
    """From the first, those there was time for."""
    faulty_pages: tuple[int, ...]
    """Shown, with parts missing."""
    unreadable_pages: tuple[int, ...]
    is_repaired: bool
    is_outline_readable: bool
    has_text: bool
    title: str
    author: str
    """As the file's properties claim."""
    opening: str
    """The first words of the first page, in the order of reading."""
    details: tuple[str, ...]
    seconds: float


class Examiner:
    """Examines papers one after another. Its worker lives until `stop`."""

    def __init__(
        self,
        *,
        seconds: float = 15.0,
        page_seconds: float = 5.0,
        size_limit: int = SIZE_LIMIT,
        memory: int = MEMORY,
    ) -> None:
        """Every page is looked at until `page_seconds` have gone, the first ones even then; none longer than that."""
        self._seconds = seconds
        self._page_seconds = page_seconds
        self._size_limit = size_limit
        self._process = PageProcess(memory)
        self._turn = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def examine(self, size: int, fill: Fill) -> Examination:
        """Examine a paper of `size` bytes, which `fill` writes into the memory it is given.

        A paper over the size limit is refused before anything is filled. Raises PagesUnavailable when no worker can be
        started, and whatever `fill` raises.
        """
        with self._turn:
            begun_at = time.monotonic()
            self._process.be_ready()
            return self._examine(size, fill, begun_at)

    def stop(self) -> None:
        """End the worker; what is being examined fails."""
        self._process.end()
        with self._turn:
            self._process.clear()

    def _examine(self, size: int, fill: Fill, begun_at: float) -> Examination:
        if not 0 < size <= self._size_limit:
            return _refused(Refusal.TOO_LARGE if size else Refusal.EMPTY, begun_at)
        try:
            whole = memoryview(bytearray(size))
        except MemoryError:
            return _refused(Refusal.TOO_LARGE, begun_at)
        fill(whole)
        ends_at = begun_at + self._seconds
        left = ends_at - time.monotonic()
        if left <= 0:
            return _refused(Refusal.TOO_SLOW, begun_at)

        def read(offset: int, into: memoryview) -> None:
            into[:] = whole[offset : offset + len(into)]

        try:
            paper = self._process.open(Source.of(size, read, seconds=left, ends_at=ends_at))
        except PaperRefused as refused:
            return _refused(refused.refusal, begun_at)
        try:
            return self._look_through(paper, begun_at)
        finally:
            self._process.close(paper)

    def _look_through(self, paper: Paper, begun_at: float) -> Examination:
        ends_at = begun_at + self._seconds
        is_outline_readable = self._reads_outline(paper, ends_at)
        checks_end_at = time.monotonic() + self._page_seconds
        unreadable: dict[int, Unreadable] = {}
        faulty: list[int] = []
        marking: Classification | None = None
        has_text = False
        opening = ""
        checked = 0
        while checked < len(paper.pages) and marking is None:
            if checked >= FIRST_PAGES and time.monotonic() >= checks_end_at:
                break
            if time.monotonic() >= ends_at:
                unreadable[checked] = Unreadable.TOO_SLOW  # unasked: to open it once more takes time too
                checked += 1
                continue
            try:
                if checked < FIRST_PAGES:
                    words = self._process.words(paper, checked, seconds=self._left(ends_at))
                    has_text = has_text or bool(words)
                    opening = opening or " ".join(word.text for word in words[:_OPENING])
                    marking = find_marking(paper.pages[checked], words)
                if not self._process.check(paper, checked, seconds=self._left(ends_at)):
                    faulty.append(checked)
            except PageUnreadable as error:
                unreadable[checked] = error.reason
            checked += 1
        refusal: Refusal | None = None
        if marking is not None:
            refusal = Refusal.MARKED_CLASSIFIED
        elif len(unreadable) == checked:
            refusal = Refusal.TOO_SLOW if Unreadable.TOO_SLOW in unreadable.values() else Refusal.DAMAGED
        has_warnings = bool(faulty or unreadable or paper.is_repaired or not is_outline_readable)
        found = Outcome.SHOWN_WITH_WARNINGS if has_warnings else Outcome.SHOWN
        return Examination(
            outcome=found if refusal is None else Outcome.REFUSED,
            refusal=refusal,
            marking=marking,
            pages=len(paper.pages),
            checked_pages=checked,
            faulty_pages=tuple(faulty),
            unreadable_pages=tuple(unreadable),
            is_repaired=paper.is_repaired,
            is_outline_readable=is_outline_readable,
            has_text=has_text,
            title=paper.title,
            author=paper.author,
            opening=opening,
            details=paper.warnings,
            seconds=time.monotonic() - begun_at,
        )

    def _reads_outline(self, paper: Paper, ends_at: float) -> bool:
        try:
            self._process.outline(paper, seconds=self._left(ends_at))
        except PageUnreadable:
            return False
        return True

    def _left(self, ends_at: float) -> float:
        return max(0.0, min(self._page_seconds, ends_at - time.monotonic()))


def _refused(refusal: Refusal, begun_at: float) -> Examination:
    return Examination(
        outcome=Outcome.REFUSED,
        refusal=refusal,
        marking=None,
        pages=0,
        checked_pages=0,
        faulty_pages=(),
        unreadable_pages=(),
        is_repaired=False,
        is_outline_readable=False,
        has_text=False,
        title="",
        author="",
        opening="",
        details=(),
        seconds=time.monotonic() - begun_at,
    )
