"""Statements that find the units which somebody wants to do something with."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.core.dialect import many_values, one_of
from lotline_server.lots.finding import RouteFinder
from lotline_server.lots.models import lots
from lotline_server.parts.models import parts
from lotline_server.routes.queries import Route
from lotline_server.units import event_queries as events
from lotline_server.units.models import units


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionUnit:
    """A unit as the rules of an action need it. mark: the newest mark that nobody withdrew.

    lot, lot_status: None where it belongs to no lot. hold: why it is on hold
    """

    id: int
    serial_number: str
    part_number: str
    status: str
    hold: str | None
    lot: str | None
    lot_status: str | None
    lot_open: bool
    way: Route | None
    mark: int | None

    @property
    def route(self) -> tuple[str, ...]:
        """Give the operations of its route in order; none where it has no route."""
        return () if self.way is None else self.way.names


def find(
    connection: Connection, serial_numbers: Sequence[str], part_number: str | None = None
) -> dict[str, list[ActionUnit]]:
    """Give the units with these serial numbers, of one part where it is named."""
    statement = (
        sa.select(
            units.c.id, units.c.serial_number, parts.c.part_number, units.c.part, units.c.status,
            units.c.hold, units.c.lot.label("lot_key"), lots.c.lot, lots.c.status.label("lot_status"),
            lots.c.open,
        )
        .join_from(units, parts, parts.c.id == units.c.part)
        .outerjoin(lots, lots.c.id == units.c.lot)
        .where(one_of(units.c.serial_number, "serials"))
    )  # fmt: skip
    if part_number is not None:
        statement = statement.where(parts.c.part_number == part_number)
    rows = connection.execute(statement, {"serials": many_values(serial_numbers)}).all()
    marks = events.standing_marks(connection, [row.id for row in rows])
    route_of = RouteFinder(connection)
    found: dict[str, list[ActionUnit]] = {}
    for row in rows:
        found.setdefault(row.serial_number, []).append(
            ActionUnit(
                id=row.id,
                serial_number=row.serial_number,
                part_number=row.part_number,
                status=row.status,
                hold=row.hold,
                lot=row.lot,
                lot_status=row.lot_status,
                lot_open=bool(row.open),
                way=route_of(row.part, row.lot_key),
                mark=marks.get(row.id),
            )
        )
    return found
