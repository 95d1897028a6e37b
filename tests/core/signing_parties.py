"""Signers of every kind for the tests of signatures: under a body's CA, a registrar, RSA, a chain of two."""

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from ecabinet.keys import certificates
from ecabinet.keys.certificates import Authority, SigningKey, certify_registrar, generate_key, make_request
from ecabinet.keys.local_signer import LocalSigner

NOW = datetime.now(UTC).replace(microsecond=0)
YEAR = timedelta(days=365)
BODY = "Ủy ban nhân dân tỉnh"
TITLE = "Chủ tịch Ủy ban nhân dân tỉnh"


@cache
def authority() -> Authority:
    return Authority.found(body=BODY, at=NOW, valid_for=10 * YEAR)


@cache
def member_key() -> EllipticCurvePrivateKey:
    return generate_key()


@cache
def member() -> LocalSigner:
    """A key certified by the body's CA, as every elector's."""
    return LocalSigner(member_key(), (certify(authority()),))


@cache
def registrar() -> LocalSigner:
    """A self-signed key."""
    key = generate_key()
    return LocalSigner(key, (certify_registrar(key, title="Người giữ sổ", body=BODY, at=NOW, valid_for=YEAR),))


@cache
def rsa_signer() -> LocalSigner:
    """A token's RSA key, self-signed here."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, TITLE)])
    builder = certificates._for_signing(
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - YEAR)
        .not_valid_after(NOW + YEAR)
    )
    return LocalSigner(key, (builder.sign(key, SHA256()).public_bytes(Encoding.DER),))


@cache
def root() -> Authority:
    """Another authority, which has authorities under it."""
    return _authority("CA gốc", None)


@cache
def subordinate() -> Authority:
    return _authority("CA cấp dưới", root())


def _authority(title: str, issuer: Authority | None) -> Authority:
    key = generate_key()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, title)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(x509.load_der_x509_certificate(issuer.certificate).subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - YEAR)
        .not_valid_after(NOW + YEAR)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(certificates._key_usage(key_cert_sign=True, crl_sign=True), critical=True)
    )
    certificate = builder.sign(issuer.private_key if issuer else key, SHA256())
    return Authority(private_key=key, certificate=certificate.public_bytes(Encoding.DER))


@cache
def outsider() -> LocalSigner:
    """A key certified by the subordinate authority."""
    return LocalSigner(member_key(), (certify(subordinate()), subordinate().certificate))


def certify(issuer: Authority, key: SigningKey | None = None) -> bytes:
    """A fresh certificate for a key, the member's by default."""
    return issuer.issue(
        make_request(key or member_key()),
        title=TITLE,
        body=BODY,
        crl_url="http://ca.example/body.crl",
        at=NOW,
        valid_for=YEAR,
    )
