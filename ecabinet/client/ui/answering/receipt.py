"""The last step: how far the answer has come, honestly; what was said, and what before; the technical side aside."""

from PySide6.QtWidgets import QWidget

from ecabinet.client.desk.ballots import AnswerStage, BallotView, OpinionView, ReceiptView, Witnessing
from ecabinet.client.ui.explanations import refusal_happened, refusal_to_do
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Space, Tone, Weight
from ecabinet.client.ui.widgets import (
    Button,
    Card,
    Footed,
    Heading,
    IconLabel,
    Item,
    Kind,
    Line,
    Muted,
    Notice,
    Sheet,
    Text,
    TextArea,
    boxed,
    column,
    row,
)
from ecabinet.client.ui.words import Names, number, say

_stage = Names("ballots.stage", AnswerStage)
_REACHED = {AnswerStage.SIGNED: 1, AnswerStage.SENT: 2, AnswerStage.RECORDED: 3}
_WITNESSED = 3
"""The place of the last stage: how many have cosigned is told whether or not it is reached."""


class ReceiptPage(QWidget):
    """One's opinions on a ballot, the latest first."""

    def __init__(self, seat: Seat, view: BallotView) -> None:
        super().__init__()
        self.setObjectName("receipt_page")
        opinion = view.opinions[0]
        self.put_aside: Button | None = None
        """Where there is a refusal that the person has not yet seen to."""
        items: list[Item] = [self._refusal(view, opinion) or _Stages(seat, opinion, view.witnessing)]
        items.append(Card(say("answering.my_opinion"), _given(view, opinion)))
        for earlier in view.opinions[1:]:
            when = say("answering.earlier", when=seat.times.short(earlier.signed_at))
            items.append(Card(when, Muted(_stage(earlier.stage)), _given(view, earlier)))
        items.append(None)
        self.change = Button(say("answering.change"), icon="pencil")
        self.change.setObjectName("change_answer")
        until = Muted(say("answering.change_hint"))
        self.details = Button(say("answering.details"), Kind.PLAIN)
        self.details.setObjectName("receipt_details")
        foot = column(until, row(self.change, None, self.details), gap=Space.SMALL)
        footer = boxed(column(Line(), foot))
        self.setLayout(column(Footed(boxed(column(*items, gap=Space.LARGE)), footer)))
        self.change.setVisible(view.can_answer)
        until.setVisible(view.can_answer)
        is_recorded = opinion.stage is AnswerStage.RECORDED
        self.details.setVisible(is_recorded)
        footer.setVisible(view.can_answer or is_recorded)  # no line over nothing
        self.first: QWidget = self._first_to_do(view)

    def _first_to_do(self, view: BallotView) -> Button:
        if view.can_answer:
            return self.change
        return self.details if self.put_aside is None else self.put_aside

    def _refusal(self, view: BallotView, opinion: OpinionView) -> Notice | None:
        if opinion.refusal is None or opinion.stage is not AnswerStage.REFUSED:
            return None
        if view.line.stage is AnswerStage.REFUSED:
            self.put_aside = Button(say("answering.put_aside"))
            self.put_aside.setObjectName("put_aside")
        notice = Notice(
            Tone.DANGER,
            refusal_happened(opinion.refusal.reason),
            safe=say("answering.refused_safe"),
            to_do=refusal_to_do(opinion.refusal.reason),
            actions=() if self.put_aside is None else (self.put_aside,),
        )
        notice.setObjectName("refusal")
        return notice


def _given(view: BallotView, opinion: OpinionView) -> QWidget:
    lines: list[Item] = []
    for question, answer in zip(view.questions, opinion.answers, strict=True):
        option = question.option(answer.option)
        given: list[Item] = [Muted(question.text)]
        given.append(Text(option.text if option is not None else answer.option, weight=Weight.SEMIBOLD))
        if answer.text:
            given.append(Text(answer.text))
        lines.append(boxed(column(*given, gap=Space.HAIR)))
    if opinion.remark:
        lines.append(boxed(column(Muted(say("answering.remark")), Text(opinion.remark), gap=Space.HAIR)))
    return boxed(column(*lines, gap=Space.MEDIUM))


