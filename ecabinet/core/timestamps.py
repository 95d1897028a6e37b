"""Time stamps (RFC 3161): asking an authority for one, and reading what it gave.

A token says that somebody's bytes were there at a time, by a clock that is none of ours. Promises: `read` raises
nothing but `BadTimeStamp`, whatever the bytes, and what it accepts has no byte that means nothing: DER, one signer with
SHA-2, and no certificate but those on his path, each issued by the next, and the last by whom `check_authority` asks.

Whether the authority is to be believed is asked apart: see `check_authority`.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm

from ecabinet.core import der
from ecabinet.core.certificates import BadCertificate, Certificate, describe, has_issued, is_time_authority

SIZE_LIMIT = 64 * 1024
"""Bytes. A token with a path of three RSA-4096 certificates takes 8 KiB."""
NONCE_SIZE = 16

_BOOLEAN, _GENERALIZED_TIME = 0x01, 0x18
_CONTEXT_0, _CONTEXT_1 = 0xA0, 0xA1
_MILLIS, _MICROS = 0x80, 0x81
_NULL = b"\x05\x00"
_TRUE = der.encode(_BOOLEAN, b"\xff")
_VERSION_1 = der.encode(der.INTEGER, b"\x01")
_VERSION_3 = der.encode(der.INTEGER, b"\x03")
_GRANTED = (b"\x00", b"\x01")
"""With or without modifications (RFC 3161, 2.4.2)."""
_LONGEST_PATH = 8

_SIGNED_DATA = der.encode_oid("1.2.840.113549.1.7.2")
_TST_INFO = der.encode_oid("1.2.840.113549.1.9.16.1.4")
_CONTENT_TYPE = der.encode_oid("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST = der.encode_oid("1.2.840.113549.1.9.4")
_SIGNING_CERTIFICATE = der.encode_oid("1.2.840.113549.1.9.16.2.12")
_SIGNING_CERTIFICATE_V2 = der.encode_oid("1.2.840.113549.1.9.16.2.47")
_SHA256 = der.encode(der.SEQUENCE, der.encode_oid("2.16.840.1.101.3.4.2.1"), _NULL)


def _identifiers(dotted: str) -> tuple[bytes, bytes]:
    """An algorithm's identifier without parameters, and with NULL: both are written (RFC 5754, 2)."""
    oid = der.encode_oid(dotted)
    return der.encode(der.SEQUENCE, oid), der.encode(der.SEQUENCE, oid, _NULL)


_HASHES: dict[bytes, HashAlgorithm] = {
    identifier: algorithm
    for arc, algorithm in ((1, SHA256()), (2, SHA384()), (3, SHA512()))
    for identifier in _identifiers(f"2.16.840.1.101.3.4.2.{arc}")
}
_RSA = {
    identifier: name
    for arc, name in ((1, ""), (11, "sha256"), (12, "sha384"), (13, "sha512"))
    for identifier in _identifiers(f"1.2.840.113549.1.1.{arc}")
}
"""PKCS #1 v1.5, which authorities still use; the first leaves the hash to the digest's algorithm."""
_ECDSA = {
    der.encode(der.SEQUENCE, der.encode_oid(f"1.2.840.10045.4.3.{arc}")): name
    for arc, name in ((2, "sha256"), (3, "sha384"), (4, "sha512"))
}


class Reason(StrEnum):
    """Why a time stamp does not count. The words are the interface's."""

    NOT_GRANTED = "not-granted"
    """The authority answered, and gave no token."""
    OTHER_REQUEST = "other-request"
    """The answer is to another request: its nonce is another."""
    NOT_DER = "not-der"
    UNKNOWN_FORM = "unknown-form"
    UNKNOWN_ALGORITHM = "unknown-algorithm"
    BAD_ATTRIBUTE = "bad-attribute"
    BAD_CERTIFICATE = "bad-certificate"
    """A certificate that cannot be read, or is not on the signer's path, or was not issued by the next on it."""
    OTHER_CONTENT = "other-content"
    """It stamps something else."""
    FORGED = "forged"
    UNFIT_AUTHORITY = "unfit-authority"
    """The signer's certificate is not one for time stamps (RFC 3161, 2.3), or was not valid at that time."""
    UNKNOWN_AUTHORITY = "unknown-authority"
    """No authority that is trusted vouches for the signer."""


