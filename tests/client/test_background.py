"""Lanes: work leaves the UI thread, results come back to it, nothing is lost on the way."""

import sys
import threading
import weakref
from collections.abc import Iterator
from concurrent import futures
from functools import partial

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from ecabinet.client.background import Background, Call, CancelledError, Lane, Progress


class Desk:
    """A background, and what nobody took."""

    def __init__(self) -> None:
        self.unhandled: list[Exception] = []
        self.background = Background(unhandled=self.unhandled.append)


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.background.stop()


def fail(error: Exception, _call: Call) -> None:
    raise error


def ignore(_result: object) -> None:
    pass


@pytest.mark.parametrize("lane", Lane)
def test_work_runs_off_the_ui_thread_and_its_result_comes_back_to_it(desk: Desk, qtbot: QtBot, lane: Lane) -> None:
    seen: list[tuple[int, int]] = []
    desk.background.run(
        lane,
        lambda _: threading.get_ident(),
        then=lambda worked_in: seen.append((worked_in, threading.get_ident())),
        owner=None,
    )
    qtbot.waitUntil(lambda: bool(seen))
    here = threading.get_ident()
    assert seen[0][0] != here
    assert seen[0][1] == here


def test_the_serial_lane_is_one_thread_and_keeps_the_order(desk: Desk, qtbot: QtBot) -> None:
    done: list[tuple[int, int]] = []
    heard: list[int] = []
    for number in range(50):
        desk.background.run(
            Lane.SERIAL,
            lambda _, number=number: done.append((number, threading.get_ident())),  # type: ignore[misc]
            then=lambda _, number=number: heard.append(number),  # type: ignore[misc]
            owner=None,
        )
    qtbot.waitUntil(lambda: len(heard) == 50)
    assert [number for number, _ in done] == heard == list(range(50))
    assert len({thread for _, thread in done}) == 1


def test_the_network_lane_works_side_by_side(desk: Desk, qtbot: QtBot) -> None:
    meeting = threading.Barrier(4, timeout=5)
    arrived: list[int] = []
    for _ in range(4):
        desk.background.run(Lane.NETWORK, lambda _: meeting.wait(), then=arrived.append, owner=None)
    qtbot.waitUntil(lambda: len(arrived) == 4)
    assert sorted(arrived) == [0, 1, 2, 3]


def test_an_error_reaches_the_window_that_asked(desk: Desk, qtbot: QtBot) -> None:
    errors: list[Exception] = []
    wrong = ValueError("wrong PIN")
    desk.background.run(Lane.SERIAL, partial(fail, wrong), then=ignore, failed=errors.append, owner=None)
    qtbot.waitUntil(lambda: bool(errors))
    assert errors == [wrong]
    assert desk.unhandled == []


def test_an_error_that_no_window_takes_goes_to_the_one_place(desk: Desk, qtbot: QtBot) -> None:
    wrong = ValueError("disk full")
    desk.background.run(Lane.SERIAL, partial(fail, wrong), then=ignore, owner=None)
    qtbot.waitUntil(lambda: bool(desk.unhandled))
    assert desk.unhandled == [wrong]


def test_a_window_that_is_gone_hears_nothing_but_its_error_is_kept(desk: Desk, qtbot: QtBot) -> None:
    window = QObject()
    heard: list[object] = []
    may_end = threading.Event()
    wrong = OSError("the server is away")

    def work(_call: Call) -> str:
        may_end.wait(5)
        return "result"

    def failing_work(_call: Call) -> str:
        raise wrong

    desk.background.run(Lane.SERIAL, work, then=heard.append, owner=window)
    desk.background.run(Lane.SERIAL, failing_work, then=heard.append, failed=heard.append, owner=window)
    with qtbot.waitSignal(window.destroyed):
        window.deleteLater()
    may_end.set()
    qtbot.waitUntil(lambda: bool(desk.unhandled))
    assert heard == []
    assert desk.unhandled == [wrong]


def test_work_whose_page_was_given_up_was_cancelled(desk: Desk, qtbot: QtBot) -> None:
    page = futures.Future[int]()
    page.cancel()
    told: list[Exception] = []
    desk.background.run(Lane.PAGES, lambda _: page.result(), then=ignore, failed=told.append, owner=None)
    qtbot.waitUntil(lambda: bool(told))
    assert isinstance(told[0], CancelledError)
    assert not desk.unhandled


def test_a_dropped_call_does_its_work_and_hands_nothing_over(desk: Desk, qtbot: QtBot) -> None:
    done: list[str] = []
    heard: list[object] = []
    after: list[object] = []
    call = desk.background.run(Lane.SERIAL, lambda _: done.append("stored"), then=heard.append, owner=None)
    call.drop()
    desk.background.run(Lane.SERIAL, lambda _: None, then=after.append, owner=None)
    qtbot.waitUntil(lambda: bool(after))
    assert done == ["stored"]
    assert heard == []


def test_cancelled_work_stops_at_its_next_report(desk: Desk, qtbot: QtBot) -> None:
    errors: list[Exception] = []
    started, was_cancelled = threading.Event(), threading.Event()

    def work(call: Call) -> None:
        started.set()
        was_cancelled.wait(5)
        call.report(1, 2)
        pytest.fail("went on after it was cancelled")

    call = desk.background.run(Lane.NETWORK, work, then=ignore, failed=errors.append, owner=None)
    assert started.wait(5)
    call.cancel()
    was_cancelled.set()
    qtbot.waitUntil(lambda: bool(errors))
    assert isinstance(errors[0], CancelledError)


