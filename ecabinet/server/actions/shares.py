"""Notes that are shared: ciphertext for the readers whom its author names, as far as they may read the paper.

What is taken in was signed by a device in force of who brings it; what it says, only those who take part can read. A
share that another replaces is gone with all that was in it.
"""

from sqlalchemy import delete, select

from ecabinet.core.codec import Digest, dump, load
from ecabinet.core.notes import NoteShare, SharedNote, WrappedKey
from ecabinet.core.notes.sharing import (
    device_of,
    is_signed,
    share_key_message,
    share_message,
    shared_note_message,
)
from ecabinet.core.people import Act
from ecabinet.core.protocol import LARGEST_NOTE, Reason, Refused, RowKind, SharesPush
from ecabinet.core.register import Register
from ecabinet.server import feed, rights, schema
from ecabinet.server.actions import Server, require_right
from ecabinet.server.actions.notes import LARGEST_WRAPPED_KEY
from ecabinet.server.rights import Item
from ecabinet.server.sessions import Caller
from ecabinet.server.store import BodySession


def push(server: Server, caller: Caller, said: SharesPush) -> None:
    """Takes shares, keys and notes; what is here already, or is for a share that was replaced, is passed over.

    Raises Refused: too_large, bad_signature, no_right (`what`: the reader, or the share), id_reused, unknown.
    """
    for note in said.notes:
        if len(note.ciphertext) > LARGEST_NOTE:
            raise Refused(Reason.TOO_LARGE, note.edit)
    for key in said.keys:
        if len(key.wrapped) + len(key.signature) > LARGEST_WRAPPED_KEY:
            raise Refused(Reason.TOO_LARGE, key.key)
    with server.store.writing(caller.body) as session:
        register = server.ledger(caller.body).catch_up(session)
        feed.settle(session, register, session.now)
        _Push(session, register, caller).run(said)


class _Push:
    def __init__(self, session: BodySession, register: Register, caller: Caller) -> None:
        self._session, self._register, self._person = session, register, caller.person
        self._body = caller.body
        self._devices = {device_of(each.sealing_key): each.device_key for each in register.devices(caller.person)}
        self._gone: list[Item] = []
        self._new: set[tuple[RowKind, str]] = set()

    def run(self, said: SharesPush) -> None:
        for share in said.shares:
            self._add_share(share)
        for key in said.keys:
            self._add_key(key)
        for note in said.notes:
            self._add_note(note)
        self._session.flush()
        # At once: for those who read on, notes don't go and come back.
        touched = {share.share for share in said.shares} | {each.key for each in said.keys}
        there = rights.share_items(self._session, None, touched | {each.share for each in said.notes})
        new = [item for item in there if (item.kind, item.subject) in self._new]
        feed.spread(self._session, self._register, self._session.now, before=self._gone, after=new)

    # ---------------------------------------------------------------- shares

    def _add_share(self, share: NoteShare) -> None:
        session = self._session
        known = session.get(schema.NoteShare, (session.body.id, share.share))
        if known is not None:
            if known.described != dump(share):
                raise Refused(Reason.ID_REUSED, share.share)
            return
        if share.author != self._person:
            raise Refused(Reason.NO_RIGHT, share.share)
        self._require_signature(share_message(self._body, share), share.signature, share.by)
        mine = select(schema.NoteShare).where(schema.NoteShare.author == self._person)
        others = list(session.scalars(mine.where(schema.NoteShare.document == share.document)))
        replaced = [row for row in others if row.share in share.replaces and not row.is_replaced]
        self._require_readers(share, {reader for row in replaced for reader in row.readers})
        self._gone += rights.share_items(session, None, [row.share for row in replaced])
        for row in replaced:
            row.is_replaced = True
            for table in (schema.SharedNote, schema.ShareKey):
                session.execute(delete(table).where(table.body_id == session.body.id, table.share == row.share))
        session.add(
            schema.NoteShare(
                share=share.share,
                author=share.author,
                document=share.document,
                readers=list(share.readers),
                described=dump(share),
                is_replaced=any(share.share in load(NoteShare, row.described).replaces for row in others),
            )
        )
        session.flush()
        self._new.add((RowKind.SHARE, share.share))

    def _require_readers(self, share: NoteShare, already: set[str]) -> None:
        """Who is added may read the paper, and so may the author who adds. Raises Refused (no_right).

        Taking back needs no right, nor does it stand in the way that another reader has lost his.
        """
        audience = rights.paper_audience(self._session, share.document)
        added = [reader for reader in share.readers if reader not in already]
        for name in (self._person, *added) if added else ():
            try:
                require_right(self._register, name, Act.READ_PAPER, self._session.now, audience)
            except Refused as refused:
                raise Refused(Reason.NO_RIGHT, name) from refused

    # ---------------------------------------------------------------- what is in them

    def _add_key(self, key: WrappedKey) -> None:
        """One for a device that is not, or no more, of those who take part is passed over."""
        share = self._share(key.key)
        if self._person not in (share.author, *share.readers):
            raise Refused(Reason.NO_RIGHT, key.key)
        self._require_signature(share_key_message(self._body, key), key.signature, key.by)
        holder = self._holder(share, key.device)
        place = (self._session.body.id, key.key, key.device, key.by)
        if share.is_replaced or holder is None or self._session.get(schema.ShareKey, place) is not None:
            return
        if self._person not in (share.author, holder):
            raise Refused(Reason.NO_RIGHT, key.key)
        self._session.add(
            schema.ShareKey(
                share=key.key,
                device=key.device,
                wrapped_by=key.by,
                holder=holder,
                wrapped=key.wrapped,
                signature=key.signature,
            )
        )
        self._new.add((RowKind.SHARE_KEY, rights.share_key_subject(key.key, key.device, key.by)))

    def _add_note(self, note: SharedNote) -> None:
        """An edit stays as it was first sealed: each of its author's devices seals it anew."""
        share = self._share(note.share)
        if self._person != share.author:
            raise Refused(Reason.NO_RIGHT, note.share)
        self._require_signature(shared_note_message(self._body, note), note.signature, note.by)
        place = (self._session.body.id, note.share, note.edit)
        if share.is_replaced or self._session.get(schema.SharedNote, place) is not None:
            return
        self._session.add(
            schema.SharedNote(
                share=note.share,
                edit=note.edit,
                note=note.note,
                sealed_by=note.by,
                ciphertext=note.ciphertext,
                signature=note.signature,
            )
        )
        self._new.add((RowKind.SHARED_NOTE, rights.shared_note_subject(note.share, note.edit)))

    def _share(self, share: str) -> schema.NoteShare:
        row = self._session.get(schema.NoteShare, (self._session.body.id, share))
        if row is None:
            raise Refused(Reason.UNKNOWN, share)
        return row

    def _holder(self, share: schema.NoteShare, device: Digest) -> str | None:
        for name in (share.author, *share.readers):
            if any(device_of(each.sealing_key) == device for each in self._register.devices(name)):
                return name
        return None

    def _require_signature(self, message: bytes, signature: bytes, by: Digest) -> None:
        if not is_signed(message, signature, self._devices.get(by)):
            raise Refused(Reason.BAD_SIGNATURE, by)
