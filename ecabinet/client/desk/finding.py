"""Finding: reading papers in as they arrive, finding in one paper, and over everything that papers say.

What papers say is kept in the vault and nowhere else. Reading in goes page by page whenever nobody else wants the page
process; it may be stopped or killed at any page, and goes on from there. What a password opened can be found in while
the vault is unlocked: it is kept in memory alone, as the password is, and finding over everything passes it by.
"""

import threading
from collections.abc import Callable, Container, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass, field
from functools import partial
from itertools import islice

from sqlalchemy import Connection, func, select

from ecabinet.client.desk.errors import NotHere, StorageUnusable
from ecabinet.client.desk.papers import Papers
from ecabinet.client.desk.unlocked import Unlocked
from ecabinet.client.pages import (
    Pages,
    PagesUnavailable,
    PageUnreadable,
    Paper,
    PaperRefused,
    Priority,
    Recognised,
    Refusal,
    Unreadable,
)
from ecabinet.client.pages.recognition import RecognisedPages
from ecabinet.client.vault import recognised, schema, texts
from ecabinet.client.vault.papers import as_signed, signed_papers
from ecabinet.core.codec import Digest, Identifier
from ecabinet.core.finding import QUOTES, Excerpt, FoldedPages, Hit, Phrase, excerpts, phrase, stream, words
from ecabinet.core.meetings import DocumentVersion

AT_ONCE = 16
"""Pages that are read in, and kept, together."""
PAPERS_SHOWN = 20
_ROWS_LIMIT = 5_000
PATIENCE = 60.0
"""Seconds to open a paper that took the page process too long before."""
_LOOK_SECONDS = 0.2

Report = Callable[[int, int | None], None]
"""Told how many papers of how many have been read in; may raise, to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperFound:
    """A paper in which it stands."""

    document: Identifier
    title: str
    number: str
    pages: tuple[int, ...]
    """On which it stands, from 0, in reading order."""
    excerpt: Excerpt
    """Of the first of them."""
    is_phrase: bool
    """The words follow each other as typed; else they merely stand on one page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found in papers, those that arrived last first."""

    papers: tuple[PaperFound, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class PaperText:
    """What one paper says, folded: it never changes, so any thread may find in it."""

    texts: tuple[str, ...]
    folded: FoldedPages
    pages: int | None
    """Of the whole paper; None while nobody knows, and when it can't be read."""
    is_refused: bool = False
    """It can't be read: nothing more will come."""

    @property
    def is_complete(self) -> bool:
        return self.is_refused or self.pages == len(self.texts)

    @property
    def has_words(self) -> bool:
        """False for a scan."""
        return any(map(str.strip, self.texts))

    def find(self, typed: str, *, is_open: bool = True) -> "Hits | None":
        """All places of what was typed, as one phrase; None when there is nothing to be looked for."""
        sought = phrase(typed, is_open=is_open)
        return None if sought is None else Hits(self, sought, self.folded.find(sought))


@dataclass(frozen=True, slots=True)
class Hits:
    """Where a phrase stands in a paper, in reading order."""

    paper: PaperText
    sought: Phrase
    places: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, number: int) -> Hit:
        return self.paper.folded.hit(self.places[number], self.sought)

    def first_from(self, page: int) -> int:
        """The number of the first hit on a page or after it; 0 when there is none."""
        folded = self.paper.folded
        return next((number for number, place in enumerate(self.places) if folded.page_of(place) >= page), 0)

    def on_page(self, page: int) -> Iterator[tuple[int, range]]:
        """The hits on a page: their numbers, and which words of its stream they are. One may end on the next page."""
        folded = self.paper.folded
        for number, place in enumerate(self.places):
            if page - 1 <= folded.page_of(place) <= page:
                yield from ((number, here) for at, here in folded.parts(self[number]) if at == page)

    def excerpts(self, first: int, count: int) -> list[tuple[Hit, Excerpt]]:
        """So many hits with the words around them."""
        hits = [self[number] for number in range(first, min(first + count, len(self)))]
        by_page: dict[int, list[Hit]] = {}
        for hit in hits:
            by_page.setdefault(hit.page, []).append(hit)
        texts, folded = self.paper.texts, self.paper.folded
        shown: dict[Hit, Excerpt] = {}
        for page, here in by_page.items():
            shown |= zip(here, excerpts(texts[page], folded.count_on(page), here), strict=True)
        return [(hit, shown[hit]) for hit in hits]


