"""The surviving states of notes, read from the vault; each edit is decoded once, and one that was replaced never.

An edit that lost its quotes with the right to its paper is decoded anew: what is kept is kept with its length. Ink is
long, and every stroke is a further edit of its note that carries those before. For the serial lane alone.
"""

import json
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import ColumnElement, Connection, Text, cast, func, select

from ecabinet.client.vault import schema
from ecabinet.core import codec
from ecabinet.core.codec import Identifier
from ecabinet.core.notes import NoteEdit

_AT_ONCE = 500
"""Parameters of one query."""


class NoteStates:
    """What no other edit replaces, of the notes that are asked for."""

    def __init__(self) -> None:
        self._replaces: dict[Identifier, tuple[Identifier, ...]] = {}
        self._living: dict[Identifier, tuple[int, NoteEdit]] = {}

    def of(self, db: Connection, which: ColumnElement[bool]) -> dict[Identifier, list[NoteEdit]]:
        """The states of every note that `which` picks an edit of, the latest first."""
        edits = schema.note_edits.c
        asked = select(edits.edit, func.length(edits.content).label("size")).where(which, edits.content.is_not(None))
        found = {row.edit: row.size for row in db.execute(asked)}
        self._learn(db, (edit for edit in found if edit not in self._replaces))
        replaced = {edit for each in found for edit in self._replaces[each]}
        for edit in replaced:
            self._living.pop(edit, None)
        living = [edit for edit in found if edit not in replaced]
        self._decode(db, (edit for edit in living if self._living.get(edit, (0,))[0] != found[edit]))
        states: dict[Identifier, list[NoteEdit]] = {}
        for edit in living:
            _, state = self._living[edit]
            states.setdefault(state.note, []).append(state)
        return {note: sorted(each, key=rank, reverse=True) for note, each in states.items()}

    def size(self, edit: Identifier) -> int:
        """The bytes of a state that `of` gave last."""
        return self._living[edit][0]

    def _learn(self, db: Connection, unknown: Iterable[Identifier]) -> None:
        edits = schema.note_edits.c
        replaces = func.json_extract(cast(edits.content, Text), "$.replaces")
        for some in _in_batches(unknown):
            for edit, said in db.execute(select(edits.edit, replaces).where(edits.edit.in_(some))):
                self._replaces[edit] = tuple(json.loads(said))

    def _decode(self, db: Connection, unknown: Iterable[Identifier]) -> None:
        edits = schema.note_edits.c
        for some in _in_batches(unknown):
            for edit, content in db.execute(select(edits.edit, edits.content).where(edits.edit.in_(some))):
                self._living[edit] = len(content), codec.load(NoteEdit, content)


def _in_batches(edits: Iterable[Identifier]) -> Iterator[Sequence[Identifier]]:
    rest = list(edits)
    return (rest[start : start + _AT_ONCE] for start in range(0, len(rest), _AT_ONCE))


def rank(edit: NoteEdit) -> tuple[bool, Identifier]:
    """What was written outlives a deletion that did not know of it."""
    return not edit.is_deleted, edit.edit
