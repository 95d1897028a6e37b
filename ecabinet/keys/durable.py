"""Files that are replaced whole or not at all, and one writer at a time."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

_OWNER_ONLY = 0o600


def replace_file(path: Path, data: bytes) -> None:
    """Put these bytes in a file's place, readable by its owner only. On the disk when it returns."""
    fresh = path.with_name(path.name + ".new")
    with open(fresh, "wb", opener=partial(os.open, mode=_OWNER_ONLY)) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    if sys.platform != "win32":  # which can't open a folder, and writes its journal at once
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Wait to be the only one inside, among all threads and processes; the system lets go for one that was killed."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, _OWNER_ONLY)
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415

            msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
        else:
            import fcntl  # noqa: PLC0415

            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
