"""A server as a process, people who talk to it over TLS, and a cabinet whose ledger it keeps."""

import hashlib
import json
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path as FilePath
from typing import Any, TypeVar

import urllib3
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ecabinet.core import codec, protocol
from ecabinet.core.checkpoint import LogKey, Receipt, origin_of
from ecabinet.core.envelope import Envelope, Statement
from ecabinet.core.people import Grant, Role
from ecabinet.core.protocol import Path, Refusal, Refused
from ecabinet.core.statements import tag_of
from ecabinet.keys.certificates import Authority, make_request
from tests.cabinet import Appended, Cabinet, Device
from tests.sample import BODY_NAME, OFFICES

Kind = TypeVar("Kind")
ROOT = FilePath(__file__).parents[2]


class Process:
    """`ecabinet serve` on a free port."""

    def __init__(self, data: FilePath, *options: str, environment: Mapping[str, str] | None = None) -> None:
        self.data = data
        self.options = options
        self.environment = environment or {}
        self.log = data.with_suffix(".log")
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ecabinet", "serve", "--data", str(self.data), "--port", "0", *self.options],
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, **self.environment},
                cwd=ROOT,
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.log.read_text()
        self.said: dict[str, str] = json.loads(line)
        self.url = self.said["listening"]

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=30)
        return self.process.returncode


class Caller:
    """Somebody who talks to the server, with the server's CA pinned; signed in when there is a token."""

    def __init__(self, url: str, ca_certificate: bytes, token: str = "") -> None:
        self.url = url
        self.ca_certificate = ca_certificate
        context = ssl.create_default_context(
            cadata=x509.load_der_x509_certificate(ca_certificate).public_bytes(Encoding.PEM).decode()
        )
        self.pool = urllib3.PoolManager(ssl_context=context, retries=False, timeout=30)
        self.headers = {"authorization": f"Bearer {token}"} if token else {}

    @classmethod
    def meet(cls, url: str) -> "Caller":
        """First trust is not what is tested here: takes the CA as it is told."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with urllib3.PoolManager(ssl_context=context, retries=False) as pool:
            answer = pool.request("GET", url + Path.HELLO)
        return cls(url, codec.load(protocol.Hello, answer.data).ca_certificate)

    @property
    def ca_spki(self) -> bytes:
        key = x509.load_der_x509_certificate(self.ca_certificate).public_key()
        return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def request(self, method: str, path: str, **arguments: Any) -> urllib3.BaseHTTPResponse:
        headers = {**self.headers, **arguments.pop("headers", {})}
        return self.pool.request(method, self.url + path, headers=headers, **arguments)

    def ask(self, kind: type[Kind], method: str, path: str, message: Any = None, **arguments: Any) -> Kind:
        """The answer. Raises Refused."""
        answer = self.send(method, path, message, **arguments)
        return codec.load(kind, answer.data)

    def send(self, method: str, path: str, message: Any = None, **arguments: Any) -> urllib3.BaseHTTPResponse:
        body = None if message is None else codec.dump(message)
        answer = self.request(method, path, body=body, **arguments)
        if answer.status >= 400:
            assert answer.data, f"{answer.status} without a word"
            refusal = codec.load(Refusal, answer.data)
            assert answer.status == protocol.STATUS.get(refusal.reason, 422) or refusal.what in {"path", "range"}
            raise Refused(refusal.reason, refusal.what, refusal.at)
        return answer

    def sign_in(self, device: Device) -> "Caller":
        """A caller with this device's token. Raises Refused."""
        digest = hashlib.sha256(device.device_key.public_key().public_bytes_raw()).hexdigest()
        asked = protocol.ChallengeRequest(device=digest)
        challenge = self.ask(protocol.Challenge, "POST", Path.CHALLENGES, asked).challenge
        signature = device.device_key.sign(protocol.sign_in_message(self.ca_spki, challenge))
        answer = protocol.SignIn(device=digest, challenge=challenge, signature=signature)
        return Caller(self.url, self.ca_certificate, self.ask(protocol.SignedIn, "POST", Path.SIGN_IN, answer).token)


