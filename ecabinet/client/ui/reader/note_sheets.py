"""What notes say, on paper: sheets that list it after a paper's pages, and the numbers on the pages that lead there.

Every line is laid out and drawn by itself: the interpreter is held while it is, and the windows wait for it.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPaintDevice, QPainter, QPen, QTextLayout, QTextOption, QTransform

from ecabinet.client.desk.notes import NoteState, NoteView
from ecabinet.client.pages import Box, Page
from ecabinet.client.ui.reader import night
from ecabinet.client.ui.reader.marks import Mark
from ecabinet.client.ui.reader.palette import kind_name
from ecabinet.client.ui.reader.sharing import author_said
from ecabinet.client.ui.theme import Weight
from ecabinet.client.ui.times import Times
from ecabinet.client.ui.words import number, say
from ecabinet.core.codec import Digest
from ecabinet.core.notes import NoteKind

_PAPER = night.paper_of(is_night=False)
_INK, _MUTED = QColor(_PAPER.ink), QColor(_PAPER.ink_muted)
_TITLE, _BODY, _SMALL = 15.0, 11.0, 9.5
"""Points, as every length here."""
_MARGIN, _INDENT = 24.0, 28.0
"""Within what a printer can print; and of what stands beside a number."""
_BADGE, _DIGIT, _AIR = 12.0, 8, 3.0
_BETWEEN = 10.0
_QUOTED = 200
"""Letters of the words that a note is on."""

Leaf = Sequence[Callable[[QPainter], None]]
"""What is drawn on one sheet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What one note says, under the number that stands at its place."""

    number: int
    key: str
    head: str
    quote: str
    said: tuple[tuple[str, str], ...]
    """What survives of its text, each with when it was kept; without, where there is one alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheets:
    """A list of what is written in notes; without any, there are no sheets."""

    paper: str = ""
    about: str = ""
    written: tuple[Written, ...] = ()

    def on(self, device: QPaintDevice, room: QRectF) -> list[Leaf]:
        """Laid out for a printer, in as many sheets as it takes."""
        if not self.written:
            return []
        dot = device.logicalDpiX() / 72
        setting = _Setting(device, room.adjusted(*(side * _MARGIN * dot for side in (1, 1, -1, -2))), dot)
        setting.add(say("reader.print.sheets"), _font(_TITLE, Weight.BOLD), keeps=3)
        setting.add(self.paper, _font(_BODY, Weight.SEMIBOLD), before=4, keeps=2)
        setting.add(self.about, _font(_SMALL), _MUTED, before=2, after=4)
        for each in self.written:
            setting.add_badge(each.number)
            setting.add(each.head, _font(_SMALL, Weight.SEMIBOLD), _MUTED, indent=_INDENT, keeps=2)
            if each.quote:
                setting.add(each.quote, _font(_SMALL), _MUTED, indent=_INDENT, before=2, keeps=1)
            for when, text in each.said:
                if when:
                    setting.add(when, _font(_SMALL), _MUTED, indent=_INDENT, before=4, keeps=1)
                setting.add(text, _font(_BODY), indent=_INDENT, before=2)
        return setting.numbered()

    def paint_numbers(self, painter: QPainter, page: Page, marks: Sequence[Mark], *, is_turned: bool) -> None:
        """The numbers of a page's notes beside their lines; the painter draws in points of the page as it lies."""
        numbers = {each.key: each.number for each in self.written}
        m, upright = page.matrix, QTransform()
        if is_turned:
            upright = QTransform(0, 1, -1, 0, page.height, 0)
        shown = QTransform(m.a, m.b, m.c, m.d, m.e, m.f)
        wanted = {(_top(shown, mark.boxes), numbers[mark.key]) for mark in marks if mark.text and mark.key in numbers}
        painter.save()
        painter.setTransform(upright, combine=True)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for count, area in _beside(wanted, page):
            _paint_badge(painter, area, count)
        painter.restore()


def written_in(notes: Sequence[NoteView], digest: Digest, pages: Collection[int], times: Times) -> tuple[Written, ...]:
    """What is written in notes on these pages, from 0, of this version: numbered as they come."""
    found = [(note, states) for note in notes if (states := list(_saying(note, digest, pages)))]
    return tuple(
        Written(
            number=count,
            key=note.key,
            head=_head(note, states[0]),
            quote=_quote(states[0].anchor.quote),
            said=tuple((_when(times, state) if len(note.states) > 1 else "", state.text) for state in states),
        )
        for count, (note, states) in enumerate(found, 1)
    )


def _saying(note: NoteView, digest: Digest, pages: Collection[int]) -> Iterator[NoteState]:
    for state in note.states:
        if state.text and not state.is_deleted and state.anchor.digest == digest and state.anchor.page in pages:
            yield state


def _head(note: NoteView, state: NoteState) -> str:
    page = say("reader.note_page", page=number(state.anchor.page + 1))
    kind = "" if note.kind is NoteKind.NOTE else kind_name(note.kind)
    apart = say("reader.two_states") if len(note.states) > 1 else ""
    return " · ".join(filter(None, (page, kind, author_said(note), apart)))


def _quote(quote: str) -> str:
    short = quote if len(quote) <= _QUOTED else f"{quote[:_QUOTED].rstrip()}…"
    return say("reader.quote", quote=short) if short else ""


