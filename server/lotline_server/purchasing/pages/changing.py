"""What people say of an order: edit its draft, send it, confirm it with days, cancel or close it."""

from collections.abc import Callable
from typing import Any

from fastapi.responses import Response

from lotline_server.core.caller import By
from lotline_server.core.errors import Conflict, Invalid, NotFound
from lotline_server.core.web import Needs
from lotline_server.lots import procurement
from lotline_server.parts.typed import typed_part
from lotline_server.projects import queries as projects
from lotline_server.purchasing import importing, service, supplier_queries
from lotline_server.purchasing.pages.order import order_page
from lotline_server.purchasing.pages.tables import LINES
from lotline_server.purchasing.suppliers import require_supplier
from lotline_server.site import queries as site
from lotline_server.web import forms
from lotline_server.web.forms import Filled
from lotline_server.web.links import order_url
from lotline_server.web.page import Shown
from lotline_server.web.route import pages_router
from lotline_server.web.shown import sentence

router = pages_router()


@router.get("/purchasing/{number:path}/edit")
def edit_order(number: str, needs: Needs, page: Shown) -> Response:
    """Show a draft with the forms that change it."""
    return _edit(number, needs, page)


def _edit(number: str, needs: Needs, page: Shown, form: Filled | None = None, **more: Any) -> Response:
    with needs.database.read() as connection:
        found = procurement.order_view(connection, number, site.today(connection, page.now))
        known = supplier_queries.list_suppliers(connection, only_active=True)
        names = [project.name for project in projects.list_projects(connection)]
    shown: dict[str, Any] = {"preview": None, **more}
    return page.html(
        "order_edit.html",
        place="/purchasing",
        form=form,
        status=422 if form is not None and form.errors else 200,
        found=found,
        order=found.order,
        view=LINES.asked(page.request).view(found.lines, matching=len(found.lines)),
        suppliers=known,
        projects=names,
        is_draft=found.order.status == "draft",
        **shown,
    )


@router.post("/purchasing/{number:path}/edit")
def change_order(number: str, needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Change what an order says of itself."""
    if not form.errors:
        try:
            with needs.database.write() as connection:
                before = service.require_order(connection, number)
                if not form.outdated(before):
                    service.change_order(
                        connection, order=number, supplier=form.text("supplier") or None,
                        project=form.text("project"), currency=form.text("currency") or None,
                        notes=form.text("notes"), at=page.now, who=by.name,
                    )  # fmt: skip
        except (Invalid, Conflict, NotFound) as error:
            form.errors[""] = sentence(error)
    if form.errors:
        return _edit(number, needs, page, form)
    return page.done(f"{order_url(number)}/edit", page.say("Order %(number)s was changed.", number=number))


@router.post("/purchasing/{number:path}/lines")
def create_line(number: str, needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Add a line to a draft."""
    form.need("part_number", page.say("Pick the part."))
    quantity = form.amount("quantity", "the quantity")
    price = form.amount("price", "the price") if form.text("price") else None
    part_number = ""
    if not form.errors:
        try:
            with needs.database.write() as connection:
                part_number = typed_part(connection, form.text("part_number")).part_number
                service.add_line(
                    connection, order=number, part_number=part_number, quantity=quantity, price=price,
                    estimated_delivery=form.text("estimated_delivery"), at=page.now, who=by.name,
                )  # fmt: skip
        except (Invalid, Conflict, NotFound) as error:
            form.errors["quantity" if part_number else "part_number"] = sentence(error)
    if form.errors:
        return _edit(number, needs, page, form)
    said = page.say("%(part)s was added.", part=part_number)
    return page.done(f"{order_url(number)}/edit#add", said)


@router.post("/purchasing/{number:path}/import")
def import_lines(number: str, needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Show what becomes of each row of a table, or add them all."""
    text = form.need("table", page.say("Paste the rows, with a heading."))
    preview, added = None, None
    if not form.errors:
        try:
            if form.text("do") == "add":
                with needs.database.write() as connection:
                    added = importing.add_rows(connection, order=number, text=text, at=page.now, who=by.name)
            else:
                with needs.database.read() as connection:
                    preview = importing.preview(connection, order=number, text=text)
        except (Invalid, Conflict) as error:
            form.errors["table"] = sentence(error)
    if added is None:
        return _edit(number, needs, page, form, preview=preview)
    said = page.say_many("%(num)s line was added.", "%(num)s lines were added.", added)
    return page.done(f"{order_url(number)}/edit", said)


@router.get("/purchasing/{number:path}/dates")
def ask_dates(number: str, needs: Needs, page: Shown) -> Response:
    """Show the form that sends an order, or confirms it, with the day of each line."""
    return _dates(number, needs, page)


def _dates(number: str, needs: Needs, page: Shown, form: Filled | None = None) -> Response:
    with needs.database.read() as connection:
        found = procurement.order_view(connection, number, site.today(connection, page.now))
        supplier = require_supplier(connection, found.order.supplier)
    return page.html(
        "order_dates.html",
        place="/purchasing",
        form=form,
        status=422 if form is not None and form.errors else 200,
        found=found,
        order=found.order,
        supplier=supplier,
    )


@router.post("/purchasing/{number:path}/dates")
def say_dates(number: str, needs: Needs, by: By, page: Shown, form: forms.SentLong) -> Response:
    """Send or confirm an order."""
    status = form.text("status")
    dates = {
        int(name.removeprefix("day:")): form.text(name)
        for name in form.values
        if name.startswith("day:") and name.removeprefix("day:").isdigit() and form.text(name)
    }

    def write(connection: Any) -> None:
        if status not in {"sent", "confirmed"}:
            raise Invalid("an order is sent, or confirmed")
        service.set_status(connection, order=number, status=status, dates=dates, at=page.now, who=by.name)

    if not _written(needs, form, write):
        return _dates(number, needs, page, form)
    said = {"sent": page.say("Order %(number)s is sent.", number=number)}.get(
        status, page.say("Order %(number)s is confirmed.", number=number)
    )
    return page.done(order_url(number), said)


@router.post("/purchasing/{number:path}/end")
def end_order(number: str, needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Cancel an order, or say that the rest of it will not come."""
    status = "received" if form.text("status") == "received" else "cancelled"
    form.need("reason", page.say("Say why."))

    def write(connection: Any) -> None:
        service.set_status(
            connection, order=number, status=status, reason=form.text("reason"), at=page.now, who=by.name
        )

    if not _written(needs, form, write):
        return order_page(number, needs, page, form)
    said = (
        page.say("Order %(number)s is cancelled.", number=number)
        if status == "cancelled"
        else page.say("Order %(number)s is received: the rest will not come.", number=number)
    )
    return page.done(order_url(number), said)


def _written(needs: Needs, form: Filled, write: Callable[[Any], None]) -> bool:
    """Do it in one transaction; tell whether it was done, and note what is wrong where it was not."""
    if not form.errors:
        try:
            with needs.database.write() as connection:
                write(connection)
        except (Invalid, Conflict, NotFound) as error:
            form.errors[""] = sentence(error)
    return not form.errors
