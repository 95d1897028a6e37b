"""How long a UI loop is away at a time: a timer that asks for every fourth millisecond and notes when it is served.

As a program: a bare Qt loop, which tells how busy the machine itself was. It counts from the start to the end of its
input, and then writes its figures as one JSON line.
"""

import json
import math
import sys
import threading
from dataclasses import asdict, dataclass

from PySide6.QtCore import QCoreApplication, QElapsedTimer, QObject, Qt, QTimer

_EVERY_MS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """Milliseconds between two beats: the longest, what 99.9 of 100 stay below, and how many there were."""

    worst: float
    p999: float
    beats: int


class Heartbeat(QObject):
    """Beats from being made to `stop`."""

    def __init__(self) -> None:
        super().__init__()
        self._clock = QElapsedTimer()
        self._clock.start()
        self._gaps: list[int] = []
        self._timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer, interval=_EVERY_MS)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def _beat(self) -> None:
        self._gaps.append(self._clock.nsecsElapsed())
        self._clock.start()

    def stop(self) -> Gaps:
        self._timer.stop()
        gaps = sorted(gap / 1e6 for gap in self._gaps)
        return Gaps(worst=gaps[-1], p999=gaps[math.ceil(len(gaps) * 0.999) - 1], beats=len(gaps))


def main() -> None:
    """The bare loop."""
    loop = QCoreApplication(sys.argv)
    heartbeat = Heartbeat()

    def wait() -> None:
        sys.stdin.read()
        loop.quit()

    threading.Thread(target=wait, daemon=True).start()
    loop.exec()
    print(json.dumps(asdict(heartbeat.stop())))


if __name__ == "__main__":
    main()
