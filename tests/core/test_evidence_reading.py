"""Reading strictly: one form and no other; any byte that was changed shows; and nothing makes the reader fall over."""

import io
import random
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecabinet.core import codec
from ecabinet.core.canonical import LARGEST_STATEMENT
from ecabinet.core.evidence import ExitCode, Flaw, UnreadableBundle, container, manifest, read
from ecabinet.core.evidence.bundle import LedgerProofs
from ecabinet.core.evidence.container import Care
from ecabinet.core.protocol import SeenProof
from tests.bundles import checked, files_of, packed, resealed, sealed
from tests.cabinet import Cabinet

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def cabinet() -> Cabinet:
    return Cabinet.with_result()


@pytest.fixture(scope="module")
def bundle(cabinet: Cabinet) -> bytes:
    return sealed(cabinet)


@pytest.fixture(scope="module")
def files(bundle: bytes) -> Files:
    return files_of(bundle)


def flaw_of(data: bytes) -> Flaw:
    with pytest.raises(UnreadableBundle) as caught:
        read(data)
    return caught.value.flaw


def zipped(files: Files, compression: int = zipfile.ZIP_STORED, **attributes: int) -> bytes:
    """As a stock program would write it."""
    target = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(target, "w", compression) as archive:
        warnings.simplefilter("ignore")
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = compression
            info.create_system, info.external_attr = 3, 0o100644 << 16
            for attribute, value in attributes.items():
                setattr(info, attribute, value)
            archive.writestr(info, data)
    return target.getvalue()


# ---------------------------------------------------------------- the container


def test_what_a_stock_program_writes_in_our_form_is_read(files: Files, bundle: bytes) -> None:
    assert zipped(files) == bundle


@pytest.mark.parametrize(
    ("attributes", "flaw"),
    [
        ({"compression": zipfile.ZIP_DEFLATED}, Flaw.NOT_A_BUNDLE),
        ({"external_attr": 0o120777 << 16}, Flaw.NOT_A_BUNDLE),
        ({"extra": b"\x99\x99\x00\x00"}, Flaw.NOT_A_BUNDLE),
        ({"comment": b"?"}, Flaw.NOT_A_BUNDLE),
        ({"date_time": (2026, 11, 23, 0, 0, 0)}, Flaw.NOT_A_BUNDLE),
        ({"create_system": 0}, Flaw.NOT_A_BUNDLE),
    ],
    ids=["compressed", "symlinks", "extra fields", "comments", "dates", "another system"],
)
def test_other_forms_of_the_same_files_are_refused(files: Files, attributes: dict[str, int], flaw: Flaw) -> None:
    assert flaw_of(zipped(files, **attributes)) is flaw


def test_a_bomb_is_never_unpacked() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("mimetype", "w") as entry:
        for _ in range(100):
            entry.write(bytes(1024 * 1024))
    assert flaw_of(target.getvalue()) is Flaw.NOT_A_BUNDLE
    claimed = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 0, 0, 33, 0, 0xFFFF_FFF0, 0xFFFF_FFF0, 8, 0) + b"mimetype"
    assert flaw_of(claimed) is Flaw.TOO_LARGE


