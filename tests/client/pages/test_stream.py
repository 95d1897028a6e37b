"""A paper's bytes, asked for as they are needed: few, the right ones, and what happens where they can't be had."""

import json
import os
import random
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecabinet.client.pages import Pages, PageUnreadable, Paper, PaperRefused, Refusal, Unreadable
from ecabinet.client.pages.shared import CHUNK
from ecabinet.client.pages.source import WINDOW, Source, _runs
from ecabinet.client.vault.faults import StorageUnusable
from ecabinet.client.vault.sealed import SealedFiles
from ecabinet.core import canonical
from tests.client.pages import samples

_PAGES = 40
_NOISE = 600_000
"""Bytes of the picture on each page, which can't be pressed."""


@pytest.fixture
def pages() -> Iterator[Pages]:
    with Pages(page_seconds=5.0) as pages:
        yield pages


@pytest.fixture(scope="module")
def long_scan() -> bytes:
    """Pages of noise, three times as many bytes as a worker sees at once."""
    document = pymupdf.open()
    for number in range(_PAGES):
        page = document.new_page(width=200, height=200)
        noise = random.Random(number).randbytes(_NOISE)
        page.insert_image(page.rect, pixmap=pymupdf.Pixmap(pymupdf.csRGB, 500, 400, noise, False))
        page.insert_text((20, 20), f"trang {number}")
    return bytes(document.tobytes())


class Read:
    """Reads from memory, counts, and fails where it is told to."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.count = 0
        self.broken = range(0)

    def __call__(self, offset: int, into: memoryview) -> None:
        if range(max(offset, self.broken.start), min(offset + len(into), self.broken.stop)):
            raise OSError("a broken disk")
        self.count += len(into)
        into[:] = self.content[offset : offset + len(into)]


def opened(pages: Pages, read: Read) -> Paper:
    return pages.open(len(read.content), read)


def drawn(pages: Pages, paper: Paper, index: int) -> bytes:
    return bytes(pages.render(paper, index, 1.0).result().samples)


def error_of(pages: Pages, paper: Paper, index: int) -> BaseException | None:
    return pages.render(paper, index, 1.0).exception(timeout=30)


def picture_of(content: bytes, index: int) -> range:
    """Where the middle of a page's picture lies in the file."""
    document = pymupdf.open("pdf", content)
    packed = document.xref_stream_raw(document.get_page_images(index)[0][0])
    begin = content.index(packed[:100]) + len(packed) // 2
    return range(begin, begin + CHUNK)


def test_a_page_costs_what_it_takes_and_not_the_whole_file(pages: Pages, long_scan: bytes) -> None:
    read = Read(long_scan)
    paper = opened(pages, read)
    before = read.count
    drawn(pages, paper, 7)
    assert _NOISE / 2 < read.count - before < 4 * _NOISE
    assert read.count < len(long_scan)


def test_what_is_shown_is_what_the_file_says_in_any_order(pages: Pages, long_scan: bytes) -> None:
    """Also where chunks had to make room for others."""
    assert len(long_scan) > 2 * WINDOW
    paper = opened(pages, Read(long_scan))
    first = {index: drawn(pages, paper, index) for index in range(_PAGES)}
    assert len(set(first.values())) == _PAGES
    order = random.Random(1).sample(range(_PAGES), _PAGES)
    assert all(drawn(pages, paper, index) == first[index] for index in order)
    assert [pages.text(paper, index).result() for index in (0, 39)] == ["trang 0", "trang 39"]
    document = pymupdf.open("pdf", long_scan)
    assert document[11].get_pixmap(colorspace=pymupdf.csRGB).samples[:3] == first[11][2::-1]


def test_two_long_papers_are_not_taken_for_each_other(pages: Pages, long_scan: bytes) -> None:
    other = long_scan.replace(b"trang", b"duong")
    papers = [opened(pages, Read(content)) for content in (long_scan, other)]
    for index in (3, 30, 4, 31):
        assert drawn(pages, papers[0], index) == drawn(pages, papers[1], index)


