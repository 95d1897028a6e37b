"""Servers to test: processes over TLS on SQLite and on PostgreSQL, and one in this process."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from ecabinet.server.actions import Server, founding
from tests.server.live import LiveCabinet, Process
from tests.server.local import Clock, LocalCabinet, local_server

DATABASES = ["sqlite", "postgres"]
_numbers = itertools.count(1)


def _database(request: pytest.FixtureRequest, kind: str, name: str) -> str:
    """The URL of an empty database; empty for SQLite in the data folder."""
    if kind == "sqlite":
        return ""
    url = make_url(request.getfixturevalue("postgres_url"))
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return url.set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session", params=DATABASES)
def process(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A server that many tests share, each with a body of its own."""
    database = _database(request, request.param, f"shared_{next(_numbers)}")
    process = Process(tmp_path_factory.mktemp("server") / "data", *(["--database", database] if database else []))
    yield process
    assert process.stop() == 0


@pytest.fixture
def cabinet(process: Process) -> LiveCabinet:
    """A body of its own at the shared server, not founded yet."""
    return LiveCabinet(process.url, _new_code(process), f"H49.{next(_numbers)}")


def _new_code(process: Process) -> str:
    # As the operator's command does it: a second process on the same data.
    database = process.options[1] if process.options else ""
    server = local_server(process.data, database)
    try:
        return founding.make_code(server).text()
    finally:
        server.store.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=DATABASES)
def server(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Server]:
    """A server in this process."""
    server = local_server(tmp_path / "data", _database(request, request.param, f"local_{next(_numbers)}"), clock)
    yield server
    server.store.close()


@pytest.fixture
def local(server: Server) -> LocalCabinet:
    """A body at the server in this process, not founded yet."""
    return LocalCabinet(server)


@pytest.fixture
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Starts servers of this test's own; they are stopped at the end."""
    processes: list[Process] = []

    def start(kind: str = "sqlite", *options: str, name: str = "data") -> Process:
        database = _database(request, kind, f"own_{next(_numbers)}")
        more = ["--database", database] if database else []
        processes.append(Process(tmp_path / name, *more, *options))
        return processes[-1]

    yield start
    for process in processes:
        process.stop()
