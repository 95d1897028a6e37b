"""The ledger of a body: accepting in groups, and what everybody may be shown of it.

Promises: appending is serialised per body; requests that wait together share one transaction; each is validated before
it joins, so that a refusal rolls back nothing; nobody is answered before the commit; tree, register and checkpoints
only ever hold what was committed, whichever process committed it; `accepted_at` never decreases; a ledger that was
restored from a backup shows and takes nothing before the registrar has begun a new epoch.
"""

import copy
import threading
from collections import deque
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import literal_column, null, select
from sqlalchemy.orm import InstrumentedAttribute

from ecabinet.core import cades, canonical, envelope
from ecabinet.core.checkpoint import Checkpoint, Receipt
from ecabinet.core.codec import AgencyCode, Identifier
from ecabinet.core.envelope import Envelope, Opened
from ecabinet.core.epochs import Epochs, Extent
from ecabinet.core.ledger import Entry, ProofError, Tree, leaf_hash
from ecabinet.core.protocol import Placed, Reason, Refused
from ecabinet.core.register import REGISTERING, Register
from ecabinet.core.statements import tag_of
from ecabinet.core.tiles import Tile, write_tile
from ecabinet.server import schema
from ecabinet.server.keys import Keys
from ecabinet.server.store import BodySession, Question, Store, among

MOST_AT_ONCE = 512
_REMEMBERED = 64
_MOST_RECALLED = 4096
"""Facts; one of a large ballot may tell of all its electors."""
Made = TypeVar("Made")
Kind: TypeAlias = type[schema.Envelope | schema.Meeting | schema.Ballot | schema.Document]
"""Of a thing that has an id."""
IDS: dict[Kind, InstrumentedAttribute[str]] = {
    schema.Envelope: schema.Envelope.id,
    schema.Meeting: schema.Meeting.meeting,
    schema.Ballot: schema.Ballot.ballot,
    schema.Document: schema.Document.document,
}
_KINDS = tuple(IDS)
_KNOWN = Question(
    *(
        select(
            literal_column(str(place)),
            column,
            *((schema.Envelope.leaf, schema.Envelope.statement) if kind is schema.Envelope else (null(), null())),
        ).where(among(column, "ids"))
        for place, (kind, column) in enumerate(IDS.items())
    )
)


@dataclass(slots=True)
class Turn:
    """One statement's turn to join the ledger, under the body's lock."""

    session: BodySession
    opened: Opened
    leaf: int
    accepted_at: datetime
    group: "_Group"

    @property
    def register(self) -> Register:
        """As it is before this leaf."""
        assert self.group.register is not None  # noqa: S101 - only the founding comes before it
        return self.group.register

    def change_register(self, change: Callable[[Register], None]) -> None:
        """Applies a register statement; what others see changes with the commit. Raises what `change` raises."""
        changed = copy.deepcopy(self.register)
        change(changed)
        self.group.register = changed

    def found_register(self, register: Register) -> None:
        self.group.register = register

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` gives, made once for the whole group, unless it is None. Whoever writes keeps it true."""
        made: Made | None = self.group.made.get(key)
        if made is None:
            made = self.group.made[key] = make()
        return made

    def recall(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` gives, made once for as long as nobody but this process appends, unless it is None.

        It must follow from the ledger alone; whoever appends what changes it keeps it true.
        """
        known: Made | None = self.group.recalled.get(key)
        if known is None:
            known = make()
            if known is not None:
                self.group.recalled[key] = known
        return known

    @property
    def together(self) -> Sequence[Opened]:
        """All that take their turns in this group, refused ones included."""
        return self.group.statements

    @property
    def awaits_epoch(self) -> bool:
        """Whether nothing may join before the registrar has begun a new epoch."""
        return self.group.ledger.awaits_epoch_after(self.register)

    def forget(self, key: Hashable) -> None:
        """What was recalled is not so any more."""
        self.group.recalled.pop(key, None)

    @property
    def named(self) -> Mapping[Identifier, Collection[Kind]]:
        """What the ids of this group's statements named already when it began."""
        return self.group.named

    def is_seen(self, note: str) -> bool:
        """Whether a log of this body signed the checkpoint, of the history it has now or of what a restore lost."""
        key = ("seen", canonical.digest(note.encode()), self.register.epoch)
        return bool(self.recall(key, lambda: self.is_own(note, self.register.epochs) or None))

    def is_own(self, note: str, epochs: Epochs) -> bool:
        """The same, for other epochs than the register has."""
        return self.group.ledger.is_own(note, epochs)

    def log_key(self, epoch: int) -> bytes:
        """The public half, 32 bytes."""
        return self.group.ledger.log_key(epoch)


