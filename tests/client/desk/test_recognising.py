"""Scans say something: to whoever published them by themselves, to a reader when he asks, and each page once."""

from collections.abc import Iterator
from concurrent.futures import CancelledError
from functools import partial
from pathlib import Path

import pytest

from ecabinet.client.desk.errors import StorageUnusable
from ecabinet.client.desk.papers import PaperLine
from ecabinet.client.pages import Pages
from ecabinet.client.pages.recognition import NoTesseract, NotRecognised, Recogniser
from ecabinet.client.sync.rounds import unheard
from ecabinet.client.vault import recognised
from ecabinet.core.people import Role
from ecabinet.core.recognition import RecognisedLine, RecognisedPage, pack
from tests.client.conftest import MakeDevice
from tests.client.devices import ClientDevice
from tests.client.pages import samples
from tests.simulator import Simulator

pytestmark = pytest.mark.long

LINES = (
    "Kinh phí khắc phục hậu quả mưa lũ",
    "Tổng mức hỗ trợ là 48.350 triệu đồng",
    "Hoàn thành trước ngày 30 tháng 6",
)
PAGE = [(85.0, 100.0 + 30 * row, line) for row, line in enumerate(LINES)]
SCAN = samples.scanned(samples.paper(PAGE, PAGE, PAGE))


class Stopped(Exception):
    pass


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    with Pages() as pages:
        yield pages


def with_a_scan(simulator: Simulator, mine: ClientDevice, pages: Pages) -> PaperLine:
    simulator.publish_next_version(mine.desk.papers.all()[0].document, SCAN)
    mine.round()
    mine.desk.finding.read_in(pages, unheard)
    return next(paper for paper in mine.desk.papers.all() if paper.size == len(SCAN))


@pytest.fixture
def mine(simulator: Simulator, device: MakeDevice) -> ClientDevice:
    made = device()
    simulator.send_meeting()
    made.round()
    return made


@pytest.fixture
def scan(simulator: Simulator, mine: ClientDevice, pages: Pages) -> PaperLine:
    return with_a_scan(simulator, mine, pages)


def found(mine: ClientDevice, words: str) -> list[tuple[int, ...]]:
    return [each.pages for each in mine.desk.finding.in_papers(words).papers]


def test_a_reader_has_a_scan_recognised_and_finds_in_it(mine: ClientDevice, scan: PaperLine, pages: Pages) -> None:
    assert found(mine, "khắc phục hậu quả") == []
    mine.desk.recognising.want(scan.digest)
    changes = mine.desk.recognising.run(pages, unheard)
    assert changes.recognised == {scan.digest}
    mine.desk.finding.read_in(pages, unheard)
    assert found(mine, "khắc phục hậu quả") == [(0, 1, 2)]
    assert found(mine, "48.350") == [(0, 1, 2)]


def test_its_words_can_be_picked_where_they_stand(mine: ClientDevice, scan: PaperLine, pages: Pages) -> None:
    mine.desk.recognising.want(scan.digest)
    mine.desk.recognising.run(pages, unheard)
    paper = pages.open(scan.size, mine.desk.papers.reader(scan.digest), mine.desk.papers.recognised(scan.digest))
    words = pages.words(paper, 1).result()
    first = next(word for word in words if word.text == "Kinh")
    assert first.box.x0 == pytest.approx(85, abs=2)
    assert first.box.y0 == pytest.approx(samples.A4.height - 100, abs=3)
    assert pages.text(paper, 1).result().startswith("Kinh phí khắc phục")


def test_what_nobody_asked_for_is_left_alone(mine: ClientDevice, scan: PaperLine, pages: Pages) -> None:
    assert not mine.desk.recognising.run(pages, unheard)
    assert mine.vault.do(lambda db: recognised.recognition_of(db, scan.digest)) is None


def test_the_publisher_recognises_without_being_asked(simulator: Simulator, device: MakeDevice, pages: Pages) -> None:
    secretary = device("second", "secretary", Role.SECRETARY)
    simulator.send_meeting()
    secretary.round()
    scan = with_a_scan(simulator, secretary, pages)
    assert secretary.desk.recognising.run(pages, unheard).recognised == {scan.digest}
    assert not secretary.desk.recognising.run(pages, unheard)


def test_it_goes_on_where_it_was_stopped(mine: ClientDevice, scan: PaperLine, pages: Pages) -> None:
    def stop(done: int, total: int | None) -> None:
        if done == 2:
            assert total == 3
            raise Stopped

    mine.desk.recognising.want(scan.digest)
    with pytest.raises(Stopped):
        mine.desk.recognising.run(pages, stop)
    mine.reopen()
    known = mine.vault.do(lambda db: recognised.recognition_of(db, scan.digest))
    assert known is not None
    assert (known.done, known.is_complete) == (2, False)
    mine.desk.recognising.want(scan.digest)
    looked_at: list[int] = []
    mine.desk.recognising.run(pages, lambda done, _: looked_at.append(done))
    assert looked_at == [2]
    assert len(mine.vault.do(lambda db: recognised.packed_pages(db, scan.digest))) == 3


