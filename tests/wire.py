"""What a client has instead of connections to a server: requests and answers travel to a `Simulator` as bytes.

`Wire.faults` lose requests and replies, do things twice, cut off what is sent, or let the server be gone.
"""

import hashlib
import io
import re
import secrets
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import urllib3
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from urllib3.exceptions import NewConnectionError, ProtocolError

from ecabinet.client.remote import public_key_of
from ecabinet.core import codec, protocol
from ecabinet.core.codec import Digest, Name
from ecabinet.core.cosignature import DeviceCosignature, DeviceCosignatures
from ecabinet.core.ledger import ProofError
from ecabinet.core.meetings import DocumentVersion
from ecabinet.core.protocol import (
    STATUS,
    Path,
    Reason,
    Refused,
)
from ecabinet.core.recognition import RecognisedOffer, is_signed, publishing_devices
from ecabinet.core.tiles import Tile, write_tile
from tests.simulator import Simulator


class Fault(Enum):
    """What goes wrong with one request."""

    UNREACHABLE = "unreachable"
    REQUEST_LOST = "request lost"
    REPLY_LOST = "reply lost"
    DONE_TWICE = "done twice"
    CUT_OFF = "cut off"
    SERVER_ERROR = "server error"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int = 200
    data: bytes = b""
    is_cut: bool = False


