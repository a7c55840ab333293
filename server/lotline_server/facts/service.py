"""The snapshot of open lots that stations keep for the time without the server."""

import json
import threading

import msgspec
from sqlalchemy.engine import Connection

from lotline_contract.wire import LotFact, PartFact, Snapshot, UnitFact
from lotline_server.changes import queries as changes
from lotline_server.core.clock import iso
from lotline_server.core.web import Deps
from lotline_server.lots import queries as lots
from lotline_server.lots.queries import LotRow
from lotline_server.parts import queries as parts
from lotline_server.routes import queries as routes
from lotline_server.routes.queries import Route

MAX_LOTS = 1_000_000
KNOWN_TO_STATIONS = ("released", "in_production", "on_hold")
"""The open lots, and those on hold: a station denies their units, and can say why."""


def cursor_of(generation: str, counter: int) -> str:
    """Name a state of the facts."""
    return f"{generation[:12]}-{counter}"


def take_snapshot(connection: Connection, *, generation: str, cursor: str, as_of: str) -> Snapshot:
    """Give all facts of the open lots, in one consistent state. Parts come whole, so that a unit of a part
    without an open lot is told from a foreign one.
    """
    current = routes.current_routes(connection)
    found = lots.list_lots(connection, statuses=KNOWN_TO_STATIONS, limit=MAX_LOTS)
    pinned = lots.pinned_routes(connection, [lot.lot for lot in found])
    of_lots = routes.find_routes(connection, set(pinned.values()))
    keys = parts.part_keys(connection)

    def route_of(lot: str, part_number: str) -> Route | None:
        return of_lots[pinned[lot]] if lot in pinned else current.get(keys[part_number])

    lot_routes = {lot.lot: route_of(lot.lot, lot.part_number) for lot in found}
    return Snapshot(
        server_generation=generation,
        cursor=cursor,
        as_of=as_of,
        lots=tuple(_lot(lot, lot_routes[lot.lot]) for lot in found),
        parts=tuple(
            PartFact(
                part_number=part.part_number,
                name=part.name,
                serial_prefix=part.serial_prefix,
                serial_digits=part.serial_digits,
                route=_names(current.get(part.id)),
                optional=_optional(current.get(part.id)),
            )
            for part in parts.all_parts(connection)
        ),
        units=tuple(
            _unit(serial, part_number, lot, status, hold, standing, lot_routes[lot])
            for serial, part_number, lot, status, hold, standing in lots.units_of_open_lots(connection)
        ),
    )


def _lot(lot: LotRow, route: Route | None) -> LotFact:
    return LotFact(
        lot=lot.lot,
        part_number=lot.part_number,
        target=lot.target,
        open=lot.open,
        completed=lot.completed,
        in_progress=lot.in_progress,
        failed=lot.failed,
        route=_names(route),
        optional=_optional(route),
    )


def _unit(  # noqa: PLR0917
    serial: str,
    part_number: str,
    lot: str,
    status: str,
    hold: str | None,
    standing: str | None,
    route: Route | None,
) -> UnitFact:
    """Where the route has one operation only, nothing comes before it: what was passed is then left out."""
    if route is None or len(route.operations) == 1:
        return UnitFact(serial_number=serial, part_number=part_number, lot=lot, status=status, hold=hold)
    stands = {} if standing is None else json.loads(standing)
    return UnitFact(
        serial_number=serial,
        part_number=part_number,
        lot=lot,
        status=status,
        hold=hold,
        passed=tuple(operation for operation, verdict in stands.items() if verdict == "PASS"),
        failed=tuple(operation for operation, verdict in stands.items() if verdict == "FAIL"),
    )


def _names(route: Route | None) -> tuple[str, ...]:
    return () if route is None else route.names


def _optional(route: Route | None) -> tuple[str, ...]:
    return () if route is None else route.optional


class Snapshots:
    """The newest snapshot, encoded once for all stations that ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cursor = ""
        self._encoded = b""

    def cursor(self, needs: Deps) -> str:
        """Name the present state of the facts."""
        with needs.database.read() as connection:
            return cursor_of(needs.generation, changes.read(connection, "facts"))

    def encoded(self, needs: Deps) -> tuple[str, bytes]:
        """Give (cursor, JSON) of the present state."""
        with self._lock, needs.database.read() as connection:
            cursor = cursor_of(needs.generation, changes.read(connection, "facts"))
            if cursor != self._cursor:
                snapshot = take_snapshot(
                    connection, generation=needs.generation, cursor=cursor, as_of=iso(needs.clock())
                )
                self._cursor, self._encoded = cursor, msgspec.json.encode(snapshot)
            return self._cursor, self._encoded
