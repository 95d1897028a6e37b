"""Papers read in as they arrive and found by what they say, in a real vault, by a real page process."""

import os
import signal
import threading
from collections.abc import Iterator
from functools import partial
from threading import Timer
from unicodedata import normalize

import pymupdf
import pytest
from sqlalchemy import func, select

from ecabinet.client.desk import finding
from ecabinet.client.desk.papers import PaperLine
from ecabinet.client.pages import Pages
from ecabinet.client.pages.source import WINDOW
from ecabinet.client.sync.rounds import unheard
from ecabinet.client.vault import schema
from ecabinet.papers import sample
from tests.client.conftest import MakeDevice
from tests.client.devices import ClientDevice
from tests.client.pages import samples
from tests.simulator import Simulator

REPORT, BUDGET = (paper.path.read_bytes() for paper in (sample.papers()[0], sample.papers()[2]))


class Stopped(Exception):
    pass


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    with Pages() as pages:
        yield pages


@pytest.fixture
def mine(simulator: Simulator, device: MakeDevice) -> ClientDevice:
    """Two papers that say something; their first versions are no papers at all."""
    made = device()
    simulator.send_meeting()
    made.round()
    for paper, content in zip(made.desk.papers.all(), (REPORT, BUDGET), strict=True):
        simulator.publish_next_version(paper.document, content)
    made.round()
    return made


