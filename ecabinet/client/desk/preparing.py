"""Chuẩn bị họp và phiếu: drafts, sending them, watching a ballot, closing it, its result and its evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from ecabinet.client.desk.ballots import BallotLine
from ecabinet.client.desk.syncing import Report
from ecabinet.client.vault.changes import Changes
from ecabinet.core.ballots import Answer, Collation, DecisionRule, DisputedPoint, Elector, Priority, Question
from ecabinet.core.codec import Digest, Identifier, Name


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedPaper:
    """A file taken over: its bytes lie sealed in the vault; the original is not touched."""

    document: Identifier
    version: int
    """Above 1 when it will replace a published version."""
    digest: Digest
    size: int
    pages: int
    file_name: str
    """NFC, at most 120 characters, no path in it."""
    title: str
    number: str
    agency: str
    kind: Name
    what_changed: str


class PaperFlaw(StrEnum):
    """Why a file was not taken."""

    NOT_PDF = "not_pdf"
    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"
    NO_PAGES = "no_pages"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    MARKED_CLASSIFIED = "marked_classified"
    """A marking of secrecy stands on one of the first pages: it must not enter this system at all."""
    UNREADABLE = "unreadable"
    """The file could not be read: gone, no right, a folder."""
    ALREADY_HERE = "already_here"
    """The same bytes are in this draft."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedPaper:
    file_name: str
    flaw: PaperFlaw


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of the files dropped."""

    papers: tuple[PreparedPaper, ...]
    refused: tuple[RefusedPaper, ...]
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDraft:
    item: Identifier
    title: str
    agency: str
    papers: tuple[Identifier, ...]
    """Documents, in the order in which they stand."""
    readers: tuple[Name, ...] | None
    """None: all participants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingDraft:
    meeting: Identifier
    title: str
    starts_at: datetime | None
    place: str
    chair: Name | None
    participants: tuple[Name, ...]
    items: tuple[ItemDraft, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotDraft:
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
    vacant: int
    chair: Name | None
    papers: tuple[Identifier, ...]
    """Documents: those of this draft, or published ones."""
    rule: DecisionRule
    deadline_at: datetime | None
    shows_answers_before_own: bool


class DraftKind(StrEnum):
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


class Incomplete(Exception):  # noqa: N818 - says what is so
    """The draft can't be sent yet."""

    def __init__(self, missing: tuple[Missing, ...]) -> None:
        super().__init__(", ".join(missing))
        self.missing = missing


class SendStage(StrEnum):
    """How far something signed by the secretariat has come."""

    SIGNED = "signed"
    UPLOADING = "uploading"
    SENT = "sent"
    RECORDED = "recorded"
    REFUSED = "refused"


class ElectorStage(StrEnum):
    """Where an elector stands on a ballot."""

    ANSWERED = "answered"
    ANSWERED_LATE = "answered_late"
    WAITING = "waiting"
    NEARLY_DUE = "nearly_due"
    """Less than a working day is left."""
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectorLine:
    person: Name
    office: str
    stage: ElectorStage
    answers: tuple[Answer, ...]
    """Empty until answered."""
    remark: str
    accepted_at: datetime | None
    changes: int
    """How often the answer was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """Who has answered a ballot, as of the last sync."""

    line: BallotLine
    electors: tuple[ElectorLine, ...]
    answered: int
    sent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultDraft:
    """The result as recomputed here from the ledger's own entries, every one of them checked. `sign_result` signs just this."""

    ballot: Identifier
    statement: bytes
    collation: Collation
    electors: tuple[ElectorLine, ...]
    phrase: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A bundle, stored in the vault and on the server."""

    ballot: Identifier
    size: int
    digest: Digest
    includes_papers: bool
    made_at: datetime


class Preparing:
    """The secretariat's drafts and acts. What is signed goes through the outbox, papers first."""

    def drafts(self) -> tuple[DraftLine, ...]:
        """The latest changed first."""
        raise NotImplementedError

    def new_meeting(self) -> tuple[MeetingDraft, Changes]:
        raise NotImplementedError

    def revise_meeting(self, meeting: Identifier) -> tuple[MeetingDraft, Changes]:
        """A draft of the next revision of a meeting that was sent. Raises NotHere."""
        raise NotImplementedError

    def new_ballot(self) -> tuple[BallotDraft, Changes]:
        """With the body's usual rule, electorate (chair and members in office) and deadline filled in."""
        raise NotImplementedError

    def meeting(self, draft: Identifier) -> MeetingDraft:
        """Raises NotHere."""
        raise NotImplementedError

    def ballot(self, draft: Identifier) -> BallotDraft:
        """Raises NotHere."""
        raise NotImplementedError

    def keep_meeting(self, draft: MeetingDraft) -> Changes:
        raise NotImplementedError

    def keep_ballot(self, draft: BallotDraft) -> Changes:
        raise NotImplementedError

    def discard(self, draft: Identifier) -> Changes:
        """Forgets a draft and the papers taken over for it."""
        raise NotImplementedError

    def take_papers(self, draft: Identifier, files: Sequence[Path], report: Report) -> Taken:
        """*Pages lane.* Checks files and takes them over into a draft. Good ones are taken even when others are refused.

        `report` counts files. Titles and numbers are guessed from the file names, to be put right. Raises NotHere, StorageUnusable.
        """
        raise NotImplementedError

    def papers(self, draft: Identifier) -> tuple[PreparedPaper, ...]:
        raise NotImplementedError

    def keep_paper(self, draft: Identifier, paper: PreparedPaper) -> Changes:
        """Keeps title, number, agency, kind and what changed. Raises NotHere."""
        raise NotImplementedError

    def replace_paper(self, draft: Identifier, paper: Identifier, document: Identifier) -> Changes:
        """Makes a paper of the draft the next version of a published one. Raises NotHere."""
        raise NotImplementedError

    def remove_paper(self, draft: Identifier, paper: Identifier) -> Changes:
        raise NotImplementedError

    def missing(self, draft: Identifier) -> tuple[Missing, ...]:
        """What is still to be filled in. Empty: it can be sent."""
        raise NotImplementedError

    def send(self, draft: Identifier, pin: str) -> Changes:
        """Signs papers and meeting, or papers and ballot, with one PIN, and queues them: the uploads first.

        Raises Incomplete, WrongPin, KeyUnusable, StorageUnusable.
        """
        raise NotImplementedError

    def stage(self, thing: Identifier) -> SendStage | None:
        """How far the latest act on a meeting or ballot has come; None when nothing of it was signed here."""
        raise NotImplementedError

    def monitor(self, ballot: Identifier) -> Monitor:
        """Raises NotHere."""
        raise NotImplementedError

    def extend(self, ballot: Identifier, deadline_at: datetime, reason: str, pin: str) -> Changes:
        """Raises WrongPin, KeyUnusable, StorageUnusable, NotHere, ValueError for a deadline that is not later."""
        raise NotImplementedError

    def close(self, ballot: Identifier, reason: str, pin: str) -> Changes:
        """Raises WrongPin, KeyUnusable, StorageUnusable, NotHere."""
        raise NotImplementedError

    def result(self, ballot: Identifier) -> ResultDraft:
        """*Network.* Fetches the ballot's record, checks all of it against the ledger and recomputes. Signs nothing.

        Raises RemoteError and its kinds, NotHere, RecordDoubtful when the record does not prove right.
        """
        raise NotImplementedError

    def sign_result(self, result: ResultDraft, pin: str) -> Changes:
        """Raises WrongPin, KeyUnusable, StorageUnusable."""
        raise NotImplementedError

    def make_evidence(self, ballot: Identifier, pin: str, *, includes_papers: bool, report: Report) -> Evidence:
        """*Network.* Builds the bundle from a fresh record, signs its container, keeps it here and on the server.

        Raises RemoteError and its kinds, RecordDoubtful, WrongPin, KeyUnusable, StorageUnusable, NotHere.
        """
        raise NotImplementedError

    def evidence(self, ballot: Identifier) -> Evidence | None:
        raise NotImplementedError

    def save_evidence(self, ballot: Identifier, path: Path) -> None:
        """Writes the bundle to a file (`….asice`), whole or not at all. Raises NotHere, OSError."""
        raise NotImplementedError


class RecordDoubtful(Exception):  # noqa: N818 - says what is so
    """What the server gave as a ballot's record does not prove right; nothing was signed. `place` says where."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place
