"""The server, as the client reaches it: one pool of connections, TLS pinned to the server's own CA, typed errors.

Every request may be repeated: all of them are idempotent by ids and digests made here. A connection that turns out to
be dead is tried once more at once; after that the caller hears `Unreachable` and tries again when it likes.
"""

import hashlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode

import urllib3
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from urllib3.exceptions import HTTPError, NewConnectionError, SSLError
from urllib3.exceptions import TimeoutError as LimitReached

from ecabinet.client.remote_errors import (
    BadAnswer,
    NeedsNewerVersion,
    OtherCertificate,
    RefusedByServer,
    RemoteError,
    Unreachable,
)
from ecabinet.core import codec
from ecabinet.core.canonical import NotCanonicalError
from ecabinet.core.codec import AgencyCode, Digest, Identifier
from ecabinet.core.cosignature import DeviceCosignature, DeviceCosignatures
from ecabinet.core.envelope import Envelope
from ecabinet.core.losses import LostDevice, LostDevices
from ecabinet.core.notes import SealedNote, WrappedKey
from ecabinet.core.protocol import (
    MEDIA_TYPE,
    VERSION,
    BallotRecord,
    Challenge,
    ChallengeRequest,
    Consistency,
    Enrolment,
    EnrolmentRequest,
    FeedPage,
    Founding,
    FoundingTerms,
    FoundingTermsRequest,
    Hello,
    Invitation,
    InvitationRequest,
    KeysPush,
    KnownCheckpoint,
    NotesPush,
    Outcome,
    OutsideRevocation,
    OutsideRevocations,
    Path,
    Reason,
    Refusal,
    RegisterRecord,
    Restored,
    SharesPush,
    SignedIn,
    SignIn,
    Submission,
    SubmissionOutcome,
    UploadOffer,
    UploadState,
    sign_in_message,
)
from ecabinet.core.recognition import RecognisedOffer
from ecabinet.core.tiles import Tile

Record = TypeVar("Record")

CONNECTIONS = 6
"""Four that fetch papers, one that asks, one that waits for news."""
CONNECT_LIMIT = 5.0
_READ_LIMIT = 30.0
_LARGEST_REPLY = 256 * 1024 * 1024
_LONGEST_LINE = 4096
"""Of the stream that brings news: what the protocol says there takes a few letters."""
_UNAUTHORISED = 401
_OK = range(200, 300)
_PARTIAL = 206


class SignsIn(Protocol):
    """The device key, as signing in needs it."""

    @property
    def device_public_key(self) -> bytes:
        """Ed25519, 32 bytes."""

    def device_sign(self, challenge: bytes, /) -> bytes: ...


def public_key_of(certificate: bytes) -> bytes:
    """The SubjectPublicKeyInfo of a certificate, both DER."""
    key = x509.load_der_x509_certificate(certificate).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def shut(sock: socket.socket) -> None:
    """Has whatever waits for it fail at once. From any thread."""
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


