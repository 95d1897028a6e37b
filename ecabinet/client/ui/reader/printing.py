"""A paper on paper: the system's own print dialogue, then pages from the page process, band by band, off the UI thread.

A page is never enlarged; it is made smaller where it must be, and turned where it lies the other way round. With notes,
what they say follows on sheets of its own. Nothing of it stays on the disk.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, QRect, QRectF
from PySide6.QtGui import QImage, QPainter, QTransform
from PySide6.QtPrintSupport import QAbstractPrintDialog, QPrintDialog, QPrinter
from PySide6.QtWidgets import QCheckBox

from ecabinet.client.background import Call, CancelledError, Lane
from ecabinet.client.desk.notes import NoteView
from ecabinet.client.desk.papers import PaperLine
from ecabinet.client.pages import Pages, PageUnreadable, Paper, Pixels, Priority, Region
from ecabinet.client.ui.printing import open_print_dialogue
from ecabinet.client.ui.reader.ink import Shapes
from ecabinet.client.ui.reader.marks import Ground, Mark, paint_grounds, paint_lines
from ecabinet.client.ui.reader.note_sheets import Leaf, Sheets, written_in
from ecabinet.client.ui.reader.notes import marks_of
from ecabinet.client.ui.roles import office_said
from ecabinet.client.ui.screen import Screen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Space, Tone
from ecabinet.client.ui.widgets import Notice, boxed, column
from ecabinet.client.ui.words import number, say

_ABOUT = "print"
_FINE, _COARSE = 600 / 72, 300 / 72
"""Pixels a point, of print and of pictures.

On white paper, letters and lines: 600 dots an inch and not a dot changed take 1 s and 1.5 MB a page (as JPEG 1.6 s and
5 MB). Scans and photographs: 300 dots as JPEG take 0.6-0.9 s and 2 MB, so that 300 pages take less than 5 minutes; at
600 dots 2.3-3.7 s and 9 MB, more than they were scanned with. Measured on 10 pages, on two cores.
"""
_GLANCE = 400
"""Pixels of a page's longer side."""
_WHITE = 0.5
"""Of a page at a glance, so much is white at least where it is print."""
_BAND = 2_000_000
"""Pixels of a band."""
_STRIP = 50_000


class PrinterFailed(Exception):
    """The printer took nothing."""


class PaperPrint(QObject):
    """Prints what one reader has in front."""

    def __init__(self, screen: Screen, seat: Seat, *, tell: Callable[[str, Notice], None]) -> None:
        super().__init__(screen)
        self._screen, self._seat, self._tell = screen, seat, tell

    def ask(self, line: PaperLine, pages: int, page: int, notes: Sequence[NoteView]) -> None:
        """Ask which pages, on which printer and with or without notes, and print them.

        Notes are private: they are printed when that is asked for, and else it is told that they were not.
        """
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        dialogue = QPrintDialog(printer, self._screen.window())
        dialogue.setObjectName("print_dialogue")
        option = QAbstractPrintDialog.PrintDialogOption
        for each in (option.PrintPageRange, option.PrintCurrentPage, option.PrintToFile):
            dialogue.setOption(each)
        dialogue.setMinMax(1, pages)
        dialogue.setFromTo(1, pages)
        with_notes = QCheckBox(say("reader.print.with_notes"))
        with_notes.setObjectName("print_notes")
        has_notes = any(state.anchor.digest == line.digest for note in notes for state in note.states)
        with_notes.setEnabled(has_notes)
        tab = boxed(column(with_notes, None, pad=Space.LARGE))
        tab.setParent(dialogue)
        tab.setWindowTitle(say("reader.notes"))
        dialogue.setOptionTabs([tab])

        def go() -> None:
            is_wanted = with_notes.isChecked()
            without = has_notes and not is_wanted
            self.print_on(printer, line, chosen(printer, page, pages), notes if is_wanted else (), without=without)

        dialogue.accepted.connect(go)
        open_print_dialogue(dialogue)

    def print_on(
        self,
        printer: QPrinter,
        line: PaperLine,
        numbers: Sequence[int],
        notes: Sequence[NoteView],
        *,
        without: bool = False,
    ) -> None:
        """Print these pages, from 0, and what of these notes is on them, even when the reader is left meanwhile.

        `without`: there are notes, and none is to be printed.
        """
        papers, pages = self._seat.desk.papers, self._seat.pages
        marks, sheets = marks_of(notes, line.digest), self._sheets(line, numbers, notes)

        def work(call: Call) -> list[int]:
            with papers.open_in(pages, line) as paper:
                job = PrintJob(pages=pages, paper=paper, numbers=numbers, marks=marks, sheets=sheets)
                return job.do(printer, call)

        done = partial(self._tell_done, say("reader.print.without_notes") if without else "")
        self._screen.ask(say("reader.print.printing"), work, done, failed=self._fail, lane=Lane.IDLE)

    def _sheets(self, line: PaperLine, numbers: Sequence[int], notes: Sequence[NoteView]) -> Sheets:
        me, times = self._seat.me, self._seat.times
        version = say("reader.version", version=number(line.version))
        by = say("reader.print.by", office=office_said(me.office, me.office_en), when=times.exact(times.clock()))
        return Sheets(
            paper=line.title,
            about=" · ".join(filter(None, (line.number, line.agency, version, by))),
            written=written_in(notes, line.digest, frozenset(numbers), times),
        )

    def _tell_done(self, to_do: str, unreadable: Sequence[int]) -> None:
        if unreadable:
            pages = ", ".join(number(page + 1) for page in unreadable)
            self._tell(_ABOUT, Notice(Tone.WARNING, say("reader.print.left_blank", pages=pages), is_closable=True))
        else:
            self._tell(_ABOUT, Notice(Tone.POSITIVE, say("reader.print.done"), to_do=to_do, is_closable=True))

    def _fail(self, error: Exception) -> None:
        if not isinstance(error, CancelledError):
            to_do = say("reader.print.failed_to_do")
            self._tell(_ABOUT, Notice(Tone.DANGER, say("reader.print.failed"), to_do=to_do, is_closable=True))


