"""Reaching a server, and not being taken in by another one."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ecabinet.client.remote import (
    NeedsNewerVersion,
    OtherCertificate,
    RefusedByServer,
    Remote,
    Unreachable,
    ask_for_ca,
    public_key_of,
)
from ecabinet.core import protocol
from ecabinet.core.people import Role
from ecabinet.core.protocol import Code, EnrolmentRequest, Reason
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

    class Keys:
        device_public_key = registrar.device_key.public_key().public_bytes_raw()

        def device_sign(self, challenge: bytes) -> bytes:
            return registrar.device_key.sign(challenge)

    remote = Remote(*place_of(process), cabinet.server.ca_certificate, Keys())
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
