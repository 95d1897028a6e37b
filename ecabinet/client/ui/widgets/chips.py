"""Chips: a deadline, a state, in a word or two with a tone and often an icon."""

from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from ecabinet.client.ui import icons, theme
from ecabinet.client.ui.theme import Tone, Weight
from ecabinet.client.ui.times import Times, Urgency
from ecabinet.client.ui.widgets.painting import rounded

_HEIGHT = 28
_ICON = 16
_GAP = 6
_PAD = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """What a chip says; `hint` is shown when the pointer rests on it."""

    text: str
    tone: Tone = Tone.NEUTRAL
    icon: icons.Name | None = None
    hint: str = ""

    def size(self) -> QSize:
        """The room it takes, in px at the scale in use."""
        text = QFontMetricsF(theme.font(weight=Weight.MEDIUM)).horizontalAdvance(self.text)
        return QSize(round(text + theme.px(2 * _PAD + (_ICON + _GAP if self.icon else 0))) + 1, theme.px(_HEIGHT))

    def paint(self, painter: QPainter, at: QPointF, *, over: str = "") -> None:
        """Draw it, with `at` the top left; `over` is the colour there, in which its own ground would be lost."""
        area = QRectF(at, self.size())
        ink, ground = theme.ink_of(self.tone), theme.ground_of(self.tone)
        if ground == over:
            ground = "raised"
        rounded(
            painter, area, ground=ground, edge=ink if theme.current().mode is theme.Mode.CONTRAST else None, radius=6
        )
        left = area.left() + theme.px(_PAD)
        if self.icon is not None:
            side = theme.px(_ICON)
            icons.paint(painter, self.icon, ink, QRectF(left, area.center().y() - side / 2, side, side))
            left += side + theme.px(_GAP)
        painter.setFont(theme.font(weight=Weight.MEDIUM))
        painter.setPen(theme.color(ink))
        painter.drawText(area.adjusted(left - area.left(), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.text)


class ChipLabel(QLabel):
    """A chip as a widget."""

    def __init__(self, chip: Chip) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_chip(chip)

    def show_chip(self, chip: Chip) -> None:
        """Become another chip."""
        self._chip = chip
        self.setText(chip.text)
        self.setToolTip(chip.hint)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return self._chip.size()

    def minimumSizeHint(self) -> QSize:
        return self._chip.size()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._chip.paint(painter, QPointF(0, 0))
        painter.end()


def deadline_chip(times: Times, at: datetime) -> Chip:
    """When an answer is due, as people say it; exact on hover."""
    tone, icon = _URGENCY[times.urgency(at)]
    return Chip(text=times.deadline(at), tone=tone, icon=icon, hint=times.exact(at))


_URGENCY: dict[Urgency, tuple[Tone, icons.Name]] = {
    Urgency.OVERDUE: (Tone.DANGER, "triangle-alert"),
    Urgency.TODAY: (Tone.WARNING, "clock-alert"),
    Urgency.SOON: (Tone.NEUTRAL, "clock"),
    Urgency.LATER: (Tone.NEUTRAL, "clock"),
}
