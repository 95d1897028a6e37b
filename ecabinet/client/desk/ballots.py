"""Answering ballots: choose → read back → PIN → receipt.

What is read back is derived from the very bytes that are then signed; what was signed is kept until the server's
receipt proves that it stands in the ledger, or its refusal says why not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, delete, select, update

from ecabinet.client.desk.answering import (
    Draft,
    Incomplete,
    ReadAnswer,
    ReadBack,
    capacity,
    keep,
    kept_draft,
    make_opinion,
    say_back,
)
from ecabinet.client.desk.errors import NotAsSent, NotHere
from ecabinet.client.desk.opinions import (
    AnswerStage,
    Colleague,
    OpinionView,
    ReceiptView,
    Witnessing,
    colleagues,
    own_opinions,
    receipt_of,
    witnessing_of,
)
from ecabinet.client.desk.papers import PaperLine, Papers, Presence
from ecabinet.client.desk.receipts import receipt_file
from ecabinet.client.desk.saving import save_whole
from ecabinet.client.desk.unlocked import Unlocked, stored
from ecabinet.client.vault import schema
from ecabinet.client.vault.changes import Changes
from ecabinet.core.ballots import (
    BallotExtended,
    BallotOpened,
    BallotResult,
    BallotState,
    Collation,
    DecisionRule,
    DisputedPoint,
    Elector,
    Priority,
    Question,
)
from ecabinet.core.codec import Identifier
from ecabinet.core.envelope import Statement, parse

__all__ = [
    "AnswerStage",
    "BallotLine",
    "BallotView",
    "Ballots",
    "Colleague",
    "Draft",
    "Incomplete",
    "OpinionView",
    "ReadAnswer",
    "ReadBack",
    "ReceiptView",
    "Urgency",
    "Witnessing",
]

Kind = TypeVar("Kind", bound=Statement)
_SOON = 3
"""Days."""


class Urgency(StrEnum):
    """Where a deadline stands in the body's zone, in the order in which ballots are dealt with."""

    OVERDUE = "overdue"
    TODAY = "today"
    SOON = "soon"
    """Within the next three days."""
    LATER = "later"


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
    witnessing: Witnessing | None
    """Of the latest, once it is recorded."""
    colleagues: tuple[Colleague, ...]
    result: Collation | None
    has_other_papers: bool
    """Some paper of the dossier is not the one that was sent: then nobody can answer."""
    can_answer: bool
    """Open, and one is asked, on the very papers that were sent.

    An overdue ballot can still be answered until it is closed; the answer is marked late.
    """
    source: BallotOpened


