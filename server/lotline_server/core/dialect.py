"""All that differs between databases, in this one file: SQLite today, PostgreSQL later by the same code."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.pool import QueuePool

from lotline_server.core import sqlite

BUSY_TIMEOUT_MS = 10_000
_READERS = 16


class WrongSetting(RuntimeError):
    """A connection that would not keep the promise; nothing is written through it."""


def sqlite_engine(path: str, *, writer: bool) -> Engine:
    """Open an SQLite file. A writer begins IMMEDIATE and commits by an fsync; readers never write."""
    engine = sa.create_engine(
        make_url("sqlite://").set(database=path),
        module=sqlite.module,
        connect_args={"isolation_level": None, "check_same_thread": False},
        poolclass=QueuePool,
        pool_size=1 if writer else _READERS,
        max_overflow=0 if writer else _READERS,
        pool_reset_on_return="rollback",
    )

    # The driver's own BEGIN is switched off above: it is deferred, and comes only before some statements.
    @sa.event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        _set_and_assert(connection, writer=writer)

    @sa.event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")

    return engine


def _set_and_assert(connection: Any, *, writer: bool) -> None:
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": BUSY_TIMEOUT_MS,
        "trusted_schema": 0,
        "query_only": 0 if writer else 1,
        "cache_size": -65536 if writer else -16384,
    }
    for pragma, value in wanted.items():
        connection.execute(f"PRAGMA {pragma} = {value}")
        (found,) = connection.execute(f"PRAGMA {pragma}").fetchone()
        if found != value:
            raise WrongSetting(f"SQLite kept {pragma} = {found} where {value} is needed")


def insert_ignore(connection: Connection, table: sa.Table) -> Any:
    """Give an INSERT that leaves a row alone which is there already."""
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as sqlite_insert

        return sqlite_insert(table).on_conflict_do_nothing()
    from sqlalchemy.dialects.postgresql import insert as postgresql_insert

    return postgresql_insert(table).on_conflict_do_nothing()


def upsert(table: sa.Table, key: list[str], columns: list[str]) -> Any:
    """Give an INSERT that replaces `columns` of a row whose `key` is there already.

    SQLite's form of it, which PostgreSQL's dialect compiles no differently.
    """
    from sqlalchemy.dialects.sqlite import insert

    statement = insert(table)
    return statement.on_conflict_do_update(
        index_elements=key, set_={name: statement.excluded[name] for name in columns}
    )


def one_of(column: Any, name: str) -> Any:
    """Give a condition that a column is one of many values, which come as one parameter: see `many_values`.

    The statement stays the same however many there are, so it is compiled once.
    """
    return column.in_(sa.select(sa.column("value")).select_from(sa.func.json_each(sa.bindparam(name))))


def many_values(values: Iterable[int | str]) -> str:
    """Give many values as the one parameter of `one_of`."""
    return json.dumps(list(values))


_LAST = "\U0010ffff"


def begins(column: Any, prefix: str) -> Any:
    """Give a condition that a text begins so: a range of an index, in which % and _ are only characters."""
    return sa.and_(column >= prefix, column < prefix + _LAST)


def add_column(table: str, definition: str) -> str:
    """Give the DDL that adds a column with its constraints, which Alembic cannot do without a new table."""
    return f"ALTER TABLE {table} ADD COLUMN {definition}"


def add_check(table: str, name: str, rule: str) -> str:
    """Give the DDL that has the database hold rows to a rule. It fails where a row breaks it already.

    SQLite knows it from 3.53 on, and takes a NULL among what is there for a break: such a rule allows it.
    """
    return f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({rule})"


def append_only(table: str) -> list[str]:
    """Give the DDL that makes the database itself refuse to change or delete a row of this table."""
    return [
        f"CREATE TRIGGER {table}_is_append_only_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ]


def adding(table: sa.Table, key: list[str], columns: list[str]) -> Any:
    """Give an INSERT that adds `columns` to those of a row whose `key` is there already."""
    from sqlalchemy.dialects.sqlite import insert

    statement = insert(table)
    return statement.on_conflict_do_update(
        index_elements=key, set_={name: table.c[name] + statement.excluded[name] for name in columns}
    )


def keep_counts(source: str, target: str, keys: Sequence[str], counts: Mapping[str, str]) -> list[str]:
    """Give the DDL that keeps counts of the rows of `source` in `target`, one row for each of their keys.

    counts: by column of `target`, what counts there: SQL about one row, written {row}, that is 1 or 0. Rows
    whose first key is NULL count nowhere.
    """
    names, columns = ", ".join(keys), ", ".join(counts)

    def values(row: str) -> dict[str, str]:
        return {name: f"({counted.replace('{row}', row)})" for name, counted in counts.items()}

    into = (
        f"INSERT INTO {target} ({names}, {columns}) "
        f"SELECT {', '.join(f'NEW.{key}' for key in keys)}, {', '.join(values('NEW').values())} "
        f"WHERE NEW.{keys[0]} IS NOT NULL ON CONFLICT ({names}) DO UPDATE SET "
        + ", ".join(f"{name} = {name} + excluded.{name}" for name in counts)
    )
    out_of = (
        f"UPDATE {target} SET "  # noqa: S608 - our own names
        + ", ".join(f"{name} = {name} - {counted}" for name, counted in values("OLD").items())
        + " WHERE "
        + " AND ".join(f"{key} = OLD.{key}" for key in keys)
    )
    changed = [f"OLD.{key} IS NOT NEW.{key}" for key in keys]
    changed += [
        f"({old}) IS NOT ({new})"
        for old, new in zip(values("OLD").values(), values("NEW").values(), strict=True)
    ]
    name = f"{source}_counted_in_{target}"
    return [
        f"CREATE TRIGGER {name}_insert AFTER INSERT ON {source} BEGIN {into}; END",
        f"CREATE TRIGGER {name}_update AFTER UPDATE ON {source} WHEN {' OR '.join(changed)} "
        f"BEGIN {out_of}; {into}; END",
        f"CREATE TRIGGER {name}_delete AFTER DELETE ON {source} BEGIN {out_of}; END",
    ]


def keep_checked_sum(source: str, target: str, key: str, column: str, when: str = "1") -> str:
    """Give the DDL that keeps a sum as keep_sum does, into a column with a check.

    The row is made first and added to then: an upsert's check sees what comes in, not the sum that it makes.
    """
    return (
        f"CREATE TRIGGER {source}_into_{target} AFTER INSERT ON {source} WHEN {when} "  # noqa: S608 - our own names
        f"BEGIN INSERT INTO {target} ({key}, {column}) VALUES (NEW.{key}, 0) ON CONFLICT DO NOTHING; "
        f"UPDATE {target} SET {column} = {column} + NEW.{column} WHERE {key} = NEW.{key}; END"
    )


def keep_sum(source: str, target: str, keys: Sequence[str], column: str, when: str = "1") -> str:
    """Give the DDL that adds a column of every new row of `source` to the row of `target` with its keys."""
    names = ", ".join(keys)
    return (
        f"CREATE TRIGGER {source}_into_{target} AFTER INSERT ON {source} WHEN {when} "  # noqa: S608 - our own names
        f"BEGIN INSERT INTO {target} ({names}, {column}) "
        f"VALUES ({', '.join(f'NEW.{key}' for key in keys)}, NEW.{column}) "
        f"ON CONFLICT ({names}) DO UPDATE SET {column} = {column} + excluded.{column}; END"
    )
