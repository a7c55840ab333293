"""Purchase orders and the lots they are for, over HTTP."""

from fastapi import APIRouter

from lotline_server.core.caller import By
from lotline_server.core.quantity import Amount, parse_amount
from lotline_server.core.strict_json import Form, StrictRoute
from lotline_server.core.web import Needs
from lotline_server.lots import procurement
from lotline_server.lots.procurement import LineView, OrderView, Procurement

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


class Shortages(Form):
    """The draft order that a lot's shortages become."""

    number: str
    supplier: str
    estimated_delivery: str | None = None


@router.get("/late-lines")
def list_late(needs: Needs) -> list[LineView]:
    """List the order lines that are late, each with the lots it delays."""
    with needs.database.read() as connection:
        return procurement.late_lines(connection, needs.clock().astimezone().date())


@router.get("/lots/{lot:path}/procurement")
def get_procurement(lot: str, needs: Needs) -> Procurement:
    """Give what a lot needs, what is there, what is on order for it and when it comes."""
    with needs.database.read() as connection:
        return procurement.procurement(connection, lot, needs.clock().astimezone().date())


@router.post("/lots/{lot:path}/order-shortages", status_code=201)
def order_shortages(lot: str, form: Shortages, needs: Needs, by: By) -> OrderView:
    """Make a draft order of all that a lot is short of."""
    with needs.database.write() as connection:
        return procurement.order_shortages(
            connection,
            lot=lot,
            supplier=form.supplier,
            number=form.number,
            estimated_delivery=form.estimated_delivery,
            at=needs.clock(),
            who=by.name,
        )


@router.get("/purchase-orders/{number:path}")
def get_order(number: str, needs: Needs) -> OrderView:
    """Show one purchase order with its lines, what arrived, and what was said of it."""
    with needs.database.read() as connection:
        return procurement.order_view(connection, number, needs.clock().astimezone().date())


@router.put("/purchase-orders/{number:path}/lines/{position}/lots")
def assign_line(number: str, position: int, form: Share, needs: Needs, by: By) -> LineView:
    """Say how much of a line is for a lot."""
    with needs.database.write() as connection:
        return procurement.assign(
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
        return procurement.receive(
            connection,
            order=number,
            position=position,
            receipt_id=form.receipt_id,
            quantity=parse_amount(form.quantity, "quantity"),
            location=form.location,
            delivered_on=form.delivered_on,
            at=needs.clock(),
            who=by.name,
        )


@router.patch("/purchase-orders/{number:path}/lines/{position}")
def change_line(number: str, position: int, form: LineChange, needs: Needs, by: By) -> LineView:
    """Change a line."""
    with needs.database.write() as connection:
        return procurement.change_line(
            connection,
            order=number,
            position=position,
            quantity=None if form.quantity is None else parse_amount(form.quantity, "quantity"),
            price=None if form.price is None else parse_amount(form.price, "price"),
            estimated_delivery=form.estimated_delivery,
            at=needs.clock(),
            who=by.name,
        )
