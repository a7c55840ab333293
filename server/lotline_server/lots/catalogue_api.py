"""Changing a part or its route, over HTTP: it reaches the units that follow it, so it is done from here."""

from fastapi import APIRouter
from pydantic import Field

from lotline_server.core.caller import By
from lotline_server.core.errors import NotFound
from lotline_server.core.etags import Tag
from lotline_server.core.strict_json import Form, StrictRoute
from lotline_server.core.web import Needs
from lotline_server.lots import routing, service
from lotline_server.parts.service import require_part
from lotline_server.routes import queries as routes
from lotline_server.routes.api import PartView, RouteView, part_view, route_view
from lotline_server.routes.queries import RouteOperation
from lotline_server.site import queries as site

router = APIRouter(prefix="/api/v1", tags=["parts"], route_class=StrictRoute)


class PartChange(Form):
    """What is to be changed; what is left out stays, an empty text empties it.

    revision: where the new one has no BOM or route of its own, it begins with those of the old one
    """

    name: str | None = None
    revision: str | None = None
    uom: str | None = None
    description: str | None = None
    status: str | None = None
    kind: str | None = None
    project: str | None = None
    serial_format: str | None = None


class OperationForm(Form):
    """An operation of a route. optional: a unit is completed without it."""

    operation: str
    optional: bool = False


class RouteForm(Form):
    """A route as it is to be. base_version: the one that was looked at; refused where it no longer is the
    latest
    """

    operations: list[OperationForm] = Field(max_length=100)
    base_version: int | None = None


@router.get("/lots/{lot:path}/route")
def get_lot_route(lot: str, needs: Needs) -> RouteView:
    """Show the route that a lot's units follow: pinned at its release, the part's current one before."""
    with needs.database.read() as connection:
        part_number = service.require_lot(connection, lot).part_number
        route = routing.lot_route(connection, lot)
        if route is None:
            raise NotFound(f"lot {lot} follows no route: {part_number} has none")
        return route_view(part_number, route, routes.current_route(connection, route.part))


@router.put("/parts/{part_number:path}/route")
def put_route(part_number: str, form: RouteForm, needs: Needs, by: By, tag: Tag) -> RouteView:
    """Give a part's present revision a new version of its route. Released lots keep theirs."""
    with needs.database.write() as connection:
        current = routes.current_route(connection, require_part(connection, part_number).id)
        tag.check(None if current is None else route_view(part_number, current, current))
        route = routing.change_route(
            connection,
            part_number=part_number,
            operations=[RouteOperation(each.operation, each.optional) for each in form.operations],
            base=form.base_version,
            at=needs.clock(),
            who=by.name,
        )
        return tag.of(route_view(part_number, route, route))


@router.patch("/parts/{part_number:path}")
def change_part(part_number: str, form: PartChange, needs: Needs, by: By, tag: Tag) -> PartView:
    """Change a part; its existing serial numbers stay as they are."""
    with needs.database.write() as connection:
        day = site.today(connection, needs.clock())
        tag.check(part_view(connection, part_number, day))
        routing.change_part(
            connection,
            part_number=part_number,
            name=form.name,
            revision=form.revision,
            uom=form.uom,
            description=form.description,
            status=form.status,
            kind=form.kind,
            project=form.project,
            serial_format=form.serial_format,
            at=needs.clock(),
            who=by.name,
        )
        return tag.of(part_view(connection, part_number, day))
