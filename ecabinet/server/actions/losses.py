"""Devices that persons report lost, or replaced: kept until the registrar has revoked them."""

from sqlalchemy import select

from ecabinet.core.codec import dump, load
from ecabinet.core.losses import LostDevice, LostDevices, reporter
from ecabinet.core.people import Act
from ecabinet.core.protocol import Reason, Refused
from ecabinet.server import schema
from ecabinet.server.actions import Server, require_right
from ecabinet.server.sessions import Caller


def report(server: Server, caller: Caller, lost: LostDevice) -> None:
    """Of a device of the caller's in force, by another of his; the last report of a device stands.

    Raises Refused: bad_signature.
    """
    with server.store.writing(caller.body) as session:
        register = server.ledger(caller.body).catch_up(session)
        if reporter(register, lost) != caller.person:
            raise Refused(Reason.BAD_SIGNATURE)
        session.merge(schema.LostDevice(body_id=session.body_id, certificate=lost.certificate, report=dump(lost)))


def listed(server: Server, caller: Caller) -> LostDevices:
    """Those that are still in force. Raises Refused: no_right."""
    with server.store.reading(caller.body) as session:
        register = server.ledger(caller.body).catch_up(session)
        require_right(register, caller.person, Act.REVOKE, session.now)
        reports = [load(LostDevice, row.report) for row in session.scalars(select(schema.LostDevice))]
        return LostDevices(devices=tuple(each for each in reports if reporter(register, each) is not None))
