"""The zip file a bundle is, in one form only: what is in it decides every byte of it, and nothing else is read.

No compression, no dates, no comments, no extra fields, nothing before, between or behind (PKWARE APPNOTE 6.3; ETSI EN
319 162-1, annex A). So a bomb, a link, an overlap or a stray byte is not looked for: it is not this form.
"""

import hashlib
import re
import struct
import zlib
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import BinaryIO, NamedTuple

_STORED_SINCE = 20  # version 2.0, FAT's first of January 1980, Unix, -rw-r--r--
_MIDNIGHT, _FIRST_DAY = 0, 1 << 5 | 1
_UNIX = 3 << 8
_LOCAL_SIGNATURE = b"PK\x03\x04"
_LOCAL_HEAD = struct.pack("<4s5H", _LOCAL_SIGNATURE, _STORED_SINCE, 0, 0, _MIDNIGHT, _FIRST_DAY)
_MEASURES = struct.Struct("<3I2H")
_CHECKSUM = slice(len(_LOCAL_HEAD), len(_LOCAL_HEAD) + 4)
_LOCAL_SIZE = len(_LOCAL_HEAD) + _MEASURES.size
_CENTRAL_HEAD = struct.pack("<4s6H", b"PK\x01\x02", _UNIX | _STORED_SINCE, _STORED_SINCE, 0, 0, _MIDNIGHT, _FIRST_DAY)
_REGULAR_FILE = struct.pack("<3HI", 0, 0, 0, 0o100644 << 16)
_END = struct.Struct("<4s4H2IH")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*", re.ASCII)
_LONGEST_NAME = 200
_MOST_ENTRIES = 0xFFFE
_LARGEST = 0xFFFF_FFFE
_MOST_KEPT = 256 * 1024 * 1024
_PIECE = 1024 * 1024
DIRECTORY_LIMIT = _MOST_ENTRIES * 256
"""Bytes that stand behind the entries at most."""


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


class Content(NamedTuple):
    """What an entry holds: its hash always, its bytes only where they were asked for."""

    digest: str
    """SHA-256, lower-case hexadecimal."""
    data: bytes | None


class _Header(NamedTuple):
    """An entry's name, and its measures: checksum, size twice, length of the name, and that there is no more."""

    name: bytes
    measures: bytes
    size: int

    @classmethod
    def of(cls, name: str, data: bytes) -> "_Header":
        encoded = name.encode("ascii")
        return cls(encoded, _MEASURES.pack(zlib.crc32(data), len(data), len(data), len(encoded), 0), len(data))

    @property
    def size_with_content(self) -> int:
        return _LOCAL_SIZE + len(self.name) + self.size

    def local(self) -> bytes:
        return _LOCAL_HEAD + self.measures + self.name

    def central(self, offset: int) -> bytes:
        return b"".join((_CENTRAL_HEAD, self.measures, _REGULAR_FILE, offset.to_bytes(4, "little"), self.name))


def write(entries: Iterable[tuple[str, bytes]]) -> bytes:
    """The one zip file of these entries in this order. Raises ValueError for names or sizes it can't hold."""
    parts: list[bytes] = []
    headers: list[_Header] = []
    for name, data in entries:
        if not _is_name(name):
            raise ValueError(name)
        header = _Header.of(name, data)
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
    header = _Header.of(name, data)
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
    while (head := file.read(_LOCAL_SIZE))[:4] == _LOCAL_SIGNATURE:
        name, header = _read_header(head, file)
        if name in contents:
            raise UnreadableBundle(Flaw.DUPLICATE_NAME, name)
        headers.append(header)
        is_kept = keeps(name)
        size += header.size_with_content
        kept += header.size if is_kept else 0
        if len(headers) > _MOST_ENTRIES or size > _LARGEST or kept > _MOST_KEPT:
            raise UnreadableBundle(Flaw.TOO_LARGE, name)
        contents[name] = _read_content(name, head, header.size, file, keeps=is_kept)
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


def _read_header(head: bytes, file: BinaryIO) -> tuple[str, _Header]:
    if len(head) < _LOCAL_SIZE:
        raise UnreadableBundle(Flaw.CUT_SHORT)
    measures = head[len(_LOCAL_HEAD) :]
    _, again, size, name_size, extra_size = _MEASURES.unpack(measures)
    encoded = file.read(min(name_size, _LONGEST_NAME + 1))
    if len(encoded) < min(name_size, _LONGEST_NAME + 1):
        raise UnreadableBundle(Flaw.CUT_SHORT)
    name = encoded.decode("ascii", "replace")
    if not _is_name(name):
        raise UnreadableBundle(Flaw.BAD_NAME)
    if not head.startswith(_LOCAL_HEAD) or size != again or extra_size:
        raise UnreadableBundle(Flaw.NOT_A_BUNDLE, name)
    return name, _Header(encoded, measures, size)


def _read_content(name: str, head: bytes, size: int, file: BinaryIO, *, keeps: bool) -> Content:
    piece = file.read(min(size, _PIECE))
    hasher, checksum, kept, missing = hashlib.sha256(piece), zlib.crc32(piece), [piece], size - len(piece)
    while missing:
        piece = file.read(min(missing, _PIECE))
        if not piece:
            raise UnreadableBundle(Flaw.CUT_SHORT, name)
        hasher.update(piece)
        checksum = zlib.crc32(piece, checksum)
        missing -= len(piece)
        if keeps:
            kept.append(piece)
    if checksum.to_bytes(4, "little") != head[_CHECKSUM]:
        raise UnreadableBundle(Flaw.DAMAGED, name)
    return Content(hasher.hexdigest(), (b"".join(kept) if len(kept) > 1 else kept[0]) if keeps else None)
