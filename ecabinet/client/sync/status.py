"""Where sync stands, for whoever wants to know: from any thread, without waiting."""

import threading
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

_PATIENCE = 5.0
"""Seconds for which a network may be gone before anybody is told: changing from one to another is no news."""


class Trouble(StrEnum):
    """Why the last round did not finish. Nothing was lost."""

    OFFLINE = "offline"
    """Told only when the network has been gone for some seconds."""
    OTHER_CERTIFICATE = "other_certificate"
    CLOCK_WRONG = "clock_wrong"
    """By this machine's clock the server's certificate is not valid."""
    NEEDS_NEWER_VERSION = "needs_newer_version"
    NOT_ADMITTED = "not_admitted"
    """The server no longer takes this device's sign-in: revoked, or not confirmed yet."""
    DISK_FULL = "disk_full"
    STORAGE = "storage"
    FORKED = "forked"
    """The server showed a history that contradicts the one seen before. Sync of this body has stopped for good."""
    AWAITING_EPOCH = "awaiting_epoch"
    """The server was restored from a backup, and the registrar has not begun a new epoch yet."""
    SERVER_FULL = "server_full"
    REFUSED = "refused"
    BAD_ANSWER = "bad_answer"
    """The server sent something that does not prove right. It was not taken over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The status line: "Cập nhật lúc 14:02 · Đã tải đủ 42/42 tài liệu · Dùng được khi không có mạng đến hết ngày …"."""

    updated_at: datetime | None = None
    """When a round last finished; None before the first."""
    is_running: bool = False
    is_reached: bool = False
    """Whether the server has answered since unlocking: before that, nobody knows whether what is here is all."""
    papers: int = 0
    papers_here: int = 0
    bytes_done: int = 0
    bytes_total: int = 0
    """Of all papers, those here included."""
    waiting_to_send: int = 0
    ready_until: datetime | None = None
    """The latest meeting or deadline ahead, once every paper is here; None while papers are missing."""
    clock_off_by: timedelta | None = None
    """How far this machine's clock is ahead of the server's, when that is more than minutes."""
    needs_newer_version: bool = False
    """Something came that only a newer version of the program understands. It is kept."""
    trouble: Trouble | None = None


class Board:
    """Holds the latest status."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._status = Status()
        self._gone_since: float | None = None

    def read(self) -> Status:
        status, gone_since = self._status, self._gone_since
        if gone_since is not None and time.monotonic() - gone_since >= _PATIENCE:
            return replace(status, trouble=Trouble.OFFLINE)
        return status

    def tell(self, **changes: Any) -> None:
        with self._lock:
            self._status = replace(self._status, **changes)

    def add_bytes(self, count: int) -> None:
        with self._lock:
            self._status = replace(self._status, bytes_done=self._status.bytes_done + count)

    def network_is_there(self) -> None:
        self._gone_since = None
        self.tell(is_reached=True)

    def network_is_gone(self) -> None:
        if self._gone_since is None:
            self._gone_since = time.monotonic()
