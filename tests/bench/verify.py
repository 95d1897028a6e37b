"""The evidence of 305 ballots of 159 electors, beside bare verifications of P-256 on the same cores.

Every named check is included, and reading the container. With a number as argument, of so many ballots.
"""

import os
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from ecabinet.core.evidence import ExitCode, check, read
from ecabinet.verify.judging import MEMORY, over_cores
from tests.bench.elections import bundles
from tests.bench.figures import tell

BALLOTS, ELECTORS = 305, 159
RAW = 20_000
"""Bare verifications of each process, half of them before and half after."""
_MEBIBYTE = 1024


def main(ballots: int = BALLOTS) -> None:
    """Opinions per second of processor time, of both."""
    paths, anchors = bundles(ballots, ELECTORS)
    cores = len(os.sched_getaffinity(0))
    before = bare(cores)
    began_at, used = time.perf_counter(), _processor_time()
    done = list(over_cores(partial(_check, anchors=anchors), paths))
    seconds, used = time.perf_counter() - began_at, _processor_time() - used
    peer = (before + bare(cores)) / 2
    opinions = sum(opinions for opinions, _ in done)
    assert opinions == ballots * ELECTORS
    speed = opinions / used
    tell(
        "verify",
        ours=speed,
        peer=peer,
        ratio=speed / peer,
        goal="ratio of at least 0.45 (aim: 0.6); memory at most 1 GiB",
        unit="opinions per second of processor time",
        bundles=len(paths),
        opinions=opinions,
        seconds=round(seconds, 1),
        memory_mib=max(memory for _, memory in done),
    )


def _check(path: Path, anchors: tuple[bytes, ...]) -> tuple[int, int]:
    """How many opinions were counted in a bundle; MiB that this process has taken."""
    with path.open("rb") as file:
        report = check(read(file), anchors, memory=MEMORY)
    assert report.exit_code is ExitCode.PROVEN
    assert report.facts is not None
    return len(report.facts.opinions), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _MEBIBYTE


def _processor_time() -> float:
    """Seconds of this process and of those it has waited for: who else is at work then changes it little."""
    return sum(os.times()[:4])


def bare(cores: int) -> float:
    """Verifications per second of processor time, so many cores at work."""
    with ProcessPoolExecutor(cores) as processes:
        seconds = list(processes.map(_verify, [RAW // 2] * cores))
    return RAW // 2 * cores / sum(seconds)


def _verify(count: int) -> float:
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(100)]
    message = b"ecabinet" * 100
    signed = [(key.public_key(), key.sign(message, ec.ECDSA(hashes.SHA256()))) for key in keys]
    algorithm = ec.ECDSA(hashes.SHA256())
    began_at = time.process_time()
    for number in range(count):
        key, signature = signed[number % len(signed)]
        key.verify(signature, message, algorithm)
    return time.process_time() - began_at


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
