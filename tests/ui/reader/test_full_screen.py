"""The whole screen for the pages: tools come when they are wanted, Escape leaves, and so does another screen."""

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from ecabinet.client.ui.reader.view import PageView
from ecabinet.client.ui.screens import settle
from tests.client.pages import samples
from tests.ui.body import Sitter, wait_until
from tests.ui.reader.shelf import Shelf, at_paper, view_in


def point(view: PageView, y: float) -> None:
    place, none = QPointF(200, y), Qt.MouseButton.NoButton
    move = QMouseEvent(QEvent.Type.MouseMove, place, view.mapToGlobal(place), none, none, Qt.KeyboardModifier(0))
    QApplication.sendEvent(view.viewport(), move)


def test_pages_fill_the_screen_and_tools_come_when_they_are_wanted(shelf: Shelf, chair: Sitter) -> None:
    (document,) = shelf.put(samples.prose(5))
    chair.sync()
    hands = at_paper(chair, document)
    view = view_in(hands)
    assert hands.sees("status")
    hands.keys("F11")
    settle(chair.is_settled)
    assert chair.window.isFullScreen()
    assert not hands.sees("status")
    assert not hands.sees("page_number")
    wait_until(lambda: view.width() == chair.window.width())
    point(view, 0)
    assert hands.sees("page_number")
    point(view, 300)
    assert not hands.sees("page_number")
    hands.keys("Ctrl+G")
    hands.type("page_number", "3")
    hands.keys("Return")
    assert view.page == 2
    assert not hands.sees("page_number")
    hands.keys("Shift+Right")
    wait_until(lambda: view.picker.selection is not None)
    hands.keys("Escape")
    assert chair.window.isFullScreen()  # first what is picked
    hands.keys("Escape")
    assert not chair.window.isFullScreen()
    assert hands.sees("status")
    assert hands.sees("page_number")


def test_leaving_the_paper_leaves_the_full_screen(shelf: Shelf, chair: Sitter) -> None:
    (document,) = shelf.put(samples.prose(1))
    chair.sync()
    hands = at_paper(chair, document)
    hands.keys("F11")
    assert chair.window.isFullScreen()
    hands.keys("Alt+Left")
    hands.see("meetings")
    assert not chair.window.isFullScreen()
    assert hands.sees("status")
