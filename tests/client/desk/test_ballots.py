"""Answering: nothing preselected, read back from the very bytes, one PIN, and what waits for whom."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ecabinet.client.desk.ballots import AnswerStage, Draft, Incomplete, Urgency
from ecabinet.client.desk.errors import KeyFault, KeyUnusable, NotHere, WrongPin
from ecabinet.core import canonical
from ecabinet.core.ballots import Answer, BallotState, Opinion, Unfit
from ecabinet.core.envelope import parse
from ecabinet.core.people import Role
from ecabinet.core.register import fingerprint_phrase
from tests.client.conftest import MakeDevice
from tests.client.devices import PIN, ClientDevice
from tests.sample import QUESTIONS
from tests.simulator import Simulator


@pytest.fixture
def mine(device: MakeDevice) -> ClientDevice:
    made = device()
    made.round()
    return made


def open_ballot(simulator: Simulator, device: ClientDevice, **changes: object) -> str:
    simulator.open_ballot(documents=(), **changes)
    device.round()
    return simulator.asked.ballot


def answers(*options: str, text: str = "") -> tuple[Answer, ...]:
    return tuple(
        Answer(question=question.key, option=option, text=text)
        for question, option in zip(QUESTIONS, options, strict=False)
    )


def test_nothing_is_preselected(simulator: Simulator, mine: ClientDevice) -> None:
    view = mine.desk.ballots.one(open_ballot(simulator, mine))
    assert view.draft == Draft()
    assert view.line.stage is AnswerStage.NONE
    assert view.can_answer
    assert view.capacity == "Giám đốc Sở Nội vụ"
    assert (view.questions, view.disputed, view.summary) == (
        simulator.asked.questions,
        simulator.asked.disputed,
        simulator.asked.summary,
    )


def test_a_draft_is_kept_over_a_restart(simulator: Simulator, mine: ClientDevice) -> None:
    ballot = open_ballot(simulator, mine)
    draft = Draft(answers=answers("agree"), remark="Đang cân nhắc câu 2.")
    mine.desk.ballots.keep_draft(ballot, draft)
    mine.reopen()
    assert mine.desk.ballots.one(ballot).draft == draft
    assert mine.desk.ballots.one(ballot).line.stage is AnswerStage.DRAFT


@pytest.mark.parametrize(
    ("given", "flaw", "question"),
    [
        ((), Unfit.MISSING_ANSWER, "total"),
        (answers("agree"), Unfit.MISSING_ANSWER, "priorities"),
        (answers("agree", "maybe"), Unfit.UNKNOWN_OPTION, "priorities"),
        (answers("other", "agree"), Unfit.MISSING_TEXT, "total"),
    ],
)
def test_what_is_missing_is_told_with_its_question(
    simulator: Simulator, mine: ClientDevice, given: tuple[Answer, ...], flaw: Unfit, question: str
) -> None:
    ballot = open_ballot(simulator, mine)
    mine.desk.ballots.keep_draft(ballot, Draft(answers=given))
    with pytest.raises(Incomplete) as caught:
        mine.desk.ballots.read_back(ballot)
    assert (caught.value.flaw, caught.value.question) == (flaw, question)


def test_what_is_read_back_is_what_is_signed(simulator: Simulator, mine: ClientDevice) -> None:
    ballot = open_ballot(simulator, mine)
    given = (
        Answer(question="total", option="other", text="Đề nghị 40 tỷ đồng."),
        Answer(question="priorities", option="agree", text=""),
    )
    mine.desk.ballots.keep_draft(ballot, Draft(answers=given, remark="Làm rõ nguồn."))
    read_back = mine.desk.ballots.read_back(ballot)
    assert [(each.option.text, each.text) for each in read_back.answers] == [
        ("Ý kiến khác", "Đề nghị 40 tỷ đồng."),
        ("Đồng ý", ""),
    ]
    assert (read_back.capacity, read_back.remark) == ("Giám đốc Sở Nội vụ", "Làm rõ nguồn.")
    assert read_back.body_name == "Ủy ban nhân dân tỉnh Bình Minh"
    assert read_back.phrase == fingerprint_phrase(canonical.digest(read_back.statement))
    mine.desk.ballots.sign_and_queue([read_back], PIN)
    mine.round()
    (recorded,) = simulator.opinions()
    assert bytes(recorded.opinion) == read_back.statement
    assert mine.desk.ballots.one(ballot).draft == Draft()


def test_several_ballots_are_signed_with_one_pin_or_none_is(simulator: Simulator, mine: ClientDevice) -> None:
    ballots = [open_ballot(simulator, mine) for _ in range(3)]
    for ballot in ballots:
        mine.desk.ballots.keep_draft(ballot, Draft(answers=answers("agree", "agree")))
    read_backs = [mine.desk.ballots.read_back(ballot) for ballot in ballots]
    with pytest.raises(WrongPin):
        mine.desk.ballots.sign_and_queue(read_backs, "999999")
    assert all(mine.desk.ballots.one(ballot).opinions == () for ballot in ballots)
    changes = mine.desk.ballots.sign_and_queue(read_backs, PIN)
    assert changes.ballots == set(ballots)
    assert mine.sync.status().waiting_to_send == 3
    mine.round()
    assert {mine.desk.ballots.one(ballot).line.stage for ballot in ballots} == {AnswerStage.RECORDED}


def test_a_change_of_mind_names_what_it_replaces(simulator: Simulator, mine: ClientDevice) -> None:
    ballot = open_ballot(simulator, mine)
    for option in ("agree", "disagree"):
        mine.desk.ballots.keep_draft(ballot, Draft(answers=answers(option, "agree")))
        read_back = mine.desk.ballots.read_back(ballot)
        assert read_back.replaces_earlier == (option == "disagree")
        mine.desk.ballots.sign_and_queue([read_back], PIN)
    opinion = parse(read_back.statement)
    assert isinstance(opinion, Opinion)
    assert opinion.counter == 2
    assert [each.answers[0].option for each in mine.desk.ballots.one(ballot).opinions] == ["disagree", "agree"]


def test_nobody_signs_before_the_first_sync(device: MakeDevice) -> None:
    fresh = device()
    assert fresh.desk.keys().fault is KeyFault.WAITING
    with pytest.raises(KeyUnusable) as caught:
        fresh.desk.unlocked.signer(PIN)
    assert caught.value.fault is KeyFault.WAITING


def test_a_ballot_that_is_closed_or_not_ones_own_is_not_answered(
    simulator: Simulator, mine: ClientDevice, device: MakeDevice
) -> None:
    ballot = open_ballot(simulator, mine)
    mine.desk.ballots.keep_draft(ballot, Draft(answers=answers("agree", "agree")))
    secretary = device("third", "secretary", Role.SECRETARY)
    secretary.round()
    assert not secretary.desk.ballots.one(ballot).can_answer
    with pytest.raises(NotHere):
        secretary.desk.ballots.read_back(ballot)
    simulator.close()
    mine.round()
    assert not mine.desk.ballots.one(ballot).can_answer
    with pytest.raises(NotHere):
        mine.desk.ballots.read_back(ballot)
    with pytest.raises(NotHere):
        mine.desk.ballots.one("00000000-0000-7000-8000-000000000000")


def test_an_answer_past_the_deadline_is_said_to_be_late(simulator: Simulator, mine: ClientDevice) -> None:
    ballot = open_ballot(simulator, mine, deadline_at=simulator.now + timedelta(hours=1))
    mine.desk.ballots.keep_draft(ballot, Draft(answers=answers("agree", "agree")))
    assert not mine.desk.ballots.read_back(ballot).is_late
    simulator.now += timedelta(hours=2)
    assert mine.desk.ballots.one(ballot).line.urgency is Urgency.OVERDUE
    assert mine.desk.ballots.read_back(ballot).is_late


def test_colleagues_and_result_are_seen_once_it_is_announced(simulator: Simulator, mine: ClientDevice) -> None:
    ballot = open_ballot(simulator, mine)
    simulator.answer("chair", "agree", "agree")
    simulator.answer("finance", "disagree", "agree")
    mine.round()
    assert mine.desk.ballots.one(ballot).colleagues == ()
    simulator.close()
    mine.round()
    assert mine.desk.ballots.one(ballot).line.state is BallotState.CLOSED
    simulator.announce()
    mine.round()
    view = mine.desk.ballots.one(ballot)
    assert view.line.state is BallotState.ANNOUNCED
    assert {each.person: each.answers[0].option for each in view.colleagues} == {
        "chair": "agree",
        "finance": "disagree",
    }
    assert view.result == simulator.collation()


def test_colleagues_are_seen_before_ones_own_answer_where_the_ballot_says_so(
    simulator: Simulator, mine: ClientDevice
) -> None:
    ballot = open_ballot(simulator, mine, shows_answers_before_own=True)
    simulator.answer("chair", "disagree", "agree")
    mine.round()
    view = mine.desk.ballots.one(ballot)
    assert view.can_answer
    assert [(each.person, each.answers[0].option) for each in view.colleagues] == [("chair", "disagree")]


def test_a_receipt_is_there_only_when_it_is(simulator: Simulator, mine: ClientDevice) -> None:
    ballot = open_ballot(simulator, mine)
    mine.desk.ballots.keep_draft(ballot, Draft(answers=answers("agree", "agree")))
    mine.desk.ballots.sign_and_queue([mine.desk.ballots.read_back(ballot)], PIN)
    opinion = mine.desk.ballots.one(ballot).opinions[0].opinion
    with pytest.raises(NotHere):
        mine.desk.ballots.receipt(opinion)
    mine.round()
    receipt = mine.desk.ballots.receipt(opinion)
    (recorded,) = simulator.opinions()
    assert (receipt.leaf, receipt.accepted_at) == (recorded.leaf, recorded.accepted_at)
    assert receipt.receipt.startswith("c2sp.org/tlog-proof@v1")


# ---------------------------------------------------------------- what waits


def test_what_waits_is_in_the_order_of_its_deadline(simulator: Simulator, mine: ClientDevice) -> None:
    now = simulator.now.replace(hour=2)  # nine in the morning there
    deadlines = {
        Urgency.LATER: now + timedelta(days=9),
        Urgency.TODAY: now + timedelta(hours=7),
        Urgency.SOON: now + timedelta(days=2),
    }
    for deadline in deadlines.values():
        open_ballot(simulator, mine, deadline_at=deadline)
    simulator.now = now
    waiting = mine.desk.work.todo().ballots
    assert [line.urgency for line in waiting] == [Urgency.TODAY, Urgency.SOON, Urgency.LATER]
    simulator.now = now + timedelta(hours=8)
    assert [line.urgency for line in mine.desk.work.todo().ballots] == [Urgency.OVERDUE, Urgency.SOON, Urgency.LATER]
    assert mine.desk.work.counts().ballots == 3


def test_what_was_answered_waits_no_more_and_what_was_read_is_no_news(simulator: Simulator, mine: ClientDevice) -> None:
    simulator.send_meeting()
    ballot = open_ballot(simulator, mine)
    todo = mine.desk.work.todo()
    assert len(todo.papers) == 2
    assert todo.next_meeting is not None
    assert (todo.next_meeting.new_papers, todo.next_meeting.unread_papers) == (2, 2)
    mine.desk.ballots.keep_draft(ballot, Draft(answers=answers("agree", "agree")))
    assert [line.stage for line in mine.desk.work.todo().ballots] == [AnswerStage.DRAFT]
    mine.desk.ballots.sign_and_queue([mine.desk.ballots.read_back(ballot)], PIN)
    for paper in todo.papers:
        mine.desk.papers.opened(paper.digest)
    todo = mine.desk.work.todo()
    assert (todo.ballots, todo.papers) == ((), ())
    counts = mine.desk.work.counts()
    assert (counts.todo, counts.ballots, counts.papers, counts.meetings) == (0, 0, 0, 0)


def test_the_travel_check_names_what_is_missing(simulator: Simulator, mine: ClientDevice) -> None:
    simulator.send_meeting()
    open_ballot(simulator, mine)
    check = mine.desk.check_for_travel()
    assert (check.papers, check.missing_papers, check.ballots, check.unanswered_ballots) == (2, (), 1, 1)
    assert check.is_ready
    assert check.ready_until == max(simulator.asked.deadline_at, mine.desk.meetings.all()[0].starts_at)
    simulator.publish({"900/BC": b"%PDF-1.7 moi" * 10_000})
    simulator.send_meeting()
    mine.wire.cuts_papers_off = True
    mine.sync.once()
    check = mine.desk.check_for_travel()
    assert len(check.missing_papers) == 1
    assert not check.is_ready


def test_replaced_answers_stay_whole(simulator: Simulator, mine: ClientDevice) -> None:
    """A draft may be taken up again after an answer was signed."""
    ballot = open_ballot(simulator, mine)
    first = Draft(answers=answers("agree", "agree"))
    mine.desk.ballots.keep_draft(ballot, first)
    mine.desk.ballots.sign_and_queue([mine.desk.ballots.read_back(ballot)], PIN)
    mine.desk.ballots.keep_draft(ballot, replace(first, remark="Bổ sung."))
    assert mine.desk.ballots.one(ballot).line.stage is AnswerStage.SIGNED
    assert mine.desk.ballots.one(ballot).draft.remark == "Bổ sung."
