"""The first step: the questions with their options, room for words, and what is still missing."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QRadioButton, QWidget

from ecabinet.client.desk.ballots import AnswerStage, BallotView, Draft, Incomplete
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Space, Tone, Weight
from ecabinet.client.ui.widgets import (
    Button,
    Choice,
    Field,
    Footed,
    Heading,
    Item,
    Kind,
    Line,
    Muted,
    Notice,
    OptionCards,
    Text,
    TextArea,
    boxed,
    column,
    row,
)
from ecabinet.client.ui.words import Names, number, say
from ecabinet.core.ballots import Answer, Question, Unfit

_KEEP_AFTER_MS = 400
_unfit = Names("answering.unfit", Unfit)


class Form(QWidget):
    """Asks. `edited` comes when the person has paused after a change, so that the draft can be kept."""

    edited = Signal()

    def __init__(self, seat: Seat, view: BallotView, draft: Draft) -> None:
        super().__init__()
        self._keeper = QTimer(self, singleShot=True, interval=_KEEP_AFTER_MS)
        self._keeper.timeout.connect(self.edited)
        kept = {answer.question: answer for answer in draft.answers}
        self._questions = [
            _Question(place, question, kept.get(question.key)) for place, question in enumerate(view.questions, 1)
        ]
        self._remark = _Words(say("answering.remark"), say("answering.add_remark"), draft.remark, lines=3)
        self._remark.area.setObjectName("remark")
        self._remark.edited.connect(self._change)
        items = [*_told(seat, view)]
        for asked in self._questions:
            asked.edited.connect(self._change)
            items += [asked, Line()]
        self._state = Muted()
        self.next = Button(say("answering.to_read_back"), Kind.PRIMARY, hint=say("answering.to_read_back_hint"))
        self.next.setObjectName("read_back")
        foot = row(self._state, self.next, gap=Space.LARGE)
        foot.setStretch(0, 1)
        content = boxed(column(*items, self._remark, None, gap=Space.LARGE))
        footed = Footed(content, boxed(column(Line(), foot)))
        self._area = footed.area
        self.setLayout(column(footed))
        self.first: QWidget = self._questions[0].options
        self._tell_state()

    def hideEvent(self, event: QHideEvent) -> None:
        """One may leave in the middle of a word: what stands here is kept at once."""
        super().hideEvent(event)
        if self._keeper.isActive():
            self.settle()
            self.edited.emit()

    def draft(self) -> Draft:
        """What is chosen and written; a question without an option is left out."""
        answers = (asked.answer() for asked in self._questions)
        return Draft(answers=tuple(answer for answer in answers if answer is not None), remark=self._remark.area.value)

    def settle(self) -> None:
        """The draft is being kept otherwise."""
        self._keeper.stop()

    def tell_kept(self) -> None:
        """The draft is safe on this machine."""
        self._tell_state(say("answering.kept"))

    def point_out(self, incomplete: Incomplete) -> None:
        """Say what is missing, where it is missing, and take the keyboard there."""
        asked = next(each for each in self._questions if each.key == incomplete.question)
        asked.point_out(incomplete.flaw)
        self._area.ensureWidgetVisible(asked)

    def _change(self) -> None:
        self._tell_state()
        self._keeper.start()

    def _tell_state(self, more: str = "") -> None:
        chosen = sum(asked.options.chosen_key is not None for asked in self._questions)
        told = say("answering.chosen", chosen=number(chosen), questions=number(len(self._questions)))
        self._state.setText(" · ".join(filter(None, (told, more))))


class _Question(QWidget):
    """One question. Words may be given with any option; the field shows itself where the option wants them."""

    edited = Signal()

    def __init__(self, place: int, question: Question, kept: Answer | None) -> None:
        super().__init__()
        self.key = question.key
        self._wanting = frozenset(option.key for option in question.options if option.needs_text)
        self.options = OptionCards(
            question.text,
            [
                Choice(key=option.key, label=option.text, note=say("answering.needs_text") if option.needs_text else "")
                for option in question.options
            ],
        )
        for card, option in zip(self.options.findChildren(QRadioButton), question.options, strict=True):
            card.setObjectName(f"{question.key}.{option.key}")
        self._flaw = Text(ink="danger", weight=Weight.SEMIBOLD)
        self._flaw.hide()
        self._words = _Words(say("answering.text"), say("answering.add_text"), kept.text if kept is not None else "")
        self._words.area.setObjectName(f"{question.key}.text")
        self._words.edited.connect(self.edited)
        if kept is not None:
            self.options.choose(kept.option)
            self._words.want(is_wanted=kept.option in self._wanting)
        self.options.chosen.connect(self._choose)
        heading = Heading(say("answering.question", number=place, text=question.text))
        self.setLayout(column(heading, self._flaw, self.options, self._words, gap=Space.MEDIUM))

    def answer(self) -> Answer | None:
        """What is answered, if anything is chosen."""
        chosen = self.options.chosen_key
        return None if chosen is None else Answer(question=self.key, option=chosen, text=self._words.area.value)

    def point_out(self, flaw: Unfit) -> None:
        if flaw is Unfit.MISSING_TEXT:
            self._words.fail(_unfit(flaw))
        else:
            self._flaw.setText(_unfit(flaw))
            self._flaw.show()
            self.options.setAccessibleDescription(_unfit(flaw))
            self.options.setFocus()

    def _choose(self, option: str) -> None:
        self._flaw.hide()
        self.options.setAccessibleDescription("")
        self._words.want(is_wanted=option in self._wanting)
        self.edited.emit()


class _Words(QWidget):
    """Room for words, folded away behind a button until somebody wants to write."""

    edited = Signal()

    def __init__(self, label: str, offer: str, text: str, *, lines: int = 2) -> None:
        super().__init__()
        self.area = TextArea(text, lines=lines)
        self._field = Field(label, self.area)
        self._offer = Button(offer, Kind.PLAIN, icon="pencil")
        self._offer.clicked.connect(self._open)
        self.setLayout(column(row(self._offer, None), self._field, gap=0))
        self.area.textChanged.connect(self._edit)
        self.want(is_wanted=False)

    def want(self, *, is_wanted: bool) -> None:
        """Words belong to what is chosen, or no longer do; what is written stays in any case."""
        is_open = is_wanted or bool(self.area.value)
        self._field.setVisible(is_open)
        self._offer.setVisible(not is_open)
        if not is_wanted:
            self._field.clear_error()

    def fail(self, flaw: str) -> None:
        """Say that words are missing."""
        self._field.fail(flaw)
        self.area.setFocus(Qt.FocusReason.OtherFocusReason)

    def _open(self) -> None:
        self.want(is_wanted=True)
        self.area.setFocus(Qt.FocusReason.OtherFocusReason)

    def _edit(self) -> None:
        if self.area.value:
            self._field.clear_error()
        self.edited.emit()


def _told(seat: Seat, view: BallotView) -> list[Item]:
    """In what capacity one answers, and what there is to know before."""
    capacity = row(Muted(say("answering.capacity")), Text(view.capacity, weight=Weight.SEMIBOLD))
    capacity.setStretch(1, 1)
    told: list[Item] = [boxed(capacity)]
    if any(each.person == seat.me.person and each.proposed for each in view.electors):
        told.append(Muted(say("answering.own_matter")))
    if view.line.deadline_at <= seat.times.clock():
        late = say("answering.late", deadline=seat.times.exact(view.line.deadline_at))
        told.append(Notice(Tone.WARNING, late, safe=late_counts(counts=view.rule.late_answers_count)))
    if any(opinion.stage is not AnswerStage.REFUSED for opinion in view.opinions):
        told.append(Notice(Tone.ACCENT, say("answering.changing"), safe=say("answering.changing_safe")))
    return told


def late_counts(*, counts: bool) -> str:
    """What becomes of a late answer under the ballot's rule."""
    return say("answering.late_counts") if counts else say("answering.late_does_not_count")
