"""The server's own keys, in files only their owner can read: its CA and TLS key, each body's CA and log key.

The server's CA stands for the server in codes and at sign-in; a body's CA issues its signers' certificates. Neither
makes anybody an elector: only the registrar does, whose key is never here.
"""

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from ecabinet.core.codec import AgencyCode
from ecabinet.keys.certificates import Authority, generate_key
from ecabinet.keys.durable import exclusive, replace_file

_SERVER = "ecabinet"
_CA_LASTS = timedelta(days=20 * 365)
_TLS_LASTS = timedelta(days=730)
_RENEW_BEFORE = timedelta(days=180)


class Keys:
    """The key files below one folder; what is missing is made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.authority = self._authority(folder / "server-ca", _SERVER)
        key = self.authority.private_key.public_key()
        self.ca_spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def body_authority(self, body: AgencyCode, name: str) -> Authority:
        """The CA of a body, which bears the name it was first asked for with."""
        return self._authority(self._of(body) / "ca", name)

    def log_key(self, body: AgencyCode, epoch: int) -> Ed25519PrivateKey:
        """What signs the checkpoints of a body's log."""
        path = self._of(body) / f"log-{epoch}.key"
        with exclusive(self.folder / "lock"):
            if not path.exists():
                _write_key(path, Ed25519PrivateKey.generate())
        key = load_pem_private_key(path.read_bytes(), None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError(f"{path} is no Ed25519 key")
        return key

    def challenge_secret(self) -> bytes:
        """With which sign-in challenges are made recognisable."""
        path = self.folder / "challenge.secret"
        with exclusive(self.folder / "lock"):
            if not path.exists():
                replace_file(path, secrets.token_bytes(32))
        return path.read_bytes()

    def tls(self, names: Iterable[str], now: datetime) -> tuple[Path, Path]:
        """Certificate chain and key for TLS, made anew when old or for other names."""
        chain, key_path = self.folder / "tls.pem", self.folder / "tls.key"
        wanted = set(names)
        with exclusive(self.folder / "lock"):
            if not self._is_good(chain, key_path, wanted, now):
                key = generate_key()
                leaf = self.authority.issue_for_server(
                    key.public_key(), names=sorted(wanted), at=now, valid_for=_TLS_LASTS
                )
                _write_key(key_path, key)
                replace_file(chain, b"".join(map(_pem, (leaf, self.authority.certificate))))
        return chain, key_path

    def _is_good(self, chain: Path, key_path: Path, wanted: set[str], now: datetime) -> bool:
        if not (chain.exists() and key_path.exists()):
            return False
        leaf, issuer = x509.load_pem_x509_certificates(chain.read_bytes())
        key = load_pem_private_key(key_path.read_bytes(), None)
        alternatives = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return (
            leaf.public_key() == key.public_key()
            and issuer.public_bytes(Encoding.DER) == self.authority.certificate
            and leaf.not_valid_before_utc <= now < leaf.not_valid_after_utc - _RENEW_BEFORE
            and wanted <= {str(each.value) for each in alternatives}
        )

    def _of(self, body: AgencyCode) -> Path:
        folder = self.folder / "bodies" / body
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def _authority(self, stem: Path, name: str) -> Authority:
        key_path, certificate_path = stem.with_suffix(".key"), stem.with_suffix(".pem")
        with exclusive(self.folder / "lock"):
            if not certificate_path.exists():
                made = Authority.found(body=name, at=datetime.now(UTC), valid_for=_CA_LASTS)
                _write_key(key_path, made.private_key)
                replace_file(certificate_path, _pem(made.certificate))
        key = load_pem_private_key(key_path.read_bytes(), None)
        if not isinstance(key, EllipticCurvePrivateKey):
            raise TypeError(f"{key_path} is no key on a curve")
        certificate = x509.load_pem_x509_certificate(certificate_path.read_bytes())
        return Authority(private_key=key, certificate=certificate.public_bytes(Encoding.DER))


def _pem(certificate: bytes) -> bytes:
    return x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM)


def _write_key(path: Path, key: EllipticCurvePrivateKey | Ed25519PrivateKey) -> None:
    replace_file(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
