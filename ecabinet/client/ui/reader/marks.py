"""What a reader put on a paper, as it is drawn over the pages: marks on words, ink, boxes, bookmarks, slips.

What others share with him has dots around it, a slip with a figure, a hollow bookmark: no colour tells whose it is.
"""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QTransform

from ecabinet.client.pages import Box
from ecabinet.client.ui import theme
from ecabinet.client.ui.reader import night
from ecabinet.client.ui.reader.ink import Shapes, Spot, is_touched
from ecabinet.client.ui.theme import Space
from ecabinet.core.notes import NoteKind, Stroke

_PAPER = night.paper_of(is_night=False)
_SLIP = 28
_LINES = (0.32, 0.52, 0.72)
"""Where the strokes of a slip stand for its text."""
_TRANSLUCENT = 115
_RIBBON = 22
_LINE_WIDTH = 1.4
"""Points, of a line under or through words, and of a box."""
_GROUNDS = (NoteKind.HIGHLIGHT, NoteKind.NOTE)
_LINED = (NoteKind.UNDERLINE, NoteKind.STRIKE_OUT)
_OTHERS_AIR = 2.0
"""Points between another's mark and the dots around it."""
_NEAR = 4.0
"""Points: so near to a line one still presses it."""

Shown = Callable[[Box], QRectF]
"""A box of PDF space, in logical pixels from the page's top left corner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One state of a note over a page. Without boxes it belongs to the page as a whole; with text it has a slip."""

    key: str
    edit: str
    kind: NoteKind
    page: int
    boxes: tuple[Box, ...]
    strokes: tuple[Stroke, ...]
    colour: str
    text: str
    is_others: bool = False
    """Somebody shares it: it is only to be read."""

    def is_at(self, spot: Spot) -> bool:
        """Whether it is pressed there: on its words or ink, or the frame of its box."""
        if self.kind is NoteKind.INK:
            return any(is_touched(stroke, spot, spot, _NEAR) for stroke in self.strokes)
        if self.kind is NoteKind.BOX:
            return any(
                _grown(box, _NEAR).contains(*spot) and not _grown(box, -_NEAR).contains(*spot) for box in self.boxes
            )
        return any(box.contains(*spot) for box in self.boxes)


@dataclass(frozen=True, slots=True)
class Ground:
    """The page that is drawn on: its way from PDF space to logical pixels from its corner, and what must be drawn."""

    transform: QTransform
    rotation: int
    """Degrees that the reader turned the page, clockwise."""
    scale: float
    """Logical pixels a point."""
    dirty: QRectF
    is_night: bool = False

    def shown(self, box: Box) -> QRectF:
        return self.transform.mapRect(QRectF(box.x0, box.y0, box.x1 - box.x0, box.y1 - box.y0))


def slips(marks: Sequence[Mark], shown: Shown, page_width: float) -> list[tuple[Mark, QRectF]]:
    """Where the slips of a page's notes stand: at its right edge, beside their words, none over another."""
    side, gap = theme.px(_SLIP), theme.px(Space.SMALL)
    wanted = [(shown(mark.boxes[0]).top() if mark.boxes else gap, mark) for mark in marks if mark.text]
    placed: list[tuple[Mark, QRectF]] = []
    free = 0.0
    for top, mark in sorted(wanted, key=lambda each: each[0]):
        at = max(top, free)
        placed.append((mark, QRectF(page_width - side - gap, at, side, side)))
        free = at + side + theme.px(Space.HAIR)
    return placed


def ribbon(page_width: float, *, is_others: bool = False) -> QRectF:
    """Where the bookmark of a page hangs: at its upper edge, beside the slips; those of others beside one's own."""
    width = min(theme.px(_RIBBON), page_width / 32)
    right = page_width - theme.px(_SLIP + 2 * Space.SMALL) - is_others * (width + theme.px(Space.HAIR))
    return QRectF(right - width, 0, width, width * 1.7)


def paint_grounds(painter: QPainter, marks: Sequence[Mark], picked: Iterable[Box], ground: Ground) -> None:
    """Laid as ink on paper: the letters under a highlight stay as black as they were, or by night as white."""
    is_night = ground.is_night
    painter.save()
    painter.setCompositionMode(night.laid(is_night=is_night))
    for mark in marks:
        if mark.kind in _GROUNDS:
            painter.fillPath(
                _once(map(ground.shown, mark.boxes)), night.ground_of(QColor(mark.colour), is_night=is_night)
            )
    picked_in = QColor(_PAPER.accent_soft).darker(_TRANSLUCENT)
    painter.fillPath(_once(map(ground.shown, picked)), night.ground_of(picked_in, is_night=is_night))
    painter.restore()


