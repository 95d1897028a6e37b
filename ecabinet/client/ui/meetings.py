"""Phiên họp: the meetings one takes part in, and one of them with its agenda as the spine and the papers inside it."""

from collections.abc import Sequence
from typing import ClassVar

from PySide6.QtWidgets import QWidget

from ecabinet.client.desk.meetings import ItemState, ItemView, MeetingLine, MeetingView, Phase
from ecabinet.client.desk.papers import PaperLine, Presence, Reading
from ecabinet.client.ui import icons
from ecabinet.client.ui.explanations import explain
from ecabinet.client.ui.screen import Explanation, Screen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Space, Tone
from ecabinet.client.ui.widgets import (
    Chip,
    ChipLabel,
    Entry,
    Row,
    RowList,
    Section,
    boxed,
    column,
    empty,
    flow,
    headed,
)
from ecabinet.client.ui.words import Names, number, say, size
from ecabinet.core.codec import Identifier

_item_state = Names("meetings.item", ItemState)
_presence = Names("meetings.presence", Presence)
_reading = Names("meetings.reading", Reading)
_ITEM_TONES = {
    ItemState.UNREAD: Tone.ACCENT,
    ItemState.BEGUN: Tone.NEUTRAL,
    ItemState.READ: Tone.POSITIVE,
    ItemState.NOTED: Tone.POSITIVE,
}
_ITEM_ICONS: dict[ItemState, icons.Name] = {
    ItemState.UNREAD: "info",
    ItemState.BEGUN: "book-open",
    ItemState.READ: "circle-check",
    ItemState.NOTED: "notebook-pen",
}


class MeetingsScreen(Screen):
    """The list: those ahead, then those past."""

    nouns: ClassVar[frozenset[str]] = frozenset({"meetings", "documents", "gone"})

    def __init__(self, seat: Seat) -> None:
        super().__init__(seat.background, say("meetings.title"))
        self._seat = seat
        self._rows: RowList | None = None

    def load(self) -> None:
        self.ask(say("meetings.loading"), lambda _: self._seat.desk.meetings.all(), self._show)

    def panes(self) -> Sequence[QWidget]:
        return () if self._rows is None else (self._rows,)

    def explain(self, error: Exception) -> Explanation:
        return explain(error) or super().explain(error)

    def _show(self, meetings: tuple[MeetingLine, ...]) -> None:
        if not meetings:
            self._rows = None
            self.show_empty("calendar-days", say("meetings.none"), say("meetings.none_next"))
            return
        if self._rows is None:
            self._rows = RowList(say("meetings.title"))
            self._rows.setObjectName("meetings")
            self._rows.opened.connect(self._seat.open_meeting)
            self.show_content(boxed(column(self._rows, pad=Space.LARGE)))
        ahead = [meeting_row(self._seat, line) for line in meetings if line.phase is not Phase.AFTER]
        past = [meeting_row(self._seat, line) for line in meetings if line.phase is Phase.AFTER]
        entries: list[Entry] = []
        for title, rows in ((say("meetings.ahead"), ahead), (say("meetings.past"), past)):
            if rows:
                entries += [Section(title=title), *rows]
        self._rows.show_rows(entries)


def meeting_row(seat: Seat, line: MeetingLine) -> Row:
    """A meeting as a row of a list."""
    chips = [Chip(text=seat.times.short(line.starts_at), icon="clock", hint=seat.times.exact(line.starts_at))]
    if line.unread_papers:
        chips.append(Chip(text=say("meetings.unread", count=number(line.unread_papers)), tone=Tone.ACCENT))
    return Row(
        key=line.meeting,
        title=line.title,
        detail=" · ".join(filter(None, (line.place, say("meetings.papers", count=number(line.papers))))),
        icon="calendar-days",
        chips=tuple(chips),
        is_new=bool(line.new_papers),
    )


