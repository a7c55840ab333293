"""Receiving: what arrived of each line, where it was put; and taking a wrong receipt back."""

from decimal import Decimal
from uuid import uuid4

from fastapi.responses import Response

from lotline_server.core.caller import By
from lotline_server.core.errors import Conflict, Invalid, NotFound
from lotline_server.core.quantity import parse_amount
from lotline_server.core.web import Needs
from lotline_server.inventory import queries as inventory
from lotline_server.lots import ordering, procurement
from lotline_server.purchasing import receiving as rules
from lotline_server.purchasing.pages.order import order_page
from lotline_server.site import queries as site
from lotline_server.web import forms
from lotline_server.web.forms import Filled
from lotline_server.web.links import order_url
from lotline_server.web.page import Shown
from lotline_server.web.route import pages_router
from lotline_server.web.shown import sentence

router = pages_router()


@router.get("/purchasing/{number:path}/receive")
def ask_delivery(number: str, needs: Needs, page: Shown, line: int | None = None) -> Response:
    """Show the form of a delivery, filled with all that is still to come. line: with only that of one line"""
    with needs.database.read() as connection:
        found = procurement.order_view(connection, number, site.today(connection, page.now))
        values = {
            "delivery_id": uuid4().hex,
            "delivered_on": site.today(connection, page.now).isoformat(),
        }
    for each in found.lines:
        to_come = each.line.quantity - each.line.received
        if to_come > 0 and line in {None, each.line.position}:
            values[f"arrived:{each.line.position}"] = f"{to_come:f}"
    return _form(number, needs, page, Filled(values=values))


def _form(number: str, needs: Needs, page: Shown, form: Filled) -> Response:
    with needs.database.read() as connection:
        found = procurement.order_view(connection, number, site.today(connection, page.now))
        locations = inventory.list_locations(connection)
        usual = {each.line.position: ordering.usual_place(connection, each.line) for each in found.lines}
    return page.html(
        "order_receive.html",
        place="/purchasing",
        form=form,
        status=422 if form.errors else 200,
        order=found.order,
        lines=[each.line for each in found.lines if each.line.received < each.line.quantity],
        locations=[each.name for each in locations],
        usual=usual,
    )


@router.post("/purchasing/{number:path}/receive")
def receive_delivery(number: str, needs: Needs, by: By, page: Shown, form: forms.SentLong) -> Response:
    """Take in a delivery, once, or show the form again with what is wrong."""
    arrived = _read(form)
    if not form.errors and not arrived:
        form.errors[""] = page.say("Nothing arrived: type how much came of at least one line.")
    if not form.errors:
        try:
            with needs.database.write() as connection:
                ordering.deliver(
                    connection, order=number, delivery_id=form.text("delivery_id"), arrived=arrived,
                    delivered_on=form.text("delivered_on"), packing_slip=form.text("packing_slip"),
                    at=page.now, who=by.name,
                )  # fmt: skip
        except (Invalid, Conflict, NotFound) as error:
            form.errors[""] = sentence(error)
    if form.errors:
        return _form(number, needs, page, form)
    said = page.say_many("%(num)s line was received.", "%(num)s lines were received.", len(arrived))
    return page.done(order_url(number), said)


def _read(form: Filled) -> list[tuple[int, Decimal, str | None]]:
    arrived = []
    for name in form.values:
        position = name.removeprefix("arrived:")
        if name.startswith("arrived:") and position.isdigit() and form.text(name):
            try:
                quantity = parse_amount(form.text(name), f"line {position}", low=0)
            except Invalid as error:
                form.errors[name] = sentence(error)
                continue
            if quantity:
                arrived.append((int(position), quantity, form.text(f"location:{position}") or None))
    return arrived


@router.post("/purchasing/{number:path}/take-back")
def take_back(number: str, needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Take a wrong receipt back, or show the order again with what is wrong."""
    reason = form.need("reason", page.say("Say what was wrong."))
    if not form.errors:
        try:
            with needs.database.write() as connection:
                rules.take_back(
                    connection, receipt_id=form.text("receipt_id"), reason=reason, at=page.now, who=by.name
                )
        except (Invalid, Conflict, NotFound) as error:
            form.errors[""] = sentence(error)
    if form.errors:
        return order_page(number, needs, page, form)
    return page.done(order_url(number), page.say("The receipt was taken back."))
