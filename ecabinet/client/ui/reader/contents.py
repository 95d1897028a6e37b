"""The outline of a paper at its side: where each heading leads, and under which one the reader is."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from ecabinet.client.pages import Heading as Entry
from ecabinet.client.ui.theme import Space
from ecabinet.client.ui.widgets import EmptyState, Heading, Row, RowList, column
from ecabinet.client.ui.words import number, say

_INDENT = "\u2003"
"""An em space for each level below the first."""


class Contents(QFrame):
    """The headings in reading order; `opened` carries the page one leads to, from 0."""

    opened = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(say("reader.contents"))
        self._headings: Sequence[Entry] = ()
        self._rows = RowList(say("reader.contents"))
        self._rows.setObjectName("contents")
        self._rows.opened.connect(self._open)
        self._empty = EmptyState("list-tree", say("reader.no_contents"), say("reader.no_contents_next"))
        whole = column(Heading(say("reader.contents")), self._rows, self._empty, pad=Space.LARGE)
        whole.setStretch(1, 1)
        whole.setStretch(2, 1)
        self.setLayout(whole)
        for each in (self._rows, self._empty):
            each.hide()  # nobody knows yet whether there are any

    def show_headings(self, headings: Sequence[Entry]) -> None:
        """Show these; those that lead nowhere are left out."""
        self._headings = [each for each in headings if each.page is not None]
        self._rows.setVisible(bool(self._headings))
        self._empty.setVisible(not self._headings)
        self._rows.show_rows([self._row(place) for place in range(len(self._headings))])

    def show_page(self, page: int) -> None:
        """Put the row on the heading that a page is under."""
        above = [place for place, each in enumerate(self._headings) if each.page is not None and each.page <= page]
        if above and not self._rows.hasFocus():
            self._rows.go_to(str(above[-1]))

    def _row(self, place: int) -> Row:
        heading = self._headings[place]
        page = say("reader.note_page", page=number((heading.page or 0) + 1))
        return Row(key=str(place), title=_INDENT * (heading.level - 1) + heading.title, detail=page)

    def _open(self, key: str) -> None:
        self.opened.emit(self._headings[int(key)].page)
