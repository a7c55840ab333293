"""Rows of a statement as the typed things the rest of the server speaks of."""

from typing import Any, TypeVar

from sqlalchemy.engine import Connection, CursorResult

Row = TypeVar("Row")


def fetch_all(connection: Connection, statement: Any, row_type: type[Row]) -> list[Row]:
    """Run a statement whose columns are named like the fields of `row_type`."""
    return [row_type(**row) for row in connection.execute(statement).mappings()]


def fetch_one(connection: Connection, statement: Any, row_type: type[Row]) -> Row | None:
    """Give the first row; None where there is none."""
    row = connection.execute(statement).mappings().first()
    return None if row is None else row_type(**row)


def inserted_key(done: CursorResult[Any]) -> int:
    """Give the row id that an INSERT of one row was given."""
    key = done.inserted_primary_key
    assert key is not None  # noqa: S101 - every table has one
    return int(key[0])
