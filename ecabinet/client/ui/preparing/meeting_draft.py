"""Preparing a meeting: its particulars, who takes part, and the agenda with papers dropped onto it.

What is typed is kept as one goes on; sending signs papers and meeting with one PIN.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

from PySide6.QtWidgets import QWidget

from ecabinet.client.desk import Changes
from ecabinet.client.desk.enrolments import PersonLine
from ecabinet.client.desk.errors import NotHere
from ecabinet.client.desk.meetings import MeetingView
from ecabinet.client.desk.preparing import ItemDraft, MeetingDraft, Missing, PreparedPaper
from ecabinet.client.ui import theme
from ecabinet.client.ui.preparing import arranging
from ecabinet.client.ui.preparing.agenda import Agenda, arranging_keys, new_identifier
from ecabinet.client.ui.preparing.drafting import DraftForm, DraftScreen, Opened, Papers
from ecabinet.client.ui.preparing.forms import FormCard, TitleField, beside, foot, named, page
from ecabinet.client.ui.preparing.people import SITTING, People, has_role, office_of
from ecabinet.client.ui.preparing.taking import PaperTaker
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Space
from ecabinet.client.ui.times import Times
from ecabinet.client.ui.widgets import (
    Button,
    ChoiceField,
    DateTimeField,
    Field,
    Key,
    Kind,
    Muted,
    Sheet,
    TextField,
    row,
    scrolled,
)
from ecabinet.client.ui.words import number, say
from ecabinet.core.codec import Identifier, Name
from ecabinet.core.people import Role

_TAKING_PART = SITTING | {Role.GUEST, Role.SECRETARY, Role.OFFICE_LEADER}
_BEGINS_AT = time(8)
"""When meetings begin, unless somebody says otherwise."""
_FRIDAY = 4


class MeetingDraftScreen(DraftScreen[MeetingDraft]):
    """A meeting that is not sent yet, or the next revision of one that is."""

    def __init__(self, seat: Seat, draft: Identifier) -> None:
        super().__init__(seat, say("meeting_draft.title"), draft)

    def send_words(self) -> str:
        return say("meeting_draft.send") if self.sent is None else say("meeting_draft.send_revision")

    def sent_before(self) -> MeetingView | None:
        try:
            return self.seat.desk.meetings.one(self.id)
        except NotHere:
            return None

    def read(self) -> MeetingDraft:
        return self.seat.desk.preparing.meeting(self.id)

    def write(self, draft: MeetingDraft) -> Changes:
        return self.seat.desk.preparing.keep_meeting(draft)

    def make_form(self, opened: Opened[MeetingDraft]) -> DraftForm[MeetingDraft]:
        return _Form(self, opened)

    def name_of(self, draft: MeetingDraft) -> str:
        return draft.title

    def keys(self) -> Sequence[Key]:
        return (
            *super().keys(),
            Key(keys="Ctrl+I", name=say("meeting_draft.new_item"), act=self._add_item),
            *arranging_keys(),
        )

    def read_back(self, draft: MeetingDraft) -> Sequence[tuple[str, str]]:
        when = "" if draft.starts_at is None else self.seat.times.exact(draft.starts_at)
        items, papers = number(len(draft.items)), number(len(self.papers))
        return (
            (say("meeting_draft.name"), draft.title),
            (say("meeting_draft.starts_at"), when),
            (say("meeting_draft.agenda_short"), say("meeting_draft.contents", items=items, papers=papers)),
            (say("meeting_draft.participants"), say("meeting_draft.people", count=number(len(draft.participants)))),
        )

    def consequence(self, draft: MeetingDraft) -> str:  # noqa: ARG002 - the same for all
        if self.sent is None:
            return say("meeting_draft.send_consequence")
        when, following = self.seat.times.exact(self.sent.sent_at), number(self.sent.line.revision + 1)
        return say("meeting_draft.revision_consequence", number=following, when=when)

    def _add_item(self) -> None:
        if isinstance(self.form, _Form):
            self.form.add_item()


class _Form(DraftForm[MeetingDraft]):
    """Particulars, who takes part, papers and agenda, one below the other."""

    def __init__(self, screen: MeetingDraftScreen, opened: Opened[MeetingDraft]) -> None:
        super().__init__(PaperTaker(screen, screen.seat, screen.id))
        draft = self._before = opened.draft
        self._screen, self._times = screen, screen.seat.times
        self._people = {person.person: person for person in opened.people}
        self._title = named(TextField(draft.title, example=say("meeting_draft.name_example")), "meeting_title")
        self._starts_at = named(
            DateTimeField(self._times.zone, draft.starts_at or _next_morning(self._times)), "starts_at"
        )
        self._place = named(TextField(draft.place, example=say("meeting_draft.place_example")), "meeting_place")
        self._chair = named(ChoiceField(), "chair")
        for person in opened.people:
            if has_role(person, frozenset({Role.CHAIR})):
                self._chair.addItem(office_of(person), person.person)
        if draft.chair is not None:
            self._chair.setCurrentIndex(self._chair.findData(draft.chair))
        taking_part = [person for person in opened.people if has_role(person, _TAKING_PART)]
        self._participants = People(taking_part, draft.participants or _usual(opened.people))
        self._agenda = Agenda()
        self._agenda.published = {paper.document: paper for paper in opened.published}
        self._agenda.show_agenda(draft.items, {paper.document: paper for paper in opened.papers})
        self._new_item = named(Button(say("meeting_draft.new_item"), icon="plus", hint="Ctrl+I"), "new_item")
        self._lay_out()
        self._connect()
        self._show_when()

    def draft(self) -> MeetingDraft:
        return replace(
            self._before,
            title=self._title.value,
            starts_at=self._starts_at.value,
            place=self._place.value,
            chair=self._chair.currentData(),
            participants=self._participants.chosen,
            items=self._agenda.items,
        )

    def show_papers(self, papers: Papers) -> None:
        self._agenda.show_agenda(self._agenda.items, papers)
        self.taker.show_papers(papers.values())

    def add_papers(self, papers: Sequence[PreparedPaper], into: Identifier | None) -> None:
        self._agenda.add_papers(papers, into)
        self.taker.show_papers(self._agenda.papers.values())

    def go_to(self, missing: Missing) -> None:
        if missing in (Missing.ITEM_TITLE, Missing.PAPER_TITLE):
            self._agenda.outline.go_to_untitled()
        else:
            super().go_to(missing)

    def take_in_place(self, paper: PreparedPaper) -> None:
        self._agenda.take_in_place(paper)

    def parts(self) -> Sequence[QWidget]:
        return (self._title, self._agenda.outline if self._agenda.isVisible() else self.taker, self._participants)

    def _lay_out(self) -> None:
        self._when = Field(say("meeting_draft.starts_at"), self._starts_at, help_text=" ")
        title, chair = Field(say("meeting_draft.name"), self._title), Field(say("meeting_draft.chair"), self._chair)
        particulars = FormCard(
            say("meeting_draft.particulars"),
            title,
            beside(self._when, chair),
            Field(say("meeting_draft.place"), self._place),
        )
        people = FormCard(say("meeting_draft.participants"), self._participants, actions=self._participants.at_once)
        agenda = FormCard(
            say("meeting_draft.agenda"),
            self.taker,
            self._agenda,
            actions=(self._new_item,),
            help_text=say("meeting_draft.agenda_help"),
        )
        self.setLayout(page(particulars, agenda, people, foot(self._screen.discard)))
        self.places = {
            Missing.TITLE: title,
            Missing.STARTS_AT: self._when,
            Missing.CHAIR: chair,
            Missing.PARTICIPANTS: self._participants,
            Missing.ITEMS: self.taker,
            Missing.ITEM_TITLE: self._agenda,
            Missing.PAPER_TITLE: self._agenda,
            Missing.CHANGE: self,
        }
        self.setFocusProxy(self._title)

    def _connect(self) -> None:
        for changed in (
            self._title.textChanged,
            self._place.textChanged,
            self._starts_at.dateTimeChanged,
            self._chair.currentIndexChanged,
            self._participants.changed,
            self._agenda.changed,
        ):
            changed.connect(self.changed)
        self._starts_at.dateTimeChanged.connect(self._show_when)
        self._new_item.clicked.connect(self.add_item)
        self._agenda.opened.connect(self._open)
        self._agenda.paper_renamed.connect(self.paper_renamed)
        self._agenda.to_take_out.connect(self.paper_to_take_out)
        self._agenda.given_files.connect(self.taker.take)

    def _show_when(self) -> None:
        at = self._starts_at.value
        if at > self._times.clock():
            self._when.clear_error()
            self._when.explain(self._times.left(at))
        else:
            self._when.fail(say("meeting_draft.past"))

    def add_item(self) -> None:
        """Ask for the title of one more item."""
        item = ItemDraft(item=new_identifier(), title="", agency="", papers=(), readers=None)
        self._open_item(item)

    def _open(self, key: str) -> None:
        item = next((each for each in self._agenda.items if each.item == key), None)
        if item is not None:
            self._open_item(item)
        else:
            self.paper_opened.emit(key)

    def _open_item(self, item: ItemDraft) -> None:
        people = [self._people[each] for each in self._participants.chosen]
        _ItemSheet(self._screen, self._agenda, item, people).open()


class _ItemSheet(Sheet):
    """Title and agency of an item, its place, and who may read its papers."""

    def __init__(self, over: QWidget, agenda: Agenda, item: ItemDraft, people: Sequence[PersonLine]) -> None:
        self._agenda, self._item = agenda, item
        items = agenda.items
        known = next((place for place, each in enumerate(items) if each.item == item.item), None)
        self._title = named(TitleField(item.title), "item_title")
        self._agency = named(TextField(item.agency), "item_agency")
        self._place = named(ChoiceField(), "item_place")
        for place in range(len(items) + (known is None)):
            self._place.addItem(number(place + 1), place)
        self._place.setCurrentIndex(len(items) if known is None else known)
        self._readers = named(ChoiceField(), "item_readers")
        self._readers.addItem(say("meeting_draft.everyone"), None)
        self._readers.addItem(say("meeting_draft.some"), "some")
        self._readers.setCurrentIndex(item.readers is not None)
        self._some = People(people, item.readers or ())
        self._named = scrolled(self._some)
        self._named.setMinimumHeight(theme.px(200))
        self._named.setVisible(item.readers is not None)
        self._readers.currentIndexChanged.connect(self._show_people)
        leave = Button(say("signing.leave"))
        leave.clicked.connect(self.reject)
        done = named(Button(say("taking.keep"), Kind.PRIMARY), "keep_item")
        done.clicked.connect(self._keep)
        self._title.entered.connect(self._keep)
        self._agency.returnPressed.connect(self._keep)
        place_and_readers = row(
            Field(say("meeting_draft.item_place"), self._place),
            Field(say("meeting_draft.item_readers"), self._readers),
            gap=Space.LARGE,
        )
        place_and_readers.setStretch(1, 1)
        super().__init__(
            over,
            say("meeting_draft.one_item"),
            Field(say("meeting_draft.item_title"), self._title),
            Field(say("meeting_draft.item_agency"), self._agency),
            place_and_readers,
            self._named,
            Muted(say("meeting_draft.item_help")),
            buttons=(leave, done),
        )
        self._title.setFocus()

    def abandon(self) -> None:
        """What was written so far is kept."""
        if self._title.value:
            self._keep()
        else:
            super().abandon()

    def _show_people(self, choice: int) -> None:
        self._named.setVisible(bool(choice))
        self.adjustSize()

    def _keep(self) -> None:
        readers = self._some.chosen if self._readers.currentData() == "some" else None
        kept = replace(self._item, title=self._title.value, agency=self._agency.value, readers=readers)
        self._agenda.change(arranging.with_item(self._agenda.items, kept, self._place.currentData()))
        self._agenda.outline.go_to(kept.item)
        self.accept()


def _usual(people: Sequence[PersonLine]) -> tuple[Name, ...]:
    return tuple(person.person for person in people if has_role(person, SITTING))


def _next_morning(times: Times) -> datetime:
    """Of the next day from Monday to Friday."""
    day = times.clock().astimezone(times.zone).date() + timedelta(days=1)
    while day.weekday() > _FRIDAY:
        day += timedelta(days=1)
    return datetime.combine(day, _BEGINS_AT, tzinfo=times.zone)
