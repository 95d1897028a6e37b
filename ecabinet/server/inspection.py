"""Whether the ledger in a database is the one that was signed.

Each entry is held against its envelope, and the tree of them all against the largest checkpoints that anybody's
statement has seen, signed by the log, and that witnesses and members' devices have cosigned.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from sqlalchemy import func, select

from ecabinet.core.cades import BadSignature
from ecabinet.core.checkpoint import Checkpoint, origin_of, unverified
from ecabinet.core.cosignature import device_witness_key, open_cosignature
from ecabinet.core.envelope import Envelope
from ecabinet.core.epochs import Extent
from ecabinet.core.ledger import Entry, ProofError, Tree, leaf_hash
from ecabinet.core.register import REGISTERING, Register
from ecabinet.core.signed_note import NoteKey, NoteSignature
from ecabinet.server import schema
from ecabinet.server.ledger import reopen
from ecabinet.server.store import BodySession

_AT_ONCE = 10_000
_Claim: TypeAlias = tuple[int, Callable[[bytes], bool]]
"""A size of the tree, and whether what was signed of it is this root."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosigned:
    """What a witness or a device is on record to have said of the tree of a size."""

    epoch: int
    size: int
    witness: str
    """Its verifier key; for a device the digest of its key."""
    line: str
    is_device: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """What was found."""

    sound: int
    """Entries whose envelopes are there, unaltered. Where not all are, nothing else was looked at."""
    confirmed: int = 0
    """How many of the first entries are as the log, a witness or a device signed them."""
    contradicted: int | None = None
    """A size of the tree that something else was signed for."""
    register: Register | None = None
    """None where its statements do not follow from one another."""


def cosigned(session: BodySession) -> tuple[Cosigned, ...]:
    """The largest of each witness and device. To be read before what it is held against, which only grows."""
    said, device = schema.Cosignature, schema.DeviceCosignature
    largest = session.execute(select(said.epoch, func.max(said.size), said.key).group_by(said.epoch, said.key)).all()
    lines = [(each, session.get_one(said, (session.body_id, *each)).line) for each in largest]
    return (
        *(
            Cosigned(epoch=epoch, size=size, witness=key, line=line, is_device=False)
            for (epoch, size, key), line in lines
        ),
        *(
            Cosigned(epoch=each.epoch, size=each.size, witness=each.device, line=each.line, is_device=True)
            for each in session.scalars(select(device))
        ),
    )


def inspect(session: BodySession, said: tuple[Cosigned, ...]) -> Inspected:
    """Reads the whole ledger."""
    tree, sound, seen = Tree(), 0, dict[str, tuple[int, str]]()
    for entry, envelope in _rows(session):
        tree.append(leaf_hash(bytes(entry)))
        if envelope.digest == entry.envelope_digest:
            sound += 1
            _note_seen(seen, envelope.statement)
    if sound != session.body.size:
        return Inspected(sound=sound)
    try:
        register = _register(session)
    except (BadSignature, ValueError):
        return Inspected(sound=sound)
    confirmed = 0
    for size, is_signed in [*_by_the_log(register, seen.values()), *_by_others(register, said)]:
        if size > len(tree) or not is_signed(tree.root(size)):
            return Inspected(sound=sound, contradicted=size, register=register)
        confirmed = max(confirmed, size)
    return Inspected(sound=sound, confirmed=confirmed, register=register)


def _rows(session: BodySession) -> Iterator[tuple[Entry, Envelope]]:
    """Those entries that have an envelope, in order."""
    entry, envelope = schema.Entry, schema.Envelope
    asked = select(entry.tag, entry.envelope_digest, entry.accepted_at, envelope.statement, envelope.signature).join(
        envelope, envelope.leaf == entry.leaf
    )
    for start in range(0, session.body.size, _AT_ONCE):
        end = min(start + _AT_ONCE, session.body.size)
        chunk = asked.where(entry.leaf >= start, entry.leaf < end).order_by(entry.leaf)
        for tag, digest, accepted_at, statement, signature in session.execute(chunk):
            yield Entry(tag=tag, envelope_digest=digest, accepted_at=accepted_at), Envelope(statement, signature)


def _note_seen(largest: dict[str, tuple[int, str]], statement: bytes) -> None:
    """Keeps the note that a statement has seen, where it is the largest of its log."""
    try:
        note = json.loads(statement)["seen"]
        checkpoint = unverified(note)
    except (LookupError, TypeError, ValueError):  # the first have seen none; and what is no statement is told elsewhere
        return
    if checkpoint.size > largest.get(checkpoint.origin, (0, ""))[0]:
        largest[checkpoint.origin] = checkpoint.size, note


def _register(session: BodySession) -> Register:
    """The register as its statements make it. Raises BadSignature, ValueError."""
    asked = (
        select(schema.Envelope, schema.Entry.accepted_at)
        .join(schema.Entry, schema.Entry.leaf == schema.Envelope.leaf)
        .where(schema.Envelope.type.in_(REGISTERING), schema.Envelope.leaf < session.body.size)
        .order_by(schema.Envelope.leaf)
    )
    (founding, _), *following = session.execute(asked).all()
    register = Register.found(reopen(founding))
    for row, accepted_at in following:
        register.add(reopen(row), row.leaf, accepted_at)
    return register


def _by_the_log(register: Register, seen: Iterable[tuple[int, str]]) -> Iterator[_Claim]:
    for size, note in seen:
        try:
            checkpoint = register.epochs.open(note)
        except ProofError:
            yield size, _never
            continue
        if register.epochs.extent(checkpoint) is Extent.KEPT:
            yield size, checkpoint.root.__eq__


def _by_others(register: Register, said: Iterable[Cosigned]) -> Iterator[_Claim]:
    body = register.founding.body
    devices = {
        hashlib.sha256(device.device_key).hexdigest(): device_witness_key(body, device.device_key)
        for person in register.people()
        for device in register.devices(person.id)
    }
    for each in said:
        origin = origin_of(body, each.epoch)
        key = devices.get(each.witness) if each.is_device else NoteKey.from_text(each.witness)
        if key is None:  # of a device that was revoked since
            continue
        if origin not in register.epochs.log_keys:
            yield each.size, _never
            continue
        end = register.epochs.end_of(origin)
        if end is None or each.size <= end:  # else a restored backup has lost it
            yield each.size, partial(_has_cosigned, key, origin, each)


def _has_cosigned(key: NoteKey, origin: str, said: Cosigned, root: bytes) -> bool:
    text = Checkpoint(origin=origin, size=said.size, root=root).text()
    try:
        open_cosignature(text, NoteSignature.from_line(said.line), key)
    except ProofError:
        return False
    return True


def _never(_: bytes) -> bool:
    return False
