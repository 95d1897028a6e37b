"""A ballot is read, and answered, on the very papers that it was sent with; a meeting is held on its own."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Connection

from ecabinet.client.desk.ballots import Draft
from ecabinet.client.desk.errors import NotAsSent, NotHere
from ecabinet.client.desk.papers import Presence
from ecabinet.client.desk.publishing import latest_version
from ecabinet.client.sync import AlarmKind, OtherPaper, Trouble
from ecabinet.client.vault import schema
from ecabinet.core import codec
from ecabinet.core.ballots import Answer, BallotOpened
from ecabinet.core.envelope import new_id, parse
from ecabinet.core.meetings import DocumentsPublished, DocumentVersion
from ecabinet.core.people import Role
from ecabinet.core.protocol import FeedRow, RowKind
from tests.client.conftest import MakeDevice
from tests.client.devices import PIN, ClientDevice
from tests.simulator import Row, Simulator

EVIL = b"%PDF-1.7 not the paper that was sent"


class Liar:
    """Tells of one paper what it likes: what the feed says of papers is signed by nobody."""

    def __init__(self, simulator: Simulator, lie: Callable[[DocumentVersion], FeedRow | None]) -> None:
        self._tell, self._lie = simulator._shown, lie
        self.document = simulator.documents[0].document
        simulator._shown = self.shown  # type: ignore[method-assign]

    def shown(self, row: Row) -> FeedRow:
        told = self._tell(row)
        if told.document is None or told.document.document != self.document:
            return told
        return self._lie(told.document) or FeedRow(position=told.position, kind=RowKind.GONE, gone=())


def row_of(version: DocumentVersion) -> FeedRow:
    return FeedRow(position=1, kind=RowKind.DOCUMENT, document=version)


def another(version: DocumentVersion) -> FeedRow:
    digest = hashlib.sha256(EVIL).hexdigest()
    return row_of(replace(version, digest=digest, blob=digest, size=len(EVIL), title="Tờ trình khác"))


def answer_it(device: ClientDevice, opened: BallotOpened) -> None:
    answers = tuple(Answer(question=each.key, option="agree", text="") for each in opened.questions)
    device.desk.ballots.keep_draft(opened.ballot, Draft(answers=answers))
    device.desk.ballots.sign_and_queue([device.desk.ballots.read_back(opened.ballot)], PIN)


def withheld(version: DocumentVersion) -> FeedRow | None:
    return None


@pytest.mark.parametrize("lie", [another, withheld])
def test_a_ballot_is_not_answered_on_another_paper_than_the_one_sent(
    simulator: Simulator, device: MakeDevice, lie: Callable[[DocumentVersion], FeedRow | None]
) -> None:
    mine = device()
    digest = hashlib.sha256(EVIL).hexdigest()
    simulator.blobs[digest] = EVIL
    liar = Liar(simulator, lie)
    simulator.open_ballot()
    opened = simulator.asked
    named = next(each for each in opened.documents if each.document == liar.document)
    mine.sync.once()
    view = mine.desk.ballots.one(opened.ballot)
    shown = next(paper for paper in view.dossier if paper.document == liar.document)
    assert (shown.presence, shown.title, shown.digest) == (Presence.OTHER, named.title, named.digest)
    assert view.has_other_papers
    assert not view.can_answer
    with pytest.raises(NotAsSent):
        answer_it(mine, opened)
    (alarm,) = mine.desk.syncing.alarms()
    assert (alarm.kind, alarm.subject) == (AlarmKind.OTHER_PAPER, named.title)
    evidence = codec.load(OtherPaper, alarm.evidence)
    assert evidence.named == named
    assert parse(evidence.statement.statement) == opened
    assert [each.digest for each in evidence.shown] == ([digest] if lie is another else [])
    mine.sync.once()
    assert len(mine.desk.syncing.alarms()) == 1


def test_what_the_feed_tells_of_a_paper_never_stands_in_place_of_what_was_signed(
    simulator: Simulator, device: MakeDevice
) -> None:
    mine = device()
    Liar(simulator, lambda version: row_of(replace(version, title="Tờ trình khác", number="9/TTr", agency="Ai đó")))
    simulator.open_ballot()
    mine.round()
    signed = {(each.title, each.number, each.agency) for each in simulator.asked.documents}
    dossier = mine.desk.ballots.one(simulator.asked.ballot).dossier
    assert {(each.title, each.number, each.agency) for each in dossier} == signed
    answer_it(mine, simulator.asked)


def test_lists_call_papers_what_their_senders_called_them(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    Liar(simulator, lambda version: row_of(replace(version, title="Tờ trình khác", number="9/TTr", agency="Ai đó")))
    signed = {each.reference for each in simulator.documents}
    simulator.send_meeting()
    mine.round()
    for listed in (mine.desk.papers.all(), mine.desk.work.todo().papers):
        called = {(each.document, each.title, each.number, each.agency) for each in listed}
        assert called == {(each.document, each.title, each.number, each.agency) for each in signed}


def test_what_a_paper_is_said_to_have_changed_is_not_believed_of_the_feed(
    simulator: Simulator, device: MakeDevice
) -> None:
    mine, office = device(), device("second", "secretary", Role.SECRETARY)
    liar = Liar(simulator, lambda version: row_of(replace(version, what_changed="Không có gì thay đổi.")))
    simulator.publish_next_version(liar.document, b"%PDF-1.7 ban sau")
    for each in (mine, office):
        each.round()
        assert each.desk.papers.one(liar.document).what_changed == "Sửa số liệu."
    second = [each for each in simulator.ledger if isinstance(each.opened.statement, DocumentsPublished)][-1]
    simulator._tell(mine.person, RowKind.GONE, gone=(second.opened.statement.id,))
    mine.round()
    assert (mine.desk.papers.one(liar.document).version, mine.desk.papers.one(liar.document).what_changed) == (2, "")


def test_a_version_nobody_signed_is_no_version(simulator: Simulator, device: MakeDevice) -> None:
    mine, office = device(), device("second", "secretary", Role.SECRETARY)
    simulator.send_meeting()
    paper, digest = simulator.documents[0], hashlib.sha256(EVIL).hexdigest()
    simulator.blobs[digest] = EVIL
    offered = replace(
        paper, version=2, replaces=paper.digest, digest=digest, blob=digest, size=len(EVIL), title="Bản chính thức"
    )
    for person in (mine.person, office.person):
        simulator._tell(person, RowKind.DOCUMENT, other=offered)
        simulator._tell(person, RowKind.DOCUMENT, other=replace(offered, document=new_id(simulator.now)))
    for each in (mine, office):
        each.round()
        (line,) = each.desk.papers.versions(paper.document)
        assert (line.version, line.digest, line.title) == (1, paper.digest, paper.title)
        assert {known.document for known in each.desk.papers.all()} == {known.document for known in simulator.documents}
        assert each.sync.status().papers == len(simulator.documents)
        assert not each.vault.files.holds(digest)
        with pytest.raises(NotHere):
            each.desk.papers.fill(digest, memoryview(bytearray(len(EVIL))))
    assert office.vault.do(lambda db: latest_version(db, paper.document)) == paper


def test_a_paper_goes_with_the_statement_that_named_it(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    sent = simulator.send_meeting().statement
    mine.round()
    assert len(mine.desk.papers.all()) == len(simulator.documents)
    published = next(each for each in simulator.ledger if isinstance(each.opened.statement, DocumentsPublished))
    gone = (sent.meeting, published.opened.statement.id)  # type: ignore[union-attr]
    simulator._tell(mine.person, RowKind.GONE, gone=gone)
    changes = mine.round()
    assert mine.desk.papers.all() == ()
    assert changes.documents == {each.document for each in simulator.documents}


def test_a_vault_of_before_knows_what_its_statements_name(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    simulator.send_meeting()
    mine.round()
    known = mine.desk.papers.all()

    def make_older(db: Connection) -> None:
        schema.named_papers.drop(db)
        db.exec_driver_sql("PRAGMA user_version = 2")

    mine.vault.do(make_older)
    mine.reopen()
    assert known
    assert mine.desk.papers.all() == known


def test_other_bytes_under_the_right_name_are_not_believed(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    digest = hashlib.sha256(EVIL).hexdigest()
    simulator.blobs[digest] = EVIL
    Liar(simulator, lambda version: row_of(replace(version, blob=digest, size=len(EVIL))))
    simulator.open_ballot()
    mine.sync.once()
    assert mine.sync.status().trouble is Trouble.BAD_ANSWER
    assert mine.desk.papers.all() == ()


def test_the_agenda_has_the_papers_of_the_meeting_and_no_others(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    simulator.blobs[hashlib.sha256(EVIL).hexdigest()] = EVIL
    liar = Liar(simulator, another)
    sent = simulator.send_meeting().statement
    mine.sync.once()
    view = mine.desk.meetings.one(sent.meeting)  # type: ignore[union-attr]
    papers = {paper.document: paper for item in view.items for paper in item.papers}
    assert papers[liar.document].presence is Presence.OTHER
    assert all(each.presence is Presence.HERE for key, each in papers.items() if key != liar.document)
    (alarm,) = mine.desk.syncing.alarms()
    assert alarm.kind is AlarmKind.OTHER_PAPER


def test_a_newer_version_is_told_of_and_the_one_asked_about_stays(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    simulator.open_ballot()
    opened = simulator.asked
    named = opened.documents[0]
    simulator.publish_next_version(named.document, b"%PDF-1.7 ban sau")
    mine.round()
    shown = mine.desk.ballots.one(opened.ballot).dossier[0]
    assert (shown.digest, shown.version, shown.newer) == (named.digest, named.version, 2)
    assert mine.desk.papers.one(named.document).version == 2
    assert mine.desk.syncing.alarms() == ()
    answer_it(mine, opened)
