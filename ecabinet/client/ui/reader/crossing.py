"""Notes on an earlier version: taken over at the latest when the paper opens, and asked about where need be."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QLabel, QWidget

from ecabinet.client.background import Lane
from ecabinet.client.desk import Changes
from ecabinet.client.desk.crossings import Crossed, Piece, Question
from ecabinet.client.ui import theme
from ecabinet.client.ui.reader.notes import YELLOW
from ecabinet.client.ui.screen import Screen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Space, Tone
from ecabinet.client.ui.widgets import Beside, Button, Key, Kind, Muted, Notice, Sheet, Text, bind, column
from ecabinet.client.ui.words import Names, number, say
from ecabinet.core.codec import Identifier
from ecabinet.core.notes import Anchor
from ecabinet.core.notes.carrying import Reason

_reason = Names("crossing.reason", Reason)
_ABOUT = "crossing"
_STRIP = 420
_HIGH = _STRIP // 2


class NoteCrossing(QObject):
    """Takes the notes of one reader over, and asks about those that are not certain."""

    changed = Signal()
    """What is asked has changed."""

    def __init__(
        self,
        screen: Screen,
        seat: Seat,
        document: Identifier,
        *,
        tell: Callable[[str, Notice], None],
        forget: Callable[[str], None],
        here: Callable[[], Anchor | None],
        show_place: Callable[[Anchor], None],
    ) -> None:
        """`here` is where the reader has picked words, or the page; `show_place` leads there."""
        super().__init__(screen)
        self.questions: dict[Identifier, Question] = {}
        self._screen, self._seat, self._document = screen, seat, document
        self._tell, self._forget, self._here, self._show_place = tell, forget, here, show_place
        self._count = 0
        crossings = seat.desk.crossings
        crossings.begin_reading(document)
        self.destroyed.connect(lambda: crossings.end_reading(document))

    def begin(self, carried: int) -> None:
        """Looks for notes on earlier versions, and takes over what is certain; `carried` went over before."""
        self.questions = {}
        crossings, seat = self._seat.desk.crossings, self._seat
        self._screen.ask(
            say("crossing.looking"),
            lambda call: crossings.cross(self._document, seat.pages, seat.background.serially, call.heed),
            partial(self._told, carried),
            lane=Lane.PAGES,
        )

    def ask(self, note: Identifier) -> bool:
        """Asks about a note; False when there is nothing to ask."""
        question = self.questions.get(note)
        if question is None:
            return False
        title = say("crossing.title", number=self._count - len(self.questions) + 1, count=self._count)
        sheet = CheckSheet(self._screen, title, question)
        sheet.kept.connect(lambda: self._settle(question, lambda: self._seat.desk.crossings.keep(question)))
        sheet.left.connect(lambda: self._settle(question, lambda: self._seat.desk.crossings.leave(note)))
        sheet.moved.connect(lambda: self._start_moving(question))
        sheet.open()
        crossings, pages, serially = self._seat.desk.crossings, self._seat.pages, self._seat.background.serially
        width = round(theme.px(_STRIP) * sheet.devicePixelRatioF())
        self._seat.background.run(
            Lane.PAGES,
            lambda _: crossings.beside(question, pages, serially, width),
            then=lambda pieces: sheet.show_pieces(*pieces),
            owner=sheet,
        )
        return True

    def _told(self, carried: int, crossed: Crossed) -> None:
        self.questions = {question.note.note: question for question in crossed.questions}
        self._count = len(self.questions)
        self._tell_state(carried + crossed.found, len(crossed.left))
        if crossed.changes:
            self._seat.changed(crossed.changes)
        self.changed.emit()

    def _tell_state(self, found: int, left: int) -> None:
        told = [say("crossing.found", found=number(found))] if found else []
        told += [say("crossing.asked", asked=number(len(self.questions)))] if self.questions else []
        if not told:
            self._forget(_ABOUT)
            return
        told += [say("crossing.left", left=number(left))] if left else []
        actions: tuple[QWidget, ...] = ()
        if self.questions:
            check = Button(say("crossing.check"), Kind.PRIMARY)
            check.setObjectName("check_notes")
            check.clicked.connect(self._ask_next)
            actions = (check,)
        tone = Tone.WARNING if self.questions else Tone.NEUTRAL
        notice = Notice(tone, " ".join(told), safe=say("crossing.safe"), actions=actions, is_closable=True)
        self._tell(_ABOUT, notice)

    def _ask_next(self) -> None:
        if self.questions:
            self.ask(next(iter(self.questions)))

    def _settle(self, question: Question, settle: Callable[[], Changes]) -> None:
        def settled(changes: Changes) -> None:
            self.questions.pop(question.note.note, None)
            self._tell_state(0, 0)
            self._seat.changed(changes)
            self.changed.emit()
            self._ask_next()

        self._screen.ask(say("crossing.keeping"), lambda _: settle(), settled)

    def _start_moving(self, question: Question) -> None:
        self._show_place(question.anchor)
        self._screen.panes()[0].setFocus()
        put = Button(say("crossing.move_here"), Kind.PRIMARY)
        put.setObjectName("move_here")
        put.clicked.connect(partial(self._move, question))
        said = question.note.latest.text or question.note.latest.anchor.quote
        happened = say("crossing.move_note", note=said)
        self._tell(_ABOUT, Notice(Tone.ACCENT, happened, to_do=say("crossing.move_how"), actions=(put,)))

    def _move(self, question: Question) -> None:
        place = self._here()
        if place is not None:
            self._settle(question, lambda: self._seat.desk.crossings.move(question.note, place))


class CheckSheet(Sheet):
    """One note: where it stood, where it may stand, and three ways to go on. Escape leaves it for later."""

    wide: ClassVar[int] = 960
    kept = Signal()
    moved = Signal()
    left = Signal()

    def __init__(self, over: QWidget, title: str, question: Question) -> None:
        self._was = _Strip(say("crossing.before", page=number(question.note.latest.anchor.page + 1)))
        self._now = _Strip(say("crossing.now", page=number(question.anchor.page + 1)))
        both = Beside(self._was, self._now, folds_below=2 * _STRIP + Space.LARGE, gap=Space.LARGE)
        said = question.note.latest.text or question.note.latest.anchor.quote
        later = Button(say("crossing.later"), Kind.PLAIN)
        leave = Button(say("crossing.leave"))
        move = Button(say("crossing.move"))
        keep = Button(say("crossing.keep"), Kind.PRIMARY, hint=say("crossing.keep_hint"))
        for name, button in (("later", later), ("leave", leave), ("move", move), ("keep", keep)):
            button.setObjectName(f"{name}_note_here")
            button.clicked.connect(self.reject)
        super().__init__(
            over, title, Muted(_reason(question.reason)), Text(said), both, buttons=(later, leave, move, keep)
        )
        self.setObjectName("check_sheet")
        self.setAccessibleDescription(f"{_reason(question.reason)} {said}")
        leave.clicked.connect(self.left)
        move.clicked.connect(self.moved)
        keep.clicked.connect(self.kept)
        bind(self, [Key(keys="Ctrl+Return", name=say("crossing.keep"), act=keep.click)])
        later.setFocus()

    def show_pieces(self, was: Piece | None, now: Piece | None) -> None:
        """Shows what stands at both places."""
        self._was.show_piece(was)
        self._now.show_piece(now)


class _Strip(QWidget):
    """A strip of a page, with the place of the note on it."""

    def __init__(self, heading: str) -> None:
        super().__init__()
        self._picture = QLabel()
        self._picture.setFixedHeight(theme.px(_HIGH))
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._picture.setWordWrap(True)
        self._picture.setAccessibleName(heading)
        self.setLayout(column(Muted(heading), self._picture, gap=Space.SMALL))

    def show_piece(self, piece: Piece | None) -> None:
        if piece is None:
            self._picture.setText(say("crossing.not_shown"))
            return
        drawn = piece.pixels
        seen = QImage(drawn.samples, drawn.width, drawn.height, drawn.stride, QImage.Format.Format_RGB32).copy()
        painter = QPainter(seen)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
        for x, y, width, height in piece.marks:
            painter.fillRect(x, y, width, height, QColor(YELLOW))
        painter.end()
        pixmap = QPixmap.fromImage(seen)
        pixmap.setDevicePixelRatio(self.devicePixelRatioF())
        self._picture.setPixmap(pixmap)
