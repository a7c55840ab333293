"""Statements about the material of lots: what they are built to, what they still need, who comes first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.boms.queries import BomLineRow
from lotline_server.core.dialect import many_values, one_of
from lotline_server.core.paging import behind
from lotline_server.core.prepared import Prepared
from lotline_server.core.rows import fetch_all
from lotline_server.inventory.models import lot_issues
from lotline_server.lots.models import lot_bom_lines, lot_events, lots
from lotline_server.lots.statuses import RESERVING
from lotline_server.parts.models import parts
from lotline_server.units.models import lot_counts, units


@dataclass(frozen=True, slots=True, kw_only=True)
class LotKey:
    """A lot's row as its rules need it."""

    id: int
    lot: str
    part: int
    part_number: str
    target: int
    open: bool
    status: str
    kind: str
    consumption: str
    priority: int
    location: int | None
    released_at: datetime | None
    bom_revision: str | None
    scrapped: int
    issued: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LotEventRow:
    """What was said of a lot: who changed what, when and why. what: `status`, `target`, …"""

    id: int
    at: datetime
    who: str
    what: str
    before: str | None
    after: str | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a lot that is under way takes of a component for one unit. It stands before others with a smaller
    place: higher priority first, then the one released first.
    """

    lot: LotKey
    component: int
    quantity: Decimal
    attrition: Decimal


def _keys() -> Any:
    issued = sa.select(lot_issues.c.units).where(lot_issues.c.lot == lots.c.id)
    return sa.select(
        lots.c.id,
        lots.c.lot,
        lots.c.part,
        parts.c.part_number,
        lots.c.target,
        lots.c.open,
        lots.c.status,
        lots.c.kind,
        lots.c.consumption,
        lots.c.priority,
        lots.c.location,
        lots.c.released_at,
        lots.c.bom_revision,
        sa.func.coalesce(lot_counts.c.scrapped, 0).label("scrapped"),
        sa.func.coalesce(issued.correlate(lots).scalar_subquery(), 0).label("issued"),
    ).select_from(
        lots.join(parts, parts.c.id == lots.c.part).outerjoin(lot_counts, lot_counts.c.lot == lots.c.id)
    )


def find_key(connection: Connection, lot: str) -> LotKey | None:
    """Find a lot by its name."""
    row = connection.execute(_keys().where(lots.c.lot == lot)).mappings().first()
    return None if row is None else LotKey(**row)


def lots_under_way(connection: Connection) -> dict[int, LotKey]:
    """Give the lots that have material reserved for them."""
    statement = _keys().where(lots.c.status.in_(sorted(RESERVING)), lots.c.kind == "built_here")
    return {row["id"]: LotKey(**row) for row in connection.execute(statement).mappings()}


def set_lot(connection: Connection, key: int, **values: Any) -> None:
    """Change a lot."""
    connection.execute(sa.update(lots).where(lots.c.id == key).values(**values))


def add_event(connection: Connection, **values: Any) -> None:
    """Append to what was said of a lot."""
    connection.execute(sa.insert(lot_events).values(**values))


def events_of(
    connection: Connection, lot: int, *, after: tuple[int] | None = None, limit: int | None = None
) -> list[LotEventRow]:
    """Give what was said of a lot, the newest first. after: behind this event. limit: None is all."""
    columns = [each for each in lot_events.c if each.name != "lot"]
    statement = sa.select(*columns).where(lot_events.c.lot == lot).order_by(lot_events.c.id.desc())
    if after is not None:
        statement = statement.where(behind([lot_events.c.id], after, descending=True))
    if limit is not None:
        statement = statement.limit(limit)
    return fetch_all(connection, statement, LotEventRow)


def pin_bom(connection: Connection, lot: int, lines: Sequence[BomLineRow]) -> None:
    """Keep the lines to which a lot is built."""
    rows = [
        {
            "lot": lot,
            "position": line.position,
            "component": line.part,
            "quantity": line.quantity,
            "attrition": line.attrition,
            "designators": line.designators,
        }
        for line in lines
    ]
    if rows:
        connection.execute(sa.insert(lot_bom_lines), rows)


def pinned_lines(connection: Connection, lot: int) -> list[BomLineRow]:
    """Give the lines to which a lot is built, in order."""
    statement = (
        sa.select(
            lot_bom_lines.c.position,
            parts.c.id.label("part"),
            parts.c.part_number,
            parts.c.name,
            parts.c.kind,
            parts.c.uom,
            parts.c.status,
            lot_bom_lines.c.quantity,
            lot_bom_lines.c.attrition,
            lot_bom_lines.c.designators,
        )
        .join_from(lot_bom_lines, parts, parts.c.id == lot_bom_lines.c.component)
        .where(lot_bom_lines.c.lot == lot)
        .order_by(lot_bom_lines.c.position)
    )
    return fetch_all(connection, statement, BomLineRow)


def claimed_components(connection: Connection) -> set[int]:
    """Give the components that any lot under way is built from."""
    statement = (
        sa.select(lot_bom_lines.c.component)
        .join_from(lot_bom_lines, lots, lots.c.id == lot_bom_lines.c.lot)
        .where(lots.c.status.in_(sorted(RESERVING)), lots.c.kind == "built_here")
    )
    return set(connection.execute(statement).scalars())


def claims_on(connection: Connection, components: Iterable[int]) -> list[Claim]:
    """Give the claims of all lots under way on these components, those that come first first."""
    statement = (
        _keys()
        .add_columns(lot_bom_lines.c.component, lot_bom_lines.c.quantity, lot_bom_lines.c.attrition)
        .join(lot_bom_lines, lot_bom_lines.c.lot == lots.c.id)
        .where(
            one_of(lot_bom_lines.c.component, "components"),
            lots.c.status.in_(sorted(RESERVING)),
            lots.c.kind == "built_here",
        )
        .order_by(lots.c.priority.desc(), lots.c.released_at, lots.c.id)
    )
    found = []
    for row in connection.execute(statement, {"components": many_values(components)}).mappings():
        values = dict(row)
        line = {name: values.pop(name) for name in ("component", "quantity", "attrition")}
        found.append(Claim(lot=LotKey(**values), **line))
    return found


_STOCK_STATES = Prepared(
    sa.select(
        units.c.id,
        units.c.serial_number,
        units.c.status,
        units.c.part,
        lots.c.id,
        lots.c.lot,
        lots.c.kind,
        lots.c.consumption,
        lots.c.location,
        lots.c.status,
        lots.c.released_at,
    )
    .join_from(units, lots, lots.c.id == units.c.lot)
    .where(one_of(units.c.id, "units")),
    ("units",),
)


def stock_states(connection: Connection, keys: Iterable[int]) -> list[tuple[Any, ...]]:
    """Give (unit, serial_number, status, part, lot, lot's name, kind, consumption, location, lot's status,
    released_us) of those units that are in a lot.
    """
    return _STOCK_STATES.all(connection, (many_values(keys),))


def units_in(connection: Connection, lot: int) -> list[int]:
    """Give the units of a lot that are no longer only planned."""
    statement = sa.select(units.c.id).where(units.c.lot == lot, units.c.status != "planned")
    return list(connection.execute(statement).scalars())
