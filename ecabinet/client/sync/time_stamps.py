"""Time stamps for the evidence kept here: asked for in every round until there is one, so that saving needs no network.

A token is kept only if it stamps the very entries that the bundle has: a server must not be able to spoil evidence by
handing out another. Whether its authority is to be believed, whoever checks the bundle decides.
"""

import io
from collections.abc import Iterator, Mapping
from functools import partial
from typing import BinaryIO, cast

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from ecabinet.client.remote import Remote
from ecabinet.client.remote_errors import BadAnswer, RefusedByServer
from ecabinet.client.vault import schema
from ecabinet.client.vault.sealed import SealedReader
from ecabinet.client.vault.store import Vault
from ecabinet.core import evidence, timestamps
from ecabinet.core.codec import AgencyCode, Digest, Identifier
from ecabinet.core.evidence.container import END_SIZE, directory_size
from ecabinet.core.evidence.enclosed import with_enclosed
from ecabinet.core.protocol import Reason
from ecabinet.core.timestamps import BadTimeStamp

_PART = 1024 * 1024


class TimeStamps:
    """Of one body."""

    def __init__(self, vault: Vault, remote: Remote, body: AgencyCode) -> None:
        self._vault, self._remote, self._body = vault, remote, body

    def fetch(self) -> None:
        """Asks for the newest first, and for no more once there is none. Raises RemoteError."""
        for ballot, digest in self._vault.do(self._unstamped).items():
            try:
                token = self._remote.time_stamp(self._body, ballot)
            except RefusedByServer as error:
                if error.refusal.reason is Reason.UNKNOWN:  # no authority, none yet, or a server that knows of none
                    return
                raise
            try:
                timestamps.verify(self._stamped(digest), token)
            except BadTimeStamp as error:
                raise BadAnswer from error
            self._vault.do(partial(_keep, body=self._body, ballot=ballot, digest=digest, token=token))

    def _stamped(self, digest: Digest) -> bytes:
        with self._vault.files.read(digest) as file:
            return evidence.entries_until_closing(evidence.read(_stream(file)))

    def _unstamped(self, db: Connection) -> Mapping[Identifier, Digest]:
        made, kept = schema.evidence.c, schema.time_stamps.c
        asked = (
            select(made.ballot, made.digest)
            .outerjoin(schema.time_stamps, (kept.ballot == made.ballot) & (kept.evidence == made.digest))
            .where(made.body == self._body, kept.ballot.is_(None))
            .order_by(made.made_at.desc())
        )
        return {row.ballot: row.digest for row in db.execute(asked)}


def time_stamp_of(db: Connection, digest: Digest) -> bytes | None:
    """The token that goes with a bundle, if it is here."""
    kept = schema.time_stamps.c
    token: bytes | None = db.scalar(select(kept.token).where(kept.evidence == digest))
    return token


def exported(bundle: SealedReader, enclosed: Mapping[str, bytes]) -> Iterator[bytes | memoryview]:
    """The bytes of a bundle as it was sealed, and behind them files that nobody sealed. A part is good until the next.

    `enclosed`: by their names, as `core.evidence.enclosed` has them.
    """
    kept, rest = bundle.size, b""
    if enclosed:
        tail = _last(bundle, directory_size(_last(bundle, min(bundle.size, END_SIZE))))
        kept, rest = with_enclosed(tail, bundle.size, enclosed)
    for part in bundle.parts(_PART):
        yield part[:kept]
        kept -= min(kept, len(part))
    yield rest


def _last(file: SealedReader, size: int) -> bytes:
    data = bytearray(size)
    file.read_into(file.size - size, memoryview(data))
    return bytes(data)


def _keep(db: Connection, *, body: AgencyCode, ballot: Identifier, digest: Digest, token: bytes) -> None:
    values = {"body": body, "evidence": digest, "token": token}
    kept = insert(schema.time_stamps).values(ballot=ballot, **values)
    db.execute(kept.on_conflict_do_update(index_elements=["ballot"], set_=values))


def _stream(file: SealedReader) -> BinaryIO:
    return cast("BinaryIO", io.BufferedReader(_Unsealed(file), _PART))


class _Unsealed(io.RawIOBase):
    """A sealed file as Python reads files."""

    def __init__(self, file: SealedReader) -> None:
        self._file, self._at = file, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + (0, self._at, self._file.size)[whence]
        return self._at

    def readinto(self, into: "memoryview") -> int:  # type: ignore[override]
        count: int = min(len(into), self._file.size - self._at)
        self._file.read_into(self._at, memoryview(into)[:count])
        self._at += count
        return count
