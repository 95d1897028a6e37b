"""A bundle under examination: its statements as far as they can be read, and what has been found so far."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar, cast

from ecabinet.core import cades
from ecabinet.core.ballots import Opinion
from ecabinet.core.envelope import Opened, Statement, UnknownStatementError, open_envelope
from ecabinet.core.evidence.bundle import Bundle, Filed, Folder, Policy
from ecabinet.core.evidence.memory import Memory
from ecabinet.core.evidence.report import Culprit, Fault, Findings
from ecabinet.core.evidence.shelving import ShelvedEnvelope
from ecabinet.core.meetings import DocumentsPublished
from ecabinet.core.register import Register
from ecabinet.core.statements import BallotStatement, RegisterStatement

_BELONGS: Mapping[Folder, object] = {
    Folder.REGISTER: RegisterStatement,
    Folder.PUBLICATIONS: DocumentsPublished,
    Folder.BALLOT: BallotStatement,
}
Said = TypeVar("Said", bound=Statement)
_LONGEST_TOLERANCE = 10**9
"""Seconds; more says no more."""


@dataclass(slots=True)
class Examined:
    """A statement of the bundle."""

    filed: Filed
    opened: Opened | None
    """None while it can't be read, or its signature doesn't hold."""
    fault: Fault | None
    detail: str
    accepted_at: datetime | None
    """As the entry says that stands for it in the bundle."""
    is_in_ledger: bool = False
    is_valid: bool = False

    @property
    def leaf(self) -> int:
        return self.filed.leaf

    @property
    def place(self) -> str:
        return self.filed.place

    @property
    def envelope_digest(self) -> bytes:
        """Of the very bytes in the bundle; worked out already where they were opened before."""
        return (self.filed if self.opened is None else self.opened).envelope.digest

    @property
    def taker(self) -> Culprit:
        """Who answers for its being there: the server that took it in, or else whoever put it into the bundle."""
        return Culprit.LOG if self.is_in_ledger else Culprit.BUNDLE

    def taker_with(self, *others: "Examined") -> Culprit:
        """Who answers for its being there together with others: the server only if it took in all of them."""
        return self.taker if all(each.is_in_ledger for each in others) else Culprit.BUNDLE

    @property
    def is_misplaced(self) -> bool:
        """Whether it says itself to be another type than its file's name, or one that has no place in its folder."""
        if self.opened is None:
            return False
        belongs = _BELONGS.get(self.filed.folder)
        said = self.opened.statement
        return self.filed.kind != said.TYPE or belongs is None or not isinstance(said, belongs)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that the checks look at, and write to."""

    bundle: Bundle
    register: Register
    paths: Mapping[int, Sequence[bytes]]
    """Consistency paths to the checkpoint, by the size they start from."""
    policy: Policy
    time_anchors: tuple[bytes, ...]
    """Certificates (DER) of time-stamp authorities, or of their issuers, that whoever asks trusts."""
    examined: tuple[Examined, ...]
    findings: Findings
    _by_kind: dict[type[Statement], list[tuple[Examined, Statement]]] = field(default_factory=dict)
    """What can be read in the ballot."""

    @property
    def tolerance(self) -> timedelta:
        """By how much clocks may differ before it is remarked on."""
        return timedelta(seconds=min(max(self.policy.clock_tolerance_seconds, 0), _LONGEST_TOLERANCE))

    def readable(self, folder: Folder | None = None) -> Iterable[tuple[Examined, Opened]]:
        """Statements whose signature holds, in the bundle's order."""
        for each in self.examined:
            if each.opened is not None and (folder is None or each.filed.folder is folder):
                yield each, each.opened

    def said(self, kind: type[Said]) -> list[tuple[Examined, Said]]:
        """Valid statements of one class in the ballot, those that the ledger has before others, by leaf."""
        if not self._by_kind:
            for each, opened in self.readable(Folder.BALLOT):
                self._by_kind.setdefault(type(opened.statement), []).append((each, opened.statement))
        found = [(each, cast("Said", said)) for each, said in self._by_kind.get(kind, ()) if each.is_valid]
        return sorted(found, key=lambda pair: (not pair[0].is_in_ledger, pair[0].leaf))

    def first(self, kind: type[Said]) -> tuple[Examined, Said] | None:
        """The valid statement of a class that there should be one of."""
        found = self.said(kind)
        return found[0] if found else None


def examine(bundle: Bundle, memory: Memory) -> tuple[Examined, ...]:
    """Every statement of the bundle, opened if it can be."""
    return tuple(_examine(each, bundle, memory) for each in bundle.statements)


def _examine(filed: Filed, bundle: Bundle, memory: Memory) -> Examined:
    opened, fault, detail = None, None, ""
    statement_digest = bundle.digests[filed.place]
    shelved = filed.envelope if isinstance(filed.envelope, ShelvedEnvelope) else None
    signed = filed.envelope if shelved is None else shelved.fetched()
    try:
        if filed.folder is Folder.REGISTER and shelved is None:
            opened = memory.open(signed, (statement_digest, bundle.digests[filed.signature_place]))
        else:
            opened = open_envelope(signed, bytes.fromhex(statement_digest))
    except UnknownStatementError as error:
        fault, detail = Fault.UNKNOWN_STATEMENT, str(error)
    except cades.BadSignature as error:
        fault, detail = Fault.BAD_SIGNATURE, error.reason.value
    except ValueError:
        fault = Fault.UNREADABLE_STATEMENT
    if fault is Fault.UNKNOWN_STATEMENT:
        try:
            cades.verify(signed.statement, signed.signature)
        except cades.BadSignature as error:
            fault, detail = Fault.BAD_SIGNATURE, error.reason.value
    if opened is not None and shelved is not None:
        opened = Opened(shelved, opened.statement, opened.certificate)  # without its bytes
    return Examined(filed, opened, fault, detail, _accepted_at(filed, bundle))


def _accepted_at(filed: Filed, bundle: Bundle) -> datetime | None:
    if filed.receipt is not None:
        return filed.receipt.entry.accepted_at
    place = filed.leaf - bundle.proofs.first_leaf
    return bundle.entries[place].accepted_at if 0 <= place < len(bundle.entries) else None


def signer_role(said: Statement) -> Culprit:
    """Whose part it is to make such statements."""
    if isinstance(said, Opinion):
        return Culprit.ELECTOR
    return Culprit.REGISTRAR if isinstance(said, RegisterStatement) else Culprit.SECRETARY
