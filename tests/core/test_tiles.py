"""Tiles are C2SP's, to the letter, and prove what the log's own proofs prove; false ones prove nothing."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from ecabinet.core.ledger import (
    ENTRY_SIZE,
    NO_TAG,
    Entry,
    ProofError,
    Tree,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from ecabinet.core.tiles import (
    WIDTH,
    Place,
    Tile,
    TiledTree,
    place_of,
    read_entries,
    tile_of,
    tiles_of,
    write_entries,
    write_tile,
)

BEGAN_AT = datetime(2026, 11, 23, tzinfo=UTC)
LARGEST = 1100
SIZES = st.one_of(st.sampled_from([1, 2, 255, 256, 257, 511, 512, 513, 1024]), st.integers(1, LARGEST))


@cache
def entry(number: int) -> bytes:
    at = BEGAN_AT + timedelta(seconds=number)
    return bytes(Entry(tag=NO_TAG, envelope_digest=number.to_bytes(32, "big"), accepted_at=at))


@cache
def tree() -> Tree:
    return Tree(leaf_hash(entry(number)) for number in range(LARGEST))


def tiled(size: int) -> TiledTree:
    return TiledTree(size, tree().root(size), lambda tile: write_tile(tree(), tile, size))


# ---------------------------------------------------------------- where they are


@pytest.mark.parametrize(
    ("place", "path"),
    [
        (Place(0), "000"),
        (Place(999), "999"),
        (Place(1000), "x001/000"),
        (Place(1234067), "x001/x234/067"),
        (Place(273, 112), "273.p/112"),
        (Place(1234067, 1), "x001/x234/067.p/1"),
    ],
)
def test_paths_are_those_of_the_specification(place: Place, path: str) -> None:
    assert place.path() == path
    assert Place.from_path(path) == place
    assert Tile.from_path(f"7/{path}") == Tile(7, place)


@given(st.integers(0, 2**55), st.integers(1, 256), st.integers(0, 63))
def test_every_path_reads_back(index: int, width: int, level: int) -> None:
    tile = Tile(level, Place(index, width))
    assert Tile.from_path(tile.path()) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "0",
        "00",
        "0000",
        "x000/001",
        "x001/x234/x067",
        "001/234",
        "000.p/0",
        "000.p/256",
        "000.p/01",
        "000.p/",
        "000.p/1/",
        "-01",
        "٠٠٠",
        "000\n",
        "../000",
        "/".join(["x999"] * 6) + "/999",
    ],
)
def test_other_paths_are_refused(path: str) -> None:
    with pytest.raises(ProofError):
        Place.from_path(path)
    with pytest.raises(ProofError):
        Tile.from_path(f"0/{path}")


@pytest.mark.parametrize("path", ["64/000", "00/000", "-1/000", "000", "0//000", "٣/000"])
def test_other_levels_are_refused(path: str) -> None:
    with pytest.raises(ProofError):
        Tile.from_path(path)


@given(st.text(max_size=40))
def test_no_path_makes_the_reader_fall_over(path: str) -> None:
    for kind in (Place, Tile):
        with suppress(ProofError):
            assert kind.from_path(path).path() == path


# ---------------------------------------------------------------- what is in them


def test_a_tree_of_70000_leaves_has_the_tiles_of_the_specification() -> None:
    # "273 full level 0 tiles, one partial level 0 tile of width 112, one full level 1 tile, one partial level 1 tile of
    # width 17, and one partial level 2 tile of width 1."
    tiles = list(tiles_of(70_000))
    partial = [(tile.level, tile.place.width) for tile in tiles if tile.place.width < WIDTH]
    assert partial == [(0, 112), (1, 17), (2, 1)]
    assert [sum(tile.level == level for tile in tiles) for level in range(4)] == [274, 2, 1, 0]
    assert [(tile.level, tile.place) for tile in tiles_of(256)] == [(0, Place(0)), (1, Place(0, 1))]


@given(SIZES)
def test_a_tile_holds_the_tree_hashes_of_the_specification(size: int) -> None:
    leaves = [leaf_hash(entry(number)) for number in range(size)]
    for tile in tiles_of(size):
        span = 256**tile.level
        expected = [
            root(leaves[number * span : (number + 1) * span])
            for number in range(tile.place.start, tile.place.start + tile.place.width)
        ]
        assert write_tile(tree(), tile, size) == b"".join(expected)


def test_a_tile_beyond_the_tree_is_not_made() -> None:
    for tile in (
        Tile(0, Place(0)),
        Tile(0, Place(1, 1)),
        Tile(1, Place(0, 1)),
        Tile(0, Place(0, 101)),
        Tile(63, Place(5)),
    ):
        with pytest.raises(IndexError):
            write_tile(tree(), tile, 100)


def test_a_bundle_has_the_framing_of_the_specification() -> None:
    bundle = write_entries([entry(0), entry(1)])
    assert bundle == b"\x00\x48" + entry(0) + b"\x00\x48" + entry(1)
    assert tuple(map(bytes, read_entries(bundle, 2))) == (entry(0), entry(1))
    for wrong, width in (
        (bundle, 1),
        (bundle[:-1], 2),
        (bundle + b"\x00", 2),
        (b"\x00\x49" + bundle[2:], 2),
        (b"", 1),
    ):
        with pytest.raises(ProofError):
            read_entries(wrong, width)


# ---------------------------------------------------------------- what they prove


@given(SIZES, st.data())
def test_tiles_alone_give_the_proofs_that_the_log_gives(size: int, data: st.DataObject) -> None:
    from_tiles = tiled(size)
    index = data.draw(st.integers(0, size - 1))
    leaf = leaf_hash(entry(index))
    path = from_tiles.prove_leaf(leaf, index)
    assert path == tree().inclusion_proof(index, size)
    verify_inclusion(leaf, index, size, path, tree().root(size))
    earlier = data.draw(st.integers(0, size))
    before, proof = from_tiles.prove_beginning(earlier)
    assert (before, proof) == (tree().root(earlier), tree().consistency_proof(earlier, size))
    verify_consistency(earlier, size, proof, before, tree().root(size))


@given(SIZES, st.data())
def test_a_bundle_is_proven_entry_by_entry(size: int, data: st.DataObject) -> None:
    place = place_of(data.draw(st.integers(0, size - 1)), size)
    entries = [entry(number) for number in range(place.start, place.start + place.width)]
    assert tuple(map(bytes, tiled(size).prove_entries(place, write_entries(entries)))) == tuple(entries)
    spoiled = data.draw(st.integers(0, len(entries) - 1))
    entries[spoiled] = entries[spoiled][:-1] + bytes([entries[spoiled][-1] ^ 1])
    with pytest.raises(ProofError):
        tiled(size).prove_entries(place, write_entries(entries))


def test_pymerkle_gives_the_root_that_tiles_give() -> None:
    theirs = InmemoryTree(algorithm="sha256")
    for number in range(600):
        theirs.append_entry(entry(number))
        if number in {0, 1, 254, 255, 256, 511, 599}:
            assert tiled(number + 1).root() == theirs.get_root()
    for size in (1, 255, 256, 300, 512, 599):
        ours, _ = tiled(600).prove_beginning(size)
        assert ours == theirs.get_root(size)


@given(SIZES, st.data())
def test_false_tiles_prove_nothing(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    lie = data.draw(st.sampled_from(["flip", "cut", "longer", "other"]))
    wanted = tile_of(0, index, size)

    def fetch(tile: Tile) -> bytes:
        honest = write_tile(tree(), tile, size)
        if tile != wanted:
            return honest
        match lie:
            case "flip":
                place = (index - tile.place.start) * 32
                return honest[:place] + bytes([honest[place] ^ 1]) + honest[place + 1 :]
            case "cut":
                return honest[:-1]
            case "longer":
                return honest + bytes(32)
            case _:
                return bytes(len(honest))

    liar = TiledTree(size, tree().root(size), fetch)
    with pytest.raises(ProofError):
        # The leaf that the false tile itself names, so that all of the path hangs on it.
        liar.prove_leaf(liar.node(0, index), index)
    with pytest.raises(ProofError):
        TiledTree(size, tree().root(size), fetch).prove_entries(
            wanted.place, write_entries([bytes(ENTRY_SIZE)] * wanted.place.width)
        )


def test_tiles_of_another_history_are_found_out() -> None:
    other = Tree(
        [*(tree().leaf(index) for index in range(300)), *(leaf_hash(b"x%d" % number) for number in range(200))]
    )
    mixed = TiledTree(500, tree().root(500), lambda tile: write_tile(other, tile, 500))
    with pytest.raises(ProofError):
        mixed.prove_leaf(other.leaf(400), 400)
    for size in (1, 256, 300, 400, 500):
        with pytest.raises(ProofError):
            mixed.prove_beginning(size)
