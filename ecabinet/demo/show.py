"""Which demo: the journey off-screen where there is no display, or a body to walk about in where there is one."""

import os
import signal
import sys
from pathlib import Path
from types import FrameType

from ecabinet.demo.journey import Journey, Wanted
from ecabinet.demo.opening import Opening
from ecabinet.demo.script import meeting_files
from ecabinet.demo.stage import StageError
from ecabinet.keys.secret_service import SecretServiceError

_BROKE_OFF = 4


def show(*, papers: Path | None, members: int, headless: bool, out: Path) -> int:
    """Plays the demo; the exit code, which off-screen is the verifier's, or 4 when the journey broke off.

    Asked to end (SIGTERM), it ends what it started and takes its folder away, as when it is through.
    """
    signal.signal(signal.SIGTERM, _end)
    if papers is not None and not meeting_files(papers):
        sys.stderr.write(f"✗ {papers}: not a folder with PDFs in it\n")
        return _BROKE_OFF
    try:
        if headless or not _has_display():
            return Journey(Wanted(papers=papers and papers.absolute(), members=members, out=out)).play()
        return Opening(papers and papers.absolute(), members).play()
    except (StageError, SecretServiceError, OSError) as error:
        sys.stderr.write(f"✗ {error}\n")
        return _BROKE_OFF


def _end(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _has_display() -> bool:
    return sys.platform in {"darwin", "win32"} or any(name in os.environ for name in ("DISPLAY", "WAYLAND_DISPLAY"))
