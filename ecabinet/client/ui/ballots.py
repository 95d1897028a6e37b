"""Phiếu lấy ý kiến: the ballots one is asked or may see, and one of them with its dossier and the answer beside it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from ecabinet.client.desk.ballots import AnswerStage, BallotLine, BallotView, Draft
from ecabinet.client.ui import theme
from ecabinet.client.ui.answering.pane import Answering
from ecabinet.client.ui.explanations import explain
from ecabinet.client.ui.meetings import open_as_sent, paper_row
from ecabinet.client.ui.outcome import basis, outcome_cards
from ecabinet.client.ui.priorities import priority_chip
from ecabinet.client.ui.screen import Explanation, Screen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Space, Tone, Weight
from ecabinet.client.ui.widgets import (
    Button,
    Card,
    Chip,
    ChipLabel,
    Entry,
    Item,
    Key,
    Kind,
    Muted,
    Notice,
    Row,
    RowList,
    Section,
    Split,
    Text,
    Title,
    boxed,
    column,
    deadline_chip,
    flow,
    row,
    scrolled,
)
from ecabinet.client.ui.words import Names, say
from ecabinet.core.ballots import BallotState, DisputedPoint, Priority
from ecabinet.core.codec import Identifier

_state = Names("ballots.state", BallotState)
_stage = Names("ballots.stage", AnswerStage)
_STATE_TONES = {BallotState.OPEN: Tone.ACCENT, BallotState.ANNOUNCED: Tone.POSITIVE}
_STAGE_TONES = {
    AnswerStage.NONE: Tone.NEUTRAL,
    AnswerStage.DRAFT: Tone.WARNING,
    AnswerStage.RECORDED: Tone.POSITIVE,
    AnswerStage.REFUSED: Tone.DANGER,
}
_ANSWER_WIDTH = 480
_FACT_WIDE, _FACT_NAME = 560, 176
_UNBOUNDED = 16_777_215
_GIVEN = frozenset({AnswerStage.SIGNED, AnswerStage.SENT, AnswerStage.RECORDED})


class BallotsScreen(Screen):
    """The list: those that wait for an answer, those answered, those that are over."""

    nouns: ClassVar[frozenset[str]] = frozenset({"ballots", "gone"})

    def __init__(self, seat: Seat) -> None:
        super().__init__(seat.background, say("ballots.title"))
        self._seat = seat
        self._rows: RowList | None = None

    def load(self) -> None:
        self.ask(say("ballots.loading"), lambda _: self._seat.desk.ballots.all(), self._show)

    def panes(self) -> Sequence[QWidget]:
        return () if self._rows is None else (self._rows,)

    def explain(self, error: Exception) -> Explanation:
        return explain(error) or super().explain(error)

    def _show(self, ballots: tuple[BallotLine, ...]) -> None:
        if not ballots:
            self._rows = None
            self.show_empty("vote", say("ballots.none"), say("ballots.none_next"))
            return
        if self._rows is None:
            self._rows = RowList(say("ballots.title"))
            self._rows.setObjectName("ballots")
            self._rows.opened.connect(self._seat.open_ballot)
            self.show_content(boxed(column(self._rows, pad=Space.LARGE)))
        self._rows.show_rows(self._entries(ballots))

    def _entries(self, ballots: Sequence[BallotLine]) -> list[Entry]:
        groups: list[tuple[str, Callable[[BallotLine], bool]]] = [
            (say("ballots.group.waiting"), _is_waiting),
            (say("ballots.group.answered"), lambda line: line.state is BallotState.OPEN and not _is_waiting(line)),
            (say("ballots.group.over"), lambda line: line.state is not BallotState.OPEN),
        ]
        entries: list[Entry] = []
        for title, belongs in groups:
            rows = [ballot_row(self._seat, line) for line in ballots if belongs(line)]
            if rows:
                entries += [Section(title=title), *rows]
        return entries


def ballot_row(seat: Seat, line: BallotLine) -> Row:
    """A ballot as a row of a list: deadline and priority while it is open, then how far one's answer has come."""
    chips: list[Chip] = []
    if line.state is BallotState.OPEN:
        chips.append(deadline_chip(seat.times, line.deadline_at))
        if line.priority is not Priority.NORMAL:
            chips.insert(0, priority_chip(line.priority))
    else:
        chips.append(_state_chip(line))
    if line.is_elector and line.stage is not AnswerStage.NONE:
        chips.append(Chip(text=_stage(line.stage), tone=_STAGE_TONES.get(line.stage, Tone.ACCENT)))
    return Row(
        key=line.ballot,
        title=line.subject,
        detail=line.submitter,
        icon="vote",
        chips=tuple(chips),
        is_new=_is_waiting(line),
    )


