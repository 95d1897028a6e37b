"""`Pages`: the one door to the page process. It takes requests from any thread and answers them by urgency."""

import heapq
import itertools
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

from ecabinet.client.pages.annotations import Annotation, Bookmark
from ecabinet.client.pages.content import (
    Heading,
    Link,
    Paper,
    PaperRefused,
    Pixels,
    Priority,
    Recognised,
    Refusal,
    Region,
    Word,
)
from ecabinet.client.pages.process import MEMORY, PageProcess
from ecabinet.client.pages.source import Read, Source

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    paper: int | None
    work: Callable[[], Any]
    future: Future[Any]


SIZE_LIMIT = 1 << 30
"""Bytes of the largest paper taken."""
_ANNOTATING_SECONDS = 60.0


class Pages:
    """Open papers, and the worker that reads them.

    `render`, `words`, `text` and `outline` return at once with a future, which may be cancelled until its turn comes;
    `open` waits, so it belongs in a lane. A request that fails raises PageUnreadable, PagesUnavailable or what the
    paper's `read` raised from the future, and spoils nothing else. What is asked of a closed paper, or after `stop`,
    comes back cancelled. Callbacks of futures run in the thread that serves all requests, so they hand over and return.
    """

    def __init__(
        self,
        *,
        page_seconds: float = 5.0,
        open_seconds: float = 10.0,
        size_limit: int = SIZE_LIMIT,
        memory: int = MEMORY,
    ) -> None:
        """`memory` is what the worker may take for itself, in bytes, the papers not counted."""
        self._page_seconds = page_seconds
        self._open_seconds = open_seconds
        self._size_limit = size_limit
        self._process = PageProcess(memory)
        self._changed = threading.Condition()
        self._queue: list[tuple[Priority, int, _Request]] = []
        self._numbers = itertools.count()
        self._papers: dict[int, Recognised | None] = {}
        self._is_stopped = False
        self._thread = threading.Thread(target=self._serve, name="pages", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def worker(self) -> int | None:
        """The process id of the worker, None while there is none."""
        return self._process.worker

    @property
    def is_confined(self) -> bool | None:
        """Whether the system keeps the worker from files, networks and other processes; None before it has said so."""
        return self._process.is_confined

    def open(self, size: int, read: Read, recognised: Recognised | None = None, *, password: str = "") -> Paper:
        """Open a paper of `size` bytes, of which `read` is asked for what is needed, now and until it is closed.

        Words and text of pages in `recognised` are taken from there. A password is kept as long as the paper is open.
        Raises PaperRefused, before anything is read when the paper is too large; PagesUnavailable when no worker can
        be started; CancelledError after `stop`; and whatever `read` raises, as everything that is asked of the paper
        later does: of the next page it is asked again.
        """
        if size > self._size_limit:
            raise PaperRefused(Refusal.TOO_LARGE)
        if size <= 0:
            raise PaperRefused(Refusal.EMPTY)
        source = Source.of(size, read, password=password, seconds=self._open_seconds)
        identity = source.window.identity
        with self._changed:
            self._papers[identity] = recognised
        try:
            return self._submit(Priority.VISIBLE, identity, partial(self._process.open, source)).result()
        except Exception:
            with self._changed:
                self._papers.pop(identity, None)
            raise

    def take_recognised(self, paper: Paper, recognised: Recognised) -> None:
        """From now on these pages of the paper say what was recognised on them."""
        with self._changed:
            if paper.identity in self._papers:
                self._papers[paper.identity] = recognised

    def render(
        self,
        paper: Paper,
        index: int,
        scale: float,
        *,
        region: Region | None = None,
        rotation: int = 0,
        is_night: bool = False,
        priority: Priority = Priority.VISIBLE,
    ) -> Future[Pixels]:
        """The page at `scale` pixels a point, turned clockwise by `rotation` degrees more than it says itself.

        By night what is light is dark and the other way round; every colour keeps its hue.
        A `region` shows exactly what the whole page shows there. More than PIXELS_LIMIT pixels are refused as
        TOO_LARGE; a scale, rotation or region that can't be is a ValueError.
        """
        draw = partial(
            self._process.draw,
            paper,
            index,
            scale=scale,
            rotation=rotation,
            is_night=is_night,
            region=region,
            seconds=self._page_seconds,
        )
        return self._submit(priority, paper.identity, draw)

    def words(self, paper: Paper, index: int, *, priority: Priority = Priority.VISIBLE) -> Future[tuple[Word, ...]]:
        """The words of the page in reading order; none for a scan in which none were recognised."""
        recognised = self._papers.get(paper.identity)
        if recognised is not None and index in recognised:
            return self._submit(priority, paper.identity, partial(recognised.words, index))
        return self._submit(
            priority, paper.identity, partial(self._process.words, paper, index, seconds=self._page_seconds)
        )

    def text(self, paper: Paper, index: int, *, priority: Priority = Priority.IDLE) -> Future[str]:
        """The same words as text: parted by spaces, lines by a line feed, blocks by an empty line."""
        recognised = self._papers.get(paper.identity)
        if recognised is not None and index in recognised:
            return self._submit(priority, paper.identity, partial(recognised.text, index))
        return self._submit(
            priority, paper.identity, partial(self._process.text, paper, index, seconds=self._page_seconds)
        )

    def outline(self, paper: Paper, *, priority: Priority = Priority.NEAR) -> Future[tuple[Heading, ...]]:
        """The headings in reading order. Asked for apart from `open`, because a hostile outline may never end."""
        return self._submit(priority, paper.identity, partial(self._process.outline, paper, seconds=self._page_seconds))

    def links(self, paper: Paper, index: int, *, priority: Priority = Priority.NEAR) -> Future[tuple[Link, ...]]:
        """Where one may press on a page, in the order of the file; of very many, the first."""
        return self._submit(
            priority, paper.identity, partial(self._process.links, paper, index, seconds=self._page_seconds)
        )

    def annotate(
        self, paper: Paper, annotations: Sequence[Annotation], bookmarks: Sequence[Bookmark] = (), *, shelf: str
    ) -> Future[tuple[memoryview, ...]]:
        """A copy of the paper with these on it, in pieces: the paper's own bytes, and what is added behind them.

        Where nothing can be added behind them, because the paper is damaged, the copy is written anew, in one piece.
        Bookmarks come at the end of the outline, below an entry titled `shelf`.
        """
        add = partial(self._process.annotate, paper, annotations, bookmarks, shelf=shelf, seconds=_ANNOTATING_SECONDS)
        return self._submit(Priority.VISIBLE, paper.identity, add)

    def close(self, paper: Paper) -> None:
        """Let go of the paper; what still waits for it is cancelled."""
        with self._changed:
            self._papers.pop(paper.identity, None)
            waiting = [request for _, _, request in self._queue if request.paper == paper.identity]
        for request in waiting:
            request.future.cancel()
        self._submit(Priority.VISIBLE, None, partial(self._process.close, paper))

    def stop(self) -> None:
        """End the worker at once and let go of every paper. What was being read fails, what waits is cancelled."""
        with self._changed:
            self._is_stopped = True
            waiting, self._queue = self._queue, []
            self._changed.notify()
        for _, _, request in waiting:
            request.future.cancel()
        self._process.end()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _submit(self, priority: Priority, paper: int | None, work: Callable[[], T]) -> Future[T]:
        """`paper` is None for what is done whether or not the paper is open."""
        future: Future[T] = Future()
        with self._changed:
            if self._is_stopped or (paper is not None and paper not in self._papers):
                future.cancel()
            else:
                request = _Request(paper=paper, work=work, future=future)
                heapq.heappush(self._queue, (priority, next(self._numbers), request))
                self._changed.notify()
        return future

    def _serve(self) -> None:
        while not self._is_stopped:
            self._process.start()  # also after a loss: the next page finds a worker ready
            self._answer_next()
        self._process.clear()

    def _answer_next(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._is_stopped)
            if self._is_stopped:
                return
            _, _, request = heapq.heappop(self._queue)
        if not request.future.set_running_or_notify_cancel():
            return
        try:
            result = request.work()
        except Exception as error:  # noqa: BLE001 - whatever it is, the one who asked must hear of it
            request.future.set_exception(error)
        else:
            request.future.set_result(result)
