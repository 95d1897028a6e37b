"""The reader's notes on the paper in front: where they stand, their marks over its pages, a sheet to write on."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QWidget

from ecabinet.client.desk.notes import Colleague, NoteState, NoteView
from ecabinet.client.pages import Box
from ecabinet.client.ui.reader.marks import Mark
from ecabinet.client.ui.reader.palette import Colour, ColourRow, named
from ecabinet.client.ui.reader.selection import Selection
from ecabinet.client.ui.roles import offices_said
from ecabinet.client.ui.theme import Tone
from ecabinet.client.ui.times import Times
from ecabinet.client.ui.widgets import (
    Button,
    Card,
    Field,
    Item,
    Key,
    Kind,
    Muted,
    Notice,
    Sheet,
    Text,
    TextArea,
    bind,
    boxed,
    row,
)
from ecabinet.client.ui.words import number, say
from ecabinet.core.codec import Digest
from ecabinet.core.notes import Anchor, Quad

YELLOW = Colour.YELLOW.ground
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


def region_anchor(digest: Digest, page: int, box: Box) -> Anchor:
    """Where a box around a region stands."""
    return replace(page_anchor(digest, page), quads=(_quad(box),))


def first_box(anchor: Anchor) -> Box | None:
    """Where the words begin that a note is on; None for a note on a whole page."""
    return _box(anchor.quads[0]) if anchor.quads else None


def marks_of(notes: Sequence[NoteView], digest: Digest) -> list[Mark]:
    """What of the notes is drawn over this version of the paper: every state that survived."""
    return [
        Mark(
            key=note.key,
            edit=state.edit,
            kind=note.kind,
            page=page,
            boxes=tuple(map(_box, quads)),
            strokes=state.anchor.strokes if page == state.anchor.page else (),
            colour=state.colour,
            text=text,
            is_others=note.author is not None,
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


class NoteSheet(Sheet):
    """Writes a note, or changes one. Every state of a note that was edited on two devices is shown, to be made one."""

    kept = Signal(str, object)
    """Carries the text, and the Colour; None for one that has no name here and was left as it is."""
    deleted = Signal()
    shared = Signal()
    """Asks with whom: what was written is kept first."""

    def __init__(
        self,
        over: QWidget,
        times: Times,
        anchor: Anchor,
        note: NoteView | None,
        colour: Colour,
        *,
        readers: Sequence[Colleague] = (),
    ) -> None:
        """`colour` is that of a new note; `readers` those whom it is shared with."""
        states = note.states if note is not None else ()
        self._text = TextArea(states[0].text if states else "", lines=5)
        self._text.setObjectName("note_text")
        page = say("reader.note_page", page=number(anchor.page + 1))
        where = say("reader.quoted", page=page, quote=anchor.quote) if anchor.quote else page
        items: list[Item] = [Muted(where)]
        if len(states) > 1:
            items.append(Notice(Tone.WARNING, say("reader.two_states"), to_do=say("reader.two_states_to_do")))
            items += [self._state(times, state) for state in states]
        if any(state.is_too_long for state in states):
            items.append(Notice(Tone.WARNING, say("reader.too_long"), to_do=say("reader.too_long_to_do")))
        items.append(Field(say("reader.note_text"), self._text))
        self._colours = ColourRow(colour if note is None else named(states[0].colour))
        items.append(Field(say("reader.colour_of_note"), self._colours))
        share = Button(say("sharing.share"), icon="user-round", hint=say("sharing.share_hint"))
        share.setObjectName("share_note")
        if note is not None or readers:
            with_whom = say("sharing.with", offices=offices_said(readers)) if readers else say("sharing.nobody")
            told = row(Muted(with_whom), *((share,) if note is not None else ()))
            told.setStretch(0, 1)
            items.append(boxed(told))
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
        self.accepted.connect(lambda: self.kept.emit(self._text.value, self._colours.chosen))
        share.clicked.connect(self.accept)
        share.clicked.connect(self.shared)
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
