"""Bundles of more statements than memory has room for, and of more files than a zip file could count at first."""

import io
import subprocess
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecabinet.core import codec
from ecabinet.core.evidence import Bundle, ExitCode, Flaw, UnreadableBundle, check, container, manifest, read, shelving
from ecabinet.core.evidence import bundle as layout
from ecabinet.core.evidence.bundle import TIME_STAMP, LedgerProofs, with_time_stamp
from ecabinet.core.evidence.container import Care
from ecabinet.core.evidence.shelving import ShelvedEnvelope
from ecabinet.core.protocol import SeenProof
from tests.bench.elections import Assembly
from tests.bundles import files_of, named, packed, sealed
from tests.cabinet import Cabinet

MOST_COUNTED = 0xFFFE


@pytest.fixture(scope="module")
def cabinet() -> Cabinet:
    return Cabinet.with_result()


@pytest.fixture(scope="module")
def bundle(cabinet: Cabinet) -> bytes:
    return sealed(cabinet)


@pytest.fixture
def shelves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every bundle is large."""
    monkeypatch.setattr(shelving, "LARGEST_IN_MEMORY", 0)


@pytest.fixture
def counts_to_three(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the old record of a zip file could tell no more."""
    monkeypatch.setattr(container, "_MOST_COUNTED", 3)


def flaw_of(data: bytes) -> Flaw:
    with pytest.raises(UnreadableBundle) as caught:
        read(data)
    return caught.value.flaw


# ---------------------------------------------------------------- many files


def test_a_stock_program_counts_as_many_files(tmp_path: Path) -> None:
    files = {f"a/{number:05}": b"" for number in range(MOST_COUNTED + 2)}
    written = packed(files)
    (tmp_path / "many.zip").write_bytes(written)
    listed = subprocess.run(["unzip", "-Z1", tmp_path / "many.zip"], capture_output=True, check=True, text=True)
    assert listed.stdout.split() == list(files)
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        assert archive.namelist() == list(files)
    assert container.read(io.BytesIO(written), care=lambda _: Care.HASH).keys() == files.keys()


@pytest.mark.usefixtures("counts_to_three")
@pytest.mark.parametrize("count", [2, 3, 4])
def test_a_file_is_added_to_as_many_as_there_are(count: int) -> None:
    files = [(f"{number}", b"x") for number in range(count + 1)]
    before = container.write(files[:-1])
    tail = before[-container.directory_size(before[-container.END_SIZE :]) :]
    kept, rest = container.appended(tail, len(before), *files[-1])
    assert before[:kept] + rest == container.write(files)
    assert len(container.read(io.BytesIO(before[:kept] + rest), care=lambda _: Care.KEEP)) == len(files)


@pytest.mark.usefixtures("counts_to_three")
def test_a_long_directory_has_one_form_too(cabinet: Cabinet) -> None:
    bundle = sealed(cabinet)
    assert check(read(bundle), cabinet.anchors).exit_code is ExitCode.PROVEN
    for place in range(len(bundle) - container.END_SIZE, len(bundle)):
        changed = bundle[:place] + bytes([bundle[place] ^ 1]) + bundle[place + 1 :]
        assert flaw_of(changed) is Flaw.NOT_A_BUNDLE
        assert flaw_of(bundle[:place]) is Flaw.CUT_SHORT
    kept, rest = with_time_stamp(bundle[-container.directory_size(bundle) :], len(bundle), b"token")
    assert bundle[:kept] + rest == packed({**files_of(bundle), TIME_STAMP: b"token"})


def test_the_old_form_of_a_long_directory_is_refused(bundle: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "_MOST_COUNTED", 3)
    assert flaw_of(bundle) is Flaw.NOT_A_BUNDLE


def test_more_files_than_anybody_needs_are_refused(bundle: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "_MOST_ENTRIES", len(files_of(bundle)) - 1)
    assert flaw_of(bundle) is Flaw.TOO_LARGE
    with pytest.raises(ValueError, match="too large"):
        packed(files_of(bundle))


