"""Two versions of a paper of five hundred pages compared; beside it, GNU diff on their words, one on a line.

The new version is set smaller, on other pages, with one word in two hundred changed. The diff knows neither where words
stand nor which changes touch figures, and takes the words as they are written. Reading the words from the page process
is told apart.
"""

import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from ecabinet.client.desk.carrying import text_of
from ecabinet.client.pages import Pages
from ecabinet.core.comparing import compare
from ecabinet.core.notes.text import Word
from tests.bench.figures import tell
from tests.client.pages.samples import reader
from tests.notes.typesetting import Item, Style, prose, typeset

PAGES, RUNS = 500, 5
PARAGRAPHS = 4_030
SECONDS = 2.0


def main() -> None:
    """Medians of so many runs."""
    items = prose(PARAGRAPHS, seed=3)
    changed, count = _changed(items)
    with Pages() as pages:
        versions = [typeset(items, Style()), typeset(changed, Style(size=11, width=455, left=70))]
        papers = [pages.open(len(each.content), reader(each.content)) for each in versions]
        begun_at = time.perf_counter()
        old, new = (text_of(pages, paper).pages for paper in papers)
        reading = time.perf_counter() - begun_at
    assert len(old) >= PAGES
    seconds, busy, peers = [], [], []
    for _ in range(RUNS):
        begun_at, spent = time.perf_counter(), time.process_time()
        found = compare(old, new)
        seconds.append(time.perf_counter() - begun_at)
        busy.append(time.process_time() - spent)
        peers.append(_by_diff(old, new))
    # Neighbours that changed are one change, and some words were no others in small letters.
    assert 0.9 * count < len(found.changes) <= count
    ours, peer = statistics.median(seconds), statistics.median(peers)
    tell(
        "compare",
        unit="pages/s",
        ours=len(old) / ours,
        peer=len(old) / peer,
        ratio=peer / ours,
        goal=f"{PAGES} pages in under {SECONDS} s",
        seconds=[round(each, 3) for each in seconds],
        processor_seconds=[round(each, 3) for each in busy],
        seconds_of_diff=[round(each, 3) for each in peers],
        seconds_reading_both=round(reading, 3),
        pages=[len(old), len(new)],
        words=[sum(map(len, old)), sum(map(len, new))],
        words_changed=count,
        changes=len(found.changes),
        touching_figures=sum(each.touches_figures for each in found.changes),
    )


def _changed(items: Sequence[Item]) -> tuple[list[Item], int]:
    """The items with words changed, and how many."""
    chance = random.Random(5)
    count = 0
    changed = []
    for item in items:
        words = [word if chance.random() >= 1 / 200 else f"sửa{chance.randrange(100)}" for word in item.words]
        count += sum(was != now for was, now in zip(item.words, words, strict=True))
        changed.append(Item(name=item.name, text=" ".join(words), is_heading=item.is_heading))
    return changed, count


def _by_diff(old: Sequence[Sequence[Word]], new: Sequence[Sequence[Word]]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("old", "new")]
        for file, version in zip(files, (old, new), strict=True):
            file.write_text("\n".join(word.text for page in version for word in page), "utf-8")
        begun_at = time.perf_counter()
        done = subprocess.run(["diff", *map(str, files)], capture_output=True, check=False)
        assert done.returncode == 1
        return time.perf_counter() - begun_at


if __name__ == "__main__":
    main()
