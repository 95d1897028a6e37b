"""A restored backup: everybody waits, the registrar begins a new epoch, and what was signed comes back."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ecabinet.cli.people import recorded
from ecabinet.client.desk.ballots import AnswerStage
from ecabinet.client.desk.errors import RefusedByServer
from ecabinet.client.sync import AlarmKind, Trouble
from ecabinet.core.fork import ForkVerdict, check_fork, read_fork
from ecabinet.core.people import Role
from ecabinet.core.register import RevocationReason
from ecabinet.keys.os_keystore import Keystore
from tests.client.desk.test_journey import send_ballot, send_meeting
from tests.client.people import PIN, Somebody, Town
from tests.sample import MEMBERS
from tests.server.live import ROOT, Process

pytestmark = pytest.mark.long
CHAIR, FINANCE, THIRD = MEMBERS[:3]
Restore = Callable[[], None]


@pytest.fixture
def town(tmp_path: Path, keystore: Keystore, server: Process) -> Iterator[Town]:
    """A secretary and three members at a server of their own."""
    server.options += ("--port", server.url.rpartition(":")[2])
    town = Town(tmp_path / "machines", keystore, server.url.removeprefix("https://"))
    town.found(server.said["founding_code"])
    town.enrol("secretary", Role.SECRETARY)
    town.enrol(CHAIR, Role.MEMBER, Role.CHAIR)
    for name in (FINANCE, THIRD):
        town.enrol(name, Role.MEMBER)
    yield town
    town.lock_all()


@pytest.fixture
def ballot(town: Town) -> str:
    secretary = town.people["secretary"]
    secretary.sync()
    send_meeting(secretary)
    secretary.sync()
    ballot = send_ballot(secretary, tuple(paper.document for paper in secretary.desk.papers.all()))
    secretary.sync()
    for name in (CHAIR, FINANCE, THIRD):
        town.people[name].sync()
    return ballot


@pytest.fixture
def back_up(server: Process, tmp_path: Path) -> Callable[[], Restore]:
    """Copies what the server has; gives what brings that back, as the operator does."""

    def copy() -> Restore:
        server.stop()
        kept = tmp_path / "backup"
        shutil.copytree(server.data, kept)
        server.start()

        def restore() -> None:
            server.stop()
            shutil.rmtree(server.data)
            shutil.copytree(kept, server.data)
            prepare(server, epoch=2)
            server.start()

        return restore

    return copy


def prepare(server: Process, epoch: int) -> None:
    command = [sys.executable, "-m", "ecabinet", "server", "restored", "--data", str(server.data)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert said.split()[1] == str(epoch)


def trouble(somebody: Somebody) -> Trouble | None:
    somebody.desk.syncing.once()
    return somebody.desk.syncing.status().trouble


def settle(*people: Somebody) -> None:
    """Until what one sends again can build on what another did."""
    for _ in range(2):
        for each in people:
            each.sync()


def verify(secretary: Somebody, ballot: str, folder: Path) -> tuple[int, str]:
    preparing = secretary.desk.preparing
    preparing.make_evidence(ballot, PIN, includes_papers=False, report=lambda done, total: None)
    bundle, anchor = folder / "evidence.asice", folder / "anchors.pem"
    preparing.save_evidence(ballot, bundle)
    anchor.write_bytes(preparing.trust_anchor())
    command = [sys.executable, "-m", "ecabinet.verify", str(bundle), "--trust", str(anchor), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    return done.returncode, done.stdout


def test_opinions_come_back_in_a_new_epoch_and_a_stranger_proves_them(
    town: Town, ballot: str, back_up: Callable[[], Restore], tmp_path: Path
) -> None:
    registrar, secretary = town.people["registrar"], town.people["secretary"]
    chair, finance, third = (town.people[name] for name in (CHAIR, FINANCE, THIRD))
    chair.answer(ballot, "agree", "agree")
    chair.sync()
    restore = back_up()

    finance.answer(ballot, "disagree", "agree")
    finance.sync()
    third.sync()
    third.answer(ballot, "agree", "disagree")
    third.sync()
    third.answer(ballot, "agree", "agree")
    third.sync()
    newcomer = town.enrol(MEMBERS[3], Role.MEMBER)
    settle(registrar, secretary, chair, finance, third)
    restore()

    # Nothing is shown or taken before the registrar has begun the epoch; who looks in, tells what he knows.
    for each in (finance, third, secretary, chair):
        assert trouble(each) is Trouble.AWAITING_EPOCH
    assert not finance.desk.syncing.alarms()
    pending = registrar.desk.restoring.pending()
    assert pending is not None
    assert (pending.epoch, pending.known_size - pending.restored_size, pending.signed_anew) == (2, 4, 1)
    with recorded(registrar.desk):
        registrar.desk.restoring.begin(PIN)
    assert registrar.desk.restoring.pending() is None
    assert {each.person for each in registrar.desk.enrolments.people()} >= {MEMBERS[3]}

    settle(secretary, chair, third, finance, newcomer)
    for each in (chair, finance, third):
        assert each.desk.ballots.one(ballot).line.stage is AnswerStage.RECORDED
        assert not each.desk.syncing.alarms()
    first, again = (each.desk.ballots.one(ballot).opinions[0] for each in (chair, finance))
    assert first.first_accepted_at is None
    assert again.first_accepted_at is not None
    assert again.accepted_at is not None
    assert again.first_accepted_at < again.accepted_at
    monitor = secretary.desk.preparing.monitor(ballot)
    assert (monitor.answered, monitor.sent) == (3, 3)
    secretary.desk.preparing.close(ballot, "Đã đủ ý kiến.", PIN)
    secretary.sync()
    result = secretary.desk.preparing.result(ballot)
    assert result.collation.received == 3
    secretary.desk.preparing.sign_result(result, PIN)
    settle(secretary, chair, finance, third)
    assert not finance.desk.syncing.alarms()
    code, said = verify(secretary, ballot, tmp_path)
    assert code == 0, said
    faults = {finding["fault"] for check in json.loads(said)["checks"] for finding in check["findings"]}
    assert "beyond_this_epoch" in faults


def test_what_the_registrar_does_not_name_is_an_alarm_until_he_does(
    town: Town, server: Process, ballot: str, back_up: Callable[[], Restore]
) -> None:
    registrar, chair, finance = (town.people[name] for name in ("registrar", CHAIR, FINANCE))
    registrar.sync()
    restore = back_up()
    chair.answer(ballot, "agree", "agree")
    chair.sync()
    finance.sync()
    finance.answer(ballot, "agree", "agree")
    finance.sync()
    restore()

    # The registrar is in a hurry: nobody has told of what was lost.
    registrar.desk.restoring.begin(PIN)
    registrar.sync()
    assert trouble(finance) is Trouble.FORKED
    (alarm,) = finance.desk.syncing.alarms()
    assert alarm.kind is AlarmKind.FORK
    anchors = (_der(registrar),)
    facts = check_fork(read_fork(alarm.evidence), anchors)
    assert facts.verdict is ForkVerdict.CUT_SHORT
    assert finance.desk.ballots.one(ballot).line.stage is AnswerStage.RECORDED, "kept, with its receipt"

    # One more epoch, after that device has told: then it goes on by itself.
    server.stop()
    prepare(server, epoch=3)
    server.start()
    assert trouble(finance) is Trouble.AWAITING_EPOCH
    registrar.desk.restoring.begin(PIN)
    registrar.sync()
    settle(finance, chair)
    assert registrar.desk.unlocked.vault.do(registrar.desk.unlocked.register).epoch == 3
    for each in (chair, finance):
        assert each.desk.ballots.one(ballot).line.stage is AnswerStage.RECORDED


def test_a_revocation_that_was_lost_holds_again(town: Town, back_up: Callable[[], Restore]) -> None:
    registrar, finance = town.people["registrar"], town.people[FINANCE]
    registrar.sync()
    restore = back_up()
    line = next(each for each in registrar.desk.enrolments.people() if each.person == FINANCE)
    registrar.desk.enrolments.revoke(FINANCE, line.devices[0].certificate_digest, RevocationReason.DEVICE_LOST, PIN)
    registrar.sync()
    restore()
    registrar.desk.restoring.begin(PIN)
    registrar.sync()
    registrar.sync()
    line = next(each for each in registrar.desk.enrolments.people() if each.person == FINANCE)
    assert line.devices == ()
    with pytest.raises(RefusedByServer):
        finance.desk.unlocked.remote.register(finance.desk.unlocked.body)


def _der(registrar: Somebody) -> bytes:
    known = registrar.desk.unlocked.vault.do(registrar.desk.unlocked.register)
    return known.founding.registrar_keys.signing_certificate
