"""Statements about purchase orders, their lines, and what was said of them."""

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.core.dialect import begins, many_values, one_of
from lotline_server.core.paging import behind
from lotline_server.core.quantity import cost
from lotline_server.core.rows import fetch_all, fetch_one, inserted_key
from lotline_server.parts.models import parts
from lotline_server.projects.models import projects
from lotline_server.purchasing.models import (
    purchase_order_events,
    purchase_order_lines,
    purchase_orders,
    suppliers,
)
from lotline_server.purchasing.statuses import ON_THE_WAY


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """A purchase order. lines, open_lines: how many there are, and of how many something is still to come.

    next_delivery: the earliest estimated day of what is still to come; None where nobody said one.
    total: of all priced lines, in the order's currency; unpriced: how many have no price
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
    total: Decimal = Decimal(0)
    unpriced: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLineRow:
    """A line of an order. price: for one uom, in the order's currency; None where it is not known yet.

    promised_delivery: what was estimated when it was sent or, later, confirmed; a delay moves only the
    estimate. actual_delivery: the day on which the last of it arrived
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
    promised_delivery: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEventRow:
    """Who gave an order which status, when and why."""

    at: datetime
    who: str
    before: str | None
    after: str
    reason: str | None


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
    found = fetch_one(connection, _orders().where(purchase_orders.c.number == number), OrderRow)
    return None if found is None else _with_totals(connection, [found])[0]


def list_orders(
    connection: Connection,
    *,
    status: str | None = None,
    supplier: str | None = None,
    project: str | None = None,
    beginning: str = "",
    late_on: str | None = None,
    statuses: Collection[str] = (),
    limit: int = 100,
    after: tuple[int] | None = None,
) -> list[OrderRow]:
    """Give purchase orders, the newest first. late_on: only those with a line expected before a day.

    after: only those behind the order with this row id. statuses: only those of one of these
    """
    statement = _orders().order_by(purchase_orders.c.id.desc()).limit(limit)
    for column, wanted in (
        (purchase_orders.c.status, status),
        (suppliers.c.name, supplier),
        (projects.c.name, project),
    ):
        if wanted is not None:
            statement = statement.where(column == wanted)
    if beginning:
        statement = statement.where(begins(purchase_orders.c.number, beginning))
    if statuses:
        statement = statement.where(purchase_orders.c.status.in_(sorted(statuses)))
    if late_on is not None:
        lines = purchase_order_lines.c
        late = sa.select(lines.purchase_order).where(
            lines.received < lines.quantity, lines.estimated_delivery < late_on
        )
        statement = statement.where(
            purchase_orders.c.status.in_(sorted(ON_THE_WAY)), purchase_orders.c.id.in_(late)
        )
    if after is not None:
        statement = statement.where(behind([purchase_orders.c.id], after, descending=True))
    return _with_totals(connection, fetch_all(connection, statement, OrderRow))


def count_by_status(connection: Connection, *, beginning: str = "") -> dict[str, int]:
    """Give how many orders have each status; statuses that no order has are absent."""
    statement = sa.select(purchase_orders.c.status, sa.func.count()).group_by(purchase_orders.c.status)
    if beginning:
        statement = statement.where(begins(purchase_orders.c.number, beginning))
    return {row[0]: row[1] for row in connection.execute(statement)}


def _with_totals(connection: Connection, found: Sequence[OrderRow]) -> list[OrderRow]:
    """Add what orders cost: exact, so it is added up here and not in whole millionths of the database."""
    lines = purchase_order_lines.c
    statement = sa.select(lines.purchase_order, lines.quantity, lines.price).where(
        one_of(lines.purchase_order, "orders")
    )
    priced: dict[int, list[tuple[Decimal, Decimal]]] = {}
    unpriced: dict[int, int] = {}
    of_all = {"orders": many_values(order.id for order in found)}
    for order, quantity, price in connection.execute(statement, of_all):
        if price is None:
            unpriced[order] = unpriced.get(order, 0) + 1
        else:
            priced.setdefault(order, []).append((quantity, price))
    return [
        dataclasses.replace(
            order,
            total=cost(priced.get(order.id, [])),
            unpriced=unpriced.get(order.id, 0),
        )
        for order in found
    ]


def numbers_beginning(connection: Connection, prefix: str) -> list[str]:
    """Give the numbers of the orders that begin so."""
    statement = sa.select(purchase_orders.c.number).where(begins(purchase_orders.c.number, prefix))
    return list(connection.execute(statement).scalars())


def was_confirmed(connection: Connection, order: int) -> bool:
    """Tell whether the supplier ever confirmed an order."""
    events = purchase_order_events.c
    statement = sa.select(sa.literal(1)).where(events.purchase_order == order, events.after == "confirmed")
    return connection.execute(statement.limit(1)).first() is not None


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
        lines.promised_delivery,
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


def delete_line(connection: Connection, line: int) -> None:
    """Take a line off its order."""
    connection.execute(sa.delete(purchase_order_lines).where(purchase_order_lines.c.id == line))


def set_line(connection: Connection, line: int, **values: Any) -> None:
    """Change a line."""
    connection.execute(
        sa.update(purchase_order_lines).where(purchase_order_lines.c.id == line).values(**values)
    )


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
