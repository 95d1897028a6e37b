"""Notes that are shared: who may, whom they reach, what goes when it is taken back, and that no plain text is kept."""

import os
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import MetaData, select

from ecabinet.core import envelope
from ecabinet.core.notes import NoteShare, SharedNote, WrappedKey
from ecabinet.core.notes.sharing import (
    device_of,
    open_note,
    seal_note,
    share_key_message,
    share_message,
    shared_note_message,
    unwrap_key,
    wrap_key,
)
from ecabinet.core.people import Grant, Role
from ecabinet.core.protocol import FeedRow, Path, Refused, RowKind, SharesPush
from ecabinet.server import schema
from ecabinet.server.actions import shares
from tests.cabinet import Device
from tests.core.test_sharing import an_edit
from tests.server.live import LiveCabinet
from tests.server.local import Clock, LocalCabinet
from tests.server.served import ServedCabinet
from tests.server.test_feed import regrant, revised

SAID = "Số liệu này chưa khớp với phụ lục"
NOBODY = "0" * 64


class Author:
    """Somebody who shares, as his client would."""

    def __init__(self, cabinet: ServedCabinet, name: str = "chair") -> None:
        self.cabinet, self.name = cabinet, name
        self.secret = os.urandom(32)

    @property
    def device(self) -> Device:
        return self.cabinet.devices[self.name]

    @property
    def by(self) -> str:
        return device_of(self.device.keys().sealing_key)

    def share(self, *readers: str, replaces: tuple[str, ...] = (), **changes: object) -> NoteShare:
        """All his notes on the first paper."""
        unsigned = NoteShare(
            share=envelope.new_id(self.cabinet.now),
            author=self.name,
            document=self.cabinet.documents[0].document,
            note=None,
            readers=tuple(sorted(readers)),
            replaces=replaces,
            made_at=self.cabinet.now,
            by=self.by,
            signature=b"",
        )
        return self.signed(replace(unsigned, **changes))  # type: ignore[arg-type]

    def signed(self, share: NoteShare) -> NoteShare:
        return replace(share, signature=self.device.device_key.sign(share_message(self.cabinet.body, share)))

    def key(self, share: NoteShare, to: str) -> WrappedKey:
        """The share's key, for somebody's device."""
        sealing_key = self.cabinet.devices[to].keys().sealing_key
        wrapped = wrap_key(self.cabinet.body, share.share, self.secret, sealing_key)
        key = WrappedKey(key=share.share, device=device_of(sealing_key), by=self.by, wrapped=wrapped, signature=b"")
        return self.signed_key(key)

    def signed_key(self, key: WrappedKey) -> WrappedKey:
        return replace(key, signature=self.device.device_key.sign(share_key_message(self.cabinet.body, key)))

    def note(self, share: NoteShare, text: str = SAID) -> SharedNote:
        edit, note = (envelope.new_id(self.cabinet.now) for _ in range(2))
        said = replace(an_edit(text, note=note, document=share.document), edit=edit)
        ciphertext = seal_note(self.cabinet.body, share, self.secret, said)
        unsigned = SharedNote(share=share.share, edit=edit, note=note, ciphertext=ciphertext, by=self.by, signature=b"")
        return self.signed_note(unsigned)

    def signed_note(self, note: SharedNote) -> SharedNote:
        return replace(note, signature=self.device.device_key.sign(shared_note_message(self.cabinet.body, note)))

    def whole(self, share: NoteShare, *notes: SharedNote) -> SharesPush:
        """A share, with its keys for everybody in it."""
        keys = tuple(self.key(share, person) for person in (self.name, *share.readers))
        return SharesPush(shares=(share,), keys=keys, notes=notes)


def push(cabinet: ServedCabinet, said: SharesPush, by: str = "chair") -> None:
    if isinstance(cabinet, LiveCabinet):
        assert cabinet.caller(by).send("POST", cabinet.path(Path.SHARES), said).status == 204
    else:
        assert isinstance(cabinet, LocalCabinet)
        shares.push(cabinet.server, cabinet.caller(by), said)


