"""Marking a paper by keys, mouse and pen: each tool and colour, the list of all kinds, and undoing everything."""

from collections.abc import Iterator, Sequence

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox

from ecabinet.client.desk.notes import NoteView
from ecabinet.client.ui.reader.palette import Colour
from ecabinet.client.ui.reader.view import PageView
from ecabinet.core.notes import NoteKind
from tests.client.pages import samples
from tests.ui.body import CHAIR, Body, Sitter, wait_until
from tests.ui.hands import Hands
from tests.ui.reader.shelf import Shelf, at_paper, view_in
from tests.ui.reader.test_notes import notes_of, pick, point_of, words_of, write

LINE = "Đề nghị làm rõ căn cứ của số liệu dự toán"


@pytest.fixture
def document(body: Body, chair: Sitter) -> str:
    """A paper of three pages, each with three lines, that nobody has written on."""
    lines = [(85.0, 100.0 + 30 * row, LINE) for row in range(3)]
    (document,) = Shelf(body).put(samples.paper(lines, lines, lines))
    chair.sync()
    return document


@pytest.fixture
def tablet(body: Body) -> Iterator[Sitter]:
    """Another machine of the chair's."""
    device = body.sit(CHAIR, device="-tablet")
    yield device
    device.close_frame()


@pytest.fixture
def hands(chair: Sitter, document: str) -> Hands:
    return at_paper(chair, document)


def kinds(chair: Sitter, document: str) -> list[NoteKind]:
    return [note.kind for note in notes_of(chair, document)]


def colours(chair: Sitter, document: str) -> list[str]:
    return [note.latest.colour for note in notes_of(chair, document)]


# ------------------------------------------------------------ words


@pytest.mark.parametrize(
    ("keys", "made"),
    [
        ("F8", (NoteKind.HIGHLIGHT, Colour.YELLOW.ground)),
        ("Shift+F8", (NoteKind.UNDERLINE, Colour.BLUE.line)),
        ("Ctrl+F8", (NoteKind.STRIKE_OUT, Colour.RED.line)),
        ("Shift+F9", (NoteKind.BOX, Colour.RED.line)),
    ],
)
def test_picked_words_are_marked_by_a_key(
    hands: Hands, chair: Sitter, document: str, keys: str, made: tuple[NoteKind, str]
) -> None:
    view = view_in(hands)
    kind, usual = made
    colour = chair.do(chair.desk.notes.colours).get(kind, usual)  # as used last, in another test even
    blank = view.grab().toImage()
    pick(hands, 4)
    hands.keys(keys)
    wait_until(lambda: [(note.kind, note.latest.colour) for note in notes_of(chair, document)] == [(kind, colour)])
    assert view.picker.selection is None
    wait_until(lambda: view._marks)
    assert view.grab().toImage() != blank
    hands.keys("Ctrl+Z")
    wait_until(lambda: not view._marks)
    assert kinds(chair, document) == []
    assert view.grab().toImage() == blank


def test_a_tool_in_hand_marks_words_as_they_are_picked_until_it_is_put_away(
    hands: Hands, chair: Sitter, document: str
) -> None:
    view = view_in(hands)
    hands.keys("Shift+F8")
    drag_over_words(view, 0, 2)
    drag_over_words(view, 4, 5)
    wait_until(lambda: kinds(chair, document) == [NoteKind.UNDERLINE] * 2)
    hands.keys("Escape")
    drag_over_words(view, 12, 13)
    assert view.picker.selection is not None
    assert len(notes_of(chair, document)) == 2


def test_a_colour_is_chosen_by_key_and_remembered_with_the_next_paper(
    hands: Hands, chair: Sitter, document: str, body: Body
) -> None:
    hands.keys("Alt+2")
    pick(hands, 2)
    hands.keys("F8")
    wait_until(lambda: colours(chair, document) == [Colour.GREEN.ground])
    (other,) = Shelf(body).put(samples.paper([(85.0, 100.0, LINE)]))
    chair.sync()
    again = at_paper(chair, other)
    assert "Xanh lá" in again.see("colour").accessibleName()
    pick(again, 2)
    again.keys("F8")
    wait_until(lambda: colours(chair, other) == [Colour.GREEN.ground])


