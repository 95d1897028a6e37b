"""The wire: paths, messages, refusals. Both ends import it, so that neither can misremember it.

HTTP/1.1 over TLS 1.2 or later. Messages are canonical JSON of the classes below (`codec`); papers, parts of uploads and
bundles travel as they are. A request that is refused gets a `Refusal` and the status `STATUS[reason]`; a statement that
is refused gets one inside a 200, beside the receipts of those that were not. `docs/protocol.md` tells the order of
things.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from ecabinet.core.codec import AgencyCode, Digest, Identifier, Name
from ecabinet.core.envelope import Envelope
from ecabinet.core.meetings import DocumentVersion
from ecabinet.core.notes import NoteShare, SealedNote, SharedNote, WrappedKey
from ecabinet.core.people import Grant
from ecabinet.core.recognition import RecognisedOffer
from ecabinet.core.register import DeviceKeys

VERSION = 1
MEDIA_TYPE = "application/json"
FEED_PAGE = 500
"""Rows a feed page has at most."""
UPLOAD_PART = 4 * 1024 * 1024
"""Bytes of an upload that one request carries at most."""
LARGEST_PAPER = 1024 * 1024 * 1024
MOST_PAPERS = 64
"""Papers that one answer brings at most."""
LARGEST_ENVELOPE = 2 * 1024 * 1024
"""Bytes a statement has at most, so that whoever may see it can be sent it in one message."""
MOST_ENVELOPES = 256
"""Envelopes one submission carries at most."""
LARGEST_NOTE = 256 * 1024
"""Bytes the ciphertext of a note's edit has at most."""


class Path:
    """Where things are. `{…}` are filled by the methods of `Remote` and matched by the server."""

    HELLO = "/v1/hello"
    FOUNDING_TERMS = "/v1/founding/terms"
    FOUNDING = "/v1/founding"
    ENROLMENTS = "/v1/enrolments"
    ENROLMENT = "/v1/enrolments/{enrolment}"
    CHALLENGES = "/v1/sign-in/challenges"
    SIGN_IN = "/v1/sign-in"
    INVITATIONS = "/v1/bodies/{body}/invitations"
    DECLINED = "/v1/bodies/{body}/enrolments/{enrolment}/declined"
    FEED = "/v1/bodies/{body}/feed"
    LOOK = "/v1/bodies/{body}/look"
    UPLOADS = "/v1/bodies/{body}/uploads"
    UPLOAD = "/v1/bodies/{body}/uploads/{digest}"
    DOCUMENTS = "/v1/bodies/{body}/documents"
    """Several papers in one answer."""
    DOCUMENT = "/v1/bodies/{body}/documents/{document}/{version}"
    RECOGNISED = "/v1/bodies/{body}/documents/{document}/{version}/recognised"
    """What was recognised in a scan."""
    STATEMENTS = "/v1/bodies/{body}/statements"
    CONSISTENCY = "/v1/bodies/{body}/consistency"
    CHECKPOINT = "/v1/bodies/{body}/ledger/{epoch}/checkpoint"
    """With the two below: `c2sp.org/tlog-tiles`, of which all but the entries is open to all."""
    TILE = "/v1/bodies/{body}/ledger/{epoch}/tile/{tile}"
    TILE_ENTRIES = "/v1/bodies/{body}/ledger/{epoch}/tile/entries/{place}"
    COSIGNED = "/v1/bodies/{body}/ledger/{epoch}/cosigned"
    """The largest checkpoint that enough witnesses have cosigned; open to all."""
    COSIGNATURES = "/v1/bodies/{body}/cosignatures"
    """What members' devices say of checkpoints."""
    NOTES = "/v1/bodies/{body}/notes"
    KEYS = "/v1/bodies/{body}/keys"
    SHARES = "/v1/bodies/{body}/shares"
    BALLOT_RECORD = "/v1/bodies/{body}/ballots/{ballot}/record"
    BUNDLE = "/v1/bodies/{body}/ballots/{ballot}/bundle"
    ATTACHMENT = "/v1/bodies/{body}/opinions/{opinion}/attachments/{digest}"
    """`{opinion}` is the id of the opinion's statement."""
    REVOCATIONS = "/v1/bodies/{body}/revocations.crl"
    """For stock tools that ask for a CRL; open to all."""


class Reason(StrEnum):
    """Why the server refused. Each has words in every language, and something its reader can do."""

    BAD_REQUEST = "bad_request"
    NEEDS_NEWER_VERSION = "needs_newer_version"
    NOT_SIGNED_IN = "not_signed_in"
    NO_RIGHT = "no_right"
    UNKNOWN = "unknown"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    SERVER_FULL = "server_full"

    WRONG_CODE = "wrong_code"
    USED_CODE = "used_code"
    EXPIRED_CODE = "expired_code"
    BODY_EXISTS = "body_exists"
    NOT_CONFIRMED = "not_confirmed"

    MALFORMED = "malformed"
    BAD_SIGNATURE = "bad_signature"
    NOT_ENROLLED = "not_enrolled"
    REVOKED = "revoked"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_NOT_YET_VALID = "certificate_not_yet_valid"
    ID_REUSED = "id_reused"
    STALE_REGISTER = "stale_register"
    STALE_REVISION = "stale_revision"
    """The statement replaces something that is no longer the latest."""
    FOREIGN_CHECKPOINT = "foreign_checkpoint"
    """`seen` is not a checkpoint this log ever signed."""

    BALLOT_CLOSED = "ballot_closed"
    BALLOT_NOT_CLOSED = "ballot_not_closed"
    UNFIT_OPINION = "unfit_opinion"
    OPINION_SUPERSEDED = "opinion_superseded"
    """Another opinion of this elector came first; `replaces` names an older one."""
    WRONG_RESULT = "wrong_result"

    PAPER_MISSING = "paper_missing"
    DIGEST_MISMATCH = "digest_mismatch"
    TOO_LARGE = "too_large"
    CLASSIFIED = "classified"


