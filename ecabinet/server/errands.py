"""What the server asks of others: again and again, each errand in a thread of its own, and never while somebody waits.

Promises: a service that is slow, gone or mad costs a thread that sleeps; what failed is tried again after a pause that
grows; no answer is read beyond its limit.
"""

import ssl
import threading
import time
from abc import ABC, abstractmethod
from contextlib import closing
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import urlsplit

import structlog

_log = structlog.get_logger()

_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 300.0
"""Seconds after something failed; doubled each time."""


class Failed(Exception):
    """The other side did not do what was asked; the message says why, for the operator's log."""


class Errand(ABC):
    """Runs from `start` to `close`. Subclasses do the work."""

    kind: str
    """What it is, in the log."""
    name: str
    """Who is asked, in the log."""

    def __init__(self) -> None:
        self._woken = threading.Event()
        self._is_stopped = False

    @abstractmethod
    def do(self) -> float:
        """Does what there is to do; in how many seconds to look again, unless woken. Whatever it raises pauses it."""

    def start(self) -> None:
        threading.Thread(target=self._run, daemon=True).start()

    def close(self) -> None:
        """Nobody is asked any more; who is being asked is not waited for."""
        self._is_stopped = True
        self._woken.set()

    def wake(self, *_: object) -> None:
        """There may be something new. From any thread; never waits."""
        self._woken.set()

    def _run(self) -> None:
        pause = 0.0
        while not self._is_stopped:
            try:
                look_again_in = self.do()
                pause = 0.0
            except Exception as error:  # noqa: BLE001 - whatever it was, it is tried again
                pause = min(max(2 * pause, _FIRST_PAUSE), _LONGEST_PAUSE)
                why = str(error) if isinstance(error, Failed) else type(error).__name__
                _log.warning(self.kind, name=self.name, why=why, again_in=pause)
            if pause:  # whatever is new can wait as long
                self._sleep(pause)
            else:
                self._woken.wait(look_again_in)
            self._woken.clear()

    def _sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._is_stopped and (left := until - time.monotonic()) > 0:
            self._woken.wait(left)
            self._woken.clear()


def is_web_address(url: str) -> bool:
    """Whether it is one that can be asked: http or https, with a host."""
    try:
        where = urlsplit(url)
        return where.scheme in {"http", "https"} and bool(where.hostname) and where.port != 0
    except ValueError:
        return False


def ask(
    url: str, message: bytes | None, media_type: str, *, context: ssl.SSLContext, seconds: float, limit: int
) -> tuple[int, bytes]:
    """Posts a message, or gets what is there without one: status and at most `limit` bytes.

    Raises Failed for a longer answer, OSError, HTTPException.
    """
    where = urlsplit(url)
    host, port = str(where.hostname), where.port
    path = (where.path or "/") + (f"?{where.query}" if where.query else "")
    with closing(
        HTTPConnection(host, port, timeout=seconds)
        if where.scheme == "http"
        else HTTPSConnection(host, port, timeout=seconds, context=context)
    ) as connection:
        headers = {} if message is None else {"content-type": media_type}
        connection.request("GET" if message is None else "POST", path, message, headers)
        answer = connection.getresponse()
        data = answer.read(limit + 1)
    if len(data) > limit:
        raise Failed("an answer that is too long")
    return answer.status, data
