"""Recognising what a scan says, by the command line of Tesseract, page by page.

Tesseract gets pixels that the page process drew, on its standard input, and answers in words with their places; it sees
no file of ours, writes none, and is ended when it takes too long. Its own libraries would glue words together
(design.md §6), so its command line is what is asked.
"""

import csv
import math
import os
import re
import shutil
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from ecabinet.client.pages.content import PIXELS_LIMIT, Box, Page, Pixels, Word
from ecabinet.core.recognition import RecognisedLine, unpack

_POINTS_PER_INCH = 72
DOTS_PER_INCH = 300
"""What Tesseract is trained for."""
HUNDREDTHS = 100
LANGUAGES = ("vie", "eng")
_RED = 2
_WORD_LEVEL = "5"
_LEAST_CONFIDENCE = 30.0
"""Of 100. Below are mostly flourishes of signatures, and edges of stamps."""
_ASKING_SECONDS = 10.0
_LOWEST_PRIORITY = 19


class Absence(StrEnum):
    """Why nothing can be recognised here."""

    NO_PROGRAM = "no_program"
    NO_VIETNAMESE = "no_vietnamese"


class NoTesseract(Exception):
    """There is no Tesseract on this machine, or one that can't read Vietnamese."""

    def __init__(self, absence: Absence) -> None:
        super().__init__(absence.value)
        self.absence = absence


class NotRecognised(Exception):
    """Tesseract failed on a page, or took too long."""


