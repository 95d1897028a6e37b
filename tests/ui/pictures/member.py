"""The member's windows, as the chair of tỉnh Bình Minh sees them: ballots at every stage, the meeting, the reader."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache, partial
from typing import TypeVar

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QAbstractButton, QAbstractScrollArea, QLineEdit, QPlainTextEdit, QWidget

from ecabinet.client.background import Lane
from ecabinet.client.desk.ballots import Draft, Witnessing
from ecabinet.client.ui.answering.pane import Answering
from ecabinet.client.ui.frame import Frame
from ecabinet.client.ui.navigation import Place
from ecabinet.client.ui.reader.notes import YELLOW, anchor_of, page_anchor
from ecabinet.client.ui.reader.screen import ReaderScreen
from ecabinet.client.ui.reader.selection import Selection
from ecabinet.client.ui.reader.view import PageView
from ecabinet.client.ui.screens import picture
from ecabinet.client.ui.widgets import PinField
from ecabinet.core.ballots import Answer
from ecabinet.core.notes import Anchor, NoteKind, Quad
from tests.client.pages import samples
from tests.ui.body import CHAIR, PIN, Body, Sitter, wait_until
from tests.ui.reader.shelf import as_at_first

W = TypeVar("W", bound=QWidget)

_PAPER = "03-421-TTr-STC"

_REVISED = "Tiến độ thực hiện kế hoạch đầu tư công"
_KEPT = "Đề nghị làm rõ căn cứ của số liệu dự toán"
_FIGURE = "Tổng mức đầu tư là 48.500 triệu đồng từ ngân sách tỉnh"
_BEFORE, _AFTER = (
    samples.paper(*([(85.0, 100.0, line)] for line in lines))
    for lines in ((_KEPT, _FIGURE), ("Những điểm mới so với bản trước", _KEPT, _FIGURE.replace("48.500", "52.000")))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What lies on the chair's desk."""

    chair: Sitter
    open: str
    offline: str
    recorded: str
    refused: str
    announced: str
    overdue: str
    meeting: str
    noted: str


@cache
def scene(body: Body) -> Scene:
    """Sets it once: pictures change nothing."""
    chair, cabinet = body.sitter(CHAIR), body.cabinet
    announced = cabinet.ask("chieu-sang-do-thi", due_in=timedelta(hours=5))
    chair.sync()
    _answer(chair, announced, [("phuong-an-1", ""), ("tan-thanh", "")])
    chair.sync()
    first, second = ("phuong-an-1", "tan-thanh"), ("phuong-an-2", "tan-thanh")
    cabinet.collect(first, first, second, text="")
    cabinet.close()
    cabinet.announce()
    recorded = cabinet.ask("van-ban-dien-tu", due_in=timedelta(days=4))
    refused = cabinet.ask("bang-gia-dat", due_in=timedelta(hours=1))
    chair.sync()
    _answer(
        chair,
        recorded,
        [("dong-y", ""), ("y-kien-khac", "Đề nghị áp dụng từ ngày 01/4/2027 để kịp nâng cấp hệ thống.")],
    )
    chair.sync()
    _answer(chair, recorded, [("dong-y", ""), ("dong-y", "")])
    chair.sync()
    cabinet.close()
    _answer(chair, refused, [("phuong-an-2", ""), ("tan-thanh", "")])
    offline = cabinet.ask("bang-gia-dat", due_in=timedelta(days=2, hours=5))
    open_one = cabinet.ask("du-phong-mua-lu", due_in=timedelta(hours=2))
    chair.sync()
    _note(body, chair)
    chair.relay.cut()
    _answer(chair, offline, [("phuong-an-2", ""), ("tan-thanh", "")])
    chair.relay.mend()
    return Scene(
        chair=chair,
        open=open_one,
        offline=offline,
        recorded=recorded,
        refused=refused,
        announced=announced,
        overdue=open_one,
        meeting=chair.do(chair.desk.meetings.all)[0].meeting,
        noted=cabinet.versions[_PAPER].document,
    )


