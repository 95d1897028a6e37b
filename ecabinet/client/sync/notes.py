"""Notes between a person's devices: ciphertext under a person key, which the server never has.

The first device to write a note makes the key; every device of the person that the register knows gets it, wrapped to
its sealing key (HPKE, RFC 9180) by one that has it, and signed by that one's device key: whoever reads the register can
wrap a key of his own making, and would read what is written under it. So a new device reads old notes once another of
the person's has synced.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import accumulate
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from ecabinet.client.sync.apply import Reader, without_quotes
from ecabinet.client.vault import crossings, schema
from ecabinet.core import codec
from ecabinet.core.canonical import NotCanonicalError
from ecabinet.core.codec import AgencyCode, Digest, Identifier, MalformedError
from ecabinet.core.envelope import new_id
from ecabinet.core.notes import NoteEdit, SealedNote, WrappedKey, wrapping_message
from ecabinet.core.notes.sharing import device_of
from ecabinet.core.protocol import LARGEST_NOTE
from ecabinet.core.register import DeviceKeys

MOST_AT_ONCE = 256
_BATCH_SIZE = 2 * 1024 * 1024
"""Bytes of notes in one message: in base 64 it stays below what a message may have."""
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_NONCE, _TAG = 12, 16
LONGEST = LARGEST_NOTE - _NONCE - _TAG
"""Bytes that a note's edit has at most to be sent; a longer one stays on its device."""


@dataclass(frozen=True, slots=True)
class OwnDevice:
    """What this device opens and signs person keys with."""

    sealing_key: X25519PrivateKey
    sign: Callable[[bytes], bytes]

    @property
    def name(self) -> Digest:
        return device_of(self.sealing_key.public_key().public_bytes_raw())


def open_keys(db: Connection, reader: Reader, own: OwnDevice, devices: Iterable[DeviceKeys]) -> None:
    """Unwraps the person keys that another of the person's `devices` left for this one."""
    signers = {device_of(each.sealing_key): each.device_key for each in devices}
    wrapped, known = schema.wrapped_keys, schema.person_keys
    new = (wrapped.c.body == reader.body) & (wrapped.c.device == own.name) & wrapped.c.key.not_in(select(known.c.key))
    for row in db.execute(select(wrapped).where(new, wrapped.c.by.in_(signers))).all():
        try:
            message = wrapping_message(reader.body, _wrapped(row))
            Ed25519PublicKey.from_public_bytes(signers[row.by]).verify(row.signature, message)
            secret = _SUITE.decrypt(row.wrapped, own.sealing_key, _key_info(reader.body, row.key))
        except (InvalidSignature, InvalidTag, ValueError):
            continue  # no device of the person's has left this
        db.execute(upsert(known).values(key=row.key, body=reader.body, secret=secret).on_conflict_do_nothing())


def open_notes(db: Connection, reader: Reader) -> set[Identifier]:
    """Opens what is still sealed, as far as the keys are here; the notes that it was."""
    edits, keys = schema.note_edits, schema.person_keys
    sealed = select(edits, keys.c.secret).join(keys, keys.c.key == edits.c.key)
    opened = set()
    for row in db.execute(sealed.where(edits.c.body == reader.body, edits.c.content.is_(None))).all():
        edit = _open_note(reader.body, row.secret, row.edit, row.note, row.ciphertext)
        if edit is None:
            continue
        if db.scalar(select(schema.gone.c.id).where(schema.gone.c.id == edit.document)) is not None:
            edit = without_quotes(edit)
        values = {"document": edit.document, "content": codec.dump(edit), "ciphertext": None, "key": None}
        db.execute(update(edits).where(edits.c.edit == row.edit).values(values))
        crossings.forget_note(db, edit.note)
        opened.add(edit.note)
    return opened