class Remote:
    """One server, whose CA (DER) is known. With `signs_in`, it signs in by itself whenever it has to."""

    def __init__(
        self,
        host: str,
        port: int,
        ca_certificate: bytes,
        signs_in: SignsIn | None = None,
        *,
        pool: urllib3.HTTPConnectionPool | None = None,
    ) -> None:
        """`pool` stands in for the one that is made for host and port."""
        self._pool = pool or _pool(host, port, ca_certificate)
        self._ca_key = public_key_of(ca_certificate)
        self._signs_in = signs_in
        self._token: str | None = None
        self._signing_in = threading.Lock()
        self._looking: urllib3.BaseHTTPResponse | None = None

    def close(self) -> None:
        self.stop_looking()
        self._pool.close()

    # ---------------------------------------------------------------- first trust

    def hello(self) -> Hello:
        return read_hello(self._call("GET", Path.HELLO))

    def founding_terms(self, request: FoundingTermsRequest) -> FoundingTerms:
        return self._post(FoundingTerms, Path.FOUNDING_TERMS, request)

    def found(self, founding: Founding) -> Outcome:
        return self._post(Outcome, Path.FOUNDING, founding)

    def ask_enrolment(self, request: EnrolmentRequest) -> Enrolment:
        return self._post(Enrolment, Path.ENROLMENTS, request)

    def enrolment(self, enrolment: Identifier) -> Enrolment:
        return self._get(Enrolment, Path.ENROLMENT.format(enrolment=enrolment))

    def invite(self, body: AgencyCode, request: InvitationRequest) -> Invitation:
        return self._post(Invitation, Path.INVITATIONS.format(body=body), request)

    def decline(self, body: AgencyCode, enrolment: Identifier) -> None:
        self._call("POST", Path.DECLINED.format(body=body, enrolment=enrolment))

    # ---------------------------------------------------------------- feed and statements

    def feed(self, body: AgencyCode, *, epoch: str, after: int, tree: int) -> FeedPage:
        """What comes after a position; `tree` is the size of the largest tree verified, 0 before the first."""
        path = Path.FEED.format(body=body)
        return self._get(FeedPage, path, after=str(after), epoch=epoch, tree=str(tree))

    def consistency(self, body: AgencyCode, first: int, second: int) -> tuple[bytes, ...]:
        path = Path.CONSISTENCY.format(body=body)
        return self._get(Consistency, path, first=str(first), second=str(second)).path

    def tile(self, body: AgencyCode, epoch: int, tile: Tile) -> bytes:
        """Hashes of the ledger, as `c2sp.org/tlog-tiles` has them."""
        return self._call("GET", Path.TILE.format(body=body, epoch=epoch, tile=tile.path()))

    def cosigned(self, body: AgencyCode, epoch: int) -> str:
        """The largest checkpoint that enough witnesses have cosigned: a note."""
        try:
            return self._call("GET", Path.COSIGNED.format(body=body, epoch=epoch)).decode()
        except UnicodeDecodeError as error:
            raise BadAnswer from error

    def cosign(self, body: AgencyCode, note: str) -> None:
        """Hands over a checkpoint with this device's cosignature."""
        self._call("POST", Path.COSIGNATURES.format(body=body), codec.dump(DeviceCosignature(note=note)))

    def device_cosignatures(self, body: AgencyCode) -> tuple[str, ...]:
        """Checkpoints that devices of the body have cosigned."""
        return self._get(DeviceCosignatures, Path.COSIGNATURES.format(body=body)).notes

    def report_lost(self, body: AgencyCode, lost: LostDevice) -> None:
        """Tells the registrar of a device of this person's; again is harmless."""
        self._call("POST", Path.LOST_DEVICES.format(body=body), codec.dump(lost))

    def lost_devices(self, body: AgencyCode) -> tuple[LostDevice, ...]:
        """What waits for the registrar."""
        return self._get(LostDevices, Path.LOST_DEVICES.format(body=body)).devices

    def register(self, body: AgencyCode) -> RegisterRecord:
        return self._get(RegisterRecord, Path.REGISTER.format(body=body))

    def restored(self, body: AgencyCode, note: str) -> Restored:
        """Tells a server that waits for a new epoch of the largest checkpoint known here."""
        return self._post(Restored, Path.RESTORED.format(body=body), KnownCheckpoint(note=note))

    def submit(self, body: AgencyCode, envelopes: Sequence[Envelope]) -> tuple[Outcome, ...]:
        submission = Submission(envelopes=tuple(envelopes))
        outcomes = self._post(SubmissionOutcome, Path.STATEMENTS.format(body=body), submission).outcomes
        if len(outcomes) != len(envelopes):
            raise BadAnswer
        return outcomes

    def record(self, body: AgencyCode, ballot: Identifier) -> BallotRecord:
        return self._get(BallotRecord, Path.BALLOT_RECORD.format(body=body, ballot=ballot))

    def push_notes(self, body: AgencyCode, notes: Sequence[SealedNote]) -> None:
        self._call("POST", Path.NOTES.format(body=body), codec.dump(NotesPush(notes=tuple(notes))))

    def push_keys(self, body: AgencyCode, keys: Sequence[WrappedKey]) -> None:
        self._call("POST", Path.KEYS.format(body=body), codec.dump(KeysPush(keys=tuple(keys))))

    def push_shares(self, body: AgencyCode, push: SharesPush) -> None:
        self._call("POST", Path.SHARES.format(body=body), codec.dump(push))

    # ---------------------------------------------------------------- bytes

    def offer(self, body: AgencyCode, digest: Digest, size: int) -> int:
        """Announces an upload; how many of its bytes the server has already."""
        offer = UploadOffer(digest=digest, size=size)
        return self._post(UploadState, Path.UPLOADS.format(body=body), offer).received

    def upload(self, body: AgencyCode, digest: Digest, start: int, part: memoryview) -> int:
        """Sends the bytes from `start` on; how many the server has now."""
        path = f"{Path.UPLOAD.format(body=body, digest=digest)}?offset={start}"
        return _read(UploadState, self._call("PUT", path, bytes(part), {"Content-Type": _BYTES})).received

    def keep_bundle(self, body: AgencyCode, ballot: Identifier, digest: Digest, size: int) -> None:
        """Makes an upload of this person's the ballot's bundle."""
        path = Path.BUNDLE.format(body=body, ballot=ballot)
        self._call("PUT", path, codec.dump(UploadOffer(digest=digest, size=size)))

    def time_stamp(self, body: AgencyCode, ballot: Identifier) -> bytes:
        """What a time-stamp authority gave for a ballot's closing: a token, unchecked."""
        return self._call("GET", Path.TIME_STAMP.format(body=body, ballot=ballot))

    def outside_revocations(self, body: AgencyCode) -> tuple[OutsideRevocation, ...]:
        """What outside authorities say of certificates in the register, as the server has it."""
        return self._get(OutsideRevocations, Path.OUTSIDE_REVOCATIONS.format(body=body)).revocations

    def outside_revocation(self, body: AgencyCode, digest: Digest) -> bytes:
        """A CRL or an OCSP answer: unchecked."""
        return self._call("GET", Path.OUTSIDE_REVOCATION.format(body=body, digest=digest))

    @contextmanager
    def document(
        self, body: AgencyCode, document: Identifier, version: int, *, start: int, blob: Digest
    ) -> Iterator["Download"]:
        """A paper's bytes from `start` on, or from 0 if the server can't go on where it broke off."""
        path = Path.DOCUMENT.format(body=body, document=document, version=version)
        headers = {"Range": f"bytes={start}-", "If-Range": f'"{blob}"'} if start else {}
        response = self._open(_Request("GET", path, headers))
        with closing(Download(response, start if response.status == _PARTIAL else 0)) as download:
            yield download

    @contextmanager
    def documents(self, body: AgencyCode, papers: Sequence[tuple[Identifier, int]]) -> Iterator["Download"]:
        """The bytes of several versions of papers, MOST_PAPERS at most, one after another."""
        wanted = ",".join(f"{document}/{version}" for document, version in papers)
        path = f"{Path.DOCUMENTS.format(body=body)}?papers={wanted}"
        with closing(Download(self._open(_Request("GET", path)), 0)) as download:
            yield download

    @contextmanager
    def recognised(self, body: AgencyCode, document: Identifier, version: int) -> Iterator["Download"]:
        """The file of what was recognised in a paper."""
        path = Path.RECOGNISED.format(body=body, document=document, version=version)
        with closing(Download(self._open(_Request("GET", path)), 0)) as download:
            yield download

    def offer_recognised(self, body: AgencyCode, offer: RecognisedOffer) -> None:
        """Makes an upload of this person's what was recognised in a paper; again is harmless."""
        path = Path.RECOGNISED.format(body=body, document=offer.document, version=offer.version)
        self._call("POST", path, codec.dump(offer))

    # ---------------------------------------------------------------- news

    def look(self, body: AgencyCode, seconds: float) -> bool:
        """Waits until the server says that there is something new, or so long at most; whether it did.

        What happened before this was asked is no news. The server says now and then that it is still there: silence
        ends the waiting too.
        """
        ends_at = time.monotonic() + seconds
        request = _Request("GET", Path.LOOK.format(body=body), {"Accept": "text/event-stream"}, limit=seconds)
        response = self._open(request)
        self._looking = response
        try:
            for line in _lines(response):
                if line.startswith(b"data:"):
                    return True
                if time.monotonic() >= ends_at:  # the signs of life in between keep the connection, not the caller
                    return False
        except (HTTPError, OSError, ValueError):
            return False
        finally:
            self._looking = None
            response.close()
            response.release_conn()
        return False

    def stop_looking(self) -> None:
        """Ends `look` at once. From any thread."""
        looking = self._looking
        connection = getattr(looking, "connection", None)
        if connection is not None and connection.sock is not None:
            shut(connection.sock)

    # ---------------------------------------------------------------- asking

    def _get(self, kind: type[Record], path: str, **query: str) -> Record:
        return _read(kind, self._call("GET", f"{path}?{urlencode(query)}" if query else path))

    def _post(self, kind: type[Record], path: str, message: Any) -> Record:
        return _read(kind, self._call("POST", path, codec.dump(message)))

    def _call(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> bytes:
        return _whole(self._open(_Request(method, path, headers or _SAYS_JSON, body)))

    def _open(self, request: "_Request") -> urllib3.BaseHTTPResponse:
        """An answer that is no refusal, not read yet. Signs in first, and again when the server wants it."""
        keys = self._signs_in
        token = self._token if keys is None else self._token or self._sign_in(keys, None)
        response = _send(self._pool, request.by(token))
        if response.status == _UNAUTHORISED and keys is not None:
            response.drain_conn()
            response = _send(self._pool, request.by(self._sign_in(keys, token)))
        return _accepted(response)

    def _sign_in(self, keys: SignsIn, used: str | None) -> str:
        with self._signing_in:
            if self._token is None or self._token == used:  # else another lane has signed in meanwhile
                device = hashlib.sha256(keys.device_public_key).hexdigest()
                challenge = self._ask(Challenge, Path.CHALLENGES, ChallengeRequest(device=device)).challenge
                signature = keys.device_sign(sign_in_message(self._ca_key, challenge))
                answer = SignIn(device=device, challenge=challenge, signature=signature)
                self._token = self._ask(SignedIn, Path.SIGN_IN, answer).token
            return self._token

    def _ask(self, kind: type[Record], path: str, message: Any) -> Record:
        """As `_post`, without a token."""
        request = _Request("POST", path, _SAYS_JSON, codec.dump(message))
        return _read(kind, _whole(_accepted(_send(self._pool, request))))


class Download:
    """A paper on its way."""

    def __init__(self, response: urllib3.BaseHTTPResponse, start: int) -> None:
        self.start = start
        """The place in the paper of the first byte that will come."""
        self._response = response
        # http.client's own response fills the buffer it is given; urllib3's makes two copies first.
        self._source: Any = response._original_response  # type: ignore[attr-defined]  # noqa: SLF001

    def readinto(self, into: memoryview) -> int:
        """Fills some of `into`; 0 at the end. Raises Unreachable."""
        try:
            return int(self._source.readinto(into))
        except (OSError, HTTPException, ValueError) as error:
            raise Unreachable(may_have_arrived=True) from error

    def close(self) -> None:
        if not self._source.isclosed():  # bytes are still to come: no other answer can be read from this connection
            self._response.close()
        self._response.release_conn()


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    limit: float = _READ_LIMIT

    def by(self, token: str | None) -> "_Request":
        return replace(self, headers={**self.headers, "Authorization": f"Bearer {token}"}) if token else self


_BYTES = "application/octet-stream"
_SAYS_JSON = {"Content-Type": MEDIA_TYPE}
_CLOCK_FAULTS = frozenset({9, 10})  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED


def _pool(host: str, port: int, ca_certificate: bytes) -> urllib3.HTTPSConnectionPool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cadata=ca_certificate)
    return urllib3.HTTPSConnectionPool(host, port, maxsize=CONNECTIONS, block=False, ssl_context=context, retries=False)


