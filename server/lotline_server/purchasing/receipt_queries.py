"""Statements about what arrived of purchase orders. A receipt is written and, if wrong, taken back."""

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
from lotline_server.purchasing.models import (
    purchase_order_lines,
    purchase_orders,
    purchase_receipts,
    purchase_receipts_back,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRow:
    """What arrived of a line, once. posting: its entry in the stock ledger. taken_back: why it was wrong, and
    by whom and when that was said; None while it stands
    """

    id: int
    receipt_id: str
    order: str
    position: int
    part_number: str
    uom: str
    quantity: Decimal
    location: str
    posting: int
    delivered_on: str
    packing_slip: str | None
    at: datetime
    who: str
    taken_back: str | None
    taken_back_by: str | None
    taken_back_at: datetime | None


def _receipts() -> Any:
    columns, back = purchase_receipts.c, purchase_receipts_back.c
    return (
        sa.select(
            columns.id,
            columns.receipt_id,
            purchase_orders.c.number.label("order"),
            purchase_order_lines.c.position,
            parts.c.part_number,
            parts.c.uom,
            columns.quantity,
            locations.c.name.label("location"),
            columns.posting,
            columns.delivered_on,
            columns.packing_slip,
            columns.at,
            columns.who,
            back.reason.label("taken_back"),
            back.who.label("taken_back_by"),
            back.at.label("taken_back_at"),
        )
        .join_from(purchase_receipts, purchase_order_lines, purchase_order_lines.c.id == columns.line)
        .join(purchase_orders, purchase_orders.c.id == purchase_order_lines.c.purchase_order)
        .join(parts, parts.c.id == purchase_order_lines.c.part)
        .join(locations, locations.c.id == columns.location)
        .outerjoin(purchase_receipts_back, back.receipt == columns.id)
    )


def find_receipt(connection: Connection, receipt_id: str) -> ReceiptRow | None:
    """Find a receipt by its name; None where it did not arrive yet."""
    return fetch_one(connection, _receipts().where(purchase_receipts.c.receipt_id == receipt_id), ReceiptRow)


def receipts_of(connection: Connection, order: int) -> list[ReceiptRow]:
    """Give what arrived of a purchase order, the newest first."""
    statement = (
        _receipts()
        .where(purchase_order_lines.c.purchase_order == order)
        .order_by(purchase_receipts.c.id.desc())
    )
    return fetch_all(connection, statement, ReceiptRow)


def delivery_of(connection: Connection, delivery_id: str) -> list[tuple[int, Decimal, str | None]]:
    """Give (position, quantity, location) of each receipt of a delivery that was told already."""
    statement = _receipts().where(begins(purchase_receipts.c.receipt_id, f"{delivery_id}/"))
    found = fetch_all(connection, statement.order_by(purchase_receipts.c.id), ReceiptRow)
    return [(each.position, each.quantity, each.location) for each in found]


def last_day_of(connection: Connection, line: int) -> str | None:
    """Give the last day on which something of a line arrived that was not taken back."""
    columns = purchase_receipts.c
    statement = (
        sa.select(sa.func.max(columns.delivered_on))
        .outerjoin_from(
            purchase_receipts, purchase_receipts_back, purchase_receipts_back.c.receipt == columns.id
        )
        .where(columns.line == line, purchase_receipts_back.c.receipt.is_(None))
    )
    found: str | None = connection.execute(statement).scalar_one()
    return found


def insert_receipt(connection: Connection, **values: Any) -> int:
    """Write down what arrived."""
    return inserted_key(connection.execute(sa.insert(purchase_receipts).values(**values)))


def insert_taken_back(connection: Connection, **values: Any) -> None:
    """Write down that a receipt was wrong."""
    connection.execute(sa.insert(purchase_receipts_back).values(**values))


def wrong_received(connection: Connection) -> list[tuple[int, int, int]]:
    """Give (line, what it says was received, sum of its receipts), in millionths, where they differ."""
    micro = sa.type_coerce(purchase_receipts.c.quantity, sa.BigInteger)
    summed = (
        sa.select(purchase_receipts.c.line, sa.func.sum(micro).label("total"))
        .outerjoin_from(
            purchase_receipts,
            purchase_receipts_back,
            purchase_receipts_back.c.receipt == purchase_receipts.c.id,
        )
        .where(purchase_receipts_back.c.receipt.is_(None))
        .group_by(purchase_receipts.c.line)
        .subquery()
    )
    said = sa.type_coerce(purchase_order_lines.c.received, sa.BigInteger)
    total = sa.func.coalesce(summed.c.total, 0)
    statement = (
        sa.select(purchase_order_lines.c.id, said, total)
        .outerjoin_from(purchase_order_lines, summed, summed.c.line == purchase_order_lines.c.id)
        .where(said != total)
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(statement)]
