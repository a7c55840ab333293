"""A part's route, edited: its operations in order, which of them are optional, and the versions before."""

from fastapi.responses import Response

from lotline_server.core.caller import By
from lotline_server.core.errors import Conflict, Invalid
from lotline_server.core.web import Needs
from lotline_server.lots import queries as lots
from lotline_server.lots import routing
from lotline_server.parts.pages.frame import framed
from lotline_server.parts.service import require_part
from lotline_server.routes import queries
from lotline_server.routes.queries import Route, RouteOperation
from lotline_server.routes.service import MAX_OPERATIONS, check_operations
from lotline_server.web import forms
from lotline_server.web.forms import Filled
from lotline_server.web.links import part_url
from lotline_server.web.page import Page, Shown
from lotline_server.web.route import pages_router
from lotline_server.web.shown import sentence

router = pages_router()

Line = tuple[str, bool]
"""An operation as it stands in the form: its name, and whether it is optional."""


@router.get("/parts/{part_number:path}/route")
def show_route(part_number: str, needs: Needs, page: Shown) -> Response:
    """Show a part's route, ready to be edited."""
    return _shown(needs, page, part_number, Filled(), None)


@router.post("/parts/{part_number:path}/route")
def change_route(part_number: str, needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Save the route; or, where another button was pressed, show it with a line moved, added or taken out."""
    lines = _lines(form)
    moved = _moved(lines, form.text("do"))
    if moved is not None and not form.errors:
        # Nothing is saved by this; it is what the buttons do without a script.
        return _shown(needs, page, part_number, form, moved)
    operations = [RouteOperation(name, optional) for name, optional in lines if name]
    base = form.text("base")
    version = 0
    try:
        check_operations(operations)
        if not form.errors:
            with needs.database.write() as connection:
                version = routing.change_route(
                    connection,
                    part_number=part_number,
                    operations=operations,
                    base=int(base) if base.isascii() and base.isdigit() and len(base) < 10 else None,
                    at=page.now,
                    who=by.name,
                ).version
    except Invalid as error:
        form.errors["operation-0"] = sentence(error)
    except Conflict as error:
        form.errors[""] = sentence(error)
    if form.errors:
        return _shown(needs, page, part_number, form, lines)
    said = page.say("The route is saved as version %(version)s. Released lots keep theirs.", version=version)
    if str(version) == base:
        said = page.say("The route is as it was: version %(version)s.", version=version)
    return page.done(f"{part_url(part_number)}/route", said)


def _lines(form: Filled) -> list[Line]:
    return [
        (form.text(f"operation-{at}"), form.text(f"optional-{at}") == "yes")
        for at in range(MAX_OPERATIONS)
        if f"operation-{at}" in form.values
    ]


def _moved(lines: list[Line], do: str) -> list[Line] | None:
    """Give the lines after a button was pressed; None where it was the one that saves."""
    what, _, which = do.partition("-")
    at = int(which) if which.isascii() and which.isdigit() and len(which) < 3 else -1
    found = list(lines)
    match what:
        case "add":
            return [*found, ("", False)][:MAX_OPERATIONS]
        case "remove" if 0 <= at < len(found):
            del found[at]
        case "up" if 0 < at < len(found):
            found[at - 1], found[at] = found[at], found[at - 1]
        case "down" if 0 <= at < len(found) - 1:
            found[at], found[at + 1] = found[at + 1], found[at]
        case "up" | "down" | "remove":
            pass
        case _:
            return None
    return found


def _shown(needs: Needs, page: Page, part_number: str, form: Filled, lines: list[Line] | None) -> Response:
    with needs.database.read() as connection:
        frame = framed(connection, part_number, "route")
        part = require_part(connection, part_number)
        current = queries.current_route(connection, part.id)
        versions = queries.versions_of(connection, part.id)
        following = lots.lots_of_routes(connection, part.id)
    shown = [(each.operation, each.optional) for each in current.operations] if current else [("", False)]
    show = page.again if form.errors else page.html
    return show(
        "route.html",
        form=form,
        **frame,
        current=current,
        lines=shown if lines is None else lines,
        versions=versions,
        following=following,
        open_behind=_open_behind(current, following),
        most=MAX_OPERATIONS,
        changed=lines is not None and lines != shown,
    )


def _open_behind(current: Route | None, following: dict[int, list[tuple[str, bool]]]) -> int:
    """Count the open lots that follow another version than the current one."""
    here = None if current is None else current.id
    return sum(is_open for route, built in following.items() if route != here for _name, is_open in built)