class Wire:
    """What a client has instead of a pool of connections to a server; `faults` are met by its next requests."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.faults: deque[Fault] = deque()
        self.faults_at: dict[str, Fault] = {}
        """By what is asked: method and path, as a pattern. Met every time."""
        self.is_down = False
        self.requests: list[str] = []
        self.cuts_papers_off = False
        """Whether every paper breaks off in the middle of what is left."""
        self.answers_together = True
        """Whether it knows how to bring several papers in one answer."""
        self.paper_bytes = 0
        """Bytes of papers that were sent."""
        self._ca_key = public_key_of(simulator.authority.certificate)
        self._challenges: dict[bytes, Digest] = {}
        self._tokens: dict[str, Name] = {}

    def close(self) -> None:
        """As a pool has it."""

    def urlopen(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], **options: Any
    ) -> urllib3.HTTPResponse:
        self.requests.append(f"{method} {url}")
        fault = self.faults.popleft() if self.faults else None
        met = (each for pattern, each in self.faults_at.items() if re.fullmatch(pattern, f"{method} {url}"))
        fault = fault or next(met, None)
        if self.is_down or fault is Fault.UNREACHABLE:
            raise NewConnectionError(None, "down")  # type: ignore[arg-type]
        if fault is Fault.REQUEST_LOST:
            raise ProtocolError("lost on the way")
        if fault is Fault.SERVER_ERROR:
            return _response(Answer(500), self._count)
        answer = self._answer(method, url, body or b"", headers)
        if fault is Fault.DONE_TWICE:
            answer = self._answer(method, url, body or b"", headers)
        if fault is Fault.REPLY_LOST:
            raise ProtocolError("lost on the way back")
        return _response(replace(answer, is_cut=answer.is_cut or fault is Fault.CUT_OFF), self._count)

    def _count(self, count: int) -> None:
        self.paper_bytes += count

    def _answer(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        try:
            for pattern, verb, serve in _ROUTES:
                found = _pattern(pattern).fullmatch(parts.path)
                if found and verb == method:
                    return serve(self, {**found.groupdict(), **query}, body, headers)
        except Refused as refused:
            return Answer(STATUS.get(refused.refusal.reason, 422), codec.dump(refused.refusal))
        raise AssertionError(f"{method} {url}")

    # ---------------------------------------------------------------- what is asked

    def _hello(self, asked: Mapping[str, str], body: bytes, headers: Mapping[str, str]) -> Answer:
        return _said(
            protocol.Hello(
                protocol=1,
                server_version="",
                now=self.simulator.now,
                ca_certificate=self.simulator.authority.certificate,
                bodies=(),
            )
        )

    def _challenge(self, asked: Mapping[str, str], body: bytes, headers: Mapping[str, str]) -> Answer:
        challenge = secrets.token_bytes(16)
        self._challenges[challenge] = codec.load(protocol.ChallengeRequest, body).device
        return _said(protocol.Challenge(challenge=challenge))

    def _sign_in(self, asked: Mapping[str, str], body: bytes, headers: Mapping[str, str]) -> Answer:
        answer = codec.load(protocol.SignIn, body)
        register = self.simulator.replayed
        assert register is not None
        if self._challenges.get(answer.challenge) != answer.device:
            raise Refused(Reason.NOT_SIGNED_IN)
        for person in register.people():
            for device in register.devices(person.id):
                if hashlib.sha256(device.device_key).hexdigest() == answer.device:
                    self._verify(device.device_key, answer)
                    token = secrets.token_hex(8)
                    self._tokens[token] = person.id
                    expires = self.simulator.now
                    signed_in = protocol.SignedIn(token=token, expires_at=expires)
                    return _said(signed_in)
        raise Refused(Reason.REVOKED)

    def _verify(self, key: bytes, answer: protocol.SignIn) -> None:
        try:
            message = protocol.sign_in_message(self._ca_key, answer.challenge)
            Ed25519PublicKey.from_public_bytes(key).verify(answer.signature, message)
        except InvalidSignature:
            raise Refused(Reason.NOT_SIGNED_IN) from None

    def _person(self, headers: Mapping[str, str]) -> Name:
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self._tokens:
            raise Refused(Reason.NOT_SIGNED_IN)
        return self._tokens[token]

    def sign_everybody_out(self) -> None:
        """As when tokens have run out."""
        self._tokens.clear()

    def _feed(self, asked: Mapping[str, str], body: bytes, headers: Mapping[str, str]) -> Answer:
        after, tree = int(asked["after"]), int(asked["tree"])
        return _said(self.simulator.page(self._person(headers), after=after, epoch=asked["epoch"], tree=tree))

    def _consistency(self, asked: Mapping[str, str], body: bytes, headers: Mapping[str, str]) -> Answer:
        first, second = int(asked["first"]), int(asked["second"])
        try:
            return _said(protocol.Consistency(path=self.simulator.tree.consistency_proof(first, second)))
        except IndexError:
            raise Refused(Reason.BAD_REQUEST, "tree") from None

    def _tile(self, asked: Mapping[str, str], body: bytes, headers: Mapping[str, str]) -> Answer:
        tree = self.simulator.tree
        if self.simulator.hides_tiles:
            raise Refused(Reason.UNKNOWN, "tile")
        try:
            return Answer(200, write_tile(tree, Tile.from_path(asked["tile"]), len(tree)))
        except (IndexError, ProofError):
            raise Refused(Reason.UNKNOWN, "tile") from None

    def _witnessed(self, asked: Mapping[str, str], body: bytes, headers: Mapping[str, str]) -> Answer:
        if not self.simulator.witnessed:
            raise Refused(Reason.UNKNOWN, "cosigned")
        return Answer(200, self.simulator.witnessed.encode())

    def _cosign(self, asked: Mapping[str, str], body: bytes, headers: Mapping[str, str]) -> Answer:
        self.simulator.cosigned[self._person(headers)] = codec.load(DeviceCosignature, body).note
        return Answer(204)

    def _cosigned(self, asked: Mapping[str, str], body: bytes, headers: Mapping[str, str]) -> Answer:
        return _said(DeviceCosignatures(notes=tuple(self.simulator.cosigned.values())))

    def _statements(self, asked: Mapping[str, str], body: bytes, headers: Mapping[str, str]) -> Answer:
        person = self._person(headers)
        envelopes = codec.load(protocol.Submission, body).envelopes
        outcomes = tuple(self.simulator.submit(person, each) for each in envelopes)
        return _said(protocol.SubmissionOutcome(outcomes=outcomes))

    def _notes(self, asked: Mapping[str, str], body: bytes, headers: Mapping[str, str]) -> Answer:
        self.simulator.take_notes(self._person(headers), codec.load(protocol.NotesPush, body))
        return Answer(204)

    def _keys(self, asked: Mapping[str, str], body: bytes, headers: Mapping[str, str]) -> Answer:
        self.simulator.take_keys(self._person(headers), codec.load(protocol.KeysPush, body))
        return Answer(204)

    def _shares(self, asked: Mapping[str, str], body: bytes, headers: Mapping[str, str]) -> Answer:
        self.simulator.take_shares(self._person(headers), codec.load(protocol.SharesPush, body))
        return Answer(204)

    def _invite(self, asked: Mapping[str, str], body: bytes, headers: Mapping[str, str]) -> Answer:
        codec.load(protocol.InvitationRequest, body)
        code = secrets.token_hex(8)
        return _said(protocol.Invitation(code=code, expires_at=self.simulator.now))

    def _offer(self, asked: Mapping[str, str], body: bytes, headers: Mapping[str, str]) -> Answer:
        return _said(self.simulator.offer(self._person(headers), codec.load(protocol.UploadOffer, body)))

    def _upload(self, asked: Mapping[str, str], body: bytes, headers: Mapping[str, str]) -> Answer:
        person, offset = self._person(headers), int(asked["offset"])
        return _said(self.simulator.add_part(person, asked["digest"], offset, body))

    def _offer_recognised(self, asked: Mapping[str, str], body: bytes, headers: Mapping[str, str]) -> Answer:
        self._person(headers)
        offer = codec.load(RecognisedOffer, body)
        register = self.simulator.replayed
        assert register is not None
        device_key = publishing_devices(register, self.simulator.now)[offer.by]
        assert is_signed(self.simulator.body, offer, device_key)
        assert offer.file in self.simulator.blobs
        self.simulator.offers[offer.document, offer.version] = offer
        self.simulator.spread()
        return Answer(204)

    def _recognised(self, asked: Mapping[str, str], body: bytes, headers: Mapping[str, str]) -> Answer:
        place = (asked["document"], int(asked["version"]))
        items = self.simulator.visible(self._person(headers)).values()
        if place not in self.simulator.offers or not any(item.document == place for item in items):
            raise Refused(Reason.NO_RIGHT)
        return Answer(200, self.simulator.blobs[self.simulator.offers[place].file])

    def _version(self, headers: Mapping[str, str], document: str, version: str) -> DocumentVersion:
        place = (document, int(version))
        if not any(item.document == place for item in self.simulator.visible(self._person(headers)).values()):
            raise Refused(Reason.NO_RIGHT)
        return next(each for each in self.simulator.documents if (each.document, each.version) == place)

    def _documents(self, asked: Mapping[str, str], body: bytes, headers: Mapping[str, str]) -> Answer:
        if not self.answers_together:
            raise Refused(Reason.UNKNOWN, "path")
        versions = [self._version(headers, *each.split("/")) for each in asked["papers"].split(",")]
        data = b"".join(self.simulator.blobs[version.blob] for version in versions)
        return Answer(200, data, is_cut=self.cuts_papers_off)

    def _document(self, asked: Mapping[str, str], body: bytes, headers: Mapping[str, str]) -> Answer:
        version = self._version(headers, asked["document"], asked["version"])
        data = self.simulator.blobs[version.blob]
        if "Range" in headers and headers.get("If-Range") == f'"{version.blob}"':
            start = int(headers["Range"].removeprefix("bytes=").removesuffix("-"))
            return Answer(206, data[start:], is_cut=self.cuts_papers_off)
        return Answer(200, data, is_cut=self.cuts_papers_off)


@cache
def _pattern(path: str) -> re.Pattern[str]:
    """Of a path whose `{parts}` are filled; a tile's own path has several."""
    parts = re.sub(r"\\{tile\\}", "(?P<tile>.+)", re.escape(path))
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", parts))


