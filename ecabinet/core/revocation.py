"""What outside authorities say of certificates that they issued: whether one was revoked at a time.

For keys that the body's own CA certified the ledger is the truth, and nothing here is asked. Of others the authority
tells by OCSP (RFC 6960) or in a list (CRL, RFC 5280), at addresses that the certificate names. What can't be read, is
another's, or says nothing of that time counts as nothing said: not checked is an answer of its own, never a good one.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from ecabinet.core import der
from ecabinet.core.certificates import BadCertificate, Certificate, describe, has_issued, is_responder

SIZE_LIMIT = 16 * 1024 * 1024
"""Bytes of one answer or list."""
_MOST_ADDRESSES = 4
_MOST_OF_ONE = 1024
"""Lists of one authority, and answers about one certificate, that are looked into: more than anybody needs."""
_FEW = 16
"""Questions to a list after which its serial numbers are better known by heart."""
_BIT_STRING = 0x03
_UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    BadCertificate,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


_Kept = TypeVar("_Kept")


class Standing(StrEnum):
    """How a certificate stood with its authority at a time."""

    GOOD = "good"
    REVOKED = "revoked"
    NOT_CHECKED = "not_checked"
    """Nothing that counts was said of that time."""


class Kind(StrEnum):
    """How it was said; what files are called after."""

    LIST = "crl"
    ANSWER = "ocsp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one answer says of one certificate."""

    answer: bytes
    """DER."""
    kind: Kind
    as_of: datetime
    """When it was said (thisUpdate)."""
    until: datetime
    """For how long it holds (nextUpdate)."""
    bad_since: datetime | None
    """When it was revoked, or its key was known to be lost before that."""
    is_genuine: bool
    """Whether it is signed by the authority, or by a responder that it certified."""
    is_definite: bool
    """Whether not naming the certificate as revoked says that it is not."""

    def standing(self, at: datetime) -> Standing:
        """An answer counts if what it tells reaches to that time or beyond."""
        if not self.is_genuine:
            return Standing.NOT_CHECKED
        if self.bad_since is not None and self.bad_since <= at:
            return Standing.REVOKED
        return Standing.GOOD if self.is_definite and self.until >= at else Standing.NOT_CHECKED

    @property
    def then(self) -> Standing:
        """How the certificate stood when this was said."""
        return self.standing(self.as_of)


class Answers:
    """OCSP answers and CRLs (DER), each read once. Those that can't be read are in `unread`, and say nothing."""

    def __init__(self, told: Iterable[bytes]) -> None:
        self.unread: set[bytes] = set()
        self._lists: dict[x509.Name, list[_Listed]] = {}
        self._answers: dict[int, list[_Answered]] = {}
        for each in told:
            try:
                self._read(each)
            except _UNREADABLE:
                self.unread.add(each)

    def about(self, certificate: bytes, issuer: bytes) -> tuple[Said, ...]:
        """What is said of a certificate (DER) of an issuer (DER). Raises BadCertificate for either of them."""
        own, authority = describe(certificate), describe(issuer)
        return tuple(self._about(own, authority))

    def _read(self, told: bytes) -> None:
        if len(told) > SIZE_LIMIT:
            raise ValueError("too long")
        try:
            listed = x509.load_der_x509_crl(told)
        except ValueError:
            answer = ocsp.load_der_ocsp_response(told)
            if answer.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL and not _has_critical(answer.extensions):
                answered = _Answered(told, answer)
                for each in answer.responses:
                    _add(self._answers.setdefault(each.serial_number, []), answered)
            return
        if not _has_critical(listed.extensions):  # else of some certificates or reasons only: RFC 5280, 5.2
            _add(self._lists.setdefault(listed.issuer, []), _Listed(told, listed))

    def _about(self, own: Certificate, authority: Certificate) -> Iterator[Said]:
        name = x509.load_der_x509_certificate(authority.encoded).subject
        for source in (*self._lists.get(name, ()), *self._answers.get(own.serial_number, ())):
            try:
                said = source.about(own, authority)
            except _UNREADABLE:
                self.unread.add(source.encoded)
                continue
            if said is not None:
                yield said


