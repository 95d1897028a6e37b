"""From a draft to the words a person agrees to sign: what is read back is read from the very bytes."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from ecabinet.client.desk.errors import NotHere
from ecabinet.client.desk.opinions import AnswerStage, own_opinions
from ecabinet.client.desk.unlocked import Unlocked, in_nfc
from ecabinet.client.vault import schema
from ecabinet.core import canonical, codec
from ecabinet.core.ballots import Answer, BallotOpened, Opinion, Option, Question, Unfit
from ecabinet.core.codec import Identifier, Name
from ecabinet.core.envelope import parse
from ecabinet.core.register import fingerprint_phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An answer begun; questions not yet answered are absent. Nothing is preselected, so the first draft is empty."""

    answers: tuple[Answer, ...] = ()
    remark: str = ""


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


def kept_draft(db: Connection, ballot: Identifier) -> Draft:
    """What has been chosen and written so far."""
    drafts = schema.answer_drafts.c
    content = db.scalar(select(drafts.content).where(drafts.ballot == ballot))
    return Draft() if content is None else codec.load(Draft, content)


def keep(db: Connection, ballot: Identifier, draft: Draft, now: datetime) -> None:
    """Keeps it in the place of what was kept before."""
    values = {"changed_at": now, "content": codec.dump(in_nfc(draft))}
    kept = insert(schema.answer_drafts).values(ballot=ballot, **values)
    db.execute(kept.on_conflict_do_update(index_elements=["ballot"], set_=values))


def capacity(db: Connection, unlocked: Unlocked, opened: BallotOpened) -> str:
    """The office in which the person is asked, as the ballot itself names it."""
    mine = (each.office for each in opened.electorate.electors if each.person == unlocked.person)
    return next(mine, "") or unlocked.me(db).office


def make_opinion(db: Connection, unlocked: Unlocked, opened: BallotOpened, opened_digest: str, draft: Draft) -> Opinion:
    """The statement that a draft makes. It replaces the person's last one that was not refused. Raises Incomplete."""
    given = {each.question: each for each in draft.answers}
    for question in opened.questions:
        flaw = _flaw(question, given.get(question.key))
        if flaw is not None:
            raise Incomplete(flaw, question.key)
    own = own_opinions(db, opened.ballot, unlocked.person)
    before = next((each for each in own if each.view.stage is not AnswerStage.REFUSED), None)
    return Opinion(
        **unlocked.heading(db),
        ballot=opened.ballot,
        opened=opened_digest,
        elector=unlocked.person,
        capacity=capacity(db, unlocked, opened),
        answers=tuple(given[question.key] for question in opened.questions),
        remark=draft.remark,
        attachments=(),
        counter=1 if before is None else before.opinion.counter + 1,
        replaces=None if before is None else before.statement_digest,
    )


def say_back(db: Connection, unlocked: Unlocked, statement: bytes, deadline_at: datetime) -> ReadBack:
    """Says what the bytes say; the ballot's own words come from the envelope that the bytes name. Raises NotHere."""
    opinion = parse(statement)
    if not isinstance(opinion, Opinion):
        raise NotHere
    said = schema.statements.c
    asked = db.scalar(select(said.statement).where(said.digest == opinion.opened))
    opened = None if asked is None else parse(asked)
    if not isinstance(opened, BallotOpened):
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
        body_name=unlocked.register(db).founding.name,
        subject=opened.subject,
        answers=tuple(answers),
        remark=opinion.remark,
        deadline_at=deadline_at,
        is_late=unlocked.sync.now() > deadline_at,
        replaces_earlier=opinion.replaces is not None,
        phrase=fingerprint_phrase(canonical.digest(statement)),
    )


def _flaw(question: Question, answer: Answer | None) -> Unfit | None:
    if answer is None:
        return Unfit.MISSING_ANSWER
    option = question.option(answer.option)
    if option is None:
        return Unfit.UNKNOWN_OPTION
    return Unfit.MISSING_TEXT if option.needs_text and not answer.text.strip() else None
