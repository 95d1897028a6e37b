import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecabinet.client.vault.faults import StorageFault, StorageUnusable
from ecabinet.client.vault.sealed import CHUNK, Mismatch, SealedFiles, SealedWriter

KEY = bytes(range(32))


def bytes_of(size: int, seed: int = 0) -> bytes:
    return hashlib.shake_256(seed.to_bytes(4, "big")).digest(size)


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def pour(writer: SealedWriter, data: bytes, step: int) -> None:
    """As a socket would: a piece at a time, of whatever size."""
    while writer.left:
        room = writer.room[:step]
        room[:] = data[writer.offset : writer.offset + len(room)]
        writer.advance(len(room))


def whole(files: SealedFiles, data: bytes) -> bytes:
    with files.read(digest_of(data)) as reader:
        into = memoryview(bytearray(reader.size))
        reader.read_into(0, into)
        return bytes(into)


@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 17])
def test_what_was_sealed_is_read_back(tmp_path: Path, size: int) -> None:
    files, data = SealedFiles(tmp_path, KEY), bytes_of(size)
    with files.write(digest_of(data), size) as writer:
        pour(writer, data, 5_000)
        writer.finish()
    assert whole(files, data) == data
    assert data[:32] not in b"".join(path.read_bytes() for path in tmp_path.iterdir()) or size < 32


@given(start=st.integers(0, 200_000), length=st.integers(0, 200_000))
def test_any_part_is_read_back(tmp_path_factory: pytest.TempPathFactory, start: int, length: int) -> None:
    data = bytes_of(200_001)
    files = SealedFiles(tmp_path_factory.getbasetemp() / "parts", KEY)
    files.put(digest_of(data), memoryview(data))
    into = memoryview(bytearray(min(length, len(data) - start)))
    with files.read(digest_of(data)) as reader:
        reader.read_into(start, into)
    assert into == data[start : start + len(into)]


def test_parts_cover_a_file_from_any_place(tmp_path: Path) -> None:
    files, data = SealedFiles(tmp_path, KEY), bytes_of(300_000)
    files.put(digest_of(data), memoryview(data))
    with files.read(digest_of(data)) as reader:
        assert b"".join(bytes(part) for part in reader.parts(70_000, 12_345)) == data[12_345:]
        with pytest.raises(ValueError, match="beyond"):
            reader.read_into(299_999, memoryview(bytearray(2)))


@pytest.mark.parametrize("cut", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 5])
def test_a_file_broken_off_goes_on_with_the_first_chunk_that_is_not_whole(tmp_path: Path, cut: int) -> None:
    files, data = SealedFiles(tmp_path, KEY), bytes_of(3 * CHUNK + 100)
    digest = digest_of(data)
    with files.write(digest, len(data)) as writer:
        while writer.offset < cut:
            room = writer.room[: cut - writer.offset]
            room[:] = data[writer.offset : writer.offset + len(room)]
            writer.advance(len(room))
    assert files.fetched(digest) == cut // CHUNK * CHUNK
    assert not files.holds(digest)
    with files.write(digest, len(data)) as writer:
        assert writer.offset == cut // CHUNK * CHUNK
        pour(writer, data, CHUNK)
        writer.finish()
    assert whole(files, data) == data
    assert files.fetched(digest) == 0


def test_a_killed_process_loses_one_chunk_at_most(tmp_path: Path) -> None:
    data = bytes_of(6 * CHUNK)
    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from ecabinet.client.vault.sealed import SealedFiles\n"
        "data = sys.stdin.buffer.read()\n"
        "writer = SealedFiles(Path(sys.argv[1]), bytes(range(32))).write(sys.argv[2], len(data))\n"
        "while writer.offset < 5 * 65536 - 2000:\n"
        "    room = writer.room[:1000]\n"
        "    room[:] = data[writer.offset : writer.offset + len(room)]\n"
        "    writer.advance(len(room))\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, tmp_path, digest_of(data)], input=data, check=False)
    assert done.returncode == -9
    with SealedFiles(tmp_path, KEY).write(digest_of(data), len(data)) as writer:
        assert writer.offset == 4 * CHUNK
        pour(writer, data, CHUNK)
        writer.finish()
    assert whole(SealedFiles(tmp_path, KEY), data) == data


def test_a_torn_or_altered_chunk_is_written_again(tmp_path: Path) -> None:
    files, data = SealedFiles(tmp_path, KEY), bytes_of(4 * CHUNK)
    digest = digest_of(data)
    with files.write(digest, len(data)) as writer:
        pour_until = 3 * CHUNK
        while writer.offset < pour_until:
            room = writer.room
            room[:] = data[writer.offset : writer.offset + len(room)]
            writer.advance(len(room))
    (partial,) = tmp_path.iterdir()
    torn = bytearray(partial.read_bytes())
    torn[CHUNK + 100] ^= 1  # within the second chunk: power failed before it was all on the disk
    partial.write_bytes(torn)
    with files.write(digest, len(data)) as writer:
        assert writer.offset == CHUNK
        pour(writer, data, CHUNK)
        writer.finish()
    assert whole(files, data) == data


