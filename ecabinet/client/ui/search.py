"""Tìm kiếm: by what a paper, meeting or ballot is called, its number, its agency. What papers say inside comes later.

Case and accents don't matter, and the words may stand in any order.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtWidgets import QWidget

from ecabinet.client.background import Call
from ecabinet.client.ui.ballots import ballot_row
from ecabinet.client.ui.explanations import explain
from ecabinet.client.ui.folding import folded
from ecabinet.client.ui.meetings import meeting_row, paper_row
from ecabinet.client.ui.screen import Explanation, Screen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Space
from ecabinet.client.ui.widgets import EmptyState, Entry, Field, Row, RowList, Section, TextField, boxed, column
from ecabinet.client.ui.words import number, say


@dataclass(frozen=True, slots=True, kw_only=True)
class _Findable:
    row: Row
    text: str
    """Folded: everything it may be found by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    title: str
    members: tuple[_Findable, ...]
    go: Callable[[str], None]


class SearchScreen(Screen):
    """A line to type in, and what is found as one types."""

    nouns: ClassVar[frozenset[str]] = frozenset({"documents", "meetings", "ballots", "gone"})

    def __init__(self, seat: Seat) -> None:
        super().__init__(seat.background, say("search.title"), say("search.what"))
        self._seat = seat
        self._groups: tuple[_Group, ...] = ()
        self._opened: dict[str, Callable[[], None]] = {}
        self._sought = TextField(example=say("search.example"))
        self._sought.setObjectName("sought")
        self._sought.textChanged.connect(self._find)
        self._sought.returnPressed.connect(self._enter_rows)
        self._rows = RowList(say("search.found"))
        self._rows.setObjectName("rows")
        self._rows.opened.connect(lambda key: self._opened[key]())
        self._why = EmptyState("search", say("search.what"), say("search.later"))
        self._none = EmptyState("search", say("search.none"), say("search.none_next"))
        line = Field(say("search.words"), self._sought, help_text=say("search.help"))
        self._page = boxed(column(line, self._rows, self._why, self._none, pad=Space.LARGE))

    def load(self) -> None:
        self.ask(say("search.loading"), self._gather, self._show)

    def panes(self) -> Sequence[QWidget]:
        return (self._sought, self._rows)

    def explain(self, error: Exception) -> Explanation:
        return explain(error) or super().explain(error)

    def _gather(self, _call: Call) -> tuple[_Group, ...]:
        seat, desk = self._seat, self._seat.desk
        papers = (
            (paper_row(line), (line.title, line.number, line.agency, line.file_name)) for line in desk.papers.all()
        )
        ballots = ((ballot_row(seat, line), (line.subject, line.submitter)) for line in desk.ballots.all())
        meetings = ((meeting_row(seat, line), (line.title, line.place)) for line in desk.meetings.all())
        return tuple(
            _Group(
                title=title,
                members=tuple(_Findable(row=row, text=folded(" ".join(words))) for row, words in found),
                go=go,
            )
            for title, found, go in (
                (say("search.ballots"), ballots, seat.open_ballot),
                (say("search.meetings"), meetings, seat.open_meeting),
                (say("search.papers"), papers, seat.open_paper),
            )
        )

    def _show(self, groups: tuple[_Group, ...]) -> None:
        self._groups = groups
        self.show_content(self._page)
        self._find()

    def _find(self) -> None:
        words = folded(self._sought.value).split()
        entries: list[Entry] = []
        self._opened.clear()
        for group in self._groups if words else ():
            rows = [each.row for each in group.members if all(word in each.text for word in words)]
            if rows:
                entries += [Section(title=say("search.group", title=group.title, count=number(len(rows)))), *rows]
            for row in rows:
                self._opened[row.key] = lambda group=group, key=row.key: group.go(key)  # type: ignore[misc]
        self._rows.show_rows(entries)
        self._rows.setVisible(bool(entries))
        self._why.setVisible(not words)
        self._none.setVisible(bool(words) and not entries)

    def _enter_rows(self) -> None:
        if self._rows.isVisible():
            self._rows.setFocus()
