"""Watching a ballot that is out: who has answered, extend, close; then its result and its evidence."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from PySide6.QtWidgets import QWidget

from ecabinet.client.background import Call, Lane, Progress
from ecabinet.client.desk import Changes
from ecabinet.client.desk.ballots import BallotView
from ecabinet.client.desk.dossiers import NoDossier, dossier_beside, save_dossier
from ecabinet.client.desk.preparing import (
    Evidence,
    Monitor,
    RecordDoubtful,
    ResultDraft,
    SendStage,
    WitnessesAwaited,
)
from ecabinet.client.ui.explanations import explain, refusal_happened, refusal_to_do
from ecabinet.client.ui.files import choose_where_to_save
from ecabinet.client.ui.folding import name_from
from ecabinet.client.ui.outcome import result_card
from ecabinet.client.ui.preparing.board import Board
from ecabinet.client.ui.preparing.forms import Slot
from ecabinet.client.ui.preparing.monitor_acts import CloseSheet, EvidenceSheet, ExtendSheet, ResultSheet
from ecabinet.client.ui.preparing.stages import ON_ITS_WAY, stage_chip
from ecabinet.client.ui.screen import Explanation, Screen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Space, Tone, Weight
from ecabinet.client.ui.widgets import (
    Bar,
    Button,
    Card,
    Chip,
    ChipLabel,
    Kind,
    Muted,
    Notice,
    StepHeader,
    Text,
    Title,
    boxed,
    column,
    deadline_chip,
    flow,
    scrolled,
)
from ecabinet.client.ui.words import number, say, size
from ecabinet.core.ballots import BallotState
from ecabinet.core.codec import Identifier
from ecabinet.core.protocol import Reason, Refusal


@dataclass(frozen=True, slots=True)
class _Loaded:
    monitor: Monitor
    view: BallotView
    sending: SendStage | None
    evidence: Evidence | None
    refusal: Refusal | None
    """Why the latest act here was not taken."""

    @property
    def is_on_its_way(self) -> bool:
        return self.sending in ON_ITS_WAY


class MonitorScreen(Screen):
    """One ballot, as the secretariat sees it."""

    nouns: ClassVar[frozenset[str]] = frozenset({"ballots", "drafts"})

    def __init__(self, seat: Seat, ballot: Identifier) -> None:
        super().__init__(seat.background, say("monitor.title"))
        self.thing = ballot
        self._seat, self._ballot = seat, ballot
        self._loaded: _Loaded | None = None
        self._result: ResultDraft | None = None
        self._subject = Title()
        self._chips, self._refused, self._outcome, self._acts = Slot(), Slot(), Slot(), Slot()
        self._acts.setAccessibleName(say("monitor.acts"))
        self._bar = Bar(say("monitor.progress"))
        self._steps = StepHeader([say("monitor.step.ask"), say("monitor.step.count"), say("monitor.step.prove")])
        self._board = Board(seat.times)
        whole = column(
            column(self._subject, self._chips, self._bar, gap=Space.SMALL),
            self._refused,
            self._steps,
            self._acts,
            self._outcome,
            Card(say("monitor.electors"), self._board),
            None,
            gap=Space.LARGE,
            pad=Space.HUGE,
        )
        self._content = scrolled(boxed(whole))

    def load(self) -> None:
        preparing, ballots = self._seat.desk.preparing, self._seat.desk.ballots
        self.ask(
            say("monitor.loading"),
            lambda _: _Loaded(
                preparing.monitor(self._ballot),
                ballots.one(self._ballot),
                preparing.stage(self._ballot),
                preparing.evidence(self._ballot),
                preparing.refusal(self._ballot),
            ),
            self._show,
        )

    def panes(self) -> Sequence[QWidget]:
        return () if self._loaded is None else (self._acts, self._board)

    def explain(self, error: Exception) -> Explanation:
        if isinstance(error, RecordDoubtful):
            return Explanation(
                happened=say("monitor.doubtful", place=error.place),
                safe=say("monitor.doubtful_safe"),
                to_do=say("monitor.doubtful_to_do"),
            )
        if isinstance(error, WitnessesAwaited):
            return Explanation(
                happened=say("monitor.witnesses_awaited"),
                safe=say("monitor.witnesses_awaited_safe"),
                to_do=say("monitor.witnesses_awaited_to_do"),
            )
        if isinstance(error, NoDossier):
            return Explanation(
                happened=say("monitor.no_dossier"),
                safe=say("monitor.no_dossier_safe"),
                to_do=say("monitor.no_dossier_to_do"),
            )
        if isinstance(error, OSError):
            return Explanation(
                happened=say("monitor.not_saved"),
                safe=say("monitor.not_saved_safe"),
                to_do=say("monitor.not_saved_to_do"),
            )
        return explain(error) or super().explain(error)

    # ------------------------------------------------------------ showing

    def _show(self, loaded: _Loaded) -> None:
        """What is the same as before stays as it is, the keyboard with it."""
        self._loaded = loaded
        line, monitor = loaded.monitor.line, loaded.monitor
        self.retitle(say("monitor.title"), line.subject)
        self._subject.setText(line.subject)
        self._chips.show_as((line, loaded.sending, monitor.answered), lambda: boxed(flow(*self._make_chips(loaded))))
        self._refused.show_as(loaded.refusal, lambda: _told(loaded.refusal))
        self._bar.show_progress(Progress(done=monitor.answered, total=max(monitor.sent, 1)))
        self._steps.go(_step(loaded))
        shape = (line.state, line.deadline_at, line.urgency, loaded.sending, loaded.evidence, monitor.answered)
        self._acts.show_as((*shape, self._result), lambda: self._make_acts(loaded))
        self._outcome.show_as((loaded.view.result, self._result), lambda: self._make_outcome(loaded))
        self._board.show_electors(loaded.view.questions, monitor.electors)
        self.show_content(self._content)

    def _make_chips(self, loaded: _Loaded) -> list[ChipLabel]:
        monitor = loaded.monitor
        answered = say("monitor.answered", answered=number(monitor.answered), sent=number(monitor.sent))
        chips = [Chip(text=answered, tone=Tone.ACCENT)]
        if monitor.line.state is BallotState.OPEN:
            chips.append(deadline_chip(self._seat.times, monitor.line.deadline_at))
        if loaded.sending is not None and loaded.sending is not SendStage.RECORDED:
            chips.append(stage_chip(loaded.sending))
        labels = [ChipLabel(chip) for chip in chips]
        labels[0].setObjectName("answered_count")
        return labels

    def _make_acts(self, loaded: _Loaded) -> QWidget:
        """What comes next, in words, and what to press for it."""
        if loaded.is_on_its_way:
            return Notice(Tone.ACCENT, say("monitor.on_its_way"), safe=say("monitor.on_its_way_safe"))
        match loaded.monitor.line.state:
            case BallotState.OPEN:
                return self._while_open(loaded)
            case BallotState.CLOSED:
                if self._result is not None:
                    return self._part(say("monitor.next.sign"), ("sign_result", say("monitor.sign_result"), self._sign))
                return self._part(say("monitor.next.count"), ("compute_result", say("monitor.compute"), self._compute))
            case _:
                return self._after(loaded.evidence)

    def _while_open(self, loaded: _Loaded) -> QWidget:
        line, monitor = loaded.monitor.line, loaded.monitor
        close = ("close_ballot", say("monitor.close"), self._close)
        extend = ("extend_ballot", say("monitor.extend"), self._extend)
        left = number(monitor.sent - monitor.answered)
        if monitor.answered == monitor.sent:
            return self._part(say("monitor.next.all_answered", sent=number(monitor.sent)), close)
        if line.deadline_at <= self._seat.times.clock():
            return self._part(say("monitor.next.overdue", left=left), close, extend)
        return self._part(say("monitor.next.waiting", left=left), extend, close, has_primary=False)

    def _after(self, evidence: Evidence | None) -> QWidget:
        make = ("make_evidence", say("monitor.make_evidence"), self._make_evidence)
        if evidence is None:
            return self._part(say("monitor.next.prove"), make)
        told = say("monitor.evidence", size=size(evidence.size), when=self._seat.times.short(evidence.made_at))
        save = ("save_evidence", say("monitor.save_evidence"), self._save_evidence)
        anchor = ("save_anchor", say("monitor.save_anchor"), self._save_anchor)
        again = () if evidence.is_kept else (make,)
        part = self._part(told, save, anchor, *again, title=say("monitor.evidence_title"))
        part.setObjectName("evidence")
        where = say("monitor.evidence_safe") if evidence.is_kept else say("monitor.evidence_only_here")
        part.add(Muted(where))
        part.add(Muted(say("monitor.evidence_how")))
        return part

    def _part(self, told: str, *acts: "_Act", has_primary: bool = True, title: str = "") -> Card:
        buttons = []
        for place, (name, text, act) in enumerate(acts):
            button = Button(text, Kind.PRIMARY if has_primary and not place else Kind.QUIET)
            button.setObjectName(name)
            button.clicked.connect(act)
            buttons.append(button)
        return Card(title or say("monitor.next.title"), Text(told), flow(*buttons, gap=Space.MEDIUM))

    def _make_outcome(self, loaded: _Loaded) -> QWidget | None:
        if loaded.view.result is not None:
            return result_card(loaded.view.questions, loaded.view.result)
        if self._result is None:
            return None
        shown = result_card(loaded.view.questions, self._result.collation)
        shown.add(Muted(say("monitor.phrase")))
        shown.add(Text(self._result.phrase, weight=Weight.SEMIBOLD))
        return shown

    # ------------------------------------------------------------ acts

    def _sent(self, changes: Changes) -> None:
        self._seat.changed(changes)
        self._seat.send_soon()

    def _close(self) -> None:
        if self._loaded is not None:
            CloseSheet(self, self._seat, self._loaded.monitor, self._sent).open()

    def _extend(self) -> None:
        if self._loaded is not None:
            ExtendSheet(self, self._seat, self._loaded.monitor, self._sent).open()

    def _compute(self) -> None:
        def computed(result: ResultDraft) -> None:
            self._result = result
            self.reload()

        preparing = self._seat.desk.preparing
        self.ask(say("monitor.computing"), lambda _: preparing.result(self._ballot), computed, lane=Lane.NETWORK)

    def _sign(self) -> None:
        if self._result is not None:
            ResultSheet(self, self._seat, self._result, self._sent).open()

    def _make_evidence(self) -> None:
        EvidenceSheet(self, self._seat, self._ballot, lambda _: self.reload()).open()

    def _save_evidence(self) -> None:
        choose_where_to_save(self, say("files.evidence"), f"{self._file_name()}.asice", self.save_to)

    def _save_anchor(self) -> None:
        choose_where_to_save(self, say("files.anchor"), f"{self._file_name()}.pem", self.save_anchor_to)

    def save_to(self, path: Path) -> None:
        """Writes the evidence to a file, and beside it the dossier, for people who will never open a container."""
        dossier = dossier_beside(path)

        def save(_: Call) -> None:
            self._seat.desk.preparing.save_evidence(self._ballot, path)
            save_dossier(path, dossier)

        def told(_: None) -> None:
            words = say("monitor.saved_both", file=path.name, dossier=dossier.name)
            self.show_notice(Notice(Tone.POSITIVE, words, is_closable=True))

        self.ask(say("monitor.saving"), save, told, lane=Lane.IDLE)  # of hundreds of opinions it takes seconds

    def save_anchor_to(self, path: Path) -> None:
        """Writes the registrar's certificate to a file."""

        def save(_: Call) -> None:
            path.write_bytes(self._seat.desk.preparing.trust_anchor())

        self.ask(say("monitor.saving"), save, partial(self._say_saved, path))

    def _say_saved(self, path: Path, _: None) -> None:
        self.show_notice(Notice(Tone.POSITIVE, say("monitor.saved", file=path.name), is_closable=True))

    def _file_name(self) -> str:
        subject = "" if self._loaded is None else self._loaded.monitor.line.subject
        return name_from(subject) or self._ballot


_Act = tuple[str, str, Callable[[], object]]
"""Its name, what stands on its button, and what it does."""


def _told(refusal: Refusal | None) -> Notice | None:
    if refusal is None:
        return None
    words, to_do = refusal_happened(refusal.reason), refusal_to_do(refusal.reason)
    if refusal.reason is Reason.BALLOT_CLOSED:  # which elsewhere speaks to an elector
        words, to_do = say("monitor.closed_before"), say("monitor.closed_before_to_do")
    return Notice(Tone.DANGER, words, safe=say("monitor.refused_safe"), to_do=to_do)


def _step(loaded: _Loaded) -> int:
    if loaded.evidence is not None:
        return 3
    return {BallotState.OPEN: 0, BallotState.CLOSED: 1}.get(loaded.monitor.line.state, 2)
