"""Ids: each names one thing of a body for ever, a statement, meeting, ballot or paper.

For whatever takes a thing away goes by its id, and must take nothing else along.
"""

from typing import TypeAlias

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from ecabinet.core.ballots import BallotOpened
from ecabinet.core.codec import Identifier
from ecabinet.core.envelope import Statement
from ecabinet.core.meetings import DocumentsPublished, MeetingSent
from ecabinet.core.protocol import Reason, Refused
from ecabinet.server import schema
from ecabinet.server.ledger import Turn

_Kind: TypeAlias = type[schema.Envelope | schema.Meeting | schema.Ballot | schema.Document]

_IDS: dict[_Kind, InstrumentedAttribute[str]] = {
    schema.Envelope: schema.Envelope.id,
    schema.Meeting: schema.Meeting.meeting,
    schema.Ballot: schema.Ballot.ballot,
    schema.Document: schema.Document.document,
}


def require_own_names(turn: Turn, said: Statement) -> None:
    """Raises Refused (id_reused) if something that `said` names is known as a thing of another kind."""
    named: dict[Identifier, _Kind] = {}
    given = _given(turn)
    for identity, kind in _names(said):
        if named.setdefault(identity, kind) is not kind or given.get(identity, kind) is not kind:
            raise Refused(Reason.ID_REUSED, identity)
    session = turn.session
    conditions = []
    for kind, column in _IDS.items():
        others = sorted(identity for identity, own in named.items() if own is not kind)
        if others:
            conditions.append(exists().where(kind.body_id == session.body_id, column.in_(others)))
    with session.no_autoflush:  # what this group has written is in `given`, and is better written in one go
        if session.scalar(select(schema.Body.id).where(or_(*conditions))) is not None:
            raise Refused(Reason.ID_REUSED, said.id)


def give_names(turn: Turn, said: Statement) -> None:
    """Remembers, for those that join with it, what an accepted statement named."""
    _given(turn).update(_names(said))


def _given(turn: Turn) -> dict[Identifier, _Kind]:
    return turn.once("names given", dict)


def _names(said: Statement) -> list[tuple[Identifier, _Kind]]:
    names: list[tuple[Identifier, _Kind]] = [(said.id, schema.Envelope)]
    match said:
        case MeetingSent():
            names.append((said.meeting, schema.Meeting))
        case BallotOpened():
            names.append((said.ballot, schema.Ballot))
        case DocumentsPublished():
            names += [(version.document, schema.Document) for version in said.documents]
    return names
