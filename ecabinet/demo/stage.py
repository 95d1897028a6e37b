"""The processes of the demo and what they stand on: a folder, a keyring of their own, a server, a relay, the players.

Everything that is started here is ended here, whatever happens in between. Nothing of a real installation is touched:
data folders lie below one temporary folder, the keyring is a private one.
"""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Self
from urllib.parse import urlsplit

from ecabinet.demo.relay import Relay
from ecabinet.keys.secret_service import private_secret_service

_PATIENCE = 30.0
"""Seconds a process has to answer, over those that a command itself may take."""
_FAREWELL = 10.0


class StageError(Exception):
    """A process of the demo ended, fell silent, or could not do what it was told. Its last words are in the message."""


class Actor:
    """A process that takes commands, one JSON object a line, and answers each with one."""

    def __init__(self, name: str, process: subprocess.Popen[str], log: Path) -> None:
        self.name = name
        self._process, self._log = process, log
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._listener = threading.Thread(target=self._listen, name=f"listens to {name}", daemon=True)
        self._listener.start()

    def do(self, deed: str, *, seconds: float = 0.0, meant: str = "", **details: Any) -> Mapping[str, Any]:
        """Has a command carried out and returns the answer. Raises StageError, which says what was `meant`."""
        meant = meant or f"was to {deed.replace('_', ' ')}"
        if self._process.stdin is None:
            raise StageError(f"{self.name} takes no commands")
        try:
            self._process.stdin.write(json.dumps({"do": deed, "seconds": seconds, **details}) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise StageError(f"{self.name} has ended{self._last_words()}") from error
        answer: Mapping[str, Any] = json.loads(self.next_line(seconds + _PATIENCE, meant))
        if not answer.get("ok", True):
            waited = f" (waited {seconds:.0f} s)" if seconds else ""
            raise StageError(f"{self.name} {meant}{waited}: {answer.get('error')}{self._last_words()}")
        return answer

    def next_line(self, seconds: float, awaited: str) -> str:
        """The next line the process writes. Raises StageError when none comes in time."""
        try:
            line = self._lines.get(timeout=seconds)
        except queue.Empty:
            raise StageError(f"{self.name} {awaited}, but does not answer{self._last_words()}") from None
        if line is None:
            ended = f"has ended with {self._process.wait()}"
            raise StageError(f"{self.name} {awaited}, but {ended}{self._last_words()}")
        return line

    def end(self) -> None:
        """Asks the process to end by closing its commands; ends it if it does not."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        else:
            self._process.terminate()
        try:
            self._process.wait(_FAREWELL)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join()

    def _listen(self) -> None:
        output: IO[str] | None = self._process.stdout
        if output is not None:
            with output:
                for line in output:
                    self._lines.put(line)
        self._lines.put(None)

    def _last_words(self) -> str:
        words = self._log.read_text("utf-8", "replace").strip().splitlines()[-12:] if self._log.exists() else []
        return "".join(f"\n  {self.name}: {line}" for line in words)


class Stage:
    """Where the demo plays. Use as a context manager."""

    def __init__(self, folder: Path, *, is_seen: bool = False) -> None:
        """`is_seen`: windows appear on the display there is, instead of nowhere."""
        self.folder = folder
        self._is_seen = is_seen
        self._ends = ExitStack()
        self._environment = dict(os.environ)

    def __enter__(self) -> Self:
        if not self._is_seen:
            self._environment["QT_QPA_PLATFORM"] = "offscreen"
        self._environment |= {
            "PYTHONUNBUFFERED": "1",
            "PYTHONFAULTHANDLER": "1",
            "HOME": str(self.folder / "home"),
            "XDG_CONFIG_HOME": str(self.folder / "home" / "config"),
            "XDG_DATA_HOME": str(self.folder / "home" / "data"),
        }
        (self.folder / "home").mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    def open_keyring(self, password: str) -> None:
        """A real Secret Service on a private bus, for every process started from now on.

        Elsewhere than on Linux the system's own keystore serves, under names of the demo's own.
        """
        if sys.platform != "linux":
            return
        keyring = private_secret_service(self.folder / "keyring", password)
        self._environment |= self._ends.enter_context(keyring)

    def start_server(self) -> tuple[tuple[str, int], str]:
        """Starts `ecabinet serve` with no configuration; its address and founding code."""
        serve = ["-m", "ecabinet", "serve", "--data", str(self.folder / "server"), "--port", "0"]
        server = self._start("server", serve, takes_commands=False)
        while True:
            line = server.next_line(_PATIENCE, "was to listen")
            if line.startswith("{"):
                break
        told: dict[str, str] = json.loads(line)
        address = urlsplit(told["listening"])
        if address.hostname is None or address.port is None:
            raise StageError(f"the server listens nowhere: {line}")
        return (address.hostname, address.port), told["founding_code"]

    def put_relay(self, target: tuple[str, int]) -> Relay:
        """A relay in front of an address."""
        return self._ends.enter_context(Relay(target))

    def start_client(self, name: str, *, size: tuple[int, int] = (1366, 768)) -> Actor:
        """A client with real windows, off-screen, and a player at its keys."""
        width, height = map(str, size)
        return self._start(name, ["-m", "ecabinet.demo.actor", *self._place(name), "--size", width, height])

    def open_client(self, name: str) -> subprocess.Popen[bytes]:
        """Opens the program itself for somebody to use, as `ecabinet client` does."""
        return subprocess.Popen([sys.executable, "-m", "ecabinet", "client", *self._place(name)], env=self._environment)

    def start_understudy(self, name: str) -> Actor:
        """A client without windows: the same desk, vault and keys."""
        return self._start(name, ["-m", "ecabinet.demo.understudy", *self._place(name)])

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs another Python program of ours to its end."""
        return subprocess.run(
            [sys.executable, *arguments], env=self._environment, capture_output=True, text=True, check=False
        )

    def _place(self, name: str) -> list[str]:
        # Names of their own in the keystore too: a demo with a display uses the person's real one.
        return ["--data", str(self.folder / name), "--keystore", f"ecabinet-demo-{self.folder.name}-{name}"]

    def _start(self, name: str, arguments: Sequence[str], *, takes_commands: bool = True) -> Actor:
        log = self.folder / f"{name}.log"
        with log.open("w", encoding="utf-8") as errors:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                env=self._environment,
                stdin=subprocess.PIPE if takes_commands else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                encoding="utf-8",
            )
        actor = Actor(name, process, log)
        self._ends.callback(actor.end)
        return actor