@pytest.mark.parametrize("tail", [b"", bytes(21)])
def test_what_has_no_end_has_no_directory(tail: bytes) -> None:
    with pytest.raises(ValueError, match="no end"):
        container.directory_size(tail)


# ---------------------------------------------------------------- many statements


def spoilt(bundle: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    files = files_of(bundle)
    name = named(files, part)
    return packed({**files, name: change(files[name])})


@pytest.mark.usefixtures("shelves")
@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("checkpoint", lambda data: data),
        ("10.opinion.json", lambda data: data.replace(b'"agree"', b'"other"')),
        ("10.opinion.p7s", lambda data: data[:-1]),
        ("01.enrolled.json", lambda data: data.replace(b'"v":1', b'"v":2')),
        ("02.enrolled.p7s", lambda _: b""),
        ("ballot.result.json", lambda _: b"[]"),
    ],
)
def test_it_is_judged_as_if_all_were_in_memory(
    part: str, change: Callable[[bytes], bytes], bundle: bytes, cabinet: Cabinet, tmp_path: Path
) -> None:
    changed = spoilt(bundle, part, change)
    (tmp_path / "bundle").write_bytes(changed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shelving, "LARGEST_IN_MEMORY", len(changed))
        kept = read(changed)
    assert not any(isinstance(each.envelope, ShelvedEnvelope) for each in kept.statements)
    with (tmp_path / "bundle").open("rb") as file:
        for opened in (file, io.BytesIO(changed)):
            taken = read(opened)
            assert all(isinstance(each.envelope, ShelvedEnvelope) for each in taken.statements)
            assert contents_of(taken) == contents_of(kept)
            assert check(taken, cabinet.anchors) == check(kept, cabinet.anchors)


def contents_of(bundle: Bundle) -> list[tuple[str, bytes, bytes, bytes]]:
    return [
        (each.place, each.envelope.statement, each.envelope.signature, each.envelope.digest)
        for each in bundle.statements
    ]


@pytest.mark.usefixtures("shelves", "counts_to_three")
def test_hundreds_of_electors_are_counted_without_their_bytes_in_memory(tmp_path: Path) -> None:
    electors = 150
    assembly = Assembly(electors)
    (tmp_path / "bundle").write_bytes(assembly.decide())
    with (tmp_path / "bundle").open("rb") as file:
        report = check(read(file), assembly.anchors)
    assert report.exit_code is ExitCode.PROVEN
    assert report.facts is not None
    assert sum(each.leaf is not None for each in report.facts.opinions) == electors


@pytest.mark.usefixtures("shelves")
def test_no_opinion_stays_in_memory(tmp_path: Path) -> None:
    cabinet = Cabinet.with_open_ballot()
    for _ in range(2):
        cabinet.answer("chair", remark="x" * 1_000_000)
    cabinet.close()
    cabinet.announce()
    (tmp_path / "bundle").write_bytes(sealed(cabinet))
    tracemalloc.start()
    try:
        with (tmp_path / "bundle").open("rb") as file:
            taken = read(file)
            held, most = tracemalloc.get_traced_memory()
            assert sum(len(each.envelope.statement) for each in taken.statements) > 2_000_000
    finally:
        tracemalloc.stop()
    assert held < 500_000
    assert most < 2_000_000


@pytest.mark.usefixtures("shelves")
def test_a_file_that_changes_meanwhile_proves_nothing(bundle: bytes, cabinet: Cabinet, tmp_path: Path) -> None:
    (tmp_path / "bundle").write_bytes(bundle)
    with (tmp_path / "bundle").open("rb", buffering=0) as file:
        taken = read(file)
        statement = taken.statements[-1].envelope.statement
        other = statement.replace(b'"agree"', b'"other"')
        for altered in (bundle.replace(statement, other), bundle.partition(statement)[0]):
            (tmp_path / "bundle").write_bytes(altered)
            with pytest.raises(UnreadableBundle) as caught:
                check(taken, cabinet.anchors)
            assert caught.value.flaw is Flaw.DAMAGED


