"""Papers as a reader has them: what is here, what has been read, and the bytes for the page process."""

from dataclasses import dataclass
from enum import StrEnum

from ecabinet.client.vault.changes import Changes
from ecabinet.core.codec import Digest, Identifier, Name


class Presence(StrEnum):
    """Whether a paper's bytes are on this machine."""

    HERE = "here"
    PARTLY = "partly"
    WAITING = "waiting"


class Reading(StrEnum):
    """What the person has done with a paper."""

    NEW = "new"
    CHANGED = "changed"
    """An earlier version was read; this one was not."""
    READ = "read"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingPosition:
    """Where the reader stopped: a page (from 0), how far down it (thousandths of its height), and the zoom (per cent; 0: width)."""

    page: int
    offset: int
    zoom: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLine:
    """One paper in its latest version."""

    document: Identifier
    version: int
    digest: Digest
    title: str
    number: str
    agency: str
    kind: Name
    file_name: str
    size: int
    replaces: Digest | None
    what_changed: str
    presence: Presence
    fetched: int
    """Bytes that are here."""
    reading: Reading
    notes: int
    position: ReadingPosition | None
    """Where one stopped in this version."""


class Papers:
    """The papers this person may read."""

    def all(self) -> tuple[PaperLine, ...]:
        """Latest versions, the most recently published first."""
        raise NotImplementedError

    def one(self, document: Identifier) -> PaperLine:
        """Raises NotHere."""
        raise NotImplementedError

    def versions(self, document: Identifier) -> tuple[PaperLine, ...]:
        """Every version known, the latest first. Raises NotHere."""
        raise NotImplementedError

    def fill(self, digest: Digest, into: memoryview) -> None:
        """Decrypts a paper into `into`, which has just its size: the page process's shared memory. Plain text goes nowhere else.

        Raises NotHere when it is not here, or no longer may be, and StorageUnusable when the bytes were damaged on the disk
        (they are then fetched again).
        """
        raise NotImplementedError

    def opened(self, digest: Digest) -> Changes:
        """Marks a version as read."""
        raise NotImplementedError

    def stopped_at(self, digest: Digest, position: ReadingPosition) -> Changes:
        """Keeps where the reader is. Cheap; call it whenever scrolling has come to rest."""
        raise NotImplementedError

    def want(self, document: Identifier) -> None:
        """Has a paper fetched before all others."""
        raise NotImplementedError
