"""A served body whose registrar and secretary the cabinet plays, and guests who have clients."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from ecabinet.core.people import Role
from ecabinet.keys.os_keystore import Keystore
from ecabinet.server.actions import founding
from tests.client.guests import Guests
from tests.client.people import Town
from tests.server.live import LiveCabinet, Process
from tests.server.local import local_server

_bodies = itertools.count(1)


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A server that many tests share, each with a body of its own."""
    process = Process(tmp_path_factory.mktemp("shared") / "data")
    yield process
    assert process.stop() == 0


@pytest.fixture
def founding_code(shared_server: Process) -> str:
    """For one more body, as the operator's command makes it."""
    server = local_server(shared_server.data)
    try:
        return founding.make_code(server).text()
    finally:
        server.store.close()


@pytest.fixture
def body() -> str:
    return f"H49.{next(_bodies)}"


@pytest.fixture
def cabinet(shared_server: Process, founding_code: str, body: str) -> LiveCabinet:
    """Founded, with a secretary."""
    cabinet = LiveCabinet(shared_server.url, founding_code, body)
    cabinet.found()
    cabinet.enrol("secretary", Role.SECRETARY)
    return cabinet


@pytest.fixture
def guests(tmp_path: Path, keystore: Keystore, cabinet: LiveCabinet) -> Iterator[Guests]:
    """Whoever is welcomed to the cabinet's body."""
    guests = Guests(tmp_path / "machines", keystore, cabinet)
    yield guests
    guests.lock_all()


@pytest.fixture
def town(tmp_path: Path, keystore: Keystore, shared_server: Process, founding_code: str, body: str) -> Iterator[Town]:
    """A body with nobody in it but the registrar, who has a client."""
    town = Town(tmp_path / "machines", keystore, shared_server.url.removeprefix("https://"))
    town.found(founding_code, body)
    yield town
    town.lock_all()
