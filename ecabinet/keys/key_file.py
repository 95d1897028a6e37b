"""A signing key in a file with its certificates, for the registrar's and the operator's command line and for tests.

Two forms are read: our own, sealed under a passphrase by scrypt at 128 MiB, and the stock one, PEM with a PKCS #8
private key, plain or encrypted, followed by its certificates. Only the first is written: a passphrase in PEM as
libraries write it is stretched two thousand times, which holds nobody up.
"""

import json
from enum import StrEnum
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
)

from ecabinet.core.certificates import BadCertificate
from ecabinet.keys.durable import replace_file
from ecabinet.keys.local_signer import LocalSigner
from ecabinet.keys.seal import Stretching, WrongKey, derive_key, from_text, seal, to_text, unseal

_FORMAT = "ecabinet key file"
_VERSION = 1
_PURPOSE = "key file"


class Fault(StrEnum):
    """Why a key file does not open."""

    NOT_FOUND = "not-found"
    DAMAGED = "damaged"
    """It is no key file, its key is of no kind used here, or its certificates are not the key's."""
    NEWER_FORMAT = "newer-format"
    WRONG_PASSPHRASE = "wrong-passphrase"  # noqa: S105 - a reason, not a passphrase


class KeyFileError(Exception):
    """A key file does not open, for this reason."""

    def __init__(self, reason: Fault) -> None:
        super().__init__(reason.value)
        self.reason = reason


def write_key_file(
    path: Path,
    private_key: EllipticCurvePrivateKey | RSAPrivateKey,
    chain: tuple[bytes, ...],
    passphrase: str,
    *,
    stretching: Stretching | None = None,
) -> None:
    """Write a key sealed under a passphrase, with its certificates (DER, its own first), readable by its owner only."""
    stretching = stretching or Stretching(cost=1 << 17)
    public = private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    plain = private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    document = {
        "format": _FORMAT,
        "version": _VERSION,
        "passphrase": {"salt": to_text(stretching.salt), "cost": stretching.cost},
        "public_key": to_text(public),
        "sealed": to_text(seal(_key(stretching, passphrase), plain, public)),
        "chain": [to_text(certificate) for certificate in chain],
    }
    replace_file(path, json.dumps(document, indent=1).encode())


def read_key_file(path: Path, passphrase: str) -> LocalSigner:
    """The key in a file of either form, ready to sign; a plain PEM's passphrase is empty. Raises `KeyFileError`."""
    try:
        data = path.read_bytes()
        return _read_pem(data, passphrase) if data.startswith(b"-----BEGIN") else _read_sealed(data, passphrase)
    except FileNotFoundError:
        raise KeyFileError(Fault.NOT_FOUND) from None
    except WrongKey:
        raise KeyFileError(Fault.WRONG_PASSPHRASE) from None
    except (BadCertificate, ValueError, LookupError, TypeError, AttributeError) as error:
        raise KeyFileError(Fault.DAMAGED) from error


def _read_sealed(data: bytes, passphrase: str) -> LocalSigner:
    document = json.loads(data)
    if document["format"] != _FORMAT:
        raise KeyFileError(Fault.DAMAGED)
    if document["version"] > _VERSION:
        raise KeyFileError(Fault.NEWER_FORMAT)
    stretching = Stretching(salt=from_text(document["passphrase"]["salt"]), cost=document["passphrase"]["cost"])
    sealed, public = from_text(document["sealed"]), from_text(document["public_key"])
    private_key = load_der_private_key(unseal(_key(stretching, passphrase), sealed, public), None)
    return _signer(private_key, tuple(map(from_text, document["chain"])))


def _read_pem(data: bytes, passphrase: str) -> LocalSigner:
    chain = tuple(each.public_bytes(Encoding.DER) for each in x509.load_pem_x509_certificates(data))
    try:
        private_key = load_pem_private_key(data, passphrase.encode() or None)
    except TypeError:  # a passphrase for a plain key, or none for an encrypted one
        raise WrongKey from None
    except ValueError as error:
        if passphrase:
            raise WrongKey from error
        raise
    return _signer(private_key, chain)


def _signer(private_key: object, chain: tuple[bytes, ...]) -> LocalSigner:
    if not isinstance(private_key, EllipticCurvePrivateKey | RSAPrivateKey):
        raise KeyFileError(Fault.DAMAGED)
    return LocalSigner(private_key, chain)


def _key(stretching: Stretching, passphrase: str) -> bytes:
    return derive_key(stretching.stretch(passphrase), salt=stretching.salt, purpose=_PURPOSE)
