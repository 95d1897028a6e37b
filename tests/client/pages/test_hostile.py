"""Papers and workers that misbehave: the page is told unreadable, everything else goes on, nothing is left behind."""

import gc
import json
import multiprocessing
import os
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import Any

import pytest

from ecabinet.client.pages import (
    Pages,
    PagesUnavailable,
    PageUnreadable,
    Paper,
    PaperRefused,
    Refusal,
    Unreadable,
    lives,
    replies,
)
from ecabinet.client.pages.shared import CHUNK
from ecabinet.client.pages.worker import _Reader
from tests.client.pages import samples

ROOT = Path(__file__).parents[3]
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="asks the Linux kernel")


@pytest.fixture
def pages() -> Iterator[Pages]:
    """Time enough for a healthy page on a machine that is busy, and not too much for one that never ends."""
    with Pages(page_seconds=3.0) as pages:
        yield pages


def opened(pages: Pages, content: bytes) -> Paper:
    return pages.open(len(content), samples.reader(content))


def reason_of(future: Future[Any]) -> Unreadable:
    with pytest.raises(PageUnreadable) as unreadable:
        future.result(timeout=30)
    return unreadable.value.reason


def worker_of(pages: Pages) -> int:
    """The id of a worker that answers."""
    opened(pages, samples.quarters())
    assert pages.worker is not None
    return pages.worker


def exists(process: int) -> bool:
    """Whether it runs, or ran and nobody asked how it ended."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


# -- workers that hang, die and come back


def test_a_page_that_never_ends_is_given_up_and_the_rest_goes_on(pages: Pages) -> None:
    other = opened(pages, samples.prose(1))
    paper = opened(pages, samples.endless(pages=3, hostile=1))
    first = pages.worker
    assert first is not None
    assert reason_of(pages.render(paper, 1, 1.0)) is Unreadable.TOO_SLOW
    assert pages.render(paper, 0, 1.0).result().is_complete
    assert pages.render(paper, 2, 1.0).result().is_complete
    assert "dòng 3" in pages.text(other, 0).result()
    assert pages.worker != first
    assert not exists(first)
    assert reason_of(pages.words(paper, 1)) is Unreadable.TOO_SLOW
    assert pages.render(paper, 0, 1.0).result().is_complete


def test_a_worker_killed_in_the_middle_of_a_page_is_replaced() -> None:
    with Pages(page_seconds=60.0) as pages:
        paper = opened(pages, samples.endless(pages=2, hostile=0))
        worker = pages.worker
        assert worker is not None
        future = pages.render(paper, 0, 1.0)
        with pytest.raises(TimeoutError):
            future.result(timeout=0.3)  # it is at it
        os.kill(worker, signal.SIGKILL)
        assert reason_of(future) is Unreadable.CRASHED
        assert pages.render(paper, 1, 1.0).result().is_complete
        assert not exists(worker)


def test_a_worker_killed_while_idle_is_not_even_missed(pages: Pages) -> None:
    paper = opened(pages, samples.quarters())
    worker = worker_of(pages)
    os.kill(worker, signal.SIGKILL)
    os.waitid(os.P_PID, worker, os.WEXITED | os.WNOWAIT)
    assert pages.render(paper, 0, 1.0).result().is_complete
    assert pages.worker != worker


def test_a_worker_that_stands_still_is_killed(pages: Pages) -> None:
    paper = opened(pages, samples.quarters())
    worker = worker_of(pages)
    os.kill(worker, signal.SIGSTOP)
    assert reason_of(pages.render(paper, 0, 1.0)) is Unreadable.TOO_SLOW
    assert pages.render(paper, 0, 1.0).result().is_complete
    assert not exists(worker)


def test_stopping_does_not_wait_for_a_page_that_never_ends() -> None:
    pages = Pages(page_seconds=600.0)
    paper = opened(pages, samples.endless())
    worker, running, waiting = pages.worker, pages.render(paper, 0, 1.0), pages.text(paper, 0)
    assert worker is not None
    with pytest.raises(TimeoutError):
        running.result(timeout=0.2)
    pages.stop()
    assert reason_of(running) is Unreadable.CRASHED
    assert waiting.cancelled()
    assert not exists(worker)
    assert pages.worker is None
    with pytest.raises(CancelledError):
        pages.render(paper, 0, 1.0).result()
    with pytest.raises(CancelledError):
        opened(pages, samples.quarters())
    pages.stop()


def test_a_worker_that_can_not_start_is_told_apart_from_a_bad_paper(capfd: pytest.CaptureFixture[str]) -> None:
    with Pages(memory=1 << 70) as pages:
        for _ in range(2):
            with pytest.raises(PagesUnavailable):
                opened(pages, samples.quarters())
    assert "OverflowError" in capfd.readouterr().err


class _HalfAnswer:
    """A worker whose paper has taken it over: it answers with the beginning of an answer, and then is silent."""

    def __init__(self, said: bytes) -> None:
        self.here, self._there = multiprocessing.Pipe()
        os.write(self._there.fileno(), said)


@pytest.mark.parametrize("said", [b"", b"\0", struct.pack("!i", 1000), struct.pack("!i", 1000) + b"{"])
def test_an_answer_that_never_ends_is_given_up_in_time(said: bytes) -> None:
    worker = _HalfAnswer(said)
    with pytest.raises(TimeoutError):
        lives._receive_bytes(worker.here, time.monotonic() + 0.05)


@pytest.mark.parametrize("length", [-1, -(1 << 31), replies.SIZE_LIMIT + 1])
def test_an_answer_of_no_sane_length_is_not_waited_for(length: int) -> None:
    worker = _HalfAnswer(struct.pack("!i", length))
    with pytest.raises(ValueError, match="length"):
        lives._receive_bytes(worker.here, time.monotonic() + 600)


def test_a_worker_that_stops_in_the_middle_of_an_answer_costs_that_page_alone(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lane is not held, and the next page is drawn by another worker."""
    paper = opened(pages, samples.quarters())
    first = worker_of(pages)
    worker = pages._process._worker
    assert worker is not None
    half = _HalfAnswer(struct.pack("!i", 1000) + b"{")
    monkeypatch.setattr(worker, "_connection", half.here)
    assert reason_of(pages.render(paper, 0, 1.0)) is Unreadable.TOO_SLOW
    assert pages.render(paper, 0, 1.0).result().is_complete
    assert not exists(first)


