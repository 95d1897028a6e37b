"""What a certificate says, and whether it may sign statements under a given issuer at a given time.

The form is the one that `ecabinet.keys.certificates` makes and that PDF tools and OpenSSL want too: X.509 v3
(RFC 5280), P-256 or RSA of at least 2,048 bits, key usage digitalSignature and contentCommitment, extended key usage
emailProtection or documentSigning (RFC 9336). Whatever is critical and not known is refused.

A leaf is issued directly by one of the issuers that the caller trusts, or is itself one of them: a registrar's
certificate is self-signed and its own anchor. Revocation is not looked at: for keys of ours the ledger tells it.
Everything but the dates is worked out once per certificate and pair, and remembered within bounds.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import TypeGuard, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import (
    ExtendedKeyUsageOID,
    ExtensionOID,
    NameOID,
    PublicKeyAlgorithmOID,
)

from ecabinet.core import der

DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
"""id-kp-documentSigning (RFC 9336)."""

RSA_BITS = range(2048, 8193)

_REMEMBERED = 65_536
"""Certificates: all the electors of one ballot, who are judged more than once."""
_LOADED = 64
_CERTIFICATE_LIMIT = 16 * 1024
_VERSION = 0xA0
_BIT_STRING, _NO_UNUSED_BITS = 0x03, b"\x00"

_KNOWN_EXTENSIONS = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.SUBJECT_KEY_IDENTIFIER,
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
    }
)


class Reason(StrEnum):
    """Why a certificate is not good enough. The words are the interface's."""

    UNREADABLE = "unreadable"
    """Not an X.509 v3 certificate that can be read whole; its serial number, say, is not positive (RFC 5280)."""
    UNFIT_KEY = "unfit-key"
    """The key is neither on P-256 nor RSA of 2,048 to 8,192 bits."""
    UNKNOWN_EXTENSION = "unknown-extension"
    """A critical extension that is not known here."""
    UNFIT_USAGE = "unfit-usage"
    """The key usage lacks digitalSignature or contentCommitment, or the certificate is an authority's."""
    UNFIT_PURPOSE = "unfit-purpose"
    """The extended key usage has neither emailProtection nor documentSigning."""
    UNKNOWN_ISSUER = "unknown-issuer"
    """No certificate given bears the issuer's name."""
    NOT_ISSUED = "not-issued"
    """The named issuer may not issue, did not sign it, or signed it with an algorithm that does not count."""
    NOT_YET_VALID = "not-yet-valid"
    EXPIRED = "expired"
    ISSUER_NOT_YET_VALID = "issuer-not-yet-valid"
    ISSUER_EXPIRED = "issuer-expired"


class BadCertificate(Exception):
    """The certificate does not count, for this reason."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate taken apart."""

    encoded: bytes
    """The certificate, DER."""
    digest: bytes
    """SHA-256 of the DER."""
    serial_number: int
    not_before: datetime
    not_after: datetime
    public_key: EllipticCurvePublicKey | RSAPublicKey
    public_key_info: bytes
    """The SubjectPublicKeyInfo, DER."""
    subject_name: bytes
    """The subject, DER, as it stands in the certificate."""
    issuer_name: bytes
    """The issuer's name, DER, as it stands in the certificate."""
    issuer_and_serial: bytes
    """The contents of CMS's IssuerAndSerialNumber: two elements, DER."""
    unfitness: Reason | None
    """Why its key may sign no statements, whoever issued it."""

    @property
    def subject(self) -> str:
        """The whole subject, RFC 4514."""
        return _load(self.encoded).subject.rfc4514_string()

    @property
    def title(self) -> str:
        """The subject's title, or else its common name: for ours, the office held."""
        subject = _load(self.encoded).subject
        return _attribute(subject, NameOID.TITLE) or _attribute(subject, NameOID.COMMON_NAME)

    @property
    def organization(self) -> str:
        """The subject's organization: for ours, the body. Empty when the certificate names none."""
        return _attribute(_load(self.encoded).subject, NameOID.ORGANIZATION_NAME)

    @property
    def issuer(self) -> str:
        """The whole issuer's name, RFC 4514."""
        return _load(self.encoded).issuer.rfc4514_string()

    @property
    def is_self_issued(self) -> bool:
        """Whether subject and issuer are the same."""
        return self.subject_name == self.issuer_name


