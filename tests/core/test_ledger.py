"""The tree is RFC 6962's, its proofs prove what they say, and a liar's proofs are errors of one kind."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from ecabinet.core import ledger
from ecabinet.core.ledger import (
    ENTRY_SIZE,
    Entry,
    ForkError,
    ProofError,
    ProofsToRoot,
    Tree,
    leaf_hash,
    node_hash,
    shorten_range,
    verify_consistency,
    verify_inclusion,
    verify_range,
)

# The test vectors of Certificate Transparency (RFC 6962): leaves, and the roots over the first of them.
LEAVES = [
    bytes.fromhex(each)
    for each in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
# RFC 6962's own examples of proofs, for these leaves: (index, size, path) and (first, second, path).
INCLUSIONS = (
    (0, 1, ()),
    (
        0,
        8,
        (
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ),
    ),
    (
        5,
        8,
        (
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ),
    ),
    (2, 3, ("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",)),
    (
        1,
        5,
        (
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ),
    ),
)
CONSISTENCIES = (
    (1, 1, ()),
    (
        1,
        8,
        (
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ),
    ),
    (
        6,
        8,
        (
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ),
    ),
    (
        2,
        5,
        (
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ),
    ),
)

sizes = st.integers(1, 70)


def leaves_of(size: int) -> list[bytes]:
    return [leaf_hash(number.to_bytes(2, "big")) for number in range(size)]


def hashes(*texts: str) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(each) for each in texts)


# ---------------------------------------------------------------- published vectors, and another's program


def test_roots_are_the_published_ones() -> None:
    tree = Tree(map(leaf_hash, LEAVES))
    for size, root in enumerate(ROOTS):
        assert tree.root(size).hex() == root
        assert ledger.root([leaf_hash(each) for each in LEAVES[:size]]).hex() == root


@pytest.mark.parametrize(("index", "size", "path"), INCLUSIONS)
def test_inclusion_proofs_are_the_published_ones(index: int, size: int, path: tuple[str, ...]) -> None:
    assert Tree(map(leaf_hash, LEAVES)).inclusion_proof(index, size) == hashes(*path)
    verify_inclusion(leaf_hash(LEAVES[index]), index, size, hashes(*path), bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("first", "second", "path"), CONSISTENCIES)
def test_consistency_proofs_are_the_published_ones(first: int, second: int, path: tuple[str, ...]) -> None:
    assert Tree(map(leaf_hash, LEAVES)).consistency_proof(first, second) == hashes(*path)
    verify_consistency(first, second, hashes(*path), *hashes(ROOTS[first], ROOTS[second]))


@given(sizes, st.data())
def test_pymerkle_builds_the_same_tree_and_the_same_paths(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    entries = [number.to_bytes(2, "big") for number in range(size)]
    theirs = InmemoryTree(algorithm="sha256")
    for entry in entries:
        theirs.append_entry(entry)
    ours = Tree(map(leaf_hash, entries))
    assert ours.root() == theirs.get_root()
    leaf = leaf_hash(entries[index])
    # Theirs begins with the leaf, and lies on both sides of it.
    path = {bytes.fromhex(each) for each in theirs.prove_inclusion(index + 1, size).serialize()["path"]}
    assert path - {leaf} == set(ours.inclusion_proof(index))


# ---------------------------------------------------------------- what proofs prove


@given(sizes, st.data())
def test_every_leaf_is_proven_in_every_tree_that_has_it(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    index = data.draw(st.integers(0, size - 1))
    tree = Tree(leaves_of(70))
    path = tree.inclusion_proof(index, size)
    assert path == ledger.inclusion_proof(leaves, index)
    verify_inclusion(leaves[index], index, size, path, tree.root(size))


@given(sizes, st.data())
def test_no_leaf_is_proven_where_it_is_not(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
    tree = Tree(leaves)
    path = tree.inclusion_proof(index)
    if other != index:
        with pytest.raises(ProofError):
            verify_inclusion(leaves[index], other, size, path, tree.root())
        with pytest.raises(ProofError):
            verify_inclusion(leaves[other], index, size, path, tree.root())
    for wrong in ((*path, bytes(32)), path[:-1] if path else (bytes(32),)):
        with pytest.raises(ProofError):
            verify_inclusion(leaves[index], index, size, wrong, tree.root())


@given(sizes, st.data())
def test_every_tree_continues_its_beginnings(size: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, size))
    tree = Tree(leaves_of(size))
    path = tree.consistency_proof(first)
    assert path == ledger.consistency_proof(leaves_of(size), first)
    verify_consistency(first, size, path, tree.root(first), tree.root())


@given(sizes, st.data())
def test_no_tree_continues_another(size: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, size))
    changed = data.draw(st.integers(0, first - 1))
    leaves = leaves_of(size)
    tree = Tree(leaves)
    other = Tree([*leaves[:changed], bytes(32), *leaves[changed + 1 : first]])
    with pytest.raises(ProofError):
        verify_consistency(first, size, tree.consistency_proof(first), other.root(), tree.root())


@given(st.integers(2, 70), st.data())
def test_a_fork_convicts_unless_the_size_is_a_power_of_two(size: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, size))
    tree = Tree(leaves_of(size))
    is_told = first == size or first & (first - 1) != 0
    with pytest.raises(ForkError if is_told else ProofError):
        verify_consistency(first, size, tree.consistency_proof(first), bytes(32), tree.root())


@given(st.integers(3, 70), st.data())
def test_a_bent_path_convicts_nobody(size: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, size - 1))
    tree = Tree(leaves_of(size))
    path = list(tree.consistency_proof(first))
    place = data.draw(st.integers(0, len(path) - 1))
    path[place] = bytes(32)
    with pytest.raises(ProofError) as caught:
        verify_consistency(first, size, path, tree.root(first), tree.root())
    assert not isinstance(caught.value, ForkError)


def judged(verify: Callable[[], None]) -> type[ProofError] | None:
    try:
        verify()
    except ProofError as error:
        return type(error)
    return None


@settings(max_examples=150)
@given(sizes, st.data())
def test_many_proofs_to_one_root_are_judged_each_as_alone(size: int, data: st.DataObject) -> None:
    tree = Tree(leaf_hash(bytes([n])) for n in range(size))
    proofs = ProofsToRoot(size, tree.root())
    hashes = [tree.leaf(n) for n in range(size)] + [tree.root(n) for n in range(size + 1)]
    for _ in range(data.draw(st.integers(1, 12))):
        number = data.draw(st.integers(0, size))
        if number < size and data.draw(st.booleans()):
            leaf, path = tree.leaf(number), list(tree.inclusion_proof(number))
            leaf, path, number = data.draw(st.just((leaf, path, number)) | bent(leaf, path, number, hashes))
            alone = judged(lambda: verify_inclusion(leaf, number, size, path, tree.root()))  # noqa: B023
            assert judged(lambda: proofs.verify_inclusion(leaf, number, path)) == alone  # noqa: B023
        else:
            root, path = tree.root(number), list(tree.consistency_proof(number))
            root, path, number = data.draw(st.just((root, path, number)) | bent(root, path, number, hashes))
            alone = judged(lambda: verify_consistency(number, size, path, root, tree.root()))  # noqa: B023
            assert judged(lambda: proofs.verify_consistency(number, path, root)) == alone  # noqa: B023


@st.composite
def bent(
    draw: st.DrawFn, node: bytes, path: list[bytes], number: int, hashes: list[bytes]
) -> tuple[bytes, list[bytes], int]:
    """What a liar brings: a proof with something of another in it."""
    path = list(path)
    match draw(st.sampled_from(["node", "number", "cut", "longer", "step", "order"])):
        case "node":
            node = draw(st.sampled_from(hashes))
        case "number":
            number = draw(st.integers(-1, len(hashes)))
        case "cut":
            path = path[:-1]
        case "longer":
            path.insert(draw(st.integers(0, len(path))), draw(st.sampled_from(hashes)))
        case "step" if path:
            path[draw(st.integers(0, len(path) - 1))] = draw(st.sampled_from(hashes))
        case _:
            path.reverse()
    return node, path, number


@given(sizes, st.data())
def test_a_range_is_proven_whole_and_in_order(size: int, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, size - 1))
    end = data.draw(st.integers(start + 1, size))
    leaves = leaves_of(size)
    tree = Tree(leaves)
    proof = tree.range_proof(start, end)
    verify_range(leaves[start:end], start, size, proof, tree.root())
    shortened = data.draw(st.integers(1, end - start))
    assert shorten_range(leaves[start:end], start, size, proof, shortened) == tree.range_proof(start, start + shortened)
    for wrong in (
        leaves[start : end - 1],
        [*leaves[start:end], bytes(32)],
        [*leaves[start : end - 1], bytes(32)],
        [*leaves[start : end - 2], *reversed(leaves[start:end][-2:])] if end - start > 1 else [bytes(32)],
    ):
        with pytest.raises(ProofError):
            verify_range(wrong, start, size, proof, tree.root())
    for other in {0, start + 1, size} - {start}:
        with pytest.raises(ProofError):
            verify_range(leaves[start:end], other, size, proof, tree.root())


@given(
    st.lists(st.binary(min_size=32, max_size=32) | st.binary(max_size=33), max_size=6),
    st.integers(-1, 9),
    st.integers(-1, 2**64),
)
def test_whatever_a_liar_brings_is_a_proof_error(proof: list[bytes], index: int, size: int) -> None:
    one, other = bytes(32), b"\1" * 32
    with pytest.raises(ProofError):
        verify_inclusion(one, index, size, proof, other)
    with pytest.raises(ProofError):
        verify_consistency(index, size, proof, one, other)
    with pytest.raises(ProofError):
        verify_range([one], index, size, proof, other)
    with pytest.raises(ProofError):
        shorten_range([one], index, size, proof, 2)


@pytest.mark.parametrize(("index", "size"), [(4, None), (-1, None), (0, 5), (0, 0)])
def test_there_is_no_inclusion_of_what_is_outside(index: int, size: int | None) -> None:
    with pytest.raises(IndexError):
        Tree(leaves_of(4)).inclusion_proof(index, size)


@pytest.mark.parametrize(("first", "second"), [(5, None), (-1, None), (1, 5), (3, 2)])
def test_there_is_no_consistency_of_what_is_outside(first: int, second: int | None) -> None:
    with pytest.raises(IndexError):
        Tree(leaves_of(4)).consistency_proof(first, second)


@pytest.mark.parametrize(("start", "end", "size"), [(2, 2, None), (0, 5, None), (-1, 2, None), (0, 3, 2)])
def test_there_is_no_range_of_what_is_outside(start: int, end: int, size: int | None) -> None:
    with pytest.raises(IndexError):
        Tree(leaves_of(4)).range_proof(start, end, size)


# ---------------------------------------------------------------- the tree that grows


def test_leaves_and_nodes_are_told_apart() -> None:
    assert leaf_hash(b"x") == hashlib.sha256(b"\0x").digest()
    assert node_hash(b"l" * 32, b"r" * 32) == hashlib.sha256(b"\1" + b"l" * 32 + b"r" * 32).digest()
    tree = Tree()
    assert [tree.append(each) for each in leaves_of(3)] == [0, 1, 2]
    assert tree.leaf(1) == leaves_of(2)[1]


# ---------------------------------------------------------------- entries


@given(
    st.binary(min_size=32, max_size=32),
    st.binary(min_size=32, max_size=32),
    st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31)),  # noqa: DTZ001 - hypothesis wants them so
)
def test_an_entry_reads_back(tag: bytes, digest: bytes, at: datetime) -> None:
    at = at.replace(tzinfo=UTC, microsecond=at.microsecond // 1000 * 1000)
    entry = Entry(tag=tag, envelope_digest=digest, accepted_at=at)
    assert len(bytes(entry)) == ENTRY_SIZE
    assert Entry.from_bytes(bytes(entry)) == entry


def test_an_entry_is_laid_out_as_documented() -> None:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=0x0102030405)
    entry = Entry(tag=b"t" * 32, envelope_digest=b"d" * 32, accepted_at=at)
    assert bytes(entry) == b"t" * 32 + b"d" * 32 + bytes.fromhex("0000000102030405")


@given(st.binary(max_size=80) | st.binary(min_size=72, max_size=72))
def test_other_bytes_are_no_entry(data: bytes) -> None:
    with suppress(ProofError):
        assert bytes(Entry.from_bytes(data)) == data
