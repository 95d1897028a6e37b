"""A signed result held against what this person was receipted for.

Which opinion ought to count is found here, from the ledger's own leaves and times, the deadline as extended before the
closing, and the rule: of what the result says about itself, that some were late among it, nothing is believed.
"""

from typing import Any

from sqlalchemy import Connection, select

from ecabinet.client.sync.alarms import MissingOpinion
from ecabinet.client.vault import schema
from ecabinet.core.ballots import BallotExtended, BallotOpened, BallotResult, Opinion, is_counted, last_deadline
from ecabinet.core.codec import Name
from ecabinet.core.envelope import Envelope, parse


def left_out(db: Connection, ballot: Any, person: Name) -> MissingOpinion | None:
    """The person's own opinion that the result of a ballot (a row of the vault) passes over, with the evidence."""
    said, receipts = schema.statements, schema.receipts.c
    result = db.execute(select(said).where(said.c.id == ballot.result)).one_or_none()
    counted = None if result is None else parse(result.statement)
    ought = _ought_to_count(db, ballot, person)
    if result is None or not isinstance(counted, BallotResult) or ought is None:
        return None
    if ought.leaf in {line.leaf for line in counted.collation.lines if line.elector == person}:
        return None
    return MissingOpinion(
        body=ballot.body,
        opinion=Envelope(ought.statement, ought.signature),
        leaf=ought.leaf,
        receipt=db.scalar(select(receipts.text).where(receipts.statement == ought.id)),
        result=Envelope(result.statement, result.signature),
    )


def _ought_to_count(db: Connection, ballot: Any, person: Name) -> Any:
    """The last of the person's opinions that the ledger has in time."""
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
    mine = of_it & (said.c.type == Opinion.TYPE) & (said.c.signer == person)
    given = db.execute(select(said).where(mine).order_by(said.c.leaf.desc())).all()
    return next((each for each in given if is_counted(each.accepted_at, deadline_at, opened.rule)), None)
