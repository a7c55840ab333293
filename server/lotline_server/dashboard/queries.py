"""Statements about the units of a time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.core.rows import fetch_all
from lotline_server.lots.models import lots
from lotline_server.lots.queries import UnitRow
from lotline_server.parts.models import parts
from lotline_server.units.models import unit_operations, units

ORDERS = {
    "serial_number": units.c.serial_number,
    "part": parts.c.part_number,
    "lot": lots.c.lot,
    "status": units.c.status,
}


def _during(
    start: datetime, end: datetime, part: str | None, operation: str | None
) -> tuple[Any, Any, list[Any]]:
    """Give source, moment and conditions: of units completed in [start, end), or which then passed an
    operation.
    """
    source: Any = units.join(parts, parts.c.id == units.c.part)
    if operation is None:
        at = units.c.completed_at
        conditions = [at.is_not(None), at >= start, at < end]
    else:
        at = unit_operations.c.passed_at
        source = source.join(unit_operations, unit_operations.c.unit == units.c.id)
        conditions = [at.is_not(None), at >= start, at < end, unit_operations.c.operation == operation]
    if part is not None:
        conditions.append(parts.c.part_number == part)
    return source, at, conditions


def units_of(
    connection: Connection, start: datetime, end: datetime, *, part: str | None, operation: str | None,
    order: str, descending: bool, limit: int, offset: int,
) -> Sequence[UnitRow]:  # fmt: skip
    """Give the units completed in [start, end), or which passed an operation then: completed_at says when.

    order: a key of ORDERS; anything else is the time
    """
    source, at, conditions = _during(start, end, part, operation)
    first = ORDERS.get(order, at)
    statement = (
        sa.select(
            units.c.serial_number, parts.c.part_number, lots.c.lot, units.c.status,
            at.label("completed_at"), units.c.created_at, units.c.hold,
        )
        .select_from(source.outerjoin(lots, lots.c.id == units.c.lot))
        .where(*conditions)
        .order_by(first.desc() if descending else first, units.c.id)
        .limit(limit)
        .offset(offset)
    )  # fmt: skip
    return fetch_all(connection, statement, UnitRow)


def count_of(
    connection: Connection, start: datetime, end: datetime, *, part: str | None, operation: str | None
) -> int:
    """Give how many there are."""
    if part is None and operation is None:
        at = units.c.completed_at
        statement = sa.select(sa.func.count()).where(at.is_not(None), at >= start, at < end)
    else:
        source, _, conditions = _during(start, end, part, operation)
        statement = sa.select(sa.func.count()).select_from(source).where(*conditions)
    return int(connection.execute(statement).scalar_one())
