"""The secretariat at a desk: its windows in a frame of their own, and drafts made without them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QPointF, QSize, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget

from ecabinet.client.background import Lane
from ecabinet.client.desk.preparing import BallotDraft, ItemDraft, MeetingDraft, PreparedPaper, Taken
from ecabinet.client.ui.frame import Frame, Identity
from ecabinet.client.ui.navigation import Place
from ecabinet.client.ui.preparing.agenda import new_identifier
from ecabinet.client.ui.preparing.drafting import DraftScreen
from ecabinet.client.ui.preparing.overview import PreparingScreen
from ecabinet.client.ui.screen import Screen
from ecabinet.client.ui.syncing import told
from ecabinet.client.ui.widgets import Confirmation, TextArea
from ecabinet.papers import sample
from tests.ui.body import PIN, SAID_IN_SAMPLE, Sitter, wait_until
from tests.ui.hands import Hands

WIDE = QSize(1366, 768)


_SAYS = QLabel | QAbstractButton


class OfficeHands(Hands):
    """The secretary's, at the frame that is shown."""

    def __init__(self, sitter: Sitter) -> None:
        self._sitter = sitter

    @property
    def _top(self) -> QWidget:
        top = QApplication.activeModalWidget() or self._sitter.frame
        assert top is not None
        return top

    def _has_keyboard(self) -> bool:
        if QApplication.activeWindow() is None:
            self._top.activateWindow()  # off-screen, no window manager does so when a sheet has gone
        return super()._has_keyboard()

    def everything_said(self) -> str:
        labels = self._top.findChildren(QLabel)
        return "\n".join(label.text() for label in labels if label.isVisible())

    def drop(self, name: str, files: Sequence[Path]) -> None:
        """Drop files, as a file manager does."""
        widget = self.see(name)
        dragged = QMimeData()
        dragged.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
        centre, copy, button = widget.rect().center(), Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
        plain = Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(widget, QDragEnterEvent(centre, copy, dragged, button, plain))
        QApplication.sendEvent(widget, QDropEvent(QPointF(centre), copy, dragged, button, plain, QEvent.Type.Drop))

    def everything_on(self, name: str) -> str:
        """All words within what is called so, on labels and buttons."""
        return "\n".join(each.text() for each in self.see(name).findChildren(QWidget) if isinstance(each, _SAYS))

    def everything_of(self, name: str) -> list[str]:
        """The words in each of the fields called so, in their order."""
        return [each.text() for each in self._shown(name) if isinstance(each, QLineEdit)]

    def fields(self, name: str) -> list[TextArea]:
        """The fields called so that take several lines, in the order in which they were made."""
        return [each for each in self._shown(name) if isinstance(each, TextArea)]

    def type_here(self, text: str) -> None:
        """Write where the keyboard is, in place of what stands there."""
        field = self._focused
        QTest.keySequence(field, QKeySequence(QKeySequence.StandardKey.SelectAll))
        if not text:
            QTest.keyClick(field, Qt.Key.Key_Delete)
        for character in text:
            QTest.keyClicks(field, character) if character.isascii() else self._compose(field, character)

    def press_named(self, spoken: str, *, last: bool = False) -> None:
        """Press the first of the buttons that a screen reader calls so, or the last."""
        self.settle()
        wait_until(self._has_keyboard)
        buttons = [each for each in self._top.findChildren(QAbstractButton) if each.accessibleName() == spoken]
        button = buttons[-1 if last else 0]
        button.setFocus(Qt.FocusReason.TabFocusReason)
        self.keys("Space")

    def button(self, words: str) -> QAbstractButton:
        """The button with these words, once it is on the screen."""

        def found() -> list[QAbstractButton]:
            buttons = self._top.findChildren(QAbstractButton)
            return [each for each in buttons if each.text() == words and each.isVisible()]

        wait_until(found)
        return found()[0]

    def hear_row(self, name: str, words: str) -> None:
        """Wait until a list has a row with these words."""
        wait_until(lambda: self.row(self.see(name), words) is not None)

    @property
    def front(self) -> Screen:
        """The screen in front."""
        assert self._sitter.frame is not None
        return self._sitter.frame.screen_shown

    def sign(self, pin: str = PIN) -> None:
        """Type the PIN that is asked for, and wait until the sheet has gone."""
        self.type("pin", pin)
        self.keys("Return")
        wait_until(lambda: not self.sees("pin_sheet"))

    def confirm(self) -> None:
        """Say yes to what is asked once more."""
        wait_until(lambda: isinstance(QApplication.activeModalWidget(), Confirmation))
        self.keys("Tab")
        self.keys("Space")

    def settle(self) -> None:
        """Wait until nothing is on its way, and what was typed is kept."""
        wait_until(lambda: self._sitter.is_settled() and not self._waits_to_keep())

    def _waits_to_keep(self) -> bool:
        return isinstance(self.front, DraftScreen) and self.front._keeper.isActive()


