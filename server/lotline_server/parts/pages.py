"""Parts: the list, one part, and the form that adds one."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from lotline_contract.identity import check_name
from lotline_server.activity import queries as activity
from lotline_server.core.caller import By
from lotline_server.core.errors import Conflict, Invalid
from lotline_server.core.web import Needs
from lotline_server.lots import queries as lots
from lotline_server.parts import queries, service
from lotline_server.routes import queries as routes
from lotline_server.routes import service as route_rules
from lotline_server.web import forms
from lotline_server.web.forms import Filled
from lotline_server.web.links import part_url
from lotline_server.web.page import Shown
from lotline_server.web.route import pages_router

router = pages_router()

NEW = {"kind": "pcba", "serial_digits": "6", "operations": "FCT"}
LOTS_SHOWN = 100


@router.get("/parts")
def show_parts(needs: Needs, page: Shown) -> Response:
    """List the parts."""
    with needs.database.read() as connection:
        found = queries.all_parts(connection)
        operations = {key: route.names for key, route in routes.current_routes(connection).items()}
    today = page.calendar.wall_date(page.now)
    following = {part.part_number: service.next_serial(part, today) for part in found}
    return page.html("parts.html", place="/parts", parts=found, operations=operations, following=following)


@router.get("/new/part")
def new_part(page: Shown) -> Response:
    """Show the form for a new part."""
    return page.html("part_new.html", place="/parts", form=Filled(values=NEW), kinds=service.KINDS)


@router.post("/new/part")
def create_part(needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Add a part, or show the form again with what is wrong."""
    number = form.need("part_number", "A part needs a number, such as GW2-MAIN.")
    name = form.need("name", "Say what the part is called.")
    digits = form.whole("serial_digits", "How many digits", low=1, high=service.MAX_DIGITS)
    operations = [each.strip() for each in form.text("operations").split(",") if each.strip()]
    if number:
        try:
            check_name(number, "The part number")
        except ValueError as error:
            form.errors["part_number"] = f"{error}."
    if form.text("kind") not in service.KINDS:
        form.errors["kind"] = "Pick one of the three kinds."
    if len(name) > 200:
        form.errors["name"] = f"At most 200 characters; these are {len(name)}."
    try:
        route_rules.check_operations(route_rules.read_operations(operations))
    except Invalid as error:
        form.errors["operations"] = f"{error}."
    if not form.errors:
        try:
            with needs.database.write() as connection:
                route_rules.new_part(
                    connection,
                    part_number=number,
                    name=name,
                    kind=form.text("kind"),
                    serial_prefix=form.text("serial_prefix"),
                    serial_digits=digits,
                    operations=operations,
                    at=page.now,
                    who=by.name,
                )
        except Conflict:
            form.errors["part_number"] = f"There is a part {number} already. Choose another number."
        except Invalid as error:
            form.errors["serial_prefix"] = f"{error}."
    if form.errors:
        return page.again("part_new.html", form, place="/parts", kinds=service.KINDS)
    return page.done(part_url(number), f"Part {number} was added.")


@router.get("/parts/{part_number:path}")
def show_part(
    part_number: str, needs: Needs, page: Shown, limit: Annotated[int, Query(ge=1, le=1000)] = LOTS_SHOWN
) -> Response:
    """Show one part with its route and its lots."""
    with needs.database.read() as connection:
        part = service.require_part(connection, part_number)
        route = routes.route_of(connection, part_number)
        built = lots.list_lots(connection, part_number=part_number, limit=limit)
        latest = activity.latest(connection, limit=8, subject=part_number)
    following = service.next_serial(part, page.calendar.wall_date(page.now))
    return page.html(
        "part.html",
        place="/parts",
        part=part,
        route=route,
        lots=built,
        activity=latest,
        following=following,
    )
