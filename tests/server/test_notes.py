"""Notes and keys: ciphertext for its owner's devices."""

from dataclasses import replace

import pytest

from ecabinet.core import envelope
from ecabinet.core.notes import SealedNote, WrappedKey
from ecabinet.core.protocol import KeysPush, NotesPush, Path, Refused
from tests.server.live import LiveCabinet


def note_of(cabinet: LiveCabinet, ciphertext: bytes = b"sealed") -> SealedNote:
    edit, note, key = (envelope.new_id(cabinet.now) for _ in range(3))
    return SealedNote(edit=edit, note=note, key=key, ciphertext=ciphertext)


def test_notes_reach_their_owner_and_nobody_else(cabinet: LiveCabinet) -> None:
    cabinet.seat(members=["chair", "finance"])
    notes = tuple(note_of(cabinet) for _ in range(3))
    path = cabinet.path(Path.NOTES)
    for _ in range(2):  # again is harmless
        assert cabinet.caller("chair").send("POST", path, NotesPush(notes=notes)).status == 204
    assert [row.note for row in cabinet.read_all("chair") if row.note is not None] == list(notes)
    for person in ("finance", "secretary", "registrar"):
        assert not [row for row in cabinet.read_all(person) if row.note is not None]
    # Another's edit of the same id is another edit.
    same_ids = replace(notes[0], ciphertext=b"mine")
    cabinet.caller("finance").send("POST", path, NotesPush(notes=(same_ids,)))
    assert [row.note for row in cabinet.read_all("finance") if row.note is not None] == [same_ids]
    assert [row.note for row in cabinet.read_all("chair") if row.note is not None] == list(notes)


def test_an_edit_is_never_overwritten(cabinet: LiveCabinet) -> None:
    cabinet.seat(members=["chair"])
    note = note_of(cabinet)
    path = cabinet.path(Path.NOTES)
    cabinet.caller("chair").send("POST", path, NotesPush(notes=(note,)))
    both = (note_of(cabinet), replace(note, ciphertext=b"other"))
    with pytest.raises(Refused, match="id_reused"):
        cabinet.caller("chair").send("POST", path, NotesPush(notes=both))
    assert [row.note for row in cabinet.read_all("chair") if row.note is not None] == [note]
    with pytest.raises(Refused, match="too_large"):
        cabinet.caller("chair").send("POST", path, NotesPush(notes=(note_of(cabinet, bytes(256 * 1024 + 1)),)))


def test_wrapped_keys_reach_their_owner(cabinet: LiveCabinet) -> None:
    cabinet.seat(members=["chair", "finance"])
    given = {"device": "a" * 64, "by": "c" * 64, "wrapped": b"wrapped", "signature": b"signed"}
    key = WrappedKey(key=envelope.new_id(cabinet.now), **given)  # type: ignore[arg-type]
    keys = (key, replace(key, device="b" * 64))
    path = cabinet.path(Path.KEYS)
    for again in (keys, (replace(key, wrapped=b"wrapped anew"),)):
        cabinet.caller("chair").send("POST", path, KeysPush(keys=again))
    assert [row.key for row in cabinet.read_all("chair") if row.key is not None] == list(keys)
    again_by_another = replace(key, by="d" * 64)
    cabinet.caller("chair").send("POST", path, KeysPush(keys=(again_by_another,)))
    cabinet.caller("finance").send("POST", path, KeysPush(keys=(replace(key, wrapped=b"of finance"),)))
    assert [row.key for row in cabinet.read_all("chair") if row.key is not None] == [*keys, again_by_another]
    assert [row.key.wrapped for row in cabinet.read_all("finance") if row.key is not None] == [b"of finance"]
    with pytest.raises(Refused, match="too_large"):
        cabinet.caller("chair").send("POST", path, KeysPush(keys=(replace(key, key=key.key, wrapped=bytes(5000)),)))
