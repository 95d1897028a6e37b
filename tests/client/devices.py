"""Devices of people in a simulator's body: a vault, keys and a wire, opened and closed at will."""

from datetime import datetime, timedelta
from pathlib import Path

from ecabinet.client.desk.desk import Desk, desk_of
from ecabinet.client.desk.unlocked import Unlocked
from ecabinet.client.remote import Remote
from ecabinet.client.sync import Sync
from ecabinet.client.vault.changes import Changes
from ecabinet.client.vault.serial import Lock
from ecabinet.client.vault.store import Vault
from ecabinet.core.people import Grant, Role
from ecabinet.core.register import DeviceKeys as PublicKeys
from ecabinet.core.register import Enrolled
from ecabinet.keys.device import DeviceKeys
from tests.sample import BODY_NAME, OFFICES
from tests.simulator import Simulator
from tests.wire import Wire

PIN = "246813"
VAULT_KEY = bytes(range(32))


class ClientDevice:
    """One device of one person, enrolled and open. Of `keys`, which tests share, only the certificate changes."""

    def __init__(self, simulator: Simulator, person: str, keys: DeviceKeys, folder: Path, *roles: Role) -> None:
        self.simulator, self.person, self.keys, self.folder = simulator, person, keys, folder
        self.wire = Wire(simulator)
        self.ahead_by = timedelta(0)
        """By how much this machine's clock is ahead."""
        self._enrol(roles or (Role.MEMBER,))
        self.open()

    def _enrol(self, roles: tuple[Role, ...]) -> None:
        simulator, (office, office_en) = self.simulator, OFFICES[self.person]
        certificate = simulator.authority.issue(
            self.keys.request,
            title=office,
            body=BODY_NAME,
            crl_url="http://localhost/ca.crl",
            at=simulator.now,
            valid_for=timedelta(days=365),
        )
        self.keys.keep_chain((certificate,))
        enrolled = Enrolled(
            **simulator.heading(),
            person=self.person,
            office=office,
            office_en=office_en,
            grants=tuple(Grant(role=role, from_at=simulator.began_at) for role in roles),
            keys=PublicKeys(
                signing_certificate=certificate,
                device_key=self.keys.device_public_key,
                sealing_key=self.keys.sealing_public_key,
            ),
            previous=simulator.register_head,
        )
        simulator.append(simulator.sign("registrar", enrolled))

    def clock(self) -> datetime:
        return self.simulator.now + self.ahead_by

    def open(self) -> None:
        """As unlocking does."""
        simulator = self.simulator
        self.vault = Vault(self.folder, VAULT_KEY, Lock())
        remote = Remote("localhost", 1, simulator.authority.certificate, self.keys, pool=self.wire)  # type: ignore[arg-type]
        self.sync = Sync(
            self.vault,
            remote,
            body=simulator.body,
            person=self.person,
            sealing_key=self.keys.sealing_private_key,
            device_sign=self.keys.device_sign,
            clock=self.clock,
        )
        self.desk: Desk = desk_of(
            Unlocked(
                vault=self.vault,
                sync=self.sync,
                remote=remote,
                keys=self.keys,
                host="localhost",
                port=1,
                body=simulator.body,
                body_name=BODY_NAME,
                person=self.person,
                office=OFFICES[self.person][0],
                office_en=OFFICES[self.person][1],
                phrase="",
                clock=self.clock,
            )
        )

    def close(self) -> None:
        """As a kill does: nothing is said to anybody."""
        self.vault.close()

    def reopen(self) -> None:
        self.close()
        self.open()

    def round(self) -> Changes:
        """A round that meets no trouble."""
        assert not self.wire.faults
        changes = self.sync.once()
        assert self.sync.status().trouble is None, self.sync.status().trouble
        return changes

    def text_of(self, digest: str) -> bytes:
        """A paper, as the page process would get it."""
        paper = next(line for line in self.desk.papers.all() if line.digest == digest)
        into = memoryview(bytearray(paper.size))
        self.desk.papers.fill(digest, into)
        return bytes(into)