Serve = Callable[[Wire, Mapping[str, str], bytes, Mapping[str, str]], Answer]
_ROUTES: tuple[tuple[str, str, Serve], ...] = (
    (Path.HELLO, "GET", Wire._hello),
    (Path.CHALLENGES, "POST", Wire._challenge),
    (Path.SIGN_IN, "POST", Wire._sign_in),
    (Path.FEED, "GET", Wire._feed),
    (Path.CONSISTENCY, "GET", Wire._consistency),
    (Path.TILE, "GET", Wire._tile),
    (Path.COSIGNED, "GET", Wire._witnessed),
    (Path.COSIGNATURES, "POST", Wire._cosign),
    (Path.COSIGNATURES, "GET", Wire._cosigned),
    (Path.STATEMENTS, "POST", Wire._statements),
    (Path.NOTES, "POST", Wire._notes),
    (Path.KEYS, "POST", Wire._keys),
    (Path.SHARES, "POST", Wire._shares),
    (Path.INVITATIONS, "POST", Wire._invite),
    (Path.UPLOADS, "POST", Wire._offer),
    (Path.UPLOAD, "PUT", Wire._upload),
    (Path.DOCUMENTS, "GET", Wire._documents),
    (Path.DOCUMENT, "GET", Wire._document),
    (Path.RECOGNISED, "POST", Wire._offer_recognised),
    (Path.RECOGNISED, "GET", Wire._recognised),
)


def _said(message: Any) -> Answer:
    return Answer(200, codec.dump(message))


class _Stream(io.BytesIO):
    """What http.client has for a response: cut off in the middle when it is."""

    def __init__(self, answer: Answer, count: Callable[[int], None]) -> None:
        super().__init__(answer.data)
        self._count = count
        self._left = len(answer.data) // 2 if answer.is_cut else None

    def readinto(self, into: Any) -> int:
        view = memoryview(into)
        if self._left is not None:
            if not self._left:
                raise ConnectionResetError
            view = view[: self._left]
            self._left -= len(view)
        count = super().readinto(view)
        self._count(count)
        return count

    def read(self, size: int | None = -1) -> bytes:
        if self._left is not None:
            raise ProtocolError("cut off")
        return super().read(size)

    def isclosed(self) -> bool:
        return self.closed or self.tell() == len(self.getvalue())


def _response(answer: Answer, count: Callable[[int], None]) -> urllib3.HTTPResponse:
    """`count` hears of what is read into a buffer, as papers are."""
    stream = _Stream(answer, count)
    return urllib3.HTTPResponse(
        stream,
        status=answer.status,
        preload_content=False,
        original_response=stream,  # type: ignore[arg-type]
    )