def test_other_bytes_than_the_digest_names_never_get_the_name(tmp_path: Path) -> None:
    files, data = SealedFiles(tmp_path, KEY), bytes_of(CHUNK + 1)
    with files.write(digest_of(data), len(data)) as writer:
        pour(writer, bytes_of(CHUNK + 1, seed=1), CHUNK)
        with pytest.raises(Mismatch):
            writer.finish()
    assert not files.holds(digest_of(data))
    assert files.fetched(digest_of(data)) == 0


@pytest.mark.parametrize("place", [0, 9, 45, 60, CHUNK, 2 * CHUNK])
def test_damage_on_the_disk_is_found_when_read(tmp_path: Path, place: int) -> None:
    files, data = SealedFiles(tmp_path, KEY), bytes_of(2 * CHUNK + 10)
    files.put(digest_of(data), memoryview(data))
    (path,) = tmp_path.iterdir()
    damaged = bytearray(path.read_bytes())
    damaged[place] ^= 0x80
    path.write_bytes(damaged)
    with pytest.raises((StorageUnusable, ValueError)) as caught:
        whole(files, data)
    if isinstance(caught.value, StorageUnusable):
        assert caught.value.fault is StorageFault.DAMAGED


def test_chunks_can_be_neither_swapped_nor_cut_off(tmp_path: Path) -> None:
    files, data = SealedFiles(tmp_path, KEY), bytes_of(2 * CHUNK)
    files.put(digest_of(data), memoryview(data))
    (path,) = tmp_path.iterdir()
    sealed = path.read_bytes()
    head, first, second = sealed[:48], sealed[48 : 48 + CHUNK + 16], sealed[48 + CHUNK + 16 :]
    for forged in (head + second + first, head + first, head + first + first):
        path.write_bytes(forged)
        with pytest.raises(StorageUnusable):
            whole(files, data)


def test_files_that_exchanged_their_names_are_not_taken_for_each_other(tmp_path: Path) -> None:
    """What was sealed as one paper is never shown as another, and never goes on as another's beginning."""
    files, first, second = SealedFiles(tmp_path, KEY), bytes_of(CHUNK + 50, 1), bytes_of(CHUNK + 50, 2)
    digests = digest_of(first), digest_of(second)
    for data, digest in zip((first, second), digests, strict=True):
        files.put(digest, memoryview(data))
    paths = [files._path(digest) for digest in digests]
    swapped = [path.read_bytes() for path in reversed(paths)]
    for path, content in zip(paths, swapped, strict=True):
        path.write_bytes(content)
    for data in (first, second):
        with pytest.raises(StorageUnusable) as unusable:
            whole(files, data)
        assert unusable.value.fault is StorageFault.DAMAGED
    for path in paths:
        path.rename(path.with_suffix(".part"))
    with files.write(digests[0], len(first)) as writer:
        assert writer.offset == 0
        pour(writer, first, CHUNK)
        writer.finish()
    assert whole(files, first) == first


def test_a_full_disk_loses_nothing_and_goes_on_later(tmp_path: Path) -> None:
    import resource  # noqa: PLC0415 - POSIX

    files, data = SealedFiles(tmp_path, KEY), bytes_of(4 * CHUNK)
    digest = digest_of(data)
    child = os.fork()
    if child == 0:  # a limit on file sizes, in a process of its own, stands in for a full disk
        import signal  # noqa: PLC0415

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 * CHUNK + 500, 2 * CHUNK + 500))
        try:
            with files.write(digest, len(data)) as writer:
                pour(writer, data, CHUNK)
        except StorageUnusable as error:
            os._exit(7 if error.fault is StorageFault.DISK_FULL and writer.offset == 2 * CHUNK else 8)
        os._exit(9)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    with files.write(digest, len(data)) as writer:
        assert writer.offset == 2 * CHUNK
        pour(writer, data, CHUNK)
        writer.finish()
    assert whole(files, data) == data


def test_names_on_the_disk_tell_no_digest_and_differ_between_vaults(tmp_path: Path) -> None:
    data = bytes_of(10)
    names = []
    for number in range(2):
        files = SealedFiles(tmp_path / str(number), bytes([number]) * 32)
        files.put(digest_of(data), memoryview(data))
        names += [path.name for path in (tmp_path / str(number)).iterdir()]
    assert len(set(names)) == 2
    assert not any(name in digest_of(data) for name in names)


def test_a_discarded_file_is_gone(tmp_path: Path) -> None:
    files, data = SealedFiles(tmp_path, KEY), bytes_of(10)
    files.put(digest_of(data), memoryview(data))
    files.discard(digest_of(data))
    files.discard(digest_of(data))
    assert not files.holds(digest_of(data))
    assert list(tmp_path.iterdir()) == []
