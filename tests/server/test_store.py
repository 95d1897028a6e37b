"""The database: one body per session, guarded tables, a schema that is looked at."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import bindparam, delete, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from ecabinet.core.protocol import RowKind
from ecabinet.server import migrations, schema
from ecabinet.server.actions import Server
from ecabinet.server.store import BodySession, Question, Store, UnknownBody
from tests.server.local import LocalCabinet


@pytest.fixture
def store(server: Server) -> Store:
    for body in ("A", "B"):
        server.store.reserve_body(body, "UBND tỉnh")
        with server.store.writing(body) as session:
            session.add(schema.Upload(person="chair", digest=body * 64, size=1))
    return server.store


def digests(session: BodySession) -> list[str]:
    return [row.digest for row in session.scalars(select(schema.Upload))]


def test_a_session_sees_its_body_and_no_other(store: Store) -> None:
    for body in ("A", "B"):
        with store.reading(body) as session:
            assert digests(session) == [body * 64]
            assert session.scalars(select(schema.Body.code)).all() == [body]
            others = session.scalar(select(schema.Body.id)) or 0
            assert session.get(schema.Upload, (3 - others, "chair", ("B" if body == "A" else "A") * 64)) is None


def test_a_change_stays_within_the_body(store: Store) -> None:
    with store.writing("A") as session:
        session.execute(update(schema.Upload).values(size=2))
        session.execute(delete(schema.Upload).where(schema.Upload.digest == "B" * 64))
    with store.reading("B") as session:
        assert [(row.digest, row.size) for row in session.scalars(select(schema.Upload))] == [("B" * 64, 1)]


def test_a_row_of_another_body_is_not_written(store: Store) -> None:
    with store.reading("B") as session:
        other = session.body.id
    with pytest.raises(RuntimeError, match="another body"), store.writing("A") as session:
        session.add(schema.Upload(body_id=other, person="chair", digest="c" * 64, size=1))
    with pytest.raises(RuntimeError, match="another body"), store.writing("A") as session:
        session.add(schema.FoundingCode(digest="c" * 64, body=None))


@pytest.mark.parametrize(
    "question",
    [
        text("SELECT digest FROM uploads"),
        select(schema.SignIn),
        select(schema.Upload, schema.FoundingCode),
        select(schema.Upload.__table__),
    ],
)
def test_a_question_beyond_the_body_is_not_asked(store: Store, question: object) -> None:
    with store.reading("A") as session, pytest.raises(RuntimeError, match="beyond"):
        session.execute(question)  # type: ignore[call-overload]


def test_no_session_without_a_body(store: Store) -> None:
    with pytest.raises(UnknownBody), store.reading("C"):
        pass
    with pytest.raises(TypeError, match="body_id"):
        BodySession(bind=store.engine)  # type: ignore[call-arg]


@pytest.mark.parametrize("table", schema.APPEND_ONLY)
def test_what_is_append_only_refuses_to_change(local: LocalCabinet, table: str) -> None:
    local.seat(members=["chair"])
    engine = local.server.store.engine
    changes = ["DELETE FROM {}", "UPDATE {} SET body_id = 7"]
    is_sqlite = engine.dialect.name == "sqlite"
    changes.append("INSERT OR REPLACE INTO {0} SELECT * FROM {0}" if is_sqlite else "TRUNCATE {}")
    for change in changes:
        with engine.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
            connection.execute(text(change.format(table)))


def test_migrations_lead_to_the_schema(server: Server) -> None:
    with server.store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.Base.metadata) == []
    migrations.upgrade(server.store.engine)
    migrations.check(server.store.engine)


def test_a_missing_trigger_is_noticed(server: Server) -> None:
    engine = server.store.engine
    with engine.begin() as connection:
        on = "" if engine.dialect.name == "sqlite" else " ON feed"
        connection.execute(text(f"DROP TRIGGER feed_no_delete{on}"))
    with pytest.raises(migrations.UnfitDatabase, match="feed_no_delete"):
        migrations.check(engine)


def test_a_schema_of_another_version_is_noticed(server: Server) -> None:
    engine = server.store.engine
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for look in (migrations.check, migrations.upgrade):
        with pytest.raises(migrations.UnfitDatabase):
            look(engine)


def test_replace_does_not_slip_past_the_triggers(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'x.db'}")
    migrations.upgrade(store.engine)
    migrations.check(store.engine)
    with store.engine.connect() as connection:
        connection.execute(text("PRAGMA recursive_triggers = OFF"))
    with pytest.raises(migrations.UnfitDatabase, match="REPLACE"):
        migrations.check(store.engine)
    store.close()


def test_positions_count_through_the_whole_body(store: Store) -> None:
    positions: list[int] = []
    for person in ("chair", "finance", "chair"):
        with store.writing("A") as session:
            session.add_to_feed(person, RowKind.GONE, gone=["x"])
        positions.append(session.body.position)
    with pytest.raises(RuntimeError, match="another body"):
        fail_after_a_row(store)
    with store.reading("A") as session:
        rows = session.execute(select(schema.FeedRow.person, schema.FeedRow.position)).all()
        assert sorted(row.position for row in rows) == positions == [1, 2, 3]
        assert session.body.position == 3
    with store.reading("B") as session:
        assert session.body.position == 0


def fail_after_a_row(store: Store) -> None:
    with store.writing("A") as session:
        session.add_to_feed("chair", RowKind.GONE, gone=["y"])
        session.add(schema.FoundingCode(digest="c" * 64, body=None))


_UPLOADS = Question(select(schema.Upload.digest))


def test_a_question_made_once_sees_the_body_that_asks_it_and_what_was_put_just_now(store: Store) -> None:
    for body in ("A", "B"):
        with store.writing(body) as session:
            assert session.ask(_UPLOADS) == [(body * 64,)]
            session.put(schema.Upload, person="chair", digest="c" * 64, size=1)
            session.add(schema.Upload(person="chair", digest="d" * 64, size=1))
            assert sorted(session.ask(_UPLOADS)) == [(body * 64,), ("c" * 64,), ("d" * 64,)]


def test_a_row_that_was_put_is_there_for_whatever_is_asked_next_and_after_the_commit(store: Store) -> None:
    with store.writing("A") as session:
        session.put(schema.Upload, person="chair", digest="c" * 64, size=1, body_id=-1)
        assert digests(session) == ["A" * 64, "c" * 64]
    with store.reading("A") as session:
        assert digests(session) == ["A" * 64, "c" * 64]
    with store.reading("B") as session:
        assert digests(session) == ["B" * 64]


def test_a_row_that_was_put_goes_with_what_fails(store: Store) -> None:
    def fail(session: BodySession) -> None:
        session.put(schema.Upload, person="chair", digest="c" * 64, size=1)
        assert len(digests(session)) == 2
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), store.writing("A") as session:
        fail(session)
    with store.reading("A") as session:
        assert digests(session) == ["A" * 64]


def test_rows_that_were_put_read_back_as_they_were_put(store: Store) -> None:
    at, things = datetime(2026, 11, 23, 1, 2, 3, 456000, tzinfo=UTC), ['Tờ trình "số 1"\\', "", "\t"]
    leaves = [(leaf, bytes([leaf]) * 32, bytes(range(32)), at) for leaf in range(3)]
    with store.writing("A") as session:
        for leaf, tag, digest, accepted_at in leaves:
            session.put(schema.Entry, leaf=leaf, tag=tag, envelope_digest=digest, accepted_at=accepted_at)
        session.add_to_feed("chair", RowKind.GONE, gone=things)
        session.add_to_feed("chair", RowKind.ENVELOPE, "0", thing="x")
    with store.reading("A") as session:
        row = schema.Entry
        assert session.execute(
            select(row.leaf, row.tag, row.envelope_digest, row.accepted_at).order_by(row.leaf)
        ).all() == [*leaves]
        told = session.scalars(select(schema.FeedRow).order_by(schema.FeedRow.position)).all()
        assert [(each.kind, each.subject, each.thing, each.gone) for each in told] == [
            (RowKind.GONE, "", "", things),
            (RowKind.ENVELOPE, "0", "x", None),
        ]


def test_a_row_that_is_there_already_is_refused_with_all_that_were_put(store: Store) -> None:
    def put_twice(session: BodySession) -> None:
        for size in (1, 2):
            session.put(schema.Upload, person="chair", digest="c" * 64, size=size)
        session.put(schema.Upload, person="chair", digest="d" * 64, size=1)

    with pytest.raises(IntegrityError), store.writing("A") as session:
        put_twice(session)
    with store.writing("A") as session:  # the connection is fit for use
        assert digests(session) == ["A" * 64]


def test_an_object_that_was_found_is_of_the_body_and_may_be_changed(store: Store) -> None:
    found = Question(select(schema.Upload).where(schema.Upload.person == bindparam("person")))
    with store.writing("A") as session:
        session.find(found, person="chair").size = 7
        assert session.find(found, person="finance") is None
    for body, size in (("A", 7), ("B", 1)):
        with store.reading(body) as session:
            assert session.find(found, person="chair").size == size
