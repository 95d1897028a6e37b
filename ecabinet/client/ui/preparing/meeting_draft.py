"""Preparing a meeting: its particulars, who takes part, and the agenda with papers dropped onto it.

What is typed is kept as one goes on; sending signs papers and meeting with one PIN.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import ClassVar, TypeVar

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from ecabinet.client.desk import Changes
from ecabinet.client.desk.enrolments import PersonLine
from ecabinet.client.desk.preparing import ItemDraft, MeetingDraft, Missing, PreparedPaper
from ecabinet.client.ui.explanations import explain
from ecabinet.client.ui.preparing.sending import explain_missing, people_boxes, send_sheet
from ecabinet.client.ui.preparing.taking import PaperSheet, PaperTaker
from ecabinet.client.ui.screen import Explanation, Screen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Space
from ecabinet.client.ui.widgets import (
    Button,
    Card,
    ChoiceField,
    DateTimeField,
    Entry,
    Field,
    Key,
    Kind,
    Row,
    RowList,
    Section,
    Sheet,
    TextField,
    TickBox,
    column,
    row,
    scrolled,
)
from ecabinet.client.ui.words import number, say, size
from ecabinet.core.codec import Identifier, Name
from ecabinet.core.envelope import new_id
from ecabinet.core.people import Role

_KEEP_AFTER_MS = 400
_SITTING = frozenset({Role.CHAIR, Role.MEMBER, Role.GUEST, Role.SECRETARY, Role.OFFICE_LEADER})


@dataclass(frozen=True, slots=True)
class _Loaded:
    draft: MeetingDraft
    papers: tuple[PreparedPaper, ...]
    people: tuple[PersonLine, ...]


class MeetingDraftScreen(Screen):
    """A meeting that is not sent yet, or the next revision of one that is."""

    nouns: ClassVar[frozenset[str]] = frozenset({"drafts"})

    def __init__(self, seat: Seat, draft: Identifier) -> None:
        super().__init__(seat.background, say("meeting_draft.title"))
        self._seat, self._id = seat, draft
        self._draft: MeetingDraft | None = None
        self._papers: dict[Identifier, PreparedPaper] = {}
        self._form: _Form | None = None
        self._keeper = QTimer(self, singleShot=True, interval=_KEEP_AFTER_MS)
        self._keeper.timeout.connect(self._keep_form)

    def load(self) -> None:
        desk = self._seat.desk
        self.ask(
            say("preparing.opening"),
            lambda _: _Loaded(
                desk.preparing.meeting(self._id), desk.preparing.papers(self._id), desk.enrolments.people()
            ),
            self._show,
        )

    def panes(self) -> Sequence[QWidget]:
        return () if self._form is None else (self._form, self._form.agenda)

    def keys(self) -> Sequence[Key]:
        return (Key(keys="Ctrl+Return", name=say("meeting_draft.send"), act=self._send),)

    def explain(self, error: Exception) -> Explanation:
        return explain_missing(error) or explain(error) or super().explain(error)

    def _show(self, loaded: _Loaded) -> None:
        self._draft = loaded.draft
        self._papers = {paper.document: paper for paper in loaded.papers}
        self.retitle(say("meeting_draft.title"), loaded.draft.title)
        if self._form is None:
            self._form = _Form(self, self._seat, loaded)
            self._form.changed.connect(self._keeper.start)
            self._form.send.clicked.connect(self._send)
            self._form.discard.clicked.connect(self._discard)
            self._form.new_item.clicked.connect(self._add_item)
            self._form.taker.taken.connect(self._place)
            self._form.agenda.opened.connect(self._open_row)
            self.show_content(scrolled(self._form))
        self._form.show_agenda(loaded.draft, self._papers)

    # ------------------------------------------------------------ keeping

    def _keep_form(self) -> None:
        if self._draft is not None and self._form is not None:
            self._keep(self._form.filled_in(self._draft))

    def _keep(self, draft: MeetingDraft) -> None:
        self._draft = draft
        self.ask(say("preparing.keeping"), lambda _: self._seat.desk.preparing.keep_meeting(draft), self._seat.changed)

    def _with_items(self, items: Sequence[ItemDraft]) -> None:
        if self._draft is not None and self._form is not None:
            self._keep(replace(self._form.filled_in(self._draft), items=tuple(items)))

    # ------------------------------------------------------------ the agenda

    def _place(self, papers: tuple[PreparedPaper, ...]) -> None:
        """Each paper that was dropped becomes an item of its own, to be put together as wanted."""
        if self._draft is None:
            return
        items = [
            ItemDraft(item=_new_id(), title=paper.title, agency=paper.agency, papers=(paper.document,), readers=None)
            for paper in papers
        ]
        self._with_items([*self._draft.items, *items])

    def _add_item(self) -> None:
        if self._draft is not None:
            item = ItemDraft(item=_new_id(), title="", agency="", papers=(), readers=None)
            self._with_items([*self._draft.items, item])
            self._open_item(item)

    def _open_row(self, key: str) -> None:
        if self._draft is None:
            return
        item = next((each for each in self._draft.items if each.item == key), None)
        if item is not None:
            self._open_item(item)
        elif key in self._papers:
            PaperSheet(self, self._seat, self._id, self._papers[key], lambda: self._remove_paper(key)).open()

    def _open_item(self, item: ItemDraft) -> None:
        if self._draft is not None:
            _ItemSheet(self, self._draft, item, self._papers, self._with_items).open()

    def _remove_paper(self, document: Identifier) -> None:
        if self._draft is None or self._form is None:
            return
        items = [
            replace(item, papers=tuple(paper for paper in item.papers if paper != document))
            for item in self._draft.items
        ]
        draft, preparing = replace(self._form.filled_in(self._draft), items=tuple(items)), self._seat.desk.preparing
        self.ask(
            say("preparing.keeping"),
            lambda _: preparing.keep_meeting(draft) | preparing.remove_paper(self._id, document),
            self._seat.changed,
        )

    # ------------------------------------------------------------ sending

    def _send(self) -> None:
        if self._draft is None or self._form is None:
            return
        self._keeper.stop()
        draft, preparing = self._form.filled_in(self._draft), self._seat.desk.preparing

        def keep() -> tuple[Changes, tuple[Missing, ...]]:
            return preparing.keep_meeting(draft), preparing.missing(self._id)

        self.ask(say("preparing.keeping"), lambda _: keep(), self._ask_pin)

    def _ask_pin(self, kept: tuple[Changes, tuple[Missing, ...]]) -> None:
        changes, missing = kept
        self._seat.changed(changes)
        send_sheet(
            self,
            self._seat,
            self._id,
            missing,
            title=say("meeting_draft.send"),
            consequence=say("meeting_draft.send_consequence", papers=number(len(self._papers))),
        )

    def _discard(self) -> None:
        def gone(changes: Changes) -> None:
            self._seat.changed(changes)
            self.leaves.emit()

        self.ask(say("preparing.keeping"), lambda _: self._seat.desk.preparing.discard(self._id), gone)


class _Form(QWidget):
    """Particulars, participants, papers and agenda, one below the other."""

    def __init__(self, screen: MeetingDraftScreen, seat: Seat, loaded: _Loaded) -> None:
        super().__init__()
        draft = loaded.draft
        self._changed = QTimer(self, singleShot=True, interval=0)
        self.changed = self._changed.timeout
        self._title = _named(TextField(draft.title), "meeting_title")
        self._starts_at = _named(DateTimeField(seat.times.zone, draft.starts_at or _tomorrow(seat)), "starts_at")
        self._place = _named(TextField(draft.place), "meeting_place")
        self._chair = _named(ChoiceField(), "chair")
        chairs = [person for person in loaded.people if any(grant.role is Role.CHAIR for grant in person.grants)]
        for person in chairs:
            self._chair.addItem(person.office, person.person)
        if draft.chair is not None:
            self._chair.setCurrentIndex(self._chair.findData(draft.chair))
        chosen = draft.participants or _usual(loaded.people)
        sitting = [person for person in loaded.people if any(grant.role in _SITTING for grant in person.grants)]
        self._participants, boxes = people_boxes(sitting, chosen)
        self.taker = PaperTaker(screen, seat, draft.meeting)
        self.agenda = RowList(say("meeting_draft.agenda"))
        self.agenda.setObjectName("agenda_draft")
        self.new_item = _named(Button(say("meeting_draft.new_item"), icon="clipboard-list"), "new_item")
        self.discard = _named(Button(say("preparing.discard"), Kind.DANGER), "discard")
        self.send = _named(Button(say("meeting_draft.send"), Kind.PRIMARY, hint="Ctrl+Enter"), "send")
        particulars = Card(
            say("meeting_draft.particulars"),
            Field(say("meeting_draft.name"), self._title),
            row(
                Field(say("meeting_draft.starts_at"), self._starts_at),
                Field(say("meeting_draft.place"), self._place),
                Field(say("meeting_draft.chair"), self._chair),
                gap=Space.LARGE,
            ),
        )
        self.setLayout(
            column(
                particulars,
                Card(say("meeting_draft.participants"), boxes),
                Card(say("meeting_draft.agenda"), self.taker, self.agenda, actions=(self.new_item,)),
                row(self.discard, None, self.send),
                gap=Space.LARGE,
                pad=Space.LARGE,
            )
        )
        self._title.textChanged.connect(self._changed.start)
        self._place.textChanged.connect(self._changed.start)
        self._starts_at.dateTimeChanged.connect(self._changed.start)
        self._chair.currentIndexChanged.connect(self._changed.start)
        for box in self._participants.values():
            box.toggled.connect(self._changed.start)
        self.setFocusProxy(self._title)

    def filled_in(self, draft: MeetingDraft) -> MeetingDraft:
        """The draft with what stands in the form."""
        return replace(
            draft,
            title=self._title.value,
            starts_at=self._starts_at.value,
            place=self._place.value,
            chair=self._chair.currentData(),
            participants=tuple(person for person, box in self._participants.items() if box.isChecked()),
        )

    def show_agenda(self, draft: MeetingDraft, papers: dict[Identifier, PreparedPaper]) -> None:
        entries: list[Entry] = []
        for place, item in enumerate(draft.items, 1):
            title = item.title or say("preparing.untitled")
            heading = say("meeting_draft.item", number=place, title=title)
            entries.append(Row(key=item.item, title=heading, detail=item.agency, icon="clipboard-list"))
            entries += [_paper_row(papers[document]) for document in item.papers if document in papers]
        placed = {document for item in draft.items for document in item.papers}
        if loose := [paper for document, paper in papers.items() if document not in placed]:
            entries += [Section(title=say("meeting_draft.loose")), *map(_paper_row, loose)]
        self.agenda.setVisible(bool(entries))
        self.agenda.show_rows(entries)
        self.agenda.setMinimumHeight(min(80 * len(entries), 560))


class _ItemSheet(Sheet):
    """Title and agency of an item, its place, its papers."""

    def __init__(
        self,
        over: Screen,
        draft: MeetingDraft,
        item: ItemDraft,
        papers: dict[Identifier, PreparedPaper],
        keep: Callable[[Sequence[ItemDraft]], None],
    ) -> None:
        self._items, self._item, self._keep = list(draft.items), item, keep
        self._title = _named(TextField(item.title), "item_title")
        self._agency = _named(TextField(item.agency), "item_agency")
        self._place = _named(ChoiceField(), "item_place")
        for place in range(1, max(len(draft.items), 1) + 1):
            self._place.addItem(str(place), place - 1)
        known = [place for place, each in enumerate(self._items) if each.item == item.item]
        self._place.setCurrentIndex(known[0] if known else len(self._items) - 1)
        elsewhere = {document for each in draft.items if each.item != item.item for document in each.papers}
        self._ticks = {
            document: TickBox(paper.title or paper.file_name)
            for document, paper in papers.items()
            if document in item.papers or document not in elsewhere
        }
        for document, tick in self._ticks.items():
            tick.setChecked(document in item.papers)
        remove = Button(say("meeting_draft.remove_item"), Kind.DANGER)
        remove.clicked.connect(self.reject)
        remove.clicked.connect(self._remove)
        leave = Button(say("signing.leave"))
        leave.clicked.connect(self.reject)
        done = _named(Button(say("taking.keep"), Kind.PRIMARY), "keep_item")
        done.clicked.connect(self.accept)
        super().__init__(
            over,
            say("meeting_draft.one_item"),
            Field(say("meeting_draft.item_title"), self._title),
            Field(say("taking.agency"), self._agency),
            Field(say("meeting_draft.item_place"), self._place),
            *self._ticks.values(),
            buttons=(remove, leave, done),
        )
        self.accepted.connect(self._keep_item)
        self._title.setFocus()

    def _keep_item(self) -> None:
        kept = replace(
            self._item,
            title=self._title.value,
            agency=self._agency.value,
            papers=tuple(document for document, tick in self._ticks.items() if tick.isChecked()),
        )
        others = [each for each in self._items if each.item != self._item.item]
        others.insert(self._place.currentData(), kept)
        self._keep(others)

    def _remove(self) -> None:
        self._keep([each for each in self._items if each.item != self._item.item])


Control = TypeVar("Control", bound=QWidget)


def _named(control: Control, name: str) -> Control:
    control.setObjectName(name)
    return control


def _paper_row(paper: PreparedPaper) -> Row:
    pages = say("taking.pages", pages=number(paper.pages))
    detail = " · ".join(filter(None, (paper.number, paper.agency, pages, size(paper.size))))
    return Row(key=paper.document, title=paper.title or paper.file_name, detail=detail, icon="file-text")


def _usual(people: Sequence[PersonLine]) -> tuple[Name, ...]:
    sits = {Role.CHAIR, Role.MEMBER}
    return tuple(person.person for person in people if any(grant.role in sits for grant in person.grants))


def _tomorrow(seat: Seat) -> datetime:
    """Eight in the morning: when meetings begin, unless somebody says otherwise."""
    day = seat.times.clock().astimezone(seat.times.zone).date() + timedelta(days=1)
    return datetime.combine(day, time(8), tzinfo=seat.times.zone)


def _new_id() -> Identifier:
    return new_id(datetime.now(UTC))
