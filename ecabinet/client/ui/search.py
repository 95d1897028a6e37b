"""Tìm kiếm: everything on this machine: names and numbers of papers, meetings and ballots, notes, and what papers say.

Accents count where they are typed. Names and notes are found by beginnings of words, in any order; what papers say by
whole words, phrases first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from PySide6.QtWidgets import QWidget

from ecabinet.client.background import Call, Lane
from ecabinet.client.desk.finding import Found, PaperFound
from ecabinet.client.desk.notes import NoteView
from ecabinet.client.ui.ballots import ballot_row
from ecabinet.client.ui.explanations import explain
from ecabinet.client.ui.meetings import meeting_row, paper_row
from ecabinet.client.ui.reader.sharing import author_said
from ecabinet.client.ui.screen import Explanation, Screen
from ecabinet.client.ui.seat import Seat, Sought
from ecabinet.client.ui.theme import Tone
from ecabinet.client.ui.widgets import (
    Chip,
    EmptyState,
    Entry,
    Field,
    Row,
    RowList,
    Section,
    TextField,
    column,
    headed,
)
from ecabinet.client.ui.words import number, say
from ecabinet.core.finding import QUOTES, Stream, stream, words

_PAGES_TOLD = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class _Findable:
    row: Row
    text: Stream
    """Everything it may be found by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    title: str
    members: tuple[_Findable, ...]
    go: Callable[[str], None]


class SearchScreen(Screen):
    """A line to type in, and what is found as one types."""

    nouns: ClassVar[frozenset[str]] = frozenset({"documents", "meetings", "ballots", "notes", "gone"})

    def __init__(self, seat: Seat) -> None:
        super().__init__(seat.background, say("search.title"), say("search.what"))
        self._seat = seat
        self._groups: tuple[_Group, ...] = ()
        self._found = Found(papers=(), has_more=False)
        self._asked: Call | None = None
        self._opened: dict[str, Callable[[], None]] = {}
        self._sought = TextField(example=say("search.example"))
        self._sought.setObjectName("sought")
        self._sought.textChanged.connect(self._look)
        self._sought.returnPressed.connect(self._enter_rows)
        self._rows = RowList(say("search.found"))
        self._rows.setObjectName("rows")
        self._rows.opened.connect(lambda key: self._opened[key]())
        self._why = EmptyState("search", say("search.what"), say("search.how"))
        self._none = EmptyState("search", say("search.none"), say("search.none_next"))
        line = Field(say("search.words"), self._sought, help_text=say("search.help"))
        self._page = headed(column(line), self._rows, self._why, self._none)

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
        known = {note.key: note for note in (*desk.notes.all(), *desk.sharing.others())}
        notes = ((_note_row(note), (note.latest.text, note.latest.anchor.quote)) for note in known.values())
        return tuple(
            _Group(
                title=title,
                members=tuple(_Findable(row=row, text=stream(" ".join(said))) for row, said in found),
                go=go,
            )
            for title, found, go in (
                (say("search.ballots"), ballots, seat.open_ballot),
                (say("search.meetings"), meetings, seat.open_meeting),
                (say("search.papers"), papers, seat.open_paper),
                (say("search.notes"), notes, lambda key: self._open_note(known[key])),
            )
        )

    def _show(self, groups: tuple[_Group, ...]) -> None:
        self._groups = groups
        self.show_content(self._page)
        self._look()

    def _look(self) -> None:
        """Among names and notes at once; in what papers say as soon as the vault has answered."""
        if self._asked is not None:
            self._asked.cancel()
            self._asked.drop()
            self._asked = None
        typed = self._sought.value
        self._found = Found(papers=(), has_more=False)
        if words(typed):
            finding = self._seat.desk.finding
            self._asked = self._seat.background.run(
                Lane.SERIAL, lambda _: finding.in_papers(typed), then=self._take, failed=self.show_error, owner=self
            )
        self._find()

    def _take(self, found: Found) -> None:
        self._asked, self._found = None, found
        self._find()

    def _find(self) -> None:
        sought = words(self._sought.value, is_open=True)
        entries: list[Entry] = []
        self._opened.clear()
        for group in self._groups if sought else ():
            rows = [each.row for each in group.members if all(one.stands_in(each.text) for one in sought)]
            if rows:
                entries += [Section(title=say("search.group", title=group.title, count=number(len(rows)))), *rows]
            for row in rows:
                self._opened[row.key] = partial(group.go, row.key)
        entries += self._said_in_papers()
        self._rows.show_rows(entries)
        self._rows.setVisible(bool(entries))
        self._why.setVisible(not sought)
        self._none.setVisible(bool(sought) and not entries and self._asked is None)

    def _said_in_papers(self) -> list[Entry]:
        papers, typed = self._found.papers, self._sought.value
        if not papers:
            return []
        count = say("search.or_more", count=number(len(papers))) if self._found.has_more else number(len(papers))
        is_plain = QUOTES.isdisjoint(typed)
        for paper in papers:
            # In a paper one phrase is looked for; a space ends its last word: here words were found whole.
            phrase = typed if paper.is_phrase and is_plain else paper.excerpt.found
            sought = Sought(typed=f"{phrase} ", page=paper.pages[0])
            self._opened[_key(paper)] = partial(self._seat.open_found, paper.document, sought)
        return [Section(title=say("search.group", title=say("search.said"), count=count)), *map(_said_row, papers)]

    def _open_note(self, note: NoteView) -> None:
        quote, page = note.latest.anchor.quote, note.latest.anchor.page
        if quote:
            self._seat.open_found(note.document, Sought(typed=quote, page=page))
        else:
            self._seat.open_paper(note.document)

    def _enter_rows(self) -> None:
        if self._rows.isVisible():
            self._rows.setFocus()


def _key(paper: PaperFound) -> str:
    """A paper stands among those found by name, too."""
    return f"said:{paper.document}"


def _said_row(paper: PaperFound) -> Row:
    said = paper.excerpt
    told = ", ".join(number(page + 1) for page in paper.pages[:_PAGES_TOLD])
    more = "…" if len(paper.pages) > _PAGES_TOLD else ""
    chips = [Chip(text=say("search.pages", pages=told + more), tone=Tone.NEUTRAL)]
    if not paper.is_phrase:
        chips.append(Chip(text=say("search.apart"), tone=Tone.NEUTRAL))
    return Row(
        key=_key(paper),
        title=paper.title,
        detail=say("search.excerpt", before=said.before, found=said.found, after=said.after).strip(),
        icon="search",
        chips=tuple(chips),
    )


def _note_row(note: NoteView) -> Row:
    state = note.latest
    page = say("reader.note_page", page=number(state.anchor.page + 1))
    detail = " · ".join(filter(None, (author_said(note), page)))
    return Row(key=note.key, title=state.text or state.anchor.quote, detail=detail, icon="notebook-pen")
