"""Files that are no bundles, though they were made of one, or call themselves one."""

import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from ecabinet.core.evidence import Culprit, ExitCode, container
from tests.attacks.by_the_maker import Files
from tests.attacks.reports import READING
from tests.attacks.table import Attacks
from tests.bundles import files_of, packed

ON_A_FILE = Attacks[Callable[[bytes], bytes]]("Files that are no bundles")
"""From an honest bundle's bytes to others."""


def _attack(listed: str) -> Callable[[Callable[[bytes], bytes]], Callable[[bytes], bytes]]:
    return ON_A_FILE(listed, READING, Culprit.BUNDLE, code=ExitCode.UNREADABLE)


def zipped(files: Files, compression: int = zipfile.ZIP_STORED, *, mode: int = 0o100644) -> bytes:
    """As a stock program would write it."""
    target = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(target, "w", compression) as archive:
        warnings.simplefilter("ignore")
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = compression
            info.create_system, info.external_attr = 3, mode << 16
            archive.writestr(info, data)
    return target.getvalue()


def claimed(name: bytes, size: int, checksum: int = 0) -> bytes:
    """The beginning of an entry that claims a size."""
    return struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 0, 0, 33, checksum, size, size, len(name), 0) + name


@_attack("truncated bundle")
def cut_the_last_byte_off(bundle: bytes) -> bytes:
    return bundle[:-1]


@_attack("truncated bundle")
def cut_it_in_the_middle(bundle: bytes) -> bytes:
    return bundle[: len(bundle) // 2]


@_attack("truncated bundle")
def leave_the_entries_of_the_ledger_out(bundle: bytes) -> bytes:
    return packed({name: data for name, data in files_of(bundle).items() if name != "ledger/entries.bin"})


@_attack("reordered bundle")
def pack_in_another_order(bundle: bytes) -> bytes:
    return packed(dict(reversed(files_of(bundle).items())))


@_attack("duplicate-named bundle")
def give_two_files_one_name(bundle: bytes) -> bytes:
    return container.write([*files_of(bundle).items(), ("README.txt", b"")])


@_attack("zip-bombed bundle")
def compress_a_hundred_megabytes_of_nothing(bundle: bytes) -> bytes:
    return zipped({**files_of(bundle), f"papers/{'0' * 64}": bytes(100_000_000)}, zipfile.ZIP_DEFLATED)


@_attack("zip-bombed bundle")
def claim_a_file_of_four_gigabytes(bundle: bytes) -> bytes:
    del bundle
    return claimed(b"mimetype", 0xFFFF_FFF0)


@_attack("path-traversing bundle")
def lead_out_of_the_folder(bundle: bytes) -> bytes:
    return zipped({**files_of(bundle), "../../anchors.pem": b"mine"})


@_attack("path-traversing bundle")
def lead_to_the_root_of_the_disk(bundle: bytes) -> bytes:
    return zipped({"/etc/passwd": b"", **files_of(bundle)})


@_attack("bundle with symlinks")
def make_every_file_a_link(bundle: bytes) -> bytes:
    return zipped(files_of(bundle), mode=0o120777)


@_attack("not a ZIP")
def be_a_text(bundle: bytes) -> bytes:
    del bundle
    return "Biên bản kiểm phiếu".encode()


@_attack("not a ZIP")
def put_a_program_before_it(bundle: bytes) -> bytes:
    return b"#!/bin/sh\n" + bundle


@_attack("empty bundle")
def be_empty(bundle: bytes) -> bytes:
    del bundle
    return b""


@_attack("empty bundle")
def be_a_zip_with_nothing_in_it(bundle: bytes) -> bytes:
    del bundle
    return zipped({})


# ---------------------------------------------------------------- too large for memory

ON_A_DISK = Attacks[Callable[[Path], None]](ON_A_FILE.by)
"""Writes a file."""


@ON_A_DISK("bundle of 10 GB when unpacked", READING, Culprit.BUNDLE, code=ExitCode.UNREADABLE)
def enclose_ten_papers_of_a_gigabyte(path: Path) -> None:
    """Of zeros, so that the disk has nothing to keep; their checksums are right."""
    zeros, size = bytes(1 << 20), 1 << 30
    checksum = 0
    for _ in range(size // len(zeros)):
        checksum = zlib.crc32(zeros, checksum)
    with path.open("wb") as file:
        for number in range(10):
            file.write(claimed(f"papers/{number:064x}".encode(), size, checksum))
            file.seek(size, 1)
        file.truncate()