def test_a_mark_that_is_pressed_is_recoloured_opened_and_deleted(hands: Hands, chair: Sitter, document: str) -> None:
    view = view_in(hands)
    pick(hands, 3)
    hands.keys("F8")
    wait_until(lambda: view._marks)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point_of(view, words_of(view)[1].box))
    assert view.chosen is not None
    hands.keys("Alt+4")
    wait_until(lambda: view._marks[0][0].colour == Colour.RED.ground)
    hands.keys("Return")
    hands.type("note_text", "Xem lại.")
    hands.press("colour_red", "Left")
    hands.press("keep_note")
    wait_until(lambda: colours(chair, document) == [Colour.BLUE.ground])
    assert notes_of(chair, document)[0].latest.text == "Xem lại."
    wait_until(lambda: QApplication.activeModalWidget() is None)
    view.setFocus()
    hands.keys("Delete")
    wait_until(lambda: kinds(chair, document) == [])
    wait_until(lambda: view.chosen is None)


# ------------------------------------------------------------ undoing


def test_everything_is_undone_and_done_again_by_keys(hands: Hands, chair: Sitter, document: str) -> None:
    pick(hands, 2)
    hands.keys("F8")
    wait_until(lambda: len(notes_of(chair, document)) == 1)
    write(hands, "Cả trang này.")
    wait_until(lambda: len(notes_of(chair, document)) == 2)
    hands.keys("Ctrl+D")
    wait_until(lambda: NoteKind.BOOKMARK in kinds(chair, document))
    hands.keys("Ctrl+D")
    wait_until(lambda: NoteKind.BOOKMARK not in kinds(chair, document))
    whole = seen(chair, document)
    for _ in range(4):
        hands.keys("Ctrl+Z")
    wait_until(lambda: seen(chair, document) == [])
    hands.keys("Ctrl+Z")  # nothing is left, and nothing happens
    for keys in ("Ctrl+Y", "Ctrl+Shift+Z", "Ctrl+Y", "Ctrl+Y"):
        hands.keys(keys)
    wait_until(lambda: seen(chair, document) == whole)


def test_undoing_works_on_after_the_paper_was_closed(hands: Hands, chair: Sitter, document: str) -> None:
    pick(hands, 2)
    hands.keys("F8")
    wait_until(lambda: len(notes_of(chair, document)) == 1)
    again = at_paper(chair, document)
    again.keys("Ctrl+Z")
    wait_until(lambda: notes_of(chair, document) == ())


def test_undoing_leads_to_the_place(hands: Hands, chair: Sitter, document: str) -> None:
    pick(hands, 2)
    hands.keys("F8")
    wait_until(lambda: len(notes_of(chair, document)) == 1)
    hands.keys("End")
    assert view_in(hands).page == 2
    hands.keys("Ctrl+Z")
    wait_until(lambda: view_in(hands).page == 0)


def test_a_step_that_another_machine_built_on_is_not_undone_and_that_is_told(
    hands: Hands, chair: Sitter, tablet: Sitter, document: str
) -> None:
    write(hands, "Gốc")
    wait_until(lambda: notes_of(chair, document))
    for each in (chair, tablet, chair, tablet):
        each.sync()
    (note,) = notes_of(tablet, document)
    tablet.do(lambda: tablet.desk.notes.edit(note.note, text="Bổ sung trên máy tính bảng"))
    tablet.sync()
    chair.sync()
    hands.keys("Ctrl+Z")
    hands.hear("Ghi chú đã được sửa trên máy khác nên không hoàn tác được.")
    assert [each.latest.text for each in notes_of(chair, document)] == ["Bổ sung trên máy tính bảng"]


# ------------------------------------------------------------ pen


@pytest.fixture
def stylus() -> QPointingDevice:
    return pointing(QPointingDevice.PointerType.Pen)


def pointing(end: QPointingDevice.PointerType) -> QPointingDevice:
    capabilities = QInputDevice.Capability.Position | QInputDevice.Capability.Pressure
    return QPointingDevice("bút thử", 7, QInputDevice.DeviceType.Stylus, end, capabilities, 1, 2)


def touch_with(view: PageView, device: QPointingDevice, kind: QEvent.Type, at: QPointF, pressure: float = 0.5) -> bool:
    """Sends what a tablet tells."""
    down = kind != QEvent.Type.TabletRelease
    button = Qt.MouseButton.LeftButton if kind != QEvent.Type.TabletMove else Qt.MouseButton.NoButton
    buttons = Qt.MouseButton.LeftButton if down else Qt.MouseButton.NoButton
    where = QPointF(view.viewport().mapToGlobal(at))
    event = QTabletEvent(
        kind, device, at, where, pressure, 0.0, 0.0, 0.0, 0.0, 0.0, Qt.KeyboardModifier.NoModifier, button, buttons
    )
    QApplication.sendEvent(view.viewport(), event)
    return event.isAccepted()


