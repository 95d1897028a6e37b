"""Sync, as windows see it: one round at a time, a status that is always at hand, and alarms."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from ecabinet.client.vault.changes import Changes

Report: TypeAlias = Callable[[int, int | None], None]
"""Told how much is done of how much, in bytes; may raise to stop the work, which then stops cleanly (`Call.report`)."""


class Trouble(StrEnum):
    """Why the last round did not finish. Nothing was lost."""

    OFFLINE = "offline"
    """Told only when the network has been gone for some seconds."""
    OTHER_CERTIFICATE = "other_certificate"
    NEEDS_NEWER_VERSION = "needs_newer_version"
    NOT_ADMITTED = "not_admitted"
    """The server no longer takes this device's sign-in: revoked, or not confirmed yet."""
    DISK_FULL = "disk_full"
    FORKED = "forked"
    """The server showed a history that contradicts the one seen before. Sync of this body has stopped for good."""
    SERVER_FULL = "server_full"
    BAD_ANSWER = "bad_answer"
    """The server sent something that does not prove right. It was not taken over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The status line: "Cập nhật lúc 14:02 · Đã tải đủ 42/42 tài liệu · Dùng được khi không có mạng đến hết ngày …"."""

    updated_at: datetime | None
    """When a round last finished; None before the first."""
    is_running: bool
    papers: int
    papers_here: int
    bytes_done: int
    bytes_total: int
    waiting_to_send: int
    ready_until: datetime | None
    """The latest meeting or deadline known, once every paper is here; None while some are missing or nothing lies ahead."""
    trouble: Trouble | None


class AlarmKind(StrEnum):
    """What the server, or somebody in its place, did that it must not be able to do."""

    FORK = "fork"
    MISSING_OPINION = "missing_opinion"
    """A receipt is here for an opinion that the signed result does not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Kept until the end of time. `evidence` can be handed to anybody: it convicts by itself."""

    kind: AlarmKind
    raised_at: datetime
    subject: str
    """The ballot's subject, for a missing opinion."""
    evidence: bytes
    """JSON: both signed checkpoints and what does not join them, or the receipt and the result."""


class Syncing:
    """The rounds. One at a time: a second call while one runs waits for it and then does its own."""

    def once(self, report: Report) -> Changes:
        """*Network.* One round: send what waits, take over what is new, fetch papers, exchange notes.

        Never raises for what the status can tell: it sets `Status.trouble` and returns what did change.
        """
        raise NotImplementedError

    def send(self) -> Changes:
        """*Network.* Only sends what waits in the outbox: right after signing, so that the receipt comes at once."""
        raise NotImplementedError

    def wait_for_news(self, seconds: float) -> bool:
        """*Network.* Waits until the server says "look", or so long at most; whether it did. Ends at once after `stop`."""
        raise NotImplementedError

    def stop(self) -> None:
        """Ends a running round and any waiting at the next chunk. From any thread."""
        raise NotImplementedError

    def status(self) -> Status:
        """The latest. From any thread, the UI thread too: never waits."""
        raise NotImplementedError

    def alarms(self) -> tuple[Alarm, ...]:
        raise NotImplementedError
