"""What is remembered from bundle to bundle changes no verdict."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecabinet.core.evidence import ExitCode, UnreadableBundle, check, read
from ecabinet.core.evidence.memory import Memory
from tests.bundles import files_of, packed, resealed, sealed
from tests.cabinet import Cabinet

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def cabinet() -> Cabinet:
    return Cabinet.with_result()


@pytest.fixture(scope="module")
def files(cabinet: Cabinet) -> Files:
    return files_of(sealed(cabinet))


@pytest.fixture(scope="module")
def warm(cabinet: Cabinet, files: Files) -> Memory:
    memory = Memory()
    assert check(read(packed(files)), cabinet.anchors, memory=memory).exit_code is ExitCode.PROVEN
    return memory


@settings(max_examples=40)
@given(data=st.data())
def test_a_register_that_was_changed_is_judged_as_if_it_were_the_first(
    data: st.DataObject, cabinet: Cabinet, files: Files, warm: Memory
) -> None:
    name = data.draw(st.sampled_from([name for name in files if name.startswith(("register/", "ledger/"))]))
    place = data.draw(st.integers(0, len(files[name]) - 1))
    changed = bytearray(files[name])
    changed[place] ^= 1 << data.draw(st.integers(0, 7))
    tampered = {**files, name: bytes(changed)}
    bundle = packed(tampered)
    if data.draw(st.booleans()):
        bundle = resealed(tampered, cabinet.devices["secretary"].signer(), cabinet)
    try:
        found = read(bundle)
    except UnreadableBundle:
        return
    assert check(found, cabinet.anchors, memory=warm) == check(found, cabinet.anchors)
    assert check(read(packed(files)), cabinet.anchors, memory=warm).exit_code is ExitCode.PROVEN


def test_a_body_that_grows_is_judged_with_what_came_since() -> None:
    memory = Memory()
    growing = Cabinet.with_result()
    first = read(sealed(growing))
    growing.revoke("finance")
    growing.open_ballot()
    growing.append(growing.opinion("finance"))
    growing.close()
    growing.announce()
    second = read(sealed(growing))
    for bundle in (first, second, first, second):
        assert check(bundle, growing.anchors, memory=memory) == check(bundle, growing.anchors)
    assert check(second, growing.anchors, memory=memory).exit_code is ExitCode.DISPROVEN
    assert check(first, growing.anchors, memory=memory).exit_code is ExitCode.PROVEN


def test_it_forgets_rather_than_grow(files: Files, cabinet: Cabinet) -> None:
    limit = 10_000
    memory = Memory(limit)
    bundle = read(packed(files))
    for _ in range(3):
        assert check(bundle, cabinet.anchors, memory=memory).exit_code is ExitCode.PROVEN
        kept = [opened.envelope for opened in memory._opened.values()]
        assert 0 < sum(len(each.statement) + len(each.signature) for each in kept) <= limit
