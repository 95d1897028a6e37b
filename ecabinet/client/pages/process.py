"""The worker, watched: asked, ended when it takes too long, and replaced with the papers it had open.

For one thread at a time, save `end`. Whatever a worker answers is checked before it is believed; an answer that makes
no sense counts as a crash.
"""

import contextlib
import math
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ecabinet.client.pages import replies
from ecabinet.client.pages.annotations import Annotation, Bookmark, text_string
from ecabinet.client.pages.content import (
    PIXELS_LIMIT,
    Heading,
    Link,
    PageUnreadable,
    Paper,
    PaperRefused,
    Pixels,
    Refusal,
    Region,
    Unreadable,
    Word,
)
from ecabinet.client.pages.lives import PagesUnavailable, Unanswered, Worker
from ecabinet.client.pages.shared import NATIVE, Block, Frames
from ecabinet.client.pages.source import Source, Unfed

T = TypeVar("T")

MEMORY = 1 << 30
"""Private bytes a worker may take; shared ones are not counted."""
_CLOSE_SECONDS = 2.0
_ROOM = 16 << 20
"""For what a copy has beyond twice the paper and twice its notes: tables of places in the file."""
_COPIED_UP_TO = 1 << 20
"""Smaller pixels are copied out: a block for each, with its two file handles, would be out of proportion."""

_AS_REFUSAL = {
    Unreadable.DAMAGED: Refusal.DAMAGED,
    Unreadable.TOO_LARGE: Refusal.TOO_LARGE,
    Unreadable.TOO_SLOW: Refusal.TOO_SLOW,
    Unreadable.CRASHED: Refusal.DAMAGED,
}


