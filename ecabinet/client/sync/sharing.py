"""Notes that are shared: what others gave this person to read, and what he gives others; ciphertext on the way.

A share is believed when a device of its author's signed it that the register holds in force, and names this person; a
key, when such a device, or another of this person's, wrapped it for this device; a note, when the author's device
signed it for that very share. What was believed once stays, whatever becomes of the device later. A share is made anew,
under another key, as soon as a device that made it, sealed for it or has its key is no longer in force.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Row, select, update

from ecabinet.client.remote import Remote
from ecabinet.client.remote_errors import RefusedByServer
from ecabinet.client.sync.apply import Reader
from ecabinet.client.sync.notes import MOST_AT_ONCE, OwnDevice
from ecabinet.client.sync.outbox import FOR_NOW
from ecabinet.client.vault import schema, shared
from ecabinet.client.vault.changes import Changes
from ecabinet.client.vault.store import Vault
from ecabinet.core import codec
from ecabinet.core.codec import Digest, Identifier, Name, whole_milliseconds
from ecabinet.core.envelope import new_id
from ecabinet.core.notes import NoteEdit, NoteShare, SharedNote, WrappedKey, heads
from ecabinet.core.notes.sharing import (
    device_of,
    is_signed,
    open_note,
    seal_note,
    share_key_message,
    share_message,
    shared_note_message,
    standing_in,
    unwrap_key,
    wrap_key,
)
from ecabinet.core.protocol import LARGEST_NOTE, Refusal, SharesPush
from ecabinet.core.register import DeviceKeys, Register

_BATCH_SIZE = 2 * 1024 * 1024
_shares, _notes, _keys = schema.note_shares, schema.shared_notes, schema.share_keys


def devices_of(register: Register, *persons: Name) -> dict[Digest, DeviceKeys]:
    """The devices in force of these, by their names."""
    return {device_of(each.sealing_key): each for person in persons for each in register.devices(person)}


def make_share(
    db: Connection,
    reader: Reader,
    own: OwnDevice,
    *,
    document: Identifier,
    note: Identifier | None,
    readers: Iterable[Name],
    replaces: Iterable[Identifier],
) -> NoteShare:
    """A share of this person's, kept until it is pushed; under a key of its own."""
    unsigned = NoteShare(
        share=new_id(reader.now),
        author=reader.person,
        document=document,
        note=note,
        readers=tuple(sorted(set(readers))),
        replaces=tuple(replaces),
        made_at=whole_milliseconds(reader.now),
        by=own.name,
        signature=b"",
    )
    share = replace(unsigned, signature=own.sign(share_message(reader.body, unsigned)))
    shared.keep_own_share(db, reader.body, share, AESGCM.generate_key(256))
    return share


# ---------------------------------------------------------------- what others give


def open_shares(db: Connection, reader: Reader, own: OwnDevice, register: Register) -> Changes:
    """Opens what came, as far as it proves right and its key is here. What does not is shown to nobody."""
    documents = _check_shares(db, reader, register)
    _open_keys(db, reader, own, register)
    return Changes(documents=frozenset(documents), notes=frozenset(_open_notes(db, reader, register)))


def _check_shares(db: Connection, reader: Reader, register: Register) -> set[Identifier]:
    checked = set()
    waiting = select(_shares.c.content).where(_shares.c.body == reader.body, ~_shares.c.is_checked)
    for content in db.scalars(waiting).all():
        share = codec.load(NoteShare, content)
        device = devices_of(register, share.author).get(share.by)
        is_for_me = reader.person in (share.author, *share.readers)
        if device is None or not is_for_me:
            continue
        if is_signed(share_message(reader.body, share), share.signature, device.device_key):
            db.execute(update(_shares).where(_shares.c.share == share.share).values(is_checked=True))
            checked.add(share.document)
    return checked


def _open_keys(db: Connection, reader: Reader, own: OwnDevice, register: Register) -> None:
    is_open = (_shares.c.body == reader.body) & _shares.c.is_checked & _shares.c.secret.is_(None)
    asked = select(_keys, _shares.c.author).join(_shares, _shares.c.share == _keys.c.share)
    for row in db.execute(asked.where(is_open, _keys.c.device == own.name)).all():
        key, giver = _wrapped(row), devices_of(register, row.author, reader.person).get(row.by)
        if giver is None or not is_signed(share_key_message(reader.body, key), key.signature, giver.device_key):
            continue
        secret = unwrap_key(reader.body, row.share, row.wrapped, own.sealing_key)
        if secret is not None:
            db.execute(update(_shares).where(_shares.c.share == row.share).values(secret=secret))


