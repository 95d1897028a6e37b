"""Evidence is sealed once for good, and so waits some days for the witnesses whom the registrar asked for."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ecabinet.client.desk.errors import WitnessesAwaited
from ecabinet.client.desk.preparing import Evidence
from ecabinet.core.cosignature import cosign, witness_key
from ecabinet.core.evidence import Check, ExitCode, Verdict, check, read
from ecabinet.core.people import Role
from ecabinet.core.protocol import Path as WirePath
from ecabinet.core.register import WitnessPolicy
from ecabinet.core.signed_note import SignedNote
from ecabinet.keys.os_keystore import Keystore
from ecabinet.server import schema
from tests.client.guests import Guests
from tests.client.people import PIN, Somebody
from tests.server.live import LiveCabinet, Process
from tests.server.local import local_server

AUDIT = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = witness_key("audit.example", AUDIT)


@pytest.fixture
def cabinet(server: Process) -> LiveCabinet:
    """A ballot that was counted, in a body with a witness."""
    cabinet = LiveCabinet(server.url, server.said["founding_code"])
    cabinet.found(witnesses=WitnessPolicy(quorum=1, keys=(KEY.text(),)))
    cabinet.enrol("secretary", Role.SECRETARY)
    cabinet.enrol("chair", Role.MEMBER, Role.CHAIR)
    cabinet.publish()
    cabinet.open_ballot()
    cabinet.answer("chair", "agree", "agree")
    cabinet.close()
    cabinet.announce()
    return cabinet


@pytest.fixture
def office(tmp_path: Path, keystore: Keystore, cabinet: LiveCabinet) -> Iterator[Somebody]:
    guests = Guests(tmp_path / "machines", keystore, cabinet)
    yield guests.welcome("secretary", Role.SECRETARY, machine="office")
    guests.lock_all()


def seal(office: Somebody, cabinet: LiveCabinet) -> Evidence:
    ballot = cabinet.asked.ballot
    return office.desk.preparing.make_evidence(ballot, PIN, includes_papers=False, report=lambda _done, _total: None)


def witness(server: Process, cabinet: LiveCabinet) -> None:
    """What the server keeps once the witness has answered."""
    note = cabinet.server.send("GET", cabinet.path(WirePath.CHECKPOINT, epoch=1)).data.decode()
    text = SignedNote.from_text(note).text
    line = cosign(text, KEY.name, AUDIT, datetime.now(UTC)).line().removesuffix("\n")
    local = local_server(server.data)
    try:
        with local.store.writing(cabinet.body) as session:
            size = session.body.size
            session.add(schema.Cosignature(epoch=1, size=size, key=KEY.text(), line=line))
    finally:
        local.store.close()


def test_evidence_waits_for_witnesses_and_is_proven_with_them(
    server: Process, cabinet: LiveCabinet, office: Somebody, tmp_path: Path
) -> None:
    with pytest.raises(WitnessesAwaited):
        seal(office, cabinet)
    assert office.desk.preparing.evidence(cabinet.asked.ballot) is None
    witness(server, cabinet)
    assert seal(office, cabinet).is_kept
    office.desk.preparing.save_evidence(cabinet.asked.ballot, tmp_path / "evidence.asice")
    report = check(read((tmp_path / "evidence.asice").read_bytes()), cabinet.anchors)
    assert report[Check.WITNESSES].verdict is Verdict.PASSED
    assert report.exit_code is ExitCode.PROVEN


def test_it_does_not_wait_for_ever(
    cabinet: LiveCabinet, office: Somebody, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ecabinet.client.desk.counting._WITNESSES_HAVE", timedelta(0))
    assert seal(office, cabinet).is_kept
    office.desk.preparing.save_evidence(cabinet.asked.ballot, tmp_path / "evidence.asice")
    report = check(read((tmp_path / "evidence.asice").read_bytes()), cabinet.anchors)
    assert report.exit_code is ExitCode.INCOMPLETE
