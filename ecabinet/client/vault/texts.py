"""What papers say, page by page, and the index over it: inside the vault, and gone with the paper.

A page's number in the index puts later papers first when read downwards, and the pages of each in reading order. The
index knows every word twice, with accents and without, and forgets without a trace (`secure-delete`).
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from ecabinet.client.vault import crossings
from ecabinet.client.vault.schema import page_texts, readings_in
from ecabinet.core.codec import Digest
from ecabinet.core.finding import Phrase, stream

_PAGES_BITS = 16
_LAST = (1 << _PAGES_BITS) - 1
_LEVEL = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadIn:
    """How far a paper has been read in."""

    number: int
    done: int
    """Pages."""
    pages: int | None
    """None before it was opened."""
    is_refused: bool

    @property
    def is_complete(self) -> bool:
        """Whether nothing more will come."""
        return self.is_refused or self.done == self.pages


def progress_of(db: Connection, digest: Digest) -> ReadIn | None:
    """None when nobody has begun."""
    row = db.execute(select(readings_in).where(readings_in.c.digest == digest)).one_or_none()
    if row is None:
        return None
    return ReadIn(number=row.number, done=row.done, pages=row.pages, is_refused=row.is_refused)


def begin(db: Connection, digest: Digest, pages: int) -> ReadIn:
    """Makes room for the pages of a paper, or says how far it has come."""
    known = progress_of(db, digest)
    if known is None:
        db.execute(insert(readings_in).values(digest=digest, pages=pages, done=0, is_refused=False))
        known = progress_of(db, digest)
    if known is None:
        raise LookupError(digest)
    return known


def refuse(db: Connection, digest: Digest) -> None:
    """The paper can't be read: nobody is to try again."""
    if progress_of(db, digest) is None:
        db.execute(insert(readings_in).values(digest=digest, pages=None, done=0, is_refused=True))
    else:
        db.execute(update(readings_in).where(readings_in.c.digest == digest).values(is_refused=True))


def keep(db: Connection, digest: Digest, first: int, texts: Sequence[str]) -> None:
    """Takes in the texts of pages `first` and following, which come in their order and once."""
    known = progress_of(db, digest)
    if known is None or known.done != first:
        raise ValueError("pages come one after another")
    folded = [(_id(known.number, page), text, stream(text)) for page, text in enumerate(texts, first)]
    db.execute(
        insert(page_texts),
        [{"id": identity, "content": zlib.compress(text.encode(), _LEVEL)} for identity, text, _ in folded],
    )
    for table, words in (
        ("words_exact", [(identity, said.exact) for identity, _, said in folded]),
        ("words_bare", [(identity, said.bare) for identity, _, said in folded]),
    ):
        db.connection.cursor().executemany(f"INSERT INTO {table} (rowid, words) VALUES (?, ?)", words)  # noqa: S608
    db.execute(update(readings_in).where(readings_in.c.digest == digest).values(done=first + len(texts)))


def texts_of(db: Connection, digest: Digest) -> list[bytes]:
    """The texts of the pages that have been read in, in their order, as `unpacked` takes them."""
    known = progress_of(db, digest)
    if known is None:
        return []
    first, last = _id(known.number, _LAST), _id(known.number, 0)
    asked = select(page_texts.c.content).where(page_texts.c.id.between(first, last)).order_by(page_texts.c.id.desc())
    return list(db.scalars(asked))


def unpacked(content: bytes) -> str:
    """A page's text."""
    return zlib.decompress(content).decode()


def forget(db: Connection, digest: Digest) -> None:
    """Removes every trace of what a paper says, and what was judged by it."""
    crossings.forget_text(db, digest)
    known = progress_of(db, digest)
    if known is None:
        return
    pages = page_texts.c.id.between(_id(known.number, _LAST), _id(known.number, 0))
    rows = db.execute(select(page_texts.c.id, page_texts.c.content).where(pages)).all()
    folded = [(row.id, stream(unpacked(row.content))) for row in rows]
    cursor = db.connection.cursor()
    for table, words in (
        ("words_exact", [(identity, said.exact) for identity, said in folded]),
        ("words_bare", [(identity, said.bare) for identity, said in folded]),
    ):
        cursor.executemany(f"INSERT INTO {table} ({table}, rowid, words) VALUES ('delete', ?, ?)", words)  # noqa: S608
    db.execute(delete(page_texts).where(pages))
    db.execute(delete(readings_in).where(readings_in.c.digest == digest))


def matches(db: Connection, phrases: Sequence[Phrase], *, is_exact: bool) -> Iterator[tuple[int, int]]:
    """The pages on which all of the phrases stand: a paper's number and the page; later papers first.

    `is_exact`: every letter as it was typed, accents of words typed without any included; else accents don't count.
    """
    table = "words_exact" if is_exact else "words_bare"
    # In the index's own language: nothing but letters, digits and spaces stands between the quotation marks.
    sought = " AND ".join(f'"{(each.exact if is_exact else each.bare).strip()}"' for each in phrases)
    cursor: Any = db.connection.cursor()  # an sqlcipher3.Cursor: rows come as they are found
    cursor.execute(f"SELECT rowid FROM {table} WHERE {table} MATCH ? ORDER BY rowid DESC", (sought,))  # noqa: S608
    try:
        for (identity,) in cursor:
            yield identity >> _PAGES_BITS, _LAST - (identity & _LAST)
    finally:
        cursor.close()


def text_at(db: Connection, number: int, page: int) -> str:
    """One page's text."""
    cursor = db.connection.cursor()  # asked for dozens of times for one answer
    cursor.execute("SELECT content FROM page_texts WHERE id = ?", (_id(number, page),))
    row = cursor.fetchone()
    if row is None:
        raise LookupError(number, page)
    return unpacked(row[0])


def _id(number: int, page: int) -> int:
    return number << _PAGES_BITS | _LAST - page
