"""Suppliers, purchase orders and stock."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from lotline_client.link import Link, read_answer
from lotline_client.production import named, tagged
from lotline_client.things import (
    Level,
    LineView,
    Movement,
    Order,
    OrderHead,
    OrderLine,
    Posted,
    Supplier,
    SupplierListing,
)

Amount = Decimal | int | str
"""A quantity or a price: exact, so never a float."""


class Materials:
    """The part of a lot server that knows what is bought and kept."""

    _link: Link

    def suppliers(self) -> Iterator[Supplier]:
        """Give the suppliers by name."""
        return (each.supplier for each in self._link.pages("/api/v1/suppliers", SupplierListing, {}))

    def create_supplier(self, name: str, *, key: str | None = None, **said: Any) -> Supplier:
        """Create a supplier. said: contact, currency, lead_time_days."""
        return read_answer(
            self._link.change("POST", named("suppliers"), {"name": name, **said}, key=key), Supplier
        )

    def orders(
        self, *, status: str | None = None, supplier: str | None = None, project: str | None = None
    ) -> Iterator[OrderHead]:
        """Give purchase orders, the newest first."""
        asked = {"status": status, "supplier": supplier, "project": project}
        return self._link.pages("/api/v1/purchase-orders", OrderHead, asked)

    def order(self, number: str) -> Order:
        """Give one purchase order with its lines."""
        return tagged(self._link.send("GET", named("purchase-orders", number)), Order)

    def create_order(self, number: str, *, supplier: str, key: str | None = None, **said: Any) -> OrderHead:
        """Create a draft. said: project, currency, notes."""
        body = {"number": number, "supplier": supplier, **said}
        return read_answer(self._link.change("POST", named("purchase-orders"), body, key=key), OrderHead)

    def add_line(
        self,
        number: str,
        *,
        part_number: str,
        quantity: Amount,
        price: Amount | None = None,
        estimated_delivery: str | None = None,
        key: str | None = None,
    ) -> OrderLine:
        """Add a line to a draft."""
        body = {
            "part_number": part_number,
            "quantity": str(quantity),
            "price": None if price is None else str(price),
            "estimated_delivery": estimated_delivery,
        }
        answer = self._link.change("POST", named("purchase-orders", number, "lines"), body, key=key)
        return read_answer(answer, OrderLine)

    def change_order(self, order: Order | str, *, key: str | None = None, **changes: Any) -> OrderHead:
        """Change an order, its status above all. Raises ChangedMeanwhile where an Order is given and is no
        more what was read.
        """
        number, tag = (order, None) if isinstance(order, str) else (order.order.number, order.tag or None)
        answer = self._link.change("PATCH", named("purchase-orders", number), changes, key=key, tag=tag)
        return read_answer(answer, OrderHead)

    def receive(
        self,
        number: str,
        position: int,
        *,
        receipt_id: str,
        quantity: Amount,
        location: str | None = None,
        delivered_on: str | None = None,
        key: str | None = None,
    ) -> LineView:
        """Take in what arrived of a line. receipt_id: names the delivery; told again, it changes nothing."""
        body = {
            "receipt_id": receipt_id,
            "quantity": str(quantity),
            "location": location,
            "delivered_on": delivered_on,
        }
        path = named("purchase-orders", number, "lines", position, "receipts")
        return read_answer(self._link.change("POST", path, body, key=key), LineView)

    def stock(
        self, *, part_number: str | None = None, beginning: str | None = None, location: str | None = None
    ) -> Iterator[Level]:
        """Give what lies where, by part number. beginning: of the part number."""
        asked = {"part_number": part_number, "q": beginning, "location": location}
        return self._link.pages("/api/v1/stock", Level, asked)

    def ledger(self, *, part_number: str | None = None, location: str | None = None) -> Iterator[Movement]:
        """Give the lines of the stock ledger, the newest first."""
        asked = {"part_number": part_number, "location": location}
        return self._link.pages("/api/v1/stock/ledger", Movement, asked)

    def post_stock(
        self, kind: str, part_number: str, quantity: Amount, *, key: str | None = None, **said: Any
    ) -> Posted:
        """Post a receipt, an issue, an adjustment, a count or a transfer. said: location, to_location,
        reason, reference.
        """
        body = {"kind": kind, "part_number": part_number, "quantity": str(quantity), **said}
        return read_answer(self._link.change("POST", named("stock", "postings"), body, key=key), Posted)