class Ballots:
    """The ballots this person is asked, or may see."""

    def __init__(self, unlocked: Unlocked, papers: Papers) -> None:
        self._unlocked, self._papers = unlocked, papers

    def all(self) -> tuple[BallotLine, ...]:
        """Open ones by deadline and priority, then closed and announced ones, the latest on top."""
        return self._unlocked.vault.do(self.lines)

    def one(self, ballot: Identifier) -> BallotView:
        """Raises NotHere."""
        return self._unlocked.vault.do(lambda db: self._view(db, ballot))

    def keep_draft(self, ballot: Identifier, draft: Draft) -> Changes:
        """Keeps what has been chosen and written so far. Raises NotHere."""

        def keep_it(db: Connection) -> Changes:
            ballot_row(db, ballot)
            keep(db, ballot, draft, self._unlocked.clock())
            return Changes(ballots=frozenset({ballot}))

        return self._unlocked.vault.do(keep_it)

    def read_back(self, ballot: Identifier) -> ReadBack:
        """The statement that the kept draft makes, read back. Nothing is signed.

        Raises Incomplete, NotAsSent, NotHere, KeyUnusable.
        """

        def read(db: Connection) -> ReadBack:
            row = ballot_row(db, ballot)
            opened = ballot_opened(db, row)
            if row.closed_leaf is not None or not row.is_elector:
                raise NotHere
            if any(paper.presence is Presence.OTHER for paper in self._papers.as_sent(db, opened.documents).values()):
                raise NotAsSent
            opinion = make_opinion(db, self._unlocked, opened, row.opened_digest, kept_draft(db, ballot))
            return say_back(db, self._unlocked, bytes(opinion), row.deadline_at)

        return self._unlocked.vault.do(read)

    def sign_and_queue(self, read_backs: Sequence[ReadBack], pin: str) -> Changes:
        """Signs those very bytes, checks the signatures, and keeps all in one transaction: signed, waiting to be sent.

        One PIN for all: "Ký 4 phiếu". Raises WrongPin, KeyUnusable, StorageUnusable: then none is signed.
        """
        signer = self._unlocked.signer(pin)
        ballots = [each.ballot for each in read_backs]

        def keep(db: Connection) -> Changes:
            for each in read_backs:
                self._unlocked.queue(db, parse(each.statement), signer)
            db.execute(delete(schema.answer_drafts).where(schema.answer_drafts.c.ballot.in_(ballots)))
            return Changes(ballots=frozenset(ballots))

        changes = self._unlocked.vault.do(keep)
        self._unlocked.sync.recount()
        return changes

    def receipt(self, opinion: Identifier) -> ReceiptView:
        """Raises NotHere while there is none."""
        policy = self._unlocked.vault.do(self._unlocked.register).founding.witnesses
        return self._unlocked.vault.do(lambda db: receipt_of(db, opinion, policy))

    def save_receipt(self, opinion: Identifier, path: Path) -> None:
        """Writes a receipt to a file that others can check, for nobody but this user to read. Raises NotHere, OSError.

        See docs/evidence.md §5.1.
        """
        save_whole(path, [self._unlocked.vault.do(lambda db: receipt_file(db, self._unlocked.body, opinion))])

    def refused(self) -> tuple[tuple[BallotLine, OpinionView], ...]:
        """Opinions that were refused and that no later one replaced: shown until the person has seen to them."""
        return self._unlocked.vault.do(self.refused_ones)

    def put_aside(self, opinion: Identifier) -> Changes:
        """The person has seen the refusal. The opinion stays in the history."""

        def put(db: Connection) -> Changes:
            line, said = schema.outbox, schema.statements.c
            db.execute(update(line).where(line.c.statement == opinion).values(is_put_aside=True))
            return Changes(ballots=frozenset(db.scalars(select(said.thing).where(said.id == opinion))))

        return self._unlocked.vault.do(put)

    # ---------------------------------------------------------------- reading, within a transaction

    def lines(self, db: Connection) -> tuple[BallotLine, ...]:
        rows = db.execute(select(schema.ballots).where(schema.ballots.c.body == self._unlocked.body)).all()
        lines = [self.line(db, row) for row in rows]
        ahead = sorted((line for line in lines if line.state is BallotState.OPEN), key=_order)
        past = sorted((line for line in lines if line.state is not BallotState.OPEN), key=_order, reverse=True)
        return (*ahead, *past)

    def line(self, db: Connection, row: Any) -> BallotLine:
        own = own_opinions(db, row.ballot, self._unlocked.person)
        current = next((each for each in own if not each.is_put_aside), None)
        has_draft = kept_draft(db, row.ballot) != Draft()
        stage = AnswerStage.DRAFT if has_draft else AnswerStage.NONE
        return BallotLine(
            ballot=row.ballot,
            subject=row.subject,
            submitter=row.submitter,
            priority=Priority(row.priority),
            state=_state(row),
            deadline_at=row.deadline_at,
            urgency=urgency(row.deadline_at, self._unlocked.sync.now(), self._unlocked.zone(db)),
            stage=stage if current is None else current.view.stage,
            is_elector=row.is_elector,
        )

    def refused_ones(self, db: Connection) -> tuple[tuple[BallotLine, OpinionView], ...]:
        found = []
        for row in db.execute(select(schema.ballots).where(schema.ballots.c.body == self._unlocked.body)):
            own = own_opinions(db, row.ballot, self._unlocked.person)
            if own and own[0].view.stage is AnswerStage.REFUSED and not own[0].is_put_aside:
                found.append((self.line(db, row), own[0].view))
        return tuple(found)

    def _view(self, db: Connection, ballot: Identifier) -> BallotView:
        row = ballot_row(db, ballot)
        opened, line = ballot_opened(db, row), self.line(db, row)
        dossier = tuple(self._papers.as_sent(db, opened.documents).values())
        has_other_papers = any(paper.presence is Presence.OTHER for paper in dossier)
        said = schema.statements.c
        mine = next((each for each in opened.electorate.electors if each.person == self._unlocked.person), None)
        result = None if row.result is None else stored(db, row.result)
        counted = result.statement if result is not None else None
        extensions = _of_ballot(db, ballot, BallotExtended)
        own = tuple(each.view for each in own_opinions(db, ballot, self._unlocked.person))
        is_recorded = bool(own) and own[0].stage is AnswerStage.RECORDED
        return BallotView(
            line=line,
            grounds=opened.grounds,
            decided_by=opened.decided_by,
            deciding_note=opened.deciding_note,
            field=opened.field,
            specialist=opened.specialist,
            summary=opened.summary,
            disputed=opened.disputed,
            questions=opened.questions,
            electors=opened.electorate.electors,
            rule=opened.rule,
            opened_at=db.execute(select(said.accepted_at).where(said.id == row.opened)).scalar_one(),
            extended_because=extensions[-1].reason if extensions else "",
            dossier=dossier,
            capacity="" if mine is None else capacity(db, self._unlocked, opened),
            draft=kept_draft(db, ballot),
            opinions=own,
            witnessing=witnessing_of(db, own[0].opinion, self._unlocked.register(db)) if is_recorded else None,
            colleagues=colleagues(db, ballot, self._unlocked.person),
            result=counted.collation if isinstance(counted, BallotResult) else None,
            has_other_papers=has_other_papers,
            can_answer=mine is not None and row.closed_leaf is None and not has_other_papers,
            source=opened,
        )


