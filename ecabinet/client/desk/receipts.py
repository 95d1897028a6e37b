"""A receipt as a file that goes its own way, from what the vault keeps. Its form is that of `core.receipt_file`."""

from collections.abc import Iterator

from sqlalchemy import Connection, select

from ecabinet.client.desk.errors import NotHere
from ecabinet.client.vault import schema
from ecabinet.core.codec import AgencyCode, Identifier
from ecabinet.core.envelope import Envelope, open_envelope, parse
from ecabinet.core.receipt_file import ReceiptFile, write_receipt
from ecabinet.core.register import BodyFounded, Enrolled, EpochStarted


def receipt_file(db: Connection, body: AgencyCode, opinion: Identifier) -> bytes:
    """Raises NotHere while there is no receipt."""
    said, receipts = schema.statements, schema.receipts.c
    asked = select(said, receipts.text).join(schema.receipts, receipts.statement == said.c.id)
    row = db.execute(asked.where(said.c.id == opinion)).one_or_none()
    if row is None:
        raise NotHere
    envelope = Envelope(row.statement, row.signature)
    return write_receipt(
        ReceiptFile(
            opinion=envelope,
            receipt=row.text,
            logs=tuple(_log_keys(db, body)),
            elector=_enrolled(db, body, open_envelope(envelope).certificate),
        )
    )


def _log_keys(db: Connection, body: AgencyCode) -> Iterator[tuple[int, Envelope]]:
    """What the registrar signed of the logs' keys: the founding, and each epoch under its number."""
    for envelope in _recorded(db, body, BodyFounded.TYPE, EpochStarted.TYPE):
        statement = parse(envelope.statement)
        yield statement.epoch if isinstance(statement, EpochStarted) else 1, envelope


def _enrolled(db: Connection, body: AgencyCode, certificate: bytes) -> Envelope | None:
    """What the registrar last signed of the key of a certificate; None of his own, which the founding names."""
    last = None
    for envelope in _recorded(db, body, Enrolled.TYPE):
        statement = parse(envelope.statement)
        if isinstance(statement, Enrolled) and statement.keys.signing_certificate == certificate:
            last = envelope
    return last


def _recorded(db: Connection, body: AgencyCode, *kinds: str) -> Iterator[Envelope]:
    said = schema.statements.c
    mine = (said.body == body) & said.type.in_(kinds) & said.leaf.is_not(None)
    for row in db.execute(select(said.statement, said.signature).where(mine).order_by(said.leaf)):
        yield Envelope(row.statement, row.signature)
