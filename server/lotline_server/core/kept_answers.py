"""What was answered to requests that named themselves: a repetition does nothing and hears the same."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.core.dialect import insert_ignore
from lotline_server.core.rows import fetch_one
from lotline_server.core.schema import Moment, Whole, table

kept_answers = table(
    "kept_answers",
    sa.Column("caller", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("request", sa.LargeBinary, nullable=False),
    sa.Column("status", Whole, nullable=False),
    sa.Column("headers", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Index(None, "at"),
    clustered=True,
)
"""request: SHA-256 of method, address and body. headers: JSON. An answer stands in the transaction of what it
tells of, so it is there exactly when that is.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """An answer as it was given the first time."""

    request: bytes
    status: int
    headers: str
    content: bytes


def claim(connection: Connection, caller: str, key: str, *, request: bytes, at: datetime) -> bool:
    """Take a caller's key for this transaction; False where it stands for a request already.

    Where another transaction holds it right now, this waits for the end of that one.
    """
    statement = insert_ignore(connection, kept_answers).values(
        caller=caller, key=key, at=at, request=request, status=0, headers="", content=b""
    )
    return bool(connection.execute(statement).rowcount)


def keep(connection: Connection, caller: str, key: str, *, status: int, headers: str, content: bytes) -> None:
    """Keep the answer under a key that was claimed."""
    mine = sa.and_(kept_answers.c.caller == caller, kept_answers.c.key == key)
    connection.execute(
        sa.update(kept_answers).where(mine).values(status=status, headers=headers, content=content)
    )


def find(connection: Connection, caller: str, key: str) -> KeptAnswer | None:
    """Give what was answered under a caller's key."""
    columns = (
        kept_answers.c.request,
        kept_answers.c.status,
        kept_answers.c.headers,
        kept_answers.c.content,
    )
    mine = sa.and_(kept_answers.c.caller == caller, kept_answers.c.key == key)
    return fetch_one(connection, sa.select(*columns).where(mine), KeptAnswer)


def forget(connection: Connection, before: datetime) -> None:
    """Forget the answers that were given before a moment."""
    connection.execute(sa.delete(kept_answers).where(kept_answers.c.at < before))
