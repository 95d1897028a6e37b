"""Recognising scans: those that this person published, by themselves; those that he reads, when he asks for it.

It goes page by page, behind everything else; it may be stopped or killed at any page, and goes on from there. A page
that fails is tried again after the others, a few times. What was recognised is then read in like any text, so that it
can be found, picked and noted.
"""

import threading
from collections.abc import Callable, Mapping
from functools import partial

from sqlalchemy import Connection, exists, select

from ecabinet.client.desk.errors import NotHere
from ecabinet.client.desk.papers import Papers
from ecabinet.client.desk.unlocked import Unlocked
from ecabinet.client.pages import Pages, PagesUnavailable, PageUnreadable, Paper, PaperRefused, Priority
from ecabinet.client.pages.recognition import Absence, NoTesseract, NotRecognised, Recogniser, find, scale_for
from ecabinet.client.vault import recognised, schema, texts
from ecabinet.client.vault.changes import Changes
from ecabinet.client.vault.papers import published_by, signed_papers
from ecabinet.core.codec import Digest
from ecabinet.core.recognition import RecognisedLine, RecognisedPage

__all__ = ["Absence", "NoTesseract", "Recognising"]

FEW_WORDS = 40
"""A page with fewer may be a scan: the words of a signature or a stamp may lie over its picture."""
_CLEARLY_MORE = 2
_PAGE_SECONDS = 60.0

Report = Callable[[int, int | None], None]
"""Told how many pages of how many have been looked at; may raise, to stop."""


class Recognising:
    """What scans say."""

    def __init__(self, unlocked: Unlocked, papers: Papers) -> None:
        self._unlocked, self._papers = unlocked, papers
        self._vault = unlocked.vault
        self._wanted: list[Digest] = []
        self._running = threading.Lock()
        self._recogniser: Recogniser | None = None

    def absence(self) -> Absence | None:
        """What keeps this machine from it. Asks programs: not for the UI thread."""
        try:
            find()
        except NoTesseract as error:
            return error.absence
        return None

    def want(self, digest: Digest) -> None:
        """Has a paper recognised next. From any thread."""
        self._wanted.insert(0, digest)

    def stop(self) -> None:
        """Ends the page that is being recognised. From any thread."""
        recogniser = self._recogniser
        if recogniser is not None:
            recogniser.stop()

    def run(self, pages: Pages, report: Report) -> Changes:
        """Recognises what waits, on a lane of its own; which papers now say something.

        Raises what `report` raises, NoTesseract when there is something to be done, CancelledError after `stop`.
        """
        said = set[Digest]()
        scans: dict[Digest, dict[int, int]] = {}
        done = 0
        with self._running:
            while waiting := self._vault.do(self._waiting):
                for digest in waiting:
                    if digest not in scans:
                        scans[digest] = self._vault.do(partial(_words_of_scans, digest=digest))
                digest, size = next(iter(waiting.items()))
                total = done + sum(len(scans[each]) for each in waiting)
                try:
                    heed = partial(_report_from, report, done, total)
                    is_through = self._recognise(pages, digest, size, scans[digest], heed)
                except PagesUnavailable:
                    break
                except NotHere:
                    continue  # gone, or to be fetched again: it waits no more
                if not is_through:
                    continue
                if self._vault.do(partial(_complete, digest=digest)):
                    said.add(digest)
                done += len(scans[digest])
                self._wanted = [each for each in self._wanted if each != digest]
        return Changes(recognised=frozenset(said))

    def _waiting(self, db: Connection) -> dict[Digest, int]:
        """Papers that are here, have been read in and are to be recognised, with their sizes."""
        papers, files, known, done = signed_papers().c, schema.files.c, schema.readings_in.c, schema.recognitions.c
        has_failed = exists().where(schema.recognition_failures.c.digest == papers.digest)
        own = select(published_by(self._unlocked.body, self._unlocked.person).c.digest)
        asked = (
            select(papers.digest, papers.size)
            .distinct()
            .join(schema.files, (files.blob == papers.blob) & files.is_here)
            .join(schema.readings_in, known.digest == papers.digest)
            .outerjoin(schema.recognitions, done.digest == papers.digest)
            .where(papers.body == self._unlocked.body, papers.digest.in_(own) | papers.digest.in_(self._wanted))
            .where(~known.is_refused, known.done == known.pages, done.digest.is_(None) | ~done.is_complete)
            .order_by(papers.digest.in_(self._wanted).desc(), has_failed)
        )
        return {row.digest: row.size for row in db.execute(asked)}

    def _recognise(
        self, pages: Pages, digest: Digest, size: int, words: Mapping[int, int], heed: Callable[[int], None]
    ) -> bool:
        """The pages of `words`, which have so few of them; whether none is to be tried again. Raises NotHere."""
        if not words:
            self._vault.do(partial(recognised.begin, digest=digest, program="", languages=""))
            return True
        installed = find()
        self._recogniser = recogniser = Recogniser(installed)
        begin = partial(recognised.begin, digest=digest, program=installed.program, languages=installed.languages)
        first = self._vault.do(begin)
        again = self._vault.do(partial(recognised.to_try_again, digest=digest))
        try:
            paper = self._papers.open(pages, digest, size)
        except PaperRefused:
            return True
        try:
            for number, (index, count) in enumerate(words.items()):
                if index < first and index not in again:
                    continue
                heed(number)
                try:
                    lines = _lines(pages, recogniser, paper, index)
                except (PageUnreadable, NotRecognised):
                    outcome = partial(recognised.fail, digest=digest, page=index)
                else:
                    says_more = sum(len(line.words.split()) for line in lines) > _CLEARLY_MORE * count
                    page = RecognisedPage(index=index, lines=lines if says_more else ())
                    outcome = partial(recognised.keep, digest=digest, page=page)
                if not self._vault.do(outcome):
                    return True  # gone, or come from whoever published it, meanwhile
        finally:
            pages.close(paper)
        return not self._vault.do(partial(recognised.to_try_again, digest=digest))


def _lines(pages: Pages, recogniser: Recogniser, paper: Paper, index: int) -> tuple[RecognisedLine, ...]:
    page = paper.pages[index]
    scale = scale_for(page)
    pixels = pages.render(paper, index, scale, priority=Priority.IDLE).result()
    return recogniser.read(pixels, page, scale, seconds=_PAGE_SECONDS)


def _report_from(report: Report, done: int, total: int, more: int) -> None:
    report(done + more, total)


def _words_of_scans(db: Connection, digest: Digest) -> dict[int, int]:
    counts = {page: len(texts.unpacked(each).split()) for page, each in enumerate(texts.texts_of(db, digest))}
    return {page: count for page, count in counts.items() if count < FEW_WORDS}


def _complete(db: Connection, digest: Digest) -> bool:
    """Whether the paper says something now; then it is to be read in anew."""
    is_something = recognised.complete(db, digest)
    if is_something:
        texts.forget(db, digest)
    return is_something
