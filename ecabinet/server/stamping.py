"""Time stamps (RFC 3161): an outside authority is asked, in the background, to stamp each ballot that was closed.

Promises: nobody waits for the authority, and what it did not give today is asked for until it does; a token is kept
only after it was found to be by an authority that the operator named. It stands beside the envelopes, which are never
touched, and goes with the evidence when that leaves the program.
"""

import secrets
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select

from ecabinet.core import timestamps
from ecabinet.core.timestamps import NONCE_SIZE, BadTimeStamp, check_authority, read_response, write_request
from ecabinet.server import schema
from ecabinet.server.errands import Errand, Failed, ask, is_web_address
from ecabinet.server.ledger import core_entry
from ecabinet.server.store import BodySession, Store

_LOOKS_EVERY = 60.0
_PATIENCE = 30.0
_OK = 200
_MEDIA_TYPE = "application/timestamp-query"


class BadTimeAuthority(ValueError):
    """The time-stamp authority is not named by an address and the certificates it is known by."""


@dataclass(frozen=True, slots=True)
class TimeAuthority:
    """Where it is asked, and by which certificates (DER) it, or its issuer, is known."""

    url: str
    anchors: tuple[bytes, ...]

    @classmethod
    def named(cls, url: str, ca: Path | None) -> Self:
        """Raises BadTimeAuthority, OSError."""
        if not is_web_address(url) or ca is None:
            raise BadTimeAuthority(url)
        try:
            certificates = x509.load_pem_x509_certificates(ca.read_bytes())
        except ValueError as error:
            raise BadTimeAuthority(str(ca)) from error
        return cls(url, tuple(each.public_bytes(Encoding.DER) for each in certificates))


def closed_entries(session: BodySession, ballot: schema.Ballot) -> bytes:
    """What is stamped: the entries from a ballot's opening to its closing, 72 bytes each."""
    asked = select(schema.Entry).where(schema.Entry.leaf >= ballot.leaf, schema.Entry.leaf <= ballot.closed_leaf)
    return b"".join(bytes(core_entry(each)) for each in session.scalars(asked.order_by(schema.Entry.leaf)))


class Stamping(Errand):
    """Asks one authority for every body's ballots."""

    kind = "time_stamp"

    def __init__(self, store: Store, authority: TimeAuthority) -> None:
        super().__init__()
        self.name = authority.url
        self._store, self._authority = store, authority
        self._context = ssl.create_default_context()

    def do(self) -> float:
        for body in self._store.bodies():
            with self._store.reading(body.code) as session:
                stamped = set(session.scalars(select(schema.TimeStamp.ballot)))
                closed = select(schema.Ballot).where(schema.Ballot.closed_leaf.is_not(None))
                rows = [row for row in session.scalars(closed) if row.ballot not in stamped]
                unstamped = [(row.ballot, closed_entries(session, row)) for row in rows]
            for ballot, entries in unstamped:
                token = self._stamp(entries)
                with self._store.writing(body.code) as session:
                    session.merge(schema.TimeStamp(body_id=session.body_id, ballot=ballot, token=token))
        return _LOOKS_EVERY

    def _stamp(self, entries: bytes) -> bytes:
        """Raises Failed, OSError, HTTPException."""
        nonce = int.from_bytes(secrets.token_bytes(NONCE_SIZE), "big")
        status, answer = ask(
            self._authority.url,
            write_request(entries, nonce),
            _MEDIA_TYPE,
            context=self._context,
            seconds=_PATIENCE,
            limit=timestamps.SIZE_LIMIT,
        )
        if status != _OK:
            raise Failed(f"status {status}")
        try:
            token = read_response(answer, entries, nonce)
            check_authority(timestamps.read(token), self._authority.anchors)
        except BadTimeStamp as error:
            raise Failed(error.reason.value) from error
        return token
