"""Where things are, and how large they may be."""

VERSION = 1
MEDIA_TYPE = "application/json"
TIME_STAMP_MEDIA_TYPE = "application/vnd.etsi.timestamp-token"
FEED_PAGE = 500
"""Rows a feed page has at most."""
UPLOAD_PART = 4 * 1024 * 1024
"""Bytes of an upload that one request carries at most."""
LARGEST_PAPER = 1024 * 1024 * 1024
MOST_PAPERS = 64
"""Papers that one answer brings at most."""
LARGEST_ENVELOPE = 2 * 1024 * 1024
"""Bytes a statement has at most, unless it names all electors of a ballot: then `canonical.LARGEST_STATEMENT`."""
LARGEST_REQUEST = 4 * 1024 * 1024
LARGEST_SUBMISSION = 12 * 1024 * 1024
"""Bytes of a request that brings statements: the longest, in base64, with its signature."""
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
    LOST_DEVICES = "/v1/bodies/{body}/lost-devices"
    """What persons report of devices of theirs, for the registrar."""
    REGISTER = "/v1/bodies/{body}/register"
    """Every register statement, for who meets a new epoch."""
    RESTORED = "/v1/bodies/{body}/restored"
    """How far a restored ledger goes, against how far it was known to go."""
    NOTES = "/v1/bodies/{body}/notes"
    KEYS = "/v1/bodies/{body}/keys"
    SHARES = "/v1/bodies/{body}/shares"
    BALLOT_RECORD = "/v1/bodies/{body}/ballots/{ballot}/record"
    BUNDLE = "/v1/bodies/{body}/ballots/{ballot}/bundle"
    TIME_STAMP = "/v1/bodies/{body}/ballots/{ballot}/time-stamp"
    """What a time-stamp authority gave for the closing (RFC 3161)."""
    ATTACHMENT = "/v1/bodies/{body}/opinions/{opinion}/attachments/{digest}"
    """`{opinion}` is the id of the opinion's statement."""
    REVOCATIONS = "/v1/bodies/{body}/revocations.crl"
    """For stock tools that ask for a CRL; open to all."""
    OUTSIDE_REVOCATIONS = "/v1/bodies/{body}/revocations"
    """What outside authorities say of the certificates that they gave for keys in the register."""
    OUTSIDE_REVOCATION = "/v1/bodies/{body}/revocations/{digest}"
    """A CRL or an OCSP answer among that."""
