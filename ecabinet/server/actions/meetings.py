"""Meetings: sending one, and sending it again as a later revision."""

from collections import defaultdict

from sqlalchemy import select

from ecabinet.core.meetings import MeetingSent
from ecabinet.core.protocol import Reason, Refused
from ecabinet.server import feed, rights, schema
from ecabinet.server.actions import require_standing
from ecabinet.server.actions.documents import require_papers
from ecabinet.server.ledger import Turn
from ecabinet.server.store import BodySession


def accept_sent(turn: Turn, said: MeetingSent) -> str:
    """A meeting reaches its participants, and its papers those who may read them; who is left out loses both."""
    require_standing(turn)
    session = turn.session
    latest = session.scalar(
        select(schema.Meeting)
        .where(schema.Meeting.meeting == said.meeting)
        .order_by(schema.Meeting.revision.desc())
        .limit(1)
    )
    expected = (1, None) if latest is None else (latest.revision + 1, latest.statement_digest)
    if (said.revision, said.replaces) != expected:
        raise Refused(Reason.STALE_REVISION, said.meeting)
    for name in (*said.participants, said.chair):
        if turn.register.person(name) is None:
            raise Refused(Reason.NOT_ENROLLED, name)
    references = [each for item in said.items for each in item.documents]
    require_papers(session, references)

    earlier = list(
        session.scalars(
            select(schema.Reading).where(schema.Reading.via == said.meeting, schema.Reading.until_leaf.is_(None))
        )
    )
    documents = {each.document for each in references} | {each.document for each in earlier}
    before = _items(session, said, documents)
    for reading in earlier:
        reading.until_leaf = turn.leaf
    session.add_all(_readings(said, turn.leaf))
    session.add(
        schema.Meeting(
            meeting=said.meeting,
            revision=said.revision,
            leaf=turn.leaf,
            statement_digest=turn.opened.statement_digest,
            participants=list(said.participants),
        )
    )
    after = _items(session, said, documents)
    feed.spread(session, turn.register, turn.accepted_at, before=before, after=after)
    return said.meeting


def _items(session: BodySession, said: MeetingSent, documents: set[str]) -> list[rights.Item]:
    return [*rights.paper_items(session, documents), *rights.meeting_items(session, [said.meeting])]


def _readings(said: MeetingSent, leaf: int) -> list[schema.Reading]:
    readers: dict[tuple[str, int], set[str]] = defaultdict(set)
    for item in said.items:
        for each in item.documents:
            readers[each.document, each.version] |= said.readers_of(item)
    return [
        schema.Reading(
            document=document,
            version=version,
            via=said.meeting,
            from_leaf=leaf,
            until_leaf=None,
            readers=sorted(names),
        )
        for (document, version), names in readers.items()
    ]
