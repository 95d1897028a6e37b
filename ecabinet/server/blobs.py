"""Papers by the digest of their bytes, each body's apart; and parts of those that are on their way.

Promises: a blob is whole, checked against its digest and on the disk before it is named; what is there is never written
again; an upload goes on where it stopped, also after the server was killed. Who may name or read a blob is not asked
here.
"""

import hashlib
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, from_url

from ecabinet.core.codec import AgencyCode, Digest, Name
from ecabinet.core.protocol import LARGEST_PAPER, Reason, Refused

_PIECE = 1024 * 1024
_LOCKS = 64
MOST_UNFINISHED = 64
"""Uploads that one person may have begun and not finished in a body; he has a few at a time."""
LARGEST_UNFINISHED = 4 * LARGEST_PAPER
"""Bytes of all of them together, as they were announced."""
STALE_AFTER = timedelta(days=7)
"""How long an upload is expected to go on."""
_SWEPT_EVERY = timedelta(hours=1)


class BadBlobs(ValueError):
    """No folder, and no object store that could be named so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A blob on its way from somebody."""

    body: AgencyCode
    person: Name
    digest: Digest
    size: int


class Blobs:
    """The blobs of all bodies, in a folder or in an object store."""

    def __init__(self, url: str, uploads: Path) -> None:
        """Raises BadBlobs."""
        self._uploads = uploads
        self._bucket: ObjectStore | None = None
        self._folder = Path(url)
        if "://" in url:
            try:
                self._bucket = from_url(url)
            except (BaseError, ValueError) as error:
                raise BadBlobs(url) from error
        self._locks = tuple(threading.Lock() for _ in range(_LOCKS))
        self._counting = threading.Lock()
        self._swept_at: float | None = None

    # ---------------------------------------------------------------- on the way in

    def begin(self, upload: Upload) -> int:
        """How many bytes of an upload are here; from now on it is expected, and of another size no more.

        Raises Refused (too_many_attempts) when this person has too much on the way already.
        """
        self._sweep()
        part = self._part(upload)
        part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._lock(part):
            for other in part.parent.glob(f"{upload.digest}.*"):
                if other != part:
                    other.unlink()
            with self._counting:
                self._require_room(part, upload.size)
                part.touch(mode=0o600)
            return part.stat().st_size

    def _require_room(self, part: Path, size: int) -> None:
        others = [int(other.suffix[1:]) for other in part.parent.iterdir() if other != part]
        if len(others) >= MOST_UNFINISHED or sum(others) + size > LARGEST_UNFINISHED:
            raise Refused(Reason.TOO_MANY_ATTEMPTS, "uploads")

    def _sweep(self) -> None:
        """Removes, now and then, what nobody goes on with."""
        now = time.time()
        with self._counting:
            if self._swept_at is not None and now - self._swept_at < _SWEPT_EVERY.total_seconds():
                return
            self._swept_at = now
        for part in list(self._uploads.glob("*/*/*")):
            with self._lock(part), suppress(FileNotFoundError):
                if now - part.stat().st_mtime > STALE_AFTER.total_seconds():
                    part.unlink()

    def find(self, body: AgencyCode, person: Name, digest: Digest) -> Upload | None:
        """The upload that was begun."""
        found = next((self._uploads / body / person).glob(f"{digest}.*"), None)
        return None if found is None else Upload(body=body, person=person, digest=digest, size=int(found.suffix[1:]))

    def add(self, upload: Upload, offset: int, data: bytes) -> int:
        """Adds a part, unless it begins elsewhere than where the upload stopped; how many bytes are here now.

        Raises Refused: bad_request, or unknown when it is not expected any more.
        """
        part = self._part(upload)
        with self._lock(part), _expecting():
            here = part.stat().st_size
            if offset != here:
                return here
            if here + len(data) > upload.size:
                raise Refused(Reason.BAD_REQUEST, "size")
            with part.open("ab") as file:
                file.write(data)
            return here + len(data)

    def keep(self, upload: Upload) -> None:
        """Makes a blob of an upload that is all here.

        Raises Refused: digest_mismatch, and then it begins anew; unknown when it is not expected any more.
        """
        part = self._part(upload)
        with self._lock(part), _expecting():
            with part.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != upload.digest:
                    part.unlink()
                    raise Refused(Reason.DIGEST_MISMATCH)
                os.fsync(file.fileno())
            if self._bucket is None:
                _link(part, self._path(upload.body, upload.digest))
            else:
                _put(self._bucket, _key(upload.body, upload.digest), part)

    def forget(self, upload: Upload) -> None:
        """Removes the part of an upload that is a blob now, and on record."""
        self._part(upload).unlink(missing_ok=True)

    def _lock(self, part: Path) -> threading.Lock:
        """The same for every size that a digest may be announced with."""
        return self._locks[hash(part.with_suffix("")) % _LOCKS]

    def _part(self, upload: Upload) -> Path:
        return self._uploads / upload.body / upload.person / f"{upload.digest}.{upload.size}"

    # ---------------------------------------------------------------- on the way out

    def path(self, body: AgencyCode, digest: Digest) -> Path | None:
        """The file with a blob's bytes; None when they are in an object store."""
        return self._path(body, digest) if self._bucket is None else None

    def read(self, body: AgencyCode, digest: Digest, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to `end`, piece by piece."""
        if self._bucket is not None:
            found = obstore.get(self._bucket, _key(body, digest), options={"range": (start, end)})
            yield from map(bytes, found.stream(min_chunk_size=_PIECE))
            return
        with self._path(body, digest).open("rb") as file:
            file.seek(start)
            while start < end and (piece := file.read(min(_PIECE, end - start))):
                start += len(piece)
                yield piece

    def _path(self, body: AgencyCode, digest: Digest) -> Path:
        return self._folder / body / digest[:2] / digest


@contextmanager
def _expecting() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:  # announced anew with another size, or swept, since it was found
        raise Refused(Reason.UNKNOWN) from None


def _link(part: Path, path: Path) -> None:
    is_new = not path.parent.exists()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        path.hardlink_to(part)
    for folder in [path.parent, *([path.parent.parent, path.parent.parent.parent] if is_new else [])]:
        _sync_folder(folder)


def _put(bucket: ObjectStore, key: str, part: Path) -> None:
    with suppress(FileNotFoundError):
        obstore.head(bucket, key)
        return
    obstore.put(bucket, key, part)  # in parts when large; whoever does so at the same time writes the same bytes


def _key(body: AgencyCode, digest: Digest) -> str:
    return f"{body}/{digest}"


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":  # which can't open a folder, and writes its journal at once
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
