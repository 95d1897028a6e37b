"""Where one has been in a paper: a link, the contents or a page number lead on, and one comes back."""

from PySide6.QtCore import QObject, Signal

from ecabinet.client.ui.reader.column import PageColumn

_REMEMBERED = 200
Place = tuple[int, float]
"""A page, and how far down it, as a share of its height."""


class Places(QObject):
    """The way through one paper. Scrolling is not on it: only from where one leapt, and where to."""

    changed = Signal(bool, bool)
    """Whether one can go back, and forward."""

    def __init__(self, column: PageColumn) -> None:
        super().__init__(column)
        self._column = column
        self._behind: list[Place] = []
        self._ahead: list[Place] = []

    def leap(self, page: int, share: float = 0.0) -> None:
        """Go to a page, to come back from there."""
        before = self._column.position
        self._column.go_to(page, share)
        if self._column.position != before:
            self._behind = [*self._behind[-_REMEMBERED + 1 :], before]
            self._ahead.clear()
            self._tell()

    def back(self) -> None:
        """To where one leapt from."""
        self._step(self._behind, self._ahead)

    def forward(self) -> None:
        """Where one came back from."""
        self._step(self._ahead, self._behind)

    def forget(self) -> None:
        """Another paper is shown."""
        self._behind.clear()
        self._ahead.clear()
        self._tell()

    def _step(self, those: list[Place], others: list[Place]) -> None:
        if those:
            others.append(self._column.position)
            self._column.be_at(those.pop())
            self._tell()

    def _tell(self) -> None:
        self.changed.emit(bool(self._behind), bool(self._ahead))
