"""Rules for routes."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from lotline_contract.identity import check_name
from lotline_server.activity.service import note
from lotline_server.changes import queries as changes
from lotline_server.core.errors import Conflict, Invalid, NotFound
from lotline_server.parts import service as parts
from lotline_server.parts.queries import PartRow
from lotline_server.routes import queries
from lotline_server.routes.queries import Route, RouteOperation

MAX_OPERATIONS = 32
DEFAULT_ROUTE = ("FCT",)


def check_operations(operations: Sequence[RouteOperation]) -> None:
    """Raise Invalid unless each operation is plainly named and stands once, and one is not optional."""
    if not 1 <= len(operations) <= MAX_OPERATIONS:
        raise Invalid(f"a route has 1 to {MAX_OPERATIONS} operations, not {len(operations)}")
    names = [each.operation for each in operations]
    for name in names:
        try:
            check_name(name, "operation")
        except ValueError as error:
            raise Invalid(str(error)) from error
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Invalid(f"operation {twice[0]} stands twice in the route {', '.join(names)}")
    if all(each.optional for each in operations):
        raise Invalid("a route needs at least one operation that is not optional: it completes the unit")


def put_route(
    connection: Connection,
    part: PartRow,
    operations: Sequence[RouteOperation],
    *,
    at: datetime,
    who: str,
    base: int | None = None,
) -> Route:
    """Give a part's present revision a new version of its route; the same operations again make none.

    base: the version that somebody looked at when they changed it. Raises Invalid; Conflict where by now
    another version is the latest.
    """
    check_operations(operations)
    present = queries.current_route(connection, part.id)
    if base is not None and base != (0 if present is None else present.version):
        raise Conflict(
            f"the route of {part.part_number} was changed by somebody else meanwhile: look at it again"
        )
    if present is not None and present.operations == tuple(operations):
        return present
    key = queries.insert_route(connection, part.id, part.revision, operations, at=at, who=who)
    return queries.find_routes(connection, [key])[key]


def require_route(
    connection: Connection, part_number: str, *, revision: str | None = None, version: int | None = None
) -> Route:
    """Give a route: of the part's present revision unless another is asked for, its latest version unless
    another is. Raises NotFound.
    """
    part = parts.require_part(connection, part_number)
    wanted = part.revision if revision is None else revision
    for route in queries.versions_of(connection, part.id):
        if route.revision == wanted and version in {None, route.version}:
            return route
    which = f"revision {wanted[:40]}" + ("" if version is None else f", version {version}")
    raise NotFound(f"{part_number} has no route of {which}")


def written(operations: Sequence[RouteOperation]) -> str:
    """Write a route on one line: ICT > FCT > (Burn-in)."""
    return " > ".join(f"({each.operation})" if each.optional else each.operation for each in operations)


def read_operations(texts: Sequence[str]) -> list[RouteOperation]:
    """Read operations as they are typed on a command line: `(Burn-in)` is an optional one."""
    return [
        RouteOperation(text[1:-1].strip(), True)
        if text.startswith("(") and text.endswith(")")
        else RouteOperation(text)
        for text in (each.strip() for each in texts)
    ]


def new_part(
    connection: Connection,
    *,
    part_number: str,
    name: str,
    at: datetime,
    who: str,
    serial_prefix: str = "",
    serial_digits: int = 6,
    kind: str = "pcba",
    operations: Sequence[str] = DEFAULT_ROUTE,
    serial_format: str | None = None,
    revision: str = parts.FIRST_REVISION,
    uom: str = "pcs",
    description: str | None = None,
    project: str | None = None,
) -> int:
    """Create a part together with its route and give its row id. Raises Conflict or Invalid.

    operations: `(Burn-in)` is an optional one
    """
    part = parts.add_part(
        connection,
        part_number=part_number,
        name=name,
        kind=kind,
        serial_prefix=serial_prefix,
        serial_digits=serial_digits,
        serial_format=serial_format,
        revision=revision,
        uom=uom,
        description=description,
        project=project,
        at=at,
        who=who,
    )
    route = read_operations(operations)
    check_operations(route)
    queries.insert_route(connection, part, revision, route, at=at, who=who)
    text = f"Part {part_number} ({name.strip()}) was added; route {written(route)}"
    note(connection, at=at, who=who, what="part.added", subject=part_number, text=text)
    changes.bump(connection, facts=True)
    return part
