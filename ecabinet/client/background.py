"""Work off the UI thread: four lanes there, one way back.

The serial lane is one thread and owns the vault's connection; the network lane has several; the page lane speaks with
the page process; the idle lane does what nobody waits for. Results come back through one signal and are handed over on
the UI thread, or dropped when the window that asked is gone. An error is never dropped: it goes to `failed`, and where
nobody listens any more, to `unhandled`.
"""

import itertools
import threading
from collections.abc import Callable
from concurrent import futures
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any, TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal
from shiboken6 import isValid

T = TypeVar("T")
Act = Callable[[], None]


class Lane(Enum):
    """Where work runs."""

    SERIAL = "serial"
    NETWORK = "network"
    PAGES = "pages"
    IDLE = "idle"


class CancelledError(Exception):
    """The work stopped because it was asked to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far work has come; `total` is None while nobody knows."""

    done: int
    total: int | None = None


class Call:
    """The token of one piece of work: the window stops or forgets it, the work reports by it."""

    def __init__(self, tell: Act) -> None:
        self.is_dropped = False
        self._tell = tell
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        self._latest: Progress | None = None

    def cancel(self) -> None:
        """Ask the work to stop. The outcome still arrives: `CancelledError`, or the result when it was too late."""
        self._cancelled.set()

    def drop(self) -> None:
        """Let the work go on, but hand nothing over to the window."""
        self.is_dropped = True

    @property
    def is_cancelled(self) -> bool:
        """Whether the work was asked to stop."""
        return self._cancelled.is_set()

    def report(self, done: int, total: int | None = None) -> None:
        """Tell the window how far the work has come. Raises `CancelledError` when it is to stop.

        Only the latest report waits for the UI thread, so that reporting often costs nothing.
        """
        self.heed()
        with self._lock:
            is_first, self._latest = self._latest is None, Progress(done=done, total=total)
        if is_first:
            self._tell()

    def heed(self) -> None:
        """Raise `CancelledError` when the work is to stop."""
        if self.is_cancelled:
            raise CancelledError

    def take_report(self) -> Progress | None:
        """The latest report, once."""
        with self._lock:
            latest, self._latest = self._latest, None
        return latest


class _Errand:
    """Work on its way through a lane, and what came of it: the lane has hold of neither before and after.

    Work, its result, and the frames of its error may hold the last reference to a window, and a window must die on the
    UI thread. So they belong to whoever takes the outcome.
    """

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work: Callable[[], Any] | None = work
        self._result: Any = None
        self._error: Exception | None = None

    def do(self) -> None:
        assert self._work is not None  # noqa: S101 - done once
        try:
            self._result = self._work()
        except Exception as error:  # noqa: BLE001 - whatever it is, whoever waits must hear of it
            self._error = error

    def take(self) -> tuple[Any, Exception | None]:
        """Result and error; leaves nothing behind."""
        outcome = self._result, self._error
        self._work = self._result = self._error = None
        return outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wishes:
    call: Call
    lane: Lane
    errand: _Errand
    then: Callable[[Any], None]
    failed: Callable[[Exception], None] | None
    progress: Callable[[Progress], None] | None
    owner: QObject | None


class _WayBack(QObject):
    """Lives on the UI thread: what is emitted in a lane is done here."""

    arrived = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.arrived.connect(self._do, Qt.ConnectionType.QueuedConnection)

    def _do(self, act: Act) -> None:
        act()


class Background:
    """The lanes. Made on the UI thread, which alone may `run` and `stop`."""

    def __init__(self, *, unhandled: Callable[[Exception], None], connections: int = 4) -> None:
        """`unhandled` is told, on the UI thread, of every error that no window took."""
        self._unhandled = unhandled
        self._ui_thread = threading.get_ident()
        self._way_back = _WayBack()
        self._here = threading.local()
        # May hold the last reference to a window, as an errand may, and a window's button may be bound to the call,
        # which Qt must hear of on the UI thread: a lane is handed a number alone.
        self._wishes: dict[int, _Wishes] = {}
        self._numbers = itertools.count()
        self._lanes = {
            lane: ThreadPoolExecutor(threads, f"lane-{lane.value}", partial(setattr, self._here, "lane", lane))
            for lane, threads in {Lane.NETWORK: connections, Lane.PAGES: 1, Lane.IDLE: 2, Lane.SERIAL: 1}.items()
        }

    def run(
        self,
        lane: Lane,
        work: Callable[[Call], T],
        *,
        then: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
        progress: Callable[[Progress], None] | None = None,
        owner: QObject | None,
    ) -> Call:
        """Do `work` in `lane` and hand the outcome to `then` or `failed`, unless `owner` is gone by then."""
        number = next(self._numbers)
        call = Call(lambda: self.post(partial(self._show, number)))
        self._wishes[number] = _Wishes(
            call=call,
            lane=lane,
            errand=_Errand(partial(_heeding, call, work)),
            then=then,
            failed=failed,
            progress=progress,
            owner=owner,
        )
        self._lanes[lane].submit(self._perform, number)
        return call

    def serially(self, work: Callable[[], T]) -> T:
        """Do `work` on the serial lane and wait for it: how other lanes touch the vault. Not from the UI thread."""
        if threading.get_ident() == self._ui_thread:
            raise RuntimeError("the UI thread never waits: use run()")
        if getattr(self._here, "lane", None) is Lane.SERIAL:
            return work()
        errand = _Errand(work)
        self._lanes[Lane.SERIAL].submit(errand.do).result()
        result: T
        result, error = errand.take()
        try:
            if error is not None:
                raise error
            return result
        finally:
            del result, error  # else this frame and the error hold each other

    def post(self, act: Act) -> None:
        """Have `act` done on the UI thread, after what waits there already. From any thread."""
        self._way_back.arrived.emit(act)

    def stop(self) -> None:
        """Join every thread: network and page work is cancelled, the serial lane finishes all that it was given.

        Windows hear nothing more; `unhandled` still hears of what failed.
        """
        for wishes in self._wishes.values():
            wishes.call.drop()
            if wishes.lane is not Lane.SERIAL:
                wishes.call.cancel()
        for lane, threads in self._lanes.items():
            threads.shutdown(cancel_futures=lane is not Lane.SERIAL)
        QCoreApplication.sendPostedEvents(self._way_back, QEvent.Type.MetaCall.value)
        self._wishes.clear()

    def _perform(self, number: int) -> None:
        self._wishes[number].errand.do()
        self.post(partial(self._settle, number))

    def _listener(self, number: int) -> _Wishes | None:
        wishes = self._wishes[number]
        return None if wishes.call.is_dropped or (wishes.owner is not None and not isValid(wishes.owner)) else wishes

    def _show(self, number: int) -> None:
        latest = self._wishes[number].call.take_report()
        if latest is not None and (listener := self._listener(number)) is not None and listener.progress is not None:
            listener.progress(latest)

    def _settle(self, number: int) -> None:
        listener = self._listener(number)
        result, error = self._wishes.pop(number).errand.take()
        if error is None:
            if listener is not None:
                listener.then(result)
        elif listener is not None and listener.failed is not None:
            listener.failed(error)
        elif not isinstance(error, CancelledError):
            self._unhandled(error)


def _heeding(call: Call, work: Callable[[Call], T]) -> T:
    call.heed()
    try:
        return work(call)
    except futures.CancelledError as error:  # what it waited for was given up: a page, when the vault was locked
        raise CancelledError from error
