"""Preparing a ballot: what is asked of whom, by when, on what grounds, and how it will be counted.

What is typed is kept as one goes on; sending signs papers and ballot with one PIN.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QGridLayout, QWidget

from ecabinet.client.desk import Changes
from ecabinet.client.desk.enrolments import PersonLine
from ecabinet.client.desk.preparing import BallotDraft, Missing, PreparedPaper
from ecabinet.client.ui.explanations import explain
from ecabinet.client.ui.preparing.questions import DisputedEditor, QuestionsEditor
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
    Field,
    Key,
    Kind,
    Muted,
    Row,
    RowList,
    Text,
    TextArea,
    TextField,
    column,
    row,
    scrolled,
)
from ecabinet.client.ui.words import Names, number, say, size
from ecabinet.core.ballots import Elector, Priority
from ecabinet.core.codec import Identifier
from ecabinet.core.people import Role

_KEEP_AFTER_MS = 400
_VOTING = frozenset({Role.CHAIR, Role.MEMBER})
_USUAL_TIME = timedelta(days=5)
_priority = Names("kit.priority", Priority)


@dataclass(frozen=True, slots=True)
class _Loaded:
    draft: BallotDraft
    papers: tuple[PreparedPaper, ...]
    people: tuple[PersonLine, ...]


class BallotDraftScreen(Screen):
    """A ballot that is not sent yet."""

    nouns: ClassVar[frozenset[str]] = frozenset({"drafts"})

    def __init__(self, seat: Seat, draft: Identifier) -> None:
        super().__init__(seat.background, say("ballot_draft.title"))
        self._seat, self._id = seat, draft
        self._draft: BallotDraft | None = None
        self._papers: dict[Identifier, PreparedPaper] = {}
        self._form: _Form | None = None
        self._keeper = QTimer(self, singleShot=True, interval=_KEEP_AFTER_MS)
        self._keeper.timeout.connect(self._keep_form)

    def load(self) -> None:
        desk = self._seat.desk
        self.ask(
            say("preparing.opening"),
            lambda _: _Loaded(
                desk.preparing.ballot(self._id), desk.preparing.papers(self._id), desk.enrolments.people()
            ),
            self._show,
        )

    def panes(self) -> Sequence[QWidget]:
        return () if self._form is None else (self._form,)

    def keys(self) -> Sequence[Key]:
        return (Key(keys="Ctrl+Return", name=say("ballot_draft.send"), act=self._send),)

    def explain(self, error: Exception) -> Explanation:
        return explain_missing(error) or explain(error) or super().explain(error)

    def _show(self, loaded: _Loaded) -> None:
        self._draft = loaded.draft
        self._papers = {paper.document: paper for paper in loaded.papers}
        self.retitle(say("ballot_draft.title"), loaded.draft.subject)
        if self._form is None:
            self._form = _Form(self, self._seat, loaded)
            self._form.changed.connect(self._keeper.start)
            self._form.send.clicked.connect(self._send)
            self._form.discard.clicked.connect(self._discard)
            self._form.taker.taken.connect(self._add_papers)
            self._form.papers.opened.connect(self._open_paper)
            self.show_content(scrolled(self._form))
        self._form.show_papers(loaded.draft, self._papers)

    def _keep_form(self) -> None:
        if self._draft is not None and self._form is not None:
            self._keep(self._form.filled_in(self._draft))

    def _keep(self, draft: BallotDraft) -> None:
        self._draft = draft
        self.ask(say("preparing.keeping"), lambda _: self._seat.desk.preparing.keep_ballot(draft), self._seat.changed)

    def _add_papers(self, papers: tuple[PreparedPaper, ...]) -> None:
        if self._draft is not None and self._form is not None:
            added = tuple(paper.document for paper in papers)
            self._keep(replace(self._form.filled_in(self._draft), papers=(*self._draft.papers, *added)))

    def _open_paper(self, document: str) -> None:
        if document in self._papers:
            PaperSheet(self, self._seat, self._id, self._papers[document], lambda: self._remove_paper(document)).open()

    def _remove_paper(self, document: Identifier) -> None:
        if self._draft is None or self._form is None:
            return
        papers = tuple(each for each in self._draft.papers if each != document)
        draft, preparing = replace(self._form.filled_in(self._draft), papers=papers), self._seat.desk.preparing
        self.ask(
            say("preparing.keeping"),
            lambda _: preparing.keep_ballot(draft) | preparing.remove_paper(self._id, document),
            self._seat.changed,
        )

    def _send(self) -> None:
        if self._draft is None or self._form is None:
            return
        self._keeper.stop()
        draft, preparing = self._form.filled_in(self._draft), self._seat.desk.preparing

        def keep() -> tuple[Changes, tuple[Missing, ...]]:
            return preparing.keep_ballot(draft), preparing.missing(self._id)

        self.ask(say("preparing.keeping"), lambda _: keep(), lambda kept: self._ask_pin(draft, kept))

    def _ask_pin(self, draft: BallotDraft, kept: tuple[Changes, tuple[Missing, ...]]) -> None:
        changes, missing = kept
        self._seat.changed(changes)
        consequence = ""
        if draft.deadline_at is not None:
            consequence = say(
                "ballot_draft.send_consequence",
                electors=number(len(draft.electors)),
                deadline=self._seat.times.exact(draft.deadline_at),
            )
        send_sheet(self, self._seat, self._id, missing, title=say("ballot_draft.send"), consequence=consequence)

    def _discard(self) -> None:
        def gone(changes: Changes) -> None:
            self._seat.changed(changes)
            self.leaves.emit()

        self.ask(say("preparing.keeping"), lambda _: self._seat.desk.preparing.discard(self._id), gone)


class _Form(QWidget):
    """The ballot's sheet, in the order in which the Office's paper form has it."""

    def __init__(self, screen: BallotDraftScreen, seat: Seat, loaded: _Loaded) -> None:
        super().__init__()
        draft = loaded.draft
        self._people = loaded.people
        self._changed = QTimer(self, singleShot=True, interval=0)
        self.changed = self._changed.timeout
        self._subject = self._text("subject", draft.subject)
        self._submitter = self._text("submitter", draft.submitter)
        self._grounds = self._text("grounds", draft.grounds)
        self._decided_by = self._text("decided_by", draft.decided_by)
        self._note = self._text("deciding_note", draft.deciding_note)
        self._field = self._text("field", draft.field)
        self._specialist = self._text("specialist", draft.specialist)
        self._priority = ChoiceField()
        self._priority.setObjectName("priority")
        for priority in Priority:
            self._priority.addItem(_priority(priority), priority)
        self._priority.setCurrentIndex(list(Priority).index(draft.priority))
        deadline = draft.deadline_at or seat.times.clock() + _USUAL_TIME
        self._deadline = DateTimeField(seat.times.zone, deadline)
        self._deadline.setObjectName("deadline")
        self._summary = TextArea(draft.summary, lines=6)
        self._summary.setObjectName("summary")
        self._disputed = DisputedEditor(draft.disputed)
        self._questions = QuestionsEditor(draft.questions)
        voting = [person for person in loaded.people if any(grant.role in _VOTING for grant in person.grants)]
        self._electors, boxes = people_boxes(voting, [elector.person for elector in draft.electors])
        self.taker = PaperTaker(screen, seat, draft.ballot)
        self.papers = RowList(say("ballot_draft.papers"))
        self.papers.setObjectName("ballot_papers")
        self.discard = Button(say("preparing.discard"), Kind.DANGER)
        self.discard.setObjectName("discard")
        self.send = Button(say("ballot_draft.send"), Kind.PRIMARY, hint="Ctrl+Enter")
        self.send.setObjectName("send")
        self._lay_out(boxes, draft)
        self._priority.currentIndexChanged.connect(self._changed.start)
        self._deadline.dateTimeChanged.connect(self._changed.start)
        self._summary.textChanged.connect(self._changed.start)
        self._questions.changed.connect(self._changed.start)
        self._disputed.changed.connect(self._changed.start)
        for box in self._electors.values():
            box.toggled.connect(self._changed.start)
        self.setFocusProxy(self._subject)

    def filled_in(self, draft: BallotDraft) -> BallotDraft:
        """The draft with what stands in the form."""
        offices = {person.person: person.office for person in self._people}
        chairs = {person.person for person in self._people if any(g.role is Role.CHAIR for g in person.grants)}
        before = {elector.person: elector for elector in draft.electors}
        electors = tuple(
            before.get(person) or Elector(person=person, office=offices[person], proposed=False)
            for person, box in self._electors.items()
            if box.isChecked()
        )
        chair = next((elector.person for elector in electors if elector.person in chairs), None)
        return replace(
            draft,
            subject=self._subject.value,
            submitter=self._submitter.value,
            grounds=self._grounds.value,
            decided_by=self._decided_by.value,
            deciding_note=self._note.value,
            field=self._field.value,
            specialist=self._specialist.value,
            priority=self._priority.currentData(),
            deadline_at=self._deadline.value,
            summary=self._summary.value,
            disputed=self._disputed.points(),
            questions=self._questions.questions(),
            electors=electors,
            chair=chair,
            statutory=max(draft.statutory, len(electors) + draft.vacant),
        )

    def show_papers(self, draft: BallotDraft, papers: dict[Identifier, PreparedPaper]) -> None:
        rows = [
            Row(
                key=paper.document,
                title=paper.title or paper.file_name,
                detail=" · ".join(filter(None, (paper.number, paper.agency, size(paper.size)))),
                icon="file-text",
            )
            for paper in (papers[document] for document in draft.papers if document in papers)
        ]
        self.papers.setVisible(bool(rows))
        self.papers.show_rows(rows)
        self.papers.setMinimumHeight(min(80 * len(rows), 320))

    def _text(self, name: str, value: str) -> TextField:
        field = TextField(value)
        field.setObjectName(name)
        field.textChanged.connect(self._changed.start)
        return field

    def _lay_out(self, boxes: QGridLayout, draft: BallotDraft) -> None:
        particulars = Card(
            say("ballot_draft.particulars"),
            Field(say("ballot_draft.subject"), self._subject),
            row(
                Field(say("ballots.fact.submitter"), self._submitter),
                Field(say("ballots.fact.grounds"), self._grounds),
                gap=Space.LARGE,
            ),
            row(
                Field(say("ballot_draft.decided_by"), self._decided_by),
                Field(say("ballot_draft.deciding_note"), self._note),
                gap=Space.LARGE,
            ),
            row(
                Field(say("ballots.fact.field"), self._field),
                Field(say("ballots.fact.specialist"), self._specialist),
                gap=Space.LARGE,
            ),
            row(
                Field(say("ballot_draft.priority"), self._priority),
                Field(say("ballots.fact.deadline"), self._deadline),
                gap=Space.LARGE,
            ),
        )
        self.setLayout(
            column(
                particulars,
                Card(say("ballots.summary"), self._summary),
                Card(say("ballots.disputed"), self._disputed),
                Card(say("ballot_draft.questions"), self._questions),
                Card(say("ballots.dossier"), self.taker, self.papers),
                Card(say("ballot_draft.electors"), boxes),
                Card(say("ballots.rule"), Text(draft.rule.in_words), Muted(draft.rule.legal_basis)),
                row(self.discard, None, self.send),
                gap=Space.LARGE,
                pad=Space.LARGE,
            )
        )