def only(
    *, share: NoteShare | None = None, key: WrappedKey | None = None, note: SharedNote | None = None
) -> SharesPush:
    return SharesPush(shares=(share,) if share else (), keys=(key,) if key else (), notes=(note,) if note else ())


def told(cabinet: ServedCabinet, person: str) -> list[FeedRow]:
    """What somebody sees of shares, read from the beginning."""
    rows = cabinet.read_all(person)
    gone = {thing: row.position for row in rows for thing in row.gone}
    of = {RowKind.SHARE: "share.share", RowKind.SHARE_KEY: "share_key.key", RowKind.SHARED_NOTE: "shared_note.share"}
    found = []
    for row in rows:
        if row.kind in of:
            member, name = of[row.kind].split(".")
            if gone.get(getattr(getattr(row, member), name), 0) < row.position:
                found.append(row)
    return found


def notes_told(cabinet: ServedCabinet, person: str) -> list[SharedNote]:
    return [row.shared_note for row in told(cabinet, person) if row.shared_note is not None]


def shares_told(cabinet: ServedCabinet, person: str) -> list[NoteShare]:
    return [row.share for row in told(cabinet, person) if row.share is not None]


def at_work(cabinet: ServedCabinet) -> Author:
    cabinet.seat(members=["chair", "finance", "construction"])
    cabinet.publish()
    cabinet.send_meeting()
    return Author(cabinet)


def test_it_reaches_the_named_readers_and_nobody_else(cabinet: LiveCabinet) -> None:
    chair = at_work(cabinet)
    share = chair.share("finance")
    note = chair.note(share)
    for _ in range(2):  # again is harmless
        push(cabinet, chair.whole(share, note))
    for person in ("chair", "finance"):
        assert shares_told(cabinet, person) == [share]
        assert notes_told(cabinet, person) == [note]
    for person in ("construction", "secretary", "registrar"):
        assert told(cabinet, person) == []
    (key,) = (row.share_key for row in told(cabinet, "finance") if row.share_key is not None)
    secret = unwrap_key(cabinet.body, share.share, key.wrapped, cabinet.devices["finance"].sealing_key)
    assert secret == chair.secret
    opened = open_note(cabinet.body, share, secret, note)
    assert opened is not None
    assert opened.text == SAID
    assert len([row for row in told(cabinet, "chair") if row.share_key is not None]) == 2


def test_the_share_comes_before_what_is_in_it_and_a_later_note_later(cabinet: LiveCabinet) -> None:
    chair = at_work(cabinet)
    share = chair.share("finance")
    push(cabinet, chair.whole(share, chair.note(share)))
    later = chair.note(share, "Bổ sung sau")
    push(cabinet, only(note=later))
    kinds = [row.kind for row in told(cabinet, "finance")]
    assert kinds == [RowKind.SHARE, RowKind.SHARE_KEY, RowKind.SHARED_NOTE, RowKind.SHARED_NOTE]
    assert notes_told(cabinet, "finance")[-1] == later


def test_nobody_shares_with_who_may_not_read_the_paper(cabinet: LiveCabinet) -> None:
    chair = at_work(cabinet)
    cabinet.enrol("agriculture", Role.GUEST)
    for readers in (("agriculture",), ("agriculture", "finance"), ("nobody",)):
        with pytest.raises(Refused, match="no_right") as refused:
            push(cabinet, only(share=chair.share(*readers)))
        assert refused.value.refusal.what == readers[0]
    unknown_paper = chair.share("finance", document=envelope.new_id(cabinet.now))
    with pytest.raises(Refused, match="no_right"):
        push(cabinet, only(share=unknown_paper))
    guest = Author(cabinet, "agriculture")
    with pytest.raises(Refused, match="no_right"):
        push(cabinet, only(share=guest.share("chair")), by="agriculture")
    assert told(cabinet, "finance") == told(cabinet, "chair") == []


