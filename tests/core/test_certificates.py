"""Which certificates may sign statements, under whom, and when."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP384R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from ecabinet.core import der
from ecabinet.core.certificates import BadCertificate, Reason, check_certificate, describe
from ecabinet.keys import certificates
from ecabinet.keys.certificates import Authority, generate_key
from tests.core import signing_parties as parties
from tests.core.der_trees import Node, parse
from tests.core.signing_parties import BODY, NOW, TITLE, YEAR

Change = Callable[[x509.CertificateBuilder], x509.CertificateBuilder]


def refused(encoded: bytes, issuers: list[bytes], at: datetime = NOW) -> Reason | None:
    try:
        check_certificate(encoded, issuers, at)
    except BadCertificate as error:
        return error.reason
    return None


def made(
    *extensions: x509.ExtensionType, issuer: Authority | None = None, key: object = None, critical: bool = True
) -> bytes:
    """A certificate with just these extensions, by the body's CA."""
    issuer = issuer or parties.authority()
    builder = certificates._builder(
        certificates._name(TITLE, BODY),
        x509.load_der_x509_certificate(issuer.certificate).subject,
        key or parties.member_key().public_key(),  # type: ignore[arg-type] # of any kind
        NOW,
        NOW + YEAR,
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(issuer.private_key, SHA256()).public_bytes(Encoding.DER)


USAGE = certificates._key_usage(digital_signature=True, content_commitment=True)
PURPOSE = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])


def test_accepts_what_the_body_issued() -> None:
    (encoded,) = parties.member().chain
    certificate = check_certificate(encoded, [parties.root().certificate, parties.authority().certificate], NOW)
    assert certificate == describe(encoded)
    assert (certificate.title, certificate.organization) == (TITLE, BODY)
    assert certificate.public_key_info == parties.member_key().public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )


def test_accepts_a_registrar_who_is_trusted_himself() -> None:
    (encoded,) = parties.registrar().chain
    assert refused(encoded, [encoded]) is None
    assert refused(encoded, [parties.authority().certificate]) is Reason.UNKNOWN_ISSUER
    assert refused(encoded, []) is Reason.UNKNOWN_ISSUER


def test_accepts_an_rsa_key() -> None:
    (encoded,) = parties.rsa_signer().chain
    assert refused(encoded, [encoded]) is None


def test_judges_dates_at_the_time_given() -> None:
    (encoded,) = parties.member().chain
    issuers = [parties.authority().certificate]
    back_dated, second = timedelta(hours=48), timedelta(seconds=1)
    assert refused(encoded, issuers, NOW - back_dated) is None
    assert refused(encoded, issuers, NOW - back_dated - second) is Reason.NOT_YET_VALID
    assert refused(encoded, issuers, NOW + YEAR) is None
    assert refused(encoded, issuers, NOW + YEAR + second) is Reason.EXPIRED


def test_judges_the_issuers_dates_too() -> None:
    brief = Authority.found(body=BODY, at=NOW, valid_for=timedelta(days=1))
    certificate = certificates._for_signing(
        certificates._builder(
            certificates._name(TITLE, BODY),
            x509.load_der_x509_certificate(brief.certificate).subject,
            parties.member_key().public_key(),
            NOW - YEAR,
            NOW + YEAR,
        )
    )
    encoded = certificate.sign(brief.private_key, SHA256()).public_bytes(Encoding.DER)
    assert refused(encoded, [brief.certificate]) is None
    assert refused(encoded, [brief.certificate], NOW + timedelta(days=2)) is Reason.ISSUER_EXPIRED
    assert refused(encoded, [brief.certificate], NOW - timedelta(days=3)) is Reason.ISSUER_NOT_YET_VALID


def test_refuses_an_authority_of_the_same_name() -> None:
    impostor = Authority.found(body=BODY, at=NOW, valid_for=YEAR)
    encoded = parties.certify(impostor)
    assert refused(encoded, [parties.authority().certificate]) is Reason.NOT_ISSUED
    assert refused(encoded, [parties.authority().certificate, impostor.certificate]) is None


def test_refuses_a_certificate_issued_with_a_members_key() -> None:
    member = parties.member().chain[0]
    forged = Authority(private_key=parties.member_key(), certificate=member)
    assert refused(parties.certify(forged), [member]) is Reason.NOT_ISSUED


def test_refuses_a_chain_it_was_not_told_of() -> None:
    own, subordinate = parties.outsider().chain
    assert refused(own, [parties.root().certificate]) is Reason.UNKNOWN_ISSUER
    assert refused(own, [subordinate]) is None


def test_refuses_the_authority_as_signer() -> None:
    authority = parties.authority().certificate
    assert refused(authority, [authority]) is Reason.UNFIT_USAGE


@pytest.mark.parametrize(
    ("extensions", "reason"),
    [
        ((USAGE, PURPOSE), None),
        ((PURPOSE,), Reason.UNFIT_USAGE),
        ((certificates._key_usage(digital_signature=True), PURPOSE), Reason.UNFIT_USAGE),
        ((certificates._key_usage(content_commitment=True), PURPOSE), Reason.UNFIT_USAGE),
        ((USAGE, PURPOSE, x509.BasicConstraints(ca=True, path_length=None)), Reason.UNFIT_USAGE),
        ((USAGE,), Reason.UNFIT_PURPOSE),
        ((USAGE, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])), Reason.UNFIT_PURPOSE),
        ((USAGE, PURPOSE, x509.InhibitAnyPolicy(0)), Reason.UNKNOWN_EXTENSION),
    ],
)
def test_asks_for_the_extensions_of_a_signer(extensions: tuple[x509.ExtensionType, ...], reason: Reason | None) -> None:
    assert refused(made(*extensions), [parties.authority().certificate]) is reason


