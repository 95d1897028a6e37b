"""The zip file a bundle is, in one form only: what is in it decides every byte of it, and nothing else is read.

No compression, no dates, no comments, no extra fields, nothing before, between or behind (PKWARE APPNOTE 6.3; ETSI EN
319 162-1, annex A). So a bomb, a link, an overlap or a stray byte is not looked for: it is not this form.
"""

import hashlib
import re
import struct
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_LOCAL_SIGNATURE = b"PK\x03\x04"
_STORED_SINCE = 20  # version 2.0, FAT's first of January 1980, Unix, -rw-r--r--
_MIDNIGHT, _FIRST_DAY = 0, 1 << 5 | 1
_UNIX = 3 << 8
_REGULAR_FILE = 0o100644 << 16

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*", re.ASCII)
_LONGEST_NAME = 200
_MOST_ENTRIES = 0xFFFE
_LARGEST = 0xFFFF_FFFE
_MOST_KEPT = 256 * 1024 * 1024
_PIECE = 1024 * 1024


class Flaw(StrEnum):
    """Why a file is no bundle that can be read."""

    NOT_A_BUNDLE = "not_a_bundle"
    """Not a zip file in the form of this module."""
    CUT_SHORT = "cut_short"
    DAMAGED = "damaged"
    """The content of an entry does not have its checksum."""
    TOO_LARGE = "too_large"
    BAD_NAME = "bad_name"
    DUPLICATE_NAME = "duplicate_name"
    UNKNOWN_ENTRY = "unknown_entry"
    """Nothing of this name has a place in a bundle; perhaps in a newer one."""
    WRONG_ORDER = "wrong_order"
    MISSING_ENTRY = "missing_entry"
    MALFORMED_ENTRY = "malformed_entry"


class UnreadableBundle(Exception):
    """Not a bundle: nothing can be said about what it proves. `place` is the entry where reading ended, if any."""

    def __init__(self, flaw: Flaw, place: str = "") -> None:
        super().__init__(flaw.value, place)
        self.flaw = flaw
        self.place = place


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What an entry holds: its hash always, its bytes only where they were asked for."""

    digest: str
    """SHA-256, lower-case hexadecimal."""
    data: bytes | None


@dataclass(frozen=True, slots=True)
class _Header:
    name: str
    checksum: int
    size: int

    @property
    def size_with_content(self) -> int:
        return _LOCAL.size + len(self.name) + self.size

    def local(self) -> bytes:
        name = self.name.encode("ascii")
        return (
            _LOCAL.pack(
                _LOCAL_SIGNATURE,
                _STORED_SINCE,
                0,
                0,
                _MIDNIGHT,
                _FIRST_DAY,
                self.checksum,
                self.size,
                self.size,
                len(name),
                0,
            )
            + name
        )

    def central(self, offset: int) -> bytes:
        name = self.name.encode("ascii")
        return (
            _CENTRAL.pack(
                b"PK\x01\x02",
                _UNIX | _STORED_SINCE,
                _STORED_SINCE,
                0,
                0,
                _MIDNIGHT,
                _FIRST_DAY,
                self.checksum,
                self.size,
                self.size,
                len(name),
                0,
                0,
                0,
                0,
                _REGULAR_FILE,
                offset,
            )
            + name
        )


def write(entries: Iterable[tuple[str, bytes]]) -> bytes:
    """The one zip file of these entries in this order. Raises ValueError for names or sizes it can't hold."""
    parts: list[bytes] = []
    headers: list[_Header] = []
    for name, data in entries:
        if not _is_name(name):
            raise ValueError(name)
        header = _Header(name, zlib.crc32(data), len(data))
        headers.append(header)
        parts += [header.local(), data]
    if len(headers) > _MOST_ENTRIES or sum(map(len, parts)) > _LARGEST:
        raise ValueError("too large for one bundle")
    return b"".join([*parts, _directory(headers)])


