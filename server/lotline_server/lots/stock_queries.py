"""Statements about what there is of each part, what is reserved of it and what is on its way."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.core.dialect import many_values, one_of
from lotline_server.core.rows import fetch_all
from lotline_server.inventory.models import locations, stock_levels
from lotline_server.lots.material_queries import LotKey, lots_under_way
from lotline_server.lots.models import lot_bom_lines, lots
from lotline_server.lots.statuses import per_unit_micro, units_to_issue
from lotline_server.parts.models import parts
from lotline_server.purchasing.models import (
    purchase_order_lines,
    purchase_orders,
    purchase_receipts,
    purchase_receipts_back,
)
from lotline_server.purchasing.queries import OrderLineRow, line_columns
from lotline_server.purchasing.statuses import ON_THE_WAY
from lotline_server.units.models import units


@dataclass(frozen=True, slots=True, kw_only=True)
class PartKey:
    """A part as a list of stock shows it."""

    id: int
    part_number: str
    name: str
    kind: str
    uom: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """What a released lot still takes of a component, in millionths."""

    lot: LotKey
    component: int
    micro: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """What is still to come of a part, in millionths. next_delivery: the earliest day anybody named."""

    on_order: int = 0
    in_drafts: int = 0
    next_delivery: str | None = None


def parts_by_key(connection: Connection, keys: Iterable[int]) -> dict[int, PartKey]:
    """Give parts by their row ids."""
    columns = [parts.c[name] for name in ("id", "part_number", "name", "kind", "uom", "status")]
    statement = sa.select(*columns).where(one_of(parts.c.id, "keys"))
    rows = connection.execute(statement, {"keys": many_values(keys)}).mappings()
    return {row["id"]: PartKey(**row) for row in rows}


def levels(connection: Connection, part: int | None = None) -> list[tuple[int, str, str, Decimal]]:
    """Give (part, location, kind of location, quantity) of all parts that ever moved, or of one."""
    columns = stock_levels.c
    statement = (
        sa.select(columns.part, locations.c.name, locations.c.kind, columns.quantity)
        .join_from(stock_levels, locations, locations.c.id == columns.location)
        .order_by(columns.part, columns.location)
    )
    if part is not None:
        statement = statement.where(columns.part == part)
    return [(row[0], row[1], row[2], row[3]) for row in connection.execute(statement)]


def reservations(connection: Connection, part: int | None = None) -> list[Reservation]:
    """Give what released lots still take of all components, or of one; those that come first, first."""
    lots_there = lots_under_way(connection)
    open_units = {
        key: units_to_issue(
            status=lot.status, kind=lot.kind, target=lot.target, scrapped=lot.scrapped, issued=lot.issued
        )
        for key, lot in lots_there.items()
    }
    columns = lot_bom_lines.c
    statement = (
        sa.select(columns.lot, columns.component, columns.quantity, columns.attrition)
        .join_from(lot_bom_lines, lots, lots.c.id == columns.lot)
        .where(one_of(columns.lot, "lots"))
        .order_by(lots.c.priority.desc(), lots.c.released_at, lots.c.id)
    )
    if part is not None:
        statement = statement.where(columns.component == part)
    wanted = {"lots": many_values(key for key, count in open_units.items() if count)}
    return [
        Reservation(lot=lots_there[lot], component=component, micro=open_units[lot] * per_unit_micro(*each))
        for lot, component, *each in connection.execute(statement, wanted)
    ]


def coming(connection: Connection, part: int | None = None) -> dict[int, Coming]:
    """Give what is still to come of all parts, or of one; parts of which nothing is are absent."""
    lines = purchase_order_lines.c
    is_draft = purchase_orders.c.status == "draft"
    rest = sa.type_coerce(lines.quantity, sa.BigInteger) - sa.type_coerce(lines.received, sa.BigInteger)
    statement = (
        sa.select(
            lines.part,
            sa.func.coalesce(sa.func.sum(rest).filter(sa.not_(is_draft)), 0),
            sa.func.coalesce(sa.func.sum(rest).filter(is_draft), 0),
            sa.func.min(lines.estimated_delivery).filter(sa.not_(is_draft)),
        )
        .join_from(purchase_order_lines, purchase_orders, purchase_orders.c.id == lines.purchase_order)
        .where(purchase_orders.c.status.in_([*sorted(ON_THE_WAY), "draft"]), lines.received < lines.quantity)
        .group_by(lines.part)
    )
    if part is not None:
        statement = statement.where(lines.part == part)
    return {
        row[0]: Coming(on_order=int(row[1]), in_drafts=int(row[2]), next_delivery=row[3])
        for row in connection.execute(statement)
    }


def incoming_lines(connection: Connection, part: int) -> list[OrderLineRow]:
    """Give the order lines that still bring something of a part, drafts too, the earliest expected first."""
    lines = purchase_order_lines.c
    statement = (
        line_columns()
        .where(
            lines.part == part,
            lines.received < lines.quantity,
            purchase_orders.c.status.in_([*sorted(ON_THE_WAY), "draft"]),
        )
        .order_by(sa.func.coalesce(lines.estimated_delivery, "9999"), lines.id)
    )
    return fetch_all(connection, statement, OrderLineRow)


def lot_names(connection: Connection, keys: Iterable[int]) -> dict[int, str]:
    """Give the names of lots by their row ids."""
    statement = sa.select(lots.c.id, lots.c.lot).where(one_of(lots.c.id, "keys"))
    return _pairs(connection, statement, keys)


def serial_numbers(connection: Connection, keys: Iterable[int]) -> dict[int, str]:
    """Give the serial numbers of units by their row ids."""
    statement = sa.select(units.c.id, units.c.serial_number).where(one_of(units.c.id, "keys"))
    return _pairs(connection, statement, keys)


def orders_of_postings(connection: Connection, postings: Iterable[int]) -> dict[int, str]:
    """Give the purchase order whose receipt, or the counter-entry of one, a posting is; others are absent."""
    back = purchase_receipts_back.c
    statement = (
        sa.select(
            purchase_receipts.c.posting,
            back.posting,
            purchase_orders.c.number,
        )
        .join_from(
            purchase_receipts,
            purchase_order_lines,
            purchase_order_lines.c.id == purchase_receipts.c.line,
        )
        .join(purchase_orders, purchase_orders.c.id == purchase_order_lines.c.purchase_order)
        .outerjoin(purchase_receipts_back, back.receipt == purchase_receipts.c.id)
        .where(sa.or_(one_of(purchase_receipts.c.posting, "keys"), one_of(back.posting, "keys")))
    )
    found: dict[int, str] = {}
    for receipt, taken_back, order in connection.execute(statement, {"keys": many_values(postings)}):
        found[receipt] = order
        if taken_back is not None:
            found[taken_back] = order
    return found


def _pairs(connection: Connection, statement: Any, keys: Iterable[int]) -> dict[int, str]:
    return {row[0]: row[1] for row in connection.execute(statement, {"keys": many_values(keys)})}
