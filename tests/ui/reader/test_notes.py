"""Highlights and notes by keyboard alone: made, found again, changed, deleted and fetched back; never lost."""

from collections.abc import Iterator, Sequence

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QWidget

from ecabinet.client.desk.notes import NoteView
from ecabinet.client.pages import Box, Word
from ecabinet.client.ui.reader.notes import YELLOW
from ecabinet.client.ui.reader.view import PageView
from ecabinet.client.ui.screens import settle
from ecabinet.core.notes import Anchor, NoteKind
from tests.client.pages import samples
from tests.ui.body import CHAIR, Body, Sitter, wait_until
from tests.ui.hands import Hands
from tests.ui.reader.shelf import Shelf, at_paper, view_in

LINE = "Đề nghị làm rõ căn cứ của số liệu dự toán"
TEXT = "Căn cứ nào?"


@pytest.fixture
def document(body: Body, chair: Sitter) -> str:
    """A paper of three pages, each with three lines, that nobody has written on."""
    lines = [(85.0, 100.0 + 30 * row, LINE) for row in range(3)]
    (document,) = Shelf(body).put(samples.paper(lines, lines, lines))
    chair.sync()
    return document


@pytest.fixture
def hands(chair: Sitter, document: str) -> Hands:
    return at_paper(chair, document)


def notes_of(chair: Sitter, document: str) -> tuple[NoteView, ...]:
    return chair.do(lambda: chair.desk.notes.of_paper(document))


def pick(hands: Hands, words: int) -> None:
    for _ in range(words):
        hands.keys("Shift+Right")
    wait_until(lambda: view_in(hands).picker.selection is not None)


def write(hands: Hands, text: str) -> None:
    hands.keys("F9")
    hands.type("note_text", text)
    hands.press("keep_note")
    wait_until(lambda: QApplication.activeModalWidget() is None)


def marks(view: PageView) -> list[tuple[int, str]]:
    return [(mark.page, mark.text) for page in sorted(view._marks) for mark in view._marks[page]]


def test_picked_words_are_highlighted_and_listed(hands: Hands, chair: Sitter, document: str) -> None:
    pick(hands, 4)
    hands.keys("F8")
    wait_until(lambda: marks(view_in(hands)) == [(0, "")])
    (note,) = notes_of(chair, document)
    assert note.kind is NoteKind.HIGHLIGHT
    assert note.latest.anchor.quote == "Đề nghị làm rõ"
    assert note.latest.anchor.after.startswith("căn cứ của số liệu")
    assert view_in(hands).picker.selection is None
    hands.keys("F4")
    rows = hands.see("notes")
    assert hands.row(rows, "Đề nghị làm rõ") is not None


def test_picking_goes_on_where_the_last_picking_ended(hands: Hands) -> None:
    pick(hands, 2)
    hands.keys("F8")
    pick(hands, 2)
    picked = view_in(hands).picker.selection
    assert picked is not None
    assert picked.quote == "làm rõ"
    hands.keys("Shift+Down")
    picked = view_in(hands).picker.selection
    assert picked is not None
    assert picked.quote.startswith("làm rõ căn cứ")
    assert len(picked.boxes()) == 2


def test_keys_pressed_before_the_words_are_here_are_not_lost(chair: Sitter, document: str) -> None:
    hands = at_paper(chair, document)
    hands.keys("End")
    view = view_in(hands)
    assert view.words.of(2) is None
    pick(hands, 3)
    picked = view.picker.selection
    assert picked is not None
    assert (picked.page, picked.quote) == (2, "Đề nghị làm")


def test_a_note_is_kept_and_shown_again_when_the_paper_is_opened_again(
    hands: Hands, chair: Sitter, document: str
) -> None:
    pick(hands, 2)
    write(hands, TEXT)
    hands.keys("Right")
    write(hands, "Cả trang này cần xem lại.")
    wait_until(lambda: marks(view_in(hands)) == [(0, TEXT), (1, "Cả trang này cần xem lại.")])
    again = at_paper(chair, document)
    wait_until(lambda: marks(view_in(again)) == [(0, TEXT), (1, "Cả trang này cần xem lại.")])
    assert [note.latest.anchor.quote for note in notes_of(chair, document)] == ["Đề nghị", ""]
    assert chair.do(lambda: chair.desk.papers.one(document)).notes == 2


def test_a_note_is_changed_from_the_list(hands: Hands, chair: Sitter, document: str) -> None:
    pick(hands, 2)
    write(hands, TEXT)
    wait_until(lambda: notes_of(chair, document))
    hands.keys("End")
    hands.keys("F4")
    hands.open_row("notes", TEXT)
    field = hands.see("note_text")
    assert isinstance(field, QPlainTextEdit)
    assert field.toPlainText() == TEXT
    wait_until(lambda: view_in_frame(chair).page == 0)
    hands.type("note_text", "Đã rõ.")
    hands.keys("Ctrl+Return")
    wait_until(lambda: [note.latest.text for note in notes_of(chair, document)] == ["Đã rõ."])


def test_a_note_left_unsaved_changes_nothing(hands: Hands, chair: Sitter, document: str) -> None:
    hands.keys("F9")
    hands.type("note_text", TEXT)
    hands.keys("Escape")
    wait_until(lambda: QApplication.activeModalWidget() is None)
    assert notes_of(chair, document) == ()


