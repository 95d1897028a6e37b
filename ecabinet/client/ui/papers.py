"""Tài liệu: every paper this person may read, with what has been read and what is on this machine."""

from collections.abc import Sequence
from typing import ClassVar

from PySide6.QtWidgets import QWidget

from ecabinet.client.desk.papers import PaperLine, Presence, Reading
from ecabinet.client.ui.explanations import explain
from ecabinet.client.ui.meetings import paper_row
from ecabinet.client.ui.screen import Explanation, Screen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Space
from ecabinet.client.ui.widgets import Entry, RowList, Section, boxed, column
from ecabinet.client.ui.words import number, say


class PapersScreen(Screen):
    """The list: what is new or has changed, what was begun, what was read; the most recently published on top."""

    nouns: ClassVar[frozenset[str]] = frozenset({"documents", "notes", "gone"})

    def __init__(self, seat: Seat) -> None:
        super().__init__(seat.background, say("papers.title"))
        self._seat = seat
        self._rows: RowList | None = None

    def load(self) -> None:
        self.ask(say("papers.loading"), lambda _: self._seat.desk.papers.all(), self._show)

    def panes(self) -> Sequence[QWidget]:
        return () if self._rows is None else (self._rows,)

    def explain(self, error: Exception) -> Explanation:
        return explain(error) or super().explain(error)

    def _show(self, papers: tuple[PaperLine, ...]) -> None:
        here = sum(paper.presence is Presence.HERE for paper in papers)
        self.retitle(say("papers.title"), say("papers.here", here=number(here), total=number(len(papers))))
        if not papers:
            self._rows = None
            self.show_empty("file-text", say("papers.none"), say("papers.none_next"))
            return
        if self._rows is None:
            self._rows = RowList(say("papers.title"))
            self._rows.setObjectName("rows")
            self._rows.opened.connect(self._seat.open_paper)
            self.show_content(boxed(column(self._rows, pad=Space.LARGE)))
        groups = {
            say("papers.new"): [paper for paper in papers if paper.is_new],
            say("papers.begun"): [paper for paper in papers if paper.reading is Reading.BEGUN],
            say("papers.read"): [paper for paper in papers if paper.reading is Reading.READ],
        }
        entries: list[Entry] = []
        for title, group in groups.items():
            if group:
                entries += [Section(title=title), *map(paper_row, group)]
        self._rows.show_rows(entries)
