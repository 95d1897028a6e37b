"""Notices that nobody has touched a key, the mouse or the screen for a while."""

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QWindow

_TOUCHES = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TouchUpdate,
        QEvent.Type.TabletMove,
        QEvent.Type.TabletPress,
    }
)
_LOOKS_PER_SPAN = 20


class Idle(QObject):
    """Watches the windows that have the keyboard; whole windows, since watching every widget would cost every paint."""

    expired = Signal()

    def __init__(self, owner: QObject, span_ms: int) -> None:
        super().__init__(owner)
        self._span_ms = span_ms
        self._since = QElapsedTimer()
        self._since.start()
        self._look = QTimer(self, interval=max(span_ms // _LOOKS_PER_SPAN, 1))
        self._look.timeout.connect(self._check)
        self._look.start()
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.focusWindowChanged.connect(self._watch)
            self._watch(application.focusWindow())

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() in _TOUCHES:
            self._since.restart()
        return False

    def _watch(self, window: QWindow | None) -> None:
        if window is not None:
            window.installEventFilter(self)
            self._since.restart()

    def _check(self) -> None:
        if self._since.hasExpired(self._span_ms):
            self._look.stop()
            self.expired.emit()
