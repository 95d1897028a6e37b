import subprocess
import sys

import psycopg
import pytest
from sqlalchemy import create_engine, make_url, text

from tests.services.missing import service_missing


def test_a_database_for_one_test_is_empty_and_takes_vietnamese(postgres_database: str) -> None:
    engine = create_engine(postgres_database)
    with engine.begin() as connection:
        assert connection.scalar(text("select count(*) from pg_tables where schemaname = 'public'")) == 0
        connection.execute(text("create table paper (title text not null)"))
        connection.execute(text("insert into paper values ('Tờ trình về dự toán ngân sách')"))
        assert connection.scalar(text("select upper(title) from paper")) == "TỜ TRÌNH VỀ DỰ TOÁN NGÂN SÁCH"
    engine.dispose()


def test_the_cluster_listens_on_its_socket_alone(postgres_url: str) -> None:
    with psycopg.connect(make_url(postgres_url).set(drivername="postgresql").render_as_string()) as connection:
        assert connection.execute("show listen_addresses").fetchone() == ("",)


def test_the_command_line_runs_a_command_and_stops_the_cluster(postgres_url: str) -> None:
    inner = "import os; print(os.environ['ECABINET_TEST_POSTGRES'])"
    command = [sys.executable, "-m", "tests.services.postgres", sys.executable, "-c", inner]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    url = make_url(done.stdout.strip())
    assert url != make_url(postgres_url)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url.set(drivername="postgresql").render_as_string())


def test_a_missing_service_skips_here_and_fails_where_all_must_be_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="install postgresql"):
        service_missing("PostgreSQL", package="postgresql")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="install postgresql"):
        service_missing("PostgreSQL", package="postgresql")