class ReadOnce(io.RawIOBase):
    """A pipe."""

    def __init__(self, data: bytes) -> None:
        self.data = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self.data.read(size)


@pytest.mark.usefixtures("shelves")
def test_what_can_be_read_only_once_is_kept(bundle: bytes, cabinet: Cabinet) -> None:
    taken = read(ReadOnce(bundle))  # type: ignore[arg-type]
    assert check(taken, cabinet.anchors).exit_code is ExitCode.PROVEN


@pytest.mark.usefixtures("shelves")
def test_statements_are_left_in_the_file_within_bounds(bundle: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(container._MOST, Care.LEAVE, 20_000)
    assert flaw_of(bundle) is Flaw.TOO_LARGE


# ---------------------------------------------------------------- manifest and proofs, piece by piece

_DIGESTS = {"README.txt": "0" * 64, "papers/x.pdf": "f" * 64}


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[:-1],
        lambda data: data + b" ",
        lambda data: data[1:],
        lambda data: data.replace(b"x.pdf", b"y.pdf"),
        lambda data: data.replace(b"sha256", b"sha512"),
        lambda _: b"",
    ],
)
def test_a_manifest_is_compared_as_it_would_be_written(change: Callable[[bytes], bytes]) -> None:
    written = manifest.write(_DIGESTS)
    assert manifest.lists(written, _DIGESTS)
    assert not manifest.lists(change(written), _DIGESTS)
    assert not manifest.lists(written, {**_DIGESTS, "more": "0" * 64})
    assert not manifest.lists(written, {"README.txt": "0" * 64})


_HASHES = st.lists(st.binary(min_size=32, max_size=32), max_size=3).map(tuple)


@given(st.lists(st.builds(SeenProof, size=st.integers(0, 2**53 - 1), path=_HASHES), max_size=4).map(tuple), _HASHES)
def test_proofs_are_read_one_by_one_as_they_would_be_at_once(
    seen: tuple[SeenProof, ...], beside: tuple[bytes, ...]
) -> None:
    proofs = LedgerProofs(first_leaf=7, range=beside, consistency=seen)
    assert layout._read_proofs(codec.dump(proofs), 10_000) == proofs


@pytest.mark.parametrize(
    "data",
    [
        b'{"consistency":[,],"first_leaf":0,"range":[]}',
        b'{"consistency":[{"path":[],"size":1},],"first_leaf":0,"range":[]}',
        b'{"consistency":[,{"path":[],"size":1}],"first_leaf":0,"range":[]}',
        b'{"consistency":[{"path":[],"size":1}{"path":[],"size":2}],"first_leaf":0,"range":[]}',
        b'{"consistency":[{"path":[],"size":1},{"size":2,"path":[]}],"first_leaf":0,"range":[]}',
        b'{"consistency":[{"path":[],"size":01}],"first_leaf":0,"range":[]}',
        b'{"consistency":[{"path":["AA=="],"size":1}, {"path":[],"size":2}],"first_leaf":0,"range":[]}',
        b'{"consistency":[{"path":[,],"size":1}],"first_leaf":0,"range":[]}',
        b'{"consistency":[{"path":[],"size":1}],"first_leaf":0,"range":[]',
        b'{"consistency":[{"path":[],"size":1}',
        b'{"consistency":[{"path":[],"size":1},',
        b'{"consistency":[',
        b"[" * 100,
    ],
)
def test_proofs_in_another_form_are_refused(data: bytes, bundle: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever is told of it
        codec.load(LedgerProofs, data)
    assert flaw_of(spoilt(bundle, "proofs.json", lambda _: data)) is Flaw.MALFORMED_ENTRY


def test_proofs_are_no_longer_than_the_statements_have_use_for(bundle: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "_LARGEST_PROOFS", 0)
    assert read(bundle).proofs.consistency
    monkeypatch.setattr(layout, "_PROOFS_OF_EACH", 1)
    assert flaw_of(bundle) is Flaw.MALFORMED_ENTRY
