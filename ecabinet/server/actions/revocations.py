"""What outside authorities say of certificates in the register, for everybody of the body."""

from ecabinet.core.codec import Digest
from ecabinet.core.protocol import OutsideRevocation, OutsideRevocations, Reason, Refused
from ecabinet.server import schema
from ecabinet.server.actions import Server
from ecabinet.server.revocations import standings
from ecabinet.server.sessions import Caller


def listed(server: Server, caller: Caller) -> OutsideRevocations:
    """What is kept."""
    with server.store.reading(caller.body) as session:
        rows = [row for every in standings(session).values() for row in every]
    return OutsideRevocations(
        revocations=tuple(
            OutsideRevocation(certificate=row.certificate, answer=row.answer, size=row.size) for row in rows
        )
    )


def find(server: Server, caller: Caller, digest: Digest) -> bytes:
    """A CRL or an OCSP answer (DER). Raises Refused: unknown."""
    with server.store.reading(caller.body) as session:
        row = session.get(schema.OutsideAnswer, (session.body_id, digest))
        if row is None:
            raise Refused(Reason.UNKNOWN)
        return row.content
