"""Meetings and papers: what the secretariat sends, and the states a meeting goes through."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ecabinet.core.codec import Digest, Identifier, Name
from ecabinet.core.envelope import Statement, statement
from ecabinet.core.people import Act


class Classification(StrEnum):
    """The level of secrecy declared for a paper (Law 117/2025/QH15). Only open papers are taken."""

    OPEN = "open"
    MAT = "mat"
    TOI_MAT = "toi_mat"
    TUYET_MAT = "tuyet_mat"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentReference:
    """A paper in the very version that was put before its readers, under the title they were given it by."""

    document: Identifier
    version: int
    digest: Digest
    title: str
    number: str
    agency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentVersion:
    """One version of a paper. A new version replaces the digest of the one before and keeps its `document`."""

    document: Identifier
    version: int
    digest: Digest
    blob: Digest
    """What is stored: equal to `digest` while papers are not yet sealed to their readers."""
    size: int
    file_name: str
    title: str
    number: str
    """Number and symbol, `418/BC-STC`; empty when it has none."""
    agency: str
    kind: Name
    """From the body's catalogue of paper kinds: `to-trinh`, `bao-cao`, `du-thao`, `phu-luc`."""
    replaces: Digest | None
    what_changed: str
    classification: Classification

    def __post_init__(self) -> None:
        if self.size <= 0:
            raise ValueError("size")
        if self.version < 1 or (self.version == 1) != (self.replaces is None):
            raise ValueError("version")

    @property
    def reference(self) -> DocumentReference:
        """As meetings and ballots name it."""
        return DocumentReference(
            document=self.document,
            version=self.version,
            digest=self.digest,
            title=self.title,
            number=self.number,
            agency=self.agency,
        )


@statement(Act.PUBLISH_PAPERS)
@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentsPublished(Statement):
    """A set of papers, published by one act of one person."""

    documents: tuple[DocumentVersion, ...]

    def __post_init__(self) -> None:
        if not self.documents or len({each.document for each in self.documents}) != len(self.documents):
            raise ValueError("documents")


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaItem:
    """One matter of a meeting, with its papers; `readers` narrows them to some of the participants."""

    item: Identifier
    number: int
    title: str
    agency: str
    documents: tuple[DocumentReference, ...]
    readers: tuple[Name, ...] | None


@statement(Act.SEND_MEETING)
@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingSent(Statement):
    """A meeting as its participants get it. A later revision stands in place of the whole."""

    meeting: Identifier
    revision: int
    replaces: Digest | None
    """SHA-256 of the statement bytes of the revision before."""
    title: str
    starts_at: datetime
    place: str
    chair: Name
    participants: tuple[Name, ...]
    items: tuple[AgendaItem, ...]

    def __post_init__(self) -> None:
        if self.revision < 1 or (self.revision == 1) != (self.replaces is None):
            raise ValueError("revision")
        if len(set(self.participants)) != len(self.participants):
            raise ValueError("participants")
        if [item.number for item in self.items] != list(range(1, len(self.items) + 1)):
            raise ValueError("items")

    def readers_of(self, item: AgendaItem) -> frozenset[Name]:
        """Who may read an item's papers."""
        everyone = frozenset(self.participants)
        return everyone if item.readers is None else everyone & frozenset(item.readers)
