"""What an outside authority says of a certificate that it issued: whether it was revoked at a time.

For keys that the body's own CA certified the ledger is the truth, and nothing here is asked. Of others the authority
tells by OCSP (RFC 6960) or in a list (CRL, RFC 5280). What can't be read, is another's, or says nothing of that time
counts as nothing said: not checked is an answer of its own, and never a good one.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from ecabinet.core import der
from ecabinet.core.certificates import BadCertificate, Certificate, describe, has_issued, is_responder

SIZE_LIMIT = 16 * 1024 * 1024
"""Bytes of one answer or list."""


class Standing(StrEnum):
    """How a certificate stood with its authority at a time."""

    GOOD = "good"
    REVOKED = "revoked"
    NOT_CHECKED = "not_checked"
    """Nothing that counts was said of that time."""


def standing(certificate: bytes, issuer: bytes, told: Iterable[bytes], at: datetime) -> Standing:
    """How a certificate (DER) of an issuer (DER) stood at a time, by OCSP answers and CRLs (DER), whichever are there.

    An answer counts if what it tells reaches to that time or beyond. Raises BadCertificate for either certificate.
    """
    own, authority = describe(certificate), describe(issuer)
    said = {_standing(own, authority, each, at) for each in told if len(each) <= SIZE_LIMIT}
    return next((each for each in (Standing.REVOKED, Standing.GOOD) if each in said), Standing.NOT_CHECKED)


def read_answer(data: bytes) -> bytes:
    """An OCSP answer or a CRL, DER or (a CRL) PEM, as DER. Raises ValueError for anything else."""
    if data.startswith(b"-----BEGIN X509 CRL"):
        return x509.load_pem_x509_crl(data).public_bytes(Encoding.DER)
    try:
        return x509.load_der_x509_crl(data).public_bytes(Encoding.DER)
    except ValueError:
        return ocsp.load_der_ocsp_response(data).public_bytes(Encoding.DER)


def _standing(own: Certificate, authority: Certificate, told: bytes, at: datetime) -> Standing:
    for read in (_by_ocsp, _by_list):
        try:
            return read(own, authority, told, at)
        except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, BadCertificate, x509.InvalidVersion):
            continue  # not of this kind, or nobody's that counts
    return Standing.NOT_CHECKED


def _by_list(own: Certificate, authority: Certificate, told: bytes, at: datetime) -> Standing:
    listed = x509.load_der_x509_crl(told)
    if any(each.critical for each in listed.extensions):  # of some certificates or reasons only: RFC 5280, 5.2
        return Standing.NOT_CHECKED
    _verify(authority, listed.signature, listed.tbs_certlist_bytes, listed.signature_hash_algorithm)
    if listed.issuer != x509.load_der_x509_certificate(authority.encoded).subject:
        return Standing.NOT_CHECKED
    entry = listed.get_revoked_certificate_by_serial_number(own.serial_number)
    if entry is not None and _bad_since(entry) <= at:
        return Standing.REVOKED
    # A list need not name what has expired since.
    reaches = (listed.next_update_utc or listed.last_update_utc) >= at and listed.last_update_utc <= own.not_after
    return Standing.GOOD if reaches else Standing.NOT_CHECKED


def _bad_since(entry: x509.RevokedCertificate) -> datetime:
    """When it was revoked, or the key was known to be lost before that."""
    known = (each.value for each in entry.extensions if isinstance(each.value, x509.InvalidityDate))
    return min([entry.revocation_date_utc, *(each.invalidity_date_utc for each in known)])


def _by_ocsp(own: Certificate, authority: Certificate, told: bytes, at: datetime) -> Standing:
    answer = ocsp.load_der_ocsp_response(told)
    if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL or any(
        each.critical for each in answer.extensions
    ):
        return Standing.NOT_CHECKED
    responder = _responder(authority, answer)
    _verify(responder, answer.signature, answer.tbs_response_bytes, answer.signature_hash_algorithm)
    for each in answer.responses:
        if not _is_about(own, authority, each):
            continue
        revoked_at = each.revocation_time_utc
        if revoked_at is not None and revoked_at <= at:
            return Standing.REVOKED
        is_known = each.certificate_status is not ocsp.OCSPCertStatus.UNKNOWN
        if is_known and (each.next_update_utc or each.this_update_utc) >= at:
            return Standing.GOOD
    return Standing.NOT_CHECKED


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


def _verify(signer: Certificate, signature: bytes, signed: bytes, algorithm: HashAlgorithm | None) -> None:
    """Raises InvalidSignature."""
    if not isinstance(algorithm, SHA256 | SHA384 | SHA512):
        raise InvalidSignature
    if isinstance(signer.public_key, EllipticCurvePublicKey):
        signer.public_key.verify(signature, signed, ECDSA(algorithm))
    else:
        signer.public_key.verify(signature, signed, PKCS1v15(), algorithm)


_BIT_STRING = 0x03