def test_nobody_shares_or_writes_in_anothers_name(cabinet: LiveCabinet) -> None:
    chair = at_work(cabinet)
    share = chair.share("finance")
    push(cabinet, chair.whole(share))
    finance = Author(cabinet, "finance")
    finance.secret = chair.secret
    note = finance.note(share)
    for wrong in (
        only(share=chair.share("construction", "finance")),
        only(note=note),
        only(key=finance.key(share, "chair")),
    ):
        with pytest.raises(Refused, match="no_right"):
            push(cabinet, wrong, by="finance")
    with pytest.raises(Refused, match="no_right"):
        push(cabinet, only(key=Author(cabinet, "construction").key(share, "construction")), by="construction")
    assert notes_told(cabinet, "finance") == []
    # In one's own name, and yet in place of another's share: it takes nothing away.
    mine = finance.share("construction", replaces=(share.share,))
    push(cabinet, only(share=mine), by="finance")
    assert share in shares_told(cabinet, "finance")


def test_what_is_not_signed_by_a_device_in_force_is_refused(cabinet: LiveCabinet) -> None:
    chair = at_work(cabinet)
    share = chair.share("finance")
    other = replace(share, readers=("construction", "finance"))
    for wrong in (other, replace(share, signature=b""), replace(share, by=NOBODY)):
        with pytest.raises(Refused, match="bad_signature"):
            push(cabinet, only(share=wrong))
    push(cabinet, chair.whole(share))
    note, key = chair.note(share), chair.key(share, "finance")
    for said in (
        only(note=replace(note, ciphertext=b"other")),
        only(note=replace(note, by=NOBODY)),
        only(key=replace(key, wrapped=b"other")),
    ):
        with pytest.raises(Refused, match="bad_signature"):
            push(cabinet, said)
    assert notes_told(cabinet, "finance") == []


def test_an_id_names_one_share_and_an_edit_stays_as_it_came(cabinet: LiveCabinet) -> None:
    chair = at_work(cabinet)
    share = chair.share("finance")
    note = chair.note(share)
    push(cabinet, chair.whole(share, note))
    with pytest.raises(Refused, match="id_reused"):
        push(cabinet, only(share=chair.share("construction", share=share.share)))
    again = chair.signed_note(replace(note, ciphertext=note.ciphertext[::-1]))
    push(cabinet, only(note=again))
    assert notes_told(cabinet, "finance") == [note]


def test_sizes_are_bounded_and_a_share_must_be_known(cabinet: LiveCabinet) -> None:
    chair = at_work(cabinet)
    share = chair.share("finance")
    note = chair.note(share)
    with pytest.raises(Refused, match="unknown"):
        push(cabinet, only(note=note))
    with pytest.raises(Refused, match="unknown"):
        push(cabinet, only(key=chair.key(share, "finance")))
    push(cabinet, chair.whole(share))
    with pytest.raises(Refused, match="too_large"):
        push(cabinet, only(note=chair.signed_note(replace(note, ciphertext=bytes(256 * 1024 + 1)))))
    with pytest.raises(Refused, match="too_large"):
        push(cabinet, only(key=chair.signed_key(replace(chair.key(share, "finance"), wrapped=bytes(5000)))))


def test_taking_back_takes_it_from_all_that_are_not_named_again(cabinet: LiveCabinet) -> None:
    chair = at_work(cabinet)
    first = chair.share("construction", "finance")
    note = chair.note(first)
    push(cabinet, chair.whole(first, note))
    second = chair.share("finance", replaces=(first.share,))
    anew = chair.note(second)
    push(cabinet, chair.whole(second, anew))
    assert told(cabinet, "construction") == []
    assert shares_told(cabinet, "finance") == [second]
    assert notes_told(cabinet, "finance") == [anew]
    # What comes late for the old one reaches nobody, and is no error: the reply to it may have been lost.
    push(cabinet, chair.whole(first, note, chair.note(first)))
    assert told(cabinet, "construction") == []
    push(cabinet, only(share=chair.share(replaces=(second.share,))))
    assert notes_told(cabinet, "finance") == []
    assert shares_told(cabinet, "finance") == []


def test_a_share_whose_replacement_was_here_first_reaches_nobody(cabinet: LiveCabinet) -> None:
    chair = at_work(cabinet)
    first = chair.share("construction")
    second = chair.share("finance", replaces=(first.share,))
    push(cabinet, chair.whole(second))
    push(cabinet, chair.whole(first, chair.note(first)))
    assert told(cabinet, "construction") == []


