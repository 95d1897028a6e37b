"""The papers here held against those that were sent.

What the feed tells of a paper nobody has signed; a ballot or a meeting names its papers by version and digest, and that
a person has signed. Nothing else is ever shown in their place.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, exists, select

from ecabinet.client.sync.alarms import OtherPaper
from ecabinet.client.vault import schema
from ecabinet.core import codec
from ecabinet.core.ballots import BallotOpened
from ecabinet.core.codec import AgencyCode, Name
from ecabinet.core.envelope import Envelope, Statement, parse
from ecabinet.core.meetings import DocumentReference, DocumentVersion, MeetingSent


def other_papers(db: Connection, body: AgencyCode, person: Name) -> Iterator[OtherPaper]:
    """In place of which papers that were put before this person the record has another, or, for a ballot, none."""
    said, ballots, meetings = schema.statements, schema.ballots.c, schema.meetings.c
    asked = select(ballots.opened).where(ballots.body == body, ballots.is_elector, ballots.closed_leaf.is_(None))
    sent = select(meetings.statement).where(meetings.body == body)
    told, papers = schema.named_papers.c, schema.documents.c
    is_known = (papers.document == told.document) & (papers.version == told.version) & (papers.digest == told.digest)
    lacking = select(told.statement).where(told.statement.in_(asked.union(sent)), ~exists().where(is_known))
    for row in db.execute(select(said).where(said.c.id.in_(lacking))).all():
        statement = parse(row.statement)
        for named in _put_before(statement, person):
            shown = _shown(db, named)
            is_here = any(version.digest == named.digest for version in shown)
            if not is_here and (shown or isinstance(statement, BallotOpened)):
                envelope = Envelope(row.statement, row.signature)
                yield OtherPaper(body=body, statement=envelope, named=named, shown=shown)


def _put_before(statement: Statement, person: Name) -> tuple[DocumentReference, ...]:
    match statement:
        case BallotOpened():
            return statement.documents
        case MeetingSent():
            mine = (item for item in statement.items if person in statement.readers_of(item))
            return tuple(document for item in mine for document in item.documents)
        case _:
            return ()


def _shown(db: Connection, named: DocumentReference) -> tuple[DocumentVersion, ...]:
    papers = schema.documents.c
    same = (papers.document == named.document) & (papers.version == named.version)
    return tuple(codec.load(DocumentVersion, content) for content in db.scalars(select(papers.content).where(same)))