def read_hello(data: bytes) -> Hello:
    """Raises NeedsNewerVersion, BadAnswer."""
    hello = _read(Hello, data)
    if hello.protocol > VERSION:
        raise NeedsNewerVersion
    return hello


def _send(pool: urllib3.HTTPConnectionPool, request: _Request) -> urllib3.BaseHTTPResponse:
    timeout = urllib3.Timeout(connect=CONNECT_LIMIT, read=request.limit)
    for is_last in (False, True):
        try:
            return pool.urlopen(
                request.method,
                request.path,
                request.body,
                request.headers,
                preload_content=False,
                redirect=False,
                timeout=timeout,
            )
        except SSLError as error:
            cause = next((each for each in _causes(error) if isinstance(each, ssl.SSLCertVerificationError)), None)
            if cause is not None:
                raise OtherCertificate(is_about_time=cause.verify_code in _CLOCK_FAULTS) from error
            raise Unreachable from error
        except NewConnectionError as error:
            raise Unreachable from error
        except (HTTPError, OSError) as error:
            # A connection kept from before may have died unseen.
            if is_last or isinstance(error, LimitReached):
                raise Unreachable(may_have_arrived=True) from error
    raise AssertionError


def _accepted(response: urllib3.BaseHTTPResponse) -> urllib3.BaseHTTPResponse:
    if response.status not in _OK:
        raise _refusal(response.status, _whole(response))
    return response