def show_office(sitter: Sitter, size: QSize = WIDE) -> Frame:
    """The frame at Chuẩn bị họp và phiếu, anew."""
    sitter.close_frame()
    makers = {Place.PREPARE: lambda: PreparingScreen(sitter.seat)}
    identity = Identity(office=sitter.seat.me.office, body=sitter.seat.me.body_name)
    sitter.frame = Frame(makers, identity, sitter.seat.times)
    sitter.frame.show_status(told(sitter.desk.syncing.status()))
    sitter.frame.resize(size)
    sitter.frame.show()
    sitter.frame.activateWindow()
    wait_until(sitter.is_settled)
    return sitter.frame


def lay(sitter: Sitter, screen: Screen) -> Frame:
    """A screen on top of the one in front, once it is filled."""
    assert sitter.frame is not None
    sitter.frame.lay(screen)
    wait_until(sitter.is_settled)
    return sitter.frame


def at_office(sitter: Sitter, *screens: Screen) -> OfficeHands:
    """Hands at Chuẩn bị họp và phiếu, anew, or at the last of the screens that are laid upon it."""
    show_office(sitter)
    for screen in screens:
        lay(sitter, screen)
    return OfficeHands(sitter)


def take(sitter: Sitter, draft: str, files: Sequence[Path]) -> Taken:
    """Files taken into a draft."""
    preparing = sitter.desk.preparing
    return sitter.do(lambda: preparing.take_papers(draft, files, lambda _done, _total: None), Lane.PAGES)


def draft_meeting(sitter: Sitter, *, is_arranged: bool = True) -> MeetingDraft:
    """The sample's meeting, in seven items, or with each paper as an item under the name of its file."""
    preparing, meeting = sitter.desk.preparing, sample.meeting()
    draft, _ = sitter.do(preparing.new_meeting)
    taken = take(sitter, draft.meeting, [paper.path for paper in meeting.papers]).papers
    if is_arranged:
        taken = tuple(_described(paper) for paper in taken)
        for paper in taken:
            sitter.do(lambda paper=paper: preparing.keep_paper(draft.meeting, paper))  # type: ignore[misc]
    by_name = {Path(paper.file_name).stem: paper for paper in taken}
    if is_arranged:
        items = tuple(
            _item(item.title, item.agency, [by_name[paper.stem] for paper in item.papers]) for item in meeting.items
        )
    else:
        items = tuple(_item(paper.title, "", [paper]) for paper in taken)
    filled = replace(
        draft,
        title=meeting.title,
        starts_at=sitter.seat.times.clock().replace(hour=1, minute=0, second=0, microsecond=0) + timedelta(days=3),
        place=meeting.place,
        items=items,
    )
    sitter.do(lambda: preparing.keep_meeting(filled))
    return filled


def draft_ballot(sitter: Sitter, key: str = "bang-gia-dat") -> BallotDraft:
    """One of the sample's ballots, with its papers."""
    preparing, ballot = sitter.desk.preparing, next(each for each in sample.ballots() if each.key == key)
    draft, _ = sitter.do(preparing.new_ballot)
    taken = [_described(paper) for paper in take(sitter, draft.ballot, [paper.path for paper in ballot.papers]).papers]
    for paper in taken:
        sitter.do(lambda paper=paper: preparing.keep_paper(draft.ballot, paper))  # type: ignore[misc]
    filled = replace(
        draft,
        **{name: getattr(ballot, name) for name in SAID_IN_SAMPLE},
        electors=tuple(replace(each, proposed=each.person == ballot.proposed_by) for each in draft.electors),
        papers=tuple(paper.document for paper in taken),
    )
    sitter.do(lambda: preparing.keep_ballot(filled))
    return filled


def _described(paper: PreparedPaper) -> PreparedPaper:
    known = next(each for each in sample.papers() if each.stem == Path(paper.file_name).stem)
    return replace(paper, title=known.title, number=known.number, agency=known.agency, kind=known.kind)


def _item(title: str, agency: str, papers: Sequence[PreparedPaper]) -> ItemDraft:
    documents = tuple(paper.document for paper in papers)
    return ItemDraft(item=new_identifier(), title=title, agency=agency, papers=documents, readers=None)
