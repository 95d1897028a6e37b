"""How the vault is reached from wherever one is: through the one thread that owns it."""

import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Serially(Protocol):
    """Does work on the serial lane and waits for it (`Background.serially`)."""

    def __call__(self, work: Callable[[], T]) -> T: ...


class Lock:
    """A serial lane for programs without windows: one at a time, on whatever thread asks."""

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def __call__(self, work: Callable[[], T]) -> T:
        with self._lock:
            return work()
