"""What a ballot came to: the counts of every question as bars and numbers, and who answered what."""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ecabinet.client.desk.ballots import BallotView, Colleague
from ecabinet.client.ui import theme
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Space, Tone, Weight
from ecabinet.client.ui.widgets import (
    Card,
    Chip,
    ChipLabel,
    Column,
    Muted,
    Record,
    Table,
    Text,
    boxed,
    column,
    row,
)
from ecabinet.client.ui.widgets.painting import rounded
from ecabinet.client.ui.words import number, say
from ecabinet.core.ballots import Collation, DecisionRule, Question, QuestionTally, is_passed

_BAR = 12


def outcome_cards(seat: Seat, view: BallotView) -> list[Card]:
    """The result, once it is announced, and the opinions that may be seen."""
    cards = []
    if view.result is not None:
        cards.append(result_card(view.questions, view.result))
    if view.colleagues:
        cards.append(Card(say("outcome.opinions"), _opinions(seat, view.questions, view.colleagues)))
    return cards


def result_card(questions: tuple[Question, ...], result: Collation) -> Card:
    """Counts over answers received and over ballots sent, and what the rule makes of them."""
    quorum = say("outcome.quorate") if result.is_quorate else say("outcome.not_quorate")
    tone = Tone.POSITIVE if result.is_quorate else Tone.DANGER
    turnout = say("outcome.received", received=number(result.received), sent=number(result.sent))
    card = Card(say("outcome.result"), Text(turnout), row(ChipLabel(Chip(text=quorum, tone=tone)), None))
    for question, tally in zip(questions, result.tallies, strict=True):
        card.add(_question(question, tally, result))
    if result.late:
        card.add(Muted(say("outcome.late", count=number(len(result.late)))))
    return card


def _question(question: Question, tally: QuestionTally, result: Collation) -> QWidget:
    lines: list[QWidget] = [Text(question.text, weight=Weight.SEMIBOLD)]
    for option, counted in zip(question.options, tally.counts, strict=True):
        received, sent = _share(counted.count, result.received), _share(counted.count, result.sent)
        shares = say("outcome.shares", received=received, sent=sent)
        lines.append(_Counted(option.text, counted.count, shares, counted.count / max(result.sent, 1)))
    if tally.no_answer:
        silent = say("outcome.silent_share", sent=_share(tally.no_answer, result.sent))
        lines.append(_Counted(say("outcome.silent"), tally.no_answer, silent, tally.no_answer / max(result.sent, 1)))
    carried = question.option(tally.carried) if tally.carried is not None else None
    # What is chosen may be a refusal: the colour never calls it passed.
    if carried is None:
        told, ink = say("outcome.none_carried"), "warning"
    elif not result.is_quorate:
        told, ink = say("outcome.without_effect", option=carried.text), "warning"
    elif tally.by_tie_rule:
        told, ink = say("outcome.carried_by_tie", option=carried.text), "accent"
    else:
        told, ink = say("outcome.carried", option=carried.text), "accent"
    lines.append(Text(told, weight=Weight.SEMIBOLD, ink=ink))  # no chip: an option may be as long as a paragraph
    motion = is_passed(question, tally) if result.is_quorate else None
    if motion is not None:
        passed = say("outcome.passed") if motion else say("outcome.not_passed")
        lines.append(boxed(row(ChipLabel(Chip(text=passed, tone=Tone.ACCENT)), None)))
    return boxed(column(*lines, gap=Space.SMALL))


def basis(rule: DecisionRule) -> str:
    """By what a ballot is counted, and since when that is in force."""
    return say("ballots.basis", basis=rule.legal_basis, day=f"{rule.effective_from:%d/%m/%Y}")


def _share(count: int, whole: int) -> str:
    return number(100 * count / whole, 1) if whole else "-"


def _opinions(seat: Seat, questions: tuple[Question, ...], colleagues: tuple[Colleague, ...]) -> Table:
    columns = [Column(title=say("outcome.who"), stretches=True)]
    columns += [
        Column(title=say("outcome.question", number=place + 1), stretches=True) for place in range(len(questions))
    ]
    table = Table(say("outcome.opinions"), [*columns, Column(title=say("outcome.at"))])
    records = []
    for each in colleagues:
        cells = [each.office]
        for question, answer in zip(questions, each.answers, strict=True):
            option = question.option(answer.option)
            words = [option.text if option is not None else answer.option, answer.text]
            cells.append(". ".join(filter(None, words)))
        records.append(Record(key=each.person, cells=(*cells, seat.times.short(each.accepted_at))))
    table.show_records(records)
    table.setMinimumHeight(min(theme.px(56 + 64 * len(records)), theme.px(420)))
    return table


class _Counted(QWidget):
    """An option and how often it was chosen, a bar as long as its share of the ballots sent, the shares in words."""

    def __init__(self, option: str, count: int, shares: str, part: float) -> None:
        super().__init__()
        counted = Text(say("outcome.count", count=number(count)), weight=Weight.SEMIBOLD)
        counted.setWordWrap(False)
        names = row(Text(option), counted, gap=Space.MEDIUM)
        names.setStretch(0, 1)
        self.setLayout(column(names, _Part(part), Muted(shares), gap=Space.HAIR))
        self.setAccessibleName(f"{option}: {counted.text()}, {shares}")


class _Part(QWidget):
    def __init__(self, part: float) -> None:
        super().__init__()
        self._part = part
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(200), theme.px(_BAR))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        whole = QRectF(self.rect())
        rounded(painter, whole, ground="sunken", radius=_BAR / 2)
        if self._part > 0:
            filled = QRectF(0, 0, max(whole.width() * self._part, whole.height()), whole.height())
            rounded(painter, filled, ground="accent", radius=_BAR / 2)
        painter.end()
