"""A ballot under way: who has answered, its deadline, its closing, its result and its evidence."""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from ecabinet.client.desk.ballots import BallotLine, Ballots, ballot_opened, ballot_row
from ecabinet.client.desk.errors import BadAnswer, NotHere, WitnessesAwaited
from ecabinet.client.desk.records import Counted, RecordDoubtful, count
from ecabinet.client.desk.rules import usual_rules
from ecabinet.client.desk.saving import save_whole
from ecabinet.client.desk.unlocked import Unlocked, in_nfc
from ecabinet.client.remote_errors import RemoteError
from ecabinet.client.sync import DoubtfulPage, Fork, Report
from ecabinet.client.sync.revocations import revocations_for
from ecabinet.client.sync.time_stamps import exported, time_stamp_of
from ecabinet.client.sync.witnessed import is_witnessed
from ecabinet.client.vault import schema
from ecabinet.client.vault.changes import Changes
from ecabinet.core import cades, canonical, evidence
from ecabinet.core.ballots import (
    Answer,
    BallotClosed,
    BallotExtended,
    BallotOpened,
    BallotResult,
    Collation,
    Opinion,
)
from ecabinet.core.codec import Digest, Identifier, Name, whole_milliseconds
from ecabinet.core.envelope import Statement, parse
from ecabinet.core.evidence.bundle import REGISTRAR, TIME_STAMP, derived_files
from ecabinet.core.ledger import ProofError
from ecabinet.core.protocol import UPLOAD_PART, BallotRecord
from ecabinet.core.register import fingerprint_phrase

_WITNESSES_HAVE = timedelta(days=7)
"""From the last statement of a ballot on. What is sealed after that says that they are missing."""