def test_it_goes_and_comes_with_the_right_to_the_paper(cabinet: LiveCabinet) -> None:
    chair = at_work(cabinet)
    share = chair.share("finance")
    note = chair.note(share)
    push(cabinet, chair.whole(share, note))
    (sent,) = (each for each in cabinet.ledger if each.opened.statement.TYPE == "meeting.sent")
    without = revised(cabinet, sent, participants=("chair", "construction"))
    assert told(cabinet, "finance") == []
    assert notes_told(cabinet, "chair") == [note]
    later = chair.note(share, "Khi người đọc không còn quyền")
    push(cabinet, only(note=later))
    assert told(cabinet, "finance") == []
    # Who has lost the right does not stand in the way of taking back, nor of a share that names him still.
    second = chair.share("finance", replaces=(share.share,))
    push(cabinet, chair.whole(second, chair.note(second)))
    with pytest.raises(Refused, match="no_right"):
        push(cabinet, only(share=chair.share("finance")))
    revised(cabinet, without, participants=("chair", "construction", "finance"))
    assert shares_told(cabinet, "finance") == [second]
    assert len(notes_told(cabinet, "finance")) == 1


def test_an_assistant_reads_along_for_as_long_as_he_helps(local: LocalCabinet, clock: Clock) -> None:
    chair = at_work(local)
    local.enrol("agriculture", Role.GUEST)
    ends_at = local.now + timedelta(hours=1)
    with pytest.raises(Refused, match="no_right"):
        push(local, only(share=chair.share("agriculture")))
    help_until = Grant(role=Role.ASSISTANT, for_person="chair", from_at=local.began_at, to_at=ends_at)
    regrant(local, "agriculture", help_until)
    share = chair.share("agriculture")
    note = chair.note(share)
    push(local, chair.whole(share, note))
    assert notes_told(local, "agriculture") == [note]
    clock.advance(timedelta(hours=2))
    assert told(local, "agriculture") == []
    assert notes_told(local, "chair") == [note]


def test_a_reader_hands_the_key_on_to_his_other_device(cabinet: LiveCabinet) -> None:
    chair = at_work(cabinet)
    share = chair.share("finance")
    push(cabinet, chair.whole(share))
    finance = Author(cabinet, "finance")
    finance.secret, first = chair.secret, finance.device
    second = cabinet.device("finance", f"{cabinet.body}/finance-2")
    cabinet.enrol("finance", Role.MEMBER, device=second)
    cabinet.callers.pop("finance", None)
    new = finance.key(share, "finance")
    cabinet.devices["finance"] = first
    handed = finance.signed_key(replace(new, by=finance.by))
    push(cabinet, only(key=handed), by="finance")
    assert handed in [row.share_key for row in told(cabinet, "finance")]
    assert handed in [row.share_key for row in told(cabinet, "chair")]
    # For a device that is nobody's who takes part it is passed over.
    for key in (replace(handed, device=NOBODY), chair.key(share, "construction")):
        author = finance if key.device == NOBODY else chair
        push(cabinet, only(key=author.signed_key(key)), by=author.name)
    keys = [row.share_key for row in told(cabinet, "chair") if row.share_key is not None]
    assert len(keys) == 3


def test_the_database_has_no_word_of_it_and_what_was_taken_back_is_not_kept(local: LocalCabinet) -> None:
    chair = at_work(local)
    share = chair.share("finance")
    note = chair.note(share)
    push(local, chair.whole(share, note))
    assert SAID.encode() not in everything_in(local)
    assert chair.secret not in everything_in(local)
    assert note.ciphertext in everything_in(local)
    push(local, only(share=chair.share(replaces=(share.share,))))
    assert note.ciphertext not in everything_in(local)
    with local.server.store.reading(local.body) as session:
        assert not session.scalars(select(schema.ShareKey)).all()


def everything_in(local: LocalCabinet) -> bytes:
    """All that the database holds, one value after another."""
    tables = MetaData()
    tables.reflect(local.server.store.engine)
    held = bytearray()
    with local.server.store.engine.connect() as connection:
        for table in tables.tables.values():
            for row in connection.execute(select(table)):
                held += b"\n".join(each if isinstance(each, bytes) else str(each).encode() for each in row)
    return bytes(held)
