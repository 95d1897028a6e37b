"""Editing what a ballot asks: questions with their options, and the points still in dispute."""

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from enum import Enum
from functools import partial
from itertools import count

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ecabinet.client.ui import theme
from ecabinet.client.ui.preparing.forms import beside, named
from ecabinet.client.ui.theme import Space, Weight
from ecabinet.client.ui.widgets import (
    Button,
    ChoiceField,
    Field,
    IconButton,
    Kind,
    Line,
    Muted,
    Text,
    TextArea,
    TextField,
    boxed,
    column,
    row,
)
from ecabinet.client.ui.widgets.layout import empty
from ecabinet.client.ui.words import Names, say
from ecabinet.core.ballots import DisputedPoint, Option, Question

_LEAST = 2
"""Options a question has at least."""


class OptionSet(Enum):
    """The usual sets, and one's own."""

    AGREEMENT = "agreement"
    FAVOUR = "favour"
    PLANS = "plans"


_set_name = Names("questions.set", OptionSet)


def _options_of(kind: OptionSet) -> tuple[Option, ...]:
    match kind:
        case OptionSet.AGREEMENT:
            return (
                _decides("agree", say("questions.agree")),
                _decides("disagree", say("questions.disagree")),
                Option(key="other", text=say("questions.other"), decides=False, needs_text=True),
            )
        case OptionSet.FAVOUR:
            return (
                _decides("in-favour", say("questions.in_favour")),
                _decides("against", say("questions.against")),
                Option(key="not-voting", text=say("questions.not_voting"), decides=False, needs_text=False),
            )
        case OptionSet.PLANS:
            other = Option(key="other-plan", text=say("questions.other_plan"), decides=False, needs_text=True)
            return (*(_plan(place) for place in (1, 2)), other)


def _words(options: Sequence[Option]) -> list[tuple[str, bool]]:
    """What makes a set a usual one, whatever its keys."""
    return [(option.text, option.needs_text) for option in options]


def _decides(key: str, text: str) -> Option:
    return Option(key=key, text=text, decides=True, needs_text=False)


def _plan(place: int) -> Option:
    return _decides(f"plan-{place}", say("questions.plan", number=place))


class _Editor(QWidget):
    """One of several, with a line above, its name, and buttons that move it up or take it away."""

    changed = Signal()
    removed = Signal()
    raised = Signal()

    def __init__(self, remove: str, up: str) -> None:
        super().__init__()
        self._name = Text(weight=Weight.SEMIBOLD)
        self._up = IconButton("arrow-up", up)
        self._up.clicked.connect(self.raised)
        away = IconButton("x", remove)
        away.clicked.connect(self.removed)
        self._line = Line()
        head = row(self._name, self._up, away, gap=0)
        head.setStretch(0, 1)
        self._head = column(self._line, head, gap=Space.HAIR)

    def take_keyboard(self) -> None:
        """Have what is to be written first written now. No proxy: Tab would pass over the buttons above."""
        raise NotImplementedError

    def show_place(self, place: int, name: str) -> None:
        """Where it stands among the others, from 0."""
        self._name.setText(name)
        self._line.setVisible(place > 0)
        self._up.setEnabled(place > 0)

    def _text(self, name: str, value: str, lines: int = 2) -> TextArea:
        field = named(TextArea(value, lines=lines), name)
        field.textChanged.connect(self.changed)
        return field


