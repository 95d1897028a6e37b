"""Keeping this machine and the server the same: waiting for news, a round when there is some; what to tell of it."""

import random
from datetime import datetime

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from ecabinet.client.background import Background, Call, CancelledError, Lane, Progress
from ecabinet.client.desk import Changes
from ecabinet.client.desk.syncing import Status, Syncing, Trouble
from ecabinet.client.ui.theme import Tone
from ecabinet.client.ui.troubles import explain_trouble
from ecabinet.client.ui.widgets import Notice
from ecabinet.client.ui.widgets import Status as Told

_TICK_MS = 500
_TICKS_BETWEEN_LOOKS = 6
_USUAL_WAIT = (15.0, 25.0)
"""Seconds between rounds while the server has nothing new to say: apart by chance, so that not all ask at once."""
_AGAIN_AFTER_MS = (2_000, 4_000)
"""Before the next round when one could not be finished: a network that is back is used at once."""
_LEAST_LOOK_MS = 2_000
_WAIT_AFTER_FAULT_MS = 30_000


class Rounds(QObject):
    """The rounds of one unlocked profile. It ends by itself when the server has shown two histories."""

    changed = Signal(object)
    """Carries the Changes of a round, or of sending."""
    moved = Signal()
    """The status may be another."""
    underway = Signal()
    """A long round has been at it for some seconds: things may have come that no `changed` has told of yet."""
    failed = Signal(object)
    """Carries an Exception that a round should not have raised. The next round comes nonetheless."""

    def __init__(self, background: Background, syncing: Syncing, owner: QObject) -> None:
        super().__init__(owner)
        self._background, self._syncing = background, syncing
        self._round: Call | None = None
        self._is_due = False
        self._has_to_send = False
        self._is_ended = False
        self._updated_at: datetime | None = None
        self._looked = QElapsedTimer()
        self._ticks = 0
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self._tell_progress)

    def start(self) -> None:
        """Look for news, and begin a round."""
        self._look()
        self._begin()

    def _begin(self) -> None:
        if self._is_ended:
            return
        if self._round is not None:
            self._is_due = True
            return
        self._is_due = False
        self._ticks = 0
        self._updated_at = self._syncing.status().updated_at
        self._tick.start()
        self._round = self._background.run(
            Lane.NETWORK,
            lambda call: self._syncing.once(call.report),
            then=self._finish,
            failed=self._fail,
            owner=self,
        )

    def end(self) -> None:
        """Begin nothing more; what runs is left to whoever closes the desk."""
        self._is_ended = True
        self._tick.stop()

    def send_soon(self) -> None:
        """Send what waits now. A round that is fetching papers steps back for it and goes on afterwards."""
        if self._is_ended:
            return
        if self._round is not None:
            self._has_to_send = True
            self._round.cancel()
            return
        self._background.run(
            Lane.NETWORK, lambda _: self._syncing.send(), then=self._tell, failed=self._tell_fault, owner=self
        )

    def _finish(self, changes: Changes) -> None:
        self._round = None
        self._tick.stop()
        self._tell(changes)
        status = self._syncing.status()
        if status.trouble is Trouble.FORKED:
            self.end()
        elif status.updated_at == self._updated_at and status.trouble in (None, Trouble.OFFLINE):
            QTimer.singleShot(random.randint(*_AGAIN_AFTER_MS), self, self._begin)  # noqa: S311 - as below
        if self._has_to_send:
            self._has_to_send = False
            self.send_soon()
        if self._is_due:
            self._begin()

    def _fail(self, error: Exception) -> None:
        self._round = None
        self._tick.stop()
        self.underway.emit()
        self.moved.emit()
        if isinstance(error, CancelledError):
            self._has_to_send = False
            self._begin()  # it begins by sending
        else:
            self.failed.emit(error)

    def _look(self) -> None:
        """Wait for news while rounds come and go, so that what happens during a round is heard too."""
        if self._is_ended:
            return
        seconds = random.uniform(*_USUAL_WAIT)  # noqa: S311 - spreads the load, keeps no secret
        self._background.run(
            Lane.NETWORK,
            lambda _: self._syncing.wait_for_news(seconds),
            then=self._hear,
            failed=self._fail_to_hear,
            owner=self,
        )
        self._looked.restart()

    def _hear(self, is_new: bool) -> None:  # noqa: FBT001 - what the lane hands over
        if not is_new and not self._looked.hasExpired(_LEAST_LOOK_MS):
            QTimer.singleShot(_LEAST_LOOK_MS, self, self.start)  # whoever cuts us off at once is not asked at once
        else:
            self.start()

    def _fail_to_hear(self, error: Exception) -> None:
        self.failed.emit(error)
        QTimer.singleShot(_WAIT_AFTER_FAULT_MS, self, self.start)

    def _tell(self, changes: Changes) -> None:
        if changes:
            self.changed.emit(changes)
        self.moved.emit()

    def _tell_fault(self, error: Exception) -> None:
        self.failed.emit(error)

    def _tell_progress(self) -> None:
        self._ticks += 1
        self.moved.emit()
        if self._ticks % _TICKS_BETWEEN_LOOKS == 0:
            self.underway.emit()


def told(status: Status) -> Told:
    """The state of sync as the line at the bottom tells it."""
    is_fetching = status.is_running and status.bytes_done < status.bytes_total
    return Told(
        updated_at=status.updated_at,
        papers_here=status.papers_here,
        papers=status.papers,
        ready_until=status.ready_until,
        waiting_to_be_sent=status.waiting_to_send,
        is_offline=status.trouble is Trouble.OFFLINE,
        is_connecting=not status.is_reached and status.trouble is None,
        progress=Progress(done=status.bytes_done, total=status.bytes_total) if is_fetching else None,
    )


def trouble_notice(status: Status) -> Notice | None:
    """What a person should know of a round that did not finish. Being off-line is nothing to be told apart."""
    if status.trouble in (None, Trouble.OFFLINE):
        return None
    told = explain_trouble(status.trouble)
    tone = Tone.DANGER if status.trouble is Trouble.FORKED else Tone.WARNING
    return Notice(tone, told.happened, safe=told.safe, to_do=told.to_do)
