"""Pages at the side, small: by keys alone, one is told where one is, and only what is seen is drawn."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QListView

from ecabinet.client.ui.reader.thumbnails import CACHE_BYTES, _Pages
from ecabinet.client.ui.screens import settle
from tests.client.pages import samples
from tests.ui.body import Sitter, wait_until
from tests.ui.hands import Hands
from tests.ui.reader.shelf import Shelf, at_paper, view_in


def small(hands: Hands) -> _Pages:
    hands.keys("Ctrl+F7")
    shown = hands.see("thumbnails")
    assert isinstance(shown, _Pages)
    return shown


def test_only_what_is_seen_is_drawn_and_the_page_one_is_on_is_marked(shelf: Shelf, chair: Sitter) -> None:
    (document,) = shelf.put(samples.prose(200))
    chair.sync()
    hands = at_paper(chair, document)
    pages, view = small(hands), view_in(hands)
    wait_until(lambda: len(pages.cache) >= len(pages._seen()))
    settle(chair.is_settled)
    assert 4 <= len(pages.cache) <= 20
    assert pages.cache.size <= CACHE_BYTES
    assert pages.currentIndex().row() == 0
    view.go_to(150)
    assert pages.is_current(pages.currentIndex())
    assert pages.currentIndex().row() == 150
    wait_until(lambda: pages.page_at(pages.currentIndex())[1] is not None)


def test_a_page_is_opened_by_keys_and_by_mouse_and_one_comes_back(shelf: Shelf, chair: Sitter) -> None:
    (document,) = shelf.put(samples.prose(30))
    chair.sync()
    hands = at_paper(chair, document)
    pages, view = small(hands), view_in(hands)
    hands.go_to("thumbnails")
    for key in ("Right", "Down", "Return"):
        hands.keys(key)
    opened = pages.currentIndex().row()
    assert opened >= 3
    assert view.page == opened
    hands.keys("Ctrl+Left")
    assert view.page == 0
    place = pages.visualRect(pages.model().index(1, 0)).center()
    QTest.mouseClick(pages.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert view.page == 1
    assert isinstance(pages, QListView)
    assert pages.model().index(4, 0).data(Qt.ItemDataRole.AccessibleTextRole) == "Trang 5"
    hands.keys("Ctrl+F7")
    assert not hands.sees("thumbnails")


def test_a_page_that_cannot_be_drawn_keeps_its_place(shelf: Shelf, chair: Sitter) -> None:
    (document,) = shelf.put(samples.endless(pages=6, hostile=5))
    chair.sync()
    hands = at_paper(chair, document)
    pages = small(hands)
    wait_until(lambda: 5 in pages._failed)
    wait_until(lambda: len(pages.cache) == 5)


def test_they_are_turned_and_dark_by_night_as_the_pages_are(shelf: Shelf, chair: Sitter) -> None:
    (document,) = shelf.put(samples.prose(2))
    chair.sync()
    hands = at_paper(chair, document)
    pages = small(hands)
    hands.keys("Ctrl+R")
    hands.keys("Ctrl+I")
    first = pages.model().index(0, 0)
    wait_until(lambda: pages.page_at(first)[1] is not None)
    settle(chair.is_settled)
    page, pixels, _ = pages.page_at(first)
    assert pixels is not None
    assert page.width > page.height
    assert pixels.width > pixels.height
    centre = pages.visualRect(first).center()
    assert pages.viewport().grab().toImage().pixelColor(centre.x(), centre.y() - 48).lightness() < 60
    hands.keys("Ctrl+I")
