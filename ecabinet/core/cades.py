"""Detached CAdES-B-B signatures (ETSI EN 319 122-1 over RFC 5652 and RFC 5035), in one strict form.

Promises: what `sign` writes `read` takes apart, and OpenSSL and pyHanko accept; `read` accepts nothing but this one
form, so that no two readers can understand the same bytes differently, and raises nothing but `BadSignature`, whatever
the bytes. The form: DER throughout; SignedData of version 1, SHA-256, no content, no CRLs; the signer's certificate
with its issuers, without the root unless that is the signer's own; one SignerInfo of version 1, named by issuer and
serial number; exactly the signed attributes content-type, signing-time, message-digest and signing-certificate-v2,
which names every certificate there; no unsigned attributes.

Whether the certificate is anybody's is not asked here: see `ecabinet.core.certificates` and the register.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256

from ecabinet.core import der
from ecabinet.core.certificates import BadCertificate, Certificate, describe
from ecabinet.core.signer import SignatureAlgorithm, Signer

SIZE_LIMIT = 32 * 1024
"""Bytes. A chain of three RSA certificates takes 6 KiB."""

_CONTEXT_0 = 0xA0
_UTC_TIME = 0x17
_GENERALIZED_TIME = 0x18
_REMEMBERED = 4096
_NULL = b"\x05\x00"

_SIGNED_DATA = der.encode_oid("1.2.840.113549.1.7.2")
_VERSION_1 = der.encode(der.INTEGER, b"\x01")
_SHA256_OID = der.encode_oid("2.16.840.1.101.3.4.2.1")
_SHA256 = der.encode(der.SEQUENCE, _SHA256_OID)
_DETACHED_DATA = der.encode(der.SEQUENCE, der.encode_oid("1.2.840.113549.1.7.1"))
_OPENING = _VERSION_1 + der.encode(der.SET, _SHA256) + _DETACHED_DATA

_PSS_PARAMETERS = der.encode(
    der.SEQUENCE,
    der.encode(0xA0, der.encode(der.SEQUENCE, _SHA256_OID, _NULL)),
    der.encode(
        0xA1,
        der.encode(
            der.SEQUENCE,
            der.encode_oid("1.2.840.113549.1.1.8"),
            der.encode(der.SEQUENCE, _SHA256_OID, _NULL),
        ),
    ),
    der.encode(0xA2, der.encode(der.INTEGER, b"\x20")),
)
_ALGORITHMS = {
    der.encode(der.SEQUENCE, der.encode_oid("1.2.840.10045.4.3.2")): SignatureAlgorithm.ECDSA_P256_SHA256,
    der.encode(
        der.SEQUENCE, der.encode_oid("1.2.840.113549.1.1.10"), _PSS_PARAMETERS
    ): SignatureAlgorithm.RSA_PSS_SHA256,
    # RFC 5754 knows two names for PKCS #1 v1.5 in a SignerInfo, and tokens use both.
    der.encode(der.SEQUENCE, der.encode_oid("1.2.840.113549.1.1.11"), _NULL): SignatureAlgorithm.RSA_PKCS1_SHA256,
    der.encode(der.SEQUENCE, der.encode_oid("1.2.840.113549.1.1.1"), _NULL): SignatureAlgorithm.RSA_PKCS1_SHA256,
}
_IDENTIFIERS = {algorithm: identifier for identifier, algorithm in reversed(_ALGORITHMS.items())}


def _attribute(dotted: str, value: bytes) -> bytes:
    return der.encode(der.SEQUENCE, der.encode_oid(dotted), der.encode(der.SET, value))


def _signing_time(at: datetime) -> bytes:
    at = at.astimezone(UTC)
    # RFC 5652, 11.3: UTCTime for the years that it can tell, GeneralizedTime for the others.
    if at.year in _UTC_YEARS:
        return _attribute("1.2.840.113549.1.9.5", der.encode(_UTC_TIME, at.strftime("%y%m%d%H%M%SZ").encode()))
    digits = f"{at.year:04}{at:%m%d%H%M%S}Z"
    return _attribute("1.2.840.113549.1.9.5", der.encode(_GENERALIZED_TIME, digits.encode()))


def _message_digest(digest: bytes) -> bytes:
    return _attribute("1.2.840.113549.1.9.4", der.encode(der.OCTET_STRING, digest))


@lru_cache(_REMEMBERED)
def _signing_certificates(*digests: bytes) -> bytes:
    """The whole path, the signer's own first, so that no certificate can be exchanged under a signature.

    Each an ESSCertIDv2 with SHA-256, its default; issuer and serial number stand in the SignerInfo already.
    """
    references = [der.encode(der.SEQUENCE, der.encode(der.OCTET_STRING, digest)) for digest in digests]
    value = der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, *references))
    return _attribute("1.2.840.113549.1.9.16.2.47", value)


# DER sorts a set by its encodings; these four differ in their second byte, the length, whatever their values are.
_UTC_YEARS = range(1950, 2050)
_UTC_TIME_SIZE = 13
_DIGEST = bytes(32)
_CONTENT_TYPE = _attribute("1.2.840.113549.1.9.3", der.encode_oid("1.2.840.113549.1.7.1"))
_UTC_TIME_PREFIX = _signing_time(datetime(2000, 1, 1, tzinfo=UTC))[:-13]
_GENERALIZED_TIME_PREFIX = _signing_time(datetime(2050, 1, 1, tzinfo=UTC))[:-15]
_MESSAGE_DIGEST_PREFIX = _message_digest(_DIGEST)[:-32]
_KNOWN_ATTRIBUTES = frozenset(der.encode_oid(f"1.2.840.113549.1.9.{arc}") for arc in ("3", "4", "5", "16.2.47"))

_ECDSA = ECDSA(Prehashed(SHA256()))  # hashing by `hashlib` takes less time
_PSS = PSS(mgf=MGF1(SHA256()), salt_length=32)
_PKCS1 = PKCS1v15()
_HASH = SHA256()


class Reason(StrEnum):
    """Why a signature is not good. The words are the interface's."""

    TOO_LARGE = "too-large"
    NOT_DER = "not-der"
    """Cut short, trailing bytes, or a length or a set not written the one way that DER allows."""
    UNKNOWN_FORM = "unknown-form"
    """Something other than this form of CMS: another version, content inside, CRLs, unsigned attributes …"""
    UNKNOWN_ALGORITHM = "unknown-algorithm"
    SEVERAL_SIGNERS = "several-signers"
    BAD_CERTIFICATE = "bad-certificate"
    """A certificate that cannot be read, or whose key is of no kind used here."""
    STRAY_CERTIFICATE = "stray-certificate"
    """A certificate that is not on the signer's path, or a root."""
    SIGNER_NOT_FOUND = "signer-not-found"
    """The certificate that the SignerInfo names is not there."""
    OTHER_CERTIFICATE = "other-certificate"
    """The certificates are not those that the signed attributes name by their hashes."""
    DUPLICATE_ATTRIBUTE = "duplicate-attribute"
    UNKNOWN_ATTRIBUTE = "unknown-attribute"
    MISSING_ATTRIBUTE = "missing-attribute"
    BAD_ATTRIBUTE = "bad-attribute"
    """A known attribute with a value of another form."""
    OTHER_CONTENT = "other-content"
    """The signature is over other content."""
    FORGED = "forged"
    """The signature value is not the certified key's."""