@on_linux
def test_the_process_that_reads_papers_is_confined(pages: Pages) -> None:
    worker = worker_of(pages)
    assert pages.is_confined
    assert "\nSeccomp:\t2\n" in Path(f"/proc/{worker}/status").read_text()


def test_a_system_that_does_not_confine_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    here, there = multiprocessing.Pipe()
    there.send_bytes(b'{"done":false}')
    worker = object.__new__(lives.Worker)
    worker._connection, worker._is_ready = here, False
    worker.be_ready()
    assert worker.is_confined is False
    assert "does not confine" in caplog.text


CLIENT = """
import os, sys, time
from ecabinet.client.pages import Pages
from tests.client.pages import samples

pages = Pages(page_seconds=1.0)
content = samples.endless()
paper = pages.open(len(content), samples.reader(content))
if sys.argv[1] == "busy":
    future = pages.render(paper, 0, 1.0)
    try:
        future.result(timeout=0.3)
    except TimeoutError:
        pass
print(pages.worker, flush=True)
sys.stdin.read()
"""


@on_linux
@pytest.mark.parametrize("state", ["idle", "busy"])
def test_a_worker_does_not_outlive_its_client(state: str) -> None:
    command = [sys.executable, "-c", CLIENT, state]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as client:
        assert client.stdout is not None
        watch = os.pidfd_open(int(client.stdout.readline()))
        client.kill()
        assert select.select([watch], [], [], 10)[0], "the worker still runs"
        os.close(watch)


def test_nothing_is_said_and_nothing_left_at_the_end() -> None:
    script = CLIENT.replace("sys.stdin.read()", "")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, "idle"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stderr == ""
    assert not exists(int(done.stdout))


