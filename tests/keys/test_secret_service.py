"""The private Secret Service: apart from the user's, unlocked, kept, ended."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ecabinet.keys.secret_service import Fault, SecretServiceError, missing_packages, private_secret_service

pytestmark = pytest.mark.usefixtures("keyring_available")

WRITE = "import sys; from ecabinet.keys.os_keystore import Keystore; Keystore('ecabinet-test').write('key', bytes(32))"
READ = "import sys; from ecabinet.keys.os_keystore import Keystore; print(Keystore('ecabinet-test').read('key').hex())"


def run(code: str, environment: dict[str, str]) -> str:
    """Run Python with this environment added, as a client of the demo runs."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=os.environ | environment, check=True, capture_output=True, text=True).stdout


def processes_of(folder: str) -> list[str]:
    """The command lines of processes that have to do with a folder."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if folder.encode() in line:
            lines.append(line.decode())
    return lines


def test_keeps_secrets_from_one_session_to_the_next(tmp_path: Path) -> None:
    with private_secret_service(tmp_path, "mật khẩu") as environment:
        run(WRITE, environment)
    with private_secret_service(tmp_path, "mật khẩu") as environment:
        assert run(READ, environment) == "00" * 32 + "\n"


def test_changes_nothing_in_this_process(tmp_path: Path) -> None:
    before = dict(os.environ)
    with private_secret_service(tmp_path, "mật khẩu") as environment:
        assert environment["DBUS_SESSION_BUS_ADDRESS"] != before.get("DBUS_SESSION_BUS_ADDRESS")
        assert dict(os.environ) == before


def test_ends_what_it_started(tmp_path: Path) -> None:
    seen: list[str] = []

    def fail_inside() -> None:
        with private_secret_service(tmp_path, "mật khẩu") as environment:
            seen.append(environment["DBUS_SESSION_BUS_ADDRESS"].removeprefix("unix:path=").removesuffix("/bus"))
            assert len(processes_of(seen[0])) == 2
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_inside()
    assert processes_of(seen[0]) == []
    assert not Path(seen[0]).exists()


def test_says_that_the_password_is_another(tmp_path: Path) -> None:
    with private_secret_service(tmp_path, "mật khẩu"):
        pass
    with pytest.raises(SecretServiceError) as caught, private_secret_service(tmp_path, "khác"):
        pass
    assert caught.value.reason is Fault.WRONG_PASSWORD


def test_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert missing_packages() == ("dbus-daemon", "gnome-keyring")
    with pytest.raises(SecretServiceError) as caught, private_secret_service(tmp_path, ""):
        pass
    assert caught.value.reason is Fault.PROGRAM_MISSING
    assert caught.value.packages == ("dbus-daemon", "gnome-keyring")


@pytest.mark.parametrize("program", ["dbus-daemon", "gnome-keyring-daemon"])
def test_says_that_a_program_ended_at_once(program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / program
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(SecretServiceError) as caught, private_secret_service(tmp_path / "keys", ""):
        pass
    assert caught.value.reason is Fault.DID_NOT_START
