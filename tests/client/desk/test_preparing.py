"""The secretariat's acts: sending, revising, watching, extending, closing."""

import json
import unicodedata
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ecabinet import resources
from ecabinet.client.desk.drafts import BallotDraft, Incomplete, ItemDraft, MeetingDraft, Missing
from ecabinet.client.desk.papers import Reading
from ecabinet.client.desk.preparing import ElectorStage, Preparing, SendStage
from ecabinet.client.desk.rules import usual_rules
from ecabinet.core.envelope import new_id
from ecabinet.core.meetings import DocumentsPublished, MeetingSent
from ecabinet.core.people import Role
from tests.client.conftest import MakeDevice
from tests.client.devices import PIN, ClientDevice
from tests.client.guests import Guests
from tests.client.pages import samples
from tests.sample import QUESTIONS
from tests.simulator import Simulator


@pytest.fixture
def secretary(device: MakeDevice) -> ClientDevice:
    made = device("third", "secretary", Role.SECRETARY)
    made.round()
    return made


@pytest.fixture
def member(device: MakeDevice, secretary: ClientDevice) -> ClientDevice:
    made = device("first")
    secretary.round()
    return made


def filled_meeting(device: ClientDevice, *papers: str) -> MeetingDraft:
    preparing = device.desk.preparing
    draft, _ = preparing.new_meeting()
    item = ItemDraft(
        item=new_id(device.clock()), title="Dự toán năm 2027", agency="Sở Tài chính", papers=papers, readers=None
    )
    filled = replace(
        draft, title="Phiên họp tháng 12", starts_at=device.clock() + timedelta(days=2), place="Phòng 1", items=(item,)
    )
    preparing.keep_meeting(filled)
    return filled


def filled_ballot(device: ClientDevice, *papers: str) -> BallotDraft:
    draft, _ = device.desk.preparing.new_ballot()
    filled = replace(
        draft,
        subject="Về sử dụng dự phòng ngân sách cấp tỉnh",
        decided_by="Chủ tịch UBND tỉnh",
        deciding_note="Đồng ý.",
        questions=QUESTIONS,
        papers=papers,
    )
    device.desk.preparing.keep_ballot(filled)
    return filled


def take(device: ClientDevice, draft: str, folder: Path, text: str) -> str:
    path = folder / f"{text}.pdf"
    path.write_bytes(samples.paper([(85.0, 100.0, text)]))
    taken = device.desk.preparing.take_papers(draft, [path], lambda done, total: None)
    assert not taken.refused
    return taken.papers[0].document


def statements(simulator: Simulator) -> list[str]:
    return [each.statement.TYPE for each in simulator.ledger if each.statement is not None]


# ---------------------------------------------------------------- drafts


def test_a_new_ballot_begins_with_everybody_in_office_and_the_usual_rule(
    member: ClientDevice, secretary: ClientDevice
) -> None:
    draft, changes = secretary.desk.preparing.new_ballot()
    assert changes.drafts == {draft.ballot}
    assert {each.person for each in draft.electors} >= {"chair", "finance", "home-affairs"}
    assert draft.chair == "chair"
    assert draft.rule.legal_basis
    assert draft.deadline_at is not None
    assert draft.deadline_at.astimezone().utcoffset() is not None
    local = draft.deadline_at.astimezone(secretary.desk.unlocked.vault.do(secretary.desk.unlocked.zone))
    assert (local.hour, local.weekday() < 5) == (17, True)


def test_who_chairs_is_asked_first_however_late_he_enrolled(device: MakeDevice, simulator: Simulator) -> None:
    simulator.enrol("home-affairs", Role.MEMBER, Role.CHAIR)
    secretary = device("first", "secretary", Role.SECRETARY)
    secretary.round()
    draft, _ = secretary.desk.preparing.new_ballot()
    assert [each.person for each in draft.electors][:3] == ["chair", "home-affairs", "finance"]


def test_what_is_missing_is_told_in_the_order_of_the_form(secretary: ClientDevice) -> None:
    preparing = secretary.desk.preparing
    meeting, _ = preparing.new_meeting()
    assert preparing.missing(meeting.meeting) == (Missing.TITLE, Missing.STARTS_AT, Missing.ITEMS)
    ballot, _ = preparing.new_ballot()
    preparing.keep_ballot(replace(ballot, deadline_at=secretary.clock() - timedelta(days=1), statutory=1))
    assert preparing.missing(ballot.ballot) == (
        Missing.SUBJECT,
        Missing.DECIDED_BY,
        Missing.DECIDING_NOTE,
        Missing.QUESTIONS,
        Missing.NUMBERS_IN_OFFICE,
        Missing.DEADLINE_PAST,
    )
    with pytest.raises(Incomplete) as caught:
        preparing.send(ballot.ballot, PIN)
    assert caught.value.missing == preparing.missing(ballot.ballot)


