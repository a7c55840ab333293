"""Statements about all lots: how many have which status, and what the newest are called."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.lots.models import lots


def count_by_status(connection: Connection) -> dict[str, int]:
    """Give how many lots have which status; a status that none has is absent."""
    statement = sa.select(lots.c.status, sa.func.count()).group_by(lots.c.status)
    return {row[0]: row[1] for row in connection.execute(statement)}


def newest_names(connection: Connection, limit: int = 20) -> list[tuple[str, datetime]]:
    """Give (name, created_at) of the newest lots."""
    statement = sa.select(lots.c.lot, lots.c.created_at).order_by(lots.c.id.desc()).limit(limit)
    return [(row[0], row[1]) for row in connection.execute(statement)]