class BadTimeStamp(Exception):
    """The time stamp does not count, for this reason."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeStamp:
    """A token taken apart; its signature holds."""

    at: datetime
    accuracy: timedelta
    """By how much the authority may be wrong, either way; 0 where it does not say."""
    digest: bytes
    """SHA-256 of what was stamped."""
    nonce: int | None
    path: tuple[Certificate, ...]
    """The signer's certificate, its issuer's, and so on, as far as they are there."""

    @property
    def authority(self) -> str:
        """Whose clock it was: the subject of the signer's certificate, RFC 4514."""
        return self.path[0].subject


def write_request(content: bytes, nonce: int) -> bytes:
    """A TimeStampReq, DER: SHA-256 of content, and the authority's certificates asked for."""
    imprint = der.encode(der.SEQUENCE, _SHA256, der.encode(der.OCTET_STRING, hashlib.sha256(content).digest()))
    return der.encode(der.SEQUENCE, _VERSION_1, imprint, _write_integer(nonce), _TRUE)


def read_response(response: bytes, content: bytes, nonce: int) -> bytes:
    """The token (DER) in the TimeStampResp that answers the request for this. Raises BadTimeStamp."""
    try:
        outer = der.Reader(response)
        answer = outer.enter(der.SEQUENCE)
        outer.finish()
        status = answer.enter(der.SEQUENCE)
        if status.contents(der.INTEGER) not in _GRANTED:
            raise BadTimeStamp(Reason.NOT_GRANTED)
        token = answer.element(der.SEQUENCE)
        answer.finish()
    except der.NotDer:
        raise BadTimeStamp(Reason.NOT_DER) from None
    except der.Unexpected:
        raise BadTimeStamp(Reason.UNKNOWN_FORM) from None
    if verify(content, token).nonce != nonce:
        raise BadTimeStamp(Reason.OTHER_REQUEST)
    return token


def read(token: bytes) -> TimeStamp:
    """Take a token apart and check its signature. Raises BadTimeStamp."""
    if len(token) > SIZE_LIMIT:
        raise BadTimeStamp(Reason.UNKNOWN_FORM)
    try:
        return _read_token(token)
    except der.NotDer:
        raise BadTimeStamp(Reason.NOT_DER) from None
    except der.Unexpected:
        raise BadTimeStamp(Reason.UNKNOWN_FORM) from None
    except BadCertificate as error:
        raise BadTimeStamp(Reason.BAD_CERTIFICATE) from error


def verify(content: bytes, token: bytes) -> TimeStamp:
    """Check that a token stamps this content; whose it is, `check_authority` asks. Raises BadTimeStamp."""
    found = read(token)
    if hashlib.sha256(content).digest() != found.digest:
        raise BadTimeStamp(Reason.OTHER_CONTENT)
    return found


def check_authority(stamp: TimeStamp, anchors: Iterable[bytes]) -> None:
    """Check that an authority among `anchors` (certificates, DER), or one that it certified, gave the time stamp.

    Everything is judged at the time that it tells; whether anybody was revoked is not looked at. Raises BadTimeStamp.
    """
    trusted = frozenset(anchors)
    signer = stamp.path[0]
    if not is_time_authority(signer.encoded):
        raise BadTimeStamp(Reason.UNFIT_AUTHORITY)
    for place, each in enumerate(stamp.path):
        if each.encoded in trusted:
            anchor = each
        else:
            found = next((one for one in trusted if has_issued(one, each.encoded)), None)
            if found is None:
                continue
            anchor = describe(found)
        if not all(one.not_before <= stamp.at <= one.not_after for one in (*stamp.path[: place + 1], anchor)):
            raise BadTimeStamp(Reason.UNFIT_AUTHORITY)
        return
    raise BadTimeStamp(Reason.UNKNOWN_AUTHORITY)


# ---------------------------------------------------------------- the token


@dataclass(frozen=True, slots=True)
class _SignerInfo:
    issuer_and_serial: bytes
    digest: HashAlgorithm
    attributes: bytes
    """[0] IMPLICIT, whole."""
    algorithm: bytes
    value: bytes