def test_a_page_that_is_stopped_in_the_middle_is_not_taken_for_an_empty_one(
    mine: ClientDevice, scan: PaperLine, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Recogniser.read

    def stopped_in_the_middle(self: Recogniser, *args: object, **more: object) -> object:
        mine.desk.recognising.stop()
        return read(self, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Recogniser, "read", stopped_in_the_middle)
    mine.desk.recognising.want(scan.digest)
    with pytest.raises(CancelledError):
        mine.desk.recognising.run(pages, unheard)
    assert mine.vault.do(lambda db: recognised.recognition_of(db, scan.digest)).done == 0  # type: ignore[union-attr]


def test_what_comes_from_the_publisher_meanwhile_stays(mine: ClientDevice, scan: PaperLine, pages: Pages) -> None:
    line = RecognisedLine(block=0, words="của nơi phát hành", places=(0, 0, 1, 1) * 4)
    packed = {1: pack(RecognisedPage(index=1, lines=(line,)))}

    def come(done: int, _: int | None) -> None:
        if done == 1:
            take = partial(recognised.take, digest=scan.digest, program="x", languages="vie", packed=packed)
            mine.vault.do(take)

    mine.desk.recognising.want(scan.digest)
    mine.desk.recognising.run(pages, come)
    assert mine.vault.do(lambda db: recognised.packed_pages(db, scan.digest)) == packed
    mine.desk.recognising.want(scan.digest)
    assert not mine.desk.recognising.run(pages, unheard)


def test_without_tesseract_it_says_so_and_nothing_is_lost(
    mine: ClientDevice, scan: PaperLine, pages: Pages, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mine.desk.recognising.want(scan.digest)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(tmp_path))
        assert mine.desk.recognising.absence() is not None
        with pytest.raises(NoTesseract):
            mine.desk.recognising.run(pages, unheard)
    assert mine.desk.recognising.absence() is None
    assert mine.desk.recognising.run(pages, unheard)


def test_what_was_recognised_goes_with_the_paper(
    simulator: Simulator, mine: ClientDevice, scan: PaperLine, pages: Pages
) -> None:
    mine.desk.recognising.want(scan.digest)
    mine.desk.recognising.run(pages, unheard)
    for meeting in mine.desk.meetings.all():
        simulator.withhold(meeting.meeting)
    mine.round()
    assert mine.vault.do(lambda db: recognised.packed_pages(db, scan.digest)) == {}
    assert mine.vault.do(lambda db: recognised.recognition_of(db, scan.digest)) is None


def test_a_scan_damaged_on_the_disk_is_recognised_when_it_is_here_again(
    mine: ClientDevice, scan: PaperLine, pages: Pages
) -> None:
    for path in (mine.folder / "papers").iterdir():
        sealed = bytearray(path.read_bytes())
        sealed[-1] ^= 1
        path.write_bytes(sealed)
    mine.desk.recognising.want(scan.digest)
    with pytest.raises(StorageUnusable):
        mine.desk.recognising.run(pages, unheard)
    assert not mine.desk.recognising.run(pages, unheard)
    mine.round()
    mine.desk.recognising.run(pages, unheard)
    assert len(mine.vault.do(lambda db: recognised.packed_pages(db, scan.digest))) == 3


@pytest.mark.parametrize("fails", [1, recognised.MOST_TRIES])
def test_a_page_that_failed_is_tried_again_after_the_others_and_not_for_ever(
    mine: ClientDevice, scan: PaperLine, pages: Pages, monkeypatch: pytest.MonkeyPatch, fails: int
) -> None:
    read = Recogniser.read
    seen: list[int] = []

    def fail_on_the_second(self: Recogniser, pixels: object, page: object, *args: object, **more: object) -> object:
        seen.append((0, 1, 2, 1, 1)[len(seen)])
        if seen[-1] == 1 and seen.count(1) <= fails:
            raise NotRecognised
        return read(self, pixels, page, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Recogniser, "read", fail_on_the_second)
    mine.desk.recognising.want(scan.digest)
    assert mine.desk.recognising.run(pages, unheard).recognised == {scan.digest}
    assert len(seen) == 2 + min(fails + 1, recognised.MOST_TRIES)
    kept = mine.vault.do(lambda db: recognised.packed_pages(db, scan.digest))
    assert set(kept) == ({0, 1, 2} if fails < recognised.MOST_TRIES else {0, 2})
    mine.desk.recognising.want(scan.digest)
    assert not mine.desk.recognising.run(pages, unheard)


def test_how_often_a_page_failed_is_known_after_a_kill(
    mine: ClientDevice, scan: PaperLine, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> object:
        raise NotRecognised

    def stop(done: int, _: int | None) -> None:
        if done == 1:
            raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(Recogniser, "read", fail)
        mine.desk.recognising.want(scan.digest)
        with pytest.raises(Stopped):
            mine.desk.recognising.run(pages, stop)
    mine.reopen()
    assert mine.vault.do(lambda db: recognised.to_try_again(db, scan.digest)) == {0}
    mine.desk.recognising.want(scan.digest)
    mine.desk.recognising.run(pages, unheard)
    assert set(mine.vault.do(lambda db: recognised.packed_pages(db, scan.digest))) == {0, 1, 2}
