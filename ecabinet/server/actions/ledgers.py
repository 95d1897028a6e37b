"""A ledger as static files (`c2sp.org/tlog-tiles`), and what witnesses and devices say of it.

Who may read what: checkpoints, hashes and witnesses' words are for anybody, and say nothing but how many entries there
are; the entries themselves, which tell when things happened, are for who is signed in to the body.
"""

from sqlalchemy import select

from ecabinet.core.codec import AgencyCode
from ecabinet.core.ledger import ProofError
from ecabinet.core.protocol import Reason, Refused
from ecabinet.core.register import Register
from ecabinet.core.tiles import Place, Tile, write_entries
from ecabinet.server import schema
from ecabinet.server.actions import Server
from ecabinet.server.ledger import Ledger, View, core_entry
from ecabinet.server.sessions import Caller
from ecabinet.server.store import BodySession
from ecabinet.server.witnesses import cosigned_note, largest_cosigned


def checkpoint(server: Server, body: AgencyCode, epoch: int) -> str:
    """The newest checkpoint, with what witnesses have said of it so far. Raises Refused: unknown."""
    ledger = server.ledger(body)
    with server.store.reading(body) as session:
        _require_epoch(ledger, session, epoch)
        return cosigned_note(session, epoch, ledger.view(session.body.size))


def cosigned(server: Server, body: AgencyCode, epoch: int) -> str:
    """The largest checkpoint with a quorum of witnesses. Raises Refused: unknown."""
    ledger = server.ledger(body)
    with server.store.reading(body) as session:
        register = _require_epoch(ledger, session, epoch)
        size = largest_cosigned(session, epoch, register.founding.witnesses)
        if size is None:
            raise Refused(Reason.UNKNOWN, "cosigned")
        return cosigned_note(session, epoch, ledger.view(size))


def tile(server: Server, body: AgencyCode, epoch: int, path: str) -> bytes:
    """Raises Refused: unknown."""
    try:
        asked = Tile.from_path(path)
    except ProofError:
        raise Refused(Reason.UNKNOWN, "tile") from None
    return _view(server, body, epoch).tile(asked)


def entries(server: Server, caller: Caller, epoch: int, path: str) -> bytes:
    """A bundle of entries. Raises Refused: unknown."""
    try:
        place = Place.from_path(path)
    except ProofError:
        raise Refused(Reason.UNKNOWN, "tile") from None
    ledger = server.ledger(caller.body)
    with server.store.reading(caller.body) as session:
        _require_epoch(ledger, session, epoch)
        if place.start + place.width > session.body.size:
            raise Refused(Reason.UNKNOWN, "tile")
        wanted = select(schema.Entry).where(
            schema.Entry.leaf >= place.start, schema.Entry.leaf < place.start + place.width
        )
        return write_entries(bytes(core_entry(row)) for row in session.scalars(wanted.order_by(schema.Entry.leaf)))


def _view(server: Server, body: AgencyCode, epoch: int) -> View:
    ledger = server.ledger(body)
    with server.store.reading(body) as session:
        _require_epoch(ledger, session, epoch)
        return ledger.view(session.body.size)


def _require_epoch(ledger: Ledger, session: BodySession, epoch: int) -> Register:
    """The log of an earlier epoch is served no more: its tree may be another one."""
    register = ledger.catch_up(session)
    if register.epoch != epoch:
        raise Refused(Reason.UNKNOWN, "epoch")
    return register
