"""Which route a unit follows: the version that its lot was released with, else its part's current one.

So a change of a part's route never changes what a released lot asks for.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from lotline_server.activity.service import note
from lotline_server.boms import service as boms
from lotline_server.changes import queries as changes
from lotline_server.core.errors import Invalid
from lotline_server.lots import queries
from lotline_server.lots.derive import rederive
from lotline_server.lots.finding import RouteFinder
from lotline_server.parts import service as parts
from lotline_server.parts.queries import PartRow
from lotline_server.routes import queries as routes
from lotline_server.routes.queries import Route, RouteOperation
from lotline_server.routes.service import put_route, written


def change_route(
    connection: Connection,
    *,
    part_number: str,
    operations: Sequence[RouteOperation],
    at: datetime,
    who: str,
    base: int | None = None,
) -> Route:
    """Give a part's present revision a new version of its route, and derive anew the units that follow it.

    base: as `put_route` has it. Raises NotFound, Invalid, Conflict.
    """
    part = parts.require_part(connection, part_number)
    before = routes.current_route(connection, part.id)
    after = put_route(connection, part, operations, at=at, who=who, base=base)
    if before is not None and after.id == before.id:
        return after
    was = "none" if before is None else written(before.operations)
    note(
        connection,
        at=at,
        who=who,
        what="part.route",
        subject=part_number,
        text=f"The route of {part_number} revision {part.revision} is now version {after.version}: "
        f"{was} → {written(after.operations)}",
        before={"route": was},
        after={"route": written(after.operations), "version": after.version},
    )
    rederive(connection, queries.units_on_current_route(connection, part.id), at=at, who=who)
    changes.bump(connection, facts=True)
    return after


def change_part(
    connection: Connection, *, part_number: str, at: datetime, who: str, **given: str | None
) -> PartRow:
    """Change a part as `parts.service.change_part` has it. A revision that has no BOM or no route of its own
    begins with a copy of the one before; the units that follow the part's current route are derived anew.
    """
    before = parts.require_part(connection, part_number)
    if given.get("kind") == "part" and boms.has_bom(connection, before):
        raise Invalid(f"{part_number} has a BOM: only a pcba or an assembly has one")
    route = routes.current_route(connection, before.id)
    after = parts.change_part(connection, part_number=part_number, at=at, who=who, **given)
    if after.revision == before.revision:
        return after
    boms.copy_bom(connection, after, before.revision, at=at, who=who)
    present = routes.current_route(connection, after.id)
    if route is not None and present is None:
        put_route(connection, after, route.operations, at=at, who=who)
    elif route is not None and present is not None and present.operations != route.operations:
        rederive(connection, queries.units_on_current_route(connection, after.id), at=at, who=who)
    return after


def lot_route(connection: Connection, lot: str) -> Route | None:
    """Give the route that a lot's units follow; None where there is no such lot, or its part has no route."""
    key = queries.lot_key(connection, lot)
    return None if key is None else RouteFinder(connection)(key[1], key[0])


def unit_route(connection: Connection, part_number: str, lot: str | None) -> Route | None:
    """Give the route that a unit follows. lot: None where it belongs to none."""
    if lot is not None:
        return lot_route(connection, lot)
    return routes.current_route(connection, parts.require_part(connection, part_number).id)
