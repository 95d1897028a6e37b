"""The reader's notes on the paper in front: a list at its side, marks over its pages, a sheet to write on."""

from collections.abc import Collection, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QFrame, QWidget

from ecabinet.client.desk.notes import NoteState, NoteView
from ecabinet.client.pages import Box
from ecabinet.client.ui.reader.marks import Mark
from ecabinet.client.ui.reader.selection import Selection
from ecabinet.client.ui.theme import Space, Tone
from ecabinet.client.ui.times import Times
from ecabinet.client.ui.widgets import (
    Button,
    Card,
    Chip,
    EmptyState,
    Entry,
    Field,
    Heading,
    Item,
    Key,
    Kind,
    Muted,
    Notice,
    Row,
    RowList,
    Section,
    Sheet,
    Text,
    TextArea,
    bind,
    boxed,
    column,
    row,
)
from ecabinet.client.ui.words import number, say
from ecabinet.core.codec import Digest, Identifier
from ecabinet.core.notes import Anchor, NoteKind, Quad

YELLOW = "#ffe45c"
_HUNDREDTHS = 100


def anchor_of(digest: Digest, selection: Selection) -> Anchor:
    """Where a note on picked words stands."""
    return Anchor(
        digest=digest,
        page=selection.page,
        quads=tuple(_quad(box) for box in selection.boxes()),
        strokes=(),
        quote=selection.quote,
        before=selection.before,
        after=selection.after,
        section=(),
    )


def page_anchor(digest: Digest, page: int) -> Anchor:
    """Where a note on a whole page stands."""
    return Anchor(digest=digest, page=page, quads=(), strokes=(), quote="", before="", after="", section=())


def first_box(anchor: Anchor) -> Box | None:
    """Where the words begin that a note is on; None for a note on a whole page."""
    return _box(anchor.quads[0]) if anchor.quads else None


def marks_of(notes: Sequence[NoteView], digest: Digest) -> list[Mark]:
    """What of the notes is drawn over this version of the paper: every state that survived."""
    return [
        Mark(
            key=note.note,
            page=page,
            boxes=tuple(map(_box, quads)),
            colour=state.colour,
            text=text,
        )
        for note in notes
        for state in note.states
        for page, quads, text in _pages_of(state)
        if state.anchor.digest == digest and not state.is_deleted
    ]


def _pages_of(state: NoteState) -> list[tuple[int, tuple[Quad, ...], str]]:
    """Where a note is drawn: its slip on the page where it begins, the end of its quote overleaf."""
    anchor = state.anchor
    overleaf = [(anchor.page + 1, anchor.overleaf, "")] if anchor.overleaf else []
    return [(anchor.page, anchor.quads, state.text), *overleaf]


def _quad(box: Box) -> Quad:
    x0, y0, x1, y1 = (round(side * _HUNDREDTHS) for side in (box.x0, box.y0, box.x1, box.y1))
    return Quad(x0=x0, y0=y0, x1=x1, y1=y1)


def _box(quad: Quad) -> Box:
    x0, y0, x1, y1 = (side / _HUNDREDTHS for side in (quad.x0, quad.y0, quad.x1, quad.y1))
    return Box(x0=x0, y0=y0, x1=x1, y1=y1)


