"""What the log signs, and what a signer gets back: checkpoints and receipts, in C2SP's formats to the letter.

A checkpoint is a signed note (`c2sp.org/signed-note` 1.0.0, `c2sp.org/tlog-checkpoint` 1.0.0, Ed25519); a receipt is a
`c2sp.org/tlog-proof@v1` file whose `extra` is the 72-byte entry. Whatever they are fed, readers raise ProofError and
nothing else.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ecabinet.core.ledger import HASH_SIZE, Entry, ProofError, leaf_hash, verify_inclusion

_ED25519 = b"\x01"
_MOST_SIGNATURES = 64
_LONGEST_NOTE = 512 * 1024
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
    def key_id(self) -> bytes:
        """Four bytes, as signed-note has it: SHA-256(name ‖ newline ‖ type ‖ key)[:4]."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public_key).digest()[:4]


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
        key_id = LogKey(name=self.origin, public_key=key.public_key().public_bytes_raw()).key_id
        signature = base64.b64encode(key_id + key.sign(text.encode())).decode()
        return f"{text}\n— {self.origin} {signature}\n"


def open_checkpoint(note: str, key: LogKey) -> Checkpoint:
    """The checkpoint in a note signed by `key`; signatures of unknown keys are passed over, as signed-note asks."""
    text, signatures = _split_note(note)
    for name, key_id, signature in signatures:
        if (name, key_id) == (key.name, key.key_id):
            try:
                Ed25519PublicKey.from_public_bytes(key.public_key).verify(signature, text.encode())
            except (InvalidSignature, ValueError) as error:
                raise ProofError("the log's signature on the checkpoint is false") from error
            break
    else:
        raise ProofError("the log has not signed this checkpoint")
    checkpoint = _read_checkpoint(text)
    if checkpoint.origin != key.name:
        raise ProofError("the checkpoint is of another log")
    return checkpoint


def unverified(note: str) -> Checkpoint:
    """What a note claims; nobody's signature is looked at. Raises ProofError when it is no checkpoint."""
    return _read_checkpoint(_split_note(note)[0])


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
            entry=Entry.from_bytes(_read_base64(lines[1].removeprefix("extra "))),
            index=_read_number(lines[2].removeprefix("index ")),
            path=tuple(_read_hash(line) for line in lines[3:]),
            note=note,
        )

    def verify(self, key: LogKey, *, tag: bytes, envelope_digest: bytes) -> Checkpoint:
        """Raises ProofError unless the log of `key` holds exactly this envelope, under this tag, at this index."""
        if (self.entry.tag, self.entry.envelope_digest) != (tag, envelope_digest):
            raise ProofError("the receipt is for another envelope")
        checkpoint = open_checkpoint(self.note, key)
        verify_inclusion(leaf_hash(bytes(self.entry)), self.index, checkpoint.size, self.path, checkpoint.root)
        return checkpoint


def _split_note(note: str) -> tuple[str, Sequence[tuple[str, bytes, bytes]]]:
    if len(note) > _LONGEST_NOTE or any(character < " " and character != "\n" for character in note):
        raise ProofError("not a signed note")
    text, separator, block = note.rpartition("\n\n")
    if not separator or not block.endswith("\n"):
        raise ProofError("not a signed note")
    lines = block[:-1].split("\n")
    if len(lines) > _MOST_SIGNATURES:
        raise ProofError("too many signatures")
    return text + "\n", [_read_signature(line) for line in lines]


def _read_signature(line: str) -> tuple[str, bytes, bytes]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—" or not parts[1] or "+" in parts[1]:  # noqa: PLR2004 - dash, name, signature
        raise ProofError("not a signature line")
    blob = _read_base64(parts[2])
    if len(blob) <= 4:  # noqa: PLR2004 - the key id alone
        raise ProofError("not a signature line")
    return parts[1], blob[:4], blob[4:]


def _read_checkpoint(text: str) -> Checkpoint:
    lines = text[:-1].split("\n")
    if len(lines) != 3 or not lines[0]:  # noqa: PLR2004 - origin, size, root; extension lines are not ours
        raise ProofError("not a checkpoint")
    return Checkpoint(origin=lines[0], size=_read_number(lines[1]), root=_read_hash(lines[2]))


def _read_number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18 or (text[0] == "0" and text != "0"):  # noqa: PLR2004 - below 2^63
        raise ProofError("not a number")
    return int(text)


def _read_hash(text: str) -> bytes:
    data = _read_base64(text)
    if len(data) != HASH_SIZE:
        raise ProofError("a hash has 32 bytes")
    return data


def _read_base64(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ProofError("not base64") from error
    if base64.b64encode(data).decode() != text:
        raise ProofError("not base64 in its one form")
    return data
