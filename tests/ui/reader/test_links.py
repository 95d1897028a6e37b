"""Links are followed by mouse and keys, and one comes back; nothing outside is opened unasked, some things never."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from ecabinet.client.ui.reader.view import PageView
from ecabinet.client.ui.screens import settle
from tests.client.pages.test_links import linked
from tests.ui.body import Sitter, wait_until
from tests.ui.hands import Hands
from tests.ui.reader.shelf import Shelf, at_paper, view_in


class Opened(QObject):
    """What would have been handed to the browser."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []

    @Slot(QUrl)
    def take(self, url: QUrl) -> None:
        self.urls.append(url.toString())


@pytest.fixture
def opened() -> Iterator[Opened]:
    taker = Opened()
    for scheme in ("https", "file", "javascript"):
        QDesktopServices.setUrlHandler(scheme, taker, "take")  # type: ignore[arg-type]  # as it works
    yield taker
    for scheme in ("https", "file", "javascript"):
        QDesktopServices.unsetUrlHandler(scheme)


def reading(shelf: Shelf, chair: Sitter, *annotations: str, pages: int = 9) -> tuple[Hands, PageView]:
    (document,) = shelf.put(linked(*annotations, pages=pages))
    chair.sync()
    hands = at_paper(chair, document)
    view = view_in(hands)
    wait_until(lambda: view.links._known.get(0))
    return hands, view


def on_link(view: PageView) -> QPoint:
    box = view.links._known[0][0].box
    return (view.shown(0, box).center() + view.rectangle(0).topLeft()).toPoint()


def test_a_link_is_followed_and_one_comes_back_and_goes_forward(shelf: Shelf, chair: Sitter) -> None:
    hands, view = reading(shelf, chair, "/Dest[10 0 R/XYZ 0 100 0]")
    before = view.position
    for at, shape in ((on_link(view), Qt.CursorShape.PointingHandCursor), (QPoint(), Qt.CursorShape.IBeamCursor)):
        place, none = QPointF(at), Qt.MouseButton.NoButton
        event = QMouseEvent(
            QEvent.Type.MouseMove, place, view.mapToGlobal(place), none, none, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(view.viewport(), event)
        assert view.viewport().cursor().shape() == shape
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=on_link(view))
    there = view.position
    assert there == pytest.approx((6, 0.5), abs=0.01)
    hands.keys("Ctrl+Left")
    assert view.position == before
    hands.keys("Ctrl+Left")
    assert view.position == before
    hands.keys("Ctrl+Right")
    assert view.position == there
    QTest.mouseClick(view.viewport(), Qt.MouseButton.BackButton)
    assert view.position == before
    hands.keys("Ctrl+G")
    hands.type("page_number", "4")
    hands.keys("Return")
    assert view.page == 3
    hands.keys("Ctrl+Left")
    assert view.position == before


def test_links_are_chosen_and_followed_by_keys(shelf: Shelf, chair: Sitter) -> None:
    hands, view = reading(shelf, chair, "/Dest[8 0 R/Fit]", "/Dest[9 0 R/Fit]")
    view.setFocus()
    hands.keys("Ctrl+K")
    hands.keys("Ctrl+K")
    assert view.links.chosen is view.links._known[0][1]
    hands.keys("Ctrl+Shift+K")
    assert view.links.chosen is view.links._known[0][0]
    hands.keys("Escape")
    assert [view.links.chosen] == [None]
    hands.keys("Ctrl+Shift+K")
    hands.keys("Return")
    assert view.page == 5


def test_an_address_is_shown_and_opened_only_when_one_says_so(shelf: Shelf, chair: Sitter, opened: Opened) -> None:
    hands, view = reading(shelf, chair, "/A<</S/URI/URI(https://xn--chnhph-oqa.example/van-ban?so=1)>>")
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=on_link(view))
    hands.hear("https://xn--chnhph-oqa.example/van-ban?so=1")
    settle(chair.is_settled)
    assert opened.urls == []
    hands.press("open_link")
    assert len(opened.urls) == 1
    assert "Liên kết này mở" not in hands.everything_said()


@pytest.mark.parametrize(
    "action",
    [
        "/S/URI/URI(file:///etc/passwd)",
        "/S/URI/URI(javascript:alert\\(1\\))",
        "/S/Launch/F(a.exe)",
        "/S/JavaScript/JS(x)",
    ],
)
def test_files_programs_and_scripts_are_never_opened(shelf: Shelf, chair: Sitter, opened: Opened, action: str) -> None:
    hands, view = reading(shelf, chair, f"/A<<{action}>>")
    view.setFocus()
    hands.keys("Ctrl+K")
    hands.keys("Return")
    hands.hear("Liên kết này mở tệp hoặc chạy chương trình nên không được mở.")
    assert not hands.sees("open_link")
    assert opened.urls == []


def test_a_link_to_nowhere_says_so(shelf: Shelf, chair: Sitter) -> None:
    hands, view = reading(shelf, chair, "/Dest(khong-co)")
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=on_link(view))
    hands.hear("Liên kết này không dẫn đến nơi nào trong tài liệu.")
    assert view.page == 0


def test_picking_words_over_a_link_does_not_follow_it(shelf: Shelf, chair: Sitter) -> None:
    _, view = reading(shelf, chair, "/Dest[8 0 R/Fit]")
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=on_link(view))
    QTest.mouseMove(view.viewport(), on_link(view) + QPoint(600, 0))
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=on_link(view) + QPoint(600, 0))
    assert view.page == 0
