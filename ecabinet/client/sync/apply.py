"""A checked page, taken over into the vault within one transaction.

Rows may come again (a right granted anew, a full snapshot, an answer that was lost): taking one over twice changes
nothing. What a person may see no longer is purged, but for his own note text, opinions and receipts.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from sqlalchemy import Connection, Executable, bindparam, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from ecabinet.client.sync.alarms import AlarmEvidence, AlarmKind, ChangedKeys, raise_alarm
from ecabinet.client.sync.page import CheckedPage, DoubtfulPage
from ecabinet.client.sync.papers import other_papers
from ecabinet.client.sync.results import left_out
from ecabinet.client.vault import crossings, papers, recognised, schema, shared, texts
from ecabinet.client.vault.changes import Changes
from ecabinet.client.vault.recognised import OfferState
from ecabinet.core import codec
from ecabinet.core.ballots import BallotClosed, BallotExtended, BallotOpened, BallotResult, Opinion
from ecabinet.core.checkpoint import Checkpoint
from ecabinet.core.codec import AgencyCode, Digest, Identifier, Name
from ecabinet.core.envelope import Envelope, Opened, Statement
from ecabinet.core.meetings import DocumentsPublished, DocumentVersion, MeetingSent
from ecabinet.core.notes import NoteEdit, NoteShare, SealedNote, SharedNote, WrappedKey
from ecabinet.core.protocol import Enrolment, FeedPage, FeedRow, Placed, RowKind
from ecabinet.core.recognition import RecognisedOffer
from ecabinet.core.register import REGISTERING, DeviceKeys, Register, RegisterStatement


@dataclass(slots=True)
class Taken:
    """What taking a page over came to."""

    documents: set[Identifier] = field(default_factory=set)
    meetings: set[Identifier] = field(default_factory=set)
    ballots: set[Identifier] = field(default_factory=set)
    notes: set[Identifier] = field(default_factory=set)
    enrolments: set[Identifier] = field(default_factory=set)
    gone: set[Identifier] = field(default_factory=set)
    register: bool = False
    alarms: bool = False
    discarded: set[Digest] = field(default_factory=set)
    """Blobs that nothing needs any more: to be thrown away once the transaction is on the disk."""

    def changes(self) -> Changes:
        return Changes(
            documents=frozenset(self.documents),
            meetings=frozenset(self.meetings),
            ballots=frozenset(self.ballots),
            notes=frozenset(self.notes),
            enrolments=frozenset(self.enrolments),
            gone=frozenset(self.gone),
            register=self.register,
            alarms=self.alarms,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Whose vault it is, and when this happens."""

    body: AgencyCode
    person: Name
    now: datetime


def take_over(db: Connection, page: FeedPage, checked: CheckedPage, reader: Reader) -> Taken:
    """Everything on the page, the new position and the new checkpoint. Raises DoubtfulPage."""
    return _Taking(db, reader, page.epoch).run(page, checked)


def purge_everything(db: Connection, reader: Reader) -> Taken:
    """All that the person was given to read, as if every right had gone; a full snapshot is asked for next."""
    return _Taking(db, reader, "").purge_everything()


def body_row(db: Connection, body: AgencyCode) -> Any:
    """How far sync of a body has come; begins its row when there is none."""
    fresh = {"feed_epoch": "", "position": 0, "checkpoint": None, "checkpoint_size": 0, "snapshot": 0}
    states = {"is_snapshot_complete": False, "is_forked": False, "synced_at": None}
    db.execute(insert(schema.bodies).values(body=body, **fresh, **states).on_conflict_do_nothing())
    return db.execute(select(schema.bodies).where(schema.bodies.c.body == body)).one()


_document, _note = insert(schema.documents), insert(schema.note_edits)
_ADD_DOCUMENT = _document.on_conflict_do_update(
    index_elements=["document", "version", "digest"],
    set_={name: _document.excluded[name] for name in ("size", "content", "snapshot")},
)
_file = insert(schema.files)
_ADD_FILE = _file.on_conflict_do_update(
    index_elements=["blob"], set_={"size": _file.excluded.size}, where=~schema.files.c.is_here
)
_ADD_NOTE = _note.on_conflict_do_update(index_elements=["edit"], set_={"is_pushed": _note.excluded.is_pushed})
_RETURN = delete(schema.gone).where(schema.gone.c.id == bindparam("identity"))


