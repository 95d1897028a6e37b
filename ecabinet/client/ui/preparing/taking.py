"""Taking papers into a draft: dropped or chosen, checked one by one; those refused are named with the reason."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QWidget

from ecabinet.client.background import CancelledError, Lane
from ecabinet.client.desk.preparing import PaperFlaw, PreparedPaper, RefusedPaper, Taken
from ecabinet.client.ui.screen import Screen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Space, Tone, Weight
from ecabinet.client.ui.widgets import FileDrop, Notice, Text, boxed, column
from ecabinet.client.ui.widgets.layout import empty
from ecabinet.client.ui.words import Names, number, say, size
from ecabinet.core.codec import Identifier

_flaw = Names("taking.flaw", PaperFlaw)
_to_do = Names("taking.to_do", PaperFlaw)


class PaperTaker(QWidget):
    """Where papers are dropped; how many have come; which were refused, until that was read."""

    taken = Signal(object, object)
    """The papers that were good, in the order of the files, and the item they were meant for, or None."""
    stopped = Signal()
    """The person stopped it: what had come until then is in the draft."""

    def __init__(self, screen: Screen, seat: Seat, draft: Identifier) -> None:
        super().__init__()
        self._screen, self._seat, self._draft = screen, seat, draft
        drop = FileDrop(say("taking.drop"), say("taking.help"))
        drop.setObjectName("drop_papers")
        drop.dropped.connect(self.take)
        self._count = Text(weight=Weight.MEDIUM)
        self._count.setObjectName("taken_count")
        self._count.hide()
        self._refused = column(gap=Space.SMALL)
        self.setLayout(column(drop, self._refused, self._count))
        self.setFocusProxy(drop)

    def take(self, files: tuple[Path, ...], into: Identifier | None = None) -> None:
        """Have files checked and taken in, for an item where one is named."""
        empty(self._refused)

        def failed(error: Exception) -> None:
            if isinstance(error, CancelledError):
                self.stopped.emit()
            else:
                self._screen.show_error(error)

        self._screen.ask(
            say("taking.checking", count=number(len(files))),
            lambda call: self._seat.desk.preparing.take_papers(self._draft, files, call.report),
            partial(self._tell, into),
            failed=failed,
            lane=Lane.PAGES,
        )

    def show_papers(self, papers: Iterable[PreparedPaper]) -> None:
        """Say how many papers there are, of how many pages."""
        there = tuple(papers)
        self._count.setVisible(bool(there))
        self._count.setText(
            say(
                "taking.count",
                count=number(len(there)),
                pages=number(sum(paper.pages for paper in there)),
                size=size(sum(paper.size for paper in there)),
            )
        )

    def _tell(self, into: Identifier | None, taken: Taken) -> None:
        if taken.refused:
            refused = _RefusedPapers(taken)
            self._refused.addWidget(refused)
            refused.announce()
        repaired = [paper for paper in taken.papers if paper.is_repaired]
        if repaired:
            doubt = repaired_notice(repaired, is_closable=True)
            doubt.closed.connect(doubt.hide)
            self._refused.addWidget(doubt)
        self.taken.emit(taken.papers, into)
        self._seat.changed(taken.changes)


def repaired_notice(papers: Iterable[PreparedPaper], *, is_closable: bool = False) -> Notice:
    """That files were damaged, and what is shown of them may not be all."""
    words = say("taking.repaired", files=", ".join(paper.file_name for paper in papers))
    notice = Notice(Tone.WARNING, words, to_do=say("taking.repaired_to_do"), is_closable=is_closable)
    notice.setObjectName("repaired_papers")
    return notice


class _RefusedPapers(QFrame):
    """One notice for all that was refused at once: each file, what is wrong with it, and what to do."""

    def __init__(self, taken: Taken) -> None:
        super().__init__()
        happened = say("taking.refused", count=number(len(taken.refused)))
        if taken.papers:
            happened += " " + say("taking.taken_besides", count=number(len(taken.papers)))
        self._notice = Notice(
            Tone.WARNING,
            happened,
            safe=say("taking.refused_safe"),
            details=boxed(column(*map(_told, taken.refused), gap=Space.MEDIUM)),
            is_closable=True,
        )
        self._notice.closed.connect(self.hide)
        self.setLayout(column(self._notice))

    def announce(self) -> None:
        """Have screen readers speak it at once."""
        QAccessible.updateAccessibility(QAccessibleEvent(self._notice, QAccessible.Event.Alert))


def _told(refused: RefusedPaper) -> QWidget:
    name = Text(refused.file_name, weight=Weight.MEDIUM)
    why = Text(say("taking.flawed", flaw=_flaw(refused.flaw), to_do=_to_do(refused.flaw)))
    told = boxed(column(name, why, gap=0))
    told.setObjectName("refused_paper")
    told.setAccessibleName(f"{refused.file_name}: {why.text()}")
    told.setAccessibleDescription(str(refused.path))
    told.setToolTip(str(refused.path))
    return told
