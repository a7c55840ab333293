"""The activity log's statements: it is written and read, never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.activity.models import activity
from lotline_server.core.prepared import insert_prepared
from lotline_server.core.rows import fetch_all


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityRow:
    """One entry. what: a code such as `run.failed`. subject: a serial number, lot, part or station."""

    id: int
    at: datetime
    who: str
    what: str
    subject: str
    text: str


_INSERT = insert_prepared(activity, "at", "who", "what", "subject", "text")


def insert(connection: Connection, rows: Sequence[tuple[int, str, str, str, str]]) -> None:
    """Append entries of (at in microseconds, who, what, subject, text)."""
    _INSERT.many(connection, rows)


def latest(
    connection: Connection,
    *,
    limit: int = 50,
    before: int | None = None,
    subject: str | None = None,
    what: str | None = None,
) -> list[ActivityRow]:
    """Give the newest entries first. before: only those with a smaller id, which pages through them.

    what: only those of this code, or of this kind (`run` for `run.pass`, `run.fail`, …)
    """
    statement = sa.select(activity).order_by(activity.c.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(activity.c.id < before)
    if subject is not None:
        statement = statement.where(activity.c.subject == subject)
    if what is not None:
        # Codes are plain words, so all of a kind lie between "run." and "run/".
        kind = sa.and_(activity.c.what > f"{what}.", activity.c.what < f"{what}/")
        statement = statement.where(sa.or_(activity.c.what == what, kind))
    return fetch_all(connection, statement, ActivityRow)
