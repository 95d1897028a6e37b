"""Papers come in on several connections at once, each sealed as its bytes arrive.

A file that breaks off goes on where it stopped, in the next round or the next life. The lanes do not touch the
database: what is complete bears its final name, and is marked in the vault by the one who started the lanes.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, select, update

from ecabinet.client.remote import BadAnswer, RefusedByServer, Remote, Unreachable
from ecabinet.client.vault import schema
from ecabinet.client.vault.changes import Changes
from ecabinet.client.vault.papers import signed_papers
from ecabinet.client.vault.sealed import Mismatch
from ecabinet.client.vault.store import Vault
from ecabinet.core.codec import AgencyCode, Digest, Identifier

LANES = 4
_LOOK_EVERY = 0.2
_MARK_EVERY = 1.0
_TURN_LIMIT = 0.2
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Pull:
    """A paper to be fetched."""

    document: Identifier
    version: int
    blob: Digest
    size: int


@dataclass(slots=True)
class _Lane:
    """What one connection has fetched, in bytes: written by its own thread, read by the one that waits."""

    count: int = 0
    taken: int = 0

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
        self._is_stopped = False
        self._marked_at = 0.0
        self._turn = threading.Lock()

    def prefer(self, blob: Digest) -> None:
        """Has a file fetched next, if it is to be fetched at all. From any thread."""
        with suppress(StopIteration, ValueError):  # another lane may have taken it meanwhile
            pull = next(each for each in tuple(self._waiting) if each.blob == blob)
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
        spoilt: BadAnswer | None = None
        while not self._is_stopped and self._waiting:
            try:
                pull = self._waiting.popleft()
                if self._vault.files.holds(pull.blob) or self._fetch(pull, lane):
                    self._fetched.append(pull)
            except IndexError:
                break  # another lane took the last one
            except RefusedByServer:
                continue  # no longer one that this person may have, which the feed will tell
            except BadAnswer as error:
                spoilt = error
        if spoilt is not None:
            raise spoilt

    def _fetch(self, pull: Pull, lane: _Lane) -> bool:
        """Whether it is all here now; not when the work was stopped."""
        with self._vault.files.write(pull.blob, pull.size) as file:
            if file.left:
                start = file.offset
                asked = self._remote.document(self._body, pull.document, pull.version, start=start, blob=pull.blob)
                with asked as source, self._in_turn():
                    if source.start != start:
                        raise BadAnswer  # the bytes of a digest never change: any range is to be had
                    while file.left and not self._is_stopped:
                        count = source.readinto(file.room)
                        if not count:
                            raise Unreachable(may_have_arrived=True)
                        file.advance(count)
                        lane.count += count
            if file.left:
                return False
            try:
                file.finish()
            except Mismatch as error:
                lane.count -= pull.size
                raise BadAnswer from error
            return True

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
