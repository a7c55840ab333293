"""Purchase orders and the lots they are for, over HTTP."""

from fastapi import APIRouter, Response

from lotline_server.core.caller import By
from lotline_server.core.etags import Tag
from lotline_server.core.paging import Paged
from lotline_server.core.quantity import Amount, parse_amount
from lotline_server.core.strict_json import Form, StrictRoute
from lotline_server.core.web import Needs
from lotline_server.lots import ordering, procurement
from lotline_server.lots.procurement import LineView, OrderView, Procurement
from lotline_server.purchasing.paper import order_pdf
from lotline_server.purchasing.service import order_state
from lotline_server.purchasing.suppliers import require_supplier
from lotline_server.site import queries as site

router = APIRouter(prefix="/api/v1", tags=["purchasing"], route_class=StrictRoute)


class Share(Form):
    """How much of a line is for a lot; 0 takes it off."""

    lot: str
    quantity: Amount


class LineChange(Form):
    """What is to be changed of a line; quantity and price only in a draft."""

    quantity: Amount | None = None
    price: Amount | None = None
    estimated_delivery: str | None = None


class Receipt(Form):
    """What arrived. receipt_id: names this delivery, so that a repetition changes nothing.

    location: left out, units of a lot built outside come in untested and all else to Stock
    """

    receipt_id: str
    quantity: Amount
    location: str | None = None
    delivered_on: str | None = None
    packing_slip: str | None = None


class ArrivedLine(Form):
    """What arrived of one line of a delivery."""

    position: int
    quantity: Amount
    location: str | None = None


class Delivery(Form):
    """A delivery. delivery_id: names it, so that a repetition changes nothing. lines: left out, everything
    that is still to come. location: of the lines that name none of their own
    """

    delivery_id: str
    lines: list[ArrivedLine] | None = None
    location: str | None = None
    delivered_on: str | None = None
    packing_slip: str | None = None


class Shortages(Form):
    """The draft order that a lot's shortages become."""

    number: str
    supplier: str
    estimated_delivery: str | None = None


@router.get("/late-lines")
def list_late_lines(needs: Needs, pages: Paged) -> list[LineView]:
    """List the order lines that are late, each with the lots it delays."""
    with needs.database.read() as connection:
        found = procurement.late_lines(connection, site.today(connection, needs.clock()))
    return pages.among(found, lambda row: (row.line.estimated_delivery or "", row.line.id))


@router.get("/lots/{lot:path}/procurement")
def get_procurement(lot: str, needs: Needs) -> Procurement:
    """Give what a lot needs, what is there, what is on order for it and when it comes."""
    with needs.database.read() as connection:
        return procurement.procurement(connection, lot, site.today(connection, needs.clock()))


@router.post("/lots/{lot:path}/order-shortages", status_code=201)
def order_shortages(lot: str, form: Shortages, needs: Needs, by: By) -> OrderView:
    """Make a draft order of all that a lot is short of."""
    with needs.database.write() as connection:
        return ordering.order_shortages(
            connection,
            lot=lot,
            supplier=form.supplier,
            number=form.number,
            estimated_delivery=form.estimated_delivery,
            at=needs.clock(),
            who=by.name,
        )


@router.get("/purchase-orders/{number:path}/order.pdf", response_class=Response)
def get_pdf(number: str, needs: Needs) -> Response:
    """Give an order as the supplier gets it."""
    with needs.database.read() as connection:
        order, lines = order_state(connection, number)
        supplier = require_supplier(connection, order.supplier)
        day = site.today(connection, needs.clock())
    made = order_pdf(order, lines, supplier, day=day, at=needs.clock())
    return Response(made, media_type="application/pdf")


@router.get("/purchase-orders/{number:path}")
def get_order(number: str, needs: Needs, tag: Tag) -> OrderView:
    """Show one purchase order with its lines, what arrived, and what was said of it."""
    with needs.database.read() as connection:
        view = procurement.order_view(connection, number, site.today(connection, needs.clock()))
        return tag.of(view, order_state(connection, number))


@router.put("/purchase-orders/{number:path}/lines/{position}/lots")
def assign_line(  # noqa: PLR0917 - FastAPI hands them over by name
    number: str, position: int, form: Share, needs: Needs, by: By, tag: Tag
) -> LineView:
    """Say how much of a line is for a lot."""
    with needs.database.write() as connection:
        tag.check(order_state(connection, number))
        return ordering.assign(
            connection,
            order=number,
            position=position,
            lot=form.lot,
            quantity=parse_amount(form.quantity, "quantity"),
            at=needs.clock(),
            who=by.name,
        )


@router.post("/purchase-orders/{number:path}/lines/{position}/receipts", status_code=201)
def receive_line(number: str, position: int, form: Receipt, needs: Needs, by: By) -> LineView:
    """Take in what arrived of a line."""
    with needs.database.write() as connection:
        return ordering.receive(
            connection,
            order=number,
            position=position,
            receipt_id=form.receipt_id,
            quantity=parse_amount(form.quantity, "quantity"),
            location=form.location,
            delivered_on=form.delivered_on,
            packing_slip=form.packing_slip,
            at=needs.clock(),
            who=by.name,
        )


@router.post("/purchase-orders/{number:path}/deliveries", status_code=201)
def receive_delivery(number: str, form: Delivery, needs: Needs, by: By) -> OrderView:
    """Take in a delivery of several lines, or everything that is still to come."""
    arrived = None
    if form.lines is not None:
        arrived = [
            (each.position, parse_amount(each.quantity, "quantity"), each.location) for each in form.lines
        ]
    with needs.database.write() as connection:
        return ordering.deliver(
            connection,
            order=number,
            delivery_id=form.delivery_id,
            arrived=arrived,
            location=form.location,
            delivered_on=form.delivered_on,
            packing_slip=form.packing_slip,
            at=needs.clock(),
            who=by.name,
        )


@router.delete("/purchase-orders/{number:path}/lines/{position}", status_code=204)
def remove_line(number: str, position: int, needs: Needs, by: By, tag: Tag) -> Response:
    """Take a line off a draft."""
    with needs.database.write() as connection:
        tag.check(order_state(connection, number))
        ordering.remove_line(connection, order=number, position=position, at=needs.clock(), who=by.name)
    return Response(status_code=204)


@router.patch("/purchase-orders/{number:path}/lines/{position}")
def change_line(  # noqa: PLR0917 - FastAPI hands them over by name
    number: str, position: int, form: LineChange, needs: Needs, by: By, tag: Tag
) -> LineView:
    """Change a line."""
    with needs.database.write() as connection:
        tag.check(order_state(connection, number))
        return ordering.change_line(
            connection,
            order=number,
            position=position,
            quantity=None if form.quantity is None else parse_amount(form.quantity, "quantity"),
            price=None if form.price is None else parse_amount(form.price, "price"),
            estimated_delivery=form.estimated_delivery,
            at=needs.clock(),
            who=by.name,
        )
