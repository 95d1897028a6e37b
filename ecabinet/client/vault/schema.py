"""The tables of a vault; `steps` brings an older one up to date.

Values of the core are kept as their canonical bytes, beside the columns that lists are made from.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
)

from ecabinet.core.codec import read_time, write_time


class Time(TypeDecorator[datetime]):
    """A time in UTC with milliseconds, as statements write it; sorts as it should."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> str | None:  # noqa: ARG002 - SQLAlchemy's
        return None if value is None else write_time(value)

    def process_result_value(self, value: str | None, dialect: Any) -> datetime | None:  # noqa: ARG002
        return None if value is None else read_time(value)


metadata = MetaData()


def _table(name: str, *columns: Any, **options: Any) -> Table:
    return Table(name, metadata, *columns, **options)


def _key(name: str, kind: Any = String) -> Column[Any]:
    return Column(name, kind, primary_key=True)


def _has(name: str, kind: Any = String) -> Column[Any]:
    return Column(name, kind, nullable=False)


def _may_have(name: str, kind: Any = String) -> Column[Any]:
    return Column(name, kind, nullable=True)


# ---------------------------------------------------------------- what the server told

bodies = _table(
    "bodies",
    _key("body"),
    _has("feed_epoch"),
    _has("position", Integer),
    _may_have("checkpoint"),  # the largest verified: the whole note
    _has("checkpoint_size", Integer),
    _has("snapshot", Integer),  # counts full snapshots: what bears an older number at a snapshot's end is gone
    _has("is_snapshot_complete", Boolean),
    _has("is_forked", Boolean),
    _may_have("synced_at", Time),
)
statements = _table(
    "statements",
    _key("id"),
    _has("body"),
    _has("type"),
    _has("statement", LargeBinary),
    _has("signature", LargeBinary),
    _has("digest"),  # of the envelope
    _has("statement_digest"),
    _may_have("thing"),  # the ballot or meeting it belongs to
    _has("signer"),
    _may_have("leaf", Integer),
    _may_have("accepted_at", Time),
    _has("is_own", Boolean),  # signed on this machine
    _has("snapshot", Integer),
    Index("statements_by_thing", "thing", "type"),
    Index("statements_by_leaf", "body", "leaf"),
)
unknown_statements = _table(
    "unknown_statements",  # of types a newer version of the program knows
    _key("digest"),
    _has("body"),
    _has("statement", LargeBinary),
    _has("signature", LargeBinary),
    _has("leaf", Integer),
    _has("accepted_at", Time),
)
named_papers = _table(
    "named_papers",  # what recorded statements say of papers
    Column("statement", String, ForeignKey("statements.id", ondelete="CASCADE"), primary_key=True),
    _key("document"),
    _key("version", Integer),
    _key("digest"),
    _has("is_published", Boolean),
    _has("content", LargeBinary),  # the version that is published, or the reference to one
    Index("named_papers_by_document", "document", "version", "digest"),
)
documents = _table(
    "documents",  # what the feed tells of papers, signed by nobody: read through `papers.signed_papers`
    _key("document"),
    _key("version", Integer),
    _key("digest"),  # which of those a person signed for, ballots and meetings say
    _has("body"),
    _has("blob"),
    _has("size", Integer),
    _has("content", LargeBinary),
    _has("position", Integer),
    _has("snapshot", Integer),
    Index("documents_by_digest", "digest"),
)
meetings = _table(
    "meetings",
    _key("meeting"),
    _has("body"),
    _has("revision", Integer),
    _has("statement"),  # its id
    _has("title"),
    _has("starts_at", Time),
    _has("place"),
    _has("snapshot", Integer),
)
ballots = _table(
    "ballots",
    _key("ballot"),
    _has("body"),
    _has("opened"),  # id of the statement
    _has("opened_digest"),  # of the envelope
    _has("subject"),
    _has("submitter"),
    _has("priority"),
    _has("deadline_at", Time),
    _may_have("closed_at", Time),
    _may_have("closed_leaf", Integer),
    _may_have("result"),  # id of the statement
    _has("is_elector", Boolean),
    _has("snapshot", Integer),
)
gone = _table("gone", _key("id"), _has("body"))
enrolments = _table(
    "enrolments",
    _key("enrolment"),
    _has("body"),
    _has("state"),
    _has("asked_at", Time),
    _has("content", LargeBinary),
)
invitations = _table(
    "invitations",  # that this person gave out: what the server tells of who waits is held against them
    Column("place", Integer, primary_key=True, autoincrement=True),
    _has("body"),
    _has("person"),
    _has("content", LargeBinary),
    sqlite_autoincrement=True,
)
checkpoints = _table(
    "checkpoints",  # that somebody claims to have seen, and whether they fit into the history that we know
    _key("note"),
    _has("body"),
    _has("size", Integer),
    _has("root", LargeBinary),
    _has("is_checked", Boolean),
    Index("checkpoints_unchecked", "body", "is_checked"),
)
device_words = _table(
    "device_words",  # the checkpoint that each other device of the body cosigned last
    _key("body"),
    _key("device"),
    _has("note"),
)
alarms = _table(
    "alarms",
    _key("id"),
    _has("body"),
    _has("kind"),
    _has("raised_at", Time),
    _has("subject"),
    _has("evidence", LargeBinary),
)

