"""A ballot's record as the server gives it, checked entry by entry before anything is counted from it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ecabinet.client.remote_errors import NeedsNewerVersion
from ecabinet.core.ballots import (
    BallotClosed,
    BallotExtended,
    BallotOpened,
    Collation,
    Opinion,
    Recorded,
    check_opinion,
    collate,
)
from ecabinet.core.cades import BadSignature
from ecabinet.core.canonical import NotCanonicalError
from ecabinet.core.certificates import BadCertificate
from ecabinet.core.checkpoint import open_checkpoint
from ecabinet.core.codec import Digest, MalformedError
from ecabinet.core.envelope import Opened, UnknownStatementError, open_envelope
from ecabinet.core.ledger import ENTRY_SIZE, Entry, ProofError, leaf_hash, verify_inclusion, verify_range
from ecabinet.core.people import Thing
from ecabinet.core.protocol import BallotRecord, PlacedEnvelope
from ecabinet.core.register import Register, RegisterError, Verdict
from ecabinet.core.statements import tag_of


class RecordDoubtful(Exception):
    """What the server gave as a ballot's record does not prove right; nothing was signed. `place` says where."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What a record that proved right comes to."""

    opened: BallotOpened
    opened_digest: Digest
    closed_leaf: int
    collation: Collation
    opinions: tuple[Recorded, ...]
    """All of them, by leaf; which ones count, the collation says."""
    register_head: Digest


def count(record: BallotRecord, register: Register, opened_digest: Digest) -> Counted:
    """Checks a record against the register and the opening known here, and counts.

    `opened_digest` is of the `ballot.opened` envelope: a record of another ballot, however sound, is none of this one.
    Raises RecordDoubtful, NeedsNewerVersion.

    That the record's checkpoint continues the history known here is the caller's to see to.
    """
    return _Check(record, register, opened_digest).run()


class _Check:
    def __init__(self, record: BallotRecord, register: Register, opened_digest: Digest) -> None:
        self._record, self._known, self._opened_digest = record, register, opened_digest

    def run(self) -> Counted:
        with _doubts("checkpoint"):
            self._checkpoint = open_checkpoint(self._record.checkpoint, self._known.log_key)
        with _doubts("entries"):
            entries = self._entries()
        with _doubts("register"):
            register = self._register()
        with _doubts("ballot"):
            said = self._said(entries)
        first = said[0][1] if said else None
        if first is None or not isinstance(first.statement, BallotOpened) or said[0][0] != self._record.first_leaf:
            raise RecordDoubtful("ballot")
        if first.digest != self._opened_digest:
            raise RecordDoubtful("ballot")
        return self._count(said, first.statement, first.digest, register)

    def _entries(self) -> list[Entry]:
        """All entries from the opening leaf to the end of the tree."""
        data = self._record.entries
        split = [data[place : place + ENTRY_SIZE] for place in range(0, len(data), ENTRY_SIZE)]
        leaves = [leaf_hash(each) for each in split]
        size = self._checkpoint.size
        if self._record.first_leaf + len(leaves) != size:
            raise ProofError("entries are missing at the end")
        verify_range(leaves, self._record.first_leaf, size, self._record.range_proof, self._checkpoint.root)
        return [Entry.from_bytes(each) for each in split]

    def _register(self) -> Register:
        """The register replayed from the record; it begins with the founding known here."""
        register: Register | None = None
        for placed in self._record.register:
            opened = self._opened(placed)
            if register is None:
                register = Register.found(opened)
            else:
                register.add(opened, placed.placed.leaf, placed.placed.accepted_at)
        if register is None or register.founding != self._known.founding:
            raise RecordDoubtful("register")
        return register

    def _opened(self, placed: PlacedEnvelope) -> Opened:
        opened, place = open_envelope(placed.envelope), placed.placed
        entry = Entry(tag=tag_of(opened), envelope_digest=placed.envelope.digest, accepted_at=place.accepted_at)
        root = self._checkpoint.root
        verify_inclusion(leaf_hash(bytes(entry)), place.leaf, self._checkpoint.size, place.path, root)
        return opened

    def _said(self, entries: list[Entry]) -> list[tuple[int, Opened, Entry]]:
        """Every statement of the ballot, by leaf: for each entry with its tag the envelope, and none besides."""
        given = {placed.placed.leaf: placed.envelope for placed in self._record.ballot}
        tag = entries[0].tag
        said = []
        for leaf, entry in enumerate(entries, self._record.first_leaf):
            if entry.tag != tag:
                continue
            envelope = given.pop(leaf, None)
            if envelope is None or envelope.digest != entry.envelope_digest:
                raise RecordDoubtful(f"ballot/{leaf}")
            said.append((leaf, open_envelope(envelope), entry))
        if given:
            raise RecordDoubtful(f"ballot/{min(given)}")
        return said

    def _count(
        self, said: list[tuple[int, Opened, Entry]], opened: BallotOpened, digest: Digest, register: Register
    ) -> Counted:
        electors = frozenset(each.person for each in opened.electorate.electors)
        extensions: list[tuple[int, BallotExtended]] = []
        recorded: list[Recorded] = []
        closed_leaf: int | None = None
        for leaf, each, entry in said:
            author = each.statement.elector if isinstance(each.statement, Opinion) else None
            thing = Thing(body=opened.body, electors=electors, author=author)
            if register.judge(each, leaf, entry.accepted_at, thing) is not Verdict.VALID:
                raise RecordDoubtful(f"ballot/{leaf}")
            match each.statement:
                case BallotExtended() as extended:
                    extensions.append((leaf, extended))
                case BallotClosed():
                    closed_leaf = leaf if closed_leaf is None else closed_leaf
                case Opinion() as opinion:
                    if check_opinion(opinion, opened, digest) is not None:
                        raise RecordDoubtful(f"ballot/{leaf}")
                    recorded.append(Recorded(leaf=leaf, accepted_at=entry.accepted_at, opinion=opinion))
        if closed_leaf is None:
            raise RecordDoubtful("ballot.closed")
        before = [extended for leaf, extended in extensions if leaf < closed_leaf]
        return Counted(
            opened=opened,
            opened_digest=digest,
            closed_leaf=closed_leaf,
            collation=collate(opened, before, recorded, closed_leaf),
            opinions=tuple(recorded),
            register_head=register.head,
        )


@contextmanager
def _doubts(place: str) -> Iterator[None]:
    try:
        yield
    except (BadCertificate, BadSignature, MalformedError, NotCanonicalError, ProofError, RegisterError) as error:
        raise RecordDoubtful(place) from error
    except UnknownStatementError as error:
        raise NeedsNewerVersion from error
