"""Statements about routes. A version is written once and read, never changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.core.dialect import many_values, one_of
from lotline_server.core.rows import inserted_key
from lotline_server.parts.models import parts
from lotline_server.routes.models import route_operations, routes


@dataclass(frozen=True, slots=True)
class RouteOperation:
    """An operation of a route. optional: a unit is completed without it; where it failed, it must pass."""

    operation: str
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A version of the route of a part in one revision. id, part: row ids."""

    id: int
    part: int
    revision: str
    version: int
    created_at: datetime
    created_by: str
    operations: tuple[RouteOperation, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Give all operations in order."""
        return tuple(each.operation for each in self.operations)

    @property
    def optional(self) -> tuple[str, ...]:
        """Give the optional ones in order."""
        return tuple(each.operation for each in self.operations if each.optional)


def insert_route(
    connection: Connection,
    part: int,
    revision: str,
    operations: Sequence[RouteOperation],
    *,
    at: datetime,
    who: str,
) -> int:
    """Write the next version of a route and give its row id."""
    of_revision = (routes.c.part == part, routes.c.revision == revision)
    last = connection.execute(sa.select(sa.func.max(routes.c.version)).where(*of_revision)).scalar_one()
    done = connection.execute(
        sa.insert(routes).values(
            part=part, revision=revision, version=(last or 0) + 1, created_at=at, created_by=who
        )
    )
    route = inserted_key(done)
    rows = [
        {"route": route, "position": position, "operation": each.operation, "optional": each.optional}
        for position, each in enumerate(operations)
    ]
    connection.execute(sa.insert(route_operations), rows)
    return route


_NEWER = routes.alias("newer")
_IS_LATEST = ~sa.exists().where(
    _NEWER.c.part == routes.c.part,
    _NEWER.c.revision == routes.c.revision,
    _NEWER.c.version > routes.c.version,
)
_OF_PRESENT_REVISION = sa.exists().where(parts.c.id == routes.c.part, parts.c.revision == routes.c.revision)


def current_routes(connection: Connection, keys: Iterable[int] | None = None) -> dict[int, Route]:
    """Give the latest route of each part's present revision by the part's row id. keys: of these."""
    asked = [] if keys is None else [one_of(routes.c.part, "keys")]
    found = _read(connection, [_OF_PRESENT_REVISION, _IS_LATEST, *asked], keys)
    return {route.part: route for route in found}


def current_route(connection: Connection, part: int) -> Route | None:
    """Give the latest route of a part's present revision; None where it has none."""
    return current_routes(connection, [part]).get(part)


def find_routes(connection: Connection, keys: Iterable[int]) -> dict[int, Route]:
    """Give routes by their row ids."""
    return {route.id: route for route in _read(connection, [one_of(routes.c.id, "keys")], keys)}


def versions_of(connection: Connection, part: int) -> list[Route]:
    """Give all versions of a part's routes, the newest first."""
    return _read(connection, [routes.c.part == part])[::-1]


def route_of(connection: Connection, part_number: str) -> tuple[str, ...]:
    """Give the operations, in order, of a part's current route."""
    of_part = sa.exists().where(parts.c.id == routes.c.part, parts.c.part_number == part_number)
    found = _read(connection, [_OF_PRESENT_REVISION, _IS_LATEST, of_part])
    return found[0].names if found else ()


def _read(
    connection: Connection, conditions: Sequence[Any], keys: Iterable[int] | None = None
) -> list[Route]:
    statement = (
        sa.select(routes, route_operations.c.operation, route_operations.c.optional)
        .join_from(routes, route_operations, route_operations.c.route == routes.c.id)
        .where(*conditions)
        .order_by(routes.c.id, route_operations.c.position)
    )
    rows = connection.execute(statement, {} if keys is None else {"keys": many_values(keys)})
    heads: dict[int, dict[str, Any]] = {}
    operations: dict[int, list[RouteOperation]] = {}
    for row in rows.mappings():
        head = dict(row)
        each = RouteOperation(head.pop("operation"), head.pop("optional"))
        heads.setdefault(head["id"], head)
        operations.setdefault(head["id"], []).append(each)
    return [Route(**head, operations=tuple(operations[key])) for key, head in heads.items()]
