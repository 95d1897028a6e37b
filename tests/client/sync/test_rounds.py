"""Rounds of sync against a server that does its best, and against one that fails."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from ecabinet.client.desk.ballots import AnswerStage, Draft
from ecabinet.client.desk.errors import NotHere
from ecabinet.client.desk.papers import Presence
from ecabinet.client.sync import AlarmKind, Trouble, files
from ecabinet.client.vault import schema
from ecabinet.client.vault.sealed import CHUNK
from ecabinet.core import codec
from ecabinet.core.ballots import Answer
from ecabinet.core.checkpoint import open_checkpoint
from ecabinet.core.fork import ForkEvidence
from ecabinet.core.meetings import MeetingSent
from ecabinet.core.notes import Anchor, Quad
from ecabinet.core.omission import OmissionVerdict, check_omission, read_omission
from ecabinet.core.protocol import MOST_PAPERS, Reason
from tests.client.conftest import MakeDevice
from tests.client.devices import PIN, ClientDevice
from tests.sample import PAPERS
from tests.simulator import Simulator
from tests.wire import Fault


def anchor_in(device: ClientDevice) -> Anchor:
    paper = device.desk.papers.all()[0]
    quad = Quad(x0=7200, y0=70000, x1=20000, y1=71400)
    return Anchor(
        digest=paper.digest,
        page=0,
        quads=(quad,),
        quote="48 tỷ đồng",
        before="sử dụng ",
        after=" từ",
        strokes=(),
        section=(),
    )


def send_meeting(simulator: Simulator) -> str:
    sent = simulator.send_meeting().statement
    assert isinstance(sent, MeetingSent)
    return sent.meeting


def note_on(device: ClientDevice, text: str) -> str:
    document = device.desk.papers.all()[0].document
    return device.desk.notes.write(document, anchor_in(device), text, "amber")[0].note


def answer(device: ClientDevice, ballot: str, *options: str) -> str:
    """Signs and queues; the opinion's id."""
    questions = device.desk.ballots.one(ballot).questions
    answers = tuple(Answer(question=q.key, option=o, text="") for q, o in zip(questions, options, strict=True))
    device.desk.ballots.keep_draft(ballot, Draft(answers=answers))
    device.desk.ballots.sign_and_queue([device.desk.ballots.read_back(ballot)], PIN)
    return device.desk.ballots.one(ballot).opinions[0].opinion


def stage(device: ClientDevice, ballot: str) -> AnswerStage:
    return device.desk.ballots.one(ballot).line.stage


def opinions_in_the_ledger(simulator: Simulator, person: str) -> list[str]:
    return [each.opinion.id for each in simulator.opinions() if each.opinion.elector == person]


def trouble(device: ClientDevice) -> Trouble | None:
    device.sync.once()
    return device.sync.status().trouble


# ---------------------------------------------------------------- what arrives


