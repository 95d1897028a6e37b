"""The reader's notes on the paper in front: a list at its side, marks over its pages, a sheet to write on."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from ecabinet.client.desk.notes import NoteView
from ecabinet.client.pages import Box
from ecabinet.client.ui.reader.selection import Selection
from ecabinet.client.ui.reader.view import Mark
from ecabinet.client.ui.theme import Space, Tone
from ecabinet.client.ui.times import Times
from ecabinet.client.ui.widgets import (
    Button,
    Chip,
    EmptyState,
    Entry,
    Field,
    Heading,
    Item,
    Kind,
    Muted,
    Notice,
    Row,
    RowList,
    Section,
    Sheet,
    Text,
    TextArea,
    column,
)
from ecabinet.client.ui.words import number, say
from ecabinet.core.codec import Digest
from ecabinet.core.notes import Anchor, NoteKind, Quad

YELLOW = "#ffe45c"
_HUNDREDTHS = 100


def anchor_of(digest: Digest, selection: Selection) -> Anchor:
    """Where a note on picked words stands."""
    return Anchor(
        digest=digest,
        page=selection.page,
        quads=tuple(_quad(box) for box in selection.boxes()),
        quote=selection.quote,
        before=selection.before,
        after=selection.after,
    )


def page_anchor(digest: Digest, page: int) -> Anchor:
    """Where a note on a whole page stands."""
    return Anchor(digest=digest, page=page, quads=(), quote="", before="", after="")


def marks_of(notes: Sequence[NoteView], digest: Digest) -> list[Mark]:
    """What of the notes is drawn over this version of the paper: every state that survived."""
    return [
        Mark(
            key=note.note,
            page=state.anchor.page,
            boxes=tuple(_box(quad) for quad in state.anchor.quads),
            colour=state.colour,
            has_text=bool(state.text),
        )
        for note in notes
        for state in note.states
        if state.anchor.digest == digest and not state.is_deleted
    ]


def _quad(box: Box) -> Quad:
    x0, y0, x1, y1 = (round(side * _HUNDREDTHS) for side in (box.x0, box.y0, box.x1, box.y1))
    return Quad(x0=x0, y0=y0, x1=x1, y1=y1)


def _box(quad: Quad) -> Box:
    x0, y0, x1, y1 = (side / _HUNDREDTHS for side in (quad.x0, quad.y0, quad.x1, quad.y1))
    return Box(x0=x0, y0=y0, x1=x1, y1=y1)


class NotesPanel(QFrame):
    """The notes of a paper in its order; those that stand in an earlier version come apart."""

    opened = Signal(str)
    """Carries the note's id."""

    def __init__(self, times: Times) -> None:
        super().__init__()
        self._times = times
        self._rows = RowList(say("reader.notes"))
        self._rows.setObjectName("notes")
        self._rows.opened.connect(self.opened)
        self._empty = EmptyState("notebook-pen", say("reader.no_notes"), say("reader.no_notes_next"))
        whole = column(Heading(say("reader.notes")), self._rows, self._empty, pad=Space.LARGE)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self.setFocusProxy(self._rows)

    def show_notes(self, notes: Sequence[NoteView]) -> None:
        here = [note for note in notes if not note.is_left_behind]
        behind = [note for note in notes if note.is_left_behind]
        entries: list[Entry] = [self._row(note) for note in here]
        if behind:
            entries += [Section(title=say("reader.left_behind")), *(self._row(note) for note in behind)]
        self._rows.setVisible(bool(entries))
        self._empty.setVisible(not entries)
        self._rows.show_rows(entries)

    def show_current(self, key: str) -> None:
        """Puts the keyboard's row on a note."""
        self._rows.go_to(key)

    def _row(self, note: NoteView) -> Row:
        state = note.latest
        page = say("reader.note_page", page=number(state.anchor.page + 1))
        chips = (Chip(text=say("reader.two_states"), tone=Tone.WARNING),) if len(note.states) > 1 else ()
        return Row(
            key=note.note,
            title=state.text or state.anchor.quote,
            detail=" · ".join(filter(None, (page, state.anchor.quote if state.text else ""))),
            icon="highlighter" if note.kind is NoteKind.HIGHLIGHT else "message-square-text",
            chips=chips,
        )


class NoteSheet(Sheet):
    """Writes a note, or changes one; `kept` carries its text. Both states of a note edited on two devices are shown."""

    kept = Signal(str)

    def __init__(
        self, over: QWidget, times: Times, quote: str, note: NoteView | None, delete: Callable[[], object] | None = None
    ) -> None:
        states = note.states if note is not None else ()
        self._text = TextArea("\n\n".join(filter(None, (state.text for state in states))), lines=6)
        self._text.setObjectName("note_text")
        items: list[Item] = [Muted(quote)] if quote else []
        if len(states) > 1:
            items.append(Notice(Tone.WARNING, say("reader.two_states"), to_do=say("reader.two_states_to_do")))
            items += [Text(f"{times.short(state.made_at)}: {state.text}") for state in states]
        items.append(Field(say("reader.note_text"), self._text))
        leave = Button(say("reader.leave_note"))
        leave.clicked.connect(self.reject)
        keep = Button(say("reader.keep_note"), Kind.PRIMARY)
        keep.setObjectName("keep_note")
        keep.clicked.connect(self.accept)
        buttons = [leave, keep]
        if delete is not None:
            remove = Button(say("reader.delete_note"), Kind.DANGER)
            remove.setObjectName("delete_note")
            remove.clicked.connect(self.reject)
            remove.clicked.connect(delete)
            buttons.insert(0, remove)
        title = say("reader.new_note") if note is None else say("reader.change_note")
        super().__init__(over, title, *items, buttons=buttons)
        self.setObjectName("note_sheet")
        self.accepted.connect(lambda: self.kept.emit(self._text.value))
        self._text.setFocus()
