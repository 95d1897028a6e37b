"""Keys of a server in files that only their owner can read: what is missing is made, by one process at a time.

PKCS #8, with a passphrase by PBES2 (RFC 8018): against whoever gets at a disk or a backup, not at the running server.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from ecabinet.keys.certificates import Authority, generate_key
from ecabinet.keys.durable import exclusive, replace_file

_CA_LASTS = timedelta(days=20 * 365)
_TLS_LASTS = timedelta(days=730)
_RENEW_BEFORE = timedelta(days=180)
_CLOSED = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"

_Key = EllipticCurvePrivateKey | Ed25519PrivateKey


class KeysClosed(Exception):
    """A key in a file can't be opened: it has a passphrase, and none was given, or another one."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


class UnreadablePem(ValueError):
    """A file holds no key or certificate as it should."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


def is_closed(path: Path) -> bool:
    """Whether a key file has a passphrase."""
    return path.read_bytes().startswith(_CLOSED)


def read_certificates(path: Path) -> list[x509.Certificate]:
    """Those in a file, one at least. Raises UnreadablePem, OSError."""
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except ValueError:
        raise UnreadablePem(path) from None


class KeyFiles:
    """How keys are written and read: with a passphrase, or plain where there is none.

    Whatever reads a key raises KeysClosed, and UnreadablePem (or TypeError) for a file that holds no such key.
    """

    def __init__(self, lock: Path, passphrase: bytes | None = None) -> None:
        self.passphrase = passphrase
        self._lock = lock

    def ed25519(self, path: Path) -> Ed25519PrivateKey:
        """The key in a file."""
        with exclusive(self._lock):
            if not path.exists():
                self._write(path, Ed25519PrivateKey.generate())
            key = self.read(path)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError(f"{path} is no Ed25519 key")
        return key

    def authority(self, stem: Path, name: str) -> Authority:
        """The authority in `stem`.key and `stem`.pem, which bears the name it was first asked for with."""
        key_path, certificate_path = stem.with_suffix(".key"), stem.with_suffix(".pem")
        with exclusive(self._lock):
            if not certificate_path.exists():
                made = Authority.found(body=name, at=datetime.now(UTC), valid_for=_CA_LASTS)
                self._write(key_path, made.private_key)
                replace_file(certificate_path, _pem(made.certificate))
            key = self.read(key_path)
        if not isinstance(key, EllipticCurvePrivateKey):
            raise TypeError(f"{key_path} is no key on a curve")
        certificate = read_certificates(certificate_path)[0]
        return Authority(private_key=key, certificate=certificate.public_bytes(Encoding.DER))

    def tls(self, folder: Path, authority: Authority, names: Iterable[str], now: datetime) -> tuple[Path, Path]:
        """Certificate chain and key for TLS, made anew when old or for other names."""
        chain, key_path = folder / "tls.pem", folder / "tls.key"
        wanted = set(names)
        with exclusive(self._lock):
            if not self._is_good(chain, key_path, authority, wanted, now):
                key = generate_key()
                leaf = authority.issue_for_server(key.public_key(), names=sorted(wanted), at=now, valid_for=_TLS_LASTS)
                self._write(key_path, key)
                replace_file(chain, b"".join(map(_pem, (leaf, authority.certificate))))
        return chain, key_path

    def close(self, paths: Iterable[Path]) -> None:
        """Gives the passphrase, where there is one, to keys that are plain."""
        if self.passphrase is not None:
            with exclusive(self._lock):
                for path in paths:
                    if not is_closed(path):
                        self._write(path, self.read(path))

    def opened(self, path: Path) -> bytes:
        """A key as plain PEM."""
        return self.read(path).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def _is_good(self, chain: Path, key_path: Path, authority: Authority, wanted: set[str], now: datetime) -> bool:
        if not (chain.exists() and key_path.exists()):
            return False
        found = read_certificates(chain)
        if len(found) != 2:  # noqa: PLR2004 - the server's own and its issuer's
            return False
        leaf, issuer = found
        alternatives = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return (
            leaf.public_key() == self.read(key_path).public_key()
            and issuer.public_bytes(Encoding.DER) == authority.certificate
            and leaf.not_valid_before_utc <= now < leaf.not_valid_after_utc - _RENEW_BEFORE
            and wanted <= {str(each.value) for each in alternatives}
        )

    def read(self, path: Path) -> _Key:
        """The key in a file, which has to be there."""
        if is_closed(path):
            try:
                return cast("_Key", load_pem_private_key(path.read_bytes(), self.passphrase))
            except (TypeError, ValueError):  # none was given, or it is another one
                raise KeysClosed(path) from None
        try:
            return cast("_Key", load_pem_private_key(path.read_bytes(), None))
        except (TypeError, ValueError):
            raise UnreadablePem(path) from None

    def _write(self, path: Path, key: _Key) -> None:
        how = NoEncryption() if self.passphrase is None else BestAvailableEncryption(self.passphrase)
        replace_file(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how))


def _pem(certificate: bytes) -> bytes:
    return x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM)
