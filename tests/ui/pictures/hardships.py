"""What went wrong, and how it is told: at the first run, on a full disk, in a scan without words; and printing."""

import threading
import time
from collections.abc import Callable

from PySide6.QtWidgets import QAbstractButton, QWidget

from ecabinet.client.background import Lane
from ecabinet.client.desk.errors import OtherCertificate, RefusedByServer, Unreachable
from ecabinet.client.desk.syncing import Status, Trouble
from ecabinet.client.ui.access import FirstRun
from ecabinet.client.ui.behind import Behind
from ecabinet.client.ui.navigation import Place
from ecabinet.client.ui.papers import PapersScreen
from ecabinet.client.ui.recognising import recognising_briefly, recognising_told
from ecabinet.client.ui.screens import picture
from ecabinet.client.ui.syncing import trouble_notice
from ecabinet.client.ui.window import Window
from ecabinet.core.protocol import Reason, Refusal
from tests.ui.body import Body, wait_until
from tests.ui.pictures.everyday import at_step, busy, entrance, framed
from tests.ui.pictures.member import go_by_key, read, scene

_SCAN = "08-287-BC-STP"
_A_WHILE, _PATIENCE = 3.0, 30.0


def refused(body: Body, error: Exception) -> QWidget:
    """The first run, after the server was asked in vain."""

    def fail(screen: FirstRun) -> None:
        screen._ask_for_pin()
        screen._fail(error)

    return entrance(body, lambda gate: at_step(gate, fail))


@picture("first-run-wrong-code")
def wrong_code(body: Body) -> QWidget:
    return refused(body, RefusedByServer(Refusal(reason=Reason.WRONG_CODE)))


@picture("first-run-other-certificate")
def other_certificate(body: Body) -> QWidget:
    return refused(body, OtherCertificate())


@picture("first-run-wrong-clock")
def wrong_clock(body: Body) -> QWidget:
    return refused(body, OtherCertificate(is_about_time=True))


@picture("first-run-unreachable")
def unreachable(body: Body) -> QWidget:
    return refused(body, Unreachable())


@picture("window-disk-full")
def disk_full(body: Body) -> QWidget:
    window = Window()
    window.show_inside(framed(busy(body).seat, Place.PAPERS, PapersScreen))
    window.tell("trouble", trouble_notice(Status(trouble=Trouble.DISK_FULL)))
    return window


@picture("reader-print")
def printing(body: Body) -> QWidget:
    """Which pages, on which printer, with notes or without."""
    frame = read(body, scene(body).noted)
    go_by_key(frame, "Ctrl+P")
    return frame


@picture("reader-scan-found")
def scan(body: Body) -> QWidget:
    """A scan, whose words may be recognised so that they can be found."""
    chair = scene(body).chair
    chair.do(lambda: chair.desk.finding.read_in(chair.pages, lambda _done, _total: None), Lane.IDLE)
    frame = read(body, body.cabinet.versions[_SCAN].document)
    go_by_key(frame, "Ctrl+F")
    wait_until(lambda: any(each.isVisible() for each in frame.findChildren(QAbstractButton, "recognise")))
    return frame


@picture("reader-scan-recognising")
def recognising(body: Body) -> QWidget:
    """How far the queue of scans has come, and how long it may still take: at the bottom, whatever one does."""
    chair, seen = scene(body).chair, threading.Event()
    began_at = time.monotonic()

    def work(report: Callable[[int, int | None], None]) -> None:
        report(0, 42)
        while time.monotonic() < began_at + _A_WHILE:
            seen.wait(0.1)
        report(12, 42)
        seen.wait(_PATIENCE)

    run = Behind(chair.background, work, None)
    frame = read(body, body.cabinet.versions[_SCAN].document)
    run.look()
    wait_until(lambda: run.seconds_left is not None)
    frame.show_work(recognising_told(run), recognising_briefly(run))
    seen.set()
    return frame
