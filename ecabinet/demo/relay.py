"""The network between a client and the server, which can be cut: a TCP relay on loopback.

A cut relay ends every connection at once, with a reset, and refuses new ones: what a laptop sees when its car enters a
tunnel.
"""

import contextlib
import socket
import struct
import threading
from types import TracebackType
from typing import Self

_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, for no time: closing sends a reset."""
_PIECE = 256 * 1024


class Relay:
    """Forwards connections on its own loopback port to `target`, until it is cut; from `mend()` on, again."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
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

    def cut(self) -> None:
        """Ends every connection and refuses new ones."""
        with self._lock:
            listener, self._listener = self._listener, None
            connections = list(self._open)
            self._open.clear()
        if listener is not None:
            # Shutting down wakes the thread that waits in accept(); closing alone would leave it there.
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for connection in connections:
            _reset(connection)

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
            with self._lock:
                if self._listener is not listener:
                    _reset(near)
                    _reset(far)
                    return
                self._open |= {near, far}
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        buffer = memoryview(bytearray(_PIECE))
        try:
            while count := source.recv_into(buffer):
                sink.sendall(buffer[:count])
                with self._lock:
                    self.forwarded += count
            sink.shutdown(socket.SHUT_WR)
        except OSError:  # either end has gone, or the relay was cut
            _reset(source)
            _reset(sink)
        with self._lock:
            self._open.discard(source)


def _reset(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        # Wakes a thread that waits in recv(), without the polite farewell that shutting down both ways would send.
        connection.shutdown(socket.SHUT_RD)
    connection.close()