class BadSignature(Exception):
    """The signature does not count, for this reason."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A signature taken apart."""

    certificates: tuple[bytes, ...]
    """DER: the signer's, its issuer's, and so on; each is named by its hash in what is signed."""
    signed_at: datetime
    """What the signer's clock said, to the second: a claim."""
    message_digest: bytes
    """SHA-256 of the content."""
    algorithm: SignatureAlgorithm
    signed_attributes: bytes
    """The DER SET OF attributes that the value signs."""
    value: bytes

    @property
    def signer_certificate(self) -> bytes:
        """The signer's own certificate, DER."""
        return self.certificates[0]


def sign(content: bytes, signer: Signer, at: datetime) -> bytes:
    """Sign content; returns the detached signature, DER. `at` is what the signer's clock says, aware.

    Raises `ValueError` for a signer whose chain or algorithm is not of this form, and whatever its key raises.
    """
    if at.tzinfo is None:
        raise ValueError("a signing time without zone")
    if signer.algorithm is SignatureAlgorithm.RSA_PKCS1_SHA256:
        raise ValueError("PKCS #1 v1.5 is checked, never made")
    try:
        chain = [describe(encoded) for encoded in signer.chain]
    except BadCertificate as error:
        raise ValueError("a chain that cannot be read") from error
    if not chain or _path(chain[0], chain) != chain or not _suits(chain[0], signer.algorithm):
        raise ValueError("a chain that is no path, or a key of another kind")
    attributes = [
        _CONTENT_TYPE,
        _signing_time(at),
        _message_digest(hashlib.sha256(content).digest()),
        _signing_certificates(*(each.digest for each in chain)),
    ]
    signer_info = der.encode(
        der.SEQUENCE,
        _VERSION_1,
        der.encode(der.SEQUENCE, chain[0].issuer_and_serial),
        _SHA256,
        der.encode(_CONTEXT_0, *attributes),
        _IDENTIFIERS[signer.algorithm],
        der.encode(der.OCTET_STRING, signer.sign(der.encode(der.SET, *attributes))),
    )
    signed_data = der.encode(
        der.SEQUENCE,
        _OPENING,
        der.encode(_CONTEXT_0, *sorted(signer.chain)),
        der.encode(der.SET, signer_info),
    )
    return der.encode(der.SEQUENCE, _SIGNED_DATA, der.encode(_CONTEXT_0, signed_data))


