"""Rules for lots and for creating serial numbers."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.engine import Connection

from lotline_contract.identity import check_name
from lotline_server.activity.service import note
from lotline_server.changes import queries as changes
from lotline_server.core.clock import to_micros
from lotline_server.core.errors import Conflict, Invalid, NotFound
from lotline_server.inventory.service import require_location
from lotline_server.lots import list_queries, queries
from lotline_server.lots.changing import MAX_TARGET, check_days, check_plan, set_status
from lotline_server.lots.naming import next_name
from lotline_server.parts import queries as parts
from lotline_server.parts.service import format_of, require_part
from lotline_server.projects import service as projects
from lotline_server.site import queries as site
from lotline_server.units import queries as units

__all__ = ["MAX_BLOCK", "MAX_TARGET", "create_lot", "create_serials", "require_lot", "set_open"]

MAX_BLOCK = 10_000


def create_lot(
    connection: Connection,
    *,
    lot: str,
    part_number: str,
    target: int,
    at: datetime,
    who: str,
    project: str | None = None,
    notes: str | None = None,
    serials: int = 0,
    planned: bool = False,
    kind: str = "built_here",
    consumption: str = "completion",
    priority: int = 0,
    customer_order: str | None = None,
    planned_start: str | None = None,
    planned_end: str | None = None,
    location: str | None = None,
) -> list[str]:
    """Create a lot, with its first serial numbers where some are asked for, and give those. It is released at
    once, which pins the part's BOM, unless it is only planned.

    Raises NotFound for an unknown part, Conflict where the lot exists, Invalid for a bad name or number.
    """
    try:
        check_name(lot, "lot")
    except ValueError as error:
        raise Invalid(str(error)) from error
    values = check_plan(
        target=target, priority=priority, notes=notes, customer_order=customer_order,
        planned_start=planned_start, planned_end=planned_end, kind=kind, consumption=consumption,
    )  # fmt: skip
    check_days(values.get("planned_start"), values.get("planned_end"))
    part = require_part(connection, part_number)
    if queries.lot_key(connection, lot) is not None:
        raise Conflict(f"lot {lot} exists already")
    if part.status != "active":
        raise Invalid(f"part {part_number} is {part.status.replace('_', ' ')}: no new lot of it")
    resolved = projects.resolve(connection, project, at=at, who=who)
    if resolved is not None:
        projects.require_active(resolved)
    place = None if location is None else require_location(connection, location).id
    queries.insert_lot(
        connection,
        lot=lot,
        part=part.id,
        open=False,
        status="planned",
        project=None if resolved is None else resolved.name,
        project_key=None if resolved is None else resolved.id,
        location=place,
        created_at=at,
        **values,
    )
    text = f"Lot {lot} was created: {target} × {part_number}"
    note(connection, at=at, who=who, what="lot.created", subject=lot, text=text)
    if not planned:
        set_status(connection, lot=lot, status="released", at=at, who=who)
    changes.bump(connection, facts=True)
    return create_serials(connection, lot=lot, count=serials, at=at, who=who) if serials else []


def create_serials(connection: Connection, *, lot: str, count: int, at: datetime, who: str) -> list[str]:
    """Create a block of serial numbers in a lot and give them. Numbers in use already are left out.

    Raises NotFound, Invalid where the block is too large or the part's counter runs out of digits.
    """
    if not 1 <= count <= MAX_BLOCK:
        raise Invalid(f"a block has 1 to {MAX_BLOCK} serial numbers, not {count}")
    found = queries.find_lot(connection, lot)
    key = queries.lot_key(connection, lot)
    if found is None or key is None:
        raise NotFound(f"lot {lot} does not exist")
    part = require_part(connection, found.part_number)
    form, day = format_of(part), site.today(connection, at)
    fresh: list[str] = []
    counter = part.next_counter
    while len(fresh) < count:
        try:
            block = form.make(counter, count - len(fresh), day)
        except ValueError as error:
            raise Invalid(str(error)) from error
        counter += len(block)
        taken = units.taken_serials(connection, part.id, block[0], block[-1])
        fresh += [serial for serial in block if serial not in taken]
    insert_serials(connection, part=part.id, lot=key[0], serials=fresh, at=at)
    parts.set_next_counter(connection, part.id, counter)
    text = f"{count} serial numbers were created in lot {lot}: {fresh[0]} to {fresh[-1]}"
    note(connection, at=at, who=who, what="lot.serials", subject=lot, text=text)
    changes.bump(connection, facts=True)
    return fresh


def insert_serials(
    connection: Connection, *, part: int, lot: int, serials: Sequence[str], at: datetime
) -> None:
    """Put units with these serial numbers, none of which the part has yet, into a lot as planned."""
    micros = to_micros(at)
    units.insert_units.many(
        connection, [(serial, part, lot, False, "planned", False, micros) for serial in serials]
    )


def suggest_name(connection: Connection, today: date) -> str:
    """Suggest what the next lot is called."""
    known = [(name, site.today(connection, at)) for name, at in list_queries.newest_names(connection)]
    return next_name(known, today, lambda name: queries.lot_key(connection, name) is not None)


def set_open(connection: Connection, *, lot: str, is_open: bool, at: datetime, who: str) -> None:
    """Open or close a lot: units of a closed lot are not tested. Closed, it is completed where its target is
    reached, else closed short. Raises NotFound; Conflict for a lot that is cancelled.
    """
    found = require_lot(connection, lot)
    if found.open is is_open:
        return
    if is_open:
        set_status(connection, lot=lot, status="released", at=at, who=who)
    elif found.completed >= found.target:
        set_status(connection, lot=lot, status="completed", at=at, who=who)
    else:
        set_status(connection, lot=lot, status="closed_short", reason="closed", at=at, who=who)


def require_lot(connection: Connection, lot: str) -> queries.LotRow:
    """Give a lot with its progress. Raises NotFound."""
    found = queries.find_lot(connection, lot)
    if found is None:
        raise NotFound(f"lot {lot} does not exist")
    return found