def test_pages_lost_on_the_disk_are_not_kept_as_empty_ones(mine: ClientDevice, simulator: Simulator) -> None:
    content = samples.lengthy(30, 400_000)
    assert len(content) > WINDOW
    simulator.publish_next_version(paper_of(mine, BUDGET).document, content)
    mine.round()
    paper = paper_of(mine, content)
    path = mine.vault.files._path(paper.digest)
    sealed = bytearray(path.read_bytes())
    sealed[len(sealed) // 2] ^= 1
    path.write_bytes(sealed)
    with Pages() as pages:
        mine.desk.finding.prefer(paper.digest)
        mine.desk.finding.read_in(pages, unheard)
        assert not mine.desk.finding.text_of(paper.digest).is_complete
        mine.round()  # it is fetched anew
        mine.desk.finding.read_in(pages, unheard)
    text = mine.desk.finding.text_of(paper.digest)
    assert text.is_complete
    assert [said.strip() for said in text.texts] == [f"trang {number}" for number in range(30)]


def stop_at_once(_done: int, _total: int | None) -> None:
    raise Stopped


def paper_of(mine: ClientDevice, content: bytes) -> PaperLine:
    return next(paper for paper in mine.desk.papers.all() if paper.size == len(content))


def rows(mine: ClientDevice, words: str) -> int:
    """How many rows the index itself gives for a word: of papers that were purged too."""
    asked = f"SELECT count(*) FROM words_bare WHERE words_bare MATCH '{words}'"  # noqa: S608
    return int(mine.vault.do(lambda db: db.exec_driver_sql(asked).scalar_one()))


def kept_pages(mine: ClientDevice) -> int:
    return int(mine.vault.do(lambda db: db.scalar(select(func.count()).select_from(schema.page_texts))) or 0)


def test_what_arrived_is_read_in_once(mine: ClientDevice, pages: Pages) -> None:
    assert mine.desk.finding.read_in(pages, unheard) == 4
    assert mine.desk.finding.read_in(pages, unheard) == 0
    mine.reopen()
    assert mine.desk.finding.read_in(pages, unheard) == 0
    assert mine.desk.finding.text_of(paper_of(mine, REPORT).digest).is_complete


def test_what_a_password_opened_is_found_until_the_vault_is_locked_and_kept_nowhere(
    mine: ClientDevice, simulator: Simulator, pages: Pages
) -> None:
    with pymupdf.open("pdf", samples.prose(20)) as document:
        locked = bytes(document.tobytes(encryption=pymupdf.mupdf.PDF_ENCRYPT_AES_256, user_pw="mật"))
    simulator.publish_next_version(paper_of(mine, BUDGET).document, locked)
    mine.round()
    desk, paper = mine.desk, paper_of(mine, locked)
    desk.finding.read_in(pages, unheard)
    assert desk.finding.text_of(paper.digest).is_refused
    before = kept_pages(mine)
    pages.close(desk.papers.open(pages, paper.digest, paper.size, password="mật"))
    waiting = desk.finding.text_of(paper.digest)
    assert (waiting.is_refused, waiting.is_complete) == (False, False)
    with pytest.raises(Stopped):
        desk.finding.read_in(pages, stop_at_once)
    assert desk.finding.read_in(pages, unheard) == 1
    assert desk.finding.read_in(pages, unheard) == 0
    text = desk.finding.text_of(paper.digest)
    assert text.is_complete
    assert len(text.texts) == 20
    hits = text.find("dong 3")
    assert hits
    assert kept_pages(mine) == before
    mine.reopen()
    mine.desk.finding.read_in(pages, unheard)
    assert mine.desk.finding.text_of(paper.digest).is_refused


@pytest.mark.parametrize(
    "typed",
    ["ngân sách địa phương", "NGÂN SÁCH ĐỊA PHƯƠNG", "ngan sach dia phuong", normalize("NFD", "Ngân sách địa phương")],
)
def test_a_phrase_is_found_in_a_paper_however_it_is_typed(mine: ClientDevice, pages: Pages, typed: str) -> None:
    mine.desk.finding.read_in(pages, unheard)
    text = mine.desk.finding.text_of(paper_of(mine, BUDGET).digest)
    hits = text.find(typed)
    assert hits is not None
    assert len(hits) == sum(" ".join(said.split()).casefold().count("ngân sách địa phương") for said in text.texts) > 0
    shown = hits.excerpts(0, len(hits))
    assert [hit for hit, _ in shown] == sorted((hit for hit, _ in shown), key=lambda hit: (hit.page, hit.first))
    assert all("ngân sách địa phương" in said.found.casefold() for _, said in shown)


def test_accents_that_are_typed_count(mine: ClientDevice, pages: Pages) -> None:
    mine.desk.finding.read_in(pages, unheard)
    text = mine.desk.finding.text_of(paper_of(mine, BUDGET).digest)
    assert text.find("ngàn sách") is not None
    assert len(text.find("ngàn sách") or ()) == 0
    assert mine.desk.finding.in_papers("ngàn sách").papers == ()
    assert mine.desk.finding.in_papers("ngân sach").papers


def test_papers_are_found_by_phrases_first_and_then_by_their_words(mine: ClientDevice, pages: Pages) -> None:
    mine.desk.finding.read_in(pages, unheard)
    found = mine.desk.finding.in_papers("phuong an phan bo ngan sach")
    assert [paper.is_phrase for paper in found.papers] == sorted((p.is_phrase for p in found.papers), reverse=True)
    assert found.papers[0].document == paper_of(mine, BUDGET).document
    first = found.papers[0]
    assert "phương án phân bổ ngân sách" in first.excerpt.found.casefold()
    assert list(first.pages) == sorted(set(first.pages))
    scattered = mine.desk.finding.in_papers("sách 2027 toán")
    assert not scattered.papers[0].is_phrase
    assert mine.desk.finding.in_papers('"sách 2027 toán"').papers == ()


def test_reading_in_goes_on_where_it_was_stopped(
    mine: ClientDevice, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ecabinet.client.desk.finding.AT_ONCE", 2)
    reports = 0

    def stop_soon(_done: int, _total: int | None) -> None:
        nonlocal reports
        reports += 1
        if reports == 7:
            raise Stopped

    with pytest.raises(Stopped):
        mine.desk.finding.read_in(pages, stop_soon)
    before = kept_pages(mine)
    assert 0 < before < 10
    mine.reopen()
    mine.desk.finding.read_in(pages, unheard)
    assert kept_pages(mine) == 10
    for content in (REPORT, BUDGET):
        assert mine.desk.finding.text_of(paper_of(mine, content).digest).is_complete


def test_a_preferred_paper_comes_first(mine: ClientDevice, pages: Pages) -> None:
    wanted = paper_of(mine, REPORT).digest
    mine.desk.finding.prefer(wanted)

    def stop_after_one(done: int, _total: int | None) -> None:
        if done:
            raise Stopped

    with pytest.raises(Stopped):
        mine.desk.finding.read_in(pages, stop_after_one)
    assert mine.desk.finding.text_of(wanted).is_complete


def test_what_may_be_seen_no_longer_leaves_no_word(simulator: Simulator, mine: ClientDevice, pages: Pages) -> None:
    mine.desk.finding.read_in(pages, unheard)
    assert rows(mine, "sach") > 0
    for meeting in mine.desk.meetings.all():
        simulator.withhold(meeting.meeting)
    mine.round()
    assert rows(mine, "sach") == 0
    assert kept_pages(mine) == 0
    assert mine.desk.finding.in_papers("ngan sach").papers == ()
    left = "SELECT count(*) FROM words_bare_data WHERE instr(block, CAST('ngan' AS BLOB))"
    assert mine.vault.do(lambda db: db.exec_driver_sql(left).scalar_one()) == 0


def test_an_older_version_is_not_offered(simulator: Simulator, mine: ClientDevice, pages: Pages) -> None:
    mine.desk.finding.read_in(pages, unheard)
    paper = paper_of(mine, BUDGET)
    simulator.publish_next_version(paper.document, sample.papers()[8].path.read_bytes())
    mine.round()
    mine.desk.finding.read_in(pages, unheard)
    found = mine.desk.finding.in_papers("phuong an phan bo ngan sach cap tinh")
    assert paper.document not in [each.document for each in found.papers if each.is_phrase]


def test_nothing_of_what_papers_say_is_plain_on_the_disk(mine: ClientDevice, pages: Pages) -> None:
    mine.desk.finding.read_in(pages, unheard)
    on_disk = b"".join(path.read_bytes() for path in mine.folder.rglob("*") if path.is_file())
    for word in ("ngân sách", "ngan sach", "sach"):
        assert word.encode() not in on_disk


@pytest.mark.parametrize("is_stopped", [False, True])
@pytest.mark.parametrize("moment", [1, 2], ids=["while a paper is opened", "while its pages are read"])
def test_a_page_process_that_is_ended_in_the_middle_leaves_no_hole(
    mine: ClientDevice,
    moment: int,
    is_stopped: bool,  # noqa: FBT001 - pytest names it
) -> None:
    reports, enders = 0, list[Timer]()
    with Pages() as pages:
        opened = pages.open(len(BUDGET), samples.reader(BUDGET))  # so that there is a worker, and it is ready

        def strike(_done: int, _total: int | None) -> None:
            nonlocal reports
            reports += 1
            if reports == moment:
                worker = pages.worker
                assert worker is not None
                os.kill(worker, signal.SIGSTOP)
                enders.append(Timer(0.2, pages.stop if is_stopped else partial(os.kill, worker, signal.SIGKILL)))
                enders[0].start()

        assert opened.pages
        mine.desk.finding.prefer(paper_of(mine, BUDGET).digest)
        mine.desk.finding.read_in(pages, strike)
        enders[0].join()
    with Pages() as pages:
        mine.desk.finding.read_in(pages, unheard)
    assert kept_pages(mine) == 10
    for content in (REPORT, BUDGET):
        text = mine.desk.finding.text_of(paper_of(mine, content).digest)
        assert (text.is_complete, text.is_refused) == (True, False)
        assert all(text.texts)


@pytest.fixture
def slow(mine: ClientDevice, simulator: Simulator, pages: Pages) -> PaperLine:
    """The only paper that is not read in yet."""
    content = samples.prose(20)
    mine.desk.finding.read_in(pages, unheard)
    simulator.publish_next_version(paper_of(mine, BUDGET).document, content)
    mine.round()
    return paper_of(mine, content)


def test_a_paper_that_takes_too_long_twice_is_left(
    mine: ClientDevice, slow: PaperLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "PATIENCE", 0.0)
    with Pages(open_seconds=0.0) as hasty:
        assert mine.desk.finding.read_in(hasty, unheard) == 1
        assert mine.desk.finding.text_of(slow.digest).is_refused
        assert mine.desk.finding.read_in(hasty, unheard) == 0


def test_a_paper_that_takes_too_long_is_tried_again_with_more_time_until_it_is_to_stop(
    mine: ClientDevice, slow: PaperLine
) -> None:
    """Who opens it is waiting, so it is another thread that is told to stop."""
    before = kept_pages(mine)

    def stop_what_waits(_done: int, _total: int | None) -> None:
        if threading.current_thread().name == "finding":
            raise Stopped

    with Pages(open_seconds=0.0) as hasty:
        with pytest.raises(Stopped):
            mine.desk.finding.read_in(hasty, stop_what_waits)
        assert kept_pages(mine) == before
        assert mine.desk.finding.read_in(hasty, unheard) == 1
        text = mine.desk.finding.text_of(slow.digest)
        assert (text.is_complete, text.is_refused, len(text.texts)) == (True, False, 20)
        assert mine.desk.finding.read_in(hasty, unheard) == 0
