"""Parts with their routes, over HTTP."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy.engine import Connection

from lotline_server.core.strict_json import Form, StrictRoute
from lotline_server.core.web import Needs
from lotline_server.parts import queries as parts
from lotline_server.parts import service as part_rules
from lotline_server.routes import queries, service

router = APIRouter(prefix="/api/v1", tags=["parts"], route_class=StrictRoute)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartView:
    """A part with its route."""

    part_number: str
    name: str
    kind: str
    serial_prefix: str
    serial_digits: int
    next_counter: int
    created_at: datetime
    operations: tuple[str, ...]


class NewPart(Form):
    """A part to be created."""

    part_number: str
    name: str
    serial_prefix: str
    serial_digits: int = 6
    kind: str = "pcba"
    operations: list[str] = Field(default_factory=lambda: list(service.DEFAULT_ROUTE))


def part_views(connection: Connection) -> list[PartView]:
    """Give all parts with their routes."""
    routes = queries.routes(connection)
    return [_view(part, routes.get(part.id, ())) for part in parts.all_parts(connection)]


def _view(part: parts.PartRow, operations: tuple[str, ...]) -> PartView:
    return PartView(
        part_number=part.part_number,
        name=part.name,
        kind=part.kind,
        serial_prefix=part.serial_prefix,
        serial_digits=part.serial_digits,
        next_counter=part.next_counter,
        created_at=part.created_at,
        operations=operations,
    )


@router.get("/parts")
def list_parts(needs: Needs) -> list[PartView]:
    """List all parts."""
    with needs.database.read() as connection:
        return part_views(connection)


@router.get("/parts/{part_number:path}")
def get_part(part_number: str, needs: Needs) -> PartView:
    """Show one part."""
    with needs.database.read() as connection:
        part = part_rules.require_part(connection, part_number)
        return _view(part, queries.route_of(connection, part_number))


@router.post("/parts", status_code=201)
def create_part(form: NewPart, needs: Needs) -> PartView:
    """Create a part with its route."""
    with needs.database.write() as connection:
        service.new_part(
            connection,
            part_number=form.part_number,
            name=form.name,
            kind=form.kind,
            serial_prefix=form.serial_prefix,
            serial_digits=form.serial_digits,
            operations=form.operations,
            at=needs.clock(),
            who="api",
        )
        part = part_rules.require_part(connection, form.part_number)
        return _view(part, queries.route_of(connection, form.part_number))
