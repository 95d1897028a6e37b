"""A ballot's record, checked before it is counted: whatever is wrong with it is named, and nothing is counted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from ecabinet.client.desk.records import RecordDoubtful, count
from ecabinet.client.remote_errors import NeedsNewerVersion
from ecabinet.core.envelope import Envelope
from ecabinet.core.ledger import ENTRY_SIZE
from ecabinet.core.protocol import BallotRecord
from ecabinet.core.register import Register
from tests.cabinet import Cabinet
from tests.sample import MEMBERS

Lie = Callable[[BallotRecord], BallotRecord]


@pytest.fixture(scope="module")
def cabinet() -> Cabinet:
    """Four of five have answered, one of them twice; closed, and one came too late for it."""
    cabinet = Cabinet.with_open_ballot()
    for person in MEMBERS[:4]:
        cabinet.answer(person, "agree", "agree")
    cabinet.extend(cabinet.asked.deadline_at + timedelta(days=1))
    cabinet.answer("finance", "disagree", "agree")
    cabinet.close()
    return cabinet


def register_of(cabinet: Cabinet) -> Register:
    founding, *others = cabinet.register
    register = Register.found(founding.opened)
    for each in others:
        register.add(each.opened, each.leaf, each.accepted_at)
    return register


def test_an_honest_record_is_counted(cabinet: Cabinet) -> None:
    counted = count(cabinet.record(), register_of(cabinet), cabinet.opening.digest)
    assert counted.collation == cabinet.collation()
    assert counted.closed_leaf == cabinet.closed_leaf
    assert counted.register_head == cabinet.register_head
    assert len(counted.opinions) == 5


def test_the_sound_record_of_another_ballot_is_not_counted_as_this_ones(cabinet: Cabinet) -> None:
    with pytest.raises(RecordDoubtful) as doubt:
        count(cabinet.record(), register_of(cabinet), "0" * 64)
    assert doubt.value.place == "ballot"


def drop_an_opinion(record: BallotRecord) -> BallotRecord:
    return replace(record, ballot=record.ballot[:2] + record.ballot[3:])


def drop_the_closing(record: BallotRecord) -> BallotRecord:
    return replace(record, ballot=record.ballot[:-1])


def hide_the_last_entry(record: BallotRecord) -> BallotRecord:
    return replace(record, entries=record.entries[:-ENTRY_SIZE], ballot=record.ballot[:-1])


def change_an_entry(record: BallotRecord) -> BallotRecord:
    changed = bytearray(record.entries)
    changed[ENTRY_SIZE + 70] ^= 1
    return replace(record, entries=bytes(changed))


def swap_two_opinions(record: BallotRecord) -> BallotRecord:
    first, second = record.ballot[1], record.ballot[2]
    swapped = (replace(first, envelope=second.envelope), replace(second, envelope=first.envelope))
    return replace(record, ballot=(record.ballot[0], *swapped, *record.ballot[3:]))


def alter_a_text(record: BallotRecord) -> BallotRecord:
    placed = record.ballot[1]
    said = placed.envelope.statement.replace(b'"agree"', b'"other"', 1)
    altered = replace(placed, envelope=Envelope(said, placed.envelope.signature))
    return replace(record, ballot=(record.ballot[0], altered, *record.ballot[2:]))


def cut_the_register(record: BallotRecord) -> BallotRecord:
    return replace(record, register=record.register[:3])


def begin_later(record: BallotRecord) -> BallotRecord:
    return replace(
        record, first_leaf=record.first_leaf + 1, entries=record.entries[ENTRY_SIZE:], ballot=record.ballot[1:]
    )


def sign_the_checkpoint_oneself(record: BallotRecord) -> BallotRecord:
    return replace(record, checkpoint=Cabinet.seated().checkpoint())


def give_one_twice(record: BallotRecord) -> BallotRecord:
    extra = replace(record.ballot[1], placed=replace(record.ballot[1].placed, leaf=3))
    return replace(record, ballot=(*record.ballot, extra))


@pytest.mark.parametrize(
    ("lie", "place"),
    [
        (drop_an_opinion, "ballot/"),
        (drop_the_closing, "ballot/"),
        (hide_the_last_entry, "entries"),
        (change_an_entry, "entries"),
        (swap_two_opinions, "ballot/"),
        (alter_a_text, "ballot/"),
        (cut_the_register, "ballot/"),
        (begin_later, "entries"),
        (sign_the_checkpoint_oneself, "entries"),
        (give_one_twice, "ballot/3"),
    ],
)
def test_a_lie_is_named_and_nothing_counted(cabinet: Cabinet, lie: Lie, place: str) -> None:
    with pytest.raises(RecordDoubtful) as caught:
        count(lie(cabinet.record()), register_of(cabinet), cabinet.opening.digest)
    assert caught.value.place.startswith(place)


def test_a_ballot_that_nobody_closed_is_not_counted() -> None:
    cabinet = Cabinet.with_open_ballot()
    cabinet.answer("chair", "agree", "agree")
    with pytest.raises(RecordDoubtful) as caught:
        count(cabinet.record(), register_of(cabinet), cabinet.opening.digest)
    assert caught.value.place == "ballot.closed"


def test_the_register_of_another_body_is_not_ours(cabinet: Cabinet) -> None:
    stranger = Cabinet(cabinet.body)
    stranger.found()
    with pytest.raises(RecordDoubtful) as caught:
        count(cabinet.record(), register_of(stranger), cabinet.opening.digest)
    assert caught.value.place == "register"


def test_a_statement_of_a_newer_program_asks_for_one(cabinet: Cabinet) -> None:
    record = cabinet.record()
    placed = record.register[1]
    newer = placed.envelope.statement.replace(b'"enrolled"', b'"seated"')
    strange = replace(placed, envelope=Envelope(newer, placed.envelope.signature))
    with pytest.raises(NeedsNewerVersion):
        count(
            replace(record, register=(record.register[0], strange, *record.register[2:])),
            register_of(cabinet),
            cabinet.opening.digest,
        )