def urgency(deadline_at: datetime, now: datetime, zone: tzinfo) -> Urgency:
    """Counted in days of the body's zone."""
    if deadline_at <= now:
        return Urgency.OVERDUE
    days = (deadline_at.astimezone(zone).date() - now.astimezone(zone).date()).days
    if not days:
        return Urgency.TODAY
    return Urgency.SOON if days <= _SOON else Urgency.LATER


def ballot_row(db: Connection, ballot: Identifier) -> Any:
    """Raises NotHere."""
    row = db.execute(select(schema.ballots).where(schema.ballots.c.ballot == ballot)).one_or_none()
    if row is None:
        raise NotHere
    return row


def ballot_opened(db: Connection, row: Any) -> BallotOpened:
    """What was asked. Raises NotHere."""
    said = schema.statements.c
    opened = parse(db.execute(select(said.statement).where(said.id == row.opened)).scalar_one())
    if not isinstance(opened, BallotOpened):
        raise NotHere
    return opened


def _of_ballot(db: Connection, ballot: Identifier, kind: type[Kind]) -> list[Kind]:
    """The ballot's accepted statements of one class, in order."""
    said = schema.statements.c
    mine = (said.thing == ballot) & (said.type == kind.TYPE) & said.leaf.is_not(None)
    found = (parse(data) for data in db.scalars(select(said.statement).where(mine).order_by(said.leaf)))
    return [each for each in found if isinstance(each, kind)]


def _state(row: Any) -> BallotState:
    if row.result is not None:
        return BallotState.ANNOUNCED
    return BallotState.OPEN if row.closed_leaf is None else BallotState.CLOSED


def _order(line: BallotLine) -> tuple[datetime, int]:
    return line.deadline_at, -list(Priority).index(line.priority)
