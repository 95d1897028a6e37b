"""What outside authorities say reaches everybody's vault, is shown, told to the registrar, and goes with evidence."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ecabinet.client.desk.enrolments import DeviceLine
from ecabinet.core.evidence import Check, Culprit, ExitCode, Report, Verdict, check, read
from ecabinet.core.evidence.enclosed import is_revocation
from ecabinet.core.people import Role
from ecabinet.core.register import RevocationReason
from ecabinet.core.revocation import Standing
from ecabinet.keys.certificates import Authority, generate_key
from ecabinet.keys.os_keystore import Keystore
from ecabinet.server import schema
from ecabinet.server.outward import Reach
from ecabinet.server.revocations import Revocations
from tests.bundles import blamed, files_of
from tests.client.guests import Guests
from tests.client.people import PIN, Somebody, Town
from tests.devices import Device
from tests.server.live import LiveCabinet, Process
from tests.server.local import local_server
from tests.services import outside_authority
from tests.services.outside_authority import LOOPBACK, OutsideAuthority


@pytest.fixture
def outside() -> Iterator[OutsideAuthority]:
    with outside_authority.listening() as outside:
        yield outside


def fetched(server: Process) -> None:
    """As the server's errand does it: a second process on the same data."""
    local = local_server(server.data)
    try:
        Revocations(local.store, local.ledger, Reach.within((LOOPBACK,))).do()
    finally:
        local.store.close()


def saved(office: Somebody, cabinet: LiveCabinet, folder: Path) -> tuple[bytes, Report]:
    path = folder / "evidence.asice"
    office.desk.preparing.save_evidence(cabinet.asked.ballot, path)
    bundle = path.read_bytes()
    return bundle, check(read(bundle), cabinet.anchors)


@pytest.fixture
def office(tmp_path: Path, keystore: Keystore, cabinet: LiveCabinet, outside: OutsideAuthority) -> Iterator[Somebody]:
    """A secretary whose ballot was counted; one opinion was signed with an outside authority's certificate."""
    cabinet.enrol("chair", Role.MEMBER, Role.CHAIR)
    cabinet.admit(outside.authority)
    cabinet.enrol("finance", Role.MEMBER, device=outside.certify(cabinet.device("finance")))
    cabinet.publish()
    cabinet.open_ballot()
    cabinet.answer("chair", "agree", "agree")
    cabinet.answer("finance", "agree", "agree")
    cabinet.close()
    cabinet.announce()
    guests = Guests(tmp_path / "machines", keystore, cabinet)
    yield guests.welcome("secretary", Role.SECRETARY, machine="office")
    guests.lock_all()


def test_evidence_is_saved_with_what_the_authority_says(
    shared_server: Process, cabinet: LiveCabinet, office: Somebody, outside: OutsideAuthority, tmp_path: Path
) -> None:
    ballot = cabinet.asked.ballot
    office.desk.preparing.make_evidence(ballot, PIN, includes_papers=False, report=lambda _done, _total: None)
    bare, report = saved(office, cabinet, tmp_path)
    assert report.exit_code is ExitCode.INCOMPLETE
    assert report[Check.REVOCATION].verdict is Verdict.NOT_CHECKED
    fetched(shared_server)
    assert office.sync().register
    bundle, report = saved(office, cabinet, tmp_path)
    assert report.exit_code is ExitCode.PROVEN
    files = files_of(bundle)
    assert sorted(name.rpartition(".")[2] for name in files if is_revocation(name)) == ["crl", "ocsp"]
    assert {name: data for name, data in files.items() if not is_revocation(name)} == files_of(bare)
    assert not office.sync().register, "nothing is taken twice"


