"""What holds for every test: services by name, no window on a screen, nothing of the user's touched, no network."""

import os
import sys
from collections.abc import Iterator
from functools import partialmethod
from pathlib import Path

import pytest
from hypothesis import settings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

pytest_plugins = [f"tests.services.{file.stem}" for file in sorted(Path(__file__).with_name("services").glob("*.py"))]

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# A busy machine is no reason to fail; a slow test shows in its time-out.
settings.register_profile("ecabinet", deadline=None)
settings.load_profile("ecabinet")


def _loopback_only(event: str, arguments: tuple[object, ...]) -> None:
    """Let no test reach beyond this machine: an audit hook sees every socket that connects."""
    if event == "socket.connect" and isinstance(address := arguments[1], tuple):
        host = str(address[0])
        if host not in {"127.0.0.1", "::1", "localhost"}:
            raise AssertionError(f"a test reached for the network: {host}")


sys.addaudithook(_loopback_only)


@pytest.fixture(scope="session", autouse=True)
def nothing_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Data and settings go to a folder of the run; the user's own bus, and the keyring behind it, are out of reach."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
            patch.setenv(name, str(home / name.lower()))
        patch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
        yield


class PatientBot(QtBot):
    """Waits a minute where pytest-qt waits five seconds: on a busy machine a second is soon gone."""

    waitUntil = partialmethod(QtBot.waitUntil, timeout=60_000)  # noqa: N815  # pytest-qt's names
    waitSignal = partialmethod(QtBot.waitSignal, timeout=60_000)  # noqa: N815
    waitExposed = partialmethod(QtBot.waitExposed, timeout=60_000)  # noqa: N815


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    return PatientBot(request)