def standing(certificate: bytes, issuer: bytes, told: Iterable[bytes], at: datetime) -> Standing:
    """How a certificate (DER) of an issuer (DER) stood at a time, by OCSP answers and CRLs (DER), whichever are there.

    Raises BadCertificate for either certificate.
    """
    return stood(Answers(told).about(certificate, issuer), at)


def stood(said: Iterable[Said], at: datetime) -> Standing:
    """How a certificate stood at a time, by everything that is said of it: revoked if anything says so."""
    told = {each.standing(at) for each in said}
    return next((each for each in (Standing.REVOKED, Standing.GOOD) if each in told), Standing.NOT_CHECKED)


def newest(said: Iterable[Said]) -> tuple[Said, ...]:
    """What is worth keeping: of each kind the last that said good or revoked; revoked first, then the newest."""
    last: dict[Kind, Said] = {}
    for each in sorted(said, key=lambda each: each.as_of):
        if each.then is not Standing.NOT_CHECKED:
            last[each.kind] = each
    return tuple(sorted(last.values(), key=lambda each: (each.then is Standing.REVOKED, each.as_of), reverse=True))


def issued_outside(certificates: Iterable[bytes], admitted: tuple[bytes, ...]) -> Mapping[bytes, bytes]:
    """Of certificates (DER) those that one of these authorities issued, with its certificate. Raises BadCertificate."""
    found = ((each, next((issuer for issuer in admitted if has_issued(issuer, each)), None)) for each in certificates)
    return {each: issuer for each, issuer in found if issuer is not None}


def read_answer(data: bytes) -> bytes:
    """An OCSP answer or a CRL, DER or (a CRL) PEM, as DER. Raises ValueError for anything else."""
    if data.startswith(b"-----BEGIN X509 CRL"):
        return x509.load_pem_x509_crl(data).public_bytes(Encoding.DER)
    try:
        return x509.load_der_x509_crl(data).public_bytes(Encoding.DER)
    except ValueError:
        return ocsp.load_der_ocsp_response(data).public_bytes(Encoding.DER)


# ---------------------------------------------------------------- where to ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where a certificate says that its authority tells of it. Anything may stand there."""

    lists: tuple[str, ...]
    responders: tuple[str, ...]


def addresses(certificate: bytes) -> Addresses:
    """The first few of each kind that a certificate (DER) names; none of one that can't be read."""
    try:
        extensions = x509.load_der_x509_certificate(certificate).extensions
        lists = [
            name.value
            for each in extensions
            if isinstance(each.value, x509.CRLDistributionPoints)
            for point in each.value
            for name in point.full_name or ()
            if isinstance(name, x509.UniformResourceIdentifier)
        ]
        responders = [
            each.access_location.value
            for extension in extensions
            if isinstance(extension.value, x509.AuthorityInformationAccess)
            for each in extension.value
            if each.access_method == AuthorityInformationAccessOID.OCSP
            and isinstance(each.access_location, x509.UniformResourceIdentifier)
        ]
    except _UNREADABLE:
        return Addresses(lists=(), responders=())
    return Addresses(lists=tuple(lists[:_MOST_ADDRESSES]), responders=tuple(responders[:_MOST_ADDRESSES]))


def ocsp_request(certificate: bytes, issuer: bytes) -> bytes:
    """What a responder is asked about a certificate (DER) of an issuer (DER)."""
    own, authority = x509.load_der_x509_certificate(certificate), x509.load_der_x509_certificate(issuer)
    # SHA-1 only finds the certificate; many responders know no other.
    builder = ocsp.OCSPRequestBuilder().add_certificate(own, authority, SHA1())  # noqa: S303
    return builder.build().public_bytes(Encoding.DER)


# ---------------------------------------------------------------- reading


