"""The answer's side of a ballot: where one is between choosing and the receipt.

What is chosen is kept as a draft at once. What is read back comes from the very bytes that will be signed. After
signing, the stages of the receipt are shown as they are: off-line, an answer is signed and waits, and says so.
"""

from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QStackedLayout, QWidget

from ecabinet.client.desk import Changes
from ecabinet.client.desk.ballots import AnswerStage, BallotView, Draft, Incomplete, ReadBack, ReceiptView
from ecabinet.client.ui import theme
from ecabinet.client.ui.answering.form import Form
from ecabinet.client.ui.answering.read_back import PinPage, ReadBackPage
from ecabinet.client.ui.answering.receipt import ReceiptPage, ReceiptSheet
from ecabinet.client.ui.files import choose_where_to_save
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.signing import is_told_beside
from ecabinet.client.ui.theme import Space, Tone
from ecabinet.client.ui.widgets import Button, EmptyState, Kind, Notice, StepHeader, column, row
from ecabinet.client.ui.words import say
from ecabinet.core.ballots import BallotState
from ecabinet.core.codec import Identifier

if TYPE_CHECKING:
    from ecabinet.client.ui.screen import Screen


_WORDS_FROM = 520
Page = Form | ReadBackPage | PinPage | ReceiptPage
"""What fills the pane at a step; `first` takes the keyboard."""


class Step(IntEnum):
    """Where one is."""

    CHOOSE = 0
    READ_BACK = 1
    PIN = 2
    RECEIPT = 3


