"""A body at work, for tests of every level: real keys, certificates and envelopes, in a real tree under a real log key.

Five members, one of them the chair, a secretary, a registrar, papers, a meeting, a ballot; all in memory. A `Cabinet`
makes envelopes (nouns: `opinion(…)`, `closing()` …) and appends them (verbs: `answer(…)`, `close()` …). Nothing is
validated on the way in, so that a test can play a lying log, secretary or registrar too. Its clock starts at `at` and
moves a minute with every entry; keys and papers are the same in every run, ids and nonces are fresh.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ecabinet.core import envelope
from ecabinet.core.ballots import (
    Answer,
    BallotClosed,
    BallotExtended,
    BallotOpened,
    BallotResult,
    Collation,
    Elector,
    Electorate,
    Opinion,
    Recorded,
    collate,
)
from ecabinet.core.checkpoint import Checkpoint, LogKey, Receipt, open_checkpoint, origin_of
from ecabinet.core.envelope import Envelope, Opened, Statement, open_envelope
from ecabinet.core.ledger import Entry, ProofError, Tree, leaf_hash
from ecabinet.core.meetings import (
    AgendaItem,
    Classification,
    DocumentReference,
    DocumentsPublished,
    DocumentVersion,
    MeetingSent,
)
from ecabinet.core.people import Grant, Role
from ecabinet.core.protocol import BallotRecord, Placed, PlacedEnvelope, SeenProof
from ecabinet.core.register import (
    AuthorityAdmitted,
    BodyFounded,
    Enrolled,
    RegisterStatement,
    RevocationReason,
    Revoked,
    WitnessPolicy,
)
from ecabinet.core.statements import tag_of
from ecabinet.keys.certificates import Authority, SigningKey, certify_registrar, make_request
from tests.devices import Device, seed
from tests.sample import BALLOT, BEGINNING, BODY, BODY_NAME, MEMBERS, OFFICES, PAPERS

__all__ = ["Appended", "Cabinet", "Device"]

YEARS = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Appended:
    """An envelope, and the entry the ledger has for it."""

    envelope: Envelope
    leaf: int
    entry: Entry

    @property
    def accepted_at(self) -> datetime:
        return self.entry.accepted_at

    @property
    def digest(self) -> str:
        """The envelope's digest, as statements name it."""
        return self.envelope.digest.hex()

    @property
    def statement(self) -> Statement | None:
        """What it says; None if that is of a version nobody knows, or cannot be read."""
        try:
            return envelope.parse(self.envelope.statement)
        except ValueError:
            return None

    @property
    def opened(self) -> Opened:
        return open_envelope(self.envelope)


