"""A paper that wants a password: asked for once, by keyboard, told when it is wrong, and forgotten with the vault."""

from typing import cast

import pymupdf

from ecabinet.client.app import Application
from ecabinet.client.background import Lane
from ecabinet.client.ui.navigation import Place
from ecabinet.client.ui.screens import settle
from tests.client.pages import samples
from tests.ui.body import Sitter, wait_until
from tests.ui.hands import Hands
from tests.ui.reader.shelf import Shelf, at_paper, view_in

_PASSWORD = "Đồng-thuận 26"


def locked_paper(password: str = _PASSWORD) -> bytes:
    document = pymupdf.open("pdf", samples.prose(3))
    return bytes(
        document.tobytes(encryption=pymupdf.mupdf.PDF_ENCRYPT_AES_256, user_pw=password, owner_pw="chỉ chủ biết")
    )


def asked_for(shelf: Shelf, chair: Sitter) -> tuple[Hands, str]:
    (document,) = shelf.put(locked_paper())
    chair.sync()
    return asked_at(chair, document), document


def asked_at(chair: Sitter, document: str) -> Hands:
    chair.show(Place.MEETINGS)
    hands = Hands(cast(Application, chair))
    hands.see("meetings")
    chair.seat.open_paper(document)
    field = hands.see("paper_password")
    wait_until(field.hasFocus)
    return hands


def test_the_password_is_asked_for_and_opens_the_paper(shelf: Shelf, chair: Sitter) -> None:
    hands, document = asked_for(shelf, chair)
    hands.hear("Tài liệu này đặt mật khẩu.")
    assert not hands.nameless()
    hands.type("paper_password", _PASSWORD)
    assert _PASSWORD not in hands.everything_said()
    hands.keys("Return")
    view = view_in(hands)
    settle(chair.is_settled)
    assert not view.failures
    chair.do(lambda: chair.desk.finding.read_in(chair.pages, lambda _done, _total: None), Lane.IDLE)
    hands.keys("Ctrl+F")
    hands.type("find", "dong 3")
    wait_until(lambda: hands.read("find_count").startswith("1/"))
    hands.keys("Escape")
    assert not hands.sees("paper_password")
    hands.keys("Alt+Left")
    hands.see("meetings")
    view_in(at_paper(chair, document))  # it is not asked for again
    assert chair.do(lambda: chair.desk.papers.one(document)).digest in chair.desk.papers._passwords


def test_a_wrong_password_is_told_and_the_next_one_tried(shelf: Shelf, chair: Sitter) -> None:
    hands, _ = asked_for(shelf, chair)
    hands.keys("Return")
    hands.hear("Hãy nhập mật khẩu.")
    hands.type("paper_password", "dong-thuan 26")
    hands.keys("Return")
    hands.hear("Mật khẩu không đúng.")
    assert hands.see("paper_password").hasFocus()
    hands.hear("hãy đề nghị Văn phòng gửi lại")
    hands.type("paper_password", _PASSWORD)
    assert "Mật khẩu không đúng." not in hands.everything_said()
    hands.press("open_with_password")
    hands.see("pages")
    settle(chair.is_settled)


def test_escape_leaves_the_question(shelf: Shelf, chair: Sitter) -> None:
    hands, document = asked_for(shelf, chair)
    hands.keys("Escape")
    hands.see("meetings")
    asked_at(chair, document)


def test_a_paper_for_other_readers_keys_is_told_as_such(shelf: Shelf, chair: Sitter) -> None:
    """No password opens it, so none is asked for."""
    (document,) = shelf.put(samples.encrypted("mật khẩu").replace(b"/Standard", b"/PubSecXX"))
    chair.sync()
    chair.show(Place.MEETINGS)
    hands = Hands(cast(Application, chair))
    hands.see("meetings")
    chair.seat.open_paper(document)
    hands.hear("Tệp PDF đặt mật khẩu.")
    assert not hands.sees("paper_password")
