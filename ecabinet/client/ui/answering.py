"""Answering a ballot: choose → read back → PIN → receipt. Nothing is preselected, and nothing is sent by one press.

What is chosen is kept as a draft at once. What is read back comes from the very bytes that will be signed. After
signing, the stages of the receipt are shown as they are: off-line, an answer is signed and waits, and says so.
"""

from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QRadioButton, QStackedLayout, QWidget

from ecabinet.client.desk import Changes
from ecabinet.client.desk.ballots import (
    AnswerStage,
    BallotView,
    Draft,
    Incomplete,
    OpinionView,
    ReadBack,
    ReceiptView,
)
from ecabinet.client.desk.errors import WrongPin
from ecabinet.client.ui import theme
from ecabinet.client.ui.explanations import refusal_happened, refusal_to_do
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Space, Tone, Type, Weight
from ecabinet.client.ui.widgets import (
    Button,
    Card,
    Choice,
    Field,
    Heading,
    IconLabel,
    Item,
    Kind,
    Line,
    Muted,
    Notice,
    OptionCards,
    PinField,
    Sheet,
    StepHeader,
    Text,
    TextArea,
    boxed,
    column,
    row,
    scrolled,
)
from ecabinet.client.ui.words import Names, say
from ecabinet.core.ballots import Answer, BallotState, Question, Unfit
from ecabinet.core.codec import Identifier

if TYPE_CHECKING:
    from ecabinet.client.ui.screen import Screen

_KEEP_AFTER_MS = 400
_unfit = Names("answering.unfit", Unfit)


class Step(IntEnum):
    """Where one is."""

    CHOOSE = 0
    READ_BACK = 1
    PIN = 2
    RECEIPT = 3


