"""Rules for routes."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from lotline_contract.identity import check_name
from lotline_server.activity.service import note
from lotline_server.changes import queries as changes
from lotline_server.core.errors import Invalid
from lotline_server.parts import service as parts
from lotline_server.routes import queries

MAX_OPERATIONS = 32
DEFAULT_ROUTE = ("FCT",)


def check_operations(operations: Sequence[str]) -> None:
    """Raise Invalid unless there is at least one operation, each is plainly named and stands once."""
    if not 1 <= len(operations) <= MAX_OPERATIONS:
        raise Invalid(f"a route has 1 to {MAX_OPERATIONS} operations, not {len(operations)}")
    for operation in operations:
        try:
            check_name(operation, "operation")
        except ValueError as error:
            raise Invalid(str(error)) from error
    if len(set(operations)) != len(operations):
        raise Invalid(f"an operation stands twice in the route {', '.join(operations)}")


def set_route(connection: Connection, part: int, operations: Sequence[str]) -> None:
    """Give a part its route."""
    check_operations(operations)
    queries.set_route(connection, part, operations)


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
    """Create a part together with its route and give its row id. Raises Conflict or Invalid."""
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
    set_route(connection, part, operations)
    text = f"Part {part_number} ({name.strip()}) was added; route {' > '.join(operations)}"
    note(connection, at=at, who=who, what="part.added", subject=part_number, text=text)
    changes.bump(connection, facts=True)
    return part
