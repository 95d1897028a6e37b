"""The tables. All but three hold rows of one body, reached only through a session opened for that body (see `store`).

`entries`, `envelopes` and `feed` are append-only, which triggers enforce. Everything else, but enrolments, uploads,
recognised texts, notes, shares, cosignatures, time stamps, lost devices and sign-ins, is a projection of the envelopes.
Times are stored as milliseconds since 1970.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, Dialect, ForeignKey, Index, Integer, LargeBinary, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

APPEND_ONLY = ("entries", "envelopes", "feed")


class Moment(TypeDecorator[datetime]):
    """An aware time."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        return None if value is None else (value - _BEGINNING) // timedelta(milliseconds=1)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else _BEGINNING + timedelta(milliseconds=value)


class Base(DeclarativeBase):
    """Every table."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - the form SQLAlchemy asks for
        datetime: Moment,
        bytes: LargeBinary,
        int: BigInteger,
        list[str]: JSON(none_as_null=True),
    }


# ---------------------------------------------------------------- the server's own


class Body(Base):
    """A body, with the counters that the lock on its row guards. Others see it once its ledger is founded."""

    __tablename__ = "bodies"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_en: Mapped[str]
    size: Mapped[int]
    """Leaves in the ledger."""
    position: Mapped[int]
    """The last position given in the feed."""
    feed_epoch: Mapped[str]
    accepted_at: Mapped[datetime]
    """Of the last leaf."""


class FoundingCode(Base):
    """A code with which a body may be founded, by its digest."""

    __tablename__ = "founding_codes"

    digest: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[str | None]
    """What it is founding, or has founded."""


class SignIn(Base):
    """A token somebody signed in with, by its digest."""

    __tablename__ = "sign_ins"

    digest: Mapped[str] = mapped_column(primary_key=True)
    device: Mapped[str] = mapped_column(index=True)
    challenge_digest: Mapped[str] = mapped_column(unique=True)
    """So that no challenge is answered twice."""
    expires_at: Mapped[datetime]


# ---------------------------------------------------------------- a body's


class OfBody:
    """A row of one body."""

    @declared_attr
    def body_id(self) -> Mapped[int]:
        return mapped_column(Integer, ForeignKey("bodies.id"), primary_key=True, sort_order=-1)


class Entry(OfBody, Base):
    """A leaf of the ledger: what its 72 bytes are made of."""

    __tablename__ = "entries"
    __table_args__ = (Index(None, "body_id", "tag"),)

    leaf: Mapped[int] = mapped_column(primary_key=True)
    tag: Mapped[bytes]
    envelope_digest: Mapped[bytes]
    accepted_at: Mapped[datetime]


class Envelope(OfBody, Base):
    """A signed statement, for ever as it came."""

    __tablename__ = "envelopes"
    __table_args__ = (Index(None, "body_id", "id", unique=True),)

    leaf: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str]
    type: Mapped[str]
    thing: Mapped[str]
    """What it is about, as `rights.Item` has it."""
    statement: Mapped[bytes]
    signature: Mapped[bytes]


class FeedRow(OfBody, Base):
    """Something that reaches one person. Positions count through the whole body."""

    __tablename__ = "feed"
    __table_args__ = ({"sqlite_with_rowid": False},)

    person: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject: Mapped[str]
    """A leaf; a paper's id and version; an enrolment, a note's edit, a key and its device; a share, what is in it."""
    thing: Mapped[str]
    """What must not be gone for this row to count: see `rights.Item`. Empty: nothing can take it away."""
    gone: Mapped[list[str] | None]


class Document(OfBody, Base):
    """A version of a paper."""

    __tablename__ = "documents"
    __table_args__ = (Index(None, "body_id", "blob"), Index(None, "body_id", "leaf"))

    document: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str]
    blob: Mapped[str]
    size: Mapped[int]
    leaf: Mapped[int]
    """Of the `documents.published` that brought it."""
    described: Mapped[bytes]
    """The `DocumentVersion`, as canonical JSON."""


class RecognisedText(OfBody, Base):
    """What was recognised in a version of a paper: the latest offer of it."""

    __tablename__ = "recognised_texts"

    document: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    file: Mapped[str]
    size: Mapped[int]
    offered: Mapped[bytes]
    """The `RecognisedOffer`, as canonical JSON."""


class Reading(OfBody, Base):
    """That a meeting or a ballot put a version of a paper before some people, and until which leaf it did."""

    __tablename__ = "readings"
    __table_args__ = (Index(None, "body_id", "via"),)

    document: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    via: Mapped[str]
    from_leaf: Mapped[int] = mapped_column(primary_key=True)
    until_leaf: Mapped[int | None]
    readers: Mapped[list[str]]


class Meeting(OfBody, Base):
    """A revision of a meeting."""

    __tablename__ = "meetings"

    meeting: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    leaf: Mapped[int]
    statement_digest: Mapped[str]
    participants: Mapped[list[str]]


class Ballot(OfBody, Base):
    """A ballot, and how far it has come."""

    __tablename__ = "ballots"

    ballot: Mapped[str] = mapped_column(primary_key=True)
    leaf: Mapped[int]
    opened_digest: Mapped[str]
    deadline_at: Mapped[datetime]
    """As last extended."""
    electors: Mapped[list[str]]
    closed_leaf: Mapped[int | None]
    closed_at: Mapped[datetime | None]
    result_leaf: Mapped[int | None]
    shows_answers: Mapped[bool]
    bundle_digest: Mapped[str | None]
    bundle_size: Mapped[int | None]


class Opinion(OfBody, Base):
    """An elector's answer to a ballot."""

    __tablename__ = "opinions"

    ballot: Mapped[str] = mapped_column(primary_key=True)
    elector: Mapped[str] = mapped_column(primary_key=True)
    counter: Mapped[int] = mapped_column(primary_key=True)
    leaf: Mapped[int]
    statement_id: Mapped[str]
    statement_digest: Mapped[str]


