"""Finding: in one paper of 500 pages beside pdfgrep, reading in beside pdftotext, and over 100,000 pages in a vault.

The long paper repeats the sample's papers. The many pages are spans of the sample's own running text, so that words and
phrases are as frequent as they are there; the vault is the real one, encrypted, and is made anew every time.
"""

import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pymupdf
from sqlalchemy import Connection, insert

from ecabinet.client.desk.finding import AT_ONCE, Finding
from ecabinet.client.desk.papers import Papers
from ecabinet.client.pages import Pages, Read
from ecabinet.client.vault import schema, texts
from ecabinet.client.vault.serial import Lock
from ecabinet.client.vault.store import Vault
from ecabinet.core import codec
from ecabinet.core.envelope import new_id
from ecabinet.core.finding import stream
from ecabinet.core.meetings import Classification, DocumentsPublished, DocumentVersion
from ecabinet.papers import sample
from tests.bench.corpus import FOLDER, long_text
from tests.bench.figures import tell
from tests.client.pages import samples

PAGES = 500
MANY_PAPERS, PAGES_EACH = 5_000, 20
FIRST = 20
_BODY = "H00.1"
_WORDS_A_PAGE = 400
_SEED = 2026
_BASE = (
    "ngân sách địa phương",
    "Ủy ban nhân dân",
    "và",
    "của",
    "quyết định",
    "đầu tư công",
    "tỷ đồng",
    "kế hoạch",
    "Sở Tài chính",
    "năm",
    "Hội đồng nhân dân tỉnh",
    "phường",
)
_NUMBERS = ("421/TTr-STC", "2027")


def queries() -> list[str]:
    """Fifty: each of the base words as written, without accents, in capitals, and decomposed; and two numbers."""
    forms: tuple[Callable[[str], str], ...] = (
        str,
        lambda words: stream(words).bare.strip(),
        str.upper,
        lambda words: unicodedata.normalize("NFD", words),
    )
    return [form(words) for words in _BASE for form in forms] + list(_NUMBERS)


