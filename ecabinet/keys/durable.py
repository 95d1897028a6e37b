"""Files that are replaced whole or not at all, and one writer at a time."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

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
    with _opened(path) as file:
        _lock(file, waits=True)
        yield


class TakenError(Exception):
    """Somebody else holds it."""


class Hold:
    """Being the only one at something, among all who ask in any process, until `release` or the end of the process."""

    def __init__(self, path: Path) -> None:
        """Never waits. Raises TakenError, OSError."""
        self._file = _opened(path)
        try:
            _lock(self._file, waits=False)
        except BaseException:
            self._file.close()
            raise

    def release(self) -> None:
        self._file.close()


def _opened(path: Path) -> BinaryIO:
    return open(path, "ab", opener=partial(os.open, mode=_OWNER_ONLY))


def _lock(file: BinaryIO, *, waits: bool) -> None:
    """Until the file is closed, by whomever: the system does it for a process that was killed."""
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415

        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if waits else msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise TakenError from error
    else:
        import fcntl  # noqa: PLC0415

        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TakenError from error