class PageProcess:
    """A worker from the first request, or `start`, until `end`; a lost one is replaced at the next request."""

    def __init__(self, memory: int = MEMORY) -> None:
        self._memory = memory
        self._worker: Worker | None = None
        self._lock = threading.RLock()
        self._is_ended = False
        self._papers: dict[int, Source] = {}
        self._forget: list[int] = []
        self._frames = Frames()

    @property
    def worker(self) -> int | None:
        """The worker's process id, None while there is none."""
        worker = self._worker
        return None if worker is None else worker.identity

    @property
    def is_confined(self) -> bool | None:
        """Whether the system confines the worker; None while there is none that is ready."""
        worker = self._worker
        return None if worker is None else worker.is_confined

    def start(self) -> None:
        """Begin to start a worker, unless one lives."""
        with self._lock:
            if self._is_ended or (self._worker is not None and self._worker.is_alive):
                return
            self._bury()
            self._worker = Worker(self._memory)

    def be_ready(self) -> Worker:
        """Wait for a worker that lives. Raises PagesUnavailable."""
        self.start()
        worker = self._worker
        if worker is None:
            raise PagesUnavailable("ended")
        try:
            worker.be_ready()
        except PagesUnavailable:
            self._bury()
            raise
        return worker

    def open(self, source: Source) -> Paper:
        """Open a paper, whose source is kept until `close`.

        A worker that ends meanwhile is no fault of the paper until another one does too. Raises PaperRefused,
        PagesUnavailable, and what its `read` raises.
        """
        worker = self.be_ready()
        identity = source.window.identity
        self._papers[identity] = source
        try:
            try:
                return self._open(worker, identity)
            except Unanswered as unanswered:
                if unanswered.reason is not Unreadable.CRASHED:
                    raise
            return self._open(self.be_ready(), identity)
        except Unanswered as unanswered:
            error: Exception = PaperRefused(_AS_REFUSAL[unanswered.reason])
        except PagesUnavailable as unavailable:
            error = unavailable
        except Unfed as unfed:
            error = unfed.error
        except PaperRefused as refused:
            error = refused
        del self._papers[identity]
        self._forget.append(identity)
        raise error

    def close(self, paper: Paper) -> None:
        """Forget the paper and its bytes. Closing twice is closing once."""
        if self._papers.pop(paper.identity, None) is None:
            return
        worker = self._worker
        if worker is not None and paper.identity in worker.opened:
            worker.opened.discard(paper.identity)
            with contextlib.suppress(Unanswered, PaperRefused):
                self._ask(worker, "close", {"paper": paper.identity}, replies.read_nothing, seconds=_CLOSE_SECONDS)
        self._forget.append(paper.identity)  # only now may the worker lose sight of the bytes

    def draw(
        self,
        paper: Paper,
        index: int,
        *,
        scale: float,
        rotation: int,
        is_night: bool,
        region: Region | None,
        seconds: float,
    ) -> Pixels:
        """Raises PageUnreadable, and ValueError for a scale, rotation or region that can't be."""
        if not 0 < scale < math.inf or rotation not in {0, 90, 180, 270}:
            raise ValueError("a scale is above 0 and a rotation a quarter turn")
        width, height = paper.pages[index].pixel_size(scale, rotation)
        part = region or Region(x=0, y=0, width=width, height=height)
        if not (0 <= part.x < part.x + part.width <= width and 0 <= part.y < part.y + part.height <= height):
            raise ValueError("the region lies outside the page")
        if part.width * part.height > PIXELS_LIMIT:
            raise PageUnreadable(index, Unreadable.TOO_LARGE)
        size = part.width * part.height * 4
        try:
            frame = self._frames.take(size)
        except OSError:
            raise PageUnreadable(index, Unreadable.TOO_LARGE) from None
        try:
            is_complete = self._ask_page(
                "draw",
                paper,
                index,
                replies.read_drawn,
                seconds=seconds,
                blocks=[frame],
                scale=scale,
                rotation=rotation,
                night=is_night,
                region=[part.x, part.y, part.width, part.height],
                frame=frame.identity,
            )
        except PageUnreadable:
            self._frames.give_back(frame)
            raise
        if size <= _COPIED_UP_TO:
            samples = memoryview(bytes(frame.memory[:size]))
            self._frames.give_back(frame)
        else:
            samples = self._frames.lease(frame, size)
        return Pixels(
            width=part.width, height=part.height, stride=part.width * 4, samples=samples, is_complete=is_complete
        )

    def check(self, paper: Paper, index: int, *, seconds: float) -> bool:
        """Draw the page small and for nobody; whether it is complete. Raises PageUnreadable."""
        return self._ask_page("check", paper, index, replies.read_drawn, seconds=seconds)

    def words(self, paper: Paper, index: int, *, seconds: float) -> tuple[Word, ...]:
        """Raises PageUnreadable."""
        return self._ask_page("words", paper, index, replies.read_words, seconds=seconds)

    def text(self, paper: Paper, index: int, *, seconds: float) -> str:
        """Raises PageUnreadable."""
        return self._ask_page("text", paper, index, replies.read_text, seconds=seconds)

    def outline(self, paper: Paper, *, seconds: float) -> tuple[Heading, ...]:
        """Raises PageUnreadable of no page."""
        return self._ask_page(
            "outline", paper, None, lambda reply: replies.read_outline(reply, len(paper.pages)), seconds=seconds
        )

    def links(self, paper: Paper, index: int, *, seconds: float) -> tuple[Link, ...]:
        """Raises PageUnreadable."""
        return self._ask_page(
            "links", paper, index, lambda reply: replies.read_links(reply, len(paper.pages)), seconds=seconds
        )

    def annotate(
        self,
        paper: Paper,
        annotations: Sequence[Annotation],
        bookmarks: Sequence[Bookmark],
        *,
        shelf: str,
        seconds: float,
    ) -> tuple[memoryview, ...]:
        """Raises PageUnreadable of no page."""
        original = self._papers[paper.identity]
        told = [(each.page, each.entries, each.form, each.drawing, each.belongs_to) for each in annotations]
        added = sum(len(entries) + len(form) + len(drawing) for _, entries, form, drawing, _ in told)
        try:
            into = NATIVE(2 * (original.size + added) + _ROOM)
        except OSError:
            raise PageUnreadable(None, Unreadable.TOO_LARGE) from None
        try:
            is_whole, size = self._ask_page(
                "annotate",
                paper,
                None,
                lambda reply: replies.read_annotated(reply, into.size),
                seconds=seconds,
                blocks=[into],
                into=into.identity,
                password=original.password,
                annotations=told,
                bookmarks=[(text_string(each.title), each.page, each.x, each.y) for each in bookmarks],
                shelf=text_string(shelf),
            )
        finally:
            self._forget.append(into.identity)
        written = into.memory[:size]
        return (written,) if is_whole else (original.whole(), written)

    def end(self) -> None:
        """Kill the worker and start no other: what is being asked fails at once. From any thread."""
        with self._lock:
            self._is_ended = True
            if self._worker is not None:
                self._worker.kill()

    def clear(self) -> None:
        """Bury the worker and let go of every paper. From the thread that asks."""
        self._bury()
        self._papers.clear()

    def _ask_page(
        self,
        do: str,
        paper: Paper,
        index: int | None,
        read: Callable[[Any], T],
        *,
        seconds: float,
        blocks: Sequence[Block] = (),
        **arguments: Any,
    ) -> T:
        about = {"paper": paper.identity, **({} if index is None else {"page": index})}
        worker = self.be_ready()
        try:
            if paper.identity not in worker.opened:
                self._open(worker, paper.identity)
            source = self._papers[paper.identity]
            return self._ask(worker, do, about | arguments, read, seconds=seconds, blocks=blocks, source=source)
        except Unfed as unfed:
            raise unfed.error from None
        except Unanswered as unanswered:
            raise PageUnreadable(index, unanswered.reason) from None
        except PaperRefused:
            raise PageUnreadable(index, Unreadable.DAMAGED) from None

    def _open(self, worker: Worker, identity: int) -> Paper:
        source = self._papers[identity]
        paper = self._ask(
            worker,
            "open",
            {"paper": identity, "size": source.size, "password": source.password},
            lambda reply: replies.read_paper(reply, identity),
            seconds=source.seconds,
            blocks=[source.window],
            source=source,
        )
        worker.opened.add(identity)
        return paper

    def _ask(
        self,
        worker: Worker,
        do: str,
        arguments: dict[str, Any],
        read: Callable[[Any], T],
        *,
        seconds: float,
        blocks: Sequence[Block] = (),
        source: Source | None = None,
    ) -> T:
        forget, self._forget = [*self._forget, *(block.identity for block in self._frames.surplus())], []
        if source is not None:
            seconds = max(0.0, min(seconds, source.ends_at - time.monotonic()))
        try:
            reply = worker.ask(do, arguments, seconds=seconds, blocks=blocks, forget=forget, source=source)
            return read(_outcome(reply))
        except Unanswered as unanswered:
            if unanswered.reason in {Unreadable.TOO_SLOW, Unreadable.CRASHED}:
                self._bury()
            raise
        except Unfed:
            self._bury()  # it waits in the middle of a page
            raise
        except (KeyError, TypeError, ValueError):
            self._bury()
            raise Unanswered(Unreadable.CRASHED) from None

    def _bury(self) -> None:
        with self._lock:
            if self._worker is not None:
                self._worker.bury()
                self._worker = None


def _outcome(reply: Any) -> Any:
    """What was asked for. Raises what the worker says instead, and KeyError, TypeError or ValueError for nonsense."""
    if "refused" in reply:
        raise PaperRefused(Refusal(reply["refused"]), takes_password=reply["takes_password"] is True)
    if "failed" in reply:
        raise Unanswered(Unreadable(reply["failed"]))
    return reply["done"]
