"""Who has answered a ballot and what, as a table of its full height; one line opens all that was said."""

from collections.abc import Sequence

from PySide6.QtGui import QFocusEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from ecabinet.client.desk.preparing import ElectorLine, ElectorStage
from ecabinet.client.ui.preparing.forms import bring_into_view, told
from ecabinet.client.ui.theme import Space, Tone
from ecabinet.client.ui.times import Times
from ecabinet.client.ui.widgets import (
    Button,
    Chip,
    Column,
    Kind,
    Muted,
    Record,
    Sheet,
    Table,
    TickBox,
    column,
)
from ecabinet.client.ui.words import Names, number, say
from ecabinet.core.ballots import Answer, Question

_stage = Names("monitor.stage", ElectorStage)
_TONES = {
    ElectorStage.ANSWERED: Tone.POSITIVE,
    ElectorStage.ANSWERED_LATE: Tone.WARNING,
    ElectorStage.NEARLY_DUE: Tone.WARNING,
    ElectorStage.OVERDUE: Tone.DANGER,
}
_GIVEN = frozenset({ElectorStage.ANSWERED, ElectorStage.ANSWERED_LATE})
_MOST_QUESTIONS = 3
"""Columns for which there is room; more are read in the sheet of a line."""


class Board(QWidget):
    """Electors by the order of the register, all of them or those that have not answered."""

    def __init__(self, times: Times) -> None:
        super().__init__()
        self._times = times
        self._questions: tuple[Question, ...] = ()
        self._electors: tuple[ElectorLine, ...] = ()
        self._only_silent = TickBox(say("monitor.only_silent"))
        self._only_silent.setObjectName("only_silent")
        self._only_silent.toggled.connect(self._fill)
        self._none = Muted(say("monitor.nobody_silent"))
        self._table: _Tall | None = None
        self._column = column(self._only_silent, self._none, None, gap=Space.SMALL)
        self.setLayout(self._column)

    def show_electors(self, questions: Sequence[Question], electors: Sequence[ElectorLine]) -> None:
        """Show these; the keyboard stays on its line."""
        if self._table is None:
            self._questions = tuple(questions)
            self._table = self._make_table()
            self._column.insertWidget(self._column.count() - 1, self._table)
        self._electors = tuple(electors)
        self._fill()

    def _make_table(self) -> "_Tall":
        shown = self._questions[:_MOST_QUESTIONS]
        columns = [Column(title=say("monitor.who"), stretches=True), Column(title=say("monitor.state"))]
        columns += [Column(title=say("monitor.question", number=n + 1), stretches=True) for n in range(len(shown))]
        table = _Tall(say("monitor.electors"), [*columns, Column(title=say("monitor.at"))])
        table.setObjectName("electors")
        table.opened.connect(self._open)
        return table

    def _fill(self) -> None:
        if self._table is None:
            return
        silent = [each for each in self._electors if each.stage not in _GIVEN]
        lines = silent if self._only_silent.isChecked() else list(self._electors)
        self._only_silent.setEnabled(bool(silent) or self._only_silent.isChecked())
        self._none.setVisible(not lines)
        self._table.setVisible(bool(lines))
        self._table.show_records([self._record(each) for each in lines])

    def _record(self, elector: ElectorLine) -> Record:
        words = [_said(question, elector.answers) for question in self._questions[:_MOST_QUESTIONS]]
        chip = Chip(text=_stage(elector.stage), tone=_TONES.get(elector.stage, Tone.NEUTRAL))
        at = self._times.recent(elector.accepted_at) if elector.accepted_at is not None else ""
        return Record(key=elector.person, cells=(elector.office, chip, *words, at))

    def _open(self, person: str) -> None:
        elector = next(each for each in self._electors if each.person == person)
        _OpinionSheet(self, self._times, self._questions, elector).open()


class _OpinionSheet(Sheet):
    """Everything one elector said, word for word."""

    def __init__(self, over: QWidget, times: Times, questions: Sequence[Question], elector: ElectorLine) -> None:
        close = Button(say("kit.close"), Kind.PRIMARY)
        close.clicked.connect(self.accept)
        facts = [told(say("monitor.state"), _stage(elector.stage))]
        if elector.accepted_at is not None:
            facts.append(told(say("monitor.at"), times.exact(elector.accepted_at)))
            facts += [told(question.text, _said(question, elector.answers)) for question in questions]
        if elector.remark:
            facts.append(told(say("monitor.remark"), elector.remark))
        if elector.changes:
            facts.append(told(say("monitor.changes"), number(elector.changes)))
        super().__init__(over, elector.office, *facts, buttons=(close,))
        close.setFocus()


class _Tall(Table):
    """A table that shows all its lines: the page around it scrolls."""

    def __init__(self, name: str, columns: Sequence[Column]) -> None:
        super().__init__(name, columns)
        self.selectionModel().currentChanged.connect(self._bring_into_view)

    def show_records(self, records: Sequence[Record]) -> None:
        super().show_records(records)
        self._grow()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.resizeRowsToContents()
            self._grow()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._bring_into_view()

    def _grow(self) -> None:
        lines = self.verticalHeader().length()
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + lines + 2 * self.frameWidth())

    def _bring_into_view(self) -> None:
        if self.hasFocus():
            bring_into_view(self, self.visualRect(self.currentIndex()))


def _said(question: Question, answers: Sequence[Answer]) -> str:
    """The answer to a question in words, with what was written to it."""
    answer = next((each for each in answers if each.question == question.key), None)
    if answer is None:
        return ""
    option = question.option(answer.option)
    return ". ".join(filter(None, (answer.option if option is None else option.text, answer.text)))
