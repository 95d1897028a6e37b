"""The vault itself: one SQLCipher database, owned by the serial lane, and the sealed files beside it.

Promises: what `do` returned from is durable; it happened whole or not at all; the file on the disk is never plain text;
one process at a time has it open.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import URL, Connection, Engine, StaticPool, create_engine, event, inspect

from ecabinet.client.vault.faults import StorageFault, StorageUnusable, faults_told
from ecabinet.client.vault.registers import Registers
from ecabinet.client.vault.schema import INDEXES, metadata
from ecabinet.client.vault.sealed import SealedFiles
from ecabinet.client.vault.serial import Serially
from ecabinet.client.vault.steps import STEPS
from ecabinet.keys.durable import Hold, TakenError

T = TypeVar("T")
_PLAIN = b"SQLite format 3\0"
_DATABASE = "vault.db"
_FILES = "papers"
_HELD = "open.lock"
_LOCK_LIMIT = 0.2  # seconds to wait for another program that looks into the database


class Vault:
    """An open vault. Made, used and closed through the serial lane, wherever the call comes from."""

    def __init__(self, folder: Path, key: bytes, serially: Serially) -> None:
        """Makes the vault when there is none. Raises StorageUnusable."""
        self.serially = serially
        self.registers = Registers()
        with faults_told():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._hold = _hold(folder / _HELD)
        try:
            with faults_told():
                self.files = SealedFiles(folder / _FILES, key)
            self._engine = serially(lambda: _open(folder / _DATABASE, key))
        except BaseException:
            self._hold.release()
            raise

    def do(self, work: Callable[[Connection], T]) -> T:
        """Does `work` in one transaction: when it returns, all is on the disk; when it raises, nothing.

        Raises StorageUnusable, and what `work` raises.
        """

        def within() -> T:
            with faults_told(), self._engine.begin() as connection:
                return work(connection)

        return self.serially(within)

    def close(self) -> None:
        try:
            self.serially(self._engine.dispose)
        finally:
            self._hold.release()


def _hold(path: Path) -> Hold:
    """The vault for this process alone. Raises StorageUnusable."""
    # SQLite's own lock won't do: POSIX drops it when the process closes any descriptor of the database, and the look
    # for plain text does.
    try:
        return Hold(path)
    except TakenError as error:
        raise StorageUnusable(StorageFault.IN_USE) from error


def _open(path: Path, key: bytes) -> Engine:
    _refuse_plain_text(path)
    with faults_told():
        path.touch(mode=0o600)
        path.chmod(0o600)  # one that was made before; what SQLite puts beside it is as this is
    raw = HKDF(SHA256(), 32, None, b"ecabinet vault database").derive(key)
    engine = create_engine(
        URL.create("sqlite+pysqlcipher", password=f"x'{raw.hex()}'", database=str(path)),
        # The lanes see to it that one thread at a time is here.
        connect_args={"check_same_thread": False, "timeout": _LOCK_LIMIT},
        poolclass=StaticPool,
    )
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    try:
        with faults_told(), engine.begin() as connection:
            _migrate(connection)
    except StorageUnusable:
        engine.dispose()
        raise
    _refuse_plain_text(path)
    return engine


def _refuse_plain_text(path: Path) -> None:
    with suppress(FileNotFoundError), path.open("rb") as file:
        if file.read(len(_PLAIN)) == _PLAIN:
            raise StorageUnusable(StorageFault.DAMAGED)


def _set_up(connection: Any, _: object) -> None:
    connection.isolation_level = None  # transactions begin where `_begin` says
    for pragma in (
        "cipher_log_level = NONE",
        "locking_mode = EXCLUSIVE",
        "journal_mode = WAL",
        "synchronous = FULL",
        "cache_size = -65536",
        "temp_store = MEMORY",
        "secure_delete = ON",
        "foreign_keys = ON",
        "recursive_triggers = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _migrate(connection: Connection) -> None:
    """Brings the schema to head, and looks whether it is there."""
    version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    if version > len(STEPS):
        raise StorageUnusable(StorageFault.NEWER)
    for step in STEPS[version:]:
        step(connection)
    connection.exec_driver_sql(f"PRAGMA user_version = {len(STEPS)}")
    found = inspect(connection)
    names = set(found.get_table_names())
    own = {name for name in names if not name.startswith(INDEXES)}
    columns = {name: {column["name"] for column in found.get_columns(name)} for name in own}
    expected = {table.name: set(table.columns.keys()) for table in metadata.tables.values()}
    if columns != expected or not names.issuperset(INDEXES):
        raise StorageUnusable(StorageFault.DAMAGED)
