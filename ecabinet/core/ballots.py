"""Opinion ballots (phiếu lấy ý kiến): what is asked, what is answered, and what the answers come to.

`collate()` is the only tally there is: the secretary's client signs what it gives, and every verifier compares with
what it gives again.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property

from ecabinet.core.codec import Digest, Identifier, Name
from ecabinet.core.envelope import Statement, statement
from ecabinet.core.meetings import DocumentReference
from ecabinet.core.people import Act


class Priority(StrEnum):
    """Thường · Khẩn · Thượng khẩn · Hỏa tốc."""

    NORMAL = "normal"
    URGENT = "urgent"
    VERY_URGENT = "very_urgent"
    FLASH = "flash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One answer a question offers. Only one that `decides` can be carried: "ý kiến khác" does not."""

    key: Name
    text: str
    decides: bool
    needs_text: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One issue, word for word."""

    key: Name
    text: str
    options: tuple[Option, ...]

    def __post_init__(self) -> None:
        if len(self.options) < 2 or len({option.key for option in self.options}) != len(self.options):  # noqa: PLR2004 - a choice
            raise ValueError("options")

    def option(self, key: Name) -> Option | None:
        for option in self.options:
            if option.key == key:
                return option
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputedPoint:
    """A point still in dispute: issue · agency · view · reason · the Office's proposal."""

    issue: str
    agency: str
    view: str
    reason: str
    proposal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Elector:
    """Somebody who is asked; `proposed` marks a member whose agency put the matter forward."""

    person: Name
    office: str
    proposed: bool


@dataclass(frozen=True, kw_only=True)  # without slots, so that it can keep `_persons`
class Electorate:
    """Who is asked, frozen when the ballot is sent."""

    electors: tuple[Elector, ...]
    statutory: int
    in_office: int
    vacant: int
    chair: Name | None
    """Whose answer decides a tie, where the rule says so."""

    def __post_init__(self) -> None:
        if not self.electors or len({each.person for each in self.electors}) != len(self.electors):
            raise ValueError("electors")
        if self.in_office < len(self.electors) or self.statutory != self.in_office + self.vacant or self.vacant < 0:
            raise ValueError("in_office")
        if self.chair is not None and self.chair not in self:
            raise ValueError("chair")

    @cached_property
    def _persons(self) -> frozenset[Name]:
        return frozenset(each.person for each in self.electors)

    def __contains__(self, person: Name) -> bool:
        return person in self._persons


class Base(StrEnum):
    """Of whom a share is taken."""

    STATUTORY = "statutory"
    IN_OFFICE = "in_office"
    SENT = "sent"
    RECEIVED = "received"


class TieRule(StrEnum):
    """What decides when two answers have exactly the deciding share each."""

    NONE = "none"
    CHAIR = "chair"
    """The answer the chair gave, if the chair gave one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A fraction of a base: 2/3 of those sent."""

    numerator: int
    denominator: int
    base: Base

    def __post_init__(self) -> None:
        if not 0 <= self.numerator <= self.denominator or self.denominator < 1:
            raise ValueError("numerator")


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRule:
    """The rule of a body that is in force for a ballot: data with its legal basis, never a constant."""

    quorum: Share
    """At least this share has answered."""
    majority: Share
    """More than this share gave the same answer."""
    tie: TieRule
    silence_counts_as: Name | None
    """The option a missing answer counts as; None, as a rule: silence is never agreement."""
    late_answers_count: bool
    legal_basis: str
    effective_from: date
    in_words: str


@statement(Act.OPEN_BALLOT)
@dataclass(frozen=True, slots=True, kw_only=True)
class BallotOpened(Statement):
    """A ballot as it is sent: what is asked of whom, by when, and how it will be counted."""

    ballot: Identifier
    subject: str
    submitter: str
    grounds: str
    decided_by: str
    deciding_note: str
    """Who decided to consult, and the note of that decision (bút phê)."""
    field: str
    priority: Priority
    specialist: str
    summary: str
    disputed: tuple[DisputedPoint, ...]
    questions: tuple[Question, ...]
    electorate: Electorate
    documents: tuple[DocumentReference, ...]
    rule: DecisionRule
    deadline_at: datetime
    shows_answers_before_own: bool
    """Whether electors see each other's answers as they are recorded; else once the result is signed."""
    register_head: Digest

    def __post_init__(self) -> None:
        if not self.questions or len({each.key for each in self.questions}) != len(self.questions):
            raise ValueError("questions")
        for name in ("subject", "decided_by", "deciding_note"):
            if not getattr(self, name).strip():
                raise ValueError(name)
        if self.rule.tie is TieRule.CHAIR and self.electorate.chair is None:
            raise ValueError("chair")
        silent = self.rule.silence_counts_as
        if silent is not None and any(question.option(silent) is None for question in self.questions):
            raise ValueError("silence_counts_as")


