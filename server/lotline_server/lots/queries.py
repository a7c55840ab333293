"""Statements about lots, and about units with the lot they belong to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.core.dialect import begins, many_values, one_of
from lotline_server.core.paging import behind
from lotline_server.core.rows import fetch_all, fetch_one, inserted_key
from lotline_server.inventory.models import locations
from lotline_server.lots.models import lots
from lotline_server.parts.models import parts
from lotline_server.projects.models import projects
from lotline_server.units.models import lot_counts, units


@dataclass(frozen=True, slots=True, kw_only=True)
class LotRow:
    """A lot and its progress, which is counted from its units. held: those on hold, whatever their status.

    open: its units may be tested, as its status says. planned_start, planned_end: days (2026-11-23).
    location: where its material comes from and its units go to; None for Stock
    bom_revision: of the BOM it is built to; None before its release, and where its part had none
    """

    DERIVED: ClassVar = frozenset(
        {"part_name", "open", "units", "planned", "in_progress", "completed", "failed", "scrapped"}
    )

    id: int
    lot: str
    part_number: str
    part_name: str
    target: int
    project: str | None
    notes: str | None
    open: bool
    created_at: datetime
    units: int
    planned: int
    in_progress: int
    completed: int
    failed: int
    scrapped: int
    held: int
    status: str
    kind: str
    consumption: str
    priority: int
    customer_order: str | None
    planned_start: str | None
    planned_end: str | None
    location: str | None
    released_at: datetime | None
    bom_revision: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRow:
    """A unit with part and lot. lot: None where it belongs to none.

    hold: why it is on hold; None where it is not
    """

    serial_number: str
    part_number: str
    lot: str | None
    status: str
    completed_at: datetime | None
    created_at: datetime
    hold: str | None


def _lots() -> Any:
    counts = ("units", "planned", "in_progress", "completed", "failed", "scrapped", "held")
    return sa.select(
        lots.c.id,
        lots.c.lot,
        parts.c.part_number,
        parts.c.name.label("part_name"),
        lots.c.target,
        lots.c.project,
        lots.c.notes,
        lots.c.open,
        lots.c.created_at,
        *(sa.func.coalesce(lot_counts.c[name], 0).label(name) for name in counts),
        *_SAID,
        locations.c.name.label("location"),
    ).select_from(_FROM)


_SAID = [
    lots.c.status,
    lots.c.kind,
    lots.c.consumption,
    lots.c.priority,
    lots.c.customer_order,
    lots.c.planned_start,
    lots.c.planned_end,
    lots.c.released_at,
    lots.c.bom_revision,
]
_FROM = (
    lots.join(parts, parts.c.id == lots.c.part)
    .outerjoin(locations, locations.c.id == lots.c.location)
    .outerjoin(lot_counts, lot_counts.c.lot == lots.c.id)
)


def insert_lot(connection: Connection, **values: Any) -> int:
    """Create a lot and give its row id."""
    done = connection.execute(sa.insert(lots).values(**values))
    return inserted_key(done)


def lot_key(connection: Connection, lot: str) -> tuple[int, int, bool] | None:
    """Give a lot's (row id, part, open); None where there is none of that name."""
    statement = sa.select(lots.c.id, lots.c.part, lots.c.open).where(lots.c.lot == lot)
    row = connection.execute(statement).first()
    return None if row is None else (row[0], row[1], row[2])


def pinned_route(connection: Connection, lot: int) -> int | None:
    """Give the row id of the route that a lot was released with; None where it pins none."""
    route = connection.execute(sa.select(lots.c.route).where(lots.c.id == lot)).scalar_one()
    return None if route is None else int(route)


def pinned_routes(connection: Connection, names: Sequence[str]) -> dict[str, int]:
    """Give the row ids of the routes that these lots were released with; a lot that pins none is absent."""
    statement = sa.select(lots.c.lot, lots.c.route).where(
        one_of(lots.c.lot, "names"), lots.c.route.is_not(None)
    )
    found = connection.execute(statement, {"names": many_values(names)})
    return {row[0]: row[1] for row in found}


def lots_of_routes(connection: Connection, part: int) -> dict[int, list[tuple[str, bool]]]:
    """Give, by the row id of a route, the lots (name, open) of a part that were released with it, the newest
    first.
    """
    statement = (
        sa.select(lots.c.route, lots.c.lot, lots.c.open)
        .where(lots.c.part == part, lots.c.route.is_not(None))
        .order_by(lots.c.id.desc())
    )
    found: dict[int, list[tuple[str, bool]]] = {}
    for route, name, is_open in connection.execute(statement):
        found.setdefault(route, []).append((name, is_open))
    return found


def units_on_current_route(connection: Connection, part: int) -> list[int]:
    """Give the units of a part that follow its current route and were tested: in no lot, or in one that pins
    no route.
    """
    statement = (
        sa.select(units.c.id)
        .outerjoin_from(units, lots, lots.c.id == units.c.lot)
        .where(units.c.part == part, lots.c.route.is_(None), units.c.status.not_in(("planned", "scrapped")))
        .order_by(units.c.id)
    )
    return list(connection.execute(statement).scalars())


