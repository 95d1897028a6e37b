"""Which pages were seen: those that were in view for a second, by half at least. Kept in the vault, for the lists.

A paper was read when every page of it was seen, and not before.
"""

from collections.abc import Callable, Collection

from PySide6.QtCore import QObject, QTimer

from ecabinet.client.ui.reader.column import PageColumn

_DWELL_MS = 1000
_HALF = 0.5


class Progress(QObject):
    """Of the paper in front; `keep` is told of pages that were not read before, in bundles."""

    def __init__(self, column: PageColumn, keep: Callable[[Collection[int]], None]) -> None:
        super().__init__(column)
        self._column, self._keep = column, keep
        self._read: set[int] = set()
        self._new: set[int] = set()
        self._dwell = QTimer(self, singleShot=True, interval=_DWELL_MS)
        self._dwell.timeout.connect(self._look)
        column.verticalScrollBar().valueChanged.connect(self._dwell.start)

    def begin(self) -> None:
        """Another paper is shown."""
        self._read.clear()
        self._new.clear()
        self._dwell.start()

    def end(self) -> None:
        """One turns to something else."""
        self._dwell.stop()
        if self._new:
            new, self._new = self._new, set()
            self._keep(new)

    def _look(self) -> None:
        if not self._column.is_complete:  # what is not there yet was seen by nobody
            self._dwell.start()
            return
        view = self._column.viewport().rect()
        for page in self._column.visible() if self._column.isVisible() else ():
            area = self._column.rectangle(page)
            seen = (area & view).height()
            if page not in self._column.failures and seen >= _HALF * min(area.height(), view.height()):
                self._new |= {page} - self._read
                self._read.add(page)
