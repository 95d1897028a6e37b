"""Has Python's cyclic garbage collected on the UI thread alone.

A window that is part of a cycle dies where the collector happens to run; in a lane that would be a crash. So it runs
here by a timer, young objects often and all of them seldom, and nowhere else.
"""

import gc

from PySide6.QtCore import QObject, QTimer

_TICK_MS = 500


def is_collected(widget: QObject) -> bool:
    """Whether the collector has emptied it: Qt may send it events for a while yet, to filters above all."""
    return not vars(widget)


class Collector(QObject):
    """From being made to `stop`, which gives the collector back as it was."""

    def __init__(self) -> None:
        super().__init__()
        self._was_enabled = gc.isenabled()
        gc.disable()
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self._collect)
        self._tick.start()

    def stop(self) -> None:
        """Let Python collect wherever it likes again, if it did so before."""
        self._tick.stop()
        if self._was_enabled:
            gc.enable()

    def _collect(self) -> None:
        for generation in (2, 1, 0):
            if gc.get_count()[generation] > gc.get_threshold()[generation] > 0:
                gc.collect(generation)
                return
