"""Sync, as windows see it: one round at a time, a status that is always at hand, and alarms."""

from datetime import datetime

from ecabinet.client.desk.unlocked import Unlocked
from ecabinet.client.sync import Alarm, AlarmKind, Report, Status, Trouble
from ecabinet.client.sync.alarms import alarms
from ecabinet.client.sync.rounds import Tell, unheard, untold
from ecabinet.client.vault.changes import Changes

__all__ = ["Alarm", "AlarmKind", "Report", "Status", "Syncing", "Trouble"]


class Syncing:
    """The rounds. One at a time: a second call while one runs waits for it and then does its own."""

    def __init__(self, unlocked: Unlocked) -> None:
        self._unlocked = unlocked
        self._sync = unlocked.sync

    def once(self, report: Report = unheard, tell: Tell = untold) -> Changes:
        """*Network.* One round: send what waits, take over what is new, fetch papers, exchange notes.

        What keeps a round from being finished is told by `status().trouble`, not raised; what did change is returned.
        What `report` raises ends the round cleanly and is raised here. `tell` hears of changes as they come, on this
        thread: a first round may take minutes.
        """
        return self._sync.once(report, tell)

    def send(self) -> Changes:
        """*Network.* Only sends what waits in the outbox: right after signing, so that the receipt comes at once."""
        return self._sync.send()

    def wait_for_news(self, seconds: float) -> bool:
        """*Network.* Waits until the server says "look", or so long at most; whether it did. `stop` ends it."""
        return self._sync.wait_for_news(seconds)

    def stop(self) -> None:
        """Ends a running round and any waiting at the next piece, for good. From any thread."""
        self._sync.stop()

    def status(self) -> Status:
        """The latest. From any thread, the UI thread too: never waits."""
        return self._sync.status()

    def now(self) -> datetime:
        """By the server's clock, as far as this machine's was found to be off. From any thread: never waits."""
        return self._sync.now()

    def alarms(self) -> tuple[Alarm, ...]:
        """The latest first."""
        return self._unlocked.vault.do(lambda db: alarms(db, self._unlocked.body))
