"""The main job with real parts: a server process over TLS, a keystore, and seven people with clients of their own."""

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from ecabinet import resources
from ecabinet.client.desk.ballots import AnswerStage
from ecabinet.client.desk.drafts import ItemDraft
from ecabinet.client.desk.papers import Presence, Reading
from ecabinet.core.ballots import BallotState, Collation
from ecabinet.core.envelope import new_id
from tests.client.people import PIN, Somebody, Town, now
from tests.sample import MEMBERS, QUESTIONS


def sample_papers() -> list[Path]:
    return sorted(resources.path("sample", "pdf").glob("*.pdf"))[:2]


def send_meeting(secretary: Somebody) -> str:
    preparing = secretary.desk.preparing
    draft, _ = preparing.new_meeting()
    taken = preparing.take_papers(draft.meeting, sample_papers(), lambda done, total: None)
    assert not taken.refused
    for paper in taken.papers:
        preparing.keep_paper(draft.meeting, replace(paper, title="Tờ trình", agency="Sở Tài chính"))
    item = ItemDraft(
        item=new_id(now()),
        title="Dự toán ngân sách địa phương năm 2027",
        agency="Sở Tài chính",
        papers=tuple(paper.document for paper in taken.papers),
        readers=None,
    )
    filled = replace(
        draft, title="Phiên họp tháng 11", starts_at=now() + timedelta(days=2), place="Phòng số 1", items=(item,)
    )
    preparing.keep_meeting(filled)
    assert preparing.missing(draft.meeting) == ()
    preparing.send(draft.meeting, PIN)
    return draft.meeting


def send_ballot(secretary: Somebody, papers: tuple[str, ...]) -> str:
    preparing = secretary.desk.preparing
    draft, _ = preparing.new_ballot()
    filled = replace(
        draft,
        subject="Về sử dụng dự phòng ngân sách cấp tỉnh năm 2026",
        submitter="Sở Tài chính",
        decided_by="Chủ tịch UBND tỉnh",
        deciding_note="Đồng ý lấy ý kiến bằng phiếu.",
        questions=QUESTIONS,
        papers=papers,
    )
    preparing.keep_ballot(filled)
    assert preparing.missing(draft.ballot) == ()
    preparing.send(draft.ballot, PIN)
    return draft.ballot


def read_first_paper(reader: Somebody) -> None:
    paper = reader.desk.papers.all()[0]
    into = memoryview(bytearray(paper.size))
    reader.desk.papers.fill(paper.digest, into)
    assert bytes(into[:5]) == b"%PDF-"
    reader.desk.papers.opened(paper.digest)
    assert reader.desk.papers.one(paper.document).reading is Reading.BEGUN
    reader.desk.papers.read_pages(paper.digest, 1, [0])
    assert reader.desk.papers.one(paper.document).reading is Reading.READ


def answer_in_steps(member: Somebody, ballot: str, *options: str) -> None:
    """Choose, read back, sign, send: and what is told at every step."""
    read_back = member.choose(ballot, *options, remark="Đề nghị làm rõ nguồn.")
    assert [answer.option.key for answer in read_back.answers] == list(options)
    assert read_back.capacity
    member.desk.ballots.sign_and_queue([read_back], PIN)
    assert member.desk.ballots.one(ballot).line.stage is AnswerStage.SIGNED
    member.desk.syncing.send()
    assert member.desk.ballots.one(ballot).line.stage is AnswerStage.RECORDED
    assert member.desk.work.todo().ballots == ()


def announce(secretary: Somebody, ballot: str) -> Collation:
    secretary.sync()
    monitor = secretary.desk.preparing.monitor(ballot)
    assert (monitor.answered, monitor.sent) == (4, 5)
    secretary.desk.preparing.close(ballot, "Đã hết thời hạn.", PIN)
    secretary.sync()
    result = secretary.desk.preparing.result(ballot)
    assert (result.collation.received, result.collation.sent) == (4, 5)
    secretary.desk.preparing.sign_result(result, PIN)
    secretary.sync()
    return result.collation


def verify(secretary: Somebody, ballot: str, folder: Path) -> int:
    """What a stranger's program says of the bundle."""
    preparing = secretary.desk.preparing
    made = preparing.make_evidence(ballot, PIN, includes_papers=True, report=lambda done, total: None)
    assert made.is_kept
    bundle, anchor = folder / "evidence.asice", folder / "anchors.pem"
    preparing.save_evidence(ballot, bundle)
    assert bundle.stat().st_mode & 0o077 == 0, "opinions with their authors are for nobody else on the machine"
    anchor.write_bytes(preparing.trust_anchor())
    command = [sys.executable, "-m", "ecabinet.verify", str(bundle), "--trust", str(anchor)]
    return subprocess.run(command, capture_output=True, check=False).returncode


def test_from_the_founding_to_a_bundle_that_a_stranger_proves(town: Town, tmp_path: Path) -> None:
    town.enrol_everybody()
    secretary, members = town.people["secretary"], [town.people[name] for name in MEMBERS]
    secretary.sync()
    meeting = send_meeting(secretary)
    secretary.sync()
    documents = tuple(paper.document for paper in secretary.desk.papers.all())
    assert len(documents) == 2
    ballot = send_ballot(secretary, documents)
    secretary.sync()
    assert secretary.desk.preparing.drafts() == ()

    for member in members:
        member.sync()
        agenda = member.desk.meetings.one(meeting).items
        assert [paper.presence for paper in agenda[0].papers] == [Presence.HERE] * 2
        assert member.desk.syncing.status().papers_here == 2
        assert [due.ballot for due in member.desk.work.todo().ballots] == [ballot]
    read_first_paper(members[1])
    for member, options in zip(members[:4], (("agree", "agree"), ("disagree", "agree")) * 2, strict=True):
        answer_in_steps(member, ballot, *options)
    members[0].answer(ballot, "disagree", "agree")
    members[0].sync()

    collation = announce(secretary, ballot)
    for member in members:
        member.sync()
        view = member.desk.ballots.one(ballot)
        assert view.line.state is BallotState.ANNOUNCED
        assert view.result == collation
        assert len({each.person for each in view.colleagues} | {member.name}) >= 4
        assert member.desk.syncing.alarms() == ()
    assert verify(secretary, ballot, tmp_path) == 0
