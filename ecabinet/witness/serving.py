"""The witness on the wire: HTTP/1.1 with keep-alive, over TLS or behind a proxy, one short answer to one short request.

A connection is dropped when it says nothing for a while, is slow for long, or when there are too many.
"""

import socket
import ssl
import sys
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ecabinet.core.witnessing import ADD_CHECKPOINT, LARGEST_REQUEST, SIZE_MEDIA_TYPE, Declined, Status
from ecabinet.witness.records import DamagedRecord
from ecabinet.witness.witness import Witness

_SILENCE = 30.0
"""Seconds for which a connection may say nothing."""
_PATIENCE = 60.0
"""Seconds within which a request's body is here."""
_MOST_CONNECTIONS = 256
_PIECE = 16 * 1024
_TEXT = "text/plain; charset=utf-8"


class WitnessServer(ThreadingHTTPServer):
    """Listens from the moment it is made; `serve_forever` answers."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, witness: Witness, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.witness, self._tls = witness, tls
        self._room = threading.BoundedSemaphore(_MOST_CONNECTIONS)
        super().__init__((host, port), _Conversation)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def get_request(self) -> tuple[Any, Any]:
        connection, address = super().get_request()
        if self._tls is not None:  # shakes hands in the connection's own thread: nobody waits for another's
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._room.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the standard library's
        """A connection that broke is nobody's business; anything else is told to who runs the witness."""
        error = sys.exception()
        if not isinstance(error, OSError):
            log(f"failed: {type(error).__name__}: {error}")


class _Conversation(BaseHTTPRequestHandler):
    """One connection."""

    server: WitnessServer
    protocol_version = "HTTP/1.1"
    server_version = "ecabinet-witness"
    sys_version = ""
    timeout = _SILENCE

    def do_POST(self) -> None:
        text = self._body()
        if text is None:
            return
        if self.path != ADD_CHECKPOINT:
            self._answer(HTTPStatus.NOT_FOUND)
            return
        try:
            cosignature = self.server.witness.add_checkpoint(text)
        except Declined as declined:
            size = "" if declined.size is None else f"{declined.size}\n"
            self._answer(declined.status, size, SIZE_MEDIA_TYPE if size else _TEXT)
        except (DamagedRecord, OSError) as error:
            log(f"failed: {type(error).__name__}: {error}")
            self._answer(HTTPStatus.INTERNAL_SERVER_ERROR)
        else:
            self._answer(Status.COSIGNED, cosignature.line())

    def do_GET(self) -> None:
        self._answer(HTTPStatus.METHOD_NOT_ALLOWED if self.path == ADD_CHECKPOINT else HTTPStatus.NOT_FOUND)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's
        """What was asked is nobody's business; what went wrong is told by `log`."""

    def _body(self) -> str | None:
        """The request's body; None when that was answered already."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit() and len(length) < 10):  # noqa: PLR2004 - digits of a number we may read
            self._answer(HTTPStatus.LENGTH_REQUIRED, closes=True)
            return None
        left = int(length)
        if left > LARGEST_REQUEST:
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, closes=True)
            return None
        data, until = bytearray(), time.monotonic() + _PATIENCE
        while left and (piece := self.rfile.read1(min(left, _PIECE))):
            data += piece
            left -= len(piece)
            if time.monotonic() > until:
                break
        if left:
            self._answer(HTTPStatus.REQUEST_TIMEOUT, closes=True)
            return None
        try:
            return data.decode()
        except UnicodeDecodeError:
            self._answer(Status.MALFORMED)
            return None

    def _answer(self, status: int, text: str = "", media_type: str = _TEXT, *, closes: bool = False) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(data)))
        if closes:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(data)


def log(line: str) -> None:
    """A line for who runs the witness."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - its log