def draw(view: PageView, device: QPointingDevice, spots: Sequence[tuple[float, float]], pressure: float = 0.5) -> None:
    """A stroke over places of the first page, as shares of its width and height."""
    area = view.rectangle(0)
    at = [QPointF(area.left() + x * area.width(), area.top() + y * area.height()) for x, y in spots]
    touch_with(view, device, QEvent.Type.TabletPress, at[0], pressure)
    for each in at[1:]:
        touch_with(view, device, QEvent.Type.TabletMove, each, pressure)
    touch_with(view, device, QEvent.Type.TabletRelease, at[-1], pressure)


def strokes_shown(view: PageView) -> int:
    return sum(len(mark.strokes) for mark in view._marks.get(0, []))


def wave(top: float) -> list[tuple[float, float]]:
    return [(0.3 + 0.02 * step, top + 0.01 * (step % 2)) for step in range(12)]


@pytest.fixture
def lifted() -> Iterator[None]:
    """Takes the pen away at the end."""
    yield
    leave()


def leave() -> None:
    device = pointing(QPointingDevice.PointerType.Pen)
    nothing = Qt.MouseButton.NoButton
    spot, kind = QPointF(), QEvent.Type.TabletLeaveProximity
    modifiers = Qt.KeyboardModifier.NoModifier
    event = QTabletEvent(kind, device, spot, spot, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, modifiers, nothing, nothing)
    application = QApplication.instance()
    assert application is not None
    QApplication.sendEvent(application, event)


def only(chair: Sitter, document: str) -> NoteView:
    (note,) = notes_of(chair, document)
    return note


@pytest.mark.usefixtures("lifted")
def test_a_pen_draws_with_its_pressure_and_strokes_soon_after_each_other_are_one_note(
    hands: Hands, chair: Sitter, document: str, stylus: QPointingDevice
) -> None:
    view = view_in(hands)
    hands.keys("Ctrl+F9")
    draw(view, stylus, wave(0.5), 0.25)
    draw(view, stylus, wave(0.55), 0.75)
    wait_until(lambda: [len(note.latest.anchor.strokes) for note in notes_of(chair, document)] == [2])
    light, heavy = only(chair, document).latest.anchor.strokes
    assert {point.pressure for point in light.points} == {250}
    assert {point.pressure for point in heavy.points} == {750}
    assert only(chair, document).kind is NoteKind.INK
    (bounds,) = only(chair, document).latest.anchor.quads
    assert bounds.x0 < min(point.x for point in light.points)
    assert bounds.y1 > max(point.y for point in light.points)
    hands.keys("Ctrl+Z")
    wait_until(lambda: [len(note.latest.anchor.strokes) for note in notes_of(chair, document)] == [1])


def test_the_mouse_draws_too_and_what_is_drawn_is_painted_before_and_after_it_is_kept(
    hands: Hands, chair: Sitter, document: str
) -> None:
    view = view_in(hands)
    hands.keys("Ctrl+F9")
    blank = view.grab().toImage()
    area = view.rectangle(0)
    spots = [QPoint(area.left() + 300 + 10 * step, area.top() + 400 + 5 * step) for step in range(10)]
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=spots[0])
    for spot in spots[1:]:
        QTest.mouseMove(view.viewport(), spot)
    middle = spots[5]
    assert view.grab().toImage().pixelColor(middle) != blank.pixelColor(middle)
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=spots[-1])
    wet = view.grab().toImage().pixelColor(middle)
    assert wet != blank.pixelColor(middle)
    wait_until(lambda: view._marks)
    wait_until(lambda: not view.drawing._wet)
    assert view.grab().toImage().pixelColor(middle) == wet
    assert [len(stroke.points) for stroke in only(chair, document).latest.anchor.strokes] == [10]


def test_ink_stays_where_it_was_drawn_when_pages_are_turned_and_zoomed(
    hands: Hands, chair: Sitter, document: str
) -> None:
    view = view_in(hands)
    hands.keys("Ctrl+R")
    hands.keys("Ctrl+9")
    hands.keys("Ctrl+F9")
    area = view.rectangle(0)
    spots = [area.topLeft() + QPoint(100 + 10 * step, 120) for step in range(10)]
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=spots[0])
    for spot in spots[1:]:
        QTest.mouseMove(view.viewport(), spot)
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=spots[-1])
    wait_until(lambda: view._marks)
    points = only(chair, document).latest.anchor.strokes[0].points
    xs, ys = {point.x for point in points}, {point.y for point in points}
    assert max(xs) - min(xs) <= 1  # shown from left to right on a page that lies on its side
    assert max(ys) - min(ys) > 1_000
    x, y = view.on(0, QPointF(spots[5]))
    assert (round(x * 100), round(y * 100)) == pytest.approx((points[5].x, points[5].y), abs=2)


@pytest.mark.usefixtures("lifted")
def test_a_pen_turned_round_erases_whole_strokes_and_at_last_the_note(
    hands: Hands, chair: Sitter, document: str, stylus: QPointingDevice
) -> None:
    view = view_in(hands)
    hands.keys("Ctrl+F9")
    draw(view, stylus, wave(0.5))
    draw(view, stylus, wave(0.6))
    wait_until(lambda: [len(note.latest.anchor.strokes) for note in notes_of(chair, document)] == [2])
    wait_until(lambda: strokes_shown(view) == 2)
    rubber = pointing(QPointingDevice.PointerType.Eraser)
    draw(view, rubber, [(0.4, 0.45), (0.4, 0.55)])
    wait_until(lambda: [len(note.latest.anchor.strokes) for note in notes_of(chair, document)] == [1])
    wait_until(lambda: strokes_shown(view) == 1)
    hands.keys("Ctrl+Shift+F9")
    area = view.rectangle(0)
    across = [area.topLeft() + QPoint(round(area.width() * 0.4), round(area.height() * y)) for y in (0.58, 0.63)]
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=across[0])
    QTest.mouseMove(view.viewport(), across[1])
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=across[1])
    wait_until(lambda: notes_of(chair, document) == ())
    hands.keys("Ctrl+Z")
    wait_until(lambda: [len(note.latest.anchor.strokes) for note in notes_of(chair, document)] == [1])
    wait_until(lambda: not view.drawing.rubbed)
    hands.keys("Ctrl+Z")
    wait_until(lambda: [len(note.latest.anchor.strokes) for note in notes_of(chair, document)] == [2])


@pytest.mark.usefixtures("lifted")
def test_a_palm_does_nothing_while_a_pen_is_near(
    hands: Hands, chair: Sitter, document: str, stylus: QPointingDevice
) -> None:
    view = view_in(hands)
    hands.keys("Ctrl+F9")
    screen = QTest.createTouchDevice()
    touch_with(view, stylus, QEvent.Type.TabletMove, QPointF(300, 300), 0.0)
    assert view.pens.is_near
    rest_palm(view, screen)
    draw(view, stylus, wave(0.5))
    wait_until(lambda: len(notes_of(chair, document)) == 1)
    leave()
    wait_until(lambda: not view.pens.is_near)
    assert len(only(chair, document).latest.anchor.strokes) == 1
    rest_palm(view, screen)  # a finger now, and it draws
    wait_until(lambda: sum(len(note.latest.anchor.strokes) for note in notes_of(chair, document)) == 2)


@pytest.mark.usefixtures("lifted")
def test_what_a_palm_began_is_dropped_when_its_pen_comes(
    hands: Hands, chair: Sitter, document: str, stylus: QPointingDevice
) -> None:
    view = view_in(hands)
    hands.keys("Ctrl+F9")
    screen = QTest.createTouchDevice()
    QTest.touchEvent(view.viewport(), screen).press(0, QPoint(400, 400), view.viewport()).commit()
    wait_until(lambda: view.drawing.is_at_work)
    touch_with(view, stylus, QEvent.Type.TabletMove, QPointF(300, 300), 0.0)
    assert not view.drawing.is_at_work
    QTest.touchEvent(view.viewport(), screen).release(0, QPoint(420, 410), view.viewport()).commit()
    draw(view, stylus, wave(0.5))
    wait_until(lambda: notes_of(chair, document))
    assert len(only(chair, document).latest.anchor.strokes) == 1


def rest_palm(view: PageView, screen: QPointingDevice) -> None:
    QTest.touchEvent(view.viewport(), screen).press(0, QPoint(400, 400), view.viewport()).commit()
    QTest.touchEvent(view.viewport(), screen).move(0, QPoint(430, 420), view.viewport()).commit()
    QTest.touchEvent(view.viewport(), screen).release(0, QPoint(430, 420), view.viewport()).commit()


# ------------------------------------------------------------ boxes, bookmarks, the list


def test_a_box_is_drawn_over_a_region(hands: Hands, chair: Sitter, document: str) -> None:
    view = view_in(hands)
    hands.keys("Shift+F9")
    start, end = view.rectangle(0).topLeft() + QPoint(100, 200), view.rectangle(0).topLeft() + QPoint(400, 300)
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(view.viewport(), end)
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=end)
    wait_until(lambda: kinds(chair, document) == [NoteKind.BOX])
    (quad,) = only(chair, document).latest.anchor.quads
    assert quad.x1 - quad.x0 == pytest.approx(300 / view.scale * 100, rel=0.01)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=start)  # a mere click is no box
    assert len(notes_of(chair, document)) == 1