class Standing(OfBody, Base):
    """What a person held when the feed last looked: the measure of what has to appear or go."""

    __tablename__ = "standings"

    person: Mapped[str] = mapped_column(primary_key=True)
    held: Mapped[bytes]
    """The `people.Person`, as canonical JSON."""
    looked_at: Mapped[datetime]
    changes_at: Mapped[datetime | None]
    """When a grant next begins or ends."""


class Invitation(OfBody, Base):
    """A one-time code, by its digest, and for whom it is."""

    __tablename__ = "invitations"

    digest: Mapped[str] = mapped_column(primary_key=True, index=True)
    invited: Mapped[bytes]
    """The `InvitationRequest`, as canonical JSON."""
    expires_at: Mapped[datetime]
    enrolment: Mapped[str | None]
    """What it was used for."""


class Enrolment(OfBody, Base):
    """A device that asked to be enrolled, or was."""

    __tablename__ = "enrolments"
    __table_args__ = (Index(None, "body_id", "certificate_digest"),)

    enrolment: Mapped[str] = mapped_column(primary_key=True, index=True)
    state: Mapped[str]
    person: Mapped[str]
    device: Mapped[str] = mapped_column(index=True)
    """SHA-256 of the device key."""
    device_name: Mapped[str]
    invited: Mapped[bytes]
    """The `InvitationRequest` it answered, as canonical JSON."""
    signing_certificate: Mapped[bytes]
    certificate_digest: Mapped[str]
    device_key: Mapped[bytes]
    sealing_key: Mapped[bytes]
    asked_at: Mapped[datetime]
    is_revoked: Mapped[bool]


class Upload(OfBody, Base):
    """A blob that a person uploaded in full."""

    __tablename__ = "uploads"

    person: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int]


