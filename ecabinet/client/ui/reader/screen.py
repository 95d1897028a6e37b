"""The reader: a paper's pages, a folding toolbar above, the notes at the side. It goes on where one stopped."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QWidget

from ecabinet.client.background import Call, Lane
from ecabinet.client.desk import Changes
from ecabinet.client.desk.errors import NotHere
from ecabinet.client.desk.notes import NoteView
from ecabinet.client.desk.papers import PaperLine, ReadingPosition
from ecabinet.client.pages import Paper, PaperRefused, Refusal
from ecabinet.client.ui import theme
from ecabinet.client.ui.explanations import explain
from ecabinet.client.ui.reader.notes import YELLOW, NoteSheet, NotesPanel, anchor_of, marks_of, page_anchor
from ecabinet.client.ui.reader.source import PaperSource
from ecabinet.client.ui.reader.view import PageView
from ecabinet.client.ui.screen import Explanation, Screen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Tone
from ecabinet.client.ui.widgets import Button, Key, Muted, Notice, Split, TextField, Toolbar, boxed, column
from ecabinet.client.ui.words import Names, number, say
from ecabinet.core.codec import Identifier
from ecabinet.core.notes import Anchor

_AT_REST_MS = 600
_THOUSANDTHS = 1000
_refusal = Names("reader.refused", Refusal)


@dataclass(frozen=True, slots=True)
class _Opened:
    line: PaperLine
    notes: tuple[NoteView, ...]
    paper: Paper | None
    """None when this version is open already."""
    changes: Changes


class ReaderScreen(Screen):
    """One paper. F8 highlights what is picked, F9 writes a note, Ctrl+G goes to a page; picking works by keys too."""

    nouns: ClassVar[frozenset[str]] = frozenset({"documents", "notes", "gone"})

    def __init__(self, seat: Seat, document: Identifier) -> None:
        super().__init__(seat.background, say("reader.title"))
        self._seat, self._document = seat, document
        self._line: PaperLine | None = None
        self._notes: tuple[NoteView, ...] = ()
        self._source: PaperSource | None = None
        self._newer: Notice | None = None
        self._view = PageView()
        self._view.failure_words = say("reader.page_unreadable")
        self._panel = NotesPanel(seat.times)
        self._split = Split(self._view, self._panel, side_width=360)
        self._page_field = TextField()
        self._page_count = Muted()
        self._zoom = Muted()
        self._toolbar = self._make_toolbar()
        self._content = boxed(column(self._toolbar, self._split, gap=0))
        self._content.layout().setStretch(1, 1)  # type: ignore[union-attr]
        self._rest = QTimer(self, singleShot=True, interval=_AT_REST_MS)
        self._rest.timeout.connect(self._keep_place)
        self._connect()

    def load(self) -> None:
        self.ask(say("reader.opening"), self._open, self._show, failed=self._fail_to_open, lane=Lane.PAGES)

    def panes(self) -> Sequence[QWidget]:
        return (self._view, self._toolbar, self._panel)

    def keys(self) -> Sequence[Key]:
        return (
            Key(keys="F8", name=say("reader.key.highlight"), act=self._highlight_or_switch),
            Key(keys="F9", name=say("reader.key.note"), act=self._write_note),
            Key(keys="Ctrl+G", name=say("reader.key.go_to"), act=self._ask_page),
            Key(keys="F4", name=say("reader.key.notes"), act=self._split.toggle_side),
            Key(keys="Ctrl+0", name=say("reader.key.fit_width")),
            Key(keys="Ctrl++", name=say("reader.key.zoom_in")),
            Key(keys="Ctrl+-", name=say("reader.key.zoom_out")),
            Key(keys="Shift+Right", name=say("reader.key.pick")),
        )

    def explain(self, error: Exception) -> Explanation:
        if isinstance(error, PaperRefused):
            return Explanation(
                happened=_refusal(error.refusal), safe=say("errors.safe"), to_do=say("reader.refused_to_do")
            )
        return explain(error) or super().explain(error)

    def leave(self) -> None:
        """Lets go of the paper; the place is kept."""
        self._keep_place()
        self._view.clear()
        if self._source is not None:
            self._source.close()
            self._source = None

    # ------------------------------------------------------------ opening

    def _open(self, call: Call) -> _Opened:
        """In the page lane: looks the paper up, and has its bytes decrypted straight into the page process's memory."""
        desk, serially = self._seat.desk, self._seat.background.serially
        line = serially(lambda: desk.papers.one(self._document))
        notes = serially(lambda: desk.notes.of_paper(self._document))
        shown = self._line
        if self._source is not None and shown is not None:
            return _Opened(line, notes, None, Changes())
        call.heed()
        paper = self._seat.pages.open(line.size, lambda into: serially(lambda: desk.papers.fill(line.digest, into)))
        return _Opened(line, notes, paper, serially(lambda: desk.papers.opened(line.digest)))

    def _show(self, opened: _Opened) -> None:
        self._notes = opened.notes
        if opened.paper is not None:
            self._line = opened.line
            self.retitle(opened.line.title, " · ".join(filter(None, (opened.line.number, opened.line.agency))))
            self._show_paper(opened.paper, opened.line.position)
            self._seat.changed(opened.changes)
        elif self._line is not None and opened.line.digest != self._line.digest:
            self._tell_of_newer(opened.line)
        self._show_notes()

    def _show_paper(self, paper: Paper, position: ReadingPosition | None) -> None:
        self._source = PaperSource(self._seat.background, self._seat.pages, paper)
        self._page_count.setText(say("reader.of_pages", pages=number(len(paper.pages))))
        self._page_field.setValidator(QIntValidator(1, len(paper.pages), self._page_field))
        self.show_content(self._content)
        place = (0, 0.0) if position is None else (position.page, position.offset / _THOUSANDTHS)
        self._view.show_paper(paper.pages, self._source, position=place)
        if position is not None and position.zoom:
            self._view.set_zoom(position.zoom / 100)
        self._view.setAccessibleName(say("reader.pages_of", title=self.title))
        self._tell_page(self._view.page)
        self._view.setFocus()

    def _fail_to_open(self, error: Exception) -> None:
        if isinstance(error, NotHere):
            self.leave()
            self._line = None
            self.show_empty("file-text", say("reader.gone"), say("reader.gone_next"))
        else:
            self.show_error(error)

    def _tell_of_newer(self, line: PaperLine) -> None:
        if self._newer is not None:
            return
        open_it = Button(say("reader.open_newer"))
        open_it.clicked.connect(self._open_newer)
        changed = line.what_changed or say("reader.newer_unsaid")
        self._newer = Notice(
            Tone.ACCENT,
            say("reader.newer", version=number(line.version)),
            safe=say("reader.newer_safe"),
            to_do=changed,
            actions=(open_it,),
        )
        self.show_notice(self._newer)

    def _open_newer(self) -> None:
        if self._newer is not None:
            self._newer.hide()
            self._newer.deleteLater()
            self._newer = None
        self.leave()
        self.reload()

    # ------------------------------------------------------------ tools

    def _make_toolbar(self) -> Toolbar:
        bar = Toolbar(say("reader.tools"))
        self._page_field.setObjectName("page_number")
        self._page_field.setAccessibleName(say("reader.page"))
        self._page_field.setFixedWidth(theme.px(72))
        self._page_field.setAlignment(Qt.AlignmentFlag.AlignRight)
        for label in (self._page_count, self._zoom):
            label.setWordWrap(False)
        self._zoom.setMinimumWidth(theme.px(56))
        bar.add_widget(self._page_field)
        bar.add_widget(self._page_count)
        self._switch = bar.add_tool(
            "highlighter", say("reader.key.highlight"), self._highlight, keys="F8", is_switch=True
        )
        bar.add_tool("message-square-text", say("reader.key.note"), self._write_note, keys="F9")
        bar.add_tool("zoom-out", say("reader.key.zoom_out"), lambda: self._view.zoom_by(-1), keys="Ctrl+-")
        bar.add_widget(self._zoom)
        bar.add_tool("zoom-in", say("reader.key.zoom_in"), lambda: self._view.zoom_by(1), keys="Ctrl++")
        bar.add_tool("move-horizontal", say("reader.key.fit_width"), self._view.fit_width, keys="Ctrl+0")
        bar.add_tool("scan", say("reader.key.fit_page"), self._view.fit_page)
        bar.add_tool("panel-right", say("reader.key.notes"), self._split.toggle_side, keys="F4")
        return bar

    def _connect(self) -> None:
        self._view.page_changed.connect(self._tell_page)
        self._view.zoom_changed.connect(lambda zoom: self._zoom.setText(f"{number(zoom * 100)} %"))
        self._view.verticalScrollBar().valueChanged.connect(self._rest.start)
        self._view.picked.connect(self._picked)
        self._view.mark_pressed.connect(self._panel_shows)
        self._view.page_failed.connect(self._tell_unreadable)
        self._page_field.returnPressed.connect(self._go_to_page)
        self._panel.opened.connect(self._open_note)

    def _tell_page(self, page: int) -> None:
        if not self._page_field.hasFocus():
            self._page_field.setText(str(page + 1))

    def _ask_page(self) -> None:
        self._page_field.setFocus()
        self._page_field.selectAll()

    def _go_to_page(self) -> None:
        if self._page_field.hasAcceptableInput():
            self._view.go_to(int(self._page_field.text()) - 1)
            self._view.setFocus()

    def _tell_unreadable(self, page: int, _error: Exception) -> None:
        again = Button(say("screen.again"))
        notice = Notice(
            Tone.WARNING,
            say("reader.page_failed", page=number(page + 1)),
            safe=say("reader.page_failed_safe"),
            actions=(again,),
            is_closable=True,
        )
        again.clicked.connect(lambda: self._view.retry(page))
        again.clicked.connect(notice.close)
        self.show_notice(notice)

    def _keep_place(self) -> None:
        if self._line is None or self._source is None:
            return
        page, share = self._view.position
        zoom = 0 if self._view.fits_width else round(self._view.zoom * 100)
        digest = self._line.digest
        place = ReadingPosition(page=page, offset=max(0, min(round(share * _THOUSANDTHS), _THOUSANDTHS)), zoom=zoom)
        self._seat.background.run(
            Lane.SERIAL, lambda _: self._seat.desk.papers.stopped_at(digest, place), then=self._seat.changed, owner=self
        )

    # ------------------------------------------------------------ notes

    def _show_notes(self) -> None:
        if self._line is not None:
            self._view.set_marks(marks_of(self._notes, self._line.digest))
            self._panel.show_notes(self._notes)

    def _picked(self) -> None:
        if self._switch.isChecked():
            self._highlight()

    def _highlight_or_switch(self) -> None:
        if self._view.selection is not None:
            self._highlight()
        else:
            self._switch.trigger()

    def _highlight(self) -> None:
        selection, line = self._view.selection, self._line
        if selection is None or line is None:
            return
        anchor, notes = anchor_of(line.digest, selection), self._seat.desk.notes
        self._view.drop_selection()
        self._keep_note(lambda: notes.highlight(self._document, anchor, YELLOW)[1])

    def _write_note(self) -> None:
        if self._line is None:
            return
        selection, digest = self._view.selection, self._line.digest
        anchor = page_anchor(digest, self._view.page) if selection is None else anchor_of(digest, selection)
        sheet = NoteSheet(self, self._seat.times, anchor.quote, None)
        sheet.kept.connect(lambda text: self._write(anchor, text))
        sheet.open()

    def _write(self, anchor: Anchor, text: str) -> None:
        self._view.drop_selection()
        if text:
            self._keep_note(lambda: self._seat.desk.notes.write(self._document, anchor, text, YELLOW)[1])

    def _open_note(self, key: str) -> None:
        note = next((each for each in self._notes if each.note == key), None)
        if note is None or self._line is None:
            return
        notes, state = self._seat.desk.notes, note.latest
        if state.anchor.digest == self._line.digest:
            self._view.go_to(state.anchor.page)
        sheet = NoteSheet(
            self,
            self._seat.times,
            state.anchor.quote,
            note,
            delete=lambda: self._keep_note(lambda: notes.delete(note.note)),
        )
        sheet.kept.connect(lambda text: self._keep_note(lambda: notes.edit(note.note, text=text)[1]))
        sheet.open()

    def _panel_shows(self, key: str) -> None:
        if self._split.is_side_open:
            self._panel.show_current(key)

    def _keep_note(self, keep: Callable[[], Changes]) -> None:
        self.ask(say("reader.keeping_note"), lambda _: keep(), self._seat.changed)
