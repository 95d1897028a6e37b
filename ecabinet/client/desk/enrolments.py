"""The registrar's work: who is invited, whose key is whose, whose key is none any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ecabinet.client.vault.changes import Changes
from ecabinet.core.codec import Digest, Identifier, Name
from ecabinet.core.people import Grant
from ecabinet.core.register import RevocationReason


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingEnrolment:
    """A device that waits. Its `phrase` must be the one the person reads out, screen to screen or by telephone."""

    enrolment: Identifier
    person: Name
    office: str
    office_en: str
    grants: tuple[Grant, ...]
    device_name: str
    phrase: str
    asked_at: datetime
    is_further_device: bool
    """The person is enrolled already, with another device."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLine:
    """A device of an enrolled person."""

    certificate_digest: Digest
    phrase: str
    not_after: datetime
    is_this_one: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    person: Name
    office: str
    office_en: str
    grants: tuple[Grant, ...]
    devices: tuple[DeviceLine, ...]
    """Those in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """A one-time code for one person. `address` is all of it, for a QR code or a file: `ecabinet://host:port/CODE`."""

    code: str
    address: str
    expires_at: datetime


class Enrolments:
    """Enrolling and revoking. What is signed goes through the outbox: it is sent at once, or as soon as there is a network."""

    def people(self) -> tuple[PersonLine, ...]:
        """Everybody in the register, in order of first enrolment."""
        raise NotImplementedError

    def waiting(self) -> tuple[WaitingEnrolment, ...]:
        """The longest waiting first."""
        raise NotImplementedError

    def invite(self, *, person: Name, office: str, office_en: str, grants: Sequence[Grant]) -> Invited:
        """*Network.* Raises RemoteError and its kinds."""
        raise NotImplementedError

    def confirm(self, enrolments: Sequence[WaitingEnrolment], pin: str) -> Changes:
        """Signs that these keys are these persons', with the offices and grants given here, which the registrar may have altered.

        Raises WrongPin, KeyUnusable, StorageUnusable, NotHere.
        """
        raise NotImplementedError

    def decline(self, enrolment: Identifier) -> Changes:
        """*Network.* Raises RemoteError and its kinds."""
        raise NotImplementedError

    def revoke(self, person: Name, certificate_digest: Digest, reason: RevocationReason, pin: str) -> Changes:
        """Signs that this device's key is none any more. Raises WrongPin, KeyUnusable, StorageUnusable, NotHere."""
        raise NotImplementedError
