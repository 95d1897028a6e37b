"""The list of a paper's notes at its side, one's own and those of others: by kind, colour, words and author."""

from collections.abc import Collection, Iterator, Sequence
from enum import Enum
from typing import TypeVar

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame

from ecabinet.client.desk.notes import Colleague, NoteView
from ecabinet.client.desk.sharing import SharedPaper
from ecabinet.client.ui.reader.palette import ICONS, Colour, colour_name, kind_name, named
from ecabinet.client.ui.reader.sharing import Whose, author_said, whose_name
from ecabinet.client.ui.roles import offices_said
from ecabinet.client.ui.theme import Space, Tone
from ecabinet.client.ui.widgets import (
    Button,
    Chip,
    ChoiceField,
    EmptyState,
    Entry,
    Heading,
    Key,
    Muted,
    Row,
    RowList,
    Section,
    TextField,
    bind,
    boxed,
    column,
    flow,
    row,
)
from ecabinet.client.ui.words import Names, number, say
from ecabinet.core.codec import Digest, Identifier
from ecabinet.core.finding import stream, words
from ecabinet.core.notes import NoteKind

E = TypeVar("E", bound=Enum)


class NotesPanel(QFrame):
    """Notes in another version come apart. Arrows lead to a note's place, Enter opens it, Delete deletes it."""

    opened = Signal(str)
    """Carries the note's id, as the next two."""
    moved = Signal(str)
    deleted = Signal(str)
    exported = Signal()
    shared = Signal()
    """All notes of the paper."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(say("reader.notes"))
        self._shown: tuple[Sequence[NoteView], Digest | None, Collection[Identifier]] = ((), None, ())
        self._shares = SharedPaper()
        self._is_stale = False
        self._rows = RowList(say("reader.notes"))
        self._rows.setObjectName("notes")
        self._rows.opened.connect(self.opened)
        self._rows.moved.connect(self._tell_moved)
        self._sought = TextField(example=say("reader.find_note"))
        self._sought.setObjectName("find_note")
        self._sought.setAccessibleName(say("reader.find_note"))
        self._kind, self._colour = ChoiceField(), ChoiceField()
        _fill(self._kind, "note_kind", say("reader.every_kind"), NoteKind, kind_name)
        _fill(self._colour, "note_colour", say("reader.every_colour"), Colour, colour_name)
        self._whose = ChoiceField()
        _fill(self._whose, "note_author", say("sharing.everybodys"), Whose, whose_name)
        self._filters = boxed(column(self._sought, row(self._kind, self._colour), self._whose, gap=Space.SMALL))
        self._empty = EmptyState("notebook-pen", say("reader.no_notes"), say("reader.no_notes_next"))
        self._none = EmptyState("search", say("reader.no_such_notes"), say("reader.no_such_notes_next"))
        self._export = Button(say("exporting.export"), icon="file-up", hint=say("exporting.export_hint"))
        self._export.setObjectName("export_notes")
        self._export.clicked.connect(self.exported)
        self._share = Button(say("sharing.share_all"), icon="user-round", hint=say("sharing.share_all_hint"))
        self._share.setObjectName("share_paper")
        self._share.setAccessibleName(say("sharing.title_all"))
        self._share.clicked.connect(self.shared)
        self._with_whom = Muted("")
        self._with_whom.setObjectName("paper_shared_with")
        whole = column(
            *(Heading(say("reader.notes")), self._filters, self._rows, self._empty, self._none),
            *(self._with_whom, flow(self._share, self._export, gap=Space.SMALL)),
            pad=Space.LARGE,
        )
        for place in (2, 3, 4):
            whole.setStretch(place, 1)
        self.setLayout(whole)
        self._sought.textChanged.connect(self._fill_rows)
        self._kind.currentIndexChanged.connect(self._fill_rows)
        self._colour.currentIndexChanged.connect(self._fill_rows)
        self._whose.currentIndexChanged.connect(self._fill_rows)
        self._sought.returnPressed.connect(self._rows.setFocus)
        bind(self, [Key(keys="Delete", name=say("reader.delete_note"), act=self._delete)])

    @property
    def current_key(self) -> str | None:
        """The note the keyboard is on, while it is in the list."""
        return self._rows.current_key if self._rows.hasFocus() else None

    def show_notes(
        self,
        notes: Sequence[NoteView],
        digest: Digest | None,
        asked: Collection[Identifier] = (),
        shares: SharedPaper = SharedPaper(),  # noqa: B008 - a value
    ) -> None:
        """Show these, those of others among them, and with whom one's own are shared.

        `digest` is the version in front, None when the paper is gone; `asked` are to be checked.
        """
        self._shown = notes, digest, asked
        self._shares = shares
        self._is_stale = True
        if self.isVisible():
            self._fill_rows()

    def show_current(self, key: str) -> None:
        """Puts the keyboard's row on a note."""
        self._rows.go_to(key)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale:
            self._fill_rows()

    def _fill_rows(self) -> None:
        notes, digest, asked = self._shown
        self._is_stale = False
        self._whose.setVisible(any(note.author is not None for note in notes))
        found = [note for note in notes if self._is_sought(note)]
        here = [note for note in found if note.latest.anchor.digest == digest]
        elsewhere = [note for note in found if note.latest.anchor.digest != digest and note.key not in asked]
        entries: list[Entry] = [self._row(note) for note in here]
        to_check = [note for note in found if note.key in asked]
        if to_check:
            entries += [Section(title=say("crossing.must_check")), *map(self._row, to_check)]
        if elsewhere:
            entries += [Section(title=say("reader.left_behind")), *map(self._row, elsewhere)]
        readers = self._shares.share_of(None)
        self._with_whom.setText(say("sharing.all_with", offices=offices_said(readers)) if readers else "")
        self._with_whom.setVisible(bool(readers))
        mine = any(note.author is None for note in notes)
        self._filters.setVisible(bool(notes))
        self._export.setVisible(mine)
        self._rows.setVisible(bool(entries))
        self._empty.setVisible(not notes)
        self._none.setVisible(bool(notes) and not entries)
        self._rows.show_rows(entries)

    def _is_sought(self, note: NoteView) -> bool:
        kind, colour = self._kind.currentData(), self._colour.currentData()
        if kind is not None and note.kind.name != kind:
            return False
        whose = self._whose.currentData() if self._whose.isVisibleTo(self) else None
        if whose is not None and (whose == Whose.MINE.name) != (note.author is None):
            return False
        if colour is not None and all(_name(state.colour) != colour for state in note.states):
            return False
        sought = words(self._sought.value, is_open=True)
        said = stream(" ".join(f"{state.text} {state.anchor.quote}" for state in note.states))
        return all(each.stands_in(said) for each in sought)

    def _row(self, note: NoteView) -> Row:
        if note.author is not None:
            return _note_row(note, ())
        return _note_row(note, self._shares.readers_of(note.note), is_waiting=self._shares.is_waiting(note.note))

    def _tell_moved(self, key: str) -> None:
        if self._rows.hasFocus():
            self.moved.emit(key)

    def _delete(self) -> None:
        if self.current_key is not None:
            self.deleted.emit(self.current_key)


