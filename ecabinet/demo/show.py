"""Which demo: the journey off-screen where there is no display, or a body to walk about in where there is one."""

import os
import sys
from pathlib import Path

from ecabinet.demo.journey import Journey, Wanted
from ecabinet.demo.opening import Opening
from ecabinet.demo.stage import StageError
from ecabinet.keys.secret_service import SecretServiceError


def show(*, papers: Path | None, members: int, headless: bool, out: Path) -> int:
    """Plays the demo; the exit code, which off-screen is the verifier's, or 4 when the journey broke off."""
    if papers is not None and not papers.is_dir():
        sys.stderr.write(f"{papers}: not a folder\n")
        return 2
    try:
        if headless or not _has_display():
            return Journey(Wanted(papers=papers, members=members, out=out)).play()
        return Opening(papers, members).play()
    except (StageError, SecretServiceError) as error:
        sys.stderr.write(f"{error}\n")
        return 4


def _has_display() -> bool:
    return sys.platform in {"darwin", "win32"} or any(name in os.environ for name in ("DISPLAY", "WAYLAND_DISPLAY"))