class Answering(QFrame):
    """The answer's side of a ballot."""

    def __init__(self, screen: "Screen", seat: Seat, ballot: Identifier) -> None:
        super().__init__()
        self._screen, self._seat, self._ballot = screen, seat, ballot
        self._view: BallotView | None = None
        self._read_back: ReadBack | None = None
        self._form: _Form | None = None
        self._step = Step.CHOOSE
        self.setAccessibleName(say("answering.name"))
        self._header = StepHeader(
            (say("answering.choose"), say("answering.read_back"), say("answering.pin"), say("answering.receipt"))
        )
        self._stack = QStackedLayout()
        whole = column(self._header, self._stack, pad=Space.LARGE)
        whole.setStretch(1, 1)
        self.setLayout(whole)

    def show_ballot(self, view: BallotView) -> None:
        """Show where the answer to this ballot stands. What is being chosen or read back just now is left alone."""
        is_first = self._view is None
        before, self._view = self._view, view
        if not view.can_answer and not view.opinions:
            self._header.hide()
            self._show(_Closed(view))
        elif view.opinions and (is_first or self._step is Step.RECEIPT):
            self._show_receipt()
        elif is_first or (before is not None and before.can_answer != view.can_answer):
            self._choose()

    def take_keyboard(self) -> None:
        """Give the keyboard to what is to be done next."""
        page = self._stack.currentWidget()
        if page is not None:
            (page.focusProxy() or page).setFocus()

    def go_on(self) -> None:
        """To the next step, as its button does (Ctrl+Enter)."""
        if self._step is Step.CHOOSE and self._form is not None:
            self._read()
        elif self._step is Step.READ_BACK:
            self._ask_pin()

    # ------------------------------------------------------------ the steps

    def _go(self, step: Step, page: QWidget) -> None:
        self._step = step
        self._header.show()
        self._header.go(step)
        self._show(page)
        if self.isVisible():
            self.take_keyboard()

    def _show(self, page: QWidget) -> None:
        old = self._stack.currentWidget()
        self._stack.addWidget(page)
        self._stack.setCurrentWidget(page)
        if old is not None:
            self._stack.removeWidget(old)
            old.deleteLater()

    def _choose(self) -> None:
        if self._view is None:
            return
        self._form = _Form(self._view)
        self._form.keeper.timeout.connect(self._keep)
        self._form.next.clicked.connect(self._read)
        self._go(Step.CHOOSE, self._form)

    def _keep(self) -> None:
        if self._form is not None:
            draft = self._form.draft()
            self._screen.ask(
                say("answering.keeping"), lambda _: self._seat.desk.ballots.keep_draft(self._ballot, draft), self._kept
            )

    def _kept(self, changes: Changes) -> None:
        self._seat.changed(changes)

    def _read(self) -> None:
        if self._form is None:
            return
        form, draft, ballots = self._form, self._form.draft(), self._seat.desk.ballots
        form.keeper.stop()

        def keep_and_read() -> tuple[Changes, ReadBack]:
            return ballots.keep_draft(self._ballot, draft), ballots.read_back(self._ballot)

        def failed(error: Exception) -> None:
            if isinstance(error, Incomplete):
                form.point_out(error)
            else:
                self._screen.show_error(error)

        self._screen.ask(say("answering.reading"), lambda _: keep_and_read(), self._show_read_back, failed=failed)

    def _show_read_back(self, kept: tuple[Changes, ReadBack]) -> None:
        changes, self._read_back = kept
        page = _ReadBackPage(self._seat, self._read_back)
        page.back.clicked.connect(self._choose)
        page.next.clicked.connect(self._ask_pin)
        self._form = None
        self._go(Step.READ_BACK, page)
        self._seat.changed(changes)

    def _ask_pin(self) -> None:
        page = _PinPage()
        page.back.clicked.connect(self._choose)
        page.pin.entered.connect(lambda pin: self._sign(page, pin))
        self._go(Step.PIN, page)

    def _sign(self, page: "_PinPage", pin: str) -> None:
        read_back = self._read_back
        if read_back is None:
            return
        page.setEnabled(False)

        def signed(changes: Changes) -> None:
            self._read_back = None
            self._step = Step.RECEIPT
            self._seat.changed(changes)
            self._seat.send_soon()

        def failed(error: Exception) -> None:
            page.setEnabled(True)
            if isinstance(error, WrongPin):
                page.pin.refuse(error.tries_left)
            else:
                self._screen.show_error(error)

        ballots = self._seat.desk.ballots
        self._screen.ask(
            say("answering.signing"), lambda _: ballots.sign_and_queue((read_back,), pin), signed, failed=failed
        )

    def _show_receipt(self) -> None:
        if self._view is None or not self._view.opinions:
            return
        page = _ReceiptPage(self._seat, self._view)
        page.change.clicked.connect(self._choose)
        page.details.clicked.connect(self._show_details)
        has_keyboard = self.isAncestorOf(self.focusWidget()) if self.focusWidget() is not None else False
        self._step = Step.RECEIPT
        self._header.show()
        self._header.go(len(Step) if self._view.opinions[0].stage is AnswerStage.RECORDED else Step.RECEIPT)
        self._show(page)
        if has_keyboard:
            self.take_keyboard()

    def _show_details(self) -> None:
        if self._view is None or not self._view.opinions:
            return
        opinion = self._view.opinions[0].opinion
        self._screen.ask(
            say("answering.fetching_receipt"),
            lambda _: self._seat.desk.ballots.receipt(opinion),
            lambda receipt: _ReceiptSheet(self, self._seat, receipt).open(),
        )


