"""Serving together those who wait together: a question to the database, or a commit, that many share."""

import asyncio
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from starlette.concurrency import run_in_threadpool

Place = TypeVar("Place", bound=Hashable)
Asked = TypeVar("Asked")
Given = TypeVar("Given")


class Gathering(Generic[Place, Asked, Given]):
    """Whoever comes while others are being served at the same place is served next, with all who came meanwhile.

    Promises: at each place one group is served at a time, in order of coming; nobody waits for a group to fill. To be
    used by one event loop alone.
    """

    def __init__(self, serve: Callable[[Place, Sequence[Asked]], Sequence[Given | Exception]]) -> None:
        """`serve` gives everybody an answer, or what is raised instead; it runs in a thread."""
        self._serve = serve
        self._waiting: dict[Place, list[tuple[Asked, asyncio.Future[Given]]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, place: Place, asked: Asked) -> Given:
        """The answer. Raises what `serve` gave instead of it, or raised."""
        future: asyncio.Future[Given] = asyncio.get_running_loop().create_future()
        if place in self._waiting:
            self._waiting[place].append((asked, future))
        else:
            self._waiting[place] = [(asked, future)]
            task = asyncio.create_task(self._serve_all(place))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await future

    async def _serve_all(self, place: Place) -> None:
        while group := self._waiting[place]:
            self._waiting[place] = []
            answers: Sequence[Given | Exception]
            try:
                answers = await run_in_threadpool(self._serve, place, [asked for asked, _ in group])
            except Exception as error:  # noqa: BLE001 - theirs, whatever it is
                answers = [error] * len(group)
            for (_, future), answer in zip(group, answers, strict=True):
                if future.done():  # nobody waits for it any more
                    continue
                if isinstance(answer, Exception):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)
        del self._waiting[place]
