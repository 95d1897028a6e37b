"""How long from the start of the process to a window that answers a key, all files being in the system's cache.

It is `ecabinet client` where nobody has been before, and on a member's machine, where it asks for the PIN; beside a
bare window of Qt's in the same environment. Each is started anew every time, in turns.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ecabinet.core.people import Role
from ecabinet.keys.os_keystore import Keystore
from ecabinet.keys.secret_service import private_secret_service
from tests.bench.figures import tell
from tests.bench.first_key import BARE, PAINTED, USABLE
from tests.bench.party import party
from tests.client.guests import Guests
from tests.client.people import PIN

RUNS = 7
LIMIT = 1.5
"""Seconds."""
_ROOT = Path(__file__).parents[2]
_PERSON, _SERVICE = "finance", "ecabinet-bench"
_UNLOCK, _FIRST_RUN = "unlock", "first_run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Seconds from the start of the process: until its window was painted, until that showed what a key wrote."""

    painted: float
    usable: float
    cpu: float
    """Of the processor's time, all the process had used when it was usable."""
    modules: Mapping[str, frozenset[str]]
    """All that were in the process by then."""


def main() -> None:
    """Medians of so many starts of each, after one that does not count."""
    with _programs() as programs:
        started = [{name: start(*program) for name, program in programs.items()} for _ in range(RUNS + 1)]
    counted = {name: [each[name] for each in started[1:]] for name in programs}
    usable = {name: [each.usable for each in starts] for name, starts in counted.items()}
    ours, peer = (statistics.median(usable[name]) for name in (_UNLOCK, BARE))
    tell(
        "start",
        unit="s",
        ours=ours,
        peer=peer,
        ratio=peer / ours,
        goal=f"at most {LIMIT} s",
        of_limit=round(ours / LIMIT, 3),
        painted=_median(each.painted for each in counted[_UNLOCK]),
        first_run=_median(usable[_FIRST_RUN]),
        cpu=_median(each.cpu for each in counted[_UNLOCK]),
        peer_cpu=_median(each.cpu for each in counted[BARE]),
        starts=sum(map(len, counted.values())),
        seconds=_rounded(usable[_UNLOCK]),
        first_run_seconds=_rounded(usable[_FIRST_RUN]),
        peer_seconds=_rounded(usable[BARE]),
    )


def start(*program: str) -> Start:
    """Starts `first_key` with these arguments, and waits until it has ended by itself."""
    seconds: dict[str, float] = {}
    modules: dict[str, frozenset[str]] = {}
    cpu = 0.0
    command = [sys.executable, "-m", "tests.bench.first_key", *program]
    began_at = time.perf_counter()
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            elapsed, told = time.perf_counter() - began_at, json.loads(line)
            seconds[told["moment"]], modules[told["moment"]] = elapsed, frozenset(told["modules"])
            cpu = told["cpu"]
    assert process.returncode == 0
    assert list(seconds) == [PAINTED, USABLE]
    return Start(painted=seconds[PAINTED], usable=seconds[USABLE], cpu=cpu, modules=modules)


@contextmanager
def _programs() -> Iterator[Mapping[str, Sequence[str]]]:
    """What is started, by name, while there are a keystore and a member's machine."""
    with (
        party() as at,
        private_secret_service(at.folder / "keyring", PIN) as environment,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in {**environment, "QT_QPA_PLATFORM": "offscreen"}.items():
            patch.setenv(name, value)
        guests = Guests(at.folder / "machines", Keystore(_SERVICE, may_prompt=False), at.cabinet)
        guests.welcome(_PERSON, Role.MEMBER)
        guests.lock_all()
        yield {
            BARE: [BARE],
            _FIRST_RUN: _client(guests.folder / "nobody"),
            _UNLOCK: _client(guests.folder / _PERSON),
        }


def _client(data: Path) -> Sequence[str]:
    return "client", "--data", str(data), "--keystore", _SERVICE


def _median(seconds: Iterable[float]) -> float:
    return round(statistics.median(seconds), 3)


def _rounded(seconds: Sequence[float]) -> list[float]:
    return [round(each, 3) for each in seconds]


if __name__ == "__main__":
    main()
