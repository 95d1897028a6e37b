"""A reader's notes: `records` of our own, and where they stand in a new version of their paper.

`text` is a paper as words and tokens, `alignment` the token diff of two papers, `carrying` what becomes of each note,
`pictures` the likeness of what ink and boxes stand on, `sharing` what others are given of them. Only the records and
what is shared are what all sides know.
"""

from ecabinet.core.notes.records import (
    Anchor,
    NoteEdit,
    NoteKind,
    Point,
    Quad,
    SealedNote,
    Stroke,
    WrappedKey,
    heads,
    wrapping_message,
)
from ecabinet.core.notes.sharing import NoteShare, SharedNote

__all__ = [
    "Anchor",
    "NoteEdit",
    "NoteKind",
    "NoteShare",
    "Point",
    "Quad",
    "SealedNote",
    "SharedNote",
    "Stroke",
    "WrappedKey",
    "heads",
    "wrapping_message",
]
