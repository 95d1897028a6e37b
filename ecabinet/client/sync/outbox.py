"""What waits to be sent: signed envelopes, in the order in which they were signed, and the papers they need.

What is sent is byte for byte what was signed. An envelope leaves the outbox with a receipt that proves right, or stays
in it with the refusal; a lost answer costs nothing, for the same bytes again bring the same receipt.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from ecabinet.client.remote import Remote
from ecabinet.client.remote_errors import BadAnswer, RefusedByServer, Unreachable
from ecabinet.client.sync.apply import statement_row
from ecabinet.client.vault import schema
from ecabinet.client.vault.changes import Changes
from ecabinet.client.vault.store import Vault
from ecabinet.core import codec
from ecabinet.core.checkpoint import Receipt, unverified
from ecabinet.core.codec import AgencyCode, Digest, Identifier, Name
from ecabinet.core.envelope import Envelope, Opened, open_envelope
from ecabinet.core.ledger import ProofError
from ecabinet.core.meetings import MeetingSent
from ecabinet.core.protocol import MOST_ENVELOPES, UPLOAD_PART, Outcome, Reason, Refusal
from ecabinet.core.register import Register, RegisterStatement
from ecabinet.core.statements import BallotStatement, tag_of

FOR_NOW = frozenset(
    {
        Reason.AWAITING_EPOCH,
        Reason.SERVER_FULL,
        Reason.TOO_MANY_ATTEMPTS,
        Reason.NOT_SIGNED_IN,
        Reason.NEEDS_NEWER_VERSION,
    }
)
"""Refusals that tell of the moment and not of the statement: it stays in line."""
_UNTIL_OTHERS_CAME = frozenset({Reason.UNKNOWN, Reason.NOT_ENROLLED})
"""The same of what is sent again after a restore: the ballot, or the enrolment, that it builds on may come later."""
_BATCH_SIZE = 2 * 1024 * 1024
"""Bytes of statements and signatures in one submission: in base 64 it stays below what a message may have."""
_OFFERS = 5
"""How often an upload is begun anew before it is left for the next round."""


@dataclass(frozen=True, slots=True)
class Need:
    """A file that has to be on the server before a statement."""

    blob: Digest
    size: int


def enqueue(db: Connection, opened: Opened, *, signer: Name, now: datetime, needs: Iterable[Need] = ()) -> None:
    """Puts a signed envelope in line, with what it needs; both are kept until there is a receipt."""
    row = {**statement_row(opened, signer=signer), "is_own": True, "snapshot": 0}
    db.execute(insert(schema.statements).values(row))
    asserted = opened.statement
    queued = {"statement": asserted.id, "body": asserted.body, "queued_at": now, "attempts": 0, "is_put_aside": False}
    db.execute(insert(schema.outbox).values(queued))
    for need in needs:
        upload = {"body": asserted.body, "blob": need.blob, "size": need.size, "is_done": False}
        db.execute(upsert(schema.uploads).values(upload).on_conflict_do_nothing())
        db.execute(upsert(schema.needs).values(statement=asserted.id, blob=need.blob).on_conflict_do_nothing())


def waiting(body: AgencyCode) -> Select[Any]:
    """Rows of the outbox that are neither receipted nor refused, in order."""
    line, receipted = schema.outbox, select(schema.receipts.c.statement)
    return (
        select(line)
        .where(line.c.body == body, line.c.refusal.is_(None), line.c.statement.not_in(receipted))
        .order_by(line.c.place)
    )


def upload(
    remote: Remote,
    body: AgencyCode,
    need: Need,
    parts: Callable[[int], Iterable[memoryview]],
    heed: Callable[[], None],
) -> None:
    """Uploads a file, whose `parts` from a place on are asked for; goes on where it broke off. Raises RemoteError."""
    for _ in range(_OFFERS):
        received = remote.offer(body, need.blob, need.size)
        for part in parts(received):
            heed()
            expected = received + len(part)
            received = remote.upload(body, need.blob, received, part)
            if received != expected:
                break  # another lane, or an earlier life of ours, was quicker: ask where it stands
        if received == need.size:
            return
    raise BadAnswer


class Outbox:
    """Sends what waits for one body. `tell` hears of every change at once; `heed` may raise, between requests."""

    def __init__(
        self,
        vault: Vault,
        remote: Remote,
        body: AgencyCode,
        *,
        clock: Callable[[], datetime],
        tell: Callable[[Changes], None],
        heed: Callable[[], None],
    ) -> None:
        self._vault, self._remote, self._body = vault, remote, body
        self._clock, self._tell, self._heed = clock, tell, heed

    def push(self) -> None:
        """Sends all that waits. Raises RemoteError, StorageUnusable; what was answered until then is kept."""
        done: set[Identifier] = set()
        while batch := self._vault.do(partial(self._next, done=done)):
            self._heed()
            if batch[0].is_ready:
                ready = batch[: next((n for n, each in enumerate(batch) if not each.is_ready), len(batch))]
                self._submit(ready)
                done |= {each.opened.statement.id for each in ready}
            else:
                self._upload(batch[0])

    def _next(self, db: Connection, done: set[Identifier]) -> list["_Waiting"]:
        rows = [row for row in db.execute(waiting(self._body)) if row.statement not in done]
        batch: list[_Waiting] = []
        size = 0
        for row in rows[:MOST_ENVELOPES]:
            following = self._load(db, row.statement)
            size += len(following.opened.envelope.statement) + len(following.opened.envelope.signature)
            if batch and size > _BATCH_SIZE:
                break
            batch.append(following)
        return batch

    def _load(self, db: Connection, identity: Identifier) -> "_Waiting":
        said, uploads, needs = schema.statements, schema.uploads, schema.needs
        row = db.execute(select(said.c.statement, said.c.signature).where(said.c.id == identity)).one()
        asked = select(uploads).join(needs, needs.c.blob == uploads.c.blob).where(needs.c.statement == identity)
        return _Waiting(
            opened=open_envelope(Envelope(row.statement, row.signature)),
            needs=[_Upload(each.blob, each.size, each.is_done) for each in db.execute(asked)],
        )

    # ---------------------------------------------------------------- files

    def _upload(self, waiting: "_Waiting") -> None:
        """Uploads what a statement needs; when one of the files is refused for good, so is the statement."""
        for need in waiting.needs:
            if need.is_done:
                continue
            try:
                self._upload_file(need)
            except RefusedByServer as error:
                if error.refusal.reason in FOR_NOW:
                    raise
                self._tell(self._vault.do(partial(self._refuse, opened=waiting.opened, refusal=error.refusal)))
                return
            self._vault.do(partial(self._mark_uploaded, blob=need.blob, is_done=True))

    def _upload_file(self, need: "_Upload") -> None:
        with self._vault.files.read(need.blob) as file:
            parts = partial(file.parts, UPLOAD_PART)
            upload(self._remote, self._body, Need(need.blob, need.size), parts, self._heed)

    def _mark_uploaded(self, db: Connection, blob: Digest, *, is_done: bool) -> None:
        uploads = schema.uploads
        same = (uploads.c.body == self._body) & (uploads.c.blob == blob)
        db.execute(update(uploads).where(same).values(is_done=is_done))

    # ---------------------------------------------------------------- envelopes

    def _submit(self, ready: Sequence["_Waiting"]) -> None:
        try:
            outcomes = self._remote.submit(self._body, [each.opened.envelope for each in ready])
        except Unreachable as error:
            if error.may_have_arrived:
                self._vault.do(lambda db: self._mark_sent(db, ready))
                self._tell_of(ready)
            raise
        except RefusedByServer as error:
            if error.refusal.reason in FOR_NOW:
                raise
            if len(ready) == 1:
                self._tell(self._vault.do(partial(self._refuse, opened=ready[0].opened, refusal=error.refusal)))
                return
            for each in ready:  # one of them spoils it for all: find out which
                self._submit([each])
            return
        is_right = self._vault.do(lambda db: self._keep(db, ready, outcomes))
        self._tell_of(ready)
        if not is_right:
            raise BadAnswer

    def _tell_of(self, sent: Sequence["_Waiting"]) -> None:
        for each in sent:
            self._tell(changes_of(each.opened))

    def _mark_sent(self, db: Connection, sent: Sequence["_Waiting"]) -> None:
        line = schema.outbox
        ids = [each.opened.statement.id for each in sent]
        db.execute(
            update(line).where(line.c.statement.in_(ids), line.c.sent_at.is_(None)).values(sent_at=self._clock())
        )

    def _keep(self, db: Connection, sent: Sequence["_Waiting"], outcomes: Sequence[Outcome]) -> bool:
        """Keeps receipts and refusals; whether every receipt proved right. What has none stays in line."""
        register = self._vault.registers.of(db, self._body)
        self._mark_sent(db, sent)
        is_right = register is not None
        for each, outcome in zip(sent, outcomes, strict=True):
            if outcome.receipt is not None and register is not None:
                is_right &= self._keep_receipt(db, each.opened, outcome.receipt, register)
            elif outcome.refusal is not None:
                self._keep_refusal(db, each, outcome.refusal)
        return is_right

    def _keep_receipt(self, db: Connection, opened: Opened, text: str, register: Register) -> bool:
        try:
            receipt = Receipt.from_text(text)
            if unverified(receipt.note).origin not in register.epochs.log_keys:
                return True  # of a new epoch, which has not reached us: the same bytes will bring it again
            seen = receipt.verify(register.log_key, tag=tag_of(opened), envelope_digest=opened.envelope.digest)
        except ProofError:
            return False
        identity, said = opened.statement.id, schema.statements
        kept = {"statement": identity, "text": text, "tree_size": seen.size, "received_at": self._clock()}
        db.execute(upsert(schema.receipts).values(kept).on_conflict_do_nothing())
        place = {"leaf": receipt.index, "accepted_at": receipt.entry.accepted_at}
        db.execute(update(said).where(said.c.id == identity).values(place))
        # Signed by the log; whether its history is the one we know is looked at with the others that were seen.
        checkpoint = {"note": receipt.note, "body": self._body, "size": seen.size, "root": seen.root}
        db.execute(upsert(schema.checkpoints).values(**checkpoint, is_checked=False).on_conflict_do_nothing())
        return True

    def _keep_refusal(self, db: Connection, sent: "_Waiting", refusal: Refusal) -> None:
        if refusal.reason in FOR_NOW:
            return
        line, lost = schema.outbox, schema.lost.c
        if refusal.reason in _UNTIL_OTHERS_CAME:
            identity = sent.opened.statement.id
            if db.scalar(select(lost.statement).where(lost.statement == identity)) is not None:
                return
        same = line.c.statement == sent.opened.statement.id
        attempts = db.scalar(select(line.c.attempts).where(same)) or 0
        if refusal.reason is Reason.PAPER_MISSING and sent.needs and attempts < _OFFERS:
            # The server has lost an upload, as after a restored backup: it is made again.
            db.execute(update(line).where(same).values(attempts=attempts + 1))
            for need in sent.needs:
                self._mark_uploaded(db, need.blob, is_done=False)
        else:
            self._refuse(db, sent.opened, refusal)

    def _refuse(self, db: Connection, opened: Opened, refusal: Refusal) -> Changes:
        line = schema.outbox
        told = codec.dump(refusal)
        db.execute(update(line).where(line.c.statement == opened.statement.id).values(refusal=told))
        return changes_of(opened)


@dataclass(frozen=True, slots=True)
class _Upload:
    blob: Digest
    size: int
    is_done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    opened: Opened
    needs: list[_Upload]

    @property
    def is_ready(self) -> bool:
        return all(need.is_done for need in self.needs)


def changes_of(opened: Opened) -> Changes:
    """What a statement of one's own touches when it is queued, receipted or refused."""
    match opened.statement:
        case MeetingSent() as sent:
            return Changes(meetings=frozenset({sent.meeting}), drafts=frozenset({sent.meeting}))
        case asserted if isinstance(asserted, BallotStatement):
            return Changes(ballots=frozenset({asserted.ballot}), drafts=frozenset({asserted.ballot}))
        case asserted if isinstance(asserted, RegisterStatement):
            return Changes(register=True)
        case _:
            return Changes()
