"""What is other than in the version before, by keyboard: the list, from change to change, figures alone."""

import itertools

import pytest

from ecabinet.client.ui.screens import settle
from tests.client.pages import samples
from tests.ui.body import Body, Sitter, wait_until
from tests.ui.hands import Hands
from tests.ui.reader.shelf import Shelf, at_paper, view_in

KEPT = "Giao Sở Tài chính chủ trì, phối hợp với các cơ quan liên quan tổ chức thực hiện"
WORDS = "Đề nghị các địa phương báo cáo kết quả trước kỳ họp", "Đề nghị các sở báo cáo kết quả trước kỳ họp"
FIGURE = "Tổng mức đầu tư là 48.500 triệu đồng", "Tổng mức đầu tư là 52.000 triệu đồng"


def paper(*pages: tuple[str, ...]) -> bytes:
    return samples.paper(*([(85.0, 100.0 + 30 * row, line) for row, line in enumerate(lines)] for lines in pages))


_numbers = itertools.count(1)


def versions() -> list[bytes]:
    """The old and the new; others each time, for the chair keeps what he has read."""
    last = f"Nơi nhận số {next(_numbers)}"
    return [paper((KEPT, WORDS[at]), (KEPT,), (KEPT, FIGURE[at], last)) for at in range(2)]


@pytest.fixture
def new(shelf: Shelf) -> bytes:
    """The version that is not published yet; the one before is."""
    old, new = versions()
    shelf.put(old)
    return new


def in_two_versions(shelf: Shelf, new: bytes, body: Body, chair: Sitter) -> Hands:
    """At the second version; the first has come too."""
    chair.sync()
    body.cabinet.publish_again(shelf.stems[0], new, "")
    shelf.send(shelf.stems)
    chair.sync()
    hands = at_paper(chair, body.cabinet.versions[shelf.stems[0]].document)
    hands.hear("/ 3 trang")
    return hands


def test_from_change_to_change(shelf: Shelf, new: bytes, body: Body, chair: Sitter) -> None:
    hands = in_two_versions(shelf, new, body, chair)
    hands.keys("Shift+F7")
    hands.hear("So với bản 1: 2 thay đổi")
    assert hands.row(hands.see("changes"), "“địa phương” → “sở”") == 0
    view = view_in(hands)
    hands.keys("Alt+Down")
    wait_until(lambda: view.page == 0)
    hands.keys("Alt+Down")
    wait_until(lambda: view.page == 2)
    hands.keys("Alt+Down")  # after the last there is none
    assert view.page == 2
    hands.keys("Alt+Up")
    wait_until(lambda: view.page == 0)


def test_the_places_are_marked_while_the_list_is_open(shelf: Shelf, new: bytes, body: Body, chair: Sitter) -> None:
    hands = in_two_versions(shelf, new, body, chair)
    view = view_in(hands)
    settle(chair.is_settled)
    hands.keys("Shift+F7")
    hands.hear("So với bản 1: 2 thay đổi")
    settle(chair.is_settled)
    marked = view.viewport().grab().toImage()
    hands.keys("Shift+F7")
    hands.keys("Shift+F7")
    hands.press("changed_figures")
    settle(chair.is_settled)
    assert view.viewport().grab().toImage() != marked


def test_whoever_has_read_the_version_before_is_told_how_many_pages_are_other(
    shelf: Shelf, new: bytes, body: Body, chair: Sitter
) -> None:
    chair.sync()
    document = body.cabinet.versions[shelf.stems[0]].document
    before = at_paper(chair, document)
    before.hear("/ 3 trang")
    assert before.see("changes_panel").accessibleName() == "Thay đổi so với bản trước"
    hands = in_two_versions(shelf, new, body, chair)
    button, counted = hands.see("changes_panel"), "Số trên nút: 2 trang có thay đổi so với bản 1"
    wait_until(lambda: button.accessibleDescription() == counted)
    assert button.toolTip() == f"Thay đổi so với bản trước (Shift+F7)\n{counted}"
    hands.press("changes_panel")
    hands.hear("So với bản 1: 2 thay đổi, trên 2 trang")


def test_numbers_and_dates_alone(shelf: Shelf, new: bytes, body: Body, chair: Sitter) -> None:
    hands = in_two_versions(shelf, new, body, chair)
    hands.keys("Shift+F7")
    hands.hear("So với bản 1: 2 thay đổi")
    hands.press("changed_figures")
    hands.hear("So với bản 1: 1 thay đổi")
    rows = hands.see("changes")
    assert hands.row(rows, "“48.500” → “52.000”") == 0
    hands.open_row("changes", "“48.500” → “52.000”")
    wait_until(lambda: view_in(hands).page == 2)


@pytest.mark.usefixtures("new")
def test_a_first_version_has_nothing_to_be_compared_with(shelf: Shelf, body: Body, chair: Sitter) -> None:
    chair.sync()
    hands = at_paper(chair, body.cabinet.versions[shelf.stems[0]].document)
    hands.keys("Shift+F7")
    hands.hear("Không có bản trước để so sánh")
