"""What a feed page claims, checked before any of it is believed.

Every envelope: its signature, whether its signer had the right at that place of the ledger, and that it stands there;
the page's checkpoint: that the log signed it, and that its history continues the one known. Writes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ecabinet.core.ballots import BallotOpened, Opinion
from ecabinet.core.cades import BadSignature
from ecabinet.core.canonical import NotCanonicalError
from ecabinet.core.certificates import BadCertificate
from ecabinet.core.checkpoint import Checkpoint, LogKey, open_checkpoint
from ecabinet.core.codec import AgencyCode, Digest, MalformedError
from ecabinet.core.envelope import Envelope, Opened, UnknownStatementError, open_envelope
from ecabinet.core.ledger import Entry, ProofError, leaf_hash, verify_consistency, verify_inclusion
from ecabinet.core.meetings import DocumentVersion
from ecabinet.core.people import Thing
from ecabinet.core.protocol import FeedPage, FeedRow, Placed, RowKind
from ecabinet.core.register import Register, RegisterError, RegisterStatement, Verdict
from ecabinet.core.statements import tag_of


class DoubtfulPage(Exception):
    """Something in it does not prove right; none of it is taken over."""


class Fork(Exception):
    """The log signed two histories of which neither continues the other: `notes` are the two, the older first."""

    def __init__(self, known: str, shown: str) -> None:
        super().__init__()
        self.notes = (known, shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What has been verified of a body so far."""

    body: AgencyCode
    register: Register | None
    """A copy, which checking takes further."""
    register_leaf: int
    """Of its last statement; -1 before the founding."""
    checkpoint: str | None
    """The largest."""
    ballot_of: Callable[[Digest], BallotOpened | None]
    """By the digest of the envelope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A row that proved right. `opened` is what an envelope says; None for other rows and for types not known yet."""

    row: FeedRow
    opened: Opened | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedPage:
    """All of a page, and what is known after it."""

    rows: tuple[Checked, ...]
    checkpoint: Checkpoint
    note: str
    seen: Mapping[str, Checkpoint] = field(default_factory=dict)
    """What its signers say they saw, by the notes: signed by the log, not yet joined to the history we know."""
    register: Register


def check_page(page: FeedPage, known: Known) -> CheckedPage:
    """Raises DoubtfulPage, or Fork."""
    try:
        return _Check(page, known).run()
    except (
        BadCertificate,
        BadSignature,
        MalformedError,
        NotCanonicalError,
        ProofError,
        RegisterError,
    ) as error:
        raise DoubtfulPage from error


def join(known: str | None, note: str, proof: tuple[bytes, ...], key: LogKey) -> Checkpoint:
    """The checkpoint in `note`, whose history continues that of `known`. Raises Fork, ProofError."""
    checkpoint = open_checkpoint(note, key)
    if known is None:
        return checkpoint
    before = open_checkpoint(known, key)
    try:
        verify_consistency(before.size, checkpoint.size, proof, before.root, checkpoint.root)
    except ProofError as error:
        raise Fork(known, note) from error
    return checkpoint


class _Check:
    def __init__(self, page: FeedPage, known: Known) -> None:
        self._page, self._known = page, known
        self._register = known.register or self._founded()
        self._checkpoint = join(known.checkpoint, page.checkpoint, page.consistency, self._register.log_key)
        self._seen: dict[str, Checkpoint] = {}
        self._ballots: dict[Digest, BallotOpened] = {}

    def run(self) -> CheckedPage:
        rows = tuple(self._row(row) for row in self._page.rows)
        return CheckedPage(
            rows=rows,
            checkpoint=self._checkpoint,
            note=self._page.checkpoint,
            seen=self._seen,
            register=self._register,
        )

    def _founded(self) -> Register:
        """The register that the first row begins. Before it nothing can be checked, and nothing comes before it."""
        first = self._page.rows[0] if self._page.rows else None
        if first is None or first.envelope is None or first.placed is None or first.placed.leaf != 0:
            raise DoubtfulPage
        register = Register.found(open_envelope(first.envelope))
        if register.founding.body != self._known.body:
            raise DoubtfulPage
        return register

    def _row(self, row: FeedRow) -> Checked:
        match row:
            case FeedRow(kind=RowKind.ENVELOPE, envelope=Envelope() as envelope, placed=Placed() as placed):
                return Checked(row=row, opened=self._envelope(envelope, placed))
            case FeedRow(kind=RowKind.DOCUMENT, document=DocumentVersion() as version):
                if version.blob != version.digest:
                    raise DoubtfulPage  # papers are not sealed to their readers yet: what is stored is the paper
                return Checked(row=row)
            case (
                FeedRow(kind=RowKind.ENROLMENT, enrolment=object())
                | FeedRow(kind=RowKind.NOTE, note=object())
                | FeedRow(kind=RowKind.KEY, key=object())
                | FeedRow(kind=RowKind.RECOGNISED, recognised=object())
                | FeedRow(kind=RowKind.SHARE, share=object())
                | FeedRow(kind=RowKind.SHARE_KEY, share_key=object())
                | FeedRow(kind=RowKind.SHARED_NOTE, shared_note=object())
                | FeedRow(kind=RowKind.GONE)
            ):
                return Checked(row=row)
            case _:
                raise DoubtfulPage

    def _envelope(self, envelope: Envelope, placed: Placed) -> Opened | None:
        try:
            opened = open_envelope(envelope)
        except UnknownStatementError:
            return None  # its tag is not known, and so nothing about it can be checked: kept as bytes, shown to nobody
        entry = Entry(tag=tag_of(opened), envelope_digest=envelope.digest, accepted_at=placed.accepted_at)
        verify_inclusion(
            leaf_hash(bytes(entry)), placed.leaf, self._checkpoint.size, placed.path, self._checkpoint.root
        )
        self._judge(opened, placed)
        seen = opened.statement.seen
        if seen is not None and seen not in self._seen:
            self._seen[seen] = self._register.epochs.open(seen)
        return opened

    def _judge(self, opened: Opened, placed: Placed) -> None:
        asserted = opened.statement
        if isinstance(asserted, RegisterStatement):
            # What stands at a leaf of a history that continues ours, and was replayed before, is what it was.
            if placed.leaf > max(self._known.register_leaf, 0):
                self._register.add(opened, placed.leaf, placed.accepted_at)
            return
        if isinstance(asserted, BallotOpened):
            self._ballots[opened.digest] = asserted
        thing = self._thing(asserted) if isinstance(asserted, Opinion) else None
        if self._register.judge(opened, placed.leaf, placed.accepted_at, thing) is not Verdict.VALID:
            raise DoubtfulPage

    def _thing(self, opinion: Opinion) -> Thing:
        ballot = self._ballots.get(opinion.opened) or self._known.ballot_of(opinion.opened)
        if ballot is None:
            raise DoubtfulPage
        electors = frozenset(each.person for each in ballot.electorate.electors)
        return Thing(body=opinion.body, electors=electors, author=opinion.elector)
