"""Suppliers and purchase orders over HTTP. What joins them to lots is served by the lots."""

from typing import Annotated

from fastapi import APIRouter, Query

from lotline_server.core.caller import By
from lotline_server.core.quantity import Amount, parse_amount
from lotline_server.core.strict_json import Form, StrictRoute
from lotline_server.core.web import Needs
from lotline_server.purchasing import queries, service
from lotline_server.purchasing.queries import OrderLineRow, OrderRow, SupplierRow

router = APIRouter(prefix="/api/v1", tags=["purchasing"], route_class=StrictRoute)


class NewSupplier(Form):
    """A supplier to be created."""

    name: str
    contact: str | None = None
    currency: str = "EUR"


class NewOrder(Form):
    """A draft to be created. currency: the supplier's where it is left out."""

    number: str
    supplier: str
    project: str | None = None
    currency: str | None = None
    notes: str | None = None


class NewLine(Form):
    """A line to be added to a draft. price: for one uom, a decimal as text; left out where unknown."""

    part_number: str
    quantity: Amount
    price: Amount | None = None
    estimated_delivery: str | None = None


class OrderChange(Form):
    """Another status of an order, and why."""

    status: str
    reason: str | None = None


@router.get("/suppliers")
def list_suppliers(
    needs: Needs, q: str = "", limit: Annotated[int, Query(ge=1, le=1000)] = 1000
) -> list[SupplierRow]:
    """List suppliers by name; `q` is how the name begins."""
    with needs.database.read() as connection:
        return queries.list_suppliers(connection, beginning=q, limit=limit)


@router.post("/suppliers", status_code=201)
def create_supplier(form: NewSupplier, needs: Needs, by: By) -> SupplierRow:
    """Create a supplier."""
    with needs.database.write() as connection:
        return service.add_supplier(
            connection, name=form.name, contact=form.contact, currency=form.currency, at=needs.clock(),
            who=by.name,
        )  # fmt: skip


@router.get("/purchase-orders")
def list_orders(
    needs: Needs,
    *,
    q: str = "",
    status: str | None = None,
    supplier: str | None = None,
    project: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> list[OrderRow]:
    """List purchase orders, the newest first; `q` is how the number begins."""
    with needs.database.read() as connection:
        return queries.list_orders(
            connection,
            beginning=q,
            status=status,
            supplier=supplier,
            project=project,
            limit=limit,
            offset=offset,
        )


@router.post("/purchase-orders", status_code=201)
def create_order(form: NewOrder, needs: Needs, by: By) -> OrderRow:
    """Create a draft."""
    with needs.database.write() as connection:
        return service.add_order(
            connection,
            number=form.number,
            supplier=form.supplier,
            project=form.project,
            currency=form.currency,
            notes=form.notes,
            at=needs.clock(),
            who=by.name,
        )


@router.post("/purchase-orders/{number:path}/lines", status_code=201)
def create_line(number: str, form: NewLine, needs: Needs, by: By) -> OrderLineRow:
    """Add a line to a draft."""
    with needs.database.write() as connection:
        return service.add_line(
            connection,
            order=number,
            part_number=form.part_number,
            quantity=parse_amount(form.quantity, "quantity"),
            price=None if form.price is None else parse_amount(form.price, "price"),
            estimated_delivery=form.estimated_delivery,
            at=needs.clock(),
            who=by.name,
        )


@router.patch("/purchase-orders/{number:path}")
def change_order(number: str, form: OrderChange, needs: Needs, by: By) -> OrderRow:
    """Give an order another status."""
    with needs.database.write() as connection:
        return service.set_status(
            connection, order=number, status=form.status, reason=form.reason, at=needs.clock(), who=by.name
        )
