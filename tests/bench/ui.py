"""How long the UI loop is away while a scan of 300 pages scrolls by and 300 MB are synced in the same process.

The windows are the real ones, off-screen; so are server, keystore, vault and page process. A bare Qt loop beside it, in
a process of its own, tells whether the machine was free: if that one was away too long, the run says nothing and comes
again.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ecabinet.core.codec import Digest
from ecabinet.core.people import Role
from ecabinet.demo.stage import Actor
from ecabinet.keys.os_keystore import Keystore
from ecabinet.keys.secret_service import private_secret_service
from tests.bench import corpus
from tests.bench.figures import tell
from tests.bench.heartbeat import Gaps
from tests.bench.party import Party, party
from tests.client.guests import Guests
from tests.client.people import PIN

PAPERS, SIZE = 300, 1_000_000
SECONDS = 20
SPEED = 2_400
"""Logical pixels a second."""
ATTEMPTS = 5
FREE_MS = 16.0
_PERSON, _SERVICE = "finance", "ecabinet-bench"
_ENOUGH = 0.95


def main() -> None:
    """Scrolls and syncs for so many seconds, until the machine was free."""
    papers = [*corpus.papers(PAPERS, SIZE), corpus.scan()]
    with party() as at, reading(at, papers) as client:
        bare, figures, attempts = scroll(client, seconds=SECONDS, syncs_but=at.cabinet.documents[-1].digest)
    assert figures["trouble"] is None
    assert figures["pages"] > 0
    assert figures["sharp_frames"] > 0
    assert figures["fetched"] > 0
    gaps: Gaps = figures.pop("gaps")
    tell(
        "ui",
        unit="ms, 99.9 of 100 gaps are shorter",
        ours=gaps.p999,
        peer=bare.p999,
        ratio=bare.p999 / gaps.p999,
        goal="p99.9 of at most 33 ms, worst of at most 100 ms, while a bare loop is away for at most 16 ms",
        worst=round(gaps.worst, 1),
        peer_worst=round(bare.worst, 1),
        beats=gaps.beats,
        is_machine_free=bare.worst <= FREE_MS,
        attempts=attempts,
        seconds=SECONDS,
        **figures,
    )


def scroll(client: Actor, *, seconds: int, syncs_but: Digest | None = None) -> tuple[Gaps, dict[str, Any], int]:
    """Scrolls so long at SPEED, from pages nobody has seen, until the machine was free, ATTEMPTS times at most.

    Meanwhile all papers are synced but the one of `syncs_but`, where that is given. Returns:
    The gaps of a bare loop beside it; the client's own as `gaps`, with what it counted; and how often it was tried.
    """
    measured = [_measure(client, seconds, syncs_but)]
    while measured[-1][0].worst > FREE_MS and len(measured) < ATTEMPTS:
        measured.append(_measure(client, seconds, syncs_but))
    bare, figures = min(measured, key=lambda each: each[0].worst)
    assert figures["scrolled"] >= _ENOUGH * SPEED * seconds
    gaps = Gaps(worst=figures.pop("worst"), p999=figures.pop("p999"), beats=figures.pop("beats"))
    return bare, {**figures, "gaps": gaps}, len(measured)


def _measure(client: Actor, seconds: int, syncs_but: Digest | None) -> tuple[Gaps, dict[str, Any]]:
    client.do("forget", seconds=30)
    with bare_loop() as bare:
        client.do("begin", seconds=30, speed=SPEED, digest=syncs_but)
        time.sleep(seconds)
        figures = dict(client.do("end"))
    figures.pop("ok")
    return bare[0], figures


@contextmanager
def bare_loop() -> Iterator[list[Gaps]]:
    """A loop in a process of its own that does nothing; its gaps are there when it is left."""
    gaps = list[Gaps]()
    command = [sys.executable, "-m", "tests.bench.heartbeat"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as bare:
        yield gaps
        answer, _ = bare.communicate("")
        gaps.append(Gaps(**json.loads(answer)))


@contextmanager
def reading(at: Party, papers: Sequence[Path]) -> Iterator[Actor]:
    """A member's client, unlocked, in sync, with the last of these papers open in its reader."""
    keyring = private_secret_service(at.folder / "keyring", PIN)
    with keyring as environment, pytest.MonkeyPatch.context() as patch:
        for name, value in {**environment, "QT_QPA_PLATFORM": "offscreen"}.items():
            patch.setenv(name, value)
        guests = Guests(at.folder / "machines", Keystore(_SERVICE, may_prompt=False), at.cabinet)
        guests.welcome(_PERSON, Role.MEMBER)
        guests.lock_all()
        at.hand_out(papers)
        client = _start(at.folder / "machines" / _PERSON, at.folder / "client.log")
        try:
            client.do("type", widget="pin", text=PIN, seconds=30)
            client.do("press", keys="Return")
            while client.do("sit", seconds=60)["papers"] < len(papers):
                time.sleep(1)
            client.do("open", document=at.cabinet.documents[-1].document)
            yield client
        finally:
            client.end()


def _start(data: Path, log: Path) -> Actor:
    command = [sys.executable, "-m", "tests.bench.ui_client", "--data", str(data), "--keystore", _SERVICE]
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, encoding="utf-8"
        )
    return Actor("client", process, log)


if __name__ == "__main__":
    main()
