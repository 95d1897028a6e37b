"""The evidence of one ballot of 48,490 electors, proven by `ecabinet-verify`, beside bare verifications of P-256.

The command as it is, from its start to the last line of what it says. With a number as argument, of so many electors.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from resource import struct_rusage

from tests.bench.elections import bundle
from tests.bench.figures import tell
from tests.bench.verify import bare

ELECTORS = 48_490
_KIBIBYTE = 1024


def main(electors: int = ELECTORS) -> None:
    """Opinions per second of processor time, and what was in memory at most."""
    path, trust = bundle(electors)
    before = bare(1)
    opinions, usage = _verify(path, trust)
    peer = (before + bare(1)) / 2
    assert opinions == electors
    seconds = usage.ru_utime + usage.ru_stime
    speed = opinions / seconds
    tell(
        "big",
        ours=speed,
        peer=peer,
        ratio=speed / peer,
        goal="ratio of at least 0.2; memory at most 1 GiB",
        unit="opinions per second of processor time",
        opinions=opinions,
        seconds=round(seconds, 1),
        bundle_mib=path.stat().st_size // _KIBIBYTE**2,
        memory_mib=usage.ru_maxrss // _KIBIBYTE,
    )


def _verify(path: Path, trust: Path) -> tuple[int, struct_rusage]:
    """How many opinions were counted, and what that took."""
    with tempfile.TemporaryFile() as said:
        command = [sys.executable, "-m", "ecabinet.verify", str(path), "--trust", str(trust), "--json"]
        process = subprocess.Popen(command, stdout=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        said.seek(0)
        facts = json.load(said)["facts"]
    return sum(each["leaf"] is not None for each in facts["opinions"]), usage


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
