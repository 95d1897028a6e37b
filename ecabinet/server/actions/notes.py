"""Notes and the keys they are sealed with: ciphertext that reaches its owner's devices, and nobody else's."""

from ecabinet.core.protocol import LARGEST_NOTE, KeysPush, NotesPush, Reason, Refused, RowKind
from ecabinet.server import schema
from ecabinet.server.actions import Server
from ecabinet.server.sessions import Caller

LARGEST_WRAPPED_KEY = 4 * 1024


def push_notes(server: Server, caller: Caller, push: NotesPush) -> None:
    """Adds note edits; those that are here already are passed over. Raises Refused: too_large, id_reused."""
    for each in push.notes:
        if len(each.ciphertext) > LARGEST_NOTE:
            raise Refused(Reason.TOO_LARGE, each.edit)
    with server.store.writing(caller.body) as session:
        for each in push.notes:
            row = schema.Note(
                person=caller.person, edit=each.edit, note=each.note, key=each.key, ciphertext=each.ciphertext
            )
            known = session.get(schema.Note, (session.body.id, caller.person, each.edit))
            if known is None:
                session.add(row)
                session.add_to_feed(caller.person, RowKind.NOTE, each.edit)
            elif (known.note, known.key, known.ciphertext) != (row.note, row.key, row.ciphertext):
                raise Refused(Reason.ID_REUSED, each.edit)


def push_keys(server: Server, caller: Caller, push: KeysPush) -> None:
    """Adds wrapped keys; those that are here already are passed over, whatever they were wrapped to now.

    Raises Refused (too_large).
    """
    for each in push.keys:
        if len(each.wrapped) + len(each.signature) > LARGEST_WRAPPED_KEY:
            raise Refused(Reason.TOO_LARGE, each.key)
    with server.store.writing(caller.body) as session:
        for each in push.keys:
            known = session.get(schema.WrappedKey, (session.body.id, caller.person, each.key, each.device, each.by))
            if known is None:
                session.add(
                    schema.WrappedKey(
                        person=caller.person,
                        key=each.key,
                        device=each.device,
                        wrapped_by=each.by,
                        wrapped=each.wrapped,
                        signature=each.signature,
                    )
                )
                session.add_to_feed(caller.person, RowKind.KEY, f"{each.key}/{each.device}/{each.by}")