def read(signature: bytes) -> Signature:
    """Take a signature apart without checking its value. Raises `BadSignature`."""
    return _read(signature)[0]


def verify(content: bytes, signature: bytes) -> Signature:
    """Check a detached signature over content, certificates apart, and return it. Raises `BadSignature`."""
    return verify_digest(hashlib.sha256(content).digest(), signature)


def verify_digest(content_digest: bytes, signature: bytes) -> Signature:
    """`verify` for content that was hashed already, with SHA-256."""
    found, signer = _read(signature)
    if content_digest != found.message_digest:
        raise BadSignature(Reason.OTHER_CONTENT)
    key = signer.public_key
    try:
        if found.algorithm is SignatureAlgorithm.ECDSA_P256_SHA256:  # which suits the key, or it would not be read
            digest = hashlib.sha256(found.signed_attributes).digest()
            cast("EllipticCurvePublicKey", key).verify(found.value, digest, _ECDSA)
        else:
            padding = _PSS if found.algorithm is SignatureAlgorithm.RSA_PSS_SHA256 else _PKCS1
            cast("RSAPublicKey", key).verify(found.value, found.signed_attributes, padding, _HASH)
    except InvalidSignature:
        raise BadSignature(Reason.FORGED) from None
    return found


@dataclass(frozen=True, slots=True)
class _Mould:
    """A signature that was read, but for what differs in the next one of its signer: time, digest and value.

    Whatever fills those three places, `_read_content_info` would take the rest of the bytes as it took these.
    """

    head: bytes
    """Up to the digits of the signing time, a UTCTime."""
    middle: bytes
    """From there to the message digest."""
    tail: bytes
    """From there to the signature value, which is the rest."""
    middle_at: int
    digest_at: int
    tail_at: int
    value_at: int
    attributes_at: int
    """Where the signed attributes begin."""
    attributes_end: int
    certificates: tuple[bytes, ...]
    signer: Certificate

    @classmethod
    def of(cls, encoded: bytes, found: Signature, signer: Certificate) -> "_Mould":
        """From a signature in P-256, dated by a UTCTime, that was read."""
        value_at = len(encoded) - len(found.value)
        end = len(encoded) - len(der.encode(der.OCTET_STRING, found.value)) - len(_IDENTIFIERS[found.algorithm])
        digests = [hashlib.sha256(each).digest() for each in found.certificates]
        digest_at = end - len(_signing_certificates(*digests)) - len(_DIGEST)
        time_at = digest_at - len(_MESSAGE_DIGEST_PREFIX) - _UTC_TIME_SIZE
        middle_at, tail_at = time_at + _UTC_TIME_SIZE, digest_at + len(_DIGEST)
        return cls(
            head=encoded[:time_at],
            middle=encoded[middle_at:digest_at],
            tail=encoded[tail_at:value_at],
            middle_at=middle_at,
            digest_at=digest_at,
            tail_at=tail_at,
            value_at=value_at,
            attributes_at=end - len(found.signed_attributes),
            attributes_end=end,
            certificates=found.certificates,
            signer=signer,
        )

    def read(self, encoded: bytes) -> tuple[Signature, Certificate] | None:
        """The signature, if it has this mould. Raises `BadSignature` for a time that is none."""
        middle_at, digest_at, tail_at, value_at = self.middle_at, self.digest_at, self.tail_at, self.value_at
        if (
            encoded[middle_at:digest_at] != self.middle
            or encoded[tail_at:value_at] != self.tail
            or not encoded.startswith(self.head)
        ):
            return None
        found = Signature(
            certificates=self.certificates,
            signed_at=_read_utc_time(encoded[middle_at - _UTC_TIME_SIZE : middle_at]),
            message_digest=encoded[digest_at:tail_at],
            algorithm=SignatureAlgorithm.ECDSA_P256_SHA256,
            signed_attributes=b"\x31" + encoded[self.attributes_at + 1 : self.attributes_end],
            value=encoded[value_at:],
        )
        return found, self.signer