class _Several(QWidget):
    """Some editors below each other, and a button for one more."""

    changed = Signal()

    def __init__(self, add: str, name: str, name_of: Callable[[int], str]) -> None:
        super().__init__()
        self._editors: list[_Editor] = []
        self._name_of = name_of
        self._inner: QVBoxLayout = column(gap=Space.LARGE)
        self._add = named(Button(add, icon="plus"), name)
        self.setLayout(column(self._inner, row(self._add, None)))

    def _take_in(self, editor: _Editor) -> None:
        self._editors.append(editor)
        self._inner.addWidget(editor)
        editor.show()  # now: it is about to be given the keyboard
        editor.changed.connect(self.changed)
        editor.removed.connect(lambda: self._take_out(editor))
        editor.raised.connect(lambda: self._raise(editor))
        self._number()

    def _take_out(self, editor: _Editor) -> None:
        place = self._editors.index(editor)
        self._editors.remove(editor)
        self._inner.removeWidget(editor)
        editor.hide()
        editor.deleteLater()
        if self._editors:
            self._editors[min(place, len(self._editors) - 1)].take_keyboard()
        else:
            self._add.setFocus()
        self._number()
        self.changed.emit()

    def _raise(self, editor: _Editor) -> None:
        place = self._editors.index(editor) - 1
        self._editors.remove(editor)
        self._editors.insert(place, editor)
        self._inner.insertWidget(place, editor)
        self._number()
        self.changed.emit()

    def _number(self) -> None:
        for place, editor in enumerate(self._editors):
            editor.show_place(place, self._name_of(place))


class QuestionsEditor(_Several):
    """One issue a question."""

    def __init__(self, questions: Sequence[Question]) -> None:
        super().__init__(say("questions.add"), "add_question", lambda place: say("questions.one", number=place + 1))
        for question in questions:
            self._take_in(_QuestionEditor(question.text, question.options))
        self._add.clicked.connect(self._add_one)

    def questions(self) -> tuple[Question, ...]:
        """What stands here, finished or not."""
        return tuple(
            Question(key=f"q{place}", text=editor.text, options=editor.options())
            for place, editor in enumerate(self._editors, 1)
            if isinstance(editor, _QuestionEditor)
        )

    def go_to_lacking(self) -> None:
        """Go to the first question that asks nothing yet, or has an option without words."""
        for editor in self._editors:
            if isinstance(editor, _QuestionEditor) and editor.go_to_lacking():
                return
        self._add.setFocus()

    def _add_one(self) -> None:
        editor = _QuestionEditor("", _options_of(OptionSet.AGREEMENT))
        self._take_in(editor)
        editor.take_keyboard()
        self.changed.emit()


class _QuestionEditor(_Editor):
    """The words of a question and its options: a usual set as it is, or plans in words of one's own."""

    def __init__(self, text: str, options: Sequence[Option]) -> None:
        super().__init__(say("questions.remove"), say("questions.up"))
        self._text_field = self._text("question_text", text)
        self._set = named(ChoiceField(), "option_set")
        for kind in OptionSet:
            self._set.addItem(_set_name(kind), kind)
        usual = next((kind for kind in OptionSet if _words(_options_of(kind)) == _words(options)), OptionSet.PLANS)
        self._set.setCurrentIndex(list(OptionSet).index(usual))
        self._set.currentIndexChanged.connect(self._use_set)
        self._rows = column(gap=Space.SMALL)
        self._options: list[tuple[Option, TextField | None]] = []
        self.setLayout(
            column(
                self._head,
                Field(say("questions.text"), self._text_field),
                Field(say("questions.options"), self._set),
                self._rows,
            )
        )
        self._show_options(options)

    def take_keyboard(self) -> None:
        self._text_field.setFocus()

    @property
    def text(self) -> str:
        return self._text_field.value

    def options(self) -> tuple[Option, ...]:
        return tuple(option if field is None else replace(option, text=field.value) for option, field in self._options)

    def go_to_lacking(self) -> bool:
        """Whether there was something to go to."""
        if not self.text:
            self._text_field.setFocus()
            return True
        lacking = next((field for _, field in self._options if field is not None and not field.value), None)
        if lacking is not None:
            lacking.setFocus()
        return lacking is not None

    def _use_set(self) -> None:
        self._show_options(_options_of(self._set.currentData()))
        self.changed.emit()

    def _show_options(self, options: Sequence[Option]) -> None:
        empty(self._rows)
        if self._set.currentData() is OptionSet.PLANS:
            self._show_plans(options)
        else:
            self._options = [(option, None) for option in options]
            for option in options:
                if option.needs_text:
                    self._rows.addWidget(Muted(say("questions.needs_text", option=option.text)))

    def _show_plans(self, options: Sequence[Option]) -> None:
        may_remove = sum(option.decides for option in options) > _LEAST
        self._options = []
        for option in options:
            field = named(TextField(option.text), f"option.{option.key}")
            field.setAccessibleName(say("questions.option", text=option.text))
            field.textChanged.connect(self.changed)
            self._options.append((option, field))
            if option.decides:
                beside_it: QWidget = IconButton("x", say("questions.remove_plan", plan=option.text))
                beside_it.setEnabled(may_remove)
                beside_it.clicked.connect(partial(self._remove_plan, option.key))  # type: ignore[attr-defined]
            else:
                beside_it = QWidget()  # keeps the fields as long as each other
                beside_it.setFixedWidth(theme.px(theme.TARGET))
            line = row(field, beside_it)
            line.setStretch(0, 1)
            self._rows.addWidget(boxed(line))
            if option.needs_text:
                self._rows.addWidget(Muted(say("questions.needs_text", option=option.text)))
        more = named(Button(say("questions.add_plan"), Kind.PLAIN, icon="plus"), "add_plan")
        more.clicked.connect(self._add_plan)
        self._rows.addLayout(row(more, None))

    def _add_plan(self) -> None:
        options = self.options()
        taken = {option.key for option in options}
        place = next(place for place in count(1) if f"plan-{place}" not in taken)
        at = sum(option.decides for option in options)
        self._show_options((*options[:at], _plan(place), *options[at:]))
        field = self._options[at][1]
        if field is not None:
            field.setFocus()
            field.selectAll()
        self.changed.emit()

    def _remove_plan(self, key: str) -> None:
        self._show_options([option for option in self.options() if option.key != key])
        self._set.setFocus()
        self.changed.emit()


