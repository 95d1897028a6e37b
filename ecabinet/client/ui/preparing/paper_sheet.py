"""The sheet of one paper: what it is called, numbered, who wrote it; and from there to the next."""

from dataclasses import replace
from enum import StrEnum
from typing import Protocol

from PySide6.QtWidgets import QWidget

from ecabinet.client.desk.papers import PaperLine
from ecabinet.client.desk.preparing import PreparedPaper
from ecabinet.client.ui.preparing.forms import TitleField, named
from ecabinet.client.ui.preparing.taking import repaired_notice
from ecabinet.client.ui.theme import Space
from ecabinet.client.ui.widgets import Button, ChoiceField, Field, Item, Kind, Muted, Sheet, TextField, row
from ecabinet.client.ui.words import Names, number, say, size
from ecabinet.core.codec import Identifier


class PaperKind(StrEnum):
    """The kinds a paper may be of, by the names under which they are published."""

    SUBMISSION = "to-trinh"
    REPORT = "bao-cao"
    DRAFT = "du-thao"
    ANNEX = "phu-luc"
    LETTER = "cong-van"
    COLLATION = "ban-tong-hop"
    RESOLUTION = "nghi-quyet"
    DECISION = "quyet-dinh"
    OTHER = "khac"


_kind = Names("taking.kind", PaperKind)


class Keeper(Protocol):
    """Who has the papers, and keeps what is said of them."""

    papers: dict[Identifier, PreparedPaper]
    published: dict[Identifier, PaperLine]

    def keep_paper(self, paper: PreparedPaper) -> None: ...

    def replace_published(self, paper: Identifier, document: Identifier) -> None: ...


class PaperSheet(Sheet):
    """Title, number, agency, kind; which published paper it replaces and what changed."""

    def __init__(self, over: QWidget, keeper: Keeper, document: Identifier) -> None:
        self._over, self._keeper, self._document = over, keeper, document
        paper = keeper.papers[document]
        documents = list(keeper.papers)
        place = documents.index(document)
        self._next = documents[place + 1] if place + 1 < len(documents) else None
        self._title = named(TitleField(paper.title), "paper_title")
        self._number = named(TextField(paper.number, example="421/TTr-STC"), "paper_number")
        self._agency = named(TextField(paper.agency), "paper_agency")
        self._changed = named(TextField(paper.what_changed), "paper_changed")
        self._kind = ChoiceField()
        self._kind.setObjectName("paper_kind")
        for kind in PaperKind:
            self._kind.addItem(_kind(kind), kind.value)
        if self._kind.findData(paper.kind) < 0:
            self._kind.addItem(paper.kind, paper.kind)
        self._kind.setCurrentIndex(self._kind.findData(paper.kind))
        about = say("taking.file", file=paper.file_name, pages=number(paper.pages), size=size(paper.size))
        number_and_kind = row(
            Field(say("taking.number"), self._number), Field(say("taking.kind_of"), self._kind), gap=Space.LARGE
        )
        number_and_kind.setStretch(0, 1)
        number_and_kind.setStretch(1, 1)
        items: list[Item] = [
            *([repaired_notice([paper])] if paper.is_repaired else []),
            Muted(about),
            Field(say("taking.title"), self._title),
            number_and_kind,
            Field(say("taking.agency"), self._agency),
        ]
        self._replaces = ChoiceField()
        self._replaces.setObjectName("paper_replaces")
        if keeper.published and paper.version == 1:
            self._replaces.addItem(say("taking.replaces_none"), None)
            for line in keeper.published.values():
                self._replaces.addItem(line.title, line.document)
            items.append(Field(say("taking.replaces"), self._replaces))
        if paper.version > 1 or keeper.published:
            items.append(Field(say("taking.what_changed"), self._changed))
        leave = Button(say("signing.leave"))
        leave.clicked.connect(self.reject)
        keep = Button(say("taking.keep"), Kind.QUIET if self._next else Kind.PRIMARY, hint="Enter")
        keep.setObjectName("keep_paper")
        keep.clicked.connect(self._keep)
        buttons = [leave, keep]
        if self._next is not None:
            following = Button(say("taking.keep_and_next"), Kind.PRIMARY, hint="Enter")
            following.setObjectName("keep_and_next")
            following.clicked.connect(self._keep_and_go_on)
            buttons.append(following)
        title = say("taking.paper", number=number(place + 1), all=number(len(documents)))
        super().__init__(over, title, *items, buttons=buttons)
        self._title.entered.connect(self._keep_and_go_on)
        for field in (self._number, self._agency, self._changed):
            field.returnPressed.connect(self._keep_and_go_on)
        self._title.setFocus()
        self._title.selectAll()

    def abandon(self) -> None:
        """What was written so far is kept."""
        self._keep()

    def _keep(self) -> None:
        replaced = self._replaces.currentData()
        kept = replace(
            self._keeper.papers[self._document],
            title=self._title.value,
            number=self._number.value,
            agency=self._agency.value,
            kind=self._kind.currentData(),
            what_changed=self._changed.value,
        )
        self._keeper.keep_paper(kept)
        if replaced is not None:
            self._keeper.replace_published(self._document, replaced)
        self.accept()

    def _keep_and_go_on(self) -> None:
        self._keep()
        if self._next is not None:
            PaperSheet(self._over, self._keeper, self._next).open()
