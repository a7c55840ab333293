"""Statements of the hot path: written in Core like all others, compiled once, run by the driver."""

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

_Values = Sequence[Any]
_Order = tuple[Callable[[_Values], Any], ...] | None


class Prepared:
    """A Core statement whose parameters are given by position, in the order of `names`."""

    def __init__(self, statement: sa.sql.expression.ClauseElement, names: Sequence[str]) -> None:
        self._statement = statement
        self._names = tuple(names)
        self._compiled: dict[str, tuple[str, _Order]] = {}

    def many(self, connection: Connection, rows: Sequence[_Values]) -> None:
        """Run it once for each row of values; nothing happens without rows."""
        if rows:
            sql, order = self._sql(connection)
            ready = rows if order is None else [tuple(pick(row) for pick in order) for row in rows]
            with _as_core_says(connection, sql):
                connection.connection.cursor().executemany(sql, ready)

    def all(self, connection: Connection, values: _Values = ()) -> list[Any]:
        """Run it once and give all rows as tuples of the driver."""
        sql, order = self._sql(connection)
        cursor = connection.connection.cursor()
        with _as_core_says(connection, sql):
            cursor.execute(sql, values if order is None else tuple(pick(values) for pick in order))
            return list(cursor.fetchall())

    def _sql(self, connection: Connection) -> tuple[str, _Order]:
        known = self._compiled.get(connection.dialect.name)
        if known is None:
            compiled = self._statement.compile(dialect=connection.dialect, column_keys=list(self._names))
            wanted: Iterable[str] = getattr(compiled, "positiontup", None) or ()
            in_order = tuple(wanted) == self._names
            order = None if in_order else tuple(self._pick(name, compiled.params) for name in wanted)
            known = self._compiled[connection.dialect.name] = (str(compiled), order)
        return known

    def _pick(self, name: str, constants: Mapping[str, Any]) -> Callable[[_Values], Any]:
        if name in self._names:
            return operator.itemgetter(self._names.index(name))
        constant = constants[name]
        return lambda _values: constant


@contextmanager
def _as_core_says(connection: Connection, sql: str) -> Iterator[None]:
    """Raise what the driver raises as SQLAlchemy does: that is what everybody is ready for."""
    base = connection.dialect.loaded_dbapi.Error
    try:
        yield
    except base as error:
        raise sa.exc.DBAPIError.instance(sql, None, error, base, dialect=connection.dialect) from error


def insert_prepared(table: sa.Table, *names: str) -> Prepared:
    """Prepare an INSERT of the named columns, in that order."""
    return Prepared(sa.insert(table).values({name: sa.bindparam(name) for name in names}), names)
