"""The worker, watched: asked, ended when it takes too long, and replaced with the papers it had open.

For one thread at a time, save `end`. Whatever a worker answers is checked before it is believed; an answer that makes
no sense counts as a crash.
"""

import contextlib
import json
import logging
import math
import multiprocessing
import os
import select
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
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
from ecabinet.client.pages.shared import CHUNK, NATIVE, Block, Frames

T = TypeVar("T")

MEMORY = 1 << 30
"""Private bytes a worker may take; shared ones are not counted."""
WINDOW = 8 << 20
"""Bytes of a paper that a worker has at hand at most."""
_START_SECONDS = 30.0
_CLOSE_SECONDS = 2.0
_PIECE = 1 << 20
_ROOM = 16 << 20
"""For what a copy has beyond twice the paper and twice its notes: tables of places in the file."""
_LENGTH = struct.Struct("!i")  # what multiprocessing's pipes put before a message
_COPIED_UP_TO = 1 << 20
"""Smaller pixels are copied out: a block for each, with its two file handles, would be out of proportion."""

_AS_REFUSAL = {
    Unreadable.DAMAGED: Refusal.DAMAGED,
    Unreadable.TOO_LARGE: Refusal.TOO_LARGE,
    Unreadable.TOO_SLOW: Refusal.TOO_SLOW,
    Unreadable.CRASHED: Refusal.DAMAGED,
}

Read = Callable[[int, memoryview], None]
"""Writes a paper's plain bytes, from an offset on, into memory of just so many. Called now and then, in one thread,
as long as the paper is open; what it raises is raised by what was asked."""

_log = logging.getLogger("ecabinet.pages")
_context = multiprocessing.get_context("spawn")


def _work(connection: Connection, memory: int) -> None:
    from ecabinet.client.pages.worker import serve  # noqa: PLC0415 - PyMuPDF is for the worker alone

    serve(connection, memory)


