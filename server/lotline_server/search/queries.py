"""Finding by the beginning of a name: a range of an index, never LIKE, so % and _ are only characters."""

from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.lots.models import lots
from lotline_server.parts.models import parts
from lotline_server.units.models import units

_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Something found. name: the serial number, part number or lot. detail: a unit's status, a part's name,
    a lot's part. part_number: of the unit or lot; the part itself
    """

    kind: Literal["unit", "part", "lot"]
    name: str
    part_number: str
    detail: str


def _begins(column: Any, prefix: str) -> Any:
    return sa.and_(column >= prefix, column < prefix + _LAST)


def find_units(connection: Connection, prefix: str, limit: int) -> list[Hit]:
    """Give units whose serial number begins so."""
    statement = (
        sa.select(units.c.serial_number, parts.c.part_number, units.c.status)
        .join_from(units, parts)
        .where(_begins(units.c.serial_number, prefix))
        .order_by(units.c.serial_number)
        .limit(limit)
    )
    return [
        Hit(kind="unit", name=row[0], part_number=row[1], detail=row[2])
        for row in connection.execute(statement)
    ]


def find_parts(connection: Connection, prefix: str, limit: int) -> list[Hit]:
    """Give parts whose number begins so."""
    statement = (
        sa.select(parts.c.part_number, parts.c.name)
        .where(_begins(parts.c.part_number, prefix))
        .order_by(parts.c.part_number)
        .limit(limit)
    )
    return [
        Hit(kind="part", name=row[0], part_number=row[0], detail=row[1])
        for row in connection.execute(statement)
    ]


def find_lots(connection: Connection, prefix: str, limit: int) -> list[Hit]:
    """Give lots whose name begins so."""
    statement = (
        sa.select(lots.c.lot, parts.c.part_number)
        .join_from(lots, parts)
        .where(_begins(lots.c.lot, prefix))
        .order_by(lots.c.lot)
        .limit(limit)
    )
    return [
        Hit(kind="lot", name=row[0], part_number=row[1], detail=row[1])
        for row in connection.execute(statement)
    ]
