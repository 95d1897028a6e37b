"""The evidence of 305 ballots of 159 electors, beside bare verifications of P-256 on the same cores.

Every named check is included, and reading the container.
"""

import os
import resource
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from ecabinet.core.evidence import ExitCode, check, read
from tests.bench.elections import bundles
from tests.bench.figures import tell

BALLOTS, ELECTORS = 305, 159
RAW = 20_000
"""Bare verifications of each process."""
_MEBIBYTE = 1024


def main() -> None:
    """Opinions per second and core, of both."""
    paths, anchors = bundles(BALLOTS, ELECTORS)
    cores = len(os.sched_getaffinity(0))
    bare = _bare(cores)
    began_at = time.perf_counter()
    with ProcessPoolExecutor(cores) as processes:
        parts = [paths[number::cores] for number in range(cores)]
        done = list(processes.map(_check, parts, [anchors] * cores))
    opinions = sum(opinions for opinions, _ in done)
    assert opinions == BALLOTS * ELECTORS
    speed = opinions / (time.perf_counter() - began_at) / cores
    tell(
        "verify",
        ours=speed,
        peer=bare,
        ratio=speed / bare,
        goal="ratio of at least 0.45 (aim: 0.6); memory at most 1 GiB",
        unit="opinions per second and core",
        bundles=len(paths),
        opinions=opinions,
        memory_mib=max(memory for _, memory in done),
    )


def _check(paths: Sequence[Path], anchors: tuple[bytes, ...]) -> tuple[int, int]:
    """How many opinions were counted in these bundles; MiB that it took."""
    opinions = 0
    for path in paths:
        report = check(read(path.read_bytes()), anchors)
        assert report.exit_code is ExitCode.PROVEN
        assert report.facts is not None
        opinions += len(report.facts.opinions)
    return opinions, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _MEBIBYTE


def _bare(cores: int) -> float:
    """Verifications per second and core, all cores at work."""
    with ProcessPoolExecutor(cores) as processes:
        seconds = list(processes.map(_verify, [RAW] * cores))
    return RAW * cores / sum(seconds)


def _verify(count: int) -> float:
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(100)]
    message = b"ecabinet" * 100
    signed = [(key.public_key(), key.sign(message, ec.ECDSA(hashes.SHA256()))) for key in keys]
    algorithm = ec.ECDSA(hashes.SHA256())
    began_at = time.perf_counter()
    for number in range(count):
        key, signature = signed[number % len(signed)]
        key.verify(signature, message, algorithm)
    return time.perf_counter() - began_at


if __name__ == "__main__":
    main()
