"""Files that are replaced whole or not at all, and one writer at a time."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

_OWNER_ONLY = 0o600
_PATIENCE = 5.0  # seconds


def replace_file(path: Path, data: bytes) -> None:
    """Put these bytes in a file's place, readable by its owner only. On the disk when it returns."""
    fresh = path.with_name(path.name + ".new")
    with open(fresh, "wb", opener=partial(os.open, mode=_OWNER_ONLY)) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if sys.platform == "win32":
        _replace_on_windows(fresh, path)
    else:
        fresh.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _replace_on_windows(fresh: Path, path: Path) -> None:
    """Windows replaces no file that a reader, a virus scanner say, has open: wait. Folders need no sync there."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            fresh.replace(path)
        except PermissionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


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
