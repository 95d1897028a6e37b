"""Evidence that a signed result passes over an opinion: what its author's client keeps, and how a stranger judges it.

Everything that decides whether the opinion had to count is enclosed: the register, the opening, what extended it, the
closing, the opinion, and the result. Each stands in one tree that the log signed (`shown`), and whoever signed the
result had seen the beginning of that tree: so he alone is to blame, and not a log that showed him another one.

Until the log's tiles have been had (`shown` is None), the receipt stands for the tree: the log and who signed the
result then contradict each other, and which of them is to blame is open.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar, cast

from ecabinet.core import codec
from ecabinet.core.ballots import (
    BallotClosed,
    BallotExtended,
    BallotOpened,
    BallotResult,
    Opinion,
    check_opinion,
    is_counted,
    last_deadline,
)
from ecabinet.core.cades import BadSignature
from ecabinet.core.certificates import BadCertificate
from ecabinet.core.checkpoint import Checkpoint, Receipt, unverified
from ecabinet.core.codec import AgencyCode, Name
from ecabinet.core.envelope import Opened, Statement, open_envelope, parse
from ecabinet.core.epochs import Extent
from ecabinet.core.fork import UnreadableEvidence
from ecabinet.core.ledger import Entry, ProofError, leaf_hash, verify_consistency, verify_inclusion
from ecabinet.core.people import Thing
from ecabinet.core.protocol import PlacedEnvelope
from ecabinet.core.register import BodyFounded, Register, RegisterError, Verdict
from ecabinet.core.statements import tag_of

Said = TypeVar("Said", bound=Statement)
LARGEST = 32 * 1024 * 1024
"""Bytes of such a file: the register of ten thousand devices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OmissionEvidence:
    """An opinion, and the result that does not count it. All paths are empty while `shown` is None."""

    body: AgencyCode
    register: tuple[PlacedEnvelope, ...]
    """From the founding on, in order."""
    ballot: tuple[PlacedEnvelope, ...]
    """`ballot.opened`, every `ballot.extended`, `ballot.closed`, `ballot.result`."""
    opinion: PlacedEnvelope
    receipt: str | None
    """As the log acknowledged it: of an earlier epoch, if a restored backup lost the opinion."""
    shown: str | None
    """The checkpoint to which all paths lead."""
    seen: tuple[bytes, ...]
    """The consistency path to it from what the signer of the result had seen."""


class OmissionVerdict(StrEnum):
    """What comes of it."""

    PASSED_OVER = "passed_over"
    """The opinion had to count, its place was before the result's signer, and the result does not count it."""
    NOT_SHOWN = "not_shown"
    """The log acknowledged it, and the result does not count it; that the signer had it before him is not shown."""
    COUNTED = "counted"
    """The result does count it."""
    NEED_NOT_COUNT = "need_not_count"
    """It came late, or after the closing; or its signer was not asked, or had no valid key; or it answers otherwise."""
    FORGED = "omission_forged"
    """Something in it is not signed by whom it says, or does not stand where it says."""
    OTHER_REGISTRAR = "omission_other_registrar"
    """Its registrar is not one that the verifier trusts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OmissionFacts:
    """What the evidence comes to, and what it says of itself."""

    verdict: OmissionVerdict
    body: AgencyCode
    body_name: str
    time_zone: str
    subject: str
    """Of the ballot; empty if its opening is not enclosed."""
    elector: Name
    office: str
    """In which he answered."""
    leaf: int
    accepted_at: datetime
    counted: int | None
    """The leaf that the result counts for him instead."""
    signer: Name | None
    """Who signed the result, by the register; None if that can't be said."""
    signer_office: str


def read_omission(data: bytes) -> OmissionEvidence:
    """Raises UnreadableEvidence, whatever it is fed."""
    try:
        return codec.load(OmissionEvidence, data, limit=LARGEST)
    except ValueError as error:
        raise UnreadableEvidence from error