class _Form(QWidget):
    """The questions, their options, room for words. Tells its `keeper` of every change."""

    def __init__(self, view: BallotView) -> None:
        super().__init__()
        self.keeper = QTimer(self, singleShot=True, interval=_KEEP_AFTER_MS)
        self._questions = view.questions
        self._options: list[OptionCards] = []
        self._texts: list[tuple[TextArea, Field]] = []
        items: list[Item] = [Muted(say("answering.capacity", capacity=view.capacity))]
        if view.opinions:
            items.append(Notice(Tone.ACCENT, say("answering.changing"), safe=say("answering.changing_safe")))
        for number, question in enumerate(view.questions, 1):
            items += self._ask(number, question, view.draft)
        self._remark = TextArea(view.draft.remark, lines=3)
        self._remark.setObjectName("remark")
        self._remark.textChanged.connect(self.keeper.start)
        items += [Line(), Field(say("answering.remark"), self._remark), None]
        self.next = Button(say("answering.to_read_back"), Kind.PRIMARY, hint=say("answering.to_read_back_hint"))
        self.next.setObjectName("read_back")
        whole = column(scrolled(boxed(column(*items, gap=Space.LARGE))), self.next)
        whole.setStretch(0, 1)
        self.setLayout(whole)
        self.setFocusProxy(self._options[0])

    def draft(self) -> Draft:
        """What is chosen and written; a question without an option is left out."""
        answers = [
            Answer(question=question.key, option=options.chosen_key, text=text.value)
            for question, options, (text, _) in zip(self._questions, self._options, self._texts, strict=True)
            if options.chosen_key is not None
        ]
        return Draft(answers=tuple(answers), remark=self._remark.value)

    def point_out(self, incomplete: Incomplete) -> None:
        """Say what is missing, where it is missing."""
        place = next(number for number, each in enumerate(self._questions) if each.key == incomplete.question)
        text, field = self._texts[place]
        field.fail(_unfit(incomplete.flaw))
        (text if incomplete.flaw is Unfit.MISSING_TEXT else self._options[place]).setFocus()

    def _ask(self, number: int, question: Question, draft: Draft) -> list[Item]:
        kept = next((answer for answer in draft.answers if answer.question == question.key), None)
        choices = [
            Choice(key=option.key, label=option.text, note=say("answering.needs_text") if option.needs_text else "")
            for option in question.options
        ]
        options = OptionCards(question.text, choices)
        for card, option in zip(options.findChildren(QRadioButton), question.options, strict=True):
            card.setObjectName(f"{question.key}.{option.key}")
        if kept is not None:
            options.choose(kept.option)
        text = TextArea(kept.text if kept is not None else "", lines=2)
        text.setObjectName(f"{question.key}.text")
        field = Field(say("answering.text"), text)
        options.chosen.connect(self.keeper.start)
        options.chosen.connect(field.clear_error)
        text.textChanged.connect(self.keeper.start)
        self._options.append(options)
        self._texts.append((text, field))
        heading = Heading(say("answering.question", number=number, text=question.text))
        return [Line(), heading, options, field]


class _ReadBackPage(QWidget):
    """What will be signed, read from the bytes that will be signed."""

    def __init__(self, seat: Seat, read: ReadBack) -> None:
        super().__init__()
        self.setObjectName("read_back_page")
        items: list[Item] = [
            Text(say("answering.you", capacity=read.capacity, body=read.body_name), size=Type.LEAD),
            Text(read.subject, size=Type.LEAD, weight=Weight.SEMIBOLD),
        ]
        for answer in read.answers:
            words = [Muted(answer.question), Text(answer.option.text, size=Type.LEAD, weight=Weight.SEMIBOLD)]
            if answer.text:
                words.append(Text(answer.text))
            items.append(Card("", *words))
        if read.remark:
            items.append(Card("", Muted(say("answering.remark")), Text(read.remark)))
        if read.is_late:
            late = say("answering.late", deadline=seat.times.exact(read.deadline_at))
            items.append(Notice(Tone.WARNING, late, safe=say("answering.late_safe")))
        if read.replaces_earlier:
            items.append(Notice(Tone.ACCENT, say("answering.replaces")))
        items += [Muted(say("answering.phrase")), Text(read.phrase, weight=Weight.SEMIBOLD), None]
        self.back = Button(say("answering.correct_it"))
        self.back.setObjectName("back_to_choosing")
        self.next = Button(say("answering.to_pin"), Kind.PRIMARY, hint=say("answering.to_pin_hint"))
        self.next.setObjectName("to_pin")
        whole = column(scrolled(boxed(column(*items))), row(self.back, None, self.next))
        whole.setStretch(0, 1)
        self.setLayout(whole)
        self.setFocusProxy(self.next)


