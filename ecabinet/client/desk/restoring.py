"""After a restored backup: the registrar sees what is gone, begins a new epoch, and signs anew what of the register is.

Everybody else's statements come back by themselves: see `client.sync.restores`.
"""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, select

from ecabinet.client.desk.errors import BadAnswer, RefusedByServer
from ecabinet.client.desk.unlocked import Unlocked
from ecabinet.client.vault import schema
from ecabinet.client.vault.changes import Changes
from ecabinet.core.checkpoint import Checkpoint, unverified
from ecabinet.core.envelope import parse
from ecabinet.core.ledger import ProofError, verify_consistency
from ecabinet.core.people import Act
from ecabinet.core.protocol import Reason, Restored
from ecabinet.core.register import REGISTERING, AuthorityAdmitted, Enrolled, EpochStarted, Register, Revoked


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingEpoch:
    """A ledger that waits for its registrar."""

    epoch: int
    """The one to be begun."""
    restored_size: int
    """How many entries the backup brought back."""
    known_size: int
    """How many there had been, as far as anybody has told."""
    signed_anew: int
    """Enrolments and revocations among those that are gone, as this device knows them: signed again with the epoch."""


class Restoring:
    """The registrar's part."""

    def __init__(self, unlocked: Unlocked) -> None:
        self._unlocked = unlocked

    def pending(self) -> PendingEpoch | None:
        """*Network.* None while the server waits for nothing.

        Raises BadAnswer if what was restored is not the beginning of the history known here; RemoteError, KeyUnusable.
        """
        asked = self._ask()
        if asked is None:
            return None
        restored, known = asked
        size = unverified(restored.checkpoint).size
        gone = self._unlocked.vault.do(lambda db: self._gone(db, size))
        return PendingEpoch(
            epoch=restored.epoch,
            restored_size=size,
            known_size=max(size, unverified(known).size),
            signed_anew=len(gone),
        )

    def begin(self, pin: str) -> Changes:
        """*Network.* Signs the epoch, and again what is gone of the register; the next round sends it.

        Raises as `pending` does, and NotAllowed, WrongPin, KeyUnusable, TokenUnusable, StorageUnusable.
        """
        self._unlocked.require(Act.START_EPOCH)
        asked = self._ask()
        if asked is None:
            return Changes()
        signer = self._unlocked.signer(pin)
        restored, known = asked
        size = unverified(restored.checkpoint).size

        def sign(db: Connection) -> None:
            started = EpochStarted(
                **self._unlocked.heading(db),
                epoch=restored.epoch,
                log_key=restored.log_key,
                last_checkpoint=known,
                previous=self._head(db, size),
            )
            head = self._unlocked.queue(db, started, signer).digest
            for said in self._gone(db, size):
                again = replace(said, **self._unlocked.heading(db), previous=head)
                head = self._unlocked.queue(db, again, signer).digest

        self._unlocked.vault.do(sign)
        self._unlocked.sync.recount()
        return Changes(register=True)

    def _ask(self) -> tuple[Restored, str] | None:
        """What the server has, proven to begin the history known here, and the note that the epoch has to name."""
        own = self._unlocked.vault.do(self._unlocked.sync.furthest)
        restored: Restored | None = None
        try:
            for note in own:
                restored = self._unlocked.remote.restored(self._unlocked.body, note)
        except RefusedByServer as error:
            if error.refusal.reason is Reason.UNKNOWN:
                return None
            raise
        register = self._unlocked.vault.do(self._unlocked.register)
        if restored is None:
            return None
        try:
            shown = register.epochs.open(restored.checkpoint)
            if shown.origin != register.log_key.name or restored.epoch != register.epoch + 1:
                raise BadAnswer
            self._require_beginning(register, shown)
            return restored, register.epochs.furthest((restored.checkpoint, restored.furthest, *own))
        except ProofError as error:
            raise BadAnswer from error

    def _require_beginning(self, register: Register, shown: Checkpoint) -> None:
        """That the restored ledger continues the largest checkpoint that was verified and is not larger."""
        known = self._unlocked.vault.do(lambda db: _largest_within(db, self._unlocked.body, shown))
        if known is None:
            return
        before = register.epochs.open(known)
        path = () if before.size == shown.size else self._consistency(before.size, shown.size)
        verify_consistency(before.size, shown.size, path, before.root, shown.root)

    def _consistency(self, first: int, second: int) -> tuple[bytes, ...]:
        return self._unlocked.remote.consistency(self._unlocked.body, first, second)

    def _head(self, db: Connection, size: int) -> str:
        """Of the register, as far as it was restored."""
        return str(db.scalar(self._registering(schema.statements.c.leaf < size, schema.statements.c.digest, last=True)))

    def _gone(self, db: Connection, size: int) -> list[Enrolled | Revoked | AuthorityAdmitted]:
        """What the backup did not bring back of the register."""
        asked = self._registering(schema.statements.c.leaf >= size, schema.statements.c.statement)
        said = [parse(statement) for statement in db.scalars(asked)]
        return [each for each in said if isinstance(each, Enrolled | Revoked | AuthorityAdmitted)]

    def _registering(self, where: Any, column: Any, *, last: bool = False) -> Any:
        said = schema.statements.c
        asked = select(column).where(said.body == self._unlocked.body, said.type.in_(REGISTERING), where)
        return asked.order_by(said.leaf.desc()).limit(1) if last else asked.order_by(said.leaf)


def _largest_within(db: Connection, body: str, shown: Checkpoint) -> str | None:
    seen = schema.checkpoints.c
    own = seen.note.startswith(f"{shown.origin}\n", autoescape=True)
    asked = select(seen.note).where(seen.body == body, seen.is_checked, own, seen.size <= shown.size)
    return db.scalar(asked.order_by(seen.size.desc()).limit(1))
