"""The secretariat at a desk: its windows in a frame of their own, and drafts made without them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from PySide6.QtCore import QSize

from ecabinet.client.background import Lane
from ecabinet.client.desk.preparing import BallotDraft, ItemDraft, MeetingDraft, PreparedPaper, Taken
from ecabinet.client.ui.frame import Frame, Identity
from ecabinet.client.ui.navigation import Place
from ecabinet.client.ui.preparing.agenda import new_identifier
from ecabinet.client.ui.preparing.overview import PreparingScreen
from ecabinet.client.ui.screen import Screen
from ecabinet.client.ui.syncing import told
from ecabinet.papers import sample
from tests.ui.body import Sitter, wait_until

WIDE = QSize(1366, 768)


def show_office(sitter: Sitter, size: QSize = WIDE) -> Frame:
    """The frame at Chuẩn bị họp và phiếu, anew."""
    sitter.close_frame()
    makers = {Place.PREPARE: lambda: PreparingScreen(sitter.seat)}
    identity = Identity(office=sitter.seat.me.office, body=sitter.seat.me.body_name)
    sitter.frame = Frame(makers, identity, sitter.seat.times)
    sitter.frame.show_status(told(sitter.desk.syncing.status()))
    sitter.frame.resize(size)
    sitter.frame.show()
    sitter.frame.activateWindow()
    wait_until(sitter.is_settled)
    return sitter.frame


def lay(sitter: Sitter, screen: Screen) -> Frame:
    """A screen on top of the one in front, once it is filled."""
    assert sitter.frame is not None
    sitter.frame.lay(screen)
    wait_until(sitter.is_settled)
    return sitter.frame


def take(sitter: Sitter, draft: str, files: Sequence[Path]) -> Taken:
    """Files taken into a draft."""
    preparing = sitter.desk.preparing
    return sitter.do(lambda: preparing.take_papers(draft, files, lambda _done, _total: None), Lane.PAGES)


def draft_meeting(sitter: Sitter, *, is_arranged: bool = True) -> MeetingDraft:
    """The sample's meeting, in seven items, or with each paper as an item under the name of its file."""
    preparing, meeting = sitter.desk.preparing, sample.meeting()
    draft, _ = sitter.do(preparing.new_meeting)
    taken = take(sitter, draft.meeting, [paper.path for paper in meeting.papers]).papers
    if is_arranged:
        taken = tuple(_described(paper) for paper in taken)
        for paper in taken:
            sitter.do(lambda paper=paper: preparing.keep_paper(draft.meeting, paper))  # type: ignore[misc]
    by_name = {Path(paper.file_name).stem: paper for paper in taken}
    if is_arranged:
        items = tuple(
            _item(item.title, item.agency, [by_name[paper.stem] for paper in item.papers]) for item in meeting.items
        )
    else:
        items = tuple(_item(paper.title, "", [paper]) for paper in taken)
    filled = replace(
        draft,
        title=meeting.title,
        starts_at=sitter.seat.times.clock().replace(hour=1, minute=0, second=0, microsecond=0) + timedelta(days=3),
        place=meeting.place,
        items=items,
    )
    sitter.do(lambda: preparing.keep_meeting(filled))
    return filled


def draft_ballot(sitter: Sitter, key: str = "bang-gia-dat") -> BallotDraft:
    """One of the sample's ballots, with its papers."""
    preparing, ballot = sitter.desk.preparing, next(each for each in sample.ballots() if each.key == key)
    draft, _ = sitter.do(preparing.new_ballot)
    taken = [_described(paper) for paper in take(sitter, draft.ballot, [paper.path for paper in ballot.papers]).papers]
    for paper in taken:
        sitter.do(lambda paper=paper: preparing.keep_paper(draft.ballot, paper))  # type: ignore[misc]
    said = (
        "subject",
        "submitter",
        "grounds",
        "decided_by",
        "deciding_note",
        "field",
        "priority",
        "specialist",
        "summary",
        "disputed",
        "questions",
    )
    filled = replace(
        draft,
        **{name: getattr(ballot, name) for name in said},
        electors=tuple(replace(each, proposed=each.person == ballot.proposed_by) for each in draft.electors),
        papers=tuple(paper.document for paper in taken),
    )
    sitter.do(lambda: preparing.keep_ballot(filled))
    return filled


def _described(paper: PreparedPaper) -> PreparedPaper:
    known = next(each for each in sample.papers() if each.stem == Path(paper.file_name).stem)
    return replace(paper, title=known.title, number=known.number, agency=known.agency, kind=known.kind)


def _item(title: str, agency: str, papers: Sequence[PreparedPaper]) -> ItemDraft:
    documents = tuple(paper.document for paper in papers)
    return ItemDraft(item=new_identifier(), title=title, agency=agency, papers=documents, readers=None)