class Finding:
    """What papers say."""

    def __init__(self, unlocked: Unlocked, papers: Papers) -> None:
        self._unlocked, self._papers = unlocked, papers
        self._vault = unlocked.vault
        self._preferred: Digest | None = None
        self._aside: dict[Digest, _Aside] = {}
        """What papers with passwords say."""
        self._slow: set[Digest] = set()
        """Papers that took too long to open once."""
        self._reading = threading.Lock()

    # ---------------------------------------------------------------- reading in

    def prefer(self, digest: Digest) -> None:
        """Has a paper read in next. From any thread."""
        self._preferred = digest

    def read_in(self, pages: Pages, report: Report) -> int:
        """Reads in what has arrived, on a lane of its own; how many papers. Raises what `report` raises.

        Returns early when the vault can't be written or no page can be had: the next time it goes on.
        """
        done = 0
        with self._reading:
            while (waiting := self._vault.do(self._waiting)) and (digest := waiting[0]):
                report(done, done + len(waiting))
                try:
                    done += self._read_in(pages, digest, lambda: report(done, done + len(waiting)))  # noqa: B023 - called here
                except (PagesUnavailable, StorageUnusable, CancelledError):
                    break
        return done

    def _waiting(self, db: Connection) -> list[Digest]:
        """Papers that are here and not read in: what is wanted most, then what came last, then what is slow."""
        papers, files, known = signed_papers().c, schema.files.c, schema.readings_in.c
        unlocked = self._papers.with_passwords
        if unlocked:
            theirs = select(papers.digest).where(papers.body == self._unlocked.body, papers.digest.in_(unlocked))
            self._aside = {digest: self._aside[digest] for digest in db.scalars(theirs) if digest in self._aside}
        asked = (
            select(papers.digest)
            .join(schema.files, files.blob == papers.blob)
            .outerjoin(schema.readings_in, known.digest == papers.digest)
            .where(papers.body == self._unlocked.body, files.is_here)
            .where(
                known.digest.is_(None)
                | (~known.is_refused & (known.done < known.pages))
                | (known.is_refused & papers.digest.in_(unlocked - self._aside.keys()))
            )
            .group_by(papers.digest)
            .order_by(
                (papers.digest == self._preferred).desc(), papers.digest.in_(self._slow), func.max(papers.position)
            )
        )
        return list(db.scalars(asked))

    def _read_in(self, pages: Pages, digest: Digest, heed: Callable[[], None]) -> bool:
        """Whether nothing more is to be done. What is slow has a page process of its own: readers need theirs."""
        size = self._vault.do(partial(_size_of, digest=digest))
        if not size:
            return True  # purged meanwhile
        if digest not in self._slow:
            return self._read_by(pages, digest, size, heed)
        with Pages(open_seconds=PATIENCE) as patient, _stopped_with(patient, heed):
            return self._read_by(patient, digest, size, heed)

    def _read_by(self, pages: Pages, digest: Digest, size: int, heed: Callable[[], None]) -> bool:
        has_password = digest in self._papers.with_passwords
        try:
            paper = self._papers.open(pages, digest, size)
        except PaperRefused as refused:
            if refused.refusal is Refusal.TOO_SLOW and digest not in self._slow:
                self._slow.add(digest)
                return False
            if has_password:
                self._aside[digest] = _Aside(pages=0)
            self._vault.do(lambda db: texts.refuse(db, digest))
            return True
        except NotHere:
            return True  # gone, or to be fetched again
        try:
            if has_password:
                self._vault.do(lambda db: texts.refuse(db, digest))
                self._read_aside(pages, paper, digest, heed)
            else:
                self._read_pages(pages, paper, digest, heed)
        except NotHere:
            return True  # meanwhile
        finally:
            pages.close(paper)
        return True

    def _read_pages(self, pages: Pages, paper: Paper, digest: Digest, heed: Callable[[], None]) -> None:
        count = len(paper.pages)
        done, scanned = self._vault.do(partial(_begin, digest=digest, pages=count))
        pages.take_recognised(paper, scanned)
        ask = partial(_ask, pages, paper)
        coming = ask(done)
        for first in range(done, count, AT_ONCE):
            heed()
            asked, coming = coming, ask(first + AT_ONCE)  # the page process goes on while these are kept
            said = [_said(pages, paper, page, each) for page, each in enumerate(asked, first)]
            if not self._vault.do(partial(_keep, digest=digest, first=first, said=said)):
                return

    def _read_aside(self, pages: Pages, paper: Paper, digest: Digest, heed: Callable[[], None]) -> None:
        """As `_read_pages`, into memory; begun anew when it was stopped."""
        aside = _Aside(pages=len(paper.pages))
        try:
            for first in range(0, aside.pages, AT_ONCE):
                heed()
                asked = _ask(pages, paper, first)
                aside.said += [_said(pages, paper, page, each) for page, each in enumerate(asked, first)]
                self._aside[digest] = aside
        except BaseException:
            self._aside.pop(digest, None)
            raise

    # ---------------------------------------------------------------- in one paper

    def text_of(self, digest: Digest) -> PaperText:
        """What a paper says, as far as it has been read in. Folds it all: not for the serial lane when that is busy."""

        def load(db: Connection) -> tuple[texts.ReadIn | None, list[bytes]]:
            return texts.progress_of(db, digest), texts.texts_of(db, digest)

        known, packed = self._vault.do(load)
        aside = self._aside.get(digest)
        if known is not None and known.is_refused:
            has_come = digest in self._papers.with_passwords
            said, pages = () if aside is None else tuple(aside.said), None if aside is None else aside.pages
            is_refused = not has_come or (aside is not None and not aside.pages)
        else:
            said, pages, is_refused = tuple(map(texts.unpacked, packed)), None if known is None else known.pages, False
        return PaperText(said, FoldedPages(list(map(stream, said))), pages, is_refused=is_refused)

    # ---------------------------------------------------------------- over everything

    def in_papers(self, typed: str) -> Found:
        """Papers that say it: first those with the phrase, then those with all of its words on one page.

        Words are whole. What stands between quotation marks is a phrase.
        """
        return self._vault.do(partial(self._find, typed=typed))

    def _find(self, db: Connection, typed: str) -> Found:
        loose, whole = words(typed), phrase(typed)
        if not loose or whole is None:
            return Found(papers=(), has_more=False)
        is_exact = whole.minds_accents
        is_phrase = len(loose) == 1 or not set(typed).isdisjoint(QUOTES)
        stages = [] if is_phrase else [_Stage((whole,), is_exact=is_exact, is_phrase=True)]
        if not is_phrase and whole.is_mixed:
            stages.append(_Stage((whole,), is_exact=False, is_phrase=True))
        stages.append(_Stage(loose, is_exact=is_exact, is_phrase=is_phrase))
        found: dict[int, PaperFound] = {}
        for stage in stages:
            coming = _by_paper(db, stage, besides=found)
            while len(found) <= PAPERS_SHOWN and (some := list(islice(coming, PAPERS_SHOWN + 1 - len(found)))):
                versions = self._latest_versions(db, [number for number, _ in some])
                for number, pages in some:
                    if number in versions:
                        found[number] = _paper_found(db, versions[number], number, pages, stage)
            if len(found) > PAPERS_SHOWN:
                break
        return Found(papers=tuple(found.values())[:PAPERS_SHOWN], has_more=len(found) > PAPERS_SHOWN)

    def _latest_versions(self, db: Connection, numbers: Sequence[int]) -> dict[int, DocumentVersion]:
        """What papers are, by their numbers in the index: those that are the latest version of one."""
        known, told, papers = schema.readings_in.c, schema.documents.c, signed_papers().c
        numbered = db.execute(select(known.digest, known.number).where(known.number.in_(numbers)))
        number_of = {row.digest: row.number for row in numbered}
        here = select(told.document).where(told.body == self._unlocked.body, told.digest.in_(number_of))
        asked = select(*papers).where(papers.document.in_(db.scalars(here).all())).order_by(papers.version)
        latest = {row.document: row for row in db.execute(asked)}
        return {number_of[row.digest]: as_signed(row) for row in latest.values() if row.digest in number_of}


