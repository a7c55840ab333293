"""Statements about the units of a lot: how many there are of each kind, and who has a serial number."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.core.dialect import begins, many_values, one_of
from lotline_server.lots.models import lots
from lotline_server.lots.queries import UnitRow, unit_columns
from lotline_server.units.models import units


def count_units(connection: Connection, lot: str, *, prefix: str = "") -> dict[str, int]:
    """Give how many of a lot's units, whose serial number begins so, have which status, and how many of them
    are `held`.
    """
    statement = (
        sa.select(units.c.status, sa.func.count(), sa.func.count(units.c.hold))
        .join_from(units, lots, lots.c.id == units.c.lot)
        .where(lots.c.lot == lot)
        .group_by(units.c.status)
    )
    if prefix:
        statement = statement.where(begins(units.c.serial_number, prefix))
    found = connection.execute(statement).all()
    return {row[0]: row[1] for row in found} | {"held": sum(row[2] for row in found)}


def units_of_serials(connection: Connection, serials: Iterable[str]) -> dict[str, list[UnitRow]]:
    """Give the units with these serial numbers, by serial number; unknown ones are absent."""
    statement = (
        unit_columns()
        .where(one_of(units.c.serial_number, "serials"))
        .order_by(units.c.serial_number, units.c.id)
    )
    found: dict[str, list[UnitRow]] = {}
    for row in connection.execute(statement, {"serials": many_values(serials)}).mappings():
        found.setdefault(row["serial_number"], []).append(UnitRow(**row))
    return found