def test_lets_pass_what_is_not_critical() -> None:
    encoded = made(USAGE, PURPOSE, x509.InhibitAnyPolicy(0), critical=False)
    assert refused(encoded, [parties.authority().certificate]) is None


def weak_key() -> RSAPublicKey:
    return generate_rsa_key(public_exponent=65537, key_size=1024).public_key()  # noqa: S505 - the point


def test_refuses_keys_of_other_kinds() -> None:
    curve = generate_private_key(SECP384R1()).public_key()
    for key in (curve, weak_key()):
        assert refused(made(USAGE, PURPOSE, key=key), [parties.authority().certificate]) is Reason.UNFIT_KEY


def stranger() -> Authority:
    return Authority.found(body="Cơ quan khác", at=NOW, valid_for=YEAR)


def of_serial(contents: bytes) -> bytes:
    """The member's certificate with another serial number."""
    tree = parse(parties.member().chain[0])
    return tree.putting((0, 1), Node(der.INTEGER, contents)).write()


def signed_by_sha_1() -> bytes:
    """As the member's, but by an algorithm that no longer counts."""
    tree = parse(made(USAGE, PURPOSE))
    sha_1 = parse(der.encode(der.SEQUENCE, der.encode_oid("1.2.840.10045.4.1")))
    tree = tree.putting((0, 2), sha_1).putting((1,), sha_1)
    value = parties.authority().private_key.sign(tree.at((0,)).write(), ECDSA(SHA1()))  # noqa: S303 - the point
    return tree.putting((2,), Node(0x03, b"\x00" + value)).write()


def with_unused_bits() -> bytes:
    """Of a signature that ends in such bits, the same number is left."""
    while True:
        encoded = made(USAGE, PURPOSE)
        if not encoded[-1] & 1:
            tree = parse(encoded)
            return tree.putting((2,), Node(0x03, b"\x01" + tree.at((2,)).data[1:])).write()


BAD: dict[str, tuple[Reason, Callable[[], tuple[bytes, datetime]]]] = {
    "expired": (Reason.EXPIRED, lambda: (parties.member().chain[0], NOW + 2 * YEAR)),
    "not yet valid": (Reason.NOT_YET_VALID, lambda: (parties.member().chain[0], NOW - YEAR)),
    "of another authority": (Reason.UNKNOWN_ISSUER, lambda: (parties.certify(stranger()), NOW)),
    "of an authority under another": (Reason.UNKNOWN_ISSUER, lambda: (parties.outsider().chain[0], NOW)),
    "for a web server": (
        Reason.UNFIT_PURPOSE,
        lambda: (made(USAGE, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])), NOW),
    ),
    "for time stamps": (
        Reason.UNFIT_PURPOSE,
        lambda: (made(USAGE, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])), NOW),
    ),
    "for signing in alone": (
        Reason.UNFIT_USAGE,
        lambda: (made(certificates._key_usage(digital_signature=True), PURPOSE), NOW),
    ),
    "an authority's own": (Reason.UNFIT_USAGE, lambda: (parties.authority().certificate, NOW)),
    "self-signed": (Reason.UNKNOWN_ISSUER, lambda: (parties.registrar().chain[0], NOW)),
    "self-signed, with a weak key": (Reason.UNFIT_KEY, lambda: (made(USAGE, PURPOSE, key=weak_key()), NOW)),
    "of another kind of key": (
        Reason.UNFIT_KEY,
        lambda: (made(USAGE, PURPOSE, key=Ed25519PrivateKey.generate().public_key()), NOW),
    ),
    "signed by SHA-1": (Reason.NOT_ISSUED, lambda: (signed_by_sha_1(), NOW)),
    "with unused bits in its signature": (Reason.UNREADABLE, lambda: (with_unused_bits(), NOW)),
    "numbered nought": (Reason.UNREADABLE, lambda: (of_serial(b"\x00"), NOW)),
    "numbered below nought": (Reason.UNREADABLE, lambda: (of_serial(b"\x80"), NOW)),
}


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@pytest.mark.parametrize("name", BAD)
def test_has_a_name_for_everything_that_is_wrong(name: str) -> None:
    reason, make = BAD[name]
    encoded, at = make()
    assert refused(encoded, [parties.authority().certificate], at) is reason


@pytest.mark.parametrize("encoded", [b"", b"\x30\x00", bytes(20_000), parties.member().chain[0] + b"\x00"])
def test_refuses_what_is_no_certificate(encoded: bytes) -> None:
    assert refused(encoded, []) is Reason.UNREADABLE


def test_refuses_version_1() -> None:
    builder = certificates._builder(
        certificates._name(TITLE, BODY), certificates._name(TITLE, BODY), generate_key().public_key(), NOW, NOW + YEAR
    )
    plain = builder.sign(parties.member_key(), SHA256()).public_bytes(Encoding.DER)
    assert refused(plain, [plain]) is Reason.UNREADABLE


@settings(max_examples=1000)
@given(st.integers(0, len(parties.member().chain[0]) - 1), st.integers(1, 255))
def test_no_byte_can_be_changed(place: int, mask: int) -> None:
    (encoded,) = parties.member().chain
    changed = bytearray(encoded)
    changed[place] ^= mask
    assert refused(bytes(changed), [parties.authority().certificate]) is not None
