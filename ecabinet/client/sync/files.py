"""Papers come in on several connections at once, each sealed as its bytes arrive.

Small papers come several in one answer, as many as the line brings within about a second: every question costs a trip
to the server and back. A file that breaks off goes on where it stopped, in the next round or the next life. The lanes
do not touch the database: what is complete bears its final name, and is marked in the vault by the one who started the
lanes.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, select, update

from ecabinet.client.remote import Download, Remote
from ecabinet.client.remote_errors import BadAnswer, RefusedByServer, Unreachable
from ecabinet.client.vault import schema
from ecabinet.client.vault.changes import Changes
from ecabinet.client.vault.papers import signed_papers
from ecabinet.client.vault.sealed import Mismatch, SealedWriter
from ecabinet.client.vault.store import Vault
from ecabinet.core.codec import AgencyCode, Digest, Identifier
from ecabinet.core.protocol import MOST_PAPERS

LANES = 4
_LOOK_EVERY = 0.2
_MARK_EVERY = 1.0
_TURN_LIMIT = 0.2
"""Seconds."""
_SOON = 0.5
"""Seconds that an answer takes before the next is asked to bring less."""
_FIRST_TOGETHER = 1024 * 1024
_MOST_TOGETHER = 16 * _FIRST_TOGETHER
"""Bytes of papers that one answer brings."""


@dataclass(frozen=True, slots=True)
class Pull:
    """A paper to be fetched."""

    document: Identifier
    version: int
    blob: Digest
    size: int


@dataclass(slots=True)
class _Lane:
    """What one connection has fetched, in bytes: counted by its own thread, read by the one that waits."""

    count: int = 0
    taken: int = 0
    together: int = _FIRST_TOGETHER
    """Bytes of papers that it asks for at once."""
    spoilt: BadAnswer | None = None

    def learn(self, seconds: float) -> None:
        """How long the last answer took."""
        self.together = min(self.together * 2, _MOST_TOGETHER) if seconds < _SOON else max(self.together // 2, 1)

    def take_count(self) -> int:
        """How much more it is than when this was last asked."""
        more = self.count - self.taken
        self.taken += more
        return more


class Files:
    """Fetches what the vault has not got. `count` hears how many bytes came; `heed` may raise, to stop."""

    def __init__(
        self,
        vault: Vault,
        remote: Remote,
        body: AgencyCode,
        *,
        heed: Callable[[], None],
        count: Callable[[int], None],
    ) -> None:
        self._vault, self._remote, self._body, self._heed, self._count = vault, remote, body, heed, count
        self._waiting: deque[Pull] = deque()
        self._fetched: deque[Pull] = deque()
        self._alone: set[Digest] = set()
        self._choosing = threading.Lock()
        self._is_stopped = False
        self._marked_at = 0.0
        self._turn = threading.Lock()

    def prefer(self, blob: Digest) -> None:
        """Has a file fetched next, if it is to be fetched at all. From any thread."""
        with self._choosing, suppress(StopIteration):  # a lane may have taken it meanwhile
            pull = next(each for each in self._waiting if each.blob == blob)
            self._waiting.remove(pull)
            self._waiting.appendleft(pull)

    def pull(self, tell: Callable[[Changes], None], meanwhile: Callable[[], None]) -> None:
        """Fetches everything, what is wanted most first; `tell` hears now and then what has come.

        Does `meanwhile` on the calling thread. Raises what stopped it, once all lanes are at rest: RemoteError,
        StorageUnusable, or what `meanwhile` or `heed` raised.
        """
        self._waiting.extend(self._vault.do(self._missing))
        self._is_stopped = False
        errors: list[BaseException] = []
        lanes = [_Lane() for _ in range(min(LANES, len(self._waiting)))]
        with ThreadPoolExecutor(LANES, "pull") as threads:
            running = {threads.submit(self._work, lane) for lane in lanes}
            self._unless_it_fails(meanwhile, errors)
            while running:
                done, running = wait(running, _LOOK_EVERY, FIRST_COMPLETED)
                self._count(sum(lane.take_count() for lane in lanes))
                errors += [error for each in done if (error := each.exception()) is not None]
                self._unless_it_fails(partial(self._take_in, tell, is_last=not running), errors)
                self._unless_it_fails(self._heed, errors)
                self._is_stopped = bool(errors)
        self._waiting.clear()
        if errors:
            raise errors[0]

    def _unless_it_fails(self, work: Callable[[], None], errors: list[BaseException]) -> None:
        """The lanes are stopped before anything is raised."""
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised again when they are at rest
            errors.append(error)
            self._is_stopped = True

    def _take_in(self, tell: Callable[[Changes], None], *, is_last: bool) -> None:
        """Marks what has come: now and then, for every transaction waits for the disk, and makes the lanes wait too."""
        now = time.monotonic()
        if self._fetched and (is_last or now - self._marked_at > _MARK_EVERY):
            fetched = [self._fetched.popleft() for _ in range(len(self._fetched))]
            self._vault.do(partial(self._mark, fetched=fetched))
            self._marked_at = now
            tell(Changes(documents=frozenset(pull.document for pull in fetched)))

    def _missing(self, db: Connection) -> list[Pull]:
        papers, files = signed_papers(), schema.files
        asked = (
            select(papers.c.document, papers.c.version, papers.c.blob, papers.c.size)
            .join(files, files.c.blob == papers.c.blob)
            .where(papers.c.body == self._body, ~files.c.is_here)
            .order_by(files.c.wanted.desc(), papers.c.version.desc(), papers.c.position)
        )
        return list({row.blob: Pull(*row) for row in db.execute(asked)}.values())

    def _mark(self, db: Connection, fetched: list[Pull]) -> None:
        blobs = [pull.blob for pull in fetched]
        db.execute(update(schema.files).where(schema.files.c.blob.in_(blobs)).values(is_here=True))

    def _work(self, lane: _Lane) -> None:
        """One connection's work. What comes wrong is told at the end: a paper that is spoilt keeps back no other."""
        while not self._is_stopped and (pulls := self._next(lane.together)):
            began_at = time.monotonic()
            try:
                if len(pulls) == 1:
                    self._fetch(pulls[0], lane)
                else:
                    self._fetch_together(pulls, lane)
            except RefusedByServer:
                if len(pulls) > 1:  # one that this person may no longer have, or a server that knows no such question
                    self._ask_alone(pulls)
            except BadAnswer as error:
                lane.spoilt = error
            lane.learn(time.monotonic() - began_at)
        if lane.spoilt is not None:
            raise lane.spoilt

    def _next(self, together: int) -> list[Pull]:
        """What is to be asked for now: a paper, or new ones of so many bytes in all. None, when no more is waiting."""
        pulls: list[Pull] = []
        files = self._vault.files
        with self._choosing:
            while self._waiting and len(pulls) < MOST_PAPERS:
                pull = self._waiting[0]
                if files.holds(pull.blob):
                    self._fetched.append(self._waiting.popleft())
                    continue
                together -= pull.size
                is_alone = together < 0 or pull.blob in self._alone or files.fetched(pull.blob) > 0
                if pulls and is_alone:
                    break
                pulls.append(self._waiting.popleft())
                if is_alone:
                    break
        return pulls

    def _ask_alone(self, pulls: Sequence[Pull]) -> None:
        with self._choosing:
            self._alone.update(pull.blob for pull in pulls)
            self._waiting.extendleft(reversed(pulls))

    def _fetch_together(self, pulls: Sequence[Pull], lane: _Lane) -> None:
        """New papers, in one answer. After one that comes wrong nothing is where it should be."""
        asked = self._remote.documents(self._body, [(pull.document, pull.version) for pull in pulls])
        with asked as source, self._in_turn():
            for number, pull in enumerate(pulls):
                self._alone.add(pull.blob)  # should it break off here
                with self._vault.files.write(pull.blob, pull.size) as file:
                    self._read(file, source, lane)
                    if file.left:
                        return
                    try:
                        self._finish(pull, file, lane)
                    except BadAnswer:
                        self._ask_alone(pulls[number:])
                        return
                self._alone.discard(pull.blob)

    def _fetch(self, pull: Pull, lane: _Lane) -> None:
        """A paper, of which some may be here already."""
        with self._vault.files.write(pull.blob, pull.size) as file:
            start = file.offset
            if file.left:
                asked = self._remote.document(self._body, pull.document, pull.version, start=start, blob=pull.blob)
                with asked as source, self._in_turn():
                    if source.start != start:
                        raise BadAnswer  # the bytes of a digest never change: any range is to be had
                    self._read(file, source, lane)
            if not file.left:
                self._finish(pull, file, lane)

    def _read(self, file: SealedWriter, source: Download, lane: _Lane) -> None:
        """What is left of a paper, unless the work is stopped."""
        while file.left and not self._is_stopped:
            count = source.readinto(file.room)
            if not count:
                raise Unreachable(may_have_arrived=True)
            file.advance(count)
            lane.count += count

    def _finish(self, pull: Pull, file: SealedWriter, lane: _Lane) -> None:
        try:
            file.finish()
        except Mismatch as error:
            lane.count -= pull.size
            raise BadAnswer from error
        self._fetched.append(pull)

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """One lane reads while what the others asked for gathers in their sockets; nobody waits long for a slow one.

        Together they would only wrest the interpreter from each other.
        """
        is_mine = self._turn.acquire(timeout=_TURN_LIMIT)
        try:
            yield
        finally:
            if is_mine:
                self._turn.release()
