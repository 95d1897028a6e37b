"""What the screens of drafts have in common: keeping while one types, papers, what is missing, sending with one PIN.

After it was opened the form is what counts: it is kept a moment after each change, and at once when the screen is left.
What lies in the vault is only read again for papers.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar, Generic, TypeVar

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QWidget

from ecabinet.client.background import Call, Lane
from ecabinet.client.desk import Changes
from ecabinet.client.desk.enrolments import PersonLine
from ecabinet.client.desk.meetings import MeetingView
from ecabinet.client.desk.papers import PaperLine
from ecabinet.client.desk.preparing import BallotDraft, Incomplete, MeetingDraft, Missing, PreparedPaper
from ecabinet.client.ui.explanations import explain, refusal_happened, refusal_to_do
from ecabinet.client.ui.preparing.agenda import said_twin, twin_of
from ecabinet.client.ui.preparing.forms import told
from ecabinet.client.ui.preparing.paper_sheet import PaperSheet
from ecabinet.client.ui.preparing.send_bar import SendBar, listed
from ecabinet.client.ui.preparing.taking import PaperTaker
from ecabinet.client.ui.screen import Explanation, Screen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.signing import PinSheet
from ecabinet.client.ui.theme import Space, Tone
from ecabinet.client.ui.widgets import Button, Confirmation, Field, Footed, Key, Notice, boxed, column
from ecabinet.client.ui.words import number, say
from ecabinet.core.codec import Identifier
from ecabinet.core.protocol import Refusal

_KEEP_AFTER_MS = 400

Draft = TypeVar("Draft", bound=MeetingDraft | BallotDraft)
Papers = Mapping[Identifier, PreparedPaper]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(Generic[Draft]):
    """What a form begins with."""

    draft: Draft
    papers: tuple[PreparedPaper, ...]
    published: tuple[PaperLine, ...]
    """Those of its papers that were sent before."""
    people: tuple[PersonLine, ...]
    missing: tuple[Missing, ...]
    refusal: Refusal | None
    """It was sent before, and the server did not take it."""
    sent: MeetingView | None
    """The meeting as it was sent, of which this will be the next revision."""


class DraftForm(QWidget, Generic[Draft]):
    """What is filled in."""

    changed = Signal()
    paper_renamed = Signal(str, str)
    paper_opened = Signal(str)
    paper_to_take_out = Signal(str)

    def __init__(self, taker: PaperTaker) -> None:
        super().__init__()
        self.taker = taker
        self.places: dict[Missing, Field | QWidget] = {}
        """Where each thing that can be missing is filled in."""

    @abstractmethod
    def draft(self) -> Draft:
        """The draft as it stands in the form."""

    @abstractmethod
    def show_papers(self, papers: Papers) -> None:
        """Show papers in the order they have; one that is gone leaves it."""

    @abstractmethod
    def add_papers(self, papers: Sequence[PreparedPaper], into: Identifier | None) -> None:
        """Find a place for papers that have just come: into an item, or at the end."""

    @abstractmethod
    def take_in_place(self, paper: PreparedPaper) -> None:
        """A paper has become the next version of one that stands in the form already."""

    def go_to(self, missing: Missing) -> None:
        """Take the keyboard to where something that is missing is filled in."""
        self.places[missing].setFocus()

    def parts(self) -> Sequence[QWidget]:
        """In the order in which F6 visits them."""
        return (self,)


class DraftScreen(Screen, Generic[Draft]):
    """A draft being filled in, with the bar that sends it below."""

    nouns: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, seat: Seat, title: str, draft: Identifier) -> None:
        super().__init__(seat.background, title)
        self.seat, self.id = seat, draft
        self.papers: dict[Identifier, PreparedPaper] = {}
        self.published: dict[Identifier, PaperLine] = {}
        self.sent: MeetingView | None = None
        self._name = title
        self.form: DraftForm[Draft] | None = None
        self._bar = SendBar(self.send_words())
        self._bar.send.clicked.connect(self._send)
        self._bar.wanted.connect(self._go_to)
        self._is_dirty = self._is_over = False
        self._keeper = QTimer(self, singleShot=True, interval=_KEEP_AFTER_MS)
        self._keeper.timeout.connect(self._keep)

    # What a draft of a kind says.

    @abstractmethod
    def send_words(self) -> str:
        """What the button that sends it says."""

    @abstractmethod
    def read(self) -> Draft:
        """The draft from the vault. In a lane."""

    def sent_before(self) -> MeetingView | None:
        """What it is a revision of. In a lane."""
        return None

    @abstractmethod
    def write(self, draft: Draft) -> Changes:
        """Keeps it. In a lane."""

    @abstractmethod
    def make_form(self, opened: Opened[Draft]) -> DraftForm[Draft]:
        """The form over it."""

    @abstractmethod
    def read_back(self, draft: Draft) -> Sequence[tuple[str, str]]:
        """What is sent, by name, as it is read back before the PIN is asked for."""

    @abstractmethod
    def consequence(self, draft: Draft) -> str:
        """What sending it means."""

    @abstractmethod
    def name_of(self, draft: Draft) -> str:
        """What it is called."""

    # What every screen does.

    def load(self) -> None:
        if self.form is None:
            self.ask(say("preparing.opening"), lambda _: self._open(), self._show)
        else:
            self._keep()
            self.reload_papers()

    def panes(self) -> Sequence[QWidget]:
        return () if self.form is None else (*self.form.parts(), self._bar)

    def keys(self) -> Sequence[Key]:
        return (
            Key(keys="Ctrl+Return", name=self.send_words(), act=self._send),
            Key(keys="F4", name=say("preparing.next_missing"), act=self._bar.go_to_first),
        )

    def explain(self, error: Exception) -> Explanation:
        if isinstance(error, Incomplete):
            return Explanation(
                happened=say("preparing.incomplete"), safe=say("preparing.kept_anyway"), to_do=listed(error.missing)
            )
        return explain(error) or super().explain(error)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._is_dirty and not self._is_over:
            self._keep_in_passing()

    def _open(self) -> Opened[Draft]:
        draft, desk = self.read(), self.seat.desk
        papers = desk.preparing.papers(self.id)
        own = {paper.document for paper in papers}
        sent_before = [document for document in _documents_of(draft) if document not in own]
        lines = {line.document: line for line in desk.papers.all()} if sent_before else {}
        return Opened(
            draft=draft,
            papers=papers,
            published=tuple(lines[document] for document in sent_before if document in lines),
            people=desk.enrolments.people(),
            missing=desk.preparing.missing(self.id),
            refusal=desk.preparing.refusal(self.id),
            sent=self.sent_before(),
        )

    def _show(self, opened: Opened[Draft]) -> None:
        self.papers = {paper.document: paper for paper in opened.papers}
        self.published = {paper.document: paper for paper in opened.published}
        self._show_sent(opened.sent)
        form = self.form = self.make_form(opened)
        form.show_papers(self.papers)
        form.changed.connect(self._note_change)
        form.taker.taken.connect(self._take_in)
        form.taker.stopped.connect(self._take_in_what_came)
        form.paper_renamed.connect(self._rename_paper)
        form.paper_opened.connect(self.open_paper)
        form.paper_to_take_out.connect(self._confirm_taking_out)
        self._bar.show_missing(opened.missing)
        self._show_name(opened.draft)
        self.show_content(Footed(form, self._bar))
        if opened.refusal is not None:
            self._tell_refusal(opened.refusal)
        if form.draft() != opened.draft:  # it begins with what is usual
            self._note_change()

    def _show_sent(self, sent: MeetingView | None) -> None:
        self.sent = sent
        if sent is None:
            return
        self._name = say("meeting_draft.revision_title")
        self._bar.send.setText(self.send_words())
        when, following = self.seat.times.exact(sent.sent_at), number(sent.line.revision + 1)
        notice = Notice(
            Tone.ACCENT,
            say("meeting_draft.sent_at", when=when),
            to_do=say("meeting_draft.becomes", number=following),
        )
        notice.setObjectName("sent_before")
        self.show_above(notice)

    def _tell_refusal(self, refusal: Refusal) -> None:
        words, to_do = refusal_happened(refusal.reason), refusal_to_do(refusal.reason)
        safe = say("preparing.refused_safe")
        self.show_notice(Notice(Tone.DANGER, words, safe=safe, to_do=to_do, is_closable=True))

    def _show_name(self, draft: Draft) -> None:
        self.retitle(self._name, self.name_of(draft))

    # ------------------------------------------------------------ keeping

    def _note_change(self) -> None:
        self._is_dirty = True
        self._bar.show_unkept()
        self._keeper.start()

    def _keep(self) -> None:
        self._keeper.stop()
        if self.form is None or not self._is_dirty or self._is_over:
            return
        self._is_dirty = False
        draft, preparing = self.form.draft(), self.seat.desk.preparing
        self._show_name(draft)

        def keep(_: Call) -> tuple[Changes, tuple[Missing, ...]]:
            return self.write(draft), preparing.missing(self.id)

        self.seat.background.run(Lane.SERIAL, keep, then=self._show_kept, failed=self._fail_to_keep, owner=self)

    def _keep_in_passing(self) -> None:
        """As the screen goes: it may be no more when this is done."""
        self._keeper.stop()
        if self.form is not None:
            self._is_dirty = False
            draft, write = self.form.draft(), self.write
            self.seat.background.run(Lane.SERIAL, lambda _: write(draft), then=self.seat.changed, owner=None)

    def _show_kept(self, kept: tuple[Changes, tuple[Missing, ...]]) -> None:
        changes, missing = kept
        self._show_missing(missing)
        if not self._is_dirty:
            self._bar.show_kept(self.seat.times.clock_time(self.seat.times.clock()))
        self.seat.changed(changes)

    def _fail_to_keep(self, error: Exception) -> None:
        self._is_dirty = True
        self.show_error(error)

    # ------------------------------------------------------------ papers

    def reload_papers(self, then: Callable[[], object] = lambda: None) -> None:
        """Show the papers as they are in the vault."""

        def show(papers: tuple[PreparedPaper, ...]) -> None:
            self.papers = {paper.document: paper for paper in papers}
            if self.form is not None:
                self.form.show_papers(self.papers)
            then()

        preparing = self.seat.desk.preparing
        self.ask(say("preparing.opening"), lambda _: preparing.papers(self.id), show)

    def _take_in(self, papers: tuple[PreparedPaper, ...], into: Identifier | None) -> None:
        self.papers.update({paper.document: paper for paper in papers})
        if self.form is not None and papers:
            self.form.add_papers(papers, into)
        for paper in papers:
            twin = twin_of(paper, self.published.values())
            if twin is not None:
                self._offer_to_replace(paper, twin)

    def _offer_to_replace(self, paper: PreparedPaper, twin: PaperLine) -> None:
        replacing = Button(say("taking.replace_sent"))
        replacing.setObjectName("replace_sent")
        notice = Notice(
            Tone.WARNING,
            said_twin(paper, twin),
            safe=say("taking.twins", paper=paper.title or paper.file_name, sent=twin.title),
            actions=(replacing,),
            is_closable=True,
        )

        def become_next() -> None:
            if self.form is not None:
                self.form.setFocus()  # before the button goes that has it
            notice.dismiss()
            if paper.document in self.papers:  # else it was taken out, or has replaced something, meanwhile
                self.replace_published(paper.document, twin.document)

        replacing.clicked.connect(become_next)
        self.show_notice(notice)

    def _take_in_what_came(self) -> None:
        """Taking papers was stopped half-way: those that had come are here."""
        known = set(self.papers)
        self.reload_papers(
            lambda: self._take_in(tuple(paper for key, paper in self.papers.items() if key not in known), None)
        )

    def _rename_paper(self, document: str, title: str) -> None:
        self.keep_paper(replace(self.papers[document], title=title))

    def keep_paper(self, paper: PreparedPaper) -> None:
        """Keep what is now said of a paper: title, number, agency, kind, what changed."""
        self.papers[paper.document] = paper
        if self.form is not None:
            self.form.show_papers(self.papers)
        preparing = self.seat.desk.preparing
        self._do_with_papers(lambda: preparing.keep_paper(self.id, paper))

    def replace_published(self, paper: Identifier, document: Identifier) -> None:
        """Make a paper of the draft the next version of one that was sent: it takes its place."""
        preparing = self.seat.desk.preparing

        def replaced(changes: Changes) -> None:
            if self.form is not None:
                self.form.take_in_place(self.papers.pop(paper))
            self._note_change()
            self.reload_papers()
            self.seat.changed(changes)

        work = partial(preparing.replace_paper, self.id, paper, document)
        self.ask(say("preparing.keeping"), lambda _: work(), replaced)

    def _do_with_papers(self, work: Callable[[], Changes]) -> None:
        preparing = self.seat.desk.preparing
        self._bar.show_unkept()

        def do(_: Call) -> tuple[Changes, tuple[Missing, ...]]:
            return work(), preparing.missing(self.id)

        self.seat.background.run(Lane.SERIAL, do, then=self._show_kept, failed=self.show_error, owner=self)

    def open_paper(self, document: str) -> None:
        """The sheet of one paper, from which one goes on to the next; the reader for one that was sent before."""
        if document in self.papers:
            PaperSheet(self, self, document).open()
        else:
            self.seat.open_paper(document)

    def _confirm_taking_out(self, document: str) -> None:
        paper = self.papers[document]
        Confirmation(
            self,
            say("taking.remove_question"),
            say("taking.remove_consequence", paper=paper.title or paper.file_name),
            do=say("taking.remove"),
            then=partial(self._take_out, document),
        ).open()

    def _take_out(self, document: Identifier) -> None:
        del self.papers[document]
        if self.form is not None:
            self.form.show_papers(self.papers)
            self._note_change()
            self._keep()  # first: a draft never names a paper that is gone
        preparing = self.seat.desk.preparing
        self._do_with_papers(lambda: preparing.remove_paper(self.id, document))

    # ------------------------------------------------------------ sending

    def _send(self) -> None:
        if self.form is None or self._is_over:
            return
        self._keeper.stop()
        self._is_dirty = False
        draft, preparing = self.form.draft(), self.seat.desk.preparing

        def keep(_: Call) -> tuple[Changes, tuple[Missing, ...]]:
            return self.write(draft), preparing.missing(self.id)

        self.ask(say("preparing.keeping"), keep, lambda kept: self._ask_pin(draft, kept))

    def _ask_pin(self, draft: Draft, kept: tuple[Changes, tuple[Missing, ...]]) -> None:
        self._show_kept(kept)
        missing = kept[1]
        if missing:
            for each in missing:
                place = self.form.places.get(each) if self.form is not None else None
                if isinstance(place, Field):
                    place.fail(self._bar.ask_for(each))
            self._bar.announce()
            self._go_to(missing[0])
            return
        PinSheet(
            self,
            self.seat,
            self.send_words(),
            self.consequence(draft),
            do=self.send_words(),
            sign=lambda pin: partial(self.seat.desk.preparing.send, self.id, pin),
            then=self._leave,
            extra=(boxed(column(*(told(name, value) for name, value in self.read_back(draft)), gap=Space.SMALL)),),
        ).open()

    def _show_missing(self, missing: tuple[Missing, ...]) -> None:
        self._bar.show_missing(missing)
        for each, place in self.form.places.items() if self.form is not None else ():
            if each not in missing and isinstance(place, Field):
                place.clear_error()

    def _go_to(self, missing: Missing) -> None:
        if self.form is not None and missing in self.form.places:
            self.form.go_to(missing)

    def _leave(self, changes: Changes) -> None:
        self._is_over = True
        self.leaves.emit()
        self.seat.changed(changes)
        self.seat.send_soon()

    def discard(self) -> None:
        """Ask, and forget the draft."""
        preparing = self.seat.desk.preparing

        def gone(changes: Changes) -> None:
            self.leaves.emit()
            self.seat.changed(changes)

        def still_here(error: Exception) -> None:
            self._is_over = False
            self.show_error(error)

        def forget() -> None:
            self._is_over = True  # nothing may keep it again behind this
            self.ask(say("preparing.discarding"), lambda _: preparing.discard(self.id), gone, failed=still_here)

        Confirmation(
            self,
            say("preparing.discard_question"),
            say("preparing.discard_consequence"),
            do=say("preparing.discard"),
            then=forget,
        ).open()


def _documents_of(draft: MeetingDraft | BallotDraft) -> tuple[Identifier, ...]:
    if isinstance(draft, BallotDraft):
        return draft.papers
    return tuple(document for item in draft.items for document in item.papers)