def test_work_cancelled_before_it_began_never_begins(desk: Desk, qtbot: QtBot) -> None:
    begun: list[str] = []
    errors: list[Exception] = []
    may_end = threading.Event()
    desk.background.run(Lane.SERIAL, lambda _: may_end.wait(5), then=ignore, owner=None)
    call = desk.background.run(
        Lane.SERIAL, lambda _: begun.append("begun"), then=ignore, failed=errors.append, owner=None
    )
    call.cancel()
    may_end.set()
    qtbot.waitUntil(lambda: bool(errors))
    assert begun == []
    assert desk.unhandled == []


def test_reports_arrive_in_order_and_only_the_latest_waits(desk: Desk, qtbot: QtBot) -> None:
    reports: list[Progress] = []
    ended: list[str] = []
    done = threading.Event()

    def work(call: Call) -> str:
        for number in range(10_000):
            call.report(number + 1, 10_000)
        done.set()
        return "ended"

    desk.background.run(Lane.NETWORK, work, then=ended.append, progress=reports.append, owner=None)
    assert done.wait(5)  # the UI loop stands still meanwhile: one report may wait, not ten thousand
    qtbot.waitUntil(lambda: bool(ended))
    assert reports == [Progress(done=10_000, total=10_000)]


def test_another_lane_reaches_the_vault_through_the_serial_lane(desk: Desk, qtbot: QtBot) -> None:
    threads: list[tuple[int, int]] = []
    serial: list[int] = []
    background = desk.background

    def pull(_call: Call) -> tuple[int, int]:
        stored_in = background.serially(lambda: background.serially(threading.get_ident))
        return threading.get_ident(), stored_in

    background.run(Lane.SERIAL, lambda _: threading.get_ident(), then=serial.append, owner=None)
    background.run(Lane.NETWORK, pull, then=threads.append, owner=None)
    qtbot.waitUntil(lambda: bool(threads and serial))
    pulled_in, stored_in = threads[0]
    assert stored_in == serial[0]
    assert pulled_in != stored_in


def test_the_ui_thread_is_refused_waiting(desk: Desk) -> None:
    with pytest.raises(RuntimeError, match="never waits"):
        desk.background.serially(lambda: None)


def test_an_act_posted_from_anywhere_is_done_on_the_ui_thread(desk: Desk, qtbot: QtBot) -> None:
    done_in: list[int] = []
    stranger = threading.Thread(target=lambda: desk.background.post(lambda: done_in.append(threading.get_ident())))
    stranger.start()
    stranger.join()
    assert done_in == []
    qtbot.waitUntil(lambda: bool(done_in))
    assert done_in == [threading.get_ident()]


def test_stopping_finishes_the_vault_cancels_the_rest_and_loses_no_error(qtbot: QtBot) -> None:
    desk = Desk()
    stored: list[int] = []
    heard: list[object] = []
    wrong = OSError("disk full")
    pulling = threading.Event()

    def pull(call: Call) -> None:
        pulling.set()
        while True:
            call.report(0)

    def store(number: int, _call: Call) -> None:
        stored.append(number)

    before = set(threading.enumerate())
    for _ in range(6):  # more than there are connections: some never begin
        desk.background.run(Lane.NETWORK, pull, then=heard.append, owner=None)
    for number in range(20):
        desk.background.run(Lane.SERIAL, partial(store, number), then=heard.append, owner=None)
    desk.background.run(Lane.SERIAL, partial(fail, wrong), then=ignore, failed=heard.append, owner=None)
    assert pulling.wait(5)
    desk.background.stop()
    assert stored == list(range(20))
    assert heard == []
    assert desk.unhandled == [wrong]
    assert set(threading.enumerate()) <= before


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads take turns so often that whatever may come between, does."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.parametrize("is_wrong", [False, True], ids=["right", "wrong"])
@pytest.mark.parametrize("is_serial", [False, True], ids=["own", "serial"])
@pytest.mark.usefixtures("hasty")
def test_a_window_never_dies_in_a_lane(desk: Desk, qtbot: QtBot, *, is_serial: bool, is_wrong: bool) -> None:
    """Whatever has hold of it last: the work, what the work brought, or where the work failed."""
    died_in: list[int] = []

    class Window(QObject):
        def __del__(self) -> None:
            died_in.append(threading.get_ident())

    def open_and_forget() -> None:
        window = Window()

        def look() -> Window:
            if is_wrong:
                raise ValueError(window.objectName())
            return window

        def work(_: Call) -> Window:
            return desk.background.serially(look) if is_serial else look()

        call = desk.background.run(Lane.NETWORK, work, then=ignore, failed=ignore, owner=window)
        weakref.finalize(call, lambda: died_in.append(threading.get_ident()))  # as Qt's of a button bound to it

    for number in range(1, 101):
        open_and_forget()
        qtbot.waitUntil(lambda number=number: len(died_in) == 2 * number)  # type: ignore[misc]
    assert set(died_in) == {threading.get_ident()}
