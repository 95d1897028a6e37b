"""A program that tells when its window is painted and when it has shown what one key wrote, and then is closed.

`bare` is a window of Qt's with one field and nothing else; without it, all arguments are those of `ecabinet`. What is
told are JSON lines: which moment it is, the processor's seconds used and every module in the process by then. Who
started it reads the clock.
"""

import json
import sys
import time

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

PAINTED, USABLE = "painted", "usable"
BARE = "bare"
_LOOK_MS = 2
_DIGIT = "1"


class Typist(QObject):
    """Sits at a window from before it is shown, types one digit into the field that has the keyboard, and leaves."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._field: QLineEdit | None = None
        self._look = QTimer(self, interval=_LOOK_MS)
        self._look.timeout.connect(self._type)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's
        if event.type() is QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self, self._see_window if watched is self._window else self._see_digit)
        return False

    def _see_window(self) -> None:
        _tell(PAINTED)
        self._look.start()

    def _type(self) -> None:
        field = self._window.focusWidget()
        if not isinstance(field, QLineEdit) or not field.isVisible() or not field.isEnabled():
            return
        self._look.stop()
        self._field = field
        field.textChanged.connect(lambda _: field.installEventFilter(self))
        key = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_1, Qt.KeyboardModifier.NoModifier, _DIGIT)
        QCoreApplication.sendEvent(self._window.windowHandle(), key)

    def _see_digit(self) -> None:
        assert self._field is not None
        assert self._field.text() == _DIGIT
        _tell(USABLE)
        self._window.close()


def _tell(moment: str) -> None:
    print(json.dumps({"moment": moment, "cpu": time.process_time(), "modules": sorted(sys.modules)}), flush=True)


def _bare() -> None:
    qt = QApplication(sys.argv[:1])
    window, field = QWidget(), QLineEdit()
    window.resize(1366, 768)
    field.setParent(window)
    field.setFocus()
    Typist(window)
    window.show()
    qt.exec()


def _ecabinet() -> None:
    from ecabinet.cli import main as ecabinet  # noqa: PLC0415 - the bare window needs nothing of ours
    from ecabinet.client.app import Application  # noqa: PLC0415

    start = Application.start

    def start_watched(application: Application) -> None:
        Typist(application.window)
        start(application)

    setattr(Application, "start", start_watched)  # noqa: B010 - for this process alone
    ecabinet()


if __name__ == "__main__":
    if sys.argv[1:] == [BARE]:
        _bare()
    else:
        _ecabinet()