class _Taking:
    def __init__(self, db: Connection, reader: Reader, epoch: str) -> None:
        self._db, self._reader, self._taken = db, reader, Taken()
        self._waiting: dict[Executable, list[dict[str, Any]]] = {}
        row = body_row(db, reader.body)
        self._is_new_epoch = row.feed_epoch != epoch
        self._snapshot = row.snapshot + self._is_new_epoch
        self._is_complete = row.is_snapshot_complete and not self._is_new_epoch

    def run(self, page: FeedPage, checked: CheckedPage) -> Taken:
        for each in checked.rows:
            self._take(each.row, each.opened, checked.register)
        self._write_waiting()
        if not page.has_more and not self._is_complete:
            self._sweep()
            self._is_complete = True
        self._keep_checkpoints(checked)
        self._hold_receipts_against_results()
        if page.rows and not page.has_more:
            for paper in other_papers(self._db, self._reader.body, self._reader.person):
                self._alarm(AlarmKind.OTHER_PAPER, paper, paper.named.title)
        self._db.execute(
            update(schema.bodies)
            .where(schema.bodies.c.body == self._reader.body)
            .values(
                feed_epoch=page.epoch,
                position=page.position,
                checkpoint=checked.note,
                checkpoint_size=checked.checkpoint.size,
                snapshot=self._snapshot,
                is_snapshot_complete=self._is_complete,
            )
        )
        return self._taken

    def purge_everything(self) -> Taken:
        said = schema.statements.c
        told = select(said.id).where(said.body == self._reader.body, said.type == DocumentsPublished.TYPE)
        things = [
            select(column).distinct().where(column.table.c.body == self._reader.body)
            for column in (
                schema.documents.c.document,
                schema.meetings.c.meeting,
                schema.ballots.c.ballot,
                schema.note_shares.c.share,
            )
        ]
        for asked in (*things, told):
            for identity in self._db.scalars(asked).all():
                self._purge(identity)
        bodies = schema.bodies
        forgotten = update(bodies).where(bodies.c.body == self._reader.body)
        self._db.execute(forgotten.values(feed_epoch="", position=0, is_snapshot_complete=False))
        return self._taken

    def _take(self, row: FeedRow, opened: Opened | None, register: Register) -> None:
        match row:
            case FeedRow(kind=RowKind.ENVELOPE, envelope=Envelope() as envelope, placed=Placed() as placed):
                if opened is None:
                    self._take_unknown(envelope, placed)
                else:
                    self._take_statement(opened, placed, register.signer(opened) or "")
            case FeedRow(kind=RowKind.DOCUMENT, document=DocumentVersion() as document):
                self._take_document(document, row.position)
            case FeedRow(kind=RowKind.GONE):
                for identity in row.gone:
                    self._purge(identity)
            case FeedRow(kind=RowKind.ENROLMENT, enrolment=Enrolment() as enrolment):
                self._take_enrolment(enrolment)
            case FeedRow(kind=RowKind.RECOGNISED, recognised=RecognisedOffer() as offer):
                recognised.keep_offer(self._db, self._reader.body, offer, OfferState.WAITING)
            case _:
                self._take_noted(row)

    def _take_noted(self, row: FeedRow) -> None:
        """The person's own notes, and those that are shared."""
        match row:
            case FeedRow(kind=RowKind.NOTE, note=SealedNote() as note):
                self._take_note(note)
            case FeedRow(kind=RowKind.KEY, key=WrappedKey() as key):
                values = {name: getattr(key, name) for name in ("key", "device", "by", "wrapped", "signature")}
                self._add(schema.wrapped_keys, **values, body=self._reader.body, is_pushed=True)
            case FeedRow(kind=RowKind.SHARE, share=NoteShare() as share):
                shared.keep_share(self._db, self._reader.body, share, self._snapshot)
            case FeedRow(kind=RowKind.SHARE_KEY, share_key=WrappedKey() as key):
                shared.keep_key(self._db, self._reader.body, key, is_pushed=True)
            case FeedRow(kind=RowKind.SHARED_NOTE, shared_note=SharedNote() as note):
                shared.keep_note(self._db, self._reader.body, note)

    # ---------------------------------------------------------------- statements

    def _take_unknown(self, envelope: Envelope, placed: Placed) -> None:
        self._add(
            schema.unknown_statements,
            digest=envelope.digest.hex(),
            body=self._reader.body,
            statement=envelope.statement,
            signature=envelope.signature,
            leaf=placed.leaf,
            accepted_at=placed.accepted_at,
        )

    def _take_statement(self, opened: Opened, placed: Placed, signer: Name) -> None:
        place = {"leaf": placed.leaf, "accepted_at": placed.accepted_at, "snapshot": self._snapshot}
        row = {**statement_row(opened, signer=signer), **place, "is_own": False}
        same = schema.statements.c.statement_digest == opened.statement_digest
        kept = (
            insert(schema.statements).values(row).on_conflict_do_update(index_elements=["id"], set_=place, where=same)
        )
        if not self._db.execute(kept).rowcount:
            raise DoubtfulPage  # an id names one statement for ever
        asserted = opened.statement
        self._taken.documents |= papers.keep_named(self._db, asserted)
        self._return(asserted.id)
        match asserted:
            case MeetingSent():
                self._take_meeting(asserted)
            case BallotOpened():
                self._take_ballot(asserted, opened.digest)
            case BallotExtended():
                self._change_ballot(asserted.ballot)
                ballots = schema.ballots
                later = (ballots.c.ballot == asserted.ballot) & (ballots.c.deadline_at < asserted.deadline_at)
                self._db.execute(update(ballots).where(later).values(deadline_at=asserted.deadline_at))
            case BallotClosed():
                self._change_ballot(asserted.ballot)
                ballots = schema.ballots
                first = ballots.c.closed_leaf.is_(None) | (ballots.c.closed_leaf > placed.leaf)
                closed = {"closed_at": placed.accepted_at, "closed_leaf": placed.leaf}
                mine = (ballots.c.ballot == asserted.ballot) & first
                self._db.execute(update(ballots).where(mine).values(closed))
            case BallotResult():
                self._change_ballot(asserted.ballot, result=asserted.id)
            case Opinion():
                self._taken.ballots.add(asserted.ballot)
            case _ if isinstance(asserted, RegisterStatement):
                self._taken.register = True

    def _take_meeting(self, sent: MeetingSent) -> None:
        row = {
            "meeting": sent.meeting,
            "body": sent.body,
            "revision": sent.revision,
            "statement": sent.id,
            "title": sent.title,
            "starts_at": sent.starts_at,
            "place": sent.place,
            "snapshot": self._snapshot,
        }
        later = schema.meetings.c.revision <= sent.revision
        added = insert(schema.meetings).values(row)
        self._db.execute(added.on_conflict_do_update(index_elements=["meeting"], set_=row, where=later))
        self._return(sent.meeting)
        self._taken.meetings.add(sent.meeting)

    def _take_ballot(self, opened: BallotOpened, digest: Digest) -> None:
        row = {
            "ballot": opened.ballot,
            "body": opened.body,
            "opened": opened.id,
            "opened_digest": digest,
            "subject": opened.subject,
            "submitter": opened.submitter,
            "priority": opened.priority,
            "deadline_at": opened.deadline_at,
            "is_elector": self._reader.person in opened.electorate,
            "snapshot": self._snapshot,
        }
        kept = {"snapshot": self._snapshot}
        added = insert(schema.ballots).values(row)
        self._db.execute(added.on_conflict_do_update(index_elements=["ballot"], set_=kept))
        self._return(opened.ballot)
        self._taken.ballots.add(opened.ballot)

    def _change_ballot(self, ballot: Identifier, **values: Any) -> None:
        if values:
            self._db.execute(update(schema.ballots).where(schema.ballots.c.ballot == ballot).values(values))
        self._taken.ballots.add(ballot)

    # ---------------------------------------------------------------- papers, enrolments, notes

    def _take_document(self, version: DocumentVersion, position: int) -> None:
        row = {
            "document": version.document,
            "version": version.version,
            "body": self._reader.body,
            "digest": version.digest,
            "blob": version.blob,
            "size": version.size,
            "content": codec.dump(version),
            "position": position,
            "snapshot": self._snapshot,
        }
        self._later(_ADD_DOCUMENT, row)
        self._later(_ADD_FILE, {"blob": version.blob, "size": version.size, "is_here": False, "wanted": 0})
        self._taken.discarded.discard(version.blob)
        self._return(version.document)
        self._taken.documents.add(version.document)

    def _take_enrolment(self, enrolment: Enrolment) -> None:
        """Whose phrase is being compared keeps the keys it came with: the registrar signs what he compared."""
        known = self._enrolment(enrolment.enrolment)
        if known is not None and known.keys != enrolment.keys:
            if _are_others(known.keys, enrolment.keys):
                evidence = ChangedKeys(body=self._reader.body, known=known, shown=enrolment)
                self._alarm(AlarmKind.CHANGED_KEYS, evidence, known.office)
            enrolment = replace(enrolment, keys=known.keys)
        row = {
            "enrolment": enrolment.enrolment,
            "body": enrolment.body,
            "state": enrolment.state,
            "asked_at": enrolment.asked_at,
            "content": codec.dump(enrolment),
        }
        added = insert(schema.enrolments).values(row)
        self._db.execute(added.on_conflict_do_update(index_elements=["enrolment"], set_=row))
        self._taken.enrolments.add(enrolment.enrolment)

    def _enrolment(self, identity: Identifier) -> Enrolment | None:
        table = schema.enrolments.c
        content = self._db.scalar(select(table.content).where(table.enrolment == identity))
        return None if content is None else codec.load(Enrolment, content)

    def _take_note(self, note: SealedNote) -> None:
        known = {"edit": note.edit, "body": self._reader.body, "note": note.note, "is_pushed": True}
        self._later(_ADD_NOTE, {**known, "key": note.key, "ciphertext": note.ciphertext})

    # ---------------------------------------------------------------- rights taken away

    def _return(self, identity: Identifier) -> None:
        """Something is seen, perhaps again."""
        self._taken.gone.discard(identity)
        self._later(_RETURN, {"identity": identity})

    def _sweep(self) -> None:
        """A full snapshot has ended: what was not in it is gone."""
        for column in (schema.documents.c.document, schema.meetings.c.meeting, schema.ballots.c.ballot):
            table = column.table
            old = (table.c.body == self._reader.body) & (table.c.snapshot < self._snapshot)
            for identity in self._db.scalars(select(column).where(old).distinct()).all():
                self._purge(identity)
        told = schema.note_shares.c
        old = (told.body == self._reader.body) & (told.snapshot < self._snapshot) & told.is_pushed
        for identity in self._db.scalars(select(told.share).where(old)).all():
            self._purge(identity)
        said = schema.statements.c
        old = (said.body == self._reader.body) & (said.snapshot < self._snapshot) & said.leaf.is_not(None)
        old &= said.type.not_in(REGISTERING)  # whose key was valid when: no right takes that away
        for identity in self._db.scalars(select(said.id).where(old, said.signer != self._reader.person)).all():
            self._purge(identity)

    def _later(self, statement: Executable, row: dict[str, Any]) -> None:
        """Has a row written together with others of its kind, before anything is purged."""
        self._waiting.setdefault(statement, []).append(row)

    def _write_waiting(self) -> None:
        for statement, rows in self._waiting.items():
            self._db.execute(statement, rows)
        self._waiting.clear()

    def _purge(self, identity: Identifier) -> None:
        self._write_waiting()
        self._add(schema.gone, id=identity, body=self._reader.body)
        self._taken.gone.add(identity)
        self._purge_paper(identity)
        self._taken.documents |= shared.forget(self._db, identity)
        meetings, ballots, said = schema.meetings, schema.ballots, schema.statements
        if self._db.execute(delete(meetings).where(meetings.c.meeting == identity)).rowcount:
            self._taken.meetings.add(identity)
        if self._db.execute(delete(ballots).where(ballots.c.ballot == identity)).rowcount:
            self._taken.ballots.add(identity)
        own_opinion = (said.c.type == Opinion.TYPE) & (said.c.signer == self._reader.person)
        kept = own_opinion | said.c.leaf.is_(None) | said.c.type.in_(REGISTERING)
        lost = ((said.c.thing == identity) | (said.c.id == identity)) & ~kept
        self._taken.documents |= papers.forget_named(self._db, select(said.c.id).where(lost))
        self._db.execute(delete(said).where(lost))

    def _purge_paper(self, document: Identifier) -> None:
        known, notes = schema.documents, schema.note_edits
        recognised.forget_offers(self._db, document)
        crossings.forget_paper(self._db, document)
        versions = self._db.execute(delete(known).where(known.c.document == document).returning(known)).all()
        if not versions:
            return
        self._taken.documents.add(document)
        for version in versions:
            for kept in (schema.readings, schema.pages_read):
                self._db.execute(delete(kept).where(kept.c.digest == version.digest))
            if self._db.scalar(select(known.c.document).where(known.c.digest == version.digest).limit(1)) is None:
                texts.forget(self._db, version.digest)
                recognised.forget(self._db, version.digest)
            if not is_needed(self._db, version.blob):
                self._db.execute(delete(schema.files).where(schema.files.c.blob == version.blob))
                self._taken.discarded.add(version.blob)
        for row in self._db.execute(
            select(notes.c.edit, notes.c.note, notes.c.content).where(notes.c.document == document)
        ):
            if row.content is not None:
                content = codec.dump(without_quotes(codec.load(NoteEdit, row.content)))
                self._db.execute(update(notes).where(notes.c.edit == row.edit).values(content=content))
            self._taken.notes.add(row.note)

    # ---------------------------------------------------------------- what was seen, what was counted

    def _keep_checkpoints(self, checked: CheckedPage) -> None:
        self._keep_checkpoint(checked.note, checked.checkpoint, is_checked=True)
        for note, checkpoint in checked.seen.items():
            self._keep_checkpoint(note, checkpoint, is_checked=self._is_verified(checkpoint))

    def _keep_checkpoint(self, note: str, checkpoint: Checkpoint, *, is_checked: bool) -> None:
        values = {"body": self._reader.body, "size": checkpoint.size, "root": checkpoint.root}
        self._add(schema.checkpoints, note=note, **values, is_checked=is_checked)

    def _is_verified(self, checkpoint: Checkpoint) -> bool:
        known = schema.checkpoints.c
        same = (known.body == self._reader.body) & (known.size == checkpoint.size) & (known.root == checkpoint.root)
        return self._db.scalar(select(known.note).where(same, known.is_checked)) is not None

    def _hold_receipts_against_results(self) -> None:
        asked = select(schema.ballots).where(
            schema.ballots.c.ballot.in_(self._taken.ballots), schema.ballots.c.result.is_not(None)
        )
        for ballot in self._db.execute(asked).all():
            missing = left_out(self._db, ballot, self._reader.person)
            if missing is not None:
                self._alarm(AlarmKind.MISSING_OPINION, missing, ballot.subject)

    def _alarm(self, kind: AlarmKind, evidence: AlarmEvidence, subject: str) -> None:
        self._taken.alarms |= raise_alarm(self._db, kind, evidence, subject=subject, at=self._reader.now)

    def _add(self, table: Any, **values: Any) -> None:
        self._db.execute(insert(table).values(values).on_conflict_do_nothing())


