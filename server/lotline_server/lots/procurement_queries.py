"""Statements about which order line is for which lot."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.core.dialect import many_values, one_of, upsert
from lotline_server.core.rows import fetch_all
from lotline_server.lots.models import lot_order_lines, lots
from lotline_server.parts.models import parts
from lotline_server.purchasing.models import purchase_order_lines, purchase_orders
from lotline_server.purchasing.queries import OrderLineRow, line_columns
from lotline_server.purchasing.statuses import COMING, ON_THE_WAY


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareRow:
    """How much of an order line is for a lot. Lots are served in the order in which they stand here."""

    line: int
    lot: str
    lot_part: str
    lot_kind: str
    lot_status: str
    planned_start: str | None
    planned_end: str | None
    quantity: Decimal


def shares_of(connection: Connection, lines: Iterable[int]) -> dict[int, list[ShareRow]]:
    """Give the lots for which these lines are, by line; lines for no lot are absent."""
    statement = (
        sa.select(
            lot_order_lines.c.line,
            lots.c.lot,
            parts.c.part_number.label("lot_part"),
            lots.c.kind.label("lot_kind"),
            lots.c.status.label("lot_status"),
            lots.c.planned_start,
            lots.c.planned_end,
            lot_order_lines.c.quantity,
        )
        .join_from(lot_order_lines, lots, lots.c.id == lot_order_lines.c.lot)
        .join(parts, parts.c.id == lots.c.part)
        .where(one_of(lot_order_lines.c.line, "lines"))
        .order_by(lot_order_lines.c.line, lots.c.priority.desc(), lots.c.id)
    )
    found: dict[int, list[ShareRow]] = {}
    for row in connection.execute(statement, {"lines": many_values(lines)}).mappings():
        found.setdefault(row["line"], []).append(ShareRow(**row))
    return found


def lines_for(connection: Connection, lot: int) -> list[OrderLineRow]:
    """Give the order lines that are, in part or whole, for a lot, the newest order first."""
    of_lot = sa.select(lot_order_lines.c.line).where(lot_order_lines.c.lot == lot)
    statement = (
        line_columns()
        .where(purchase_order_lines.c.id.in_(of_lot))
        .order_by(purchase_orders.c.id.desc(), purchase_order_lines.c.position)
    )
    return fetch_all(connection, statement, OrderLineRow)


def coming_lines(connection: Connection, part_numbers: Iterable[str]) -> list[OrderLineRow]:
    """Give the lines of these parts of which something is still to come, those of drafts too."""
    columns = purchase_order_lines.c
    statement = line_columns().where(
        one_of(parts.c.part_number, "numbers"),
        purchase_orders.c.status.in_(sorted(COMING)),
        columns.received < columns.quantity,
    )
    found = connection.execute(statement, {"numbers": many_values(part_numbers)})
    return [OrderLineRow(**row) for row in found.mappings()]


def overdue_lines(connection: Connection, day: str) -> list[OrderLineRow]:
    """Give the lines that should have arrived before a day and have not, the longest overdue first."""
    columns = purchase_order_lines.c
    statement = (
        line_columns()
        .where(
            purchase_orders.c.status.in_(sorted(ON_THE_WAY)),
            columns.received < columns.quantity,
            columns.estimated_delivery < day,
        )
        .order_by(columns.estimated_delivery, columns.id)
    )
    return fetch_all(connection, statement, OrderLineRow)


def set_share(connection: Connection, line: int, lot: int, quantity: Decimal) -> None:
    """Say how much of a line is for a lot; 0 takes the lot off the line."""
    if quantity:
        statement = upsert(lot_order_lines, ["line", "lot"], ["quantity"])
        connection.execute(statement.values(line=line, lot=lot, quantity=quantity))
    else:
        of_both = sa.and_(lot_order_lines.c.line == line, lot_order_lines.c.lot == lot)
        connection.execute(sa.delete(lot_order_lines).where(of_both))


def drop_shares(connection: Connection, line: int) -> None:
    """Have a line be for no lot."""
    connection.execute(sa.delete(lot_order_lines).where(lot_order_lines.c.line == line))


def own_part_lines(connection: Connection, lot: int) -> list[str]:
    """Give the orders of which a line delivers units of this lot."""
    statement = (
        sa.select(purchase_orders.c.number)
        .join_from(lot_order_lines, purchase_order_lines, purchase_order_lines.c.id == lot_order_lines.c.line)
        .join(purchase_orders, purchase_orders.c.id == purchase_order_lines.c.purchase_order)
        .join(lots, lots.c.id == lot_order_lines.c.lot)
        .where(lots.c.id == lot, lots.c.part == purchase_order_lines.c.part)
        .where(purchase_orders.c.status != "cancelled")
        .order_by(purchase_orders.c.id)
    )
    return list(connection.execute(statement).scalars())
