"""Highlights and notes over papers: the person's own, synced to his devices, unreadable to the server."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select

from ecabinet.client.desk.errors import NotHere
from ecabinet.client.desk.unlocked import Unlocked, in_nfc
from ecabinet.client.vault import schema
from ecabinet.client.vault.changes import Changes
from ecabinet.client.vault.papers import signed_papers
from ecabinet.core import codec
from ecabinet.core.codec import Identifier, whole_milliseconds
from ecabinet.core.envelope import new_id
from ecabinet.core.notes import Anchor, NoteEdit, NoteKind, heads


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteState:
    """One surviving state of a note."""

    edit: Identifier
    anchor: Anchor
    text: str
    colour: str
    made_at: datetime
    is_deleted: bool
    stays: bool
    """Left on its version of the paper on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteView:
    """A note. `states` has more than one when two devices edited it apart: show both; the next edit settles it."""

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
    """The person's notes. An edit replaces every state that was seen; none is ever written over."""

    def __init__(self, unlocked: Unlocked) -> None:
        self._unlocked = unlocked

    def of_paper(self, document: Identifier) -> tuple[NoteView, ...]:
        """Those not deleted, by page and place."""
        views = self._views(schema.note_edits.c.document == document)
        return tuple(sorted(views, key=lambda view: _place(view.latest.anchor)))

    def all(self) -> tuple[NoteView, ...]:
        """Those not deleted, the latest first; those whose paper is gone too."""
        views = self._views(schema.note_edits.c.body == self._unlocked.body)
        return tuple(sorted(views, key=lambda view: view.latest.edit, reverse=True))

    def highlight(self, document: Identifier, anchor: Anchor, colour: str) -> tuple[NoteView, Changes]:
        """Marks words."""
        return self._make(document, NoteKind.HIGHLIGHT, anchor, "", colour)

    def write(self, document: Identifier, anchor: Anchor, text: str, colour: str) -> tuple[NoteView, Changes]:
        """Puts a note beside words."""
        return self._make(document, NoteKind.NOTE, anchor, text, colour)

    def edit(
        self, note: Identifier, *, text: str | None = None, colour: str | None = None, anchor: Anchor | None = None
    ) -> tuple[NoteView, Changes]:
        """Changes what is given. Raises NotHere."""
        given = {"text": text, "colour": colour, "anchor": anchor}
        changed = {name: value for name, value in given.items() if value is not None}
        return self._change(note, changed | {"stays": False} if anchor is not None else changed)

    def leave(self, note: Identifier) -> tuple[NoteView, Changes]:
        """Keeps a note on the version that it stands in, for good. Raises NotHere."""
        return self._change(note, {"stays": True})

    def delete(self, note: Identifier) -> Changes:
        """Raises NotHere."""
        return self._change(note, {"is_deleted": True})[1]

    def restore(self, note: Identifier) -> tuple[NoteView, Changes]:
        """Undoes a deletion. Raises NotHere."""
        return self._change(note, {"is_deleted": False})

    # ---------------------------------------------------------------- steps

    def _make(
        self, document: Identifier, kind: NoteKind, anchor: Anchor, text: str, colour: str
    ) -> tuple[NoteView, Changes]:
        now = whole_milliseconds(self._unlocked.clock())
        edit = NoteEdit(
            edit=new_id(now),
            note=new_id(now),
            replaces=(),
            document=document,
            kind=kind,
            anchor=anchor,
            text=text,
            colour=colour,
            made_at=now,
            is_deleted=False,
        )
        return self._unlocked.vault.do(lambda db: self._keep(db, edit))

    def _change(self, note: Identifier, values: dict[str, Any]) -> tuple[NoteView, Changes]:
        return self._unlocked.vault.do(lambda db: self._replace(db, note, values))

    def _replace(self, db: Connection, note: Identifier, values: dict[str, Any]) -> tuple[NoteView, Changes]:
        states = _states(db, schema.note_edits.c.note == note).get(note)
        if not states:
            raise NotHere
        now = whole_milliseconds(self._unlocked.clock())
        seen = tuple(each.edit for each in states)
        return self._keep(db, replace(states[0], edit=new_id(now), replaces=seen, made_at=now, **values))

    def _keep(self, db: Connection, edit: NoteEdit) -> tuple[NoteView, Changes]:
        edit = in_nfc(edit)
        db.execute(
            insert(schema.note_edits).values(
                edit=edit.edit,
                body=self._unlocked.body,
                note=edit.note,
                document=edit.document,
                content=codec.dump(edit),
                is_pushed=False,
            )
        )
        changes = Changes(notes=frozenset({edit.note}), documents=frozenset({edit.document}))
        return self._view(db, _states(db, schema.note_edits.c.note == edit.note)[edit.note]), changes

    def _views(self, which: ColumnElement[bool]) -> list[NoteView]:
        def read(db: Connection) -> list[NoteView]:
            views = (self._view(db, states) for states in _states(db, which).values())
            return [view for view in views if any(not state.is_deleted for state in view.states)]

        return self._unlocked.vault.do(read)

    def _view(self, db: Connection, states: Sequence[NoteEdit]) -> NoteView:
        latest = states[0]
        papers = signed_papers().c
        newest = select(papers.digest).where(papers.document == latest.document).order_by(papers.version.desc())
        return NoteView(
            note=latest.note,
            document=latest.document,
            kind=latest.kind,
            states=tuple(
                NoteState(
                    edit=each.edit,
                    anchor=each.anchor,
                    text=each.text,
                    colour=each.colour,
                    made_at=each.made_at,
                    is_deleted=each.is_deleted,
                    stays=each.stays,
                )
                for each in states
            ),
            is_left_behind=db.scalar(newest.limit(1)) != latest.anchor.digest,
        )


def _states(db: Connection, which: ColumnElement[bool]) -> dict[Identifier, list[NoteEdit]]:
    """The surviving states of every note that `which` picks an edit of, the latest first."""
    edits = schema.note_edits.c
    asked = select(edits.content).where(which, edits.content.is_not(None))
    known: dict[Identifier, list[NoteEdit]] = {}
    for content in db.scalars(asked):
        edit = codec.load(NoteEdit, content)
        known.setdefault(edit.note, []).append(edit)
    living = {note: sorted(heads(all_of_it), key=_rank, reverse=True) for note, all_of_it in known.items()}
    return {note: states for note, states in living.items() if states}


def _rank(edit: NoteEdit) -> tuple[bool, Identifier]:
    """What was written outlives a deletion that did not know of it."""
    return not edit.is_deleted, edit.edit


def _place(anchor: Anchor) -> tuple[int, int, int]:
    first = anchor.quads[0] if anchor.quads else None
    return anchor.page, -first.y1 if first else 0, first.x0 if first else 0