def _is_waiting(line: BallotLine) -> bool:
    return line.state is BallotState.OPEN and line.is_elector and line.stage not in _GIVEN


def _state_chip(line: BallotLine) -> Chip:
    return Chip(text=_state(line.state), tone=_STATE_TONES.get(line.state, Tone.NEUTRAL))


class BallotScreen(Screen):
    """One ballot: what it is about at the left, the answer at the right, the dossier a key away."""

    nouns: ClassVar[frozenset[str]] = frozenset({"ballots", "documents", "gone"})

    def __init__(self, seat: Seat, ballot: Identifier) -> None:
        super().__init__(seat.background, say("ballots.one"))
        self.thing = ballot
        self._seat, self._ballot = seat, ballot
        self._view: BallotView | None = None
        self._answering = Answering(self, seat, ballot)
        self._answering.back.clicked.connect(self._toggle_side)
        self._about = scrolled(QWidget())
        self._open_answer = Button("")
        self._split = Split(self._about, self._answering, side_width=_ANSWER_WIDTH)
        self._split.side_toggled.connect(self._show_way)

    def load(self) -> None:
        self.ask(say("ballots.loading"), lambda _: self._seat.desk.ballots.one(self._ballot), self._show)

    def panes(self) -> Sequence[QWidget]:
        return (self._answering, self._about)

    def keys(self) -> Sequence[Key]:
        return (
            Key(keys="F2", name=say("ballots.key.answer"), act=self._go_to_answer),
            Key(keys="F7", name=say("ballots.key.dossier"), act=self._open_dossier),
            Key(keys="F4", name=say("ballots.key.side"), act=self._toggle_side),
            Key(keys="Ctrl+Return", name=say("ballots.key.next"), act=self._answering.go_on),
            Key(keys="Ctrl+1", name=say("ballots.key.option")),
        )

    def explain(self, error: Exception) -> Explanation:
        return explain(error) or super().explain(error)

    def _show(self, view: BallotView) -> None:
        before, self._view = self._view, view
        self.retitle(say("ballots.one"), view.line.subject)
        if before is None or _asked(before) != _asked(view):
            at = self._about.verticalScrollBar().value()
            self._about.setWidget(self._describe(view))
            self._about.verticalScrollBar().setValue(at)
        self._answering.show_ballot(view)
        self.show_content(self._split)
        self._show_way()

    def _describe(self, view: BallotView) -> QWidget:
        line = view.line
        chips = [_state_chip(line)]
        if line.priority is not Priority.NORMAL:
            chips.append(priority_chip(line.priority))
        if line.state is BallotState.OPEN:
            chips.append(deadline_chip(self._seat.times, line.deadline_at))
        self._open_answer = Button(say("ballots.answer_here"), Kind.PRIMARY, icon="vote")
        self._open_answer.setObjectName("open_answer")
        self._open_answer.clicked.connect(self._go_to_answer)
        source = say("ballots.grounds", grounds=view.grounds) if view.grounds else line.submitter
        items: list[Item] = [flow(*map(ChipLabel, chips)), column(Title(line.subject), Muted(source), gap=Space.HAIR)]
        items.append(row(self._open_answer, None))
        if view.has_other_papers:
            items.append(
                Notice(
                    Tone.DANGER,
                    say("errors.not_as_sent"),
                    safe=say("errors.safe"),
                    to_do=say("errors.not_as_sent_to_do"),
                )
            )
        if view.extended_because:
            items.append(Notice(Tone.ACCENT, say("ballots.extended", reason=view.extended_because)))
        items += outcome_cards(self._seat, view)
        if view.summary:
            items.append(Card(say("ballots.summary"), Text(view.summary)))
        if view.disputed:
            items.append(_disputed(view.disputed))
        items += [self._dossier(view), self._facts(view)]
        shown = say("ballots.answers_shown") if view.source.shows_answers_before_own else say("ballots.answers_hidden")
        items.append(Card(say("ballots.rule"), Text(view.rule.in_words), Text(shown), Muted(basis(view.rule))))
        items.append(None)
        return boxed(column(*items, gap=Space.LARGE, pad=Space.HUGE))

    def _facts(self, view: BallotView) -> Card:
        facts = [
            (say("ballots.fact.submitter"), view.line.submitter),
            (say("ballots.fact.deadline"), self._seat.times.exact(view.line.deadline_at)),
            (say("ballots.fact.decided_by"), say("ballots.decision", who=view.decided_by, note=view.deciding_note)),
            (say("ballots.fact.field"), view.field),
            (say("ballots.fact.specialist"), view.specialist),
            (say("ballots.fact.electors"), say("ballots.electors", count=len(view.electors))),
        ]
        return Card(say("ballots.facts"), *(fact(name, value) for name, value in facts if value))

    def _dossier(self, view: BallotView) -> Card:
        if not view.dossier:
            return Card(say("ballots.dossier"), Muted(say("ballots.no_dossier")))
        papers = RowList(say("ballots.dossier"), is_whole=True)
        papers.setObjectName("dossier")
        papers.show_rows([paper_row(paper) for paper in view.dossier])
        dossier = {paper.document: paper for paper in view.dossier}
        papers.opened.connect(lambda key: open_as_sent(self._seat, dossier[key]))
        return Card(say("ballots.dossier"), papers)

    def _open_dossier(self) -> None:
        if self._view is not None and self._view.dossier:
            open_as_sent(self._seat, self._view.dossier[0])

    def _go_to_answer(self) -> None:
        self._split.open_side()
        self._answering.take_keyboard()

    def _toggle_side(self) -> None:
        self._split.toggle_side()

    def _show_way(self) -> None:
        """A button leads to whichever pane is hidden."""
        self._open_answer.setVisible(not self._split.is_side_open)
        self._answering.back.setVisible(self._about.isHidden())


