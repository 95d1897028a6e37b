"""The server's own keys, in files only their owner can read: its CA and TLS key, each body's CA and log key.

The server's CA stands for the server in codes and at sign-in; a body's CA issues its signers' certificates. Neither
makes anybody an elector: only the registrar does, whose key is never here.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ecabinet.core.codec import AgencyCode
from ecabinet.keys.authority_files import authority_at, ed25519_at, tls_files
from ecabinet.keys.certificates import Authority
from ecabinet.keys.durable import exclusive, replace_file

_SERVER = "ecabinet"


class Keys:
    """The key files below one folder; what is missing is made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = folder / "lock"
        self.authority = authority_at(folder / "server-ca", _SERVER, self._lock)
        key = self.authority.private_key.public_key()
        self.ca_spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def body_authority(self, body: AgencyCode, name: str) -> Authority:
        """The CA of a body, which bears the name it was first asked for with."""
        return authority_at(self._of(body) / "ca", name, self._lock)

    def log_key(self, body: AgencyCode, epoch: int) -> Ed25519PrivateKey:
        """What signs the checkpoints of a body's log."""
        return ed25519_at(self._log_key_file(body, epoch), self._lock)

    def is_prepared(self, body: AgencyCode, epoch: int) -> bool:
        """Whether there is a log key for an epoch. One for the next is made when a backup has been restored."""
        return self._log_key_file(body, epoch).exists()

    def challenge_secret(self) -> bytes:
        """With which sign-in challenges are made recognisable."""
        path = self.folder / "challenge.secret"
        with exclusive(self._lock):
            if not path.exists():
                replace_file(path, secrets.token_bytes(32))
        return path.read_bytes()

    def tls(self, names: Iterable[str], now: datetime) -> tuple[Path, Path]:
        """Certificate chain and key for TLS, made anew when old or for other names."""
        return tls_files(self.folder, self.authority, names, now, self._lock)

    def _log_key_file(self, body: AgencyCode, epoch: int) -> Path:
        return self._of(body) / f"log-{epoch}.key"

    def _of(self, body: AgencyCode) -> Path:
        folder = self.folder / "bodies" / body
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder
