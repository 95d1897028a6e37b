"""Notes that are shared: choosing with whom, and the assistant's view of them."""

from functools import cache, partial

from PySide6.QtWidgets import QWidget

from ecabinet.client.ui.frame import Frame
from ecabinet.client.ui.navigation import Place
from ecabinet.client.ui.reader.notes import anchor_of, page_anchor, region_anchor
from ecabinet.client.ui.reader.noting import Noting
from ecabinet.client.ui.reader.palette import Colour
from ecabinet.client.ui.reader.panel import NotesPanel
from ecabinet.client.ui.reader.selection import Selection
from ecabinet.client.ui.reader.sharing import NoteSharing
from ecabinet.client.ui.reader.view import PageView
from ecabinet.client.ui.screens import picture
from ecabinet.core.notes import NoteKind
from tests.ui.body import CHAIR, Body, Sitter, wait_until
from tests.ui.pictures.marking import stroke_around, words_of
from tests.ui.reader.test_sharing import ASSISTANT

_PAPER = "03-421-TTr-STC"


@picture("reader-share")
def choosing(body: Body) -> QWidget:
    """With whom: one's assistant first."""
    chair, _, document = _scene(body)
    frame = _reading(chair, document)
    frame.findChildren(Noting)[0].share()
    wait_until(lambda: _sheet(frame, "share_sheet"))
    return frame


@picture("reader-share-note")
def choosing_scope(body: Body) -> QWidget:
    """What, and with whom: of a note it is asked whether it alone."""
    chair, _, document = _scene(body)
    frame = _reading(chair, document)
    note = next(each for each in chair.do(lambda: chair.desk.notes.of_paper(document)) if each.latest.text)
    frame.findChildren(NoteSharing)[0].ask(note)
    wait_until(lambda: _sheet(frame, "share_sheet"))
    return frame


@picture("reader-shared")
def mine(body: Body) -> QWidget:
    """One's own notes, and with whom they are shared."""
    chair, _, document = _scene(body)
    return _reading(chair, document)


@picture("reader-note-shared")
def opened(body: Body) -> QWidget:
    """A note that is shared, to be changed."""
    chair, _, document = _scene(body)
    frame = _reading(chair, document)
    note = next(each for each in chair.do(lambda: chair.desk.notes.of_paper(document)) if each.latest.text)
    frame.findChildren(Noting)[0].open(note.key)
    wait_until(lambda: _sheet(frame, "note_sheet"))
    return frame


@picture("reader-others")
def others(body: Body) -> QWidget:
    """Another's notes of every kind, beside one's own."""
    _, assistant, document = _scene(body)
    return _reading(assistant, document)


@picture("reader-others-note")
def read(body: Body) -> QWidget:
    """Another's note, to be read."""
    _, assistant, document = _scene(body)
    frame = _reading(assistant, document)
    shared = assistant.do(lambda: assistant.desk.sharing.of_paper(document)).others
    note = next(each for each in shared if each.latest.text)
    frame.findChildren(Noting)[0].open(note.key)
    wait_until(lambda: _sheet(frame, "others_note"))
    return frame


def _sheet(frame: Frame, name: str) -> bool:
    return any(sheet.isVisible() for sheet in frame.findChildren(QWidget, name))


def _reading(sitter: Sitter, document: str) -> Frame:
    frame = sitter.show(Place.MEETINGS)
    sitter.seat.open_paper(document)
    wait_until(sitter.is_settled)
    (view,) = frame.findChildren(PageView)
    view.fit_width()
    view.go_to(0)
    opener = frame.findChild(QWidget, "notes_panel")
    assert opener is not None
    if not frame.findChildren(NotesPanel)[0].isVisible():
        opener.click()  # type: ignore[attr-defined]
    wait_until(sitter.is_settled)
    return frame


@cache
def _scene(body: Body) -> tuple[Sitter, Sitter, str]:
    """Sets it once."""
    chair, assistant = body.sitter(CHAIR), body.sitter(ASSISTANT)
    chair.sync()
    version = body.cabinet.versions[_PAPER]
    words, notes, document = words_of(chair, version.digest, version.size), chair.desk.notes, version.document
    for kind, colour, first, last in (
        (NoteKind.HIGHLIGHT, Colour.YELLOW, 40, 52),
        (NoteKind.UNDERLINE, Colour.BLUE, 90, 104),
        (NoteKind.STRIKE_OUT, Colour.RED, 115, 121),
    ):
        anchor = anchor_of(version.digest, Selection(0, words, first, last))
        chair.do(partial(notes.mark, document, kind, anchor, colour.of(kind)))
    framed = region_anchor(version.digest, 0, Selection(0, words, 150, 175).boxes()[1])
    chair.do(lambda: notes.mark(document, NoteKind.BOX, framed, Colour.RED.line))
    noted = anchor_of(version.digest, Selection(0, words, 60, 66))
    said = "Nhờ kiểm tra lại số liệu này với báo cáo tháng trước."
    chair.do(lambda: notes.write(document, noted, said, Colour.YELLOW.ground))
    page = page_anchor(version.digest, 0)
    chair.do(lambda: notes.mark(document, NoteKind.BOOKMARK, page, Colour.RED.line))
    chair.do(lambda: notes.draw(document, page, stroke_around(46_000, 61_000), Colour.BLUE.line))
    chair.do(lambda: chair.desk.sharing.share(document, None, [ASSISTANT]))
    chair.sync()
    assistant.sync()
    own, mine = assistant.desk.notes, anchor_of(version.digest, Selection(0, words, 130, 138))
    assistant.do(lambda: own.mark(document, NoteKind.HIGHLIGHT, mine, Colour.GREEN.ground))
    assistant.do(lambda: own.mark(document, NoteKind.BOOKMARK, page, Colour.BLUE.line))
    return chair, assistant, document
