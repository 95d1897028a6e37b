"""Drawing pages beside mutool, pdftoppm and pdfium: a scan of 300 pages and 500 pages of Vietnamese text, at 150 DPI.

Ours passes every page on as the window takes it, a QImage over shared memory; the others draw and throw away. All in
turns; one process each, every page counted. Then opening: from a sealed file in a vault to the first page in the
window's hands, beside `mutool draw` of page 1 from a plain one. Then memory: what the page process has for itself, and
how much the window's process grew, when all pages of the scan have been seen.
"""

import os
import statistics
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtGui import QImage

from ecabinet.client.pages import Pages, Paper, Pixels, Read
from ecabinet.client.vault.sealed import SealedFiles
from ecabinet.core import canonical
from tests.bench import corpus
from tests.bench.figures import tell

DPI = 150
RUNS = 3
TEXT_PAGES = 500
FEW = 40
_SCALE = DPI / 72
_AHEAD = 3
"""Pages that are asked for before the first of them is there, as by a reader who scrolls."""
_MEGABYTE = 1_000_000
_KIBIBYTE = 1024
_PDFIUM = """
import sys, pypdfium2
document = pypdfium2.PdfDocument(sys.argv[1])
count = int(sys.argv[3])
for index in range(count):
    document[index].render(scale=float(sys.argv[2])).buffer
print(count)
"""


def main() -> None:
    """Medians of so many runs of each; of the first pages alone, when asked for `few`."""
    most = FEW if sys.argv[1:] == ["few"] else sys.maxsize
    for name, path in (("scan", corpus.scan()), ("text", corpus.long_text(TEXT_PAGES))):
        _draw_all(name, path, most)
        _open(name, path)
    _remember(corpus.scan())


def _draw_all(name: str, path: Path, most: int) -> None:
    peers = {"mutool": _by_mutool, "pdftoppm": _by_pdftoppm, "pdfium": _by_pdfium}
    ours: list[float] = []
    theirs: dict[str, list[float]] = {peer: [] for peer in peers}
    with _opened(path) as (pages, paper):
        count = min(len(paper.pages), most)
        for _ in range(RUNS):
            ours.append(_timed(lambda: _by_us(pages, paper, count)))
            for peer, draw in peers.items():
                theirs[peer].append(_timed(lambda: draw(path, count)))  # noqa: B023 - called here
    mine = statistics.median(ours)
    of_peer = {peer: statistics.median(seconds) for peer, seconds in theirs.items()}
    goal = "at most 1.15 of mutool's time, 0.4 of pdftoppm's" if name == "scan" else "at most 1.3 of pdfium's time"
    main_peer = "mutool" if name == "scan" else "pdfium"
    tell(
        f"render-{name}",
        unit="pages/s",
        ours=count / mine,
        peer=count / of_peer[main_peer],
        ratio=of_peer[main_peer] / mine,
        goal=goal,
        pages=count,
        times_of={peer: round(mine / seconds, 3) for peer, seconds in of_peer.items()},
        seconds=[round(each, 3) for each in ours],
        peer_seconds={peer: [round(each, 3) for each in seconds] for peer, seconds in theirs.items()},
    )


def _open(name: str, path: Path) -> None:
    ours, peer = [], []
    corpus.FOLDER.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=corpus.FOLDER) as folder, Pages() as pages:
        size, read = _sealed(path, Path(folder))

        def open_and_show() -> None:
            paper = pages.open(size, read)
            _look(pages.render(paper, 0, _SCALE).result())
            papers.append(paper)

        papers: list[Paper] = []
        for _ in range(2 * RUNS + 1):
            peer.append(_timed(lambda: _run(["mutool", "draw", "-q", "-r", str(DPI), str(path), "1"])))
            ours.append(_timed(open_and_show))
            pages.close(papers.pop())
    mine, theirs = statistics.median(ours[1:]), statistics.median(peer[1:])
    tell(
        f"open-{name}",
        unit="ms",
        ours=mine * 1000,
        peer=theirs * 1000,
        ratio=theirs / mine,
        goal="at most 1.3 of mutool's time",
        bytes=size,
        times_of_mutool=round(mine / theirs, 3),
    )


def _remember(path: Path) -> None:
    before = _private(os.getpid())
    with _opened(path) as (pages, paper):
        _by_us(pages, paper, len(paper.pages))
        worker = pages.worker
        assert worker is not None
        child, mine = _private(worker), _private(os.getpid()) - before
    size = path.stat().st_size
    limit = size + 120 * _MEGABYTE
    tell(
        "memory",
        unit="MB of its own that the page process has",
        ours=child / _MEGABYTE,
        peer=limit / _MEGABYTE,
        ratio=limit / child,
        goal="page process at most the file and 120 MB, the window's at most 400 MB",
        bytes=size,
        window=round(mine / _MEGABYTE, 1),
    )


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Pages, Paper]]:
    """From a sealed file in a vault, as a reader has it."""
    corpus.FOLDER.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=corpus.FOLDER) as folder, Pages() as pages:
        size, read = _sealed(path, Path(folder))
        yield pages, pages.open(size, read)


def _sealed(path: Path, folder: Path) -> tuple[int, Read]:
    files, data = SealedFiles(folder, bytes(32)), path.read_bytes()
    digest = canonical.digest(data)
    files.put(digest, memoryview(data))
    file = files.read(digest)

    def read(offset: int, into: memoryview) -> None:
        with file:
            file.read_into(offset, into)

    return len(data), read


def _by_us(pages: Pages, paper: Paper, count: int) -> None:
    coming = deque(pages.render(paper, index, _SCALE) for index in range(_AHEAD))
    for index in range(_AHEAD, count):
        _look(coming.popleft().result())
        coming.append(pages.render(paper, index, _SCALE))
    for last in coming:
        _look(last.result())


def _look(pixels: Pixels) -> None:
    """The window's part: an image over the very memory."""
    assert pixels.is_complete
    image = QImage(pixels.samples, pixels.width, pixels.height, pixels.stride, QImage.Format.Format_RGB32)
    assert image.pixel(pixels.width - 1, pixels.height - 1)


def _by_mutool(path: Path, count: int) -> None:
    _run(["mutool", "draw", "-q", "-r", str(DPI), str(path), f"1-{count}"])


def _by_pdftoppm(path: Path, count: int) -> None:
    _run(["pdftoppm", "-r", str(DPI), "-l", str(count), str(path)])


def _by_pdfium(path: Path, count: int) -> None:
    drawn = subprocess.run(
        [sys.executable, "-c", _PDFIUM, str(path), str(_SCALE), str(count)], check=True, capture_output=True, text=True
    )
    assert int(drawn.stdout) == count


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _timed(work: Callable[[], None]) -> float:
    began_at = time.perf_counter()
    work()
    return time.perf_counter() - began_at


def _private(process: int) -> int:
    """Bytes that nobody shares with it."""
    rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    kinds = ("Private_Clean:", "Private_Dirty:")
    return sum(int(line.split()[1]) * _KIBIBYTE for line in rollup.splitlines() if line.startswith(kinds))


if __name__ == "__main__":
    main()