@statement(Act.EXTEND_BALLOT)
@dataclass(frozen=True, slots=True, kw_only=True)
class BallotExtended(Statement):
    """A later deadline, announced to all."""

    ballot: Identifier
    opened: Digest
    deadline_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to one question."""

    question: Name
    option: Name
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that goes with an opinion, by its bytes."""

    digest: Digest
    size: int
    file_name: str


@statement(Act.ANSWER_BALLOT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion(Statement):
    """One elector's answer to a ballot. A changed mind is a new opinion that names the one it replaces."""

    ballot: Identifier
    opened: Digest
    """Digest of the `ballot.opened` envelope: whoever answers, answers those very words."""
    elector: Name
    capacity: str
    """The office in which the elector answers, as the read-back said it."""
    answers: tuple[Answer, ...]
    remark: str
    attachments: tuple[Attachment, ...]
    counter: int
    """1, then one more than the predecessor's."""
    replaces: Digest | None
    """SHA-256 of the predecessor's statement bytes."""

    def __post_init__(self) -> None:
        if self.counter < 1 or (self.counter == 1) != (self.replaces is None):
            raise ValueError("counter")


@statement(Act.CLOSE_BALLOT)
@dataclass(frozen=True, slots=True, kw_only=True)
class BallotClosed(Statement):
    """The human act that ends a ballot. It freezes at its own leaf: what is appended later is late."""

    ballot: Identifier
    opened: Digest
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultLine:
    """One elector, and the ledger index of the opinion that counts; None when there is none (`no_answer`)."""

    elector: Name
    leaf: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionCount:
    """How many chose an option, silence included where the rule counts it as one."""

    option: Name
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionTally:
    """The count of one question, over answers received and over ballots sent, and what the rule makes of it."""

    question: Name
    counts: tuple[OptionCount, ...]
    no_answer: int
    carried: Name | None
    by_tie_rule: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Collation:
    """Table, tally and outcome of a ballot."""

    deadline_at: datetime
    """As last extended."""
    lines: tuple[ResultLine, ...]
    late: tuple[int, ...]
    """Ledger indices of opinions accepted after the deadline, or after the closing."""
    received: int
    sent: int
    is_quorate: bool
    tallies: tuple[QuestionTally, ...]


@statement(Act.SIGN_RESULT)
@dataclass(frozen=True, slots=True, kw_only=True)
class BallotResult(Statement):
    """What the secretary's client recomputed from the ledger and the secretary signed."""

    ballot: Identifier
    opened: Digest
    closed_leaf: int
    collation: Collation
    register_head: Digest


class Unfit(StrEnum):
    """Why an opinion is no answer to a ballot."""

    OTHER_BALLOT = "other_ballot"
    NOT_AN_ELECTOR = "not_an_elector"
    MISSING_ANSWER = "missing_answer"
    UNKNOWN_OPTION = "unknown_option"
    MISSING_TEXT = "missing_text"


def check_opinion(opinion: Opinion, opened: BallotOpened, opened_digest: Digest) -> Unfit | None:
    """Why `opinion` does not answer the ballot that `opened` is, or None when it does."""
    if (opinion.body, opinion.ballot, opinion.opened) != (opened.body, opened.ballot, opened_digest):
        return Unfit.OTHER_BALLOT
    if opinion.elector not in opened.electorate:
        return Unfit.NOT_AN_ELECTOR
    if [answer.question for answer in opinion.answers] != [question.key for question in opened.questions]:
        return Unfit.MISSING_ANSWER
    for question, answer in zip(opened.questions, opinion.answers, strict=True):
        option = question.option(answer.option)
        if option is None:
            return Unfit.UNKNOWN_OPTION
        if option.needs_text and not answer.text.strip():
            return Unfit.MISSING_TEXT
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A valid opinion, where the ledger has it."""

    leaf: int
    accepted_at: datetime
    opinion: Opinion


def last_deadline(opened: BallotOpened, extensions: Iterable[BallotExtended]) -> datetime:
    """As last extended; of extensions only those accepted before the closing leaf."""
    return max([opened.deadline_at, *(extension.deadline_at for extension in extensions)])


def is_counted(accepted_at: datetime, deadline_at: datetime, rule: DecisionRule) -> bool:
    """Whether an opinion accepted then, before the closing leaf, counts unless a later one does."""
    return rule.late_answers_count or accepted_at <= deadline_at


def collate(
    opened: BallotOpened, extensions: Iterable[BallotExtended], recorded: Iterable[Recorded], closed_leaf: int
) -> Collation:
    """Table, tally and outcome from the opinions of the ledger; order and repetition change nothing.

    `recorded` are the opinions that fit the ballot and whose keys were valid; `extensions` those accepted before the
    closing leaf.
    """
    deadline_at = last_deadline(opened, extensions)
    heads: dict[Name, Recorded] = {}
    late: list[int] = []
    for _, each in sorted({each.leaf: each for each in recorded}.items()):
        if each.accepted_at > deadline_at or each.leaf > closed_leaf:
            late.append(each.leaf)
        if each.leaf < closed_leaf and is_counted(each.accepted_at, deadline_at, opened.rule):
            heads[each.opinion.elector] = each
    electors = [each.person for each in opened.electorate.electors]
    lines = tuple(
        ResultLine(elector=person, leaf=heads[person].leaf if person in heads else None) for person in electors
    )
    opinions = {person: each.opinion for person, each in heads.items()}
    quorum = opened.rule.quorum
    received = len(opinions)
    return Collation(
        deadline_at=deadline_at,
        lines=lines,
        late=tuple(late),
        received=received,
        sent=len(electors),
        is_quorate=received * quorum.denominator >= _size(quorum.base, opened, received) * quorum.numerator,
        tallies=tally(opened, opinions),
    )


def tally(opened: BallotOpened, opinions: Mapping[Name, Opinion]) -> tuple[QuestionTally, ...]:
    """The count of every question from one opinion per elector, and which option the majority rule carries."""
    return tuple(_tally_question(place, opened, opinions) for place in range(len(opened.questions)))


def is_passed(question: Question, tally: QuestionTally) -> bool | None:
    """Whether a motion is passed (được thông qua); None where a question is a choice and no motion.

    A motion is put where one may agree or disagree, in the words of ballots: no option says of itself which it is. It
    is not passed when it is refused, and not when nothing is carried.
    """
    asks = {option.text.strip().casefold(): option.key for option in question.options if option.decides}
    yes, no = ([asks[text] for text in texts if text in asks] for texts in (_AGREES, _DISAGREES))
    if len(asks) != 2 or not yes or not no:  # noqa: PLR2004 - for and against, and nothing else to be carried
        return None
    return tally.carried == yes[0]


_AGREES = ("đồng ý", "tán thành")
_DISAGREES = ("không đồng ý", "không tán thành")


def _tally_question(place: int, opened: BallotOpened, opinions: Mapping[Name, Opinion]) -> QuestionTally:
    question = opened.questions[place]
    chosen = {person: opinion.answers[place].option for person, opinion in opinions.items()}
    counts = Counter(chosen.values())
    silent = len(opened.electorate.electors) - len(chosen)
    if opened.rule.silence_counts_as is not None:
        counts[opened.rule.silence_counts_as] += silent
    carried, by_tie_rule = _carried(question, counts, chosen, opened)
    return QuestionTally(
        question=question.key,
        counts=tuple(OptionCount(option=option.key, count=counts[option.key]) for option in question.options),
        no_answer=silent,
        carried=carried,
        by_tie_rule=by_tie_rule,
    )


def _carried(
    question: Question, counts: Mapping[Name, int], chosen: Mapping[Name, Name], opened: BallotOpened
) -> tuple[Name | None, bool]:
    majority = opened.rule.majority
    needed = _size(majority.base, opened, len(chosen)) * majority.numerator
    deciding = [option.key for option in question.options if option.decides]
    above = [key for key in deciding if counts[key] * majority.denominator > needed]
    if len(above) == 1:
        return above[0], False
    tied = [key for key in deciding if counts[key] * majority.denominator == needed and counts[key]]
    if not above and len(tied) > 1 and opened.rule.tie is TieRule.CHAIR and opened.electorate.chair is not None:
        chairs = chosen.get(opened.electorate.chair)
        if chairs in tied:
            return chairs, True
    return None, False


def _size(base: Base, opened: BallotOpened, received: int) -> int:
    match base:
        case Base.STATUTORY:
            return opened.electorate.statutory
        case Base.IN_OFFICE:
            return opened.electorate.in_office
        case Base.SENT:
            return len(opened.electorate.electors)
        case Base.RECEIVED:
            return received


class BallotState(StrEnum):
    """Draft → awaiting approval → returned | approved → open → closed → announced."""

    DRAFT = "draft"
    AWAITING_APPROVAL = "awaiting_approval"
    RETURNED = "returned"
    APPROVED = "approved"
    OPEN = "open"
    CLOSED = "closed"
    ANNOUNCED = "announced"
