"""Work behind everything else, of which one run is enough at a time: papers are read in, scans are recognised."""

import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from ecabinet.client.background import Background, Call, CancelledError, Lane, Progress

Work = Callable[[Callable[[int, int | None], None]], Any]
"""Is given what it reports to, which may raise to stop it."""


class Behind(QObject):
    """One run at a time; what is due meanwhile is taken along by the next one."""

    moved = Signal()
    """`progress` is another: None at the end."""
    done = Signal(object)
    """A run has come to its end; carries what it gave."""
    failed = Signal(object)
    """Carries the Exception; the next run goes on where this one stopped."""

    def __init__(self, background: Background, work: Work, owner: QObject | None) -> None:
        super().__init__(owner)
        self._background, self._work = background, work
        self._run: Call | None = None
        self._is_due = self._is_ended = False
        self._began = 0.0, 0
        self.progress: Progress | None = None

    def look(self) -> None:
        """There may be something to do."""
        if self._is_ended:
            return
        if self._run is not None:
            self._is_due = True
            return
        self._is_due = False
        self._run = self._background.run(
            Lane.IDLE,
            lambda call: self._work(call.report),
            then=self._finish,
            failed=self._fail,
            progress=self._tell,
            owner=self,
        )

    def end(self) -> None:
        """Stop at the next piece, and begin nothing more."""
        self._is_ended = True
        if self._run is not None:
            self._run.cancel()

    @property
    def seconds_left(self) -> float | None:
        """How long this run may still take, by how fast it went; None while nobody knows."""
        progress, (at, done) = self.progress, self._began
        if progress is None or progress.total is None or progress.done <= done:
            return None
        return (time.monotonic() - at) / (progress.done - done) * (progress.total - progress.done)

    def _tell(self, progress: Progress) -> None:
        if self.progress is None:
            self._began = time.monotonic(), progress.done
        self.progress = progress
        self.moved.emit()

    def _rest(self) -> None:
        self._run = self.progress = None
        self.moved.emit()

    def _finish(self, given: Any) -> None:
        self._rest()
        self.done.emit(given)
        if self._is_due:
            self.look()

    def _fail(self, error: Exception) -> None:
        self._rest()
        if not isinstance(error, CancelledError):
            self.failed.emit(error)