class Note(OfBody, Base):
    """A person's note edit: ciphertext."""

    __tablename__ = "notes"

    person: Mapped[str] = mapped_column(primary_key=True)
    edit: Mapped[str] = mapped_column(primary_key=True)
    note: Mapped[str]
    key: Mapped[str]
    ciphertext: Mapped[bytes]


class WrappedKey(OfBody, Base):
    """A person key, wrapped to one of the person's devices."""

    __tablename__ = "wrapped_keys"

    person: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    device: Mapped[str] = mapped_column(primary_key=True)
    wrapped_by: Mapped[str] = mapped_column(primary_key=True)
    wrapped: Mapped[bytes]
    signature: Mapped[bytes]


class NoteShare(OfBody, Base):
    """That a person shares notes on a paper with others."""

    __tablename__ = "note_shares"
    __table_args__ = (Index(None, "body_id", "document"),)

    share: Mapped[str] = mapped_column(primary_key=True)
    author: Mapped[str]
    document: Mapped[str]
    readers: Mapped[list[str]]
    described: Mapped[bytes]
    """The `NoteShare`, as canonical JSON."""
    is_replaced: Mapped[bool]
    """Another stands in its place: its notes and keys are gone."""


class SharedNote(OfBody, Base):
    """A note edit sealed under the key of a share: ciphertext."""

    __tablename__ = "shared_notes"

    share: Mapped[str] = mapped_column(primary_key=True)
    edit: Mapped[str] = mapped_column(primary_key=True)
    note: Mapped[str]
    sealed_by: Mapped[str]
    ciphertext: Mapped[bytes]
    signature: Mapped[bytes]


class ShareKey(OfBody, Base):
    """The key of a share, wrapped to a device of one of those who take part."""

    __tablename__ = "share_keys"

    share: Mapped[str] = mapped_column(primary_key=True)
    device: Mapped[str] = mapped_column(primary_key=True)
    wrapped_by: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    """Whose device it is."""
    wrapped: Mapped[bytes]
    signature: Mapped[bytes]


class Cosignature(OfBody, Base):
    """What a witness said of the checkpoint of a size."""

    __tablename__ = "cosignatures"

    epoch: Mapped[int] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    """The witness's verifier key."""
    line: Mapped[str]
    """The signature line, without its end."""


class DeviceCosignature(OfBody, Base):
    """What a member's device said last of a checkpoint. It counts for no quorum."""

    __tablename__ = "device_cosignatures"

    device: Mapped[str] = mapped_column(primary_key=True)
    """SHA-256 of the device key."""
    epoch: Mapped[int]
    size: Mapped[int]
    line: Mapped[str]


class TimeStamp(OfBody, Base):
    """What a time-stamp authority gave for a ballot that was closed."""

    __tablename__ = "time_stamps"

    ballot: Mapped[str] = mapped_column(primary_key=True)
    token: Mapped[bytes]
    """RFC 3161, over the entries from the opening to the closing."""


class LostDevice(OfBody, Base):
    """What a person reports of a device of his."""

    __tablename__ = "lost_devices"

    certificate: Mapped[str] = mapped_column(primary_key=True)
    """SHA-256 of the DER."""
    report: Mapped[bytes]


class OutsideAnswer(OfBody, Base):
    """A CRL or an OCSP answer of an outside authority."""

    __tablename__ = "outside_answers"

    digest: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes]
    """DER."""


class OutsideStanding(OfBody, Base):
    """What an outside authority said last of a certificate, in one of the two ways."""

    __tablename__ = "outside_standings"

    certificate: Mapped[str] = mapped_column(primary_key=True)
    """SHA-256 of the DER."""
    kind: Mapped[str] = mapped_column(primary_key=True)
    """`revocation.Kind`."""
    answer: Mapped[str]
    """The digest of what says so."""
    size: Mapped[int]
    standing: Mapped[str]
    """`revocation.Standing`, good or revoked."""
    as_of: Mapped[datetime]
    until: Mapped[datetime]
