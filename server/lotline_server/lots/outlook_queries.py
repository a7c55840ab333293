"""Statements about how fast lots go."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.core.dialect import many_values, one_of
from lotline_server.lots.models import lot_events, lots
from lotline_server.units.models import units


def completed_since(connection: Connection, names: Iterable[str], since: datetime) -> dict[str, int]:
    """Give how many units of these lots were completed since a moment; lots without any are absent."""
    statement = (
        sa.select(lots.c.lot, sa.func.count())
        .join_from(units, lots, lots.c.id == units.c.lot)
        .where(units.c.completed_at.is_not(None), units.c.completed_at >= since, one_of(lots.c.lot, "names"))
        .group_by(lots.c.lot)
    )
    return {row[0]: row[1] for row in connection.execute(statement, {"names": many_values(names)})}


def begun(connection: Connection, names: Iterable[str]) -> dict[str, datetime]:
    """Give when each of these lots came into production for the first time."""
    statement = (
        sa.select(lots.c.lot, sa.func.min(lot_events.c.at, type_=lot_events.c.at.type))
        .join_from(lot_events, lots, lots.c.id == lot_events.c.lot)
        .where(
            lot_events.c.what == "status",
            lot_events.c.after == "in_production",
            one_of(lots.c.lot, "names"),
        )
        .group_by(lots.c.lot)
    )
    return {row[0]: row[1] for row in connection.execute(statement, {"names": many_values(names)})}


def at_operations(connection: Connection, lot: str) -> dict[str, tuple[int, int]]:
    """Give (passed, failed) of a lot's units at each operation of its route, by where they stand: by runs,
    marks and rework alike.
    """
    stands = sa.func.json_each(units.c.standing).table_valued("key", "value")
    statement = (
        sa.select(
            stands.c.key,
            sa.func.count().filter(stands.c.value == "PASS"),
            sa.func.count().filter(stands.c.value == "FAIL"),
        )
        .select_from(units.join(lots, lots.c.id == units.c.lot).join(stands, sa.true()))
        .where(lots.c.lot == lot, units.c.status != "scrapped", units.c.standing.is_not(None))
        .group_by(stands.c.key)
    )
    return {row[0]: (row[1], row[2]) for row in connection.execute(statement)}
