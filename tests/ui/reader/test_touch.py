"""Fingers on a screen and a touchpad: scrolling with a swing, zooming about the middle, pressing, turning pages."""

from collections.abc import Sequence

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QNativeGestureEvent, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from ecabinet.client.ui.reader.view import PageView
from tests.client.pages import samples
from tests.client.pages.test_links import linked
from tests.ui.body import Sitter, wait_until
from tests.ui.hands import Hands
from tests.ui.reader.shelf import Shelf, at_paper, view_in


@pytest.fixture(scope="module")
def screen(qapp: QApplication) -> QPointingDevice:
    return QTest.createTouchDevice()


def drag(view: PageView, screen: QPointingDevice, way: Sequence[QPoint]) -> None:
    """One finger."""
    viewport = view.viewport()
    QTest.touchEvent(viewport, screen).press(0, way[0], viewport).commit()
    for point in way[1:]:
        QTest.qWait(8)  # the time between two events is how fast the finger is
        QTest.touchEvent(viewport, screen).move(0, point, viewport).commit()
    QTest.touchEvent(viewport, screen).release(0, way[-1], viewport).commit()


def reading(shelf: Shelf, chair: Sitter, content: bytes) -> tuple[Hands, PageView]:
    (document,) = shelf.put(content)
    chair.sync()
    hands = at_paper(chair, document)
    return hands, view_in(hands)


def test_a_finger_scrolls_and_lets_go_with_a_swing(shelf: Shelf, chair: Sitter, screen: QPointingDevice) -> None:
    _, view = reading(shelf, chair, samples.prose(20))
    bar = view.verticalScrollBar()
    drag(view, screen, [QPoint(300, 500 - 25 * step) for step in range(17)])
    let_go = bar.value()
    assert let_go >= 300
    wait_until(lambda: bar.value() > let_go + 50)  # it goes on by itself
    assert view.picker.selection is None


def test_two_fingers_zoom_about_their_middle(shelf: Shelf, chair: Sitter, screen: QPointingDevice) -> None:
    _, view = reading(shelf, chair, samples.prose(3))
    viewport, middle, before = view.viewport(), QPoint(400, 300), view.zoom
    place = view.at(middle)

    def fingers(apart: int) -> tuple[QPoint, QPoint]:
        return middle - QPoint(apart, 0), middle + QPoint(apart, 0)

    one, other = fingers(50)
    QTest.touchEvent(viewport, screen).press(0, one, viewport).press(1, other, viewport).commit()
    for apart in range(50, 101, 10):
        one, other = fingers(apart)
        QTest.touchEvent(viewport, screen).move(0, one, viewport).move(1, other, viewport).commit()
    QTest.touchEvent(viewport, screen).release(0, one, viewport).release(1, other, viewport).commit()
    assert view.zoom == pytest.approx(before * 2, rel=0.01)
    assert view.at(middle)[0] == place[0]
    assert view.at(middle)[1:] == pytest.approx(place[1:], abs=3)


def test_a_tap_follows_a_link(shelf: Shelf, chair: Sitter, screen: QPointingDevice) -> None:
    hands, view = reading(shelf, chair, linked("/Dest[8 0 R/Fit]", pages=6))
    wait_until(lambda: view.links._known.get(0))
    hands.keys("Ctrl+9")
    box = view.links._known[0][0].box
    drag(view, screen, [(view.shown(0, box).center() + view.rectangle(0).topLeft()).toPoint()])
    assert view.page == 4


def test_two_taps_pick_a_word(shelf: Shelf, chair: Sitter, screen: QPointingDevice) -> None:
    _, view = reading(shelf, chair, samples.paper([(85, 80, "UBND TỈNH")], size=40))
    words: list[object] = []
    view.words.want(0, words.append)
    wait_until(lambda: words)
    word = words[0][0]  # type: ignore[index]
    spot = (view.shown(0, word.box).center() + view.rectangle(0).topLeft()).toPoint()
    drag(view, screen, [spot])
    drag(view, screen, [spot])
    wait_until(lambda: view.picker.selection is not None)


def test_a_swipe_turns_the_page_where_there_is_one_at_a_time(
    shelf: Shelf, chair: Sitter, screen: QPointingDevice
) -> None:
    hands, view = reading(shelf, chair, samples.prose(5))
    hands.keys("Ctrl+7")
    hands.keys("Ctrl+9")
    drag(view, screen, [QPoint(450 - 30 * step, 300) for step in range(8)])
    assert view.page == 1
    drag(view, screen, [QPoint(240 + 30 * step, 300) for step in range(8)])
    assert view.page == 0
    drag(view, screen, [QPoint(400, 500 - 30 * step) for step in range(8)])
    assert view.page == 1


def test_a_touchpads_pinch_zooms(shelf: Shelf, chair: Sitter, screen: QPointingDevice) -> None:
    _, view = reading(shelf, chair, samples.prose(2))
    before, at = view.zoom, QPointF(300, 200)
    pinch = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture, screen, 2, at, at, view.viewport().mapToGlobal(at), 0.5, QPointF()
    )
    QApplication.sendEvent(view.viewport(), pinch)
    assert view.zoom == pytest.approx(before * 1.5)
