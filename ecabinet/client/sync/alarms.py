"""What the server, or somebody in its place, must not be able to do unnoticed; and the evidence that convicts it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from sqlalchemy import Connection, insert, select

from ecabinet.client.vault import schema
from ecabinet.core import codec
from ecabinet.core.codec import AgencyCode, Identifier
from ecabinet.core.envelope import Envelope, new_id
from ecabinet.core.fork import EpochEvidence, ForkEvidence
from ecabinet.core.meetings import DocumentReference, DocumentVersion
from ecabinet.core.omission import OmissionEvidence
from ecabinet.core.protocol import Enrolment


class AlarmKind(StrEnum):
    """What happened."""

    FORK = "fork"
    """The log signed two histories of which neither continues the other, or a new epoch leaves out what it signed."""
    MISSING_OPINION = "missing_opinion"
    """The ledger holds an opinion of this person that the signed result leaves out or passes over."""
    CHANGED_KEYS = "changed_keys"
    """A device that waits to be confirmed was shown again with other keys; the first ones are kept."""
    OTHER_PAPER = "other_paper"
    """The record holds another paper, or none, in place of the one that a signed ballot or meeting names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Kept until the end of time. `evidence` can be handed to anybody."""

    id: Identifier
    kind: AlarmKind
    raised_at: datetime
    subject: str
    """The ballot's subject, for a missing opinion; the office, for changed keys;
    of a paper its title."""
    evidence: bytes
    """Canonical JSON of an `AlarmEvidence`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedKeys:
    """An enrolment as it came first, and as it was shown later."""

    body: AgencyCode
    known: Enrolment
    shown: Enrolment


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPaper:
    """The statement that names a paper, what it says of it, and what was shown under its name and version."""

    body: AgencyCode
    statement: Envelope
    named: DocumentReference
    shown: tuple[DocumentVersion, ...]


AlarmEvidence: TypeAlias = ForkEvidence | EpochEvidence | OmissionEvidence | ChangedKeys | OtherPaper


def raise_alarm(db: Connection, kind: AlarmKind, evidence: AlarmEvidence, *, subject: str, at: datetime) -> bool:
    """Keeps an alarm, once; whether it is a new one."""
    told = codec.dump(evidence)
    if db.scalar(select(schema.alarms.c.id).where(schema.alarms.c.evidence == told)) is not None:
        return False
    db.execute(
        insert(schema.alarms).values(
            id=new_id(at), body=evidence.body, kind=kind, raised_at=at, subject=subject, evidence=told
        )
    )
    return True


def alarms(db: Connection, body: AgencyCode) -> tuple[Alarm, ...]:
    """The latest first."""
    asked = select(schema.alarms).where(schema.alarms.c.body == body).order_by(schema.alarms.c.raised_at.desc())
    return tuple(
        Alarm(id=row.id, kind=AlarmKind(row.kind), raised_at=row.raised_at, subject=row.subject, evidence=row.evidence)
        for row in db.execute(asked)
    )