class Endless(io.RawIOBase):
    """Ten gigabytes of papers that take no space: each claims to be one, and their bytes are zeros."""

    def __init__(self) -> None:
        self.pieces = self.entries()
        self.left = b""
        self.given = 0

    def entries(self) -> Iterator[bytes]:
        zeros, size = bytes(1 << 20), 1 << 30
        checksum = 0
        for _ in range(size // len(zeros)):
            checksum = zlib.crc32(zeros, checksum)
        for number in range(10):
            name = f"papers/{number:064x}".encode()
            yield struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 0, 0, 33, checksum, size, size, len(name), 0) + name
            for _ in range(size // len(zeros)):
                yield zeros

    def read(self, size: int = -1) -> bytes:
        while len(self.left) < size and (piece := next(self.pieces, b"")):
            self.left += piece
        given, self.left = self.left[:size], self.left[size:]
        self.given += len(given)
        return given


@pytest.mark.long
def test_ten_gigabytes_are_refused_at_the_fourth() -> None:
    endless = Endless()
    with pytest.raises(UnreadableBundle) as caught:
        read(endless)  # type: ignore[arg-type]
    assert caught.value.flaw is Flaw.TOO_LARGE
    assert endless.given < 4 << 30


def test_statements_are_kept_within_bounds() -> None:
    five = container.write((f"{number}", bytes(64 << 20)) for number in range(5))
    with pytest.raises(UnreadableBundle) as caught:
        container.read(io.BytesIO(five), care=lambda _: Care.KEEP)
    assert caught.value.flaw is Flaw.TOO_LARGE


@pytest.mark.parametrize(
    "name",
    ["../x", "/etc/passwd", "a/../b", "a//b", "a/", ".hidden", "a\\b", "C:x", "tên", "a b", "x" * 201, ""],
)
def test_names_that_lead_astray_are_neither_written_nor_read(name: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the name is all that is told
        container.write([(name, b"")])
    assert flaw_of(zipped({name: b""})) in {Flaw.BAD_NAME, Flaw.NOT_A_BUNDLE}


def test_a_name_twice_is_refused(bundle: bytes, files: Files) -> None:
    twice = container.write([*files.items(), ("README.txt", b"")])
    assert flaw_of(twice) is Flaw.DUPLICATE_NAME


def test_cut_anywhere_it_is_refused(bundle: bytes) -> None:
    places = [*range(200), *range(200, len(bundle), 997), *range(len(bundle) - 200, len(bundle))]
    for place in places:
        assert flaw_of(bundle[:place]) in {Flaw.CUT_SHORT, Flaw.NOT_A_BUNDLE}


@pytest.mark.parametrize(
    "change", [lambda data: data + b"\0", lambda data: b"\0" + data, lambda data: data + data, lambda _: b""]
)
def test_stray_bytes_are_refused(bundle: bytes, change: Callable[[bytes], bytes]) -> None:
    assert flaw_of(change(bundle)) is Flaw.NOT_A_BUNDLE


@given(st.binary())
def test_no_bytes_make_the_reader_fall_over(data: bytes) -> None:
    for mess in (data, b"PK\x03\x04" + data):
        with pytest.raises(UnreadableBundle):
            read(mess)


# ---------------------------------------------------------------- the layout


def test_reordered_files_are_refused(files: Files) -> None:
    assert flaw_of(packed(dict(reversed(files.items())))) is Flaw.WRONG_ORDER


def test_unknown_files_are_refused(files: Files) -> None:
    assert flaw_of(packed({**files, "extra.txt": b""})) is Flaw.UNKNOWN_ENTRY
    assert flaw_of(packed({**files, "ballot/00000010.opinion.exe": b""})) is Flaw.UNKNOWN_ENTRY
    assert flaw_of(packed({**files, "ballot/00000010.opinion.tlog-proof": b""})) is Flaw.WRONG_ORDER


def test_every_missing_file_is_missed(files: Files, cabinet: Cabinet) -> None:
    for name in files:
        rest = {other: data for other, data in files.items() if other != name}
        if name.startswith("papers/"):
            assert checked(packed(rest), cabinet).exit_code is ExitCode.DISPROVEN
        else:
            assert flaw_of(packed(rest)) is Flaw.MISSING_ENTRY


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("ledger/entries.bin", bytes(71)),
        ("ledger/entries.bin", b"\xff" * 72),
        ("ledger/proofs.json", b"{}"),
        ("ledger/proofs.json", b'{"consistency":[],"first_leaf":0,"range":[]} '),
        ("ledger/checkpoint", b"\xff"),
        ("register/00000001.enrolled.tlog-proof", b"c2sp.org/tlog-proof@v1\n"),
    ],
)
def test_ledger_files_that_are_not_in_their_form_are_refused(files: Files, name: str, data: bytes) -> None:
    assert flaw_of(packed({**files, name: data})) is Flaw.MALFORMED_ENTRY


def test_a_leaf_has_one_way_of_writing(files: Files) -> None:
    renamed = {name.replace("register/00000001.", "register/000000001."): data for name, data in files.items()}
    assert flaw_of(packed(renamed)) in {Flaw.BAD_NAME, Flaw.WRONG_ORDER}


def test_another_media_type_is_another_thing(files: Files) -> None:
    assert flaw_of(packed({**files, "mimetype": b"application/zip"})) is Flaw.NOT_A_BUNDLE


# ---------------------------------------------------------------- every byte


def offsets(data: bytes, count: int) -> list[int]:
    """Both ends of a file, and some places between: the same ones every time."""
    between = random.Random(len(data)).sample(range(len(data)), min(count, len(data)))
    return sorted({0, len(data) - 1, *between})


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def verdict_on(data: bytes, cabinet: Cabinet) -> ExitCode:
    try:
        return checked(data, cabinet).exit_code
    except UnreadableBundle:
        return ExitCode.UNREADABLE


