"""Asking a server that is not known yet who it is: whoever answers is told nothing, and not yet believed."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPSConnection

from ecabinet.client.remote import CONNECT_LIMIT, read_hello, shut
from ecabinet.client.remote_errors import BadAnswer, Unreachable
from ecabinet.core.protocol import Path

_HELLO_LIMIT = 10.0
"""Seconds in which it has to have introduced itself."""
_LARGEST_HELLO = 1024 * 1024


def ask_for_ca(host: str, port: int) -> bytes:
    """The CA certificate (DER) that whoever answers there claims to have. They are told nothing, and not yet believed.

    So they get neither more memory nor more time than an honest answer takes. Raises Unreachable, NeedsNewerVersion,
    BadAnswer.
    """
    ends_at = time.monotonic() + _HELLO_LIMIT
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connection = HTTPSConnection(host, port, context=context, timeout=CONNECT_LIMIT)
    try:
        connection.connect()
        with _broken_off(connection.sock, ends_at):
            connection.request("GET", Path.HELLO)
            data = connection.getresponse().read(_LARGEST_HELLO + 1)
    except (OSError, HTTPException) as error:
        raise Unreachable from error
    finally:
        connection.close()
    if len(data) > _LARGEST_HELLO:
        raise BadAnswer
    if time.monotonic() > ends_at:
        raise Unreachable
    return read_hello(data).ca_certificate


@contextmanager
def _broken_off(sock: socket.socket, at: float) -> Iterator[None]:
    """At that time, whatever waits for the socket fails at once: a time-out bounds one read, not an answer in drips."""
    timer = threading.Timer(max(at - time.monotonic(), 0.0), shut, [sock])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
