"""Editing what a ballot asks: questions with their options, and the points still in dispute."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ecabinet.client.ui.theme import Space
from ecabinet.client.ui.widgets import Button, ChoiceField, Field, IconButton, Line, TextField, column, row
from ecabinet.client.ui.words import say
from ecabinet.core.ballots import DisputedPoint, Option, Question


def _agreement() -> tuple[Option, ...]:
    return (
        Option(key="agree", text=say("questions.agree"), decides=True, needs_text=False),
        Option(key="disagree", text=say("questions.disagree"), decides=True, needs_text=False),
        Option(key="other", text=say("questions.other"), decides=False, needs_text=True),
    )


def _favour() -> tuple[Option, ...]:
    return (
        Option(key="in-favour", text=say("questions.in_favour"), decides=True, needs_text=False),
        Option(key="against", text=say("questions.against"), decides=True, needs_text=False),
        Option(key="not-voting", text=say("questions.not_voting"), decides=False, needs_text=False),
    )


def _plans() -> tuple[Option, ...]:
    return (
        Option(key="plan-1", text=say("questions.plan", number=1), decides=True, needs_text=False),
        Option(key="plan-2", text=say("questions.plan", number=2), decides=True, needs_text=False),
        Option(key="other-plan", text=say("questions.other_plan"), decides=False, needs_text=True),
    )


class _Several(QWidget):
    """Some editors below each other, and a button for one more."""

    changed = Signal()

    def __init__(self, add: str, name: str) -> None:
        super().__init__()
        self._editors: list[QWidget] = []
        self._inner: QVBoxLayout = column(gap=Space.LARGE)
        self._add = Button(add)
        self._add.setObjectName(name)
        self.setLayout(column(self._inner, row(self._add, None)))
        self.setFocusProxy(self._add)

    def _take_in(self, editor: "_Removable") -> None:
        self._editors.append(editor)
        self._inner.addWidget(editor)
        editor.changed.connect(self.changed)
        editor.removed.connect(lambda: self._take_out(editor))

    def _take_out(self, editor: QWidget) -> None:
        self._editors.remove(editor)
        self._inner.removeWidget(editor)
        editor.deleteLater()
        self.changed.emit()


class _Removable(QWidget):
    changed = Signal()
    removed = Signal()


class QuestionsEditor(_Several):
    """One issue a question."""

    def __init__(self, questions: Sequence[Question]) -> None:
        super().__init__(say("questions.add"), "add_question")
        for question in questions:
            self._take_in(_QuestionEditor(question.text, question.options))
        self._add.clicked.connect(self._add_one)

    def questions(self) -> tuple[Question, ...]:
        """What stands here. A question whose options are fewer than two is left out: it asks nothing yet."""
        return tuple(
            Question(key=f"q{place}", text=editor.text, options=options)
            for place, editor in enumerate(self._editors, 1)
            if isinstance(editor, _QuestionEditor) and len(options := editor.options()) > 1
        )

    def _add_one(self) -> None:
        editor = _QuestionEditor("", _agreement())
        self._take_in(editor)
        editor.setFocus()
        self.changed.emit()


class _QuestionEditor(_Removable):
    """The words of a question, and its options: a usual set, whose words may be changed."""

    def __init__(self, text: str, options: Sequence[Option]) -> None:
        super().__init__()
        self._text = TextField(text)
        self._text.setObjectName("question_text")
        self._text.textChanged.connect(self.changed)
        self._sets = {
            say("questions.set.agreement"): _agreement(),
            say("questions.set.favour"): _favour(),
            say("questions.set.plans"): _plans(),
        }
        self._set = ChoiceField()
        self._set.setObjectName("option_set")
        for name, made in self._sets.items():
            self._set.addItem(name)
            if [option.key for option in made] == [option.key for option in options]:
                self._set.setCurrentIndex(self._set.count() - 1)
        self._set.currentTextChanged.connect(lambda name: self._show_options(self._sets[name]))
        remove = IconButton("x", say("questions.remove"))
        remove.clicked.connect(self.removed)
        head = row(Field(say("questions.text"), self._text), Field(say("questions.options"), self._set), remove)
        head.setStretch(0, 1)
        self._rows = column(gap=Space.SMALL)
        self._options: list[tuple[Option, TextField]] = []
        self.setLayout(column(Line(), head, self._rows))
        self._show_options(options)
        self.setFocusProxy(self._text)

    @property
    def text(self) -> str:
        return self._text.value

    def options(self) -> tuple[Option, ...]:
        return tuple(
            Option(key=option.key, text=field.value, decides=option.decides, needs_text=option.needs_text)
            for option, field in self._options
            if field.value
        )

    def _show_options(self, options: Sequence[Option]) -> None:
        for _, field in self._options:
            self._rows.removeWidget(field)
            field.deleteLater()
        self._options = []
        for option in options:
            field = TextField(option.text)
            field.setObjectName(f"option.{option.key}")
            field.setAccessibleName(say("questions.option", text=option.text))
            field.textChanged.connect(self.changed)
            self._rows.addWidget(field)
            self._options.append((option, field))
        self.changed.emit()


class DisputedEditor(_Several):
    """Issue, agency, view, reason, the Office's proposal."""

    def __init__(self, points: Sequence[DisputedPoint]) -> None:
        super().__init__(say("questions.add_point"), "add_point")
        for point in points:
            self._take_in(_PointEditor(point))
        self._add.clicked.connect(self._add_one)

    def points(self) -> tuple[DisputedPoint, ...]:
        """What stands here; an empty one is left out."""
        points = (editor.point() for editor in self._editors if isinstance(editor, _PointEditor))
        return tuple(point for point in points if point.issue or point.view)

    def _add_one(self) -> None:
        editor = _PointEditor(DisputedPoint(issue="", agency="", view="", reason="", proposal=""))
        self._take_in(editor)
        editor.setFocus()


class _PointEditor(_Removable):
    def __init__(self, point: DisputedPoint) -> None:
        super().__init__()
        self._issue = self._field("point_issue", point.issue)
        self._agency = self._field("point_agency", point.agency)
        self._view = self._field("point_view", point.view)
        self._reason = self._field("point_reason", point.reason)
        self._proposal = self._field("point_proposal", point.proposal)
        remove = IconButton("x", say("questions.remove_point"))
        remove.clicked.connect(self.removed)
        head = row(Field(say("questions.issue"), self._issue), Field(say("ballots.point.agency"), self._agency), remove)
        head.setStretch(0, 1)
        self.setLayout(
            column(
                Line(),
                head,
                row(
                    Field(say("ballots.point.view"), self._view),
                    Field(say("ballots.point.reason"), self._reason),
                    gap=Space.LARGE,
                ),
                Field(say("ballots.point.proposal"), self._proposal),
            )
        )
        self.setFocusProxy(self._issue)

    def point(self) -> DisputedPoint:
        return DisputedPoint(
            issue=self._issue.value,
            agency=self._agency.value,
            view=self._view.value,
            reason=self._reason.value,
            proposal=self._proposal.value,
        )

    def _field(self, name: str, value: str) -> TextField:
        field = TextField(value)
        field.setObjectName(name)
        field.textChanged.connect(self.changed)
        return field
