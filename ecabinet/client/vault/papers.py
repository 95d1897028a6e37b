"""Papers as somebody signed for them.

What the feed tells of a paper nobody has signed, so it is kept and never shown by itself. A paper is one only while a
recorded statement here names its document, version and digest: the publication, a meeting, a ballot. What it is called
is what was signed.
"""

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Subquery, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from ecabinet.client.vault import schema
from ecabinet.core import codec
from ecabinet.core.ballots import BallotOpened
from ecabinet.core.codec import AgencyCode, Identifier, Name
from ecabinet.core.envelope import Statement
from ecabinet.core.meetings import DocumentReference, DocumentsPublished, DocumentVersion, MeetingSent


def papers_named(statement: Statement) -> tuple[DocumentReference | DocumentVersion, ...]:
    """What a statement says of papers: of those it publishes all of it, of others by what they are known."""
    match statement:
        case DocumentsPublished() | BallotOpened():
            return statement.documents
        case MeetingSent():
            return tuple(document for item in statement.items for document in item.documents)
        case _:
            return ()


def keep_named(db: Connection, statement: Statement) -> frozenset[Identifier]:
    """Keeps what a recorded statement says of papers, once; which they are. It is forgotten with the statement."""
    named = papers_named(statement)
    rows = [
        {
            "statement": statement.id,
            "document": each.document,
            "version": each.version,
            "digest": each.digest,
            "is_published": isinstance(each, DocumentVersion),
            "content": codec.dump(each),
        }
        for each in named
    ]
    if rows:
        db.execute(insert(schema.named_papers).on_conflict_do_nothing(), rows)
    return frozenset(each.document for each in named)


def forget_named(db: Connection, statements: Any) -> frozenset[Identifier]:
    """Forgets what statements, of those ids or selected, said of papers; which those were."""
    named = schema.named_papers
    forgotten = delete(named).where(named.c.statement.in_(statements)).returning(named.c.document)
    return frozenset(db.scalars(forgotten))


def published_by(body: AgencyCode, person: Name) -> Subquery:
    """Document, version and digest of the papers that a person published."""
    named, said = schema.named_papers.c, schema.statements.c
    asked = select(named.document, named.version, named.digest).join(schema.statements, said.id == named.statement)
    return asked.where(said.body == body, said.type == DocumentsPublished.TYPE, said.signer == person).subquery()


def signed_papers() -> Subquery:
    """Rows of `documents` that a signed statement names, and `signed`, what it says: the publication, if it is here."""
    papers, named, said = schema.documents, schema.named_papers, schema.statements.c
    same = (named.c.document == papers.c.document) & (named.c.version == papers.c.version)
    best = func.row_number().over(
        partition_by=(papers.c.document, papers.c.version, papers.c.digest),
        order_by=(named.c.is_published.desc(), said.leaf.desc()),
    )
    ranked = (
        select(papers, named.c.is_published, named.c.content.label("signed"), best.label("rank"))
        .join(named, same & (named.c.digest == papers.c.digest))
        .join(schema.statements, said.id == named.c.statement)
        .subquery()
    )
    return select(ranked).where(ranked.c.rank == 1).subquery()


def as_signed(row: Any) -> DocumentVersion:
    """What a row of `signed_papers` is: called as it was signed, and of what changed nothing that nobody signed."""
    if row.is_published:
        return codec.load(DocumentVersion, row.signed)
    named, told = codec.load(DocumentReference, row.signed), codec.load(DocumentVersion, row.content)
    return replace(told, title=named.title, number=named.number, agency=named.agency, what_changed="")
