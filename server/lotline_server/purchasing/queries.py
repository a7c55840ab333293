"""Statements about suppliers and purchase orders."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.core.dialect import begins
from lotline_server.core.rows import fetch_all, fetch_one, inserted_key
from lotline_server.inventory.models import locations
from lotline_server.parts.models import parts
from lotline_server.projects.models import projects
from lotline_server.purchasing.models import (
    purchase_order_events,
    purchase_order_lines,
    purchase_orders,
    purchase_receipts,
    suppliers,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierRow:
    """A supplier. currency: of its new orders, three letters."""

    id: int
    name: str
    contact: str | None
    currency: str
    active: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """A purchase order. lines, open_lines: how many there are, and of how many something is still to come.

    next_delivery: the earliest estimated day of what is still to come; None where nobody said one
    """

    id: int
    number: str
    supplier: str
    project: str | None
    status: str
    currency: str
    notes: str | None
    created_at: datetime
    lines: int
    open_lines: int
    next_delivery: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLineRow:
    """A line of an order. price: for one uom, in the order's currency; None where it is not known yet.

    estimated_delivery, actual_delivery: days; the actual one is that on which the last of it arrived
    """

    id: int
    order: str
    status: str
    supplier: str
    currency: str
    position: int
    part_number: str
    name: str
    uom: str
    quantity: Decimal
    price: Decimal | None
    received: Decimal
    estimated_delivery: str | None
    actual_delivery: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRow:
    """What arrived of a line, once. posting: its entry in the stock ledger."""

    receipt_id: str
    position: int
    part_number: str
    quantity: Decimal
    location: str
    posting: int
    delivered_on: str
    at: datetime
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEventRow:
    """Who gave an order which status, when and why."""

    at: datetime
    who: str
    before: str | None
    after: str
    reason: str | None


def insert_supplier(connection: Connection, **values: Any) -> int:
    """Create a supplier and give its row id."""
    return inserted_key(connection.execute(sa.insert(suppliers).values(**values)))


def find_supplier(connection: Connection, name: str) -> SupplierRow | None:
    """Find a supplier by its name."""
    return fetch_one(connection, sa.select(suppliers).where(suppliers.c.name == name), SupplierRow)


def list_suppliers(connection: Connection, *, beginning: str = "", limit: int = 1000) -> list[SupplierRow]:
    """Give suppliers by name."""
    statement = sa.select(suppliers).order_by(suppliers.c.name).limit(limit)
    if beginning:
        statement = statement.where(begins(suppliers.c.name, beginning))
    return fetch_all(connection, statement, SupplierRow)


def _orders() -> Any:
    lines = purchase_order_lines.c
    of_order = lines.purchase_order == purchase_orders.c.id
    is_open = lines.received < lines.quantity

    def sub(what: Any, *conditions: Any) -> Any:
        return sa.select(what).where(of_order, *conditions).correlate(purchase_orders).scalar_subquery()

    return sa.select(
        purchase_orders.c.id,
        purchase_orders.c.number,
        suppliers.c.name.label("supplier"),
        projects.c.name.label("project"),
        purchase_orders.c.status,
        purchase_orders.c.currency,
        purchase_orders.c.notes,
        purchase_orders.c.created_at,
        sub(sa.func.count()).label("lines"),
        sub(sa.func.count(), is_open).label("open_lines"),
        sub(sa.func.min(lines.estimated_delivery), is_open).label("next_delivery"),
    ).select_from(
        purchase_orders.join(suppliers, suppliers.c.id == purchase_orders.c.supplier).outerjoin(
            projects, projects.c.id == purchase_orders.c.project
        )
    )


def find_order(connection: Connection, number: str) -> OrderRow | None:
    """Find a purchase order by its number."""
    return fetch_one(connection, _orders().where(purchase_orders.c.number == number), OrderRow)


def list_orders(
    connection: Connection,
    *,
    status: str | None = None,
    supplier: str | None = None,
    project: str | None = None,
    beginning: str = "",
    limit: int = 100,
    offset: int = 0,
) -> list[OrderRow]:
    """Give purchase orders, the newest first."""
    statement = _orders().order_by(purchase_orders.c.id.desc()).limit(limit).offset(offset)
    for column, wanted in (
        (purchase_orders.c.status, status),
        (suppliers.c.name, supplier),
        (projects.c.name, project),
    ):
        if wanted is not None:
            statement = statement.where(column == wanted)
    if beginning:
        statement = statement.where(begins(purchase_orders.c.number, beginning))
    return fetch_all(connection, statement, OrderRow)


def insert_order(connection: Connection, **values: Any) -> int:
    """Create a purchase order and give its row id."""
    return inserted_key(connection.execute(sa.insert(purchase_orders).values(**values)))


def set_order(connection: Connection, key: int, **values: Any) -> None:
    """Change a purchase order."""
    connection.execute(sa.update(purchase_orders).where(purchase_orders.c.id == key).values(**values))


def line_columns() -> Any:
    """Give a SELECT of lines, each with its order and part."""
    lines = purchase_order_lines.c
    return sa.select(
        lines.id,
        purchase_orders.c.number.label("order"),
        purchase_orders.c.status,
        suppliers.c.name.label("supplier"),
        purchase_orders.c.currency,
        lines.position,
        parts.c.part_number,
        parts.c.name,
        parts.c.uom,
        lines.quantity,
        lines.price,
        lines.received,
        lines.estimated_delivery,
        lines.actual_delivery,
    ).select_from(
        purchase_order_lines.join(purchase_orders, purchase_orders.c.id == lines.purchase_order)
        .join(suppliers, suppliers.c.id == purchase_orders.c.supplier)
        .join(parts, parts.c.id == lines.part)
    )


def lines_of(connection: Connection, order: int) -> list[OrderLineRow]:
    """Give the lines of a purchase order in order."""
    columns = purchase_order_lines.c
    statement = line_columns().where(columns.purchase_order == order).order_by(columns.position)
    return fetch_all(connection, statement, OrderLineRow)


def insert_line(connection: Connection, **values: Any) -> int:
    """Add a line and give its row id."""
    return inserted_key(connection.execute(sa.insert(purchase_order_lines).values(**values)))


def set_line(connection: Connection, line: int, **values: Any) -> None:
    """Change a line."""
    connection.execute(
        sa.update(purchase_order_lines).where(purchase_order_lines.c.id == line).values(**values)
    )


def insert_receipt(connection: Connection, **values: Any) -> int:
    """Write down what arrived."""
    return inserted_key(connection.execute(sa.insert(purchase_receipts).values(**values)))


def find_receipt(connection: Connection, receipt_id: str) -> tuple[int, Decimal, int, str] | None:
    """Give (line, quantity, location, day) of a receipt; None where it did not arrive yet."""
    columns = purchase_receipts.c
    statement = sa.select(columns.line, columns.quantity, columns.location, columns.delivered_on).where(
        columns.receipt_id == receipt_id
    )
    row = connection.execute(statement).first()
    return None if row is None else (row[0], row[1], row[2], row[3])


def receipts_of(connection: Connection, order: int) -> list[ReceiptRow]:
    """Give what arrived of a purchase order, the newest first."""
    columns = purchase_receipts.c
    statement = (
        sa.select(
            columns.receipt_id,
            purchase_order_lines.c.position,
            parts.c.part_number,
            columns.quantity,
            locations.c.name.label("location"),
            columns.posting,
            columns.delivered_on,
            columns.at,
            columns.who,
        )
        .join_from(purchase_receipts, purchase_order_lines, purchase_order_lines.c.id == columns.line)
        .join(parts, parts.c.id == purchase_order_lines.c.part)
        .join(locations, locations.c.id == columns.location)
        .where(purchase_order_lines.c.purchase_order == order)
        .order_by(columns.id.desc())
    )
    return fetch_all(connection, statement, ReceiptRow)


def insert_event(connection: Connection, **values: Any) -> None:
    """Append to what was said of an order."""
    connection.execute(sa.insert(purchase_order_events).values(**values))


def events_of(connection: Connection, order: int) -> list[OrderEventRow]:
    """Give who gave an order which status, the newest first."""
    columns = [each for each in purchase_order_events.c if each.name not in {"id", "purchase_order"}]
    statement = (
        sa.select(*columns)
        .where(purchase_order_events.c.purchase_order == order)
        .order_by(purchase_order_events.c.id.desc())
    )
    return fetch_all(connection, statement, OrderEventRow)