class ElectorStage(StrEnum):
    """Where an elector stands on a ballot."""

    ANSWERED = "answered"
    ANSWERED_LATE = "answered_late"
    WAITING = "waiting"
    NEARLY_DUE = "nearly_due"
    """Less than a working day is left."""
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectorLine:
    """One elector, and the answer that counts."""

    person: Name
    office: str
    stage: ElectorStage
    answers: tuple[Answer, ...]
    """Empty until answered."""
    remark: str
    accepted_at: datetime | None
    changes: int
    """How often the answer was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """Who has answered a ballot, as of the last sync."""

    line: BallotLine
    electors: tuple[ElectorLine, ...]
    answered: int
    sent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultDraft:
    """The result as recomputed here from the ledger's own entries, all of them checked: just what gets signed."""

    ballot: Identifier
    statement: bytes
    collation: Collation
    electors: tuple[ElectorLine, ...]
    phrase: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A bundle, stored in the vault; `is_kept` once the server has it too."""

    ballot: Identifier
    size: int
    digest: Digest
    includes_papers: bool
    made_at: datetime
    is_kept: bool


class Counting:
    """The secretariat's acts on a ballot that was sent."""

    def __init__(self, unlocked: Unlocked, ballots: Ballots) -> None:
        self._unlocked, self._ballots, self._vault = unlocked, ballots, unlocked.vault

    def monitor(self, ballot: Identifier) -> Monitor:
        """Raises NotHere."""

        def read(db: Connection) -> Monitor:
            row = ballot_row(db, ballot)
            opened, line = ballot_opened(db, row), self._ballots.line(db, row)
            electors = self._lines(db, opened, _opinions(db, ballot), line.deadline_at)
            answered = sum(bool(each.answers) for each in electors)
            return Monitor(line=line, electors=electors, answered=answered, sent=len(electors))

        return self._vault.do(read)

    def extend(self, ballot: Identifier, deadline_at: datetime, reason: str, pin: str) -> Changes:
        """Sets a later deadline, announced to all.

        Raises WrongPin, KeyUnusable, StorageUnusable, NotHere, and ValueError for a deadline that is not later.
        """

        def make(heading: Mapping[str, Any], row: Any) -> Statement:
            if deadline_at <= row.deadline_at:
                raise ValueError("deadline_at")
            named = {"ballot": ballot, "opened": row.opened_digest}
            return BallotExtended(**heading, **named, deadline_at=deadline_at, reason=reason)

        return self._act(ballot, make, pin)

    def close(self, ballot: Identifier, reason: str, pin: str) -> Changes:
        """The act that ends it: what arrives later is late. Raises WrongPin, KeyUnusable, StorageUnusable, NotHere."""

        def make(heading: Mapping[str, Any], row: Any) -> Statement:
            return BallotClosed(**heading, ballot=ballot, opened=row.opened_digest, reason=reason)

        return self._act(ballot, make, pin)

    # ---------------------------------------------------------------- the result

    def result(self, ballot: Identifier) -> ResultDraft:
        """*Network.* Fetches the ballot's record, checks all of it against the ledger and recomputes. Signs nothing.

        Raises RemoteError and its kinds, NotHere, RecordDoubtful when the record does not prove right.
        """
        counted = self._count(ballot, self._record(ballot))

        def draft(db: Connection) -> ResultDraft:
            result = BallotResult(
                **self._unlocked.heading(db),
                ballot=ballot,
                opened=counted.opened_digest,
                closed_leaf=counted.closed_leaf,
                collation=counted.collation,
                register_head=counted.register_head,
            )
            opinions = [(each.leaf, each.accepted_at, each.opinion) for each in counted.opinions]
            statement = bytes(result)
            return ResultDraft(
                ballot=ballot,
                statement=statement,
                collation=counted.collation,
                electors=self._lines(db, counted.opened, opinions, counted.collation.deadline_at),
                phrase=fingerprint_phrase(canonical.digest(statement)),
            )

        return self._vault.do(draft)

    def sign_result(self, result: ResultDraft, pin: str) -> Changes:
        """Raises WrongPin, KeyUnusable, StorageUnusable."""
        signer = self._unlocked.signer(pin)
        self._vault.do(lambda db: self._unlocked.queue(db, parse(result.statement), signer))
        self._unlocked.sync.recount()
        return Changes(ballots=frozenset({result.ballot}))

    # ---------------------------------------------------------------- evidence

    def make_evidence(self, ballot: Identifier, pin: str, *, includes_papers: bool, report: Report) -> Evidence:
        """*Network.* Builds the bundle from a fresh record, signs its container, keeps it here and on the server.

        A bundle made before is made anew only for another choice of papers. Before it is kept it is checked, as a
        stranger would. Raises RemoteError and its kinds, RecordDoubtful, WitnessesAwaited, WrongPin, KeyUnusable,
        StorageUnusable, NotHere.
        """
        made = self.evidence(ballot)
        if made is None or made.includes_papers != includes_papers:
            record = self._record(ballot)
            self._count(ballot, record)
            self._require_witnesses(record)
            made = self._seal(ballot, record, pin, includes_papers=includes_papers)
        if not made.is_kept:
            self._upload(made, report)
        with suppress(RemoteError):  # evidence waits for no time stamp: the next round asks again
            self._unlocked.sync.fetch_time_stamps()
        return self.evidence(ballot) or made

    def evidence(self, ballot: Identifier) -> Evidence | None:
        """The bundle made last."""

        def read(db: Connection) -> Evidence | None:
            row = db.execute(select(schema.evidence).where(schema.evidence.c.ballot == ballot)).one_or_none()
            if row is None:
                return None
            return Evidence(
                ballot=ballot,
                size=row.size,
                digest=row.digest,
                includes_papers=row.includes_papers,
                made_at=row.made_at,
                is_kept=row.is_pushed,
            )

        return self._vault.do(read)

    def save_evidence(self, ballot: Identifier, path: Path) -> None:
        """Writes the bundle to a file (`….asice`), whole or not at all, for nobody but this user to read.

        With the time stamp of its closing, and what outside authorities say of those who signed, as far as they are
        here by now. Raises NotHere, OSError, StorageUnusable.
        """
        made = self.evidence(ballot)
        if made is None:
            raise NotHere

        def enclosed(db: Connection) -> Mapping[str, bytes]:
            token = time_stamp_of(db, made.digest)
            stamp = {} if token is None else {TIME_STAMP: token}
            return {**stamp, **revocations_for(db, self._unlocked.register(db), ballot)}

        with self._vault.files.read(made.digest) as source:
            save_whole(path, exported(source, self._vault.do(enclosed)))

    def trust_anchor(self) -> bytes:
        """The registrar's certificate (PEM): what a stranger needs beside the bundle, from another hand."""
        founding = self._vault.do(self._unlocked.register).founding
        return derived_files(founding)[REGISTRAR]

    # ---------------------------------------------------------------- steps

    def _act(self, ballot: Identifier, make: "_Make", pin: str) -> Changes:
        signer = self._unlocked.signer(pin)

        def act(db: Connection) -> None:
            statement = make(self._unlocked.heading(db), ballot_row(db, ballot))
            self._unlocked.queue(db, in_nfc(statement), signer)

        self._vault.do(act)
        self._unlocked.sync.recount()
        return Changes(ballots=frozenset({ballot}))

    def _lines(
        self, db: Connection, opened: BallotOpened, opinions: list["_Given"], deadline_at: datetime
    ) -> tuple[ElectorLine, ...]:
        given: dict[Name, list[_Given]] = {}
        for each in opinions:
            given.setdefault(each[2].elector, []).append(each)
        now, zone, calendar = self._unlocked.sync.now(), self._unlocked.zone(db), usual_rules().calendar
        if deadline_at <= now:
            silent = ElectorStage.OVERDUE
        else:
            is_near = calendar.is_nearly_due(deadline_at, now, zone)
            silent = ElectorStage.NEARLY_DUE if is_near else ElectorStage.WAITING
        return tuple(
            _elector_line(each.person, each.office, given.get(each.person, []), silent, deadline_at)
            for each in opened.electorate.electors
        )

    def _record(self, ballot: Identifier) -> BallotRecord:
        """The ballot's record, of the history known here."""
        self._vault.do(lambda db: ballot_row(db, ballot))
        record = self._unlocked.remote.record(self._unlocked.body, ballot)
        try:
            self._unlocked.sync.join_checkpoint(record.checkpoint)
        except (DoubtfulPage, Fork, ProofError) as error:
            raise RecordDoubtful("checkpoint") from error
        return record

    def _count(self, ballot: Identifier, record: BallotRecord) -> Counted:
        """What the record comes to, as one of the ballot that was opened here and of no other."""
        opened_digest = self._vault.do(lambda db: ballot_row(db, ballot).opened_digest)
        return count(record, self._vault.do(self._unlocked.register), opened_digest)

    def _require_witnesses(self, record: BallotRecord) -> None:
        """The bundle that is kept is the one for good: it may wait for witnesses, but not for ever."""
        policy = self._vault.do(self._unlocked.register).founding.witnesses
        last = max(each.placed.accepted_at for each in record.ballot)
        if not policy.quorum or self._unlocked.sync.now() - last > _WITNESSES_HAVE:
            return
        try:
            is_enough = is_witnessed(record.checkpoint, policy)
        except ProofError as error:
            raise RecordDoubtful("checkpoint") from error
        if not is_enough:
            raise WitnessesAwaited

    def _seal(self, ballot: Identifier, record: BallotRecord, pin: str, *, includes_papers: bool) -> Evidence:
        now = self._unlocked.clock()
        papers = self._papers(record) if includes_papers else {}
        try:
            unsigned = evidence.assemble(record, papers)
        except evidence.UnfitRecord as error:
            raise RecordDoubtful("ballot.result") from error
        bundle = unsigned.seal(cades.sign(unsigned.manifest, self._unlocked.signer(pin), now))
        founding = self._vault.do(self._unlocked.register).founding
        report = evidence.check(evidence.read(bundle), (founding.registrar_keys.signing_certificate,))
        if report.failures():
            raise RecordDoubtful(report.failures()[0][0])
        digest = hashlib.sha256(bundle).hexdigest()
        self._vault.files.put(digest, memoryview(bundle))
        made = Evidence(
            ballot=ballot,
            size=len(bundle),
            digest=digest,
            includes_papers=includes_papers,
            made_at=whole_milliseconds(now),
            is_kept=False,
        )
        self._vault.do(lambda db: self._keep_evidence(db, made))
        return made

    def _keep_evidence(self, db: Connection, made: Evidence) -> None:
        values: dict[str, Any] = {"digest": made.digest, "size": made.size, "includes_papers": made.includes_papers}
        values |= {"body": self._unlocked.body, "made_at": made.made_at, "is_pushed": made.is_kept}
        kept = insert(schema.evidence).values(ballot=made.ballot, **values)
        db.execute(kept.on_conflict_do_update(index_elements=["ballot"], set_=values))

    def _papers(self, record: BallotRecord) -> dict[Digest, bytes]:
        """The ballot's papers that are here."""
        papers = {}
        for version in record.documents:
            if self._vault.files.holds(version.blob):
                with self._vault.files.read(version.blob) as file:
                    into = bytearray(file.size)
                    file.read_into(0, memoryview(into))
                papers[version.digest] = bytes(into)
        return papers

    def _upload(self, made: Evidence, report: Report) -> None:
        remote, body = self._unlocked.remote, self._unlocked.body
        received = remote.offer(body, made.digest, made.size)
        with self._vault.files.read(made.digest) as file:
            for part in file.parts(UPLOAD_PART, received):
                report(received, made.size)
                received = remote.upload(body, made.digest, received, part)
        if received != made.size:
            raise BadAnswer
        remote.keep_bundle(body, made.ballot, made.digest, made.size)
        kept = replace(made, is_kept=True)
        self._vault.do(lambda db: self._keep_evidence(db, kept))