def _open_notes(db: Connection, reader: Reader, register: Register) -> set[Identifier]:
    opened = set()
    asked = select(_notes, _shares.c.content.label("said"), _shares.c.secret).join(
        _shares, _shares.c.share == _notes.c.share
    )
    is_sealed = _notes.c.ciphertext.is_not(None) & _shares.c.is_checked & _shares.c.secret.is_not(None)
    for row in db.execute(asked.where(_notes.c.body == reader.body, is_sealed)).all():
        share, sealed = codec.load(NoteShare, row.said), _sealed(row)
        device = devices_of(register, share.author).get(row.by)
        message = shared_note_message(reader.body, sealed)
        if device is None or not is_signed(message, row.signature, device.device_key):
            continue
        content = None
        if share.author != reader.person:
            edit = open_note(reader.body, share, row.secret, sealed)
            if edit is None:
                continue
            content = codec.dump(edit)
        same = (_notes.c.share == row.share) & (_notes.c.edit == row.edit)
        db.execute(update(_notes).where(same).values(content=content, ciphertext=None))
        opened.add(row.note)
    return opened


def _wrapped(row: Row[Any]) -> WrappedKey:
    return WrappedKey(key=row.share, device=row.device, by=row.by, wrapped=row.wrapped, signature=row.signature)


def _sealed(row: Row[Any]) -> SharedNote:
    names = ("share", "edit", "note", "ciphertext", "by", "signature")
    return SharedNote(**{name: getattr(row, name) for name in names})


