"""Answering ballots: choose → read back → PIN → receipt.

What is read back is derived from the very bytes that are then signed; what was signed is kept until the server's
receipt proves that it stands in the ledger, or its refusal says why not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from ecabinet.client.desk.errors import NotHere
from ecabinet.client.desk.papers import PaperLine, Papers
from ecabinet.client.desk.unlocked import Unlocked, in_nfc, stored
from ecabinet.client.vault import schema
from ecabinet.client.vault.changes import Changes
from ecabinet.core import canonical, codec
from ecabinet.core.ballots import (
    Answer,
    BallotExtended,
    BallotOpened,
    BallotResult,
    BallotState,
    Collation,
    DecisionRule,
    DisputedPoint,
    Elector,
    Opinion,
    Option,
    Priority,
    Question,
    Unfit,
)
from ecabinet.core.codec import Digest, Identifier, Name
from ecabinet.core.envelope import Statement, parse
from ecabinet.core.protocol import Refusal
from ecabinet.core.register import fingerprint_phrase

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
    """What a person is about to sign: read from `statement`, the bytes that will be signed, and from nothing else."""

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


class Incomplete(Exception):
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

        def keep(db: Connection) -> Changes:
            ballot_row(db, ballot)
            values = {"changed_at": self._unlocked.clock(), "content": codec.dump(in_nfc(draft))}
            kept = insert(schema.answer_drafts).values(ballot=ballot, **values)
            db.execute(kept.on_conflict_do_update(index_elements=["ballot"], set_=values))
            return Changes(ballots=frozenset({ballot}))

        return self._unlocked.vault.do(keep)

    def read_back(self, ballot: Identifier) -> ReadBack:
        """The statement that the kept draft makes, read back. Nothing is signed.

        Raises Incomplete, NotHere, KeyUnusable.
        """

        def read(db: Connection) -> ReadBack:
            row = ballot_row(db, ballot)
            opened = ballot_opened(db, row)
            if row.closed_leaf is not None or not row.is_elector:
                raise NotHere
            return self._read_back(db, row, bytes(self._opinion(db, row, opened, _draft(db, ballot))))

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
        said, receipts = schema.statements.c, schema.receipts
        asked = select(schema.statements, receipts.c.text, receipts.c.tree_size).join(
            receipts, receipts.c.statement == said.id
        )

        def read(db: Connection) -> ReceiptView:
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
            )

        return self._unlocked.vault.do(read)

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
        own = self._own(db, row.ballot)
        current = next((each for each in own if not each.is_put_aside), None)
        has_draft = _draft(db, row.ballot) != Draft()
        stage = AnswerStage.DRAFT if has_draft else AnswerStage.NONE
        return BallotLine(
            ballot=row.ballot,
            subject=row.subject,
            submitter=row.submitter,
            priority=Priority(row.priority),
            state=_state(row),
            deadline_at=row.deadline_at,
            urgency=urgency(row.deadline_at, self._unlocked.clock(), self._unlocked.zone(db)),
            stage=stage if current is None else current.view.stage,
            is_elector=row.is_elector,
        )

    def refused_ones(self, db: Connection) -> tuple[tuple[BallotLine, OpinionView], ...]:
        found = []
        for row in db.execute(select(schema.ballots).where(schema.ballots.c.body == self._unlocked.body)):
            own = self._own(db, row.ballot)
            if own and own[0].view.stage is AnswerStage.REFUSED and not own[0].is_put_aside:
                found.append((self.line(db, row), own[0].view))
        return tuple(found)

    def _view(self, db: Connection, ballot: Identifier) -> BallotView:
        row = ballot_row(db, ballot)
        opened, line, papers = ballot_opened(db, row), self.line(db, row), self._papers.lines(db)
        said = schema.statements.c
        mine = next((each for each in opened.electorate.electors if each.person == self._unlocked.person), None)
        result = None if row.result is None else stored(db, row.result)
        counted = result.statement if result is not None else None
        extensions = _of_ballot(db, ballot, BallotExtended)
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
            dossier=tuple(papers[each.document] for each in opened.documents if each.document in papers),
            capacity="" if mine is None else self._capacity(db, opened),
            draft=_draft(db, ballot),
            opinions=tuple(each.view for each in self._own(db, ballot)),
            colleagues=self._colleagues(db, ballot),
            result=counted.collation if isinstance(counted, BallotResult) else None,
            can_answer=mine is not None and row.closed_leaf is None,
            source=opened,
        )

    def _own(self, db: Connection, ballot: Identifier) -> list["_Own"]:
        """The person's opinions on a ballot, the latest first."""
        said, line, receipts = schema.statements, schema.outbox, schema.receipts
        asked = (
            select(said, line.c.sent_at, line.c.refusal, line.c.is_put_aside, line.c.place, receipts.c.tree_size)
            .outerjoin(line, line.c.statement == said.c.id)
            .outerjoin(receipts, receipts.c.statement == said.c.id)
            .where(said.c.thing == ballot, said.c.type == Opinion.TYPE, said.c.signer == self._unlocked.person)
        )
        own = []
        for row in db.execute(asked):
            opinion = parse(row.statement)
            if isinstance(opinion, Opinion):
                view = _opinion_view(row, opinion)
                own.append(_Own(opinion, row.statement_digest, view, bool(row.is_put_aside)))
        return sorted(own, key=_rank, reverse=True)

    def _colleagues(self, db: Connection, ballot: Identifier) -> tuple[Colleague, ...]:
        """The others' last opinions, as far as they may be seen."""
        said = schema.statements.c
        others = (said.thing == ballot) & (said.type == Opinion.TYPE) & (said.signer != self._unlocked.person)
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

    # ---------------------------------------------------------------- answering

    def _capacity(self, db: Connection, opened: BallotOpened) -> str:
        """The office in which the person is asked, as the ballot itself names it."""
        mine = (each.office for each in opened.electorate.electors if each.person == self._unlocked.person)
        return next(mine, "") or self._unlocked.me(db).office

    def _opinion(self, db: Connection, row: Any, opened: BallotOpened, draft: Draft) -> Opinion:
        given = {each.question: each for each in draft.answers}
        for question in opened.questions:
            flaw = _flaw(question, given.get(question.key))
            if flaw is not None:
                raise Incomplete(flaw, question.key)
        before = next((each for each in self._own(db, row.ballot) if each.view.stage is not AnswerStage.REFUSED), None)
        return Opinion(
            **self._unlocked.heading(db),
            ballot=opened.ballot,
            opened=row.opened_digest,
            elector=self._unlocked.person,
            capacity=self._capacity(db, opened),
            answers=tuple(given[question.key] for question in opened.questions),
            remark=draft.remark,
            attachments=(),
            counter=1 if before is None else before.opinion.counter + 1,
            replaces=None if before is None else before.statement_digest,
        )

    def _read_back(self, db: Connection, row: Any, statement: bytes) -> ReadBack:
        """Says what the bytes say. The ballot's own words come from the envelope that the bytes name."""
        opinion = parse(statement)
        said = schema.statements.c
        asked = db.execute(select(said.statement).where(said.digest == row.opened_digest)).scalar_one()
        opened = parse(asked)
        if not isinstance(opinion, Opinion) or not isinstance(opened, BallotOpened):
            raise NotHere
        questions = {question.key: question for question in opened.questions}
        answers = []
        for answer in opinion.answers:
            option = questions[answer.question].option(answer.option)
            if option is None:
                raise Incomplete(Unfit.UNKNOWN_OPTION, answer.question)
            answers.append(ReadAnswer(question=questions[answer.question].text, option=option, text=answer.text))
        return ReadBack(
            ballot=opinion.ballot,
            statement=statement,
            capacity=opinion.capacity,
            body_name=self._unlocked.register(db).founding.name,
            subject=opened.subject,
            answers=tuple(answers),
            remark=opinion.remark,
            deadline_at=row.deadline_at,
            is_late=opinion.at > row.deadline_at,
            replaces_earlier=opinion.replaces is not None,
            phrase=fingerprint_phrase(canonical.digest(statement)),
        )


