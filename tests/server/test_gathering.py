"""Those who wait together are served together, and each gets what is his."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from ecabinet.server.gathering import Gathering

PATIENCE = 60


class Counter:
    """Squares numbers, and waits to be let go; remembers who came together."""

    def __init__(self) -> None:
        self.groups: list[tuple[str, list[int]]] = []
        self.is_serving = threading.Semaphore(0)
        self.let_go = threading.Semaphore(0)

    def __call__(self, place: str, asked: Sequence[int]) -> list[int | Exception]:
        self.groups.append((place, list(asked)))
        self.is_serving.release()
        assert self.let_go.acquire(timeout=PATIENCE)
        if 13 in asked:
            raise ZeroDivisionError
        return [each * each if each >= 0 else ValueError(each) for each in asked]


def gather(counter: Counter, first: tuple[str, int], *others: tuple[str, int]) -> list[int | BaseException]:
    """What each is given; the others come while the first is served."""

    async def ask() -> list[int | BaseException]:
        gathering = Gathering(counter)
        asking = [asyncio.create_task(gathering.ask(*first))]
        await asyncio.to_thread(counter.is_serving.acquire, timeout=PATIENCE)
        asking += [asyncio.create_task(gathering.ask(*each)) for each in others]
        await asyncio.sleep(0)  # so that they have come
        counter.let_go.release(10)
        return await asyncio.wait_for(asyncio.gather(*asking, return_exceptions=True), PATIENCE)

    return asyncio.run(ask())


def test_who_comes_first_waits_for_nobody_and_the_others_are_served_together() -> None:
    counter = Counter()
    assert gather(counter, ("A", 2), ("A", 3), ("A", 4), ("A", 5)) == [4, 9, 16, 25]
    assert counter.groups == [("A", [2]), ("A", [3, 4, 5])]


def test_one_place_does_not_wait_for_another() -> None:
    counter = Counter()
    assert gather(counter, ("A", 2), ("B", 3), ("A", 4)) == [4, 9, 16]
    assert sorted(counter.groups) == [("A", [2]), ("A", [4]), ("B", [3])]


def test_what_is_raised_for_one_is_raised_to_him_alone() -> None:
    given = gather(Counter(), ("A", 2), ("A", -3), ("A", 4))
    assert [given[0], given[2]] == [4, 16]
    assert isinstance(given[1], ValueError)


def test_a_group_that_fails_fails_for_all_in_it_and_the_next_is_served() -> None:
    counter = Counter()

    async def ask() -> None:
        gathering = Gathering(counter)
        counter.let_go.release(2)
        with pytest.raises(ZeroDivisionError):
            await gathering.ask("A", 13)
        assert await gathering.ask("A", 3) == 9

    asyncio.run(asyncio.wait_for(ask(), PATIENCE))


def test_who_leaves_meanwhile_harms_nobody_else() -> None:
    counter = Counter()

    async def ask() -> int:
        gathering = Gathering(counter)
        leaving = asyncio.create_task(gathering.ask("A", 2))
        await asyncio.to_thread(counter.is_serving.acquire, timeout=PATIENCE)
        staying = asyncio.create_task(gathering.ask("A", 3))
        leaving.cancel()
        await asyncio.sleep(0)
        counter.let_go.release(2)
        return await staying

    assert asyncio.run(asyncio.wait_for(ask(), PATIENCE)) == 9
