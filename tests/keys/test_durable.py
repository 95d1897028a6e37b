"""Files replaced whole, and one writer at a time."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ecabinet.keys.durable import Hold, TakenError, _replace_on_windows, exclusive, replace_file


def test_replaces_a_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for data in (b"old and long", b"new"):
        replace_file(path, data)
        assert path.read_bytes() == data
        assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_replaces_a_file_the_windows_way(tmp_path: Path) -> None:
    (tmp_path / "fresh").write_bytes(b"new")
    (tmp_path / "file").write_bytes(b"old")
    _replace_on_windows(tmp_path / "fresh", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"new"


def test_lets_one_in_at_a_time(tmp_path: Path) -> None:
    count, inside = tmp_path / "count", threading.Semaphore(1)
    count.write_text("0")

    def add_one(_: int) -> None:
        with exclusive(tmp_path / "lock"):
            assert inside.acquire(blocking=False)
            count.write_text(str(int(count.read_text()) + 1))
            inside.release()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add_one, range(200)))
    assert count.read_text() == "200"


def test_holds_until_released(tmp_path: Path) -> None:
    hold = Hold(tmp_path / "lock")
    for _ in range(2):
        with pytest.raises(TakenError):
            Hold(tmp_path / "lock")
    hold.release()
    hold.release()
    Hold(tmp_path / "lock").release()
    assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600
