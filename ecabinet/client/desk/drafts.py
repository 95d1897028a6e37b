"""What the secretariat prepares: drafts of meetings and ballots, and what they still lack."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ecabinet.client.desk.intake import PreparedPaper
from ecabinet.core.ballots import DecisionRule, DisputedPoint, Elector, Electorate, Priority, Question, TieRule
from ecabinet.core.codec import Identifier, Name


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDraft:
    """One matter of a meeting."""

    item: Identifier
    title: str
    agency: str
    papers: tuple[Identifier, ...]
    """Documents, in the order in which they stand."""
    readers: tuple[Name, ...] | None
    """None: all participants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingDraft:
    """A meeting, or its next revision, before it is sent. `meeting` names the draft too."""

    meeting: Identifier
    title: str
    starts_at: datetime | None
    place: str
    chair: Name | None
    participants: tuple[Name, ...]
    items: tuple[ItemDraft, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotDraft:
    """A ballot before it is sent. `ballot` names the draft too."""

    ballot: Identifier
    subject: str
    submitter: str
    grounds: str
    decided_by: str
    deciding_note: str
    field: str
    priority: Priority
    specialist: str
    summary: str
    disputed: tuple[DisputedPoint, ...]
    questions: tuple[Question, ...]
    electors: tuple[Elector, ...]
    statutory: int
    """How many members the law gives the body."""
    vacant: int
    """How many of these seats nobody holds; the others are in office."""
    chair: Name | None
    papers: tuple[Identifier, ...]
    """Documents: those of this draft, or published ones."""
    rule: DecisionRule
    deadline_at: datetime | None
    shows_answers_before_own: bool

    def electorate(self) -> Electorate:
        """Raises ValueError when the numbers do not agree."""
        return Electorate(
            electors=self.electors,
            statutory=self.statutory,
            in_office=self.statutory - self.vacant,
            vacant=self.vacant,
            chair=self.chair,
        )


class DraftKind(StrEnum):
    """What a draft is to become."""

    MEETING = "meeting"
    BALLOT = "ballot"


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLine:
    """A draft in a list; `is_revision` when it will replace a meeting already sent."""

    id: Identifier
    kind: DraftKind
    title: str
    changed_at: datetime
    papers: int
    is_revision: bool


class Missing(StrEnum):
    """What a draft lacks before it can be sent, in the order in which the form asks for it."""

    TITLE = "title"
    STARTS_AT = "starts_at"
    CHAIR = "chair"
    PARTICIPANTS = "participants"
    ITEMS = "items"
    ITEM_TITLE = "item_title"
    SUBJECT = "subject"
    DECIDED_BY = "decided_by"
    DECIDING_NOTE = "deciding_note"
    QUESTIONS = "questions"
    OPTIONS = "options"
    ELECTORS = "electors"
    NUMBERS_IN_OFFICE = "numbers_in_office"
    DEADLINE = "deadline"
    DEADLINE_PAST = "deadline_past"
    PAPER_TITLE = "paper_title"
    CHANGE = "change"
    """In a revision: it says what was sent already."""


class Incomplete(Exception):
    """The draft can't be sent yet."""

    def __init__(self, missing: tuple[Missing, ...]) -> None:
        super().__init__(", ".join(missing))
        self.missing = missing


def missing_in(
    draft: MeetingDraft | BallotDraft, papers: Iterable[PreparedPaper], now: datetime
) -> tuple[Missing, ...]:
    """Everything that is still to be filled in."""
    found = set(_missing_in_meeting(draft) if isinstance(draft, MeetingDraft) else _missing_in_ballot(draft, now))
    if not all(paper.title.strip() for paper in papers):
        found.add(Missing.PAPER_TITLE)
    return tuple(each for each in Missing if each in found)


def _missing_in_meeting(draft: MeetingDraft) -> Iterator[Missing]:
    if not draft.title.strip():
        yield Missing.TITLE
    if draft.starts_at is None:
        yield Missing.STARTS_AT
    if draft.chair is None:
        yield Missing.CHAIR
    if not draft.participants:
        yield Missing.PARTICIPANTS
    if not draft.items:
        yield Missing.ITEMS
    if not all(item.title.strip() for item in draft.items):
        yield Missing.ITEM_TITLE


def _missing_in_ballot(draft: BallotDraft, now: datetime) -> Iterator[Missing]:
    if not draft.subject.strip():
        yield Missing.SUBJECT
    if not draft.decided_by.strip():
        yield Missing.DECIDED_BY
    if not draft.deciding_note.strip():
        yield Missing.DECIDING_NOTE
    if not draft.questions or not all(question.text.strip() for question in draft.questions):
        yield Missing.QUESTIONS
    if not all(option.text.strip() for question in draft.questions for option in question.options):
        yield Missing.OPTIONS
    if not draft.electors:
        yield Missing.ELECTORS
    elif not _adds_up(draft):
        yield Missing.NUMBERS_IN_OFFICE
    if draft.rule.tie is TieRule.CHAIR and draft.chair is None:
        yield Missing.CHAIR
    if draft.deadline_at is None:
        yield Missing.DEADLINE
    elif draft.deadline_at <= now:
        yield Missing.DEADLINE_PAST


def _adds_up(draft: BallotDraft) -> bool:
    try:
        draft.electorate()
    except ValueError:
        return False
    return True
