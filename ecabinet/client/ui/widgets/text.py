"""Text in the theme's sizes and inks. Never read as mark-up: a title may hold any letters."""

from functools import lru_cache
from math import ceil

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from ecabinet.client.ui import theme
from ecabinet.client.ui.theme import Type, Weight
from ecabinet.client.ui.widgets.painting import Lines

_MEASURE = 560
"""The width a text asks for when it could have any, px at 100 %: lines stay readable."""
_LEAST = 96
_ENDLESS = 10_000


class Text(QLabel):
    """Words that wrap, with room between the lines."""

    def __init__(
        self, text: str = "", *, size: Type = Type.BODY, weight: Weight = Weight.REGULAR, ink: str = "ink"
    ) -> None:
        super().__init__(text)
        self._size, self._weight, self._ink = size, weight, ink
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setFont(theme.font(size, weight))
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return ceil(self._lines(width).height)

    def sizeHint(self) -> QSize:
        width = ceil(self._lines(_ENDLESS).width) + 1
        width = min(width, theme.px(_MEASURE)) if self.wordWrap() else width
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        width = min(self.sizeHint().width(), theme.px(_LEAST)) if self.wordWrap() else self.sizeHint().width()
        return QSize(width, ceil(self._lines(_ENDLESS).height))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        lines = self._lines(self.width())
        top = 0.0 if self.alignment() & Qt.AlignmentFlag.AlignTop else max(self.height() - lines.height, 0) / 2
        is_centred = bool(self.alignment() & Qt.AlignmentFlag.AlignHCenter)
        lines.paint(painter, QPointF(0, top), self._ink, centred_in=self.width() if is_centred else 0)
        painter.end()

    def _lines(self, width: int) -> Lines:
        room = width if self.wordWrap() else _ENDLESS
        return _set(self.text(), self._size, self._weight, room, theme.current())


@lru_cache(maxsize=1024)
def _set(text: str, size: Type, weight: Weight, width: int, _look: theme.Theme) -> Lines:
    return Lines(text, theme.font(size, weight), width, most=_ENDLESS)


class Title(Text):
    """The name of a window or of the thing it shows."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text, size=Type.TITLE, weight=Weight.SEMIBOLD)


class Heading(Text):
    """The name of a part."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text, size=Type.LEAD, weight=Weight.SEMIBOLD)


class Muted(Text):
    """What is good to know and not needed."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text, ink="ink_muted")
