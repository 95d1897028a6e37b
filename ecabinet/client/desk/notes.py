"""Notes of all kinds over papers: the person's own, synced to his devices, unreadable to the server."""

from collections.abc import Callable, Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select

from ecabinet.client.desk.errors import NotHere
from ecabinet.client.desk.note_states import NoteStates
from ecabinet.client.desk.undoing import Change, History, Step
from ecabinet.client.desk.unlocked import Unlocked, in_nfc
from ecabinet.client.sync.apply import without_quotes
from ecabinet.client.sync.notes import LONGEST
from ecabinet.client.vault import crossings, schema
from ecabinet.client.vault.changes import Changes
from ecabinet.client.vault.papers import signed_papers
from ecabinet.core import codec
from ecabinet.core.codec import Digest, Identifier, Name, whole_milliseconds
from ecabinet.core.envelope import new_id
from ecabinet.core.notes import Anchor, NoteEdit, NoteKind, Quad, Stroke

_STROKES, _POINTS = 12, 4_000
"""In one ink note: each further stroke is an edit that carries those before, and has to fit into a message."""
_LOOKED_AT = 200
"""Of the latest edits, for the colours one used last."""


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
    is_too_long: bool
    """It can't be sent to the person's other devices, and is on this one alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Somebody with whom notes are shared, or who shares his."""

    person: Name
    office: str
    office_en: str
    helps_me: bool
    """He holds the office of this person's assistant."""


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
    author: Colleague | None = None
    """Who shares it; None: it is the person's own, and his alone to change."""

    @property
    def key(self) -> str:
        """Names it among all that are shown: two authors may well have named a note alike."""
        return self.note if self.author is None else f"{self.author.person}/{self.note}"

    @property
    def latest(self) -> NoteState:
        return self.states[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What undoing, or doing again, came to."""

    places: tuple[Anchor, ...]
    """Where something changed."""
    overtaken: int
    """Notes that were left as they are, since they were edited elsewhere afterwards."""
    changes: Changes


_Written = tuple[NoteView, Changes, Change]


class Notes:
    """The person's notes. An edit replaces every state that was seen; none is ever written over."""

    def __init__(self, unlocked: Unlocked) -> None:
        self._unlocked = unlocked
        self._history = History()
        self._states = NoteStates()

    def of_paper(self, document: Identifier) -> tuple[NoteView, ...]:
        """Those not deleted, by page and place."""
        views = self._views(schema.note_edits.c.document == document)
        return tuple(sorted(views, key=place_of))

    def of_papers(self, documents: Collection[Identifier]) -> list[NoteView]:
        """Those not deleted, in no order."""
        return self._views(schema.note_edits.c.document.in_(documents))

    def all(self) -> tuple[NoteView, ...]:
        """Those not deleted, the latest first; those whose paper is gone too."""
        views = self._views(schema.note_edits.c.body == self._unlocked.body)
        return tuple(sorted(views, key=lambda view: view.latest.edit, reverse=True))

    def colours(self) -> dict[NoteKind, str]:
        """The colour used last for each kind, on whichever device; a kind that was not used of late has none."""
        edits = schema.note_edits.c
        asked = select(edits.content).where(edits.body == self._unlocked.body, edits.content.is_not(None))
        latest = self._unlocked.vault.do(
            lambda db: db.scalars(asked.order_by(edits.edit.desc()).limit(_LOOKED_AT)).all()
        )
        loaded = [codec.load(NoteEdit, content) for content in latest]
        return {each.kind: each.colour for each in reversed(loaded)}

    # ---------------------------------------------------------------- writing

    def mark(self, document: Identifier, kind: NoteKind, anchor: Anchor, colour: str) -> tuple[NoteView, Changes]:
        """Marks words, a region or a page."""
        return self._make(document, kind, anchor, "", colour)

    def write(self, document: Identifier, anchor: Anchor, text: str, colour: str) -> tuple[NoteView, Changes]:
        """Puts a note beside words."""
        return self._make(document, NoteKind.NOTE, anchor, text, colour)

    def draw(
        self, document: Identifier, page: Anchor, stroke: Stroke, colour: str, *, onto: Identifier | None = None
    ) -> tuple[NoteView, Changes]:
        """Draws a stroke on a page: onto the ink `onto` if that is still there and not full, else as a new note."""

        def draw(db: Connection) -> _Written:
            states = self._states.of(db, schema.note_edits.c.note == onto).get(onto, []) if onto is not None else []
            if len(states) == 1 and _takes(states[0], page, colour, stroke):
                drawn = (*states[0].anchor.strokes, stroke)
                return self._replace(db, states[0].note, {"anchor": _inked(states[0].anchor, drawn)})
            return self._keep(db, (), self._new(document, NoteKind.INK, _inked(page, (stroke,)), "", colour))

        return self._do(draw)

    def erase(self, document: Identifier, strokes: Mapping[Identifier, AbstractSet[Stroke]]) -> Changes:
        """Takes strokes out of ink, in one step; ink without strokes is deleted, and ink that is gone left alone."""

        def erase(db: Connection) -> tuple[Step, Changes]:
            found = [
                (self._states.of(db, schema.note_edits.c.note == note).get(note, []), strokes[note]) for note in strokes
            ]
            step = tuple(
                Change(was=(state,), became=(self._without(state, gone),))
                for states, gone in found
                for state in states
                if not gone.isdisjoint(state.anchor.strokes)
            )
            return step, self._insert(db, [edit for change in step for edit in change.became])

        step, changes = self._unlocked.vault.do(erase)
        if step:
            self._history.add(document, step)
        return changes

    def edit(
        self, note: Identifier, *, text: str | None = None, colour: str | None = None, anchor: Anchor | None = None
    ) -> tuple[NoteView, Changes]:
        """Changes what is given. Raises NotHere."""
        given = {"text": text, "colour": colour, "anchor": anchor}
        changed = {name: value for name, value in given.items() if value is not None}
        return self._change(note, changed | {"stays": False} if anchor is not None else changed)

    def carry(self, db: Connection, seen: NoteView, anchor: Anchor) -> Changes:
        """Takes a note over to a new version of its paper; no step of the reader's own."""
        return self._replace(db, seen.note, {"anchor": anchor, "stays": False})[1]

    def is_as_seen(self, db: Connection, seen: NoteView) -> bool:
        """Whether nothing became of a note since then, here or on another device."""
        states = self._states.of(db, schema.note_edits.c.note == seen.note).get(seen.note, [])
        return [each.edit for each in states] == [each.edit for each in seen.states]

    def leave(self, note: Identifier) -> tuple[NoteView, Changes]:
        """Keeps a note on the version that it stands in, for good. Raises NotHere."""
        return self._change(note, {"stays": True})

    def delete(self, note: Identifier) -> Changes:
        """Raises NotHere."""
        return self._change(note, {"is_deleted": True})[1]

    def restore(self, note: Identifier) -> tuple[NoteView, Changes]:
        """Undoes a deletion. Raises NotHere."""
        return self._change(note, {"is_deleted": False})

    # ---------------------------------------------------------------- undoing

    def steps(self, document: Identifier) -> tuple[bool, bool]:
        """Whether there is something to undo on a paper, and something to do again."""
        history = self._history
        return history.last_done(document) is not None, history.last_undone(document) is not None

    def undo(self, document: Identifier) -> Undone | None:
        """Takes back what was done last to the notes of a paper since the profile was unlocked; None for nothing."""
        return self._turn(document, self._history.last_done(document), self._history.undone)

    def redo(self, document: Identifier) -> Undone | None:
        """Does again what was undone last."""
        return self._turn(document, self._history.last_undone(document), self._history.redone)

    def _turn(
        self, document: Identifier, step: Step | None, turned: Callable[[Identifier, Step], None]
    ) -> Undone | None:
        if step is None:
            return None
        turns, changes = self._unlocked.vault.do(lambda db: self._turn_back(db, step))
        turned(document, tuple(back for _, back in turns))
        for change, back in turns:
            for before, now in zip(change.was, back.became, strict=bool(change.was)):
                self._history.rename(before.edit, now.edit)
        places = tuple(back.became[0].anchor for _, back in turns)
        return Undone(places=places, overtaken=len(step) - len(turns), changes=changes)

    def _turn_back(self, db: Connection, step: Step) -> tuple[list[tuple[Change, Change]], Changes]:
        """Writes what was, in place of what became of it; a note edited elsewhere since is left as it is."""
        turns = []
        for change in step:
            note, became = change.became[0].note, self._history.ids(change.became)
            living = {
                state.edit: state for state in self._states.of(db, schema.note_edits.c.note == note).get(note, [])
            }
            if living.keys() >= set(became):
                written = [self._next(was, became) for was in change.was]
                written = written or [self._next(change.became[0], became, is_deleted=True)]
                turns.append((change, Change(was=tuple(living[edit] for edit in became), became=tuple(written))))
        return turns, self._insert(db, [edit for _, back in turns for edit in back.became])

    # ---------------------------------------------------------------- steps

    def _make(
        self, document: Identifier, kind: NoteKind, anchor: Anchor, text: str, colour: str
    ) -> tuple[NoteView, Changes]:
        edit = self._new(document, kind, anchor, text, colour)
        return self._do(lambda db: self._keep(db, (), edit))

    def _new(self, document: Identifier, kind: NoteKind, anchor: Anchor, text: str, colour: str) -> NoteEdit:
        now = whole_milliseconds(self._unlocked.clock())
        return NoteEdit(
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

    def _next(self, state: NoteEdit, replaces: tuple[Identifier, ...], **values: Any) -> NoteEdit:
        now = whole_milliseconds(self._unlocked.clock())
        return replace(state, edit=new_id(now), replaces=replaces, made_at=now, **values)

    def _without(self, ink: NoteEdit, gone: AbstractSet[Stroke]) -> NoteEdit:
        left = tuple(stroke for stroke in ink.anchor.strokes if stroke not in gone)
        if left:
            return self._next(ink, (ink.edit,), anchor=_inked(ink.anchor, left))
        return self._next(ink, (ink.edit,), is_deleted=True)

    def _change(self, note: Identifier, values: dict[str, Any]) -> tuple[NoteView, Changes]:
        return self._do(lambda db: self._replace(db, note, values))

    def _do(self, write: Callable[[Connection], _Written]) -> tuple[NoteView, Changes]:
        """One step of the reader's, in one transaction."""
        view, changes, change = self._unlocked.vault.do(write)
        self._history.add(view.document, (change,))
        return view, changes

    def _replace(self, db: Connection, note: Identifier, values: dict[str, Any]) -> _Written:
        states = self._states.of(db, schema.note_edits.c.note == note).get(note)
        if not states:
            raise NotHere
        return self._keep(db, states, self._next(states[0], tuple(each.edit for each in states), **values))

    def _keep(self, db: Connection, was: Sequence[NoteEdit], edit: NoteEdit) -> _Written:
        changes = self._insert(db, [edit])
        states = self._states.of(db, schema.note_edits.c.note == edit.note)[edit.note]
        view = self._view(states, newest_versions(db, [edit.document]))
        return view, changes, Change(was=tuple(was), became=(edit,))

    def _insert(self, db: Connection, edits: Sequence[NoteEdit]) -> Changes:
        gone = schema.gone.c.id
        is_gone = set(db.scalars(select(gone).where(gone.in_({each.document for each in edits}))))
        for written in map(_composed, edits):
            crossings.forget_note(db, written.note)
            edit = without_quotes(written) if written.document in is_gone else written
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
        return Changes(
            notes=frozenset(each.note for each in edits), documents=frozenset(each.document for each in edits)
        )

    def _views(self, which: ColumnElement[bool]) -> list[NoteView]:
        def read(db: Connection) -> list[NoteView]:
            found = self._states.of(db, which).values()
            newest = newest_versions(db, {states[0].document for states in found})
            views = (self._view(states, newest) for states in found)
            return [view for view in views if any(not state.is_deleted for state in view.states)]

        return self._unlocked.vault.do(read)

    def _view(self, states: Sequence[NoteEdit], newest: Mapping[Identifier, Digest]) -> NoteView:
        too_long = {each.edit for each in states if self._states.size(each.edit) > LONGEST}
        return view_of(states, newest, too_long=too_long)


def view_of(
    states: Sequence[NoteEdit],
    newest: Mapping[Identifier, Digest],
    *,
    too_long: AbstractSet[Identifier] = frozenset(),
    author: Colleague | None = None,
) -> NoteView:
    """A note, by what survived of it, the latest first, and the newest versions of papers."""
    latest = states[0]
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
                is_too_long=each.edit in too_long,
            )
            for each in states
        ),
        is_left_behind=newest.get(latest.document) != latest.anchor.digest,
        author=author,
    )


