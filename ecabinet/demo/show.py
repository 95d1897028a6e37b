"""Which demo: the journey off-screen where there is no display, or a body to walk about in where there is one."""

import json
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from ecabinet.client.pages.examination import Outcome
from ecabinet.client.pages.folder import check_folder
from ecabinet.demo.journey import Journey, Wanted
from ecabinet.demo.opening import Opening
from ecabinet.demo.script import meeting_files
from ecabinet.demo.stage import StageError
from ecabinet.keys.secret_service import SecretServiceError

BROKE_OFF = 4


class NoPapers(Exception):
    """The folder that was asked for is none, or has no PDF in it that can be read."""


def show(*, papers: Path | None, members: int, headless: bool, out: Path) -> int:
    """Plays the demo; the exit code, which off-screen is the verifier's, or 4 when the journey broke off.

    Asked to end (SIGTERM), it ends what it started and takes its folder away, as when it is through. Raises NoPapers,
    OSError.
    """
    signal.signal(signal.SIGTERM, _end)
    if papers is not None and not (meeting_files(papers) and _is_any_readable(papers)):
        raise NoPapers
    try:
        if headless or not _has_display():
            return Journey(Wanted(papers=papers and papers.absolute(), members=members, out=out)).play()
        return Opening(papers and papers.absolute(), members).play()
    except (StageError, SecretServiceError) as error:
        sys.stderr.write(f"✗ {error}\n")
        return BROKE_OFF


def _is_any_readable(folder: Path) -> bool:
    """Whether there is a paper to hold a meeting over; no more files are looked at than it takes to know."""
    return any(json.loads(line)["outcome"] != Outcome.REFUSED for line in check_folder(folder))


def _end(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _has_display() -> bool:
    return sys.platform in {"darwin", "win32"} or any(name in os.environ for name in ("DISPLAY", "WAYLAND_DISPLAY"))