def chosen(printer: QPrinter, page: int, pages: int) -> list[int]:
    """The pages, from 0, that a printer was told to print while one is on `page`."""
    ranges = printer.pageRanges()
    match printer.printRange():
        case QPrinter.PrintRange.CurrentPage:
            return [page]
        case QPrinter.PrintRange.PageRange if not ranges.isEmpty():
            return [each for each in range(pages) if ranges.contains(each + 1)]
        case QPrinter.PrintRange.PageRange:
            return list(range(max(printer.fromPage() - 1, 0), min(printer.toPage(), pages)))
        case _:
            return list(range(pages))


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintJob:
    """Pages, from 0, what is drawn on them, and the sheets that follow; in the order and as often as a printer says."""

    pages: Pages
    paper: Paper
    numbers: Sequence[int]
    marks: Sequence[Mark]
    sheets: Sheets = Sheets()  # noqa: RUF009 - a value

    def do(self, printer: QPrinter, call: Call) -> list[int]:
        """In a lane. Gives the pages that could not be read and are blank. Raises PrinterFailed."""
        painter = QPainter()
        if not painter.begin(printer):
            raise PrinterFailed
        try:
            return self._print(printer, painter, call)
        except Exception:
            printer.abort()
            raise
        finally:
            painter.end()

    def _print(self, printer: QPrinter, painter: QPainter, call: Call) -> list[int]:
        unreadable: set[int] = set()
        leaves: list[int | Leaf] = [*self.numbers, *self.sheets.on(printer, QRectF(painter.viewport()))]
        if printer.pageOrder() is QPrinter.PageOrder.LastPageFirst:
            leaves.reverse()
        leaves *= 1 if printer.supportsMultipleCopies() else printer.copyCount()
        for at, leaf in enumerate(leaves):
            call.report(at, len(leaves))
            if at and not printer.newPage():
                raise PrinterFailed
            if not isinstance(leaf, int):
                for draw in leaf:
                    draw(painter)
                continue
            try:
                self._print_page(leaf, painter)
            except PageUnreadable:
                unreadable.add(leaf)
        return sorted(unreadable)

    def _is_print(self, index: int) -> bool:
        """Whether a page is letters and lines on white paper, and no scan or photograph."""
        page = self.paper.pages[index]
        small = _GLANCE / max(page.width, page.height)
        pixels = self.pages.render(self.paper, index, small, priority=Priority.NEAR).result()
        grey = bytes(_image(pixels).convertToFormat(QImage.Format.Format_Grayscale8).constBits())
        return grey.count(0xFF) >= _WHITE * len(grey)

    def _print_page(self, index: int, painter: QPainter) -> None:
        room, dots = painter.viewport(), painter.device().logicalDpiX() / 72
        page, marks = self.paper.pages[index], [each for each in self.marks if each.page == index]
        rotation = 90 if (page.width > page.height) != (room.width() > room.height()) else 0
        turned = page.turned(rotation)
        scale = min(room.width() / turned.width, room.height() / turned.height, dots)
        is_print = self._is_print(index)
        painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering, is_print)
        finest = min(scale, _FINE if is_print else _COARSE)
        width, height = page.pixel_size(finest, rotation)
        m, shapes, grain = turned.matrix, Shapes(), scale / finest
        left, top = (room.width() - width * grain) / 2, (room.height() - height * grain) / 2
        many = max(_BAND // width, 1)
        for y in range(0, height, many):
            region = Region(x=0, y=y, width=width, height=min(many, height - y))
            rendered = self.pages.render(
                self.paper, index, finest, region=region, rotation=rotation, priority=Priority.NEAR
            )
            pixels = rendered.result()
            image = _image(pixels).copy() if marks else _image(pixels)
            if marks:
                way = QTransform(m.a, m.b, m.c, m.d, m.e, m.f) * QTransform.fromScale(finest, finest)
                band = QRectF(0, 0, region.width, region.height)
                ground = Ground(way * QTransform.fromTranslate(0, -y), rotation, finest, band)
                brush = QPainter(image)
                paint_grounds(brush, marks, (), ground)
                paint_lines(brush, marks, shapes, frozenset(), ground)
                brush.end()
            _draw(painter, image, QRectF(left, top + y * grain, width * grain, region.height * grain))
        painter.save()
        painter.translate(left, top)
        painter.scale(scale, scale)
        self.sheets.paint_numbers(painter, page, marks, is_turned=bool(rotation))
        painter.restore()


def _image(pixels: Pixels) -> QImage:
    """Over the same memory, which is to be kept as long."""
    return QImage(pixels.samples, pixels.width, pixels.height, pixels.stride, QImage.Format.Format_RGB32)


def _draw(painter: QPainter, image: QImage, area: QRectF) -> None:
    """In strips: the interpreter is held while one is packed, and the windows wait for it.

    They get as much time as the printer: a window that is painted wants the interpreter many times over.
    """
    rows, grain = max(_STRIP // image.width(), 1), area.height() / image.height()
    for y in range(0, image.height(), rows):
        strip = image.copy(0, y, image.width(), min(rows, image.height() - y))
        top, bottom = round(area.top() + y * grain), round(area.top() + (y + strip.height()) * grain)
        began_at = time.monotonic()
        painter.drawImage(QRect(round(area.left()), top, round(area.width()), bottom - top), strip)
        time.sleep(time.monotonic() - began_at)
