"""What has been said on a ballot: one's own opinions and how far each has come, and colleagues' that may be seen."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select

from ecabinet.client.desk.errors import NotHere
from ecabinet.client.sync.witnessed import cosigned_by, devices_beyond
from ecabinet.client.vault import schema
from ecabinet.core import codec
from ecabinet.core.ballots import Answer, Opinion
from ecabinet.core.checkpoint import Receipt
from ecabinet.core.codec import Digest, Identifier, Name
from ecabinet.core.envelope import parse
from ecabinet.core.protocol import Refusal
from ecabinet.core.register import Register, WitnessPolicy, fingerprint_phrase


class AnswerStage(StrEnum):
    """How far one's answer has come: Đã ký trên máy → Đã gửi → Đã ghi nhận."""

    NONE = "none"
    DRAFT = "draft"
    SIGNED = "signed"
    """On this machine, durably; not sent yet."""
    SENT = "sent"
    """It left; the receipt has not come yet. It is sent again until it does."""
    RECORDED = "recorded"
    """The receipt is here and proves right."""
    REFUSED = "refused"
    """Kept, with the reason; see `OpinionView.refusal`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionView:
    """One opinion of this person, signed on this machine or on another of his."""

    opinion: Identifier
    signed_at: datetime
    answers: tuple[Answer, ...]
    remark: str
    stage: AnswerStage
    accepted_at: datetime | None
    first_accepted_at: datetime | None
    """When it was recorded first, of one that a restored backup had lost and that was sent again; else None."""
    refusal: Refusal | None
    phrase: str
    """The fingerprint phrase that was read back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Another elector's opinion that may be seen: after the result, or where the body's rule shows it."""

    person: Name
    office: str
    answers: tuple[Answer, ...]
    remark: str
    accepted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptView:
    """The technical side of "Đã ghi nhận", one click further."""

    opinion: Identifier
    leaf: int
    accepted_at: datetime
    tree_size: int
    statement_digest: Digest
    envelope_digest: Digest
    receipt: str
    """The `.tlog-proof` file, to be kept or handed on."""
    cosigned: int
    """How many of the body's witnesses have cosigned the checkpoint it ends with, and how many must; 0: none has to."""
    quorum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessing:
    """Who else than the server has seen the ledger with an opinion in it, where the body's policy names witnesses."""

    cosigned: int
    """Of the policy's witnesses."""
    quorum: int
    """How many have to; one at least."""
    devices: int
    """Of other members and of this person: mini-witnesses, which count for no quorum."""

    @property
    def is_reached(self) -> bool:
        return self.cosigned >= self.quorum


@dataclass(frozen=True, slots=True)
class OwnOpinion:
    """An opinion as it was said, and as it is shown."""

    opinion: Opinion
    statement_digest: Digest
    view: OpinionView
    is_put_aside: bool


def _rank(own: OwnOpinion) -> tuple[int, bool, Identifier]:
    """Of two devices' opinions that replace the same one, the refused one comes first: it wants to be seen to."""
    return own.opinion.counter, own.view.stage is AnswerStage.REFUSED, own.opinion.id


def own_opinions(db: Connection, ballot: Identifier, person: Name) -> list[OwnOpinion]:
    """The person's opinions on a ballot, the latest first."""
    said, line, receipts, lost = schema.statements, schema.outbox, schema.receipts, schema.lost
    first_accepted_at = lost.c.accepted_at.label("first_accepted_at")
    asked = (
        select(
            said,
            line.c.sent_at,
            line.c.refusal,
            line.c.is_put_aside,
            line.c.place,
            receipts.c.tree_size,
            first_accepted_at,
        )
        .outerjoin(lost, lost.c.statement == said.c.id)
        .outerjoin(line, line.c.statement == said.c.id)
        .outerjoin(receipts, receipts.c.statement == said.c.id)
        .where(said.c.thing == ballot, said.c.type == Opinion.TYPE, said.c.signer == person)
    )
    own = []
    for row in db.execute(asked):
        opinion = parse(row.statement)
        if isinstance(opinion, Opinion):
            view = _opinion_view(row, opinion)
            own.append(OwnOpinion(opinion, row.statement_digest, view, bool(row.is_put_aside)))
    return sorted(own, key=_rank, reverse=True)


def colleagues(db: Connection, ballot: Identifier, person: Name) -> tuple[Colleague, ...]:
    """The others' last opinions, as far as they may be seen."""
    said = schema.statements.c
    others = (said.thing == ballot) & (said.type == Opinion.TYPE) & (said.signer != person)
    asked = select(said.statement, said.accepted_at).where(others, said.leaf.is_not(None)).order_by(said.leaf)
    latest: dict[Name, Colleague] = {}
    for row in db.execute(asked):
        opinion = parse(row.statement)
        if isinstance(opinion, Opinion):
            latest[opinion.elector] = Colleague(
                person=opinion.elector,
                office=opinion.capacity,
                answers=opinion.answers,
                remark=opinion.remark,
                accepted_at=row.accepted_at,
            )
    return tuple(latest.values())


def _opinion_view(row: Any, opinion: Opinion) -> OpinionView:
    return OpinionView(
        opinion=opinion.id,
        signed_at=opinion.at,
        answers=opinion.answers,
        remark=opinion.remark,
        stage=_stage(row),
        accepted_at=row.accepted_at,
        first_accepted_at=row.first_accepted_at,
        refusal=None if row.refusal is None else codec.load(Refusal, row.refusal),
        phrase=fingerprint_phrase(row.statement_digest),
    )


def _stage(row: Any) -> AnswerStage:
    # Its place in the ledger was proven, by a receipt or by the feed.
    if row.leaf is not None:
        return AnswerStage.RECORDED
    if row.refusal is not None:
        return AnswerStage.REFUSED
    return AnswerStage.SIGNED if row.sent_at is None else AnswerStage.SENT


def witnessing_of(db: Connection, opinion: Identifier, register: Register) -> Witnessing | None:
    """None where the policy names no witness, or this machine has no receipt."""
    policy, body = register.founding.witnesses, register.founding.body
    text = db.scalar(select(schema.receipts.c.text).where(schema.receipts.c.statement == opinion))
    if not policy.keys or text is None:
        return None
    receipt = Receipt.from_text(text)
    return Witnessing(
        cosigned=cosigned_by(receipt.note, policy),
        quorum=max(policy.quorum, 1),
        devices=devices_beyond(db, body, receipt.index, register.log_key.name),
    )


def receipt_of(db: Connection, opinion: Identifier, witnesses: WitnessPolicy) -> ReceiptView:
    """Raises NotHere while there is none."""
    said, receipts = schema.statements.c, schema.receipts
    columns = (schema.statements, receipts.c.text, receipts.c.tree_size)
    asked = select(*columns).join(receipts, receipts.c.statement == said.id)
    row = db.execute(asked.where(said.id == opinion)).one_or_none()
    if row is None:
        raise NotHere
    return ReceiptView(
        opinion=opinion,
        leaf=row.leaf,
        accepted_at=row.accepted_at,
        tree_size=row.tree_size,
        statement_digest=row.statement_digest,
        envelope_digest=row.digest,
        receipt=row.text,
        cosigned=cosigned_by(Receipt.from_text(row.text).note, witnesses),
        quorum=witnesses.quorum,
    )
