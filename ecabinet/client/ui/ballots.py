"""Phiếu lấy ý kiến: the ballots one is asked or may see, and one of them with its dossier and the answer beside it."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from ecabinet.client.desk.ballots import AnswerStage, BallotLine, BallotView
from ecabinet.client.ui import theme
from ecabinet.client.ui.answering import Answering
from ecabinet.client.ui.explanations import explain
from ecabinet.client.ui.outcome import outcome_cards
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
    priority_chip,
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
            self.show_content(self._rows)
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
        self._seat, self._ballot = seat, ballot
        self._answering = Answering(self, seat, ballot)
        self._answering.setObjectName("answering")
        self._about = QScrollArea()
        self._split: Split | None = None

    def load(self) -> None:
        self.ask(say("ballots.loading"), lambda _: self._seat.desk.ballots.one(self._ballot), self._show)

    def panes(self) -> Sequence[QWidget]:
        return (self._answering, self._about)

    def keys(self) -> Sequence[Key]:
        return (
            Key(keys="F2", name=say("ballots.key.answer"), act=self._go_to_answer),
            Key(keys="F4", name=say("ballots.key.side"), act=self._toggle_side),
            Key(keys="Ctrl+Return", name=say("ballots.key.next"), act=self._answering.go_on),
            Key(keys="Ctrl+1", name=say("ballots.key.option")),
        )

    def explain(self, error: Exception) -> Explanation:
        return explain(error) or super().explain(error)

    def _show(self, view: BallotView) -> None:
        self.retitle(say("ballots.one"), view.line.subject)
        about = scrolled(boxed(self._describe(view)))
        self._answering.show_ballot(view)
        if self._split is None:
            self._about = about
            self._split = Split(self._about, self._answering, side_width=480)
            self.show_content(self._split)
        else:
            at = self._about.verticalScrollBar().value()
            self._split.replaceWidget(0, about)
            self._about.deleteLater()
            self._about = about
            about.verticalScrollBar().setValue(at)

    def _describe(self, view: BallotView) -> QVBoxLayout:
        line = view.line
        chips = [_state_chip(line), priority_chip(line.priority)]
        if line.state is BallotState.OPEN:
            chips.append(deadline_chip(self._seat.times, line.deadline_at))
        answer = Button(say("ballots.answer_here"), icon="vote")
        answer.setObjectName("open_answer")
        answer.clicked.connect(self._go_to_answer)
        head = row(*(ChipLabel(chip) for chip in chips), None, answer)
        items: list[Item] = [head, Title(line.subject)]
        if view.extended_because:
            items.append(Notice(Tone.ACCENT, say("ballots.extended", reason=view.extended_because)))
        items += outcome_cards(self._seat, view)
        items.append(self._facts(view))
        if view.summary:
            items.append(Card(say("ballots.summary"), Text(view.summary)))
        if view.disputed:
            items.append(Card(say("ballots.disputed"), *map(_disputed, view.disputed)))
        items.append(self._dossier(view))
        items.append(Card(say("ballots.rule"), Text(view.rule.in_words), Muted(view.rule.legal_basis)))
        items.append(None)
        return column(*items, gap=Space.LARGE, pad=Space.HUGE)

    def _facts(self, view: BallotView) -> Card:
        facts = [
            (say("ballots.fact.submitter"), view.line.submitter),
            (say("ballots.fact.grounds"), view.grounds),
            (say("ballots.fact.decided_by"), say("ballots.decision", who=view.decided_by, note=view.deciding_note)),
            (say("ballots.fact.field"), view.field),
            (say("ballots.fact.specialist"), view.specialist),
            (say("ballots.fact.deadline"), self._seat.times.exact(view.line.deadline_at)),
            (say("ballots.fact.electors"), say("ballots.electors", count=len(view.electors))),
        ]
        return Card(say("ballots.facts"), *(fact(name, value) for name, value in facts if value))

    def _dossier(self, view: BallotView) -> Card:
        card = Card(say("ballots.dossier"))
        for paper in view.dossier:
            open_it = Button(paper.title, icon="file-text", hint=paper.number)
            open_it.setObjectName("open_paper")
            open_it.setProperty("aligns", "left")
            open_it.clicked.connect(lambda _=False, document=paper.document: self._seat.open_paper(document))
            card.add(open_it)
        if not view.dossier:
            card.add(Muted(say("ballots.no_dossier")))
        return card

    def _go_to_answer(self) -> None:
        if self._split is not None:
            self._split.open_side()
            self._answering.take_keyboard()

    def _toggle_side(self) -> None:
        if self._split is not None:
            self._split.toggle_side()


def fact(name: str, value: str) -> QWidget:
    """A name and what it is, as papers list their particulars."""
    label = Muted(name)
    label.setFixedWidth(theme.px(168))
    line = row(label, Text(value), gap=Space.LARGE)
    line.setStretch(1, 1)
    return boxed(line)


def _disputed(point: DisputedPoint) -> QWidget:
    lines: list[Item] = [Text(point.issue, weight=Weight.SEMIBOLD)]
    for name, value in (
        (say("ballots.point.agency"), point.agency),
        (say("ballots.point.view"), point.view),
        (say("ballots.point.reason"), point.reason),
        (say("ballots.point.proposal"), point.proposal),
    ):
        if value:
            lines.append(fact(name, value))
    return boxed(column(*lines, gap=Space.SMALL))
