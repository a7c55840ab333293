"""Suppliers: the list, one with its orders and parts, and the forms that add and change one."""

from typing import Any

from fastapi.responses import Response

from lotline_server.activity import queries as activity
from lotline_server.core.caller import By
from lotline_server.core.errors import Conflict, Invalid
from lotline_server.core.web import Needs
from lotline_server.inventory.pages.tables import beside
from lotline_server.purchasing import suppliers as rules
from lotline_server.purchasing.pages.tables import SUPPLIED, SUPPLIERS, orders_table
from lotline_server.site import queries as site
from lotline_server.web import forms
from lotline_server.web.forms import Filled
from lotline_server.web.links import supplier_url
from lotline_server.web.page import Shown
from lotline_server.web.route import pages_router
from lotline_server.web.shown import sentence

router = pages_router()


@router.get("/suppliers")
def show_suppliers(needs: Needs, page: Shown) -> Response:
    """List the suppliers."""
    asked = SUPPLIERS.asked(page.request)
    with needs.database.read() as connection:
        found = asked.order(rules.list_suppliers(connection, site.today(connection, page.now), limit=10_000))
    view = asked.view(asked.cut(found), matching=len(found))
    return page.table("suppliers.html", view, place="/purchasing")


@router.get("/new/supplier")
def new_supplier(page: Shown) -> Response:
    """Show the form of a new supplier."""
    return page.html("supplier_new.html", place="/purchasing", form=Filled(values={"currency": "EUR"}))


@router.post("/new/supplier")
def create_supplier(needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Add a supplier, or show the form again with what is wrong."""
    name = form.need("name", page.say("A supplier needs a name."))
    values = _read(form)
    if not form.errors:
        try:
            with needs.database.write() as connection:
                rules.add_supplier(connection, name=name, at=page.now, who=by.name, **values)
        except Conflict:
            form.errors["name"] = page.say("There is a supplier %(name)s already.", name=name)
        except Invalid as error:
            form.errors["currency" if "currency" in str(error) else "name"] = sentence(error)
    if form.errors:
        return page.again("supplier_new.html", form, place="/purchasing")
    return page.done(supplier_url(name), page.say("Supplier %(name)s was added.", name=name))


def _read(form: Filled) -> dict[str, Any]:
    most = rules.MAX_LEAD_TIME_DAYS
    lead_time = form.whole("lead_time_days", "The lead time", low=0, high=most, empty=0)
    return {
        "contact": form.text("contact"),
        "currency": form.text("currency").upper() or "EUR",
        "lead_time_days": lead_time,
    }


@router.get("/supplier")
def show_named_supplier(name: str, needs: Needs, page: Shown) -> Response:
    """Show a supplier whose name no path can hold."""
    return _supplier(name, needs, page)


@router.get("/suppliers/{name:path}")
def show_supplier(name: str, needs: Needs, page: Shown) -> Response:
    """Show one supplier."""
    return _supplier(name, needs, page)


def _supplier(name: str, needs: Needs, page: Shown, form: Filled | None = None) -> Response:
    with needs.database.read() as connection:
        today = site.today(connection, page.now)
        found = rules.supplier_view(connection, name, today)
        said = [
            entry
            for entry in activity.latest(connection, limit=50, subject=name)
            if entry.what.startswith("supplier.")
        ]
    return page.html(
        "supplier.html",
        place="/purchasing",
        form=form,
        status=422 if form is not None and form.errors else 200,
        found=found,
        supplier=found.supplier,
        orders=beside(orders_table(today), page.request, found.orders, without="supplier"),
        parts=beside(SUPPLIED, page.request, found.parts),
        history=said,
    )


@router.post("/suppliers/{name:path}")
def change_supplier(name: str, needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Change a supplier, or show it again with what is wrong."""
    values = _read(form)
    if not form.errors:
        try:
            with needs.database.write() as connection:
                if not form.outdated(rules.require_supplier(connection, name)):
                    rules.change_supplier(
                        connection, name=name, active=form.text("active") != "no", at=page.now, who=by.name,
                        **values,
                    )  # fmt: skip
        except Invalid as error:
            form.errors["currency"] = sentence(error)
    if form.errors:
        return _supplier(name, needs, page, form)
    return page.done(supplier_url(name), page.say("Supplier %(name)s was changed.", name=name))