def find_lot(connection: Connection, lot: str) -> LotRow | None:
    """Give a lot with its progress."""
    return fetch_one(connection, _lots().where(lots.c.lot == lot), LotRow)


def list_lots(
    connection: Connection,
    *,
    only_open: bool = False,
    part_number: str | None = None,
    project: str | None = None,
    statuses: Sequence[str] | None = None,
    part_beginning: str = "",
    due_until: str | None = None,
    limit: int = 100,
    after: tuple[int] | None = None,
) -> list[LotRow]:
    """Give lots with their progress, the newest first. statuses: only those that have one of them.

    after: only those behind the lot with this row id. part_beginning: how the part's number begins
    due_until: only those that are due by this day
    """
    statement = _lots().order_by(lots.c.id.desc()).limit(limit)
    if only_open:
        statement = statement.where(lots.c.open)
    if part_number is not None:
        statement = statement.where(parts.c.part_number == part_number)
    if project is not None:
        of_project = sa.select(projects.c.id).where(projects.c.name == project)
        statement = statement.where(lots.c.project_key.in_(of_project))
    if statuses is not None:
        statement = statement.where(lots.c.status.in_(list(statuses)))
    if after is not None:
        statement = statement.where(behind([lots.c.id], after, descending=True))
    if part_beginning:
        statement = statement.where(begins(parts.c.part_number, part_beginning))
    if due_until is not None:
        statement = statement.where(lots.c.planned_end <= due_until)
    return fetch_all(connection, statement, LotRow)


def count_lots(connection: Connection, *, only_open: bool = False, part_number: str | None = None) -> int:
    """Give how many lots there are. part_number: only those of this part."""
    statement = sa.select(sa.func.count()).select_from(lots)
    if only_open:
        statement = statement.where(lots.c.open)
    if part_number is not None:
        of_part = sa.select(parts.c.id).where(parts.c.part_number == part_number)
        statement = statement.where(lots.c.part.in_(of_part))
    return int(connection.execute(statement).scalar_one())


_UNIT_COLUMNS = [
    units.c.serial_number,
    parts.c.part_number,
    lots.c.lot,
    units.c.status,
    units.c.completed_at,
    units.c.created_at,
    units.c.hold,
]


UnitOrder = Literal["serial_number", "status", "completed_at"]
_UNIT_ORDERS = {
    "serial_number": units.c.serial_number,
    "status": units.c.status,
    "completed_at": units.c.completed_at,
}


def unit_columns() -> Any:
    """Give a SELECT of units, each with its part and lot."""
    return sa.select(*_UNIT_COLUMNS).join_from(units, parts).outerjoin(lots, lots.c.id == units.c.lot)


def lot_units(
    connection: Connection,
    lot: str,
    *,
    status: str | None = None,
    held: bool = False,
    prefix: str = "",
    after: str | None = None,
    order: UnitOrder = "serial_number",
    descending: bool = False,
    offset: int = 0,
    limit: int = 1000,
) -> list[UnitRow]:
    """Give a lot's units, by serial number unless asked otherwise.

    held: only those that are on hold. prefix: only those whose serial number begins so
    after: only those behind this serial number, which pages through that order; offset pages through any
    """
    first = _UNIT_ORDERS[order]
    ordered = (first.desc() if descending else first, units.c.serial_number)
    statement = unit_columns().where(lots.c.lot == lot).order_by(*ordered).limit(limit).offset(offset)
    if status is not None:
        statement = statement.where(units.c.status == status)
    if held:
        statement = statement.where(units.c.hold.is_not(None))
    if prefix:
        statement = statement.where(begins(units.c.serial_number, prefix))
    if after is not None:
        statement = statement.where(units.c.serial_number > after)
    return fetch_all(connection, statement, UnitRow)


def units_of_open_lots(connection: Connection) -> list[tuple[str, str, str, str, str | None, str | None]]:
    """Give (serial_number, part_number, lot, status, hold, standing) of every unit of an open lot, and of a
    lot on hold: a station then says of such a unit that its lot is on hold, and not that nobody knows it.
    """
    statement = (
        sa.select(
            units.c.serial_number,
            parts.c.part_number,
            lots.c.lot,
            units.c.status,
            units.c.hold,
            units.c.standing,
        )
        .join_from(lots, units, units.c.lot == lots.c.id)
        .join(parts, parts.c.id == units.c.part)
        .where(sa.or_(lots.c.open, lots.c.status == "on_hold"))
        .order_by(lots.c.id, units.c.serial_number)
    )
    return [tuple(row) for row in connection.execute(statement)]


def units_of_serial(connection: Connection, serial_number: str) -> Sequence[UnitRow]:
    """Give the units with this serial number, one for each part that uses it."""
    statement = unit_columns().where(units.c.serial_number == serial_number).order_by(parts.c.part_number)
    return fetch_all(connection, statement, UnitRow)


def completed_units(
    connection: Connection, start: datetime, end: datetime, *, limit: int = 1000
) -> Sequence[UnitRow]:
    """Give the units completed in [start, end), the newest first."""
    statement = (
        unit_columns()
        .where(units.c.completed_at.is_not(None), units.c.completed_at >= start, units.c.completed_at < end)
        .order_by(units.c.completed_at.desc())
        .limit(limit)
    )
    return fetch_all(connection, statement, UnitRow)
