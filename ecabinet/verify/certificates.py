"""Certificates as people compare them: in words, and by the fingerprint that `openssl x509 -fingerprint` prints."""

import hashlib

from cryptography import x509
from cryptography.x509.oid import NameOID

from ecabinet.core.certificates import BadCertificate, describe
from ecabinet.core.evidence import Bundle
from ecabinet.core.evidence.bundle import Folder
from ecabinet.core.evidence.signings import said_in
from ecabinet.core.register import BodyFounded
from ecabinet.verify.words import Language

_PARTS = {
    NameOID.COMMON_NAME: ("tên", "name"),
    NameOID.TITLE: ("chức vụ", "title"),
    NameOID.USER_ID: ("số định danh", "identifier"),
    NameOID.SERIAL_NUMBER: ("số định danh", "identifier"),
    NameOID.ORGANIZATIONAL_UNIT_NAME: ("đơn vị", "unit"),
    NameOID.ORGANIZATION_NAME: ("cơ quan", "organisation"),
    NameOID.ORGANIZATION_IDENTIFIER: ("mã cơ quan", "organisation's identifier"),
    NameOID.LOCALITY_NAME: ("địa phương", "locality"),
    NameOID.STATE_OR_PROVINCE_NAME: ("tỉnh, thành phố", "province"),
    NameOID.COUNTRY_NAME: ("quốc gia", "country"),
}


def fingerprint(certificate: bytes) -> str:
    """SHA-256 of a certificate (DER): upper-case pairs with colons."""
    return hashlib.sha256(certificate).digest().hex(":").upper()


def subject_in_words(certificate: bytes, language: Language) -> str:
    """Whom a certificate (DER) names; empty when it can't be read."""
    try:
        describe(certificate)
    except BadCertificate:
        return ""
    return name_in_words(x509.load_der_x509_certificate(certificate).subject, language)


def name_in_words(name: x509.Name, language: Language) -> str:
    """Its parts, the nearest first, each after what it is. No part can pass for two: a semicolon in it is a comma."""
    parts = [(each.oid, each.value) for each in reversed([*name])]
    titles = [value for kind, value in parts if kind == NameOID.TITLE]
    # A common name has room for 64 characters: what stands there of a longer title is said by the title.
    told = [
        f"{_called(kind, language)}: {value.replace(';', ',')}"
        for kind, value in parts
        if isinstance(value, str) and not (kind == NameOID.COMMON_NAME and _begins_one(value, titles))
    ]
    return "; ".join(told)


def registrar_in(bundle: Bundle) -> bytes | None:
    """The certificate (DER) of the registrar whom the bundle names, proven or not."""
    founding = next((said_in(each) for each in bundle.filed(Folder.REGISTER)), None)
    return founding.registrar_keys.signing_certificate if isinstance(founding, BodyFounded) else None


def _called(kind: x509.ObjectIdentifier, language: Language) -> str:
    vietnamese, english = _PARTS.get(kind, (kind.dotted_string, kind.dotted_string))
    return vietnamese if language is Language.VIETNAMESE else english


def _begins_one(name: str, titles: list[str | bytes]) -> bool:
    return any(isinstance(each, str) and each.startswith(name.rstrip("….")) for each in titles)