class NotesPanel(QFrame):
    """The notes of a paper in its order; those that stand in another version come apart. Delete deletes."""

    opened = Signal(str)
    """Carries the note's id, as the next."""
    deleted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(say("reader.notes"))
        self._rows = RowList(say("reader.notes"))
        self._rows.setObjectName("notes")
        self._rows.opened.connect(self.opened)
        self._empty = EmptyState("notebook-pen", say("reader.no_notes"), say("reader.no_notes_next"))
        whole = column(Heading(say("reader.notes")), self._rows, self._empty, pad=Space.LARGE)
        whole.setStretch(1, 1)
        whole.setStretch(2, 1)
        self.setLayout(whole)
        bind(self, [Key(keys="Delete", name=say("reader.delete_note"), act=self._delete)])

    def show_notes(self, notes: Sequence[NoteView], digest: Digest | None, asked: Collection[Identifier] = ()) -> None:
        """Show these; `digest` is the version in front, None when the paper is gone; `asked` are to be checked."""
        here = [note for note in notes if note.latest.anchor.digest == digest]
        elsewhere = [note for note in notes if note.latest.anchor.digest != digest and note.note not in asked]
        entries: list[Entry] = [_note_row(note) for note in here]
        if asked:
            entries += [Section(title=say("crossing.must_check"))]
            entries += [_note_row(note) for note in notes if note.note in asked]
        if elsewhere:
            entries += [Section(title=say("reader.left_behind")), *map(_note_row, elsewhere)]
        self._rows.setVisible(bool(entries))
        self._empty.setVisible(not entries)
        self._rows.show_rows(entries)

    def show_current(self, key: str) -> None:
        """Puts the keyboard's row on a note."""
        self._rows.go_to(key)

    def _delete(self) -> None:
        if self._rows.hasFocus() and self._rows.current_key is not None:
            self.deleted.emit(self._rows.current_key)


def _note_row(note: NoteView) -> Row:
    state = note.latest
    page = say("reader.note_page", page=number(state.anchor.page + 1))
    quote = say("reader.quote", quote=state.anchor.quote) if state.anchor.quote else ""
    chips = (Chip(text=say("reader.two_states"), tone=Tone.WARNING),) if len(note.states) > 1 else ()
    return Row(
        key=note.note,
        title=state.text or state.anchor.quote,
        detail=" · ".join(filter(None, (page, quote if state.text else ""))),
        icon="highlighter" if note.kind is NoteKind.HIGHLIGHT else "message-square-text",
        chips=chips,
    )


class NoteSheet(Sheet):
    """Writes a note, or changes one. Every state of a note that was edited on two devices is shown, to be made one."""

    kept = Signal(str)
    """Carries the text."""
    deleted = Signal()

    def __init__(self, over: QWidget, times: Times, anchor: Anchor, note: NoteView | None) -> None:
        states = note.states if note is not None else ()
        self._text = TextArea(states[0].text if states else "", lines=5)
        self._text.setObjectName("note_text")
        page = say("reader.note_page", page=number(anchor.page + 1))
        where = say("reader.quoted", page=page, quote=anchor.quote) if anchor.quote else page
        items: list[Item] = [Muted(where)]
        if len(states) > 1:
            items.append(Notice(Tone.WARNING, say("reader.two_states"), to_do=say("reader.two_states_to_do")))
            items += [self._state(times, state) for state in states]
        items.append(Field(say("reader.note_text"), self._text))
        leave = Button(say("reader.leave_note"))
        leave.clicked.connect(self.reject)
        keep = Button(say("reader.keep_note"), Kind.PRIMARY, hint=say("reader.keep_note_hint"))
        keep.setObjectName("keep_note")
        keep.clicked.connect(self.accept)
        remove = Button(say("reader.delete_note"), Kind.PLAIN, icon="trash-2")
        remove.setObjectName("delete_note")
        remove.clicked.connect(self.reject)
        buttons = (remove, leave, keep)
        title = say("reader.new_note") if note is None else say("reader.change_note")
        super().__init__(over, title, *items, buttons=buttons)
        self.setObjectName("note_sheet")
        bind(self, [Key(keys="Ctrl+Return", name=say("reader.keep_note"), act=self.accept)])
        remove.clicked.connect(self.deleted)
        remove.setVisible(note is not None)
        self.accepted.connect(lambda: self.kept.emit(self._text.value))
        self._text.moveCursor(QTextCursor.MoveOperation.End)
        self._text.setFocus()

    def abandon(self) -> None:
        """What was written so far is kept."""
        self.accept()

    def _state(self, times: Times, state: NoteState) -> Card:
        made = say("reader.state_deleted") if state.is_deleted else say("reader.state", when=times.short(state.made_at))
        take = Button(say("reader.take_state"), hint=say("reader.take_state_hint"))
        take.setObjectName("take_state")
        take.clicked.connect(lambda: self._text.setPlainText(state.text))
        head = row(Muted(made), take)
        head.setStretch(0, 1)
        return Card("", boxed(head), Text(state.text))
