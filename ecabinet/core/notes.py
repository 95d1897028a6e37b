"""A reader's notes: records of our own in PDF space, and what is kept when two devices edited the same one.

An edit names the edits it stands in for. What no edit replaces is a head; a note edited on two devices at once has two
heads, and both survive until somebody who sees both writes a third.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ecabinet.core.codec import Digest, Identifier


class NoteKind(StrEnum):
    """What a note looks like on the page."""

    HIGHLIGHT = "highlight"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quad:
    """A piece of a line: its box in PDF space (ISO 32000-1, 8.3.2: the page's own, y up) in hundredths of a point.

    Whole numbers, so that it has one canonical form.
    """

    x0: int
    y0: int
    x1: int
    y1: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """Where a note stands: page and boxes in one version of a paper, the words it was put on and those around them."""

    digest: Digest
    page: int
    """From 0."""
    quads: tuple[Quad, ...]
    quote: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteEdit:
    """One state of a note. `is_deleted` is a state too, so that a deletion reaches the other devices."""

    edit: Identifier
    note: Identifier
    replaces: tuple[Identifier, ...]
    document: Identifier
    kind: NoteKind
    anchor: Anchor
    text: str
    colour: str
    made_at: datetime
    is_deleted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedNote:
    """A note edit as the server sees it: ciphertext under a person key, and what sync needs to know."""

    edit: Identifier
    note: Identifier
    key: Identifier
    """Which person key sealed it."""
    ciphertext: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedKey:
    """A person key, wrapped (HPKE) to the sealing key of one of the person's own devices."""

    key: Identifier
    device: Digest
    """SHA-256 of the device's sealing key."""
    wrapped: bytes


def heads(edits: Iterable[NoteEdit]) -> Sequence[NoteEdit]:
    """The states that no other edit of the note replaces, oldest first; in whatever order the edits arrived."""
    known = {each.edit: each for each in edits}
    replaced = {edit for each in known.values() for edit in each.replaces}
    return sorted((each for each in known.values() if each.edit not in replaced), key=lambda each: each.edit)
