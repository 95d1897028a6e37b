"""Why the server refused."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Reason(StrEnum):
    """Why the server refused. Each has words in every language, and something its reader can do."""

    BAD_REQUEST = "bad_request"
    NEEDS_NEWER_VERSION = "needs_newer_version"
    NOT_SIGNED_IN = "not_signed_in"
    NO_RIGHT = "no_right"
    UNKNOWN = "unknown"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    SERVER_FULL = "server_full"
    AWAITING_EPOCH = "awaiting_epoch"
    """The server was restored from a backup; the registrar has to begin a new epoch before anything goes on."""

    WRONG_CODE = "wrong_code"
    USED_CODE = "used_code"
    EXPIRED_CODE = "expired_code"
    BODY_EXISTS = "body_exists"
    NOT_CONFIRMED = "not_confirmed"

    MALFORMED = "malformed"
    BAD_SIGNATURE = "bad_signature"
    NOT_ENROLLED = "not_enrolled"
    REVOKED = "revoked"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_NOT_YET_VALID = "certificate_not_yet_valid"
    ID_REUSED = "id_reused"
    STALE_REGISTER = "stale_register"
    STALE_REVISION = "stale_revision"
    """The statement replaces something that is no longer the latest."""
    FOREIGN_CHECKPOINT = "foreign_checkpoint"
    """`seen` is not a checkpoint this log ever signed."""

    BALLOT_CLOSED = "ballot_closed"
    BALLOT_NOT_CLOSED = "ballot_not_closed"
    UNFIT_OPINION = "unfit_opinion"
    OPINION_SUPERSEDED = "opinion_superseded"
    """Another opinion of this elector came first; `replaces` names an older one."""
    WRONG_RESULT = "wrong_result"

    PAPER_MISSING = "paper_missing"
    DIGEST_MISMATCH = "digest_mismatch"
    TOO_LARGE = "too_large"
    CLASSIFIED = "classified"


STATUS: dict[Reason, int] = {
    Reason.NOT_SIGNED_IN: 401,
    Reason.NO_RIGHT: 403,
    Reason.UNKNOWN: 404,
    Reason.AWAITING_EPOCH: 409,
    Reason.BODY_EXISTS: 409,
    Reason.DIGEST_MISMATCH: 409,
    Reason.TOO_LARGE: 413,
    Reason.NEEDS_NEWER_VERSION: 426,
    Reason.TOO_MANY_ATTEMPTS: 429,
    Reason.SERVER_FULL: 507,
}
"""HTTP status of a refused request; 422 for those not listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why not.

    `what` names the thing or rule (`missing_answer`, a document's id), `at` the time it turns on.
    """

    reason: Reason
    what: str = ""
    at: datetime | None = None


class Refused(Exception):
    """A refusal, on its way to whoever asked."""

    def __init__(self, reason: Reason, what: str = "", at: datetime | None = None) -> None:
        super().__init__(reason.value)
        self.refusal = Refusal(reason=reason, what=what, at=at)