def test_bytes_that_can_not_be_read_cost_that_page_alone(pages: Pages, long_scan: bytes) -> None:
    read = Read(long_scan)
    paper = opened(pages, read)
    expected = drawn(pages, paper, 30)
    drawn(pages, paper, 0)
    read.broken = picture_of(long_scan, 20)
    assert str(error_of(pages, paper, 20)) == "a broken disk"
    assert drawn(pages, paper, 30) == expected
    read.broken = range(0)
    assert pages.render(paper, 20, 1.0).result().is_complete


def test_a_paper_that_is_taken_away_harms_no_other(pages: Pages, long_scan: bytes) -> None:
    read, other = Read(long_scan), Read(samples.prose(1))
    paper, small = opened(pages, read), opened(pages, other)
    read.broken = range(len(long_scan))
    assert [str(error_of(pages, paper, index)) for index in (25, 26)] == ["a broken disk"] * 2
    assert "dòng 3" in pages.text(small, 0).result()
    pages.close(paper)
    assert drawn(pages, small, 0)


def test_a_file_cut_in_the_middle_is_repaired_through_its_stream(pages: Pages, long_scan: bytes) -> None:
    paper = opened(pages, Read(long_scan[: len(long_scan) // 2]))
    assert paper.is_repaired
    assert pages.render(paper, 5, 1.0).result().is_complete


def test_a_worker_killed_while_it_waits_for_bytes_is_replaced(pages: Pages, long_scan: bytes) -> None:
    read, reached, gate = Read(long_scan), threading.Event(), threading.Event()

    def hesitate(offset: int, into: memoryview) -> None:
        read(offset, into)
        if threading.current_thread().name == "pages" and is_slow:
            reached.set()
            gate.wait(10)

    is_slow = False
    paper = pages.open(len(long_scan), hesitate)
    worker, is_slow = pages.worker, True
    assert worker is not None
    future = pages.render(paper, 33, 1.0)
    assert reached.wait(10)
    os.kill(worker, signal.SIGKILL)
    is_slow = False
    gate.set()
    with pytest.raises(PageUnreadable) as unreadable:
        future.result(timeout=30)
    assert unreadable.value.reason is Unreadable.CRASHED
    assert pages.render(paper, 33, 1.0).result().is_complete


def test_a_disk_that_takes_too_long_is_a_page_that_takes_too_long(long_scan: bytes) -> None:
    read, gate = Read(long_scan), threading.Event()
    with Pages(page_seconds=0.5) as pages:
        is_slow = False

        def hesitate(offset: int, into: memoryview) -> None:
            if is_slow:
                gate.wait(0.6)
            read(offset, into)

        paper = pages.open(len(long_scan), hesitate)
        is_slow = True
        error = error_of(pages, paper, 33)
        assert isinstance(error, PageUnreadable)
        assert error.reason is Unreadable.TOO_SLOW


@pytest.fixture
def sealed(tmp_path: Path) -> SealedFiles:
    return SealedFiles(tmp_path / "papers", bytes(32))


def sealed_reader(files: SealedFiles, content: bytes) -> tuple[str, Callable[[int, memoryview], None]]:
    digest = canonical.digest(content)
    files.put(digest, memoryview(content))
    file = files.read(digest)

    def read(offset: int, into: memoryview) -> None:
        with file:
            file.read_into(offset, into)

    return digest, read


def test_a_sealed_paper_with_one_spoilt_chunk_shows_its_other_pages(
    pages: Pages, sealed: SealedFiles, long_scan: bytes
) -> None:
    digest, read = sealed_reader(sealed, long_scan)
    paper = pages.open(len(long_scan), read)
    path = sealed._path(digest)
    spoilt = picture_of(long_scan, 20).start
    with path.open("r+b") as file:
        file.seek(spoilt + spoilt // CHUNK * 16 + 100)
        before = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([before[0] ^ 1]))
    assert isinstance(error_of(pages, paper, 20), StorageUnusable)
    assert pages.render(paper, 39, 1.0).result().is_complete
    with pytest.raises(StorageUnusable):
        read(0, memoryview(bytearray(len(long_scan))))


def test_a_sealed_paper_may_be_discarded_and_fetched_anew_while_it_is_open(
    pages: Pages, sealed: SealedFiles, long_scan: bytes
) -> None:
    digest, read = sealed_reader(sealed, long_scan)
    paper = pages.open(len(long_scan), read)
    expected = drawn(pages, paper, 20)
    sealed.discard(digest)
    assert isinstance(error_of(pages, paper, 30), FileNotFoundError)
    sealed.put(digest, memoryview(long_scan))  # under another salt
    assert drawn(pages, paper, 20) == expected
    assert pages.render(paper, 30, 1.0).result().is_complete


@pytest.mark.skipif(sys.platform != "linux", reason="asks the Linux kernel")
def test_a_worker_keeps_nothing_of_papers_that_were_refused_or_closed(pages: Pages, long_scan: bytes) -> None:
    small, refused = samples.prose(1), samples.encrypted("mật khẩu")

    def mapped() -> int:
        pages.text(pages.open(len(small), Read(small)), 0).result()
        blocks = [line for line in Path(f"/proc/{pages.worker}/maps").read_text().splitlines() if "ecabinet" in line]
        return len(blocks)

    before = mapped()
    for _ in range(3):
        pages.close(opened(pages, Read(long_scan)))
        with pytest.raises(PaperRefused):
            opened(pages, Read(refused))
    assert mapped() == before + 1, "the small paper that is open besides"


# -- passwords


def test_a_password_opens_and_is_asked_for(pages: Pages) -> None:
    content = samples.encrypted("mật khẩu")
    for tried in ("", "mat khau"):
        with pytest.raises(PaperRefused) as refused:
            pages.open(len(content), Read(content), password=tried)
        assert (refused.value.refusal, refused.value.takes_password) == (Refusal.ENCRYPTED, True)
    paper = pages.open(len(content), Read(content), password="mật khẩu")
    assert pages.render(paper, 0, 1.0).result().is_complete
    worker = pages.worker
    assert worker is not None
    os.kill(worker, signal.SIGKILL)
    os.waitid(os.P_PID, worker, os.WEXITED | os.WNOWAIT)
    assert pages.render(paper, 0, 1.0).result().is_complete, "it is remembered as long as the paper is open"


def test_no_password_opens_what_is_sealed_to_recipients(pages: Pages) -> None:
    content = samples.encrypted("mật khẩu").replace(b"/Standard", b"/PubSecXX")
    with pytest.raises(PaperRefused) as refused:
        pages.open(len(content), Read(content), password="mật khẩu")
    assert (refused.value.refusal, refused.value.takes_password) == (Refusal.ENCRYPTED, False)


# -- workers that want what they should not


@pytest.mark.parametrize(
    "wanted",
    [
        None,
        [],
        {},
        [[0, 0]] * 5,
        [[0]],
        [[0, 0, 0]],
        [[-1, 0]],
        [[10, 0]],
        [[0, -1]],
        [[0, 4]],
        [[0.0, 0]],
        [["0", 0]],
        [[True, 0]],
        [[1 << 70, 0]],
    ],
)
def test_chunks_that_can_not_be_wanted_are_refused(wanted: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        list(_runs(wanted, 4, 10))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), min_size=1, max_size=4))
def test_runs_say_just_what_was_wanted(wanted: list[tuple[int, int]]) -> None:
    said = [
        (first + step, place + step)
        for first, place, count in _runs([list(each) for each in wanted], 4, 10)
        for step in range(count)
    ]
    assert said == wanted


def test_the_last_chunk_is_given_as_short_as_it_is() -> None:
    content = bytes(range(256)) * 300
    source = Source.of(len(content), Read(content), seconds=1.0)
    source.feed([[1, 0], [0, 1]])
    assert bytes(source.window.memory[: len(content) - CHUNK]) == content[CHUNK:]
    assert bytes(source.window.memory[CHUNK:]) == content[:CHUNK]


def test_a_worker_that_wants_and_never_listens_is_given_up(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    paper = opened(pages, Read(samples.prose(1)))
    worker = pages._process._worker
    assert worker is not None
    greedy = b'{"wanted":[[0,0]],"paper":%d}' % paper.identity
    monkeypatch.setattr(worker, "_receive", partial(_answer, greedy))
    with pytest.raises(PageUnreadable) as unreadable:
        pages.render(paper, 0, 1.0).result(timeout=30)
    assert unreadable.value.reason in {Unreadable.CRASHED, Unreadable.TOO_SLOW}
    assert pages.render(paper, 0, 1.0).result().is_complete


def _answer(said: bytes, _deadline: float) -> Any:
    return json.loads(said)
