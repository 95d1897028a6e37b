"""The words of a scan, from the button in the line for finding to what is found and picked on its page."""

import itertools
import re
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel

from ecabinet.client.background import Lane
from ecabinet.client.pages.recognition import NoTesseract
from ecabinet.client.sync.rounds import unheard
from ecabinet.client.ui.recognising import absence_notice, recognising_told
from ecabinet.core.recognition import RecognisedLine, RecognisedPage, RecognisedText, write
from tests.client.pages import samples
from tests.server.test_recognition import offer_of
from tests.server.test_recognition import send as send_offer
from tests.ui.body import Body, Sitter, wait_until
from tests.ui.hands import Hands
from tests.ui.reader.shelf import Shelf, at_paper, view_in

LINES = ("Kinh phí khắc phục hậu quả mưa lũ", "Tổng mức hỗ trợ là 48.350 triệu đồng")
_numbers = itertools.count(1)


def scan() -> bytes:
    """Another one each time: the chair keeps what was recognised."""
    lines = (*LINES, f"Phụ lục số {next(_numbers)}")
    return samples.scanned(samples.paper([(85.0, 100.0 + 30 * row, line) for row, line in enumerate(lines)]))


@pytest.fixture
def hands(shelf: Shelf, chair: Sitter) -> Hands:
    """At a scan, read in, with the line for finding open."""
    (document,) = shelf.put(scan())
    chair.sync()
    chair.do(lambda: chair.desk.finding.read_in(chair.pages, unheard), Lane.IDLE)
    hands = at_paper(chair, document)
    hands.keys("Ctrl+F")
    hands.type("find", "hau qua mua lu")
    return hands


def told(hands: Hands) -> str:
    label = hands.see("find_count")
    assert isinstance(label, QLabel)
    return label.text()


def read_in_what_comes(chair: Sitter) -> None:
    """As the sitting does."""
    chair.seat.news.came.connect(
        lambda _: chair.background.run(
            Lane.IDLE,
            lambda _: chair.desk.finding.read_in(chair.pages, unheard),
            then=lambda _: None,
            owner=None,
        )
    )


def test_a_scan_is_recognised_when_asked_and_found_in_at_once(hands: Hands, chair: Sitter) -> None:
    hands.see("recognise")
    assert told(hands) == "Bản quét, không có chữ để tìm"
    read_in_what_comes(chair)
    hands.press("recognise")
    wait_until(lambda: told(hands) == "1/1", seconds=60)
    hands.keys("Escape")
    view = view_in(hands)
    hands.keys("Home")
    for _ in range(2):
        hands.keys("Shift+Right")
    wait_until(lambda: view.picker.selection is not None)
    selection = view.picker.selection
    assert selection is not None
    assert selection.quote == "Kinh phí"


@pytest.mark.long
def test_the_queue_tells_how_many_pages_of_how_many_and_how_long_it_may_still_take(shelf: Shelf, chair: Sitter) -> None:
    lines = [(85.0, 100.0, line) for line in LINES]
    many = samples.scanned(
        samples.paper(*[[lines[number % 2], (85.0, 160.0, f"Trang {number}")] for number in range(4)])
    )
    documents = shelf.put(many, scan())
    chair.sync()
    chair.do(lambda: chair.desk.finding.read_in(chair.pages, unheard), Lane.IDLE)
    for document in reversed(documents):
        digest = chair.do(partial(chair.desk.papers.one, document)).digest
        chair.desk.recognising.want(digest)
    run, told_of, ended = chair.seat.recognising, list[str](), list[object]()
    run.moved.connect(lambda: told_of.append(recognising_told(run)))
    run.done.connect(ended.append)
    run.look()
    wait_until(lambda: ended, seconds=90)
    assert told_of[-1] == ""  # nothing is told when nothing is being done
    first, last = told_of[0], told_of[-2]
    begun = re.fullmatch(r"Đang nhận dạng chữ trong bản quét: 0/(\d+) trang", first)
    assert begun is not None, "nobody knows yet how long"
    count = int(begun[1])
    assert count >= 5  # of both papers together, and of what other tests left
    assert re.fullmatch(f"Đang nhận dạng chữ trong bản quét: {count - 1}/{count} trang, còn khoảng .+", last)


def test_what_the_publisher_recognised_is_found_in_the_open_paper_as_soon_as_it_comes(
    hands: Hands, chair: Sitter, body: Body
) -> None:
    cabinet, words = body.cabinet, "khắc phục hậu quả mưa lũ"
    line = RecognisedLine(block=0, words=words, places=(10_000, 70_000, 11_000, 71_000) * len(words.split()))
    text = RecognisedText(
        paper=cabinet.documents[-1].digest,
        program="tesseract 5.3.0",
        languages="vie+eng",
        pages=(RecognisedPage(index=0, lines=(line,)),),
    )
    data = write(text)
    cabinet.upload("secretary", data)
    send_offer(cabinet, offer_of(cabinet, data=data, place=-1))
    wait_until(lambda: told(hands) == "Bản quét, không có chữ để tìm")
    read_in_what_comes(chair)
    chair.sync()
    wait_until(lambda: told(hands) == "1/1")


def test_a_machine_without_tesseract_says_so_and_offers_it_again(
    hands: Hands, chair: Sitter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    failures: list[Exception] = []
    chair.seat.recognising.failed.connect(failures.append)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(tmp_path))
        hands.press("recognise")
        wait_until(lambda: bool(failures))
    (failure,) = failures
    assert isinstance(failure, NoTesseract)
    assert absence_notice(failure.absence).findChildren(QLabel)
    hands.see("recognise")