def _fill(field: ChoiceField, name: str, all_of_them: str, members: type[E], names: Names[E]) -> None:
    field.setObjectName(name)
    field.setAccessibleName(all_of_them)
    field.addItem(all_of_them, None)
    for member in members:
        field.addItem(names(member), member.name)


def _name(code: str) -> str | None:
    colour = named(code)
    return None if colour is None else colour.name


def _note_row(note: NoteView, readers: Sequence[Colleague], *, is_waiting: bool = False) -> Row:
    state, colour = note.latest, named(note.latest.colour)
    page = say("reader.note_page", page=number(state.anchor.page + 1))
    quote = say("reader.quote", quote=state.anchor.quote) if state.anchor.quote else ""
    said = state.text or state.anchor.quote
    return Row(
        key=note.key,
        title=said or kind_name(note.kind),
        detail=" · ".join(
            filter(
                None,
                (
                    author_said(note),
                    page,
                    kind_name(note.kind) if said else "",
                    colour_name(colour) if colour is not None else "",
                    say("sharing.with", offices=offices_said(readers)) if readers else "",
                    quote if state.text else "",
                ),
            )
        ),
        icon=ICONS[note.kind],
        chips=tuple(_chips(note, readers, is_waiting=is_waiting)),
    )


def _chips(note: NoteView, readers: Sequence[Colleague], *, is_waiting: bool) -> Iterator[Chip]:
    if readers:
        yield Chip(text=say("sharing.count", count=number(len(readers))), tone=Tone.ACCENT)
    if is_waiting:
        yield Chip(text=say("sharing.waiting"), tone=Tone.NEUTRAL)
    if len(note.states) > 1:
        yield Chip(
            text=say("reader.two_states") if note.author is None else say("sharing.two_states"), tone=Tone.WARNING
        )
    if any(state.is_too_long for state in note.states):
        yield Chip(text=say("reader.too_long"), tone=Tone.WARNING)
