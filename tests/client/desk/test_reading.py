"""Papers and meetings as a reader has them: news, places where one stopped, notes beside the words."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, update

from ecabinet.client.desk.errors import NotHere
from ecabinet.client.desk.meetings import ItemState, Phase
from ecabinet.client.desk.papers import PaperLine, Presence, Reading
from ecabinet.client.desk.reading import Arrangement, Fit, Look, ReadingPosition
from ecabinet.client.vault import schema
from ecabinet.core import canonical
from ecabinet.core.meetings import MeetingSent
from ecabinet.core.notes import Anchor, NoteKind, Quad
from tests.client.conftest import MakeDevice
from tests.client.devices import ClientDevice
from tests.sample import PAPERS
from tests.simulator import Simulator
from tests.wire import Fault


@pytest.fixture
def mine(simulator: Simulator, device: MakeDevice) -> ClientDevice:
    made = device()
    simulator.send_meeting()
    made.round()
    return made


def place(paper: PaperLine, page: int = 0, top: int = 70_000) -> Anchor:
    quad = Quad(x0=7_200, y0=top - 1_400, x1=20_000, y1=top)
    return Anchor(
        digest=paper.digest, page=page, quads=(quad,), quote="48 tỷ", before="", after="", strokes=(), section=()
    )


def test_where_one_stopped_is_kept_with_the_version(mine: ClientDevice) -> None:
    paper = mine.desk.papers.all()[0]
    look = Look(fit=None, zoom=125, arrangement=Arrangement.FACING, rotation=90)
    position = ReadingPosition(page=12, offset=500, look=look)
    changes = mine.desk.papers.stopped_at(paper.digest, position)
    assert changes.documents == {paper.document}
    mine.reopen()
    assert mine.desk.papers.one(paper.document).position == position
    assert mine.desk.papers.one(paper.document).reading is Reading.NEW
    mine.desk.papers.opened(paper.digest)
    assert mine.desk.papers.one(paper.document).position == position


def test_a_paper_looks_as_it_did_and_night_goes_with_the_person(mine: ClientDevice) -> None:
    papers = mine.desk.papers
    first, second = papers.all()[:2]
    assert papers.look(first.document, first.digest) == Look()
    turned = Look(fit=Fit.PAGE, zoom=80, rotation=180, is_night=True)
    papers.opened(first.digest)
    papers.stopped_at(first.digest, ReadingPosition(page=0, offset=0, look=turned))
    assert papers.look(first.document, first.digest) == turned
    assert papers.look(second.document, second.digest) == Look(is_night=True)
    mine.ahead_by = timedelta(minutes=1)
    papers.opened(second.digest)
    papers.stopped_at(second.digest, ReadingPosition(page=0, offset=0))
    assert papers.look(first.document, first.digest) == replace(turned, is_night=False)


def test_a_version_not_read_yet_looks_as_the_one_before(mine: ClientDevice) -> None:
    paper = mine.desk.papers.all()[0]
    facing = Look(arrangement=Arrangement.FACING)
    mine.desk.papers.stopped_at(paper.digest, ReadingPosition(page=0, offset=0, look=facing))
    assert mine.desk.papers.look(paper.document, "0" * 64) == facing


def test_an_older_vault_keeps_where_one_stopped(mine: ClientDevice) -> None:
    paper = mine.desk.papers.all()[0]
    mine.desk.papers.stopped_at(paper.digest, ReadingPosition(page=0, offset=0))
    vault = mine.desk.unlocked.vault
    for zoom, look in ((0, Look()), (125, Look(fit=None, zoom=125))):
        before = canonical.encode({"offset": 7, "page": 3, "zoom": zoom})

        def grow_older(db: Connection, before: bytes = before) -> None:
            db.execute(update(schema.readings).values(position=before))
            db.exec_driver_sql("PRAGMA user_version = 9")

        vault.do(grow_older)
        mine.reopen()
        vault = mine.desk.unlocked.vault
        assert mine.desk.papers.one(paper.document).position == ReadingPosition(page=3, offset=7, look=look)


def test_an_item_is_unread_then_begun_then_read_then_noted(simulator: Simulator, mine: ClientDevice) -> None:
    (line,) = mine.desk.meetings.all()
    states = [mine.desk.meetings.one(line.meeting).items[0].state]
    papers = mine.desk.papers.all()
    for read in (0, 1):  # of two pages each
        for paper in papers:
            mine.desk.papers.opened(paper.digest)
            mine.desk.papers.read_pages(paper.digest, 2, [read])
        states.append(mine.desk.meetings.one(line.meeting).items[0].state)
    mine.desk.notes.mark(papers[0].document, NoteKind.HIGHLIGHT, place(papers[0]), "amber")
    states.append(mine.desk.meetings.one(line.meeting).items[0].state)
    assert states == [ItemState.UNREAD, ItemState.BEGUN, ItemState.READ, ItemState.NOTED]
    assert mine.desk.papers.one(papers[0].document).notes == 1


def test_a_paper_is_read_when_every_page_was_seen_and_not_before(mine: ClientDevice) -> None:
    paper = mine.desk.papers.all()[0]
    (before,) = mine.desk.meetings.all()
    mine.desk.papers.opened(paper.digest)
    seen: list[tuple[Reading, int]] = []
    for pages in ([], [8], [*range(8)]):  # the last page alone is not the paper
        mine.desk.papers.read_pages(paper.digest, 9, pages)
        line = mine.desk.papers.one(paper.document)
        seen.append((line.reading, line.pages_read))
    assert seen == [(Reading.BEGUN, 0), (Reading.BEGUN, 1), (Reading.READ, 9)]
    (after,) = mine.desk.meetings.all()
    assert (after.new_papers, after.unread_papers) == (before.new_papers - 1, before.unread_papers - 1)


def test_a_meeting_is_ahead_today_and_past_by_the_bodys_clock(simulator: Simulator, mine: ClientDevice) -> None:
    (line,) = mine.desk.meetings.all()
    phases = [line.phase]
    for moment in (line.starts_at.replace(hour=16, minute=59), line.starts_at + timedelta(hours=16)):
        simulator.now = moment
        phases.append(mine.desk.meetings.all()[0].phase)
    assert phases == [Phase.BEFORE, Phase.TODAY, Phase.AFTER]
    view = mine.desk.meetings.one(line.meeting)
    assert [each.office for each in view.participants if each.is_chair] == ["Chủ tịch UBND tỉnh"]


def test_papers_withheld_in_an_item_are_not_listed(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    sent = simulator.send_meeting().statement
    assert isinstance(sent, MeetingSent)
    mine.round()
    simulator.publish({"900/BC": b"%PDF-1.7 rieng"})
    simulator.send_meeting()
    simulator.withhold(sent.meeting)
    mine.round()
    with pytest.raises(NotHere):
        mine.desk.meetings.one(sent.meeting)
    assert len(mine.desk.meetings.all()[0:]) == 1


def test_notes_stand_in_the_order_of_the_paper(mine: ClientDevice) -> None:
    paper = mine.desk.papers.all()[0]
    for page, top in ((2, 70_000), (0, 30_000), (0, 70_000)):
        mine.desk.notes.write(paper.document, place(paper, page, top), f"{page}/{top}", "amber")
    assert [view.latest.text for view in mine.desk.notes.of_paper(paper.document)] == ["0/70000", "0/30000", "2/70000"]


def test_a_deleted_note_can_be_brought_back(mine: ClientDevice) -> None:
    paper = mine.desk.papers.all()[0]
    view, changes = mine.desk.notes.mark(paper.document, NoteKind.HIGHLIGHT, place(paper), "amber")
    assert view.kind is NoteKind.HIGHLIGHT
    assert (set(changes.notes), set(changes.documents)) == ({view.note}, {paper.document})
    mine.desk.notes.delete(view.note)
    assert mine.desk.notes.of_paper(paper.document) == ()
    assert mine.desk.papers.one(paper.document).notes == 0
    back, _ = mine.desk.notes.restore(view.note)
    assert back.latest.colour == "amber"
    with pytest.raises(NotHere):
        mine.desk.notes.edit("00000000-0000-7000-8000-000000000000", text="")


def test_a_note_in_an_earlier_version_is_shown_as_left_behind(simulator: Simulator, mine: ClientDevice) -> None:
    paper = mine.desk.papers.all()[0]
    mine.desk.notes.write(paper.document, place(paper), "Ở bản cũ.", "amber")
    simulator.publish_next_version(paper.document, b"%PDF-1.7 ban sau")
    simulator.send_meeting()
    mine.round()
    (view,) = mine.desk.notes.of_paper(paper.document)
    assert view.is_left_behind
    latest, first = mine.desk.papers.versions(paper.document)
    assert (latest.version, first.version) == (2, 1)
    assert latest.presence is Presence.HERE
    assert mine.text_of(latest.digest) == b"%PDF-1.7 ban sau"


def test_the_paper_one_wants_comes_first(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    many = {f"{number}/BC": bytes([number]) * 1_000 for number in range(20)}
    simulator.publish(many)
    simulator.send_meeting()
    mine.wire.faults_at["GET .*/documents.*"] = Fault.UNREACHABLE
    mine.sync.once()
    last = mine.desk.papers.all()[-1]
    mine.desk.papers.want(last.document)
    mine.reopen()
    mine.wire.requests.clear()
    mine.wire.faults_at.clear()
    mine.round()
    asked = next(request for request in mine.wire.requests if "/documents" in request)
    assert f"papers={last.document}/" in asked
    assert mine.sync.status().papers_here == len(many) + len(PAPERS)


def test_a_clock_that_is_off_is_told(simulator: Simulator, mine: ClientDevice) -> None:
    assert mine.sync.status().clock_off_by is None
    mine.ahead_by = timedelta(days=1)
    mine.round()
    assert mine.sync.status().clock_off_by == timedelta(days=1)
    mine.ahead_by = timedelta(0)
    mine.round()
    assert mine.sync.status().clock_off_by is None
