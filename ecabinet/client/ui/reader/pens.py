"""Whether a pen is near the screen: then what touches it is the palm of a hand that writes, and does nothing."""

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, Signal
from PySide6.QtGui import QInputDevice, QPointingDevice, QSinglePointEvent, QTabletEvent, QTouchEvent
from PySide6.QtWidgets import QApplication

_LIFTS_WITHIN_MS = 400
"""A palm leaves the screen a little after its pen."""
_TOUCHES = frozenset({QEvent.Type.TouchBegin, QEvent.Type.TouchUpdate, QEvent.Type.TouchEnd, QEvent.Type.TouchCancel})


class Pens(QObject):
    """Watches for pens from the first that comes; the application alone is told when one leaves."""

    came = Signal()

    def __init__(self, owner: QObject) -> None:
        super().__init__(owner)
        self._is_near = False
        self._left = QElapsedTimer()
        self._palm_is_down = False

    @property
    def is_near(self) -> bool:
        """Whether one is above the screen, or was a moment ago."""
        return self._is_near or (self._left.isValid() and self._left.elapsed() < _LIFTS_WITHIN_MS)

    def see(self, _event: QTabletEvent) -> None:
        """A pen moved, pressed or let go here."""
        application = QApplication.instance()
        if not self._is_near and application is not None:
            self._is_near = True
            application.installEventFilter(self)
            self.came.emit()

    def is_palm(self, event: QEvent) -> bool:
        """Whether an event is a hand's that writes, until that hand is lifted."""
        if event.type() not in _TOUCHES and not _is_touch(event):
            return False
        is_first = event.type() in (QEvent.Type.TouchBegin, QEvent.Type.MouseButtonPress)
        if is_first or self.is_near:
            self._palm_is_down = self.is_near
        is_palm = self._palm_is_down
        if event.type() in (QEvent.Type.TouchEnd, QEvent.Type.TouchCancel, QEvent.Type.MouseButtonRelease):
            self._palm_is_down = False
        return is_palm

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.TabletLeaveProximity:
            self._is_near = False
            self._left.start()
            application = QApplication.instance()
            if application is not None:
                application.removeEventFilter(self)
        return False


def is_rubber(event: QTabletEvent) -> bool:
    """Whether it is the other end of a pen."""
    return event.pointerType() == QPointingDevice.PointerType.Eraser


def _is_touch(event: QEvent) -> bool:
    """Whether it is a touch that Qt made a mouse of."""
    if isinstance(event, QTouchEvent):
        return True
    if not isinstance(event, QSinglePointEvent):
        return False
    return event.device().type() == QInputDevice.DeviceType.TouchScreen