def use_everything() -> None:
    pages = Pages(page_seconds=3.0)
    papers = [opened(pages, samples.prose(3)), opened(pages, samples.endless(2))]
    for index in range(3):
        pages.render(papers[0], index, 2.0).result()
    reason_of(pages.render(papers[1], 0, 1.0))
    pages.render(papers[0], 0, 2.0).result()
    pages.close(papers[0])
    with pytest.raises(PaperRefused):
        opened(pages, samples.encrypted("mật khẩu"))
    assert held()["blocks"] > 0
    pages.stop()


def held() -> dict[str, int]:
    """What this process has mapped and open."""
    gc.collect()
    maps = Path("/proc/self/maps").read_text()
    handles = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    return {"blocks": maps.count("memfd:ecabinet-pages"), "named": maps.count("/dev/shm/"), "handles": handles}  # noqa: S108


USER = """
from ecabinet.client.pages import Pages
from tests.client.pages.test_hostile import held, use_everything

with Pages():
    pass  # what multiprocessing itself keeps for ever is there now
before = held()
for _ in range(2):
    use_everything()
print(before == held(), before, held())
"""


@on_linux
@pytest.mark.long
def test_no_memory_and_no_handle_is_left_behind() -> None:
    # In a process of its own: what other tests still have open, and close meanwhile, is none of its business.
    done = subprocess.run([sys.executable, "-c", USER], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stdout.startswith("True"), done.stdout + done.stderr


# -- papers that are damaged or worse


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"Hello, this is no PDF", Refusal.NOT_PDF),
        (b"\x89PNG\r\n\x1a\n" + bytes(2000), Refusal.NOT_PDF),
        (b"%PDF-1.7\n", Refusal.DAMAGED),
        (b"%PDF-1.7\n" + bytes(range(256)) * 100, Refusal.DAMAGED),
        (samples.prose(1)[:400], Refusal.DAMAGED),
        (samples.encrypted("mật khẩu"), Refusal.ENCRYPTED),
        (samples.encrypted("mật khẩu").replace(b"/Standard", b"/PubSecXX"), Refusal.ENCRYPTED),
        (samples.raw(["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[]/Count 0>>"]), Refusal.NO_PAGES),
        (samples.raw(["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[]/Count 7>>"]), Refusal.DAMAGED),
        (samples.raw(["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[2 0 R]/Count 5>>"]), Refusal.DAMAGED),
    ],
    ids=["text", "picture", "header", "junk", "cut", "encrypted", "recipients", "no pages", "count lies", "page loop"],
)
def test_what_can_not_be_opened_is_refused_with_its_reason(pages: Pages, content: bytes, refusal: Refusal) -> None:
    worker = worker_of(pages)
    with pytest.raises(PaperRefused) as refused:
        opened(pages, content)
    assert refused.value.refusal is refusal
    assert pages.worker == worker


def test_a_paper_with_restricted_rights_is_readable(pages: Pages) -> None:
    assert pages.render(opened(pages, samples.encrypted("")), 0, 1.0).result().is_complete


