"""A paper with marks of every kind, each tool at work, and the list of notes."""

import math
from collections.abc import Sequence
from functools import cache, partial

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget

from ecabinet.client.pages import Box, Word
from ecabinet.client.ui.frame import Frame
from ecabinet.client.ui.navigation import Place
from ecabinet.client.ui.reader.notes import anchor_of, page_anchor, region_anchor
from ecabinet.client.ui.reader.noting import Noting
from ecabinet.client.ui.reader.palette import Colour, ColourButton, Tool
from ecabinet.client.ui.reader.selection import Selection
from ecabinet.client.ui.reader.view import PageView
from ecabinet.client.ui.screens import picture
from ecabinet.core.notes import NoteKind, Point, Stroke
from tests.ui.body import CHAIR, Body, Sitter, wait_until
from tests.ui.reader.shelf import as_at_first

_PAPER = "05-425-TTr-STC"


@picture("reader-marks")
def marks(body: Body) -> QWidget:
    """All kinds, with the list."""
    frame = marked(body)
    _press(frame, "notes_panel")
    return frame


@picture("reader-notes-sought")
def sought(body: Body) -> QWidget:
    """The list, narrowed to what is looked for."""
    frame = marked(body)
    _press(frame, "notes_panel")
    field = frame.findChild(QLineEdit, "find_note")
    assert field is not None
    field.setText("so lieu")
    return frame


@picture("reader-pen")
def pen(body: Body) -> QWidget:
    """Writing by hand."""
    frame = marked(body)
    view = _in_hand(frame, Tool.PEN)
    _drag(view, [(0.55 + 0.002 * step, 0.30 + 0.012 * math.sin(step / 4)) for step in range(90)], lift=False)
    return frame


@picture("reader-box")
def box(body: Body) -> QWidget:
    """Framing a region."""
    frame = marked(body)
    view = _in_hand(frame, Tool.BOX)
    _drag(view, [(0.2, 0.42), (0.5, 0.5), (0.8, 0.56)], lift=False)
    return frame


@picture("reader-colours")
def colours(body: Body) -> QWidget:
    """A mark that is chosen, and the colours it may have."""
    frame = marked(body)
    _in_hand(frame, Tool.UNDERLINE)
    button = frame.findChild(ColourButton)
    assert button is not None
    menu = button.menu()
    menu.setParent(frame, Qt.WindowType.Widget)
    menu.move(button.mapTo(frame, QPoint(0, button.height())))
    menu.resize(menu.sizeHint())
    menu.show()
    return frame


def marked(body: Body) -> Frame:
    """The reader on a paper with notes of every kind."""
    chair, document = _scene(body)
    frame = chair.show(Place.MEETINGS)
    chair.seat.open_paper(document)
    wait_until(chair.is_settled)
    (view,) = frame.findChildren(PageView)
    as_at_first(view)
    wait_until(chair.is_settled)
    return frame


@cache
def _scene(body: Body) -> tuple[Sitter, str]:
    """Sets it once."""
    chair = body.sitter(CHAIR)
    chair.sync()
    version = body.cabinet.versions[_PAPER]
    words, notes, document = words_of(chair, version.digest, version.size), chair.desk.notes, version.document
    shown = [
        (NoteKind.HIGHLIGHT, Colour.YELLOW, 40, 52),
        (NoteKind.HIGHLIGHT, Colour.GREEN, 70, 78),
        (NoteKind.UNDERLINE, Colour.BLUE, 90, 104),
        (NoteKind.STRIKE_OUT, Colour.RED, 115, 121),
    ]
    for kind, colour, first, last in shown:
        anchor = anchor_of(version.digest, Selection(0, words, first, last))
        chair.do(partial(notes.mark, document, kind, anchor, colour.of(kind)))
    framed = Selection(0, words, 135, 160).boxes()[1]
    roomy = Box(x0=framed.x0 - 3, y0=framed.y0 - 3, x1=framed.x1 + 3, y1=framed.y1 + 3)
    around = region_anchor(version.digest, 0, roomy)
    chair.do(lambda: notes.mark(document, NoteKind.BOX, around, Colour.RED.line))
    noted = anchor_of(version.digest, Selection(0, words, 60, 66))
    chair.do(lambda: notes.write(document, noted, "Đề nghị Sở Tài chính giải trình số liệu này.", Colour.YELLOW.ground))
    sheet = page_anchor(version.digest, 0)
    chair.do(lambda: notes.mark(document, NoteKind.BOOKMARK, sheet, Colour.RED.line))
    ink, _ = chair.do(lambda: notes.draw(document, sheet, _tick(46_000, 61_000), Colour.BLUE.line))
    chair.do(lambda: notes.draw(document, sheet, stroke_around(48_500, 60_500), Colour.BLUE.line, onto=ink.note))
    return chair, document


def words_of(chair: Sitter, digest: str, size: int) -> Sequence[Word]:
    paper = chair.pages.open(size, chair.do(lambda: chair.desk.papers.reader(digest)))
    words = chair.pages.words(paper, 0).result()
    chair.pages.close(paper)
    return words


def _tick(x: int, y: int) -> Stroke:
    down = [Point(x=x + 80 * step, y=y - 120 * step, pressure=300 + 60 * step) for step in range(8)]
    up = [Point(x=x + 560 + 130 * step, y=y - 840 + 230 * step, pressure=800 - 60 * step) for step in range(1, 10)]
    return Stroke(points=tuple(down + up), width=250)


def stroke_around(x: int, y: int) -> Stroke:
    points = [
        Point(
            x=round(x + 60 * step + 350 * math.cos(step / 3)),
            y=round(y + 500 * math.sin(step / 3)),
            pressure=round(550 + 300 * math.sin(step / 5)),
        )
        for step in range(60)
    ]
    return Stroke(points=tuple(points), width=250)


def _in_hand(frame: Frame, tool: Tool) -> PageView:
    (noting,), (view,) = frame.findChildren(Noting), frame.findChildren(PageView)
    noting.choose(tool)
    return view


def _drag(view: PageView, spots: Sequence[tuple[float, float]], *, lift: bool) -> None:
    area = view.rectangle(0)
    at = [area.topLeft() + QPoint(round(x * area.width()), round(y * area.height())) for x, y in spots]
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=at[0])
    for each in at[1:]:
        QTest.mouseMove(view.viewport(), each)
    if lift:
        QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=at[-1])


def _press(frame: Frame, name: str) -> None:
    button = frame.findChild(QWidget, name)
    assert button is not None
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
