"""Two histories come to light, are proven to anybody, and end sync; one history does not."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from ecabinet.client.sync import AlarmKind, Trouble
from ecabinet.client.vault import schema
from ecabinet.core.checkpoint import open_checkpoint
from ecabinet.core.cosignature import cosign, device_witness_key, open_cosignatures
from ecabinet.core.fork import ForkFacts, ForkVerdict, check_fork, read_fork
from ecabinet.core.protocol import Path, Reason, Refused
from ecabinet.core.signed_note import SignedNote
from tests.client.conftest import MakeDevice
from tests.client.devices import ClientDevice
from tests.client.sync.test_rounds import trouble
from tests.sample import MEMBERS
from tests.simulator import Simulator
from tests.wire import _ROUTES, Fault


def judged(device: ClientDevice) -> ForkFacts:
    """What a stranger makes of the evidence that was kept."""
    (alarm,) = device.desk.syncing.alarms()
    assert alarm.kind is AlarmKind.FORK
    return check_fork(read_fork(alarm.evidence), device.simulator.anchors)


def fork(simulator: Simulator) -> None:
    """Another history, larger than the one that was shown."""
    simulator.fork(len(simulator.tree) - 1)
    simulator.send_meeting()
    simulator.send_meeting()


def test_a_larger_tree_of_another_history_convicts_by_its_tiles(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    simulator.send_meeting()
    mine.round()
    fork(simulator)
    assert trouble(mine) is Trouble.FORKED
    facts = judged(mine)
    assert facts.verdict is ForkVerdict.CONVICTED
    assert facts.shown_size == facts.known_size + 1


def test_a_tree_of_the_same_size_convicts_by_itself(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    simulator.send_meeting()
    mine.round()
    simulator.fork(len(simulator.tree) - 1)
    simulator.send_meeting()
    assert trouble(mine) is Trouble.FORKED
    assert judged(mine).verdict is ForkVerdict.CONVICTED
    assert not [request for request in mine.wire.requests if "/tile/" in request]


def test_a_server_that_hides_its_tiles_is_not_convicted_but_left(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    simulator.send_meeting()
    mine.round()
    mine.wire.faults_at["GET .*/tile/.*"] = Fault.SERVER_ERROR
    fork(simulator)
    assert trouble(mine) is Trouble.FORKED
    assert judged(mine).verdict is ForkVerdict.OPEN


def test_yesterdays_database_that_grew_otherwise_is_convicted_by_what_was_seen_then(
    simulator: Simulator, device: MakeDevice
) -> None:
    mine = device()
    mine.round()
    for _ in range(3):  # a checkpoint of every size was verified
        simulator.send_meeting()
        mine.round()
    simulator.fork(len(simulator.tree) - 3)
    simulator.send_meeting()
    simulator.send_meeting()
    assert trouble(mine) is Trouble.FORKED
    assert judged(mine).verdict is ForkVerdict.CONVICTED


def test_yesterdays_database_is_an_alarm_though_it_may_be_of_one_history(
    simulator: Simulator, device: MakeDevice
) -> None:
    mine = device()
    mine.round()
    simulator.send_meeting()
    mine.round()
    simulator.roll_back(len(simulator.tree) - 1)
    assert trouble(mine) is Trouble.FORKED
    facts = judged(mine)
    assert facts.verdict is ForkVerdict.OPEN
    assert facts.shown_size < facts.known_size


def test_a_broken_proof_is_no_fork(simulator: Simulator, device: MakeDevice) -> None:
    """The tiles show that it is one history: nobody is accused, nothing of the page is taken, sync goes on later."""
    mine = device()
    mine.round()
    simulator.send_meeting()
    honest = simulator.page

    def page(*args: object, **asked: object) -> object:
        told = honest(*args, **asked)  # type: ignore[arg-type]
        return replace(told, consistency=(bytes(32), *told.consistency[1:])) if told.consistency else told

    simulator.page = page  # type: ignore[assignment,method-assign]
    assert trouble(mine) is Trouble.BAD_ANSWER
    assert mine.desk.syncing.alarms() == ()
    simulator.page = honest  # type: ignore[method-assign]
    mine.round()


def test_what_anothers_opinion_tells_convicts(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    simulator.open_ballot()
    mine.round()
    simulator.append(simulator.opinion("chair", "agree", "agree", seen=simulator.checkpoint_of_another_history()))
    simulator.close()
    simulator.announce()
    assert trouble(mine) is Trouble.FORKED
    assert judged(mine).verdict is ForkVerdict.CONVICTED


# ---------------------------------------------------------------- devices cosign


def test_a_device_cosigns_what_it_verified_and_no_more_often_than_it_should(
    simulator: Simulator, device: MakeDevice
) -> None:
    mine = device()
    mine.round()
    note = simulator.cosigned[mine.person]
    checkpoint = open_checkpoint(note, simulator.log_key)
    assert checkpoint.root == simulator.tree.root(checkpoint.size)
    (said,) = open_cosignatures(note, [device_witness_key(simulator.body, mine.keys.device_public_key)])
    assert said.at == mine.clock().replace(microsecond=0)
    asked = sum("cosignatures" in request for request in mine.wire.requests)
    simulator.send_meeting()
    mine.round()
    assert sum("cosignatures" in request for request in mine.wire.requests) == asked == 2
    simulator.now += timedelta(hours=1)
    mine.round()
    assert open_checkpoint(simulator.cosigned[mine.person], simulator.log_key).size == checkpoint.size + 1


def test_two_devices_that_were_shown_two_histories_tell_each_other(simulator: Simulator, device: MakeDevice) -> None:
    """A split view: whoever hears what the other cosigned has the proof."""
    mine, theirs = device(), device("second", MEMBERS[2])
    mine.round()
    simulator.send_meeting()
    theirs.round()
    simulator.fork(len(simulator.tree) - 1)  # they were shown another meeting than all others are
    simulator.told = {person: {} for person in simulator.told}
    simulator.feeds = {}
    simulator.send_meeting()
    simulator.send_meeting()
    mine.reopen()
    assert trouble(mine) is Trouble.FORKED
    assert judged(mine).verdict is ForkVerdict.CONVICTED


def test_what_no_device_of_the_body_cosigned_is_passed_over(simulator: Simulator, device: MakeDevice) -> None:
    """Else the server could make two devices fall out with a checkpoint of its own making: it still can't hide that."""
    mine = device()
    mine.round()
    forged = simulator.checkpoint_of_another_history()
    text = SignedNote.from_text(forged).text
    name = device_witness_key(simulator.body, mine.keys.device_public_key).name
    stranger = cosign(text, name, simulator.log_private_key, simulator.now)
    for note in ("", "no note", forged, str(SignedNote.from_text(forged).adding([stranger])), simulator.checkpoint()):
        simulator.cosigned["chair"] = note
        mine.reopen()
        mine.round()
    kept = mine.vault.do(lambda db: set(db.scalars(select(schema.checkpoints.c.note))))
    assert forged not in kept


def test_a_server_that_does_not_know_the_question_is_not_asked_again_and_again(
    simulator: Simulator, device: MakeDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object) -> None:
        raise Refused(Reason.UNKNOWN, "path")

    older = [(path, verb, unknown if path == Path.COSIGNATURES else serve) for path, verb, serve in _ROUTES]
    monkeypatch.setattr("tests.wire._ROUTES", older)
    mine = device()
    mine.round()
    mine.round()
    assert sum("cosignatures" in request for request in mine.wire.requests) == 1