def paint_lines(
    painter: QPainter, marks: Sequence[Mark], shapes: Shapes, rubbed: AbstractSet[Stroke], ground: Ground
) -> None:
    """Lines under and through words, boxes, ink; but for the strokes that an eraser has just gone over."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    thick = max(_LINE_WIDTH * ground.scale, 1.5)
    for mark in marks:
        colour = night.line_of(QColor(mark.colour), is_night=ground.is_night)
        pen = QPen(colour, thick, c=Qt.PenCapStyle.FlatCap, j=Qt.PenJoinStyle.RoundJoin)
        areas = [area for area in map(ground.shown, mark.boxes) if _grown_area(area, thick).intersects(ground.dirty)]
        if mark.kind in _LINED:
            painter.setPen(pen)
            painter.drawLines([_line(area, mark.kind, ground.rotation, thick) for area in areas])
        elif mark.kind is NoteKind.BOX:
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for area in areas:
                painter.drawRoundedRect(area, thick, thick)
        elif mark.kind is NoteKind.INK and areas:
            _paint_ink(painter, mark, shapes, rubbed, ground)
    painter.restore()


def paint_others(painter: QPainter, marks: Sequence[Mark], ground: Ground) -> None:
    """Dots around what others put there."""
    painter.save()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    pen = QPen(QColor(night.paper_of(is_night=ground.is_night).ink), theme.px(2), c=Qt.PenCapStyle.RoundCap)
    pen.setDashPattern([0.1, 2.0])
    painter.setPen(pen)
    air = _OTHERS_AIR * ground.scale
    for mark in marks:
        if mark.is_others and mark.boxes:
            around = QPainterPath()
            for area in map(ground.shown, mark.boxes):
                around = around.united(_rectangle(_grown_area(area, air)))
            painter.drawPath(around)
    painter.restore()


def paint_chosen(painter: QPainter, marks: Sequence[Mark], key: str | None, ground: Ground) -> None:
    """A frame of dashes around the mark that is chosen."""
    areas = [ground.shown(box) for mark in marks if mark.key == key for box in mark.boxes]
    if areas:
        around = areas[0]
        for area in areas[1:]:
            around = around.united(area)
        painter.save()
        painter.setPen(QPen(QColor(night.paper_of(is_night=ground.is_night).focus), theme.px(2), Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(_grown_area(around, theme.px(Space.HAIR)))
        painter.restore()


def paint_ribbons(painter: QPainter, marks: Sequence[Mark], page_width: float) -> None:
    """A ribbon with a notch for a bookmark."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for mark in marks:
        if mark.kind is NoteKind.BOOKMARK:
            area = ribbon(page_width, is_others=mark.is_others)
            shape = QPainterPath(area.topLeft())
            notch = QPointF(area.center().x(), area.bottom() - area.width() * 0.4)
            for corner in (area.topRight(), area.bottomRight(), notch, area.bottomLeft()):
                shape.lineTo(corner)
            if mark.is_others:
                shape.closeSubpath()
                painter.strokePath(shape, QPen(QColor(mark.colour), theme.px(3), Qt.PenStyle.DotLine))
            else:
                painter.fillPath(shape, QColor(mark.colour))
    painter.restore()


def paint_slips(painter: QPainter, placed: Sequence[tuple[Mark, QRectF]]) -> None:
    """A slip in the note's colour, with strokes for its text; of another's note with a figure in a round one."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for mark, area in placed:
        ink = QColor(_PAPER.ink if mark.kind in _GROUNDS else _PAPER.raised)
        painter.setPen(QPen(QColor(_PAPER.ink), 1))
        painter.setBrush(QColor(mark.colour))
        corner = area.width() / 2 if mark.is_others else theme.px(6)
        painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), corner, corner)
        painter.setPen(QPen(ink, theme.px(2), c=Qt.PenCapStyle.RoundCap))
        if mark.is_others:
            _paint_figure(painter, area)
            continue
        left, right = area.left() + area.width() * 0.26, area.right() - area.width() * 0.26
        for place in _LINES:
            y = area.top() + area.height() * place
            painter.drawLine(QLineF(left, y, right if place != _LINES[-1] else (left + right) / 2, y))
    painter.restore()


def _paint_figure(painter: QPainter, area: QRectF) -> None:
    """Head and shoulders."""
    side = area.width()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(QPointF(area.center().x(), area.top() + side * 0.37), side * 0.14, side * 0.14)
    shoulders = QRectF(area.left() + side * 0.26, area.top() + side * 0.58, side * 0.48, side * 0.4)
    painter.drawArc(shoulders, 0, 180 * 16)


def _paint_ink(painter: QPainter, mark: Mark, shapes: Shapes, rubbed: AbstractSet[Stroke], ground: Ground) -> None:
    seen = ground.transform.inverted()[0].mapRect(ground.dirty)
    colour = night.line_of(QColor(mark.colour), is_night=ground.is_night)
    painter.save()
    painter.setTransform(ground.transform, combine=True)
    for stroke, shape, bounds in shapes.of(mark.edit, mark.strokes):
        if bounds.intersects(seen) and not (rubbed and stroke in rubbed):
            painter.fillPath(shape, colour)
    painter.restore()


def _line(area: QRectF, kind: NoteKind, rotation: int, thick: float) -> QLineF:
    """Under the words, or through their middle, as they stand when the reader has turned the page."""
    share = 0.56 if kind is NoteKind.STRIKE_OUT else 1.0
    inset = 0.0 if kind is NoteKind.STRIKE_OUT else thick / 2
    x, y = area.width() * share - inset, area.height() * share - inset
    match rotation:
        case 90:
            at = area.right() - x
            return QLineF(at, area.top(), at, area.bottom())
        case 180:
            at = area.bottom() - y
            return QLineF(area.left(), at, area.right(), at)
        case 270:
            at = area.left() + x
            return QLineF(at, area.top(), at, area.bottom())
        case _:
            at = area.top() + y
            return QLineF(area.left(), at, area.right(), at)


def _grown(box: Box, by: float) -> Box:
    return Box(x0=box.x0 - by, y0=box.y0 - by, x1=box.x1 + by, y1=box.y1 + by)


def _grown_area(area: QRectF, by: float) -> QRectF:
    return area.adjusted(-by, -by, by, by)


def _rectangle(area: QRectF) -> QPainterPath:
    path = QPainterPath()
    path.addRect(area)
    return path


def _once(areas: Iterable[QRectF]) -> QPainterPath:
    """One shape: where the boxes of two lines overlap, the colour is not laid twice."""
    shape = QPainterPath()
    shape.setFillRule(Qt.FillRule.WindingFill)
    for area in areas:
        shape.addRect(area)
    return shape
