"""One history for everybody: what others saw is joined to what is known here, and a fork leaves evidence.

What others saw comes with their statements (`seen`), which the server can't alter, and with what their devices cosign
of checkpoints, which it can only withhold. This device cosigns too, now and then; no quorum counts it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.sqlite import insert

from ecabinet.client.remote import Remote
from ecabinet.client.remote_errors import RefusedByServer, RemoteError
from ecabinet.client.sync.alarms import AlarmKind, raise_alarm
from ecabinet.client.sync.apply import body_row
from ecabinet.client.sync.notes import OwnDevice
from ecabinet.client.sync.page import DoubtfulPage, Fork, join
from ecabinet.client.sync.restores import Restores
from ecabinet.client.vault import schema
from ecabinet.client.vault.store import Vault
from ecabinet.core.checkpoint import Checkpoint, LogKey, open_checkpoint, unverified
from ecabinet.core.codec import AgencyCode, Name
from ecabinet.core.cosignature import (
    cosigned_message,
    device_witness_key,
    make_cosignature,
    open_cosignatures,
    seconds_of,
)
from ecabinet.core.envelope import Envelope
from ecabinet.core.fork import ForkEvidence, is_convicting
from ecabinet.core.ledger import ProofError
from ecabinet.core.notes.sharing import device_of
from ecabinet.core.protocol import Reason
from ecabinet.core.register import EpochStarted, Register
from ecabinet.core.signed_note import NoteKey, SignedNote
from ecabinet.core.tiles import TiledTree

_SEEN_AT_ONCE = 64
"""Checkpoints seen by others that are joined to our history in one round; the rest waits for the next."""
_COSIGNS_EVERY = timedelta(hours=1)
_MOST_NOTES = 64


class History:
    """Of one body, as one person's device knows it. The vault is only touched through the serial lane."""

    def __init__(
        self,
        vault: Vault,
        remote: Remote,
        *,
        body: AgencyCode,
        person: Name,
        own: OwnDevice,
        now: Callable[[], datetime],
        heed: Callable[[], None],
        restores: Restores,
    ) -> None:
        self._vault, self._remote, self._body, self._person = vault, remote, body, person
        self._own, self._now, self._heed, self._restores = own, now, heed, restores
        self._cosigned_at: datetime | None = None

    def join_checkpoint(self, note: str) -> None:
        """Makes sure that a checkpoint and the largest known here are of one history.

        Raises Fork, ProofError, DoubtfulPage (nothing is known yet), RemoteError.
        """
        register, known, _ = self._vault.do(self._unjoined)
        key = register.log_key
        sizes = {each: open_checkpoint(each, key).size for each in (known, note)}
        if SignedNote.from_text(note).text == SignedNote.from_text(known).text:
            return
        older, newer = sorted(sizes, key=sizes.__getitem__)
        join(older, newer, self._ask_proof(sizes[older], sizes[newer], older, newer), key)

    def join_seen(self) -> None:
        """Joins what other signers and devices saw: two histories shown to two people come to light.

        Raises Fork, LostHistory.
        """
        register, known, seen = self._vault.do(self._unjoined)
        for note in seen:
            self._heed()
            before = register.epochs.open(note)
            if before.origin == register.log_key.name:
                proof = self._ask_proof(before.size, open_checkpoint(known, register.log_key).size, note, known)
                join(note, known, proof, register.log_key)
            else:
                self._restores.join_earlier(register, note)
            self._vault.do(partial(_mark_joined, note=note))

    def exchange_cosignatures(self) -> None:
        """Now and then: says what this device has verified, and joins what other devices say. Raises Fork."""
        if self._cosigned_at is not None and self._now() - self._cosigned_at < _COSIGNS_EVERY:
            return
        register, known, _ = self._vault.do(self._unjoined)
        key = self._own_key(register)
        if key is None:
            return
        try:
            self._remote.cosign(self._body, self._cosigned(known, key))
            said = self._remote.device_cosignatures(self._body)
        except RefusedByServer as error:
            if error.refusal.reason is not Reason.UNKNOWN:
                raise
            said = ()  # a server that does not know the question
        self._cosigned_at = self._now()
        words = [each for each in _verified(register, said[:_MOST_NOTES]) if each.device != key.name]
        if words:
            self._vault.do(partial(self._keep, words=words))
            self.join_seen()

    def remember(self, fork: Fork) -> bool:
        """Keeps the evidence and ends sync of this body; False if tiles prove that the later one continues the other.

        A smaller tree than the known one is an alarm in any case: what was acknowledged is gone.
        """
        register = self._vault.do(self._register)
        known, shown, root, path = self._proven(register.log_key, fork)
        before, after = unverified(known), unverified(shown)
        if after.size > before.size and is_convicting(before, after, root, path) is False:
            return False
        self._vault.do(partial(self._keep_fork, known=known, shown=shown, root=root, path=path))
        return True

    # ---------------------------------------------------------------- evidence

    def _proven(self, key: LogKey, fork: Fork) -> tuple[str, str, bytes | None, tuple[bytes, ...]]:
        """The two notes, and what tiles of the later tree show of the earlier one."""
        known, shown = fork.notes
        before, after = open_checkpoint(known, key), open_checkpoint(shown, key)
        if after.size < before.size:  # yesterday's ledger: convicted, if it was another then
            other = self._vault.do(partial(self._other_of_size, checkpoint=after))
            return other or known, shown, None, ()
        if after.size == before.size:
            return known, shown, None, ()
        epoch = int(after.origin.rpartition("/")[2])
        tree = TiledTree(after.size, after.root, lambda tile: self._remote.tile(self._body, epoch, tile))
        try:
            return known, shown, *tree.prove_beginning(before.size)
        except (ProofError, RemoteError):
            return known, shown, None, ()

    def _other_of_size(self, db: Connection, checkpoint: Checkpoint) -> str | None:
        """A checkpoint that was verified, of the size of this one and another than it."""
        seen = schema.checkpoints.c
        same = (seen.body == self._body) & (seen.size == checkpoint.size) & (seen.root != checkpoint.root)
        same &= seen.note.startswith(f"{checkpoint.origin}\n", autoescape=True)
        return db.scalar(select(seen.note).where(same, seen.is_checked).limit(1))

    def _register(self, db: Connection) -> Register:
        register = self._vault.registers.of(db, self._body)
        if register is None:
            raise DoubtfulPage
        return register

    def _keep_fork(self, db: Connection, known: str, shown: str, root: bytes | None, path: tuple[bytes, ...]) -> None:
        said = schema.statements.c
        columns = select(said.statement, said.signature).where(said.body == self._body)
        founding = db.execute(columns.where(said.leaf == 0)).one()
        epochs = db.execute(columns.where(said.type == EpochStarted.TYPE).order_by(said.leaf)).all()
        evidence = ForkEvidence(
            body=self._body,
            founding=Envelope(founding.statement, founding.signature),
            epochs=tuple(Envelope(row.statement, row.signature) for row in epochs),
            known=known,
            shown=shown,
            root=root,
            path=path,
        )
        raise_alarm(db, AlarmKind.FORK, evidence, subject="", at=self._now())
        db.execute(update(schema.bodies).where(schema.bodies.c.body == self._body).values(is_forked=True))

    # ---------------------------------------------------------------- cosignatures

    def _own_key(self, register: Register) -> NoteKey | None:
        """None while the register does not know this device, or no longer."""
        for device in register.devices(self._person):
            if device_of(device.sealing_key) == self._own.name:
                return device_witness_key(self._body, device.device_key)
        return None

    def _cosigned(self, note: str, key: NoteKey) -> str:
        signed, seconds = SignedNote.from_text(note), seconds_of(self._now())
        signature = self._own.sign(cosigned_message(signed.text, seconds))
        return str(signed.adding([make_cosignature(key, seconds, signature)]))

    def _keep(self, db: Connection, words: Iterable["_Word"]) -> None:
        for each in words:
            row = {"note": each.note, "body": self._body, "size": each.checkpoint.size, "root": each.checkpoint.root}
            db.execute(insert(schema.checkpoints).values(**row, is_checked=False).on_conflict_do_nothing())
            word = {"body": self._body, "device": each.device, "note": each.note}
            said = insert(schema.device_words).values(word)
            db.execute(said.on_conflict_do_update(index_elements=["body", "device"], set_=word))

    # ---------------------------------------------------------------- what is known

    def _ask_proof(self, first: int, second: int, note: str, known: str) -> tuple[bytes, ...]:
        if first in (0, second):
            return ()
        try:
            return self._remote.consistency(self._body, first, second)
        except RefusedByServer as error:
            if error.refusal.reason in {Reason.BAD_REQUEST, Reason.UNKNOWN}:
                raise Fork(note, known) from error
            raise

    def _unjoined(self, db: Connection) -> tuple[Register, str, list[str]]:
        register = self._vault.registers.of(db, self._body)
        row = body_row(db, self._body)
        if register is None or row.checkpoint is None:
            raise DoubtfulPage  # a feed that has been read to its end and founds nothing
        seen = schema.checkpoints.c
        is_earlier = ~seen.note.startswith(f"{register.log_key.name}\n", autoescape=True)
        mine = (seen.body == self._body) & ~seen.is_checked & ((seen.size <= row.checkpoint_size) | is_earlier)
        return register, row.checkpoint, list(db.scalars(select(seen.note).where(mine).limit(_SEEN_AT_ONCE)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    """The log's own note, and the device (its key's name) that cosigned it."""

    device: str
    note: str
    checkpoint: Checkpoint


def _verified(register: Register, notes: Iterable[str]) -> Iterable[_Word]:
    """What devices in force have cosigned; what is not proven is passed over."""
    body = register.founding.body
    devices = [device for person in register.people() for device in register.devices(person.id)]
    keys = {key.name: key for key in (device_witness_key(body, device.device_key) for device in devices)}
    for note in notes:
        try:
            signed = SignedNote.from_text(note)
            signers = [keys[each.name] for each in signed.signatures if each.name in keys]
            own = signed.by(register.log_key.note_key)
            if own is None:
                continue
            bare, checkpoint = str(SignedNote(signed.text, (own,))), open_checkpoint(note, register.log_key)
            for each in open_cosignatures(note, signers):
                yield _Word(device=each.key.name, note=bare, checkpoint=checkpoint)
        except ProofError:
            continue


def _mark_joined(db: Connection, note: str) -> None:
    seen = schema.checkpoints
    db.execute(update(seen).where(seen.c.note == note).values(is_checked=True))
