"""Notes and the next version of their paper, by keyboard: taken over, asked about side by side, or left."""

from functools import partial
from typing import cast

import pytest
from PySide6.QtWidgets import QApplication, QLabel

from ecabinet.client.app import Application
from ecabinet.client.background import Lane
from ecabinet.client.sync.rounds import unheard
from ecabinet.client.ui.meetings import paper_row
from ecabinet.client.ui.reader.crossing import CheckSheet
from ecabinet.client.ui.reader.notes import YELLOW
from ecabinet.client.ui.screens import settle
from ecabinet.core.notes import Anchor, Quad
from tests.client.pages import samples
from tests.ui.body import Body, Sitter, wait_until
from tests.ui.hands import Hands
from tests.ui.reader.shelf import Shelf, at_paper, view_in
from tests.ui.reader.test_notes import marks, notes_of, pick

KEPT = "Đề nghị làm rõ căn cứ của số liệu dự toán"
FIGURE = "Tổng mức đầu tư là 48.500 triệu đồng từ ngân sách tỉnh"
GONE = "Giao Sở Xây dựng báo cáo thêm về tiến độ"


def page(*lines: str) -> list[tuple[float, float, str]]:
    return [(85.0, 100.0 + 30 * row, line) for row, line in enumerate(lines)]


OLD = samples.paper(page(KEPT), page(FIGURE), page(GONE))
NEW = samples.paper(page("Phần mới thêm vào đầu tài liệu"), page(KEPT), page(FIGURE.replace("48.500", "52.000")))


def anchor(digest: str, page: int, line: str) -> Anchor:
    """The first line of a page, whole."""
    quad = Quad(x0=8_000, y0=73_700, x1=56_000, y1=75_500)
    return Anchor(digest=digest, page=page, quads=(quad,), strokes=(), quote=line, before="", after="", section=())


@pytest.fixture
def document(body: Body, chair: Sitter) -> str:
    """A paper whose three lines, a page each, have notes in its first version; the second is here too."""
    shelf = Shelf(body)
    (document,) = shelf.put(OLD)
    chair.sync()
    digest = chair.do(lambda: chair.desk.papers.one(document)).digest
    for number, line in enumerate((KEPT, FIGURE, GONE)):
        place = anchor(digest, number, line)
        chair.do(partial(chair.desk.notes.write, document, place, f"Ghi chú {number}", YELLOW))
    body.cabinet.publish_again(shelf.stems[0], NEW, "")
    shelf.send(shelf.stems)
    chair.sync()
    return document


@pytest.fixture
def hands(chair: Sitter, document: str) -> Hands:
    """At the second version."""
    hands = at_paper(chair, document)
    hands.hear("/ 3 trang")
    wait_until(lambda: hands.sees("check_notes"))
    settle(chair.is_settled)
    return hands


def state_of(chair: Sitter, document: str) -> dict[str, tuple[int, bool, bool]]:
    """Of each note, by its text: its page, whether it is on an earlier version, and whether on purpose."""
    return {
        note.latest.text: (note.latest.anchor.page, note.is_left_behind, note.latest.stays)
        for note in notes_of(chair, document)
    }


def test_what_is_certain_goes_over_and_the_rest_is_told(hands: Hands, chair: Sitter, document: str) -> None:
    assert state_of(chair, document) == {
        "Ghi chú 0": (1, False, False),
        "Ghi chú 1": (1, True, False),
        "Ghi chú 2": (2, True, False),
    }
    assert marks(view_in(hands)) == [(1, "Ghi chú 0")]
    hands.hear("1 ghi chú cần đồng chí kiểm tra.")
    hands.keys("F4")
    rows = hands.see("notes")
    order = [
        hands.row(rows, words) for words in ("Ghi chú 0", "Cần kiểm tra", "Ghi chú 1", "Trên bản khác", "Ghi chú 2")
    ]
    assert order == [0, 1, 2, 3, 4]