def _asked(view: BallotView) -> BallotView:
    """The ballot without one's own answers to it."""
    return replace(view, draft=Draft(), opinions=(), line=replace(view.line, stage=AnswerStage.NONE))


def fact(name: str, value: str) -> QWidget:
    """A name and what it is, as papers list their particulars; below each other where there is little room."""
    return _Fact(name, value)


class _Fact(QWidget):
    def __init__(self, name: str, value: str) -> None:
        super().__init__()
        self._name = Muted(name)
        self._name.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._line = row(self._name, Text(value), gap=Space.LARGE)
        self._line.setStretch(1, 1)
        self.setLayout(self._line)
        self._set_out(is_wide=True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_wide = self.width() >= theme.px(_FACT_WIDE)
        if is_wide != (self._line.direction() is QBoxLayout.Direction.LeftToRight):
            self._set_out(is_wide=is_wide)

    def _set_out(self, *, is_wide: bool) -> None:
        direction = QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom
        self._line.setDirection(direction)
        self._line.setSpacing(theme.px(Space.LARGE if is_wide else 0))
        self._name.setFixedWidth(theme.px(_FACT_NAME)) if is_wide else self._name.setMinimumWidth(0)
        if not is_wide:
            self._name.setMaximumWidth(_UNBOUNDED)


def _disputed(points: Sequence[DisputedPoint]) -> Card:
    """The views that differ, under the issues they are about."""
    card = Card(say("ballots.disputed"))
    for issue, of_it in groupby(points, lambda point: point.issue):
        lines: list[Item] = [Text(issue, weight=Weight.SEMIBOLD)]
        for point in of_it:
            given = ((say("ballots.point.view"), point.view), (say("ballots.point.reason"), point.reason))
            proposed = (say("ballots.point.proposal"), point.proposal)
            told = [fact(name, value) for name, value in (*given, proposed) if value]
            lines.append(boxed(column(Text(point.agency, weight=Weight.MEDIUM, ink="accent"), *told, gap=Space.HAIR)))
        card.add(boxed(column(*lines, gap=Space.MEDIUM)))
    return card
