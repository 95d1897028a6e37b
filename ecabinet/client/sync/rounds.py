"""The rounds of sync: send, take over, fetch, exchange notes.

One round at a time, on whatever network lane asks for it; the vault is only touched through the serial lane. A round
that breaks off leaves everything it had finished, and the next one goes on from there.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeAlias

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import Connection, func, select, update

from ecabinet.client.remote import Remote
from ecabinet.client.remote_errors import (
    BadAnswer,
    NeedsNewerVersion,
    OtherCertificate,
    RefusedByServer,
    RemoteError,
    Unreachable,
)
from ecabinet.client.sync import notes
from ecabinet.client.sync.apply import Reader, Taken, body_row, purge_everything, take_over
from ecabinet.client.sync.files import Files
from ecabinet.client.sync.history import History
from ecabinet.client.sync.losses import ReportedLosses
from ecabinet.client.sync.omissions import Omissions
from ecabinet.client.sync.outbox import Outbox, waiting
from ecabinet.client.sync.page import CheckedPage, DoubtfulPage, Fork, Known, check_page
from ecabinet.client.sync.recognition import RecognisedTexts
from ecabinet.client.sync.restores import LostHistory, Restores
from ecabinet.client.sync.revocations import OutsideRevocations
from ecabinet.client.sync.sharing import SharedNotes, open_shares
from ecabinet.client.sync.status import Board, Status, Trouble
from ecabinet.client.sync.time_stamps import TimeStamps
from ecabinet.client.sync.witnessed import WitnessedReceipts
from ecabinet.client.vault import schema
from ecabinet.client.vault.changes import Changes
from ecabinet.client.vault.faults import StorageFault, StorageUnusable
from ecabinet.client.vault.papers import signed_papers
from ecabinet.client.vault.store import Vault
from ecabinet.core.ballots import BallotOpened
from ecabinet.core.codec import AgencyCode, Digest, Name
from ecabinet.core.envelope import parse
from ecabinet.core.notes import SealedNote, WrappedKey
from ecabinet.core.people import Act, Thing, may
from ecabinet.core.protocol import FeedPage, Reason
from ecabinet.core.register import DeviceKeys

Report: TypeAlias = Callable[[int, int | None], None]
"""Told how many bytes are here of how many; may raise, to stop the round."""
Tell: TypeAlias = Callable[[Changes], None]

_TOLERATED_SKEW = timedelta(minutes=5)


def untold(changes: Changes) -> None:
    """Somebody who waits for the end of the round."""


def unheard(done: int, total: int | None) -> None:
    """A report that nobody listens to."""


class _Stopped(Exception):
    """Somebody asked the round to stop."""


class Sync:
    """Sync of one body."""

    def __init__(
        self,
        vault: Vault,
        remote: Remote,
        *,
        body: AgencyCode,
        person: Name,
        sealing_key: X25519PrivateKey,
        device_sign: Callable[[bytes], bytes],
        clock: Callable[[], datetime],
    ) -> None:
        self._vault, self._remote, self._body, self._person = vault, remote, body, person
        self._own, self._clock = notes.OwnDevice(sealing_key, device_sign), clock
        self._board = Board()
        self._running = threading.Lock()
        self._stopped = threading.Event()
        self._report: Report = unheard
        self._told_to: Tell = untold
        self._changes = Changes()
        self._outbox = Outbox(vault, remote, body, clock=clock, tell=self._tell, heed=self._heed)
        self._files = Files(vault, remote, body, heed=self._heed, count=self._count)
        self._recognised = RecognisedTexts(
            vault,
            remote,
            body=body,
            person=person,
            own=self._own,
            now=self.now,
            tell=self._tell,
            heed=self._heed,
        )
        self._restores = Restores(vault, remote, body=body, person=person, now=self.now)
        self._history = History(
            vault,
            remote,
            body=body,
            person=person,
            own=self._own,
            now=self.now,
            heed=self._heed,
            restores=self._restores,
        )
        self._losses = ReportedLosses(vault, remote, body)
        self._omissions = Omissions(vault, remote, body)
        self._witnessed = WitnessedReceipts(vault, remote, body, self._history)
        self._time_stamps = TimeStamps(vault, remote, body)
        self._revocations = OutsideRevocations(vault, remote, body)
        self._shared = SharedNotes(
            vault=vault, remote=remote, own=self._own, reader=self._reader, tell=self._tell, heed=self._heed
        )

    def once(self, report: Report = unheard, tell: Tell = untold) -> Changes:
        """One whole round. What goes wrong is told by `status().trouble`; what `report` raises is raised here.

        `tell` hears of changes while the round goes on; all of them are returned at its end.
        """
        return self._round(self._everything, report, tell)

    def send(self) -> Changes:
        """Only sends what waits in the outbox."""
        return self._round(self._outbox.push, unheard, untold)

    def wait_for_news(self, seconds: float) -> bool:
        """Waits until the server says that there is something new, or so long at most. Ends at once after `stop`."""
        try:
            return not self._stopped.is_set() and self._remote.look(self._body, seconds)
        except RemoteError:
            self._stopped.wait(seconds)
            return False

    def stop(self) -> None:
        """Ends a running round, and waiting, at the next piece; nothing begins any more. From any thread."""
        self._stopped.set()
        self._remote.stop_looking()

    def status(self) -> Status:
        """From any thread; never waits."""
        return self._board.read()

    def now(self) -> datetime:
        """By the server's clock, as far as this machine's was found to be off: what falls due is judged by that one."""
        return self._clock() - (self.status().clock_off_by or timedelta(0))

    def prefer(self, blob: Digest) -> None:
        """Has a paper fetched next."""
        self._files.prefer(blob)

    def furthest(self, db: Connection) -> list[str]:
        """The largest checkpoint of each log that reached this device."""
        return self._restores.furthest(db)

    def recount(self) -> None:
        """Brings the status up to date with the vault, as after unlocking or queueing."""
        self._board.tell(**self._vault.do(self._counted))

    def join_checkpoint(self, note: str) -> None:
        """Makes sure that a checkpoint and the largest known here are of one history.

        Raises Fork, ProofError, DoubtfulPage (nothing is known yet), RemoteError.
        """
        self._history.join_checkpoint(note)

    def fetch_time_stamps(self) -> None:
        """For evidence that was just made. Raises RemoteError."""
        self._time_stamps.fetch()

    # ---------------------------------------------------------------- a round

    def _round(self, work: Callable[[], None], report: Report, tell: Tell) -> Changes:
        with self._running:
            if self._stopped.is_set():
                return Changes()
            self._changes, self._report, self._told_to = Changes(), report, tell
            self._board.tell(is_running=True)
            trouble = None
            try:
                trouble = self._told(work)
            finally:
                self._board.tell(is_running=False, trouble=trouble)
                self.recount()
            return self._changes

    def _told(self, work: Callable[[], None]) -> Trouble | None:
        """Does the work; what kept it from being finished."""
        trouble = None
        try:
            if self._vault.do(lambda db: bool(body_row(db, self._body).is_forked)):
                return Trouble.FORKED
            work()
        except _Stopped:
            return None
        except Unreachable:
            self._board.network_is_gone()
            return None
        except RemoteError as error:
            trouble = _trouble_of(error)
            if trouble is Trouble.AWAITING_EPOCH:
                self._told(self._restores.report)
            if isinstance(error, RefusedByServer) and error.refusal.reason is Reason.REVOKED:
                self._take_everything_away()
        except DoubtfulPage:
            trouble = Trouble.BAD_ANSWER
        except Fork as fork:
            trouble = self._judged(fork)
        except LostHistory as lost:
            self._vault.do(lost.keep)
            self._tell(Changes(alarms=True))
            trouble = Trouble.FORKED
        except StorageUnusable as error:
            return Trouble.DISK_FULL if error.fault is StorageFault.DISK_FULL else Trouble.STORAGE
        self._board.network_is_there()
        return trouble

    def _judged(self, fork: Fork) -> Trouble:
        """What becomes of a history that was not proven to continue the known one."""
        if not self._history.remember(fork):
            return Trouble.BAD_ANSWER
        self._tell(Changes(alarms=True))
        return Trouble.FORKED

    def _everything(self) -> None:
        skew = self._clock() - self._remote.hello().now
        self._board.network_is_there()
        self._board.tell(clock_off_by=skew if abs(skew) > _TOLERATED_SKEW else None)
        passed = set[Digest]()
        has_more = True
        while has_more:  # what scans say comes last; every now and then something else may have come meanwhile
            self._outbox.push()
            while self._take_over_page():
                self._heed()
            self.recount()
            self._files.pull(self._tell, meanwhile=self._exchange)
            self._vault.do(self._mark_synced)
            has_more = self._recognised.exchange(passed)
        if self._vault.do(self._may_revoke) and self._losses.fetch():
            self._tell(Changes(register=True))
        if self._omissions.prove():
            self._tell(Changes(alarms=True))
        self._history.exchange_cosignatures()
        if renewed := self._witnessed.renew():
            self._tell(Changes(ballots=renewed))
        self._time_stamps.fetch()
        self._tell(self._revocations.fetch())

    def _may_revoke(self, db: Connection) -> bool:
        register = self._vault.registers.of(db, self._body)
        person = None if register is None else register.person(self._person)
        return person is not None and may(person, Act.REVOKE, Thing(body=self._body), self.now(), body=self._body)

    def _exchange(self) -> None:
        self._history.join_seen()
        self._exchange_notes()
        self._shared.exchange()

    def _heed(self) -> None:
        if self._stopped.is_set():
            raise _Stopped
        status = self._board.read()
        self._report(status.bytes_done, status.bytes_total)

    def _count(self, count: int) -> None:
        self._board.add_bytes(count)

    def _tell(self, changes: Changes) -> None:
        self._changes |= changes
        if changes:
            self._told_to(changes)

    def _reader(self) -> Reader:
        return Reader(body=self._body, person=self._person, now=self._clock())

    def _mark_synced(self, db: Connection) -> None:
        bodies = schema.bodies
        db.execute(update(bodies).where(bodies.c.body == self._body).values(synced_at=self.now()))

    # ---------------------------------------------------------------- the feed

    def _take_over_page(self) -> bool:
        """Takes one page over; whether there are more."""
        row, known = self._vault.do(self._known)
        page = self._ask_page(row.feed_epoch, row.position, row.checkpoint_size)
        if self._restores.is_of_new_epoch(page.checkpoint, known.register):
            self._tell(self._restores.cross())
            self._outbox.push()
            return True
        if page.has_more and page.epoch == row.feed_epoch and page.position <= row.position:
            raise BadAnswer
        checked = check_page(page, known)
        taken = self._vault.do(partial(self._take, page=page, checked=checked))
        for blob in taken.discarded:
            self._vault.files.discard(blob)
        self._tell(taken.changes())
        return page.has_more

    def _ask_page(self, epoch: str, after: int, size: int) -> FeedPage:
        try:
            return self._remote.feed(self._body, epoch=epoch, after=after, tree=size)
        except RefusedByServer as error:
            if error.refusal.reason is not Reason.BAD_REQUEST or not size:
                raise
            # It knows no tree of that size any more: have it sign what it does know, and hold that against it.
            return self._remote.feed(self._body, epoch=epoch, after=after, tree=0)

    def _known(self, db: Connection) -> tuple[Any, Known]:
        register, leaf = self._vault.registers.copy(db, self._body)
        row = body_row(db, self._body)
        return row, Known(
            body=self._body,
            register=register,
            register_leaf=leaf,
            checkpoint=row.checkpoint,
            ballot_of=lambda digest: self._vault.do(partial(_ballot_of, digest=digest)),
        )

    def _take(self, db: Connection, page: FeedPage, checked: CheckedPage) -> Taken:
        reader = self._reader()
        taken = take_over(db, page, checked, reader)
        notes.open_keys(db, reader, self._own, self._devices(db))
        taken.notes |= notes.open_notes(db, reader)
        if checked.rows and (register := self._vault.registers.of(db, self._body)) is not None:
            opened = open_shares(db, reader, self._own, register)
            taken.notes |= opened.notes
            taken.documents |= opened.documents
        return taken

    def _take_everything_away(self) -> None:
        """This device is revoked: what it was given to read goes, what the person wrote and signed stays."""
        taken = self._vault.do(lambda db: purge_everything(db, self._reader()))
        for blob in taken.discarded:
            self._vault.files.discard(blob)
        self._tell(taken.changes())

    # ---------------------------------------------------------------- notes

    def _exchange_notes(self) -> None:
        while True:
            self._heed()
            edits, keys = self._vault.do(self._notes_and_keys)
            if keys:
                self._remote.push_keys(self._body, keys)
            if edits:
                self._remote.push_notes(self._body, edits)
            if not keys and not edits:
                return
            self._vault.do(partial(notes.mark_pushed, notes=edits, keys=keys))

    def _notes_and_keys(self, db: Connection) -> tuple[tuple[SealedNote, ...], tuple[WrappedKey, ...]]:
        edits = notes.notes_to_push(db, self._reader())
        return edits, notes.keys_to_push(db, self._reader(), self._own, self._devices(db))

    def _devices(self, db: Connection) -> tuple[DeviceKeys, ...]:
        register = self._vault.registers.of(db, self._body)
        return () if register is None else register.devices(self._person)

    # ---------------------------------------------------------------- the status

    def _counted(self, db: Connection) -> dict[str, Any]:
        papers, files = signed_papers(), schema.files
        mine = papers.c.body == self._body
        rows = db.execute(select(files).where(files.c.blob.in_(select(papers.c.blob).where(mine)))).all()
        here = [row for row in rows if row.is_here]
        fetched = sum(self._vault.files.fetched(row.blob) for row in rows if not row.is_here)
        # Papers are what a person sees: one file may serve two of them, and one paper have several files, its versions.
        of_papers = select(papers.c.document, func.min(files.c.is_here)).join(files, files.c.blob == papers.c.blob)
        is_whole = [bool(each) for _, each in db.execute(of_papers.where(mine).group_by(papers.c.document))]
        unknown = select(schema.unknown_statements.c.digest).where(schema.unknown_statements.c.body == self._body)
        return {
            "updated_at": body_row(db, self._body).synced_at,
            "papers": len(is_whole),
            "papers_here": sum(is_whole),
            "bytes_done": sum(row.size for row in here) + fetched,
            "bytes_total": sum(row.size for row in rows),
            "waiting_to_send": len(db.execute(waiting(self._body)).all()),
            "ready_until": ready_until(db, self._body, self.now()) if all(is_whole) else None,
            "needs_newer_version": db.scalar(unknown.limit(1)) is not None,
        }


def ready_until(db: Connection, body: AgencyCode, now: datetime) -> datetime | None:
    """The latest meeting or deadline that lies ahead."""
    meetings, ballots = schema.meetings.c, schema.ballots.c
    asked = (
        select(meetings.starts_at).where(meetings.body == body, meetings.starts_at > now),
        select(ballots.deadline_at).where(
            ballots.body == body, ballots.deadline_at > now, ballots.closed_leaf.is_(None)
        ),
    )
    return max((at for each in asked for at in db.scalars(each)), default=None)


def _ballot_of(db: Connection, digest: Digest) -> BallotOpened | None:
    said = schema.statements.c
    data = db.scalar(select(said.statement).where(said.digest == digest, said.type == BallotOpened.TYPE))
    opened = None if data is None else parse(data)
    return opened if isinstance(opened, BallotOpened) else None


_TROUBLES = {
    Reason.NOT_SIGNED_IN: Trouble.NOT_ADMITTED,
    Reason.NOT_CONFIRMED: Trouble.NOT_ADMITTED,
    Reason.REVOKED: Trouble.NOT_ADMITTED,
    Reason.NO_RIGHT: Trouble.NOT_ADMITTED,
    Reason.AWAITING_EPOCH: Trouble.AWAITING_EPOCH,
    Reason.SERVER_FULL: Trouble.SERVER_FULL,
}


def _trouble_of(error: RemoteError) -> Trouble:
    match error:
        case OtherCertificate():
            return Trouble.CLOCK_WRONG if error.is_about_time else Trouble.OTHER_CERTIFICATE
        case NeedsNewerVersion():
            return Trouble.NEEDS_NEWER_VERSION
        case RefusedByServer():
            return _TROUBLES.get(error.refusal.reason, Trouble.REFUSED)
        case _:
            return Trouble.BAD_ANSWER
