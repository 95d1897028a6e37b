"""Whoever has a bundle, but no key, can spoil it; he can't spoil it so that anybody else is blamed for what he did."""

import itertools
import random
from collections.abc import Iterator

import pytest

from ecabinet.core.evidence import Culprit, UnreadableBundle
from tests.attacks.by_the_maker import Files, in_order
from tests.bundles import checked, files_of, packed, resealed
from tests.cabinet import Cabinet

_KINDS = ("register", "publications", "ballot")


def with_a_byte_flipped(files: Files, count: int) -> Iterator[Files]:
    """The first and the last byte of every file, and `count` between."""
    for name, data in files.items():
        between = random.Random(len(data)).sample(range(len(data)), min(count, len(data)))
        for place in {0, len(data) - 1, *between}:
            yield {**files, name: data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]}


def with_statements_elsewhere(files: Files) -> Iterator[Files]:
    """Each kept back, each exchanged with each, each moved and copied to every leaf of its folder."""
    stems = sorted({name.rpartition(".")[0] for name in files if name.startswith(_KINDS)})
    for stem in stems:
        yield {name: data for name, data in files.items() if not name.startswith(f"{stem}.")}
    for one, other in itertools.combinations(stems, 2):
        ends = ("json", "p7s")
        exchanged = {f"{one}.{end}": files[f"{other}.{end}"] for end in ends}
        yield files | exchanged | {f"{other}.{end}": files[f"{one}.{end}"] for end in ends}
    for stem, leaf in itertools.product(stems, range(20)):
        there = f"{stem.partition('/')[0]}/{leaf:08d}.{stem.partition('.')[2]}"
        if there not in stems:
            moved = {name.replace(f"{stem}.", f"{there}."): data for name, data in files.items()}
            yield in_order(moved)
            yield in_order(files | moved)


def blamed(bundle: bytes, cabinet: Cabinet) -> set[Culprit | None]:
    try:
        return {finding.culprit for _, finding in checked(bundle, cabinet).failures()}
    except UnreadableBundle:
        return {Culprit.BUNDLE}


def assert_nobody_is_framed(attacked: Files, cabinet: Cabinet) -> None:
    assert blamed(packed(attacked), cabinet) <= {Culprit.BUNDLE}
    assert blamed(resealed(attacked, cabinet.devices["secretary"].signer(), cabinet), cabinet) <= {Culprit.BUNDLE}


def test_nobody_is_framed(bundle: bytes, honest: Cabinet) -> None:
    files = files_of(bundle)
    variants = [*with_a_byte_flipped(files, 0), *with_statements_elsewhere(files)]
    for attacked in random.Random(20261123).sample(variants, 80):
        assert_nobody_is_framed(attacked, honest)


@pytest.mark.long
def test_nobody_is_framed_whatever_is_spoilt(bundle: bytes, honest: Cabinet) -> None:
    files = files_of(bundle)
    for attacked in itertools.chain(with_a_byte_flipped(files, 20), with_statements_elsewhere(files)):
        assert_nobody_is_framed(attacked, honest)
