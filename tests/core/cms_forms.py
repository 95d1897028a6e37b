"""CMS signatures in parts, to be written in every other way than ours: over the form, not over the content."""

import hashlib
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime

from ecabinet.core import cades, der
from ecabinet.core.cades import Reason
from ecabinet.core.certificates import describe
from ecabinet.keys.local_signer import LocalSigner
from tests.core import signing_parties as parties

DATA = der.encode_oid("1.2.840.113549.1.7.1")
SIGNED_DATA = der.encode_oid("1.2.840.113549.1.7.2")
CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"
SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12"
SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
NULL = b"\x05\x00"
SHA256_OID = der.encode_oid("2.16.840.1.101.3.4.2.1")
SHA256_IDENTIFIER = der.encode(der.SEQUENCE, SHA256_OID)
SHA512_IDENTIFIER = der.encode(der.SEQUENCE, der.encode_oid("2.16.840.1.101.3.4.2.3"))
IDENTIFIERS = cades._IDENTIFIERS
PKCS1_IDENTIFIERS = [der.encode(der.SEQUENCE, der.encode_oid(f"1.2.840.113549.1.1.{arc}"), NULL) for arc in (1, 11)]


@dataclass
class Form:
    """A CMS signature in parts, to be written otherwise; what is signed is always what is written."""

    signer: LocalSigner
    content: bytes
    at: datetime
    version: bytes = b"\x01"
    digest_algorithms: list[bytes] = field(default_factory=lambda: [SHA256_IDENTIFIER])
    enclosed: bytes = b""
    certificates: list[bytes] = field(default_factory=list)
    after_certificates: bytes = b""
    signer_version: bytes = b"\x01"
    signer_name: bytes = b""
    digest_algorithm: bytes = b""
    attributes: list[bytes] = field(default_factory=list)
    is_sorted: bool = True
    signature_algorithm: bytes = b""
    sign: Callable[[bytes], bytes] | None = None
    after_signature: bytes = b""
    signer_infos: int = 1
    after_all: bytes = b""

    def __post_init__(self) -> None:
        own = describe(self.signer.chain[0])
        self.certificates = list(self.signer.chain)
        self.signer_name = der.encode(der.SEQUENCE, own.issuer_and_serial)
        self.digest_algorithm = SHA256_IDENTIFIER
        self.signature_algorithm = IDENTIFIERS[self.signer.algorithm]
        self.attributes = [
            attribute(CONTENT_TYPE, DATA),
            cades._signing_time(self.at),
            attribute(MESSAGE_DIGEST, der.encode(der.OCTET_STRING, hashlib.sha256(self.content).digest())),
            cades._signing_certificates(*(describe(each).digest for each in self.signer.chain)),
        ]

    def replace(self, kind: str, *values: bytes) -> None:
        """Give the attribute of this kind another value, or several."""
        self.attributes = [each for each in self.attributes if der.encode_oid(kind) not in each]
        self.attributes.append(attribute(kind, *values))

    def write(self) -> bytes:
        ordered = sorted if self.is_sorted else (lambda each: sorted(each, reverse=True))
        attributes = b"".join(ordered(self.attributes))
        value = (self.sign or self.signer.sign)(der.encode(der.SET, attributes))
        info = der.encode(
            der.SEQUENCE,
            der.encode(der.INTEGER, self.signer_version),
            self.signer_name,
            self.digest_algorithm,
            der.encode(0xA0, attributes),
            self.signature_algorithm,
            der.encode(der.OCTET_STRING, value),
            self.after_signature,
        )
        signed_data = der.encode(
            der.SEQUENCE,
            der.encode(der.INTEGER, self.version),
            der.encode(der.SET, *self.digest_algorithms),
            der.encode(der.SEQUENCE, DATA, self.enclosed),
            der.encode(0xA0, *ordered(self.certificates)),
            self.after_certificates,
            der.encode(der.SET, *[info] * self.signer_infos),
        )
        return der.encode(der.SEQUENCE, SIGNED_DATA, der.encode(0xA0, signed_data)) + self.after_all


def attribute(kind: str, *values: bytes) -> bytes:
    return der.encode(der.SEQUENCE, der.encode_oid(kind), der.encode(der.SET, *values))


def signing_certificate(*contents: bytes) -> bytes:
    """SigningCertificateV2 with one ESSCertIDv2 of these contents."""
    return der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, *contents)))


def utc_time(text: str) -> bytes:
    return der.encode(0x17, text.encode())


Twist = Callable[[Form], object]


def own_digest(form: Form) -> bytes:
    return der.encode(der.OCTET_STRING, describe(form.signer.chain[0]).digest)