Accept = Callable[[Turn], str]
"""Validates a statement, writes what follows from it and returns what it is about (`rights.Item.thing`).

Raises Refused before it has written anything."""


@dataclass(slots=True)
class _Waiting:
    opened: Opened
    accept: Accept
    index: int | None = None
    entry: Entry | None = None
    error: Exception | None = None
    is_done: bool = False


@dataclass(slots=True)
class _Group:
    """What one transaction is about to append."""

    ledger: "Ledger"
    register: Register | None
    accepted_at: datetime
    statements: Sequence[Opened]
    known: dict[Identifier, tuple[int, bytes]]
    """Statements that the ledger has already, of those that come: leaf and bytes."""
    named: dict[Identifier, set[Kind]]
    recalled: dict[Hashable, Any]
    leaves: list[bytes] = field(default_factory=list)
    made: dict[Hashable, Any] = field(default_factory=dict)


class Ledger:
    """The ledger of one body, shared by all threads."""

    def __init__(self, store: Store, body: AgencyCode, keys: Keys) -> None:
        self.body = body
        self._store = store
        self._keys = keys
        self._tree = Tree()
        self._register: Register | None = None
        self._register_size = 0
        self._note = ""
        self._state = threading.RLock()
        self._appending = threading.Lock()
        self._queue: deque[_Waiting] = deque()
        self._recalled: dict[Hashable, Any] = {}
        self._recalled_size = 0
        self._signing_key: tuple[int, Ed25519PrivateKey] | None = None
        self._prepared: dict[int, bool] = {}

    # ---------------------------------------------------------------- appending

    def append(self, statements: Sequence[tuple[Opened, Accept]]) -> list[Receipt | Exception]:
        """Appends each that its `accept` does not refuse; receipts and errors in order. Returns after the commit."""
        waiting = [_Waiting(opened, accept) for opened, accept in statements]
        self._queue.extend(waiting)
        # Whoever gets the lock serves all who wait; the others find their answers when they get it.
        while not all(each.is_done for each in waiting):
            with self._appending:
                group = [self._queue.popleft() for _ in range(min(len(self._queue), MOST_AT_ONCE))]
                if group:
                    self._append(group)
        return self._answers(waiting)

    def _append(self, waiting: list[_Waiting]) -> None:
        try:
            with self._store.writing(self.body) as session:
                self._catch_up(session)
                group = self._group(session, [each.opened for each in waiting])
                start = session.body.size
                for each in waiting:
                    self._take_turn(each, session, group)
                if group.leaves:
                    session.body.size = start + len(group.leaves)
                    session.body.accepted_at = group.accepted_at
            self._adopt(start, group)
        except Exception as error:  # noqa: BLE001 - whatever it was, nobody in the group was accepted
            if len(waiting) > 1:  # nobody shall suffer for what another sent
                for each in waiting:
                    each.index = each.entry = each.error = None
                    self._append([each])
                return
            waiting[0].error = error
        for each in waiting:
            each.is_done = True

    def _group(self, session: BodySession, statements: Sequence[Opened]) -> _Group:
        found = session.ask(_KNOWN, ids=[each.statement.id for each in statements])
        known: dict[Identifier, tuple[int, bytes]] = {}
        named: dict[Identifier, set[Kind]] = {}
        for place, identity, leaf, statement in found:
            named.setdefault(identity, set()).add(_KINDS[place])
            if leaf is not None:
                known[identity] = leaf, statement
        # Taken away until the commit: what a group that fails has made of it is true of nothing.
        recalled, self._recalled = self._recalled, {}
        if self._recalled_size != session.body.size or len(recalled) > _MOST_RECALLED:
            recalled = {}
        return _Group(
            ledger=self,
            register=self._register,
            accepted_at=max(session.body.accepted_at, session.now),
            statements=statements,
            known=known,
            named=named,
            recalled=recalled,
        )

    def _take_turn(self, waiting: _Waiting, session: BodySession, group: _Group) -> None:
        opened = waiting.opened
        known = group.known.get(opened.statement.id)
        if known is not None:
            leaf, statement = known
            if statement == opened.envelope.statement:
                waiting.index = leaf
                waiting.entry = core_entry(session.get_one(schema.Entry, (session.body.id, leaf)))
            else:
                waiting.error = Refused(Reason.ID_REUSED, opened.statement.id)
            return
        leaf = session.body.size + len(group.leaves)
        accepted_at = group.accepted_at
        try:
            thing = waiting.accept(Turn(session, opened, leaf, accepted_at, group))
        except Refused as refused:
            waiting.error = refused
            return
        entry = Entry(tag=tag_of(opened), envelope_digest=opened.envelope.digest, accepted_at=accepted_at)
        session.put(
            schema.Entry, leaf=leaf, tag=entry.tag, envelope_digest=entry.envelope_digest, accepted_at=accepted_at
        )
        session.put(
            schema.Envelope,
            leaf=leaf,
            id=opened.statement.id,
            type=opened.statement.TYPE,
            thing=thing,
            statement=opened.envelope.statement,
            signature=opened.envelope.signature,
        )
        group.known[opened.statement.id] = leaf, opened.envelope.statement
        group.leaves.append(leaf_hash(bytes(entry)))
        waiting.index, waiting.entry = leaf, entry

    def _answers(self, waiting: Sequence[_Waiting]) -> list[Receipt | Exception]:
        errors = [each.error for each in waiting if each.error is not None]
        if len(errors) == len(waiting):
            return [*errors]
        try:
            view = self.view()
        except Refused as refused:
            return [each.error or refused for each in waiting]
        return [_answer(each, view) for each in waiting]

    # ---------------------------------------------------------------- what was committed

    def _adopt(self, start: int, group: _Group) -> None:
        with self._state:
            for leaf, hashed in enumerate(group.leaves, start):
                if leaf == len(self._tree):  # a reader may have been quicker
                    self._tree.append(hashed)
                    self._note = ""
            if start + len(group.leaves) > self._register_size:
                self._register, self._register_size = group.register, start + len(group.leaves)
        self._recalled, self._recalled_size = group.recalled, start + len(group.leaves)

    def _catch_up(self, session: BodySession) -> None:
        """Takes in what was committed since: at the start everything, later what other processes appended."""
        size = session.body.size
        with self._state:
            if size <= min(len(self._tree), self._register_size):
                return
            columns = (schema.Entry.tag, schema.Entry.envelope_digest, schema.Entry.accepted_at)
            rows = session.execute(
                select(*columns)
                .where(schema.Entry.leaf >= len(self._tree), schema.Entry.leaf < size)
                .order_by(schema.Entry.leaf)
            )
            for tag, digest, accepted_at in rows:
                entry = Entry(tag=tag, envelope_digest=digest, accepted_at=accepted_at)
                self._tree.append(leaf_hash(bytes(entry)))
                self._note = ""
            self._replay(session, size)

    def _replay(self, session: BodySession, size: int) -> None:
        register = copy.deepcopy(self._register)
        rows = session.execute(
            select(schema.Envelope, schema.Entry.accepted_at)
            .join(schema.Entry, schema.Entry.leaf == schema.Envelope.leaf)
            .where(
                schema.Envelope.type.in_(REGISTERING),
                schema.Envelope.leaf >= self._register_size,
                schema.Envelope.leaf < size,
            )
            .order_by(schema.Envelope.leaf)
        )
        for row, accepted_at in rows:
            opened = reopen(row)
            if register is None:
                register = Register.found(opened)
            else:
                register.add(opened, row.leaf, accepted_at)
        self._register, self._register_size = register, size

    def catch_up(self, session: BodySession) -> Register:
        """The register as of this session's view of the body; the tree is at least as large."""
        self._catch_up(session)
        if self._register is None:
            raise Refused(Reason.UNKNOWN)
        return self._register

    # ---------------------------------------------------------------- proofs

    def awaits_epoch_after(self, register: Register | None) -> bool:
        """Whether a log key has been prepared for an epoch that the register has not got to.

        Looked up once: keys are prepared while no server runs.
        """
        if register is None:
            return False
        following = register.epoch + 1
        if following not in self._prepared:
            self._prepared[following] = self._keys.is_prepared(self.body, following)
        return self._prepared[following]

    def view(self, size: int | None = None) -> "View":
        """The ledger as it is now, or when it had `size` leaves: a checkpoint, and proofs to it.

        Raises Refused (awaiting_epoch): a restored backup signed as the old log would be yesterday's ledger.
        """
        if self.awaits_epoch_after(self._register):
            raise Refused(Reason.AWAITING_EPOCH)
        return self.restored(size)

    def restored(self, size: int | None = None) -> "View":
        """The same of a ledger that waits for a new epoch, for who begins it."""
        with self._state:
            if size is None or size == len(self._tree):
                self._note = self._note or self._sign(len(self._tree))
                return View(self._tree, len(self._tree), self._note)
            return View(self._tree, size, self._sign(size))

    def _sign(self, size: int) -> str:
        assert self._register is not None  # noqa: S101 - a ledger that is read has been founded
        epoch = self._register.epoch
        if self._signing_key is None or self._signing_key[0] != epoch:
            self._signing_key = (epoch, self._keys.log_key(self.body, epoch))
        checkpoint = Checkpoint(origin=self._register.log_key.name, size=size, root=self._tree.root(size))
        return checkpoint.signed(self._signing_key[1])

    def log_key(self, epoch: int) -> bytes:
        return self._keys.log_key(self.body, epoch).public_key().public_bytes_raw()

    def is_own(self, note: str, epochs: Epochs) -> bool:
        try:
            checkpoint = epochs.open(note)
        except ProofError:
            return False
        extent = epochs.extent(checkpoint)
        if extent is not Extent.KEPT:
            return extent is Extent.LOST
        with self._state:
            return checkpoint.size <= len(self._tree) and self._tree.root(checkpoint.size) == checkpoint.root


