"""Watching a ballot that is out: who has answered, extend, close; then its result and its evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from PySide6.QtWidgets import QFileDialog, QWidget

from ecabinet.client.background import Call, Lane
from ecabinet.client.desk import Changes
from ecabinet.client.desk.ballots import BallotView
from ecabinet.client.desk.preparing import (
    ElectorLine,
    ElectorStage,
    Evidence,
    Monitor,
    RecordDoubtful,
    ResultDraft,
    SendStage,
)
from ecabinet.client.ui import theme
from ecabinet.client.ui.explanations import explain
from ecabinet.client.ui.outcome import result_card
from ecabinet.client.ui.screen import Explanation, Screen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.signing import PinSheet
from ecabinet.client.ui.theme import Space, Tone, Weight
from ecabinet.client.ui.widgets import (
    Button,
    Card,
    Chip,
    ChipLabel,
    Column,
    DateTimeField,
    Field,
    Item,
    Kind,
    Muted,
    Notice,
    Record,
    Table,
    Text,
    TextField,
    TickBox,
    Title,
    boxed,
    column,
    deadline_chip,
    row,
    scrolled,
)
from ecabinet.client.ui.words import Names, number, say, size
from ecabinet.core.ballots import BallotState, Question
from ecabinet.core.codec import Identifier

_stage = Names("monitor.stage", ElectorStage)
_sending = Names("monitor.sending", SendStage)
_TONES = {
    ElectorStage.ANSWERED: Tone.POSITIVE,
    ElectorStage.ANSWERED_LATE: Tone.WARNING,
    ElectorStage.NEARLY_DUE: Tone.WARNING,
    ElectorStage.OVERDUE: Tone.DANGER,
}


@dataclass(frozen=True, slots=True)
class _Loaded:
    monitor: Monitor
    view: BallotView
    sending: SendStage | None
    evidence: Evidence | None


class MonitorScreen(Screen):
    """One ballot, as the secretariat sees it."""

    nouns: ClassVar[frozenset[str]] = frozenset({"ballots", "drafts"})

    def __init__(self, seat: Seat, ballot: Identifier) -> None:
        super().__init__(seat.background, say("monitor.title"))
        self._seat, self._ballot = seat, ballot
        self._result: ResultDraft | None = None
        self._panes: tuple[QWidget, ...] = ()

    def load(self) -> None:
        preparing, ballots = self._seat.desk.preparing, self._seat.desk.ballots
        self.ask(
            say("monitor.loading"),
            lambda _: _Loaded(
                preparing.monitor(self._ballot),
                ballots.one(self._ballot),
                preparing.stage(self._ballot),
                preparing.evidence(self._ballot),
            ),
            self._show,
        )

    def panes(self) -> Sequence[QWidget]:
        return self._panes

    def explain(self, error: Exception) -> Explanation:
        if isinstance(error, RecordDoubtful):
            return Explanation(
                happened=say("monitor.doubtful", place=error.place),
                safe=say("monitor.doubtful_safe"),
                to_do=say("monitor.doubtful_to_do"),
            )
        return explain(error) or super().explain(error)

    def _show(self, loaded: _Loaded) -> None:
        line = loaded.monitor.line
        self.retitle(say("monitor.title"), line.subject)
        answered = say("monitor.answered", answered=number(loaded.monitor.answered), sent=number(loaded.monitor.sent))
        chips = [Chip(text=answered, tone=Tone.ACCENT)]
        if line.state is BallotState.OPEN:
            chips.append(deadline_chip(self._seat.times, line.deadline_at))
        if loaded.sending is not None and loaded.sending is not SendStage.RECORDED:
            tone = Tone.DANGER if loaded.sending is SendStage.REFUSED else Tone.WARNING
            chips.append(Chip(text=_sending(loaded.sending), tone=tone))
        acts = boxed(row(*self._acts(loaded), None))
        acts.setAccessibleName(say("monitor.acts"))
        items: list[Item] = [Title(line.subject), row(*map(ChipLabel, chips), None), acts]
        if loaded.evidence is not None:
            items.append(self._evidence_notice(loaded.evidence))
        if loaded.view.result is not None:
            items.append(result_card(loaded.view.questions, loaded.view.result))
        elif self._result is not None:
            items.append(self._result_to_sign(loaded.view.questions, self._result))
        table = self._table(loaded.view.questions, loaded.monitor.electors)
        items += [Card(say("monitor.electors"), table), None]
        self._panes = (acts, table)
        self.show_content(scrolled(boxed(column(*items, gap=Space.LARGE, pad=Space.HUGE))))

    def _table(self, questions: Sequence[Question], electors: Sequence[ElectorLine]) -> Table:
        columns = [Column(title=say("outcome.who"), stretches=True), Column(title=say("monitor.state"))]
        columns += [Column(title=say("outcome.question", number=n + 1), stretches=True) for n in range(len(questions))]
        table = Table(say("monitor.electors"), [*columns, Column(title=say("outcome.at"))])
        table.setObjectName("electors")
        records = []
        for each in electors:
            answers = {answer.question: answer for answer in each.answers}
            words = []
            for question in questions:
                answer = answers.get(question.key)
                option = question.option(answer.option) if answer is not None else None
                text = answer.text if answer is not None else ""
                words.append(". ".join(filter(None, (option.text if option is not None else "", text))))
            chip = Chip(text=_stage(each.stage), tone=_TONES.get(each.stage, Tone.NEUTRAL))
            at = self._seat.times.short(each.accepted_at) if each.accepted_at is not None else ""
            records.append(Record(key=each.person, cells=(each.office, chip, *words, at)))
        table.show_records(records)
        table.setMinimumHeight(min(theme.px(60 + 60 * len(records)), theme.px(480)))
        return table

    # ------------------------------------------------------------ acts

    def _acts(self, loaded: _Loaded) -> list[Button]:
        acts: list[Button] = []

        def offer(name: str, text: str, act: object, kind: Kind = Kind.QUIET) -> None:
            button = Button(text, kind)
            button.setObjectName(name)
            button.clicked.connect(act)
            acts.append(button)

        match loaded.monitor.line.state:
            case BallotState.OPEN:
                everyone = loaded.monitor.answered == loaded.monitor.sent
                offer("close_ballot", say("monitor.close"), self._close, Kind.PRIMARY if everyone else Kind.QUIET)
                offer("extend_ballot", say("monitor.extend"), self._extend)
            case BallotState.CLOSED:
                offer("compute_result", say("monitor.compute"), self._compute, Kind.PRIMARY)
            case BallotState.ANNOUNCED:
                if loaded.evidence is None:
                    offer("make_evidence", say("monitor.make_evidence"), self._make_evidence, Kind.PRIMARY)
                else:
                    offer("save_evidence", say("monitor.save_evidence"), self._save_evidence, Kind.PRIMARY)
        return acts

    def _sent(self, changes: Changes) -> None:
        self._seat.changed(changes)
        self._seat.send_soon()

    def _close(self) -> None:
        reason = TextField(say("monitor.close_reason_usual"))
        reason.setObjectName("close_reason")
        preparing = self._seat.desk.preparing
        PinSheet(
            self,
            say("monitor.close"),
            say("monitor.close_consequence"),
            do=say("monitor.close"),
            sign=lambda pin: partial(preparing.close, self._ballot, reason.value, pin),
            then=self._sent,
            extra=(Field(say("monitor.reason"), reason),),
        ).open()

    def _extend(self) -> None:
        reason = TextField()
        reason.setObjectName("extend_reason")
        until = DateTimeField(self._seat.times.zone, self._seat.times.clock())
        until.setObjectName("extend_until")
        preparing = self._seat.desk.preparing
        PinSheet(
            self,
            say("monitor.extend"),
            say("monitor.extend_consequence"),
            do=say("monitor.extend"),
            sign=lambda pin: partial(preparing.extend, self._ballot, until.value, reason.value, pin),
            then=self._sent,
            extra=(Field(say("monitor.until"), until), Field(say("monitor.reason"), reason)),
        ).open()

    def _compute(self) -> None:
        def computed(result: ResultDraft) -> None:
            self._result = result
            self.reload()

        preparing = self._seat.desk.preparing
        self.ask(say("monitor.computing"), lambda _: preparing.result(self._ballot), computed, lane=Lane.NETWORK)

    def _result_to_sign(self, questions: tuple[Question, ...], result: ResultDraft) -> Card:
        sign = Button(say("monitor.sign_result"), Kind.PRIMARY)
        sign.setObjectName("sign_result")
        sign.clicked.connect(lambda: self._sign_result(result))
        shown = result_card(questions, result.collation)
        shown.add(Muted(say("answering.phrase")))
        shown.add(Text(result.phrase, weight=Weight.SEMIBOLD))
        shown.add(row(None, sign))
        return shown

    def _sign_result(self, result: ResultDraft) -> None:
        preparing = self._seat.desk.preparing
        PinSheet(
            self,
            say("monitor.sign_result"),
            say("monitor.sign_consequence"),
            do=say("monitor.sign_result"),
            sign=lambda pin: partial(preparing.sign_result, result, pin),
            then=self._sent,
        ).open()

    def _make_evidence(self) -> None:
        with_papers = TickBox(say("monitor.with_papers"))
        with_papers.setObjectName("with_papers")
        with_papers.setChecked(True)

        def made(_: Evidence) -> None:
            self.reload()

        preparing = self._seat.desk.preparing
        PinSheet(
            self,
            say("monitor.make_evidence"),
            say("monitor.evidence_consequence"),
            do=say("monitor.make_evidence"),
            sign=lambda pin: partial(
                preparing.make_evidence,
                self._ballot,
                pin,
                includes_papers=with_papers.isChecked(),
                report=lambda *_: None,
            ),
            then=made,
            lane=Lane.NETWORK,
            extra=(with_papers,),
        ).open()

    def _evidence_notice(self, evidence: Evidence) -> Notice:
        notice = Notice(
            Tone.POSITIVE,
            say("monitor.evidence", size=size(evidence.size), when=self._seat.times.short(evidence.made_at)),
            safe=say("monitor.evidence_safe"),
        )
        notice.setObjectName("evidence")
        return notice

    def _save_evidence(self) -> None:
        dialog = QFileDialog(self, say("monitor.save_evidence"), f"{self._ballot}.asice")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.fileSelected.connect(lambda path: self.save_to(Path(path)))
        dialog.open()

    def save_to(self, path: Path) -> None:
        """Writes the evidence to a file."""

        def save(_: Call) -> None:
            self._seat.desk.preparing.save_evidence(self._ballot, path)

        def saved(_: None) -> None:
            self.show_notice(Notice(Tone.POSITIVE, say("monitor.saved", file=path.name), is_closable=True))

        self.ask(say("monitor.saving"), save, saved)
