"""The certificates of a body: its registrar's, its certificate authority's, its signers' and its server's.

Signers' certificates are what OpenSSL, `pdfsig` and Acrobat want to see: a critical key usage of digitalSignature and
contentCommitment, extended key usage emailProtection and documentSigning, a CRL distribution point. Whose key counts is
told by the register, not by these: a subject is an office and its body, for the reader of stock tools.

Everything that we make is P-256 with SHA-256 and begins 48 hours before it is made, for clocks that are behind. A
signer's key may also be one that a token holds: P-256, or RSA of at least 2,048 bits, which signs by RSASSA-PSS.
"""

import ipaddress
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_on_curve
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ecabinet.core.certificates import DOCUMENT_SIGNING, RSA_BITS

SigningKey: TypeAlias = EllipticCurvePrivateKey | RSAPrivateKey
"""A key for statements: our own are P-256, a token's may be RSA."""

BACK_DATED_BY = timedelta(hours=48)

_NAME_LIMIT = 64  # characters of an organization or a title, by RFC 5280; bytes of a common name, by our library
_PublicKey: TypeAlias = EllipticCurvePublicKey | RSAPublicKey
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class RequestFault(StrEnum):
    """Why a certificate request is refused."""

    UNREADABLE = "unreadable"
    UNFIT_KEY = "unfit-key"
    """Neither on P-256 nor RSA of 2,048 to 8,192 bits."""
    FORGED = "forged"
    """Not signed by the key that it names."""


class BadRequest(Exception):
    """A certificate request is refused, for this reason."""

    def __init__(self, reason: RequestFault) -> None:
        super().__init__(reason.value)
        self.reason = reason


def generate_key() -> EllipticCurvePrivateKey:
    """A fresh P-256 key."""
    return generate_on_curve(SECP256R1())


def make_request(private_key: SigningKey) -> bytes:
    """A PKCS #10 request, DER. It names nobody: the issuer knows whom it gave the enrolment code."""
    return (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([]))
        .sign(private_key, SHA256(), rsa_padding=_padding(private_key))
        .public_bytes(Encoding.DER)
    )


def read_request(request: bytes) -> EllipticCurvePublicKey | RSAPublicKey:
    """The public key of a PKCS #10 request (DER) whose sender holds the private one. Raises `BadRequest`."""
    try:
        parsed = x509.load_der_x509_csr(request)
        key = parsed.public_key()
        is_signed = parsed.is_signature_valid
    except Exception as error:  # whatever the parser makes of hostile bytes is one answer here
        raise BadRequest(RequestFault.UNREADABLE) from error
    is_on_curve = isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1)
    is_long_enough = isinstance(key, RSAPublicKey) and key.key_size in RSA_BITS
    if not isinstance(key, EllipticCurvePublicKey | RSAPublicKey) or not (is_on_curve or is_long_enough):
        raise BadRequest(RequestFault.UNFIT_KEY)
    if not is_signed:
        raise BadRequest(RequestFault.FORGED)
    return key


