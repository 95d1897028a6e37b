"""The network between a client and the server, which can be cut: a TCP relay on loopback.

A cut relay ends every connection at once, with a reset, and refuses new ones: what a laptop sees when its car enters a
tunnel.
"""

import contextlib
import socket
import struct
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Self

_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, for no time: closing sends a reset."""
_PIECE = 256 * 1024


@dataclass(eq=False, slots=True)
class _Link:
    """One connection of a client, and ours to the server for it."""

    near: socket.socket
    far: socket.socket
    finished_ways: int = 0
    is_cut: bool = False

    def reset(self) -> None:
        self.is_cut = True
        _reset(self.near)
        _reset(self.far)


class Relay:
    """Forwards connections on its own loopback port to `target`, until it is cut; from `mend()` on, again."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._lock = threading.Lock()
        self._links: set[_Link] = set()
        self._listener: socket.socket | None = None
        self._port = 0
        self.forwarded = 0
        """Bytes passed on, both ways."""
        self.mend()

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", self._port

    @property
    def is_cut(self) -> bool:
        return self._listener is None

    def mend(self) -> None:
        """Listens again, on the port it had before."""
        with self._lock:
            if self._listener is None:
                self._listener = socket.create_server(("127.0.0.1", self._port))
                self._port = self._listener.getsockname()[1]
                threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def lead_to(self, target: tuple[str, int]) -> None:
        """Ends every connection; from now on they lead elsewhere."""
        self.cut()
        self._target = target
        self.mend()

    def cut(self) -> None:
        """Ends every connection and refuses new ones."""
        with self._lock:
            listener, self._listener = self._listener, None
            for link in self._links:
                link.reset()
            self._links.clear()
        if listener is not None:
            # Shutting down wakes the thread that waits in accept(); closing alone would leave it there.
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.cut()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:  # the listener was closed: cut
                return
            try:
                far = socket.create_connection(self._target)
            except OSError:
                _reset(near)
                continue
            link = _Link(near, far)
            with self._lock:
                if self._listener is not listener:
                    link.reset()
                    return
                self._links.add(link)
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(link, source, sink), daemon=True).start()

    def _pump(self, link: _Link, source: socket.socket, sink: socket.socket) -> None:
        buffer = memoryview(bytearray(_PIECE))
        try:
            while count := source.recv_into(buffer):
                self._pass_on(sink, buffer[:count])
            with self._lock:
                self._finish_way(link, sink)
        except OSError:  # either end has gone, or the relay was cut
            with self._lock:
                link.reset()
                self._links.discard(link)

    def _pass_on(self, sink: socket.socket, piece: memoryview) -> None:
        while piece:
            sent = sink.send(piece)
            piece = piece[sent:]
            with self._lock:
                self.forwarded += sent

    def _finish_way(self, link: _Link, sink: socket.socket) -> None:
        if link.is_cut:  # a farewell now would reach the peer before the reset
            return
        sink.shutdown(socket.SHUT_WR)
        link.finished_ways += 1
        if link.finished_ways == 2:  # noqa: PLR2004 - there and back
            link.near.close()
            link.far.close()
            self._links.discard(link)


def _reset(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        # Wakes a thread that waits in recv(), without the polite farewell that shutting down both ways would send.
        connection.shutdown(socket.SHUT_RD)
    connection.close()
