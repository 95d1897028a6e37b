"""Rows into a table of PostgreSQL by COPY: an INSERT of each takes it, and us, twice as long."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import JSON, Connection, Dialect, LargeBinary, Table
from sqlalchemy.exc import DBAPIError


class Copy:
    """How rows get into a table. Each names every column."""

    def __init__(self, table: Table, dialect: Dialect) -> None:
        quote = dialect.identifier_preparer
        names = ", ".join(quote.format_column(column) for column in table.columns)
        self._statement = f"COPY {quote.format_table(table)} ({names}) FROM STDIN (FORMAT BINARY)"
        self._types = [column.type.compile(dialect).lower() for column in table.columns]
        self._pick = itemgetter(*(column.key for column in table.columns))
        self._conversions: list[tuple[int, Callable[[Any], Any]]] = []
        for place, column in enumerate(table.columns):
            convert = column.type.dialect_impl(dialect).bind_processor(dialect)
            # Of these two the driver itself knows the binary form.
            if convert is not None and not isinstance(column.type, LargeBinary | JSON):
                self._conversions.append((place, convert))

    def write(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Writes them in order, in the connection's transaction. Raises DBAPIError."""
        driver: Any = connection.dialect.loaded_dbapi
        cursor: Any = connection.connection.cursor()
        try:
            with cursor, cursor.copy(self._statement) as copy:
                copy.set_types(self._types)
                for row in rows:
                    copy.write_row(self._values(row))
        except driver.Error as error:
            raise DBAPIError.instance(self._statement, None, error, driver.Error, dialect=connection.dialect) from error

    def _values(self, row: Mapping[str, Any]) -> Sequence[Any]:
        values = list(self._pick(row))
        for place, convert in self._conversions:
            values[place] = convert(values[place])
        return values


@cache
def copy_into(table: Table, dialect: Dialect) -> Copy:
    """Made once for each table."""
    return Copy(table, dialect)
