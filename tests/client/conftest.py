"""A server process, a keystore, and people with clients of their own."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from ecabinet.keys.os_keystore import Keystore
from tests.client.people import Town
from tests.server.live import Process

_numbers = itertools.count(1)


@pytest.fixture
def keystore(keyring_session: dict[str, str]) -> Keystore:
    """A real one, under a name that nobody else uses."""
    return Keystore(f"ecabinet-test-{next(_numbers)}", may_prompt=False)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Process]:
    """A server of this test's own."""
    process = Process(tmp_path / "server")
    yield process
    process.stop()


@pytest.fixture
def town(tmp_path: Path, keystore: Keystore, server: Process) -> Iterator[Town]:
    """A founded body with nobody in it but the registrar."""
    town = Town(tmp_path / "machines", keystore, server.url.removeprefix("https://"))
    town.found(server.said["founding_code"])
    yield town
    town.lock_all()
