"""From a draft to the statements that are signed of it, and how far they have come."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias

from sqlalchemy import Connection, select

from ecabinet.client.desk.drafts import BallotDraft, MeetingDraft
from ecabinet.client.desk.errors import NotHere
from ecabinet.client.desk.intake import PreparedPaper
from ecabinet.client.desk.unlocked import Unlocked
from ecabinet.client.vault import schema
from ecabinet.client.vault.papers import as_signed, signed_papers
from ecabinet.core.ballots import BallotOpened
from ecabinet.core.codec import Identifier
from ecabinet.core.envelope import parse
from ecabinet.core.meetings import (
    AgendaItem,
    Classification,
    DocumentReference,
    DocumentsPublished,
    DocumentVersion,
    MeetingSent,
)

References: TypeAlias = Mapping[Identifier, DocumentReference]
"""To papers of a draft, by their documents."""


class SendStage(StrEnum):
    """How far something signed by the secretariat has come."""

    SIGNED = "signed"
    UPLOADING = "uploading"
    SENT = "sent"
    RECORDED = "recorded"
    REFUSED = "refused"


def meeting_statement(db: Connection, unlocked: Unlocked, draft: MeetingDraft, references: References) -> MeetingSent:
    """The next revision of a meeting, or its first. The draft lacks nothing."""
    said = schema.statements.c
    earlier = (said.thing == draft.meeting) & (said.type == MeetingSent.TYPE) & said.leaf.is_not(None)
    before = db.execute(
        select(said.statement, said.statement_digest).where(earlier).order_by(said.leaf.desc()).limit(1)
    ).one_or_none()
    sent = None if before is None else parse(before.statement)
    assert draft.starts_at is not None  # noqa: S101 - `missing` would have told
    assert draft.chair is not None  # noqa: S101
    return MeetingSent(
        **unlocked.heading(db),
        meeting=draft.meeting,
        revision=sent.revision + 1 if isinstance(sent, MeetingSent) else 1,
        replaces=None if before is None else before.statement_digest,
        title=draft.title,
        starts_at=draft.starts_at,
        place=draft.place,
        chair=draft.chair,
        participants=draft.participants,
        items=tuple(
            AgendaItem(
                item=item.item,
                number=number,
                title=item.title,
                agency=item.agency,
                documents=tuple(_refer(db, references, document) for document in item.papers),
                readers=item.readers,
            )
            for number, item in enumerate(draft.items, 1)
        ),
    )


def ballot_statement(db: Connection, unlocked: Unlocked, draft: BallotDraft, references: References) -> BallotOpened:
    """The draft lacks nothing."""
    assert draft.deadline_at is not None  # noqa: S101 - `missing` would have told
    return BallotOpened(
        **unlocked.heading(db),
        ballot=draft.ballot,
        subject=draft.subject,
        submitter=draft.submitter,
        grounds=draft.grounds,
        decided_by=draft.decided_by,
        deciding_note=draft.deciding_note,
        field=draft.field,
        priority=draft.priority,
        specialist=draft.specialist,
        summary=draft.summary,
        disputed=draft.disputed,
        questions=draft.questions,
        electorate=draft.electorate(),
        documents=tuple(_refer(db, references, document) for document in draft.papers),
        rule=draft.rule,
        deadline_at=draft.deadline_at,
        shows_answers_before_own=draft.shows_answers_before_own,
        register_head=unlocked.register_head(db),
    )


def version_of(paper: PreparedPaper) -> DocumentVersion:
    """What is published of a paper."""
    return DocumentVersion(
        document=paper.document,
        version=paper.version,
        digest=paper.digest,
        blob=paper.digest,
        size=paper.size,
        file_name=paper.file_name,
        title=paper.title,
        number=paper.number,
        agency=paper.agency,
        kind=paper.kind,
        replaces=paper.replaces,
        what_changed=paper.what_changed,
        classification=Classification.OPEN,
    )


def latest_version(db: Connection, document: Identifier) -> DocumentVersion | None:
    """Of a paper that was published, as somebody signed for it."""
    papers = signed_papers()
    asked = select(papers).where(papers.c.document == document).order_by(papers.c.version.desc())
    row = db.execute(asked.limit(1)).one_or_none()
    return None if row is None else as_signed(row)


def is_published(db: Connection, unlocked: Unlocked, version: DocumentVersion) -> bool:
    """Whether it was published, or is on its way: a ballot that was refused is sent again without its papers."""
    said, line = schema.statements.c, schema.outbox.c
    refused = select(line.statement).where(line.refusal.is_not(None))
    asked = select(said.statement).where(
        said.body == unlocked.body, said.type == DocumentsPublished.TYPE, said.id.not_in(refused)
    )
    published = (parse(data) for data in db.scalars(asked))
    return any(version in each.documents for each in published if isinstance(each, DocumentsPublished))


def _refer(db: Connection, references: References, document: Identifier) -> DocumentReference:
    """To a paper of the draft, or else to the latest version published."""
    if document in references:
        return references[document]
    latest = latest_version(db, document)
    if latest is None:
        raise NotHere
    return latest.reference


def stage_of(db: Connection, thing: Identifier) -> SendStage | None:
    """Of the latest statement made here about a meeting or ballot."""
    said, line = schema.statements, schema.outbox
    asked = (
        select(said.c.leaf, line.c.sent_at, line.c.refusal, line.c.place)
        .join(line, line.c.statement == said.c.id)
        .where(said.c.thing == thing)
        .order_by(line.c.place.desc())
    )
    latest = db.execute(asked.limit(1)).one_or_none()
    if latest is None:
        return None
    if latest.leaf is not None:
        return SendStage.RECORDED
    if latest.refusal is not None:
        return SendStage.REFUSED
    if latest.sent_at is not None:
        return SendStage.SENT
    return SendStage.UPLOADING if _is_uploading(db, latest.place) else SendStage.SIGNED


def _is_uploading(db: Connection, place: int) -> bool:
    """Whether files that go before are on the server already, at least in part."""
    line, needs, uploads = schema.outbox.c, schema.needs.c, schema.uploads.c
    asked = (
        select(uploads.is_done)
        .join(schema.needs, needs.blob == uploads.blob)
        .join(schema.outbox, line.statement == needs.statement)
        .where(line.place < place, line.sent_at.is_(None), line.refusal.is_(None))
    )
    return any(db.scalars(asked))
