"""A real server as a process, a body on it with papers, and one member's client without windows."""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from ecabinet.client.remote import Remote
from ecabinet.client.sync import Sync
from ecabinet.client.vault.serial import Lock
from ecabinet.client.vault.store import Vault
from ecabinet.core.codec import Digest
from ecabinet.core.people import Role
from tests.bench.corpus import FOLDER
from tests.cabinet import Device
from tests.server.live import LiveCabinet, Process

MEMBER = "chair"
_VAULT_KEY = bytes(32)
_PART = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Party:
    """A server, its body, and a folder for whatever is received; all on one file system, all gone at the end."""

    folder: Path
    process: Process
    cabinet: LiveCabinet

    @property
    def address(self) -> tuple[str, int]:
        url = urlsplit(self.process.url)
        assert url.hostname is not None
        assert url.port is not None
        return url.hostname, url.port

    def hand_out(self, papers: Iterable[Path]) -> None:
        """The secretary uploads papers, publishes them, and puts them before the member in a meeting."""
        self.cabinet.publish({paper.stem: paper.read_bytes() for paper in papers})
        self.cabinet.send_meeting()

    def requests(self) -> list[str]:
        """The routes of all requests the server has answered, by its log."""
        lines = map(json.loads, self.process.log.read_text().splitlines())
        return [line["route"] for line in lines if line["event"] == "request"]


@contextmanager
def party() -> Iterator[Party]:
    """A body with a secretary and one member, the chair."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="run-", dir=FOLDER) as name:
        folder = Path(name)
        process = Process(folder / "server")
        try:
            cabinet = LiveCabinet(process.url, process.said["founding_code"])
            cabinet.found()
            cabinet.enrol("secretary", Role.SECRETARY)
            cabinet.enrol(MEMBER, Role.MEMBER, Role.CHAIR)
            yield Party(folder, process, cabinet)
        finally:
            process.stop()


class Client:
    """The member's vault, empty at first, and its sync."""

    def __init__(self, party: Party, name: str, *, remote: Callable[..., Remote] = Remote) -> None:
        """`remote` is given what `Remote` is."""
        device = party.cabinet.devices[MEMBER]
        self.vault = Vault(party.folder / name, _VAULT_KEY, Lock())
        self.remote = remote(*party.address, party.cabinet.server.ca_certificate, _SignsIn(device))
        self.sync = Sync(
            self.vault,
            self.remote,
            body=party.cabinet.body,
            person=MEMBER,
            sealing_key=device.sealing_key,
            device_sign=device.device_key.sign,
            clock=lambda: datetime.now(UTC),
        )

    def hash(self, blob: Digest) -> Digest:
        """The SHA-256 of a paper, as the vault gives it back. Raises FileNotFoundError."""
        with self.vault.files.read(blob) as file:
            found = hashlib.sha256()
            for part in file.parts(_PART):
                found.update(part)
        return found.hexdigest()

    def close(self) -> None:
        self.remote.close()
        self.vault.close()


@dataclass(frozen=True, slots=True)
class _SignsIn:
    device: Device

    @property
    def device_public_key(self) -> bytes:
        return self.device.device_key.public_key().public_bytes_raw()

    def device_sign(self, challenge: bytes, /) -> bytes:
        return self.device.device_key.sign(challenge)
