"""Meetings as their participants have them: the agenda is the spine, papers stand inside it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ecabinet.client.desk.papers import PaperLine
from ecabinet.core.codec import Identifier, Name


class Phase(StrEnum):
    """What a meeting's card is for."""

    BEFORE = "before"
    TODAY = "today"
    AFTER = "after"


class ItemState(StrEnum):
    """The dot beside an agenda item."""

    UNREAD = "unread"
    READ = "read"
    NOTED = "noted"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingLine:
    """A meeting in a list."""

    meeting: Identifier
    revision: int
    title: str
    starts_at: datetime
    place: str
    phase: Phase
    papers: int
    unread_papers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    person: Name
    office: str
    is_chair: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """One matter of the agenda. Papers withheld from this person are not listed."""

    item: Identifier
    number: int
    title: str
    agency: str
    state: ItemState
    papers: tuple[PaperLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingView:
    line: MeetingLine
    participants: tuple[Participant, ...]
    items: tuple[ItemView, ...]
    sent_at: datetime
    """When the server accepted this revision."""


class Meetings:
    """The meetings this person takes part in, or prepares."""

    def all(self) -> tuple[MeetingLine, ...]:
        """Those ahead first, the soonest on top; then those past, the latest on top."""
        raise NotImplementedError

    def one(self, meeting: Identifier) -> MeetingView:
        """The latest revision. Raises NotHere."""
        raise NotImplementedError
