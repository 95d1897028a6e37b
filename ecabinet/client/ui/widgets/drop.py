"""Where files are dropped, or chosen by keyboard. Only their paths are taken: windows open no files."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from ecabinet.client.ui import theme
from ecabinet.client.ui.files import choose_several_to_open
from ecabinet.client.ui.theme import Space, Weight
from ecabinet.client.ui.widgets.buttons import Button
from ecabinet.client.ui.widgets.fields import IconLabel
from ecabinet.client.ui.widgets.layout import Beside, boxed, column, row
from ecabinet.client.ui.widgets.text import Muted, Text
from ecabinet.client.ui.words import say


class FileDrop(QWidget):
    """Takes files and folders; `dropped` carries their paths as a tuple."""

    dropped = Signal(object)

    def __init__(self, what: str, help_text: str, *, pattern: str = "*.pdf") -> None:
        super().__init__()
        self._pattern = pattern
        self._is_over = False
        self.setAcceptDrops(True)
        self.setAccessibleName(what)
        choose = Button(say("kit.drop.choose"), icon="file-up")
        choose.clicked.connect(self._ask)
        self.setFocusProxy(choose)
        words = boxed(column(Text(what, weight=Weight.MEDIUM), Muted(help_text), gap=Space.HAIR))
        both = Beside(words, choose, folds_below=440, gap=Space.LARGE, shares=(1, 0))
        line = row(IconLabel("upload", "accent", 32), both, gap=Space.LARGE, pad=Space.HUGE)
        line.setStretch(1, 1)
        self.setLayout(line)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()
            self._light(is_over=True)

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        self._light(is_over=False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._light(is_over=False)
        event.acceptProposedAction()
        self._take([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(theme.color("accent" if self._is_over else "edge"), theme.px(2), Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([3, 3])
        painter.setPen(pen)
        painter.setBrush(theme.color("accent_soft" if self._is_over else "raised"))
        radius = theme.px(theme.RADIUS)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)
        painter.end()

    def _ask(self) -> None:
        pattern = say("kit.drop.filter", pattern=self._pattern)
        choose_several_to_open(self, say("kit.drop.title"), pattern, self._take)

    def _take(self, files: Sequence[Path]) -> None:
        if files:
            self.dropped.emit(tuple(files))

    def _light(self, *, is_over: bool) -> None:
        self._is_over = is_over
        self.update()
