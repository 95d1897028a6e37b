"""A real PostgreSQL for tests: a throw-away cluster behind a Unix socket, stopped by what started it.

`python -m tests.services.postgres` prints its URL and keeps it until the input ends; with a command after it, runs
that command with the URL in ECABINET_TEST_POSTGRES and leaves with its exit code.
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import URL, make_url

from tests.services.missing import service_missing

# Several of them shall be small.
_SETTINGS = "shared_buffers=32MB max_connections=60 listen_addresses=''"
_NOT_DURABLE = "fsync=off full_page_writes=off"


def find_programs() -> Path | None:
    """The folder of initdb and pg_ctl: the newest of Debian's, which are not on the PATH, or the one that is."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    found = debian[-1] if debian else shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@contextmanager
def throw_away_cluster(programs: Path, *, is_durable: bool = False) -> Iterator[URL]:
    """Run a cluster of its own; the URL leads to its database `postgres`, as its superuser.

    Durability is what it can do without, unless that is what is measured.
    """
    # Sockets have names of at most 107 bytes, hence /tmp.
    with tempfile.TemporaryDirectory(prefix="ecabinet-pg-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        user = _other_than_root()
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)

        def run(program: str, *arguments: str) -> None:
            subprocess.run(
                [programs / program, f"--pgdata={folder}/data", *arguments],
                check=True,
                cwd=folder,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": folder},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # pg_ctl's child would keep a pipe open for good
                user=user and user.pw_uid,
                group=user and user.pw_gid,
                extra_groups=[] if user else None,
            )

        run("initdb", "--username=ecabinet", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        settings = [*_SETTINGS.split(), f"unix_socket_directories={folder}"]
        settings += [] if is_durable else _NOT_DURABLE.split()
        options = " ".join(f"-c {setting}" for setting in settings)
        run("pg_ctl", "start", "--wait", f"--log={folder}/log", f"--options={options}")
        try:
            yield URL.create("postgresql+psycopg", username="ecabinet", database="postgres", query={"host": folder})
        finally:
            run("pg_ctl", "stop", "--wait", "--mode=immediate")


def _other_than_root() -> pwd.struct_passwd | None:
    """Who runs it when we are root, which PostgreSQL refuses to be."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """One cluster for the run: a URL for SQLAlchemy, as the superuser."""
    programs = find_programs()
    if programs is None:
        service_missing("PostgreSQL", package="postgresql")
    with throw_away_cluster(programs) as url:
        yield url.render_as_string(hide_password=False)


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """An empty database for one test: a URL for SQLAlchemy."""
    url = make_url(postgres_url)
    name = sql.Identifier(f"test_{uuid4().hex}")
    with psycopg.connect(url.set(drivername="postgresql").render_as_string(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        yield url.set(database=name.as_string().strip('"')).render_as_string(hide_password=False)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def main() -> int:
    """Keep a cluster for as long as somebody needs it."""
    programs = find_programs()
    if programs is None:
        print("PostgreSQL is not on this machine: install postgresql", file=sys.stderr)
        return 1
    with throw_away_cluster(programs) as url:
        address = url.render_as_string(hide_password=False)
        if command := sys.argv[1:]:
            return subprocess.run(command, check=False, env=os.environ | {"ECABINET_TEST_POSTGRES": address}).returncode
        print(address, flush=True)
        try:
            sys.stdin.read()
        except KeyboardInterrupt:
            print(file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