class DisputedEditor(_Several):
    """Issue, agency, view, reason, the Office's proposal."""

    def __init__(self, points: Sequence[DisputedPoint]) -> None:
        super().__init__(
            say("questions.add_point"), "add_point", lambda place: say("questions.one_point", number=place + 1)
        )
        for point in points:
            self._take_in(_PointEditor(point))
        self._add.clicked.connect(self._add_one)

    def points(self) -> tuple[DisputedPoint, ...]:
        """What stands here; an empty one is left out."""
        points = (editor.point() for editor in self._editors if isinstance(editor, _PointEditor))
        return tuple(point for point in points if any(getattr(point, each.name) for each in fields(point)))

    def _add_one(self) -> None:
        issue = next(
            (editor.point().issue for editor in reversed(self._editors) if isinstance(editor, _PointEditor)), ""
        )
        editor = _PointEditor(DisputedPoint(issue=issue, agency="", view="", reason="", proposal=""))
        self._take_in(editor)
        editor.take_keyboard()


class _PointEditor(_Editor):
    """One view of one agency; the next begins with the same issue, for the agency that sees it otherwise."""

    def __init__(self, point: DisputedPoint) -> None:
        super().__init__(say("questions.remove_point"), say("questions.up_point"))
        self._issue = self._short("point_issue", point.issue)
        self._agency = self._short("point_agency", point.agency)
        self._view = self._text("point_view", point.view)
        self._reason = self._text("point_reason", point.reason)
        self._proposal = self._text("point_proposal", point.proposal)
        self.setLayout(
            column(
                self._head,
                beside(
                    Field(say("questions.issue"), self._issue),
                    Field(say("questions.agency"), self._agency),
                ),
                beside(
                    Field(say("questions.view"), self._view),
                    Field(say("questions.reason"), self._reason),
                ),
                Field(say("questions.proposal"), self._proposal),
            )
        )

    def take_keyboard(self) -> None:
        (self._agency if self._issue.value else self._issue).setFocus()

    def point(self) -> DisputedPoint:
        """As it stands here."""
        return DisputedPoint(
            issue=self._issue.value,
            agency=self._agency.value,
            view=self._view.value,
            reason=self._reason.value,
            proposal=self._proposal.value,
        )

    def _short(self, name: str, value: str) -> TextField:
        field = named(TextField(value), name)
        field.textChanged.connect(self.changed)
        return field