def test_a_deleted_note_can_be_fetched_back(hands: Hands, chair: Sitter, document: str) -> None:
    pick(hands, 2)
    write(hands, TEXT)
    wait_until(lambda: notes_of(chair, document))
    hands.keys("F4")
    hands.go_to("notes")
    hands.keys("Delete")
    hands.hear("Đã xóa ghi chú.")
    assert notes_of(chair, document) == ()
    wait_until(lambda: marks(view_in(hands)) == [])
    hands.press("undo_delete")
    wait_until(lambda: [note.latest.text for note in notes_of(chair, document)] == [TEXT])
    wait_until(lambda: marks(view_in(hands)) == [(0, TEXT)])


def test_words_are_picked_and_slips_opened_by_mouse_too(hands: Hands, chair: Sitter, document: str) -> None:
    view = view_in(hands)
    box = words_of(view)[0].box
    start, end = (point_of(view, words_of(view)[place].box) for place in (0, 2))
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(view.viewport(), end)
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=end)
    picked = view.picker.selection
    assert picked is not None
    assert picked.quote == "Đề nghị làm"
    write(hands, TEXT)
    wait_until(lambda: marks(view) == [(0, TEXT)])
    ((_, slip),) = view._slips(0)
    where = slip.center().toPoint() + view.rectangle(0).topLeft()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=where)
    hands.see("note_sheet")
    assert view.shown(0, box).top() == pytest.approx(slip.top(), abs=1)


@pytest.fixture
def second_device(body: Body) -> Iterator[Sitter]:
    """Another machine of the chair's."""
    device = body.sit(CHAIR, device="-2")
    yield device
    device.close_frame()


def test_a_note_edited_on_two_machines_keeps_both_texts_until_they_are_made_one(
    hands: Hands, chair: Sitter, second_device: Sitter, document: str
) -> None:
    hands.keys("F9")
    hands.type("note_text", "Bản đầu")
    hands.press("keep_note")
    wait_until(lambda: notes_of(chair, document))
    chair.sync()
    second_device.sync()
    (note,) = notes_of(second_device, document)
    second_device.do(lambda: second_device.desk.notes.edit(note.note, text="Viết trên máy tính bảng"))
    chair.do(lambda: chair.desk.notes.edit(note.note, text="Viết ở phòng làm việc"))
    second_device.sync()
    chair.sync()
    wait_until(lambda: len(marks(view_in(hands))) == 2)
    hands.keys("F4")
    hands.open_row("notes", "Đã sửa trên hai máy")
    sheet = hands.see("note_sheet")
    told = "\n".join(str(label.property("text")) for label in sheet.findChildren(QWidget))
    assert "Viết trên máy tính bảng" in told
    assert "Viết ở phòng làm việc" in told
    hands.type("note_text", "Viết trên cả hai máy")
    hands.press("keep_note")
    wait_until(lambda: [len(each.states) for each in notes_of(chair, document)] == [1])
    chair.sync()
    second_device.sync()
    assert [each.latest.text for each in notes_of(second_device, document)] == ["Viết trên cả hai máy"]


def test_notes_that_have_no_place_in_the_newer_version_stand_apart(body: Body, chair: Sitter) -> None:
    shelf = Shelf(body)
    (document,) = shelf.put(samples.prose(2))
    chair.sync()
    hands = at_paper(chair, document)
    write(hands, TEXT)
    wait_until(lambda: notes_of(chair, document))
    other = [(85.0, 100.0, "Nội dung khác hẳn bản trước.")]
    body.cabinet.publish_again(shelf.stems[0], samples.paper(other, other, other), "")
    shelf.send(shelf.stems)
    chair.sync()
    assert marks(view_in(hands)) == [(0, TEXT)]
    hands.press("open_newer")
    hands.hear("/ 3 trang")
    settle(chair.is_settled)
    assert marks(view_in(hands)) == []
    hands.keys("F4")
    rows = hands.see("notes")
    assert hands.row(rows, "Trên bản khác của tài liệu") == 0
    assert hands.row(rows, TEXT) == 1


def view_in_frame(chair: Sitter) -> PageView:
    (view,) = chair.window.findChildren(PageView)
    return view


def words_of(view: PageView) -> Sequence[Word]:
    wait_until(lambda: view.words.of(0) is not None)
    return view.words.of(0) or ()


def point_of(view: PageView, box: Box) -> QPoint:
    area = view.shown(0, box)
    return area.center().toPoint() + view.rectangle(0).topLeft()


def test_a_note_too_long_for_other_machines_says_so_until_it_is_shortened(chair: Sitter, document: str) -> None:
    digest = chair.do(lambda: chair.desk.papers.one(document)).digest
    anchor = Anchor(digest=digest, page=0, quads=(), strokes=(), quote="", before="", after="", section=())
    chair.do(lambda: chair.desk.notes.write(document, anchor, "Ủy ban " * 40_000, YELLOW))
    hands = at_paper(chair, document)
    hands.keys("F4")
    hands.open_row("notes", "Chỉ có trên máy này")
    hands.see("note_sheet")
    hands.hear("Hãy rút ngắn, hoặc chia thành nhiều ghi chú.")
    hands.type("note_text", TEXT)
    hands.press("keep_note")
    rows = hands.see("notes")
    wait_until(lambda: hands.row(rows, TEXT) is not None)
    assert hands.row(rows, "Chỉ có trên máy này") is None
