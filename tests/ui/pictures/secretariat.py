"""The secretariat's windows: its list, drafts of meetings and ballots, a ballot watched until it is proven."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QAbstractButton, QWidget

from ecabinet.client.background import Lane
from ecabinet.client.ui.frame import Frame
from ecabinet.client.ui.preparing.ballot_draft import BallotDraftScreen
from ecabinet.client.ui.preparing.meeting_draft import MeetingDraftScreen
from ecabinet.client.ui.preparing.monitor import MonitorScreen
from ecabinet.client.ui.preparing.outline import Outline
from ecabinet.client.ui.preparing.taking import PaperTaker
from ecabinet.client.ui.screen import Screen
from ecabinet.client.ui.screens import picture
from ecabinet.client.ui.widgets import Footed, PinField
from ecabinet.papers import sample
from tests.ui.bad_papers import bad_papers
from tests.ui.body import PIN, SECRETARY, Body, Sitter, wait_until
from tests.ui.office import draft_ballot, draft_meeting, lay, show_office


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What lies on the secretary's desk."""

    secretary: Sitter
    empty_meeting: str
    raw_meeting: str
    meeting: str
    sent_meeting: str
    empty_ballot: str
    ballot: str
    open: str
    closed: str
    announced: str
    proven: str


@cache
def scene(body: Body) -> Scene:
    """Sets it once: pictures change nothing that shows."""
    secretary, cabinet = body.sitter(SECRETARY), body.cabinet
    first, second, third = ("dong-y", "dong-y"), ("khong-dong-y", "dong-y"), ("dong-y", "khong-dong-y")
    ended = []
    for key in ("chieu-sang-do-thi", "bang-gia-dat"):
        ended.append(cabinet.ask(key, due_in=timedelta(hours=3)))
        cabinet.collect(("phuong-an-1", "tan-thanh"), ("phuong-an-1", "tan-thanh"), ("phuong-an-2", "tan-thanh"))
        cabinet.close()
        cabinet.announce()
    announced, proven = ended
    closed = cabinet.ask("van-ban-dien-tu", due_in=timedelta(hours=3))
    cabinet.collect(first, first, second)
    cabinet.close()
    asked = cabinet.ask("du-phong-mua-lu", due_in=timedelta(hours=26))
    for person, chosen in zip(cabinet.members[1:10], (first, first, second, first, third) * 2, strict=False):
        cabinet.answer(person, *chosen)
    cabinet.answer(cabinet.members[11], "dong-y", "y-kien-khac", text="Đề nghị ưu tiên đê điều trước, giao thông sau.")
    sent = cabinet.send_items(
        [(item.title, item.agency, [paper.stem for paper in item.papers]) for item in sample.meeting().items[:2]],
        title="Cuộc họp chuyên đề về ngân sách",
        participants=(*cabinet.members, SECRETARY),
    )
    secretary.sync()
    preparing = secretary.desk.preparing
    secretary.do(
        lambda: preparing.make_evidence(proven, PIN, includes_papers=True, report=lambda _done, _total: None),
        Lane.NETWORK,
    )
    return Scene(
        secretary=secretary,
        empty_meeting=secretary.do(preparing.new_meeting)[0].meeting,
        empty_ballot=secretary.do(preparing.new_ballot)[0].ballot,
        raw_meeting=draft_meeting(secretary, is_arranged=False).meeting,
        meeting=draft_meeting(secretary).meeting,
        sent_meeting=secretary.do(lambda: preparing.revise_meeting(sent.meeting))[0].meeting,
        ballot=draft_ballot(secretary).ballot,
        open=asked,
        closed=closed,
        announced=announced,
        proven=proven,
    )


def _lay(body: Body, make: Callable[[Scene], Screen]) -> Frame:
    set_up = scene(body)
    show_office(set_up.secretary)
    return lay(set_up.secretary, make(set_up))


def _meeting(body: Body, which: Callable[[Scene], str] = lambda set_up: set_up.meeting) -> Frame:
    return _lay(body, lambda set_up: MeetingDraftScreen(set_up.secretary.seat, which(set_up)))


def _ballot(body: Body, which: Callable[[Scene], str] = lambda set_up: set_up.ballot) -> Frame:
    return _lay(body, lambda set_up: BallotDraftScreen(set_up.secretary.seat, which(set_up)))


def _monitor(body: Body, which: Callable[[Scene], str]) -> Frame:
    return _lay(body, lambda set_up: MonitorScreen(set_up.secretary.seat, which(set_up)))


def _press(frame: QWidget, name: str) -> None:
    button = frame.findChild(QAbstractButton, name)
    assert button is not None
    button.click()


def _scroll_to(frame: Frame, name: str) -> Frame:
    """Once the frame has the size it is painted in, with the widget of that name at the top."""
    widget = frame.screen_shown.findChild(QWidget, name)
    footed = frame.screen_shown.findChild(Footed)
    assert widget is not None
    assert footed is not None
    page = footed.area.widget()
    assert page is not None

    def scroll() -> None:
        top = widget.mapTo(page, widget.rect().topLeft()).y()
        footed.area.verticalScrollBar().setValue(top - 60)

    QTimer.singleShot(0, widget, scroll)
    QTimer.singleShot(60, widget, scroll)
    return frame


@picture("prepare")
def prepare(body: Body) -> QWidget:
    """What is to be done, being written, out, and over."""
    return show_office(scene(body).secretary)


@picture("prepare-meeting-new")
def meeting_new(body: Body) -> QWidget:
    """A new meeting after a press on send: what is missing is named where it is filled in."""
    frame = _meeting(body, lambda set_up: set_up.empty_meeting)
    _press(frame, "send")
    return frame


