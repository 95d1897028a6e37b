"""Everything on this machine is found by keyboard alone, and opens where it was found."""

from typing import cast

from ecabinet.client.app import Application
from ecabinet.client.background import Lane
from ecabinet.client.ui.navigation import Place
from ecabinet.client.ui.reader.screen import ReaderScreen
from ecabinet.client.ui.screens import settle
from tests.ui.body import Body, Sitter, wait_until
from tests.ui.hands import Hands

BUDGET = "Tờ trình về dự toán ngân sách địa phương"


def test_what_papers_say_is_found_and_opened_at_its_page(body: Body, chair: Sitter) -> None:
    chair.do(lambda: chair.desk.finding.read_in(chair.pages, lambda _done, _total: None), Lane.IDLE)
    chair.show(Place.SEARCH)
    hands = Hands(cast(Application, chair))
    hands.type("sought", "bo sung cho ngan sach cap xa")
    wait_until(lambda: hands.sees("rows"))
    hands.open_row("rows", "ổ sung cho ngân sách cấp xã›")
    wait_until(lambda: isinstance(chair.window.screen_shown, ReaderScreen))
    assert hands.read("find") == "bo sung cho ngan sach cap xa "
    wait_until(lambda: hands.read("find_count").startswith("1/"))
    settle(chair.is_settled)


def test_names_and_numbers_are_found_as_they_are_typed(body: Body, chair: Sitter) -> None:
    chair.show(Place.SEARCH)
    hands = Hands(cast(Application, chair))
    hands.see("sought")
    for typed in ("421/TTr", "du toan ngan", "DỰ TOÁN", "địa phương dự toán"):
        hands.type("sought", typed)
        wait_until(lambda: hands.sees("rows") and hands.row(hands.see("rows"), BUDGET) is not None)
    hands.type("sought", "dụ toán")
    hands.hear("Không tìm thấy")