def assert_shows(files: Files, name: str, places: list[int], cabinet: Cabinet) -> None:
    secretary = cabinet.devices["secretary"].signer()
    for place in places:
        changed = {**files, name: flipped(files[name], place)}
        # What the seal covers twice over is sealed anew: it must show all the same.
        is_elsewhere = not name.startswith(("META-INF/", "README"))
        attacked = resealed(changed, secretary, cabinet) if is_elsewhere else packed(changed)
        assert verdict_on(attacked, cabinet) in {ExitCode.DISPROVEN, ExitCode.UNREADABLE}, (name, place)


def test_a_changed_byte_shows_in_every_file(files: Files, cabinet: Cabinet) -> None:
    for name, data in files.items():
        if name != "mimetype":
            assert_shows(files, name, offsets(data, 2), cabinet)


def test_a_changed_byte_breaks_the_seal_of_every_file(files: Files, cabinet: Cabinet) -> None:
    for name, data in files.items():
        if name != "mimetype":
            changed = packed({**files, name: flipped(data, len(data) // 2)})
            assert verdict_on(changed, cabinet) in {ExitCode.DISPROVEN, ExitCode.UNREADABLE}, name


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "part",
    [
        "policy.json",
        "checkpoint",
        "entries.bin",
        "00.body.founded.tlog-proof",
        "closed.json",
        "closed.p7s",
    ],
)
def test_every_changed_byte_shows_in_small_files(files: Files, cabinet: Cabinet, part: str) -> None:
    name = min(name for name in files if name.endswith(part))
    assert_shows(files, name, list(range(len(files[name]))), cabinet)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_changed_byte_shows_wherever_it_is(files: Files, cabinet: Cabinet) -> None:
    for name, data in files.items():
        if name != "mimetype":
            assert_shows(files, name, offsets(data, 16), cabinet)


def test_a_changed_byte_of_the_raw_file_shows(bundle: bytes, cabinet: Cabinet) -> None:
    for place in offsets(bundle, 300):
        assert verdict_on(flipped(bundle, place), cabinet) is not ExitCode.PROVEN


# ---------------------------------------------------------------- the manifest


@given(st.binary())
def test_no_bytes_make_the_manifest_reader_fall_over(data: bytes) -> None:
    assert manifest.read(data) is None or manifest.write(manifest.read(data) or {}) == data


def test_a_manifest_reads_back() -> None:
    digests = {"README.txt": "0" * 64, "papers/x.pdf": "f" * 64, "ledger/checkpoint": "1" * 64}
    assert manifest.read(manifest.write(digests)) == digests


@pytest.mark.parametrize("name", ["README\u00e9.txt", "README\ufffd.txt"])
def test_a_manifest_with_a_letter_beyond_ascii_is_not_ours(name: str, files: Files, cabinet: Cabinet) -> None:
    altered = files[manifest.MANIFEST].replace(b"README.txt", name.encode())
    assert manifest.read(altered) is None
    assert verdict_on(packed({**files, manifest.MANIFEST: altered}), cabinet) is ExitCode.DISPROVEN


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("sha256", "sha1"),
        ("<ds:DigestValue>", "<ds:DigestValue> "),
        ("text/plain", "text/html"),
        ("signature001", "signature002"),
        ("</asic:ASiCManifest>", "</asic:ASiCManifest><!-- -->"),
    ],
)
def test_another_manifest_is_not_ours(old: str, new: str) -> None:
    text = manifest.write({"README.txt": "0" * 64}).decode()
    assert old in text
    assert manifest.read(text.replace(old, new).encode()) is None


def test_proofs_may_be_longer_than_any_statement(cabinet: Cabinet, files: Files) -> None:
    proofs = codec.load(LedgerProofs, files["ledger/proofs.json"])
    more = tuple(SeenProof(size=size, path=(bytes(32),) * 48) for size in range(10**6, 10**6 + 4_000))
    longer = codec.dump(replace(proofs, consistency=(*proofs.consistency, *more)))
    assert len(longer) > LARGEST_STATEMENT
    bundle = resealed({**files, "ledger/proofs.json": longer}, cabinet.devices["secretary"].signer(), cabinet)
    assert checked(bundle, cabinet).exit_code is ExitCode.PROVEN
