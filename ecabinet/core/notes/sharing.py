"""Sharing notes: what an author tells the readers he names, and nobody else; the server sees ciphertext alone.

A share says whose notes, of which paper, one or all of them, go to whom. It has a key of its own, wrapped to the
devices of its author and its readers, and never changes: whoever is to read along, or no longer, is named by another
share that stands in its place, under another key. Every device that takes part signs what it hands over, so a reader
knows that a note is its author's, that it belongs to this paper, and that nobody between them made it up.
"""

import hashlib
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from ecabinet.core import codec
from ecabinet.core.canonical import NotCanonicalError
from ecabinet.core.codec import AgencyCode, Digest, Identifier, MalformedError, Name
from ecabinet.core.notes.records import NoteEdit, WrappedKey

MOST_READERS = 128
MOST_REPLACED = 64
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_NONCE = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteShare:
    """An author shares one note of his on a paper, or all of them, with the readers he names."""

    share: Identifier
    """Names its key as well."""
    author: Name
    document: Identifier
    note: Identifier | None
    """None: all his notes on the paper, those he makes later too."""
    readers: tuple[Name, ...]
    """In order. Nobody: it was taken back."""
    replaces: tuple[Identifier, ...]
    made_at: datetime
    by: Digest
    """The device that made it: SHA-256 of its sealing key."""
    signature: bytes
    """Ed25519, by its device key over `share_message`."""

    def __post_init__(self) -> None:
        if list(self.readers) != sorted(set(self.readers)) or len(self.readers) > MOST_READERS:
            raise ValueError("readers")
        if self.author in self.readers:
            raise ValueError("readers")
        if self.share in self.replaces or len(self.replaces) > MOST_REPLACED:
            raise ValueError("replaces")

    def covers(self, document: Identifier, note: Identifier) -> bool:
        """Whether a note is one of those that are shared."""
        return document == self.document and self.note in (None, note)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedNote:
    """A state of a note, sealed under the key of a share."""

    share: Identifier
    edit: Identifier
    note: Identifier
    ciphertext: bytes
    by: Digest
    """The author's device that sealed it."""
    signature: bytes
    """Ed25519, by its device key over `shared_note_message`: each reader has the key, and only the author may write."""


def device_of(sealing_key: bytes) -> Digest:
    """How a device is named by what it makes, and by keys that are wrapped to it."""
    return hashlib.sha256(sealing_key).hexdigest()


def share_message(body: AgencyCode, share: NoteShare) -> bytes:
    """What the author's device signs to share: all that the share says."""
    return f"ecabinet note share v1 {body} ".encode() + codec.dump(replace(share, signature=b""))


def share_key_message(body: AgencyCode, key: WrappedKey) -> bytes:
    """What a device signs when it hands the key of a share to another."""
    digest = hashlib.sha256(key.wrapped).hexdigest()
    return f"ecabinet wrapped share key v1 {body} {key.key} {key.device} {digest}".encode()


def shared_note_message(body: AgencyCode, note: SharedNote) -> bytes:
    """What the author's device signs when it hands over a note."""
    digest = hashlib.sha256(note.ciphertext).hexdigest()
    return f"ecabinet shared note v1 {body} {note.share} {note.note} {note.edit} {digest}".encode()


def is_signed(message: bytes, signature: bytes, device_key: bytes | None) -> bool:
    """Whether the device with that key signed the message; None is no device."""
    if device_key is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(device_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def living(shares: Collection[NoteShare]) -> list[NoteShare]:
    """Of one author's shares those that none of the others stands in the place of; the oldest first.

    Two devices that changed one apart leave two: both hold, until the next one stands in for both.
    """
    replaced = {each for share in shares for each in share.replaces}
    return sorted((share for share in shares if share.share not in replaced), key=lambda share: share.share)


def standing_in(head: NoteEdit, edits: Iterable[NoteEdit]) -> NoteEdit:
    """A state that names all before it that its author knew: so whoever was shown some of those sees it in their place.

    States that were never shared stay with the author, and so does what they said.
    """
    replaces = {each.edit: each.replaces for each in edits}
    before, ahead = set[Identifier](), list(head.replaces)
    while ahead:
        edit = ahead.pop()
        if edit not in before:
            before.add(edit)
            ahead += replaces.get(edit, ())
    return replace(head, replaces=tuple(sorted(before)))


# ---------------------------------------------------------------- sealing


def seal_note(body: AgencyCode, share: NoteShare, secret: bytes, edit: NoteEdit) -> bytes:
    """The ciphertext of a state of a note: AES-256-GCM, its nonce before it, bound to share, author, paper and note."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(secret).encrypt(nonce, codec.dump(edit), _binding(body, share, edit.note, edit.edit))


def open_note(body: AgencyCode, share: NoteShare, secret: bytes, sealed: SharedNote) -> NoteEdit | None:
    """What was sealed; None for what is no note of this share's, whoever put it there."""
    nonce, ciphertext = sealed.ciphertext[:_NONCE], sealed.ciphertext[_NONCE:]
    try:
        plain = AESGCM(secret).decrypt(nonce, ciphertext, _binding(body, share, sealed.note, sealed.edit))
        edit = codec.load(NoteEdit, plain)
    except (InvalidTag, ValueError, MalformedError, NotCanonicalError):
        return None
    is_it = (edit.edit, edit.note) == (sealed.edit, sealed.note) and share.covers(edit.document, edit.note)
    return edit if is_it else None


def wrap_key(body: AgencyCode, share: Identifier, secret: bytes, sealing_key: bytes) -> bytes:
    """The key of a share for the device with that sealing key (X25519, 32 bytes): HPKE, RFC 9180, base mode."""
    return _SUITE.encrypt(secret, X25519PublicKey.from_public_bytes(sealing_key), _key_info(body, share))


def unwrap_key(body: AgencyCode, share: Identifier, wrapped: bytes, sealing_key: X25519PrivateKey) -> bytes | None:
    """The key of a share; None when it was not wrapped to this device for this share."""
    try:
        secret = _SUITE.decrypt(wrapped, sealing_key, _key_info(body, share))
    except (InvalidTag, ValueError):
        return None
    return secret if len(secret) == 32 else None  # noqa: PLR2004 - AES-256


def _binding(body: AgencyCode, share: NoteShare, note: Identifier, edit: Identifier) -> bytes:
    return f"ecabinet shared note v1 {body} {share.author} {share.document} {share.share} {note} {edit}".encode()


def _key_info(body: AgencyCode, share: Identifier) -> bytes:
    return f"ecabinet share key v1 {body} {share}".encode()