def newest_versions(db: Connection, documents: Collection[Identifier]) -> dict[Identifier, Digest]:
    """The latest version of each of these papers, as far as they are known."""
    papers = signed_papers().c
    asked = select(papers.document, papers.digest).where(papers.document.in_(documents)).order_by(papers.version)
    return {row.document: row.digest for row in db.execute(asked)}


def place_of(note: NoteView) -> tuple[int, int, int]:
    """To sort by: page, and place on it."""
    anchor = note.latest.anchor
    first = anchor.quads[0] if anchor.quads else None
    return anchor.page, -first.y1 if first else 0, first.x0 if first else 0


def _takes(ink: NoteEdit, page: Anchor, colour: str, further: Stroke) -> bool:
    """Whether a further stroke may go onto ink."""
    anchor = ink.anchor
    is_there = (
        not ink.is_deleted and ink.kind is NoteKind.INK and (anchor.digest, anchor.page) == (page.digest, page.page)
    )
    points = sum(len(stroke.points) for stroke in (*anchor.strokes, further))
    return is_there and ink.colour == colour and len(anchor.strokes) < _STROKES and points <= _POINTS


def _inked(anchor: Anchor, strokes: tuple[Stroke, ...]) -> Anchor:
    """An anchor with these strokes, and the box around them."""
    xs = [point.x for stroke in strokes for point in stroke.points]
    ys = [point.y for stroke in strokes for point in stroke.points]
    half = max(stroke.width for stroke in strokes) // 2
    around = Quad(x0=min(xs) - half, y0=min(ys) - half, x1=max(xs) + half, y1=max(ys) + half)
    return replace(anchor, strokes=strokes, quads=(around,))


def _composed(edit: NoteEdit) -> NoteEdit:
    """In NFC; strokes have no letters, and many points."""
    words = in_nfc(replace(edit, anchor=replace(edit.anchor, strokes=())))
    return replace(words, anchor=replace(words.anchor, strokes=edit.anchor.strokes))
