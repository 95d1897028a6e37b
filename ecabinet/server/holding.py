"""Who works on a server's data.

One `serve` on a folder with SQLite (ADR 0011), several on one PostgreSQL, none while a restored backup is prepared. The
system gives up what a process held that was killed.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import NullPool, create_engine, make_url, text

from ecabinet.keys.durable import Hold, TakenError
from ecabinet.server.settings import Settings

_FILE = "lock"
_LOCK = 0x6563_6163
"""PostgreSQL's advisory lock: shared by those that serve."""


@contextmanager
def holding(settings: Settings, *, alone: bool) -> Iterator[None]:
    """Holds the data, which have to be there; on PostgreSQL beside others that serve, unless `alone`.

    Never waits. Raises TakenError, OSError, and what SQLAlchemy raises for a database that does not open.
    """
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        hold = Hold(settings.data / _FILE)
        try:
            yield
        finally:
            hold.release()
        return
    function = "pg_try_advisory_lock" if alone else "pg_try_advisory_lock_shared"
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if not connection.execute(text(f"SELECT {function}(:lock)"), {"lock": _LOCK}).scalar_one():
            raise TakenError
        yield