# ---------------------------------------------------------------- files

files = _table(
    "files",
    _key("blob"),
    _has("size", Integer),
    _has("is_here", Boolean),
    _has("wanted", Integer),  # larger is fetched sooner
)
readings = _table(
    "readings",
    _key("digest"),
    _may_have("opened_at", Time),
    _may_have("position", LargeBinary),
)

pages_read = _table(
    "pages_read",
    _key("digest"),
    _has("pages", Integer),  # of the paper
    _has("read", LargeBinary),  # a bit for each page, from the lowest
)

# ---------------------------------------------------------------- what is to be sent

outbox = _table(
    "outbox",
    Column("place", Integer, primary_key=True, autoincrement=True),
    _has("statement"),
    _has("body"),
    _has("queued_at", Time),
    _may_have("sent_at", Time),
    _has("attempts", Integer),
    _may_have("refusal", LargeBinary),
    _has("is_put_aside", Boolean),
    UniqueConstraint("statement"),
    sqlite_autoincrement=True,
)
uploads = _table(
    "uploads",
    _key("body"),
    _key("blob"),
    _has("size", Integer),
    _has("is_done", Boolean),
)
needs = _table("needs", _key("statement"), _key("blob"))  # what must be uploaded before it is sent
receipts = _table(
    "receipts",
    _key("statement"),
    _has("text"),
    _has("tree_size", Integer),
    _has("received_at", Time),
)
lost = _table(
    "lost",  # receipted statements of one's own that a restored backup did not bring back: kept with the old receipts
    _key("statement"),
    _has("body"),
    _has("envelope", LargeBinary),
    _has("leaf", Integer),
    _has("accepted_at", Time),
    _may_have("receipt"),
    _has("lost_at", Time),
)

# ---------------------------------------------------------------- the person's own

