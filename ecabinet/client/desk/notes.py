"""Highlights and notes over papers: the person's own, synced to his devices, unreadable to the server."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ecabinet.client.vault.changes import Changes
from ecabinet.core.codec import Digest, Identifier
from ecabinet.core.notes import Anchor, NoteKind


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteState:
    """One surviving state of a note."""

    edit: Identifier
    anchor: Anchor
    text: str
    colour: str
    made_at: datetime
    is_deleted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteView:
    """A note. `states` has more than one when two devices edited it apart: show both, and let the next edit settle it."""

    note: Identifier
    document: Identifier
    kind: NoteKind
    states: tuple[NoteState, ...]
    """The latest first."""
    is_left_behind: bool
    """It stands in an earlier version of the paper, or the paper is gone; the text is kept and shown."""

    @property
    def latest(self) -> NoteState:
        return self.states[0]


class Notes:
    """The person's notes."""

    def of_paper(self, document: Identifier) -> tuple[NoteView, ...]:
        """By page and place."""
        raise NotImplementedError

    def all(self) -> tuple[NoteView, ...]:
        """The latest first; those whose paper is gone too."""
        raise NotImplementedError

    def highlight(self, document: Identifier, anchor: Anchor, colour: str) -> tuple[NoteView, Changes]:
        raise NotImplementedError

    def write(self, document: Identifier, anchor: Anchor, text: str, colour: str) -> tuple[NoteView, Changes]:
        raise NotImplementedError

    def edit(
        self, note: Identifier, *, text: str | None = None, colour: str | None = None, anchor: Anchor | None = None
    ) -> tuple[NoteView, Changes]:
        """Changes what is given. Replaces every state the person saw. Raises NotHere."""
        raise NotImplementedError

    def delete(self, note: Identifier) -> Changes:
        """Raises NotHere."""
        raise NotImplementedError

    def restore(self, note: Identifier) -> tuple[NoteView, Changes]:
        """Undoes a deletion. Raises NotHere."""
        raise NotImplementedError

    def in_versions(self, digests: Sequence[Digest]) -> tuple[NoteView, ...]:
        """Those that stand in one of these versions."""
        raise NotImplementedError