def statement_row(opened: Opened, *, signer: Name) -> dict[str, Any]:
    """The columns of a statement that follow from itself."""
    asserted = opened.statement
    return {
        "id": asserted.id,
        "body": asserted.body,
        "type": asserted.TYPE,
        "statement": opened.envelope.statement,
        "signature": opened.envelope.signature,
        "digest": opened.digest,
        "statement_digest": opened.statement_digest,
        "thing": thing_of(asserted),
        "signer": signer,
    }


def _are_others(known: DeviceKeys, shown: DeviceKeys) -> bool:
    """Whether these are other keys, and not the same with the certificate that another authority gave."""
    try:
        return known.fingerprint != shown.fingerprint
    except (ValueError, UnsupportedAlgorithm):  # not a certificate, or of a key of no kind that there is
        return True


def thing_of(asserted: Statement) -> Identifier | None:
    """The ballot or meeting a statement belongs to."""
    return getattr(asserted, "ballot", None) or getattr(asserted, "meeting", None)


def is_needed(db: Connection, blob: Digest) -> bool:
    """Whether some paper, draft or bundle still has these bytes."""
    holders = (
        select(schema.documents.c.blob).where(schema.documents.c.blob == blob),
        select(schema.draft_papers.c.digest).where(schema.draft_papers.c.digest == blob),
        select(schema.evidence.c.digest).where(schema.evidence.c.digest == blob),
        select(schema.uploads.c.blob).where(schema.uploads.c.blob == blob, ~schema.uploads.c.is_done),
    )
    return any(db.scalar(asked.limit(1)) is not None for asked in holders)


def without_quotes(edit: NoteEdit) -> NoteEdit:
    """A note's state without the words of its paper, which may be seen no longer."""
    return replace(edit, anchor=replace(edit.anchor, quote="", before="", after=""))