def check_omission(evidence: OmissionEvidence, anchors: tuple[bytes, ...]) -> OmissionFacts:
    """Judges evidence for somebody who trusts `anchors` (DER). Raises UnreadableEvidence, and nothing else."""
    try:
        opinion = parse(evidence.opinion.envelope.statement)
        founding = parse(evidence.register[0].envelope.statement)
        said = [parse(each.envelope.statement) for each in evidence.ballot]
    except (ValueError, IndexError) as error:
        raise UnreadableEvidence from error
    results = [each for each in said if isinstance(each, BallotResult)]
    if not isinstance(opinion, Opinion) or not isinstance(founding, BodyFounded) or len(results) != 1:
        raise UnreadableEvidence
    try:
        case = _Case.of(evidence)
        verdict = case.judge(anchors)
        signer = case.register.signer(case.the(BallotResult)[0])
        person = None if signer is None else case.register.person(signer)
    except (BadCertificate, BadSignature, OverflowError, ValueError):  # ProofError and RegisterError are ValueErrors
        verdict, signer, person = OmissionVerdict.FORGED, None, None
    return OmissionFacts(
        verdict=verdict,
        body=evidence.body,
        body_name=founding.name,
        time_zone=founding.time_zone,
        subject=next((each.subject for each in said if isinstance(each, BallotOpened)), ""),
        elector=opinion.elector,
        office=opinion.capacity,
        leaf=evidence.opinion.placed.leaf,
        accepted_at=evidence.opinion.placed.accepted_at,
        counted=_counted(results[0], opinion.elector),
        signer=signer,
        signer_office="" if person is None else person.office,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """The evidence with every signature found true, and the register replayed."""

    evidence: OmissionEvidence
    register: Register
    registered: tuple[Opened, ...]
    ballot: tuple[Opened, ...]
    opinion: Opened

    @classmethod
    def of(cls, evidence: OmissionEvidence) -> "_Case":
        """Raises BadCertificate, BadSignature, ValueError."""
        registered = tuple(open_envelope(each.envelope) for each in evidence.register)
        register = Register.found(registered[0])
        if register.founding.body != evidence.body or evidence.register[0].placed.leaf:
            raise RegisterError("not this body's founding")
        leaf = 0
        for opened, each in zip(registered[1:], evidence.register[1:], strict=True):
            if each.placed.leaf <= leaf:
                raise RegisterError("out of order")
            leaf = each.placed.leaf
            register.add(opened, leaf, each.placed.accepted_at)
        return cls(
            evidence=evidence,
            register=register,
            registered=registered,
            ballot=tuple(open_envelope(each.envelope) for each in evidence.ballot),
            opinion=open_envelope(evidence.opinion.envelope),
        )

    def judge(self, anchors: tuple[bytes, ...]) -> OmissionVerdict:
        """Raises ValueError where something does not stand where it says."""
        if not self.register.is_anchored(anchors, self.register.founding.at):
            return OmissionVerdict.OTHER_REGISTRAR
        result, opinion = self._of(BallotResult), self.opinion.statement
        if not isinstance(opinion, Opinion) or opinion.ballot != result.ballot:
            raise UnreadableEvidence
        if result.register_head not in {each.digest for each in self.registered}:
            raise RegisterError("cut short: a key may have been revoked in what is missing")
        has_receipt = self.evidence.shown is None or self.evidence.receipt is not None
        if has_receipt and self._is_lost():
            return OmissionVerdict.NOT_SHOWN  # its leaf is of another tree than the result's
        counted, leaf = _counted(result, opinion.elector), self.evidence.opinion.placed.leaf
        is_in_place = self.evidence.shown is not None and self._is_in_place(self.evidence.shown)
        if counted == leaf:
            return OmissionVerdict.COUNTED
        if not self._has_to_count(opinion):
            return OmissionVerdict.NEED_NOT_COUNT
        # What the result counts may be a later opinion of his, which this file would have to show.
        is_older = counted is None or counted < leaf
        return OmissionVerdict.PASSED_OVER if is_in_place and is_older else OmissionVerdict.NOT_SHOWN

    def the(self, kind: type[Said]) -> tuple[Opened, PlacedEnvelope]:
        """The one statement of a class. Raises ValueError."""
        found = self._all(kind)
        if len(found) != 1:
            raise UnreadableEvidence
        return found[0]

    def _all(self, kind: type[Said]) -> list[tuple[Opened, PlacedEnvelope]]:
        pairs = zip(self.ballot, self.evidence.ballot, strict=True)
        return [(opened, placed) for opened, placed in pairs if isinstance(opened.statement, kind)]

    def _of(self, kind: type[Said]) -> Said:
        return cast("Said", self.the(kind)[0].statement)

    def _has_to_count(self, opinion: Opinion) -> bool:
        """By the ballot's rule, and by the ledger's places and times. Raises ValueError unless the ballot is whole."""
        (opening, _), (_, closing) = self.the(BallotOpened), self.the(BallotClosed)
        asked, result = self._of(BallotOpened), self._of(BallotResult)
        thing = Thing(body=self.evidence.body, electors=frozenset(each.person for each in asked.electorate.electors))
        for opened, placed in zip(self.ballot, self.evidence.ballot, strict=True):
            if not self._is_valid(opened, placed, thing):
                raise RegisterError("signed by somebody who might not")
            if opened is not opening and getattr(opened.statement, "opened", None) != opening.digest:
                raise UnreadableEvidence
        place, closed_leaf = self.evidence.opinion.placed, closing.placed.leaf
        extended = [said for said, each in self._extensions() if each.placed.leaf < closed_leaf]
        return (
            result.ballot == asked.ballot
            and self._is_valid(self.opinion, self.evidence.opinion, thing)
            and check_opinion(opinion, asked, opening.digest) is None
            and place.leaf < closed_leaf
            and is_counted(place.accepted_at, last_deadline(asked, extended), asked.rule)
        )

    def _extensions(self) -> list[tuple[BallotExtended, PlacedEnvelope]]:
        found = [(opened.statement, each) for opened, each in self._all(BallotExtended)]
        return [(said, each) for said, each in found if isinstance(said, BallotExtended)]

    def _is_valid(self, opened: Opened, placed: PlacedEnvelope, thing: Thing) -> bool:
        verdict = self.register.judge(opened, placed.placed.leaf, placed.placed.accepted_at, thing)
        return verdict is Verdict.VALID

    # ---------------------------------------------------------------- places

    def _is_in_place(self, note: str) -> bool:
        """Whether the result's signer had seen the beginning of the tree in which all stands.

        Raises ProofError if something stands elsewhere.
        """
        shown = self.register.epochs.open(note)
        for opened, placed in zip(
            (*self.registered, *self.ballot, self.opinion),
            (*self.evidence.register, *self.evidence.ballot, self.evidence.opinion),
            strict=True,
        ):
            _require_place(opened, placed, shown)
        return self._has_been_seen(shown)

    def _has_been_seen(self, shown: Checkpoint) -> bool:
        note = self._of(BallotResult).seen
        if note is None:
            return True  # nobody who signs a result may say that he has seen nothing
        try:
            seen = self.register.epochs.open(note)
            if self.register.epochs.extent(seen) is not Extent.KEPT:
                return False
            verify_consistency(seen.size, shown.size, self.evidence.seen, seen.root, shown.root)
        except ProofError:
            return False
        return True

    def _is_lost(self) -> bool:
        """Whether the log that acknowledged the opinion has been followed by one that goes on without it.

        Raises ProofError unless a log of the body did acknowledge it, there and then.
        """
        epochs, placed = self.register.epochs, self.evidence.opinion.placed
        receipt = Receipt.from_text(self.evidence.receipt or "")
        key = epochs.log_keys.get(unverified(receipt.note).origin, epochs.last.log_key)
        receipt.verify(key, tag=tag_of(self.opinion), envelope_digest=self.opinion.envelope.digest)
        if (receipt.index, receipt.entry.accepted_at) != (placed.leaf, placed.accepted_at):
            raise ProofError("the receipt is for another place")
        end = epochs.end_of(key.name)
        return end is not None and end <= placed.leaf


def _require_place(opened: Opened, placed: PlacedEnvelope, shown: Checkpoint) -> None:
    place = placed.placed
    entry = Entry(tag=tag_of(opened), envelope_digest=opened.envelope.digest, accepted_at=place.accepted_at)
    verify_inclusion(leaf_hash(bytes(entry)), place.leaf, shown.size, place.path, shown.root)


def _counted(result: BallotResult, elector: Name) -> int | None:
    """The leaf that a result counts for an elector."""
    lines: Sequence[int | None] = [line.leaf for line in result.collation.lines if line.elector == elector]
    return lines[0] if lines else None
