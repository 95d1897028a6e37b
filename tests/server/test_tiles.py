"""The ledger as C2SP's static files: what anybody can prove from them, and who may read what."""

import gzip
from datetime import timedelta

import pytest

from ecabinet.core import protocol
from ecabinet.core.checkpoint import open_checkpoint
from ecabinet.core.ledger import Tree, leaf_hash
from ecabinet.core.protocol import Path, Reason, Refused
from ecabinet.core.tiles import Tile, TiledTree, place_of, tiles_of
from ecabinet.server.actions import ledgers
from tests.sample import MEMBERS
from tests.server.live import LiveCabinet
from tests.server.local import Clock, LocalCabinet


def tiled(cabinet: LiveCabinet) -> TiledTree:
    """From nothing but the tiles that anybody gets."""
    note = cabinet.server.send("GET", cabinet.path(Path.CHECKPOINT, epoch=1)).data.decode()
    checkpoint = open_checkpoint(note, cabinet.log_key)

    def fetch(tile: Tile) -> bytes:
        return cabinet.server.send("GET", cabinet.path(Path.TILE, epoch=1, tile=tile.path())).data

    return TiledTree(checkpoint.size, checkpoint.root, fetch)


def test_a_stranger_proves_receipts_and_history_from_tiles(cabinet: LiveCabinet) -> None:
    cabinet.prepare()
    tree = tiled(cabinet)
    assert len(tree) == len(cabinet.ledger)
    for receipt in cabinet.receipts:
        tree.prove_leaf(leaf_hash(bytes(receipt.entry)), receipt.index)
        earlier = open_checkpoint(receipt.note, cabinet.log_key)
        root, path = tree.prove_beginning(earlier.size)
        assert root == earlier.root
        # The same as the log's own answer.
        asked = f"{cabinet.path(Path.CONSISTENCY)}?first={earlier.size}&second={len(tree)}"
        assert cabinet.caller("chair").ask(protocol.Consistency, "GET", asked).path == path


def test_entries_are_proven_one_by_one_and_are_for_members(cabinet: LiveCabinet) -> None:
    cabinet.prepare()
    tree = tiled(cabinet)
    place = place_of(0, len(tree))
    path = cabinet.path(Path.TILE_ENTRIES, epoch=1, place=place.path())
    answer = cabinet.caller(MEMBERS[1]).send("GET", path)
    entries = tree.prove_entries(place, answer.data)
    assert entries == tuple(each.entry for each in cabinet.ledger)
    with pytest.raises(Refused) as refused:
        cabinet.server.send("GET", path)
    assert refused.value.refusal.reason is Reason.NOT_SIGNED_IN


def test_what_is_served_is_what_the_specification_says(cabinet: LiveCabinet) -> None:
    cabinet.prepare()
    note = cabinet.server.send("GET", cabinet.path(Path.CHECKPOINT, epoch=1))
    assert note.headers["content-type"] == "text/plain; charset=utf-8"
    assert note.headers["cache-control"] == "public, max-age=1"
    tile = Tile(0, place_of(0, len(cabinet.ledger)))
    answer = cabinet.server.send("GET", cabinet.path(Path.TILE, epoch=1, tile=tile.path()))
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.data == b"".join(leaf_hash(bytes(each.entry)) for each in cabinet.ledger)
    path = cabinet.path(Path.TILE_ENTRIES, epoch=1, place=tile.place.path())
    caller = cabinet.caller("chair")
    plain = caller.send("GET", path, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    zipped = caller.send("GET", path, headers={"accept-encoding": "gzip"}, decode_content=False)
    assert zipped.headers["content-encoding"] == "gzip"
    assert gzip.decompress(zipped.data) == plain.data
    assert zipped.headers["cache-control"].startswith("private")


@pytest.mark.parametrize(
    "path",
    [
        "2/checkpoint",
        "1/tile/0/000",
        "1/tile/1/000.p/1",
        "1/tile/0/000.p/255",
        "1/tile/0/000.p/0",
        "1/tile/0/001.p/1",
        "1/tile/00/000.p/1",
        "1/tile/64/000.p/1",
        "1/tile/-1/000.p/1",
        "1/tile/entries/000",
        "1/tile/entries/x000/000.p/1",
        "1/cosigned",
    ],
)
def test_what_the_tree_has_not_is_not_served(cabinet: LiveCabinet, path: str) -> None:
    cabinet.seat(members=["chair"])
    caller = cabinet.caller("chair")
    with pytest.raises(Refused) as refused:
        caller.send("GET", f"/v1/bodies/{cabinet.body}/ledger/{path}")
    assert refused.value.refusal.reason is Reason.UNKNOWN


def test_no_body_no_ledger(cabinet: LiveCabinet) -> None:
    for path in ("checkpoint", "cosigned", "tile/0/000.p/1"):
        with pytest.raises(Refused) as refused:
            cabinet.server.send("GET", f"/v1/bodies/{cabinet.body}/ledger/1/{path}")
        assert refused.value.refusal.reason is Reason.UNKNOWN


@pytest.mark.long
def test_full_and_partial_tiles_of_every_size_there_was(local: LocalCabinet, clock: Clock) -> None:
    local.prepare(members=["chair"])
    body = local.body
    while len(local.ledger) < 258:
        clock.advance(timedelta(seconds=1))
        local.answer("chair", "agree", "agree")
    for tile in tiles_of(258):
        served = ledgers.tile(local.server, body, 1, tile.path())
        span = 256**tile.level
        first = tile.place.start
        assert served == b"".join(
            Tree(leaf_hash(bytes(each.entry)) for each in local.ledger[number * span : (number + 1) * span]).root()
            for number in range(first, first + tile.place.width)
        )
    full = ledgers.tile(local.server, body, 1, "0/000")
    for width in (1, 100, 255):
        assert ledgers.tile(local.server, body, 1, f"0/000.p/{width}") == full[: width * 32]
    assert len(ledgers.tile(local.server, body, 1, "1/000.p/1")) == 32
    bundle = ledgers.entries(local.server, local.caller("secretary"), 1, "000")
    assert len(bundle) == 256 * 74