STATUS: dict[Reason, int] = {
    Reason.NOT_SIGNED_IN: 401,
    Reason.NO_RIGHT: 403,
    Reason.UNKNOWN: 404,
    Reason.BODY_EXISTS: 409,
    Reason.DIGEST_MISMATCH: 409,
    Reason.TOO_LARGE: 413,
    Reason.NEEDS_NEWER_VERSION: 426,
    Reason.TOO_MANY_ATTEMPTS: 429,
    Reason.SERVER_FULL: 507,
}
"""HTTP status of a refused request; 422 for those not listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why not.

    `what` names the thing or rule (`missing_answer`, a document's id), `at` the time it turns on.
    """

    reason: Reason
    what: str = ""
    at: datetime | None = None


class Refused(Exception):
    """A refusal, on its way to whoever asked."""

    def __init__(self, reason: Reason, what: str = "", at: datetime | None = None) -> None:
        super().__init__(reason.value)
        self.refusal = Refusal(reason=reason, what=what, at=at)


# ---------------------------------------------------------------- first trust


@dataclass(frozen=True, slots=True)
class Code:
    """A one-time code: 80 random bits, and the first 80 bits of SHA-256 over the server CA's public key (SPKI).

    So whoever types it also says which server he means, and no other can stand in for it.
    """

    secret: bytes
    ca_key_hash: bytes

    SIZE = 10

    @classmethod
    def for_server(cls, secret: bytes, ca_spki: bytes) -> Self:
        return cls(secret[: cls.SIZE], hashlib.sha256(ca_spki).digest()[: cls.SIZE])

    def text(self) -> str:
        """Eight groups of four letters and digits (base 32, RFC 4648)."""
        letters = base64.b32encode(self.secret + self.ca_key_hash).decode()
        return "-".join(letters[place : place + 4] for place in range(0, len(letters), 4))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Takes any case, spaces, dashes, and the digits 0, 1, 8 for O, I, B. Raises ValueError when it is no code."""
        letters = "".join(text.split()).replace("-", "").upper().translate(str.maketrans("018", "OIB"))
        try:
            data = base64.b32decode(letters)
        except (binascii.Error, ValueError) as error:
            raise ValueError("not a code") from error
        if len(data) != 2 * cls.SIZE:
            raise ValueError("not a code")
        return cls(data[: cls.SIZE], data[cls.SIZE :])

    def is_for(self, ca_spki: bytes) -> bool:
        return hashlib.sha256(ca_spki).digest()[: self.SIZE] == self.ca_key_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyName:
    """A body, as a person knows it."""

    body: AgencyCode
    name: str
    name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """Who is there, before anybody signs in."""

    protocol: int
    server_version: str
    now: datetime
    ca_certificate: bytes
    """DER: issuer of the server's TLS certificate. A code, or what was kept at first trust, tells the right one."""
    bodies: tuple[BodyName, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundingTermsRequest:
    """The founding code's secret, and the body to be founded with it."""

    secret: bytes
    body: AgencyCode
    name: str
    """The body's name, which the certificates of its CA bear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundingTerms:
    """What the server brings to a founding; the registrar signs it into leaf 0."""

    log_key: bytes
    ca_certificate: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Founding:
    """`body.founded`, with the founding code that lets it be leaf 0."""

    secret: bytes
    envelope: Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRequest:
    """Who is to be enrolled. The registrar may alter it when he confirms."""

    person: Name
    office: str
    office_en: str
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A one-time code for the person invited."""

    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentRequest:
    """The three keys of a device, with the signing key's certificate request (PKCS #10, DER)."""

    secret: bytes
    csr: bytes
    device_key: bytes
    sealing_key: bytes
    device_name: str


class EnrolmentState(StrEnum):
    """Where an enrolment stands with the registrar."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """An enrolment as the device that asked for it, and the registrar, see it."""

    enrolment: Identifier
    state: EnrolmentState
    body: AgencyCode
    body_name: str
    person: Name
    office: str
    office_en: str
    grants: tuple[Grant, ...]
    device_name: str
    keys: DeviceKeys
    asked_at: datetime


# ---------------------------------------------------------------- signing in


SIGN_IN_CONTEXT = b"ecabinet sign-in v1\x00"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeRequest:
    """Who wants to sign in."""

    device: Digest
    """SHA-256 of the device key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """32 random bytes, good for one answer."""

    challenge: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """The device key's signature over `sign_in_message()`: no clock is asked."""

    device: Digest
    challenge: bytes
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Goes with every further request as `Authorization: Bearer …`."""

    token: str
    expires_at: datetime


def sign_in_message(ca_spki: bytes, challenge: bytes) -> bytes:
    """What a device signs to sign in; naming the CA's key keeps an answer from being passed on to another server."""
    return SIGN_IN_CONTEXT + hashlib.sha256(ca_spki).digest() + challenge


# ---------------------------------------------------------------- the feed


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
