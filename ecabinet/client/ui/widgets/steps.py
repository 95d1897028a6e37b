"""The steps of one act, and where one is: choose → read back → PIN → receipt."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ecabinet.client.ui import icons, theme
from ecabinet.client.ui.theme import Space, Weight
from ecabinet.client.ui.words import say

_CIRCLE = 28
_LEAST_LINE = 16


class StepHeader(QWidget):
    """A line of numbered steps. Where there is no room for all names, the present step keeps its own."""

    def __init__(self, steps: Sequence[str]) -> None:
        super().__init__()
        self._steps = tuple(steps)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.go(0)

    @property
    def at(self) -> int:
        """The present step, from 0; the number of steps when all are done."""
        return self._at

    def go(self, at: int) -> None:
        """Stand at a step."""
        self._at = at
        step = self._steps[min(at, len(self._steps) - 1)]
        number = min(at + 1, len(self._steps))
        self.setAccessibleName(say("kit.step", number=number, total=len(self._steps), step=step))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(480), theme.px(_CIRCLE + 2 * Space.SMALL))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(200), self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side, gap, middle = theme.px(_CIRCLE), theme.px(Space.SMALL), self.height() / 2
        widths = self._widths(all_named=True)
        is_roomy = sum(widths) + (side + 3 * gap + theme.px(_LEAST_LINE)) * len(widths) <= self.width() + 2 * gap
        if not is_roomy:
            widths = self._widths(all_named=False)
        taken = sum(side + (gap + width if width else 0) for width in widths)
        line = (self.width() - taken) / max(len(widths) - 1, 1)
        line = (min(line, theme.px(96)) if is_roomy else line) - 2 * gap
        x = 0.0
        for number, (step, width) in enumerate(zip(self._steps, widths, strict=True)):
            self._paint_circle(painter, number, QRectF(x, middle - side / 2, side, side))
            x += side
            if width:
                painter.setFont(self._face(number))
                painter.setPen(theme.color("ink" if number == self._at else "ink_muted"))
                area = QRectF(x + gap, 0, width + gap, self.height())
                painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, step)
                x += gap + width
            if number < len(widths) - 1:
                painter.setPen(QPen(theme.color("accent" if number < self._at else "edge"), theme.px(2)))
                painter.drawLine(QPointF(x + gap, middle), QPointF(x + gap + line, middle))
                x += line + 2 * gap
        painter.end()

    def _paint_circle(self, painter: QPainter, number: int, area: QRectF) -> None:
        is_past, is_here = number < self._at, number == self._at
        edge = theme.px(2) / 2
        inner = area.adjusted(edge, edge, -edge, -edge)
        painter.setPen(QPen(theme.color("accent" if is_past or is_here else "edge"), theme.px(2)))
        painter.setBrush(theme.color("accent" if is_here else "accent_soft" if is_past else "raised"))
        painter.drawEllipse(inner)
        if is_past:
            room = theme.px(6)
            icons.paint(painter, "check", "accent", area.adjusted(room, room, -room, -room))
        else:
            painter.setFont(theme.font(weight=Weight.SEMIBOLD))
            painter.setPen(theme.color("on_accent" if is_here else "ink_muted"))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, str(number + 1))

    def _face(self, number: int) -> QFont:
        return theme.font(weight=Weight.SEMIBOLD if number == self._at else Weight.MEDIUM)

    def _widths(self, *, all_named: bool) -> list[float]:
        return [
            QFontMetricsF(self._face(number)).horizontalAdvance(step) if all_named or number == self._at else 0.0
            for number, step in enumerate(self._steps)
        ]
