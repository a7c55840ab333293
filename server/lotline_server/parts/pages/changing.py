"""The form for a part: a new one, and a change of one that is there."""

from collections.abc import Callable, Mapping

from fastapi.responses import Response
from sqlalchemy.engine import Connection

from lotline_contract.identity import check_name
from lotline_contract.look import N_
from lotline_server.core.caller import By
from lotline_server.core.errors import Conflict, Invalid
from lotline_server.core.plain_text import optional_text, required_text
from lotline_server.core.web import Needs
from lotline_server.lots import routing
from lotline_server.parts import serials, service
from lotline_server.parts.pages.frame import framed
from lotline_server.parts.serials import Example
from lotline_server.parts.tables import KIND_WORDS, STATUS_MARKS
from lotline_server.projects import queries as projects
from lotline_server.routes import service as route_rules
from lotline_server.routes.api import PartView, part_view
from lotline_server.web import forms
from lotline_server.web.forms import Filled
from lotline_server.web.links import part_url
from lotline_server.web.page import Page, Shown
from lotline_server.web.route import pages_router
from lotline_server.web.shown import sentence

router = pages_router()

NEW = {"kind": "pcba", "revision": "-", "uom": "pcs", "serial_format": "", "operations": "FCT"}
LABELS = {
    "part_number": N_("Part number"),
    "name": N_("Name"),
    "kind": N_("Kind"),
    "revision": N_("Revision"),
    "uom": N_("Unit of measure"),
    "status": N_("Status"),
    "project": N_("Project"),
    "description": N_("Description"),
    "serial_format": N_("Serial-number format"),
    "operations": N_("Route"),
}
FIELDS = ("name", "kind", "revision", "uom", "status", "project", "description", "serial_format")

_CHECKS: Mapping[str, Callable[[str], object]] = {
    "name": lambda text: required_text(text, "the name", service.MAX_NAME),
    "revision": service.check_revision,
    "uom": service.check_uom,
    "description": lambda text: optional_text(text, "the description", service.MAX_DESCRIPTION),
    "project": lambda text: optional_text(text, "the project's name", service.MAX_NAME),
    "serial_format": serials.parse,
}


@router.get("/new/part")
def new_part(needs: Needs, page: Shown, project: str = "") -> Response:
    """Show the form for a new part."""
    return _form(needs, page, Filled(values=NEW | {"project": project}))


@router.post("/new/part")
def create_part(needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Add a part, or show the form again with what is wrong."""
    number = form.need("part_number", page.say("A part needs a number, such as GW2-MAIN."))
    if number:
        _hold(form, "part_number", lambda text: check_name(text, "the part number"))
        # Most serial numbers begin with the number of what they stand on.
        form.values["serial_format"] = form.text("serial_format") or f"{number}-{{N6}}"
    operations = [each.strip() for each in form.text("operations").split(",") if each.strip()]
    _hold(
        form,
        "operations",
        lambda _text: route_rules.check_operations(route_rules.read_operations(operations)),
    )
    _check(form, page)
    if not form.errors:
        try:
            with needs.database.write() as connection:
                route_rules.new_part(
                    connection,
                    part_number=number,
                    name=form.text("name"),
                    kind=form.text("kind"),
                    revision=form.text("revision"),
                    uom=form.text("uom"),
                    description=form.text("description") or None,
                    project=form.text("project") or None,
                    serial_format=form.text("serial_format"),
                    operations=operations,
                    at=page.now,
                    who=by.name,
                )
        except Conflict:
            form.errors["part_number"] = page.say(
                "There is a part %(number)s already. Choose another number.", number=number
            )
        except Invalid as error:
            form.errors[""] = sentence(error)
    if form.errors:
        return _form(needs, page, form)
    return page.done(part_url(number), page.say("Part %(number)s was added.", number=number))


@router.get("/parts/{part_number:path}/edit")
def edit_part(part_number: str, needs: Needs, page: Shown) -> Response:
    """Show the form with what a part is."""
    with needs.database.read() as connection:
        found = part_view(connection, part_number, page.calendar.wall_date(page.now))
    values = {name: "" if getattr(found, name) is None else str(getattr(found, name)) for name in FIELDS}
    return _form(needs, page, Filled(values=values), found)


@router.post("/parts/{part_number:path}/edit")
def change_part(part_number: str, needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Change a part, or show the form again with what is wrong."""
    _check(form, page)
    if form.text("status") not in service.STATUSES:
        form.errors["status"] = page.say("Pick one of the statuses.")
    day = page.calendar.wall_date(page.now)
    with needs.database.write() as connection:
        found = part_view(connection, part_number, day)
        if not form.errors and not form.outdated(found):
            _change(connection, part_number, page, form, found, who=by.name)
    if form.errors:
        return _form(needs, page, form, found)
    return page.done(part_url(part_number), page.say("Part %(number)s was changed.", number=part_number))


def _change(
    connection: Connection, part_number: str, page: Page, form: Filled, found: PartView, *, who: str
) -> None:
    given = {name: form.text(name) for name in FIELDS}
    if given["serial_format"] == found.serial_format:
        # A format of a prefix and digits alone is not written down as one: it stays so.
        del given["serial_format"]
    try:
        routing.change_part(connection, part_number=part_number, at=page.now, who=who, **given)
    except Invalid as error:
        form.errors[""] = sentence(error)


def _check(form: Filled, page: Page) -> None:
    form.need("name", page.say("Say what the part is called."))
    if form.text("kind") not in service.KINDS:
        form.errors["kind"] = page.say("Pick one of the three kinds.")
    for name, check in _CHECKS.items():
        if name not in form.errors and not (name == "serial_format" and not form.text(name)):
            _hold(form, name, check)


def _hold(form: Filled, name: str, check: Callable[[str], object]) -> None:
    try:
        check(form.text(name))
    except (Invalid, ValueError) as error:
        form.errors[name] = sentence(error)


def _form(needs: Needs, page: Page, form: Filled, found: PartView | None = None) -> Response:
    with needs.database.read() as connection:
        known = [each.name for each in projects.list_projects(connection, only_active=True)]
        frame = {"place": "/parts"} if found is None else framed(connection, found.part_number, "")
    show = page.again if form.errors else page.html
    return show(
        "part_form.html",
        form=form,
        **frame,
        found=found,
        tried=_tried(page, form, found),
        labels={name: page.say(word) for name, word in LABELS.items()},
        kind_words=KIND_WORDS,
        status_marks=STATUS_MARKS,
        projects=known,
    )


def _tried(page: Page, form: Filled, found: PartView | None) -> Example | None:
    """Try the format out as it stands in the form; None where it is none."""
    text = form.text("serial_format") or f"{form.text('part_number') or 'GW2'}-{{N6}}"
    try:
        first = 1 if found is None else found.next_counter
        return serials.example(text, page.calendar.wall_date(page.now), first)
    except ValueError:
        return None
