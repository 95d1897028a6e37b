"""One open paper of the page process, as the view asks for it: futures there, hand-over on the UI thread here."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QObject
from shiboken6 import isValid

from ecabinet.client.background import Background
from ecabinet.client.pages import Heading, Link, Pages, Paper, Pixels, Priority, Recognised, Word
from ecabinet.client.ui.reader.rendering import Piece

T = TypeVar("T")


class PaperSource:
    """Pixels and words of one paper, until it is closed or its owner is gone."""

    def __init__(self, background: Background, pages: Pages, paper: Paper, *, owner: QObject) -> None:
        self.paper = paper
        self._background, self._pages, self._owner = background, pages, owner
        self._is_open = True

    def render(
        self,
        piece: Piece,
        then: Callable[[Pixels], None],
        failed: Callable[[Exception], None],
        priority: Priority = Priority.VISIBLE,
    ) -> None:
        page, (scale, rotation, is_night), region = piece
        drawn = self._pages.render(
            self.paper, page, scale, region=region, rotation=rotation, is_night=is_night, priority=priority
        )
        self._hand_over(drawn, then, failed)

    def words(self, page: int, then: Callable[[Sequence[Word]], None], failed: Callable[[Exception], None]) -> None:
        self._hand_over(self._pages.words(self.paper, page), then, failed)

    def links(self, page: int, then: Callable[[Sequence[Link]], None], failed: Callable[[Exception], None]) -> None:
        """The links of a page."""
        self._hand_over(self._pages.links(self.paper, page), then, failed)

    def take_recognised(self, recognised: Recognised) -> None:
        """Pages of a scan have words from now on."""
        self._pages.take_recognised(self.paper, recognised)

    def outline(self, then: Callable[[Sequence[Heading]], None], failed: Callable[[Exception], None]) -> None:
        """The headings, in reading order."""
        self._hand_over(self._pages.outline(self.paper), then, failed)

    def close(self) -> None:
        """Hands nothing over any more."""
        self._is_open = False

    def _hand_over(self, future: Future[T], then: Callable[[T], None], failed: Callable[[Exception], None]) -> None:
        future.add_done_callback(lambda done: self._background.post(partial(self._deliver, done, then, failed)))

    def _deliver(self, done: Future[T], then: Callable[[T], None], failed: Callable[[Exception], None]) -> None:
        if not self._is_open or done.cancelled() or not isValid(self._owner):
            return
        error = done.exception()
        if error is None:
            then(done.result())
        elif isinstance(error, Exception):
            failed(error)


class Shelf:
    """The paper that a reader has open. When the reader is gone so is the paper, even one that is opened too late."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._lock = threading.Lock()
        self._paper: Paper | None = None
        self._is_closed = False

    def put(self, paper: Paper) -> None:
        """Keep a paper instead of the one before. From any thread."""
        with self._lock:
            before, self._paper = self._paper, None if self._is_closed else paper
            lost = paper if self._is_closed else before
        if lost is not None:
            self._pages.close(lost)

    def close(self) -> None:
        """Let go of it, and of whatever is put here later."""
        with self._lock:
            self._is_closed = True
            lost, self._paper = self._paper, None
        if lost is not None:
            self._pages.close(lost)