def general_names(form: Form) -> bytes:
    """IssuerSerial, as ESSCertIDv2 may bear it."""
    own = describe(form.signer.chain[0])
    serial = own.issuer_and_serial[len(own.issuer_name) :]
    return der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, der.encode(0xA4, own.issuer_name)), serial)


def drop(kind: str) -> Twist:
    def twist(form: Form) -> None:
        form.attributes = [each for each in form.attributes if der.encode_oid(kind) not in each]

    return twist


def add(*attributes: bytes) -> Twist:
    return lambda form: form.attributes.extend(attributes)


def put(**parts: object) -> Twist:
    def twist(form: Form) -> None:
        for name, part in parts.items():
            # A list of the form's own: the next twist may add to it, and this one is for other forms too.
            setattr(form, name, copy(part))

    return twist


def time_of(value: bytes) -> Twist:
    return lambda form: form.replace(SIGNING_TIME, value)


def exchange_certificate(form: Form) -> None:
    """Put another certificate of the same key, from the same issuer, in the place of the signed one."""
    issuer = parties.subordinate() if len(form.certificates) > 1 else parties.authority()
    other = parties.certify(issuer)
    form.certificates[:1] = [other]
    form.signer_name = der.encode(der.SEQUENCE, describe(other).issuer_and_serial)