# ---------------------------------------------------------------- sending


def test_papers_go_first_and_one_pin_is_one_act(
    simulator: Simulator, secretary: ClientDevice, member: ClientDevice, tmp_path: Path
) -> None:
    preparing = secretary.desk.preparing
    draft = filled_meeting(secretary)
    documents = tuple(take(secretary, draft.meeting, tmp_path, text) for text in ("Tờ trình", "Phụ lục"))
    preparing.keep_meeting(replace(draft, items=(replace(draft.items[0], papers=documents),)))
    before = len(simulator.ledger)
    secretary.wire.is_down = True
    preparing.send(draft.meeting, PIN)
    assert preparing.stage(draft.meeting) is SendStage.SIGNED
    assert secretary.sync.status().waiting_to_send == 2
    secretary.wire.is_down = False
    secretary.round()
    assert statements(simulator)[before:] == [DocumentsPublished.TYPE, MeetingSent.TYPE]
    assert preparing.stage(draft.meeting) is SendStage.RECORDED
    assert preparing.drafts() == ()
    member.round()
    agenda = member.desk.meetings.one(draft.meeting).items[0]
    assert [paper.title for paper in agenda.papers] == ["Tờ trình", "Phụ lục"]
    assert {paper.reading for paper in agenda.papers} == {Reading.NEW}
    # The secretary's own copies were sealed when they were taken: none is fetched again.
    assert not any("/documents/" in request for request in secretary.wire.requests[-8:])


def test_a_revision_brings_the_next_version_and_says_what_changed(
    simulator: Simulator, secretary: ClientDevice, member: ClientDevice, tmp_path: Path
) -> None:
    preparing = secretary.desk.preparing
    draft = filled_meeting(secretary)
    document = take(secretary, draft.meeting, tmp_path, "Bản đầu")
    preparing.keep_meeting(replace(draft, items=(replace(draft.items[0], papers=(document,)),)))
    preparing.send(draft.meeting, PIN)
    secretary.round()
    member.round()
    member.desk.papers.opened(member.desk.papers.one(document).digest)
    revision, _ = preparing.revise_meeting(draft.meeting)
    assert revision.items[0].papers == (document,)
    assert preparing.missing(draft.meeting) == (Missing.CHANGE,)
    preparing.keep_meeting(replace(revision, place="Phòng họp số 3"))
    assert preparing.missing(draft.meeting) == ()
    preparing.keep_meeting(revision)
    with pytest.raises(Incomplete):
        preparing.send(draft.meeting, PIN)
    taken = take(secretary, draft.meeting, tmp_path, "Bản sau")
    for replacing in (taken, document):  # the second time it is what it was to become
        preparing.replace_paper(draft.meeting, replacing, document)
        (paper,) = preparing.papers(draft.meeting)
        assert (paper.document, paper.version) == (document, 2)
    preparing.keep_paper(draft.meeting, replace(paper, what_changed="Sửa khoản 3."))
    preparing.send(draft.meeting, PIN)
    secretary.round()
    member.round()
    latest, first = member.desk.papers.versions(document)
    assert (latest.version, latest.what_changed, latest.reading) == (2, "Sửa khoản 3.", Reading.CHANGED)
    assert first.version == 1
    assert latest.replaces == first.digest
    assert member.desk.meetings.one(draft.meeting).line.revision == 2
    assert member.desk.meetings.one(draft.meeting).items[0].papers == (latest,)


def test_texts_typed_in_any_form_are_sent_in_one(simulator: Simulator, secretary: ClientDevice) -> None:
    draft = filled_ballot(secretary)
    decomposed = unicodedata.normalize("NFD", "Về dự phòng ngân sách")
    secretary.desk.preparing.keep_ballot(replace(draft, subject=decomposed))
    secretary.desk.preparing.send(draft.ballot, PIN)
    secretary.round()
    assert secretary.desk.ballots.one(draft.ballot).line.subject == "Về dự phòng ngân sách"


@pytest.fixture
def office(guests: Guests) -> Guests:
    """At a real server, with a secretary who has a client."""
    guests.welcome("secretary", Role.SECRETARY)
    for name in ("chair", "finance"):
        guests.cabinet.enrol(name, Role.MEMBER, *([Role.CHAIR] if name == "chair" else []))
    guests.people["secretary"].sync()
    return guests