def test_a_note_is_kept_where_it_was_proposed(hands: Hands, chair: Sitter, document: str) -> None:
    hands.press("check_notes")
    sheet = hands.see("check_sheet")
    assert isinstance(sheet, CheckSheet)
    hands.hear("Số liệu hoặc thời gian đã thay đổi.")
    wait_until(lambda: sum(not label.pixmap().isNull() for label in sheet.findChildren(QLabel)) == 2)
    hands.keys("Ctrl+Return")
    wait_until(lambda: state_of(chair, document)["Ghi chú 1"] == (2, False, False))
    wait_until(lambda: marks(view_in(hands)) == [(1, "Ghi chú 0"), (2, "Ghi chú 1")])
    assert QApplication.activeModalWidget() is None
    assert not hands.sees("check_notes")


def test_a_note_is_left_for_good(hands: Hands, chair: Sitter, document: str) -> None:
    hands.keys("F4")
    hands.open_row("notes", "Ghi chú 1")
    hands.press("leave_note_here")
    wait_until(lambda: state_of(chair, document)["Ghi chú 1"] == (1, True, True))
    again = at_paper(chair, document)
    settle(chair.is_settled)
    assert not again.sees("check_notes")


def test_a_note_is_put_elsewhere(hands: Hands, chair: Sitter, document: str) -> None:
    hands.press("check_notes")
    hands.press("move_note_here")
    hands.hear("Đang đặt lại ghi chú: Ghi chú 1")
    hands.keys("Home")
    wait_until(lambda: view_in(hands).page == 0)
    hands.go_to("pages")
    pick(hands, 3)
    hands.press("move_here")
    wait_until(lambda: state_of(chair, document)["Ghi chú 1"] == (0, False, False))
    (moved,) = (note for note in notes_of(chair, document) if note.latest.text == "Ghi chú 1")
    assert moved.latest.anchor.quote.startswith("Phần mới")


def test_later_changes_nothing(hands: Hands, chair: Sitter, document: str) -> None:
    before = state_of(chair, document)
    hands.press("check_notes")
    hands.see("check_sheet")
    hands.keys("Escape")
    wait_until(lambda: QApplication.activeModalWidget() is None)
    assert state_of(chair, document) == before
    assert hands.sees("check_notes")


@pytest.mark.long
def test_no_note_goes_from_under_its_reader_and_all_go_when_he_has_left(chair: Sitter, body: Body) -> None:
    shelf = Shelf(body)
    (document,) = shelf.put(OLD)
    chair.sync()
    digest = chair.do(lambda: chair.desk.papers.one(document)).digest
    chair.do(partial(chair.desk.notes.write, document, anchor(digest, 0, KEPT), "Ghi chú 0", YELLOW))
    hands = at_paper(chair, document)
    other = samples.paper(page("Phần mới thêm vào đầu tài liệu"), page(KEPT))  # that no other test has opened
    body.cabinet.publish_again(shelf.stems[0], other, "")
    shelf.send(shelf.stems)
    chair.sync()
    settle(chair.is_settled)

    def cross() -> None:
        chair.do(lambda: chair.desk.finding.read_in(chair.pages, unheard), Lane.IDLE)
        chair.do(lambda: chair.desk.crossings.run(chair.pages, unheard), Lane.IDLE)

    cross()
    assert state_of(chair, document) == {"Ghi chú 0": (0, True, False)}
    assert marks(view_in(hands)) == [(0, "Ghi chú 0")]
    chair.close_frame()
    cross()
    assert state_of(chair, document) == {"Ghi chú 0": (1, False, False)}
    told = chair.do(lambda: chair.desk.papers.one(document))
    assert "Đã chuyển 1 ghi chú sang bản này" in [chip.text for chip in paper_row(told).chips]
    assert document in [line.document for line in chair.do(chair.desk.work.todo).papers]
    hands = at_paper(chair, document)
    hands.hear("1 ghi chú đã được chuyển sang bản này.")
    assert chair.do(lambda: chair.desk.papers.one(document)).carried == 0
    at_paper(chair, document)
    settle(chair.is_settled)
    assert "đã được chuyển sang bản này" not in Hands(cast(Application, chair)).everything_said()