def appended(tail: bytes, size: int, name: str, data: bytes) -> tuple[int, bytes]:
    """Where the directory of a file of `size` bytes begins, and what stands there once an entry is added at the end.

    `tail` are the last bytes of a file that `read` accepts: all, or as many as the directory has. Raises ValueError.
    """
    *_, count, _, length, offset, _ = _END.unpack(tail[-_END.size :])
    if not _is_name(name) or count >= _MOST_ENTRIES or len(tail) < length + _END.size:
        raise ValueError(name)
    header = _Header(name, zlib.crc32(data), len(data))
    local = header.local() + data
    directory = tail[-_END.size - length : -_END.size] + header.central(offset)
    end = _END.pack(b"PK\x05\x06", 0, 0, count + 1, count + 1, len(directory), offset + len(local), 0)
    return size - length - _END.size, local + directory + end


def read(file: BinaryIO, keeps: Callable[[str], bool]) -> Mapping[str, Content]:
    """Every entry, in order, with the bytes of those whose name `keeps` accepts.

    Raises UnreadableBundle, whatever the bytes.
    """
    headers: list[_Header] = []
    contents: dict[str, Content] = {}
    size = kept = 0
    while (head := file.read(_LOCAL.size))[:4] == _LOCAL_SIGNATURE:
        header = _read_header(head, file)
        if header.name in contents:
            raise UnreadableBundle(Flaw.DUPLICATE_NAME, header.name)
        headers.append(header)
        is_kept = keeps(header.name)
        size += header.size_with_content
        kept += header.size if is_kept else 0
        if len(headers) > _MOST_ENTRIES or size > _LARGEST or kept > _MOST_KEPT:
            raise UnreadableBundle(Flaw.TOO_LARGE, header.name)
        contents[header.name] = _read_content(header, file, keeps=is_kept)
    directory = _directory(headers)
    rest = head + file.read(len(directory) + 1)
    if not headers or rest != directory:
        is_cut = bool(headers) and directory.startswith(rest)
        raise UnreadableBundle(Flaw.CUT_SHORT if is_cut else Flaw.NOT_A_BUNDLE)
    return contents


def _is_name(name: str) -> bool:
    return len(name) <= _LONGEST_NAME and _NAME.fullmatch(name) is not None


def _directory(headers: Iterable[_Header]) -> bytes:
    parts: list[bytes] = []
    offset = 0
    for header in headers:
        parts.append(header.central(offset))
        offset += header.size_with_content
    entries = b"".join(parts)
    return entries + _END.pack(b"PK\x05\x06", 0, 0, len(parts), len(parts), len(entries), offset, 0)


def _read_header(head: bytes, file: BinaryIO) -> _Header:
    if len(head) < _LOCAL.size:
        raise UnreadableBundle(Flaw.CUT_SHORT)
    *_, checksum, _, size, name_size, _ = _LOCAL.unpack(head)
    encoded = file.read(min(name_size, _LONGEST_NAME + 1))
    if len(encoded) < min(name_size, _LONGEST_NAME + 1):
        raise UnreadableBundle(Flaw.CUT_SHORT)
    name = encoded.decode("ascii", "replace")
    if not _is_name(name):
        raise UnreadableBundle(Flaw.BAD_NAME)
    header = _Header(name, checksum, size)
    if header.local() != head + encoded:
        raise UnreadableBundle(Flaw.NOT_A_BUNDLE, name)
    return header


def _read_content(header: _Header, file: BinaryIO, *, keeps: bool) -> Content:
    hasher, checksum, kept, missing = hashlib.sha256(), 0, [], header.size
    while missing:
        piece = file.read(min(missing, _PIECE))
        if not piece:
            raise UnreadableBundle(Flaw.CUT_SHORT, header.name)
        hasher.update(piece)
        checksum = zlib.crc32(piece, checksum)
        missing -= len(piece)
        if keeps:
            kept.append(piece)
    if checksum != header.checksum:
        raise UnreadableBundle(Flaw.DAMAGED, header.name)
    return Content(digest=hasher.hexdigest(), data=b"".join(kept) if keeps else None)
