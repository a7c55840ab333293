"""Statements about suppliers and what was bought of them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.core.dialect import begins
from lotline_server.core.paging import behind
from lotline_server.core.rows import fetch_all, fetch_one, inserted_key
from lotline_server.parts.models import parts
from lotline_server.purchasing.models import purchase_order_lines, purchase_orders, suppliers
from lotline_server.purchasing.statuses import ON_THE_WAY


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierRow:
    """A supplier. currency: of its new orders, three letters. contact: as people wrote it. lead_time_days:
    how long it usually takes; None where nobody said. active: it takes new orders
    """

    id: int
    name: str
    contact: str | None
    currency: str
    active: bool
    created_at: datetime
    lead_time_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppliedPart:
    """A part that a supplier delivers. price: for one uom, as last ordered, in that order's currency."""

    part_number: str
    name: str
    uom: str
    orders: int
    ordered: Decimal
    received: Decimal
    price: Decimal | None
    currency: str
    last_order: str


def insert_supplier(connection: Connection, **values: Any) -> int:
    """Create a supplier and give its row id."""
    return inserted_key(connection.execute(sa.insert(suppliers).values(**values)))


def set_supplier(connection: Connection, key: int, **values: Any) -> None:
    """Change a supplier."""
    connection.execute(sa.update(suppliers).where(suppliers.c.id == key).values(**values))


def find_supplier(connection: Connection, name: str) -> SupplierRow | None:
    """Find a supplier by its name."""
    return fetch_one(connection, sa.select(suppliers).where(suppliers.c.name == name), SupplierRow)


def list_suppliers(
    connection: Connection,
    *,
    beginning: str = "",
    only_active: bool = False,
    after: tuple[str] | None = None,
    limit: int = 1000,
) -> list[SupplierRow]:
    """Give suppliers by name. after: only those behind this name."""
    statement = sa.select(suppliers).order_by(suppliers.c.name).limit(limit)
    if beginning:
        statement = statement.where(begins(suppliers.c.name, beginning))
    if only_active:
        statement = statement.where(suppliers.c.active)
    if after is not None:
        statement = statement.where(behind([suppliers.c.name], after))
    return fetch_all(connection, statement, SupplierRow)


def delivered_lines(
    connection: Connection, today: str, supplier: int | None = None
) -> dict[int, tuple[int, int, int]]:
    """Give (delivered, of these in time, overdue) of each supplier, counted in lines that had a promised day.

    overdue: nothing or not all is there, and the promised day is over
    """
    lines = purchase_order_lines.c
    in_time = sa.and_(lines.actual_delivery.is_not(None), lines.actual_delivery <= lines.promised_delivery)
    overdue = sa.and_(
        lines.actual_delivery.is_(None),
        lines.promised_delivery < today,
        purchase_orders.c.status.in_(sorted(ON_THE_WAY)),
    )
    statement = (
        sa.select(
            purchase_orders.c.supplier,
            sa.func.count(lines.actual_delivery),
            sa.func.count().filter(in_time),
            sa.func.count().filter(overdue),
        )
        .join_from(purchase_order_lines, purchase_orders, purchase_orders.c.id == lines.purchase_order)
        .where(lines.promised_delivery.is_not(None))
        .group_by(purchase_orders.c.supplier)
    )
    if supplier is not None:
        statement = statement.where(purchase_orders.c.supplier == supplier)
    return {row[0]: (row[1], row[2], row[3]) for row in connection.execute(statement)}


def open_orders(connection: Connection) -> dict[int, int]:
    """Give how many orders of each supplier are on the way; suppliers without any are absent."""
    statement = (
        sa.select(purchase_orders.c.supplier, sa.func.count())
        .where(purchase_orders.c.status.in_(sorted(ON_THE_WAY)))
        .group_by(purchase_orders.c.supplier)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}


def parts_of(connection: Connection, supplier: int) -> list[SuppliedPart]:
    """Give the parts that were ordered of a supplier, by number; cancelled orders and drafts do not count."""
    lines = purchase_order_lines.c
    statement = (
        sa.select(
            parts.c.part_number, parts.c.name, parts.c.uom, lines.quantity, lines.received, lines.price,
            purchase_orders.c.currency, purchase_orders.c.number,
        )
        .join_from(purchase_order_lines, purchase_orders, purchase_orders.c.id == lines.purchase_order)
        .join(parts, parts.c.id == lines.part)
        .where(
            purchase_orders.c.supplier == supplier, purchase_orders.c.status.not_in(["draft", "cancelled"])
        )
        .order_by(parts.c.part_number, lines.id.desc())
    )  # fmt: skip
    by_part: dict[str, list[Any]] = {}
    for row in connection.execute(statement):
        by_part.setdefault(row.part_number, []).append(row)
    return [
        SuppliedPart(
            part_number=number,
            name=rows[0].name,
            uom=rows[0].uom,
            orders=len({row.number for row in rows}),
            ordered=sum((row.quantity for row in rows), Decimal(0)),
            received=sum((row.received for row in rows), Decimal(0)),
            price=rows[0].price,
            currency=rows[0].currency,
            last_order=rows[0].number,
        )
        for number, rows in by_part.items()
    ]
