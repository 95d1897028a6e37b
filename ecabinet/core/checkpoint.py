"""What the log signs, and what a signer gets back: checkpoints and receipts, in C2SP's formats to the letter.

A checkpoint is a signed note (`c2sp.org/tlog-checkpoint` 1.0.0, Ed25519); a receipt is a `c2sp.org/tlog-proof@v1` file
whose `extra` is the 72-byte entry. Whatever they are fed, readers raise ProofError and nothing else.
"""

import base64
import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ecabinet.core.ledger import Entry, ProofError, leaf_hash, verify_inclusion
from ecabinet.core.signed_note import (
    KeyKind,
    NoteKey,
    NoteSignature,
    SignedNote,
    read_base64,
    read_hash,
    read_number,
)

_PROOF_HEADER = "c2sp.org/tlog-proof@v1"


def origin_of(body: str, epoch: int) -> str:
    """The name of a body's log in one epoch: the first line of its checkpoints and the name of its key."""
    return f"ecabinet/{body}/{epoch}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogKey:
    """The public half of a log's Ed25519 key, 32 bytes, with the name it signs under."""

    name: str
    public_key: bytes

    @property
    def note_key(self) -> NoteKey:
        """The same, as signed-note has keys."""
        return NoteKey(kind=KeyKind.LOG, name=self.name, public_key=self.public_key)

    @property
    def key_id(self) -> bytes:
        return self.note_key.key_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The tree of `origin` had this root when it had `size` leaves."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The note text the log signs."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    def signed(self, key: Ed25519PrivateKey) -> str:
        """The whole signed note."""
        text = self.text()
        own = LogKey(name=self.origin, public_key=key.public_key().public_bytes_raw())
        return str(SignedNote(text, (NoteSignature(self.origin, own.key_id, key.sign(text.encode())),)))


@lru_cache(4096)  # the same few notes stand in many statements, and in many bundles
def open_checkpoint(note: str, key: LogKey) -> Checkpoint:
    """The checkpoint in a note signed by `key`; signatures of unknown keys are passed over, as signed-note asks."""
    signed = SignedNote.from_text(note)
    signature = signed.by(key.note_key)
    if signature is None:
        raise ProofError("the log has not signed this checkpoint")
    key.note_key.verify(signature.data, signed.text.encode())
    checkpoint = read_checkpoint(signed.text)
    if checkpoint.origin != key.name:
        raise ProofError("the checkpoint is of another log")
    return checkpoint


def unverified(note: str) -> Checkpoint:
    """What a note claims; nobody's signature is looked at. Raises ProofError when it is no checkpoint."""
    return _read_again(note) if len(note) <= _SHORT else _read_note(note)


def _read_note(note: str) -> Checkpoint:
    return read_checkpoint(SignedNote.from_text(note).text)


_SHORT = 1024
"""Characters: with a handful of cosignatures. Anybody may write longer ones, which are not remembered."""
_read_again = lru_cache(4096)(_read_note)


def read_checkpoint(text: str, *, may_be_extended: bool = False) -> Checkpoint:
    """The checkpoint in a note's text. Logs of ours write no extension lines; other logs may. Raises ProofError."""
    lines = text[:-1].split("\n")
    if len(lines) < 3 or not all(lines) or (len(lines) > 3 and not may_be_extended):  # noqa: PLR2004 - origin, size, root
        raise ProofError("not a checkpoint")
    return Checkpoint(origin=lines[0], size=read_number(lines[1]), root=read_hash(lines[2]))


@lru_cache(4096)  # the receipts of a register differ from bundle to bundle, but not in this
def _read_entry(text: str) -> Entry:
    return Entry.from_bytes(read_base64(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Proof that an entry is in the ledger: its index, the path to the root, and the checkpoint with that root."""

    entry: Entry
    index: int
    path: tuple[bytes, ...]
    note: str

    def text(self) -> str:
        """The `.tlog-proof` file."""
        lines = [_PROOF_HEADER, f"extra {base64.b64encode(bytes(self.entry)).decode()}", f"index {self.index}"]
        lines += [base64.b64encode(node).decode() for node in self.path]
        return "\n".join([*lines, "", self.note])

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Raises ProofError unless `text` is what `text()` writes for some receipt. Proves nothing yet."""
        head, separator, note = text.partition("\n\n")
        lines = head.split("\n")
        if not separator or len(lines) < 3 or lines[0] != _PROOF_HEADER:  # noqa: PLR2004 - header, extra, index
            raise ProofError("not a receipt")
        if not lines[1].startswith("extra ") or not lines[2].startswith("index "):
            raise ProofError("not a receipt")
        return cls(
            entry=_read_entry(lines[1].removeprefix("extra ")),
            index=read_number(lines[2].removeprefix("index ")),
            path=tuple(map(read_hash, lines[3:])),
            note=sys.intern(note),  # all receipts of a bundle end with one
        )

    def verify(self, key: LogKey, *, tag: bytes, envelope_digest: bytes) -> Checkpoint:
        """Raises ProofError unless the log of `key` holds exactly this envelope, under this tag, at this index."""
        if (self.entry.tag, self.entry.envelope_digest) != (tag, envelope_digest):
            raise ProofError("the receipt is for another envelope")
        checkpoint = open_checkpoint(self.note, key)
        verify_inclusion(leaf_hash(bytes(self.entry)), self.index, checkpoint.size, self.path, checkpoint.root)
        return checkpoint
