"""What is shared: sealed for its readers, bound to author, paper and note, and merged as its author's devices merge."""

from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecabinet.core import codec
from ecabinet.core.codec import MalformedError
from ecabinet.core.notes import NoteEdit, NoteShare, SharedNote, WrappedKey, heads
from ecabinet.core.notes.sharing import (
    device_of,
    is_signed,
    living,
    open_note,
    seal_note,
    share_key_message,
    share_message,
    shared_note_message,
    standing_in,
    unwrap_key,
    wrap_key,
)
from tests.core.test_notes import edit
from tests.devices import Device

BODY = "H49.1"
AT = datetime(2026, 11, 23, tzinfo=UTC)
AUTHOR, READER = Device("author"), Device("reader")
SECRET = bytes(range(32))


def an_id(number: int) -> str:
    return f"00000000-0000-7000-8000-{number:012x}"


PAPER, NOTE, EDIT = an_id(1), an_id(2), an_id(3)


def sealing_key_of(device: Device) -> bytes:
    return device.sealing_key.public_key().public_bytes_raw()


def device_key_of(device: Device) -> bytes:
    return device.device_key.public_key().public_bytes_raw()


def share_of(
    number: int = 10, *replaces: int, note: str | None = None, readers: tuple[str, ...] = ("finance",)
) -> NoteShare:
    unsigned = NoteShare(
        share=an_id(number),
        author="chair",
        document=PAPER,
        note=note,
        readers=readers,
        replaces=tuple(map(an_id, replaces)),
        made_at=AT,
        by=device_of(sealing_key_of(AUTHOR)),
        signature=b"",
    )
    return replace(unsigned, signature=AUTHOR.device_key.sign(share_message(BODY, unsigned)))


def an_edit(text: str = "Đề nghị làm rõ", note: str = NOTE, document: str = PAPER) -> NoteEdit:
    return replace(edit("x"), edit=EDIT, note=note, document=document, text=text)


def sealed(share: NoteShare, said: NoteEdit, secret: bytes = SECRET) -> SharedNote:
    ciphertext = seal_note(BODY, share, secret, said)
    return SharedNote(
        share=share.share, edit=said.edit, note=said.note, ciphertext=ciphertext, by=share.by, signature=b""
    )


@given(st.text("ăâđêôơư nghị quyết 2026", min_size=12, max_size=200))
def test_what_is_sealed_is_opened_by_its_readers_and_says_nothing_to_others(text: str) -> None:
    share, said = share_of(), an_edit(text)
    note = sealed(share, said)
    assert open_note(BODY, share, SECRET, note) == said
    assert said.text.encode() not in note.ciphertext
    assert open_note(BODY, share, bytes(32), note) is None


@given(st.integers(0), st.integers(1, 255))
def test_one_bit_anywhere_and_nothing_is_opened(place: int, flipped: int) -> None:
    share = share_of()
    note = sealed(share, an_edit())
    data = bytearray(note.ciphertext)
    data[place % len(data)] ^= flipped
    assert open_note(BODY, share, SECRET, replace(note, ciphertext=bytes(data))) is None


@pytest.mark.parametrize(
    "moved",
    [
        {"share": an_id(11)},
        {"document": an_id(12)},
        {"author": "construction"},
    ],
    ids=lambda moved: next(iter(moved)),
)
def test_a_note_opens_in_no_other_share_paper_or_authors_name(moved: dict[str, str]) -> None:
    share = share_of()
    note = sealed(share, an_edit())
    assert open_note(BODY, replace(share, **moved), SECRET, note) is None  # type: ignore[arg-type]
    assert open_note("H49.2", share, SECRET, note) is None


def test_a_note_opens_under_no_other_name() -> None:
    share = share_of()
    note = sealed(share, an_edit())
    for renamed in (replace(note, edit=an_id(13)), replace(note, note=an_id(13))):
        assert open_note(BODY, share, SECRET, renamed) is None


def test_a_share_of_one_note_opens_no_other_whoever_sealed_it() -> None:
    one, other_paper = share_of(note=NOTE), share_of()
    assert open_note(BODY, one, SECRET, sealed(one, an_edit())) == an_edit()
    assert open_note(BODY, one, SECRET, sealed(one, an_edit(note=an_id(14)))) is None
    assert open_note(BODY, other_paper, SECRET, sealed(other_paper, an_edit(document=an_id(15)))) is None


