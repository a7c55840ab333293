"""Scrapping a unit, and taking that back: said by a person, with a reason; runs are never rewritten."""

from datetime import datetime

from sqlalchemy.engine import Connection

from lotline_server.activity.service import note
from lotline_server.changes import queries as changes
from lotline_server.core.errors import Conflict, Invalid, NotFound
from lotline_server.core.plain_text import required_text
from lotline_server.lots import queries
from lotline_server.lots.derive import rederive
from lotline_server.lots.queries import UnitRow
from lotline_server.parts.service import require_part
from lotline_server.units import queries as units

MAX_REASON = 500


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
    said = required_text(reason, "the reason", MAX_REASON)
    unit = _find(connection, serial_number, part_number)
    if (unit.status == "scrapped") is scrapped:
        raise Conflict(f"{serial_number} is {'scrapped already' if scrapped else 'not scrapped'}")
    part = require_part(connection, unit.part_number)
    key = units.find_units(connection, [serial_number])[serial_number, part.id]
    units.set_scrapped(connection, key, scrapped=scrapped)
    rederive(connection, [key], at=at, who=who)
    word = "scrapped" if scrapped else "taken back from scrap"
    what = "unit.scrapped" if scrapped else "unit.unscrapped"
    after = _find(connection, serial_number, unit.part_number)
    note(
        connection,
        at=at,
        who=who,
        what=what,
        subject=serial_number,
        text=f"{serial_number} was {word}: {said}",
        before={"status": unit.status},
        after={"status": after.status, "reason": said},
    )
    changes.bump(connection, facts=True)
    return after


def _find(connection: Connection, serial_number: str, part_number: str | None) -> UnitRow:
    found = [
        unit
        for unit in queries.units_of_serial(connection, serial_number)
        if part_number in {None, unit.part_number}
    ]
    if not found:
        raise NotFound(f"unit {serial_number[:64]} does not exist")
    if len(found) > 1:
        raise Invalid(f"{serial_number} is a serial number of {len(found)} parts: say which part_number")
    return found[0]
