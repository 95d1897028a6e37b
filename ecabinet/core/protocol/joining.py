"""First trust, enrolment, signing in."""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from ecabinet.core.codec import AgencyCode, Digest, Identifier, Name
from ecabinet.core.envelope import Envelope
from ecabinet.core.people import Grant
from ecabinet.core.register import DeviceKeys


@dataclass(frozen=True, slots=True)
class Code:
    """A one-time code: 80 random bits, and the first 80 bits of SHA-256 over the server CA's public key (SPKI).

    So whoever types it also says which server he means, and no other can stand in for it.
    """

    secret: bytes
    ca_key_hash: bytes

    SIZE = 10

    @classmethod
    def for_server(cls, secret: bytes, ca_spki: bytes) -> Self:
        return cls(secret[: cls.SIZE], hashlib.sha256(ca_spki).digest()[: cls.SIZE])

    def text(self) -> str:
        """Eight groups of four letters and digits (base 32, RFC 4648)."""
        letters = base64.b32encode(self.secret + self.ca_key_hash).decode()
        return "-".join(letters[place : place + 4] for place in range(0, len(letters), 4))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Takes any case, spaces, dashes, and the digits 0, 1, 8 for O, I, B. Raises ValueError when it is no code."""
        letters = "".join(text.split()).replace("-", "").upper().translate(str.maketrans("018", "OIB"))
        try:
            data = base64.b32decode(letters)
        except (binascii.Error, ValueError) as error:
            raise ValueError("not a code") from error
        if len(data) != 2 * cls.SIZE:
            raise ValueError("not a code")
        return cls(data[: cls.SIZE], data[cls.SIZE :])

    def is_for(self, ca_spki: bytes) -> bool:
        return hashlib.sha256(ca_spki).digest()[: self.SIZE] == self.ca_key_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyName:
    """A body, as a person knows it."""

    body: AgencyCode
    name: str
    name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """Who is there, before anybody signs in."""

    protocol: int
    server_version: str
    now: datetime
    ca_certificate: bytes
    """DER: issuer of the server's TLS certificate. A code, or what was kept at first trust, tells the right one."""
    bodies: tuple[BodyName, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundingTermsRequest:
    """The founding code's secret, and the body to be founded with it."""

    secret: bytes
    body: AgencyCode
    name: str
    """The body's name, which the certificates of its CA bear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundingTerms:
    """What the server brings to a founding; the registrar signs it into leaf 0."""

    log_key: bytes
    ca_certificate: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Founding:
    """`body.founded`, with the founding code that lets it be leaf 0."""

    secret: bytes
    envelope: Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRequest:
    """Who is to be enrolled. The registrar may alter it when he confirms."""

    person: Name
    office: str
    office_en: str
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A one-time code for the person invited."""

    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentRequest:
    """The three keys of a device, with the signing key's certificate request (PKCS #10, DER)."""

    secret: bytes
    csr: bytes
    device_key: bytes
    sealing_key: bytes
    device_name: str


class EnrolmentState(StrEnum):
    """Where an enrolment stands with the registrar."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """An enrolment as the device that asked for it, and the registrar, see it."""

    enrolment: Identifier
    state: EnrolmentState
    body: AgencyCode
    body_name: str
    person: Name
    office: str
    office_en: str
    grants: tuple[Grant, ...]
    device_name: str
    keys: DeviceKeys
    asked_at: datetime


# ---------------------------------------------------------------- signing in


SIGN_IN_CONTEXT = b"ecabinet sign-in v1\x00"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeRequest:
    """Who wants to sign in."""

    device: Digest
    """SHA-256 of the device key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """32 random bytes, good for one answer."""

    challenge: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """The device key's signature over `sign_in_message()`: no clock is asked."""

    device: Digest
    challenge: bytes
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Goes with every further request as `Authorization: Bearer …`."""

    token: str
    expires_at: datetime


def sign_in_message(ca_spki: bytes, challenge: bytes) -> bytes:
    """What a device signs to sign in; naming the CA's key keeps an answer from being passed on to another server."""
    return SIGN_IN_CONTEXT + hashlib.sha256(ca_spki).digest() + challenge