@picture("prepare-meeting")
def meeting(body: Body) -> QWidget:
    """Particulars and participants."""
    return _meeting(body)


@picture("prepare-meeting-sent")
def meeting_sent(body: Body) -> QWidget:
    """One that was sent, opened again to be corrected."""
    return _meeting(body, lambda set_up: set_up.sent_meeting)


@picture("prepare-meeting-agenda")
def agenda(body: Body) -> QWidget:
    """The agenda in its items."""
    frame = _scroll_to(_meeting(body), "taken_count")
    outline = frame.screen_shown.findChild(Outline)
    assert outline is not None
    outline.go_to_row(4)
    return frame


@picture("prepare-meeting-dropped")
def dropped(body: Body) -> QWidget:
    """Twelve papers as they came, some of what was dropped refused, the title of one being written."""
    set_up = scene(body)
    frame = _meeting(body, lambda set_up: set_up.raw_meeting)
    taker = frame.screen_shown.findChild(PaperTaker)
    outline = frame.screen_shown.findChild(Outline)
    assert taker is not None
    assert outline is not None
    taker.take(tuple(bad_papers(body.folder / "bad").values()))
    wait_until(set_up.secretary.is_settled)
    return _scroll_to(frame, "drop_papers")


@picture("prepare-meeting-renaming")
def renaming(body: Body) -> QWidget:
    """The title of a paper being written in place."""
    frame = _scroll_to(_meeting(body, lambda set_up: set_up.raw_meeting), "taken_count")
    outline = frame.screen_shown.findChild(Outline)
    assert outline is not None
    outline.go_to_row(3)
    QTimer.singleShot(0, outline, outline.rename)
    return frame


@picture("prepare-meeting-item")
def item(body: Body) -> QWidget:
    """One item."""
    frame = _meeting(body)
    outline = frame.screen_shown.findChild(Outline)
    assert outline is not None
    outline.go_to_row(3)
    QTimer.singleShot(0, outline, lambda: outline.opened.emit(outline.current_key))
    return frame


@picture("prepare-meeting-paper")
def paper(body: Body) -> QWidget:
    """One paper."""
    frame = _meeting(body)
    outline = frame.screen_shown.findChild(Outline)
    assert outline is not None
    outline.go_to_row(4)
    QTimer.singleShot(0, outline, lambda: outline.opened.emit(outline.current_key))
    return frame


@picture("prepare-meeting-send")
def meeting_send(body: Body) -> QWidget:
    """What is sent, read back, after a wrong PIN."""
    frame = _meeting(body)
    waiting = QTimer(frame, interval=5)

    def refuse() -> None:
        pin = frame.findChild(PinField, "pin")
        if pin is not None:
            waiting.stop()
            pin.refuse(4)

    waiting.timeout.connect(refuse)
    waiting.start()
    QTimer.singleShot(0, frame, lambda: _press(frame, "send"))
    return frame


@picture("prepare-ballot-send")
def ballot_send(body: Body) -> QWidget:
    """A ballot, read back."""
    frame = _ballot(body)
    QTimer.singleShot(0, frame, lambda: _press(frame, "send"))
    return frame


@picture("prepare-ballot-new")
def ballot_new(body: Body) -> QWidget:
    """A new ballot after a press on send."""
    frame = _ballot(body, lambda set_up: set_up.empty_ballot)
    _press(frame, "send")
    return frame


@picture("prepare-ballot")
def ballot(body: Body) -> QWidget:
    """The matter."""
    return _ballot(body)


@picture("prepare-ballot-handling")
def handling(body: Body) -> QWidget:
    """Deadline, summary, dossier."""
    return _scroll_to(_ballot(body), "priority")


@picture("prepare-ballot-dossier")
def dossier(body: Body) -> QWidget:
    """The dossier, and what is in dispute."""
    return _scroll_to(_ballot(body), "taken_count")


@picture("prepare-ballot-questions")
def questions(body: Body) -> QWidget:
    """Questions with their options."""
    return _scroll_to(_ballot(body), "question_text")


@picture("prepare-ballot-electors")
def electors(body: Body) -> QWidget:
    """Who is asked, and the rule."""
    return _scroll_to(_ballot(body), "electors")


@picture("monitor-open")
def monitor_open(body: Body) -> QWidget:
    """Most have answered."""
    return _monitor(body, lambda set_up: set_up.open)


@picture("monitor-close")
def monitor_close(body: Body) -> QWidget:
    """Closing it early."""
    frame = _monitor(body, lambda set_up: set_up.open)
    QTimer.singleShot(0, frame, lambda: _press(frame, "close_ballot"))
    return frame


@picture("monitor-extend")
def monitor_extend(body: Body) -> QWidget:
    """A later deadline."""
    frame = _monitor(body, lambda set_up: set_up.open)
    QTimer.singleShot(0, frame, lambda: _press(frame, "extend_ballot"))
    return frame


@picture("monitor-result")
def monitor_result(body: Body) -> QWidget:
    """Closed, and the result computed."""
    frame = _monitor(body, lambda set_up: set_up.closed)
    _press(frame, "compute_result")
    wait_until(lambda: frame.findChild(QWidget, "sign_result") is not None)
    return frame


@picture("monitor-announced")
def monitor_announced(body: Body) -> QWidget:
    """The result is out; the evidence is still to be made."""
    return _monitor(body, lambda set_up: set_up.announced)


@picture("monitor-evidence")
def monitor_evidence(body: Body) -> QWidget:
    """The evidence is there."""
    return _monitor(body, lambda set_up: set_up.proven)
