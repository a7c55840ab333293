"""How SQLite answers what the server asks: the plans of the statements that ran."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection


@contextmanager
def explained(connection: Connection) -> Iterator[list[str]]:
    """Collect the plan of every SELECT that runs on a connection, a line a step."""
    steps: list[str] = []

    def explain(*told: Any) -> None:
        _, cursor, statement, parameters, *_ = told
        if statement.lstrip().startswith(("SELECT", "WITH")):
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps.extend(row[3] for row in cursor.fetchall())

    sa.event.listen(connection, "before_cursor_execute", explain)
    yield steps
    sa.event.remove(connection, "before_cursor_execute", explain)
