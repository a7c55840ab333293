"""Suppliers and purchase orders over HTTP. What joins them to lots is served by the lots."""

from dataclasses import dataclass

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from lotline_server.core.caller import By
from lotline_server.core.etags import Tag
from lotline_server.core.paging import Paged
from lotline_server.core.quantity import Amount, parse_amount
from lotline_server.core.strict_json import Form, StrictRoute
from lotline_server.core.web import Needs
from lotline_server.purchasing import importing, queries, receiving, service, suppliers
from lotline_server.purchasing.importing import ImportRow
from lotline_server.purchasing.queries import OrderLineRow, OrderRow
from lotline_server.purchasing.receipt_queries import ReceiptRow
from lotline_server.purchasing.supplier_queries import SupplierRow
from lotline_server.purchasing.suppliers import SupplierListing, SupplierView
from lotline_server.site import queries as site

router = APIRouter(prefix="/api/v1", tags=["purchasing"], route_class=StrictRoute)


class NewSupplier(Form):
    """A supplier to be created. lead_time_days: how long it usually takes."""

    name: str
    contact: str | None = None
    currency: str = "EUR"
    lead_time_days: int | None = None


class SupplierChange(Form):
    """What is to be changed of a supplier; an empty text, or a lead time of 0, empties it."""

    contact: str | None = None
    currency: str | None = None
    lead_time_days: int | None = None
    active: bool | None = None


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


class LineDate(Form):
    """The day that the supplier names for a line."""

    position: int
    day: str


class OrderChange(Form):
    """What is to be changed of an order. status: with `reason` where it is cancelled or the rest will not
    come, and with `dates` where it is sent or confirmed. supplier, currency: only of a draft
    """

    status: str | None = None
    reason: str | None = None
    dates: list[LineDate] = Field(default_factory=list)
    supplier: str | None = None
    project: str | None = None
    currency: str | None = None
    notes: str | None = None


class TakenBack(Form):
    """Why a receipt was wrong."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NextNumber:
    """A number that no order has yet."""

    number: str


@router.get("/suppliers")
def list_suppliers(needs: Needs, pages: Paged, q: str = "") -> list[SupplierListing]:
    """List suppliers by name, each with how it delivers; `q` is how the name begins."""
    with needs.database.read() as connection:
        today = site.today(connection, needs.clock())
        found = suppliers.list_suppliers(
            connection, today, beginning=q, after=pages.after(str), limit=pages.ask
        )
    return pages.cut(found, lambda row: (row.supplier.name,))


@router.post("/suppliers", status_code=201)
def create_supplier(form: NewSupplier, needs: Needs, by: By) -> SupplierRow:
    """Create a supplier."""
    with needs.database.write() as connection:
        return suppliers.add_supplier(
            connection, name=form.name, contact=form.contact, currency=form.currency,
            lead_time_days=form.lead_time_days, at=needs.clock(), who=by.name,
        )  # fmt: skip


@router.get("/suppliers/{name:path}")
def get_supplier(name: str, needs: Needs, tag: Tag) -> SupplierView:
    """Show one supplier with its orders, its parts, and how much of it came in time."""
    with needs.database.read() as connection:
        view = suppliers.supplier_view(connection, name, site.today(connection, needs.clock()))
        return tag.of(view, view.supplier)


@router.patch("/suppliers/{name:path}")
def change_supplier(name: str, form: SupplierChange, needs: Needs, by: By, tag: Tag) -> SupplierRow:
    """Change a supplier."""
    with needs.database.write() as connection:
        tag.check(suppliers.require_supplier(connection, name))
        return tag.of(
            suppliers.change_supplier(
                connection,
                name=name,
                contact=form.contact,
                currency=form.currency,
                lead_time_days=form.lead_time_days,
                active=form.active,
                at=needs.clock(),
                who=by.name,
            )
        )


@router.get("/next-order-number")
def next_number(needs: Needs) -> NextNumber:
    """Suggest the number of the next order."""
    with needs.database.read() as connection:
        return NextNumber(number=service.next_number(connection, needs.clock()))


@router.get("/purchase-orders")
def list_orders(
    needs: Needs,
    *,
    q: str = "",
    status: str | None = None,
    supplier: str | None = None,
    project: str | None = None,
    late: bool = False,
    pages: Paged,
) -> list[OrderRow]:
    """List purchase orders, the newest first; `q` is how the number begins, `late` asks for late ones."""
    with needs.database.read() as connection:
        found = queries.list_orders(
            connection,
            beginning=q,
            status=status,
            supplier=supplier,
            project=project,
            late_on=site.today(connection, needs.clock()).isoformat() if late else None,
            after=pages.after(int),
            limit=pages.ask,
        )
    return pages.cut(found, lambda row: (row.id,))


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


class Table(Form):
    """Lines as a table with a heading: part, quantity, price, delivery. add: False only shows them."""

    table: str
    add: bool = True

    model_config = ConfigDict(str_max_length=500_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The rows of a table, and how many lines they became: none where they were only looked at."""

    added: int
    rows: list[ImportRow]


@router.post("/purchase-orders/{number:path}/lines/import", status_code=201)
def import_lines(number: str, form: Table, needs: Needs, by: By) -> Imported:
    """Add lines from a table, all or none, or only show what would become of each row."""
    if not form.add:
        with needs.database.read() as connection:
            return Imported(added=0, rows=importing.preview(connection, order=number, text=form.table))
    with needs.database.write() as connection:
        rows = importing.preview(connection, order=number, text=form.table)
        added = importing.add_rows(connection, order=number, text=form.table, at=needs.clock(), who=by.name)
        return Imported(added=added, rows=rows)


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


@router.post("/purchase-receipts/{receipt_id:path}/take-back", status_code=201)
def take_back_receipt(receipt_id: str, form: TakenBack, needs: Needs, by: By) -> ReceiptRow:
    """Correct a wrong receipt by a counter-entry."""
    with needs.database.write() as connection:
        return receiving.take_back(
            connection, receipt_id=receipt_id, reason=form.reason, at=needs.clock(), who=by.name
        )


@router.patch("/purchase-orders/{number:path}")
def change_order(number: str, form: OrderChange, needs: Needs, by: By, tag: Tag) -> OrderRow:
    """Change what is given of an order, and then its status."""
    at = needs.clock()
    with needs.database.write() as connection:
        tag.check(service.order_state(connection, number))
        service.change_order(
            connection, order=number, supplier=form.supplier, project=form.project, currency=form.currency,
            notes=form.notes, at=at, who=by.name,
        )  # fmt: skip
        if form.status is not None:
            dates = {each.position: each.day for each in form.dates}
            service.set_status(
                connection, order=number, status=form.status, reason=form.reason, dates=dates, at=at,
                who=by.name,
            )  # fmt: skip
        return tag.of(service.require_order(connection, number), service.order_state(connection, number))
