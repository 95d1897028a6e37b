"""The database: sessions that see one body, and the few questions that are asked before a body is known.

Promises: no session can be opened without naming its body, and whatever it asks is narrowed to that body's rows; who
writes holds the lock on the body's row, so that leaves and feed positions are given in order, by one at a time; when a
write returns, it is on the disk (SQLite `synchronous=FULL`, PostgreSQL `synchronous_commit=on`).
"""

import secrets
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    Table,
    bindparam,
    create_engine,
    delete,
    event,
    insert,
    make_url,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import (
    InstrumentedAttribute,
    ORMExecuteState,
    Session,
    UOWTransaction,
    sessionmaker,
    with_loader_criteria,
)
from sqlalchemy.sql.base import ExecutableOption
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from ecabinet.core.codec import AgencyCode, Digest, Name, whole_milliseconds
from ecabinet.core.protocol import EnrolmentState, RowKind
from ecabinet.server import schema
from ecabinet.server.copying import copy_into

_SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "recursive_triggers=ON",  # else INSERT OR REPLACE slips past the triggers on DELETE
    "busy_timeout=30000",
)
_CONNECTIONS = 20
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_TABLES = {mapper.class_: cast("Table", mapper.local_table) for mapper in schema.Base.registry.mappers}
_INSERT = {each: insert(each) for each in _TABLES}