# ---------------------------------------------------------------- what goes out


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedNotes:
    """Sends what this person shares, and hands keys on to devices that have none yet."""

    vault: Vault
    remote: Remote
    own: OwnDevice
    reader: Callable[[], Reader]
    tell: Callable[[Changes], None]
    heed: Callable[[], None]

    def exchange(self) -> None:
        """Everything that waits. A share that is refused counts for nothing, and says so. Raises RemoteError."""
        for share in self.vault.do(self._at_work):
            while (push := self.vault.do(partial(self._next, share=share))) is not None:
                self.heed()
                try:
                    self.remote.push_shares(self.reader().body, push)
                except RefusedByServer as error:
                    if error.refusal.reason in FOR_NOW:
                        raise
                    self.tell(self.vault.do(partial(_refuse, push=push, refusal=error.refusal)))
                    break
                self.tell(self.vault.do(partial(self._keep_pushed, push=push)))

    def _register(self, db: Connection) -> Register | None:
        """None where this device is not one of this person's in force: what it made would be believed by none."""
        reader = self.reader()
        register = self.vault.registers.of(db, reader.body)
        return register if register and self.own.name in devices_of(register, reader.person) else None

    def _at_work(self, db: Connection) -> list[NoteShare]:
        """The shares to look after: one's own, made anew where that is due, and those one has the key of."""
        reader, register = self.reader(), self._register(db)
        if register is None:
            return []
        for share in shared.holding(db, reader.body, reader.person):
            if share.readers and self._is_outdated(db, register, share):
                make_share(
                    *(db, reader, self.own),
                    document=share.document,
                    note=share.note,
                    readers=share.readers,
                    replaces=[share.share],
                )
        others = db.scalars(select(_shares.c.author).where(_shares.c.body == reader.body).distinct()).all()
        return [share for author in others for share in shared.holding(db, reader.body, author)]

    def _is_outdated(self, db: Connection, register: Register, share: NoteShare) -> bool:
        mine = devices_of(register, share.author)
        everybodys = devices_of(register, share.author, *share.readers)
        made_by = {share.by, *db.scalars(shared.given(share.share).with_only_columns(_notes.c.by))}
        held_by = set(db.scalars(select(_keys.c.device).where(_keys.c.share == share.share)))
        return not (made_by <= mine.keys() and held_by <= everybodys.keys())

    def _next(self, db: Connection, share: NoteShare) -> SharesPush | None:
        register = self._register(db)
        row = db.execute(select(_shares).where(_shares.c.share == share.share)).one_or_none()
        if register is None or row is None:
            return None
        keys: Sequence[WrappedKey] = ()
        notes: Sequence[SharedNote] = ()
        if share.readers and row.secret is not None:
            keys = self._keys_to_push(db, register, share, row.secret)
            notes = self._notes_to_push(db, share, row.secret) if share.author == self.reader().person else ()
        push = SharesPush(shares=() if row.is_pushed else (share,), keys=tuple(keys), notes=tuple(notes))
        return push if push.shares or keys or notes else None

    def _keys_to_push(
        self, db: Connection, register: Register, share: NoteShare, secret: bytes
    ) -> Sequence[WrappedKey]:
        """For every device of those who take part, a reader for his own alone, that has none from whom it believes."""
        reader, authors = self.reader(), devices_of(register, share.author)
        for person in (share.author, *share.readers) if share.author == reader.person else (reader.person,):
            devices = devices_of(register, person)
            given = select(_keys.c.device).where(_keys.c.share == share.share, _keys.c.by.in_({*authors, *devices}))
            for device in devices.keys() - set(db.scalars(given)):
                wrapped = wrap_key(reader.body, share.share, secret, devices[device].sealing_key)
                key = WrappedKey(key=share.share, device=device, by=self.own.name, wrapped=wrapped, signature=b"")
                signed = replace(key, signature=self.own.sign(share_key_message(reader.body, key)))
                shared.keep_key(db, reader.body, signed, is_pushed=False)
        waiting = select(_keys).where(_keys.c.share == share.share, ~_keys.c.is_pushed).limit(MOST_AT_ONCE)
        return [_wrapped(row) for row in db.execute(waiting)]

    def _notes_to_push(self, db: Connection, share: NoteShare, secret: bytes) -> Sequence[SharedNote]:
        """The states that hold now and that the readers have not got, sealed; as many as a message may have."""
        own, settled = schema.note_edits.c, select(_notes.c.edit).where(_notes.c.share == share.share)
        mine = (own.document == share.document) & own.content.is_not(None)
        if share.note is not None:
            mine &= own.note == share.note
        new = select(own.note).where(mine, own.edit.not_in(settled)).distinct()
        edits = select(own.content).where(own.note.in_(new), own.content.is_not(None)).order_by(own.note)
        loaded = (codec.load(NoteEdit, content) for content in db.scalars(edits))
        pushed: list[SharedNote] = []
        size = 0
        known = set(db.scalars(settled))
        for _, of_note in groupby(loaded, key=lambda edit: edit.note):
            states = list(of_note)
            wanted = self._wanted(db, share, states)
            passed = {edit.edit for edit in states} - known - {edit.edit for edit in wanted}
            shared.pass_over(db, self.reader().body, share, [edit for edit in states if edit.edit in passed])
            for edit in wanted:
                if edit.edit in known:
                    continue
                sealed = seal_note(self.reader().body, share, secret, standing_in(edit, states))
                if len(sealed) > LARGEST_NOTE:
                    shared.pass_over(db, self.reader().body, share, [edit])
                    continue
                size += len(sealed)
                if pushed and (size > _BATCH_SIZE or len(pushed) == MOST_AT_ONCE):
                    return pushed
                pushed.append(self._signed(share, edit, sealed))
        return pushed

    def _wanted(self, db: Connection, share: NoteShare, states: Sequence[NoteEdit]) -> Sequence[NoteEdit]:
        """What holds; of a deleted note only if the readers had it before."""
        holding = heads(states)
        if all(edit.is_deleted for edit in holding):
            had = shared.given(share.share).where(_notes.c.note == states[0].note).limit(1)
            return holding if db.execute(had).first() is not None else ()
        return holding

    def _signed(self, share: NoteShare, edit: NoteEdit, ciphertext: bytes) -> SharedNote:
        note = SharedNote(
            share=share.share,
            edit=edit.edit,
            note=edit.note,
            ciphertext=ciphertext,
            by=self.own.name,
            signature=b"",
        )
        return replace(note, signature=self.own.sign(shared_note_message(self.reader().body, note)))

    def _keep_pushed(self, db: Connection, push: SharesPush) -> Changes:
        for share in push.shares:
            db.execute(update(_shares).where(_shares.c.share == share.share).values(is_pushed=True))
        for key in push.keys:
            same = (_keys.c.share == key.key) & (_keys.c.device == key.device) & (_keys.c.by == key.by)
            db.execute(update(_keys).where(same).values(is_pushed=True))
        for note in push.notes:
            shared.keep_note(db, self.reader().body, replace(note, ciphertext=b""))
        return Changes(documents=frozenset(share.document for share in push.shares))


def _refuse(db: Connection, push: SharesPush, refusal: Refusal) -> Changes:
    for share in push.shares:
        db.execute(update(_shares).where(_shares.c.share == share.share).values(refusal=codec.dump(refusal)))
    return Changes(documents=frozenset(share.document for share in push.shares))
