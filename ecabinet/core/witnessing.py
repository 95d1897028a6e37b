"""What is asked of a witness, and what it answers: `c2sp.org/tlog-witness` 1.0.0, without the wire.

A witness keeps, of each log it knows, the largest tree it has cosigned, and cosigns only what continues it. So nobody,
the log's key in hand, can make it say anything of a second history.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from ecabinet.core.checkpoint import Checkpoint, read_checkpoint
from ecabinet.core.ledger import EMPTY_ROOT, ProofError, verify_consistency
from ecabinet.core.signed_note import NoteKey, SignedNote, read_hash, read_number

ADD_CHECKPOINT = "/add-checkpoint"
SIZE_MEDIA_TYPE = "text/x.tlog.size"
LARGEST_REQUEST = 128 * 1024
_MOST_HASHES = 63


class Status(IntEnum):
    """HTTP statuses, as the specification gives them meaning."""

    COSIGNED = 200
    MALFORMED = 400
    """Not in the request's form, or the old size is larger than the checkpoint's."""
    NOT_THE_LOGS = 403
    """None of the log's keys has signed it."""
    UNKNOWN_LOG = 404
    CONFLICT = 409
    """The old size is not that of the tree cosigned last, or another tree of that size is shown; the size is told."""
    NOT_PROVEN = 422
    """The consistency proof does not hold."""


class Declined(Exception):
    """The witness does not cosign. `size` is that of the tree it cosigned last, told with a CONFLICT."""

    def __init__(self, status: Status, size: int | None = None) -> None:
        super().__init__(status.name)
        self.status, self.size = status, size


@dataclass(frozen=True, slots=True, kw_only=True)
class AddCheckpoint:
    """A request to cosign: the size cosigned last, a consistency proof from it, and the signed checkpoint."""

    old_size: int
    proof: tuple[bytes, ...]
    note: str

    def text(self) -> str:
        """The request's body."""
        lines = [f"old {self.old_size}", *(base64.b64encode(each).decode() for each in self.proof)]
        return "\n".join([*lines, "", self.note])

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Raises ProofError unless `text` is what `text()` writes for some request."""
        head, separator, note = text.partition("\n\n")
        first, *hashes = head.split("\n")
        if not separator or not first.startswith("old ") or len(hashes) > _MOST_HASHES:
            raise ProofError("not a request to cosign")
        return cls(
            old_size=read_number(first.removeprefix("old ")), proof=tuple(read_hash(line) for line in hashes), note=note
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request whose checkpoint the log signed."""

    request: AddCheckpoint
    signed: SignedNote
    checkpoint: Checkpoint


def read_request(text: str, logs: Mapping[str, Sequence[NoteKey]]) -> Asked:
    """A request about one of these logs, each with the keys trusted for its origin. Raises Declined."""
    try:
        request = AddCheckpoint.from_text(text)
        signed = SignedNote.from_text(request.note)
        checkpoint = read_checkpoint(signed.text, may_be_extended=True)
    except ProofError as error:
        raise Declined(Status.MALFORMED) from error
    keys = logs.get(checkpoint.origin)
    if keys is None:
        raise Declined(Status.UNKNOWN_LOG)
    if not any(_has_signed(key, signed) for key in keys):
        raise Declined(Status.NOT_THE_LOGS)
    if request.old_size > checkpoint.size:
        raise Declined(Status.MALFORMED)
    return Asked(request=request, signed=signed, checkpoint=checkpoint)


def require_continuation(asked: Asked, last: Checkpoint | None) -> None:
    """Raises Declined unless the checkpoint asked about continues the one cosigned last, or is the first."""
    size, root = (0, EMPTY_ROOT) if last is None else (last.size, last.root)
    asked_size, asked_root = asked.checkpoint.size, asked.checkpoint.root
    if asked.request.old_size != size or (asked_size == size and asked_root != root):
        raise Declined(Status.CONFLICT, size)
    try:
        verify_consistency(size, asked_size, asked.request.proof, root, asked_root)
    except ProofError as error:
        raise Declined(Status.NOT_PROVEN) from error


def _has_signed(key: NoteKey, signed: SignedNote) -> bool:
    signature = signed.by(key)
    if signature is None:
        return False
    try:
        key.verify(signature.data, signed.text.encode())
    except ProofError:
        return False
    return True
