"""Statements about routes."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.parts.models import parts
from lotline_server.routes.models import route_operations


def set_route(connection: Connection, part: int, operations: Sequence[str]) -> None:
    """Give a part its operations, in order."""
    connection.execute(sa.delete(route_operations).where(route_operations.c.part == part))
    connection.execute(
        sa.insert(route_operations),
        [
            {"part": part, "position": position, "operation": operation}
            for position, operation in enumerate(operations)
        ],
    )


def routes(connection: Connection) -> dict[int, tuple[str, ...]]:
    """Give the operations, in order, of all parts by row id."""
    statement = sa.select(route_operations.c.part, route_operations.c.operation).order_by(
        route_operations.c.part, route_operations.c.position
    )
    found: dict[int, list[str]] = {}
    for part, operation in connection.execute(statement):
        found.setdefault(part, []).append(operation)
    return {part: tuple(operations) for part, operations in found.items()}


def route_of(connection: Connection, part_number: str) -> tuple[str, ...]:
    """Give a part's operations in order."""
    statement = (
        sa.select(route_operations.c.operation)
        .join_from(route_operations, parts)
        .where(parts.c.part_number == part_number)
        .order_by(route_operations.c.position)
    )
    return tuple(connection.execute(statement).scalars())