class _Stages(QWidget):
    """Đã ký trên máy → Đã gửi → Đã ghi nhận, and → Đã có nhân chứng where the body's policy names witnesses.

    What has not come to pass is said to be waited for.
    """

    def __init__(self, seat: Seat, opinion: OpinionView, witnessing: Witnessing | None) -> None:
        super().__init__()
        self.setObjectName("receipt_stages")
        recorded, reached = opinion.accepted_at, _REACHED[opinion.stage]
        stages = [
            (say("answering.stage.signed"), "", seat.times.short(opinion.signed_at)),
            (say("answering.stage.sent"), say("answering.stage.to_send"), say("answering.stage.sends_itself")),
            (
                say("answering.stage.recorded"),
                say("answering.stage.to_record"),
                seat.times.short(recorded) if recorded is not None else "",
            ),
        ]
        headings = [say("answering.signed_now"), say("answering.sent_now"), say("answering.recorded_now")]
        if witnessing is not None:
            count = say("answering.stage.cosigned", count=number(witnessing.cosigned), quorum=number(witnessing.quorum))
            stages.append((say("answering.stage.witnessed"), say("answering.stage.to_witness"), count))
            headings.append(say("answering.witnessed_now"))
            reached += witnessing.is_reached
        lines: list[Item] = [Heading(headings[reached - 1])]
        for place, (done, ahead, note) in enumerate(stages):
            is_done = place < reached
            mark = IconLabel("circle-check" if is_done else "clock", "positive" if is_done else "ink_muted", 24)
            name = Text(done, weight=Weight.SEMIBOLD) if is_done else Muted(ahead)
            is_noted = bool(note) and (place == _WITNESSED or is_done != (place == 1))
            line = row(mark, name, *([Muted(note)] if is_noted else []), gap=Space.MEDIUM)
            line.setStretch(1, 1)
            lines.append(line)
        if opinion.first_accepted_at is not None:
            lines.append(Muted(say("answering.sent_again", when=seat.times.short(opinion.first_accepted_at))))
        if witnessing is not None and witnessing.devices:
            lines.append(Muted(say("answering.seen_by_devices", count=number(witnessing.devices))))
        self.setLayout(column(*lines))
        self.setAccessibleName(stages[reached - 1][0])


class ReceiptSheet(Sheet):
    """The receipt as a technician reads it."""

    def __init__(self, over: QWidget, seat: Seat, receipt: ReceiptView) -> None:
        close = Button(say("kit.close"), Kind.PRIMARY)
        self.save = Button(say("answering.receipt_save"), icon="file-text")
        self.save.setObjectName("save_receipt")
        facts = (
            (say("answering.receipt_accepted"), seat.times.exact(receipt.accepted_at)),
            (say("answering.receipt_leaf"), str(receipt.leaf)),
            (say("answering.receipt_tree"), str(receipt.tree_size)),
            (say("answering.receipt_witnesses"), _witnesses(receipt)),
            (say("answering.receipt_statement"), receipt.statement_digest),
            (say("answering.receipt_envelope"), receipt.envelope_digest),
        )
        proof = TextArea(receipt.receipt, lines=6)
        proof.setReadOnly(True)
        proof.setAccessibleName(say("answering.receipt_proof"))
        lines = [boxed(column(Muted(name), Text(value), gap=0)) for name, value in facts]
        label = Muted(say("answering.receipt_proof"))
        super().__init__(over, say("answering.receipt_details"), *lines, label, proof, buttons=(self.save, close))
        close.clicked.connect(self.accept)
        close.setFocus()


def _witnesses(receipt: ReceiptView) -> str:
    """The last stage: that others than the server have seen the ledger with this in it."""
    if not receipt.quorum:
        return say("answering.no_witnesses")
    told = number(receipt.cosigned), number(receipt.quorum)
    if receipt.cosigned < receipt.quorum:
        return say("answering.witnesses_awaited", count=told[0], quorum=told[1])
    return say("answering.witnessed", count=told[0], quorum=told[1])
