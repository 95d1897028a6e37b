"""Signed notes and the keys they are checked with: `c2sp.org/signed-note` 1.0.0, to the letter.

A note is text with signatures below it, each by a named key. Whatever they are fed, readers raise ProofError and
nothing else; a note or key that reads has one form only.
"""

import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ecabinet.core.ledger import HASH_SIZE, ProofError

MOST_SIGNATURES = 64
LONGEST_NOTE = 512 * 1024
_KEY_ID_SIZE = 4
_PUBLIC_KEY_SIZE = 32
_KEY_ID = re.compile(r"[0-9a-f]{8}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class KeyKind(IntEnum):
    """What a key signs, by signed-note's identifier bytes; both kinds are Ed25519."""

    LOG = 0x01
    """The note's text."""
    COSIGNATURE = 0x04
    """What `cosignature` says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteKey:
    """A verifier key."""

    kind: KeyKind
    name: str
    public_key: bytes
    """Ed25519, 32 bytes."""

    @property
    def key_id(self) -> bytes:
        """Four bytes: SHA-256(name ‖ newline ‖ kind ‖ key)[:4]."""
        return key_id(self.kind, self.name, self.public_key)

    def text(self) -> str:
        """`name+keyid+base64(kind ‖ key)`."""
        return f"{self.name}+{self.key_id.hex()}+{_base64(bytes([self.kind]) + self.public_key)}"

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Raises ProofError unless `text` is a key of a kind known here, under the id that is its own."""
        parts = text.split("+", 2)
        if len(parts) != 3 or not is_name(parts[0]) or not _KEY_ID.fullmatch(parts[1]):  # noqa: PLR2004 - name, id, key
            raise ProofError("not a verifier key")
        data = read_base64(parts[2])
        if len(data) != 1 + _PUBLIC_KEY_SIZE or data[0] not in set(KeyKind):
            raise ProofError("not a verifier key of a kind known here")
        key = cls(kind=KeyKind(data[0]), name=parts[0], public_key=data[1:])
        if key.key_id.hex() != parts[1]:
            raise ProofError("the key's id is another's")
        return key

    def verify(self, signature: bytes, message: bytes) -> None:
        """Raises ProofError unless this key made the Ed25519 signature (64 bytes) over the message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except (InvalidSignature, ValueError) as error:
            raise ProofError(f"the signature of {self.name} is false") from error


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """A line below a note."""

    name: str
    key_id: bytes
    data: bytes

    def line(self) -> str:
        return f"— {self.name} {_base64(self.key_id + self.data)}\n"

    @classmethod
    def from_line(cls, line: str) -> Self:
        """Of a line without its end. Raises ProofError."""
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "—" or not is_name(parts[1]):  # noqa: PLR2004 - dash, name, signature
            raise ProofError("not a signature line")
        blob = read_base64(parts[2])
        if len(blob) <= _KEY_ID_SIZE:
            raise ProofError("not a signature line")
        return cls(parts[1], blob[:_KEY_ID_SIZE], blob[_KEY_ID_SIZE:])

    def is_by(self, key: NoteKey) -> bool:
        """Whether it says itself to be by this key."""
        return (self.name, self.key_id) == (key.name, key.key_id)


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A note taken apart. Nobody's signature has been looked at."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(each.line() for each in self.signatures)}"

    @classmethod
    def from_text(cls, note: str) -> Self:
        """Raises ProofError."""
        if len(note) > LONGEST_NOTE or _CONTROL.search(note) or not is_utf8(note):
            raise ProofError("not a signed note")
        text, separator, block = note.rpartition("\n\n")
        if not separator or not block.endswith("\n"):
            raise ProofError("not a signed note")
        return cls(text + "\n", read_signatures(block))

    def by(self, key: NoteKey) -> NoteSignature | None:
        """The first signature that says itself to be by a key."""
        return next((each for each in self.signatures if each.is_by(key)), None)

    def adding(self, signatures: Sequence[NoteSignature]) -> Self:
        """With these below it too, MOST_SIGNATURES in all; of each key only the first."""
        kept: dict[tuple[str, bytes], NoteSignature] = {}
        for each in (*self.signatures, *signatures):
            kept.setdefault((each.name, each.key_id), each)
        return type(self)(self.text, tuple(kept.values())[:MOST_SIGNATURES])


@lru_cache(256)
def key_id(kind: KeyKind, name: str, public_key: bytes) -> bytes:
    """The four bytes by which a signature names its key beside the name."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public_key).digest()[:_KEY_ID_SIZE]


def read_signatures(block: str) -> tuple[NoteSignature, ...]:
    """Signature lines, each with its end. Raises ProofError."""
    lines = block.split("\n")
    if len(lines) < 2 or lines.pop() or len(lines) > MOST_SIGNATURES:  # noqa: PLR2004 - a line and what is after its end
        raise ProofError("not signature lines")
    return tuple(NoteSignature.from_line(line) for line in lines)


def is_name(name: str) -> bool:
    """Whether a key may be called that: something, without spaces of any kind, plus signs or control characters."""
    return (
        bool(name)
        and is_utf8(name)
        and not any(character.isspace() or character < " " or character == "+" for character in name)
    )


def is_utf8(text: str) -> bool:
    """Whether it can be written: a lone surrogate can't."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def read_number(text: str) -> int:
    """ASCII decimal below 2^63 and without leading zeroes. Raises ProofError."""
    if not text.isascii() or not text.isdigit() or len(text) > 18 or (text[0] == "0" and text != "0"):  # noqa: PLR2004 - 18 digits are below 2^63
        raise ProofError("not a number")
    return int(text)


@lru_cache(8192)
def read_hash(text: str) -> bytes:
    """A base64 SHA-256. Raises ProofError."""
    data = read_base64(text)
    if len(data) != HASH_SIZE:
        raise ProofError("a hash has 32 bytes")
    return data


def read_base64(text: str) -> bytes:
    """Base64 in its one form. Raises ProofError."""
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except (binascii.Error, ValueError) as error:
        raise ProofError("not base64") from error
    if _base64(data) != text:
        raise ProofError("not base64 in its one form")
    return data


def _base64(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode()
