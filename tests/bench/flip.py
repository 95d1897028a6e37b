"""How long a flip takes to a page that was made ready: from the key to painted, in the real reader, off-screen.

A paper of scans and one of text, one page at a time, as wide as the window. Each page is waited for until what comes
next is there, then the key is pressed. A bare widget that paints a picture of the same size, in the same way, tells
whether the machine was free: if it was not, the run comes again.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from ecabinet.client.desk.reading import Arrangement
from ecabinet.client.ui import theme
from ecabinet.client.ui.navigation import Place
from ecabinet.client.ui.reader.view import PageView
from ecabinet.keys.secret_service import private_secret_service
from tests.bench.figures import tell
from tests.ui.body import CHAIR, Sitter, body_at_work, wait_until

LIMIT_MS = 16.0
ATTEMPTS = 5
FLIPS = 100
_PAPERS = ("04-421-TTr-STC-he-thong-bieu", "08-287-BC-STP")


def main() -> None:
    """Flips, and tells."""
    with _readers() as (chair, documents):
        measured = [_measure(chair, documents)]
        while measured[-1][1] > LIMIT_MS and len(measured) < ATTEMPTS:
            measured.append(_measure(chair, documents))
    ours, bare, sharp = min(measured, key=lambda each: each[1])
    p99, p50 = (_percentile(ours, share) for share in (0.99, 0.5))
    tell(
        "flip",
        unit="ms from the key to painted, of a page that was made ready, 99 of 100 are shorter",
        ours=p99,
        peer=bare,
        ratio=bare / p99,
        goal=f"p99 of at most {LIMIT_MS:.0f} ms",
        limit=LIMIT_MS,
        p50=round(p50, 2),
        worst=round(max(ours), 1),
        flips=len(ours),
        sharp=sharp,
        is_machine_free=bare <= LIMIT_MS,
        attempts=len(measured),
    )


def _measure(chair: Sitter, documents: list[str]) -> tuple[list[float], float, int]:
    """Milliseconds of each flip, of 99 in 100 with a bare widget, and how many were sharp at once."""
    taken: list[float] = []
    sharp = 0
    for document in documents:
        chair.seat.open_paper(document)
        wait_until(chair.is_settled)
        view = chair.window.findChildren(PageView)[-1]
        view.arrange(Arrangement.SINGLE)
        view.go_to(0)
        last = len(view._pages) - 1
        paints = _Paints(view)
        step = 1
        for number in range(FLIPS):
            step = -1 if view.page >= last else 1 if view.page <= 0 else step
            wait_until(lambda view=view: view.is_complete and not view.rendering._asked)  # type: ignore[misc]
            page, painted, begun_at = view.page, paints.count, time.perf_counter()
            key = Qt.Key.Key_Right if step > 0 else Qt.Key.Key_Left
            QApplication.sendEvent(view, QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier))
            view.viewport().repaint()
            taken.append((time.perf_counter() - begun_at) * 1000)
            assert view.page == page + step, number
            assert paints.count == painted + 1
            sharp += view.is_complete
    assert len(taken) == FLIPS * len(documents)
    assert sharp == len(taken), "pages were not ready"
    return taken, _bare(view), sharp


def _bare(view: PageView) -> float:
    sheet = _Sheet()
    sheet.resize(view.viewport().size())
    sheet.show()
    wait_until(lambda: sheet.count)
    taken = []
    for _ in range(FLIPS):
        begun_at = time.perf_counter()
        sheet.repaint()
        taken.append((time.perf_counter() - begun_at) * 1000)
    sheet.close()
    assert sheet.count > FLIPS
    return _percentile(taken, 0.99)


class _Paints(QObject):
    """How often a view was painted."""

    def __init__(self, view: PageView) -> None:
        super().__init__(view)
        self.count = 0
        view.viewport().installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's
        self.count += event.type() == QEvent.Type.Paint
        return False


class _Sheet(QWidget):
    """Paints a picture, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self._picture = QImage(1240, 1754, QImage.Format.Format_RGB32)
        self._picture.fill(Qt.GlobalColor.white)
        self.count = 0

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's
        painter = QPainter(self)
        painter.drawImage(0, 0, self._picture)
        painter.end()
        self.count += 1


@contextmanager
def _readers() -> Iterator[tuple[Sitter, list[str]]]:
    """The chair's desk, with the sample's papers."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication(sys.argv[:1])
    theme.use(application, theme.Theme())
    with tempfile.TemporaryDirectory(prefix="ecabinet-flip-") as temporary:
        folder = Path(temporary)
        (folder / "body").mkdir()
        with private_secret_service(folder / "keyring", "flip") as environment:
            os.environ.update(environment)
            with body_at_work(folder / "body") as body:
                chair = body.sitter(CHAIR)
                chair.show(Place.MEETINGS)
                chair.window.resize(1366, 768)
                yield chair, [body.cabinet.versions[name].document for name in _PAPERS]


def _percentile(values: list[float], share: float) -> float:
    return statistics.quantiles(values, n=1000, method="inclusive")[round(share * 1000) - 1]


if __name__ == "__main__":
    main()
