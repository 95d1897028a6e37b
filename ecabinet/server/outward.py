"""Asking at an address that somebody else named, as a certificate does: whatever it is, it harms neither us nor ours.

Promises: only http and https, to hosts of the open network by their usual ports, or of networks that the operator
allows. It is the resolved address that is judged, after every redirect again, and the very one that is connected to:
no name leads to this machine or to those beside it. An answer has a limit of size and of time, however slowly it comes.
"""

import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Self
from urllib.parse import SplitResult, urljoin, urlsplit

from ecabinet.server.errands import Failed, is_web_address

_USUAL_PORTS = {"http": 80, "https": 443}
_LONGEST_ADDRESS = 2048
_MOST_REDIRECTS = 3
_OK = 200
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REDIRECTS_OF_POSTS = frozenset({307, 308})
_NAT64 = IPv6Network("64:ff9b::/96")

_Address = IPv4Address | IPv6Address
_Network = IPv4Network | IPv6Network


class Forbidden(Failed):
    """An address that is not asked, whoever names it."""


class BadNetwork(ValueError):
    """Not a network, as `10.0.0.0/8`."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be asked beside the open network: networks that the operator allows, at any port."""

    networks: tuple[_Network, ...] = ()

    @classmethod
    def within(cls, networks: Iterable[str]) -> Self:
        """Raises BadNetwork."""
        try:
            return cls(tuple(map(ip_network, networks)))
        except ValueError as error:
            raise BadNetwork(str(error)) from error

    def has(self, address: _Address, *, is_usual_port: bool) -> bool:
        """Whether this address may be connected to."""
        inner = _inner(address)
        if any(inner in network for network in self.networks if network.version == inner.version):
            return True
        return is_usual_port and _is_open(inner) and not _is_own(address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of an address. Without a message it is fetched, with one it is sent there."""

    url: str
    message: bytes | None = None
    media_type: str = ""


def ask(question: Question, reach: Reach, *, seconds: float, limit: int) -> bytes:
    """At most `limit` bytes of an answer with status 200, in so many seconds. Raises Failed, OSError, HTTPException."""
    ends_at = time.monotonic() + seconds
    url = question.url
    for _ in range(_MOST_REDIRECTS + 1):
        where = _place(url)
        with closing(_connection(where, reach, seconds)) as connection, _until(ends_at, connection):
            status, headers, data = _exchange(connection, where, question, limit)
        if status == _OK:
            return data
        follows = _REDIRECTS if question.message is None else _REDIRECTS_OF_POSTS
        target = headers.get("location")
        if status not in follows or target is None:
            raise Failed(f"status {status}")
        try:
            url = urljoin(url, target)
        except ValueError as error:
            raise Forbidden("no web address") from error
    raise Failed("too many redirects")


def _place(url: str) -> SplitResult:
    if len(url) > _LONGEST_ADDRESS or not url.isascii() or not url.isprintable() or " " in url:
        raise Forbidden("no web address")
    if not is_web_address(url):
        raise Forbidden("no web address")
    where = urlsplit(url)
    if where.username is not None or where.password is not None:
        raise Forbidden("an address with a password")
    return where


def _connection(where: SplitResult, reach: Reach, seconds: float) -> HTTPConnection:
    host, port = str(where.hostname), where.port or _USUAL_PORTS[where.scheme]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise Forbidden("no web address") from error
    is_usual = port == _USUAL_PORTS[where.scheme]
    for *_, place in found:
        with suppress(ValueError, OSError):  # a zone, as link-local addresses have it; or no way there
            address = ip_address(place[0])
            if reach.has(address, is_usual_port=is_usual):
                return _Pinned(host, port, str(address), is_secure=where.scheme == "https", seconds=seconds)
    raise Forbidden("a host that is not of the open network")


def _exchange(
    connection: HTTPConnection, where: SplitResult, question: Question, limit: int
) -> tuple[int, HTTPMessage, bytes]:
    path = (where.path or "/") + (f"?{where.query}" if where.query else "")
    headers = {} if question.message is None else {"content-type": question.media_type}
    connection.request("GET" if question.message is None else "POST", path, question.message, headers)
    answer = connection.getresponse()
    data = answer.read(limit + 1)
    if len(data) > limit:
        raise Failed("an answer that is too long")
    return answer.status, answer.headers, data


@contextmanager
def _until(ends_at: float, connection: HTTPConnection) -> Iterator[None]:
    """Cuts the connection at that time: a byte now and then keeps every other limit from being reached."""
    is_late = threading.Event()

    def cut() -> None:
        is_late.set()
        with suppress(OSError, AttributeError):  # gone, or not there yet: then connecting has a limit of its own
            connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(ends_at - time.monotonic(), 0), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
        if is_late.is_set():
            raise Failed("an answer that takes too long")
    finally:
        timer.cancel()


class _Pinned(HTTPConnection):
    """To an address that was judged, whatever its host's name may lead to by now."""

    def __init__(self, host: str, port: int, address: str, *, is_secure: bool, seconds: float) -> None:
        super().__init__(host, port, timeout=seconds)
        self._address, self._is_secure = address, is_secure

    def connect(self) -> None:
        connected = socket.create_connection((self._address, self.port), self.timeout)
        if self._is_secure:
            connected = ssl.create_default_context().wrap_socket(connected, server_hostname=self.host)
        self.sock = connected


def _inner(address: _Address) -> _Address:
    """Where an address leads: IPv4 within IPv6 is judged as that."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def _is_open(address: _Address) -> bool:
    is_tunnel = isinstance(address, IPv6Address) and (address.sixtofour is not None or address.teredo is not None)
    return address.is_global and not address.is_multicast and not address.is_reserved and not is_tunnel


def _is_own(address: _Address) -> bool:
    """Whether it is this machine's: then the system sends from it to it. Nothing is sent to find out."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((str(address), 9))
        return bool(ip_address(probe.getsockname()[0]) == address)
