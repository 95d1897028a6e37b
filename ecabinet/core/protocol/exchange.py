"""What goes to and fro: the feed, statements, papers, notes, the record of a ballot."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ecabinet.core.codec import Digest, Identifier
from ecabinet.core.envelope import Envelope
from ecabinet.core.meetings import DocumentVersion
from ecabinet.core.notes import NoteShare, SealedNote, SharedNote, WrappedKey
from ecabinet.core.protocol.joining import Enrolment
from ecabinet.core.protocol.refusals import Refusal
from ecabinet.core.recognition import RecognisedOffer


class RowKind(StrEnum):
    """What a feed row brings."""

    ENVELOPE = "envelope"
    """A statement this person may see. Granted later, it comes again, at a later position."""
    DOCUMENT = "document"
    """What is known of a paper this person may read."""
    GONE = "gone"
    """A right was taken away: paper, index, thumbnails and quotes are purged; the person's own note text stays."""
    ENROLMENT = "enrolment"
    """To the registrar: somebody waits for confirmation, or no longer does."""
    NOTE = "note"
    KEY = "key"
    RECOGNISED = "recognised"
    """Of a paper this person may read, who offers what was recognised in it. It goes with the paper."""
    SHARE = "share"
    """To author and readers who may read the paper: who shares notes on it, and with whom. It goes by its own id."""
    SHARE_KEY = "share_key"
    """To the author, and to the person of the device it is wrapped to. It goes with the share, as the next does."""
    SHARED_NOTE = "shared_note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where the ledger has an envelope: path to the root of the checkpoint that came with the page."""

    leaf: int
    accepted_at: datetime
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """One thing that happened. Exactly the members its kind needs are set."""

    position: int
    kind: RowKind
    envelope: Envelope | None = None
    placed: Placed | None = None
    document: DocumentVersion | None = None
    gone: tuple[Identifier, ...] = ()
    """Ids of papers, meetings, ballots and shares, and of single statements (somebody's opinion, a publication)."""
    enrolment: Enrolment | None = None
    note: SealedNote | None = None
    key: WrappedKey | None = None
    recognised: RecognisedOffer | None = None
    share: NoteShare | None = None
    share_key: WrappedKey | None = None
    shared_note: SharedNote | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPage:
    """Rows after the position asked for, oldest first."""

    epoch: str
    """Another than the one asked for: forget the position and begin again from 0."""
    rows: tuple[FeedRow, ...]
    position: int
    """Ask for what comes after this next time."""
    has_more: bool
    checkpoint: str
    """The whole signed note."""
    consistency: tuple[bytes, ...]
    """From the tree size asked with, to this checkpoint (RFC 6962 §2.1.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consistency:
    """Answer to `?first=&second=`."""

    path: tuple[bytes, ...]


# ---------------------------------------------------------------- statements, papers, notes


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """Statements, to be taken in this order, each on its own."""

    envelopes: tuple[Envelope, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A receipt (the `.tlog-proof` text), or a refusal."""

    receipt: str | None
    refusal: Refusal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionOutcome:
    """In the order of the submission."""

    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadOffer:
    """What is about to be uploaded."""

    digest: Digest
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadState:
    """How much of *this person's* upload is here; complete when it is the size. Never tells what others hold."""

    received: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotesPush:
    """Note edits this device made; again is harmless."""

    notes: tuple[SealedNote, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysPush:
    """Person keys, wrapped for the person's devices; again is harmless."""

    keys: tuple[WrappedKey, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SharesPush:
    """Shares of this person's notes, their keys, and notes sealed for them, taken in this order; again is harmless.

    A reader brings only keys, wrapped for his other devices; the keys are named by their shares.
    """

    shares: tuple[NoteShare, ...]
    keys: tuple[WrappedKey, ...]
    notes: tuple[SharedNote, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedEnvelope:
    """An envelope and where the ledger has it."""

    envelope: Envelope
    placed: Placed


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRecord:
    """The register up to a checkpoint of the current log: from `body.founded` to its last statement, in order."""

    checkpoint: str
    register: tuple[PlacedEnvelope, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideRevocation:
    """That an outside authority says good or revoked of a certificate. Who takes it looks into the answer himself."""

    certificate: Digest
    """SHA-256 of the DER."""
    answer: Digest
    """SHA-256 of the CRL or OCSP answer (DER)."""
    size: int
    """Bytes of the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideRevocations:
    """What outside authorities say of certificates in the register, by certificate and answer, each pair once."""

    revocations: tuple[OutsideRevocation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCheckpoint:
    """The largest checkpoint that a device has verified: a note."""

    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a server that waits for a new epoch has, and what devices have told it of."""

    epoch: int
    """The one to be begun."""
    log_key: bytes
    """Its key, Ed25519."""
    checkpoint: str
    """Of the ledger as restored, by the old key: the `epoch` statement will be its next leaf."""
    furthest: str
    """The note that it has to name, as far as is known here: of what was signed and is lost, the largest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenProof:
    """That the tree of `size` leaves, which some statement's `seen` names, is the beginning of the checkpointed one."""

    size: int
    path: tuple[bytes, ...]
    """RFC 6962 §2.1.2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotRecord:
    """All that is needed to recompute a ballot and to build its evidence.

    `entries` are the 72-byte entries from the opening leaf to the end of the checkpointed tree, one after another;
    `range_proof` shows that they are just those.
    """

    checkpoint: str
    first_leaf: int
    entries: bytes
    range_proof: tuple[bytes, ...]
    register: tuple[PlacedEnvelope, ...]
    """From `body.founded` to the last register statement, in order."""
    ballot: tuple[PlacedEnvelope, ...]
    """Everything tagged with the ballot, in order, from `ballot.opened` on."""
    documents: tuple[DocumentVersion, ...]
    publications: tuple[PlacedEnvelope, ...]
    """The `documents.published` that brought the ballot's papers."""
    consistency: tuple[SeenProof, ...]
    """To `checkpoint`, from every size that the `seen` of a statement above names, each once, smallest first."""