note_edits = _table(
    "note_edits",
    _key("edit"),
    _has("body"),
    _has("note"),
    _may_have("document"),
    _may_have("content", LargeBinary),  # None while the key that sealed it is not here
    _may_have("key"),  # with the ciphertext, until it is opened
    _may_have("ciphertext", LargeBinary),
    _has("is_pushed", Boolean),
    Index("note_edits_by_document", "document"),
    Index("note_edits_by_note", "note"),
)
crossings = _table(
    "crossings",  # of notes on an earlier version that did not go over to the newest by themselves
    _key("note"),
    _has("body"),
    _has("edit"),  # that was judged
    _has("document"),
    _has("earlier"),  # digest of the version that it stands in
    _has("newest"),
    _may_have("content", LargeBinary),  # where it may stand, and why that is to be checked; None: nowhere
    Index("crossings_by_document", "document"),
)
person_keys = _table("person_keys", _key("key"), _has("body"), _has("secret", LargeBinary))
wrapped_keys = _table(
    "wrapped_keys",
    _key("key"),
    _key("device"),
    _key("by"),
    _has("body"),
    _has("wrapped", LargeBinary),
    _has("signature", LargeBinary),
    _has("is_pushed", Boolean),
)
note_shares = _table(
    "note_shares",  # one's own, and those of others that one reads
    _key("share"),
    _has("body"),
    _has("author"),
    _has("document"),
    _may_have("note"),
    _has("content", LargeBinary),
    _may_have("secret", LargeBinary),  # its key, once it is here
    _has("is_checked", Boolean),  # signed by a device of its author's
    _has("is_pushed", Boolean),
    _may_have("refusal", LargeBinary),  # of one's own: it counts for nothing
    _has("snapshot", Integer),
    Index("note_shares_by_document", "document"),
)
shared_notes = _table(
    "shared_notes",
    _key("share"),
    _key("edit"),
    _has("body"),
    _has("note"),
    _has("by"),
    _has("signature", LargeBinary),
    _may_have("ciphertext", LargeBinary),  # until it is opened; of one's own only that it is there is kept
    _may_have("content", LargeBinary),
)
share_keys = _table(
    "share_keys",
    _key("share"),
    _key("device"),
    _key("by"),
    _has("body"),
    _has("wrapped", LargeBinary),
    _has("signature", LargeBinary),
    _has("is_pushed", Boolean),
)
answer_drafts = _table("answer_drafts", _key("ballot"), _has("changed_at", Time), _has("content", LargeBinary))
drafts = _table(
    "drafts",
    _key("id"),
    _has("body"),
    _has("kind"),
    _has("changed_at", Time),
    _has("is_revision", Boolean),
    _may_have("sent"),  # id of the statement it became
    _has("content", LargeBinary),
)
draft_papers = _table(
    "draft_papers",
    _key("draft"),
    _key("document"),
    _has("place", Integer),
    _has("digest"),
    _has("content", LargeBinary),
)
evidence = _table(
    "evidence",
    _key("ballot"),
    _has("body"),
    _has("digest"),
    _has("size", Integer),
    _has("includes_papers", Boolean),
    _has("is_pushed", Boolean),
    _has("made_at", Time),
)
time_stamps = _table(
    "time_stamps",
    _key("ballot"),
    _has("body"),
    _has("evidence"),  # digest of the bundle whose entries it stamps
    _has("token", LargeBinary),
)
outside_answers = _table(  # what outside authorities say of certificates: CRLs and OCSP answers
    "outside_answers",
    _key("digest"),
    _has("body"),
    _has("content", LargeBinary),
)
outside_standings = _table(
    "outside_standings",
    _key("certificate"),  # its digest
    _key("kind"),
    _has("body"),
    _has("answer"),  # the digest of the one that says so
    _has("standing"),
    _has("as_of", Time),
)

own_keys = _table(
    "own_keys",  # that this machine has had, the present ones among them, by their phrases
    _key("body"),
    _key("phrase"),
)
lost_devices = _table(
    "lost_devices",  # that persons report: to the registrar everybody's, to others what was reported from here
    _key("body"),
    _key("certificate"),
    _has("content", LargeBinary),
)

# ---------------------------------------------------------------- what papers say

readings_in = _table(
    "readings_in",
    Column("number", Integer, primary_key=True, autoincrement=True),
    _has("digest"),
    _may_have("pages", Integer),
    _has("done", Integer),
    _has("is_refused", Boolean),
    UniqueConstraint("digest"),
    sqlite_autoincrement=True,
)
page_texts = _table("page_texts", _key("id", Integer), _has("content", LargeBinary))
recognitions = _table(
    "recognitions",
    _key("digest"),
    _has("program"),
    _has("languages"),
    _has("done", Integer),
    _has("is_complete", Boolean),
)
recognition_failures = _table("recognition_failures", _key("digest"), _key("page", Integer), _has("tries", Integer))
recognised_offers = _table(
    "recognised_offers",  # the latest for a version of a paper, one's own among them
    _key("document"),
    _key("version", Integer),
    _has("body"),
    _has("paper"),
    _has("file"),
    _has("size", Integer),
    _has("by"),
    _has("signature", LargeBinary),
    _has("state"),
)
recognised_pages = _table("recognised_pages", _key("digest"), _key("page", Integer), _has("content", LargeBinary))
INDEXES = ("words_exact", "words_bare")
"""Full-text tables, each with tables of its own behind it."""
