"""Answering ballots: choose → read back → PIN → receipt.

What is read back is derived from the very bytes that are then signed; what was signed is kept until the server's receipt
proves that it stands in the ledger, or its refusal says why not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ecabinet.client.desk.papers import PaperLine
from ecabinet.client.vault.changes import Changes
from ecabinet.core.ballots import (
    Answer,
    BallotOpened,
    BallotState,
    Collation,
    DecisionRule,
    DisputedPoint,
    Elector,
    Option,
    Priority,
    Question,
    Unfit,
)
from ecabinet.core.codec import Digest, Identifier, Name
from ecabinet.core.protocol import Refusal


class Urgency(StrEnum):
    """Where a deadline stands in the body's zone, in the order in which ballots are dealt with."""

    OVERDUE = "overdue"
    TODAY = "today"
    SOON = "soon"
    """Within the next three days."""
    LATER = "later"


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
class BallotLine:
    """A ballot in a list."""

    ballot: Identifier
    subject: str
    submitter: str
    priority: Priority
    state: BallotState
    """OPEN, CLOSED or ANNOUNCED."""
    deadline_at: datetime
    """As last extended."""
    urgency: Urgency
    stage: AnswerStage
    """Of the latest answer, or of the draft."""
    is_elector: bool
    """False for the secretariat, which sees ballots that it does not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An answer begun; questions not yet answered are absent. Nothing is preselected, so the first draft is empty."""

    answers: tuple[Answer, ...] = ()
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionView:
    """One opinion of this person, signed on this machine or on another of his."""

    opinion: Identifier
    signed_at: datetime
    answers: tuple[Answer, ...]
    remark: str
    stage: AnswerStage
    accepted_at: datetime | None
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
class BallotView:
    """All of one ballot. `summary`, `disputed`, `questions` are word for word what was sent."""

    line: BallotLine
    grounds: str
    decided_by: str
    deciding_note: str
    field: str
    specialist: str
    summary: str
    disputed: tuple[DisputedPoint, ...]
    questions: tuple[Question, ...]
    electors: tuple[Elector, ...]
    rule: DecisionRule
    opened_at: datetime
    extended_because: str
    """The reason of the last extension; empty when there was none."""
    dossier: tuple[PaperLine, ...]
    capacity: str
    """The office in which this person answers; empty when he is not asked."""
    draft: Draft
    opinions: tuple[OpinionView, ...]
    """One's own, the latest first."""
    colleagues: tuple[Colleague, ...]
    result: Collation | None
    can_answer: bool
    """Open, and one is asked. An overdue ballot can still be answered until it is closed; the answer is marked late."""
    source: BallotOpened


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAnswer:
    """A question and the answer to it, in the words of the ballot."""

    question: str
    option: Option
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBack:
    """ "You, as …, answer … on …": read from `statement`, the bytes that will be signed, and from nothing else."""

    ballot: Identifier
    statement: bytes
    capacity: str
    body_name: str
    subject: str
    answers: tuple[ReadAnswer, ...]
    remark: str
    deadline_at: datetime
    is_late: bool
    replaces_earlier: bool
    """It stands in for an opinion given before."""
    phrase: str
    """Fingerprint phrase of `statement`: what a second screen or a stock tool would show too."""


class Incomplete(Exception):  # noqa: N818 - says what is so
    """The draft is no answer yet; `flaw` says what is missing and `question` where."""

    def __init__(self, flaw: Unfit, question: Name) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw
        self.question = question


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


class Ballots:
    """The ballots this person is asked, or may see."""

    def all(self) -> tuple[BallotLine, ...]:
        """Open ones by deadline, then closed and announced ones, the latest on top."""
        raise NotImplementedError

    def one(self, ballot: Identifier) -> BallotView:
        """Raises NotHere."""
        raise NotImplementedError

    def keep_draft(self, ballot: Identifier, draft: Draft) -> Changes:
        """Keeps what has been chosen and written so far. Raises NotHere."""
        raise NotImplementedError

    def read_back(self, ballot: Identifier) -> ReadBack:
        """The statement that the kept draft makes, read back. Nothing is signed. Raises Incomplete, NotHere, KeyUnusable."""
        raise NotImplementedError

    def sign_and_queue(self, read_backs: Sequence[ReadBack], pin: str) -> Changes:
        """Signs those very bytes, checks the signatures, and keeps all of it in one transaction: signed, waiting to be sent.

        One PIN for all: "Ký 4 phiếu". Raises WrongPin, KeyUnusable, StorageUnusable: then none is signed.
        """
        raise NotImplementedError

    def receipt(self, opinion: Identifier) -> ReceiptView:
        """Raises NotHere while there is none."""
        raise NotImplementedError

    def refused(self) -> tuple[tuple[BallotLine, OpinionView], ...]:
        """Opinions that were refused and that no later one replaced: shown until the person has seen to them."""
        raise NotImplementedError

    def put_aside(self, opinion: Identifier) -> Changes:
        """The person has seen the refusal. The opinion stays in the history."""
        raise NotImplementedError