class _PinPage(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.pin = PinField(help_text=say("answering.pin_help"))
        self.pin.setObjectName("pin")
        self.back = Button(say("answering.correct_it"))
        self.back.setObjectName("back_to_choosing")
        sign = Button(say("answering.sign"), Kind.PRIMARY)
        sign.setObjectName("sign")
        sign.clicked.connect(self.pin.enter)
        self.setLayout(column(Heading(say("answering.sign_heading")), self.pin, None, row(self.back, None, sign)))
        self.setFocusProxy(self.pin)


class _ReceiptPage(QWidget):
    """How far the answer has come, honestly; the technical side is one press further."""

    def __init__(self, seat: Seat, view: BallotView) -> None:
        super().__init__()
        self.setObjectName("receipt_page")
        opinion = view.opinions[0]
        items: list[Item] = []
        if opinion.stage is AnswerStage.REFUSED and opinion.refusal is not None:
            reason = opinion.refusal.reason
            items.append(
                Notice(
                    Tone.DANGER,
                    refusal_happened(reason),
                    safe=say("answering.refused_safe"),
                    to_do=refusal_to_do(reason),
                )
            )
        else:
            items.append(_Stages(seat, opinion))
        items.append(_given(view, opinion))
        for earlier in view.opinions[1:]:
            when = say("answering.earlier", when=seat.times.short(earlier.signed_at))
            items.append(Card(when, _given(view, earlier)))
        items.append(None)
        self.change = Button(say("answering.change"), hint=say("answering.change_hint"))
        self.change.setObjectName("change_answer")
        self.change.setVisible(view.can_answer)
        self.details = Button(say("answering.details"), Kind.PLAIN)
        self.details.setObjectName("receipt_details")
        self.details.setEnabled(opinion.stage is AnswerStage.RECORDED)
        whole = column(scrolled(boxed(column(*items, gap=Space.LARGE))), row(self.change, None, self.details))
        whole.setStretch(0, 1)
        self.setLayout(whole)
        self.setFocusProxy(self.change if view.can_answer else self.details)


def _given(view: BallotView, opinion: OpinionView) -> QWidget:
    lines: list[Item] = []
    for question, answer in zip(view.questions, opinion.answers, strict=True):
        option = question.option(answer.option)
        chosen = option.text if option is not None else answer.option
        lines += [Muted(question.text), Text(chosen, weight=Weight.SEMIBOLD)]
        if answer.text:
            lines.append(Text(answer.text))
    if opinion.remark:
        lines += [Muted(say("answering.remark")), Text(opinion.remark)]
    return boxed(column(*lines, gap=Space.HAIR))


class _Stages(QWidget):
    """Đã ký trên máy → Đã gửi → Đã ghi nhận."""

    def __init__(self, seat: Seat, opinion: OpinionView) -> None:
        super().__init__()
        self.setObjectName("receipt_stages")
        recorded = opinion.accepted_at
        reached = {AnswerStage.SIGNED: 1, AnswerStage.SENT: 2, AnswerStage.RECORDED: 3}[opinion.stage]
        stages = (
            (say("answering.stage.signed"), seat.times.short(opinion.signed_at)),
            (say("answering.stage.sent"), "" if reached > 1 else say("answering.stage.waits_for_network")),
            (say("answering.stage.recorded"), seat.times.short(recorded) if recorded is not None else ""),
        )
        lines = []
        for place, (name, note) in enumerate(stages):
            is_reached = place < reached
            mark = IconLabel("circle-check" if is_reached else "clock", "positive" if is_reached else "ink_muted", 24)
            text = Text(name, weight=Weight.SEMIBOLD if is_reached else Weight.REGULAR)
            line = row(mark, column(text, *([Muted(note)] if note else []), gap=0), gap=Space.MEDIUM)
            line.setStretch(1, 1)
            lines.append(line)
        self.setLayout(column(*lines))
        self.setAccessibleName(stages[reached - 1][0])


class _ReceiptSheet(Sheet):
    """The receipt as a technician reads it."""

    def __init__(self, over: QWidget, seat: Seat, receipt: ReceiptView) -> None:
        close = Button(say("kit.close"), Kind.PRIMARY)
        facts = (
            (say("answering.receipt_accepted"), seat.times.exact(receipt.accepted_at)),
            (say("answering.receipt_leaf"), str(receipt.leaf)),
            (say("answering.receipt_tree"), str(receipt.tree_size)),
            (say("answering.receipt_statement"), receipt.statement_digest),
            (say("answering.receipt_envelope"), receipt.envelope_digest),
        )
        proof = TextArea(receipt.receipt, lines=8)
        proof.setReadOnly(True)
        lines = [boxed(column(Muted(name), Text(value), gap=0)) for name, value in facts]
        super().__init__(over, say("answering.receipt"), *lines, proof, buttons=(close,))
        close.clicked.connect(self.accept)


class _Closed(QWidget):
    """Why there is nothing to answer."""

    def __init__(self, view: BallotView) -> None:
        super().__init__()
        if not view.capacity:
            why = say("answering.not_asked")
        elif view.line.state is BallotState.OPEN:
            why = say("answering.not_now")
        else:
            why = say("answering.over")
        self.setLayout(column(Heading(why), None))
        self.setMinimumWidth(theme.px(200))