@lru_cache(_REMEMBERED)
def describe(encoded: bytes) -> Certificate:
    """Take a certificate in DER apart. Raises `BadCertificate` (unreadable, unfit key); checks nothing else."""
    if len(encoded) > _CERTIFICATE_LIMIT:
        raise BadCertificate(Reason.UNREADABLE)
    try:
        parsed = _load(encoded)
        # Keys, names and extensions are read when first asked for: ask now, so that nothing can fail later.
        key = parsed.public_key()
        certificate = _take_apart(encoded, parsed, key) if _is_fit(key, parsed.public_key_algorithm_oid) else None
        _ = parsed.subject, parsed.issuer
        is_sound = len(parsed.extensions) > 0 and parsed.serial_number > 0
    except UnsupportedAlgorithm as error:
        raise BadCertificate(Reason.UNFIT_KEY) from error
    except Exception as error:
        raise BadCertificate(Reason.UNREADABLE) from error
    if certificate is None:
        raise BadCertificate(Reason.UNFIT_KEY)
    if not is_sound:
        raise BadCertificate(Reason.UNREADABLE)
    return certificate


def check_certificate(encoded: bytes, issuers: Iterable[bytes], at: datetime) -> Certificate:
    """Check that a certificate may sign statements at a time, and return it taken apart.

    `issuers` are the certificates (DER) that the caller trusts to have issued it, or to be it. Raises `BadCertificate`.
    """
    certificate, issuer = _check_but_for_dates(encoded, tuple(issuers))
    if at < certificate.not_before:
        raise BadCertificate(Reason.NOT_YET_VALID)
    if at > certificate.not_after:
        raise BadCertificate(Reason.EXPIRED)
    if at < issuer.not_before:
        raise BadCertificate(Reason.ISSUER_NOT_YET_VALID)
    if at > issuer.not_after:
        raise BadCertificate(Reason.ISSUER_EXPIRED)
    return certificate


@lru_cache(_REMEMBERED)
def _check_but_for_dates(encoded: bytes, trusted: tuple[bytes, ...]) -> tuple[Certificate, Certificate]:
    """A certificate and whoever of `trusted` issued it; itself, if it is one of them."""
    certificate = describe(encoded)
    if certificate.unfitness is not None:
        raise BadCertificate(certificate.unfitness)
    if encoded in trusted:
        if certificate.is_self_issued and not _is_issued_by(encoded, encoded):
            raise BadCertificate(Reason.NOT_ISSUED)
        return certificate, certificate
    named = [each for each in map(describe, trusted) if each.subject_name == certificate.issuer_name]
    if not named:
        raise BadCertificate(Reason.UNKNOWN_ISSUER)
    issuer = next((each for each in named if _is_issued_by(encoded, each.encoded)), None)
    if issuer is None or not may_issue(issuer.encoded):
        raise BadCertificate(Reason.NOT_ISSUED)
    return certificate, issuer


def has_issued(issuer: bytes, encoded: bytes) -> bool:
    """Whether an authority (DER) may issue certificates and did issue this one (DER), whatever it is for.

    Raises BadCertificate for one that can't be read.
    """
    return describe(encoded).issuer_name == describe(issuer).subject_name and (
        _is_issued_by(encoded, issuer) and may_issue(issuer)
    )


def is_time_authority(encoded: bytes) -> bool:
    """Whether a certificate (DER) is for time stamps, and for nothing else (RFC 3161, 2.3). Raises BadCertificate."""
    extensions = _extensions(encoded)
    if any(each.critical and each.oid not in _KNOWN_EXTENSIONS for each in extensions):
        return False
    purposes = next((each for each in extensions if isinstance(each.value, x509.ExtendedKeyUsage)), None)
    usage = _extension(extensions, x509.KeyUsage)
    return (
        purposes is not None
        and purposes.critical
        and list(purposes.value) == [ExtendedKeyUsageOID.TIME_STAMPING]
        and (usage is None or usage.digital_signature or usage.content_commitment)
    )


def is_responder(encoded: bytes) -> bool:
    """Whether a certificate (DER) is for answering in its issuer's place (RFC 6960, 4.2.2.2). Raises BadCertificate."""
    purposes = _extension(_extensions(encoded), x509.ExtendedKeyUsage)
    return purposes is not None and ExtendedKeyUsageOID.OCSP_SIGNING in purposes