@dataclass(frozen=True, slots=True)
class View:
    """A checkpoint, and proofs to it. What grows meanwhile changes neither."""

    _tree: Tree
    size: int
    checkpoint: str

    def place(self, leaf: int, accepted_at: datetime) -> Placed:
        return Placed(leaf=leaf, accepted_at=accepted_at, path=self._tree.inclusion_proof(leaf, self.size))

    def consistency(self, first: int, second: int | None = None) -> tuple[bytes, ...]:
        """Raises Refused for sizes this log never had."""
        try:
            return self._tree.consistency_proof(first, self.size if second is None else second)
        except IndexError:
            raise Refused(Reason.BAD_REQUEST, "tree") from None

    def range_proof(self, start: int) -> tuple[bytes, ...]:
        """For the leaves from `start` on."""
        return self._tree.range_proof(start, self.size, self.size)

    def tile(self, tile: Tile) -> bytes:
        """Raises Refused for one that the tree has not, or not yet."""
        try:
            return write_tile(self._tree, tile, self.size)
        except IndexError:
            raise Refused(Reason.UNKNOWN, "tile") from None


def _answer(waiting: _Waiting, view: View) -> Receipt | Exception:
    if waiting.error is not None:
        return waiting.error
    assert waiting.index is not None  # noqa: S101 - neither refused nor failed
    assert waiting.entry is not None  # noqa: S101
    path = view.place(waiting.index, waiting.entry.accepted_at).path
    return Receipt(entry=waiting.entry, index=waiting.index, path=path, note=view.checkpoint)


def reopen(row: schema.Envelope) -> Opened:
    """A stored envelope, whose signature was checked when it was accepted."""
    return _reopen(row.statement, row.signature)


@lru_cache(_REMEMBERED)
def _reopen(statement: bytes, signature: bytes) -> Opened:
    stored = Envelope(statement, signature)
    return Opened(stored, envelope.parse(statement), cades.read(signature).signer_certificate)


def core_entry(row: schema.Entry) -> Entry:
    """The leaf that a row stores."""
    return Entry(tag=row.tag, envelope_digest=row.envelope_digest, accepted_at=row.accepted_at)