def test_a_key_is_unwrapped_by_its_device_and_for_its_share_alone() -> None:
    wrapped = wrap_key(BODY, an_id(10), SECRET, sealing_key_of(READER))
    assert unwrap_key(BODY, an_id(10), wrapped, READER.sealing_key) == SECRET
    assert unwrap_key(BODY, an_id(10), wrapped, AUTHOR.sealing_key) is None
    assert unwrap_key(BODY, an_id(11), wrapped, READER.sealing_key) is None
    assert unwrap_key("H49.2", an_id(10), wrapped, READER.sealing_key) is None
    assert unwrap_key(BODY, an_id(10), wrapped[:-1], READER.sealing_key) is None
    assert (
        unwrap_key(BODY, an_id(10), wrap_key(BODY, an_id(10), b"short", sealing_key_of(READER)), READER.sealing_key)
        is None
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"author": "construction"},
        {"document": an_id(16)},
        {"note": NOTE},
        {"readers": ("agriculture", "finance")},
        {"readers": ()},
        {"replaces": (an_id(17),)},
        {"share": an_id(18)},
        {"by": "0" * 64},
    ],
    ids=str,
)
def test_nothing_of_a_share_can_be_changed_by_who_carries_it(changes: dict[str, str]) -> None:
    share = share_of()
    assert is_signed(share_message(BODY, share), share.signature, device_key_of(AUTHOR))
    assert not is_signed(share_message(BODY, replace(share, **changes)), share.signature, device_key_of(AUTHOR))  # type: ignore[arg-type]
    assert not is_signed(share_message("H49.2", share), share.signature, device_key_of(AUTHOR))
    assert not is_signed(share_message(BODY, share), share.signature, device_key_of(READER))
    assert not is_signed(share_message(BODY, share), share.signature, None)


def test_a_signed_note_and_key_speak_of_just_one_thing() -> None:
    note = sealed(share_of(), an_edit())
    others = [replace(note, share=an_id(11)), replace(note, note=an_id(12)), replace(note, edit=an_id(13))]
    others.append(replace(note, ciphertext=note.ciphertext + b"\x00"))
    assert len({shared_note_message(BODY, each) for each in (note, *others)}) == 5
    key = WrappedKey(key=an_id(10), device="a" * 64, by="b" * 64, wrapped=b"wrapped", signature=b"")
    keys = [replace(key, key=an_id(11)), replace(key, device="c" * 64), replace(key, wrapped=b"other")]
    assert len({share_key_message(BODY, each) for each in (key, *keys)}) == 4


@pytest.mark.parametrize(
    "changes",
    [
        {"readers": ["finance", "agriculture"]},
        {"readers": ["finance", "finance"]},
        {"readers": ["chair"]},
        {"readers": [f"member-{number:04}" for number in range(129)]},
        {"replaces": [an_id(10)]},
        {"replaces": [an_id(number) for number in range(100, 165)]},
    ],
    ids=lambda changes: str(changes)[:30],
)
def test_a_share_that_makes_no_sense_is_malformed(changes: dict[str, list[str]]) -> None:
    value = codec.to_value(share_of())
    assert isinstance(value, dict)
    assert codec.from_value(NoteShare, value) == share_of()
    with pytest.raises(MalformedError):
        codec.from_value(NoteShare, {**value, **changes})


def test_a_share_that_was_replaced_never_comes_back() -> None:
    first, second, third = share_of(10), share_of(11, 10), share_of(12, 11, readers=())
    assert living([second, first]) == [second]
    assert living([first, third, second, first]) == [third]
    apart = share_of(13, 10)
    assert living([apart, first, second]) == [second, apart]
    assert living([share_of(14, 11, 13), apart, second, first]) == [share_of(14, 11, 13)]


# ---------------------------------------------------------------- merging

PAIRS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=14)


def line_of(pairs: list[tuple[int, int]]) -> list[NoteEdit]:
    """Edits that each replace some of the earlier ones."""
    replaces: dict[int, set[int]] = {number: set() for pair in pairs for number in pair}
    for first, second in pairs:
        if first != second:
            replaces[max(first, second)].add(min(first, second))
    return [edit(str(number), *map(str, sorted(earlier))) for number, earlier in replaces.items()]


@given(PAIRS, st.sets(st.integers(0, 13)), st.randoms(use_true_random=False))
def test_readers_see_what_the_author_sees_whatever_states_they_were_given_on_the_way(
    pairs: list[tuple[int, int]], moments: set[int], chance: Random
) -> None:
    """At some moments the author's device hands over what holds then; in the end it hands over what holds now."""
    edits, given_out = sorted(line_of(pairs), key=lambda each: each.edit), dict[str, NoteEdit]()
    for moment in range(len(edits) + 1):
        if moment in moments or moment == len(edits):
            known = edits[:moment]
            for head in heads(known):
                given_out.setdefault(head.edit, standing_in(head, known))
    arrived = list(given_out.values())
    chance.shuffle(arrived)
    assert [each.edit for each in heads(arrived)] == [each.edit for each in heads(edits)]


@given(PAIRS)
def test_a_state_stands_in_for_all_that_led_to_it_and_for_nothing_else(pairs: list[tuple[int, int]]) -> None:
    edits = line_of(pairs)
    known = {each.edit: each for each in edits}
    for each in edits:
        before = set(standing_in(each, edits).replaces)
        assert set(each.replaces) <= before
        assert all(set(known[earlier].replaces) <= before for earlier in before)
        assert all(earlier < each.edit for earlier in before)
