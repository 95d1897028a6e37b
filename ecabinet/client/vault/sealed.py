"""Papers at rest: one sealed file each, written as the bytes come, resumable, read back in place.

AES-256-GCM over chunks of 64 KiB in the manner of STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015): a nonce is the
chunk's number and whether it is the last, so that chunks can be neither reordered nor cut off. Every file has a key of
its own (HKDF over a fresh salt and the digest, so that a file opens under no other's name). What a file is called on
the disk tells nobody whose digest it is.

Promises: plain text is never on the disk; a kill loses at most the chunk being filled; a file bears its final name only
when its digest has proved right, and what is read under a digest was sealed under it.
"""

import hashlib
import hmac
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ecabinet.client.vault.faults import StorageFault, StorageUnusable, faults_told
from ecabinet.core.codec import Digest

CHUNK = 64 * 1024
_TAG = 16
_SEALED_CHUNK = CHUNK + _TAG
_MAGIC = b"ECSEAL\x00\x01"
_SALT = 32
_HEADER = len(_MAGIC) + _SALT + 8


class Mismatch(Exception):
    """The bytes are not those of the digest they came under. They have been thrown away."""


class _Cipher:
    """The chunks of one file."""

    def __init__(self, key: bytes, digest: Digest, header: bytes, size: int) -> None:
        salt = header[len(_MAGIC) : len(_MAGIC) + _SALT]
        self._aead = AESGCM(HKDF(SHA256(), 32, salt, b"ecabinet sealed file " + bytes.fromhex(digest)).derive(key))
        self._header = header
        self._last = max(size - 1, 0) // CHUNK

    def seal(self, number: int, plain: memoryview, into: memoryview) -> None:
        self._aead.encrypt_into(self._nonce(number), plain, self._header, into)

    def open(self, number: int, sealed: memoryview, into: memoryview) -> None:
        """Raises InvalidTag."""
        self._aead.decrypt_into(self._nonce(number), sealed, self._header, into)

    def _nonce(self, number: int) -> bytes:
        return number.to_bytes(11, "big") + bytes([number == self._last])


class SealedFiles:
    """The sealed files of one vault."""

    def __init__(self, folder: Path, key: bytes) -> None:
        """`key` is the vault's: 32 bytes."""
        self._folder = folder
        self._name_key = HKDF(SHA256(), 32, None, b"ecabinet sealed file names").derive(key)
        self._key = HKDF(SHA256(), 32, None, b"ecabinet sealed files").derive(key)
        folder.mkdir(mode=0o700, exist_ok=True)

    def holds(self, digest: Digest) -> bool:
        """Whether the whole file is here."""
        return self._path(digest).exists()

    def fetched(self, digest: Digest) -> int:
        """How many bytes of an unfinished file lie sealed here."""
        with suppress(FileNotFoundError):
            return max(self._partial(digest).stat().st_size - _HEADER, 0) // _SEALED_CHUNK * CHUNK
        return 0

    def write(self, digest: Digest, size: int) -> "SealedWriter":
        """Goes on writing a file where it broke off. One writer per digest at a time."""
        return SealedWriter(self._partial(digest), self._path(digest), self._key, digest, size)

    def read(self, digest: Digest) -> "SealedReader":
        """Raises FileNotFoundError."""
        return SealedReader(self._path(digest), self._key, digest)

    def put(self, digest: Digest, data: memoryview) -> None:
        """Seals bytes that are all in memory, durably. Raises Mismatch, StorageUnusable."""
        if self.holds(digest):
            return
        with self.write(digest, len(data)) as writer:
            while writer.left:
                room = writer.room
                room[:] = data[writer.offset : writer.offset + len(room)]
                writer.advance(len(room))
            writer.finish(durably=True)

    def discard(self, digest: Digest) -> None:
        """Forgets a file, finished or not."""
        for path in (self._path(digest), self._partial(digest)):
            path.unlink(missing_ok=True)

    def keep_only(self, digests: Collection[Digest]) -> None:
        """Forgets every other file. Raises StorageUnusable."""
        known = {self._path(digest).name for digest in digests}
        with faults_told():
            for path in self._folder.iterdir():
                if path.stem not in known:
                    path.unlink()

    def _path(self, digest: Digest) -> Path:
        return self._folder / hmac.digest(self._name_key, bytes.fromhex(digest), "sha256").hex()[:32]

    def _partial(self, digest: Digest) -> Path:
        return self._path(digest).with_suffix(".part")


