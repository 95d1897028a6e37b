"""Reading a paper by keyboard alone, from the agenda to the last page; and whatever may happen to it meanwhile."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import cast

import pymupdf
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit

from ecabinet.client.app import Application
from ecabinet.client.background import Lane
from ecabinet.client.desk.papers import Reading
from ecabinet.client.desk.reading import Arrangement, Fit
from ecabinet.client.pages import Pages
from ecabinet.client.ui.meetings import paper_row
from ecabinet.client.ui.navigation import Place
from ecabinet.client.ui.reader.progress import Progress
from ecabinet.client.ui.reader.screen import ReaderScreen
from ecabinet.client.ui.reader.source import PaperSource
from ecabinet.client.ui.screens import settle
from tests.client.pages import samples
from tests.ui.body import Body, Sitter, wait_until
from tests.ui.hands import Hands
from tests.ui.reader.shelf import Shelf, at_paper, view_in

SUBMISSION = "Tờ trình về dự toán ngân sách địa phương"
TABLES = "04-421-TTr-STC-he-thong-bieu"
SCAN = "08-287-BC-STP"
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="stops a process by signal")


def reader_of(chair: Sitter) -> ReaderScreen:
    screen = chair.window.screen_shown
    assert isinstance(screen, ReaderScreen)
    return screen


def page_told(hands: Hands) -> str:
    field = hands.see("page_number")
    assert isinstance(field, QLineEdit)
    return field.text()


def test_the_agenda_leads_into_a_paper_and_back(body: Body, chair: Sitter) -> None:
    chair.show(Place.MEETINGS)
    hands = Hands(cast(Application, chair))
    hands.open_row("meetings", "Phiên họp thường kỳ tháng 11")
    hands.open_row("agenda", SUBMISSION)
    view = view_in(hands)
    wait_until(view.hasFocus)
    settle(chair.is_settled)
    assert reader_of(chair).title.startswith(SUBMISSION)
    assert "421/TTr-STC" in reader_of(chair).subtitle
    assert "/ 5 trang" in hands.everything_said()
    document = body.cabinet.versions["03-421-TTr-STC"].document
    assert chair.do(lambda: chair.desk.papers.one(document)).reading is Reading.BEGUN
    hands.keys("Alt+Left")
    agenda = hands.see("agenda")
    row = hands.row(agenda, SUBMISSION)
    assert row is not None
    wait_until(agenda.hasFocus)


def test_pages_are_turned_and_zoomed_by_keys(body: Body, chair: Sitter) -> None:
    hands = at_paper(chair, body.cabinet.versions[TABLES].document)
    view = view_in(hands)
    hands.keys("PgDown")
    assert view.verticalScrollBar().value() > 0
    hands.keys("End")
    assert (view.page, page_told(hands)) == (299, "300")
    hands.keys("Home")
    assert (view.page, page_told(hands)) == (0, "1")
    hands.keys("Right")
    assert view.page == 1
    before = view.zoom
    hands.keys("Ctrl++")
    assert view.zoom > before
    hands.keys("Ctrl+-")
    hands.keys("Ctrl+-")
    assert view.zoom < before
    hands.keys("Ctrl+0")
    assert view.look.fit is Fit.WIDTH
    settle(chair.is_settled)
    assert view.is_complete


def test_pages_are_turned_round_with_their_words_and_shown_by_night(body: Body, chair: Sitter) -> None:
    hands = at_paper(chair, body.cabinet.versions[TABLES].document)
    view = view_in(hands)
    hands.keys("Home")
    settle(chair.is_settled)
    upright, by_day = view.rectangle(0), view.grab().toImage()
    hands.keys("Ctrl+R")
    settle(chair.is_settled)
    assert view.is_complete
    assert view.rectangle(0).width() > view.rectangle(0).height()
    hands.keys("Shift+Right")
    wait_until(lambda: view.picker.selection is not None)
    picked = view.picker.selection
    assert picked is not None
    page, words = view.rectangle(0), view.shown(0, picked.boxes()[0]).toRect()
    assert page.contains(words.translated(page.topLeft()))
    hands.keys("Escape")
    for _ in range(3):
        hands.keys("Ctrl+R")
    settle(chair.is_settled)
    assert view.rectangle(0) == upright
    assert view.grab().toImage() == by_day
    hands.keys("Ctrl+I")
    assert view.is_night
    corner = view.rectangle(0).topLeft() + QPoint(20, 20)
    assert view.grab().toImage().pixelColor(corner).lightness() < 40 < by_day.pixelColor(corner).lightness()
    hands.keys("Ctrl+I")
    assert view.grab().toImage() == by_day


def test_the_contents_lead_to_their_pages(shelf: Shelf, chair: Sitter) -> None:
    headings = [(1, "Phần thứ nhất", 1), (2, "Mục 1. Tình hình chung", 2), (1, "Phần thứ hai", 5)]
    (document,) = shelf.put(samples.outline(headings, 6))
    chair.sync()
    hands = at_paper(chair, document)
    view = view_in(hands)
    hands.keys("F7")
    wait_until(lambda: hands.row(hands.see("contents"), "Phần thứ hai") is not None)
    hands.open_row("contents", "Phần thứ hai")
    assert view.page == 4
    hands.keys("Ctrl+G")
    hands.keys("Escape")
    hands.keys("Left")
    assert hands.see("contents").currentIndex().row() == 1  # type: ignore[attr-defined]
    hands.keys("F4")
    assert hands.sees("notes_panel")
    assert not hands.sees("contents")
    hands.keys("F4")
    hands.keys("F7")
    assert hands.sees("contents")


def test_a_panel_opened_before_the_window_is_sized_does_not_make_it_taller(body: Body, chair: Sitter) -> None:
    chair.show(Place.MEETINGS)
    chair.seat.open_paper(body.cabinet.versions[TABLES].document)
    settle(chair.is_settled)
    opener = chair.window.findChild(QAbstractButton, "contents_panel")
    assert opener is not None
    opener.click()
    settle(chair.is_settled)
    for height in (768, 720, 600):
        chair.window.resize(1024, height)
        settle(chair.is_settled)
        assert chair.window.height() == height


def test_a_paper_without_contents_says_so(chair: Sitter, shelf: Shelf) -> None:
    (document,) = shelf.put(samples.prose(2))
    chair.sync()
    hands = at_paper(chair, document)
    hands.keys("F7")
    hands.hear("Tài liệu này không có mục lục")


def test_a_page_is_gone_to_by_its_number(body: Body, chair: Sitter) -> None:
    hands = at_paper(chair, body.cabinet.versions[TABLES].document)
    view = view_in(hands)
    hands.keys("Ctrl+G")
    hands.type("page_number", "120")
    hands.keys("Return")
    assert view.page == 119
    assert view.hasFocus()
    hands.keys("Ctrl+G")
    hands.type("page_number", "99999")
    hands.keys("Return")
    assert (view.page, page_told(hands)) == (299, "300")
    hands.keys("Ctrl+G")
    hands.keys("Escape")
    assert view.hasFocus()


def test_one_goes_on_where_one_stopped(body: Body, chair: Sitter) -> None:
    document = body.cabinet.versions[TABLES].document
    hands = at_paper(chair, document)
    hands.keys("Ctrl+G")
    hands.type("page_number", "42")
    hands.keys("Return")
    hands.keys("Down")
    stopped = view_in(hands).position
    hands.keys("Alt+Left")  # at once: not even at rest
    hands.see("meetings")
    view = view_in(at_paper(chair, document))
    assert view.page == 41
    assert view.position == pytest.approx(stopped, abs=0.002)


def test_a_paper_looks_as_it_did_when_it_is_opened_again(shelf: Shelf, chair: Sitter) -> None:
    document, other = shelf.put(samples.prose(8), samples.prose(2))
    chair.sync()
    hands = at_paper(chair, document)
    for keys in ("Ctrl+R", "Ctrl+8", "Ctrl+9", "Ctrl+I", "PgDown"):
        hands.keys(keys)
    left = view_in(hands)
    stopped, look, zoom = left.position, left.look, left.zoom
    assert (look.arrangement, look.rotation, look.fit, look.is_night) == (Arrangement.FACING, 90, Fit.PAGE, True)
    hands.keys("Alt+Left")  # at once: not even at rest
    hands.see("meetings")
    fresh = view_in(at_paper(chair, other))
    assert (fresh.look.arrangement, fresh.rotation, fresh.look.fit) == (Arrangement.COLUMN, 0, Fit.WIDTH)
    assert fresh.is_night  # which is the reader's, not the paper's
    hands = at_paper(chair, document)
    again = view_in(hands)
    assert again.look == look
    assert again.zoom == pytest.approx(zoom)
    assert again.position == pytest.approx(stopped, abs=0.002)
    switches = {action.objectName(): action.isChecked() for action in again.window().findChildren(QAction)}
    assert switches["arrange_facing"]
    assert not switches["arrange_column"]
    hands.keys("Ctrl+I")
    assert not again.is_night


def test_a_whole_page_stays_whole_when_the_window_changes(shelf: Shelf, chair: Sitter) -> None:
    (document,) = shelf.put(samples.prose(3))
    chair.sync()
    hands = at_paper(chair, document)
    view = view_in(hands)
    hands.keys("Ctrl+9")
    for _ in range(2):
        hands.keys("F7")  # the contents at the side, and away again
        settle(chair.is_settled)
        assert view.viewport().rect().contains(view.rectangle(view.page))


def test_a_whole_page_stays_whole_beside_one_that_is_much_wider(shelf: Shelf, chair: Sitter) -> None:
    with pymupdf.open() as made:
        for width in (595, 4_000):
            made.new_page(width=width, height=842)
        content = made.tobytes()
    (document,) = shelf.put(content)
    chair.sync()
    hands = at_paper(chair, document)
    view = view_in(hands)
    hands.keys("Ctrl+9")
    settle(chair.is_settled)
    assert view.horizontalScrollBar().isVisible()
    zoom, area = view.zoom, view.rectangle(0)
    assert 0 <= area.top() < area.bottom() <= view.viewport().height()
    QApplication.processEvents()
    assert view.zoom == zoom


def test_the_list_says_how_far_one_has_read(shelf: Shelf, chair: Sitter) -> None:
    (document,) = shelf.put(samples.prose(9))
    chair.sync()
    hands = at_paper(chair, document)
    view = view_in(hands)
    hands.keys("Ctrl+9")
    (progress,) = view.findChildren(Progress)
    for page in range(3):
        view.go_to(page)
        wait_until(lambda page=page: page in progress._read)  # type: ignore[misc]
    hands.keys("Alt+Left")
    wait_until(lambda: chair.do(lambda: chair.desk.papers.one(document)).pages_read)
    line = chair.do(lambda: chair.desk.papers.one(document))
    assert (line.pages_read, line.pages) == (3, 9)
    assert "đã xem 3/9 trang" in paper_row(line).detail
    view = view_in(at_paper(chair, document))
    hands.keys("End")
    (progress,) = view.findChildren(Progress)
    wait_until(lambda: 8 in progress._read)
    hands.keys("Alt+Left")
    wait_until(lambda: chair.do(lambda: chair.desk.papers.one(document)).pages_read >= 4)
    line = chair.do(lambda: chair.desk.papers.one(document))
    assert line.reading is Reading.BEGUN
    assert [chip.text for chip in paper_row(line).chips] == ["Đang đọc"]


def test_a_screen_reader_hears_the_page_one_is_on(body: Body, chair: Sitter) -> None:
    hands = at_paper(chair, body.cabinet.versions["03-421-TTr-STC"].document)
    view = view_in(hands)
    assert view.accessibleName().startswith("Các trang của tài liệu: Tờ trình")
    wait_until(lambda: "CĂN CỨ XÂY DỰNG DỰ TOÁN" in view.accessibleDescription())
    hands.keys("Right")
    wait_until(lambda: "CĂN CỨ XÂY DỰNG DỰ TOÁN" not in view.accessibleDescription())


def test_a_paper_is_let_go_when_its_reader_is_closed(shelf: Shelf, chair: Sitter) -> None:
    (document,) = shelf.put(samples.prose(2))
    chair.sync()
    hands = at_paper(chair, document)
    assert len(chair.pages._papers) == 1
    hands.keys("Alt+Left")
    hands.see("meetings")
    wait_until(lambda: not chair.pages._papers)


def test_a_page_that_never_ends_is_told_and_the_others_are_read(
    shelf: Shelf, chair: Sitter, patient_pages: Callable[[float], Pages]
) -> None:
    (document,) = shelf.put(samples.endless(pages=4, hostile=1))
    chair.sync()
    chair.seat = replace(chair.seat, pages=patient_pages(1.0))
    hands = at_paper(chair, document)
    hands.keys("Right")
    hands.hear("Chưa hiển thị được trang 2.")
    hands.hear("Các trang khác và ghi chú vẫn dùng bình thường.")
    view = view_in(hands)
    hands.keys("End")
    settle(chair.is_settled)
    assert list(view.failures) == [1]
    assert view.page == 3


@on_linux
def test_a_page_lost_with_its_worker_is_shown_when_one_tries_again(
    shelf: Shelf, chair: Sitter, patient_pages: Callable[[float], Pages]
) -> None:
    (document,) = shelf.put(samples.prose(12))
    chair.sync()
    pages = patient_pages(2.0)
    chair.seat = replace(chair.seat, pages=pages)
    hands = at_paper(chair, document)
    view = view_in(hands)
    source = view._source
    assert isinstance(source, PaperSource)
    chair.do(lambda: pages.text(source.paper, 0).result(), Lane.PAGES)  # nothing else is being read then
    worker = pages.worker
    assert worker is not None
    os.kill(worker, signal.SIGSTOP)  # neither alive nor dead, until its time is up
    hands.keys("End")
    hands.hear("Chưa hiển thị được trang")
    wait_until(lambda: pages.worker not in (None, worker))
    hands.press("retry_pages")
    wait_until(lambda: not view.failures and view.is_complete)
    assert "Chưa hiển thị được trang" not in hands.everything_said()


def test_a_right_taken_away_closes_the_paper_and_says_so(shelf: Shelf, chair: Sitter) -> None:
    gone, _ = shelf.put(samples.prose(2), samples.prose(3))
    chair.sync()
    hands = at_paper(chair, gone)
    hands.keys("F9")
    hands.type("note_text", "Vẫn giữ ghi chú này.")
    hands.press("keep_note")
    wait_until(lambda: chair.do(lambda: chair.desk.notes.of_paper(gone)))
    shelf.send(shelf.stems[1:])
    chair.sync()
    hands.hear("không còn được chia sẻ")
    assert not hands.sees("pages")
    (note,) = chair.do(lambda: chair.desk.notes.of_paper(gone))
    assert note.latest.text == "Vẫn giữ ghi chú này."
    wait_until(lambda: not chair.pages._papers)


def test_a_paper_that_is_no_more_says_so_when_it_is_opened(shelf: Shelf, chair: Sitter) -> None:
    gone, _ = shelf.put(samples.prose(1), samples.prose(2))
    chair.sync()
    shelf.send(shelf.stems[1:])
    chair.sync()
    chair.show(Place.MEETINGS)
    hands = Hands(cast(Application, chair))
    hands.see("meetings")
    chair.seat.open_paper(gone)
    hands.hear("Tài liệu này không còn được chia sẻ với đồng chí.")


def test_a_newer_version_is_offered_and_never_forced(shelf: Shelf, body: Body, chair: Sitter) -> None:
    (document,) = shelf.put(samples.prose(6))
    chair.sync()
    hands = at_paper(chair, document)
    hands.keys("Right")
    hands.keys("Right")
    body.cabinet.publish_again(shelf.stems[0], samples.prose(8), "Sửa số liệu tại mục 3.")
    shelf.send(shelf.stems)
    chair.sync()
    hands.hear("Tài liệu đã có bản 2.")
    hands.hear("Sửa số liệu tại mục 3.")
    assert "/ 6 trang" in hands.everything_said()
    hands.press("open_newer")
    hands.hear("/ 8 trang")
    settle(chair.is_settled)
    assert view_in(hands).page == 2
    assert "bản 2" in reader_of(chair).subtitle
    assert "Tài liệu đã có bản 2." not in hands.everything_said()


def test_a_paper_that_is_still_on_its_way_opens_by_itself(shelf: Shelf, chair: Sitter) -> None:
    (document,) = shelf.put(samples.prose(3))

    class TunnelError(Exception):
        pass

    def break_off(_done: int, _total: int | None) -> None:
        raise TunnelError

    with pytest.raises(TunnelError):
        chair.do(lambda: chair.desk.syncing.once(break_off), Lane.NETWORK)
    chair.show(Place.MEETINGS)
    hands = Hands(cast(Application, chair))
    hands.see("meetings")
    chair.seat.open_paper(document)
    hands.hear("Tài liệu đang được tải về máy")
    chair.sync()
    hands.hear("/ 3 trang")
    assert hands.sees("pages")


def test_a_file_that_is_no_paper_is_told_with_what_to_do(shelf: Shelf, chair: Sitter) -> None:
    (document,) = shelf.put(b"%PDF-1.7\n" + bytes(5000))
    chair.sync()
    chair.show(Place.MEETINGS)
    hands = Hands(cast(Application, chair))
    hands.see("meetings")
    chair.seat.open_paper(document)
    hands.hear("Tệp PDF bị hỏng.")
    hands.hear("Hãy báo Văn phòng gửi lại tài liệu này.")


def test_a_scan_has_no_words_to_pick_and_says_so(body: Body, chair: Sitter) -> None:
    hands = at_paper(chair, body.cabinet.versions[SCAN].document)
    hands.keys("Shift+Right")
    hands.hear("Trang 1 là bản quét, không có lớp chữ để chọn.")
    assert view_in(hands).picker.selection is None


def test_words_are_copied(shelf: Shelf, chair: Sitter) -> None:
    (document,) = shelf.put(samples.paper([(85, 80, "UBND TỈNH BÌNH MINH báo cáo")]))
    chair.sync()
    hands = at_paper(chair, document)
    for _ in range(4):
        hands.keys("Shift+Right")
    wait_until(lambda: view_in(hands).picker.selection is not None)
    hands.keys("Ctrl+C")
    assert QApplication.clipboard().text() == "UBND TỈNH BÌNH MINH"
    hands.keys("Escape")
    assert view_in(hands).picker.selection is None


@pytest.fixture
def patient_pages(chair: Sitter) -> Iterator[Callable[[float], Pages]]:
    """Page processes of a test's own, that wait so many seconds for a page."""
    made: list[Pages] = []
    seat = chair.seat

    def make(seconds: float) -> Pages:
        made.append(Pages(page_seconds=seconds))
        return made[-1]

    yield make
    chair.close_frame()
    chair.seat = seat
    for pages in made:
        pages.stop()
