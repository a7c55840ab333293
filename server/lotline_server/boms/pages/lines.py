"""The BOM of one revision, and its lines by hand."""

from decimal import Decimal

from fastapi.responses import Response
from sqlalchemy.engine import Connection

from lotline_server.boms import editing, service
from lotline_server.boms.service import Bom
from lotline_server.boms.table import ranged, read_attrition
from lotline_server.boms.tables import BOM
from lotline_server.core.caller import By
from lotline_server.core.errors import Conflict, Invalid, NotFound
from lotline_server.core.quantity import parse_amount
from lotline_server.core.web import Needs
from lotline_server.inventory import queries as inventory
from lotline_server.parts.pages.frame import framed
from lotline_server.parts.typed import typed_part
from lotline_server.web import forms
from lotline_server.web.forms import Filled
from lotline_server.web.links import part_url, query
from lotline_server.web.page import Page, Shown
from lotline_server.web.route import pages_router
from lotline_server.web.shown import sentence

router = pages_router()

FIELDS = ("component", "quantity", "attrition", "designators")


@router.get("/parts/{part_number:path}/bom")
def show_bom(
    part_number: str, needs: Needs, page: Shown, revision: str | None = None, line: str = ""
) -> Response:
    """Show the BOM of a revision. line: the component whose line is shown in the form, to be changed."""
    with needs.database.read() as connection:
        bom = service.get_bom(connection, part_number, revision)
    chosen = next((each for each in bom.lines if each.part_number == line), None)
    form = Filled()
    if chosen is not None:
        percent = (chosen.attrition * 100).normalize()
        form.values = {
            "component": chosen.part_number,
            "quantity": str(chosen.quantity),
            "attrition": f"{percent:f}%" if chosen.attrition else "",
            "designators": ranged(chosen.designators),
        }
    return _shown(needs, page, part_number, revision, form, line if chosen is not None else "")


@router.post("/parts/{part_number:path}/bom/lines")
def set_line(part_number: str, needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Add a line, change it or take it out, or show the BOM again with what is wrong."""
    revision = form.text("revision")
    known = form.text("line")
    done = ""
    try:
        with needs.database.write() as connection:
            if form.text("do") == "remove" and known and not form.errors:
                editing.remove_line(
                    connection, part_number=part_number, component=known, revision=revision, at=page.now,
                    who=by.name,
                )  # fmt: skip
                done = page.say("%(component)s was taken out of the BOM.", component=known)
            else:
                done = _set(connection, part_number, form, page, who=by.name)
    except (Invalid, Conflict, NotFound) as error:
        form.errors[""] = sentence(error)
    if form.errors:
        return _shown(needs, page, part_number, revision, form, known)
    return page.done(query(f"{part_url(part_number)}/bom", revision=revision), done)


def _set(connection: Connection, part_number: str, form: Filled, page: Page, *, who: str) -> str:
    component = form.text("line")
    if not component:
        try:
            component = typed_part(connection, form.text("component")).part_number
        except Invalid as error:
            form.errors["component"] = sentence(error)
    quantity = attrition = Decimal(0)
    try:
        quantity = parse_amount(form.text("quantity"), "the quantity")
    except Invalid as error:
        form.errors["quantity"] = sentence(error)
    try:
        attrition = read_attrition(form.text("attrition"))
    except Invalid as error:
        form.errors["attrition"] = sentence(error)
    if form.errors:
        return ""
    bom = service.get_bom(connection, part_number, form.text("revision"))
    if not form.text("line") and any(each.part_number == component for each in bom.lines):
        form.errors["component"] = page.say(
            "%(component)s stands in this BOM already: change its line instead.", component=component
        )
        return ""
    editing.set_line(
        connection,
        part_number=part_number,
        component=component,
        quantity=quantity,
        attrition=attrition,
        designators=form.text("designators"),
        revision=form.text("revision"),
        at=page.now,
        who=who,
    )
    if form.text("line"):
        return page.say("The line of %(component)s was changed.", component=component)
    return page.say("%(component)s was added to the BOM.", component=component)


def _shown(  # noqa: PLR0917
    needs: Needs, page: Page, part_number: str, revision: str | None, form: Filled, line: str
) -> Response:
    asked = BOM.asked(page.request)
    with needs.database.read() as connection:
        frame = framed(connection, part_number, "bom")
        bom: Bom = service.get_bom(connection, part_number, revision)
        stock = inventory.usable(connection, [each.part for each in bom.lines])
    rows = asked.order([(each, stock.get(each.part, Decimal(0))) for each in bom.lines])
    keep = {"revision": "" if bom.current else bom.revision}
    view = asked.view(asked.cut(rows), matching=len(rows), keep=keep)
    if view.asked.csv:
        return page.table("bom.html", view)
    show = page.again if form.errors else page.html
    return show("bom.html", form=form, **frame, view=view, bom=bom, line=line)