@lru_cache(_LOADED)
def _load(encoded: bytes) -> x509.Certificate:
    """What the library makes of it: ten times as large as what is needed again and again."""
    return x509.load_der_x509_certificate(encoded)


def _extensions(encoded: bytes) -> x509.Extensions:
    """Raises BadCertificate."""
    return _load(describe(encoded).encoded).extensions


def _is_fit(key: object, algorithm: x509.ObjectIdentifier) -> TypeGuard[EllipticCurvePublicKey | RSAPublicKey]:
    if isinstance(key, EllipticCurvePublicKey):
        return isinstance(key.curve, SECP256R1)
    # A key bound to RSASSA-PSS says so in its algorithm, with parameters of its own: none of ours.
    return (
        isinstance(key, RSAPublicKey)
        and algorithm == PublicKeyAlgorithmOID.RSAES_PKCS1_v1_5
        and key.key_size in RSA_BITS
    )


def _take_apart(encoded: bytes, parsed: x509.Certificate, key: EllipticCurvePublicKey | RSAPublicKey) -> Certificate:
    # Names as they stand, not as a library would write them again: other programs compare the bytes.
    outer = der.Reader(encoded).enter(der.SEQUENCE)
    fields = outer.enter(der.SEQUENCE)
    outer.element(der.SEQUENCE)
    if not outer.contents(_BIT_STRING).startswith(_NO_UNUSED_BITS):  # which libraries overlook
        raise der.Unexpected
    fields.element(_VERSION)
    serial = fields.element(der.INTEGER)
    fields.element(der.SEQUENCE)
    issuer_name = fields.element(der.SEQUENCE)
    fields.element(der.SEQUENCE)
    subject_name = fields.element(der.SEQUENCE)
    return Certificate(
        encoded=encoded,
        digest=hashlib.sha256(encoded).digest(),
        serial_number=parsed.serial_number,
        not_before=parsed.not_valid_before_utc,
        not_after=parsed.not_valid_after_utc,
        public_key=key,
        public_key_info=key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        subject_name=subject_name,
        issuer_name=issuer_name,
        issuer_and_serial=issuer_name + serial,
        unfitness=_unfitness(parsed.extensions),
    )


def _attribute(name: x509.Name, kind: x509.ObjectIdentifier) -> str:
    values = [each.value for each in name.get_attributes_for_oid(kind)]
    return next((value for value in values if isinstance(value, str)), "")


def _unfitness(extensions: x509.Extensions) -> Reason | None:
    if any(each.critical and each.oid not in _KNOWN_EXTENSIONS for each in extensions):
        return Reason.UNKNOWN_EXTENSION
    usage = _extension(extensions, x509.KeyUsage)
    constraints = _extension(extensions, x509.BasicConstraints)
    if usage is None or not (usage.digital_signature and usage.content_commitment) or (constraints and constraints.ca):
        return Reason.UNFIT_USAGE
    purposes = _extension(extensions, x509.ExtendedKeyUsage)
    if purposes is None or not {ExtendedKeyUsageOID.EMAIL_PROTECTION, DOCUMENT_SIGNING} & set(purposes):
        return Reason.UNFIT_PURPOSE
    return None


@lru_cache(_REMEMBERED)
def may_issue(encoded: bytes) -> bool:
    """Whether a certificate (DER) is an authority's. Raises BadCertificate."""
    extensions = _extensions(encoded)
    constraints = _extension(extensions, x509.BasicConstraints)
    usage = _extension(extensions, x509.KeyUsage)
    return constraints is not None and constraints.ca and (usage is None or usage.key_cert_sign)


@lru_cache(_LOADED)
def _is_issued_by(encoded: bytes, issuer: bytes) -> bool:
    certificate = _load(encoded)
    try:
        algorithm = certificate.signature_hash_algorithm
        if not isinstance(algorithm, SHA256 | SHA384 | SHA512):
            return False
        certificate.verify_directly_issued_by(_load(issuer))
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


_Extension = TypeVar("_Extension", bound=x509.ExtensionType)


def _extension(extensions: x509.Extensions, kind: type[_Extension]) -> _Extension | None:
    try:
        return extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