class Answering(QFrame):
    """The pane. `show_ballot` says what it is about; `go_on` and `take_keyboard` are for the screen's keys."""

    def __init__(self, screen: "Screen", seat: Seat, ballot: Identifier) -> None:
        super().__init__()
        self.setObjectName("answering")
        self.setAccessibleName(say("answering.name"))
        self._screen, self._seat, self._ballot = screen, seat, ballot
        self._view: BallotView | None = None
        self._read: ReadBack | None = None
        self._step = Step.CHOOSE
        self._header = StepHeader(
            (say("answering.choose"), say("answering.read_back"), say("answering.pin"), say("answering.receipt"))
        )
        self.back = Button(say("answering.to_ballot"), Kind.PLAIN, icon="arrow-left")
        """To the ballot itself, where there is no room for both."""
        self.back.setObjectName("to_ballot")
        self.back.setAccessibleName(say("answering.to_ballot"))
        self.back.setToolTip(say("answering.to_ballot"))
        self.back.hide()
        self._stack = QStackedLayout()
        head = row(self.back, self._header, gap=Space.LARGE)
        head.setStretch(1, 1)
        whole = column(head, self._stack, pad=Space.LARGE)
        whole.setStretch(1, 1)
        self.setLayout(whole)

    def show_ballot(self, view: BallotView) -> None:
        """Show where the answer to this ballot stands. What is being chosen or read back just now is left alone."""
        before, self._view = self._view, view
        if before == view:
            return
        was_closed = before is not None and before.can_answer and not view.can_answer
        if view.opinions and (before is None or was_closed or self._step is Step.RECEIPT):
            self._show_receipt()
        elif not view.can_answer:
            self._header.hide()
            self._show(_closed(view))
        elif before is None or not before.can_answer:
            self._choose()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The way back goes without words where the steps would have no room beside it."""
        super().resizeEvent(event)
        self.back.setText("" if self.width() < theme.px(_WORDS_FROM) else say("answering.to_ballot"))

    def take_keyboard(self) -> None:
        """Give the keyboard to what is to be done next."""
        page = self._stack.currentWidget()
        if isinstance(page, Page):
            page.first.setFocus()

    def go_on(self) -> None:
        """To the next step, as its button does (Ctrl+Enter)."""
        page = self._stack.currentWidget()
        if isinstance(page, Form | ReadBackPage):
            page.next.click()

    # ------------------------------------------------------------ the steps

    def _go(self, step: Step, page: QWidget, at: int | None = None) -> None:
        had_keyboard = self._has_keyboard()
        self._step = step
        self._header.show()
        self._header.go(step if at is None else at)
        self._show(page)
        if had_keyboard:
            self.take_keyboard()

    def _has_keyboard(self) -> bool:
        focused = QApplication.focusWidget()
        return focused is not None and (focused is self or self.isAncestorOf(focused))

    def _show(self, page: QWidget) -> None:
        old = self._stack.currentWidget()
        self._stack.addWidget(page)
        self._stack.setCurrentWidget(page)
        if old is not None:
            self._stack.removeWidget(old)
            old.hide()
            old.deleteLater()

    def _choose(self) -> None:
        """From the draft; where there is none, from the answer that is to be changed."""
        if self._view is None:
            return
        draft, given = self._view.draft, self._view.opinions
        if draft == Draft() and given:
            draft = Draft(answers=given[0].answers, remark=given[0].remark)
        form = Form(self._seat, self._view, draft)
        form.edited.connect(lambda: self._keep(form))
        form.next.clicked.connect(lambda: self._read_back(form))
        self._go(Step.CHOOSE, form)

    def _keep(self, form: Form) -> None:
        draft, ballots = form.draft(), self._seat.desk.ballots

        def kept(changes: Changes) -> None:
            if self._stack.currentWidget() is form:
                form.tell_kept()
            self._seat.changed(changes)

        self._screen.ask(say("answering.keeping"), lambda _: ballots.keep_draft(self._ballot, draft), kept)

    def _read_back(self, form: Form) -> None:
        draft, ballots = form.draft(), self._seat.desk.ballots
        form.settle()

        def keep_and_read() -> tuple[Changes, ReadBack]:
            return ballots.keep_draft(self._ballot, draft), ballots.read_back(self._ballot)

        def failed(error: Exception) -> None:
            if isinstance(error, Incomplete):
                form.point_out(error)
            else:
                self._screen.show_error(error)

        self._screen.ask(say("answering.reading"), lambda _: keep_and_read(), self._show_read_back, failed=failed)

    def _show_read_back(self, kept: tuple[Changes, ReadBack]) -> None:
        changes, read = kept
        if self._view is None:
            return
        self._read = read
        page = ReadBackPage(self._seat, read, late_answers_count=self._view.rule.late_answers_count)
        page.back.clicked.connect(self._correct)
        page.next.clicked.connect(self._ask_pin)
        self._go(Step.READ_BACK, page)
        self._seat.changed(changes)

    def _correct(self) -> None:
        """Back to choosing, from the draft as it was kept."""
        ballots = self._seat.desk.ballots

        def show(view: BallotView) -> None:
            self._view = view
            self._choose()

        self._screen.ask(say("answering.reading"), lambda _: ballots.one(self._ballot), show)

    def _ask_pin(self) -> None:
        if self._read is None:
            return
        page = PinPage(self._read, self._seat.me)
        page.back.clicked.connect(self._correct)
        page.pin.entered.connect(lambda pin: self._sign(page, pin))
        self._go(Step.PIN, page)

    def _sign(self, page: PinPage, pin: str) -> None:
        read = self._read
        if read is None:
            return
        self.setFocus()  # a page that is disabled would give the keyboard away
        page.setEnabled(False)

        def signed(changes: Changes) -> None:
            self._read = None
            self._step = Step.RECEIPT
            self._seat.changed(changes)
            self._seat.send_soon()

        def failed(error: Exception) -> None:
            page.setEnabled(True)
            if not is_told_beside(page.pin, error):
                self._screen.show_error(error)

        ballots = self._seat.desk.ballots
        self._screen.ask(
            say("answering.signing"), lambda _: ballots.sign_and_queue((read,), pin), signed, failed=failed
        )

    def _show_receipt(self) -> None:
        if self._view is None:
            return
        page = ReceiptPage(self._seat, self._view)
        page.change.clicked.connect(self._choose)
        page.details.clicked.connect(self._show_details)
        if page.put_aside is not None:
            page.put_aside.clicked.connect(self._put_aside)
        is_recorded = self._view.opinions[0].stage is AnswerStage.RECORDED
        self._go(Step.RECEIPT, page, at=len(Step) if is_recorded else Step.RECEIPT)

    def _put_aside(self) -> None:
        if self._view is not None:
            opinion, ballots = self._view.opinions[0].opinion, self._seat.desk.ballots
            self._screen.ask(say("answering.keeping"), lambda _: ballots.put_aside(opinion), self._seat.changed)

    def _show_details(self) -> None:
        if self._view is not None and self._view.opinions:
            opinion, ballots = self._view.opinions[0].opinion, self._seat.desk.ballots
            self._screen.ask(
                say("answering.fetching_receipt"),
                lambda _: ballots.receipt(opinion),
                self._show_receipt_sheet,
            )

    def _show_receipt_sheet(self, receipt: ReceiptView) -> None:
        sheet = ReceiptSheet(self, self._seat, receipt)
        sheet.save.clicked.connect(lambda: self._ask_where_to_save(receipt.opinion))
        sheet.open()

    def _ask_where_to_save(self, opinion: Identifier) -> None:
        ballots = self._seat.desk.ballots

        def save(file: Path) -> None:
            self._screen.ask(
                say("answering.saving_receipt"),
                lambda _: ballots.save_receipt(opinion, file),
                lambda _: self._screen.show_notice(
                    Notice(Tone.POSITIVE, say("answering.receipt_saved", file=file.name), is_closable=True)
                ),
            )

        choose_where_to_save(self, say("files.receipt"), say("answering.receipt_file"), save)


def _closed(view: BallotView) -> EmptyState:
    """Why there is nothing to answer."""
    if not view.capacity:
        return EmptyState("vote", say("answering.not_asked"), say("answering.not_asked_next"))
    if view.line.state is BallotState.ANNOUNCED:
        return EmptyState("vote", say("answering.over"), say("answering.over_announced"))
    return EmptyState("vote", say("answering.over"), say("answering.over_next"))
