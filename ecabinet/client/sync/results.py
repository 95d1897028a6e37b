"""A signed result held against what this person was receipted for.

Which opinion ought to count is found here, from the ledger's own leaves and times, the deadline as extended before the
closing, and the rule: of what the result says about itself, that some were late among it, nothing is believed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from ecabinet.client.sync.alarms import MissingOpinion
from ecabinet.client.vault import schema
from ecabinet.core import codec
from ecabinet.core.ballots import BallotExtended, BallotOpened, BallotResult, Opinion, is_counted, last_deadline
from ecabinet.core.codec import Name
from ecabinet.core.envelope import Envelope, parse


def left_out(db: Connection, ballot: Any, person: Name) -> MissingOpinion | None:
    """The person's own opinion that the result of a ballot (a row of the vault) passes over, with the evidence."""
    said = schema.statements
    result = db.execute(select(said).where(said.c.id == ballot.result)).one_or_none()
    counted = None if result is None else parse(result.statement)
    ought = _ought_to_count(db, ballot, person)
    if result is None or not isinstance(counted, BallotResult) or ought is None:
        return None
    if ought.leaf in {line.leaf for line in counted.collation.lines if line.elector == person}:
        return None
    return MissingOpinion(
        body=ballot.body,
        opinion=ought.envelope,
        leaf=ought.leaf,
        receipt=ought.receipt,
        result=Envelope(result.statement, result.signature),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """An opinion of this person that was recorded in time, and the receipt for it."""

    envelope: Envelope
    leaf: int
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
        for each, accepted_at in (*_recorded(db, of_it, person), *_lost(db, ballot))
        if is_counted(accepted_at, deadline_at, opened.rule)
    ]
    return max(given, key=lambda each: each.counter, default=None)


def _recorded(db: Connection, of_it: ColumnElement[bool], person: Name) -> Iterator[tuple[_Given, datetime]]:
    said, receipts = schema.statements, schema.receipts
    mine = of_it & (said.c.type == Opinion.TYPE) & (said.c.signer == person)
    for row in db.execute(
        select(said, receipts.c.text).outerjoin(receipts, receipts.c.statement == said.c.id).where(mine)
    ):
        envelope = Envelope(row.statement, row.signature)
        opinion = parse(row.statement)
        if isinstance(opinion, Opinion):
            given = _Given(envelope=envelope, leaf=row.leaf, counter=opinion.counter, receipt=row.text)
            yield given, row.accepted_at


def _lost(db: Connection, ballot: Any) -> Iterator[tuple[_Given, datetime]]:
    """Those that have not come into the ledger again since."""
    lost, said = schema.lost, schema.statements.c
    recorded = select(said.id).where(said.leaf.is_not(None))
    for row in db.execute(select(lost).where(lost.c.body == ballot.body, lost.c.statement.not_in(recorded))):
        envelope = codec.load(Envelope, row.envelope)
        opinion = parse(envelope.statement)
        if isinstance(opinion, Opinion) and opinion.ballot == ballot.ballot:
            given = _Given(envelope=envelope, leaf=row.leaf, counter=opinion.counter, receipt=row.receipt)
            yield given, row.accepted_at