class Cabinet:
    """A body and its ledger. Empty at first: see `seated()` and `with_open_ballot()` for one at work."""

    def __init__(self, body: str = BODY, *, at: datetime = BEGINNING) -> None:
        self.body = body
        self.now = at
        self.began_at = at
        self.log_private_key = Ed25519PrivateKey.from_private_bytes(seed(f"{body}/log"))
        self.authority = Authority.found(body=BODY_NAME, at=at, valid_for=YEARS)
        self.offices = dict(OFFICES)
        self.devices: dict[str, Device] = {}
        self.papers: dict[str, bytes] = {}
        self.ledger: list[Appended] = []
        self.tree = Tree()
        self.current_ballot: Appended | None = None

    # ---------------------------------------------------------------- in one go

    @classmethod
    def seated(cls, members: Sequence[str] = MEMBERS, *, at: datetime = BEGINNING) -> "Cabinet":
        """Founded, the secretary and the members enrolled, the first of them as chair."""
        cabinet = cls(at=at)
        cabinet.found()
        cabinet.enrol("secretary", Role.SECRETARY)
        for person in members:
            cabinet.enrol(person, Role.MEMBER, *([Role.CHAIR] if person == members[0] else []))
        return cabinet

    @classmethod
    def with_open_ballot(cls, *, at: datetime = BEGINNING, **changes: Any) -> "Cabinet":
        """Seated, the papers published, a meeting and a ballot sent; `changes` as in `ballot()`."""
        cabinet = cls.seated(at=at)
        cabinet.publish()
        cabinet.send_meeting()
        cabinet.open_ballot(**changes)
        return cabinet

    @classmethod
    def with_result(cls, *, at: datetime = BEGINNING) -> "Cabinet":
        """A ballot that four of five answered, one twice, with something else in between; closed and counted."""
        cabinet = cls.with_open_ballot(at=at)
        cabinet.answer("chair", "agree", "agree")
        cabinet.answer("finance", "agree", "disagree", remark="Đề nghị làm rõ nguồn.")
        cabinet.send_meeting()
        cabinet.answer("construction", "other", "agree", text="Đề nghị ưu tiên giao thông.")
        cabinet.answer("finance", "agree", "agree")
        cabinet.answer("agriculture", "disagree", "agree")
        cabinet.close()
        cabinet.announce()
        return cabinet

    # ---------------------------------------------------------------- the ledger

    @property
    def log_key(self) -> LogKey:
        return LogKey(name=origin_of(self.body, 1), public_key=self.log_private_key.public_key().public_bytes_raw())

    @property
    def anchors(self) -> tuple[bytes, ...]:
        """What a verifier trusts: the registrar's certificate, DER."""
        return (self.devices["registrar"].certificate,)

    def checkpoint(self, size: int | None = None) -> str:
        """The signed note over the first `size` leaves; all of them by default."""
        size = len(self.tree) if size is None else size
        return Checkpoint(origin=self.log_key.name, size=size, root=self.tree.root(size)).signed(self.log_private_key)

    @property
    def seen(self) -> str | None:
        """What a signer has seen who is up to date."""
        return self.checkpoint() if len(self.tree) else None

    def append(self, signed: Envelope, *, tag: bytes | None = None, at: datetime | None = None) -> Appended:
        """Adds an entry, a minute after the one before or at `at`, under the tag it should have or under `tag`."""
        self.now = self.now + timedelta(minutes=1) if at is None else at
        tag = tag_of(open_envelope(signed)) if tag is None else tag
        entry = Entry(tag=tag, envelope_digest=signed.digest, accepted_at=self.now)
        appended = Appended(signed, self.tree.append(leaf_hash(bytes(entry))), entry)
        self.ledger.append(appended)
        return appended

    def receipt(self, appended: Appended) -> Receipt:
        return Receipt(
            entry=appended.entry,
            index=appended.leaf,
            path=self.tree.inclusion_proof(appended.leaf),
            note=self.checkpoint(),
        )

    def sign(self, person: str, asserted: Statement) -> Envelope:
        return envelope.sign(asserted, self.devices[person].signer())

    def heading(self, **changes: Any) -> dict[str, Any]:
        """The members every statement has, with `changes`."""
        at = self.now + timedelta(seconds=30)
        return {**envelope.heading(self.body, at=at, seen=self.seen), **changes}

    # ---------------------------------------------------------------- the register

    @property
    def register(self) -> tuple[Appended, ...]:
        return tuple(each for each in self.ledger if isinstance(each.statement, RegisterStatement))

    @property
    def register_head(self) -> str:
        return self.register[-1].digest

    def founding(self, *, witnesses: WitnessPolicy | None = None) -> Envelope:
        device = self.devices.setdefault("registrar", Device("registrar"))
        if not device.certificate:
            device.certificate = certify_registrar(
                device.signing_key,
                title=self.offices["registrar"][0],
                body=BODY_NAME,
                at=self.began_at,
                valid_for=YEARS,
            )
        return self.sign(
            "registrar",
            BodyFounded(
                **self.heading(),
                name=BODY_NAME,
                name_en="People's Committee of Bình Minh Province",
                time_zone="Asia/Ho_Chi_Minh",
                registrar="registrar",
                registrar_office=self.offices["registrar"][0],
                registrar_keys=device.keys(),
                log_key=self.log_key.public_key,
                ca_certificate=self.authority.certificate,
                clock_tolerance_seconds=86_400,
                witnesses=witnesses or WitnessPolicy(quorum=0, keys=()),
            ),
        )

    def device(self, person: str, name: str | None = None, *, valid_for: timedelta = YEARS) -> Device:
        """A device with a certificate of the body's CA: which makes its owner nobody yet."""
        device = Device(name or person)
        device.certificate = self.certify(person, device.signing_key, valid_for=valid_for)
        return device

    def certify(self, person: str, key: SigningKey, *, valid_for: timedelta = YEARS) -> bytes:
        """A certificate of the body's CA for somebody's key."""
        return self.authority.issue(
            make_request(key),
            title=self.offices[person][0],
            body=BODY_NAME,
            crl_url="http://localhost/ca.crl",
            at=self.now,
            valid_for=valid_for,
        )

    def enrolment(self, person: str, *roles: Role, device: Device | None = None) -> Envelope:
        """Of a new device, for `roles`, by default as a member. From now on the person signs with it."""
        self.devices[person] = device or self.device(person)
        office, office_en = self.offices[person]
        return self.sign(
            "registrar",
            Enrolled(
                **self.heading(),
                person=person,
                office=office,
                office_en=office_en,
                grants=tuple(Grant(role=role, from_at=self.began_at) for role in roles or (Role.MEMBER,)),
                keys=self.devices[person].keys(),
                previous=self.register_head,
            ),
        )

    def admission(self, authority: Authority, *, by: str = "registrar") -> Envelope:
        """Of an outside authority, whose certificates may be enrolled from now on."""
        admitted = AuthorityAdmitted(**self.heading(), certificate=authority.certificate, previous=self.register_head)
        return self.sign(by, admitted)

    def revocation(self, person: str, reason: RevocationReason = RevocationReason.DEVICE_LOST) -> Envelope:
        return self.sign(
            "registrar",
            Revoked(
                **self.heading(),
                person=person,
                certificate_digest=hashlib.sha256(self.devices[person].certificate).hexdigest(),
                reason=reason,
                previous=self.register_head,
            ),
        )

    def found(self, *, witnesses: WitnessPolicy | None = None) -> Appended:
        return self.append(self.founding(witnesses=witnesses))

    def enrol(self, person: str, *roles: Role, device: Device | None = None) -> Appended:
        return self.append(self.enrolment(person, *roles, device=device))

    def admit(self, authority: Authority) -> Appended:
        return self.append(self.admission(authority))

    def revoke(self, person: str) -> Appended:
        return self.append(self.revocation(person))

    # ---------------------------------------------------------------- papers and meetings

    @property
    def documents(self) -> tuple[DocumentVersion, ...]:
        """Every paper published, in the order of publication."""
        published = (each.statement for each in self.publications)
        return tuple(
            version for each in published if isinstance(each, DocumentsPublished) for version in each.documents
        )

    @property
    def publications(self) -> tuple[Appended, ...]:
        return tuple(each for each in self.ledger if isinstance(each.statement, DocumentsPublished))

    def references(self) -> tuple[DocumentReference, ...]:
        """The papers published, in their last versions."""
        last = {version.document: version for version in self.documents}
        return tuple(version.reference for version in last.values())

    def publication(self, papers: Mapping[str, bytes] | None = None) -> Envelope:
        papers = PAPERS if papers is None else papers
        self.papers.update({hashlib.sha256(data).hexdigest(): data for data in papers.values()})
        versions = tuple(self._version(number, data) for number, data in papers.items())
        return self.sign("secretary", DocumentsPublished(**self.heading(), documents=versions))

    def _version(self, number: str, data: bytes) -> DocumentVersion:
        digest = hashlib.sha256(data).hexdigest()
        return DocumentVersion(
            document=envelope.new_id(self.now),
            version=1,
            digest=digest,
            blob=digest,
            size=len(data),
            file_name=f"{number.replace('/', '-')}.pdf",
            title="Tờ trình về sử dụng dự phòng ngân sách cấp tỉnh năm 2026",
            number=number,
            agency="Sở Tài chính",
            kind="to-trinh",
            replaces=None,
            what_changed="",
            classification=Classification.OPEN,
        )

    def meeting(self) -> Envelope:
        item = AgendaItem(
            item=envelope.new_id(self.now),
            number=1,
            title="Dự toán ngân sách địa phương năm 2027",
            agency="Sở Tài chính",
            documents=self.references(),
            readers=None,
        )
        return self.sign(
            "secretary",
            MeetingSent(
                **self.heading(),
                meeting=envelope.new_id(self.now),
                revision=1,
                replaces=None,
                title="Phiên họp thường kỳ tháng 11 năm 2026 của UBND tỉnh",
                starts_at=datetime(2026, 11, 23, 1, 0, tzinfo=UTC),
                place="Phòng họp số 1",
                chair="chair",
                participants=self.members,
                items=(item,),
            ),
        )

    def publish(self, papers: Mapping[str, bytes] | None = None) -> Appended:
        return self.append(self.publication(papers))

    def send_meeting(self) -> Appended:
        return self.append(self.meeting())

    # ---------------------------------------------------------------- the ballot

    @property
    def members(self) -> tuple[str, ...]:
        """Who is enrolled as a member, in order of enrolment."""
        enrolled = (each.statement for each in self.register)
        members = [
            each.person
            for each in enrolled
            if isinstance(each, Enrolled) and any(grant.role is Role.MEMBER for grant in each.grants)
        ]
        return tuple(dict.fromkeys(members))

    def electorate(self) -> Electorate:
        return Electorate(
            electors=tuple(
                Elector(person=each, office=self.offices[each][0], proposed=each == "finance") for each in self.members
            ),
            statutory=len(self.members),
            in_office=len(self.members),
            vacant=0,
            chair=self.members[0],
        )

    def ballot(self, **changes: Any) -> Envelope:
        """A ballot to all members on all papers. `changes` are members of BallotOpened that shall be otherwise."""
        asked = {
            **BALLOT,
            "ballot": envelope.new_id(self.now),
            "electorate": self.electorate(),
            "documents": self.references(),
            "deadline_at": self.now + timedelta(days=3),
            "register_head": self.register_head,
        }
        return self.sign("secretary", BallotOpened(**{**self.heading(), **asked, **changes}))

    @property
    def opening(self) -> Appended:
        assert self.current_ballot is not None
        return self.current_ballot

    @property
    def asked(self) -> BallotOpened:
        """The open ballot's statement."""
        asserted = self.opening.statement
        assert isinstance(asserted, BallotOpened)
        return asserted

    def opinion(self, person: str, *options: str, text: str = "", remark: str = "", **changes: Any) -> Envelope:
        """One option per question, by default the first; `text` goes with those that want one. Replaces the last."""
        chosen = options or tuple(question.options[0].key for question in self.asked.questions)
        before = [each for each in self.opinions() if each.opinion.elector == person]
        last = before[-1].opinion if before else None
        answers = []
        for question, option in zip(self.asked.questions, chosen, strict=True):
            known = question.option(option)
            answers.append(
                Answer(question=question.key, option=option, text=text if known and known.needs_text else "")
            )
        given: dict[str, Any] = {
            "ballot": self.asked.ballot,
            "opened": self.opening.digest,
            "elector": person,
            "capacity": self.offices[person][0],
            "answers": tuple(answers),
            "remark": remark,
            "attachments": (),
            "counter": last.counter + 1 if last else 1,
            "replaces": hashlib.sha256(bytes(last)).hexdigest() if last else None,
        }
        return self.sign(person, Opinion(**{**self.heading(), **given, **changes}))

    def extension(self, deadline_at: datetime, **changes: Any) -> Envelope:
        extended = {**self._naming_the_ballot(), "deadline_at": deadline_at, "reason": "Chờ ý kiến bổ sung."}
        return self.sign("secretary", BallotExtended(**{**extended, **changes}))

    def closing(self, **changes: Any) -> Envelope:
        closed = {**self._naming_the_ballot(), "reason": "Đã đủ ý kiến."}
        return self.sign("secretary", BallotClosed(**{**closed, **changes}))

    def result(self, collation: Collation | None = None, **changes: Any) -> Envelope:
        """What the ledger gives, or another collation."""
        counted = {
            **self._naming_the_ballot(),
            "closed_leaf": self.closed_leaf,
            "collation": collation or self.collation(),
            "register_head": self.register_head,
        }
        return self.sign("secretary", BallotResult(**{**counted, **changes}))

    def _naming_the_ballot(self) -> dict[str, Any]:
        return {**self.heading(), "ballot": self.asked.ballot, "opened": self.opening.digest}

    def open_ballot(self, **changes: Any) -> Appended:
        self.current_ballot = self.append(self.ballot(**changes))
        return self.current_ballot

    def answer(self, person: str, *options: str, text: str = "", remark: str = "") -> Appended:
        return self.append(self.opinion(person, *options, text=text, remark=remark))

    def extend(self, deadline_at: datetime) -> Appended:
        return self.append(self.extension(deadline_at))

    def close(self) -> Appended:
        return self.append(self.closing())

    def announce(self, collation: Collation | None = None) -> Appended:
        return self.append(self.result(collation))

    def of_the_ballot(self) -> tuple[Appended, ...]:
        """Everything in the ledger that belongs to the ballot."""
        return tuple(each for each in self.ledger if each.entry.tag == self.opening.envelope.digest)

    def opinions(self) -> tuple[Recorded, ...]:
        return tuple(
            Recorded(leaf=each.leaf, accepted_at=each.accepted_at, opinion=each.statement)
            for each in self.of_the_ballot()
            if isinstance(each.statement, Opinion)
        )

    @property
    def closed_leaf(self) -> int:
        return next(each.leaf for each in self.of_the_ballot() if isinstance(each.statement, BallotClosed))

    def collation(self) -> Collation:
        extensions = [each.statement for each in self.of_the_ballot() if each.leaf < self.closed_leaf]
        return collate(
            self.asked,
            [each for each in extensions if isinstance(each, BallotExtended)],
            self.opinions(),
            self.closed_leaf,
        )

    # ---------------------------------------------------------------- the record

    def placed(self, appended: Iterable[Appended]) -> tuple[PlacedEnvelope, ...]:
        return tuple(
            PlacedEnvelope(
                envelope=each.envelope,
                placed=Placed(leaf=each.leaf, accepted_at=each.accepted_at, path=self.tree.inclusion_proof(each.leaf)),
            )
            for each in appended
        )

    def record(self, **changes: Any) -> BallotRecord:
        """What an honest server hands to the secretary's client; `changes` are a dishonest one's."""
        statements = [*self.register, *self.publications, *self.of_the_ballot()]
        sizes = {size for each in statements for size in self._size_seen(each.statement)}
        first = self.opening.leaf
        honest = BallotRecord(
            checkpoint=self.checkpoint(),
            first_leaf=first,
            entries=b"".join(bytes(each.entry) for each in self.ledger[first:]),
            range_proof=self.tree.range_proof(first, len(self.tree)),
            register=self.placed(self.register),
            ballot=self.placed(self.of_the_ballot()),
            documents=self.documents,
            publications=self.placed(self.publications),
            consistency=tuple(SeenProof(size=size, path=self.tree.consistency_proof(size)) for size in sorted(sizes)),
        )
        return replace(honest, **changes)

    def _size_seen(self, said: Statement | None) -> Sequence[int]:
        try:
            size = 0 if said is None or said.seen is None else open_checkpoint(said.seen, self.log_key).size
        except ProofError:  # somebody's forgery, of which nothing can be proven
            return ()
        return (size,) if 0 < size <= len(self.tree) else ()