class PagesUnavailable(Exception):
    """No worker can be started: the installation is broken, or the machine at its limits. No fault of a paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a paper's bytes are, what opens it, and the window that its worker sees of it."""

    size: int
    read: Read
    password: str
    window: Block
    seconds: float
    """For opening it."""

    @classmethod
    def of(cls, size: int, read: Read, *, password: str = "", seconds: float) -> "Source":
        """Raises PaperRefused where there is no memory."""
        try:
            window = NATIVE(min(-(-size // CHUNK) * CHUNK, WINDOW))
        except OSError:
            raise PaperRefused(Refusal.TOO_LARGE) from None
        return cls(size=size, read=read, password=password, window=window, seconds=seconds)

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
                raise _Unfed(error) from None


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


class _Unfed(Exception):
    """The bytes that were asked for can't be had."""

    def __init__(self, error: Exception) -> None:
        self.error = error


class _Unanswered(Exception):
    def __init__(self, reason: Unreadable) -> None:
        self.reason = reason


class _Worker:
    """One life of the page process. It is dead after `_Unanswered` with TOO_SLOW or CRASHED."""

    def __init__(self, memory: int) -> None:
        self._connection, there = _context.Pipe()
        self._process = _context.Process(target=_work, args=(there, memory), name="ecabinet-pages", daemon=True)
        self._process.start()
        there.close()
        self._is_ready = False
        self.is_confined: bool | None = None
        """Whether the system refuses it everything but computing. It says so before it sees a paper."""
        self._known: set[int] = set()
        """The blocks it has."""
        self.opened: set[int] = set()
        """The papers it has open."""

    @property
    def identity(self) -> int | None:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive()

    def ask(
        self,
        do: str,
        arguments: dict[str, Any],
        *,
        seconds: float,
        blocks: Sequence[Block],
        forget: Sequence[int],
        source: Source | None,
    ) -> Any:
        """What it answers. Meanwhile it is given what it wants of the bytes of `source`, and of no other.

        Raises _Unanswered, _Unfed, and TypeError or ValueError where it wants what can't be.
        """
        new = [block for block in blocks if block.identity not in self._known]
        gone = self._known.intersection(forget)
        request = {
            "do": do,
            "with": arguments,
            "seconds": seconds,
            "blocks": [{"id": block.identity, "size": block.size, "name": block.name} for block in new],
            "forget": list(gone),
        }
        try:
            self._connection.send_bytes(json.dumps(request).encode())
            for block in new:
                block.lend(self._connection, self._process.pid or 0)
        except OSError:
            raise _Unanswered(Unreadable.CRASHED) from None
        self._known = self._known - gone | {block.identity for block in new}
        deadline = time.monotonic() + seconds
        while True:
            reply = self._receive(deadline)
            if source is None or not isinstance(reply, dict) or reply.get("paper") != source.window.identity:
                return reply
            source.feed(reply["wanted"])
            if time.monotonic() > deadline:
                raise _Unanswered(Unreadable.TOO_SLOW)
            self._go_on()

    def be_ready(self) -> None:
        """Wait until it has started. Raises PagesUnavailable."""
        if self._is_ready:
            return
        try:
            self.is_confined = self._receive(time.monotonic() + _START_SECONDS)["done"] is True
        except _Unanswered as unanswered:
            raise PagesUnavailable(unanswered.reason.value) from None
        if not self.is_confined:
            _log.warning("this system does not confine the process that reads papers: see SECURITY.md")
        self._is_ready = True

    def kill(self) -> None:
        """End it at once. From any thread."""
        self._process.kill()

    def bury(self) -> None:
        """End it and leave nothing of it behind."""
        self._process.kill()
        self._process.join()
        self._connection.close()

    def _go_on(self) -> None:
        """Say that it has what it wanted. Never waits: one that has not read what it was told before is lost."""
        try:
            if not _can_take(self._connection):
                raise BlockingIOError
            self._connection.send_bytes(b"")
        except OSError:
            raise _Unanswered(Unreadable.CRASHED) from None

    def _receive(self, deadline: float) -> Any:
        try:
            return json.loads(_receive_bytes(self._connection, deadline))
        except TimeoutError:
            raise _Unanswered(Unreadable.TOO_SLOW) from None
        except (EOFError, OSError, ValueError, RecursionError):
            raise _Unanswered(Unreadable.CRASHED) from None


def _await_bytes(connection: Connection, deadline: float) -> None:
    if not connection.poll(max(deadline - time.monotonic(), 0.0)):
        raise TimeoutError


if sys.platform == "win32":

    def _receive_bytes(connection: Connection, deadline: float) -> bytes:
        """One message, which such a pipe brings whole. Raises TimeoutError, EOFError, OSError."""
        _await_bytes(connection, deadline)
        return connection.recv_bytes(replies.SIZE_LIMIT)

    def _can_take(_connection: Connection) -> bool:
        """Nothing tells."""
        return True

else:

    def _can_take(connection: Connection) -> bool:
        """Whether a few bytes go in at once."""
        return bool(select.select([], [connection], [], 0)[1])

    def _receive_bytes(connection: Connection, deadline: float) -> bytes:
        """One message, within the time however slowly it drips. Raises TimeoutError, EOFError, ValueError, OSError.

        `recv_bytes` waits for ever for the rest of a message that has begun. What it reads: a length, then so much.
        """
        (length,) = _LENGTH.unpack(_receive_exactly(connection, _LENGTH.size, deadline))
        if not 0 <= length <= replies.SIZE_LIMIT:
            raise ValueError("no length of an answer")
        return _receive_exactly(connection, length, deadline)

    def _receive_exactly(connection: Connection, count: int, deadline: float) -> bytes:
        taken = bytearray()
        while len(taken) < count:
            _await_bytes(connection, deadline)
            part = os.read(connection.fileno(), min(count - len(taken), _PIECE))
            if not part:
                raise EOFError
            taken += part
        return bytes(taken)


class PageProcess:
    """A worker from the first request, or `start`, until `end`; a lost one is replaced at the next request."""

    def __init__(self, memory: int = MEMORY) -> None:
        self._memory = memory
        self._worker: _Worker | None = None
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
            self._worker = _Worker(self._memory)

    def be_ready(self) -> _Worker:
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
        """Open a paper, whose source is kept until `close`. Raises PaperRefused, and what its `read` raises."""
        worker = self.be_ready()
        identity = source.window.identity
        self._papers[identity] = source
        try:
            return self._open(worker, identity)
        except _Unanswered as unanswered:
            error: Exception = PaperRefused(_AS_REFUSAL[unanswered.reason])
        except _Unfed as unfed:
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
            with contextlib.suppress(_Unanswered, PaperRefused):
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
        except _Unfed as unfed:
            raise unfed.error from None
        except _Unanswered as unanswered:
            raise PageUnreadable(index, unanswered.reason) from None
        except PaperRefused:
            raise PageUnreadable(index, Unreadable.DAMAGED) from None

    def _open(self, worker: _Worker, identity: int) -> Paper:
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
        worker: _Worker,
        do: str,
        arguments: dict[str, Any],
        read: Callable[[Any], T],
        *,
        seconds: float,
        blocks: Sequence[Block] = (),
        source: Source | None = None,
    ) -> T:
        forget, self._forget = [*self._forget, *(block.identity for block in self._frames.surplus())], []
        try:
            reply = worker.ask(do, arguments, seconds=seconds, blocks=blocks, forget=forget, source=source)
            return read(_outcome(reply))
        except _Unanswered as unanswered:
            if unanswered.reason in {Unreadable.TOO_SLOW, Unreadable.CRASHED}:
                self._bury()
            raise
        except _Unfed:
            self._bury()  # it waits in the middle of a page
            raise
        except (KeyError, TypeError, ValueError):
            self._bury()
            raise _Unanswered(Unreadable.CRASHED) from None

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
        raise _Unanswered(Unreadable(reply["failed"]))
    return reply["done"]
