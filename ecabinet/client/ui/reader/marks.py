"""What a reader put on a paper, as it is drawn over the pages: highlights, and a slip where a note hangs."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from ecabinet.client.pages import Box
from ecabinet.client.ui import theme
from ecabinet.client.ui.theme import Mode, Space

PAPER = theme.TOKENS[Mode.LIGHT]
"""Paper is white whatever the appearance, and what is drawn on it keeps its colours."""
_SLIP = 28
_LINES = (0.32, 0.52, 0.72)
"""Where the strokes of a slip stand for its text."""
_TRANSLUCENT = 115

Shown = Callable[[Box], QRectF]
"""A box of PDF space, in logical pixels from the page's top left corner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One note over a page. Without boxes it belongs to the page as a whole; without text it is a mere highlight."""

    key: str
    page: int
    boxes: tuple[Box, ...]
    colour: str
    text: str


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


def paint_highlights(painter: QPainter, marks: Sequence[Mark], picked: Iterable[Box], shown: Shown) -> None:
    """Multiplied, as ink on paper: the letters under a highlight stay as black as they were."""
    painter.save()
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
    for mark in marks:
        painter.fillPath(_once(map(shown, mark.boxes)), QColor(mark.colour))
    painter.fillPath(_once(map(shown, picked)), QColor(PAPER.accent_soft).darker(_TRANSLUCENT))
    painter.restore()


def paint_slips(painter: QPainter, placed: Sequence[tuple[Mark, QRectF]]) -> None:
    """A slip in the note's colour, with strokes for its text."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for mark, area in placed:
        painter.setPen(QPen(QColor(PAPER.ink), 1))
        painter.setBrush(QColor(mark.colour))
        painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), theme.px(6), theme.px(6))
        painter.setPen(QPen(QColor(PAPER.ink), theme.px(2), c=Qt.PenCapStyle.RoundCap))
        left, right = area.left() + area.width() * 0.26, area.right() - area.width() * 0.26
        for place in _LINES:
            y = area.top() + area.height() * place
            painter.drawLine(QLineF(left, y, right if place != _LINES[-1] else (left + right) / 2, y))
    painter.restore()


def _once(areas: Iterable[QRectF]) -> QPainterPath:
    """One shape: where the boxes of two lines overlap, the colour is not laid twice."""
    shape = QPainterPath()
    shape.setFillRule(Qt.FillRule.WindingFill)
    for area in areas:
        shape.addRect(area)
    return shape
