"""Finding in the paper in front by keyboard alone: as it is typed, from hit to hit, and out again."""

from typing import cast

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel

from ecabinet.client.app import Application
from ecabinet.client.background import Lane
from ecabinet.client.ui.navigation import Place
from ecabinet.client.ui.reader.view import PageView
from ecabinet.client.ui.screens import settle
from tests.ui.body import Body, Sitter, wait_until
from tests.ui.hands import Hands

BUDGET, SCAN = "03-421-TTr-STC", "08-287-BC-STP"


def at_paper(chair: Sitter, document: str) -> Hands:
    chair.show(Place.MEETINGS)
    hands = Hands(cast(Application, chair))
    hands.see("meetings")
    chair.seat.open_paper(document)
    hands.see("pages")
    settle(chair.is_settled)
    return hands


@pytest.fixture
def reading(chair: Sitter) -> Sitter:
    """The chair, with every paper read in."""
    chair.do(lambda: chair.desk.finding.read_in(chair.pages, lambda _done, _total: None), Lane.IDLE)
    return chair


def told(hands: Hands) -> str:
    label = hands.see("find_count")
    assert isinstance(label, QLabel)
    return label.text()


def view_in(hands: Hands) -> PageView:
    view = hands.see("pages")
    assert isinstance(view, PageView)
    return view


def picture(view: PageView) -> QImage:
    return view.viewport().grab().toImage()


def hits_in(body: Body, chair: Sitter, typed: str) -> int:
    digest = body.cabinet.versions[BUDGET].digest
    return len(chair.do(lambda: chair.desk.finding.text_of(digest), Lane.PAGES).find(typed) or ())


def test_from_hit_to_hit_and_out_again(body: Body, reading: Sitter) -> None:
    count = hits_in(body, reading, "ngân sách")
    assert count > 3
    hands = at_paper(reading, body.cabinet.versions[BUDGET].document)
    view = view_in(hands)
    hands.keys("Home")
    settle(reading.is_settled)
    before = picture(view)
    hands.keys("Ctrl+F")
    hands.type("find", "ngan sach")
    wait_until(lambda: told(hands) == f"1/{count}")
    hands.keys("F3")
    assert told(hands) == f"2/{count}"
    hands.keys("Shift+F3")
    hands.keys("Shift+F3")
    assert told(hands) == f"{count}/{count}"
    settle(reading.is_settled)
    assert view.page > 0
    hands.keys("Return")
    assert told(hands) == f"1/{count}"
    hands.keys("Escape")
    assert view.hasFocus()
    assert not hands.sees("find_bar")
    hands.keys("Home")
    settle(reading.is_settled)
    assert picture(view) == before


@pytest.mark.parametrize("typed", ["Ngân sách địa phương", "NGAN SACH DIA PHUONG"])
def test_all_hits_in_view_are_marked(body: Body, reading: Sitter, typed: str) -> None:
    hands = at_paper(reading, body.cabinet.versions[BUDGET].document)
    view = view_in(hands)
    hands.keys("Home")
    hands.keys("Ctrl+F")
    settle(reading.is_settled)
    before = picture(view)
    hands.type("find", typed)
    wait_until(lambda: told(hands) == f"1/{hits_in(body, reading, 'ngân sách địa phương')}")
    settle(reading.is_settled)
    wait_until(lambda: picture(view) != before)


def test_what_is_not_there_and_what_has_no_words_is_told(body: Body, reading: Sitter) -> None:
    hands = at_paper(reading, body.cabinet.versions[BUDGET].document)
    hands.keys("Ctrl+F")
    hands.type("find", "ngàn sách")
    wait_until(lambda: told(hands) == "Không tìm thấy")
    hands = at_paper(reading, body.cabinet.versions[SCAN].document)
    hands.keys("F3")
    hands.type("find", "thẩm định")
    wait_until(lambda: told(hands) == "Bản quét, không có chữ để tìm")


def test_every_control_of_the_line_has_a_name(body: Body, reading: Sitter) -> None:
    hands = at_paper(reading, body.cabinet.versions[BUDGET].document)
    hands.keys("Ctrl+F")
    hands.see("find_bar")
    assert hands.nameless() == []
