"""What happens to a paper that is being read when its file is spoilt on the disk."""

import os
import random

import pymupdf

from ecabinet.client.pages.shared import CHUNK
from ecabinet.client.pages.source import WINDOW
from ecabinet.client.ui.screens import settle
from tests.ui.body import Sitter, wait_until
from tests.ui.reader.shelf import Shelf, at_paper, view_in

_PAGES = 30
_NOISE = 600_000
_TAG = 16


def long_scan() -> bytes:
    """More bytes than the page process has at hand."""
    document = pymupdf.open()
    for number in range(_PAGES):
        page = document.new_page(width=200, height=200)
        noise = random.Random(number).randbytes(_NOISE)
        page.insert_image(page.rect, pixmap=pymupdf.Pixmap(pymupdf.csRGB, 500, 400, noise, False))
    return bytes(document.tobytes())


def test_a_page_spoilt_on_the_disk_is_told_fetched_anew_and_shown(shelf: Shelf, chair: Sitter) -> None:
    content = long_scan()
    assert len(content) > WINDOW
    (document,) = shelf.put(content)
    chair.sync()
    hands = at_paper(chair, document)
    wait_until(chair.is_settled)
    digest = chair.do(lambda: chair.desk.papers.one(document)).digest
    path = chair.desk.unlocked.vault.files._path(digest)
    spoilt = len(content) - _NOISE // 2  # in the picture of the last page
    with path.open("r+b") as file:
        file.seek(spoilt + spoilt // CHUNK * _TAG)
        (before,) = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([before ^ 1]))
    hands.keys("End")
    hands.hear("Chưa hiển thị được trang")
    hands.hear("Các trang khác và ghi chú vẫn dùng bình thường.")
    chair.sync()
    hands.press("retry_pages")
    view = view_in(hands)
    wait_until(lambda: not view.failures and view.is_complete)
    settle(chair.is_settled)
    assert view.page == _PAGES - 1
