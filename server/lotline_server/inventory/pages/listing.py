"""The list of stock, and its locations."""

from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import Response

from lotline_server.core.caller import By
from lotline_server.core.errors import Conflict, Invalid
from lotline_server.core.web import Needs
from lotline_server.inventory import queries, service
from lotline_server.inventory.pages.tables import stock_table
from lotline_server.lots import stock
from lotline_server.parts.service import KINDS
from lotline_server.web import forms
from lotline_server.web.page import Shown
from lotline_server.web.route import pages_router
from lotline_server.web.shown import sentence

router = pages_router()


@router.get("/stock")
def show_stock(
    needs: Needs,
    page: Shown,
    *,
    q: Annotated[str, Query(max_length=200)] = "",
    location: str = "",
    kind: Literal["", "part", "pcba", "assembly"] = "",
    show: Literal["", "short"] = "",
) -> Response:
    """List what there is of each part, what of it is free, and what is on its way."""
    table = stock_table(location or None)
    asked = table.asked(page.request)
    with needs.database.read() as connection:
        every = stock.stock_list(connection, text=q, location=location or None)
        locations = queries.list_locations(connection)
    of_kind = [each for each in every if kind in {"", each.kind}]
    found = asked.order(each for each in of_kind if each.short or not show)
    view = asked.view(
        asked.cut(found),
        matching=len(found),
        keep={"q": q, "location": location, "kind": kind, "show": show},
    )
    return page.table(
        "stock.html",
        view,
        place="/stock",
        q=q,
        location=location,
        kind=kind,
        show=show,
        locations=locations,
        kinds={each: sum(stock.kind == each for stock in every) for each in KINDS},
        how_many={"all": len(every), "short": sum(bool(each.short) for each in every)},
    )


@router.get("/stock/locations")
def show_locations(needs: Needs, page: Shown) -> Response:
    """List the locations, with the form that adds one."""
    return _locations(needs, page)


def _locations(needs: Needs, page: Shown, form: forms.Filled | None = None) -> Response:
    with needs.database.read() as connection:
        found = queries.list_locations(connection)
        counts = queries.parts_at_locations(connection)
    return page.html(
        "stock_locations.html",
        place="/stock",
        form=form,
        status=422 if form is not None else 200,
        locations=found,
        counts=counts,
    )


@router.post("/stock/locations")
def create_location(needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Add a location, or show the form again with what is wrong."""
    name = form.need("name", page.say("A location needs a name, such as Shelf B2."))
    if not form.errors:
        try:
            with needs.database.write() as connection:
                service.add_location(connection, name=name, at=page.now, who=by.name)
        except (Conflict, Invalid) as error:
            form.errors["name"] = sentence(error)
    if form.errors:
        return _locations(needs, page, form)
    return page.done("/stock/locations", page.say("Location %(name)s was added.", name=name))
