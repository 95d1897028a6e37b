"""Cần xử lý: what needs this person now, by legal deadline; the next meeting; what is new; what the Office must do."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ClassVar

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QWidget

from ecabinet.client.desk.ballots import BallotLine, OpinionView, Urgency
from ecabinet.client.desk.enrolments import PersonLine, WaitingEnrolment
from ecabinet.client.desk.meetings import MeetingLine, Phase
from ecabinet.client.desk.work import Todo
from ecabinet.client.ui.ballots import ballot_row
from ecabinet.client.ui.enrolments_person import PersonScreen
from ecabinet.client.ui.enrolments_waiting import WaitingScreen, waiting_row
from ecabinet.client.ui.explanations import explain, refusal_happened
from ecabinet.client.ui.meetings import paper_row
from ecabinet.client.ui.roles import office_said
from ecabinet.client.ui.screen import Explanation, Screen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Space, Tone, Weight
from ecabinet.client.ui.widgets import (
    Beside,
    Button,
    Card,
    Chip,
    ChipLabel,
    EmptyState,
    Entry,
    Kind,
    Muted,
    Row,
    RowList,
    Section,
    Text,
    boxed,
    column,
    empty,
    flow,
    headed,
)
from ecabinet.client.ui.words import Names, number, say

_urgency = Names("attention.urgency", Urgency)
_meeting_phase = Names("attention.meeting", Phase)
_open_meeting_phase = Names("attention.open_meeting", Phase)
_A_MINUTE_MS = 60_000
"""How often deadlines are looked at again while nothing else happens."""


class AttentionScreen(Screen):
    """The list, under a card for the next meeting. Alarms are told by the window, wherever one is."""

    nouns: ClassVar[frozenset[str]] = frozenset(
        {"ballots", "documents", "meetings", "enrolments", "register", "gone", "synced"}
    )

    def __init__(self, seat: Seat) -> None:
        super().__init__(seat.background, say("attention.title"))
        self._seat = seat
        self._opened: dict[str, Callable[[], None]] = {}
        self._meeting, self._nothing = _Slot(), _Slot()
        self._rows = RowList(say("attention.title"))
        self._rows.setObjectName("rows")
        self._rows.opened.connect(lambda key: self._opened[key]())
        self._page = headed(column(self._meeting), self._rows, self._nothing)
        self._look_again = QTimer(self, interval=_A_MINUTE_MS)
        self._look_again.timeout.connect(self.reload)

    def load(self) -> None:
        self.ask(say("attention.loading"), lambda _: self._seat.desk.work.todo(), self._show)

    def panes(self) -> Sequence[QWidget]:
        return (self._rows, self._meeting)

    def explain(self, error: Exception) -> Explanation:
        return explain(error) or super().explain(error)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look_again.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._look_again.stop()

    def _show(self, todo: Todo) -> None:
        self._opened.clear()
        entries = self._entries(todo)
        self._meeting.hold(self._meeting_card(todo.next_meeting) if todo.next_meeting is not None else None)
        self._rows.show_rows(entries)
        self._rows.setVisible(bool(entries))
        self._nothing.hold(None if entries else self._why_nothing())
        self._tell_how_much(todo)
        self.show_content(self._page)
        self.filled.emit()  # rows may have come where nothing took the keyboard

    def _tell_how_much(self, todo: Todo) -> None:
        overdue = sum(line.urgency is Urgency.OVERDUE for line in todo.ballots)
        register = len(todo.enrolments) + len(todo.revoked_outside) + len(todo.lost)
        office = register + len(todo.closings) + len(todo.results)
        count = number(len(todo.ballots) + len(todo.refused) + office)
        if overdue:
            subtitle = say("attention.count_overdue", count=count, overdue=number(overdue))
        else:
            subtitle = say("attention.count", count=count)
        self.retitle(say("attention.title"), subtitle)

    # The rows.

    def _entries(self, todo: Todo) -> list[Entry]:
        groups = [(say("attention.refused"), [self._refused_row(line, opinion) for line, opinion in todo.refused])]
        groups += [
            (_urgency(urgency), [self._ballot_row(line) for line in todo.ballots if line.urgency is urgency])
            for urgency in Urgency
        ]
        groups += [
            (say("attention.lost"), [self._lost_row(person) for person in todo.lost]),
            (say("attention.enrolments"), [self._enrolment_row(waiting) for waiting in todo.enrolments]),
            (say("attention.revoked_outside"), [self._revoked_row(person) for person in todo.revoked_outside]),
            (say("attention.closings"), [self._monitor_row(line) for line in todo.closings]),
            (say("attention.results"), [self._monitor_row(line) for line in todo.results]),
            (say("attention.papers"), [self._leading(paper_row(line), self._seat.open_paper) for line in todo.papers]),
        ]
        entries: list[Entry] = []
        for title, rows in groups:
            if rows:
                entries += [Section(title=title), *rows]
        return entries

    def _leading(self, made: Row, go: Callable[[str], None], key: str = "") -> Row:
        """The row, and where it leads. The same thing may stand in two sections: then `key` tells them apart."""
        thing, made = made.key, replace(made, key=key or made.key)
        self._opened[made.key] = lambda: go(thing)
        return made

    def _ballot_row(self, line: BallotLine) -> Row:
        return self._leading(ballot_row(self._seat, line), self._seat.open_ballot)

    def _refused_row(self, line: BallotLine, opinion: OpinionView) -> Row:
        made = ballot_row(self._seat, line)
        if opinion.refusal is not None:
            made = replace(made, detail=refusal_happened(opinion.refusal.reason), icon="octagon-alert")
        return self._leading(made, self._seat.open_ballot, key=opinion.opinion)

    def _monitor_row(self, line: BallotLine) -> Row:
        made = replace(ballot_row(self._seat, line), icon="clipboard-list")
        return self._leading(made, self._seat.open_monitor, key=f"{line.ballot}/monitor")

    def _enrolment_row(self, waiting: WaitingEnrolment) -> Row:
        return self._leading(
            waiting_row(waiting), lambda _: self.opens.emit(WaitingScreen(self._seat, waiting.enrolment))
        )

    def _revoked_row(self, person: PersonLine) -> Row:
        return self._person_row(person, say("attention.revoked_outside_detail"), key=f"{person.person}/revoked")

    def _lost_row(self, person: PersonLine) -> Row:
        asked = [each.reported for each in person.reported if each.reported is not None]
        detail = say("attention.lost_detail", when=self._seat.times.short(max(each.at for each in asked)))
        return self._person_row(person, detail, key=f"{person.person}/lost")

    def _person_row(self, person: PersonLine, detail: str, *, key: str) -> Row:
        title = office_said(person.office, person.office_en)
        made = Row(key=person.person, title=title, detail=detail, icon="octagon-alert")
        return self._leading(made, lambda _: self.opens.emit(PersonScreen(self._seat, person.person)), key=key)

    # Above the rows, and in their place.

    def _meeting_card(self, line: MeetingLine) -> Card:
        times = self._seat.times
        has_begun = line.starts_at <= times.clock()
        begun = say("attention.meeting_since", time=times.clock_time(line.starts_at))
        when = begun if has_begun else times.deadline(line.starts_at)
        tone = Tone.ACCENT if line.phase is Phase.TODAY else Tone.NEUTRAL
        chips = [ChipLabel(Chip(text=when, tone=tone, icon="clock", hint=times.exact(line.starts_at)))]
        if line.unread_papers:
            unread = say("attention.unread", count=number(line.unread_papers), papers=number(line.papers))
            chips.append(ChipLabel(Chip(text=unread, tone=Tone.ACCENT, icon="file-text")))
        go = Button(_open_meeting_phase(line.phase), Kind.PRIMARY if line.phase is Phase.TODAY else Kind.QUIET)
        go.setObjectName("open_meeting")
        go.clicked.connect(lambda: self._seat.open_meeting(line.meeting))
        title = Text(line.title, weight=Weight.SEMIBOLD)
        what = column(Muted(_meeting_phase(line.phase)), title, flow(*chips), gap=Space.SMALL)
        card = Card("", Beside(boxed(what), go, folds_below=440, gap=Space.LARGE, shares=(1, 0)))
        card.setFocusProxy(go)
        card.setObjectName("next_meeting")
        card.setAccessibleName(f"{_meeting_phase(line.phase)}: {line.title}")
        return card

    def _why_nothing(self) -> EmptyState:
        if self._seat.desk.syncing.status().updated_at is None:
            return EmptyState("refresh-cw", say("attention.first_sync"), say("attention.first_sync_next"))
        prepares = self._seat.me.may_prepare
        next_up = say("attention.nothing_prepare") if prepares else say("attention.nothing_next")
        return EmptyState("circle-check", say("attention.nothing"), next_up)


class _Slot(QWidget):
    """Holds one widget at a time, or none, and then takes no room."""

    def __init__(self) -> None:
        super().__init__()
        self._column = column()
        self.setLayout(self._column)
        self.hide()

    def hold(self, widget: QWidget | None) -> None:
        focused = QApplication.focusWidget()
        had_focus = focused is not None and self.isAncestorOf(focused)
        empty(self._column)
        self.setVisible(widget is not None)
        if widget is not None:
            self._column.addWidget(widget)
            widget.show()  # now: the layout would leave its place blank for a moment
            if had_focus:
                widget.setFocus()