@dataclass(frozen=True, slots=True)
class _Own:
    opinion: Opinion
    statement_digest: Digest
    view: OpinionView
    is_put_aside: bool


def _rank(own: _Own) -> tuple[int, bool, Identifier]:
    """Of two devices' opinions that replace the same one, the refused one comes first: it wants to be seen to."""
    return own.opinion.counter, own.view.stage is AnswerStage.REFUSED, own.opinion.id


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


def _draft(db: Connection, ballot: Identifier) -> Draft:
    drafts = schema.answer_drafts.c
    content = db.scalar(select(drafts.content).where(drafts.ballot == ballot))
    return Draft() if content is None else codec.load(Draft, content)


def _flaw(question: Question, answer: Answer | None) -> Unfit | None:
    if answer is None:
        return Unfit.MISSING_ANSWER
    option = question.option(answer.option)
    if option is None:
        return Unfit.UNKNOWN_OPTION
    return Unfit.MISSING_TEXT if option.needs_text and not answer.text.strip() else None


def _opinion_view(row: Any, opinion: Opinion) -> OpinionView:
    return OpinionView(
        opinion=opinion.id,
        signed_at=opinion.at,
        answers=opinion.answers,
        remark=opinion.remark,
        stage=_stage(row),
        accepted_at=row.accepted_at,
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


def _state(row: Any) -> BallotState:
    if row.result is not None:
        return BallotState.ANNOUNCED
    return BallotState.OPEN if row.closed_leaf is None else BallotState.CLOSED


def _order(line: BallotLine) -> tuple[datetime, int]:
    return line.deadline_at, -list(Priority).index(line.priority)
