"""A server as a process, people who talk to it over TLS, and a cabinet whose ledger it keeps."""

import hashlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from http.client import HTTPSConnection
from pathlib import Path as FilePath
from typing import Any, TypeVar

import urllib3
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ecabinet.core import codec, protocol
from ecabinet.core.envelope import Envelope
from ecabinet.core.protocol import Path, Refusal, Refused
from tests.cabinet import Device
from tests.server.served import ServedCabinet

Kind = TypeVar("Kind")
LARGEST_ANSWER = 256 * 1024 * 1024
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
        """As a power cut would."""
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
        self.context = ssl.create_default_context(
            cadata=x509.load_der_x509_certificate(ca_certificate).public_bytes(Encoding.PEM).decode()
        )
        self.pool = urllib3.PoolManager(ssl_context=self.context, retries=False, timeout=30, maxsize=16)
        self.headers = {"authorization": f"Bearer {token}"} if token else {}

    @classmethod
    def meet(cls, url: str) -> "Caller":
        """First trust is not what is tested here: takes the CA as it is told."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = HTTPSConnection(url.removeprefix("https://"), context=context, timeout=30)
        connection.request("GET", Path.HELLO)
        hello = codec.load(protocol.Hello, connection.getresponse().read())
        connection.close()
        return cls(url, hello.ca_certificate)

    @property
    def ca_spki(self) -> bytes:
        key = x509.load_der_x509_certificate(self.ca_certificate).public_key()
        return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def request(self, method: str, path: str, **arguments: Any) -> urllib3.BaseHTTPResponse:
        headers = {**self.headers, **arguments.pop("headers", {})}
        return self.pool.request(method, self.url + path, headers=headers, **arguments)

    def send(self, method: str, path: str, message: Any = None, **arguments: Any) -> urllib3.BaseHTTPResponse:
        """Raises Refused."""
        if message is not None:
            arguments["body"] = codec.dump(message)
        answer = self.request(method, path, **arguments)
        if answer.status >= 400:
            assert answer.data, f"{answer.status} without a word"
            refusal = codec.load(Refusal, answer.data)
            assert answer.status == protocol.STATUS.get(refusal.reason, 422) or refusal.what in {"path", "range"}
            raise Refused(refusal.reason, refusal.what, refusal.at)
        return answer

    def ask(self, kind: type[Kind], method: str, path: str, message: Any = None, **arguments: Any) -> Kind:
        """The answer. Raises Refused."""
        return codec.load(kind, self.send(method, path, message, **arguments).data, limit=LARGEST_ANSWER)

    def sign_in(self, device: Device) -> "Caller":
        """A caller with this device's token. Raises Refused."""
        answer = self.answer_challenge(device)
        token = self.ask(protocol.SignedIn, "POST", Path.SIGN_IN, answer).token
        return Caller(self.url, self.ca_certificate, token)

    def connect(self) -> ssl.SSLSocket:
        """A bare connection, for requests that break off."""
        host, _, port = self.url.removeprefix("https://").rpartition(":")
        return self.context.wrap_socket(socket.create_connection((host, int(port)), 30), server_hostname=host)

    def answer_challenge(self, device: Device) -> protocol.SignIn:
        digest = hashlib.sha256(device.device_key.public_key().public_bytes_raw()).hexdigest()
        asked = protocol.ChallengeRequest(device=digest)
        challenge = self.ask(protocol.Challenge, "POST", Path.CHALLENGES, asked).challenge
        signature = device.device_key.sign(protocol.sign_in_message(self.ca_spki, challenge))
        return protocol.SignIn(device=digest, challenge=challenge, signature=signature)


class LiveCabinet(ServedCabinet):
    """A cabinet at a server that is reached over TLS."""

    def __init__(self, url: str, founding_code: str, body: str = "H49.1") -> None:
        self.server = Caller.meet(url)
        self.callers: dict[str, Caller] = {}
        super().__init__(founding_code, body, datetime.now(UTC))

    @property
    def ca_spki(self) -> bytes:
        return self.server.ca_spki

    def path(self, pattern: str, **parts: Any) -> str:
        return pattern.format(body=self.body, **parts)

    def caller(self, person: str) -> Caller:
        """The person, signed in."""
        if person not in self.callers:
            self.callers[person] = self.server.sign_in(self.devices[person])
        return self.callers[person]

    def reconnect(self, url: str) -> None:
        """The server is at another address now; tokens are as good as before."""
        for caller in [self.server, *self.callers.values()]:
            caller.url = url

    def terms(self, asked: protocol.FoundingTermsRequest) -> protocol.FoundingTerms:
        return self.server.ask(protocol.FoundingTerms, "POST", Path.FOUNDING_TERMS, asked)

    def send_founding(self, founding: protocol.Founding) -> protocol.Outcome:
        return self.server.ask(protocol.Outcome, "POST", Path.FOUNDING, founding)

    def invite(self, by: str, asked: protocol.InvitationRequest) -> protocol.Invitation:
        return self.caller(by).ask(protocol.Invitation, "POST", self.path(Path.INVITATIONS), asked)

    def ask_to_enrol(self, asked: protocol.EnrolmentRequest) -> protocol.Enrolment:
        return self.server.ask(protocol.Enrolment, "POST", Path.ENROLMENTS, asked)

    def submit(self, *signed: Envelope, by: str | None = None) -> tuple[protocol.Outcome, ...]:
        person = by or self.signed_by[signed[0].statement]
        asked = protocol.Submission(envelopes=signed)
        path = self.path(Path.STATEMENTS)
        return self.caller(person).ask(protocol.SubmissionOutcome, "POST", path, asked).outcomes

    def offer(self, person: str, digest: str, size: int) -> int:
        asked = protocol.UploadOffer(digest=digest, size=size)
        return self.caller(person).ask(protocol.UploadState, "POST", self.path(Path.UPLOADS), asked).received

    def upload_part(self, person: str, digest: str, offset: int, data: bytes) -> int:
        path = f"{self.path(Path.UPLOAD, digest=digest)}?offset={offset}"
        return self.caller(person).ask(protocol.UploadState, "PUT", path, body=data).received

    def feed(self, person: str, *, after: int = 0, epoch: str = "", tree: int = 0) -> protocol.FeedPage:
        path = f"{self.path(Path.FEED)}?after={after}&epoch={epoch}&tree={tree}"
        return self.caller(person).ask(protocol.FeedPage, "GET", path)

    def download(self, person: str, document: str, version: int = 1, **headers: str) -> urllib3.BaseHTTPResponse:
        path = self.path(Path.DOCUMENT, document=document, version=version)
        return self.caller(person).send("GET", path, headers=headers)

    def record(self, **changes: Any) -> protocol.BallotRecord:
        assert not changes
        path = self.path(Path.BALLOT_RECORD, ballot=self.asked.ballot)
        return self.caller("secretary").ask(protocol.BallotRecord, "GET", path)