def _causes(error: BaseException) -> Iterator[BaseException]:
    following: object = error
    while isinstance(following, BaseException):
        yield following
        following = following.__cause__ or following.__context__ or next(iter(following.args), None)


def _whole(response: urllib3.BaseHTTPResponse) -> bytes:
    try:
        data = response.read(_LARGEST_REPLY + 1)
    except (HTTPError, OSError) as error:
        raise Unreachable(may_have_arrived=True) from error
    if len(data) > _LARGEST_REPLY:
        response.close()
        raise BadAnswer
    response.release_conn()
    return data


class _Source(Protocol):
    def read1(self, amt: int, /) -> bytes: ...


def _lines(response: _Source) -> Iterator[bytes]:
    """Line by line, an empty one whenever something came that is no line yet. Raises BadAnswer for one without end."""
    rest = b""
    while chunk := response.read1(_LONGEST_LINE):
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > _LONGEST_LINE:
            raise BadAnswer
        yield from lines or [b""]


def _read(kind: type[Record], data: bytes) -> Record:
    try:
        return codec.load(kind, data, limit=_LARGEST_REPLY)
    except (NotCanonicalError, codec.MalformedError) as error:
        raise BadAnswer from error


def _refusal(status: int, data: bytes) -> RemoteError:
    if status >= 500 and status != 507:  # noqa: PLR2004 - a server that fails is a server that is not there
        return Unreachable(may_have_arrived=True)
    try:
        refusal = codec.load(Refusal, data)
    except (NotCanonicalError, codec.MalformedError):
        return BadAnswer()
    return NeedsNewerVersion() if refusal.reason is Reason.NEEDS_NEWER_VERSION else RefusedByServer(refusal)
