"""The server's own keys, in files only their owner can read: its CA and TLS key, each body's CA and log key.

The server's CA stands for the server in codes and at sign-in; a body's CA issues its signers' certificates. Neither
makes anybody an elector: only the registrar does, whose key is never here.
"""

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ecabinet.core.codec import AgencyCode
from ecabinet.keys.authority_files import KeyFiles, is_closed
from ecabinet.keys.certificates import Authority
from ecabinet.keys.durable import exclusive, replace_file

_SERVER = "ecabinet"
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - below it, in a folder of this process alone


class KeysMissing(Exception):
    """A key or certificate that can't be made anew is not there: bodies go by it already."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


def server_files(folder: Path) -> tuple[Path, ...]:
    """What codes and sign-ins of a server go by."""
    return folder / "server-ca.key", folder / "server-ca.pem"


def body_files(folder: Path, body: AgencyCode, epoch: int) -> tuple[Path, ...]:
    """What the members of a body go by, whose log is in this epoch."""
    own = folder / "bodies" / body
    return own / "ca.key", own / "ca.pem", own / f"log-{epoch}.key"


def require(files: Iterable[Path]) -> None:
    """Raises KeysMissing unless all are there."""
    for path in files:
        if not path.exists():
            raise KeysMissing(path)


class Keys:
    """The key files below one folder; what is missing is made, and what is plain closed where there is a passphrase.

    Raises KeysClosed where a key is to be read.
    """

    def __init__(self, folder: Path, passphrase: bytes | None = None) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = folder / "lock"
        self._files = KeyFiles(self._lock, passphrase)
        self._files.close(folder.rglob("*.key"))
        self.authority = self._files.authority(folder / "server-ca", _SERVER)
        key = self.authority.private_key.public_key()
        self.ca_spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def body_authority(self, body: AgencyCode, name: str) -> Authority:
        """The CA of a body, which bears the name it was first asked for with."""
        return self._files.authority(self._of(body) / "ca", name)

    def log_key(self, body: AgencyCode, epoch: int) -> Ed25519PrivateKey:
        """What signs the checkpoints of a body's log."""
        return self._files.ed25519(self._log_key_file(body, epoch))

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

    @contextmanager
    def tls(self, names: Iterable[str], now: datetime) -> Iterator[tuple[Path, Path]]:
        """Certificate chain and key for TLS, made anew when old or for other names.

        The library that serves reads no closed key: as long as this lasts, an open copy lies in memory, or in the
        system's folder for temporary files where it has no files in memory.
        """
        chain, key = self._files.tls(self.folder, self.authority, names, now)
        if not is_closed(key):
            yield chain, key
            return
        with TemporaryDirectory(prefix="ecabinet-", dir=_IN_MEMORY if _IN_MEMORY.is_dir() else None) as folder:
            opened = Path(folder, key.name)
            opened.write_bytes(self._files.opened(key))
            yield chain, opened

    def _log_key_file(self, body: AgencyCode, epoch: int) -> Path:
        return self._of(body) / f"log-{epoch}.key"

    def _of(self, body: AgencyCode) -> Path:
        folder = self.folder / "bodies" / body
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder
