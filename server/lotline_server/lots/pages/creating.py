"""The form of a new production lot."""

from fastapi.responses import Response

from lotline_contract.identity import check_name
from lotline_server.core.caller import By
from lotline_server.core.errors import Conflict, Invalid, Refused
from lotline_server.core.web import Needs
from lotline_server.lots import service
from lotline_server.lots.pages import planned
from lotline_server.parts import queries as parts
from lotline_server.parts.typed import typed_part
from lotline_server.web import forms, shown
from lotline_server.web.forms import Filled
from lotline_server.web.links import lot_url
from lotline_server.web.page import Shown
from lotline_server.web.route import pages_router

router = pages_router()

FIELDS = (
    "target", "priority", "project", "notes", "customer_order", "planned_start", "planned_end", "kind",
    "consumption", "location",
)  # fmt: skip


@router.get("/new/lot")
def new_lot(needs: Needs, page: Shown, part: str = "", project: str = "") -> Response:
    """Show the form for a new lot."""
    with needs.database.read() as connection:
        name = service.suggest_name(connection, page.calendar.wall_date(page.now))
    values = {"lot": name, "part_number": part, "project": project, "kind": "built_here"}
    return _lot_form(needs, page, Filled(values=values))


def _lot_form(needs: Needs, page: Shown, form: Filled) -> Response:
    with needs.database.read() as connection:
        known = parts.search_parts(connection, limit=1)
        offered = planned.choices(connection)
    show = page.again if form.errors else page.html
    return show("lot_new.html", place="/lots", form=form, parts=known, **offered)


@router.post("/new/lot")
def create_lot(needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Create a lot, or show the form again with what is wrong."""
    lot = form.need("lot", page.say("A lot needs a name, such as LOT-2611-042."))
    if lot:
        try:
            check_name(lot, "The name")
        except ValueError as error:
            form.errors["lot"] = shown.sentence(error)
    typed = form.need("part_number", page.say("Pick the part that is to be built."))
    with needs.database.read() as connection:
        try:
            part_number = typed_part(connection, typed, statuses=("active",)).part_number if typed else ""
        except Invalid as error:
            form.errors["part_number"] = shown.sentence(error)
        plan = planned.read_plan(connection, form, FIELDS)
    serials = form.whole("serials", "How many serial numbers", low=0, high=service.MAX_BLOCK, empty=0)
    if form.errors:
        return _lot_form(needs, page, form)
    try:
        with needs.database.write() as connection:
            service.create_lot(
                connection,
                lot=lot,
                part_number=part_number,
                serials=serials,
                planned=form.text("release") == "planned",
                at=page.now,
                who=by.name,
                **{name: value for name, value in plan.items() if value != ""},
            )
    except Conflict:
        form.errors["lot"] = page.say("There is a lot %(lot)s already. Choose another name.", lot=lot)
    except Refused as error:
        # What only the rules know: a counter out of digits, a part or project that takes no new lot.
        form.errors[""] = shown.sentence(error)
    if form.errors:
        return _lot_form(needs, page, form)
    said = page.say("Lot %(lot)s was created.", lot=lot)
    if serials:
        said = page.say_many(
            "Lot %(lot)s was created with %(num)s serial number.",
            "Lot %(lot)s was created with %(num)s serial numbers.",
            serials,
            lot=lot,
        )
    return page.done(lot_url(lot), said)
