"""What an operator may set; everything has a default that works on one machine with nothing configured.

By options of `ecabinet serve`, or by the environment: `ECABINET_DATA`, `ECABINET_PORT` and so on.
"""

import os
import sys
from datetime import timedelta
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

PORT = 8443
DATABASE = "ecabinet.db"
LEAST_PASSPHRASE = 20
"""Characters of ASCII. Whoever has the files may try as many as he likes, so it is to be a random one."""


class WeakPassphrase(Exception):
    """The file holds more than one line, too short a one, or one that is not ASCII."""


def default_data_folder() -> Path:
    """Where this platform wants a program's data to be."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "ecabinet-server"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "ecabinet-server"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "ecabinet-server"


class Settings(BaseSettings):
    """The server's settings."""

    model_config = SettingsConfigDict(env_prefix="ECABINET_", frozen=True)

    data: Path = Field(default_factory=default_data_folder)
    """Keys, parts of uploads, and by default the database and the papers."""
    host: str = "127.0.0.1"
    port: int = PORT
    """0: whichever is free."""
    names: tuple[str, ...] = ()
    """Host names and addresses the TLS certificate is for, beside `host` and the loopback ones."""
    database: str = ""
    """SQLAlchemy's URL: `postgresql+psycopg://…`. By default SQLite in the data folder."""
    blobs: str = ""
    """Where papers are kept: a folder, by default one in the data folder, or what obstore takes (`s3://bucket/prefix`)."""
    public_url: str = ""
    """How others reach this server, for the certificates' CRL address; by default by its host and port."""
    witnesses: tuple[str, ...] = ()
    """Who is asked to cosign checkpoints, each `VKEY URL`: the key as `ecabinet witness serve` prints it."""
    witness_ca: Path | None = None
    """PEM: what the witnesses' TLS certificates are issued by, beside the authorities this system trusts."""
    time_authority: str = ""
    """Where time stamps are asked for (RFC 3161): an http or https address. By default there are none."""
    time_authority_ca: Path | None = None
    """PEM: what the time-stamp authority's certificate is issued by, or that certificate itself."""
    key_passphrase_file: Path | None = None
    """Its only line is the passphrase of the server's keys: as systemd's LoadCredential= gives it. By default they have
    none."""
    authority_networks: tuple[str, ...] = ()
    """Networks beside the open one, as `10.0.0.0/8`, in which outside authorities may be asked for revocations."""
    sign_in_lasts: timedelta = timedelta(hours=12)
    code_lasts: timedelta = timedelta(days=14)
    certificate_lasts: timedelta = timedelta(days=5 * 365)
    """Of signers' certificates; those of a body's CA last four times as long."""

    def key_passphrase(self) -> bytes | None:
        """What closes the server's keys. Raises WeakPassphrase, OSError."""
        if self.key_passphrase_file is None:
            return None
        passphrase = self.key_passphrase_file.read_bytes().rstrip(b"\r\n")
        if len(passphrase) < LEAST_PASSPHRASE or b"\n" in passphrase or not passphrase.isascii():
            raise WeakPassphrase(self.key_passphrase_file)
        return passphrase

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data / DATABASE}"

    @property
    def blobs_url(self) -> str:
        return self.blobs or str(self.data / "blobs")