def test_a_box_is_put_by_keys_alone(hands: Hands, chair: Sitter, document: str) -> None:
    view = view_in(hands)
    hands.keys("Shift+F9")
    hands.keys("Return")
    before = view.drawing._frame()
    for keys in ("Down", "Right", "Shift+Right", "Shift+Right"):
        hands.keys(keys)
    frame = view.drawing._frame()
    assert (frame.left() - before.left(), frame.width() - before.width()) == (12, 24)
    assert (frame.top() - before.top(), frame.height() - before.height()) == (12, 0)
    hands.keys("Return")
    wait_until(lambda: kinds(chair, document) == [NoteKind.BOX])
    hands.keys("Down")
    hands.keys("Escape")  # the frame that was begun
    assert not view.drawing.is_at_work
    hands.keys("Escape")  # the tool
    hands.keys("Down")
    assert not view.drawing.is_at_work
    assert len(notes_of(chair, document)) == 1


def test_a_bookmark_is_put_listed_and_taken_away(hands: Hands, chair: Sitter, document: str) -> None:
    hands.keys("Right")
    hands.keys("Ctrl+D")
    wait_until(lambda: kinds(chair, document) == [NoteKind.BOOKMARK])
    assert only(chair, document).latest.anchor.page == 1
    hands.keys("F4")
    rows = hands.see("notes")
    wait_until(lambda: hands.row(rows, "Đánh dấu trang. Trang 2") == 0)
    hands.go_to("pages")
    hands.keys("Ctrl+D")
    wait_until(lambda: notes_of(chair, document) == ())


@pytest.fixture
def many(hands: Hands, chair: Sitter, document: str) -> Hands:
    """A green highlight, an underline, a note and a bookmark, on two pages; the list beside them."""
    hands.keys("Alt+2")
    pick(hands, 2)
    hands.keys("F8")
    pick(hands, 2)
    hands.keys("Shift+F8")
    wait_until(lambda: len(notes_of(chair, document)) == 2)
    write(hands, "Hỏi Sở Tài chính.")
    hands.keys("End")
    hands.keys("Ctrl+D")
    wait_until(lambda: len(notes_of(chair, document)) == 4)
    hands.keys("F4")
    return hands


def test_the_list_is_narrowed_by_kind_colour_and_words(many: Hands) -> None:
    rows = many.see("notes")
    everything = ("Đề nghị", "làm rõ", "Hỏi Sở", "Đánh dấu")
    wait_until(lambda: all(many.row(rows, said) is not None for said in everything))
    many.type("find_note", "hoi so")
    assert many.row(rows, "Hỏi Sở Tài chính.") == 0
    assert many.row(rows, "Đề nghị") is None
    many.type("find_note", "khong co")
    many.hear("Không có ghi chú phù hợp")
    many.type("find_note", " ")
    choose(many, "note_kind", "Gạch chân")
    assert many.row(rows, "làm rõ") == 0
    assert many.row(rows, "Đề nghị") is None
    choose(many, "note_kind", "Mọi loại")
    choose(many, "note_colour", "Xanh lá")
    assert many.row(rows, "Đề nghị. Trang 1 · Tô sáng · Xanh lá") == 0
    assert many.row(rows, "làm rõ") is None


def test_arrows_in_the_list_lead_to_the_place(many: Hands) -> None:
    view = view_in(many)
    assert view.page == 2
    rows = many.go_to("notes")
    wait_until(lambda: all(many.row(rows, said) is not None for said in ("Đề nghị", "làm rõ", "Hỏi Sở", "Đánh dấu")))
    many.keys("End")
    many.keys("Home")
    wait_until(lambda: view.page == 0)
    many.keys("End")
    wait_until(lambda: view.page == 2)


def choose(hands: Hands, name: str, words: str) -> None:
    field = hands.go_to(name)
    assert isinstance(field, QComboBox)
    for _ in range(field.count()):
        hands.keys("Up")
    while field.currentText() != words:
        before = field.currentIndex()
        hands.keys("Down")
        assert field.currentIndex() > before


def seen(chair: Sitter, document: str) -> list[tuple[NoteKind, str, str]]:
    return [(note.kind, note.latest.text, note.latest.anchor.quote) for note in notes_of(chair, document)]


def drag_over_words(view: PageView, first: int, last: int) -> None:
    start, end = (point_of(view, words_of(view)[place].box) for place in (first, last))
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(view.viewport(), end)
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=end)
