"""The real client, told by a player what to do: scroll in a paper, sync all others over and over, feel its pulse.

A page is blank while it is in view and there is no picture of it, not even a coarse one.
"""

import argparse
import time
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, Qt, QTimer
from sqlalchemy import Connection, select, update

from ecabinet.client.app import Application
from ecabinet.client.background import Lane
from ecabinet.client.ui.reader.view import PageView
from ecabinet.client.ui.sitting import Sitting
from ecabinet.client.vault import schema
from ecabinet.core.codec import Digest
from ecabinet.demo.player import NoSuchWidgetError, Player
from tests.bench.heartbeat import Heartbeat

_FRAME_MS = 16
_LOOK_MS = 50


class Reading(Player):
    """A player who can also open a paper by its id, and read on and on."""

    def __init__(self, application: Application) -> None:
        super().__init__()
        self._application = application
        self._run: _Run | None = None
        self._deeds |= {
            "open": self._open,
            "sit": self._sit,
            "forget": self._forget,
            "begin": self._start,
            "end": self._stop,
        }

    @property
    def _sitting(self) -> Sitting:
        sitting = self._application._sitting
        if sitting is None or sitting._desk.syncing.status().updated_at is None:
            raise NoSuchWidgetError("no vault that is in sync")
        return sitting

    def _sit(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"papers": self._sitting._desk.syncing.status().papers_here}

    def _open(self, command: Mapping[str, Any]) -> Mapping[str, Any]:
        self._sitting._seat.open_paper(command["document"])
        return {}

    @property
    def _view(self) -> PageView:
        view = self._application.window.findChild(PageView)
        if view is None or not view.isVisible() or not view.is_complete:
            raise NoSuchWidgetError("no page is shown")
        return view

    def _forget(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        """No page has been seen, and the first one is in front."""
        view = self._view
        view.verticalScrollBar().setValue(0)
        view.rendering.show(view._pages, view._source)
        view._want()
        return {}

    def _start(self, command: Mapping[str, Any]) -> Mapping[str, Any]:
        self._run = _Run(self._view, self._sitting, speed=command["speed"], kept=command["digest"])
        return {}

    def _stop(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        assert self._run is not None
        return self._run.end()


class _Run(QObject):
    """Scrolling and syncing, from being made to `end`."""

    def __init__(self, view: PageView, sitting: Sitting, *, speed: int, kept: Digest | None) -> None:
        super().__init__()
        self._view, self._sitting, self._speed, self._kept = view, sitting, speed, kept
        self._bar = view.verticalScrollBar()
        self._counted = {"frames": 0, "sharp_frames": 0, "pages": 0, "syncs": 0}
        self._forgotten = 0
        view.viewport().installEventFilter(self)
        view.page_changed.connect(lambda _: self._count("pages"))
        self._place, self._direction, self._scrolled = float(self._bar.value()), 1, 0.0
        self._clock = QElapsedTimer()
        self._clock.start()
        self._frame = QTimer(self, timerType=Qt.TimerType.PreciseTimer, interval=_FRAME_MS)
        self._frame.timeout.connect(self._scroll)
        self._frame.start()
        self._look = QTimer(self, interval=_LOOK_MS)
        self._look.timeout.connect(self._keep_syncing)
        if kept is not None:
            self._look.start()
        self._blank_since: dict[int, float] = {}
        self._blanks: dict[int, float] = {}
        """The longest that each page was in view without any picture of it, in milliseconds."""
        self._is_forgetting = False
        self._heartbeat = Heartbeat()

    def end(self) -> Mapping[str, Any]:
        """The gaps, and what was done meanwhile."""
        gaps = self._heartbeat.stop()
        self._frame.stop()
        self._look.stop()
        self._look_for_blanks()
        status = self._sitting._desk.syncing.status()
        done = {"scrolled": round(self._scrolled), "fetched": self._forgotten - status.bytes_total + status.bytes_done}
        blank = {page + 1: round(longest, 1) for page, longest in sorted(self._blanks.items())}
        return {**asdict(gaps), **self._counted, **done, "blank": blank, "trouble": status.trouble}

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's
        if event.type() == QEvent.Type.Paint:
            self._count("frames")
            self._count("sharp_frames", int(self._view.is_complete))
            self._look_for_blanks()
        return super().eventFilter(watched, event)

    def _look_for_blanks(self) -> None:
        now, rendering = time.perf_counter() * 1000, self._view.rendering
        seen = set(self._view.visible())
        kept = {piece.page for piece in rendering._cache._kept}
        for page in seen - kept:
            self._blank_since.setdefault(page, now)
        for page in list(self._blank_since):
            self._blanks[page] = max(self._blanks.get(page, 0.0), now - self._blank_since[page])
            if page not in seen or page in kept:
                del self._blank_since[page]

    def _count(self, what: str, number: int = 1) -> None:
        self._counted[what] += number

    def _scroll(self) -> None:
        step = self._speed * self._clock.restart() / 1000
        if not self._bar.minimum() <= self._place + self._direction * step <= self._bar.maximum():
            self._direction = -self._direction
        self._place += self._direction * step
        self._scrolled += step
        self._bar.setValue(round(self._place))

    def _keep_syncing(self) -> None:
        """When every paper is here, has them fetched anew, all but the one that is read."""
        if self._is_forgetting or self._sitting._desk.syncing.status().is_running:
            return
        self._is_forgetting = True
        self._sitting._background.run(Lane.SERIAL, self._forget, then=self._sync, owner=self)

    def _forget(self, _: object) -> int:
        vault = self._sitting._desk.unlocked.vault
        fetched = vault.do(partial(_take_away, kept=self._kept))
        for blob in fetched:
            vault.files.discard(blob)
        return sum(fetched.values())

    def _sync(self, fetched: int) -> None:
        self._is_forgetting = False
        self._count("syncs", int(fetched > 0))
        self._forgotten += fetched
        self._sitting._desk.unlocked.remote.stop_looking()  # as if there were news: the next round begins


def _take_away(db: Connection, kept: Digest | None) -> dict[Digest, int]:
    files = schema.files
    others = files.c.is_here & (files.c.blob != kept)
    fetched = {row.blob: row.size for row in db.execute(select(files).where(others))}
    db.execute(update(files).where(others).values(is_here=False))
    return fetched


def main() -> None:
    """Runs until the commands end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--keystore", required=True)
    asked = parser.parse_args()
    application = Application(folder=asked.data, service=asked.keystore)
    application.window.resize(1366, 768)
    Reading(application).listen()
    application.run()


if __name__ == "__main__":
    main()
