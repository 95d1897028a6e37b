"""A client that keeps what its feed brings, and what it ought to have, worked out from the statements alone."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from ecabinet.core import envelope, protocol
from ecabinet.core.ballots import BallotOpened, BallotResult, Opinion
from ecabinet.core.checkpoint import Checkpoint, open_checkpoint
from ecabinet.core.ledger import Entry, leaf_hash, verify_consistency, verify_inclusion
from ecabinet.core.meetings import DocumentsPublished, DocumentVersion, MeetingSent
from ecabinet.core.people import Act, Person, Thing, may
from ecabinet.core.protocol import RowKind
from ecabinet.core.register import RegisterStatement
from ecabinet.core.statements import BallotStatement, tag_of
from tests.cabinet import Appended
from tests.server.served import ServedCabinet

Kept: TypeAlias = tuple[str, str]
"""An envelope's leaf, or a paper's id and version."""


@dataclass
class Reader:
    """Reads on from where it stopped, and checks every proof on the way."""

    cabinet: ServedCabinet
    person: str
    kept: dict[Kept, str] = field(default_factory=dict)
    shown: set[Kept] = field(default_factory=set)
    """All that ever came, whether or not it is kept."""
    position: int = 0
    epoch: str = ""
    checkpoint: Checkpoint | None = None

    def read(self) -> "Reader":
        has_more = True
        while has_more:
            size = self.checkpoint.size if self.checkpoint else 0
            page = self.cabinet.feed(self.person, after=self.position, epoch=self.epoch, tree=size)
            self._take(page)
            has_more = page.has_more
        return self

    def _take(self, page: protocol.FeedPage) -> None:
        newest = open_checkpoint(page.checkpoint, self.cabinet.log_key)
        if self.checkpoint is not None:
            verify_consistency(self.checkpoint.size, newest.size, page.consistency, self.checkpoint.root, newest.root)
        assert not self.epoch or page.epoch == self.epoch
        positions = [row.position for row in page.rows]
        assert positions == sorted(set(positions))
        assert not positions or self.position < positions[0] <= positions[-1] <= page.position
        assert len(page.rows) <= protocol.FEED_PAGE
        for row in page.rows:
            self._keep(row, newest)
            self.shown |= self.kept.keys()
        self.position, self.epoch, self.checkpoint = page.position, page.epoch, newest

    def _keep(self, row: protocol.FeedRow, newest: Checkpoint) -> None:
        if row.kind is RowKind.GONE:
            assert row.gone
            self.kept = {key: thing for key, thing in self.kept.items() if thing not in row.gone}
        elif row.document is not None:
            self.kept["document", f"{row.document.document}/{row.document.version}"] = row.document.document
        elif row.envelope is not None:
            assert row.placed is not None
            opened = envelope.open_envelope(row.envelope)
            entry = Entry(tag=tag_of(opened), envelope_digest=row.envelope.digest, accepted_at=row.placed.accepted_at)
            verify_inclusion(leaf_hash(bytes(entry)), row.placed.leaf, newest.size, row.placed.path, newest.root)
            self.kept["envelope", str(row.placed.leaf)] = thing_of(opened.statement)


def thing_of(said: envelope.Statement) -> str:
    """What a GONE row names when this statement goes with it."""
    if isinstance(said, MeetingSent):
        return said.meeting
    if isinstance(said, RegisterStatement):
        return ""
    return said.ballot if isinstance(said, BallotStatement) and not isinstance(said, Opinion) else said.id


def allowed(ledger: Iterable[Appended], person: Person, at: datetime) -> set[Kept]:
    """What a person ought to have, from the statements alone."""
    said = [(str(each.leaf), each.statement) for each in ledger]
    return _envelopes(said, person, at) | _papers([each for _, each in said], person, at)


def _envelopes(said: list[tuple[str, Any]], person: Person, at: datetime) -> set[Kept]:
    body = said[0][1].body
    latest = {each.meeting: set(each.participants) for _, each in said if isinstance(each, MeetingSent)}
    opened = {each.ballot: each for _, each in said if isinstance(each, BallotOpened)}
    announced = {each.ballot for _, each in said if isinstance(each, BallotResult)}
    readers_of = _readers([each for _, each in said])
    kept = set()
    for leaf, each in said:
        if isinstance(each, RegisterStatement):
            is_allowed = True
        elif isinstance(each, MeetingSent):
            readers = frozenset(latest[each.meeting] & set(each.participants))
            is_allowed = may(person, Act.READ_MEETING, Thing(body=body, readers=readers), at, body=body)
        elif isinstance(each, DocumentsPublished):
            of_all = frozenset.intersection(*(readers_of(paper) for paper in each.documents))
            is_allowed = may(person, Act.READ_PAPER, Thing(body=body, readers=of_all), at, body=body)
        else:
            electors = frozenset(elector.person for elector in opened[each.ballot].electorate.electors)
            is_opinion = isinstance(each, Opinion)
            thing = Thing(
                body=body,
                electors=electors,
                author=each.elector if is_opinion else None,
                is_announced=each.ballot in announced,
                shows_answers=opened[each.ballot].shows_answers_before_own,
            )
            is_allowed = may(person, Act.READ_OPINION if is_opinion else Act.READ_BALLOT, thing, at, body=body)
        if is_allowed:
            kept.add(("envelope", leaf))
    return kept


def _readers(said: list[Any]) -> Callable[[DocumentVersion], frozenset[str]]:
    """Before whom each version of a paper was put, and still is some version of it."""
    now: dict[str, set[str]] = {}
    ever: dict[tuple[str, int], set[str]] = {}
    meetings = {each.meeting: each for each in said if isinstance(each, MeetingSent)}
    for each in said:
        if isinstance(each, BallotOpened):
            readers = {elector.person for elector in each.electorate.electors}
            put = [(paper, readers) for paper in each.documents]
        elif isinstance(each, MeetingSent):
            put = [(paper, set(each.readers_of(item))) for item in each.items for paper in item.documents]
        else:
            continue
        for reference, readers in put:
            ever.setdefault((reference.document, reference.version), set()).update(readers)
            if isinstance(each, BallotOpened) or meetings[each.meeting] is each:
                now.setdefault(reference.document, set()).update(readers)
    return lambda paper: frozenset(now.get(paper.document, set()) & ever.get((paper.document, paper.version), set()))


def _papers(said: list[Any], person: Person, at: datetime) -> set[Kept]:
    body, readers_of = said[0].body, _readers(said)
    published = [paper for each in said if isinstance(each, DocumentsPublished) for paper in each.documents]
    kept = set()
    for paper in published:
        if may(person, Act.READ_PAPER, Thing(body=body, readers=readers_of(paper)), at, body=body):
            kept.add(("document", f"{paper.document}/{paper.version}"))
    return kept
