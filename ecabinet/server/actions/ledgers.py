"""A ledger as static files (`c2sp.org/tlog-tiles`), and what witnesses and devices say of it.

Who may read what: checkpoints, hashes and witnesses' words are for anybody, and say nothing but how many entries there
are; the entries themselves, which tell when things happened, are for who is signed in to the body.
"""

import hashlib
from collections import defaultdict

from sqlalchemy import select

from ecabinet.core.checkpoint import read_checkpoint
from ecabinet.core.codec import AgencyCode
from ecabinet.core.cosignature import DeviceCosignature, DeviceCosignatures, device_witness_key, open_cosignature
from ecabinet.core.ledger import ProofError
from ecabinet.core.protocol import Reason, Refused
from ecabinet.core.register import Register
from ecabinet.core.signed_note import NoteSignature, SignedNote
from ecabinet.core.tiles import Place, Tile, write_entries
from ecabinet.server import schema
from ecabinet.server.actions import Server
from ecabinet.server.ledger import Ledger, View, core_entry
from ecabinet.server.sessions import Caller
from ecabinet.server.store import BodySession
from ecabinet.server.witnesses import cosigned_note, largest_cosigned

_MOST_DEVICES = 60
"""Whose words one answer brings: fewer than a note may have signatures."""


def checkpoint(server: Server, body: AgencyCode, epoch: int) -> str:
    """The newest checkpoint, with what witnesses have said of it so far. Raises Refused: unknown."""
    ledger = server.ledger(body)
    with server.store.reading(body) as session:
        _require_epoch(ledger, session, epoch)
        return cosigned_note(session, epoch, ledger.view(session.body.size))


def cosigned(server: Server, body: AgencyCode, epoch: int) -> str:
    """The largest checkpoint with a quorum of witnesses. Raises Refused: unknown."""
    ledger = server.ledger(body)
    with server.store.reading(body) as session:
        register = _require_epoch(ledger, session, epoch)
        size = largest_cosigned(session, epoch, register.founding.witnesses)
        if size is None:
            raise Refused(Reason.UNKNOWN, "cosigned")
        return cosigned_note(session, epoch, ledger.view(size))


def tile(server: Server, body: AgencyCode, epoch: int, path: str) -> bytes:
    """Raises Refused: unknown."""
    try:
        asked = Tile.from_path(path)
    except ProofError:
        raise Refused(Reason.UNKNOWN, "tile") from None
    return _view(server, body, epoch).tile(asked)


def entries(server: Server, caller: Caller, epoch: int, path: str) -> bytes:
    """A bundle of entries. Raises Refused: unknown."""
    try:
        place = Place.from_path(path)
    except ProofError:
        raise Refused(Reason.UNKNOWN, "tile") from None
    ledger = server.ledger(caller.body)
    with server.store.reading(caller.body) as session:
        _require_epoch(ledger, session, epoch)
        if place.start + place.width > session.body.size:
            raise Refused(Reason.UNKNOWN, "tile")
        wanted = select(schema.Entry).where(
            schema.Entry.leaf >= place.start, schema.Entry.leaf < place.start + place.width
        )
        return write_entries(bytes(core_entry(row)) for row in session.scalars(wanted.order_by(schema.Entry.leaf)))


def _view(server: Server, body: AgencyCode, epoch: int) -> View:
    ledger = server.ledger(body)
    with server.store.reading(body) as session:
        _require_epoch(ledger, session, epoch)
        return ledger.view(session.body.size)


def _require_epoch(ledger: Ledger, session: BodySession, epoch: int) -> Register:
    """The log of an earlier epoch is served no more: its tree may be another one."""
    register = ledger.catch_up(session)
    if register.epoch != epoch:
        raise Refused(Reason.UNKNOWN, "epoch")
    return register


def cosign(server: Server, caller: Caller, message: DeviceCosignature) -> None:
    """Keeps what a device of the caller's says of a checkpoint. Raises Refused."""
    ledger = server.ledger(caller.body)
    with server.store.writing(caller.body) as session:
        register = ledger.catch_up(session)
        try:
            signed = SignedNote.from_text(message.note)
            claimed = read_checkpoint(signed.text)
        except ProofError:
            raise Refused(Reason.BAD_REQUEST, "note") from None
        if claimed.origin != register.log_key.name or not ledger.is_own(message.note, register.epochs):
            raise Refused(Reason.FOREIGN_CHECKPOINT)
        size = claimed.size
        device, signature = _cosigner(register, caller, signed)
        row = session.get(schema.DeviceCosignature, (session.body_id, device))
        if row is None:
            row = schema.DeviceCosignature(device=device, epoch=0, size=0)
            session.add(row)
        if (row.epoch, row.size) <= (register.epoch, size):  # what is said again is newer
            row.epoch, row.size, row.line = register.epoch, size, signature.line().removesuffix("\n")


def device_cosignatures(server: Server, caller: Caller) -> DeviceCosignatures:
    """What devices of the body have said last, of the largest checkpoints first, as far as one answer takes it."""
    ledger = server.ledger(caller.body)
    with server.store.reading(caller.body) as session:
        epoch = ledger.catch_up(session).epoch
        said = schema.DeviceCosignature
        rows = session.execute(
            select(said.size, said.line)
            .where(said.epoch == epoch, said.size <= session.body.size)
            .order_by(said.size.desc())
            .limit(_MOST_DEVICES)
        )
        lines: dict[int, list[NoteSignature]] = defaultdict(list)
        for size, line in rows:
            lines[size].append(NoteSignature.from_line(line))
        notes = (SignedNote.from_text(ledger.view(size).checkpoint).adding(each) for size, each in lines.items())
        return DeviceCosignatures(notes=tuple(map(str, notes)))


def _cosigner(register: Register, caller: Caller, signed: SignedNote) -> tuple[str, NoteSignature]:
    """Which of the caller's devices signed, by the digest of its key, and how. Raises Refused."""
    for device in register.devices(caller.person):
        key = device_witness_key(caller.body, device.device_key)
        signature = signed.by(key)
        if signature is None:
            continue
        try:
            open_cosignature(signed.text, signature, key)
        except ProofError:
            break
        return hashlib.sha256(device.device_key).hexdigest(), signature
    raise Refused(Reason.BAD_SIGNATURE)
