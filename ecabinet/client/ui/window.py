"""The one window: what must not be overlooked at its top, below it the entrance, or the frame of whoever sits here."""

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from ecabinet.client.ui import theme
from ecabinet.client.ui.theme import Space
from ecabinet.client.ui.widgets import Capped, InOrder, Notice, boxed, column

_USUAL = QSize(1366, 768)
_LEAST = QSize(640, 480)
_MOST = 0.4
"""The share of the height that notices may take before they scroll."""


class Window(InOrder):
    """Closes when it is told to: `closing` asks first. `appeared`, once: it has been painted."""

    appeared = Signal()
    closing = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[str, Notice] = {}
        self._above = column(gap=Space.SMALL)
        self._stack = QStackedWidget()
        self._notices = Capped(boxed(self._above), _MOST)
        whole = column(self._notices, self._stack, gap=0)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self.setMinimumSize(_LEAST)
        self.resize(_USUAL.boundedTo(QGuiApplication.primaryScreen().availableSize()))
        self._has_appeared = self._may_close = False

    def show_inside(self, content: QWidget) -> None:
        """Show this and nothing else; what was shown before is gone at once."""
        before = self._stack.currentWidget()
        self._stack.addWidget(content)
        self._stack.setCurrentWidget(content)
        if before is not None:
            self._stack.removeWidget(before)
            before.hide()
            before.deleteLater()
        content.windowTitleChanged.connect(self.setWindowTitle)
        self.setWindowTitle(content.windowTitle())

    def tell(self, about: str, notice: Notice | None) -> None:
        """Keep a notice at the top, one for each thing it is `about`; None takes it away."""
        before = self._told.pop(about, None)
        if before is not None:
            self._above.removeWidget(before)
            before.hide()
            before.deleteLater()
        if notice is not None:
            self._told[about] = notice
            self._above.addWidget(notice)
            notice.show()  # now, as what it takes the place of goes
            notice.announce()
        room = theme.px(Space.SMALL) if self._told else 0
        self._above.setContentsMargins(room, room, room, room)

    def forget_all(self) -> None:
        """Take every notice away."""
        for about in tuple(self._told):
            self.tell(about, None)

    def close_for_good(self) -> None:
        """Close without asking."""
        self._may_close = True
        self.close()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._notices.fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._has_appeared:
            self._has_appeared = True
            QTimer.singleShot(0, self, self._appear)  # when it can be seen, too

    def _appear(self) -> None:
        self.activateWindow()  # where no window manager gives a new window the keyboard, keys would do nothing
        self.appeared.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._may_close:
            event.accept()
        else:
            event.ignore()
            self.closing.emit()
