"""What a witness must never forget: of each log the largest checkpoint that it cosigned.

Promises: when `advance` returns, the checkpoint is on the disk; whatever is killed when, a smaller or another one never
takes its place; a record that can't be read is an error and never taken for none; one process has the folder.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ecabinet.core.checkpoint import Checkpoint, read_checkpoint
from ecabinet.core.cosignature import open_cosignature
from ecabinet.core.ledger import ProofError
from ecabinet.core.signed_note import NoteKey, SignedNote
from ecabinet.keys.durable import Hold, replace_file


class DamagedRecord(Exception):
    """A file of the records is not what this witness wrote: it cosigns nothing of that log until somebody looks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The largest checkpoint cosigned, and when."""

    checkpoint: Checkpoint
    cosigned_at: datetime


class Records:
    """The files below one folder. Not for several threads at once."""

    def __init__(self, folder: Path, key: NoteKey) -> None:
        """Raises keys.durable.TakenError where another process has the folder."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder, self._key = folder, key
        self._hold = Hold(folder / "lock")

    def close(self) -> None:
        self._hold.release()

    def last(self, origin: str) -> Record | None:
        """Raises DamagedRecord."""
        path = self._path(origin)
        try:
            note = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except UnicodeDecodeError as error:
            raise DamagedRecord(path) from error
        try:
            return self._read(origin, note)
        except ProofError as error:
            raise DamagedRecord(path) from error

    def advance(self, note: SignedNote) -> None:
        """Keeps a note that this witness has cosigned, in the place of what it cosigned before."""
        checkpoint = read_checkpoint(note.text, may_be_extended=True)
        replace_file(self._path(checkpoint.origin), str(note).encode())

    def _read(self, origin: str, note: str) -> Record:
        signed = SignedNote.from_text(note)
        checkpoint = read_checkpoint(signed.text, may_be_extended=True)
        own = signed.by(self._key)
        if own is None or checkpoint.origin != origin:
            raise ProofError("not what this witness cosigned")
        return Record(checkpoint=checkpoint, cosigned_at=open_cosignature(signed.text, own, self._key).at)

    def _path(self, origin: str) -> Path:
        return self._folder / f"{hashlib.sha256(origin.encode()).hexdigest()}.note"
