"""The schema in the database: brought to head, and checked at every start to be there and to guard itself.

Revisions stand in `versions/`, one file each, for SQLite and PostgreSQL alike. One that alters an append-only table on
SQLite (where `batch_alter_table` makes the table anew, without its triggers) ends with `guard_append_only`.
"""

from pathlib import Path

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text

from ecabinet.server.schema import APPEND_ONLY, Base

_LOCK = 0x6563_6162
"""PostgreSQL's advisory lock under which one of several servers that start at once migrates."""

_SQLITE = (
    "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, 'append-only'); END",
    "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, 'append-only'); END",
)
_POSTGRES = (
    "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
)
_POSTGRES_FUNCTION = """\
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
"""


class UnfitDatabase(Exception):
    """The database is not one this program may work on; the message says why, for the operator."""


def upgrade(engine: Engine) -> None:
    """Brings the schema to head; an empty database gets it whole. Raises UnfitDatabase for one of a later program."""
    script = _script()

    def revise(revision: object, _: MigrationContext) -> object:
        return script._upgrade_revs("head", revision)  # type: ignore[arg-type] # noqa: SLF001 - as alembic.command does

    with (
        EnvironmentContext(Config(), script, fn=revise, destination_rev="head") as environment,
        engine.connect().execution_options(is_writing=True) as connection,
    ):
        environment.configure(connection=connection, target_metadata=Base.metadata)
        try:
            with environment.begin_transaction():
                if connection.dialect.name == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
                environment.run_migrations()
        except CommandError as error:
            raise UnfitDatabase(f"the database is of another version of this program: {error}") from error


def check(engine: Engine) -> None:
    """Raises UnfitDatabase unless the schema is at head and every append-only table is guarded."""
    with engine.connect() as connection:
        at = MigrationContext.configure(connection).get_current_heads()
        if set(at) != set(_script().get_heads()):
            raise UnfitDatabase(f"the schema is at {', '.join(at) or 'nothing'}, not at head")
        missing = sorted(_guards(connection) - _guards_present(connection))
        if missing:
            raise UnfitDatabase(f"triggers are missing or off: {', '.join(missing)}")
        if connection.dialect.name == "sqlite" and not connection.execute(text("PRAGMA recursive_triggers")).scalar():
            raise UnfitDatabase("INSERT OR REPLACE would slip past the triggers")


def guard_append_only(connection: Connection, *tables: str) -> None:
    """Puts the triggers on tables that have none."""
    is_sqlite = connection.dialect.name == "sqlite"
    if not is_sqlite:
        connection.execute(text(_POSTGRES_FUNCTION))
    for table in tables:
        for trigger in _SQLITE if is_sqlite else _POSTGRES:
            connection.execute(text(trigger.format(table=table)))


def _script() -> ScriptDirectory:
    return ScriptDirectory(Path(__file__).parent)


def _guards(connection: Connection) -> set[str]:
    triggers = _SQLITE if connection.dialect.name == "sqlite" else _POSTGRES
    return {trigger.format(table=table).split()[2] for table in APPEND_ONLY for trigger in triggers}


def _guards_present(connection: Connection) -> set[str]:
    if connection.dialect.name == "sqlite":
        present = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
    else:
        present = connection.execute(text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"))
    return {name for (name,) in present}
