"""Real servers under one key that lie: two histories for two halves of the clients, and yesterday's database."""

import copy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ecabinet.client.sync import AlarmKind, Trouble
from ecabinet.core.evidence import ExitCode
from ecabinet.core.people import Role
from ecabinet.demo.relay import Relay
from ecabinet.keys.os_keystore import Keystore
from tests.client.guests import Guests
from tests.client.people import Somebody
from tests.server.live import ROOT, Caller, LiveCabinet, Process


def place(process: Process) -> tuple[str, int]:
    host, _, port = process.url.removeprefix("https://").rpartition(":")
    return host, int(port)


@pytest.fixture
def cabinet(server: Process) -> LiveCabinet:
    cabinet = LiveCabinet(server.url, server.said["founding_code"])
    cabinet.found()
    cabinet.enrol("secretary", Role.SECRETARY)
    return cabinet


@pytest.fixture
def relay(server: Process) -> Iterator[Relay]:
    relay = Relay(place(server))
    yield relay
    relay.cut()


@pytest.fixture
def guests(tmp_path: Path, keystore: Keystore, cabinet: LiveCabinet, relay: Relay) -> Iterator[Guests]:
    """Clients who reach whichever server the relay leads to."""
    guests = Guests(tmp_path / "machines", keystore, cabinet)
    guests.address = f"{relay.address[0]}:{relay.address[1]}"
    yield guests
    guests.lock_all()


def alike(cabinet: LiveCabinet, url: str) -> LiveCabinet:
    """The same body at another server, from here on with a ledger of its own."""
    other = copy.copy(cabinet)
    other.server, other.callers = Caller.meet(url), {}
    other.ledger, other.receipts = list(cabinet.ledger), list(cabinet.receipts)
    other.devices = dict(cabinet.devices)
    return other


def trouble(somebody: Somebody) -> Trouble | None:
    somebody.desk.syncing.once()
    return somebody.desk.syncing.status().trouble


def verdict(somebody: Somebody, cabinet: LiveCabinet, folder: Path) -> int:
    """Of `ecabinet-verify`, on what this person saved from the window."""
    (alarm,) = somebody.desk.syncing.alarms()
    assert alarm.kind is AlarmKind.FORK
    evidence, anchors = folder / f"{somebody.name}.json", folder / "anchors.pem"
    evidence.write_bytes(alarm.evidence)
    certificate = x509.load_der_x509_certificate(cabinet.anchors[0])
    anchors.write_bytes(certificate.public_bytes(Encoding.PEM))
    command = [sys.executable, "-m", "ecabinet.verify", str(evidence), "--trust", str(anchors)]
    return subprocess.run(command, check=False, capture_output=True, cwd=ROOT, timeout=60).returncode


@pytest.mark.long
def test_a_split_view_convicts_the_server_as_soon_as_one_half_meets_the_other(
    server: Process, cabinet: LiveCabinet, relay: Relay, guests: Guests, tmp_path: Path
) -> None:
    first, second = guests.welcome("chair"), guests.welcome("finance")
    server.stop()
    shutil.copytree(server.data, tmp_path / "twin")
    server.start()
    twin = Process(tmp_path / "twin")
    try:
        cabinet.reconnect(server.url)
        other = alike(cabinet, twin.url)
        cabinet.enrol("construction")
        other.enrol("agriculture")
        # Each half sees a history that proves right.
        relay.lead_to(place(server))
        first.sync()
        relay.lead_to(place(twin))
        second.sync()
        other.enrol("construction")
        second.sync()
        # One of them is led to the other's server, or both to one.
        assert trouble(first) is Trouble.FORKED
        relay.lead_to(place(server))
        assert trouble(second) is Trouble.FORKED
        assert verdict(first, cabinet, tmp_path) == ExitCode.PROVEN  # by the tiles of the larger tree
        assert verdict(second, cabinet, tmp_path) == ExitCode.PROVEN  # by what was verified of the smaller one's size
        # Nothing more is taken from it, nor sent to it.
        before = relay.forwarded
        assert trouble(first) is Trouble.FORKED
        assert relay.forwarded == before
    finally:
        assert twin.stop() == 0


@pytest.mark.long
def test_a_database_that_was_rolled_back_is_an_alarm(
    server: Process, cabinet: LiveCabinet, relay: Relay, guests: Guests, tmp_path: Path
) -> None:
    somebody = guests.welcome("chair")
    server.stop()
    shutil.copytree(server.data, tmp_path / "yesterday")
    server.start()
    cabinet.reconnect(server.url)
    relay.lead_to(place(server))
    cabinet.enrol("construction")
    somebody.sync()
    server.stop()
    shutil.rmtree(server.data)
    shutil.copytree(tmp_path / "yesterday", server.data)
    server.start()
    relay.lead_to(place(server))
    assert trouble(somebody) is Trouble.FORKED
    # It may yet be the beginning of what was known: open, until it goes on otherwise.
    assert verdict(somebody, cabinet, tmp_path) == ExitCode.INCOMPLETE
