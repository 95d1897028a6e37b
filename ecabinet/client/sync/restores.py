"""A new epoch, after a restored backup: held against what this device verified before, and taken over (proof.md §3).

Whatever of the old log is not in the new one, the registrar must have named: `last_checkpoint` reaches at least as far
as the largest checkpoint known here, and all that the backup brought back stands where it stood. If not, there is an
alarm with evidence for anybody. If so, what was receipted to this person and is gone is put in line again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from ecabinet.client.remote import Remote
from ecabinet.client.remote_errors import RefusedByServer, RemoteError
from ecabinet.client.sync.alarms import AlarmKind, raise_alarm
from ecabinet.client.sync.apply import Reader, body_row, take_over
from ecabinet.client.sync.page import Checked, CheckedPage, DoubtfulPage
from ecabinet.client.vault import papers, schema
from ecabinet.client.vault.changes import Changes
from ecabinet.client.vault.store import Vault
from ecabinet.core import codec
from ecabinet.core.ballots import BallotExtended, BallotOpened, Opinion
from ecabinet.core.cades import BadSignature
from ecabinet.core.certificates import BadCertificate
from ecabinet.core.checkpoint import Checkpoint, open_checkpoint, origin_of, unverified
from ecabinet.core.codec import AgencyCode, Name
from ecabinet.core.envelope import Envelope, Opened, UnknownStatementError, open_envelope
from ecabinet.core.epochs import Extent
from ecabinet.core.fork import EpochEvidence, is_convicting
from ecabinet.core.ledger import Entry, ProofError, leaf_hash, verify_consistency, verify_inclusion
from ecabinet.core.meetings import DocumentsPublished, MeetingSent
from ecabinet.core.protocol import FeedPage, FeedRow, PlacedEnvelope, Reason, RegisterRecord, RowKind
from ecabinet.core.register import EpochStarted, Register, register_tag
from ecabinet.core.tiles import TiledTree

_SENT_AGAIN = tuple(kind.TYPE for kind in (Opinion, BallotOpened, BallotExtended, DocumentsPublished, MeetingSent))
"""A closing and a result are not: what they counted may still be on its way, and stands at other leaves then."""


class LostHistory(Exception):
    """A new epoch has no place for what an earlier log signed."""

    def __init__(self, evidence: EpochEvidence, at: datetime, *, is_for_good: bool) -> None:
        super().__init__()
        self.evidence, self.at, self.is_for_good = evidence, at, is_for_good

    def keep(self, db: Connection) -> None:
        """Keeps the alarm. What was merely named too short, a further epoch may still put right."""
        raise_alarm(db, AlarmKind.FORK, self.evidence, subject="", at=self.at)
        if self.is_for_good:
            bodies = schema.bodies
            db.execute(update(bodies).where(bodies.c.body == self.evidence.body).values(is_forked=True))


@dataclass(frozen=True, slots=True)
class _Replayed:
    """A register as the server has it now, proven to a checkpoint of its last log."""

    record: RegisterRecord
    register: Register
    shown: Checkpoint
    opened: tuple[Opened, ...]


class Restores:
    """Of one body. The vault is only touched through the serial lane."""

    def __init__(
        self, vault: Vault, remote: Remote, *, body: AgencyCode, person: Name, now: Callable[[], datetime]
    ) -> None:
        self._vault, self._remote, self._body, self._person, self._now = vault, remote, body, person, now

    def is_of_new_epoch(self, note: str, register: Register | None) -> bool:
        """Whether a checkpoint is of a later log than the one known here; not yet whether its claim is true."""
        known = origin_of(self._body, 1) if register is None else register.log_key.name
        try:
            return unverified(note).origin not in ({known} if register is None else register.epochs.log_keys)
        except ProofError:
            return False

    def report(self) -> None:
        """Tells a server that waits for a new epoch how far the ledger is known here to have come."""
        for note in self._vault.do(self.furthest):
            try:
                self._remote.restored(self._body, note)
            except RefusedByServer as error:
                if error.refusal.reason is not Reason.UNKNOWN:  # it waits no longer
                    raise

    def furthest(self, db: Connection) -> list[str]:
        """The largest checkpoint of each log that reached this device, whoever had seen it."""
        seen = schema.checkpoints.c
        largest: dict[str, tuple[int, str]] = {}
        for row in db.execute(select(seen.note, seen.size).where(seen.body == self._body)):
            origin = row.note.partition("\n")[0]
            largest[origin] = max(largest.get(origin, (0, "")), (row.size, row.note))
        return [note for _, note in largest.values()]

    def cross(self) -> Changes:
        """Takes a new epoch over. Raises LostHistory, DoubtfulPage, RemoteError."""
        known, note, earlier = self._vault.do(self._known)
        replayed = self._replayed(known)
        if known is not None and note is not None:
            if replayed.register.epoch <= known.epoch:
                raise DoubtfulPage
            if self._hold(replayed, note) is Extent.LOST:
                end = replayed.register.epochs.end_of(known.log_key.name)
                kept = [each for each in earlier if unverified(each).size <= (end or 0)]
                if kept:
                    self._hold(replayed, max(kept, key=lambda each: unverified(each).size))
        return self._vault.do(lambda db: self._take(db, replayed, known))

    def join_earlier(self, register: Register, note: str) -> None:
        """Makes sure that a checkpoint of an earlier epoch has its place in this one. Raises as `cross`."""
        if register.epochs.extent(register.epochs.open(note)) is not Extent.LOST:
            self._hold(self._replayed(register), note)

    # ---------------------------------------------------------------- holding against

    def _replayed(self, known: Register | None) -> _Replayed:
        record = self._remote.register(self._body)
        register: Register | None = None
        try:
            said = [open_envelope(each.envelope) for each in record.register]
            for opened, placed in zip(said, record.register, strict=True):
                if register is None:
                    register = Register.found(opened)
                else:
                    register.add(opened, placed.placed.leaf, placed.placed.accepted_at)
            if register is None or register.founding.body != self._body:
                raise DoubtfulPage
            shown = open_checkpoint(record.checkpoint, register.log_key)
            for opened, placed in zip(said, record.register, strict=True):
                _verify_place(opened, placed, shown)
        except (BadCertificate, BadSignature, UnknownStatementError, ValueError) as error:
            raise DoubtfulPage from error
        if known is not None and register.founding != known.founding:
            raise DoubtfulPage
        return _Replayed(record, register, shown, tuple(said))

    def _hold(self, replayed: _Replayed, note: str) -> Extent:
        """What became of a checkpoint that an earlier log signed. Raises LostHistory if that ought not to be."""
        epochs = replayed.register.epochs
        try:
            before = epochs.open(note)
        except ProofError as error:
            raise DoubtfulPage from error
        extent = epochs.extent(before)
        if extent is Extent.LOST:
            return extent
        if extent is not Extent.KEPT:
            raise self._lost(replayed, note, None, (), is_for_good=extent is Extent.OTHER)
        shown = replayed.shown
        proof = self._remote.consistency(self._body, before.size, shown.size)
        try:
            verify_consistency(before.size, shown.size, proof, before.root, shown.root)
        except ProofError:
            tree = TiledTree(
                shown.size, shown.root, lambda tile: self._remote.tile(self._body, replayed.register.epoch, tile)
            )
            root, path = _beginning(tree, before.size)
            if is_convicting(before, shown, root, path) is False:
                raise DoubtfulPage from None
            raise self._lost(replayed, note, root, path, is_for_good=True) from None
        return extent

    def _lost(
        self, replayed: _Replayed, note: str, root: bytes | None, path: tuple[bytes, ...], *, is_for_good: bool
    ) -> LostHistory:
        pairs = zip(replayed.opened, replayed.record.register, strict=True)
        evidence = EpochEvidence(
            body=self._body,
            founding=replayed.opened[0].envelope,
            epochs=tuple(placed for opened, placed in pairs if isinstance(opened.statement, EpochStarted)),
            known=note,
            shown=replayed.record.checkpoint,
            root=root,
            path=path,
        )
        return LostHistory(evidence, self._now(), is_for_good=is_for_good)

    def _known(self, db: Connection) -> tuple[Register | None, str | None, list[str]]:
        """The register, the largest checkpoint, and all others that were verified of its log."""
        register = self._vault.registers.of(db, self._body)
        if register is None:
            return None, None, []
        seen = schema.checkpoints.c
        own = seen.note.startswith(f"{register.log_key.name}\n", autoescape=True)
        notes = db.scalars(select(seen.note).where(seen.body == self._body, seen.is_checked, own)).all()
        return register, body_row(db, self._body).checkpoint, list(notes)

    # ---------------------------------------------------------------- taking over

    def _take(self, db: Connection, replayed: _Replayed, known: Register | None) -> Changes:
        changes = Changes(register=True)
        if known is not None:
            end = replayed.register.epochs.end_of(known.log_key.name)
            changes |= self._part(db, end or 0)
            self._vault.registers.forget(self._body)
        rows = tuple(
            FeedRow(position=0, kind=RowKind.ENVELOPE, envelope=each.envelope, placed=each.placed)
            for each in replayed.record.register
        )
        note = replayed.record.checkpoint
        page = FeedPage(epoch="", rows=rows, position=0, has_more=True, checkpoint=note, consistency=())
        checked = CheckedPage(
            rows=tuple(Checked(row=row, opened=opened) for row, opened in zip(rows, replayed.opened, strict=True)),
            checkpoint=replayed.shown,
            note=note,
            register=replayed.register,
        )
        reader = Reader(body=self._body, person=self._person, now=self._now())
        return changes | take_over(db, page, checked, reader).changes()

    def _part(self, db: Connection, end: int) -> Changes:
        """Parts with what was at `end` and later: one's own is kept and sent again, the rest comes if it comes."""
        said, ballots, line = schema.statements, schema.ballots, schema.outbox
        gone = (said.c.body == self._body) & (said.c.leaf >= end)
        own = gone & (said.c.signer == self._person)
        self._keep_lost(db, own)
        again = db.scalars(select(said.c.id).where(own, said.c.is_own, said.c.type.in_(_SENT_AGAIN))).all()
        others = db.execute(select(said.c.id, said.c.thing).where(gone, said.c.id.not_in(again))).all()
        touched = {row.thing for row in others if row.thing is not None}
        touched |= {*db.scalars(select(said.c.thing).where(said.c.id.in_(again), said.c.thing.is_not(None)))}
        db.execute(update(said).where(said.c.id.in_(again)).values(leaf=None, accepted_at=None))
        anew = {"refusal": None, "sent_at": None, "attempts": 0}
        db.execute(update(line).where(line.c.statement.in_(again)).values(anew))
        ids = [row.id for row in others]
        papers.forget_named(db, select(said.c.id).where(said.c.id.in_(ids)))
        for kept in (line.c.statement, said.c.id):
            db.execute(delete(kept.table).where(kept.in_(ids)))
        db.execute(delete(schema.receipts).where(schema.receipts.c.statement.in_([*again, *ids])))
        mine = ballots.c.body == self._body
        reopened = {"closed_at": None, "closed_leaf": None}
        db.execute(update(ballots).where(mine, ballots.c.closed_leaf >= end).values(reopened))
        db.execute(update(ballots).where(mine, ballots.c.result.in_(ids)).values(result=None))
        return Changes(ballots=frozenset(touched), meetings=frozenset(touched))

    def _keep_lost(self, db: Connection, own: ColumnElement[bool]) -> None:
        said, receipts = schema.statements, schema.receipts
        asked = select(said, receipts.c.text).outerjoin(receipts, receipts.c.statement == said.c.id).where(own)
        for row in db.execute(asked).all():
            kept: dict[str, Any] = {
                "statement": row.id,
                "body": row.body,
                "envelope": codec.dump(Envelope(row.statement, row.signature)),
                "leaf": row.leaf,
                "accepted_at": row.accepted_at,
                "receipt": row.text,
                "lost_at": self._now(),
            }
            if db.scalar(select(schema.lost.c.statement).where(schema.lost.c.statement == row.id)) is None:
                db.execute(insert(schema.lost).values(kept))  # what was lost twice was receipted first then


def _verify_place(opened: Opened, placed: PlacedEnvelope, shown: Checkpoint) -> None:
    entry = Entry(
        tag=register_tag(opened.statement.body),
        envelope_digest=opened.envelope.digest,
        accepted_at=placed.placed.accepted_at,
    )
    verify_inclusion(leaf_hash(bytes(entry)), placed.placed.leaf, shown.size, placed.placed.path, shown.root)


def _beginning(tree: TiledTree, size: int) -> tuple[bytes | None, tuple[bytes, ...]]:
    try:
        return tree.prove_beginning(size)
    except (ProofError, RemoteError):
        return None, ()
