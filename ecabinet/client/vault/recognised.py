"""What was recognised in scans, kept page by page as it comes: a kill loses one page's work at most.

It goes with the paper, as what papers say does. Beside it is kept who offers it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from sqlalchemy import Connection, delete, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from ecabinet.client.vault.schema import (
    recognised_offers,
    recognised_pages,
    recognition_failures,
    recognitions,
)
from ecabinet.core.codec import AgencyCode, Digest, Identifier
from ecabinet.core.recognition import RecognisedOffer, RecognisedPage, pack

MOST_TRIES = 3
"""A machine may be slow for a while; a page that fails so often says nothing."""


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
    """Begins, or goes on with what this very program began; which page is next. What is complete stays as it is."""
    known = recognition_of(db, digest)
    if known is not None and (known.is_complete or (known.program, known.languages) == (program, languages)):
        return known.done
    forget(db, digest)
    row = {"digest": digest, "program": program, "languages": languages, "done": 0, "is_complete": False}
    db.execute(insert(recognitions).values(row))
    return 0


def keep(db: Connection, digest: Digest, page: RecognisedPage) -> bool:
    """Takes in what was recognised on a page; not when the paper was purged, or recognised by others, meanwhile."""
    is_known = _look_at(db, digest, page.index)
    if is_known:
        failures = recognition_failures.c
        db.execute(delete(recognition_failures).where(failures.digest == digest, failures.page == page.index))
    if is_known and page.lines:
        row = {"digest": digest, "page": page.index, "content": pack(page)}
        db.execute(insert(recognised_pages).values(row).on_conflict_do_update(set_={"content": row["content"]}))
    return is_known


def fail(db: Connection, digest: Digest, page: int) -> bool:
    """A page took too long, or could not be drawn; as `keep`."""
    is_known = _look_at(db, digest, page)
    if is_known:
        first = insert(recognition_failures).values(digest=digest, page=page, tries=1)
        db.execute(first.on_conflict_do_update(set_={"tries": recognition_failures.c.tries + 1}))
    return is_known


def to_try_again(db: Connection, digest: Digest) -> set[int]:
    """The pages that failed, and not too often."""
    failures = recognition_failures.c
    return set(db.scalars(select(failures.page).where(failures.digest == digest, failures.tries < MOST_TRIES)))


def _look_at(db: Connection, digest: Digest, page: int) -> bool:
    known = update(recognitions).where(recognitions.c.digest == digest, ~recognitions.c.is_complete)
    return bool(db.execute(known.values(done=func.max(recognitions.c.done, page + 1))).rowcount)


def complete(db: Connection, digest: Digest) -> bool:
    """Nothing more will come; whether anything was recognised."""
    db.execute(update(recognitions).where(recognitions.c.digest == digest).values(is_complete=True))
    return bool(packed_pages(db, digest))


def take(db: Connection, digest: Digest, *, program: str, languages: str, packed: Mapping[int, bytes]) -> None:
    """Takes over what somebody else had recognised, in place of what is here."""
    forget(db, digest)
    row = {"digest": digest, "program": program, "languages": languages, "done": max(packed) + 1, "is_complete": True}
    db.execute(insert(recognitions).values(row))
    pages = [{"digest": digest, "page": page, "content": content} for page, content in packed.items()]
    db.execute(insert(recognised_pages), pages)


def packed_pages(db: Connection, digest: Digest) -> dict[int, bytes]:
    """What was recognised on which pages, packed."""
    rows = recognised_pages.c
    asked = select(rows.page, rows.content).where(rows.digest == digest).order_by(rows.page)
    return {row.page: row.content for row in db.execute(asked)}


def forget(db: Connection, digest: Digest) -> None:
    """Removes every trace of it."""
    db.execute(delete(recognition_failures).where(recognition_failures.c.digest == digest))
    db.execute(delete(recognised_pages).where(recognised_pages.c.digest == digest))
    db.execute(delete(recognitions).where(recognitions.c.digest == digest))


class OfferState(StrEnum):
    """What became of an offer."""

    WAITING = "waiting"
    TAKEN = "taken"
    """What is here is what it offers."""
    REFUSED = "refused"
    """Its file did not prove right: it is not fetched again."""
    TOO_LONG = "too_long"
    """It is this device's own, and says more than anybody would read: it was never made."""


def keep_offer(db: Connection, body: AgencyCode, offer: RecognisedOffer, state: OfferState) -> None:
    """Keeps an offer in place of an earlier one; the same again changes nothing."""
    offers, said = recognised_offers, asdict(offer)
    row = {**said, "body": body, "state": state}
    is_other = or_(*(offers.c[name] != value for name, value in said.items()))
    added = insert(offers).values(row)
    db.execute(added.on_conflict_do_update(index_elements=["document", "version"], set_=row, where=is_other))


def too_long(db: Connection, body: AgencyCode) -> set[tuple[Identifier, int]]:
    """Documents and versions of which this device recognised more than anybody would read."""
    offers = recognised_offers.c
    asked = select(offers.document, offers.version).where(offers.body == body, offers.state == OfferState.TOO_LONG)
    return {(document, version) for document, version in db.execute(asked)}


def settle_offer(db: Connection, offer: RecognisedOffer, state: OfferState) -> bool:
    """Says what became of one that waited; not when it has gone, or another has taken its place, meanwhile."""
    offers = recognised_offers
    same = (offers.c.document == offer.document) & (offers.c.version == offer.version)
    waiting = update(offers).where(same, offers.c.signature == offer.signature, offers.c.state == OfferState.WAITING)
    return bool(db.execute(waiting.values(state=state)).rowcount)


def forget_offers(db: Connection, document: Identifier) -> None:
    """The paper has gone."""
    db.execute(delete(recognised_offers).where(recognised_offers.c.document == document))
