"""The zip file a bundle is, in one form only: what is in it decides every byte of it, and nothing else is read.

No compression, no dates, no comments, no extra fields, nothing before, between or behind (PKWARE APPNOTE 6.3; ETSI EN
319 162-1, annex A). So a bomb, a link, an overlap or a stray byte is not looked for: it is not this form. From 65,535
entries on the directory ends with ZIP64's records, for its count finds no room in the old one.
"""

import hashlib
import re
import struct
import zlib
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import BinaryIO, NamedTuple

_STORED_SINCE = 20  # version 2.0, FAT's first of January 1980, Unix, -rw-r--r--
_MIDNIGHT, _FIRST_DAY = 0, 1 << 5 | 1
_UNIX = 3 << 8
_LOCAL_SIGNATURE = b"PK\x03\x04"
_LOCAL_HEAD = struct.pack("<4s5H", _LOCAL_SIGNATURE, _STORED_SINCE, 0, 0, _MIDNIGHT, _FIRST_DAY)
_MEASURES = struct.Struct("<3I2H")
_LOCAL_SIZE = len(_LOCAL_HEAD) + _MEASURES.size
_CENTRAL_HEAD = struct.pack("<4s6H", b"PK\x01\x02", _UNIX | _STORED_SINCE, _STORED_SINCE, 0, 0, _MIDNIGHT, _FIRST_DAY)
_REGULAR_FILE = struct.pack("<3HI", 0, 0, 0, 0o100644 << 16)
_END = struct.Struct("<4s4H2IH")
_END_64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR_64 = struct.Struct("<4sIQI")
_VERSION_64 = 45

_NAME = re.compile(rb"[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*")
_LONGEST_NAME = 200
_MOST_COUNTED = 0xFFFE
"""Entries whose number the old record can tell."""
_MOST_ENTRIES = 1 << 19
"""A hundred thousand electors, five files each."""
_LARGEST = 0xFFFF_FFFE
_PIECE = 1024 * 1024
END_SIZE = _END_64.size + _LOCATOR_64.size + _END.size
"""Bytes at the end of a file that tell how long its directory is."""


class Flaw(StrEnum):
    """Why a file is no bundle that can be read."""

    NOT_A_BUNDLE = "not_a_bundle"
    """Not a zip file in the form of this module."""
    NOT_SAVED_EVIDENCE = "not_saved_evidence"
    """It begins as what clients save beside bundles, and goes on otherwise."""
    NO_FILE = "no_file"
    NOT_OPENED = "not_opened"
    EMPTY = "empty"
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


class Care(StrEnum):
    """What becomes of the bytes of an entry."""

    HASH = "hash"
    """They are passed over, once their hash is known."""
    LEAVE = "leave"
    """So too, but somebody will come back for them."""
    KEEP = "keep"


_MOST = {Care.HASH: _LARGEST, Care.LEAVE: 512 * 1024 * 1024, Care.KEEP: 256 * 1024 * 1024}
"""Bytes of a file that are so treated."""


class Content(NamedTuple):
    """What an entry holds: its hash always, its bytes where they are kept."""

    digest: str
    """SHA-256, lower-case hexadecimal."""
    data: bytes | None
    at: int
    """Where its bytes begin in the file."""
    size: int


class _Header(NamedTuple):
    """An entry's name, and its measures: checksum, size twice, length of the name, and that there is no more."""

    name: bytes
    measures: bytes
    size: int

    @classmethod
    def of(cls, name: str, data: bytes) -> "_Header":
        """Raises ValueError."""
        encoded = name.encode("ascii")
        if not _is_name(encoded):
            raise ValueError(name)
        return cls(encoded, _MEASURES.pack(zlib.crc32(data), len(data), len(data), len(encoded), 0), len(data))

    def local(self) -> bytes:
        return _LOCAL_HEAD + self.measures + self.name

    def central(self, offset: int) -> bytes:
        return b"".join((_CENTRAL_HEAD, self.measures, _REGULAR_FILE, offset.to_bytes(4, "little"), self.name))


def write(entries: Iterable[tuple[str, bytes]]) -> bytes:
    """The one zip file of these entries in this order. Raises ValueError for names or sizes it can't hold."""
    parts: list[bytes] = []
    directory = bytearray()
    count = offset = 0
    for count, (name, data) in enumerate(entries, 1):
        header = _Header.of(name, data)
        local = header.local()
        if count > _MOST_ENTRIES or offset + len(local) + len(data) > _LARGEST:
            raise ValueError("too large for one bundle")
        parts += (local, data)
        directory += header.central(offset)
        offset += len(local) + len(data)
    return b"".join([*parts, directory, _end(count, len(directory), offset)])


def directory_size(end: bytes) -> int:
    """How many of the last bytes of a file `read` accepts are its directory. `end`: its last END_SIZE, or all."""
    count, length, _ = _read_end(end)
    return length + len(_end(count, length, 0))


