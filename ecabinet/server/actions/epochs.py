"""A restored backup: what the server tells of it, and the new epoch that the registrar begins (proof.md §3).

`ecabinet server restored` prepares the next log key, and from then on the ledger waits. Meanwhile devices tell how far
they know it to have come; the registrar names the furthest of that, and signs.
"""

import copy
import secrets

from sqlalchemy import func, select

from ecabinet.core.codec import AgencyCode
from ecabinet.core.envelope import Envelope
from ecabinet.core.protocol import KnownCheckpoint, PlacedEnvelope, Reason, Refused, RegisterRecord, Restored
from ecabinet.core.register import EpochStarted, RegisterError, register_tag
from ecabinet.server import feed, rights, schema
from ecabinet.server.actions import Server, require_standing
from ecabinet.server.ledger import Turn
from ecabinet.server.sessions import Caller
from ecabinet.server.store import BodySession


def current(session: BodySession) -> int:
    """The number of a body's epoch."""
    begun = select(func.count(schema.Envelope.leaf)).where(schema.Envelope.type == EpochStarted.TYPE)
    return 1 + (session.scalar(begun) or 0)


def prepare(server: Server, body: AgencyCode) -> int:
    """Makes the key of a body's next epoch, and everybody begin the feed anew. To be done while no server runs."""
    with server.store.writing(body) as session:
        epoch = server.ledger(body).catch_up(session).epoch + 1
        server.keys.log_key(body, epoch)
        session.body.feed_epoch = secrets.token_hex(8)
    return epoch


def restored(server: Server, caller: Caller, known: KnownCheckpoint) -> Restored:
    """Hears how far a device knows the ledger to have come; tells what there is. Raises Refused: unknown, no_right."""
    ledger = server.ledger(caller.body)
    with server.store.reading(caller.body) as session:
        register = ledger.catch_up(session)
        if not ledger.awaits_epoch_after(register):
            raise Refused(Reason.UNKNOWN, "epoch")
        own = ledger.restored(session.body.size).checkpoint
    told = server.furthest.get(caller.body, own)
    server.furthest[caller.body] = register.epochs.furthest((told, known.note))
    following = register.epoch + 1
    return Restored(
        epoch=following, log_key=ledger.log_key(following), checkpoint=own, furthest=server.furthest[caller.body]
    )


def register_record(server: Server, caller: Caller) -> RegisterRecord:
    """The whole register, proven to the newest checkpoint. Raises Refused (awaiting_epoch)."""
    ledger = server.ledger(caller.body)
    with server.store.reading(caller.body) as session:
        ledger.catch_up(session)
        view = ledger.view(session.body.size)
        asked = select(schema.Envelope, schema.Entry.accepted_at).join(
            schema.Entry, schema.Entry.leaf == schema.Envelope.leaf
        )
        rows = session.execute(asked.where(schema.Entry.tag == register_tag(caller.body)).order_by(schema.Entry.leaf))
        return RegisterRecord(
            checkpoint=view.checkpoint,
            register=tuple(
                PlacedEnvelope(
                    envelope=Envelope(row.statement, row.signature), placed=view.place(row.leaf, accepted_at)
                )
                for row, accepted_at in rows
            ),
        )


def accept_started(turn: Turn, said: EpochStarted) -> str:
    """A new log goes on from what was restored. Raises Refused."""
    require_standing(turn)
    if said.previous != turn.register.head:
        raise Refused(Reason.STALE_REGISTER)
    if not turn.awaits_epoch or said.epoch != turn.register.epoch + 1:
        raise Refused(Reason.NO_RIGHT, said.TYPE)
    if said.log_key != turn.log_key(said.epoch):
        raise Refused(Reason.MALFORMED, "log_key")
    changed = copy.deepcopy(turn.register)
    try:
        changed.add(turn.opened, turn.leaf, turn.accepted_at)
    except RegisterError as error:
        raise Refused(Reason.MALFORMED, "last_checkpoint") from error
    # Of what is kept, the named checkpoint has to be the restored ledger's own; what its signer saw, it has to cover.
    for note in (said.last_checkpoint, said.seen):
        if note is None or not turn.is_own(note, changed.epochs):
            raise Refused(Reason.FOREIGN_CHECKPOINT)
    turn.found_register(changed)
    feed.spread(turn.session, changed, turn.accepted_at, before=(), after=[rights.register_item(turn.leaf)])
    return ""
