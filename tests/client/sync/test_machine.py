"""A person with two devices and a server that fails at random: whatever happens, in whatever order, nothing is lost.

The invariants of the design: what was acknowledged stays, a write repeated has the effect of one, the feed never skips
a row, a right taken away leaves nothing behind but what the person wrote, and both edits of one note survive.
"""

import hashlib
import shutil
import tempfile
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from ecabinet.client.desk.ballots import AnswerStage, Draft
from ecabinet.client.vault import schema
from ecabinet.core.ballots import Answer, BallotState
from ecabinet.core.checkpoint import Receipt
from ecabinet.core.meetings import MeetingSent
from ecabinet.core.notes import Anchor, Quad
from ecabinet.core.people import Role
from ecabinet.core.statements import tag_of
from ecabinet.keys.device import DeviceKeys
from tests.cabinet import Appended
from tests.client.devices import PIN, ClientDevice
from tests.sample import MEMBERS
from tests.simulator import Simulator
from tests.wire import Fault

PERSON = "home-affairs"
DEVICES = ("first", "second")
faults = st.lists(st.sampled_from(Fault), max_size=8)
devices = st.sampled_from(DEVICES)
choices = st.sampled_from(["agree", "disagree"])
numbers = st.integers(0, 99)


class Sync(RuleBasedStateMachine):
    """Steps that people, networks and servers take."""

    keys: dict[str, DeviceKeys]

    def __init__(self) -> None:
        super().__init__()
        memory = Path("/dev/shm")  # noqa: S108 - what is tested is no disk, and waits for none
        self.folder = Path(tempfile.mkdtemp(prefix="ecabinet-", dir=memory if memory.is_dir() else None))
        self.simulator = Simulator()
        self.devices: dict[str, ClientDevice] = {}
        self.meetings: list[str] = []
        self.ballots: list[Appended] = []
        self.signed: dict[str, str] = {}
        self.receipts: dict[str, str] = {}
        self.texts: dict[str, str] = {}
        self.replaced: set[str] = set()
        self.counter = 0

    @initialize()
    def begin(self) -> None:
        simulator = self.simulator
        simulator.found()
        simulator.enrol("secretary", Role.SECRETARY)
        for person in MEMBERS[:2]:
            simulator.enrol(person, Role.MEMBER, *([Role.CHAIR] if person == MEMBERS[0] else []))
        for name in DEVICES:
            self.devices[name] = ClientDevice(simulator, PERSON, self.keys[name], self.folder / name)
        self.a_meeting_is_sent_with_a_new_paper(70_000)
        self.a_ballot_is_opened()
        for device in self.devices.values():
            device.round()

    def teardown(self) -> None:
        if self.devices:
            self.settle()
        for device in self.devices.values():
            device.close()
        shutil.rmtree(self.folder)

    # ---------------------------------------------------------------- elsewhere

    @rule(size=st.sampled_from([10, 65_536, 150_000]))
    def a_meeting_is_sent_with_a_new_paper(self, size: int) -> None:
        self.counter += 1
        data = hashlib.shake_256(self.counter.to_bytes(4, "big")).digest(size)
        self.simulator.publish({f"{self.counter}/BC": data})
        sent = self.simulator.send_meeting().statement
        assert isinstance(sent, MeetingSent)
        self.meetings.append(sent.meeting)

    @rule()
    def a_ballot_is_opened(self) -> None:
        self.ballots.append(self.simulator.open_ballot(documents=()))

    @precondition(lambda self: self.ballots)
    @rule(number=numbers, choice=choices)
    def a_colleague_answers(self, number: int, choice: str) -> None:
        if self._take_up(number):
            self.simulator.answer("finance", choice, "agree")

    @precondition(lambda self: self.ballots)
    @rule(number=numbers)
    def a_ballot_is_closed_and_counted(self, number: int) -> None:
        if self._take_up(number):
            self.simulator.close()
            self.simulator.announce()

    @precondition(lambda self: self.meetings)
    @rule(number=numbers)
    def a_right_is_taken_away(self, number: int) -> None:
        self.simulator.withhold(self.meetings[number % len(self.meetings)])

    @precondition(lambda self: self.simulator.withheld)
    @rule(number=numbers)
    def a_right_is_given_back(self, number: int) -> None:
        withheld = sorted(self.simulator.withheld)
        self.simulator.hand_back(withheld[number % len(withheld)])

    @rule()
    def the_feed_begins_anew(self) -> None:
        self.simulator.begin_new_feed_epoch()

    def _take_up(self, number: int) -> bool:
        """Makes a ballot the one that is acted on, if it is open."""
        self.simulator.current_ballot = self.ballots[number % len(self.ballots)]
        return not any(
            each.statement.TYPE == "ballot.closed" for each in self.simulator.of_the_ballot() if each.statement
        )

    # ---------------------------------------------------------------- on a device

    @rule(name=devices, faults=faults)
    def a_round_meets_faults(self, name: str, faults: list[Fault]) -> None:
        device = self.devices[name]
        device.wire.faults.extend(faults)
        device.sync.once()
        device.wire.faults.clear()

    @rule(name=devices)
    def a_device_is_killed_and_started(self, name: str) -> None:
        self.devices[name].reopen()

    @rule(name=devices)
    def a_sign_in_runs_out(self, name: str) -> None:
        self.devices[name].wire.sign_everybody_out()

    @rule(name=devices, number=numbers, choice=choices)
    def a_ballot_is_answered(self, name: str, number: int, choice: str) -> None:
        ballots = self.devices[name].desk.ballots
        waiting = [line for line in ballots.all() if line.state is BallotState.OPEN]
        if waiting:
            ballot = waiting[number % len(waiting)].ballot
            view = ballots.one(ballot)
            answers = tuple(Answer(question=each.key, option=choice, text="") for each in view.questions)
            ballots.keep_draft(ballot, Draft(answers=answers))
            ballots.sign_and_queue([ballots.read_back(ballot)], PIN)
            for each in ballots.one(ballot).opinions:
                self.signed.setdefault(each.opinion, name)

    @rule(name=devices, number=numbers)
    def a_note_is_written(self, name: str, number: int) -> None:
        desk = self.devices[name].desk
        papers = desk.papers.all()
        if papers:
            paper = papers[number % len(papers)]
            self.counter += 1
            quads = (Quad(x0=0, y0=0, x1=1, y1=1),)
            anchor = Anchor(
                digest=paper.digest,
                page=0,
                quads=quads,
                quote="lời của tài liệu",
                before="",
                after="",
                strokes=(),
                section=(),
            )
            view, _ = desk.notes.write(paper.document, anchor, f"ghi chú {self.counter}", "amber")
            self.texts[view.latest.edit] = view.latest.text

    @rule(name=devices, number=numbers)
    def a_note_is_edited(self, name: str, number: int) -> None:
        notes = self.devices[name].desk.notes
        known = notes.all()
        if known:
            self.counter += 1
            seen = known[number % len(known)]
            view, _ = notes.edit(seen.note, text=f"sửa {self.counter}")
            self.replaced |= {state.edit for state in seen.states}
            self.texts[view.latest.edit] = view.latest.text

    @rule(number=numbers)
    def a_note_is_edited_on_both_devices_at_once(self, number: int) -> None:
        for device in (*self.devices.values(), *self.devices.values()):
            device.round()
        for name in DEVICES:
            self.a_note_is_edited(name, number)

    # ---------------------------------------------------------------- what always holds

    @invariant()
    def nothing_stands_twice_in_the_ledger(self) -> None:
        ids = [each.statement.id for each in self.simulator.ledger if each.statement is not None]
        assert len(ids) == len(set(ids))

    @invariant()
    def what_was_signed_is_kept_where_it_was_signed(self) -> None:
        for device in self.devices.values():
            kept = device.vault.do(lambda db: set(db.scalars(select(schema.statements.c.id))))
            assert {opinion for opinion, name in self.signed.items() if self.devices[name] is device} <= kept

    @invariant()
    def receipts_stay_and_prove_right(self) -> None:
        for device in self.devices.values():
            rows = device.vault.do(lambda db: db.execute(select(schema.receipts)).all())
            now = {row.statement: row.text for row in rows}
            assert all(now.get(each, text) == text for each, text in self.receipts.items())
            for each in now.keys() - self.receipts.keys():
                self._check_receipt(each, now[each])
            self.receipts |= now

    def _check_receipt(self, opinion: str, text: str) -> None:
        (appended,) = (each for each in self.simulator.ledger if each.statement and each.statement.id == opinion)
        digest = appended.envelope.digest
        Receipt.from_text(text).verify(self.simulator.log_key, tag=tag_of(appended.opened), envelope_digest=digest)

    # ---------------------------------------------------------------- what holds when the network is good again

    def settle(self) -> None:
        for _ in range(3):  # the third exchanges what the second device brought for the first
            for device in self.devices.values():
                device.round()
        for device in self.devices.values():
            self._sees_just_what_it_may(device)
            self._has_no_answer_in_between(device)
            self._has_every_note(device)

    def _sees_just_what_it_may(self, device: ClientDevice) -> None:
        items = self.simulator.visible(PERSON).values()
        papers = {item.document for item in items if item.document is not None}
        here = {(line.document, line.version) for line in device.desk.papers.all()}
        assert here == papers
        things = {item.thing for item in items}
        assert {line.meeting for line in device.desk.meetings.all()} == things & set(self.meetings)
        for line in device.desk.papers.all():
            assert hashlib.sha256(device.text_of(line.digest)).hexdigest() == line.digest
        blobs = {line.digest for line in device.desk.papers.all()}
        assert len(list((device.folder / "papers").iterdir())) == len(blobs)
        if not blobs:
            assert "lời của tài liệu" not in str(device.desk.notes.all())

    def _has_no_answer_in_between(self, device: ClientDevice) -> None:
        recorded = {each.statement.id for each in self.simulator.ledger if each.statement is not None}
        assert device.sync.status().waiting_to_send == 0
        for line in device.desk.ballots.all():
            for opinion in device.desk.ballots.one(line.ballot).opinions:
                is_recorded = opinion.opinion in recorded
                assert opinion.stage is (AnswerStage.RECORDED if is_recorded else AnswerStage.REFUSED)

    def _has_every_note(self, device: ClientDevice) -> None:
        states = {state.edit: state.text for view in device.desk.notes.all() for state in view.states}
        assert states == {edit: text for edit, text in self.texts.items() if edit not in self.replaced}


def run(keys: dict[str, DeviceKeys], *, examples: int, steps: int) -> None:
    Sync.keys = keys
    run_state_machine_as_test(
        Sync,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.timeout(300)
def test_nothing_is_lost_whatever_happens(device_keys: dict[str, DeviceKeys]) -> None:
    run(device_keys, examples=6, steps=25)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_nothing_is_lost_in_a_long_life(device_keys: dict[str, DeviceKeys]) -> None:
    run(device_keys, examples=60, steps=50)