def _read_token(token: bytes) -> TimeStamp:
    outer = der.Reader(token)
    content_info = outer.enter(der.SEQUENCE)
    outer.finish()
    content_info.expect(_SIGNED_DATA)
    explicit = content_info.enter(_CONTEXT_0)
    content_info.finish()
    signed_data = explicit.enter(der.SEQUENCE)
    explicit.finish()

    signed_data.expect(_VERSION_3)
    digests = _elements(signed_data.enter(der.SET))
    enclosed = signed_data.enter(der.SEQUENCE)
    enclosed.expect(_TST_INFO)
    wrapped = enclosed.enter(_CONTEXT_0)
    enclosed.finish()
    content = wrapped.contents(der.OCTET_STRING)
    wrapped.finish()
    certificates = _elements(signed_data.enter(_CONTEXT_0))
    infos = signed_data.enter(der.SET)
    signed_data.finish()

    info = _read_signer_info(infos.enter(der.SEQUENCE))
    infos.finish()
    if [_hash(each).name for each in digests] != [info.digest.name]:
        raise BadTimeStamp(Reason.UNKNOWN_ALGORITHM)
    path = _read_path(certificates, info.issuer_and_serial)
    _check_attributes(info, content, path[0])
    _check_value(info, path[0])
    return _read_info(content, path)


def _read_signer_info(info: der.Reader) -> _SignerInfo:
    info.expect(_VERSION_1)
    issuer_and_serial = info.contents(der.SEQUENCE)
    digest = _hash(info.element(der.SEQUENCE))
    found = _SignerInfo(
        issuer_and_serial,
        digest,
        attributes=info.element(_CONTEXT_0),
        algorithm=info.element(der.SEQUENCE),
        value=info.contents(der.OCTET_STRING),
    )
    info.finish()
    return found


def _read_path(certificates: list[bytes], issuer_and_serial: bytes) -> tuple[Certificate, ...]:
    """The signer's certificate and its issuers': all that are there, each issued by the next, a root by itself."""
    described = [describe(each) for each in certificates]
    path = [each for each in described if each.issuer_and_serial == issuer_and_serial]
    if len(path) != 1 or len(described) > _LONGEST_PATH:
        raise BadTimeStamp(Reason.BAD_CERTIFICATE)
    while not path[-1].is_self_issued:
        issuer = next((each for each in described if each.subject_name == path[-1].issuer_name), None)
        if issuer is None or issuer in path:
            break
        path.append(issuer)
    links = list(pairwise(path))
    if path[-1].is_self_issued:
        links.append((path[-1], path[-1]))
    if len(path) != len(described) or not all(has_issued(issuer.encoded, own.encoded) for own, issuer in links):
        raise BadTimeStamp(Reason.BAD_CERTIFICATE)
    return tuple(path)


def _check_attributes(info: _SignerInfo, content: bytes, signer: Certificate) -> None:
    """What is signed names this content and this certificate; other attributes mean nothing here."""
    values: dict[bytes, bytes] = {}
    for attribute in _elements(der.Reader(info.attributes).enter(_CONTEXT_0)):
        reader = der.Reader(attribute).enter(der.SEQUENCE)
        kind = reader.element(der.OBJECT_IDENTIFIER)
        if kind in values:
            raise BadTimeStamp(Reason.BAD_ATTRIBUTE)
        values[kind] = reader.contents(der.SET)
        reader.finish()
    digest = hashlib.new(info.digest.name, content).digest()
    if values.get(_CONTENT_TYPE) != _TST_INFO or values.get(_MESSAGE_DIGEST) != der.encode(der.OCTET_STRING, digest):
        raise BadTimeStamp(Reason.BAD_ATTRIBUTE)
    named = [_named_certificate(values[kind], kind) for kind in _CERTIFICATE_KINDS if kind in values]
    # SHA-1 here (RFC 5816 keeps it) gives nobody another key: the chain is checked by SHA-2 alone.
    if not named or any(hashlib.new(name, signer.encoded).digest() != digest for name, digest in named):
        raise BadTimeStamp(Reason.BAD_ATTRIBUTE)


_CERTIFICATE_KINDS = (_SIGNING_CERTIFICATE, _SIGNING_CERTIFICATE_V2)