def certify_registrar(private_key: SigningKey, *, title: str, body: str, at: datetime, valid_for: timedelta) -> bytes:
    """The registrar's certificate, DER: signed by its own key, and so the anchor of everything in the body's ledger."""
    name = _name(title, body)
    builder = _builder(name, name, private_key.public_key(), at, at + valid_for)
    builder = _for_signing(builder).add_extension(_key_identifier(private_key.public_key()), critical=False)
    return builder.sign(private_key, SHA256(), rsa_padding=_padding(private_key)).public_bytes(Encoding.DER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A body's certificate authority: its key and its self-signed certificate."""

    private_key: EllipticCurvePrivateKey
    certificate: bytes
    """DER."""

    @classmethod
    def found(cls, *, body: str, at: datetime, valid_for: timedelta) -> "Authority":
        """A new authority with a fresh key."""
        key = generate_key()
        name = _name(f"CA {body}", body)
        builder = (
            _builder(name, name, key.public_key(), at, at + valid_for)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(key_cert_sign=True, crl_sign=True), critical=True)
            .add_extension(_key_identifier(key.public_key()), critical=False)
        )
        return cls(private_key=key, certificate=builder.sign(key, SHA256()).public_bytes(Encoding.DER))

    def issue(
        self, request: bytes, *, title: str, body: str, crl_url: str, at: datetime, valid_for: timedelta
    ) -> bytes:
        """A signer's certificate, DER, for the key of a PKCS #10 request.

        It ends with the authority's at the latest. Raises `BadRequest`.
        """
        point = x509.DistributionPoint(
            full_name=[x509.UniformResourceIdentifier(crl_url)], relative_name=None, reasons=None, crl_issuer=None
        )
        builder = self._builder(_name(title, body), read_request(request), at, valid_for)
        return self._sign(_for_signing(builder).add_extension(x509.CRLDistributionPoints([point]), critical=False))

    def issue_for_server(
        self, public_key: EllipticCurvePublicKey, *, names: Iterable[str], at: datetime, valid_for: timedelta
    ) -> bytes:
        """A TLS server's certificate, DER, for host names and addresses; the loopback ones are always among them."""
        hosts = list(dict.fromkeys([*names, *_LOOPBACK]))
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _shortened(hosts[0]))])
        builder = (
            self._builder(subject, public_key, at, valid_for)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName(map(_general_name, hosts)), critical=False)
        )
        return self._sign(builder)

    def revocation_list(
        self, revoked: Mapping[int, datetime], *, number: int, at: datetime, valid_for: timedelta
    ) -> bytes:
        """A CRL, DER: serial numbers and when each was revoked. `number` grows with every list."""
        own = x509.load_der_x509_certificate(self.certificate)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(own.subject)
            .last_update(at)
            .next_update(at + valid_for)
            .add_extension(x509.CRLNumber(number), critical=False)
            .add_extension(self._authority_identifier(), critical=False)
        )
        for serial, revoked_at in revoked.items():
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(revoked_at).build()
            builder = builder.add_revoked_certificate(entry)
        return builder.sign(self.private_key, SHA256()).public_bytes(Encoding.DER)

    def _builder(
        self, subject: x509.Name, public_key: _PublicKey, at: datetime, valid_for: timedelta
    ) -> x509.CertificateBuilder:
        own = x509.load_der_x509_certificate(self.certificate)
        return (
            _builder(subject, own.subject, public_key, at, min(at + valid_for, own.not_valid_after_utc))
            .add_extension(_key_identifier(public_key), critical=False)
            .add_extension(self._authority_identifier(), critical=False)
        )

    def _authority_identifier(self) -> x509.AuthorityKeyIdentifier:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(self.private_key.public_key())

    def _sign(self, builder: x509.CertificateBuilder) -> bytes:
        return builder.sign(self.private_key, SHA256()).public_bytes(Encoding.DER)


def _builder(
    subject: x509.Name, issuer: x509.Name, public_key: _PublicKey, at: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - BACK_DATED_BY)
        .not_valid_after(until)
    )


def _for_signing(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    purposes = [ExtendedKeyUsageOID.EMAIL_PROTECTION, DOCUMENT_SIGNING]
    return (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(digital_signature=True, content_commitment=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    )


def _key_usage(
    *,
    digital_signature: bool = False,
    content_commitment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _padding(private_key: SigningKey) -> PSS | None:
    return PSS(mgf=MGF1(SHA256()), salt_length=32) if isinstance(private_key, RSAPrivateKey) else None


def _key_identifier(public_key: _PublicKey) -> x509.SubjectKeyIdentifier:
    return x509.SubjectKeyIdentifier.from_public_key(public_key)


def _name(title: str, body: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _shortened(body)),
            x509.NameAttribute(NameOID.TITLE, _shortened(title)),
            x509.NameAttribute(NameOID.COMMON_NAME, _shortened(title, size=lambda text: len(text.encode()))),
        ]
    )


def _shortened(text: str, size: Callable[[str], int] = len) -> str:
    if size(text) <= _NAME_LIMIT:
        return text
    while size(text + "…") > _NAME_LIMIT:
        text = text[:-1]
    return text + "…"


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
