"""Ids: each names one thing of a body for ever, a statement, meeting, ballot or paper.

For whatever takes a thing away goes by its id, and must take nothing else along.
"""

from sqlalchemy import literal_column, select

from ecabinet.core.ballots import BallotOpened
from ecabinet.core.codec import Identifier
from ecabinet.core.envelope import Statement
from ecabinet.core.meetings import DocumentsPublished, MeetingSent
from ecabinet.core.protocol import Reason, Refused
from ecabinet.server import schema
from ecabinet.server.ledger import IDS, Kind, Turn
from ecabinet.server.store import Question, among

_KINDS = tuple(IDS)
_KNOWN = Question(
    *(
        select(literal_column(str(place)), column).where(among(column, "ids"))
        for place, column in enumerate(IDS.values())
    )
)


def require_own_names(turn: Turn, said: Statement) -> None:
    """Raises Refused (id_reused) if something that `said` names is known as a thing of another kind."""
    given = _given(turn)
    named: dict[Identifier, Kind] = {}
    for identity, kind in _names(said):
        if named.setdefault(identity, kind) is not kind or not given.get(identity, set()) <= {kind}:
            raise Refused(Reason.ID_REUSED, identity)


def give_names(turn: Turn, said: Statement) -> None:
    """Remembers, for those that join with it, what an accepted statement named."""
    for identity, kind in _names(said):
        _given(turn).setdefault(identity, set()).add(kind)


def _given(turn: Turn) -> dict[Identifier, set[Kind]]:
    return turn.once("names given", lambda: _known(turn))


def _known(turn: Turn) -> dict[Identifier, set[Kind]]:
    """What is known already of all that is named in this group."""
    known = {identity: set(kinds) for identity, kinds in turn.named.items()}
    others = {identity for each in turn.together for identity, _ in _names(each.statement)[1:]}
    if others:
        for place, identity in turn.session.ask(_KNOWN, ids=list(others)):
            known.setdefault(identity, set()).add(_KINDS[place])
    return known


def _names(said: Statement) -> list[tuple[Identifier, Kind]]:
    """The statement's own id first."""
    names: list[tuple[Identifier, Kind]] = [(said.id, schema.Envelope)]
    match said:
        case MeetingSent():
            names.append((said.meeting, schema.Meeting))
        case BallotOpened():
            names.append((said.ballot, schema.Ballot))
        case DocumentsPublished():
            names += [(version.document, schema.Document) for version in said.documents]
    return names