_MOULDS: dict[tuple[int, bytes], _Mould] = {}
"""By a signature's size and where its first certificate has its serial number: one for each signer, or nearly."""
_SERIAL_NUMBER = slice(4 + len(_SIGNED_DATA) + 8 + len(_OPENING) + 4, 4 + len(_SIGNED_DATA) + 8 + len(_OPENING) + 64)


def _read(signature: bytes) -> tuple[Signature, Certificate]:
    if len(signature) > SIZE_LIMIT:
        raise BadSignature(Reason.TOO_LARGE)
    likeness = (len(signature), signature[_SERIAL_NUMBER])
    mould = _MOULDS.get(likeness)
    known = None if mould is None else mould.read(signature)
    if known is not None:
        return known
    found, signer = _read_strictly(signature)
    if found.algorithm is SignatureAlgorithm.ECDSA_P256_SHA256 and found.signed_at.year in _UTC_YEARS:
        if len(_MOULDS) >= _REMEMBERED:
            _MOULDS.clear()
        _MOULDS[likeness] = _Mould.of(signature, found, signer)
    return found, signer


def _read_strictly(signature: bytes) -> tuple[Signature, Certificate]:
    try:
        return _read_content_info(signature)
    except der.NotDer:
        raise BadSignature(Reason.NOT_DER) from None
    except der.Unexpected:
        raise BadSignature(Reason.UNKNOWN_FORM) from None
    except BadCertificate as error:
        raise BadSignature(Reason.BAD_CERTIFICATE) from error


def _read_content_info(signature: bytes) -> tuple[Signature, Certificate]:
    outer = der.Reader(signature)
    content_info = outer.enter(der.SEQUENCE)
    if not outer.is_finished:
        raise der.NotDer
    content_info.expect(_SIGNED_DATA)
    explicit = content_info.enter(_CONTEXT_0)
    content_info.finish()
    signed_data = explicit.enter(der.SEQUENCE)
    explicit.finish()
    signed_data.expect(_OPENING)
    certificates = _read_set(signed_data.enter(_CONTEXT_0))
    signer_infos = signed_data.enter(der.SET)
    signed_data.finish()

    info = signer_infos.enter(der.SEQUENCE)
    if not signer_infos.is_finished:
        raise BadSignature(Reason.SEVERAL_SIGNERS)
    info.expect(_VERSION_1)
    issuer_and_serial = info.contents(der.SEQUENCE)
    if info.element(der.SEQUENCE) != _SHA256:
        raise BadSignature(Reason.UNKNOWN_ALGORITHM)
    signed_attributes = info.element(_CONTEXT_0)
    algorithm = _ALGORITHMS.get(info.element(der.SEQUENCE))
    if algorithm is None:
        raise BadSignature(Reason.UNKNOWN_ALGORITHM)
    value = info.contents(der.OCTET_STRING)
    info.finish()

    attributes = _read_set(der.Reader(signed_attributes).enter(_CONTEXT_0))
    signed_at, message_digest = _read_attributes(attributes)
    signer, *issuers = _read_path(certificates, issuer_and_serial)
    if attributes[-1] != _signing_certificates(signer.digest, *(each.digest for each in issuers)):
        fault = _attribute_fault(attributes)
        raise BadSignature(Reason.OTHER_CERTIFICATE if fault is Reason.BAD_ATTRIBUTE else fault)
    if not _suits(signer, algorithm):
        raise BadSignature(Reason.UNKNOWN_ALGORITHM)
    return (
        Signature(
            certificates=(signer.encoded, *(each.encoded for each in issuers)),
            signed_at=signed_at,
            message_digest=message_digest,
            algorithm=algorithm,
            signed_attributes=b"\x31" + signed_attributes[1:],  # RFC 5652, 5.4: signed as a SET OF
            value=value,
        ),
        signer,
    )


