"""Papers are read in for finding as they arrive, while nothing else is asked of the page process."""

from PySide6.QtCore import QObject, Signal

from ecabinet.client.background import Background, Call, CancelledError, Lane, Progress
from ecabinet.client.desk.finding import Finding
from ecabinet.client.pages import Pages


class ReadingIn(QObject):
    """One run at a time; papers that arrive meanwhile are taken along by the next one."""

    moved = Signal(object)
    """Carries how many papers of how many have been read in (`Progress`), or None at the end."""
    failed = Signal(object)

    def __init__(self, background: Background, finding: Finding, pages: Pages, owner: QObject) -> None:
        super().__init__(owner)
        self._background, self._finding, self._pages = background, finding, pages
        self._run: Call | None = None
        self._is_due = self._is_ended = False

    def look(self) -> None:
        """Read in what has arrived."""
        if self._is_ended:
            return
        if self._run is not None:
            self._is_due = True
            return
        self._is_due = False
        self._run = self._background.run(
            Lane.IDLE,
            lambda call: self._finding.read_in(self._pages, call.report),
            then=self._finish,
            failed=self._fail,
            progress=self._tell,
            owner=self,
        )

    def end(self) -> None:
        """Stop at the next page, and begin nothing more."""
        self._is_ended = True
        if self._run is not None:
            self._run.cancel()

    def _tell(self, progress: Progress) -> None:
        self.moved.emit(progress)

    def _finish(self, _count: int) -> None:
        self._run = None
        self.moved.emit(None)
        if self._is_due:
            self.look()

    def _fail(self, error: Exception) -> None:
        self._run = None
        self.moved.emit(None)
        if not isinstance(error, CancelledError):
            self.failed.emit(error)
