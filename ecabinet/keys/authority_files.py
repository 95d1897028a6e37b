"""Keys of a server in files that only their owner can read: what is missing is made, by one process at a time."""

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
    load_pem_private_key,
)

from ecabinet.keys.certificates import Authority, generate_key
from ecabinet.keys.durable import exclusive, replace_file

_CA_LASTS = timedelta(days=20 * 365)
_TLS_LASTS = timedelta(days=730)
_RENEW_BEFORE = timedelta(days=180)


def ed25519_at(path: Path, lock: Path) -> Ed25519PrivateKey:
    """The key in a file. Raises TypeError for another kind of key, ValueError for none."""
    with exclusive(lock):
        if not path.exists():
            _write_key(path, Ed25519PrivateKey.generate())
    key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{path} is no Ed25519 key")
    return key


def authority_at(stem: Path, name: str, lock: Path) -> Authority:
    """The authority in `stem`.key and `stem`.pem, which bears the name it was first asked for with."""
    key_path, certificate_path = stem.with_suffix(".key"), stem.with_suffix(".pem")
    with exclusive(lock):
        if not certificate_path.exists():
            made = Authority.found(body=name, at=datetime.now(UTC), valid_for=_CA_LASTS)
            _write_key(key_path, made.private_key)
            replace_file(certificate_path, _pem(made.certificate))
    key = load_pem_private_key(key_path.read_bytes(), None)
    if not isinstance(key, EllipticCurvePrivateKey):
        raise TypeError(f"{key_path} is no key on a curve")
    certificate = x509.load_pem_x509_certificate(certificate_path.read_bytes())
    return Authority(private_key=key, certificate=certificate.public_bytes(Encoding.DER))


def tls_files(folder: Path, authority: Authority, names: Iterable[str], now: datetime, lock: Path) -> tuple[Path, Path]:
    """Certificate chain and key for TLS, made anew when old or for other names."""
    chain, key_path = folder / "tls.pem", folder / "tls.key"
    wanted = set(names)
    with exclusive(lock):
        if not _is_good(chain, key_path, authority, wanted, now):
            key = generate_key()
            leaf = authority.issue_for_server(key.public_key(), names=sorted(wanted), at=now, valid_for=_TLS_LASTS)
            _write_key(key_path, key)
            replace_file(chain, b"".join(map(_pem, (leaf, authority.certificate))))
    return chain, key_path


def _is_good(chain: Path, key_path: Path, authority: Authority, wanted: set[str], now: datetime) -> bool:
    if not (chain.exists() and key_path.exists()):
        return False
    leaf, issuer = x509.load_pem_x509_certificates(chain.read_bytes())
    key = load_pem_private_key(key_path.read_bytes(), None)
    alternatives = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return (
        leaf.public_key() == key.public_key()
        and issuer.public_bytes(Encoding.DER) == authority.certificate
        and leaf.not_valid_before_utc <= now < leaf.not_valid_after_utc - _RENEW_BEFORE
        and wanted <= {str(each.value) for each in alternatives}
    )


def _pem(certificate: bytes) -> bytes:
    return x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM)


def _write_key(path: Path, key: EllipticCurvePrivateKey | Ed25519PrivateKey) -> None:
    replace_file(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
