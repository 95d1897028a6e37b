"""Reaching a server, and not being taken in by another one."""

import itertools
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ecabinet.client.first_trust import ask_for_ca
from ecabinet.client.remote import Remote, _lines, public_key_of
from ecabinet.client.remote_errors import BadAnswer, NeedsNewerVersion, OtherCertificate, RefusedByServer, Unreachable
from ecabinet.core import protocol
from ecabinet.core.people import Role
from ecabinet.core.protocol import Code, EnrolmentRequest, Reason
from ecabinet.server.keys import Keys
from tests.server.live import LiveCabinet, Process


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    process = Process(tmp_path_factory.mktemp("reached") / "data")
    yield process
    process.stop()


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    process = Process(tmp_path_factory.mktemp("other") / "data")
    yield process
    process.stop()


def place_of(process: Process) -> tuple[str, int]:
    host, port = process.url.removeprefix("https://").rsplit(":", 1)
    return host, int(port)


@pytest.fixture
def remote(process: Process) -> Iterator[Remote]:
    remote = Remote(*place_of(process), ask_for_ca(*place_of(process)))
    yield remote
    remote.close()


def test_the_ca_that_is_told_is_the_one_the_code_means(process: Process, other: Process) -> None:
    ca, another = ask_for_ca(*place_of(process)), ask_for_ca(*place_of(other))
    code = Code.from_text(process.said["founding_code"])
    assert code.is_for(public_key_of(ca))
    assert not code.is_for(public_key_of(another))


def test_who_knows_one_server_is_not_taken_in_by_another(process: Process, other: Process) -> None:
    remote = Remote(*place_of(other), ask_for_ca(*place_of(process)))
    with pytest.raises(OtherCertificate) as caught:
        remote.hello()
    assert not caught.value.is_about_time
    remote.close()


def test_nobody_there_is_unreachable_and_the_request_never_left(process: Process) -> None:
    remote = Remote("127.0.0.1", 9, ask_for_ca(*place_of(process)))
    with pytest.raises(Unreachable) as caught:
        remote.hello()
    assert not caught.value.may_have_arrived
    with pytest.raises(Unreachable):
        ask_for_ca("127.0.0.1", 9)


def test_a_refusal_is_typed(remote: Remote) -> None:
    request = EnrolmentRequest(secret=bytes(10), csr=b"", device_key=bytes(32), sealing_key=bytes(32), device_name="")
    with pytest.raises(RefusedByServer) as caught:
        remote.ask_enrolment(request)
    assert caught.value.refusal.reason is Reason.WRONG_CODE
    with pytest.raises(RefusedByServer) as caught:
        remote.feed("H49", epoch="", after=0, tree=0)
    assert caught.value.refusal.reason is Reason.NOT_SIGNED_IN


def test_a_later_protocol_asks_for_a_newer_program(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ecabinet.client.remote.VERSION", protocol.VERSION - 1)
    with pytest.raises(NeedsNewerVersion):
        remote.hello()


def test_a_connection_that_died_while_it_was_kept_is_replaced(tmp_path: Path) -> None:
    process = Process(tmp_path / "data")
    host, port = place_of(process)
    remote = Remote(host, port, ask_for_ca(host, port))
    remote.hello()
    process.stop()
    again = Process(tmp_path / "data", "--port", str(port))
    try:
        assert remote.hello().protocol == protocol.VERSION
    finally:
        remote.close()
        again.stop()


def test_news_ends_the_waiting_and_so_does_whoever_wants_to(process: Process) -> None:
    cabinet = LiveCabinet(process.url, process.said["founding_code"])
    cabinet.found()
    registrar = cabinet.devices["registrar"]

    class DeviceKeys:
        device_public_key = registrar.device_key.public_key().public_bytes_raw()

        def device_sign(self, challenge: bytes) -> bytes:
            return registrar.device_key.sign(challenge)

    remote = Remote(*place_of(process), cabinet.server.ca_certificate, DeviceKeys())
    heard: list[bool] = []

    def look_until(ended: Callable[[], object]) -> None:
        began = time.monotonic()
        waiting = threading.Thread(target=lambda: heard.append(remote.look(cabinet.body, 100)))
        waiting.start()
        while remote._looking is None:
            assert time.monotonic() - began < 60
        ended()
        waiting.join(60)
        assert not waiting.is_alive()

    look_until(lambda: cabinet.enrol("secretary", Role.SECRETARY))
    look_until(remote.stop_looking)
    assert heard == [True, False]
    remote.close()


# ---------------------------------------------------------------- servers that mean no good


@contextmanager
def answering(folder: Path, head: bytes, pieces: Iterable[bytes]) -> Iterator[tuple[str, int]]:
    """A server of no known CA that says this to whoever asks it anything, for as long as anybody listens."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with Keys(folder).tls(["127.0.0.1"], datetime.now(UTC)) as (chain, key):
        context.load_cert_chain(chain, key)

    def serve() -> None:
        with suppress(OSError), context.wrap_socket(listener.accept()[0], server_side=True) as connection:
            connection.recv(65536)
            connection.sendall(head)
            for piece in pieces:
                connection.sendall(piece)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = threading.Thread(target=serve)
        serving.start()
        yield listener.getsockname()[:2]
        serving.join(60)
        assert not serving.is_alive()


def drips() -> Iterator[bytes]:
    while True:
        yield b"x"
        threading.Event().wait(0.01)


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"])
def test_a_stranger_gets_no_more_time_than_an_introduction_takes(
    head: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ecabinet.client.first_trust._HELLO_LIMIT", 0.3)
    with answering(tmp_path, head, drips()) as place, pytest.raises(Unreachable):
        ask_for_ca(*place)


def test_a_stranger_gets_no_more_memory_than_an_introduction_takes(tmp_path: Path) -> None:
    sent = 0

    def flood() -> Iterator[bytes]:
        nonlocal sent
        while True:
            yield bytes(65536)
            sent += 65536

    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    with answering(tmp_path, head, flood()) as place, pytest.raises(BadAnswer):
        ask_for_ca(*place)
    assert sent < 16 * 1024 * 1024


class _Stream:
    """As much of an answer as `_lines` reads."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)

    def read1(self, _: int) -> bytes:
        return next(self._pieces, b"")


def test_news_come_line_by_line_however_they_are_cut() -> None:
    pieces = [b":", b"\n\nda", b"ta: look\n\n"]
    assert [line for line in _lines(_Stream(pieces)) if line] == [b":", b"data: look"]


def test_a_line_without_end_is_not_gathered() -> None:
    taken = itertools.count()
    endless = (bytes([120]) * 4096 for _ in taken)
    with pytest.raises(BadAnswer):
        list(_lines(_Stream(endless)))
    assert next(taken) < 4
