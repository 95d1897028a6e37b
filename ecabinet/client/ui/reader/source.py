"""One open paper of the page process, as the view asks for it: futures there, hand-over on the UI thread here."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import TypeVar

from ecabinet.client.background import Background
from ecabinet.client.pages import Pages, Paper, Pixels, Word

T = TypeVar("T")


class PaperSource:
    """Pixels and words of one paper. After `close` nothing is handed over any more."""

    def __init__(self, background: Background, pages: Pages, paper: Paper) -> None:
        self.paper = paper
        self._background, self._pages = background, pages
        self._is_open = True

    def render(
        self, page: int, scale: float, then: Callable[[Pixels], None], failed: Callable[[Exception], None]
    ) -> None:
        self._hand_over(self._pages.render(self.paper, page, scale), then, failed)

    def words(self, page: int, then: Callable[[Sequence[Word]], None], failed: Callable[[Exception], None]) -> None:
        self._hand_over(self._pages.words(self.paper, page), then, failed)

    def close(self) -> None:
        """Lets go of the paper in the page process too."""
        if self._is_open:
            self._is_open = False
            self._pages.close(self.paper)

    def _hand_over(self, future: Future[T], then: Callable[[T], None], failed: Callable[[Exception], None]) -> None:
        future.add_done_callback(lambda done: self._background.post(partial(self._deliver, done, then, failed)))

    def _deliver(self, done: Future[T], then: Callable[[T], None], failed: Callable[[Exception], None]) -> None:
        if not self._is_open or done.cancelled():
            return
        error = done.exception()
        if error is None:
            then(done.result())
        elif isinstance(error, Exception):
            failed(error)
