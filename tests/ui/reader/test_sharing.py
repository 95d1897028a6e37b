"""A member shares notes with his assistant, by keyboard, over a real server: who sees them, and who does not."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QTransform
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox

from ecabinet.client.desk.notes import NoteView
from ecabinet.client.pages import Box
from ecabinet.client.ui.reader.ink import Shapes
from ecabinet.client.ui.reader.marks import (
    Ground,
    Mark,
    paint_grounds,
    paint_lines,
    paint_others,
    paint_ribbons,
    paint_slips,
    slips,
)
from ecabinet.client.ui.reader.notes import YELLOW, page_anchor
from ecabinet.client.ui.reader.view import PageView
from ecabinet.client.ui.screens import settle
from ecabinet.client.ui.widgets import OptionCards
from ecabinet.core.notes import NoteKind, Point, Stroke
from ecabinet.core.protocol import RowKind
from tests.client.pages import samples
from tests.ui.body import CHAIR, Body, Sitter, wait_until
from tests.ui.hands import Hands
from tests.ui.reader.shelf import Shelf, at_paper, view_in
from tests.ui.reader.test_notes import pick, write

ASSISTANT = "thu-ky-chu-tich"
COLLEAGUE = "giam-doc-so-tai-chinh"
LINE = "Đề nghị làm rõ căn cứ của số liệu dự toán"
SAID = "Chỗ này chưa khớp với phụ lục ba"
BY_CHAIR = "Ghi chú của Chủ tịch UBND tỉnh"


@pytest.fixture
def document(body: Body, chair: Sitter) -> str:
    """A paper of two pages that nobody has written on."""
    lines = [(85.0, 100.0 + 30 * row, LINE) for row in range(3)]
    (document,) = Shelf(body).put(samples.paper(lines, lines))
    chair.sync()
    return document


@pytest.fixture
def assistant(body: Body, dressed: QApplication) -> Iterator[Sitter]:
    """At a desk of his own."""
    assistant = body.sitter(ASSISTANT)
    yield assistant
    assistant.close_frame()
    if assistant.relay.is_cut:
        assistant.relay.mend()
        assistant.sync()
    assert assistant.unexpected == []


def others(sitter: Sitter, document: str) -> tuple[NoteView, ...]:
    return sitter.do(lambda: sitter.desk.sharing.of_paper(document)).others


def written(chair: Sitter, document: str, text: str = SAID) -> Hands:
    """The chair at the paper, with a note on its first words."""
    hands = at_paper(chair, document)
    pick(hands, 3)
    write(hands, text)
    wait_until(lambda: chair.do(lambda: chair.desk.notes.of_paper(document)))
    return hands


def share(hands: Hands, *people: str) -> None:
    """On the sheet that asks with whom: these boxes are pressed, and it is kept."""
    hands.see("share_sheet")
    assert hands.nameless() == []
    for person in people:
        hands.press(f"reader.{person}")
    hands.keys("Ctrl+Return")
    wait_until(lambda: QApplication.activeModalWidget() is None)


def others_marks(view: PageView) -> list[tuple[int, str]]:
    return [(mark.page, mark.text) for mark in view.marks if mark.is_others]


def require_that_nobody_else_knows(body: Body, document: str) -> None:
    """Neither a colleague who may read the paper, nor the server, in all that it keeps."""
    rows = body.cabinet.read_all(COLLEAGUE)
    assert document in {row.document.document for row in rows if row.document is not None}
    assert not [row for row in rows if row.kind in {RowKind.SHARE, RowKind.SHARED_NOTE, RowKind.SHARE_KEY}]
    kept = b"".join(path.read_bytes() for path in sorted((body.folder / "server").rglob("*")) if path.is_file())
    assert document.encode() in kept
    assert SAID.encode() not in kept


def take_back(hands: Hands) -> None:
    """The note that is shared with the assistant, from the list."""
    hands.keys("F4")
    hands.go_to("notes")
    hands.keys("Shift+F4")
    box = hands.see(f"reader.{ASSISTANT}")
    assert isinstance(box, QCheckBox)
    assert box.isChecked()
    share(hands, ASSISTANT)
    hands.hear("Đã ngừng chia sẻ riêng ghi chú này.")


def test_one_note_goes_to_the_assistant_off_line_too_and_is_taken_back(
    body: Body, chair: Sitter, assistant: Sitter, document: str
) -> None:
    hands = written(chair, document)
    hands.keys("F4")
    hands.open_row("notes", SAID)
    hands.see("note_sheet")
    hands.hear("Chỉ đồng chí đọc được ghi chú này.")
    hands.press("share_note")
    sheet = hands.see("share_sheet")
    boxes = [box.objectName() for box in sheet.findChildren(QCheckBox)]
    assert boxes[0] == f"reader.{ASSISTANT}"
    assert f"reader.{COLLEAGUE}" in boxes
    assert f"reader.{CHAIR}" not in boxes
    assert hands.at("share_scope")
    hands.hear("Thư ký, chuyên viên giúp việc của đồng chí")
    hands.hear("Nội dung đã đọc thì không thu hồi được.")
    share(hands, ASSISTANT)
    hands.hear("Đã chọn chia sẻ ghi chú này với: Thư ký Chủ tịch UBND tỉnh.")
    rows = hands.see("notes")
    wait_until(lambda: hands.row(rows, "Chia sẻ với: Thư ký Chủ tịch UBND tỉnh") is not None)
    assert hands.row(rows, "Chờ gửi") is not None
    chair.sync()
    wait_until(lambda: hands.row(rows, "Chờ gửi") is None)
    assistant.sync()
    chair.close_frame()

    assistant.relay.cut()
    theirs = at_paper(assistant, document)
    wait_until(lambda: others_marks(view_in(theirs)) == [(0, SAID)])
    theirs.keys("F4")
    theirs.open_row("notes", BY_CHAIR)
    theirs.see("others_note")
    theirs.hear(SAID)
    theirs.hear("Chỉ người viết mới sửa hoặc xóa được ghi chú này.")
    theirs.press("close_note")
    theirs.go_to("notes")
    theirs.keys("Delete")
    theirs.hear("Chỉ người viết mới sửa hoặc xóa được ghi chú này.")
    assert [note.latest.text for note in others(assistant, document)] == [SAID]
    assistant.relay.mend()

    require_that_nobody_else_knows(body, document)
    assistant.close_frame()
    take_back(at_paper(chair, document))
    chair.sync()
    assistant.sync()
    assert others(assistant, document) == ()


def test_of_a_note_in_the_list_it_is_asked_whether_it_alone_is_shared_or_all(
    chair: Sitter, assistant: Sitter, document: str
) -> None:
    hands = written(chair, document)
    hands.keys("F4")
    hands.go_to("notes")
    hands.keys("Shift+F4")
    sheet = hands.see("share_sheet")
    (cards,) = sheet.findChildren(OptionCards)
    assert cards.chosen_key == "note"
    hands.press(f"reader.{COLLEAGUE}")
    hands.go_to("share_scope")
    hands.keys("Ctrl+2")
    assert cards.chosen_key == "all"
    assert not [box for box in sheet.findChildren(QCheckBox) if box.isChecked()]  # nobody gets all for having got one
    share(hands, ASSISTANT)
    hands.hear("Đã chọn chia sẻ mọi ghi chú trên tài liệu này với: Thư ký Chủ tịch UBND tỉnh.")
    (made,) = chair.do(lambda: chair.desk.sharing.of_paper(document)).shares
    assert (made.note, [each.person for each in made.readers]) == (None, [ASSISTANT])


def test_all_notes_of_a_paper_with_those_written_later_and_the_list_tells_whose_they_are(
    chair: Sitter, assistant: Sitter, document: str
) -> None:
    hands = written(chair, document)
    hands.keys("F4")
    hands.press("share_paper")
    hands.see("share_sheet")
    hands.hear("kể cả những ghi chú viết sau này")
    share(hands, ASSISTANT)
    hands.hear("Mọi ghi chú của đồng chí trên tài liệu này được chia sẻ với: Thư ký Chủ tịch UBND tỉnh")
    chair.sync()
    digest = chair.do(lambda: chair.desk.papers.one(document)).digest
    chair.do(lambda: chair.desk.notes.write(document, page_anchor(digest, 1), "Viết sau", YELLOW))
    chair.sync()
    chair.close_frame()
    assistant.sync()
    theirs = at_paper(assistant, document)
    write(theirs, "Của thư ký")
    wait_until(lambda: assistant.do(lambda: assistant.desk.notes.of_paper(document)))
    theirs.keys("F4")
    rows = theirs.see("notes")
    wait_until(lambda: all(theirs.row(rows, said) is not None for said in (SAID, "Viết sau", "Của thư ký")))
    whose = theirs.go_to("note_author")
    assert isinstance(whose, QComboBox)
    theirs.keys("Down")
    wait_until(lambda: theirs.row(rows, "Của thư ký") is not None and theirs.row(rows, SAID) is None)
    theirs.keys("Down")
    wait_until(lambda: theirs.row(rows, "Của thư ký") is None and theirs.row(rows, SAID) is not None)
    assert theirs.row(rows, BY_CHAIR) == 0
    assert assistant.do(lambda: assistant.desk.sharing.colleagues(document))[0].person == CHAIR
    assert theirs.cut() == []


def test_a_colleagues_note_lies_out_of_reach_of_the_eraser(chair: Sitter, assistant: Sitter, document: str) -> None:
    digest = chair.do(lambda: chair.desk.papers.one(document)).digest
    line = Stroke(points=tuple(Point(x=x, y=70_000, pressure=800) for x in range(10_000, 40_000, 500)), width=200)
    chair.do(lambda: chair.desk.notes.draw(document, page_anchor(digest, 0), line, "#1d4ed8"))
    chair.do(lambda: chair.desk.sharing.share(document, None, [ASSISTANT]))
    chair.sync()
    assistant.sync()
    theirs = at_paper(assistant, document)
    view = view_in(theirs)
    wait_until(lambda: [mark.is_others for mark in view.marks] == [True])
    drawing = view.drawing
    (mark,) = view.marks
    box = mark.boxes[0]
    at = view.shown(0, box).center() + view.rectangle(0).topLeft().toPointF()
    drawing._to = at
    drawing._rub(at)
    assert drawing.rubbed == set()
    assert drawing._hit == {}


def test_a_share_that_the_server_refuses_is_told_and_can_be_made_anew(
    chair: Sitter, assistant: Sitter, document: str
) -> None:
    hands = written(chair, document)
    chair.do(lambda: chair.desk.sharing.share(document, None, ["quan-tri-he-thong"]))
    chair.sync()
    hands.hear("Chưa chia sẻ được với: quan-tri-he-thong.")
    hands.hear("Hãy chia sẻ lại với những người được đọc tài liệu.")
    hands.keys("Shift+F4")
    hands.hear("Chia sẻ mọi ghi chú trên tài liệu này")
    share(hands, ASSISTANT)
    chair.sync()
    assistant.sync()
    wait_until(lambda: "Chưa chia sẻ được" not in hands.everything_said())
    assert [note.latest.text for note in others(assistant, document)] == [SAID]


def test_a_note_that_its_author_carries_over_goes_over_for_its_readers(
    body: Body, chair: Sitter, assistant: Sitter
) -> None:
    shelf = Shelf(body)
    lines = [(85.0, 100.0 + 30 * row, f"{LINE} số {row}") for row in range(3)]
    (document,) = shelf.put(samples.paper(lines))
    chair.sync()
    hands = written(chair, document)
    chair.do(lambda: chair.desk.sharing.share(document, None, [ASSISTANT]))
    chair.sync()
    assistant.sync()
    before = [(85.0, 100.0, "Một trang được thêm vào phía trước.")]
    body.cabinet.publish_again(shelf.stems[0], samples.paper(before, lines), "Thêm một trang.")
    shelf.send(shelf.stems)
    chair.sync()
    assistant.sync()
    (note,) = others(assistant, document)
    assert note.is_left_behind
    hands.press("open_newer")
    hands.hear("/ 2 trang")
    settle(chair.is_settled)
    wait_until(
        lambda: [each.latest.anchor.page for each in chair.do(lambda: chair.desk.notes.of_paper(document))] == [1]
    )
    chair.sync()
    assistant.sync()
    (note,) = others(assistant, document)
    assert not note.is_left_behind
    assert note.latest.anchor.page == 1
    chair.close_frame()
    theirs = at_paper(assistant, document)
    wait_until(lambda: others_marks(view_in(theirs)) == [(1, SAID)])


# ---------------------------------------------------------------- how it looks


def painted(kind: NoteKind, *, is_others: bool) -> QImage:
    """A mark of a kind, in black and white, on a page of 200 by 200."""
    box = Box(x0=40, y0=80, x1=140, y1=100)
    strokes = (Stroke(points=(Point(x=4000, y=8000, pressure=900), Point(x=14000, y=10000, pressure=900)), width=200),)
    mark = Mark(
        key="k",
        edit=f"{kind}{is_others}",
        kind=kind,
        page=0,
        boxes=() if kind is NoteKind.BOOKMARK else (box,),
        strokes=strokes if kind is NoteKind.INK else (),
        colour="#f6c945",
        text="chữ" if kind is NoteKind.NOTE else "",
        is_others=is_others,
    )
    image = QImage(200, 200, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    ground = Ground(QTransform(1, 0, 0, -1, 0, 200), 0, 1.0, QRectF(0, 0, 200, 200))
    painter = QPainter(image)
    paint_grounds(painter, [mark], (), ground)
    paint_lines(painter, [mark], Shapes(), frozenset(), ground)
    paint_others(painter, [mark], ground)
    paint_ribbons(painter, [mark], 200)
    paint_slips(painter, slips([mark], ground.shown, 200))
    painter.end()
    return image.convertToFormat(QImage.Format.Format_Grayscale8)


@pytest.mark.parametrize("kind", NoteKind)
def test_anothers_mark_is_told_from_ones_own_without_its_colour(dressed: QApplication, kind: NoteKind) -> None:
    own, another = painted(kind, is_others=False), painted(kind, is_others=True)
    differ = sum(own.pixel(x, y) != another.pixel(x, y) for x in range(200) for y in range(200))
    assert differ > 40
