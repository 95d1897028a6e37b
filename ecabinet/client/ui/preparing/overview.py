"""The secretariat's desk: drafts, ballots out for opinions, meetings sent; two buttons to begin something new."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from PySide6.QtWidgets import QWidget

from ecabinet.client.desk import Changes
from ecabinet.client.desk.ballots import BallotLine
from ecabinet.client.desk.meetings import MeetingLine
from ecabinet.client.desk.preparing import BallotDraft, DraftKind, DraftLine, MeetingDraft
from ecabinet.client.ui.ballots import ballot_row
from ecabinet.client.ui.explanations import explain
from ecabinet.client.ui.meetings import meeting_row
from ecabinet.client.ui.preparing.ballot_draft import BallotDraftScreen
from ecabinet.client.ui.preparing.meeting_draft import MeetingDraftScreen
from ecabinet.client.ui.preparing.monitor import MonitorScreen
from ecabinet.client.ui.screen import Explanation, Screen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Space, Tone
from ecabinet.client.ui.widgets import Button, Chip, Entry, Kind, Row, RowList, Section, boxed, column, row
from ecabinet.client.ui.words import number, say

_MEETING, _BALLOT = "meeting:", "ballot:"


@dataclass(frozen=True, slots=True)
class _Everything:
    drafts: tuple[DraftLine, ...]
    ballots: tuple[BallotLine, ...]
    meetings: tuple[MeetingLine, ...]


class PreparingScreen(Screen):
    """What is being prepared, and what is out."""

    nouns: ClassVar[frozenset[str]] = frozenset({"drafts", "ballots", "meetings", "documents"})

    def __init__(self, seat: Seat) -> None:
        super().__init__(seat.background, say("preparing.title"))
        self._seat = seat
        self._drafts: tuple[DraftLine, ...] = ()
        self._rows = RowList(say("preparing.title"))
        self._rows.setObjectName("preparing")
        self._rows.opened.connect(self._open)
        meeting = Button(say("preparing.new_meeting"), Kind.PRIMARY, icon="calendar-days")
        meeting.setObjectName("new_meeting")
        meeting.clicked.connect(self._new_meeting)
        ballot = Button(say("preparing.new_ballot"), Kind.PRIMARY, icon="vote")
        ballot.setObjectName("new_ballot")
        ballot.clicked.connect(self._new_ballot)
        whole = column(row(meeting, ballot, None, pad=Space.LARGE), self._rows, gap=0)
        whole.setStretch(1, 1)
        self._content = boxed(whole)

    def load(self) -> None:
        desk = self._seat.desk
        self.ask(
            say("preparing.loading"),
            lambda _: _Everything(desk.preparing.drafts(), desk.ballots.all(), desk.meetings.all()),
            self._show,
        )

    def panes(self) -> Sequence[QWidget]:
        return (self._content, self._rows)

    def explain(self, error: Exception) -> Explanation:
        return explain(error) or super().explain(error)

    def _show(self, everything: _Everything) -> None:
        self._drafts = everything.drafts
        entries: list[Entry] = []
        for title, rows in (
            (say("preparing.drafts"), [self._draft_row(draft) for draft in everything.drafts]),
            (say("preparing.ballots"), [_keyed(_BALLOT, ballot_row(self._seat, line)) for line in everything.ballots]),
            (
                say("preparing.meetings"),
                [_keyed(_MEETING, meeting_row(self._seat, line)) for line in everything.meetings],
            ),
        ):
            if rows:
                entries += [Section(title=title), *rows]
        self._rows.show_rows(entries)
        self.show_content(self._content)

    def _draft_row(self, draft: DraftLine) -> Row:
        kind = say("preparing.meeting") if draft.kind is DraftKind.MEETING else say("preparing.ballot")
        chips = [Chip(text=say("preparing.draft"), tone=Tone.WARNING)]
        if draft.is_revision:
            chips.append(Chip(text=say("preparing.revision")))
        return Row(
            key=draft.id,
            title=draft.title or say("preparing.untitled"),
            detail=" · ".join((kind, say("preparing.papers", count=number(draft.papers)))),
            icon="clipboard-list",
            chips=tuple(chips),
        )

    def _open(self, key: str) -> None:
        if key.startswith(_BALLOT):
            self.opens.emit(MonitorScreen(self._seat, key.removeprefix(_BALLOT)))
        elif key.startswith(_MEETING):
            self._revise(key.removeprefix(_MEETING))
        else:
            self._open_draft(next(draft for draft in self._drafts if draft.id == key))

    def _open_draft(self, draft: DraftLine) -> None:
        kind = MeetingDraftScreen if draft.kind is DraftKind.MEETING else BallotDraftScreen
        self.opens.emit(kind(self._seat, draft.id))

    def _revise(self, meeting: str) -> None:
        self.ask(
            say("preparing.opening"), lambda _: self._seat.desk.preparing.revise_meeting(meeting), self._open_meeting
        )

    def _new_meeting(self) -> None:
        self.ask(say("preparing.opening"), lambda _: self._seat.desk.preparing.new_meeting(), self._open_meeting)

    def _new_ballot(self) -> None:
        self.ask(say("preparing.opening"), lambda _: self._seat.desk.preparing.new_ballot(), self._open_ballot)

    def _open_meeting(self, made: tuple[MeetingDraft, Changes]) -> None:
        draft, changes = made
        self.opens.emit(MeetingDraftScreen(self._seat, draft.meeting))
        self._seat.changed(changes)

    def _open_ballot(self, made: tuple[BallotDraft, Changes]) -> None:
        draft, changes = made
        self.opens.emit(BallotDraftScreen(self._seat, draft.ballot))
        self._seat.changed(changes)


def _keyed(prefix: str, shown: Row) -> Row:
    return replace(shown, key=prefix + shown.key)