_Given: TypeAlias = tuple[int, datetime, Opinion]
"""Leaf, when it was accepted, and what it says."""
_Make: TypeAlias = Callable[[Mapping[str, Any], Any], Statement]


def _opinions(db: Connection, ballot: Identifier) -> list[_Given]:
    """All that are in the ledger, by leaf."""
    said = schema.statements.c
    mine = (said.thing == ballot) & (said.type == Opinion.TYPE) & said.leaf.is_not(None)
    asked = select(said.leaf, said.accepted_at, said.statement).where(mine).order_by(said.leaf)
    found = [(leaf, accepted_at, parse(data)) for leaf, accepted_at, data in db.execute(asked)]
    return [(leaf, at, opinion) for leaf, at, opinion in found if isinstance(opinion, Opinion)]


def _elector_line(
    person: Name, office: str, given: list[_Given], silent: ElectorStage, deadline_at: datetime
) -> ElectorLine:
    if not given:
        unanswered: dict[str, Any] = {"answers": (), "remark": "", "accepted_at": None, "changes": 0}
        return ElectorLine(person=person, office=office, stage=silent, **unanswered)
    in_time = [each for each in given if each[1] <= deadline_at]
    _, accepted_at, opinion = (in_time or given)[-1]
    return ElectorLine(
        person=person,
        office=office,
        stage=ElectorStage.ANSWERED if in_time else ElectorStage.ANSWERED_LATE,
        answers=opinion.answers,
        remark=opinion.remark,
        accepted_at=accepted_at,
        changes=len(given) - 1,
    )
