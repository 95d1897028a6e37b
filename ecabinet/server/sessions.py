"""Signing in: a device answers a challenge with its device key, and gets a token for some hours.

Promises: a challenge is good for two minutes and one answer; tokens are kept as digests only; whoever tries codes from
one address too often has to wait. No clock but the server's is asked.
"""

import hashlib
import hmac
import secrets
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ecabinet.core.codec import AgencyCode, Digest, Name
from ecabinet.core.protocol import (
    Challenge,
    ChallengeRequest,
    EnrolmentState,
    Reason,
    Refused,
    SignedIn,
    SignIn,
    sign_in_message,
)
from ecabinet.server import schema
from ecabinet.server.store import Store

_CHALLENGE_LASTS = timedelta(minutes=2)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_TIME_SIZE = 8
_MAC_SIZE = 16
_NONCE_SIZE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: a person of a body, signed in with a device."""

    body: AgencyCode
    person: Name


class Sessions:
    """Challenges and tokens of one server."""

    def __init__(self, store: Store, *, ca_spki: bytes, secret: bytes, lasts: timedelta) -> None:
        self._store = store
        self._ca_spki = ca_spki
        self._secret = secret
        self._lasts = lasts

    def challenge(self, request: ChallengeRequest) -> Challenge:
        """Eight bytes of time, eight random, and a MAC over both and the device: nothing is stored for strangers."""
        now = (self._store.now() - _BEGINNING) // timedelta(milliseconds=1)
        head = now.to_bytes(_TIME_SIZE, "big") + secrets.token_bytes(_NONCE_SIZE)
        return Challenge(challenge=head + self._mac(head, request.device))

    def sign_in(self, answer: SignIn) -> SignedIn:
        """Raises Refused: not_signed_in, not_confirmed or revoked."""
        now = self._store.now()
        if not self._is_ours(answer, now):
            raise Refused(Reason.NOT_SIGNED_IN)
        enrolments = self._store.enrolments_of(answer.device)
        if not enrolments or not self._is_answered(answer, enrolments[0][0].device_key):
            raise Refused(Reason.NOT_SIGNED_IN)
        confirmed = [each for each in enrolments if each[0].state == EnrolmentState.CONFIRMED.value]
        if not confirmed:
            raise Refused(Reason.NOT_CONFIRMED)
        if all(enrolment.is_revoked for enrolment, _ in confirmed):
            raise Refused(Reason.REVOKED)
        token = secrets.token_urlsafe(32)
        row = schema.SignIn(
            digest=token_digest(token),
            device=answer.device,
            challenge_digest=hashlib.sha256(answer.challenge).hexdigest(),
            expires_at=now + self._lasts,
        )
        if not self._store.add_sign_in(row, now):
            raise Refused(Reason.NOT_SIGNED_IN)
        return SignedIn(token=token, expires_at=row.expires_at)

    def caller(self, authorization: str, body: AgencyCode) -> Caller:
        """Who asks, by the header. Raises Refused: not_signed_in, or no_right for who is not of this body."""
        (found,) = self.callers(body, [authorization])
        if isinstance(found, Refused):
            raise found
        return found

    def callers(self, body: AgencyCode, authorizations: Sequence[str]) -> list[Caller | Refused]:
        """Who they are that ask, in one question."""
        now = self._store.now()
        tokens = [_token_digest_in(each) for each in authorizations]
        known = self._store.callers({each for each in tokens if each is not None}, body, now)
        return [
            Caller(body=body, person=known[token]) if token in known else self._refusal(token, now) for token in tokens
        ]

    def _refusal(self, token: Digest | None, now: datetime) -> Refused:
        is_signed_in = token is not None and self._store.is_signed_in(token, now)
        return Refused(Reason.NO_RIGHT if is_signed_in else Reason.NOT_SIGNED_IN)

    def _mac(self, head: bytes, device: str) -> bytes:
        return hmac.digest(self._secret, head + bytes.fromhex(device), "sha256")[:_MAC_SIZE]

    def _is_ours(self, answer: SignIn, now: datetime) -> bool:
        head, mac = answer.challenge[:-_MAC_SIZE], answer.challenge[-_MAC_SIZE:]
        if len(head) != _TIME_SIZE + _NONCE_SIZE or not hmac.compare_digest(mac, self._mac(head, answer.device)):
            return False
        asked_at = _BEGINNING + timedelta(milliseconds=int.from_bytes(head[:_TIME_SIZE], "big"))
        return timedelta() <= now - asked_at <= _CHALLENGE_LASTS

    def _is_answered(self, answer: SignIn, device_key: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(device_key).verify(
                answer.signature, sign_in_message(self._ca_spki, answer.challenge)
            )
        except InvalidSignature:
            return False
        return True


def token_digest(token: str) -> Digest:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _token_digest_in(authorization: str) -> Digest | None:
    scheme, _, token = authorization.partition(" ")
    return token_digest(token) if scheme.lower() == "bearer" and token else None


class Throttle:
    """Counts what went wrong, by address: after `most` within `within`, no more until some of it is long enough ago."""

    def __init__(self, *, most: int = 20, within: timedelta = timedelta(minutes=10)) -> None:
        self._most = most
        self._within = within.total_seconds()
        self._wrong: dict[str, deque[float]] = {}
        self._swept_at = time.monotonic()
        self._lock = threading.Lock()

    def check(self, address: str) -> None:
        """Raises Refused (too_many_attempts, with the time from which it is worth trying again)."""
        with self._lock:
            wrong = self._recent(address)
            if len(wrong) >= self._most:
                wait = timedelta(seconds=wrong[0] + self._within - time.monotonic())
                raise Refused(Reason.TOO_MANY_ATTEMPTS, at=datetime.now(UTC) + wait)

    def count(self, address: str) -> None:
        """Something went wrong once more."""
        with self._lock:
            self._recent(address).append(time.monotonic())

    def _recent(self, address: str) -> deque[float]:
        now = time.monotonic()
        horizon = now - self._within
        if self._swept_at < horizon:  # now and then: there are more addresses than may be looked through each time
            self._swept_at = now
            self._wrong = {known: wrong for known, wrong in self._wrong.items() if wrong and wrong[-1] >= horizon}
        wrong = self._wrong.setdefault(address, deque(maxlen=self._most))
        while wrong and wrong[0] < horizon:
            wrong.popleft()
        return wrong
