"""A reader's notes: records of our own in PDF space, and what is kept when two devices edited the same one.

An edit names the edits it stands in for. What no edit replaces is a head; a note edited on two devices at once has two
heads, and both survive until somebody who sees both writes a third.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ecabinet.core.codec import AgencyCode, Digest, Identifier


class NoteKind(StrEnum):
    """What a note looks like on the page."""

    HIGHLIGHT = "highlight"
    UNDERLINE = "underline"
    STRIKE_OUT = "strike-out"
    NOTE = "note"
    """Words of the reader's own, beside words of the paper or on a page."""
    INK = "ink"
    BOX = "box"
    BOOKMARK = "bookmark"


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
class Point:
    """A point of a stroke: PDF space in hundredths of a point, and how hard the pen pressed, 0 to 1000."""

    x: int
    y: int
    pressure: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """A line drawn without lifting the pen; `width` in hundredths of a point at full pressure."""

    points: tuple[Point, ...]
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """Where a note stands in one version of a paper: by the page's geometry, by its words, and by the section.

    Together they are enough to find the place in another version, without this one.
    """

    digest: Digest
    page: int
    """From 0."""
    quads: tuple[Quad, ...]
    """The words of the quote line by line; the frame of a box; the bounds of ink."""
    strokes: tuple[Stroke, ...]
    """Ink; else empty."""
    quote: str
    before: str
    after: str
    section: tuple[str, ...]
    """The headings that the place is under, the highest first; empty in a paper without an outline."""
    overleaf: tuple[Quad, ...] = ()
    """Those words of the quote that stand on the next page; empty for a quote on one page."""


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
    stays: bool = False
    """The reader left it on this version of the paper: it is not asked about again when there is a newer one."""


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
    by: Digest
    """The device that wrapped it, named in the same way."""
    wrapped: bytes
    signature: bytes
    """Ed25519, by the device key of `by` over `wrapping_message`: anybody can wrap a key, and only the person may."""


def wrapping_message(body: AgencyCode, key: WrappedKey) -> bytes:
    """What a device signs when it hands a person key to another one of the person's."""
    digest = hashlib.sha256(key.wrapped).hexdigest()
    return f"ecabinet wrapped key v1 {body} {key.key} {key.device} {digest}".encode()


def heads(edits: Iterable[NoteEdit]) -> Sequence[NoteEdit]:
    """The states that no other edit of the note replaces, oldest first; in whatever order the edits arrived."""
    known = {each.edit: each for each in edits}
    replaced = {edit for each in known.values() for edit in each.replaces}
    return sorted((each for each in known.values() if each.edit not in replaced), key=lambda each: each.edit)