@contextmanager
def _stopped_with(pages: Pages, heed: Callable[[], None]) -> Iterator[None]:
    """Stops pages, also while one waits for them, as soon as `heed` raises; and raises that."""
    is_over, raised = threading.Event(), list[BaseException]()

    def watch() -> None:
        try:
            heed()
            while not is_over.wait(_LOOK_SECONDS):
                heed()
        except BaseException as error:  # noqa: BLE001 - whatever it is
            raised.append(error)
            pages.stop()

    watcher = threading.Thread(target=watch, name="finding", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        is_over.set()
        watcher.join()
        if raised:
            raise raised[0]


@dataclass(slots=True)
class _Aside:
    """What a paper with a password says, as far as it has been read; no pages when the password failed after all."""

    pages: int
    said: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Stage:
    """One way to look for what was typed: the strictest comes first."""

    sought: tuple[Phrase, ...]
    _: KW_ONLY
    is_exact: bool
    is_phrase: bool

    @property
    def lax(self) -> tuple[Phrase, ...]:
        """What the index finds with other accents too."""
        return () if self.is_exact else tuple(each for each in self.sought if each.minds_accents)


def _by_paper(db: Connection, stage: _Stage, *, besides: Container[int]) -> Iterator[tuple[int, list[int]]]:
    """The numbers of papers and the pages found in each."""
    current, pages = None, list[int]()
    for rows, (number, page) in enumerate(texts.matches(db, stage.sought, is_exact=stage.is_exact)):
        if number in besides or not _stands(db, number, page, stage.lax):
            continue
        if number != current:
            if current is not None:
                yield current, pages
            if rows > _ROWS_LIMIT:
                return
            current, pages = number, []
        pages.append(page)
    if current is not None:
        yield current, pages


def _paper_found(
    db: Connection, version: DocumentVersion, number: int, pages: Sequence[int], stage: _Stage
) -> PaperFound:
    return PaperFound(
        document=version.document,
        title=version.title,
        number=version.number,
        pages=tuple(pages),
        excerpt=_excerpt(texts.text_at(db, number, pages[0]), stage.sought),
        is_phrase=stage.is_phrase,
    )


def _stands(db: Connection, number: int, page: int, sought: Sequence[Phrase]) -> bool:
    if not sought:
        return True
    said = stream(texts.text_at(db, number, page))
    return all(each.stands_in(said) for each in sought)


def _excerpt(text: str, sought: Sequence[Phrase]) -> Excerpt:
    folded = FoldedPages([stream(text)])
    firsts = ((place, each) for each in sought for place in folded.find(each)[:1])
    place, first = min(firsts, key=lambda each: each[0])
    return excerpts(text, folded.count_on(0), [folded.hit(place, first)])[0]


def _ask(pages: Pages, paper: Paper, first: int) -> list[Future[str]]:
    wanted = range(first, min(first + AT_ONCE, len(paper.pages)))
    return [pages.text(paper, page, priority=Priority.IDLE) for page in wanted]


def _said(pages: Pages, paper: Paper, page: int, asked: Future[str]) -> str:
    """A page that can't be read says nothing; the reader tells so when it is shown.

    One that cost the page process its life is asked for once more: somebody else may have ended it, and nothing is
    kept as empty because of that. Raises CancelledError when the pages were stopped.
    """
    try:
        return asked.result()
    except PageUnreadable as error:
        if error.reason is not Unreadable.CRASHED:
            return ""
    try:
        return pages.text(paper, page, priority=Priority.IDLE).result()
    except PageUnreadable:
        return ""


def _size_of(db: Connection, digest: Digest) -> int:
    sizes = select(schema.documents.c.size).where(schema.documents.c.digest == digest)
    return int(db.scalar(sizes.limit(1)) or 0)


def _begin(db: Connection, digest: Digest, pages: int) -> tuple[int, Recognised]:
    """How many pages have been read in, all of them when the paper has been purged meanwhile; what the rest says.

    Both at once: what is recognised later has it begun anew.
    """
    done = texts.begin(db, digest, pages).done if _size_of(db, digest) else pages
    return done, RecognisedPages(recognised.packed_pages(db, digest))


def _keep(db: Connection, digest: Digest, first: int, said: Sequence[str]) -> bool:
    """Whether the paper is still the one that was begun: it may have been purged meanwhile."""
    known = texts.progress_of(db, digest)
    if known is None or known.done != first:
        return False
    texts.keep(db, digest, first, said)
    return True