def _answer(chair: Sitter, ballot: str, chosen: list[tuple[str, str]], remark: str = "") -> None:
    desk = chair.desk.ballots

    def answer() -> None:
        questions = desk.one(ballot).questions
        answers = tuple(
            Answer(question=question.key, option=option, text=text)
            for question, (option, text) in zip(questions, chosen, strict=True)
        )
        desk.keep_draft(ballot, Draft(answers=answers, remark=remark))
        desk.sign_and_queue([desk.read_back(ballot)], PIN)

    chair.do(answer)


def _note(body: Body, chair: Sitter) -> None:
    """A highlight, a note on words, and one on a page."""
    version = body.cabinet.versions[_PAPER]
    paper = chair.pages.open(version.size, chair.do(lambda: chair.desk.papers.reader(version.digest)))
    words = chair.pages.words(paper, 0).result()
    chair.pages.close(paper)
    notes, place = chair.desk.notes, [word.text for word in words].index("Thực")
    marked = anchor_of(version.digest, Selection(0, words, place, place + 7))
    noted = anchor_of(version.digest, Selection(0, words, place + 40, place + 46))
    chair.do(lambda: notes.mark(version.document, NoteKind.HIGHLIGHT, marked, YELLOW))
    text = "Đề nghị làm rõ căn cứ của số liệu này trước phiên họp."
    chair.do(lambda: notes.write(version.document, noted, text, YELLOW))
    page = page_anchor(version.digest, 1)
    chair.do(lambda: notes.write(version.document, page, "So với phương án trình tháng 10 còn chênh lệch.", YELLOW))


# ------------------------------------------------------------ ballots


def _ballot(body: Body, which: Callable[[Scene], str]) -> Frame:
    set_up = scene(body)
    frame = set_up.chair.show(Place.BALLOTS)
    wait_until(set_up.chair.is_settled)
    set_up.chair.seat.open_ballot(which(set_up))
    wait_until(set_up.chair.is_settled)
    return frame


def _named(frame: QWidget, kind: type[W], name: str) -> W:
    found = next(each for each in frame.findChildren(kind, name) if each.isVisible())
    assert isinstance(found, kind)
    return found


def _press(frame: QWidget, name: str) -> None:
    _named(frame, QAbstractButton, name).click()


def go_by_key(frame: Frame, keys: str) -> None:
    acts = {key.keys: key.act for key in frame.screen_shown.keys()}  # noqa: SIM118 - no dictionary
    act = acts[keys]
    assert act is not None
    act()


def _answered(body: Body, which: Callable[[Scene], str]) -> Frame:
    """With the answer in front, where there is no room for both."""
    frame = _ballot(body, which)
    go_by_key(frame, "F2")
    return frame


def _choose(body: Body) -> Frame:
    frame = _ballot(body, lambda set_up: set_up.open)
    go_by_key(frame, "F2")
    _press(frame, "tong-muc.dong-y")
    _press(frame, "danh-muc-uu-tien.y-kien-khac")
    _named(frame, QPlainTextEdit, "danh-muc-uu-tien.text").setPlainText(
        "Đồng ý chủ trương; đề nghị ưu tiên khắc phục đê điều trước, sau đó đến giao thông."
    )
    wait_until(scene(body).chair.is_settled)
    return frame


def _read_back(body: Body) -> Frame:
    frame = _choose(body)
    _press(frame, "read_back")
    wait_until(lambda: any(each.isVisible() for each in frame.findChildren(QWidget, "read_back_page")))
    return frame


@picture("ballots")
def ballots(body: Body) -> QWidget:
    """The list."""
    return scene(body).chair.show(Place.BALLOTS)


@picture("ballot")
def ballot(body: Body) -> QWidget:
    """One that is open: nothing is chosen until the person chooses."""
    return _ballot(body, lambda set_up: set_up.open)


