"""A server process, a keystore, and people with clients of their own."""

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ecabinet.core.people import Role
from ecabinet.keys.device import DeviceKeys
from ecabinet.keys.os_keystore import Keystore
from tests.client.devices import PIN, ClientDevice
from tests.client.people import CHEAP
from tests.sample import MEMBERS
from tests.server.live import Process
from tests.simulator import Simulator

_numbers = itertools.count(1)


@pytest.fixture
def service() -> str:
    """A name in the keystore that nobody else uses."""
    return f"ecabinet-test-{os.getpid()}-{next(_numbers)}"


@pytest.fixture
def keystore(keyring_session: dict[str, str], service: str) -> Keystore:
    """A real one."""
    return Keystore(service, may_prompt=False)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Process]:
    """A server of this test's own."""
    process = Process(tmp_path / "server")
    yield process
    process.stop()


@pytest.fixture(scope="session")
def device_keys(keyring_session: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, DeviceKeys]:
    """Keys of three devices, made once: what is not about keys need not wait for them."""
    folder, keystore = tmp_path_factory.mktemp("keys"), Keystore("ecabinet-test-devices", may_prompt=False)
    names = ("first", "second", "third")
    return {name: DeviceKeys.create(folder / name, keystore, PIN, stretching=CHEAP)[0] for name in names}


@pytest.fixture
def simulator() -> Simulator:
    """A body with its secretary, its members, two papers and a meeting about them."""
    simulator = Simulator()
    simulator.found()
    simulator.enrol("secretary", Role.SECRETARY)
    for person in MEMBERS[:4]:
        simulator.enrol(person, Role.MEMBER, *([Role.CHAIR] if person == MEMBERS[0] else []))
    simulator.publish()
    return simulator


MakeDevice = Callable[..., ClientDevice]


@pytest.fixture
def device(simulator: Simulator, device_keys: dict[str, DeviceKeys], tmp_path: Path) -> Iterator[MakeDevice]:
    """Makes devices of `home-affairs`, or of whom it is told; they are closed at the end."""
    made: list[ClientDevice] = []

    def make(name: str = "first", person: str = "home-affairs", *roles: Role) -> ClientDevice:
        made.append(ClientDevice(simulator, person, device_keys[name], tmp_path / name, *roles))
        return made[-1]

    yield make
    for each in made:
        each.close()