def test_everything_visible_arrives_in_one_round(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    simulator.send_meeting()
    simulator.open_ballot()
    changes = mine.round()
    assert len(changes.documents) == len(PAPERS)
    assert {mine.text_of(paper.digest) for paper in mine.desk.papers.all()} == set(PAPERS.values())
    status = mine.sync.status()
    assert (status.papers, status.papers_here) == (2, 2)
    assert status.bytes_done == status.bytes_total == sum(map(len, PAPERS.values()))
    assert status.ready_until is not None
    assert not mine.round()


def test_a_right_taken_away_takes_paper_and_quotes_but_not_what_the_person_wrote(
    simulator: Simulator, device: MakeDevice
) -> None:
    mine = device()
    meeting = send_meeting(simulator)
    mine.round()
    note = note_on(mine, "Hỏi lại Sở Tài chính về nguồn.")
    digests = [paper.digest for paper in mine.desk.papers.all()]
    simulator.withhold(meeting)
    changes = mine.round()
    assert meeting in changes.gone
    assert mine.desk.papers.all() == ()
    assert not any(mine.vault.files.holds(digest) for digest in digests)
    with pytest.raises(NotHere):
        mine.desk.meetings.one(meeting)
    with pytest.raises(NotHere):
        mine.desk.papers.fill(digests[0], memoryview(bytearray(10)))
    (kept,) = mine.desk.notes.all()
    assert (kept.note, kept.latest.text) == (note, "Hỏi lại Sở Tài chính về nguồn.")
    assert (kept.latest.anchor.quote, kept.latest.anchor.before, kept.latest.anchor.after) == ("", "", "")
    assert kept.is_left_behind


def test_a_right_given_back_brings_everything_back(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    meeting = send_meeting(simulator)
    mine.round()
    note_on(mine, "Lưu ý.")
    simulator.withhold(meeting)
    mine.round()
    simulator.hand_back(meeting)
    mine.round()
    assert len(mine.desk.papers.all()) == 2
    assert all(paper.presence is Presence.HERE for paper in mine.desk.papers.all())
    assert mine.desk.meetings.one(meeting).line.papers == 2
    assert not mine.desk.notes.all()[0].is_left_behind


def test_a_new_feed_epoch_takes_what_its_snapshot_does_not_name(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    meeting = send_meeting(simulator)
    simulator.open_ballot(documents=())
    mine.round()
    opinion = answer(mine, simulator.asked.ballot, "agree", "agree")
    note_on(mine, "Giữ lại.")
    mine.round()
    simulator.withheld.add(meeting)  # told to nobody: the old feed is gone with its database
    simulator.begin_new_feed_epoch()
    mine.round()
    assert mine.desk.papers.all() == ()
    with pytest.raises(NotHere):
        mine.desk.meetings.one(meeting)
    assert stage(mine, simulator.asked.ballot) is AnswerStage.RECORDED
    assert mine.desk.ballots.receipt(opinion).opinion == opinion
    assert mine.desk.notes.all()[0].latest.text == "Giữ lại."


def test_a_statement_of_a_type_not_known_yet_is_kept_and_told(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    known = simulator.send_meeting()
    simulator.replace_type(known, "meeting.rehearsed")
    mine.round()
    assert mine.sync.status().needs_newer_version
    kept = mine.vault.do(lambda db: db.execute(select(schema.unknown_statements)).all())
    assert len(kept) == 1
    assert b"meeting.rehearsed" in kept[0].statement


# ---------------------------------------------------------------- the outbox


@pytest.mark.parametrize("fault", list(Fault))
def test_an_opinion_reaches_the_ledger_once_whatever_happens_to_its_request(
    simulator: Simulator, device: MakeDevice, fault: Fault
) -> None:
    mine = device()
    simulator.open_ballot()
    mine.round()
    ballot = simulator.asked.ballot
    opinion = answer(mine, ballot, "agree", "disagree")
    assert stage(mine, ballot) is AnswerStage.SIGNED
    mine.wire.faults.extend([fault, fault])  # a request that fails is made again at once, once
    mine.sync.send()
    assert stage(mine, ballot) in {AnswerStage.SIGNED, AnswerStage.SENT, AnswerStage.RECORDED}
    mine.wire.faults.clear()
    mine.reopen()
    mine.round()
    assert stage(mine, ballot) is AnswerStage.RECORDED
    assert opinions_in_the_ledger(simulator, "home-affairs") == [opinion]
    assert mine.sync.status().waiting_to_send == 0


def test_a_lost_reply_says_sent_and_not_yet_recorded(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    simulator.open_ballot()
    mine.round()
    answer(mine, simulator.asked.ballot, "agree", "agree")
    mine.wire.faults.extend([Fault.REPLY_LOST, Fault.REPLY_LOST])
    mine.sync.send()
    assert stage(mine, simulator.asked.ballot) is AnswerStage.SENT
    assert mine.sync.status().waiting_to_send == 1


def test_a_changed_mind_replaces_and_both_are_receipted(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    simulator.open_ballot()
    mine.round()
    ballot = simulator.asked.ballot
    first = answer(mine, ballot, "agree", "agree")
    second = answer(mine, ballot, "disagree", "agree")  # still off-line
    mine.round()
    assert opinions_in_the_ledger(simulator, "home-affairs") == [first, second]
    view = mine.desk.ballots.one(ballot)
    assert [each.stage for each in view.opinions] == [AnswerStage.RECORDED, AnswerStage.RECORDED]
    assert view.opinions[0].answers[0].option == "disagree"
    assert {mine.desk.ballots.receipt(each).leaf for each in (first, second)} == {
        each.leaf for each in simulator.opinions()
    }


def test_an_opinion_after_the_closing_is_refused_kept_and_shown(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    simulator.open_ballot()
    mine.round()
    ballot = simulator.asked.ballot
    opinion = answer(mine, ballot, "agree", "agree")
    simulator.close()
    mine.round()
    ((line, refused),) = mine.desk.ballots.refused()
    assert line.ballot == ballot
    assert refused.opinion == opinion
    assert refused.refusal is not None
    assert refused.refusal.reason is Reason.BALLOT_CLOSED
    assert mine.sync.status().waiting_to_send == 0
    mine.desk.ballots.put_aside(opinion)
    assert mine.desk.ballots.refused() == ()
    assert mine.desk.ballots.one(ballot).opinions[0].stage is AnswerStage.REFUSED


def test_the_same_opinion_from_two_devices_is_taken_once_and_refused_once(
    simulator: Simulator, device: MakeDevice
) -> None:
    mine, other = device("first"), device("second")
    simulator.open_ballot()
    mine.round()
    other.round()
    ballot = simulator.asked.ballot
    kept = answer(mine, ballot, "agree", "agree")
    answer(other, ballot, "disagree", "agree")
    mine.round()
    other.round()
    assert opinions_in_the_ledger(simulator, "home-affairs") == [kept]
    ((_, refused),) = other.desk.ballots.refused()
    assert refused.refusal is not None
    assert refused.refusal.reason is Reason.OPINION_SUPERSEDED
    # What to do next is to read what stands and to answer once more.
    again = answer(other, ballot, "disagree", "agree")
    other.round()
    assert opinions_in_the_ledger(simulator, "home-affairs") == [kept, again]


def test_a_sign_in_that_ran_out_is_renewed_without_a_word(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    mine.round()
    mine.wire.sign_everybody_out()
    simulator.send_meeting()
    mine.round()
    assert len(mine.desk.meetings.all()) == 1


def test_a_revoked_device_is_no_longer_admitted(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    mine.round()
    simulator.revoke_device(mine.keys.chain[0], "home-affairs")
    mine.wire.sign_everybody_out()
    assert trouble(mine) is Trouble.NOT_ADMITTED


# ---------------------------------------------------------------- papers


@pytest.mark.parametrize("cuts", [1, 5])
def test_a_paper_cut_off_goes_on_with_the_chunk_that_is_missing(
    simulator: Simulator, device: MakeDevice, cuts: int
) -> None:
    mine = device()
    paper = bytes(range(256)) * 4096
    simulator.publish({"300/BC": paper})
    simulator.send_meeting()
    mine.wire.cuts_papers_off = True
    for _ in range(cuts):
        mine.sync.once()
        assert mine.sync.status().trouble is None
    mine.wire.cuts_papers_off = False
    mine.reopen()
    mine.round()
    assert paper in {mine.text_of(each.digest) for each in mine.desk.papers.all()}
    whole = len(paper) + sum(map(len, PAPERS.values()))
    # Small papers begin anew; of the large one, a chunk that was not whole comes again.
    assert whole <= mine.wire.paper_bytes <= whole + cuts * (CHUNK + 2 * sum(map(len, PAPERS.values())))


def asked_for_papers(device: ClientDevice) -> int:
    return sum("/documents" in request for request in device.wire.requests)


def test_small_papers_come_together(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    simulator.publish({f"{number}/BC": b"%PDF" + bytes([number]) * 1000 for number in range(200)})
    simulator.send_meeting()
    mine.round()
    assert mine.sync.status().papers_here == 200 + len(PAPERS)
    assert asked_for_papers(mine) <= 200 // MOST_PAPERS + files.LANES


def test_a_server_that_sends_no_papers_together_sends_them_all(simulator: Simulator, device: MakeDevice) -> None:
    """Nor does one, when one of them may no longer be had."""
    mine = device()
    mine.wire.answers_together = False
    simulator.send_meeting()
    mine.round()
    assert mine.sync.status().papers_here == len(PAPERS)
    assert asked_for_papers(mine) == 1 + len(PAPERS)


def test_bytes_that_are_not_the_papers_are_not_taken(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    simulator.send_meeting()
    digest = next(iter(simulator.papers))
    simulator.blobs[digest] = bytes(len(simulator.blobs[digest]))
    assert trouble(mine) is Trouble.BAD_ANSWER
    assert not mine.vault.files.holds(digest)
    simulator.blobs[digest] = simulator.papers[digest]
    mine.round()
    assert mine.text_of(digest) == simulator.papers[digest]


@pytest.mark.parametrize("spoilt", range(len(PAPERS)))
def test_a_paper_that_is_spoilt_on_the_server_keeps_back_no_other(
    simulator: Simulator, device: MakeDevice, monkeypatch: pytest.MonkeyPatch, spoilt: int
) -> None:
    """Not even on the connection that asked for it."""
    monkeypatch.setattr(files, "LANES", 1)
    mine = device()
    simulator.send_meeting()
    blob = simulator.documents[spoilt].blob
    simulator.blobs[blob] = bytes(len(simulator.blobs[blob]))
    assert trouble(mine) is Trouble.BAD_ANSWER
    assert mine.sync.status().papers_here == len(PAPERS) - 1
    assert not mine.vault.files.holds(blob)


def test_a_paper_damaged_on_the_disk_is_fetched_again(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    simulator.send_meeting()
    mine.round()
    for path in (mine.folder / "papers").iterdir():
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(data)
    check = mine.desk.check_for_travel()
    assert len(check.damaged_papers) == 2
    assert not check.is_ready
    mine.round()
    assert mine.desk.check_for_travel().is_ready


# ---------------------------------------------------------------- notes


def test_notes_reach_the_other_device_as_ciphertext(simulator: Simulator, device: MakeDevice) -> None:
    mine, other = device("first"), device("second")
    simulator.send_meeting()
    mine.round()
    other.round()
    note = note_on(mine, "Đề nghị giải trình khoản 3.")
    mine.round()
    assert "giải trình" not in str(simulator.edits)
    other.round()
    (seen,) = other.desk.notes.all()
    assert (seen.note, seen.latest.text) == (note, "Đề nghị giải trình khoản 3.")
    other.desk.notes.edit(note, text="Đã giải trình.")
    other.round()
    mine.round()
    assert mine.desk.notes.all()[0].latest.text == "Đã giải trình."
    mine.desk.notes.delete(note)
    mine.round()
    other.round()
    assert other.desk.notes.all() == ()


def test_a_new_device_reads_old_notes_once_another_has_synced(simulator: Simulator, device: MakeDevice) -> None:
    mine = device("first")
    simulator.send_meeting()
    mine.round()
    note_on(mine, "Viết trước khi có máy mới.")
    mine.round()
    late = device("second")
    late.round()
    assert late.desk.notes.all() == ()
    mine.round()
    late.round()
    assert late.desk.notes.all()[0].latest.text == "Viết trước khi có máy mới."


def test_both_edits_of_one_note_survive_until_somebody_settles_it(simulator: Simulator, device: MakeDevice) -> None:
    mine, other = device("first"), device("second")
    simulator.send_meeting()
    mine.round()
    other.round()
    note = note_on(mine, "Nháp.")
    mine.round()
    other.round()
    mine.desk.notes.edit(note, text="Sửa ở máy bàn.")
    other.desk.notes.edit(note, text="Sửa ở máy tính bảng.")
    for each in (mine, other, mine, other):
        each.round()
    for each in (mine, other):
        (view,) = each.desk.notes.all()
        assert {state.text for state in view.states} == {"Sửa ở máy bàn.", "Sửa ở máy tính bảng."}
    mine.desk.notes.edit(note, text="Đã hợp nhất.")
    for each in (mine, other):
        each.round()
        (view,) = each.desk.notes.all()
        assert [state.text for state in view.states] == ["Đã hợp nhất."]


# ---------------------------------------------------------------- a server that lies


def test_another_history_is_an_alarm_with_both_checkpoints_and_ends_sync(
    simulator: Simulator, device: MakeDevice
) -> None:
    mine = device()
    simulator.send_meeting()
    mine.round()
    ours = mine.vault.do(lambda db: db.scalar(select(schema.bodies.c.checkpoint)))
    simulator.fork(len(simulator.tree) - 1)
    simulator.send_meeting()
    simulator.send_meeting()
    assert trouble(mine) is Trouble.FORKED
    (alarm,) = mine.desk.syncing.alarms()
    assert alarm.kind is AlarmKind.FORK
    evidence = codec.load(ForkEvidence, alarm.evidence)
    assert evidence.known == ours
    assert (
        open_checkpoint(evidence.shown, simulator.log_key).size
        > open_checkpoint(evidence.known, simulator.log_key).size
    )
    assert mine.desk.work.todo().alarms == (alarm,)
    requests = len(mine.wire.requests)
    mine.reopen()
    assert trouble(mine) is Trouble.FORKED
    assert len(mine.wire.requests) == requests


def test_yesterdays_database_is_another_history(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    simulator.send_meeting()
    mine.round()
    simulator.roll_back(len(simulator.tree) - 1)
    assert trouble(mine) is Trouble.FORKED
    assert mine.desk.syncing.alarms()[0].kind is AlarmKind.FORK


def test_what_another_signer_saw_is_joined_to_the_own_history(simulator: Simulator, device: MakeDevice) -> None:
    """A split view: the chair was shown another history, and his opinion tells."""
    mine = device()
    simulator.open_ballot()
    mine.round()
    shown_to_the_chair = simulator.checkpoint_of_another_history()
    simulator.append(simulator.opinion("chair", "agree", "agree", seen=shown_to_the_chair))
    simulator.close()
    simulator.announce()
    assert trouble(mine) is Trouble.FORKED
    evidence = codec.load(ForkEvidence, mine.desk.syncing.alarms()[0].evidence)
    assert shown_to_the_chair in {evidence.known, evidence.shown}


def test_a_result_that_leaves_out_a_receipted_opinion_is_an_alarm(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    simulator.open_ballot()
    mine.round()
    opinion = answer(mine, simulator.asked.ballot, "agree", "agree")
    mine.round()
    simulator.close()
    simulator.announce(simulator.collation_without("home-affairs"))
    mine.round()
    (alarm,) = mine.desk.syncing.alarms()
    assert alarm.kind is AlarmKind.MISSING_OPINION
    evidence = read_omission(alarm.evidence)
    assert evidence.receipt == mine.desk.ballots.receipt(opinion).receipt
    assert alarm.subject == simulator.asked.subject
    facts = check_omission(evidence, simulator.anchors)
    assert (facts.verdict, facts.signer) == (OmissionVerdict.PASSED_OVER, "secretary")
    mine.round()
    assert mine.desk.syncing.alarms() == (alarm,)


def test_an_alarm_stands_by_the_receipt_while_the_server_shows_no_tiles(
    simulator: Simulator, device: MakeDevice
) -> None:
    mine = device()
    simulator.open_ballot()
    mine.round()
    answer(mine, simulator.asked.ballot, "agree", "agree")
    mine.round()
    simulator.close()
    simulator.announce(simulator.collation_without("home-affairs"))
    simulator.hides_tiles = True
    mine.round()
    (alarm,) = mine.desk.syncing.alarms()
    assert check_omission(read_omission(alarm.evidence), simulator.anchors).verdict is OmissionVerdict.NOT_SHOWN
    simulator.hides_tiles = False
    mine.round()
    (alarm,) = mine.desk.syncing.alarms()
    assert check_omission(read_omission(alarm.evidence), simulator.anchors).verdict is OmissionVerdict.PASSED_OVER


@pytest.mark.parametrize("is_extended", [False, True])
def test_a_result_cannot_call_late_what_the_ledger_accepted_in_time(
    simulator: Simulator, device: MakeDevice, *, is_extended: bool
) -> None:
    mine = device()
    simulator.open_ballot()
    mine.round()
    if is_extended:
        simulator.extend(simulator.asked.deadline_at + timedelta(days=2))
        simulator.now = simulator.asked.deadline_at + timedelta(days=1)
    answer(mine, simulator.asked.ballot, "disagree", "agree")
    mine.round()
    simulator.close()
    honest = simulator.collation()
    (leaf,) = (line.leaf for line in honest.lines if line.elector == mine.person)
    assert leaf is not None
    simulator.announce(replace(simulator.collation_without(mine.person), late=(leaf,)))
    mine.round()
    (alarm,) = mine.desk.syncing.alarms()
    assert alarm.kind is AlarmKind.MISSING_OPINION
    assert read_omission(alarm.evidence).opinion.placed.leaf == leaf


def test_an_opinion_that_was_late_may_be_left_out(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    simulator.open_ballot()
    mine.round()
    simulator.now = simulator.asked.deadline_at + timedelta(days=1)
    answer(mine, simulator.asked.ballot, "disagree", "agree")
    mine.round()
    simulator.close()
    simulator.announce()
    mine.round()
    assert mine.desk.syncing.alarms() == ()


@pytest.mark.parametrize("lie", ["signature", "place", "leaf", "signer"])
def test_a_page_with_one_false_row_is_not_taken_over_at_all(simulator: Simulator, device: MakeDevice, lie: str) -> None:
    mine = device()
    mine.round()
    simulator.send_meeting()
    simulator.lie_about_the_last_entry(lie)
    assert trouble(mine) is Trouble.BAD_ANSWER
    assert mine.desk.meetings.all() == ()
    simulator.lie_about_the_last_entry("")
    mine.round()
    assert len(mine.desk.meetings.all()) == 1


def test_a_receipt_that_does_not_prove_right_leaves_the_opinion_in_line(
    simulator: Simulator, device: MakeDevice
) -> None:
    mine = device()
    simulator.open_ballot()
    mine.round()
    answer(mine, simulator.asked.ballot, "agree", "agree")
    simulator.spoils_receipts = True
    mine.sync.send()
    assert mine.sync.status().trouble is Trouble.BAD_ANSWER
    assert stage(mine, simulator.asked.ballot) is AnswerStage.SENT
    simulator.spoils_receipts = False
    mine.round()
    assert stage(mine, simulator.asked.ballot) is AnswerStage.RECORDED


# ---------------------------------------------------------------- told, or not told


def test_a_network_that_is_gone_for_a_moment_is_no_news(
    simulator: Simulator, device: MakeDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = [100.0]
    monkeypatch.setattr("ecabinet.client.sync.status.time.monotonic", lambda: moment[0])
    mine = device()
    mine.round()
    mine.wire.is_down = True
    mine.sync.once()
    assert mine.sync.status().trouble is None
    moment[0] += 6
    assert mine.sync.status().trouble is Trouble.OFFLINE
    mine.wire.is_down = False
    mine.round()


def test_what_the_report_raises_ends_the_round_and_loses_nothing(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    simulator.send_meeting()

    class Enough(Exception):
        pass

    def report(done: int, total: int | None) -> None:
        raise Enough

    with pytest.raises(Enough):
        mine.sync.once(report)
    assert not mine.sync.status().is_running
    mine.round()
    assert len(mine.desk.papers.all()) == 2


def test_a_stopped_sync_begins_nothing_any_more(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    mine.sync.stop()
    assert not mine.sync.once()
    assert mine.wire.requests == []


def test_a_revoked_device_keeps_what_its_person_wrote_and_signed_and_nothing_it_was_given_to_read(
    simulator: Simulator, device: MakeDevice
) -> None:
    mine = device()
    simulator.send_meeting()
    simulator.open_ballot()
    mine.round()
    opinion = answer(mine, simulator.asked.ballot, "agree", "agree")
    note = note_on(mine, "Hỏi lại Sở Tài chính về nguồn.")
    mine.round()
    receipt = mine.desk.ballots.receipt(opinion).receipt
    digests = [paper.digest for paper in mine.desk.papers.all()]
    simulator.revoke_device(mine.keys.chain[0], mine.person)
    mine.wire.sign_everybody_out()
    changes = mine.sync.once()
    assert mine.sync.status().trouble is Trouble.NOT_ADMITTED
    assert changes.gone
    for _ in range(2):
        assert mine.desk.papers.all() == ()
        assert mine.desk.meetings.all() == ()
        assert mine.desk.ballots.all() == ()
        assert not any(mine.vault.files.holds(digest) for digest in digests)
        (kept,) = mine.desk.notes.all()
        assert (kept.note, kept.latest.text) == (note, "Hỏi lại Sở Tài chính về nguồn.")
        assert (kept.latest.anchor.quote, kept.latest.anchor.before, kept.latest.anchor.after) == ("", "", "")
        assert mine.desk.ballots.receipt(opinion).receipt == receipt
        mine.reopen()
        mine.sync.once()
