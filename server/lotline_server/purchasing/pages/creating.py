"""The form of a new order."""

from fastapi.responses import Response

from lotline_server.core.caller import By
from lotline_server.core.errors import Conflict, Invalid, NotFound
from lotline_server.core.web import Needs
from lotline_server.projects import queries as projects
from lotline_server.purchasing import service, supplier_queries
from lotline_server.web import forms
from lotline_server.web.forms import Filled
from lotline_server.web.links import order_url
from lotline_server.web.page import Shown
from lotline_server.web.route import pages_router
from lotline_server.web.shown import sentence

router = pages_router()


@router.get("/new/order")
def new_order(needs: Needs, page: Shown, supplier: str = "") -> Response:
    """Show the form of a new order."""
    with needs.database.read() as connection:
        number = service.next_number(connection, page.now)
    return _form(needs, page, Filled(values={"number": number, "supplier": supplier}))


def _form(needs: Needs, page: Shown, form: Filled) -> Response:
    with needs.database.read() as connection:
        known = supplier_queries.list_suppliers(connection, only_active=True)
        names = [project.name for project in projects.list_projects(connection)]
    show = page.again if form.errors else page.html
    return show("order_new.html", form=form, place="/purchasing", suppliers=known, projects=names)


@router.post("/new/order")
def create_order(needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Create a draft, or show the form again with what is wrong."""
    number = form.need("number", page.say("An order needs a number, such as PO-2611-001."))
    supplier = form.need("supplier", page.say("Pick the supplier."))
    if not form.errors:
        try:
            with needs.database.write() as connection:
                service.add_order(
                    connection, number=number, supplier=supplier, project=form.text("project"),
                    currency=form.text("currency") or None, notes=form.text("notes"), at=page.now,
                    who=by.name,
                )  # fmt: skip
        except Conflict:
            form.errors["number"] = page.say("There is an order %(number)s already.", number=number)
        except NotFound as error:
            form.errors["supplier"] = sentence(error)
        except Invalid as error:
            form.errors["number" if number in str(error) else ""] = sentence(error)
    if form.errors:
        return _form(needs, page, form)
    said = page.say("Order %(number)s was created. Add its lines.", number=number)
    return page.done(f"{order_url(number)}/edit", said)
