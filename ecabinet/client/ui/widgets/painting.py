"""What several widgets paint alike: rounded shapes, text of a few lines, the ring around what has the keyboard."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen, QTextLayout, QTextOption

from ecabinet.client.ui import theme

_LEADING = 1.4


def rounded(
    painter: QPainter,
    area: QRectF,
    *,
    ground: str | None = None,
    edge: str | None = None,
    width: float = 1,
    radius: float = theme.RADIUS,
) -> None:
    """A rounded rectangle, its line inside `area`. Sizes in px at 100 %, colours as tokens."""
    thickness = theme.px(width) if edge else 0
    inner = area.adjusted(thickness / 2, thickness / 2, -thickness / 2, -thickness / 2)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.color(edge), thickness) if edge else Qt.PenStyle.NoPen)
    painter.setBrush(theme.color(ground) if ground else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(inner, theme.px(radius), theme.px(radius))


def ring(painter: QPainter, area: QRectF, *, ink: str = "focus", radius: float = theme.RADIUS) -> None:
    """The mark of keyboard focus."""
    rounded(painter, area, edge=ink, width=2, radius=radius)


class Lines:
    """A text set in at most so many lines of a width; the last ends in an ellipsis when there was more.

    Lines are 1.4 times as far apart as the type is high: Vietnamese letters carry two marks.
    """

    def __init__(self, text: str, font: QFont, width: float, most: int = 2) -> None:
        metrics = QFontMetricsF(font)
        self._font = font
        self._leading = max(metrics.lineSpacing(), font.pixelSize() * _LEADING)
        self._baseline = (self._leading - metrics.height()) / 2 + metrics.ascent()
        self._lines = [line for part in text.split("\n") for line in _broken(part, font, width)] if text else []
        if len(self._lines) > most:
            rest = " ".join(self._lines[most - 1 :])
            self._lines[most - 1 :] = [metrics.elidedText(rest, Qt.TextElideMode.ElideRight, width)]
        self._widths = [metrics.horizontalAdvance(line) for line in self._lines]
        self.width = max(self._widths, default=0.0)
        self.height = self._leading * len(self._lines)

    def paint(self, painter: QPainter, at: QPointF, ink: str, *, centred_in: float = 0) -> None:
        """Draw, with `at` the top left; in the middle of a width where one is given."""
        painter.setFont(self._font)
        painter.setPen(theme.color(ink))
        for number, (line, width) in enumerate(zip(self._lines, self._widths, strict=True)):
            indent = max(centred_in - width, 0) / 2
            painter.drawText(at + QPointF(indent, number * self._leading + self._baseline), line)


def _broken(text: str, font: QFont, width: float) -> list[str]:
    """One paragraph in lines."""
    layout = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    lines = []
    while (line := layout.createLine()).isValid():
        line.setLineWidth(max(width, 1))
        lines.append(text[line.textStart() : line.textStart() + line.textLength()].rstrip())
    layout.endLayout()
    return lines
