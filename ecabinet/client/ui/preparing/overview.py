"""The secretariat's desk: what is to be done now, drafts, ballots out, meetings sent; how to begin something new."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from PySide6.QtWidgets import QWidget

from ecabinet.client.desk import Changes
from ecabinet.client.desk.ballots import BallotLine
from ecabinet.client.desk.meetings import MeetingLine
from ecabinet.client.desk.preparing import BallotDraft, DraftKind, DraftLine, MeetingDraft, SendStage
from ecabinet.client.ui.ballots import ballot_row
from ecabinet.client.ui.explanations import explain
from ecabinet.client.ui.meetings import meeting_row
from ecabinet.client.ui.preparing.ballot_draft import BallotDraftScreen
from ecabinet.client.ui.preparing.meeting_draft import MeetingDraftScreen
from ecabinet.client.ui.preparing.monitor import MonitorScreen
from ecabinet.client.ui.preparing.stages import stage_chip
from ecabinet.client.ui.screen import Explanation, Screen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Space, Tone
from ecabinet.client.ui.widgets import (
    Button,
    Chip,
    EmptyState,
    Entry,
    Key,
    Row,
    RowList,
    Section,
    boxed,
    column,
    row,
)
from ecabinet.client.ui.words import number, say
from ecabinet.core.ballots import BallotState
from ecabinet.core.codec import Identifier

_MEETING, _BALLOT = "meeting:", "ballot:"


@dataclass(frozen=True, slots=True)
class _Everything:
    drafts: tuple[DraftLine, ...]
    ballots: tuple[BallotLine, ...]
    meetings: tuple[MeetingLine, ...]
    answered: dict[Identifier, tuple[int, int]]
    """How many have answered an open ballot, of how many."""
    stages: dict[Identifier, SendStage]
    """Of what was signed here and is not recorded yet."""
    to_close: frozenset[Identifier]
    to_count: frozenset[Identifier]


class PreparingScreen(Screen):
    """What is being prepared, and what is out."""

    nouns: ClassVar[frozenset[str]] = frozenset({"drafts", "ballots", "meetings", "documents"})

    def __init__(self, seat: Seat) -> None:
        super().__init__(seat.background, say("preparing.title"))
        self._seat = seat
        self._drafts: tuple[DraftLine, ...] = ()
        self._is_filled = False
        self._rows = RowList(say("preparing.title"))
        self._rows.setObjectName("preparing")
        self._rows.opened.connect(self._open)
        self._none = EmptyState("clipboard-list", say("preparing.none"), say("preparing.none_next"))
        meeting = Button(say("preparing.new_meeting"), icon="calendar-days", hint="Ctrl+N")
        meeting.setObjectName("new_meeting")
        meeting.clicked.connect(self._new_meeting)
        ballot = Button(say("preparing.new_ballot"), icon="vote", hint="Ctrl+B")
        ballot.setObjectName("new_ballot")
        ballot.clicked.connect(self._new_ballot)
        self._new = boxed(row(meeting, ballot, None, gap=Space.MEDIUM))
        self._new.setAccessibleName(say("preparing.begin"))
        whole = column(self._new, self._rows, self._none, gap=Space.LARGE, pad=Space.LARGE)
        whole.setStretch(1, 1)
        whole.setStretch(2, 1)
        self._content = boxed(whole)

    def load(self) -> None:
        self.ask(say("preparing.loading"), lambda _: self._read(), self._show)

    def panes(self) -> Sequence[QWidget]:
        return (self._rows, self._new) if self._is_filled else ()

    def keys(self) -> Sequence[Key]:
        return (
            Key(keys="Ctrl+N", name=say("preparing.new_meeting"), act=self._new_meeting),
            Key(keys="Ctrl+B", name=say("preparing.new_ballot"), act=self._new_ballot),
        )

    def explain(self, error: Exception) -> Explanation:
        return explain(error) or super().explain(error)

    def _read(self) -> _Everything:
        desk = self._seat.desk
        drafts, ballots, todo = desk.preparing.drafts(), desk.ballots.all(), desk.work.todo()
        monitors = [desk.preparing.monitor(line.ballot) for line in ballots if line.state is BallotState.OPEN]
        under_way = [*(draft.id for draft in drafts), *(each.line.ballot for each in monitors)]
        stages = {thing: desk.preparing.stage(thing) for thing in under_way}
        return _Everything(
            drafts=drafts,
            ballots=ballots,
            meetings=desk.meetings.all(),
            answered={each.line.ballot: (each.answered, each.sent) for each in monitors},
            stages={each: stage for each, stage in stages.items() if stage not in (None, SendStage.RECORDED)},
            to_close=frozenset(line.ballot for line in todo.closings),
            to_count=frozenset(line.ballot for line in todo.results),
        )

    def _show(self, everything: _Everything) -> None:
        self._drafts, self._is_filled = everything.drafts, True
        waiting = everything.to_close | everything.to_count
        entries: list[Entry] = [
            *_section(say("preparing.to_do"), self._ballot_rows(everything, waiting, is_wanted=True)),
            *_section(say("preparing.drafts"), [self._draft_row(draft, everything) for draft in everything.drafts]),
            *_section(say("preparing.ballots"), self._ballot_rows(everything, waiting, is_wanted=False)),
            *_section(
                say("preparing.meetings"),
                [_keyed(_MEETING, meeting_row(self._seat, line)) for line in everything.meetings],
            ),
        ]
        self._rows.setVisible(bool(entries))
        self._none.setVisible(not entries)
        self._rows.show_rows(entries)
        self.show_content(self._content)

    def _ballot_rows(self, everything: _Everything, waiting: frozenset[Identifier], *, is_wanted: bool) -> list[Row]:
        lines = (line for line in everything.ballots if (line.ballot in waiting) is is_wanted)
        return [self._ballot_row(line, everything) for line in lines]

    def _ballot_row(self, line: BallotLine, everything: _Everything) -> Row:
        shown = ballot_row(self._seat, line)
        chips = list(shown.chips)
        if line.ballot in everything.answered:
            answered, sent = everything.answered[line.ballot]
            text = say("preparing.answered", answered=number(answered), sent=number(sent))
            chips.append(Chip(text=text, tone=Tone.POSITIVE if answered == sent else Tone.NEUTRAL))
        if line.ballot in everything.to_close:
            have_all = len(set(everything.answered.get(line.ballot, (0, 1)))) == 1
            words = say("preparing.may_close") if have_all else say("preparing.to_close")
            chips.append(Chip(text=words, tone=Tone.WARNING))
        if line.ballot in everything.to_count:
            chips.append(Chip(text=say("preparing.to_count"), tone=Tone.WARNING))
        if line.ballot in everything.stages:
            chips.append(stage_chip(everything.stages[line.ballot]))
        return _keyed(_BALLOT, replace(shown, chips=tuple(chips), is_new=False))

    def _draft_row(self, draft: DraftLine, everything: _Everything) -> Row:
        is_meeting = draft.kind is DraftKind.MEETING
        kind = say("preparing.meeting") if is_meeting else say("preparing.ballot")
        changed = say("preparing.changed", when=self._seat.times.recent(draft.changed_at))
        chips = [Chip(text=say("preparing.revision"))] if draft.is_revision else []
        count = number(draft.papers)
        papers = say("preparing.new_papers", count=count) if draft.is_revision else say("preparing.papers", count=count)
        if draft.id in everything.stages:
            chips.append(stage_chip(everything.stages[draft.id]))
        else:
            chips.append(Chip(text=say("preparing.draft"), tone=Tone.WARNING))
        return Row(
            key=draft.id,
            title=draft.title or say("preparing.untitled"),
            detail=f"{kind} · {papers} · {changed}",
            icon="calendar-days" if is_meeting else "vote",
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


def _section(title: str, rows: Iterable[Row]) -> list[Entry]:
    there = list(rows)
    return [Section(title=title), *there] if there else []


def _keyed(prefix: str, shown: Row) -> Row:
    return replace(shown, key=prefix + shown.key)