class LiveCabinet(Cabinet):
    """A cabinet whose ledger a real server keeps: what is appended is sent, and must be accepted."""

    def __init__(self, url: str, founding_code: str, body: str = "H49.1") -> None:
        super().__init__(body, at=codec.whole_milliseconds(datetime.now(UTC)) - timedelta(minutes=1))
        self.server = Caller.meet(url)
        self.code = protocol.Code.from_text(founding_code)
        assert self.code.is_for(self.server.ca_spki)
        self.callers: dict[str, Caller] = {}
        self.signed_by: dict[bytes, str] = {}
        self.receipts: list[Receipt] = []
        asked = protocol.FoundingTermsRequest(secret=self.code.secret, body=body, name=BODY_NAME)
        self.terms = self.server.ask(protocol.FoundingTerms, "POST", Path.FOUNDING_TERMS, asked)
        self.authority = Authority(private_key=generate_private_key(SECP256R1()), certificate=self.terms.ca_certificate)

    def path(self, pattern: str, **parts: Any) -> str:
        return pattern.format(body=self.body, **parts)

    @property
    def log_key(self) -> LogKey:
        return LogKey(name=origin_of(self.body, 1), public_key=self.terms.log_key)

    @property
    def seen(self) -> str | None:
        return self.receipts[-1].note if self.receipts else None

    def caller(self, person: str) -> Caller:
        """The person, signed in."""
        if person not in self.callers:
            self.callers[person] = self.server.sign_in(self.devices[person])
        return self.callers[person]

    def reconnect(self, url: str) -> None:
        """The server is at another address now; tokens are as good as before."""
        for caller in [self.server, *self.callers.values()]:
            caller.url = url

    def sign(self, person: str, asserted: Statement) -> Envelope:
        signed = super().sign(person, asserted)
        self.signed_by[signed.statement] = person
        return signed

    def append(self, signed: Envelope, *, tag: bytes | None = None, at: datetime | None = None) -> Appended:
        """Raises Refused."""
        (outcome,) = self.submit(signed)
        if outcome.refusal is not None:
            raise Refused(outcome.refusal.reason, outcome.refusal.what, outcome.refusal.at)
        return self.take(signed, outcome)

    def submit(self, *signed: Envelope) -> tuple[protocol.Outcome, ...]:
        person = self.signed_by[signed[0].statement]
        if not self.ledger:
            founding = protocol.Founding(secret=self.code.secret, envelope=signed[0])
            return (self.server.ask(protocol.Outcome, "POST", Path.FOUNDING, founding),)
        asked = protocol.Submission(envelopes=signed)
        answer = self.caller(person).ask(protocol.SubmissionOutcome, "POST", self.path(Path.STATEMENTS), asked)
        return answer.outcomes

    def take(self, signed: Envelope, outcome: protocol.Outcome) -> Appended:
        assert outcome.receipt is not None
        receipt = Receipt.from_text(outcome.receipt)
        appended = Appended(signed, receipt.index, receipt.entry)
        receipt.verify(self.log_key, tag=tag_of(appended.opened), envelope_digest=signed.digest)
        self.receipts.append(receipt)
        self.ledger.append(appended)
        self.now = receipt.entry.accepted_at
        return appended

    def invite(self, person: str, *roles: Role, by: str = "registrar") -> protocol.Code:
        office, office_en = OFFICES[person]
        grants = tuple(Grant(role=role, from_at=self.began_at) for role in roles)
        asked = protocol.InvitationRequest(person=person, office=office, office_en=office_en, grants=grants)
        invitation = self.caller(by).ask(protocol.Invitation, "POST", self.path(Path.INVITATIONS), asked)
        code = protocol.Code.from_text(invitation.code)
        assert code.is_for(self.server.ca_spki)
        return code

    def ask_to_enrol(self, device: Device, code: protocol.Code) -> protocol.Enrolment:
        keys = protocol.EnrolmentRequest(
            secret=code.secret,
            csr=make_request(device.signing_key),
            device_key=device.device_key.public_key().public_bytes_raw(),
            sealing_key=device.sealing_key.public_key().public_bytes_raw(),
            device_name="Máy của tôi",
        )
        return self.server.ask(protocol.Enrolment, "POST", Path.ENROLMENTS, keys)

    def device(self, person: str, name: str | None = None, *, valid_for: timedelta | None = None) -> Device:
        device = Device(name or person)
        device.certificate = self.ask_to_enrol(device, self.invite(person)).keys.signing_certificate
        return device

    def upload(self, person: str, data: bytes, *, part: int = protocol.UPLOAD_PART) -> str:
        digest = hashlib.sha256(data).hexdigest()
        offer = protocol.UploadOffer(digest=digest, size=len(data))
        caller = self.caller(person)
        received = caller.ask(protocol.UploadState, "POST", self.path(Path.UPLOADS), offer).received
        while received < len(data):
            received = self.upload_part(person, data, received, part)
        return digest

    def upload_part(self, person: str, data: bytes, offset: int, part: int) -> int:
        path = self.path(Path.UPLOAD, digest=hashlib.sha256(data).hexdigest())
        answer = self.caller(person).request("PUT", f"{path}?offset={offset}", body=data[offset : offset + part])
        assert answer.status == 200, answer.data
        return codec.load(protocol.UploadState, answer.data).received

    def publication(self, papers: Mapping[str, bytes] | None = None) -> Envelope:
        signed = super().publication(papers)
        for data in self.papers.values():
            self.upload("secretary", data)
        return signed

    def feed(self, person: str, *, after: int = 0, epoch: str = "", tree: int = 0) -> protocol.FeedPage:
        path = f"{self.path(Path.FEED)}?after={after}&epoch={epoch}&tree={tree}"
        return self.caller(person).ask(protocol.FeedPage, "GET", path)
