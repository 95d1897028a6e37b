"""How pages stand and what they look like: by themselves, side by side, by night; with all that one does on them."""

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from ecabinet.client.desk.reading import Arrangement
from ecabinet.client.ui.reader.rendering import CACHE_BYTES
from ecabinet.client.ui.reader.view import PageView
from ecabinet.client.ui.screens import settle
from ecabinet.core.notes import NoteKind
from tests.client.pages import samples
from tests.ui.body import Sitter, wait_until
from tests.ui.reader.shelf import Shelf, at_paper, view_in


def wheel(view: PageView, turned: int, *, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    at = QPointF(view.viewport().rect().center())
    event = QWheelEvent(
        at,
        view.viewport().mapToGlobal(at),
        QPoint(),
        QPoint(0, turned),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), event)


def test_a_highlight_keeps_its_colour_by_night_and_letters_stand_out(shelf: Shelf, chair: Sitter) -> None:
    (document,) = shelf.put(samples.paper([(85, 80, "MMMMMMMM MMMMMMMM")], size=40))
    chair.sync()
    hands = at_paper(chair, document)
    view = view_in(hands)
    hands.keys("Shift+Right")
    wait_until(lambda: view.picker.selection is not None)
    hands.keys("F8")
    wait_until(lambda: view._marks)
    hands.keys("Escape")
    hands.keys("Ctrl+I")
    settle(chair.is_settled)
    ((mark,),) = view._marks.values()
    assert mark.kind is NoteKind.HIGHLIGHT
    area = view.shown(0, mark.boxes[0]).toRect().translated(view.rectangle(0).topLeft())
    image = view.viewport().grab().toImage()
    colours = [
        image.pixelColor(x, y) for x in range(area.left(), area.right()) for y in range(area.top(), area.bottom())
    ]
    darkest, lightest = min(colours, key=QColor.lightness), max(colours, key=QColor.lightness)
    assert abs(darkest.hslHue() - QColor(mark.colour).hslHue()) <= 8  # yellow, as by day
    assert darkest.lightness() < 90
    assert lightest.lightness() > 230
    hands.keys("Ctrl+I")


def test_one_page_at_a_time_is_turned_and_never_scrolled_away_from(shelf: Shelf, chair: Sitter) -> None:
    (document,) = shelf.put(samples.prose(30))
    chair.sync()
    hands = at_paper(chair, document)
    view, bar = view_in(hands), view_in(hands).verticalScrollBar()
    hands.keys("Home")
    hands.keys("Ctrl+7")
    assert view.arrangement is Arrangement.SINGLE
    assert list(view.visible()) == [0]
    for _ in range(10):
        hands.keys("PgDown")
        if view.page:
            break
        assert list(view.visible()) == [0]
    assert (view.page, bar.value()) == (1, bar.minimum())
    hands.keys("Up")
    assert (view.page, bar.value()) == (0, bar.maximum())
    hands.keys("Ctrl+9")
    settle(chair.is_settled)
    assert bar.minimum() == bar.maximum()
    area = view.rectangle(0)
    assert view.viewport().rect().contains(area)
    assert abs(area.center().y() - view.viewport().rect().center().y()) <= 1
    hands.keys("Right")
    wheel(view, -120)
    assert view.page == 2
    for _ in range(4):  # a touchpad tells small steps
        wheel(view, 30)
    assert view.page == 1
    hands.keys("End")
    assert view.page == 29
    hands.keys("Right")
    assert view.page == 29
    settle(chair.is_settled)
    assert view.is_complete


def test_two_pages_stand_side_by_side_and_are_worked_on_alike(shelf: Shelf, chair: Sitter) -> None:
    (document,) = shelf.put(samples.prose(5))
    chair.sync()
    hands = at_paper(chair, document)
    view = view_in(hands)
    hands.keys("Home")
    hands.keys("Ctrl+8")
    hands.keys("Ctrl+9")
    settle(chair.is_settled)
    left, right = view.rectangle(0), view.rectangle(1)
    assert left.top() == right.top()
    assert left.right() < right.left()
    assert view.viewport().rect().contains(left.united(right))
    assert view.at(right.center())[0] == 1
    hands.keys("Right")
    assert view.page == 2
    hands.keys("Left")
    assert view.page == 0
    hands.keys("Ctrl+G")
    hands.type("page_number", "2")
    hands.keys("Return")
    assert view.page == 1
    assert left.top() == view.rectangle(0).top()
    words: list[object] = []
    view.words.want(1, words.append)
    wait_until(lambda: words)
    word = words[0][0]  # type: ignore[index]
    spot = view.shown(1, word.box).center() + QPointF(view.rectangle(1).topLeft())
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot.toPoint())
    wait_until(lambda: view.picker.selection is not None)
    assert view.picker.selection is not None
    assert view.picker.selection.page == 1
    hands.keys("Ctrl+R")
    settle(chair.is_settled)
    assert view.rectangle(0).width() > view.rectangle(0).height()
    hands.keys("Ctrl+6")
    assert view.arrangement is Arrangement.COLUMN


def test_the_largest_zoom_is_sharp_within_the_room_for_pixels(shelf: Shelf, chair: Sitter) -> None:
    (document,) = shelf.put(samples.a3_lines())
    chair.sync()
    hands = at_paper(chair, document)
    view = view_in(hands)
    for _ in range(20):
        hands.keys("Ctrl++")
    assert view.zoom == 6.0
    settle(chair.is_settled)
    assert view.is_complete
    image = view.viewport().grab().toImage()
    across = {image.pixelColor(x, 300).lightness() for x in range(200, 1000)}
    assert {0, 255} <= across
    greys = sum(0 < image.pixelColor(x, 300).lightness() < 255 for x in range(200, 1000))
    assert greys < 100  # a line's two edges, not a blur
    for key in ("PgDown", "Right", "PgDown", "End", "Home"):
        hands.keys(key)
        settle(chair.is_settled)
        assert view.is_complete
        assert view.rendering.size <= CACHE_BYTES


def test_zooming_keeps_what_is_under_the_pointer(shelf: Shelf, chair: Sitter) -> None:
    (document,) = shelf.put(samples.prose(30))
    chair.sync()
    hands = at_paper(chair, document)
    view = view_in(hands)
    point = QPointF(view.viewport().rect().center())
    page, x, y = view.at(point)
    view.zoom_at(view.zoom * 1.7, point)
    assert view.at(point)[0] == page
    assert abs(view.at(point)[1] - x) < 1
    assert abs(view.at(point)[2] - y) < 1