def main() -> None:
    """All three; `few` as an argument makes the vault a hundredth of its size."""
    with tempfile.TemporaryDirectory(dir=FOLDER if FOLDER.exists() else None) as folder:
        find_in_one(Path(folder))
        find_in_all(Path(folder), MANY_PAPERS // 100 if "few" in sys.argv else MANY_PAPERS)


def find_in_one(folder: Path) -> None:
    """In one paper of 500 pages."""
    path = folder / "long.pdf"
    shutil.copy(long_text(PAGES), path)
    finding, vault = _opened(folder / "one")
    size, digest = path.stat().st_size, "0" * 64
    vault.do(lambda db: _publish(db, digest, size, 0))
    content = path.read_bytes()
    with Pages() as pages:
        pages.open(size, samples.reader(content))  # the worker has started
        ours, peers = [], []
        for _ in range(3):
            vault.do(lambda db: texts.forget(db, digest))
            began_at = time.perf_counter()
            finding._read_in(pages, digest, lambda: None)
            ours.append(time.perf_counter() - began_at)
            peers.append(_timed(["pdftotext", str(path), os.devnull]))
    read = finding.text_of(digest)
    if len(read.texts) != PAGES:
        raise SystemExit("not every page was read in")
    ratio = statistics.median(ours) / statistics.median(peers)
    tell(
        "index",
        ours=statistics.median(ours),
        peer=statistics.median(peers),
        ratio=1 / ratio,
        goal="at most 2 times pdftotext",
        unit="s",
        pages=len(read.texts),
        words=sum(stream(text).exact.count(" ") - 1 for text in read.texts),
    )
    began_at = time.perf_counter()
    text = finding.text_of(digest)
    cold = time.perf_counter() - began_at
    times, hits = [], 0
    for typed in queries():
        began_at = time.perf_counter()
        found = text.find(typed, is_open=False)
        shown = found.excerpts(0, FIRST) if found is not None else []
        times.append(time.perf_counter() - began_at)
        if not shown:
            raise SystemExit(f"nothing found: {typed}")
        hits += len(found or ())
    grepped = [_timed(["pdfgrep", "-i", "-n", "-m", str(FIRST), words, str(path)]) for words in _BASE]
    ours_95, theirs_95 = _p95(times), _p95(grepped)
    tell(
        "find_in_paper",
        ours=ours_95 * 1e3,
        peer=theirs_95 * 1e3,
        ratio=theirs_95 / ours_95,
        goal="p95 at most 10 ms, and 100 times pdfgrep",
        unit="ms",
        least_ratio=round(min(grepped) / ours_95, 1),
        median=round(statistics.median(times) * 1e3, 3),
        worst=round(max(times) * 1e3, 3),
        unfolding_once=round(cold * 1e3, 1),
        queries=len(times),
        hits=hits,
        pdfgreps=len(grepped),
    )
    vault.close()


def find_in_all(folder: Path, papers: int) -> None:
    """Over everything."""
    finding, vault = _opened(folder / "all")
    running, chance = _running_text(), random.Random(_SEED)
    began_at = time.perf_counter()
    for number in range(papers):
        pages = [_page(running, chance) for _ in range(PAGES_EACH)]
        vault.do(lambda db, number=number, pages=pages: _take_in(db, number, pages))  # type: ignore[misc]
    making = time.perf_counter() - began_at
    phrases = [" ".join(running[at : at + 3]) for at in (chance.randrange(len(running)) for _ in range(50))]
    figures: dict[str, Any] = {}
    times, hits = [], 0
    for typed in (*queries(), *phrases):
        began_at = time.perf_counter()
        found = finding.in_papers(typed)
        times.append(time.perf_counter() - began_at)
        figures[typed] = round(times[-1] * 1e3, 1)
        hits += sum(len(paper.pages) for paper in found.papers)
        if not found.papers:
            raise SystemExit(f"nothing found: {typed}")
    slowest = dict(sorted(figures.items(), key=lambda each: -each[1])[:5])
    tell(
        "find_in_all",
        ours=_p95(times) * 1e3,
        peer=50,
        ratio=0.05 / _p95(times),
        goal="p95 at most 50 ms in the encrypted vault",
        unit="ms",
        median=round(statistics.median(times) * 1e3, 2),
        slowest=slowest,
        queries=len(times),
        papers=papers,
        pages=vault.do(lambda db: db.exec_driver_sql("SELECT count(*) FROM page_texts").scalar_one()),
        words=papers * PAGES_EACH * _WORDS_A_PAGE,
        pages_found=hits,
        making_seconds=round(making),
        megabytes=round(sum(each.stat().st_size for each in (folder / "all").rglob("*") if each.is_file()) / 1e6),
    )
    vault.close()


def _opened(folder: Path) -> tuple[Finding, Vault]:
    shutil.rmtree(folder, ignore_errors=True)
    vault = Vault(folder, bytes(range(32)), Lock())
    unlocked = cast("Any", SimpleNamespace(vault=vault, body=_BODY))
    return Finding(unlocked, _Papers(unlocked, folder.parent)), vault


class _Papers(Papers):
    """Papers whose bytes lie beside the vault."""

    def __init__(self, unlocked: Any, folder: Path) -> None:
        super().__init__(unlocked)
        self._content = folder / "long.pdf"

    def reader(self, digest: str) -> Read:
        return samples.reader(self._content.read_bytes())


def _publish(db: Connection, digest: str, size: int, number: int) -> None:
    version = DocumentVersion(
        document=new_id(datetime.now(UTC)),
        version=1,
        digest=digest,
        blob=digest,
        size=max(size, 1),
        title=f"Tờ trình số {number} về dự toán ngân sách địa phương",
        number=f"{number + 1}/TTr-STC",
        agency="Sở Tài chính",
        kind="to-trinh",
        file_name=f"{number}.pdf",
        replaces=None,
        what_changed="",
        classification=Classification.OPEN,
    )
    row = {name: getattr(version, name) for name in ("document", "version", "digest", "blob", "size")}
    content = codec.dump(version)
    db.execute(insert(schema.documents).values(**row, body=_BODY, content=content, position=number, snapshot=0))
    said = f"published-{digest}"
    named = {"document": version.document, "version": version.version, "digest": digest}
    texts_of_it = dict.fromkeys(("digest", "statement_digest", "signer"), "")
    bytes_of_it = dict.fromkeys(("statement", "signature"), b"")
    about = {"id": said, "body": _BODY, "type": DocumentsPublished.TYPE, "leaf": number, "is_own": False, "snapshot": 0}
    db.execute(insert(schema.statements).values(**about, **texts_of_it, **bytes_of_it))
    db.execute(insert(schema.named_papers).values(**named, statement=said, is_published=True, content=content))


def _take_in(db: Connection, number: int, pages: Sequence[str]) -> None:
    digest = f"{number:064x}"
    _publish(db, digest, 1, number)
    texts.begin(db, digest, len(pages))
    for first in range(0, len(pages), AT_ONCE):
        texts.keep(db, digest, first, pages[first : first + AT_ONCE])


def _running_text() -> list[str]:
    said: list[str] = []
    for paper in sample.papers():
        with pymupdf.open(paper.path) as source:
            said += [word for page in list(source)[:6] for word in page.get_text().split()]
    return said


def _page(running: Sequence[str], chance: random.Random) -> str:
    said: list[str] = []
    while len(said) < _WORDS_A_PAGE:
        at = chance.randrange(len(running))
        said += running[at : at + chance.randint(3, 12)]
    return " ".join(said[:_WORDS_A_PAGE])


def _timed(command: list[str]) -> float:
    began_at = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began_at


def _p95(times: Sequence[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


if __name__ == "__main__":
    main()
