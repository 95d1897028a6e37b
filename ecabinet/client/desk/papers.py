"""Papers as a reader has them: what is here, what has been read, and the bytes for the page process."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Any

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.sqlite import insert

from ecabinet.client.desk.errors import NotHere, StorageUnusable
from ecabinet.client.desk.reading import Look, ReadingPosition
from ecabinet.client.desk.unlocked import Unlocked
from ecabinet.client.pages import Pages, Paper, Read, Recognised
from ecabinet.client.pages.recognition import RecognisedPages
from ecabinet.client.vault import crossings, recognised, schema
from ecabinet.client.vault.changes import Changes
from ecabinet.client.vault.papers import as_signed, signed_papers
from ecabinet.client.vault.sealed import SealedReader
from ecabinet.core import codec
from ecabinet.core.codec import AgencyCode, Digest, Identifier, Name
from ecabinet.core.meetings import DocumentReference
from ecabinet.core.notes import NoteEdit, heads

_NAMED_AT_MOST = 1000
"""Papers asked for by name; for more, all are read."""


class Presence(StrEnum):
    """Whether a paper's bytes are on this machine."""

    HERE = "here"
    PARTLY = "partly"
    WAITING = "waiting"
    OTHER = "other"
    """Not the paper that was sent: the record has another, or none, under its name. Nothing is opened in its place."""


