"""Keys of a device on a real keystore, stretched as cheaply as is allowed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ecabinet.keys.device import DeviceKeys
from ecabinet.keys.os_keystore import Keystore
from ecabinet.keys.recovery_code import RecoveryCode
from ecabinet.keys.seal import Stretching

PIN = "135790"
CHEAP = Stretching(salt=bytes(16), cost=1 << 10)

MakeKeys = Callable[[], tuple[DeviceKeys, RecoveryCode]]


@pytest.fixture(scope="session")
def keystore(keyring_session: dict[str, str]) -> Keystore:
    return Keystore("ecabinet-test")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def made(folder: Path, keystore: Keystore) -> tuple[DeviceKeys, RecoveryCode]:
    """Fresh keys, and their recovery code."""
    return DeviceKeys.create(folder, keystore, PIN, stretching=CHEAP)


@pytest.fixture
def keys(made: tuple[DeviceKeys, RecoveryCode]) -> DeviceKeys:
    return made[0]
