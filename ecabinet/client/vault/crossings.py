"""How notes on earlier versions of a paper were judged that did not go over to the newest by themselves.

A judgement holds for one edit of a note and one newest version. It goes with the note, with the paper, and as soon as
either version says something else than it did.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, or_, select
from sqlalchemy.dialects.sqlite import insert

from ecabinet.client.vault.schema import crossings
from ecabinet.core import codec
from ecabinet.core.codec import AgencyCode, Digest, Identifier
from ecabinet.core.notes import Anchor
from ecabinet.core.notes.carrying import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Where a note may stand in the newest version, and why that is to be checked."""

    anchor: Anchor
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Of a note's edit, which stands in version `earlier`, for version `newest`."""

    note: Identifier
    edit: Identifier
    document: Identifier
    earlier: Digest
    newest: Digest
    proposal: Proposal | None
    """None: it has no place there."""


def keep(db: Connection, body: AgencyCode, judgement: Judgement) -> None:
    """Keeps it, in place of what was judged of that note before."""
    forget_note(db, judgement.note)
    proposal = judgement.proposal
    row = {
        "note": judgement.note,
        "body": body,
        "edit": judgement.edit,
        "document": judgement.document,
        "earlier": judgement.earlier,
        "newest": judgement.newest,
        "content": None if proposal is None else codec.dump(proposal),
    }
    db.execute(insert(crossings).values(row))


def judged(db: Connection, document: Identifier, newest: Digest) -> dict[Identifier, Proposal | None]:
    """By the edits that were judged."""
    rows = crossings.c
    asked = select(rows.edit, rows.content).where(rows.document == document, rows.newest == newest)
    return {row.edit: None if row.content is None else codec.load(Proposal, row.content) for row in db.execute(asked)}


def edits_judged(db: Connection, body: AgencyCode) -> set[tuple[Identifier, Digest]]:
    """The edits that were judged, each with the version it was judged for."""
    rows = crossings.c
    return {(row.edit, row.newest) for row in db.execute(select(rows.edit, rows.newest).where(rows.body == body))}


def count_questions(db: Connection, body: AgencyCode) -> Mapping[tuple[Identifier, Digest], int]:
    """How many notes are to be checked, by the paper and the version they were judged for."""
    rows = crossings.c
    asked = select(rows.document, rows.newest, func.count()).where(rows.body == body, rows.content.is_not(None))
    counted = db.execute(asked.group_by(rows.document, rows.newest))
    return {(document, newest): count for document, newest, count in counted}


def forget_note(db: Connection, note: Identifier) -> None:
    """It was edited, here or elsewhere."""
    db.execute(delete(crossings).where(crossings.c.note == note))


def forget_paper(db: Connection, document: Identifier) -> None:
    """The paper has gone."""
    db.execute(delete(crossings).where(crossings.c.document == document))


def forget_text(db: Connection, digest: Digest) -> None:
    """A version says something else than it did, or nothing any more."""
    db.execute(delete(crossings).where(or_(crossings.c.earlier == digest, crossings.c.newest == digest)))
