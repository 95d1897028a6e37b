"""The profiles on this machine, as they lie on the disk before anything is unlocked: nothing secret is among it.

A folder for each: `profile.json`, the sealed keys, the vault.
"""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from ecabinet.core import codec
from ecabinet.core.canonical import NotCanonicalError
from ecabinet.core.codec import MalformedError
from ecabinet.core.envelope import Envelope
from ecabinet.keys.durable import replace_file

_FILE = "profile.json"


class Stage(StrEnum):
    """How far a profile has come. A first run that was interrupted goes on from here."""

    ASKING = "asking"
    """Keys are made; whether the server has them is not known. `ask_again` finds out."""
    WAITING = "waiting"
    """For the registrar, who compares the phrase with the person."""
    DECLINED = "declined"
    CONFIRMED = "confirmed"
    NEW_KEYS = "new_keys"
    """Recovered or renewed: the vault is here, the keys are new, and a new invitation is needed to enrol them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileFile:
    """What `profile.json` holds."""

    version: int
    id: str
    host: str
    port: int
    ca_certificate: bytes
    """DER, as first trusted."""
    stage: Stage
    secret: bytes
    """Of the one-time code, until it has been used."""
    founding: Envelope | None
    """The registrar's, until it has its receipt."""
    enrolment: str
    phrase: str
    device_name: str
    asked_at: datetime
    used_at: datetime
    body: str
    body_name: str
    person: str
    office: str
    office_en: str


class Profiles:
    """Those in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def place(self, profile: str) -> Path:
        return self._folder / profile

    def all(self) -> Iterator[ProfileFile]:
        """Those that can be read."""
        with suppress(FileNotFoundError):
            for place in sorted(self._folder.iterdir()):
                with suppress(FileNotFoundError, NotADirectoryError, MalformedError, NotCanonicalError):
                    yield codec.load(ProfileFile, (place / _FILE).read_bytes())

    def read(self, profile: str) -> ProfileFile:
        """Raises FileNotFoundError, codec.MalformedError, canonical.NotCanonicalError."""
        return codec.load(ProfileFile, (self.place(profile) / _FILE).read_bytes())

    def write(self, profile: ProfileFile) -> None:
        """Durably."""
        place = self.place(profile.id)
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(place / _FILE, codec.dump(profile))

    def remove(self, profile: str) -> None:
        shutil.rmtree(self.place(profile), ignore_errors=True)