# Every way to differ that we could think of, with what must be answered.
TWISTS: dict[str, tuple[Reason, Twist]] = {
    "trailing byte": (Reason.NOT_DER, put(after_all=b"\x00")),
    "unsorted attributes": (Reason.NOT_DER, put(is_sorted=False)),
    "version 3": (Reason.UNKNOWN_FORM, put(version=b"\x03")),
    "version 1 in two bytes": (Reason.UNKNOWN_FORM, put(version=b"\x00\x01")),
    "no digest algorithm": (Reason.UNKNOWN_FORM, put(digest_algorithms=[])),
    "two digest algorithms": (Reason.UNKNOWN_FORM, put(digest_algorithms=[SHA256_IDENTIFIER, SHA512_IDENTIFIER])),
    "digest algorithm with NULL": (
        Reason.UNKNOWN_FORM,
        put(digest_algorithms=[der.encode(der.SEQUENCE, SHA256_OID, NULL)]),
    ),
    "content enclosed": (
        Reason.UNKNOWN_FORM,
        lambda form: put(enclosed=der.encode(0xA0, der.encode(der.OCTET_STRING, form.content)))(form),
    ),
    "CRLs": (Reason.UNKNOWN_FORM, put(after_certificates=der.encode(0xA1))),
    "unsigned attributes": (
        Reason.UNKNOWN_FORM,
        put(after_signature=der.encode(0xA1, attribute("1.2.840.113549.1.9.16.2.14", NULL))),
    ),
    "no certificates": (Reason.SIGNER_NOT_FOUND, put(certificates=[])),
    "no certificate of the signer's": (
        Reason.SIGNER_NOT_FOUND,
        lambda form: put(certificates=form.certificates[1:])(form),
    ),
    "another certificate of the signer's": (
        Reason.OTHER_CERTIFICATE,
        exchange_certificate,
    ),
    "a certificate twice": (Reason.STRAY_CERTIFICATE, lambda form: form.certificates.extend(form.certificates[:1])),
    "the root too": (
        Reason.STRAY_CERTIFICATE,
        lambda form: form.certificates.append(parties.root().certificate),
    ),
    "a stranger's certificate": (
        Reason.STRAY_CERTIFICATE,
        lambda form: form.certificates.append(parties.rsa_signer().chain[0]),
    ),
    "something that is no certificate": (
        Reason.BAD_CERTIFICATE,
        lambda form: form.certificates.append(der.encode(der.SEQUENCE)),
    ),
    "signer info version 3": (Reason.UNKNOWN_FORM, put(signer_version=b"\x03")),
    "signer named by key identifier": (Reason.UNKNOWN_FORM, put(signer_name=der.encode(0x80, bytes(20)))),
    "signer named by another serial number": (
        Reason.SIGNER_NOT_FOUND,
        lambda form: put(
            signer_name=der.encode(
                der.SEQUENCE, describe(form.signer.chain[0]).issuer_name, der.encode(der.INTEGER, b"\x09")
            )
        )(form),
    ),
    "digest by SHA-512": (Reason.UNKNOWN_ALGORITHM, put(digest_algorithm=SHA512_IDENTIFIER)),
    "digest by SHA-256 with NULL": (
        Reason.UNKNOWN_ALGORITHM,
        put(digest_algorithm=der.encode(der.SEQUENCE, SHA256_OID, NULL)),
    ),
    "ECDSA with SHA-512": (
        Reason.UNKNOWN_ALGORITHM,
        put(signature_algorithm=der.encode(der.SEQUENCE, der.encode_oid("1.2.840.10045.4.3.4"))),
    ),
    "PSS without parameters": (
        Reason.UNKNOWN_ALGORITHM,
        put(signature_algorithm=der.encode(der.SEQUENCE, der.encode_oid("1.2.840.113549.1.1.10"))),
    ),
    "no signature value": (Reason.FORGED, put(sign=lambda _: b"")),
    "a signature by another key": (Reason.FORGED, put(sign=lambda message: bytes(64) + message[:8])),
    "two signers": (Reason.SEVERAL_SIGNERS, put(signer_infos=2)),
    "no signer": (Reason.UNKNOWN_FORM, put(signer_infos=0)),
    "no attributes": (Reason.MISSING_ATTRIBUTE, put(attributes=[])),
    "no content type": (Reason.MISSING_ATTRIBUTE, drop(CONTENT_TYPE)),
    "no signing time": (Reason.MISSING_ATTRIBUTE, drop(SIGNING_TIME)),
    "no message digest": (Reason.MISSING_ATTRIBUTE, drop(MESSAGE_DIGEST)),
    "no signing certificate": (Reason.MISSING_ATTRIBUTE, drop(SIGNING_CERTIFICATE_V2)),
    "an attribute twice": (Reason.DUPLICATE_ATTRIBUTE, lambda form: form.attributes.extend(form.attributes[:1])),
    "two signing times": (Reason.DUPLICATE_ATTRIBUTE, add(attribute(SIGNING_TIME, utc_time("260101000000Z")))),
    "a commitment": (Reason.UNKNOWN_ATTRIBUTE, add(attribute("1.2.840.113549.1.9.16.2.16", NULL))),
    "algorithm protection": (Reason.UNKNOWN_ATTRIBUTE, add(attribute("1.2.840.113549.1.9.52", NULL))),
    "a signing certificate by SHA-1": (
        Reason.UNKNOWN_ATTRIBUTE,
        add(attribute(SIGNING_CERTIFICATE, signing_certificate(der.encode(der.OCTET_STRING, bytes(20))))),
    ),
    "something that is no attribute": (Reason.UNKNOWN_FORM, add(der.encode(der.SEQUENCE))),
    "content type without value": (Reason.BAD_ATTRIBUTE, lambda form: form.replace(CONTENT_TYPE)),
    "another content type": (Reason.BAD_ATTRIBUTE, lambda form: form.replace(CONTENT_TYPE, SIGNED_DATA)),
    "two content types": (Reason.BAD_ATTRIBUTE, lambda form: form.replace(CONTENT_TYPE, DATA, DATA)),
    "a short message digest": (
        Reason.BAD_ATTRIBUTE,
        lambda form: form.replace(MESSAGE_DIGEST, der.encode(der.OCTET_STRING, bytes(31))),
    ),
    "another message digest": (
        Reason.OTHER_CONTENT,
        lambda form: form.replace(MESSAGE_DIGEST, der.encode(der.OCTET_STRING, bytes(32))),
    ),
    "another certificate's digest": (
        Reason.OTHER_CERTIFICATE,
        lambda form: form.replace(SIGNING_CERTIFICATE_V2, signing_certificate(der.encode(der.OCTET_STRING, bytes(32)))),
    ),
    "certificate digest with its default algorithm spelt out": (
        Reason.OTHER_CERTIFICATE,
        lambda form: form.replace(SIGNING_CERTIFICATE_V2, signing_certificate(SHA256_IDENTIFIER, own_digest(form))),
    ),
    "certificate digest with issuer and serial number": (
        Reason.OTHER_CERTIFICATE,
        lambda form: form.replace(SIGNING_CERTIFICATE_V2, signing_certificate(own_digest(form), general_names(form))),
    ),
    "one certificate's digest twice": (
        Reason.OTHER_CERTIFICATE,
        lambda form: form.replace(
            SIGNING_CERTIFICATE_V2,
            der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, *[der.encode(der.SEQUENCE, own_digest(form))] * 2)),
        ),
    ),
    **{
        f"a signing time of {text!r}": (
            Reason.BAD_ATTRIBUTE,
            time_of(der.encode(tag, text.encode())),
        )
        for tag, text in (
            (0x17, "261323000000Z"),
            (0x17, "261123240000Z"),
            (0x17, "260230000000Z"),
            (0x17, "261123000060Z"),
            (0x17, "2611230000Z"),
            (0x17, "261123000000+0700"),
            (0x17, "261123000000 "),
            (0x17, "+61123000000Z"),
            (0x17, "26112300000٣Z"),
            (0x18, "20261123000000Z"),
            (0x18, "20501123000000.5Z"),
            (0x18, "00001123000000Z"),
            (0x0C, "261123000000Z"),
        )
    },
}
