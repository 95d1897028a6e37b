"""The notes on the paper in front, to a file of one's own: a copy that every PDF viewer shows, or Web Annotations."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject

from ecabinet.client.background import Call, CancelledError, Lane
from ecabinet.client.desk.exports import Exported, Form, LeftOut, export_notes, remarks_of
from ecabinet.client.desk.note_files import BadExport, Flaw
from ecabinet.client.desk.notes import NoteView
from ecabinet.client.desk.papers import PaperLine
from ecabinet.client.pages import Paper
from ecabinet.client.ui.exporting import explain_export
from ecabinet.client.ui.files import choose_where_to_save
from ecabinet.client.ui.roles import office_said
from ecabinet.client.ui.screen import Screen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Tone
from ecabinet.client.ui.widgets import Notice
from ecabinet.client.ui.words import number, say

_ABOUT = "export"
_TITLE = 60
"""Letters of a paper's title in the name of a file."""


class NoteExport(QObject):
    """Asks one reader where to, and has the file written behind the reading."""

    def __init__(self, screen: Screen, seat: Seat, *, tell: Callable[[str, Notice], None]) -> None:
        super().__init__(screen)
        self._screen, self._seat, self._tell = screen, seat, tell

    def ask(self, line: PaperLine, paper: Paper, notes: Sequence[NoteView]) -> None:
        """Ask for a file name, and write these notes there."""
        named = (line.number or line.title[:_TITLE]).replace("/", "-").replace("\\", "-")
        file_name = say("exporting.file_name", paper=named)
        choose_where_to_save(self._screen, say("exporting.title"), file_name, partial(self.save_to, line, paper, notes))

    def save_to(self, line: PaperLine, paper: Paper, notes: Sequence[NoteView], path: Path) -> None:
        """Writes the notes to a file, in the form that its ending names."""
        form, me = Form.of(path), self._seat.me
        if form is None:
            self._fail(BadExport(Flaw.UNKNOWN_FORM))
            return
        author, shelf = office_said(me.office, me.office_en), say("exporting.shelf")

        def write(_: Call) -> Exported:
            remarks, pages = remarks_of(notes), self._seat.pages
            return export_notes(pages, paper, line.digest, remarks, path, form=form, author=author, shelf=shelf)

        self._screen.ask(
            say("exporting.writing"), write, partial(self._tell_done, path), failed=self._fail, lane=Lane.IDLE
        )

    def _tell_done(self, path: Path, done: Exported) -> None:
        elsewhere = sum(reason is not LeftOut.DELETED for _, reason in done.left_out)
        self._tell(
            _ABOUT,
            Notice(
                Tone.POSITIVE,
                say("exporting.done", count=number(len(done.written)), file=path.name),
                safe=say("exporting.elsewhere", count=number(elsewhere)) if elsewhere else "",
                to_do=say("exporting.unsealed"),
                is_closable=True,
            ),
        )

    def _fail(self, error: Exception) -> None:
        if not isinstance(error, CancelledError):
            told = explain_export(error)
            self._tell(_ABOUT, Notice(Tone.DANGER, told.happened, safe=told.safe, to_do=told.to_do, is_closable=True))