def appended(tail: bytes, size: int, name: str, data: bytes) -> tuple[int, bytes]:
    """Where the directory of a file of `size` bytes begins, and what stands there once an entry is added at the end.

    `tail` are the last bytes of a file that `read` accepts: all, or `directory_size` of them. Raises ValueError.
    """
    count, length, offset = _read_end(tail)
    behind = directory_size(tail)
    if count >= _MOST_ENTRIES or len(tail) < behind:
        raise ValueError(name)
    header = _Header.of(name, data)
    local = header.local() + data
    begins = len(tail) - behind
    directory = tail[begins : begins + length] + header.central(offset)
    return size - behind, local + directory + _end(count + 1, len(directory), offset + len(local))


def read(file: BinaryIO, care: Callable[[str], Care]) -> Mapping[str, Content]:
    """Every entry, in order; `care` says by its name what becomes of its bytes.

    Raises UnreadableBundle, whatever the bytes.
    """
    directory = bytearray()
    contents: dict[str, Content] = {}
    offset = 0
    left = dict(_MOST)
    while (head := file.read(_LOCAL_SIZE))[:4] == _LOCAL_SIGNATURE:
        header = _read_header(head, file)
        name = header.name.decode("ascii")
        if name in contents:
            raise UnreadableBundle(Flaw.DUPLICATE_NAME, name)
        directory += header.central(offset)
        taken = care(name)
        begins = offset + _LOCAL_SIZE + len(name)
        offset = begins + header.size
        left[taken] -= header.size
        if len(contents) >= _MOST_ENTRIES or offset > _LARGEST or left[taken] < 0:
            raise UnreadableBundle(Flaw.TOO_LARGE, name)
        contents[name] = _read_content(header, file, begins, keeps=taken is Care.KEEP)
    expected = directory + _end(len(contents), len(directory), offset)
    rest = head + file.read(len(expected) + 1)
    if not directory or rest != expected:
        is_cut = bool(directory) and expected.startswith(rest)
        raise UnreadableBundle(Flaw.CUT_SHORT if is_cut else Flaw.NOT_A_BUNDLE)
    return contents


@lru_cache(4096)
def _is_name(name: bytes) -> bool:
    return len(name) <= _LONGEST_NAME and _NAME.fullmatch(name) is not None


def _end(count: int, length: int, offset: int) -> bytes:
    """What stands behind a directory of `count` entries and `length` bytes that begins at `offset`."""
    if count <= _MOST_COUNTED:
        return _END.pack(b"PK\x05\x06", 0, 0, count, count, length, offset, 0)
    rest = _END_64.size - 12  # its own length is counted without what comes up to there
    end = _END_64.pack(b"PK\x06\x06", rest, _VERSION_64, _VERSION_64, 0, 0, count, count, length, offset)
    locator = _LOCATOR_64.pack(b"PK\x06\x07", 0, offset + length, 1)
    return end + locator + _END.pack(b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, length, offset, 0)


def _read_end(tail: bytes) -> tuple[int, int, int]:
    """The three of `_end`, of a file that `read` accepts. Raises ValueError for less than an end."""
    if len(tail) < _END.size:
        raise ValueError("no end")
    *_, count, _, length, offset, _ = _END.unpack(tail[-_END.size :])
    if count > _MOST_COUNTED:
        if len(tail) < END_SIZE:
            raise ValueError("no end")
        count = _END_64.unpack_from(tail, len(tail) - END_SIZE)[7]
    return count, length, offset


def _read_header(head: bytes, file: BinaryIO) -> _Header:
    if len(head) < _LOCAL_SIZE:
        raise UnreadableBundle(Flaw.CUT_SHORT)
    _, again, size, name_size, extra_size = _MEASURES.unpack_from(head, len(_LOCAL_HEAD))
    name_size = min(name_size, _LONGEST_NAME + 1)
    name = file.read(name_size)
    if len(name) < name_size:
        raise UnreadableBundle(Flaw.CUT_SHORT)
    if not _is_name(name):
        raise UnreadableBundle(Flaw.BAD_NAME)
    if not head.startswith(_LOCAL_HEAD) or size != again or extra_size:
        raise UnreadableBundle(Flaw.NOT_A_BUNDLE, name.decode("ascii"))
    return _Header(name, head[len(_LOCAL_HEAD) :], size)


def _read_content(header: _Header, file: BinaryIO, at: int, *, keeps: bool) -> Content:
    data = file.read(min(header.size, _PIECE))
    hasher, checksum, missing = hashlib.sha256(data), zlib.crc32(data), header.size - len(data)
    if missing:
        kept = [data]
        while missing:
            piece = file.read(min(missing, _PIECE))
            if not piece:
                raise UnreadableBundle(Flaw.CUT_SHORT, header.name.decode("ascii"))
            hasher.update(piece)
            checksum = zlib.crc32(piece, checksum)
            missing -= len(piece)
            if keeps:
                kept.append(piece)
        data = b"".join(kept)
    if not header.measures.startswith(checksum.to_bytes(4, "little")):
        raise UnreadableBundle(Flaw.DAMAGED, header.name.decode("ascii"))
    return Content(hasher.hexdigest(), data if keeps else None, at, header.size)
