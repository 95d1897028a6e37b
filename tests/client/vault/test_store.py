import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from ecabinet.client.vault.faults import StorageFault, StorageUnusable
from ecabinet.client.vault.schema import gone
from ecabinet.client.vault.serial import Lock
from ecabinet.client.vault.steps import STEPS
from ecabinet.client.vault.store import Vault

KEY = bytes(range(32))


def open_vault(folder: Path, key: bytes = KEY) -> Vault:
    return Vault(folder, key, Lock())


def put(vault: Vault, name: str) -> None:
    vault.do(lambda db: db.execute(gone.insert().values(id=name, body="H00.1")))


def names(vault: Vault) -> list[str]:
    return vault.do(lambda db: list(db.scalars(select(gone.c.id).order_by(gone.c.id))))


def fault_of(folder: Path, key: bytes = KEY) -> StorageFault:
    with pytest.raises(StorageUnusable) as caught:
        open_vault(folder, key)
    return caught.value.fault


def test_what_was_put_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    vault = open_vault(tmp_path)
    put(vault, "a")
    vault.close()
    again = open_vault(tmp_path)
    assert names(again) == ["a"]
    again.close()


def test_work_that_fails_changes_nothing(tmp_path: Path) -> None:
    vault = open_vault(tmp_path)

    def work(db: Connection) -> None:
        db.execute(gone.insert().values(id="never", body="H00.1"))
        raise LookupError

    with pytest.raises(LookupError):
        vault.do(work)
    assert names(vault) == []
    vault.close()


def test_nothing_of_it_is_plain_text_on_the_disk(tmp_path: Path) -> None:
    vault = open_vault(tmp_path)
    put(vault, "ý kiến của Chủ tịch")
    on_disk = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert "Chủ tịch".encode() not in on_disk
    assert b"SQLite format 3" not in on_disk
    assert b"CREATE TABLE" not in on_disk
    vault.close()


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    open_vault(tmp_path).close()
    assert fault_of(tmp_path, bytes(32)) is StorageFault.DAMAGED


def test_a_plain_database_in_its_place_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "vault.db") as plain:
        plain.execute("CREATE TABLE gone (id, body)")
    plain.close()
    assert fault_of(tmp_path) is StorageFault.DAMAGED


def test_only_one_at_a_time_has_it_open(tmp_path: Path) -> None:
    vault = open_vault(tmp_path)
    assert fault_of(tmp_path) is StorageFault.IN_USE
    vault.close()
    open_vault(tmp_path).close()


@contextmanager
def opened_elsewhere(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A vault in a process that has put something there and keeps it open until it is told to close."""
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from tests.client.vault.test_store import open_vault, put\n"
        "vault = open_vault(Path(sys.argv[1]))\n"
        "put(vault, 'theirs')\n"
        "print('open', flush=True)\n"
        "sys.stdin.readline()\n"
        "vault.close()\n"
    )
    command = [sys.executable, "-c", script, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("end", ["closes", "is killed"])
def test_another_process_is_kept_out_until_the_first_has_ended(tmp_path: Path, end: str) -> None:
    with opened_elsewhere(tmp_path) as other:
        assert fault_of(tmp_path) is StorageFault.IN_USE
        if end == "is killed":
            other.kill()
            other.wait()
        else:
            other.communicate("close\n")
        vault = open_vault(tmp_path)
        assert names(vault) == ["theirs"]
        vault.close()


def test_a_vault_that_could_not_be_opened_keeps_nobody_out(tmp_path: Path) -> None:
    open_vault(tmp_path).close()
    assert fault_of(tmp_path, bytes(32)) is StorageFault.DAMAGED
    open_vault(tmp_path).close()


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        (f"PRAGMA user_version = {len(STEPS) + 1}", StorageFault.NEWER),
        ("DROP TABLE outbox", StorageFault.DAMAGED),
        ("ALTER TABLE gone DROP COLUMN body", StorageFault.DAMAGED),
    ],
)
def test_a_schema_that_is_not_at_head_is_refused(tmp_path: Path, statement: str, fault: StorageFault) -> None:
    vault = open_vault(tmp_path)
    vault.do(lambda db: db.exec_driver_sql(statement))
    vault.close()
    assert fault_of(tmp_path) is fault


@pytest.mark.skipif(sys.platform == "win32", reason="has no such rights")
def test_only_its_owner_may_read_a_vault(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    for _ in range(2):
        vault = open_vault(tmp_path)
        assert {file.stat().st_mode & 0o777 for file in tmp_path.glob("vault.db*")} == {0o600}
        vault.close()
        path.chmod(0o644)  # as one that an earlier version made


def test_a_vault_of_another_kind_of_bytes_is_damaged(tmp_path: Path) -> None:
    open_vault(tmp_path).close()
    path = tmp_path / "vault.db"
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    assert fault_of(tmp_path) is StorageFault.DAMAGED


def test_a_kill_after_do_returned_loses_nothing(tmp_path: Path) -> None:
    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from ecabinet.client.vault.serial import Lock\n"
        "from ecabinet.client.vault.store import Vault\n"
        "from ecabinet.client.vault.schema import gone\n"
        "vault = Vault(Path(sys.argv[1]), bytes(range(32)), Lock())\n"
        "for name in 'abc':\n"
        "    vault.do(lambda db: db.execute(gone.insert().values(id=name, body='H')))\n"
        "def half(db):\n"
        "    db.execute(gone.insert().values(id='half', body='H'))\n"
        "    os.kill(os.getpid(), 9)\n"
        "vault.do(half)\n"
    )
    assert subprocess.run([sys.executable, "-c", script, tmp_path], check=False).returncode == -9
    vault = open_vault(tmp_path)
    assert names(vault) == ["a", "b", "c"]
    vault.close()


def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "vault").write_text("in the way")
    assert fault_of(tmp_path / "vault") is StorageFault.UNREADABLE
    assert os.listdir(tmp_path) == ["vault"]  # noqa: PTH208 - the plainest look


def test_a_limit_on_what_may_be_written_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    """A quota: SQLite says no more than that something went wrong with the disk."""
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from ecabinet.client.vault.faults import StorageFault, StorageUnusable\n"
        "from ecabinet.client.vault.serial import Lock\n"
        "from ecabinet.client.vault.store import Vault\n"
        "from ecabinet.client.vault.schema import gone\n"
        "vault = Vault(Path(sys.argv[1]), bytes(range(32)), Lock())\n"
        "vault.do(lambda db: db.execute(gone.insert().values(id='a', body='H')))\n"
        "most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, most))\n"
        "try:\n"
        "    vault.do(lambda db: db.execute(gone.insert().values(id='x' * 4_000_000, body='H')))\n"
        "except StorageUnusable as error:\n"
        "    assert error.fault is StorageFault.UNREADABLE, error.fault\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))\n"
        "    vault.do(lambda db: db.execute(gone.insert().values(id='b', body='H')))\n"
        "    sys.exit(7)\n"
    )
    assert subprocess.run([sys.executable, "-c", script, tmp_path], check=False).returncode == 7
    vault = open_vault(tmp_path)
    assert names(vault) == ["a", "b"]
    vault.close()