class SealedWriter:
    """A file being sealed. Fill `room`, then `advance`; `finish` when nothing is `left`."""

    def __init__(self, partial: Path, final: Path, key: bytes, digest: Digest, size: int) -> None:
        if not size:
            raise ValueError("an empty file")
        self._partial, self._final, self._digest, self.size = partial, final, digest, size
        self._plain, self._sealed = memoryview(bytearray(CHUNK)), memoryview(bytearray(_SEALED_CHUNK))
        self._filled = 0
        self._hasher = hashlib.sha256()
        self.offset = 0
        """How many bytes there are, those waiting in memory included."""
        with faults_told():
            self._file = self._open(key, digest)

    @property
    def left(self) -> int:
        return self.size - self.offset

    @property
    def room(self) -> memoryview:
        """Where the next bytes go: what is free of the current chunk."""
        return self._plain[self._filled : self._filled + min(CHUNK - self._filled, self.left)]

    def advance(self, count: int) -> None:
        """`count` bytes were put into `room`. Raises StorageUnusable: then the file is as it was before this chunk."""
        self._filled += count
        self.offset += count
        if self._filled == CHUNK or not self.left:
            self._write_chunk()

    def finish(self, *, durably: bool = False) -> None:
        """Gives the file its name. Raises Mismatch, StorageUnusable."""
        if self.left:
            raise ValueError("bytes are still missing")
        self._file.close()
        if self._hasher.hexdigest() != self._digest:
            self._partial.unlink()
            raise Mismatch
        with faults_told():
            if durably:
                _sync(self._partial)
            self._partial.replace(self._final)
            if durably:
                _sync(self._final.parent)

    def close(self) -> None:
        """Leaves the whole chunks for another day."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self, key: bytes, digest: Digest) -> BinaryIO:
        descriptor = os.open(self._partial, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        file = os.fdopen(descriptor, "r+b", buffering=0)
        header = file.read(_HEADER)
        if (
            len(header) == _HEADER
            and header[: len(_MAGIC)] == _MAGIC
            and int.from_bytes(header[-8:], "big") == self.size
        ):
            self._cipher = _Cipher(key, digest, header, self.size)
            self._take_up(file)
        else:
            header = _MAGIC + os.urandom(_SALT) + self.size.to_bytes(8, "big")
            self._cipher = _Cipher(key, digest, header, self.size)
            if file.seek(0, os.SEEK_END):
                file.seek(0)
                file.truncate()  # only where needed: ext4 writes a file that was truncated to the disk on close
            file.write(header)
        return file

    def _take_up(self, file: BinaryIO) -> None:
        """Counts and hashes the whole chunks that are there; the first that does not open, and what follows, go."""
        while self.left:
            length = min(CHUNK, self.left)
            sealed, plain = self._sealed[: length + _TAG], self._plain[:length]
            if _read_full(file, sealed) < len(sealed):
                break
            try:
                self._cipher.open(self.offset // CHUNK, sealed, plain)
            except InvalidTag:
                break
            self._hasher.update(plain)
            self.offset += length
        self._truncate(file)

    def _write_chunk(self) -> None:
        plain, sealed = self._plain[: self._filled], self._sealed[: self._filled + _TAG]
        start = self.offset - self._filled
        self._cipher.seal(start // CHUNK, plain, sealed)
        try:
            with faults_told():
                _write_full(self._file, sealed)
        except StorageUnusable:
            self.offset, self._filled = start, 0
            self._truncate(self._file)
            raise
        self._hasher.update(plain)
        self._filled = 0

    def _truncate(self, file: BinaryIO) -> None:
        whole, rest = divmod(self.offset, CHUNK)
        place = _HEADER + whole * _SEALED_CHUNK + (rest + _TAG if rest else 0)
        file.seek(place)
        file.truncate()


class SealedReader:
    """A sealed file, read at any place. Raises StorageUnusable(DAMAGED) when a chunk is not what was sealed.

    For one thread. Once left, it may be entered again: the file is open only between, so that it can be discarded
    meanwhile, or sealed anew.
    """

    def __init__(self, path: Path, key: bytes, digest: Digest) -> None:
        self._path, self._key, self._digest = path, key, digest
        self._header = b""
        self._open_file()
        self._sealed = memoryview(bytearray(_SEALED_CHUNK))
        self._plain = memoryview(bytearray(CHUNK))

    def read_into(self, offset: int, into: memoryview) -> None:
        """Fills `into` with the bytes from `offset` on. Raises ValueError beyond the end."""
        if not 0 <= offset <= offset + len(into) <= self.size:
            raise ValueError("beyond the end")
        done = 0
        while done < len(into):
            number, skipped = divmod(offset + done, CHUNK)
            length = min(CHUNK, self.size - number * CHUNK)
            wanted = min(length - skipped, len(into) - done)
            target = into[done : done + wanted]
            if wanted == length:
                self._open(number, length, target)
            else:
                self._open(number, length, self._plain[:length])
                target[:] = self._plain[skipped : skipped + wanted]
            done += wanted

    def parts(self, size: int, start: int = 0) -> Iterator[memoryview]:
        """The bytes from `start` on, in parts of `size` at most. A part is good until the next is asked for."""
        buffer = memoryview(bytearray(min(size, max(self.size - start, 0))))
        while start < self.size:
            part = buffer[: min(size, self.size - start)]
            self.read_into(start, part)
            yield part
            start += len(part)

    def __enter__(self) -> Self:
        if self._file.closed:
            self._open_file()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def _open_file(self) -> None:
        self._file = self._path.open("rb", buffering=0)
        header = self._file.read(_HEADER)
        if len(header) != _HEADER or header[: len(_MAGIC)] != _MAGIC:
            self._file.close()
            raise StorageUnusable(StorageFault.DAMAGED)
        if header != self._header:
            self._header, self.size = header, int.from_bytes(header[-8:], "big")
            self._cipher = _Cipher(self._key, self._digest, header, self.size)

    def _open(self, number: int, length: int, into: memoryview) -> None:
        sealed = self._sealed[: length + _TAG]
        self._file.seek(_HEADER + number * _SEALED_CHUNK)
        if _read_full(self._file, sealed) < len(sealed):
            raise StorageUnusable(StorageFault.DAMAGED)
        try:
            self._cipher.open(number, sealed, into)
        except InvalidTag:
            raise StorageUnusable(StorageFault.DAMAGED) from None


@contextmanager
def _handle(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _sync(path: Path) -> None:
    if os.name == "nt":  # which syncs neither read-only handles nor folders
        return
    with _handle(path) as descriptor:
        os.fsync(descriptor)


def _read_full(file: BinaryIO, into: memoryview) -> int:
    done = 0
    while done < len(into):
        count = file.readinto(into[done:])  # type: ignore[attr-defined]
        if not count:
            break
        done += count
    return done


def _write_full(file: BinaryIO, data: memoryview) -> None:
    while data:
        data = data[file.write(data) :]
