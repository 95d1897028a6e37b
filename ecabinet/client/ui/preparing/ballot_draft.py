"""Preparing a ballot: what is asked of whom, by when, on what grounds, and how it will be counted.

What is typed is kept as one goes on; sending signs papers and ballot with one PIN.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from PySide6.QtWidgets import QWidget

from ecabinet.client.desk import Changes
from ecabinet.client.desk.preparing import BallotDraft, Missing, PreparedPaper
from ecabinet.client.desk.rules import usual_rules
from ecabinet.client.ui.outcome import basis
from ecabinet.client.ui.preparing.agenda import Dossier
from ecabinet.client.ui.preparing.drafting import DraftForm, DraftScreen, Opened, Papers
from ecabinet.client.ui.preparing.electorate import ElectorateForm
from ecabinet.client.ui.preparing.forms import FormCard, TitleField, beside, foot, named, page
from ecabinet.client.ui.preparing.questions import DisputedEditor, QuestionsEditor
from ecabinet.client.ui.preparing.taking import PaperTaker
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.widgets import ChoiceField, DateTimeField, Field, Muted, Text, TextArea, TextField
from ecabinet.client.ui.words import Names, number, say
from ecabinet.core.ballots import Priority
from ecabinet.core.codec import Identifier

_priority = Names("kit.priority", Priority)


class BallotDraftScreen(DraftScreen[BallotDraft]):
    """A ballot that is not sent yet."""

    def __init__(self, seat: Seat, draft: Identifier) -> None:
        super().__init__(seat, say("ballot_draft.title"), draft)

    def send_words(self) -> str:
        return say("ballot_draft.send")

    def read(self) -> BallotDraft:
        return self.seat.desk.preparing.ballot(self.id)

    def write(self, draft: BallotDraft) -> Changes:
        return self.seat.desk.preparing.keep_ballot(draft)

    def make_form(self, opened: Opened[BallotDraft]) -> DraftForm[BallotDraft]:
        return _Form(self, opened)

    def name_of(self, draft: BallotDraft) -> str:
        return draft.subject

    def read_back(self, draft: BallotDraft) -> Sequence[tuple[str, str]]:
        deadline = "" if draft.deadline_at is None else self.seat.times.exact(draft.deadline_at)
        questions, papers = number(len(draft.questions)), number(len(draft.papers))
        return (
            (say("ballot_draft.subject"), draft.subject),
            (say("ballot_draft.contents"), say("ballot_draft.contains", questions=questions, papers=papers)),
            (say("ballot_draft.electors"), say("ballot_draft.people", count=number(len(draft.electors)))),
            (say("ballot_draft.deadline"), deadline),
        )

    def consequence(self, draft: BallotDraft) -> str:  # noqa: ARG002 - the same for all
        return say("ballot_draft.send_consequence")


class _Form(DraftForm[BallotDraft]):
    """The ballot's sheet, in the order in which the Office's paper form has it."""

    def __init__(self, screen: BallotDraftScreen, opened: Opened[BallotDraft]) -> None:
        super().__init__(PaperTaker(screen, screen.seat, screen.id))
        draft = self._before = opened.draft
        self._screen, self._times = screen, screen.seat.times
        self._subject = named(TitleField(draft.subject, example=say("ballot_draft.subject_example")), "subject")
        self._subject.textChanged.connect(self.changed)
        self._submitter = self._line("submitter", draft.submitter, say("ballot_draft.submitter_example"))
        self._grounds = self._line("grounds", draft.grounds, say("ballot_draft.grounds_example"))
        self._decided_by = self._line("decided_by", draft.decided_by, say("ballot_draft.decided_by_example"))
        self._note = self._area("deciding_note", draft.deciding_note, lines=2)
        self._field = self._line("field", draft.field)
        self._specialist = self._line("specialist", draft.specialist)
        self._priority = named(ChoiceField(), "priority")
        for priority in Priority:
            self._priority.addItem(_priority(priority), priority)
        self._priority.setCurrentIndex(list(Priority).index(draft.priority))
        at = draft.deadline_at or self._times.clock()
        self._deadline = named(DateTimeField(self._times.zone, at), "deadline")
        self._usual_deadline: datetime | None = at
        self._summary = self._area("summary", draft.summary, lines=7)
        self._disputed = DisputedEditor(draft.disputed)
        self._questions = QuestionsEditor(draft.questions)
        self._electorate = ElectorateForm(draft, opened.people)
        self._dossier = Dossier()
        self._dossier.published = {paper.document: paper for paper in opened.published}
        self._dossier.show_dossier(draft.papers, {paper.document: paper for paper in opened.papers})
        self._lay_out()
        self._connect()
        self._show_deadline()

    def draft(self) -> BallotDraft:
        return self._electorate.filled_in(
            replace(
                self._before,
                subject=self._subject.value,
                submitter=self._submitter.value,
                grounds=self._grounds.value,
                decided_by=self._decided_by.value,
                deciding_note=self._note.value,
                field=self._field.value,
                specialist=self._specialist.value,
                priority=Priority(self._priority.currentData()),
                deadline_at=self._deadline.value,
                summary=self._summary.value,
                disputed=self._disputed.points(),
                questions=self._questions.questions(),
                papers=self._dossier.documents,
            )
        )

    def show_papers(self, papers: Papers) -> None:
        self._dossier.show_dossier(self._dossier.documents, papers)
        self.taker.show_papers(papers.values())

    def add_papers(self, papers: Sequence[PreparedPaper], into: Identifier | None) -> None:  # noqa: ARG002 - no items here
        self._dossier.add_papers(papers)
        self.taker.show_papers(self._dossier.papers.values())

    def go_to(self, missing: Missing) -> None:
        if missing in (Missing.QUESTIONS, Missing.OPTIONS):
            self._questions.go_to_lacking()
        elif missing is Missing.PAPER_TITLE:
            self._dossier.outline.go_to_untitled()
        else:
            super().go_to(missing)

    def take_in_place(self, paper: PreparedPaper) -> None:
        self._dossier.take_in_place(paper)

    def parts(self) -> Sequence[QWidget]:
        return (
            self._subject,
            self._decided_by,
            self._summary,
            self.taker,
            self._disputed,
            self._questions,
            self._electorate,
        )

    def _line(self, name: str, value: str, example: str = "") -> TextField:
        field = named(TextField(value, example=example), name)
        field.textChanged.connect(self.changed)
        return field

    def _area(self, name: str, value: str, *, lines: int) -> TextArea:
        field = named(TextArea(value, lines=lines), name)
        field.textChanged.connect(self.changed)
        return field

    def _lay_out(self) -> None:
        rule = self._before.rule
        subject = Field(say("ballot_draft.subject"), self._subject)
        decided_by = Field(say("ballot_draft.decided_by"), self._decided_by)
        note = Field(say("ballot_draft.deciding_note"), self._note)
        self._due = Field(say("ballot_draft.deadline"), self._deadline, help_text=" ")
        self.setLayout(
            page(
                FormCard(
                    say("ballot_draft.matter"),
                    subject,
                    Field(say("ballot_draft.submitter"), self._submitter),
                    Field(say("ballot_draft.grounds"), self._grounds),
                ),
                FormCard(say("ballot_draft.decision"), decided_by, note, help_text=say("ballot_draft.decision_help")),
                FormCard(
                    say("ballot_draft.handling"),
                    beside(Field(say("ballot_draft.priority"), self._priority), self._due),
                    Field(say("ballot_draft.field"), self._field),
                    Field(say("ballot_draft.specialist"), self._specialist),
                ),
                FormCard(say("ballot_draft.summary"), self._summary, help_text=say("ballot_draft.summary_help")),
                FormCard(say("ballot_draft.dossier"), self.taker, self._dossier),
                FormCard(say("ballot_draft.disputed"), self._disputed, help_text=say("ballot_draft.disputed_help")),
                FormCard(say("ballot_draft.questions"), self._questions, help_text=say("ballot_draft.questions_help")),
                FormCard(say("ballot_draft.electors"), self._electorate, actions=self._electorate.at_once),
                FormCard(say("ballot_draft.rule"), Text(rule.in_words), Muted(basis(rule))),
                foot(self._screen.discard),
            )
        )
        self._summary.setAccessibleName(say("ballot_draft.summary"))
        self.places = {
            Missing.SUBJECT: subject,
            Missing.DECIDED_BY: decided_by,
            Missing.DECIDING_NOTE: note,
            Missing.QUESTIONS: self._questions,
            Missing.OPTIONS: self._questions,
            Missing.ELECTORS: self._electorate,
            Missing.NUMBERS_IN_OFFICE: self._electorate.numbers,
            Missing.CHAIR: self._electorate,
            Missing.DEADLINE: self._due,
            Missing.DEADLINE_PAST: self._due,
            Missing.PAPER_TITLE: self._dossier,
        }
        self.setFocusProxy(self._subject)

    def _connect(self) -> None:
        for changed in (
            self._priority.currentIndexChanged,
            self._deadline.dateTimeChanged,
            self._questions.changed,
            self._disputed.changed,
            self._electorate.changed,
            self._dossier.changed,
        ):
            changed.connect(self.changed)
        self._deadline.dateTimeChanged.connect(self._show_deadline)
        self._priority.activated.connect(self._propose_deadline)
        self._submitter.editingFinished.connect(lambda: self._electorate.propose(self._submitter.value))
        self._dossier.opened.connect(self.paper_opened)
        self._dossier.paper_renamed.connect(self.paper_renamed)
        self._dossier.to_take_out.connect(self.paper_to_take_out)
        self._dossier.given_files.connect(self.taker.take)

    def _show_deadline(self) -> None:
        at = self._deadline.value
        if at > self._times.clock():
            self._due.clear_error()
            self._due.explain(self._times.left(at))
        else:
            self._due.fail(say("ballot_draft.past"))

    def _propose_deadline(self) -> None:
        """The usual deadline for another priority, unless somebody has chosen one."""
        if self._deadline.value != self._usual_deadline:
            return

        def show(at: datetime) -> None:
            self._usual_deadline = at
            self._deadline.show_time(at)

        priority, now = Priority(self._priority.currentData()), self._times.clock()
        zone = ZoneInfo(self._screen.seat.me.time_zone)
        self._screen.ask(say("preparing.opening"), lambda _: usual_rules().deadline(priority, now, zone), show)
