"""A lot's BOM, what of it is there, and what comes: the tabs BOM and Procurement."""

from fastapi.responses import Response

from lotline_server.core.caller import By
from lotline_server.core.errors import Conflict, Refused
from lotline_server.core.web import Needs
from lotline_server.lots import material, ordering
from lotline_server.lots.material import require_key
from lotline_server.lots.pages.frame import in_frame, read_frame, show_tab
from lotline_server.lots.pages.material_tables import COMPONENTS, DIFFERENCES, LINES
from lotline_server.purchasing import service as purchasing
from lotline_server.purchasing import supplier_queries as suppliers
from lotline_server.web import forms, shown
from lotline_server.web.forms import Filled
from lotline_server.web.links import lot_url
from lotline_server.web.page import Page, Shown
from lotline_server.web.route import pages_router

router = pages_router()


@router.get("/lots/{lot:path}/bom")
def show_bom(lot: str, needs: Needs, page: Shown) -> Response:
    """Show what a lot needs of each component, and whether there is enough."""
    return _show_bom(lot, needs, page)


def _show_bom(lot: str, needs: Needs, page: Page, form: Filled | None = None) -> Response:
    asked = COMPONENTS.asked(page.request)
    with needs.database.read() as connection:
        frame = read_frame(connection, lot, page)
        sellers = [each for each in suppliers.list_suppliers(connection) if each.active]
        number = purchasing.next_number(connection, page.now)
        to_order = ordering.units_to_order(require_key(connection, lot), frame.supply.lines)
    lines = asked.order(frame.supply.supplies)
    view = asked.view(lines, matching=len(lines))
    if asked.csv:
        return page.table("lot_bom.html", view)
    found = frame.supply
    return show_tab(
        page,
        "lot_bom.html",
        frame,
        "bom",
        form=form,
        view=view,
        material=found.material,
        differences=DIFFERENCES.asked(page.request).view(
            found.material.differences, matching=len(found.material.differences)
        ),
        short=sum(each.component.shortage > 0 for each in found.supplies),
        unordered=sum(each.to_order > 0 for each in found.supplies)
        + int(frame.lot.kind == "built_outside" and to_order > 0),
        to_order=to_order,
        suppliers=sellers,
        next_number=number,
    )


@router.post("/lots/{lot:path}/issue")
def issue_material(lot: str, needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Issue what a lot consumed on release still needs."""
    units = 0
    if not form.errors:
        try:
            with needs.database.write() as connection:
                units = material.issue(connection, lot=lot, at=page.now, who=by.name)
        except Refused as error:
            form.errors[""] = shown.sentence(error)
    if form.errors:
        return _show_bom(lot, needs, page, form)
    said = page.say_many(
        "The material of %(num)s unit was issued.", "The material of %(num)s units was issued.", units
    )
    return page.done(f"{lot_url(lot)}/bom", said)


@router.post("/lots/{lot:path}/order")
def order_shortages(lot: str, needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Make a draft order of what a lot is short of."""
    supplier = form.need("supplier", page.say("Pick the supplier."))
    number = form.need("number", page.say("The order needs a number."))
    if not form.errors:
        try:
            with needs.database.write() as connection:
                made = ordering.order_shortages(
                    connection, lot=lot, supplier=supplier, number=number,
                    estimated_delivery=form.text("estimated_delivery") or None, at=page.now, who=by.name,
                )  # fmt: skip
        except Conflict as error:
            form.errors["number"] = shown.sentence(error)
        except Refused as error:
            form.errors[""] = shown.sentence(error)
    if form.errors:
        return _show_bom(lot, needs, page, form)
    said = page.say_many(
        "Draft order %(order)s was made, with %(num)s line. Look at it, then send it.",
        "Draft order %(order)s was made, with %(num)s lines. Look at it, then send it.",
        len(made.lines),
        order=number,
    )
    return page.done(f"{lot_url(lot)}/procurement", said)


@router.get("/lots/{lot:path}/procurement")
def show_procurement(lot: str, needs: Needs, page: Shown) -> Response:
    """Show the order lines that are for a lot."""
    asked = LINES.asked(page.request)
    with needs.database.read() as connection:
        frame = read_frame(connection, lot, page)
    lines = asked.order((view, lot, page.calendar.wall_date(page.now)) for view in frame.supply.lines)
    view = asked.view(lines, matching=len(lines))
    shown_ = in_frame(frame, "procurement")
    return page.table("lot_procurement.html", view, place="/lots", **shown_)