class _Among(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True


def among(column: InstrumentedAttribute[str], name: str) -> ColumnElement[bool]:
    """That a column's text is one of those which are given under this name.

    On PostgreSQL the statement is the same for any number of them, and so can be prepared.
    """
    return _Among(column, bindparam(name))


@compiles(_Among)
def _among_several(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, texts = element.clauses
    assert isinstance(texts, BindParameter)  # noqa: S101 - see above
    return compiler.process(column.in_(bindparam(texts.key, expanding=True)), **options)


@compiles(_Among, "postgresql")
def _among_array(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, texts = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} = ANY ({texts})"


_MOST_PUT = 10_000
"""Rows that wait in memory: a result tells each elector of each opinion."""


class UnknownBody(LookupError):
    """No such body."""


class Question:
    """A question that is asked often, and so made once; narrowed to a body's rows, whichever body asks it."""

    def __init__(self, *parts: Select[*tuple[Any, ...]]) -> None:
        """The answers to all parts, one after the other, each of which asks of tables of a body alone."""
        asked, *others = map(_of_body, parts)
        self.statement = (union_all(asked, *others) if others else asked).execution_options(is_narrow=True)


def _of_body(part: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return part.where(*(table.c.body_id == bindparam("body_id") for table in part.get_final_froms()))


class BodySession(Session):
    """A session on one body's rows. Made by `Store` alone."""

    body: schema.Body
    now: datetime
    """When it was opened; of one that writes, when it got the lock."""
    direct: Connection
    """For questions that name the body themselves."""

    def __init__(self, *, body_id: int, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.body_id = body_id
        self._rows: dict[type[schema.OfBody], list[dict[str, Any]]] = defaultdict(list)
        self._told: set[Name] = set()
        self._given = 0

    def put(self, table: type[schema.OfBody], **values: Any) -> None:
        """A row that nobody changes again: written with others, before the next question or with the commit."""
        rows = self._rows[table]
        rows.append({**values, "body_id": self.body_id})
        if len(rows) == _MOST_PUT:
            self.write()

    def add_to_feed(
        self, person: Name, kind: RowKind, subject: str = "", *, thing: str = "", gone: Sequence[str] | None = None
    ) -> None:
        """A feed row for a person, after all before it. Only for who holds the body's lock."""
        self._given += 1
        self._told.add(person)
        self.put(
            schema.FeedRow,
            person=person,
            position=self.body.position + self._given,
            kind=kind.value,
            subject=subject,
            thing=thing,
            gone=None if gone is None else list(gone),
        )

    def ask(self, question: Question, **named: Any) -> Sequence[Row[*tuple[Any, ...]]]:
        """The answers, as far as what was put or added makes a difference to them."""
        self.flush()
        self.write()
        return self.direct.execute(question.statement, {"body_id": self.body_id, **named}).all()

    def find(self, question: Question, **named: Any) -> Any:
        """The one row asked for, as an object that may be changed; None if there is none."""
        self.write()
        return self.scalar(question.statement, {"body_id": self.body_id, **named})

    def write(self) -> None:
        """Hands to the database what was put."""
        while self._rows:
            table, rows = self._rows.popitem()
            if self.direct.dialect.name == "postgresql":
                copy_into(_TABLES[table], self.direct.dialect).write(self.direct, rows)
            else:
                self.direct.execute(_INSERT[table], rows)

    def finish(self) -> set[Name]:
        """Commits; for whom there is something new in the feed."""
        self.write()
        if self._given:
            self.body.position += self._given
        self.commit()
        return self._told


@event.listens_for(BodySession, "do_orm_execute")
def _narrow(state: ORMExecuteState) -> None:
    assert isinstance(state.session, BodySession)  # noqa: S101 - whose event this is
    if state.is_column_load or state.is_relationship_load or state.execution_options.get("is_narrow"):
        return
    tables = {mapper.class_ for mapper in state.all_mappers}
    if not tables or not all(table is schema.Body or issubclass(table, schema.OfBody) for table in tables):
        raise RuntimeError("a question beyond the body")
    if state.session.autoflush:
        state.session.write()
    state.statement = state.statement.options(*_only(state.session.body_id))


@cache
def _only(body_id: int) -> tuple[ExecutableOption, ...]:
    return (
        with_loader_criteria(schema.OfBody, lambda of: of.body_id == body_id, include_aliases=True),
        with_loader_criteria(schema.Body, lambda of: of.id == body_id, include_aliases=True),
    )


@event.listens_for(BodySession, "before_flush")
def _stamp(session: BodySession, _: UOWTransaction, __: object) -> None:
    for row in session.new:
        if not isinstance(row, schema.OfBody) or row.body_id not in {None, session.body_id}:
            raise RuntimeError("a row of another body")
        row.body_id = session.body_id


_BODY = select(schema.Body).where(schema.Body.id == bindparam("id")).execution_options(is_narrow=True)
_LOCKED_BODY = _BODY.with_for_update()
_CALLERS = (
    select(schema.SignIn.digest, schema.Enrolment.person)
    .join(schema.SignIn, schema.SignIn.device == schema.Enrolment.device)
    .join(schema.Body, schema.Body.id == schema.Enrolment.body_id)
    .where(
        among(schema.SignIn.digest, "tokens"),
        schema.SignIn.expires_at > bindparam("now"),
        schema.Body.code == bindparam("body"),
        schema.Enrolment.state == EnrolmentState.CONFIRMED.value,
        schema.Enrolment.is_revoked.is_(False),
    )
)
"""Asked with every request, and so made once."""


class Store:
    """One database and all bodies in it."""

    def __init__(self, url: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self.engine = _connect(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        # For a question by itself; where a transaction costs two trips to the database, without one.
        self._asking = self.engine if self.is_sqlite else self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._sessions = sessionmaker(self.engine, class_=BodySession, expire_on_commit=False)
        self._own = sessionmaker(self.engine, expire_on_commit=False)
        # SQLite has one writer; who waits in our own queue is woken at once and in turn, not by polling a busy file.
        self._turn: threading.Lock | nullcontext[None] = threading.Lock() if self.is_sqlite else nullcontext()
        self._ids: dict[AgencyCode, int] = {}
        self.listeners: list[Callable[[AgencyCode, set[Name]], None]] = []
        """Told after a commit for whom there is something new in the feed."""

    def now(self) -> datetime:
        """The server's time, to the millisecond."""
        return whole_milliseconds(self._clock())

    @contextmanager
    def reading(self, body: AgencyCode) -> Iterator[BodySession]:
        """A session that changes nothing. Raises UnknownBody."""
        with self._session(body, is_writing=False) as session:
            yield session

    @contextmanager
    def writing(self, body: AgencyCode) -> Iterator[BodySession]:
        """A session that holds the body's lock, and commits at the end if nothing was raised. Raises UnknownBody."""
        with self._turn, self._session(body, is_writing=True) as session:
            yield session
            persons = session.finish()
        if persons:
            for listener in self.listeners:
                listener(body, persons)

    @contextmanager
    def _session(self, body: AgencyCode, *, is_writing: bool) -> Iterator[BodySession]:
        body_id = self._id(body)
        with self._sessions(body_id=body_id) as session:
            session.direct = session.connection(execution_options={"is_writing": is_writing})
            row = session.scalar(_LOCKED_BODY if is_writing else _BODY, {"id": body_id})
            if row is None:
                raise UnknownBody(body)
            session.body = row
            session.now = self.now()
            yield session

    def _id(self, body: AgencyCode) -> int:
        if body not in self._ids:
            with self._own() as session:
                found = session.scalar(select(schema.Body.id).where(schema.Body.code == body))
            if found is None:
                raise UnknownBody(body)
            self._ids[body] = found
        return self._ids[body]

    @contextmanager
    def _change(self) -> Iterator[Session]:
        with self._turn, self._own() as session:
            session.connection(execution_options={"is_writing": True})
            yield session
            session.commit()

    # ---------------------------------------------------------------- before a body is known

    def bodies(self) -> list[schema.Body]:
        """Those that are founded, oldest first."""
        with self._own() as session:
            return list(session.scalars(select(schema.Body).where(schema.Body.size > 0).order_by(schema.Body.id)))

    def reserve_body(self, code: AgencyCode, name: str) -> bool:
        """Makes room for a body that is to be founded. Whether it still is to be."""
        with self._change() as session:
            row = session.scalar(select(schema.Body).where(schema.Body.code == code))
            if row is None:
                session.add(
                    schema.Body(
                        code=code,
                        name=name,
                        name_en="",
                        size=0,
                        position=0,
                        feed_epoch=secrets.token_hex(8),
                        accepted_at=_BEGINNING,
                    )
                )
                return True
            if row.size == 0:
                row.name = name
            return row.size == 0

    def add_founding_code(self, digest: Digest) -> None:
        with self._change() as session:
            session.merge(schema.FoundingCode(digest=digest, body=None))

    def founding_code(self, digest: Digest) -> schema.FoundingCode | None:
        with self._own() as session:
            return session.get(schema.FoundingCode, digest)

    def bind_founding_code(self, digest: Digest, body: AgencyCode) -> None:
        with self._change() as session:
            session.execute(update(schema.FoundingCode).where(schema.FoundingCode.digest == digest).values(body=body))

    def body_of_invitation(self, digest: Digest) -> AgencyCode | None:
        """Which body's code this is."""
        asked = select(schema.Body.code).join(schema.Invitation, schema.Invitation.body_id == schema.Body.id)
        with self._own() as session:
            return session.scalar(asked.where(schema.Invitation.digest == digest))

    def body_of_enrolment(self, enrolment: str) -> AgencyCode | None:
        asked = select(schema.Body.code).join(schema.Enrolment, schema.Enrolment.body_id == schema.Body.id)
        with self._own() as session:
            return session.scalar(asked.where(schema.Enrolment.enrolment == enrolment))

    def enrolments_of(self, device: Digest) -> list[tuple[schema.Enrolment, schema.Body]]:
        """A device's enrolments in all bodies, oldest first."""
        asked = select(schema.Enrolment, schema.Body).join(schema.Body, schema.Enrolment.body_id == schema.Body.id)
        with self._own() as session:
            found = session.execute(asked.where(schema.Enrolment.device == device).order_by(schema.Body.id))
            return [(enrolment, body) for enrolment, body in found]

    def add_sign_in(self, sign_in: schema.SignIn, now: datetime) -> bool:
        """Whether the challenge was answered for the first time."""
        with self._change() as session:
            session.execute(delete(schema.SignIn).where(schema.SignIn.expires_at < now))
            seen = select(schema.SignIn).where(schema.SignIn.challenge_digest == sign_in.challenge_digest)
            if session.scalar(seen) is not None:
                return False
            session.add(sign_in)
            return True

    def callers(self, tokens: Collection[Digest], body: AgencyCode, now: datetime) -> dict[Digest, Name]:
        """Whose devices are signed in with these tokens and confirmed in this body."""
        with self._asking.connect() as connection:
            asked = {"tokens": list(tokens), "body": body, "now": now}
            return {row.digest: row.person for row in connection.execute(_CALLERS, asked)}

    def is_signed_in(self, token: Digest, now: datetime) -> bool:
        with self._own() as session:
            found = session.get(schema.SignIn, token)
            return found is not None and found.expires_at > now

    def close(self) -> None:
        self.engine.dispose()


def _connect(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_size=_CONNECTIONS, max_overflow=_CONNECTIONS, pool_pre_ping=True)
    engine = create_engine(parsed, pool_size=_CONNECTIONS, max_overflow=_CONNECTIONS)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late: transactions begin below
        for pragma in _SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that reads first and writes later could find that another wrote between: take the lock at once.
        is_writing = connection.get_execution_options().get("is_writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")

    return engine