class Reading(StrEnum):
    """What the person has done with a version of a paper."""

    NEW = "new"
    CHANGED = "changed"
    """An earlier version was opened; this one was not."""
    BEGUN = "begun"
    READ = "read"
    """Every page was in view. A page that can't be shown was not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLine:
    """One paper in its latest version, or in the one that a ballot or meeting names."""

    document: Identifier
    version: int
    digest: Digest
    title: str
    number: str
    agency: str
    kind: Name
    file_name: str
    size: int
    replaces: Digest | None
    what_changed: str
    presence: Presence
    fetched: int
    """Bytes that are here."""
    reading: Reading
    notes: int
    to_check: int
    """Notes on earlier versions of which the reader is to say where they belong in this one, the latest."""
    carried: int
    """Notes that went over to this version, which the reader has not opened yet."""
    position: ReadingPosition | None
    """Where one stopped in this version."""
    pages: int = 0
    """0 until it was opened here."""
    pages_read: int = 0
    """Those that were in view."""
    newer: int | None = None
    """The latest version, when this is an earlier one."""
    words_stay_here: bool = False
    """What was recognised in this scan is too long to go to its readers, who find nothing in it."""

    @property
    def is_new(self) -> bool:
        """Whether this version was never opened."""
        return self.reading in (Reading.NEW, Reading.CHANGED)


class Papers:
    """The papers this person may read."""

    def __init__(self, unlocked: Unlocked) -> None:
        self._unlocked = unlocked
        self._vault = unlocked.vault
        self._passwords: dict[Digest, str] = {}
        """Those that opened papers. They are never kept, and go when the vault is locked."""

    def all(self) -> tuple[PaperLine, ...]:
        """Latest versions, the most recently published first."""
        return tuple(self._vault.do(self.lines).values())

    def one(self, document: Identifier) -> PaperLine:
        """The latest version. Raises NotHere."""
        return self.versions(document)[0]

    def versions(self, document: Identifier) -> tuple[PaperLine, ...]:
        """Every version known, the latest first. Raises NotHere."""
        lines = self._vault.do(lambda db: self._read(db, [document]))
        if not lines:
            raise NotHere
        return tuple(lines)

    def reader(self, digest: Digest) -> Read:
        """Decrypts a paper, a part at a time, into memory that the page process shares, and nowhere else.

        Raises NotHere. What it returns is for one thread, which the serial lane must not wait for; that raises NotHere
        when the paper is here no longer, and StorageUnusable when its bytes were damaged on the disk: they are then
        fetched again.
        """
        blob = self._vault.do(lambda db: _blob_of(db, self._unlocked.body, digest))
        if blob is None:
            raise NotHere
        file: SealedReader | None = None

        def read(offset: int, into: memoryview) -> None:
            nonlocal file
            try:
                file = file or self._vault.files.read(blob)
                with file:
                    file.read_into(offset, into)
            except FileNotFoundError as error:
                self._vault.do(lambda db: _mark_missing(db, blob))
                raise NotHere from error
            except StorageUnusable:
                self._vault.files.discard(blob)
                self._vault.do(lambda db: _mark_missing(db, blob))
                raise

        return read

    def open(
        self, pages: Pages, digest: Digest, size: int, recognised: Recognised | None = None, *, password: str = ""
    ) -> Paper:
        """Opens a paper that is here; with a password that opened it before, where none is given.

        Raises what `reader` and `Pages.open` raise. From a lane that may wait for the serial one.
        """
        tried = password or self._passwords.get(digest, "")
        paper = pages.open(size, self.reader(digest), recognised, password=tried)
        if tried:
            self._passwords[digest] = tried
        return paper

    @property
    def with_passwords(self) -> frozenset[Digest]:
        """Those that a password has opened since the vault was unlocked."""
        return frozenset(self._passwords)

    def fill(self, digest: Digest, into: memoryview) -> None:
        """Decrypts a whole paper into `into`, memory of just its size. Raises what `reader` and its reading raise."""
        self.reader(digest)(0, into)

    def recognised(self, digest: Digest) -> Recognised:
        """What was recognised on the pages of a scan, for the page process to say in their place."""
        return RecognisedPages(self._vault.do(partial(recognised.packed_pages, digest=digest)))

    @contextmanager
    def open_in(self, pages: Pages, line: PaperLine) -> Iterator[Paper]:
        """The paper in the page process, as long as it is needed. From a lane that may wait for the serial one.

        Raises NotHere, StorageUnusable, PaperRefused, PagesUnavailable.
        """
        recognised = self.recognised(line.digest)
        paper = self.open(pages, line.digest, line.size, recognised)
        try:
            yield paper
        finally:
            pages.close(paper)

    def opened(self, digest: Digest) -> Changes:
        """Marks a version as no longer new."""
        return self._keep(digest, opened_at=self._unlocked.clock())

    def look(self, document: Identifier, digest: Digest) -> Look:
        """How to show a version: as it was shown last; else as the version before it was.

        Whether it is by night goes with the person: as the paper was that was opened last.
        """
        return self._vault.do(lambda db: _look(db, document, digest))

    def stopped_at(self, digest: Digest, position: ReadingPosition) -> Changes:
        """Keeps where the reader is. Cheap; call it whenever scrolling has come to rest."""
        return self._keep(digest, position=codec.dump(position))

    def read_pages(self, digest: Digest, pages: int, read: Collection[int]) -> Changes:
        """Keeps that these pages, from 0, were in view, of a version that has so many; of all, it was read."""
        return self._vault.do(lambda db: _keep_pages_read(db, digest, pages, read))

    def want(self, document: Identifier) -> None:
        """Has a paper fetched before all others."""
        for blob in self._vault.do(lambda db: _put_first(db, document)):
            self._unlocked.sync.prefer(blob)

    def lines(self, db: Connection) -> dict[Identifier, PaperLine]:
        """The latest versions by their documents, the most recently published first."""
        latest: dict[Identifier, PaperLine] = {}
        for line in self._read(db, None):
            latest.setdefault(line.document, line)
        return latest

    def as_sent(self, db: Connection, references: Collection[DocumentReference]) -> dict[DocumentReference, PaperLine]:
        """The very papers that a signed statement names, under the titles it gives them, with what is newer."""
        known: dict[tuple[Identifier, int, Digest], PaperLine] = {}
        latest: dict[Identifier, int] = {}
        documents = {each.document for each in references}
        for line in self._read(db, tuple(documents) if len(documents) < _NAMED_AT_MOST else None):
            known[line.document, line.version, line.digest] = line
            latest[line.document] = max(line.version, latest.get(line.document, 0))
        return {
            each: _as_named(each, known.get((each.document, each.version, each.digest)), latest.get(each.document, 0))
            for each in references
        }

    def _keep(self, digest: Digest, **values: Any) -> Changes:
        return self._vault.do(lambda db: _keep_reading(db, digest, values))

    def _read(self, db: Connection, documents: Sequence[Identifier] | None) -> list[PaperLine]:
        papers, files, readings = signed_papers(), schema.files, schema.readings
        progress = schema.pages_read
        newest = select(papers.c.document, func.max(papers.c.position).label("published"))
        newest_of = newest.where(papers.c.body == self._unlocked.body).group_by(papers.c.document).subquery()
        asked = (
            select(
                papers,
                files.c.is_here,
                readings.c.opened_at,
                readings.c.position.label("stopped_at"),
                progress.c.pages,
                progress.c.read,
            )
            .join(newest_of, newest_of.c.document == papers.c.document)
            .join(files, files.c.blob == papers.c.blob)
            .outerjoin(readings, readings.c.digest == papers.c.digest)
            .outerjoin(progress, progress.c.digest == papers.c.digest)
            .where(papers.c.body == self._unlocked.body)
            .order_by(newest_of.c.published.desc(), papers.c.document, papers.c.version.desc())
        )
        if documents is not None:
            asked = asked.where(papers.c.document.in_(documents))
        rows = db.execute(asked).all()
        versions = [as_signed(row) for row in rows]
        opened = {version.document for version, row in zip(versions, rows, strict=True) if row.opened_at is not None}
        noted, carried = _count_notes(db, self._unlocked.body)
        asked_about = crossings.count_questions(db, self._unlocked.body)
        too_long = recognised.too_long(db, self._unlocked.body)
        return [
            PaperLine(
                document=version.document,
                version=version.version,
                digest=version.digest,
                title=version.title,
                number=version.number,
                agency=version.agency,
                kind=version.kind,
                file_name=version.file_name,
                size=version.size,
                replaces=version.replaces,
                what_changed=version.what_changed,
                **self._presence(row, version.size),
                reading=_reading(row, was_opened=version.document in opened),
                notes=noted[version.document],
                to_check=asked_about.get((version.document, version.digest), 0),
                carried=carried[version.digest] if row.opened_at is None else 0,
                position=None if row.stopped_at is None else codec.load(ReadingPosition, row.stopped_at),
                pages=row.pages or 0,
                pages_read=_count_read(row),
                words_stay_here=(version.document, version.version) in too_long,
            )
            for version, row in zip(versions, rows, strict=True)
        ]

    def _presence(self, row: Any, size: int) -> dict[str, Any]:
        if row.is_here:
            return {"presence": Presence.HERE, "fetched": size}
        fetched = self._vault.files.fetched(row.blob)
        return {"presence": Presence.PARTLY if fetched else Presence.WAITING, "fetched": fetched}


def _as_named(named: DocumentReference, line: PaperLine | None, latest: int) -> PaperLine:
    if line is not None:
        newer = latest if latest > named.version else None
        return replace(line, title=named.title, number=named.number, agency=named.agency, newer=newer)
    return PaperLine(
        document=named.document,
        version=named.version,
        digest=named.digest,
        title=named.title,
        number=named.number,
        agency=named.agency,
        kind="",
        file_name="",
        size=0,
        replaces=None,
        what_changed="",
        presence=Presence.OTHER,
        fetched=0,
        reading=Reading.NEW,
        notes=0,
        to_check=0,
        carried=0,
        position=None,
    )


def _count_notes(db: Connection, body: AgencyCode) -> tuple[Counter[Identifier], Counter[Digest]]:
    """How many notes stand in each paper; and how many went over to each version from another."""
    edits = schema.note_edits.c
    asked = select(edits.content).where(edits.body == body, edits.content.is_not(None))
    known: dict[Identifier, list[NoteEdit]] = {}
    for content in db.scalars(asked):
        edit = codec.load(NoteEdit, content)
        known.setdefault(edit.note, []).append(edit)
    noted, carried = Counter[Identifier](), Counter[Digest]()
    for states in known.values():
        living = [each for each in heads(states) if not each.is_deleted]
        if living:
            noted[living[0].document] += 1
            digest = living[-1].anchor.digest
            carried[digest] += any(each.anchor.digest != digest for each in states)
    return noted, carried


def _reading(row: Any, *, was_opened: bool) -> Reading:
    if row.opened_at is None:
        return Reading.CHANGED if was_opened else Reading.NEW
    return Reading.READ if row.pages and _count_read(row) >= row.pages else Reading.BEGUN


def _count_read(row: Any) -> int:
    return int.from_bytes(row.read or b"").bit_count()


def _keep_pages_read(db: Connection, digest: Digest, pages: int, read: Collection[int]) -> Changes:
    table = schema.pages_read
    before = db.scalar(select(table.c.read).where(table.c.digest == digest)) or b""
    bits = int.from_bytes(before, "little")
    for page in read:
        bits |= 1 << page
    values = {"pages": pages, "read": bits.to_bytes((pages + 7) // 8, "little")}
    kept = insert(table).values(digest=digest, **values)
    db.execute(kept.on_conflict_do_update(index_elements=["digest"], set_=values))
    papers = schema.documents.c
    return Changes(documents=frozenset(db.scalars(select(papers.document).where(papers.digest == digest))))


def _blob_of(db: Connection, body: AgencyCode, digest: Digest) -> Digest | None:
    """Where the bytes are of a paper that may be read, or that is being prepared here."""
    papers, drafted = signed_papers().c, schema.draft_papers.c
    published = select(papers.blob).where(papers.body == body, papers.digest == digest)
    prepared = select(drafted.digest).where(drafted.digest == digest)
    return db.scalar(published.limit(1)) or db.scalar(prepared.limit(1))


def _mark_missing(db: Connection, blob: Digest) -> None:
    db.execute(update(schema.files).where(schema.files.c.blob == blob).values(is_here=False))


def _look(db: Connection, document: Identifier, digest: Digest) -> Look:
    papers, readings = schema.documents.c, schema.readings
    kept = readings.c.position.is_not(None)
    shown = select(readings.c.position).join(schema.documents, papers.digest == readings.c.digest)
    own = shown.where(kept, papers.document == document)
    before = db.scalar(own.order_by((papers.digest == digest).desc(), papers.version.desc()).limit(1))
    last = db.scalar(select(readings.c.position).where(kept).order_by(readings.c.opened_at.desc()).limit(1))
    look = Look() if before is None else codec.load(ReadingPosition, before).look
    return look if last is None else replace(look, is_night=codec.load(ReadingPosition, last).look.is_night)


def _put_first(db: Connection, document: Identifier) -> list[Digest]:
    files, papers = schema.files, schema.documents.c
    blobs = list(db.scalars(select(papers.blob).where(papers.document == document)))
    highest = db.scalar(select(func.max(files.c.wanted))) or 0
    db.execute(update(files).where(files.c.blob.in_(blobs)).values(wanted=highest + 1))
    return blobs


def _keep_reading(db: Connection, digest: Digest, values: dict[str, Any]) -> Changes:
    kept = insert(schema.readings).values(digest=digest, **values)
    db.execute(kept.on_conflict_do_update(index_elements=["digest"], set_=values))
    papers = schema.documents.c
    return Changes(documents=frozenset(db.scalars(select(papers.document).where(papers.digest == digest))))
