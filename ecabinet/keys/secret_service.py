"""A Secret Service of our own: a real gnome-keyring on a private D-Bus session, for tests and the headless demo.

Promises: nothing of the user's keyring or session bus is touched; everything that was started is stopped at the end,
whatever happened between; it works as root, in a container, without systemd and without a display. Linux only.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jeepney.io.blocking import DBusConnection

_BUS_CONFIGURATION = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
_PACKAGES = {"dbus-daemon": "dbus-daemon", "gnome-keyring-daemon": "gnome-keyring"}
_NAME = "org.freedesktop.secrets"
_START_LIMIT = 10.0  # seconds, as the next
_LOOK_EVERY = 0.2
_STOP_LIMIT = 5.0


class Fault(StrEnum):
    """Why no private Secret Service could be had."""

    PROGRAM_MISSING = "program-missing"
    DID_NOT_START = "did-not-start"
    WRONG_PASSWORD = "wrong-password"  # noqa: S105 - a reason, not a password
    """The folder holds a keyring made with another password."""


class SecretServiceError(Exception):
    """No private Secret Service; `packages` are those of Debian that would help."""

    def __init__(self, reason: Fault, *, packages: tuple[str, ...] = ()) -> None:
        super().__init__(" ".join((reason.value, *packages)))
        self.reason = reason
        self.packages = packages


def missing_packages() -> tuple[str, ...]:
    """The packages of Debian that are needed here and not installed."""
    return tuple(package for program, package in _PACKAGES.items() if shutil.which(program) is None)


@contextmanager
def private_secret_service(folder: Path, password: str) -> Iterator[dict[str, str]]:
    """Run a Secret Service whose unlocked default keyring lives in `folder`; it is made when it is not there.

    Gives the environment variables that lead to it, to be set in a process that shall use it. Raises
    `SecretServiceError`.
    """
    if packages := missing_packages():
        raise SecretServiceError(Fault.PROGRAM_MISSING, packages=packages)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Sockets have names of at most 107 bytes, so they lie in a short folder of their own.
    with tempfile.TemporaryDirectory(prefix="ecabinet-bus-", ignore_cleanup_errors=True) as runtime:
        address = f"unix:path={runtime}/bus"
        environment = {
            "DBUS_SESSION_BUS_ADDRESS": address,
            "XDG_DATA_HOME": str(folder.absolute()),
            "XDG_RUNTIME_DIR": runtime,
        }
        with _bus(Path(runtime)), _keyring(environment, password):
            yield {"DBUS_SESSION_BUS_ADDRESS": address}


@contextmanager
def _bus(runtime: Path) -> Iterator[None]:
    configuration = runtime / "bus.conf"
    configuration.write_text(_BUS_CONFIGURATION.format(socket=runtime / "bus"))
    command = ["dbus-daemon", f"--config-file={configuration}", "--nofork", "--nopidfile", "--print-address=1"]
    with _running(command, {}, stdout=subprocess.PIPE) as bus:
        # The address, once the bus listens; nothing, once it has ended.
        if bus.stdout is None or not bus.stdout.readline():
            raise SecretServiceError(Fault.DID_NOT_START)
        yield


@contextmanager
def _keyring(environment: dict[str, str], password: str) -> Iterator[None]:
    import secretstorage  # noqa: PLC0415 - only Linux has these two
    from jeepney.io.blocking import open_dbus_connection  # noqa: PLC0415

    control = f"--control-directory={environment['XDG_RUNTIME_DIR']}/control"
    command = ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets", control]
    with (
        closing(open_dbus_connection(environment["DBUS_SESSION_BUS_ADDRESS"])) as connection,
        _running(command, environment, stdin=subprocess.PIPE) as daemon,
    ):
        if daemon.stdin is not None:
            with suppress(BrokenPipeError):  # it has ended, as will show at once
                daemon.stdin.write(password.encode())
                daemon.stdin.close()
        _await_owner(connection, daemon)
        # The daemon unlocks before it takes its name; what is still locked was made with another password.
        if secretstorage.get_collection_by_alias(connection, "default").is_locked():
            raise SecretServiceError(Fault.WRONG_PASSWORD)
        yield


def _await_owner(connection: "DBusConnection", daemon: subprocess.Popen[bytes]) -> None:
    """Wait until the Secret Service's name is taken."""
    from jeepney import MatchRule, message_bus  # noqa: PLC0415
    from jeepney.io.blocking import Proxy  # noqa: PLC0415

    rule = MatchRule(type="signal", interface="org.freedesktop.DBus", member="NameOwnerChanged")
    rule.add_arg_condition(0, _NAME)
    bus = Proxy(message_bus, connection)
    bus.AddMatch(rule)
    deadline = time.monotonic() + _START_LIMIT
    with connection.filter(rule) as changes:
        while not bus.NameHasOwner(_NAME)[0]:
            if daemon.poll() is not None or time.monotonic() > deadline:
                raise SecretServiceError(Fault.DID_NOT_START)
            with suppress(TimeoutError):
                connection.recv_until_filtered(changes, timeout=_LOOK_EVERY)


@contextmanager
def _running(
    command: list[str],
    environment: dict[str, str],
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
) -> Iterator[subprocess.Popen[bytes]]:
    """A program, with these variables added to the environment; stopped at the end."""
    with subprocess.Popen(
        command, stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL, env=os.environ | environment
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(_STOP_LIMIT)
            except subprocess.TimeoutExpired:
                process.kill()
