"""What `ecabinet-verify --json` prints, as findings of the table."""

import json
import subprocess
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.attacks.table import Caught
from tests.server.live import ROOT

READING = "reading"
"""What stands for a check where there is nothing yet to be checked."""


def pem(anchors: tuple[bytes, ...]) -> bytes:
    """What a verifier trusts, in a file."""
    return b"".join(x509.load_der_x509_certificate(each).public_bytes(Encoding.PEM) for each in anchors)


def run_verifier(evidence: Path, anchors: Path) -> tuple[int, str]:
    """`ecabinet-verify --json`, as a process: its exit status, and what it printed."""
    command = [sys.executable, "-m", "ecabinet.verify", str(evidence), "--trust", str(anchors), "--json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, timeout=200)
    return done.returncode, done.stdout


def caught_by(output: str) -> tuple[Caught, ...]:
    """What a report says against a bundle: what failed, or else what was left open."""
    report = json.loads(output)
    assert report["format"] == 1
    if (unreadable := report["unreadable"]) is not None:
        flaw, culprit, place = unreadable["flaw"], unreadable["culprit"], unreadable["place"]
        return (Caught(check=READING, fault=flaw, culprit=culprit, place=place),)
    found = [(each["check"], finding) for each in report["checks"] for finding in each["findings"]]
    for verdict in ("failed", "not_checked"):
        if caught := [_caught(check, finding) for check, finding in found if finding["verdict"] == verdict]:
            return tuple(caught)
    return ()


def _caught(check: str, finding: dict[str, str]) -> Caught:
    return Caught(check=check, **{name: finding[name] for name in ("fault", "culprit", "who", "place", "detail")})
