"""One life of the process that reads papers: started, asked, and killed when it takes too long."""

import json
import logging
import multiprocessing
import os
import select
import struct
import sys
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

from ecabinet.client.pages import replies
from ecabinet.client.pages.content import Unreadable
from ecabinet.client.pages.shared import Block
from ecabinet.client.pages.source import Source

_START_SECONDS = 30.0
_PIECE = 1 << 20
_LENGTH = struct.Struct("!i")  # what multiprocessing's pipes put before a message

_log = logging.getLogger("ecabinet.pages")
_context = multiprocessing.get_context("spawn")


def _work(connection: Connection, memory: int) -> None:
    from ecabinet.client.pages.worker import serve  # noqa: PLC0415 - PyMuPDF is for the worker alone

    serve(connection, memory)


class PagesUnavailable(Exception):
    """No worker can be started: the installation is broken, or the machine at its limits. No fault of a paper."""


class Unanswered(Exception):
    """No answer came, or none that makes sense; `reason` says how."""

    def __init__(self, reason: Unreadable) -> None:
        self.reason = reason


class Worker:
    """One life of the page process. It is dead after `Unanswered` with TOO_SLOW or CRASHED."""

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

        Raises Unanswered, Unfed, and TypeError or ValueError where it wants what can't be.
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
            raise Unanswered(Unreadable.CRASHED) from None
        self._known = self._known - gone | {block.identity for block in new}
        deadline = time.monotonic() + seconds
        while True:
            reply = self._receive(deadline)
            if source is None or not isinstance(reply, dict) or reply.get("paper") != source.window.identity:
                return reply
            source.feed(reply["wanted"])
            if time.monotonic() > deadline:
                raise Unanswered(Unreadable.TOO_SLOW)
            self._go_on()

    def be_ready(self) -> None:
        """Wait until it has started. Raises PagesUnavailable."""
        if self._is_ready:
            return
        try:
            self.is_confined = self._receive(time.monotonic() + _START_SECONDS)["done"] is True
        except Unanswered as unanswered:
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
            raise Unanswered(Unreadable.CRASHED) from None

    def _receive(self, deadline: float) -> Any:
        try:
            return json.loads(_receive_bytes(self._connection, deadline))
        except TimeoutError:
            raise Unanswered(Unreadable.TOO_SLOW) from None
        except (EOFError, OSError, ValueError, RecursionError):
            raise Unanswered(Unreadable.CRASHED) from None


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