def _named_certificate(value: bytes, kind: bytes) -> tuple[str, bytes]:
    """The first certificate that SigningCertificate or SigningCertificateV2 names: by which hash, and the hash."""
    first = der.Reader(value).enter(der.SEQUENCE).enter(der.SEQUENCE).enter(der.SEQUENCE)
    if kind == _SIGNING_CERTIFICATE:
        return "sha1", first.contents(der.OCTET_STRING)
    name = _hash(first.element(der.SEQUENCE)).name if first.has(der.SEQUENCE) else "sha256"
    return name, first.contents(der.OCTET_STRING)


def _check_value(info: _SignerInfo, signer: Certificate) -> None:
    key, signed = signer.public_key, b"\x31" + info.attributes[1:]  # RFC 5652, 5.4: signed as a SET OF
    is_on_curve = isinstance(key, EllipticCurvePublicKey)
    name = (_ECDSA if is_on_curve else _RSA).get(info.algorithm)
    if name is None or name not in {info.digest.name, ""}:
        raise BadTimeStamp(Reason.UNKNOWN_ALGORITHM)
    try:
        if isinstance(key, EllipticCurvePublicKey):
            key.verify(info.value, signed, ECDSA(info.digest))
        else:
            key.verify(info.value, signed, PKCS1v15(), info.digest)
    except InvalidSignature:
        raise BadTimeStamp(Reason.FORGED) from None


def _read_info(content: bytes, path: tuple[Certificate, ...]) -> TimeStamp:
    outer = der.Reader(content)
    info = outer.enter(der.SEQUENCE)
    outer.finish()
    info.expect(_VERSION_1)
    info.element(der.OBJECT_IDENTIFIER)
    imprint = info.enter(der.SEQUENCE)
    if _hash(imprint.element(der.SEQUENCE)).name != "sha256":
        raise BadTimeStamp(Reason.UNKNOWN_ALGORITHM)
    digest = imprint.contents(der.OCTET_STRING)
    imprint.finish()
    info.element(der.INTEGER)
    at = _read_time(info.contents(_GENERALIZED_TIME))
    accuracy = _read_accuracy(info.enter(der.SEQUENCE)) if info.has(der.SEQUENCE) else timedelta()
    if info.has(_BOOLEAN):
        info.element(_BOOLEAN)
    nonce = _read_integer(info.contents(der.INTEGER)) if info.has(der.INTEGER) else None
    if info.has(_CONTEXT_0):
        info.element(_CONTEXT_0)
    info.finish()  # an extension may be critical, and none is known
    return TimeStamp(at=at, accuracy=accuracy, digest=digest, nonce=nonce, path=path)


def _read_time(written: bytes) -> datetime:
    """RFC 3161, 2.4.2: to the second, or with a fraction of any length, in UTC."""
    digits, _, fraction = written[:-1].partition(b".")
    is_whole = written[-1:] == b"Z" and len(digits) == len("20261123010000") and digits.isdigit()
    if not is_whole or (b"." in written and not fraction.isdigit()):
        raise BadTimeStamp(Reason.UNKNOWN_FORM)
    try:
        at = datetime.strptime(digits.decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise BadTimeStamp(Reason.UNKNOWN_FORM) from None
    return at + timedelta(microseconds=int(fraction[:6].ljust(6, b"0") or b"0"))


def _read_accuracy(reader: der.Reader) -> timedelta:
    parts = [_read_integer(reader.contents(tag)) if reader.has(tag) else 0 for tag in (der.INTEGER, _MILLIS, _MICROS)]
    reader.finish()
    if not all(0 <= part <= _LONGEST_ACCURACY for part in parts):
        raise BadTimeStamp(Reason.UNKNOWN_FORM)
    return timedelta(seconds=parts[0], milliseconds=parts[1], microseconds=parts[2])


_LONGEST_ACCURACY = 86_400


def _elements(reader: der.Reader) -> list[bytes]:
    found = []
    while not reader.is_finished:
        found.append(reader.element(der.SEQUENCE))
    return found


def _hash(identifier: bytes) -> HashAlgorithm:
    found = _HASHES.get(identifier)
    if found is None:
        raise BadTimeStamp(Reason.UNKNOWN_ALGORITHM)
    return found


def _write_integer(number: int) -> bytes:
    return der.encode(der.INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def _read_integer(contents: bytes) -> int:
    return int.from_bytes(contents, "big", signed=True)
