"""Meetings as their participants have them: the agenda is the spine, papers stand inside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

from sqlalchemy import Connection, select

from ecabinet.client.desk.errors import NotHere
from ecabinet.client.desk.papers import PaperLine, Papers, Presence, Reading
from ecabinet.client.desk.unlocked import Unlocked
from ecabinet.client.vault import schema
from ecabinet.core.codec import Identifier, Name
from ecabinet.core.envelope import parse
from ecabinet.core.meetings import AgendaItem, DocumentReference, MeetingSent

_Papers: TypeAlias = Mapping[DocumentReference, PaperLine]


class Phase(StrEnum):
    """What a meeting's card is for."""

    BEFORE = "before"
    TODAY = "today"
    AFTER = "after"


class ItemState(StrEnum):
    """The dot beside an agenda item."""

    UNREAD = "unread"
    BEGUN = "begun"
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
    new_papers: int
    """Never opened in this version."""
    unread_papers: int
    """Those, and the ones of which not every page was in view."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """Somebody who takes part, by office."""

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
    """All of one meeting."""

    line: MeetingLine
    participants: tuple[Participant, ...]
    items: tuple[ItemView, ...]
    sent_at: datetime
    """When the server accepted this revision."""


class Meetings:
    """The meetings this person takes part in, or prepares."""

    def __init__(self, unlocked: Unlocked, papers: Papers) -> None:
        self._unlocked, self._papers = unlocked, papers

    def all(self) -> tuple[MeetingLine, ...]:
        """Those of today and ahead first, the soonest on top; then those past, the latest on top."""
        return self._unlocked.vault.do(self.lines)

    def one(self, meeting: Identifier) -> MeetingView:
        """The latest revision. Raises NotHere."""
        return self._unlocked.vault.do(lambda db: self._one(db, meeting))

    def lines(self, db: Connection) -> tuple[MeetingLine, ...]:
        asked = select(schema.meetings).where(schema.meetings.c.body == self._unlocked.body)
        rows = db.execute(asked.order_by(schema.meetings.c.starts_at)).all()
        meetings = [(row, _sent(db, row.statement)) for row in rows]
        papers = self._as_sent(db, [sent for _, sent in meetings])
        lines = [self._line(db, row, sent, papers) for row, sent in meetings]
        ahead = [line for line in lines if line.phase is not Phase.AFTER]
        return (*ahead, *reversed([line for line in lines if line.phase is Phase.AFTER]))

    def _one(self, db: Connection, meeting: Identifier) -> MeetingView:
        row = db.execute(select(schema.meetings).where(schema.meetings.c.meeting == meeting)).one_or_none()
        said = schema.statements.c
        if row is None:
            raise NotHere
        sent_at = db.execute(select(said.accepted_at).where(said.id == row.statement)).scalar_one()
        sent = _sent(db, row.statement)
        papers = self._as_sent(db, [sent])
        return MeetingView(
            line=self._line(db, row, sent, papers),
            participants=tuple(
                Participant(person=person, office=self._unlocked.office_of(db, person), is_chair=person == sent.chair)
                for person in sent.participants
            ),
            items=tuple(_item(each, papers) for each in sent.items),
            sent_at=sent_at,
        )

    def _as_sent(self, db: Connection, meetings: Sequence[MeetingSent]) -> _Papers:
        """The papers that these meetings name and that are this person's to read."""
        items = [(sent, item) for sent in meetings for item in sent.items]
        mine = {
            each for sent, item in items if self._unlocked.person in sent.readers_of(item) for each in item.documents
        }
        named = {each for _, item in items for each in item.documents}
        papers = self._papers.as_sent(db, named)
        return {each: line for each, line in papers.items() if each in mine or line.presence is not Presence.OTHER}

    def _line(self, db: Connection, row: Any, sent: MeetingSent, papers: _Papers) -> MeetingLine:
        named = {each for item in sent.items for each in item.documents}
        here = [papers[each] for each in named if each in papers]
        return MeetingLine(
            meeting=row.meeting,
            revision=row.revision,
            title=row.title,
            starts_at=row.starts_at,
            place=row.place,
            phase=self._phase(db, row.starts_at),
            papers=len(here),
            new_papers=sum(paper.is_new for paper in here),
            unread_papers=sum(paper.reading is not Reading.READ for paper in here),
        )

    def _phase(self, db: Connection, starts_at: datetime) -> Phase:
        zone, now = self._unlocked.zone(db), self._unlocked.sync.now()
        if starts_at.astimezone(zone).date() == now.astimezone(zone).date():
            return Phase.TODAY
        return Phase.BEFORE if starts_at > now else Phase.AFTER


def meeting_sent(db: Connection, meeting: Identifier) -> MeetingSent:
    """The latest revision. Raises NotHere."""
    statement = db.scalar(select(schema.meetings.c.statement).where(schema.meetings.c.meeting == meeting))
    if statement is None:
        raise NotHere
    return _sent(db, statement)


def _sent(db: Connection, statement: Identifier) -> MeetingSent:
    said = schema.statements.c
    sent = parse(db.execute(select(said.statement).where(said.id == statement)).scalar_one())
    if not isinstance(sent, MeetingSent):
        raise NotHere
    return sent


def _item(item: AgendaItem, known: _Papers) -> ItemView:
    papers = tuple(known[each] for each in item.documents if each in known)
    if any(paper.notes for paper in papers):
        state = ItemState.NOTED
    elif all(paper.reading is Reading.READ for paper in papers):
        state = ItemState.READ
    else:
        state = ItemState.UNREAD if all(paper.is_new for paper in papers) else ItemState.BEGUN
    return ItemView(
        item=item.item, number=item.number, title=item.title, agency=item.agency, state=state, papers=papers
    )
