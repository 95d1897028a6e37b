"""Making, changing and undoing the notes of the paper in front: what each tool, key and colour does."""

from collections.abc import Callable, Collection, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor

from ecabinet.client.desk import Changes
from ecabinet.client.desk.notes import NoteView, Undone, place_of
from ecabinet.client.desk.sharing import SharedPaper
from ecabinet.client.pages import Box
from ecabinet.client.ui.reader.notes import (
    NoteSheet,
    anchor_of,
    first_box,
    marks_of,
    page_anchor,
    region_anchor,
)
from ecabinet.client.ui.reader.palette import Colour, Colours, Tool, named
from ecabinet.client.ui.reader.panel import NotesPanel
from ecabinet.client.ui.reader.selection import Selection
from ecabinet.client.ui.reader.sharing import NoteSharing
from ecabinet.client.ui.reader.view import PageView
from ecabinet.client.ui.screen import Screen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Tone
from ecabinet.client.ui.widgets import Button, Notice
from ecabinet.client.ui.words import say
from ecabinet.core.codec import Digest, Identifier
from ecabinet.core.notes import Anchor, NoteKind, Stroke

_AIR = 2.0
"""Points between words and the box around them."""


class Noting(QObject):
    """The notes of one reader, and the tool and the colours in hand."""

    tool_changed = Signal(object)
    """Carries a Tool, or None."""
    colour_changed = Signal(object)
    """Carries the Colour of what is in hand."""
    steps_changed = Signal(bool, bool)
    """Whether something can be undone, and done again."""

    def __init__(
        self,
        screen: Screen,
        seat: Seat,
        document: Identifier,
        view: PageView,
        panel: NotesPanel,
        *,
        tell: Callable[[str, Notice], None],
        forget: Callable[[str], None],
        ask: Callable[[Identifier], bool],
    ) -> None:
        """`ask` asks about a note on an earlier version, if it is to be checked."""
        super().__init__(screen)
        self._screen, self._seat, self._document = screen, seat, document
        self._view, self._panel = view, panel
        self._tell, self._forget, self._ask = tell, forget, ask
        self._sharing = NoteSharing(screen, seat, document, tell=tell, forget=forget)
        self._notes: tuple[NoteView, ...] = ()
        """The reader's own, and what others share with him."""
        self._digest: Digest | None = None
        self._tool: Tool | None = None
        self._kind = NoteKind.HIGHLIGHT
        self._colours = Colours()
        self._ink: Identifier | None = None
        view.picker.finished.connect(self._picked)
        view.mark_opened.connect(self.open)
        view.mark_deleted.connect(self.delete)
        view.mark_chosen.connect(self._choose)
        view.tool_dropped.connect(lambda: self._take(None))
        view.drawing.drawn.connect(self._draw)
        view.drawing.erased.connect(self._erase)
        view.drawing.boxed.connect(self._box)
        panel.opened.connect(self.open)
        panel.moved.connect(self._show_place)
        panel.deleted.connect(self.delete)
        panel.shared.connect(lambda: self._sharing.ask(None))

    # ------------------------------------------------------------ what there is

    def show_version(self, digest: Digest | None) -> None:
        """Another version of the paper is in front; None for none."""
        self._digest, self._ink = digest, None

    def learn(self, used: dict[NoteKind, str]) -> None:
        """The colours that were used last."""
        self._colours.learn(used)
        self._tell_colour()

    def show(
        self,
        notes: Sequence[NoteView],
        shared: SharedPaper,
        steps: tuple[bool, bool],
        asked: Collection[Identifier],
    ) -> None:
        """These are the notes now, and what is shared; `asked` are to be checked."""
        self._notes = tuple(sorted((*notes, *shared.others), key=place_of))
        self._sharing.show(shared)
        self.steps_changed.emit(*steps)
        if self._digest is not None:
            self._view.set_marks(marks_of(self._notes, self._digest))
            self._panel.show_notes(self._notes, self._digest, asked, shared)

    def here(self) -> Anchor | None:
        """The words that are picked, else the page; None while no paper is open."""
        if self._digest is None:
            return None
        selection = self._view.picker.selection
        return page_anchor(self._digest, self._view.page) if selection is None else anchor_of(self._digest, selection)

    # ------------------------------------------------------------ tools

    def choose(self, tool: Tool) -> None:
        """Uses a tool on what is picked; else takes it in hand, or puts it away."""
        selection = self._view.picker.selection
        if tool.value is not None:
            self._kind = tool.value
        if selection is not None and tool.marks_words:
            self._mark(tool, selection)
        elif selection is not None and tool is Tool.BOX:
            self._box(selection.page, _around(selection.boxes()))
            self._view.picker.drop()
        else:
            self._take(None if tool is self._tool else tool)
        self._tell_colour()

    def use(self, colour: Colour) -> None:
        """Gives the note that is chosen another colour; without one, has what is made next in it."""
        key = self._panel.current_key or self._view.chosen
        note = next((each for each in self._notes if each.key == key and each.author is None), None)
        if note is not None:
            self._keep(lambda: self._seat.desk.notes.edit(note.note, colour=colour.of(note.kind))[1])
            self._kind = note.kind
        self._colours.use(self._kind, colour)
        self._take(self._tool)
        self._tell_colour()

    def _take(self, tool: Tool | None) -> None:
        self._tool = tool
        self._view.take_in_hand(tool, QColor(self._code(tool.value)) if tool is not None and tool.value else QColor())
        self.tool_changed.emit(tool)

    def _code(self, kind: NoteKind) -> str:
        return self._colours.of(kind).of(kind)

    def _tell_colour(self) -> None:
        self.colour_changed.emit(self._colours.of(self._kind))

    def _picked(self) -> None:
        selection = self._view.picker.selection
        if self._tool is not None and selection is not None:
            self._mark(self._tool, selection)

    def _mark(self, tool: Tool, selection: Selection) -> None:
        kind = tool.value
        if self._digest is None or kind is None:
            return
        anchor = anchor_of(self._digest, selection)
        self._view.picker.drop()
        self._make(kind, anchor)

    def _box(self, page: int, box: Box) -> None:
        if self._digest is not None:
            self._make(NoteKind.BOX, region_anchor(self._digest, page, box))

    def _make(self, kind: NoteKind, anchor: Anchor) -> None:
        notes, colour = self._seat.desk.notes, self._code(kind)
        self._keep(lambda: notes.mark(self._document, kind, anchor, colour)[1])

    # ------------------------------------------------------------ ink

    def _draw(self, page: int, stroke: Stroke, goes_on: bool) -> None:  # noqa: FBT001 - a slot
        if self._digest is None:
            return
        notes, colour, place = self._seat.desk.notes, self._code(NoteKind.INK), page_anchor(self._digest, page)

        def draw() -> Changes:
            # The serial lane does one stroke after the other, so the note of the one before is known by now.
            ink, changes = notes.draw(self._document, place, stroke, colour, onto=self._ink if goes_on else None)
            self._ink = ink.note
            return changes

        self._keep(draw, then=lambda: self._view.drawing.kept(stroke))

    def _erase(self, strokes: dict[str, frozenset[Stroke]]) -> None:
        notes, drawing = self._seat.desk.notes, self._view.drawing
        self._keep(
            lambda: notes.erase(self._document, strokes), then=drawing.erasing_is_over, failed=drawing.erasing_failed
        )

    # ------------------------------------------------------------ notes

    def write(self) -> None:
        """Writes a note on what is picked, or on the page."""
        anchor = self.here()
        if anchor is None:
            return
        colour, readers = self._colours.of(NoteKind.NOTE), self._sharing.shared.readers_of(None)
        sheet = NoteSheet(self._screen, self._seat.times, anchor, None, colour, readers=readers)
        sheet.kept.connect(lambda text, colour: self._write(anchor, text, colour))
        sheet.open()

    def _write(self, anchor: Anchor, text: str, colour: Colour | None) -> None:
        self._view.picker.drop()
        if text:
            self._colours.use(NoteKind.NOTE, colour)
            notes, code = self._seat.desk.notes, self._code(NoteKind.NOTE)
            self._keep(lambda: notes.write(self._document, anchor, text, code)[1])

    def bookmark(self) -> None:
        """Puts a bookmark at the page, or takes it away."""
        if self._digest is None:
            return
        notes, colour, place = (
            self._seat.desk.notes,
            self._code(NoteKind.BOOKMARK),
            page_anchor(self._digest, self._view.page),
        )

        def turn() -> Changes:
            # As things are when its turn comes: the list in front may not know of the key pressed just before.
            there = (note for note in notes.of_paper(self._document) if note.kind is NoteKind.BOOKMARK)
            here = next((note for note in there if note.latest.anchor == place), None)
            if here is not None:
                return notes.delete(here.note)
            return notes.mark(self._document, NoteKind.BOOKMARK, place, colour)[1]

        self._keep(turn)

    def open(self, key: str) -> None:
        """Shows a note where it stands, to be changed; or asks about it where that is due."""
        note = self._note(key)
        if note is None or self._digest is None or self._ask(key):
            return
        self._show_place(key)
        if note.author is not None:
            self._sharing.read(note)
            return
        colour, readers = named(note.latest.colour) or Colour.YELLOW, self._sharing.shared.readers_of(note.note)
        sheet = NoteSheet(self._screen, self._seat.times, note.latest.anchor, note, colour, readers=readers)
        sheet.shared.connect(lambda: self._sharing.ask(note))
        sheet.kept.connect(lambda text, colour: self._change(note, text, colour))
        sheet.deleted.connect(lambda: self.delete(note.note))
        sheet.open()

    def _change(self, note: NoteView, text: str, colour: Colour | None) -> None:
        code = None if colour is None or colour is named(note.latest.colour) else colour.of(note.kind)
        if code is not None or text != note.latest.text or len(note.states) > 1:
            self._keep(lambda: self._seat.desk.notes.edit(note.note, text=text, colour=code)[1])

    def delete(self, key: str) -> None:
        """Deletes a note of one's own, and offers it back."""
        note, notes = self._note(key), self._seat.desk.notes
        if note is not None and note.author is not None:
            self._sharing.tell_read_only()
            return

        def tell() -> None:
            undo = Button(say("reader.undo"))
            undo.setObjectName("undo_delete")
            undo.clicked.connect(lambda: self._keep(lambda: notes.restore(key)[1]))
            undo.clicked.connect(lambda: self._forget("deleted"))
            self._tell("deleted", Notice(Tone.NEUTRAL, say("reader.deleted"), actions=(undo,), is_closable=True))

        self._keep(lambda: notes.delete(key), then=tell)

    def share(self) -> None:
        """Asks with whom to share the note that is chosen; without one, all on the paper."""
        note = self._note(self._panel.current_key or self._view.chosen or "")
        if note is not None and note.author is not None:
            self._sharing.tell_read_only()
        else:
            self._sharing.ask(note)

    # ------------------------------------------------------------ undoing

    def undo(self) -> None:
        """Takes the last step back, and shows where."""
        self._turn(self._seat.desk.notes.undo)

    def redo(self) -> None:
        """Does again what was undone last."""
        self._turn(self._seat.desk.notes.redo)

    def _turn(self, turn: Callable[[Identifier], Undone | None]) -> None:
        def turned(undone: Undone | None) -> None:
            if undone is None:
                return
            self._forget("deleted")
            if undone.overtaken:
                told = Notice(
                    Tone.NEUTRAL, say("reader.overtaken"), safe=say("reader.overtaken_safe"), is_closable=True
                )
                self._tell("overtaken", told)
            here = [place for place in undone.places if place.digest == self._digest]
            if here:
                self._view.show_place(here[0].page, first_box(here[0]))
            self._seat.changed(undone.changes or Changes(documents=frozenset({self._document})))

        self._screen.ask(say("reader.keeping_note"), lambda _: turn(self._document), turned)

    # ------------------------------------------------------------ steps

    def _choose(self, key: str) -> None:
        note = self._note(key)
        if note is not None:
            self._panel.show_current(key)
        if note is not None and note.author is None:
            self._kind = note.kind
            self.colour_changed.emit(named(note.latest.colour) or self._colours.of(note.kind))
        else:
            self._tell_colour()

    def _show_place(self, key: str) -> None:
        note = self._note(key)
        if note is not None and note.latest.anchor.digest == self._digest:
            self._view.show_place(note.latest.anchor.page, first_box(note.latest.anchor))

    def _note(self, key: str) -> NoteView | None:
        return next((note for note in self._notes if note.key == key), None)

    def _keep(
        self,
        keep: Callable[[], Changes],
        *,
        then: Callable[[], None] = lambda: None,
        failed: Callable[[], None] = lambda: None,
    ) -> None:
        def kept(changes: Changes) -> None:
            then()
            self._seat.changed(changes)

        def fail(error: Exception) -> None:
            failed()
            self._screen.show_error(error)

        self._screen.ask(say("reader.keeping_note"), lambda _: keep(), kept, failed=fail)


def _around(boxes: Sequence[Box]) -> Box:
    """A frame that leaves the words some air."""
    return Box(
        x0=min(box.x0 for box in boxes) - _AIR,
        y0=min(box.y0 for box in boxes) - _AIR,
        x1=max(box.x1 for box in boxes) + _AIR,
        y1=max(box.y1 for box in boxes) + _AIR,
    )
