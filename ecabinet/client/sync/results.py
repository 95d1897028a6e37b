"""A signed result held against what this person was receipted for.

Which opinion ought to count is found here, from the ledger's own leaves and times, the deadline as extended before the
closing, and the rule: of what the result says about itself, that some were late among it, nothing is believed.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from ecabinet.client.sync.alarms import AlarmKind
from ecabinet.client.vault import schema
from ecabinet.core import codec
from ecabinet.core.ballots import (
    BallotClosed,
    BallotExtended,
    BallotOpened,
    BallotResult,
    Opinion,
    is_counted,
    last_deadline,
)
from ecabinet.core.codec import AgencyCode, Identifier, Name
from ecabinet.core.envelope import Envelope, parse
from ecabinet.core.fork import UnreadableEvidence
from ecabinet.core.omission import OmissionEvidence, read_omission
from ecabinet.core.protocol import Placed, PlacedEnvelope
from ecabinet.core.register import REGISTERING

_ACTS = tuple(kind.TYPE for kind in (BallotOpened, BallotExtended, BallotClosed, BallotResult))


def left_out(db: Connection, ballot: Any, person: Name) -> OmissionEvidence | None:
    """The evidence that the result of a ballot (a row of the vault) passes over the person's own opinion.

    Nothing in it has a path yet. None as well where an alarm tells of it already.
    """
    said = schema.statements
    result = db.execute(select(said).where(said.c.id == ballot.result)).one_or_none()
    counted = None if result is None else parse(result.statement)
    ought = _ought_to_count(db, ballot, person)
    if result is None or not isinstance(counted, BallotResult) or ought is None:
        return None
    if ought.leaf in {line.leaf for line in counted.collation.lines if line.elector == person}:
        return None
    of_it = (said.c.body == ballot.body) & said.c.leaf.is_not(None)
    evidence = OmissionEvidence(
        body=ballot.body,
        register=_recorded_here(db, of_it & said.c.type.in_(REGISTERING)),
        ballot=_recorded_here(db, of_it & said.c.type.in_(_ACTS) & (said.c.thing == ballot.ballot)),
        opinion=_placed(ought.envelope, ought.leaf, ought.accepted_at),
        receipt=ought.receipt,
        shown=None,
        seen=(),
    )
    return None if _is_told(db, evidence) else evidence


def _recorded_here(db: Connection, which: ColumnElement[bool]) -> tuple[PlacedEnvelope, ...]:
    said = schema.statements
    rows = db.execute(select(said).where(which).order_by(said.c.leaf))
    return tuple(_placed(Envelope(row.statement, row.signature), row.leaf, row.accepted_at) for row in rows)


def _placed(envelope: Envelope, leaf: int, accepted_at: datetime) -> PlacedEnvelope:
    return PlacedEnvelope(envelope=envelope, placed=Placed(leaf=leaf, accepted_at=accepted_at, path=()))


def _is_told(db: Connection, evidence: OmissionEvidence) -> bool:
    """Whether an alarm is about this opinion and this result, proven since or not."""
    told = omissions_told(db, evidence.body).values()
    return any(_said(each) == _said(evidence) for each in told)


def omissions_told(db: Connection, body: AgencyCode) -> Mapping[Identifier, OmissionEvidence]:
    """What alarms tell already; what an earlier version of this program raised stays as it is, and is passed over."""
    alarms, told = schema.alarms.c, {}
    mine = (alarms.body == body) & (alarms.kind == AlarmKind.MISSING_OPINION)
    for row in db.execute(select(alarms.id, alarms.evidence).where(mine)):
        with suppress(UnreadableEvidence):
            told[row.id] = read_omission(row.evidence)
    return told


def _said(evidence: OmissionEvidence) -> list[Envelope]:
    return [each.envelope for each in (evidence.opinion, *evidence.ballot)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """An opinion of this person that was recorded in time, and the receipt for it."""

    envelope: Envelope
    leaf: int
    accepted_at: datetime
    counter: int
    receipt: str | None


def _ought_to_count(db: Connection, ballot: Any, person: Name) -> _Given | None:
    """The last of the person's opinions that the ledger has in time, or had before a backup was restored."""
    said = schema.statements
    data = db.scalar(select(said.c.statement).where(said.c.id == ballot.opened))
    opened = None if data is None else parse(data)
    if not isinstance(opened, BallotOpened):
        return None
    of_it = (said.c.thing == ballot.ballot) & said.c.leaf.is_not(None)
    if ballot.closed_leaf is not None:
        of_it &= said.c.leaf < ballot.closed_leaf
    later = [
        parse(row) for row in db.scalars(select(said.c.statement).where(of_it, said.c.type == BallotExtended.TYPE))
    ]
    deadline_at = last_deadline(opened, [each for each in later if isinstance(each, BallotExtended)])
    given = [
        each
        for each in (*_recorded(db, of_it, person), *_lost(db, ballot))
        if is_counted(each.accepted_at, deadline_at, opened.rule)
    ]
    return max(given, key=lambda each: each.counter, default=None)


def _recorded(db: Connection, of_it: ColumnElement[bool], person: Name) -> Iterator[_Given]:
    said, receipts = schema.statements, schema.receipts
    mine = of_it & (said.c.type == Opinion.TYPE) & (said.c.signer == person)
    for row in db.execute(
        select(said, receipts.c.text).outerjoin(receipts, receipts.c.statement == said.c.id).where(mine)
    ):
        envelope = Envelope(row.statement, row.signature)
        opinion = parse(row.statement)
        if isinstance(opinion, Opinion):
            yield _given(row, envelope, opinion, row.text)


def _lost(db: Connection, ballot: Any) -> Iterator[_Given]:
    """Those that have not come into the ledger again since."""
    lost, said = schema.lost, schema.statements.c
    recorded = select(said.id).where(said.leaf.is_not(None))
    for row in db.execute(select(lost).where(lost.c.body == ballot.body, lost.c.statement.not_in(recorded))):
        envelope = codec.load(Envelope, row.envelope)
        opinion = parse(envelope.statement)
        if isinstance(opinion, Opinion) and opinion.ballot == ballot.ballot:
            yield _given(row, envelope, opinion, row.receipt)


def _given(row: Any, envelope: Envelope, opinion: Opinion, receipt: str | None) -> _Given:
    return _Given(
        envelope=envelope, leaf=row.leaf, accepted_at=row.accepted_at, counter=opinion.counter, receipt=receipt
    )
