"""Rules for suppliers."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.engine import Connection

from lotline_server.activity.service import note
from lotline_server.changes import queries as changes
from lotline_server.core.errors import Conflict, Invalid, NotFound
from lotline_server.core.plain_text import optional_text, required_text
from lotline_server.purchasing import queries as orders
from lotline_server.purchasing import supplier_queries as queries
from lotline_server.purchasing.queries import OrderRow
from lotline_server.purchasing.supplier_queries import SuppliedPart, SupplierRow

MAX_NAME = 200
MAX_CONTACT = 4000
MAX_LEAD_TIME_DAYS = 1000
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """How a supplier delivers, counted in order lines that had a promised day. overdue: should be here
    and is not. on_time: the share of those in time among those delivered or overdue; None before the first
    """

    delivered: int
    in_time: int
    overdue: int
    on_time: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierListing:
    """A supplier in the list. open_orders: how many are on the way."""

    supplier: SupplierRow
    open_orders: int
    delivered: Delivered


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierView:
    """A supplier whole: its orders, the newest first, and what it delivers."""

    supplier: SupplierRow
    delivered: Delivered
    parts: list[SuppliedPart]
    orders: list[OrderRow]


def add_supplier(
    connection: Connection,
    *,
    name: str,
    at: datetime,
    who: str,
    contact: str | None = None,
    currency: str = "EUR",
    lead_time_days: int | None = None,
) -> SupplierRow:
    """Create a supplier. Raises Conflict, Invalid."""
    wanted = required_text(name, "a supplier's name", MAX_NAME)
    if queries.find_supplier(connection, wanted) is not None:
        raise Conflict(f"supplier {wanted} exists already")
    queries.insert_supplier(
        connection,
        name=wanted,
        contact=optional_text(contact, "a supplier's contact", MAX_CONTACT),
        currency=check_currency(currency),
        lead_time_days=None if lead_time_days is None else _check_lead_time(lead_time_days),
        active=True,
        created_at=at,
    )
    text = f"Supplier {wanted} was added"
    note(connection, at=at, who=who, what="supplier.added", subject=wanted, text=text)
    changes.bump(connection, facts=False)
    return require_supplier(connection, wanted)


def change_supplier(
    connection: Connection,
    *,
    name: str,
    at: datetime,
    who: str,
    contact: str | None = None,
    currency: str | None = None,
    lead_time_days: int | None = None,
    active: bool | None = None,
) -> SupplierRow:
    """Change what is given: None leaves it, an empty text empties it, a lead time of 0 too. Orders that are
    there keep their currency. Raises NotFound, Invalid.
    """
    before = require_supplier(connection, name)
    values: dict[str, str | int | bool | None] = {}
    if contact is not None:
        values["contact"] = optional_text(contact, "a supplier's contact", MAX_CONTACT)
    if currency is not None:
        values["currency"] = check_currency(currency)
    if lead_time_days is not None:
        values["lead_time_days"] = _check_lead_time(lead_time_days) or None
    if active is not None:
        values["active"] = active
    changed = {key: value for key, value in values.items() if getattr(before, key) != value}
    if changed:
        queries.set_supplier(connection, before.id, **changed)
        said = ", ".join(f"{key} {getattr(before, key)!r} → {value!r}" for key, value in changed.items())
        text = f"Supplier {name} was changed: {said}"
        was = {key: getattr(before, key) for key in changed}
        note(
            connection, at=at, who=who, what="supplier.changed", subject=name, text=text, before=was,
            after=changed,
        )  # fmt: skip
        changes.bump(connection, facts=False)
    return require_supplier(connection, name)


def check_currency(currency: str) -> str:
    """Give back a currency as ISO 4217 writes it. Raises Invalid."""
    if not _CURRENCY.fullmatch(currency):
        raise Invalid(f"a currency has three capitals such as EUR, not {currency[:20]!r}")
    return currency


def _check_lead_time(days: int) -> int:
    if not 0 <= days <= MAX_LEAD_TIME_DAYS:
        raise Invalid(f"a lead time is 0 to {MAX_LEAD_TIME_DAYS} days, not {days}")
    return days


def require_supplier(connection: Connection, name: str) -> SupplierRow:
    """Find a supplier. Raises NotFound."""
    found = queries.find_supplier(connection, name)
    if found is None:
        raise NotFound(f"supplier {name[:MAX_NAME]} does not exist")
    return found


def list_suppliers(
    connection: Connection,
    today: date,
    *,
    beginning: str = "",
    after: tuple[str] | None = None,
    limit: int = 1000,
) -> list[SupplierListing]:
    """Give suppliers by name, each with how it delivers. after: only those behind this name."""
    counts = queries.delivered_lines(connection, today.isoformat())
    open_orders = queries.open_orders(connection)
    return [
        SupplierListing(
            supplier=supplier,
            open_orders=open_orders.get(supplier.id, 0),
            delivered=_delivered(counts.get(supplier.id, (0, 0, 0))),
        )
        for supplier in queries.list_suppliers(connection, beginning=beginning, after=after, limit=limit)
    ]


def supplier_view(connection: Connection, name: str, today: date, *, limit: int = 100) -> SupplierView:
    """Give a supplier whole. Raises NotFound."""
    supplier = require_supplier(connection, name)
    counts = queries.delivered_lines(connection, today.isoformat(), supplier.id)
    return SupplierView(
        supplier=supplier,
        delivered=_delivered(counts.get(supplier.id, (0, 0, 0))),
        parts=queries.parts_of(connection, supplier.id),
        orders=orders.list_orders(connection, supplier=name, limit=limit),
    )


def _delivered(counts: tuple[int, int, int]) -> Delivered:
    delivered, in_time, overdue = counts
    due = delivered + overdue
    return Delivered(
        delivered=delivered, in_time=in_time, overdue=overdue, on_time=in_time / due if due else None
    )
