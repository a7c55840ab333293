"""Scrapping one unit, and taking that back, as the row that lists show."""

from datetime import datetime

from sqlalchemy.engine import Connection

from lotline_server.lots import queries
from lotline_server.lots.queries import UnitRow
from lotline_server.lots.unit_actions import act


def set_scrapped(
    connection: Connection,
    *,
    serial_number: str,
    scrapped: bool,
    reason: str,
    at: datetime,
    who: str,
    part_number: str | None = None,
) -> UnitRow:
    """Scrap a unit, or take it back among the others: its runs then say again where it stands. Its material
    leaves stock with it. part_number: needed where two parts use the serial number

    Raises NotFound, Invalid without a reason, Conflict where it is so already.
    """
    (acted,) = act(
        connection,
        action="scrap" if scrapped else "unscrap",
        serial_numbers=[serial_number],
        part_number=part_number,
        reason=reason,
        at=at,
        who=who,
    )
    same = queries.units_of_serial(connection, serial_number)
    return next(unit for unit in same if unit.part_number == acted.part_number)