def test_pages_missing_from_half_a_file_are_told_one_by_one(pages: Pages) -> None:
    whole = samples.scan(8)
    paper = opened(pages, whole[: len(whole) // 2])
    assert paper.is_repaired
    assert paper.warnings
    assert len(paper.pages) == 8
    assert pages.render(paper, 0, 1.0).result().is_complete
    assert reason_of(pages.render(paper, 7, 1.0)) is Unreadable.DAMAGED


@pytest.mark.parametrize("entry", ["/Next 6 0 R/First 6 0 R", "/Next 7 0 R"], ids=["itself", "in a ring"])
def test_an_outline_without_end_costs_the_outline_alone(pages: Pages, entry: str) -> None:
    more = [
        "<</First 6 0 R/Last 6 0 R/Count 1>>",
        f"<</Title(A)/Parent 5 0 R/Dest[3 0 R/Fit]{entry}>>",
        "<</Title(B)/Parent 5 0 R/Next 6 0 R>>",
    ]
    paper = opened(pages, samples.one_page(catalogue="/Outlines 5 0 R", more=more))
    assert reason_of(pages.outline(paper)) is Unreadable.DAMAGED
    assert pages.render(paper, 0, 1.0).result().is_complete


def test_a_page_that_wants_too_much_memory_costs_that_page_alone() -> None:
    with Pages(memory=64 << 20, page_seconds=60.0) as pages:
        hungry, modest = opened(pages, samples.huge_picture(9000)), opened(pages, samples.quarters())
        worker = pages.worker
        assert reason_of(pages.render(hungry, 0, 20.0)) is Unreadable.TOO_LARGE
        assert pages.render(modest, 0, 1.0).result().is_complete
        assert pages.worker == worker


def test_objects_nested_without_end_cost_that_page_alone(pages: Pages) -> None:
    paper = opened(pages, samples.one_page(b"[" * 200_000))
    assert reason_of(pages.render(paper, 0, 1.0)) is Unreadable.DAMAGED
    assert pages.worker == worker_of(pages)


def test_scripts_of_a_paper_do_not_run() -> None:
    script = "<</S/JavaScript/JS(app.alert(1))>>"
    content = samples.one_page(catalogue=f"/OpenAction {script}")
    client, worker = multiprocessing.Pipe()
    client.send_bytes(b"")  # the chunk that it will want is there

    class Here:
        memory = memoryview(content.ljust(CHUNK))

    reader = _Reader(worker)
    reader._blocks[1] = Here()  # type: ignore[assignment]
    asked = {"paper": 1, "size": len(content), "password": ""}
    assert "done" in reader.answer({"do": "open", "with": asked})
    assert not reader._papers[1].document.pdf_js_supported()


# -- workers that lie


def _paper(**other: Any) -> dict[str, Any]:
    """What a worker says of a paper of one page, but for this."""
    sound = {"shapes": [[1] * 8], "pages": [0], "repaired": False, "warnings": [], "title": "", "author": ""}
    assert len(replies.read_paper(sound, 1).pages) == 1
    return sound | other


@pytest.mark.parametrize(
    ("read", "reply"),
    [
        (lambda reply: replies.read_paper(reply, 1), None),
        (lambda reply: replies.read_paper(reply, 1), _paper(shapes=[], pages=[])),
        (lambda reply: replies.read_paper(reply, 1), _paper(pages=[])),
        (lambda reply: replies.read_paper(reply, 1), _paper(pages=[0, 1])),
        (lambda reply: replies.read_paper(reply, 1), _paper(pages=[-1])),
        (lambda reply: replies.read_paper(reply, 1), _paper(pages=[True])),
        (lambda reply: replies.read_paper(reply, 1), _paper(pages={"0": 0})),
        (lambda reply: replies.read_paper(reply, 1), _paper(shapes=[[1] * 7])),
        (lambda reply: replies.read_paper(reply, 1), _paper(shapes=[[1e9] * 8])),
        (lambda reply: replies.read_paper(reply, 1), _paper(shapes=[["1"] * 8])),
        (lambda reply: replies.read_paper(reply, 1), _paper(repaired=0)),
        (lambda reply: replies.read_paper(reply, 1), _paper(warnings=[1])),
        (replies.read_drawn, {"complete": "yes"}),
        (replies.read_words, [["a", 0, 0, 1, 1, 0]]),
        (replies.read_words, [["a", 0, 0, 1, float("nan"), 0, 0]]),
        (replies.read_words, {"a": 1}),
        (replies.read_text, ["a"]),
        (lambda reply: replies.read_outline(reply, 1), [["a", True, 0]]),
        (replies.read_nothing, "something"),
    ],
)
def test_answers_that_make_no_sense_are_not_believed(read: Callable[[object], object], reply: object) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        read(json.loads(json.dumps(reply)))


def test_an_entry_of_the_outline_that_leads_nowhere_has_no_page() -> None:
    assert [heading.page for heading in replies.read_outline([["a", 1, 5], ["b", 1, -1], ["c", 1, 4]], 5)] == [
        None,
        None,
        4,
    ]
