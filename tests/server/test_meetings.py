"""Meetings, and their revisions."""

from dataclasses import replace
from typing import Any

from ecabinet.core import envelope
from ecabinet.core.ballots import BallotOpened
from ecabinet.core.envelope import Envelope
from ecabinet.core.meetings import DocumentsPublished, MeetingSent
from ecabinet.core.protocol import Reason, Refusal, RowKind
from tests.server.local import LocalCabinet

NOBODY = "00000000-0000-7000-8000-000000000000"


def test_revisions_follow_each_other(local: LocalCabinet) -> None:
    local.seat(members=["chair"])
    first = local.meeting()
    said = envelope.parse(first.statement)
    assert isinstance(said, MeetingSent)
    stale = (Reason.STALE_REVISION, said.meeting)
    later = {"id": envelope.new_id(local.now), "revision": 2, "replaces": "0" * 64}
    assert local.refusal(local.altered(first, **later)) == stale
    sent = local.append(first)
    assert local.refusal(local.altered(first, id=envelope.new_id(local.now))) == stale
    assert local.refusal(local.altered(first, **later)) == stale
    following = later | {"replaces": sent.opened.statement_digest}
    local.append(local.altered(first, **following, seen=local.seen))
    assert local.refusal(local.altered(first, **following | {"id": envelope.new_id(local.now)})) == stale


def test_a_meeting_is_of_people_and_papers_that_are_known(local: LocalCabinet) -> None:
    local.seat(members=["chair"])
    local.publish()
    meeting = local.meeting()
    said = envelope.parse(meeting.statement)
    assert isinstance(said, MeetingSent)
    (item,) = said.items
    unknown = replace(item, documents=(replace(item.documents[0], document=NOBODY),))
    altered = replace(item, documents=(replace(item.documents[0], digest="0" * 64),))
    flawed: list[tuple[dict[str, Any], tuple[Reason, str]]] = [
        ({"participants": ("chair", "finance")}, (Reason.NOT_ENROLLED, "finance")),
        ({"chair": "finance"}, (Reason.NOT_ENROLLED, "finance")),
        ({"items": (unknown,)}, (Reason.PAPER_MISSING, NOBODY)),
        ({"items": (altered,)}, (Reason.PAPER_MISSING, item.documents[0].document)),
    ]
    for changes, expected in flawed:
        assert local.refusal(local.altered(meeting, **changes)) == expected
    twice = (item, replace(item, item=envelope.new_id(local.now), number=2))
    local.append(local.altered(meeting, items=twice))


def test_an_id_names_one_thing_for_ever(local: LocalCabinet) -> None:
    """A meeting that took a ballot's id would take the ballot's papers from its electors."""
    local.seat(members=["chair"])
    published = local.publish().opened.statement
    assert isinstance(published, DocumentsPublished)
    paper = published.documents[0].document
    sent = local.send_meeting().opened.statement
    assert isinstance(sent, MeetingSent)
    ballot = local.open_ballot().opened.statement
    assert isinstance(ballot, BallotOpened)
    seen = [row for row in local.read_all("chair") if row.kind is RowKind.DOCUMENT]
    assert seen

    def taken(signed: Envelope, **changes: Any) -> None:
        assert local.refusal(local.altered(signed, **changes))[0] is Reason.ID_REUSED

    for identity in (ballot.ballot, paper, ballot.id, sent.id, published.id):
        taken(local.meeting(), meeting=identity, items=())
    for identity in (sent.meeting, paper, sent.id, published.id):
        taken(local.ballot(), ballot=identity)
    version = local.version("431/TTr-STC", b"%PDF-1.7 another")
    for identity in (sent.meeting, ballot.ballot, published.id):
        publication = DocumentsPublished(**local.heading(), documents=(replace(version, document=identity),))
        assert local.refusal(local.sign("secretary", publication))[0] is Reason.ID_REUSED
    for identity in (sent.meeting, ballot.ballot, paper):
        taken(local.opinion("chair"), id=identity)
    itself = envelope.new_id(local.now)
    taken(local.meeting(), id=itself, meeting=itself)
    assert [row for row in local.read_all("chair") if row.kind is RowKind.DOCUMENT] == seen


def test_ids_are_kept_apart_among_statements_that_come_together(local: LocalCabinet) -> None:
    local.seat(members=["chair"])
    local.publish()
    meeting = local.meeting()
    said = envelope.parse(meeting.statement)
    assert isinstance(said, MeetingSent)
    ballot = local.altered(local.ballot(), ballot=said.meeting)
    first, second = local.submit(meeting, ballot, by="secretary")
    assert first.receipt
    assert second.refusal == Refusal(reason=Reason.ID_REUSED, what=said.meeting)
