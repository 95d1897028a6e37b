"""What was recognised in scans, kept page by page as it comes: a kill loses one page's work at most.

It goes with the paper, as what papers say does.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from ecabinet.client.vault.schema import recognised_pages, recognitions
from ecabinet.core.codec import Digest
from ecabinet.core.recognition import RecognisedPage, RecognisedText, pack, unpack


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """How far a paper has been recognised."""

    program: str
    languages: str
    done: int
    """Pages before this one have been looked at."""
    is_complete: bool


def recognition_of(db: Connection, digest: Digest) -> Recognition | None:
    """None when nobody has begun."""
    row = db.execute(select(recognitions).where(recognitions.c.digest == digest)).one_or_none()
    if row is None:
        return None
    return Recognition(program=row.program, languages=row.languages, done=row.done, is_complete=row.is_complete)


def begin(db: Connection, digest: Digest, *, program: str, languages: str) -> int:
    """Begins, or goes on with what this very program began; which page is next."""
    known = recognition_of(db, digest)
    if known is not None and (known.program, known.languages) == (program, languages):
        return known.done
    forget(db, digest)
    row = {"digest": digest, "program": program, "languages": languages, "done": 0, "is_complete": False}
    db.execute(insert(recognitions).values(row))
    return 0


def keep(db: Connection, digest: Digest, page: RecognisedPage) -> None:
    """Takes in what was recognised on a page. Nothing, when the paper has been purged meanwhile."""
    known = update(recognitions).where(recognitions.c.digest == digest)
    if db.execute(known.values(done=page.index + 1)).rowcount and page.lines:
        row = {"digest": digest, "page": page.index, "content": pack(page)}
        db.execute(insert(recognised_pages).values(row).on_conflict_do_update(set_={"content": row["content"]}))


def complete(db: Connection, digest: Digest) -> bool:
    """Nothing more will come; whether anything was recognised."""
    db.execute(update(recognitions).where(recognitions.c.digest == digest).values(is_complete=True))
    return bool(packed_pages(db, digest))


def take(db: Connection, text: RecognisedText) -> None:
    """Takes over what somebody else had recognised, in place of what is here."""
    forget(db, text.paper)
    begin(db, text.paper, program=text.program, languages=text.languages)
    for page in text.pages:
        keep(db, text.paper, page)
    complete(db, text.paper)


def packed_pages(db: Connection, digest: Digest) -> dict[int, bytes]:
    """What was recognised on which pages, packed."""
    rows = recognised_pages.c
    asked = select(rows.page, rows.content).where(rows.digest == digest).order_by(rows.page)
    return {row.page: row.content for row in db.execute(asked)}


def text_of(db: Connection, digest: Digest) -> RecognisedText | None:
    """All that was recognised in a paper; None while it isn't complete."""
    known = recognition_of(db, digest)
    if known is None or not known.is_complete:
        return None
    return RecognisedText(
        paper=digest,
        program=known.program,
        languages=known.languages,
        pages=tuple(unpack(RecognisedPage, each) for each in packed_pages(db, digest).values()),
    )


def forget(db: Connection, digest: Digest) -> None:
    """Removes every trace of it."""
    db.execute(delete(recognised_pages).where(recognised_pages.c.digest == digest))
    db.execute(delete(recognitions).where(recognitions.c.digest == digest))