def _read_set(reader: der.Reader) -> list[bytes]:
    """The sequences in a SET OF, which DER wants sorted."""
    elements: list[bytes] = []
    while not reader.is_finished:
        element = reader.element(der.SEQUENCE)
        if elements and element < elements[-1]:
            raise der.NotDer
        elements.append(element)
    return elements


def _read_path(certificates: list[bytes], issuer_and_serial: bytes) -> list[Certificate]:
    """The signer's certificate, its issuer's, and so on: all the certificates that are there."""
    described = [describe(encoded) for encoded in certificates]
    signer = next((each for each in described if each.issuer_and_serial == issuer_and_serial), None)
    if signer is None:
        raise BadSignature(Reason.SIGNER_NOT_FOUND)
    path = _path(signer, described)
    if len(path) != len(described):
        raise BadSignature(Reason.STRAY_CERTIFICATE)
    return path


def _read_attributes(attributes: list[bytes]) -> tuple[datetime, bytes]:
    """Signing time and message digest; the last attribute, of the certificates, is left to be compared with them."""
    if len(attributes) != len(_KNOWN_ATTRIBUTES):
        raise BadSignature(_attribute_fault(attributes))
    content_type, signing_time, message_digest, _ = attributes
    # A prefix holds the lengths, so that what follows it can be nothing but the value.
    if (
        content_type != _CONTENT_TYPE
        or not signing_time.startswith((_UTC_TIME_PREFIX, _GENERALIZED_TIME_PREFIX))
        or not message_digest.startswith(_MESSAGE_DIGEST_PREFIX)
    ):
        raise BadSignature(_attribute_fault(attributes))
    return _read_time(signing_time), message_digest[-32:]


def _read_time(attribute: bytes) -> datetime:
    if attribute.startswith(_UTC_TIME_PREFIX):
        return _read_utc_time(attribute[-_UTC_TIME_SIZE:])
    time = _read_digits(attribute[-15:-1], attribute[-1:])
    if time.year in _UTC_YEARS:
        raise BadSignature(Reason.BAD_ATTRIBUTE)
    return time


def _read_utc_time(value: bytes) -> datetime:
    return _read_digits((b"20" if value < b"50" else b"19") + value[:-1], value[-1:])


def _read_digits(digits: bytes, zone: bytes) -> datetime:
    try:
        if not digits.isdigit() or zone != b"Z":
            raise BadSignature(Reason.BAD_ATTRIBUTE)
        return datetime(
            int(digits[:4]),
            int(digits[4:6]),
            int(digits[6:8]),
            int(digits[8:10]),
            int(digits[10:12]),
            int(digits[12:]),
            tzinfo=UTC,
        )
    except ValueError:
        raise BadSignature(Reason.BAD_ATTRIBUTE) from None


def _attribute_fault(attributes: list[bytes]) -> Reason:
    kinds = [der.Reader(attribute).enter(der.SEQUENCE).element(der.OBJECT_IDENTIFIER) for attribute in attributes]
    if len(set(kinds)) < len(kinds):
        return Reason.DUPLICATE_ATTRIBUTE
    if not _KNOWN_ATTRIBUTES.issuperset(kinds):
        return Reason.UNKNOWN_ATTRIBUTE
    return Reason.BAD_ATTRIBUTE if len(kinds) == len(_KNOWN_ATTRIBUTES) else Reason.MISSING_ATTRIBUTE


def _path(own: Certificate, certificates: list[Certificate]) -> list[Certificate]:
    """The signer's certificate, its issuer's, and so on, as far as they are there; no root but the signer's own."""
    path = [own]
    while not path[-1].is_self_issued:
        name = path[-1].issuer_name
        issuer = next((each for each in certificates if each.subject_name == name and not each.is_self_issued), None)
        if issuer is None or issuer in path:
            break
        path.append(issuer)
    return path


def _suits(certificate: Certificate, algorithm: SignatureAlgorithm) -> bool:
    is_on_curve = isinstance(certificate.public_key, EllipticCurvePublicKey)
    return is_on_curve == (algorithm is SignatureAlgorithm.ECDSA_P256_SHA256)
