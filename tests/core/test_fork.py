"""Evidence of two histories convicts the log that signed them, and nobody else."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecabinet.core import codec
from ecabinet.core.checkpoint import Checkpoint, origin_of
from ecabinet.core.fork import (
    EpochEvidence,
    ForkEvidence,
    ForkVerdict,
    UnreadableEvidence,
    check_fork,
    is_convicting,
    read_fork,
)
from ecabinet.core.ledger import Entry, Tree, leaf_hash
from ecabinet.core.protocol import Placed, PlacedEnvelope
from ecabinet.core.register import EpochStarted, register_tag
from tests.cabinet import Cabinet

SIZE = 12
BEFORE_ALL_TIME = datetime(1969, 12, 31, tzinfo=UTC)
FORKED_AT = 5


@pytest.fixture(scope="module")
def cabinet() -> Cabinet:
    cabinet = Cabinet()
    cabinet.found()
    cabinet.enrol("secretary")
    return cabinet


def tree(history: str, size: int = SIZE) -> Tree:
    return Tree(leaf_hash(f"{number}{'' if number < FORKED_AT else history}".encode()) for number in range(size))


def note(cabinet: Cabinet, history: str, size: int) -> str:
    root = tree(history, size).root()
    return Checkpoint(origin=cabinet.log_key.name, size=size, root=root).signed(cabinet.log_private_key)


def evidence(cabinet: Cabinet, known: tuple[str, int], shown: tuple[str, int]) -> ForkEvidence:
    """As a client keeps it that was shown the tiles of the larger tree."""
    (_, smaller), (history, larger) = sorted((known, shown), key=lambda pair: pair[1])
    other = tree(history, larger)
    is_same = smaller == larger
    return ForkEvidence(
        body=cabinet.body,
        founding=cabinet.register[0].envelope,
        epochs=(),
        known=note(cabinet, *known),
        shown=note(cabinet, *shown),
        root=None if is_same else other.root(smaller),
        path=() if is_same else other.consistency_proof(smaller),
    )


def verdict(cabinet: Cabinet, given: ForkEvidence) -> ForkVerdict:
    return check_fork(read_fork(codec.dump(given)), cabinet.anchors).verdict


@pytest.mark.parametrize("sizes", [(12, 12), (9, 12), (12, 9), (8, 12), (6, 7), (8, 8)])
def test_two_histories_convict(cabinet: Cabinet, sizes: tuple[int, int]) -> None:
    given = evidence(cabinet, ("a", sizes[0]), ("b", sizes[1]))
    assert verdict(cabinet, given) is ForkVerdict.CONVICTED
    facts = check_fork(given, cabinet.anchors)
    assert (facts.body, facts.known_size, facts.shown_size) == (cabinet.body, *sizes)


@pytest.mark.parametrize("sizes", [(12, 12), (9, 12), (8, 12), (5, 12), (4, 12)])
def test_one_history_convicts_nobody(cabinet: Cabinet, sizes: tuple[int, int]) -> None:
    assert verdict(cabinet, evidence(cabinet, ("a", sizes[0]), ("a", sizes[1]))) is ForkVerdict.ONE_HISTORY
    if sizes[0] <= FORKED_AT:
        assert verdict(cabinet, evidence(cabinet, ("a", sizes[0]), ("b", sizes[1]))) is ForkVerdict.ONE_HISTORY


def test_without_a_proof_it_stays_open(cabinet: Cabinet) -> None:
    given = evidence(cabinet, ("a", 9), ("b", 12))
    for spoiled in (
        replace(given, root=None, path=()),
        replace(given, path=given.path[1:]),
        replace(given, root=bytes(32)),
        replace(given, root=b"short"),
        replace(given, path=(*given.path, bytes(32))),
    ):
        assert verdict(cabinet, spoiled) is ForkVerdict.OPEN


def test_nobody_frames_the_log(cabinet: Cabinet) -> None:
    given = evidence(cabinet, ("a", 12), ("b", 12))
    stranger = Cabinet("H00.2")
    stranger.found()
    other_root = given.shown.split("\n")
    other_root[2] = given.known.split("\n")[2]
    for forged in (
        replace(given, shown="\n".join(other_root).replace("a", "b", 1)),
        replace(given, known=note(stranger, "a", 12), shown=note(stranger, "b", 12)),
        replace(given, body="H00.9"),
        replace(given, founding=cabinet.register[1].envelope),
        replace(given, founding=replace(given.founding, signature=b"")),
        replace(given, known=stranger.checkpoint(1), shown=given.shown),
        replace(given, epochs=(cabinet.register[1].envelope,)),
    ):
        with suppress(UnreadableEvidence):
            assert verdict(cabinet, forged) is ForkVerdict.FORGED
    assert check_fork(given, stranger.anchors).verdict is ForkVerdict.OTHER_REGISTRAR


def test_the_log_of_a_later_epoch_is_convicted_by_the_key_that_the_registrar_named(cabinet: Cabinet) -> None:
    second = Cabinet("H00.7")
    started = EpochStarted(
        **cabinet.heading(),
        epoch=2,
        log_key=second.log_key.public_key,
        last_checkpoint=cabinet.checkpoint(),
        previous=cabinet.register_head,
    )
    epoch = cabinet.sign("registrar", started)
    name = cabinet.log_key.name.removesuffix("1") + "2"
    notes = [
        Checkpoint(origin=name, size=SIZE, root=tree(history).root()).signed(second.log_private_key) for history in "ab"
    ]
    given = replace(evidence(cabinet, ("a", 12), ("b", 12)), known=notes[0], shown=notes[1])
    assert verdict(cabinet, given) is ForkVerdict.FORGED
    assert verdict(cabinet, replace(given, epochs=(epoch,))) is ForkVerdict.CONVICTED
    by_another = cabinet.sign("secretary", replace(started, at=started.at + timedelta(seconds=1)))
    assert verdict(cabinet, replace(given, epochs=(by_another,))) is ForkVerdict.FORGED
    # Notes of two epochs are of two logs.
    mixed = replace(given, epochs=(epoch,), known=note(cabinet, "a", 12))
    assert verdict(cabinet, mixed) is ForkVerdict.FORGED


# ---------------------------------------------------------------- across epochs

BEGINS_AT = 8


def across(cabinet: Cabinet, *, named: int, known: tuple[str, int], history: str = "a") -> EpochEvidence:
    """The first log came to `named`; a backup of eight leaves of `history` was restored, and goes on in epoch 2."""
    named_note = note(cabinet, "a", named)
    started = EpochStarted(
        **cabinet.heading(),
        epoch=2,
        log_key=cabinet.log_key.public_key,
        last_checkpoint=named_note,
        previous=cabinet.register_head,
    )
    epoch = cabinet.sign("registrar", started)
    entry = Entry(tag=register_tag(cabinet.body), envelope_digest=epoch.digest, accepted_at=cabinet.now)
    later = tree(history, BEGINS_AT)
    for leaf in (leaf_hash(bytes(entry)), *(leaf_hash(bytes([number])) for number in range(5))):
        later.append(leaf)
    shown = Checkpoint(origin=origin_of(cabinet.body, 2), size=len(later), root=later.root())
    is_kept = known[1] <= BEGINS_AT
    return EpochEvidence(
        body=cabinet.body,
        founding=cabinet.register[0].envelope,
        epochs=(
            PlacedEnvelope(
                envelope=epoch,
                placed=Placed(leaf=BEGINS_AT, accepted_at=cabinet.now, path=later.inclusion_proof(BEGINS_AT)),
            ),
        ),
        known=note(cabinet, *known),
        shown=shown.signed(cabinet.log_private_key),
        root=later.root(known[1]) if is_kept else None,
        path=later.consistency_proof(known[1]) if is_kept else (),
    )


def judged(cabinet: Cabinet, given: EpochEvidence) -> ForkVerdict:
    return check_fork(read_fork(codec.dump(given)), cabinet.anchors).verdict


@pytest.mark.parametrize(
    ("named", "known", "history", "expected"),
    [
        (8, ("a", 8), "a", ForkVerdict.ONE_HISTORY),
        (11, ("a", 6), "a", ForkVerdict.ONE_HISTORY),
        (11, ("a", 10), "a", ForkVerdict.ONE_HISTORY),
        (11, ("a", 11), "a", ForkVerdict.ONE_HISTORY),
        (11, ("b", 11), "a", ForkVerdict.CONVICTED),
        (11, ("a", 12), "a", ForkVerdict.CUT_SHORT),
        (8, ("a", 9), "a", ForkVerdict.CUT_SHORT),
        (11, ("a", 7), "b", ForkVerdict.CONVICTED),
        (11, ("a", 8), "b", ForkVerdict.CONVICTED),
    ],
)
def test_a_later_epoch_is_held_to_what_the_earlier_log_signed(
    cabinet: Cabinet, named: int, known: tuple[str, int], history: str, expected: ForkVerdict
) -> None:
    assert judged(cabinet, across(cabinet, named=named, known=known, history=history)) is expected


def test_nobody_frames_the_registrar(cabinet: Cabinet) -> None:
    given = across(cabinet, named=11, known=("a", 12))
    placed = given.epochs[0]
    short = across(cabinet, named=9, known=("a", 12)).epochs
    for forged in (
        replace(given, epochs=()),
        replace(given, epochs=short),  # signed by him, but not in this tree
        replace(given, epochs=(replace(placed, placed=replace(placed.placed, leaf=7)),)),
        replace(given, epochs=(replace(placed, placed=replace(placed.placed, accepted_at=BEFORE_ALL_TIME)),)),
        replace(given, epochs=(placed, placed)),
        replace(given, epochs=(replace(placed, envelope=cabinet.register[1].envelope),)),
        replace(given, known=given.shown),
        replace(given, body="H00.9"),
    ):
        assert judged(cabinet, forged) is ForkVerdict.FORGED


@given(st.integers(1, SIZE), st.integers(1, SIZE), st.sampled_from(["aa", "ab", "bb"]))
def test_it_convicts_just_when_there_are_two_histories(first: int, second: int, histories: str) -> None:
    known, shown = tree(histories[0], first), tree(histories[1], second)
    larger, smaller = (known, second) if first > second else (shown, first)
    given = is_convicting(
        Checkpoint(origin="o", size=first, root=known.root()),
        Checkpoint(origin="o", size=second, root=shown.root()),
        larger.root(smaller),
        larger.consistency_proof(smaller),
    )
    assert given is (histories == "ab" and min(first, second) > FORKED_AT)


@given(st.binary(max_size=60), st.integers(0, 5000), st.binary(max_size=3))
def test_no_bytes_make_the_reader_fall_over(data: bytes, place: int, instead: bytes) -> None:
    cabinet = Cabinet()
    cabinet.found()
    whole = codec.dump(evidence(cabinet, ("a", 9), ("b", 12)))
    place %= len(whole)
    for mess in (data, b"{" + data, whole[:place] + instead + whole[place + 1 :]):
        with suppress(UnreadableEvidence):
            read = read_fork(mess)
            assert check_fork(read, cabinet.anchors).verdict in set(ForkVerdict)