class MeetingScreen(Screen):
    """One meeting: what it is, then the agenda: every matter a heading with its state, every paper a row to read."""

    nouns: ClassVar[frozenset[str]] = frozenset({"meetings", "documents", "notes", "gone"})

    def __init__(self, seat: Seat, meeting: Identifier) -> None:
        super().__init__(seat.background, say("meetings.one"))
        self.thing = meeting
        self._seat, self._meeting = seat, meeting
        self._head = column(gap=0)
        self._rows = RowList(say("meetings.agenda"))
        self._rows.setObjectName("agenda")
        self._papers: dict[str, PaperLine] = {}
        self._rows.opened.connect(lambda key: open_as_sent(seat, self._papers[key]))
        self._page = headed(self._head, self._rows)

    def load(self) -> None:
        self.ask(say("meetings.loading"), lambda _: self._seat.desk.meetings.one(self._meeting), self._show)

    def panes(self) -> Sequence[QWidget]:
        return (self._rows,)

    def explain(self, error: Exception) -> Explanation:
        return explain(error) or super().explain(error)

    def _show(self, view: MeetingView) -> None:
        line = view.line
        chair = next((each.office for each in view.participants if each.is_chair), "")
        self.retitle(line.title, say("meetings.where", place=line.place, chair=chair))
        empty(self._head)
        self._head.addLayout(flow(*map(ChipLabel, self._chips(view))))
        self._papers = {paper.document: paper for item in view.items for paper in item.papers}
        entries: list[Entry] = []
        for item in view.items:
            entries.append(_item_section(item))
            entries += [paper_row(paper) for paper in item.papers]
        self._rows.show_rows(entries)
        self.show_content(self._page)

    def _chips(self, view: MeetingView) -> list[Chip]:
        """When it begins, what is to be read, what has not arrived."""
        line, times = view.line, self._seat.times
        papers = {paper.document: paper for item in view.items for paper in item.papers}.values()
        missing = sum(paper.presence is not Presence.HERE for paper in papers)
        is_ahead = line.phase is not Phase.AFTER
        when = times.deadline(line.starts_at) if line.starts_at > times.clock() else times.short(line.starts_at)
        tone = Tone.ACCENT if line.phase is Phase.TODAY else Tone.NEUTRAL
        chips = [Chip(text=when, icon="clock", tone=tone, hint=times.exact(line.starts_at))]
        chips.append(Chip(text=say("meetings.papers", count=number(line.papers)), icon="file-text"))
        if line.unread_papers and is_ahead:
            chips.append(Chip(text=say("meetings.unread", count=number(line.unread_papers)), tone=Tone.ACCENT))
        if missing:
            chips.append(Chip(text=say("meetings.missing", count=number(missing)), tone=Tone.WARNING))
        elif papers:
            chips.append(Chip(text=say("meetings.complete"), tone=Tone.POSITIVE, icon="circle-check"))
        return chips


def _item_section(item: ItemView) -> Section:
    """A matter of the agenda; its state is a word and an icon."""
    detail = item.agency if item.papers else " · ".join(filter(None, (item.agency, say("meetings.no_papers"))))
    chip = Chip(text=_item_state(item.state), tone=_ITEM_TONES[item.state], icon=_ITEM_ICONS[item.state])
    title = say("meetings.item_title", number=item.number, title=item.title)
    return Section(title=title, detail=detail, chip=chip if item.papers else None)


def paper_row(paper: PaperLine) -> Row:
    """A paper as a row of a list: what one has done with it, and whether it is on this machine."""
    chips = []
    if paper.reading is not Reading.READ:
        chips.append(Chip(text=_reading(paper.reading), tone=Tone.ACCENT if paper.is_new else Tone.NEUTRAL))
    if paper.notes:
        chips.append(Chip(text=say("meetings.notes", count=number(paper.notes)), icon="notebook-pen"))
    if paper.carried:
        chips.append(Chip(text=say("meetings.carried", count=number(paper.carried))))
    if paper.to_check:
        chips.append(Chip(text=say("meetings.to_check", count=number(paper.to_check)), tone=Tone.WARNING))
    if paper.presence is not Presence.HERE:
        tone = Tone.DANGER if paper.presence is Presence.OTHER else Tone.WARNING
        chips.append(Chip(text=_presence(paper.presence), tone=tone))
    if paper.words_stay_here:
        hint = say("recognising.too_long_next")
        chips.append(Chip(text=say("recognising.too_long"), tone=Tone.WARNING, hint=hint))
    if paper.newer is not None:
        chips.append(Chip(text=say("meetings.newer", version=number(paper.newer)), tone=Tone.ACCENT))
    progress = ""
    if paper.pages_read:
        progress = say("meetings.pages_read", read=number(paper.pages_read), pages=number(paper.pages))
    bytes_said = size(paper.size) if paper.size else ""
    return Row(
        key=paper.document,
        title=paper.title,
        detail=" · ".join(filter(None, (paper.number, paper.agency, bytes_said, progress, paper.what_changed))),
        icon="file-text",
        chips=tuple(chips),
        is_new=paper.is_new,
    )


def open_as_sent(seat: Seat, paper: PaperLine) -> None:
    """Opens the very version that was sent; what is not the paper that was sent is not opened at all."""
    if paper.presence is not Presence.OTHER:
        seat.open_as_sent(paper.document, paper.digest)
