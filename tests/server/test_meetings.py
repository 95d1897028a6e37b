"""Meetings, and their revisions."""

from dataclasses import replace
from typing import Any

from ecabinet.core import envelope
from ecabinet.core.meetings import MeetingSent
from ecabinet.core.protocol import Reason
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
