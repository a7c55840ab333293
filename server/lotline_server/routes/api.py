"""Parts with their routes, over HTTP."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, ClassVar

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy.engine import Connection

from lotline_server.core.caller import By
from lotline_server.core.errors import Invalid
from lotline_server.core.etags import Tag
from lotline_server.core.paging import Paged
from lotline_server.core.strict_json import Form, StrictRoute
from lotline_server.core.web import Needs
from lotline_server.parts import queries as parts
from lotline_server.parts import service as part_rules
from lotline_server.parts.serials import Example, example
from lotline_server.routes import queries, service
from lotline_server.routes.queries import Route, RouteOperation
from lotline_server.site import queries as site

router = APIRouter(prefix="/api/v1", tags=["parts"], route_class=StrictRoute)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartView:
    """A part with its route. serial_format: as people read it, such as GW2-{YY}{WW}{N5}{CHECK}.

    next_serial: what comes next if it is made today; None where the counter is used up
    operations, optional, route_version: of the current route; those that are optional stand in both
    """

    DERIVED: ClassVar = frozenset({"next_counter", "next_serial"})

    part_number: str
    name: str
    kind: str
    serial_prefix: str
    serial_digits: int
    next_counter: int
    created_at: datetime
    operations: tuple[str, ...]
    optional: tuple[str, ...]
    route_version: int | None
    revision: str
    uom: str
    description: str | None
    status: str
    project: str | None
    serial_format: str
    next_serial: str | None


class NewPart(Form):
    """A part to be created. serial_format takes the place of serial_prefix and serial_digits. operations: in
    order; one in parentheses is optional
    """

    part_number: str
    name: str
    serial_prefix: str = ""
    serial_digits: int = 6
    serial_format: str | None = None
    revision: str = part_rules.FIRST_REVISION
    uom: str = "pcs"
    description: str | None = None
    project: str | None = None
    kind: str = "pcba"
    operations: list[str] = Field(default_factory=lambda: list(service.DEFAULT_ROUTE))


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteView:
    """A version of a route. current: new lots are released with it."""

    part_number: str
    revision: str
    version: int
    current: bool
    created_at: datetime
    created_by: str
    operations: tuple[RouteOperation, ...]


def part_views(connection: Connection, found: list[parts.PartRow], day: date) -> list[PartView]:
    """Give parts with their routes."""
    routes = queries.current_routes(connection, [part.id for part in found])
    return [_view(part, routes.get(part.id), day) for part in found]


def part_view(connection: Connection, part_number: str, day: date) -> PartView:
    """Give one part with its route. Raises NotFound."""
    part = part_rules.require_part(connection, part_number)
    return _view(part, queries.current_route(connection, part.id), day)


def route_view(part_number: str, route: Route, current: Route | None) -> RouteView:
    """Give a version of a part's route."""
    return RouteView(
        part_number=part_number,
        revision=route.revision,
        version=route.version,
        current=current is not None and current.id == route.id,
        created_at=route.created_at,
        created_by=route.created_by,
        operations=route.operations,
    )


def _view(part: parts.PartRow, route: Route | None, day: date) -> PartView:
    return PartView(
        part_number=part.part_number,
        name=part.name,
        kind=part.kind,
        serial_prefix=part.serial_prefix,
        serial_digits=part.serial_digits,
        next_counter=part.next_counter,
        created_at=part.created_at,
        operations=() if route is None else route.names,
        optional=() if route is None else route.optional,
        route_version=None if route is None else route.version,
        revision=part.revision,
        uom=part.uom,
        description=part.description,
        status=part.status,
        project=part.project,
        serial_format=str(part_rules.format_of(part)),
        next_serial=part_rules.next_serial(part, day),
    )


@router.get("/parts")
def list_parts(
    needs: Needs,
    *,
    q: str = "",
    kind: str | None = None,
    status: str | None = None,
    project: str | None = None,
    pages: Paged,
) -> list[PartView]:
    """List parts by number. Each word of `q` begins a word of number, name, description."""
    (after,) = pages.after(str) or (None,)
    with needs.database.read() as connection:
        found = parts.search_parts(
            connection, q, kind=kind, status=status, project=project, after=after, limit=pages.ask
        )
        shown = pages.cut(found, lambda row: (row.part_number,))
        return part_views(connection, shown, site.today(connection, needs.clock()))


@router.get("/serial-format-example")
def get_serial_format_example(
    needs: Needs,
    serial_format: Annotated[str, Query(max_length=200)],
    first: Annotated[int, Query(ge=0)] = 1,
) -> Example:
    """Try a serial-number format out before a part has it: the numbers it would make today."""
    with needs.database.read() as connection:
        day = site.today(connection, needs.clock())
    try:
        return example(serial_format, day, first)
    except ValueError as error:
        raise Invalid(str(error)) from error


@router.get("/parts/{part_number:path}/route")
def get_route(
    part_number: str, needs: Needs, tag: Tag, revision: str | None = None, version: int | None = None
) -> RouteView:
    """Show a part's route: the current one, unless another revision or version is asked for."""
    with needs.database.read() as connection:
        found = service.require_route(connection, part_number, revision=revision, version=version)
        return tag.of(route_view(part_number, found, queries.current_route(connection, found.part)))


@router.get("/parts/{part_number:path}/routes")
def list_routes(part_number: str, needs: Needs, pages: Paged) -> list[RouteView]:
    """List every version of a part's routes, by revision and version."""
    with needs.database.read() as connection:
        part = part_rules.require_part(connection, part_number)
        current = queries.current_route(connection, part.id)
        versions = queries.versions_of(connection, part.id)
        found = [route_view(part_number, each, current) for each in versions]
    return pages.among(found, lambda row: (row.revision, row.version))


@router.get("/parts/{part_number:path}")
def get_part(part_number: str, needs: Needs, tag: Tag) -> PartView:
    """Show one part."""
    with needs.database.read() as connection:
        return tag.of(part_view(connection, part_number, site.today(connection, needs.clock())))


@router.post("/parts", status_code=201)
def create_part(form: NewPart, needs: Needs, by: By, tag: Tag) -> PartView:
    """Create a part with its route."""
    with needs.database.write() as connection:
        service.new_part(
            connection,
            part_number=form.part_number,
            name=form.name,
            kind=form.kind,
            serial_prefix=form.serial_prefix,
            serial_digits=form.serial_digits,
            serial_format=form.serial_format,
            revision=form.revision,
            uom=form.uom,
            description=form.description,
            project=form.project,
            operations=form.operations,
            at=needs.clock(),
            who=by.name,
        )
        return tag.of(part_view(connection, form.part_number, site.today(connection, needs.clock())))
