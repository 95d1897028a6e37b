"""What is going on: said after 0.3 s, with how far it has come and a way to stop it after 2 s."""

from PySide6.QtCore import QRectF, QSize, QTimer, Signal
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QWidget

from ecabinet.client.background import Progress
from ecabinet.client.ui import theme
from ecabinet.client.ui.theme import Space
from ecabinet.client.ui.widgets.buttons import Button, Kind
from ecabinet.client.ui.widgets.layout import column, row
from ecabinet.client.ui.widgets.painting import rounded
from ecabinet.client.ui.widgets.text import Muted, Text
from ecabinet.client.ui.words import number, say

SAY_AFTER_MS = 300
OFFER_TO_STOP_AFTER_MS = 2_000
_TICK_MS = 40
_ROUND_MS = 2_400
"""How long the moving part takes from end to end while nobody knows how much there is."""


class Bar(QProgressBar):
    """A thin bar. Without a known total a part of it moves, slowly."""

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setTextVisible(False)
        self.setRange(0, 0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._phase = 0.0
        self._timer = QTimer(self, interval=_TICK_MS)
        self._timer.timeout.connect(self._tick)

    def show_progress(self, progress: Progress) -> None:
        """Show how far it has come."""
        self.setRange(0, progress.total or 0)
        self.setValue(progress.done)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(160), theme.px(8))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(64), theme.px(8))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = QRectF(self.rect())
        is_framed = theme.current().mode is theme.Mode.CONTRAST
        rounded(
            painter, area, ground="line" if not is_framed else "raised", edge="edge" if is_framed else None, radius=4
        )
        if self.maximum() > 0:
            share = self.value() / self.maximum()
            rounded(
                painter,
                QRectF(area.topLeft(), area.size()).adjusted(0, 0, (share - 1) * area.width(), 0),
                ground="accent",
                radius=4,
            )
        else:
            length = area.width() * 0.3
            left = (area.width() - length) * (1 - abs(2 * self._phase - 1))
            rounded(painter, QRectF(left, 0, length, area.height()), ground="accent", radius=4)
        painter.end()

    def _tick(self) -> None:
        if self.maximum() == 0:
            self._phase = (self._phase + _TICK_MS / _ROUND_MS) % 1
            self.update()


class ProgressRow(QWidget):
    """One piece of work: what it is, how far it has come, and a way to stop it."""

    cancelled = Signal()

    def __init__(self, what: str, *, is_cancellable: bool = True) -> None:
        super().__init__()
        self._what = Text(what)
        self._count = Muted()
        self._count.setWordWrap(False)
        self._bar = Bar(what)
        self._stop = Button(say("kit.stop"), Kind.QUIET)
        self._stop.clicked.connect(self._cancel)
        said = row(self._what, self._count, gap=Space.MEDIUM)
        said.setStretch(0, 1)
        line = row(column(said, self._bar, gap=Space.SMALL), self._stop, gap=Space.LARGE)
        line.setStretch(0, 1)
        self.setLayout(line)
        self._stop.setVisible(is_cancellable)

    def show_progress(self, progress: Progress) -> None:
        """Show how far it has come."""
        self._bar.show_progress(progress)
        if progress.total is not None:
            done, total = number(progress.done), number(progress.total)
            self._count.setText(say("kit.done_of", done=done, total=total))

    def offer_to_stop(self, is_offered: bool = True) -> None:  # noqa: FBT001, FBT002 - a switch
        """Show or hide the button that stops it."""
        self._stop.setVisible(is_offered)

    def _cancel(self) -> None:
        self._stop.setEnabled(False)
        self._what.setText(say("kit.stopping"))
        self.cancelled.emit()