class RecognisedPages:
    """What was recognised on the pages of one paper (`pages.Recognised`)."""

    def __init__(self, packed: Mapping[int, bytes]) -> None:
        """`packed` are pages by their index, as `core.recognition` packs them: unpacked when they are asked for."""
        self._packed = packed

    def __contains__(self, index: int) -> bool:
        return index in self._packed

    def words(self, index: int) -> tuple[Word, ...]:
        """Raises KeyError."""
        return words_of(unpack(self._packed[index]).lines)

    def text(self, index: int) -> str:
        """Raises KeyError."""
        lines = unpack(self._packed[index]).lines
        blocks = groupby(lines, lambda line: line.block)
        return "\n\n".join("\n".join(line.words for line in block) for _, block in blocks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A Tesseract that was found."""

    command: str
    version: str
    languages: str
    """Those that are used: `vie+eng`."""
    knows_directions: bool
    """Whether it can tell that a page lies on its side."""

    @property
    def program(self) -> str:
        return f"tesseract {self.version}"


def find() -> Installed:
    """The Tesseract of this machine. Raises NoTesseract."""
    command = shutil.which("tesseract")
    if command is None:
        raise NoTesseract(Absence.NO_PROGRAM)
    known = _ask(command, "--list-langs").split()
    languages = [each for each in LANGUAGES if each in known]
    if LANGUAGES[0] not in languages:
        raise NoTesseract(Absence.NO_VIETNAMESE)
    said = re.match(r"tesseract v?(\d[\w.-]*)", _ask(command, "--version"))
    return Installed(
        command=command,
        version=said[1] if said else "",
        languages="+".join(languages),
        knows_directions="osd" in known,
    )


def scale_for(page: Page) -> float:
    """Pixels a point at which a page is to be drawn for being recognised."""
    most = math.sqrt(PIXELS_LIMIT * 0.99 / (page.width * page.height))
    return min(DOTS_PER_INCH / _POINTS_PER_INCH, most)


class Recogniser:
    """One page at a time; `stop` from any thread."""

    def __init__(self, installed: Installed) -> None:
        self._installed = installed
        self._lock = threading.Lock()
        self._running: subprocess.Popen[bytes] | None = None
        self._is_stopped = False

    def stop(self) -> None:
        """Ends what runs, and begins nothing more."""
        with self._lock:
            self._is_stopped = True
            if self._running is not None:
                self._running.kill()

    def read(self, pixels: Pixels, page: Page, scale: float, *, seconds: float) -> tuple[RecognisedLine, ...]:
        """The lines of a page drawn at `scale` and not turned. Raises NotRecognised; CancelledError after `stop`."""
        with self._lock:
            if self._is_stopped:
                raise CancelledError
            running = self._running = self._start(scale)
        with running:
            try:
                said, _ = running.communicate(_grey(pixels), timeout=seconds)
            except (subprocess.TimeoutExpired, OSError) as error:
                running.kill()
                raise NotRecognised from error
            finally:
                with self._lock:
                    self._running = None
        if self._is_stopped:
            raise CancelledError
        if running.returncode:
            raise NotRecognised
        return tuple(_lines(said.decode(errors="replace"), page, scale))

    def _start(self, scale: float) -> subprocess.Popen[bytes]:
        installed = self._installed
        layout = "1" if installed.knows_directions else "3"
        dots = round(scale * _POINTS_PER_INCH)
        running = subprocess.Popen(
            [
                installed.command,
                "stdin",
                "stdout",
                "-l",
                installed.languages,
                "--dpi",
                str(dots),
                "--psm",
                layout,
                "tsv",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},  # it spins on every core otherwise, and is hardly faster
            creationflags=_QUIETLY,
        )
        if sys.platform != "win32":
            os.setpriority(os.PRIO_PROCESS, running.pid, _LOWEST_PRIORITY)
        return running


if sys.platform == "win32":
    _QUIETLY = subprocess.CREATE_NO_WINDOW | subprocess.IDLE_PRIORITY_CLASS
else:
    _QUIETLY = 0


def words_of(lines: tuple[RecognisedLine, ...]) -> tuple[Word, ...]:
    """Recognised lines as a page's words."""
    return tuple(
        Word(text=text, box=Box(**_points(sides)), block=line.block, line=number)
        for number, line in enumerate(lines)
        for text, sides in zip(line.words.split(" "), line.boxes(), strict=True)
    )


def _points(sides: tuple[int, int, int, int]) -> dict[str, float]:
    return {name: side / HUNDREDTHS for name, side in zip(("x0", "y0", "x1", "y1"), sides, strict=True)}


def _ask(command: str, option: str) -> str:
    try:
        asked = subprocess.run(
            [command, option], capture_output=True, timeout=_ASKING_SECONDS, check=True, creationflags=_QUIETLY
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise NoTesseract(Absence.NO_PROGRAM) from error
    return (asked.stdout + asked.stderr).decode(errors="replace")


def _grey(pixels: Pixels) -> bytes:
    """A picture as Tesseract takes it (PGM). Of the colours the red: there the ink of a stamp is as white as paper."""
    head = f"P5 {pixels.width} {pixels.height} 255\n".encode()
    return head + bytes(pixels.samples[_RED::4])


def _lines(said: str, page: Page, scale: float) -> Iterator[RecognisedLine]:
    rows = csv.DictReader(said.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    words = [row for row in rows if row["level"] == _WORD_LEVEL and float(row["conf"]) >= _LEAST_CONFIDENCE]
    to_page = page.matrix.inverse()
    blocks: dict[tuple[str, str], int] = {}
    for (block, paragraph, _), line in groupby(words, lambda row: (row["block_num"], row["par_num"], row["line_num"])):
        texts, places = list[str](), list[int]()
        for row in line:
            left, top, width, height = (int(row[side]) / scale for side in ("left", "top", "width", "height"))
            box = to_page.map_box(Box(x0=left, y0=top, x1=left + width, y1=top + height))
            text = _plain(row["text"])
            if text:
                texts.append(text)
                places += [round(side * HUNDREDTHS) for side in (box.x0, box.y0, box.x1, box.y1)]
        if texts:
            number = blocks.setdefault((block, paragraph), len(blocks))
            yield RecognisedLine(block=number, words=" ".join(texts), places=tuple(places))


def _plain(text: str | None) -> str:
    """A word without what can't be seen, and without the rules of a table that were taken for letters."""
    seen = "".join(each for each in unicodedata.normalize("NFC", text or "") if each.isprintable() and each != " ")
    word = seen.strip("|")
    return word.rstrip("}") if "{" not in word else word