def keys_to_push(
    db: Connection, reader: Reader, own: OwnDevice, devices: Iterable[DeviceKeys]
) -> tuple[WrappedKey, ...]:
    """Every person key here, wrapped to every one of the person's `devices` that has not got it from another of them.

    Kept until it is pushed.
    """
    wrapped = schema.wrapped_keys
    sealing_keys = {device_of(each.sealing_key): each.sealing_key for each in devices}
    for key in db.execute(select(schema.person_keys).where(schema.person_keys.c.body == reader.body)).all():
        given = select(wrapped.c.device).where(wrapped.c.key == key.key, wrapped.c.by.in_(sealing_keys))
        for device in sealing_keys.keys() - set(db.scalars(given)):
            public = X25519PublicKey.from_public_bytes(sealing_keys[device])
            sealed = _SUITE.encrypt(key.secret, public, _key_info(reader.body, key.key))
            unsigned = WrappedKey(key=key.key, device=device, by=own.name, wrapped=sealed, signature=b"")
            signed = replace(unsigned, signature=own.sign(wrapping_message(reader.body, unsigned)))
            db.execute(insert(wrapped).values(**asdict(signed), body=reader.body, is_pushed=False))
    waiting = select(wrapped).where(wrapped.c.body == reader.body, ~wrapped.c.is_pushed).limit(MOST_AT_ONCE)
    return tuple(_wrapped(row) for row in db.execute(waiting))


def notes_to_push(db: Connection, reader: Reader) -> tuple[SealedNote, ...]:
    """The edits that the server has not got, sealed; the oldest first, as many as one message may have.

    One too long for the server stays here, and in nobody's way.
    """
    edits = schema.note_edits
    fits = func.length(edits.c.content) <= LONGEST
    mine = (edits.c.body == reader.body) & ~edits.c.is_pushed & edits.c.content.is_not(None) & fits
    found = db.execute(select(edits).where(mine).order_by(edits.c.edit).limit(MOST_AT_ONCE)).all()
    if not found:
        return ()
    sizes = accumulate(len(row.content) for row in found)
    waiting = [row for row, size in zip(found, sizes, strict=True) if size <= _BATCH_SIZE]
    key, secret = _person_key(db, reader)
    return tuple(
        SealedNote(
            edit=row.edit,
            note=row.note,
            key=key,
            ciphertext=_seal_note(reader.body, secret, row.edit, row.note, row.content),
        )
        for row in waiting
    )


def mark_pushed(db: Connection, *, notes: Sequence[SealedNote] = (), keys: Sequence[WrappedKey] = ()) -> None:
    """The server has these."""
    edits, wrapped = schema.note_edits, schema.wrapped_keys
    for note in notes:
        db.execute(update(edits).where(edits.c.edit == note.edit).values(is_pushed=True))
    for key in keys:
        same = (wrapped.c.key == key.key) & (wrapped.c.device == key.device) & (wrapped.c.by == key.by)
        db.execute(update(wrapped).where(same).values(is_pushed=True))


def _wrapped(row: Row[Any]) -> WrappedKey:
    return WrappedKey(key=row.key, device=row.device, by=row.by, wrapped=row.wrapped, signature=row.signature)


def _person_key(db: Connection, reader: Reader) -> tuple[Identifier, bytes]:
    """The latest person key; the first one is made here."""
    keys = schema.person_keys
    asked = select(keys.c.key, keys.c.secret).where(keys.c.body == reader.body).order_by(keys.c.key.desc())
    known = db.execute(asked.limit(1)).one_or_none()
    if known is not None:
        return known.key, known.secret
    key, secret = new_id(reader.now), AESGCM.generate_key(256)
    db.execute(upsert(keys).values(key=key, body=reader.body, secret=secret))
    return key, secret


def _seal_note(body: AgencyCode, secret: bytes, edit: Identifier, note: Identifier, content: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(secret).encrypt(nonce, content, _note_binding(body, edit, note))


def _open_note(
    body: AgencyCode, secret: bytes, edit: Identifier, note: Identifier, ciphertext: bytes
) -> NoteEdit | None:
    nonce, sealed = ciphertext[:_NONCE], ciphertext[_NONCE:]
    try:
        content = codec.load(NoteEdit, AESGCM(secret).decrypt(nonce, sealed, _note_binding(body, edit, note)))
    except (InvalidTag, ValueError, MalformedError, NotCanonicalError):
        return None  # not sealed by a device of this person, or by a newer program: it stays as it came
    return content if (content.edit, content.note) == (edit, note) else None


def _note_binding(body: AgencyCode, edit: Identifier, note: Identifier) -> bytes:
    return f"ecabinet note v1 {body} {note} {edit}".encode()


def _key_info(body: AgencyCode, key: Identifier) -> bytes:
    return f"ecabinet person key v1 {body} {key}".encode()
