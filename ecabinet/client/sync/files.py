"""Papers come in on several connections at once, each sealed as its bytes arrive.

A file that breaks off goes on where it stopped, in the next round or the next life. The lanes do not touch the
database: what is complete bears its final name, and is marked in the vault by the one who started the lanes.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, select, update

from ecabinet.client.remote import BadAnswer, RefusedByServer, Remote, Unreachable
from ecabinet.client.vault import schema
from ecabinet.client.vault.changes import Changes
from ecabinet.client.vault.sealed import Mismatch
from ecabinet.client.vault.store import Vault
from ecabinet.core.codec import AgencyCode, Digest, Identifier

LANES = 4
_LOOK_EVERY = 0.2
"""Seconds. A transaction for every file would wait for the disk as often as there are files."""


@dataclass(frozen=True, slots=True)
class Pull:
    """A paper to be fetched."""

    document: Identifier
    version: int
    blob: Digest
    size: int


@dataclass(slots=True)
class _Lane:
    """What one connection has fetched, in bytes. Written by its own thread, read by the one that waits."""

    count: int = 0


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

    def prefer(self, blob: Digest) -> None:
        """Has a file fetched next, if it is to be fetched at all. From any thread."""
        with suppress(StopIteration, ValueError):  # another lane may have taken it meanwhile
            pull = next(each for each in tuple(self._waiting) if each.blob == blob)
            self._waiting.remove(pull)
            self._waiting.appendleft(pull)

    def pull(self, tell: Callable[[Changes], None]) -> None:
        """Fetches everything, what is wanted most first; `tell` hears what has come, a few times a second.

        Raises what stopped it, once all lanes are at rest: RemoteError, StorageUnusable, or what `heed` raised.
        """
        self._waiting.extend(self._vault.do(self._missing))
        self._is_stopped = False
        error: BaseException | None = None
        lanes = [_Lane() for _ in range(min(LANES, len(self._waiting)))]
        counted = 0
        with ThreadPoolExecutor(LANES, "pull") as threads:
            running = {threads.submit(self._work, lane) for lane in lanes}
            while running:
                done, running = wait(running, _LOOK_EVERY, FIRST_COMPLETED)
                total = sum(lane.count for lane in lanes)
                self._count(total - counted)
                counted = total
                try:
                    self._take_in(tell)
                    for each in done:
                        each.result()
                    self._heed()
                except BaseException as raised:  # noqa: BLE001 - raised again when the lanes are at rest
                    self._is_stopped = True
                    error = error or raised
        self._waiting.clear()
        if error is not None:
            raise error

    def _take_in(self, tell: Callable[[Changes], None]) -> None:
        fetched = [self._fetched.popleft() for _ in range(len(self._fetched))]
        if fetched:
            self._vault.do(partial(self._mark, fetched=fetched))
            tell(Changes(documents=frozenset(pull.document for pull in fetched)))

    def _missing(self, db: Connection) -> list[Pull]:
        papers, files = schema.documents, schema.files
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
        """One connection's work."""
        while not self._is_stopped:
            try:
                pull = self._waiting.popleft()
            except IndexError:
                return
            try:
                if self._vault.files.holds(pull.blob) or self._fetch(pull, lane):
                    self._fetched.append(pull)
            except RefusedByServer:
                continue  # no longer one that this person may have, which the feed will tell

    def _fetch(self, pull: Pull, lane: _Lane) -> bool:
        """Whether it is all here now; not when the work was stopped."""
        with self._vault.files.write(pull.blob, pull.size) as file:
            if file.left:
                start = file.offset
                asked = self._remote.document(self._body, pull.document, pull.version, start=start, blob=pull.blob)
                with asked as source:
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