def test_evidence_tells_that_a_certificate_was_revoked_before(
    shared_server: Process, cabinet: LiveCabinet, office: Somebody, outside: OutsideAuthority, tmp_path: Path
) -> None:
    outside.revoke(cabinet.devices["finance"].certificate, cabinet.began_at - timedelta(days=1))
    fetched(shared_server)
    office.sync()
    ballot = cabinet.asked.ballot
    office.desk.preparing.make_evidence(ballot, PIN, includes_papers=False, report=lambda _done, _total: None)
    _, report = saved(office, cabinet, tmp_path)
    assert blamed(report) == {(Check.REVOCATION, Culprit.LOG)}
    assert {finding.who for _, finding in report.failures()} == {"finance"}


def device_of(registrar: Somebody, person: str) -> DeviceLine:
    (line,) = (each for each in registrar.desk.enrolments.people() if each.person == person)
    (device,) = line.devices
    return device


def test_the_registrar_is_told_of_a_revocation_and_signs_it(
    shared_server: Process, town: Town, outside: OutsideAuthority
) -> None:
    registrar = town.people["registrar"]
    joined = town.ask_to_join("chair", Role.MEMBER, Role.CHAIR)
    registrar.sync()
    (waiting,) = registrar.desk.enrolments.waiting()
    token = Device("chair/token")
    token.certificate = waiting.keys.signing_certificate
    outside.certify(token)
    registrar.desk.enrolments.admit(outside.certificate, PIN)
    registrar.sync()
    registrar.desk.enrolments.confirm(registrar.desk.enrolments.certified([waiting], token.certificate), PIN)
    registrar.sync()
    chair = town.take_seat("chair", joined)
    told = device_of(registrar, "chair").outside
    assert told is not None
    assert (told.standing, told.as_of) == (Standing.NOT_CHECKED, None)
    fetched(shared_server)
    registrar.sync()
    told = device_of(registrar, "chair").outside
    assert told is not None
    assert (told.authority, told.standing) == (f"CA {outside_authority.NAME}", Standing.GOOD)
    assert registrar.desk.work.todo().revoked_outside == ()
    assert registrar.desk.syncing.alarms() == (), "another certificate of the keys that were compared is nothing bad"
    outside.clock = lambda: datetime.now(UTC) + timedelta(minutes=1)  # what it says then is newer by its own clock
    outside.revoke(token.certificate)
    fetched(shared_server)
    registrar.sync()
    told = device_of(registrar, "chair").outside
    assert told is not None
    assert told.standing is Standing.REVOKED
    (line,) = registrar.desk.work.todo().revoked_outside
    (device,) = line.revoked_outside
    registrar.desk.enrolments.revoke(line.person, device.certificate_digest, RevocationReason.SUPERSEDED, PIN)
    registrar.sync()
    assert registrar.desk.work.todo().revoked_outside == ()
    assert chair.desk.work.todo().revoked_outside == ()


def test_no_server_makes_a_client_forget_or_believe(
    shared_server: Process, cabinet: LiveCabinet, office: Somebody, outside: OutsideAuthority
) -> None:
    before = outside.crl()
    outside.revoke(cabinet.devices["finance"].certificate)
    fetched(shared_server)
    office.sync()
    impostor = Authority(private_key=generate_key(), certificate=outside.certificate)
    later = outside.clock() + timedelta(minutes=1)
    forged = impostor.revocation_list({}, number=9, at=later, valid_for=timedelta(days=1))
    local = local_server(shared_server.data)
    try:
        with local.store.writing(cabinet.body) as session:
            certificate = hashlib.sha256(cabinet.devices["finance"].certificate).hexdigest()
            for number, answer in enumerate((before, forged, b"0")):
                digest = hashlib.sha256(answer).hexdigest()
                session.merge(schema.OutsideAnswer(body_id=session.body_id, digest=digest, content=answer))
                session.merge(
                    schema.OutsideStanding(
                        body_id=session.body_id,
                        certificate=certificate,
                        kind=f"crl{number}",
                        answer=digest,
                        size=len(answer),
                        standing=Standing.GOOD,
                        as_of=later,
                        until=later,
                    )
                )
    finally:
        local.store.close()
    assert not office.sync().register
    told = device_of(office, "finance").outside
    assert told is not None
    assert told.standing is Standing.REVOKED