def _when(times: Times, state: NoteState) -> str:
    return say("reader.state", when=times.short(state.made_at))


class _Setting:
    """Paragraphs one below the other; a line that has no room begins the next sheet."""

    def __init__(self, device: QPaintDevice, room: QRectF, dot: float) -> None:
        """`dot` are the device's units a point."""
        self._device, self._room, self._dot = device, room, dot
        self._leaves: list[list[Callable[[QPainter], None]]] = [[]]
        self._y = room.top()
        self._badge: int | None = None

    def add_badge(self, count: int) -> None:
        """Stands beside the first line of the next paragraph."""
        self._badge = count
        self._y += _BETWEEN * self._dot

    def add(
        self,
        text: str,
        font: QFont,
        ink: QColor = _INK,
        *,
        indent: float = 0.0,
        before: float = 0.0,
        after: float = 0.0,
        keeps: int = 0,
    ) -> None:
        """`keeps`: lines below it without which it would stand at a foot by itself."""
        layout = QTextLayout(text.replace("\n", "\N{LINE SEPARATOR}"), font, self._device)
        layout.setTextOption(_WRAPPED)
        layout.beginLayout()
        self._y += before * self._dot
        left = self._room.left() + indent * self._dot
        while (line := layout.createLine()).isValid():
            line.setLineWidth(self._room.right() - left)
            line.setPosition(QPointF(0, 0))
            height = line.height()
            if self._y + height * (1 + keeps) > self._room.bottom() and self._leaves[-1]:
                self._leaves.append([])
                self._y = self._room.top()
            if self._badge is not None:
                self._put_badge(self._badge, height)
                self._badge = None
            self._leaves[-1].append(partial(_draw_line, layout, line.lineNumber(), QPointF(left, self._y), ink))
            self._y += height
        layout.endLayout()
        self._y += after * self._dot

    def numbered(self) -> list[Leaf]:
        """The sheets, each with its number and how many there are at its foot."""
        count = number(len(self._leaves))
        for at, leaf in enumerate(self._leaves, 1):
            said = say("reader.print.sheet", sheet=number(at), sheets=count)
            foot = QTextLayout(said, _font(_SMALL), self._device)
            foot.beginLayout()
            line = foot.createLine()
            line.setPosition(QPointF(0, 0))
            foot.endLayout()
            middle = self._room.center().x() - line.naturalTextWidth() / 2
            place = QPointF(middle, self._room.bottom() + _MARGIN * self._dot / 2)
            leaf.append(partial(_draw_line, foot, 0, place, _MUTED))
        return list(self._leaves)

    def _put_badge(self, count: int, height: float) -> None:
        place = QPointF(self._room.left(), self._y + (height - _BADGE * self._dot) / 2)
        self._leaves[-1].append(partial(_draw_badge, count, place, self._dot))


def _wrapped() -> QTextOption:
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    return option


_WRAPPED = _wrapped()


def _font(points: float, weight: Weight = Weight.REGULAR) -> QFont:
    font = QFont("Inter")
    font.setPointSizeF(points)
    font.setWeight(weight.value)
    return font


def _draw_line(layout: QTextLayout, line: int, place: QPointF, ink: QColor, painter: QPainter) -> None:
    painter.setPen(ink)
    layout.lineAt(line).draw(painter, place)


def _draw_badge(count: int, place: QPointF, dot: float, painter: QPainter) -> None:
    painter.save()
    painter.translate(place)
    painter.scale(dot, dot)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _paint_badge(painter, QRectF(0, 0, _width(count), _BADGE), count)
    painter.restore()


def _paint_badge(painter: QPainter, area: QRectF, count: int) -> None:
    """A number in a frame, black on white: it is read on any ground, and from any printer."""
    painter.setPen(QPen(_INK, 0.8))
    painter.setBrush(Qt.GlobalColor.white)
    painter.drawRoundedRect(area.adjusted(0.4, 0.4, -0.4, -0.4), 3, 3)
    font = _font(_DIGIT, Weight.SEMIBOLD)
    font.setPixelSize(_DIGIT)  # the painter draws in points already
    painter.setFont(font)
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, str(count))


def _width(count: int) -> float:
    return max(_BADGE, _DIGIT * 0.65 * len(str(count)) + 2 * _AIR)


def _top(shown: QTransform, boxes: Sequence[Box]) -> float:
    """Where the first line of a note lies, in points from the top of its page; at the top, of one on the whole page."""
    if not boxes:
        return _AIR
    box = boxes[0]
    return shown.mapRect(QRectF(box.x0, box.y0, box.x1 - box.x0, box.y1 - box.y0)).top()


def _beside(wanted: Collection[tuple[float, int]], page: Page) -> Iterator[tuple[int, QRectF]]:
    """At the page's right edge, none over another: of a line with many the last there, those before it to its left."""
    free: list[float] = []
    step = max((_width(count) for _, count in wanted), default=0.0) + 2
    for line, count in sorted(wanted, key=lambda each: (each[0], -each[1])):
        top = min(max(line, _AIR), page.height - 2 * _BADGE - _AIR)
        column = next((at for at, least in enumerate(free) if least <= top + _BADGE), len(free))
        if column == len(free):
            free.append(0.0)
        at = max(top, free[column])
        free[column] = at + _BADGE + 1
        right = page.width - _AIR - column * step
        yield count, QRectF(right - _width(count), at, _width(count), _BADGE)