@picture("ballot-chosen")
def chosen(body: Body) -> QWidget:
    """Both questions answered, one in words."""
    return _choose(body)


@picture("ballot-missing")
def missing(body: Body) -> QWidget:
    """Words are wanted and are not there."""
    frame = _choose(body)
    _named(frame, QPlainTextEdit, "danh-muc-uu-tien.text").clear()
    _press(frame, "read_back")
    return frame


@picture("ballot-read-back")
def read_back(body: Body) -> QWidget:
    """What will be signed."""
    return _read_back(body)


@picture("ballot-pin")
def pin(body: Body) -> QWidget:
    """The PIN, after a wrong one."""
    frame = _read_back(body)
    _press(frame, "to_pin")
    _named(frame, PinField, "pin").refuse(4)
    return frame


@picture("ballot-receipt")
def receipt(body: Body) -> QWidget:
    """Recorded, after a change of mind."""
    return _answered(body, lambda set_up: set_up.recorded)


@picture("ballot-receipt-details")
def receipt_details(body: Body) -> QWidget:
    """The technical side of it."""
    frame = _answered(body, lambda set_up: set_up.recorded)
    _press(frame, "receipt_details")
    return frame


@picture("ballot-receipt-witnessed")
def receipt_witnessed(body: Body) -> QWidget:
    """As it is where the body's policy names witnesses, and enough have cosigned."""
    return _witnessed(body, cosigned=2)


@picture("ballot-receipt-unwitnessed")
def receipt_unwitnessed(body: Body) -> QWidget:
    """Recorded, while a witness is still to cosign."""
    return _witnessed(body, cosigned=1)


def _witnessed(body: Body, *, cosigned: int) -> QWidget:
    """The sample's own policy names none."""
    set_up = scene(body)
    frame = _answered(body, lambda set_up: set_up.recorded)
    view = set_up.chair.do(lambda: set_up.chair.desk.ballots.one(set_up.recorded))
    told = replace(view, witnessing=Witnessing(cosigned=cosigned, quorum=2, devices=11))
    _named(frame, Answering, "answering").show_ballot(told)
    return frame


@picture("ballot-offline")
def offline(body: Body) -> QWidget:
    """Signed here, and waiting for a network."""
    return _answered(body, lambda set_up: set_up.offline)


@picture("ballot-refused")
def refused(body: Body) -> QWidget:
    """It came after the ballot was closed."""
    return _answered(body, lambda set_up: set_up.refused)


@picture("ballot-announced")
def announced(body: Body) -> QWidget:
    """The result, and who answered what."""
    return _ballot(body, lambda set_up: set_up.announced)


# ------------------------------------------------------------ meetings and papers


@picture("meetings")
def meetings(body: Body) -> QWidget:
    """The list."""
    return scene(body).chair.show(Place.MEETINGS)


@picture("meeting")
def meeting(body: Body) -> QWidget:
    """The agenda."""
    frame = scene(body).chair.show(Place.MEETINGS)
    scene(body).chair.seat.open_meeting(scene(body).meeting)
    return frame


def read(body: Body, document: str) -> Frame:
    frame = scene(body).chair.show(Place.MEETINGS)
    scene(body).chair.seat.open_paper(document)
    wait_until(scene(body).chair.is_settled)
    (view,) = frame.findChildren(PageView)
    as_at_first(view)
    wait_until(scene(body).chair.is_settled)
    return frame


@picture("reader")
def reader(body: Body) -> QWidget:
    """A paper."""
    return read(body, scene(body).noted)


@picture("reader-notes")
def reader_notes(body: Body) -> QWidget:
    """With the notes at its side."""
    frame = read(body, scene(body).noted)
    _press(frame, "notes_panel")
    return frame


@picture("reader-contents")
def reader_contents(body: Body) -> QWidget:
    """With its contents at its side."""
    frame = read(body, scene(body).noted)
    screen = frame.screen_shown
    assert isinstance(screen, ReaderScreen)
    wait_until(lambda: screen._contents._headings)
    _press(frame, "contents_panel")
    return frame


