"""Why the vault can't be used, in words that windows can tell."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

_SQLITE_FULL = 13
_SQLITE_REFUSED = frozenset({3, 8, 10, 14})  # PERM, READONLY, IOERR (a quota, too), CANTOPEN
_SQLITE_CORRUPT = 11
_SQLITE_NOTADB = 26
_SQLITE_BUSY = 5
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class StorageFault(StrEnum):
    """Why the vault can't be used."""

    DISK_FULL = "disk_full"
    """Nothing was lost; it goes on when there is room."""
    DAMAGED = "damaged"
    NEWER = "newer"
    """Written by a later version of the program."""
    IN_USE = "in_use"
    """Another window of the program has it open."""
    UNREADABLE = "unreadable"
    """The system does not let the program have its own files."""


class StorageUnusable(Exception):
    """The vault can't be used, for this reason."""

    def __init__(self, fault: StorageFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@contextmanager
def faults_told() -> Iterator[None]:
    """Turns what a disk may do to files and database into `StorageUnusable`."""
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415 - sealed files do without

    try:
        yield
    except OSError as error:
        is_full = error.errno in _FULL
        raise StorageUnusable(StorageFault.DISK_FULL if is_full else StorageFault.UNREADABLE) from error
    except DBAPIError as error:
        fault = _fault_of(error.orig)
        if fault is None:
            raise
        raise StorageUnusable(fault) from error


def _fault_of(error: Any) -> StorageFault | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    match code:
        case _ if code == _SQLITE_FULL:
            return StorageFault.DISK_FULL
        case _ if code in _SQLITE_REFUSED:
            return StorageFault.UNREADABLE
        case _ if code in {_SQLITE_CORRUPT, _SQLITE_NOTADB}:
            return StorageFault.DAMAGED
        case _ if code == _SQLITE_BUSY:
            return StorageFault.IN_USE
        case _:
            return None