def test_a_ballot_refused_because_the_register_moved_is_kept_and_sent_anew(office: Guests) -> None:
    secretary = office.people["secretary"]
    preparing = secretary.desk.preparing
    draft, _ = preparing.new_ballot()
    preparing.keep_ballot(
        replace(draft, subject="Về dự phòng", decided_by="Chủ tịch", deciding_note="Đồng ý.", questions=QUESTIONS)
    )
    office.cabinet.enrol("construction", Role.MEMBER)
    preparing.send(draft.ballot, PIN)
    secretary.sync()
    assert preparing.stage(draft.ballot) is SendStage.REFUSED
    assert [line.id for line in preparing.drafts()] == [draft.ballot]
    preparing.send(draft.ballot, PIN)
    secretary.sync()
    assert preparing.stage(draft.ballot) is SendStage.RECORDED
    assert secretary.desk.ballots.one(draft.ballot).line.subject == "Về dự phòng"


# ---------------------------------------------------------------- watching


def stages(preparing: Preparing, ballot: str) -> dict[str, ElectorStage]:
    return {line.person: line.stage for line in preparing.monitor(ballot).electors}


def test_the_monitor_tells_who_has_answered_and_who_is_nearly_due(
    simulator: Simulator, secretary: ClientDevice, member: ClientDevice
) -> None:
    deadline = simulator.now + timedelta(days=10)
    ballot = simulator.open_ballot(deadline_at=deadline, documents=()).statement
    assert ballot is not None
    simulator.answer("chair", "agree", "agree")
    simulator.answer("chair", "disagree", "agree")
    secretary.round()
    preparing, identity = secretary.desk.preparing, simulator.asked.ballot
    monitor = preparing.monitor(identity)
    assert (monitor.answered, monitor.sent) == (1, 5)
    line = next(each for each in monitor.electors if each.person == "chair")
    assert (line.stage, line.changes, line.answers[0].option) == (ElectorStage.ANSWERED, 1, "disagree")
    assert stages(preparing, identity)["finance"] is ElectorStage.WAITING
    simulator.now = deadline - timedelta(hours=3)
    assert stages(preparing, identity)["finance"] is ElectorStage.NEARLY_DUE
    simulator.now = deadline + timedelta(minutes=1)
    assert stages(preparing, identity)["finance"] is ElectorStage.OVERDUE
    simulator.answer("finance", "agree", "agree")
    secretary.round()
    assert stages(preparing, identity)["finance"] is ElectorStage.ANSWERED_LATE
    assert [line.ballot for line in secretary.desk.work.todo().closings] == [identity]


def test_a_later_deadline_reaches_everybody_with_its_reason(
    simulator: Simulator, secretary: ClientDevice, member: ClientDevice
) -> None:
    simulator.open_ballot(documents=())
    secretary.round()
    ballot = simulator.asked.ballot
    later = simulator.asked.deadline_at + timedelta(days=2)
    with pytest.raises(ValueError, match="deadline_at"):
        secretary.desk.preparing.extend(ballot, simulator.asked.deadline_at, "Không muộn hơn.", PIN)
    secretary.desk.preparing.extend(ballot, later, "Chờ ý kiến bổ sung.", PIN)
    secretary.round()
    member.round()
    view = member.desk.ballots.one(ballot)
    assert (view.line.deadline_at, view.extended_because) == (later, "Chờ ý kiến bổ sung.")


def test_the_rule_is_the_one_in_force_whatever_was_used_last(
    simulator: Simulator, secretary: ClientDevice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of a draft that is older: which rule it is follows from the body and the day on which it is sent."""
    simulator.open_ballot(documents=())
    secretary.round()
    preparing = secretary.desk.preparing
    draft, _ = preparing.new_ballot()
    usual = usual_rules().rule_for(simulator.body, simulator.now.date())
    assert draft.rule == usual != simulator.asked.rule

    shipped = json.loads(resources.path("rules", "ballots.json").read_text("utf-8"))["rules"][0]
    today = simulator.now.astimezone(ZoneInfo("Asia/Ho_Chi_Minh")).date()
    newer = {**shipped, "bodies": [simulator.body], "effective_from": today.isoformat(), "late_answers_count": True}
    path = tmp_path / "rules.json"
    path.write_text(json.dumps({"rules": [newer]}), "utf-8")
    monkeypatch.setenv("ECABINET_RULES", str(path))
    assert preparing.ballot(draft.ballot).rule.late_answers_count
    filled = replace(
        draft,
        subject="Về dự phòng",
        submitter="Sở Tài chính",
        decided_by="Chủ tịch UBND tỉnh",
        deciding_note="Đồng ý.",
        questions=QUESTIONS,
    )
    preparing.keep_ballot(filled)
    preparing.send(draft.ballot, PIN)
    secretary.round()
    sent = secretary.desk.ballots.one(draft.ballot)
    assert (sent.rule.late_answers_count, sent.rule.effective_from) == (True, today)