@picture("reader-note")
def reader_note(body: Body) -> QWidget:
    """Changing a note."""
    frame = read(body, scene(body).noted)
    note = scene(body).chair.do(lambda: scene(body).chair.desk.notes.of_paper(scene(body).noted))[1]
    screen = frame.screen_shown
    assert isinstance(screen, ReaderScreen)
    QTimer.singleShot(0, screen, partial(screen._noting.open, note.note))
    return frame


@picture("reader-night")
def reader_night(body: Body) -> QWidget:
    """By night: the page is dark, its pictures are not turned over."""
    frame = read(body, scene(body).noted)
    go_by_key(frame, "Ctrl+I")
    return frame


@picture("reader-found")
def reader_found(body: Body) -> QWidget:
    """Words found, and the way from one place to the next."""
    chair = scene(body).chair
    chair.do(lambda: chair.desk.finding.read_in(chair.pages, lambda _done, _total: None), Lane.IDLE)
    frame = read(body, scene(body).noted)
    go_by_key(frame, "Ctrl+F")
    wait_until(chair.is_settled)
    pages = _named(frame, QAbstractScrollArea, "pages").viewport()
    unmarked = pages.grab().toImage()
    _named(frame, QLineEdit, "find").setText("ngan sach")
    wait_until(lambda: pages.grab().toImage() != unmarked)
    return frame


@cache
def crossed(body: Body) -> str:
    """A paper with notes that has a next version, in which one of them is certain and one is asked about."""
    chair, cabinet = scene(body).chair, body.cabinet
    cabinet.publish({_REVISED: _BEFORE})
    sent = cabinet.send_items([("Tiến độ đầu tư công", "Sở Tài chính", [_REVISED])], title="Cuộc họp về đầu tư công")
    chair.sync()
    version = cabinet.versions[_REVISED]
    quad = Quad(x0=8_000, y0=73_700, x1=56_000, y1=75_500)
    for page, line in enumerate((_KEPT, _FIGURE)):
        place = Anchor(
            digest=version.digest, page=page, quads=(quad,), strokes=(), quote=line, before="", after="", section=()
        )
        write = partial(chair.desk.notes.write, version.document, place, f"Đối chiếu với biểu số {page + 1}.", YELLOW)
        chair.do(write)
    cabinet.publish_again(_REVISED, _AFTER, "Điều chỉnh tổng mức đầu tư.")
    cabinet.send_items([("Tiến độ đầu tư công", "Sở Tài chính", [_REVISED])], revises=sent)
    chair.sync()
    return version.document


@picture("reader-crossing")
def reader_crossing(body: Body) -> QWidget:
    """A note that has to be looked at in a new version."""
    frame = read(body, crossed(body))
    wait_until(lambda: any(each.isVisible() for each in frame.findChildren(QAbstractButton, "check_notes")))
    return frame


@picture("reader-crossing-note")
def reader_crossing_note(body: Body) -> QWidget:
    """Where it stood, and where it may stand."""
    frame = reader_crossing(body)
    QTimer.singleShot(0, frame, partial(_press, frame, "check_notes"))
    return frame


@picture("reader-changes")
def reader_changes(body: Body) -> QWidget:
    """What is other than in the version before."""
    frame = read(body, crossed(body))
    _press(frame, "changes_panel")
    wait_until(lambda: any(each.isVisible() for each in frame.findChildren(QWidget, "changes")))
    go_by_key(frame, "Alt+Down")
    return frame


@picture("reader-tables")
def reader_tables(body: Body) -> QWidget:
    """Three hundred pages, landscape."""
    return read(body, body.cabinet.versions["04-421-TTr-STC-he-thong-bieu"].document)


@picture("reader-scan")
def reader_scan(body: Body) -> QWidget:
    """A scan."""
    return read(body, body.cabinet.versions["08-287-BC-STP"].document)
