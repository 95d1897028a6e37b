"""Sync, as windows see it: one round at a time, a status that is always at hand, and alarms."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from ecabinet.client.desk.unlocked import Unlocked
from ecabinet.client.sync import Alarm, AlarmKind, Report, Status, Trouble
from ecabinet.client.sync.alarms import alarms
from ecabinet.client.sync.rounds import Tell, unheard, untold
from ecabinet.client.vault import schema
from ecabinet.client.vault.changes import Changes
from ecabinet.core import codec
from ecabinet.core.codec import Identifier
from ecabinet.core.protocol import Refusal

__all__ = ["Alarm", "AlarmKind", "Report", "Signed", "Status", "Syncing", "Trouble"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What became of a statement signed on this device. Neither recorded nor refused, it waits to be sent."""

    statement: Identifier
    is_recorded: bool
    """A receipt, or the ledger itself, proves that it stands there."""
    refusal: Refusal | None


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

    def signed(self, but: AbstractSet[Identifier] = frozenset()) -> tuple[Signed, ...]:
        """What was signed here, in order, except `but`."""

        def ask(db: Connection) -> tuple[Signed, ...]:
            said, line = schema.statements.c, schema.outbox.c
            asked = select(line.statement, line.refusal, said.leaf).join(schema.statements, said.id == line.statement)
            rows = db.execute(asked.where(line.body == self._unlocked.body).order_by(line.place))
            return tuple(
                Signed(
                    statement=row.statement,
                    is_recorded=row.leaf is not None,
                    refusal=None if row.refusal is None else codec.load(Refusal, row.refusal),
                )
                for row in rows
                if row.statement not in but
            )

        return self._unlocked.vault.do(ask)

    def now(self) -> datetime:
        """By the server's clock, as far as this machine's was found to be off. From any thread: never waits."""
        return self._sync.now()

    def alarms(self) -> tuple[Alarm, ...]:
        """The latest first."""
        return self._unlocked.vault.do(lambda db: alarms(db, self._unlocked.body))
