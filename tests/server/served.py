"""A cabinet whose ledger a real server keeps: what is appended is sent, and must be accepted."""

import hashlib
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from ecabinet.core import codec, envelope, protocol
from ecabinet.core.checkpoint import LogKey, Receipt, origin_of
from ecabinet.core.envelope import Envelope, Statement
from ecabinet.core.meetings import DocumentsPublished, DocumentVersion
from ecabinet.core.people import Grant, Person, Role
from ecabinet.core.protocol import Reason, Refused
from ecabinet.core.register import BodyFounded, Enrolled
from ecabinet.core.statements import tag_of
from ecabinet.keys.certificates import Authority, make_request
from tests.cabinet import Appended, Cabinet, Device
from tests.sample import BODY_NAME, MEMBERS


class ServedCabinet(Cabinet):
    """How the server is reached, a subclass says."""

    def __init__(self, founding_code: str, body: str, now: datetime) -> None:
        """`now` is what the server's clock says."""
        super().__init__(body, at=codec.whole_milliseconds(now) - timedelta(minutes=1))
        self.devices["registrar"] = Device(f"{body}/registrar")
        self.signed_by: dict[bytes, str] = {}
        self.receipts: list[Receipt] = []
        self.code = protocol.Code.from_text(founding_code)
        assert self.code.is_for(self.ca_spki)
        asked = protocol.FoundingTermsRequest(secret=self.code.secret, body=body, name=BODY_NAME)
        terms = self.terms(asked)
        self.log_public_key = terms.log_key
        # The body's CA is the server's: of its key nothing is known here.
        self.authority = Authority(private_key=generate_private_key(SECP256R1()), certificate=terms.ca_certificate)

    # ---------------------------------------------------------------- how the server is reached

    @property
    @abstractmethod
    def ca_spki(self) -> bytes: ...

    @abstractmethod
    def terms(self, asked: protocol.FoundingTermsRequest) -> protocol.FoundingTerms: ...

    @abstractmethod
    def send_founding(self, founding: protocol.Founding) -> protocol.Outcome: ...

    @abstractmethod
    def invite(self, by: str, asked: protocol.InvitationRequest) -> protocol.Invitation: ...

    @abstractmethod
    def ask_to_enrol(self, asked: protocol.EnrolmentRequest) -> protocol.Enrolment: ...

    @abstractmethod
    def submit(self, *signed: Envelope, by: str | None = None) -> tuple[protocol.Outcome, ...]: ...

    @abstractmethod
    def offer(self, person: str, digest: str, size: int) -> int: ...

    @abstractmethod
    def upload_part(self, person: str, digest: str, offset: int, data: bytes) -> int: ...

    @abstractmethod
    def feed(self, person: str, *, after: int = 0, epoch: str = "", tree: int = 0) -> protocol.FeedPage: ...

    # ---------------------------------------------------------------- in one go

    def seat(self, members: Sequence[str] = MEMBERS) -> "ServedCabinet":
        """Founded, the secretary and the members enrolled, the first of them as chair."""
        self.found()
        self.enrol("secretary", Role.SECRETARY)
        for person in members:
            self.enrol(person, Role.MEMBER, *([Role.CHAIR] if person == members[0] else []))
        return self

    def prepare(self, members: Sequence[str] = MEMBERS) -> "ServedCabinet":
        """Seated, the papers published, a meeting and a ballot sent."""
        self.seat(members)
        self.publish()
        self.send_meeting()
        self.open_ballot()
        return self

    def read_all(self, person: str) -> list[protocol.FeedRow]:
        """The feed from the beginning to the end."""
        page = self.feed(person)
        rows = list(page.rows)
        while page.has_more:
            page = self.feed(person, after=page.position, epoch=page.epoch)
            rows += page.rows
        return rows

    def person(self, name: str) -> Person:
        """As the register of this ledger has him now."""
        founding, *following = (each.statement for each in self.register)
        assert isinstance(founding, BodyFounded)
        if name == founding.registrar:
            return Person(id=name, office="", grants=(Grant(role=Role.REGISTRAR, from_at=self.began_at),))
        standings = [each for each in following if isinstance(each, Enrolled) and each.person == name]
        return Person(id=name, office=standings[-1].office, grants=standings[-1].grants)

    def version(self, number: str, data: bytes, **changes: Any) -> DocumentVersion:
        """A paper that the secretary has uploaded, not published yet."""
        self.upload("secretary", data)
        return replace(self._version(number, data), **changes)

    def publish_versions(self, *versions: DocumentVersion) -> Appended:
        return self.append(self.sign("secretary", DocumentsPublished(**self.heading(), documents=versions)))

    # ---------------------------------------------------------------- what differs from a cabinet in memory

    @property
    def log_key(self) -> LogKey:
        return LogKey(name=origin_of(self.body, 1), public_key=self.log_public_key)

    @property
    def seen(self) -> str | None:
        return self.receipts[-1].note if self.receipts else None

    def sign(self, person: str, asserted: Statement) -> Envelope:
        signed = super().sign(person, asserted)
        self.signed_by[signed.statement] = person
        return signed

    def altered(self, signed: Envelope, **changes: Any) -> Envelope:
        """Another statement, of the same id unless `changes` say otherwise, by the same person."""
        said: Any = envelope.parse(signed.statement)
        return self.sign(self.signed_by[signed.statement], replace(said, **changes))

    def refusal(self, signed: Envelope, *, by: str | None = None) -> tuple[Reason, str]:
        """Why it is not accepted."""
        (outcome,) = self.submit(signed, by=by)
        assert outcome.refusal is not None
        return outcome.refusal.reason, outcome.refusal.what

    def append(self, signed: Envelope, *, tag: bytes | None = None, at: datetime | None = None) -> Appended:
        """Raises Refused."""
        assert tag is None
        assert at is None
        if self.ledger:
            (outcome,) = self.submit(signed)
        else:
            outcome = self.send_founding(protocol.Founding(secret=self.code.secret, envelope=signed))
        if outcome.refusal is not None:
            raise Refused(outcome.refusal.reason, outcome.refusal.what, outcome.refusal.at)
        return self.take(signed, outcome)

    def take(self, signed: Envelope, outcome: protocol.Outcome) -> Appended:
        """What was accepted, its receipt checked."""
        assert outcome.receipt is not None
        receipt = Receipt.from_text(outcome.receipt)
        appended = Appended(signed, receipt.index, receipt.entry)
        receipt.verify(self.log_key, tag=tag_of(appended.opened), envelope_digest=signed.digest)
        self.receipts.append(receipt)
        self.ledger.append(appended)
        self.now = receipt.entry.accepted_at
        return appended

    def invitation(self, person: str, *grants: Grant) -> protocol.InvitationRequest:
        office, office_en = self.offices[person]
        return protocol.InvitationRequest(person=person, office=office, office_en=office_en, grants=grants)

    def code_for(self, person: str, *grants: Grant) -> protocol.Code:
        code = protocol.Code.from_text(self.invite("registrar", self.invitation(person, *grants)).code)
        assert code.is_for(self.ca_spki)
        return code

    def request(self, device: Device, code: protocol.Code) -> protocol.EnrolmentRequest:
        return protocol.EnrolmentRequest(
            secret=code.secret,
            csr=make_request(device.signing_key),
            device_key=device.device_key.public_key().public_bytes_raw(),
            sealing_key=device.sealing_key.public_key().public_bytes_raw(),
            device_name="Máy ở phòng làm việc",
        )

    def device(self, person: str, name: str | None = None, *, valid_for: timedelta | None = None) -> Device:
        assert valid_for is None
        device = Device(name or f"{self.body}/{person}")
        enrolment = self.ask_to_enrol(self.request(device, self.code_for(person)))
        device.certificate = enrolment.keys.signing_certificate
        return device

    def upload(self, person: str, data: bytes, *, part: int = protocol.UPLOAD_PART) -> str:
        digest = hashlib.sha256(data).hexdigest()
        received = self.offer(person, digest, len(data))
        while received < len(data):
            received = self.upload_part(person, digest, received, data[received : received + part])
        return digest

    def publication(self, papers: Mapping[str, bytes] | None = None) -> Envelope:
        signed = super().publication(papers)
        for data in self.papers.values():
            self.upload("secretary", data)
        return signed
