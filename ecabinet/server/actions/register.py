"""What the register tells to stock tools: a list of revoked certificates."""

from datetime import datetime, timedelta

from sqlalchemy import select

from ecabinet.core.certificates import describe, has_issued
from ecabinet.core.codec import AgencyCode
from ecabinet.core.register import Revoked
from ecabinet.server import schema
from ecabinet.server.actions import Server
from ecabinet.server.ledger import reopen

_VALID_FOR = timedelta(days=1)


def revocation_list(server: Server, body: AgencyCode) -> bytes:
    """The CRL of a body's CA, DER, derived from the ledger: each revocation by the time of its leaf.

    Of what another authority issued that one tells.
    """
    revoked: dict[int, datetime] = {}
    with server.store.reading(body) as session:
        authority = server.keys.body_authority(body, session.body.name)
        asked = (
            select(schema.Envelope, schema.Entry.accepted_at)
            .join(schema.Entry, schema.Entry.leaf == schema.Envelope.leaf)
            .where(schema.Envelope.type == Revoked.TYPE)
        )
        for row, accepted_at in session.execute(asked):
            said = reopen(row).statement
            assert isinstance(said, Revoked)  # noqa: S101 - asked for by type
            device = session.scalar(
                select(schema.Enrolment).where(schema.Enrolment.certificate_digest == said.certificate_digest)
            )
            if device is not None and has_issued(authority.certificate, device.signing_certificate):
                revoked[describe(device.signing_certificate).serial_number] = accepted_at
        number, now = session.body.size, session.now
    return authority.revocation_list(revoked, number=number, at=now, valid_for=_VALID_FOR)