class _Listed:
    """A list that is about some issuer's certificates, all of them."""

    def __init__(self, encoded: bytes, listed: x509.CertificateRevocationList) -> None:
        self.encoded, self._listed = encoded, listed
        self._signers: dict[bytes, bool] = {}
        self._asked = 0
        self._serials: frozenset[int] | None = None
        self._as_of, self._until = listed.last_update_utc, listed.next_update_utc or listed.last_update_utc

    def about(self, own: Certificate, authority: Certificate) -> Said:
        entry = self._entry(own.serial_number)
        return Said(
            answer=self.encoded,
            kind=Kind.LIST,
            as_of=self._as_of,
            until=self._until,
            bad_since=None if entry is None else _bad_since(entry),
            is_genuine=self._is_by(authority),
            is_definite=self._as_of <= own.not_after,  # a list need not name what has expired since
        )

    def _entry(self, serial_number: int) -> x509.RevokedCertificate | None:
        self._asked += 1
        if self._serials is None and self._asked > _FEW:
            self._serials = frozenset(each.serial_number for each in self._listed)
        if self._serials is not None and serial_number not in self._serials:
            return None
        return self._listed.get_revoked_certificate_by_serial_number(serial_number)

    def _is_by(self, authority: Certificate) -> bool:
        if authority.digest not in self._signers:
            self._signers[authority.digest] = _has_signed(
                authority,
                self._listed.signature,
                self._listed.tbs_certlist_bytes,
                self._listed.signature_hash_algorithm,
            )
        return self._signers[authority.digest]


class _Answered:
    """A responder's answer, about one certificate or several."""

    def __init__(self, encoded: bytes, answer: ocsp.OCSPResponse) -> None:
        self.encoded, self._answer = encoded, answer

    def about(self, own: Certificate, authority: Certificate) -> Said | None:
        for each in self._answer.responses:
            if _is_about(own, authority, each):
                return Said(
                    answer=self.encoded,
                    kind=Kind.ANSWER,
                    as_of=each.this_update_utc,
                    until=each.next_update_utc or each.this_update_utc,
                    bad_since=each.revocation_time_utc,
                    is_genuine=self._is_by(authority),
                    is_definite=each.certificate_status is not ocsp.OCSPCertStatus.UNKNOWN,
                )
        return None

    def _is_by(self, authority: Certificate) -> bool:
        answer = self._answer
        signer = _responder(authority, answer)
        return _has_signed(signer, answer.signature, answer.tbs_response_bytes, answer.signature_hash_algorithm)


def _add(known: list[_Kept], another: _Kept) -> None:
    """Raises ValueError when there are too many."""
    if len(known) >= _MOST_OF_ONE:
        raise ValueError("too many")
    known.append(another)


def _has_critical(extensions: x509.Extensions) -> bool:
    return any(each.critical for each in extensions)


def _bad_since(entry: x509.RevokedCertificate) -> datetime:
    """When it was revoked, or the key was known to be lost before that."""
    known = (each.value for each in entry.extensions if isinstance(each.value, x509.InvalidityDate))
    return min([entry.revocation_date_utc, *(each.invalidity_date_utc for each in known)])


def _responder(authority: Certificate, answer: ocsp.OCSPResponse) -> Certificate:
    """Who signed: the authority, or whom it certified to answer for it, as long as that holds (RFC 6960, 4.2.2.2)."""
    for each in answer.certificates:
        certificate = describe(each.public_bytes(Encoding.DER))
        is_valid = certificate.not_before <= answer.produced_at_utc <= certificate.not_after
        if is_valid and has_issued(authority.encoded, certificate.encoded) and is_responder(certificate.encoded):
            return certificate
    return authority


def _is_about(own: Certificate, authority: Certificate, said: ocsp.OCSPSingleResponse) -> bool:
    info = der.Reader(authority.public_key_info).enter(der.SEQUENCE)
    info.element(der.SEQUENCE)
    key = info.contents(_BIT_STRING)[1:]
    name = said.hash_algorithm.name  # SHA-1 as a rule: it finds, and proves nothing
    return (said.serial_number, said.issuer_name_hash, said.issuer_key_hash) == (
        own.serial_number,
        hashlib.new(name, authority.subject_name).digest(),
        hashlib.new(name, key).digest(),
    )


def _has_signed(signer: Certificate, signature: bytes, signed: bytes, algorithm: HashAlgorithm | None) -> bool:
    if not isinstance(algorithm, SHA256 | SHA384 | SHA512):
        return False
    try:
        if isinstance(signer.public_key, EllipticCurvePublicKey):
            signer.public_key.verify(signature, signed, ECDSA(algorithm))
        else:
            signer.public_key.verify(signature, signed, PKCS1v15(), algorithm)
    except InvalidSignature:
        return False
    return True
