"""With what an outside authority says, or doesn't, of a certificate that it gave to somebody who answered."""

from collections.abc import Callable
from datetime import timedelta

from asn1crypto import algos, core
from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from certomancer.services import CRLBuilder
from cryptography import x509

from ecabinet.core.evidence import Check, Culprit, ExitCode
from ecabinet.core.evidence.enclosed import revocation_name, with_enclosed
from ecabinet.core.revocation import Kind
from ecabinet.keys.certificates import Authority
from tests.attacks.table import BESIDES, Attacks
from tests.bundles import sealed
from tests.cabinet import YEARS, Cabinet
from tests.core.test_outside_authorities import certified, crl, outside

ON_A_BODY = Attacks[Callable[[Cabinet], bytes]]("What outside authorities say of certificates")
"""From a body whose ballot is open to a bundle."""


def answered(body: Cabinet) -> Authority:
    """A member has a further key, which an outside authority certified, and the ballot is counted."""
    authority = outside(body)
    body.admit(authority)
    body.enrol("finance", device=certified(authority, body, "finance"))
    body.answer("finance", "agree", "agree")
    body.close()
    body.announce()
    return authority


def enclosing(body: Cabinet, *lists: bytes) -> bytes:
    bare = sealed(body)
    size, rest = with_enclosed(bare, len(bare), {revocation_name(Kind.LIST, each): each for each in lists})
    return bare[:size] + rest


@ON_A_BODY(BESIDES, Check.REVOCATION, code=ExitCode.INCOMPLETE)
def leave_out_what_an_authority_says(body: Cabinet) -> bytes:
    answered(body)
    return enclosing(body)


@ON_A_BODY(BESIDES, Check.REVOCATION, code=ExitCode.INCOMPLETE)
def enclose_a_list_that_had_ended(body: Cabinet) -> bytes:
    return enclosing(body, crl(answered(body), body.now - timedelta(days=9)))


@ON_A_BODY(BESIDES, Check.REVOCATION, code=ExitCode.INCOMPLETE)
def enclose_the_list_of_another_authority(body: Cabinet) -> bytes:
    answered(body)
    return enclosing(body, crl(Authority.found(body="Cơ quan khác", at=body.began_at, valid_for=YEARS), body.now))


@ON_A_BODY(BESIDES, Check.REVOCATION, Culprit.BUNDLE)
def forge_a_list(body: Cabinet) -> bytes:
    """The same bytes each time: the place that is named is their digest."""
    name = x509.load_der_x509_certificate(answered(body).certificate).subject.public_bytes()
    algorithm = algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"})
    builder = CRLBuilder(asn1_x509.Name.load(name), None, algorithm, core.OctetString(bytes(20)))
    told = builder.format_tbs_crl(1, body.now, [], body.now + timedelta(days=1))
    signature = core.Sequence.load(bytes.fromhex("3006020101020101")).dump()
    forged = {"tbs_cert_list": told, "signature_algorithm": algorithm, "signature": signature}
    return enclosing(body, asn1_crl.CertificateList(forged).dump())


@ON_A_BODY(BESIDES, Check.REVOCATION, Culprit.LOG)
def take_in_what_a_key_signed_that_its_authority_had_revoked(body: Cabinet) -> bytes:
    authority = answered(body)
    return enclosing(body, crl(authority, body.now, (body.devices["finance"], body.began_at)))
