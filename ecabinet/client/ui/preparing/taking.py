"""Taking papers into a draft: dropped or chosen, checked one by one; those refused are named with the reason."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ecabinet.client.background import Lane
from ecabinet.client.desk.preparing import PaperFlaw, PreparedPaper, Taken
from ecabinet.client.ui.screen import Screen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Tone
from ecabinet.client.ui.widgets import Button, Field, FileDrop, Kind, Muted, Notice, Sheet, TextField, column
from ecabinet.client.ui.words import Names, number, say, size
from ecabinet.core.codec import Identifier

_flaw = Names("taking.flaw", PaperFlaw)
_to_do = Names("taking.to_do", PaperFlaw)


class PaperTaker(QWidget):
    """Where papers are dropped. `taken` carries the papers that were good, in the order of the files."""

    taken = Signal(object)

    def __init__(self, screen: Screen, seat: Seat, draft: Identifier) -> None:
        super().__init__()
        self._screen, self._seat, self._draft = screen, seat, draft
        drop = FileDrop(say("taking.drop"), say("taking.help"))
        drop.setObjectName("drop_papers")
        drop.dropped.connect(self._take)
        self.setLayout(column(drop))
        self.setFocusProxy(drop)

    def _take(self, files: tuple[Path, ...]) -> None:
        self._screen.ask(
            say("taking.checking", count=number(len(files))),
            lambda call: self._seat.desk.preparing.take_papers(self._draft, files, call.report),
            self._tell,
            lane=Lane.PAGES,
        )

    def _tell(self, taken: Taken) -> None:
        for refused in taken.refused:
            notice = Notice(
                Tone.WARNING,
                say("taking.refused", file=refused.file_name, flaw=_flaw(refused.flaw)),
                safe=say("taking.refused_safe"),
                to_do=_to_do(refused.flaw),
                is_closable=True,
            )
            notice.setObjectName("refused_paper")
            self._screen.show_notice(notice)
        self.taken.emit(taken.papers)
        self._seat.changed(taken.changes)


class PaperSheet(Sheet):
    """Title, number, agency of a paper, and what changed in a new version."""

    def __init__(
        self, over: Screen, seat: Seat, draft: Identifier, paper: PreparedPaper, removed: Callable[[], None]
    ) -> None:
        self._screen, self._seat, self._draft, self._paper = over, seat, draft, paper
        self._title = TextField(paper.title)
        self._title.setObjectName("paper_title")
        self._number = TextField(paper.number, example="421/TTr-STC")
        self._number.setObjectName("paper_number")
        self._agency = TextField(paper.agency)
        self._agency.setObjectName("paper_agency")
        self._changed = TextField(paper.what_changed)
        fields = [
            Muted(say("taking.file", file=paper.file_name, pages=number(paper.pages), size=size(paper.size))),
            Field(say("taking.title"), self._title),
            Field(say("taking.number"), self._number),
            Field(say("taking.agency"), self._agency),
        ]
        if paper.version > 1:
            fields.append(Field(say("taking.what_changed"), self._changed))
        remove = Button(say("taking.remove"), Kind.DANGER)
        remove.clicked.connect(self.reject)
        remove.clicked.connect(removed)
        leave = Button(say("signing.leave"))
        leave.clicked.connect(self.reject)
        keep = Button(say("taking.keep"), Kind.PRIMARY)
        keep.setObjectName("keep_paper")
        keep.clicked.connect(self.accept)
        super().__init__(over, say("taking.paper"), *fields, buttons=(remove, leave, keep))
        self.accepted.connect(self._keep)
        self._title.setFocus()

    def _keep(self) -> None:
        kept = replace(
            self._paper,
            title=self._title.value,
            number=self._number.value,
            agency=self._agency.value,
            what_changed=self._changed.value,
        )
        preparing, draft = self._seat.desk.preparing, self._draft
        self._screen.ask(say("preparing.keeping"), lambda _: preparing.keep_paper(draft, kept), self._seat.changed)
