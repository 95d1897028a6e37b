"""Evidence waits for no time stamp; one that comes later is saved with it, but none that would spoil it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ecabinet.core.evidence import Check, ExitCode, Report, Verdict, check, read
from ecabinet.core.evidence.bundle import TIME_STAMP
from ecabinet.core.people import Role
from ecabinet.core.timestamps import read_response, write_request
from ecabinet.keys.os_keystore import Keystore
from ecabinet.server import schema
from ecabinet.server.stamping import closed_entries
from tests.bundles import files_of
from tests.client.guests import Guests
from tests.client.people import PIN, Somebody
from tests.server.live import LiveCabinet, Process
from tests.server.local import local_server
from tests.services import time_authority
from tests.services.time_authority import respond, stamper


@pytest.fixture
def office(tmp_path: Path, keystore: Keystore, cabinet: LiveCabinet) -> Iterator[Somebody]:
    """A secretary whose ballot was counted."""
    cabinet.enrol("chair", Role.MEMBER, Role.CHAIR)
    cabinet.publish()
    cabinet.open_ballot()
    cabinet.answer("chair", "agree", "agree")
    cabinet.close()
    cabinet.announce()
    guests = Guests(tmp_path / "machines", keystore, cabinet)
    yield guests.welcome("secretary", Role.SECRETARY, machine="office")
    guests.lock_all()


def stamp(server: Process, cabinet: LiveCabinet, *, less: int = 0) -> None:
    """What the server keeps once the authority has answered; of so many bytes less, if it means ill."""
    local = local_server(server.data)
    try:
        with local.store.writing(cabinet.body) as session:
            ballot = session.get_one(schema.Ballot, (session.body_id, cabinet.asked.ballot))
            entries = closed_entries(session, ballot)
            entries = entries[: len(entries) - less]
            token = read_response(respond(stamper(), write_request(entries, 1)), entries, 1)
            session.merge(schema.TimeStamp(body_id=session.body_id, ballot=cabinet.asked.ballot, token=token))
    finally:
        local.store.close()


def saved(office: Somebody, cabinet: LiveCabinet, folder: Path) -> tuple[bytes, Report]:
    path = folder / "evidence.asice"
    office.desk.preparing.save_evidence(cabinet.asked.ballot, path)
    bundle = path.read_bytes()
    return bundle, check(read(bundle), cabinet.anchors, time_anchors=(time_authority.root().encoded,))


def test_what_was_sealed_before_is_saved_with_its_stamp_once_it_is_there(
    shared_server: Process, cabinet: LiveCabinet, office: Somebody, tmp_path: Path
) -> None:
    ballot = cabinet.asked.ballot
    office.desk.preparing.make_evidence(ballot, PIN, includes_papers=True, report=lambda _done, _total: None)
    bare, report = saved(office, cabinet, tmp_path)
    assert report[Check.TIME_STAMP].verdict is Verdict.NOT_CHECKED
    stamp(shared_server, cabinet, less=72)
    assert office.desk.syncing.once() is not None
    assert saved(office, cabinet, tmp_path)[0] == bare, "of other entries: not kept"
    stamp(shared_server, cabinet)
    office.sync()
    bundle, report = saved(office, cabinet, tmp_path)
    assert report.exit_code is ExitCode.PROVEN
    files = files_of(bundle)
    assert files.pop(TIME_STAMP)
    assert files == files_of(bare)


def test_a_stamp_that_is_there_already_comes_with_the_evidence(
    shared_server: Process, cabinet: LiveCabinet, office: Somebody, tmp_path: Path
) -> None:
    stamp(shared_server, cabinet)
    ballot = cabinet.asked.ballot
    office.desk.preparing.make_evidence(ballot, PIN, includes_papers=False, report=lambda _done, _total: None)
    assert saved(office, cabinet, tmp_path)[1].exit_code is ExitCode.PROVEN
