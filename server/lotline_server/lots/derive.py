"""Deriving units of lots anew, and what follows from it for stock."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from lotline_server.lots import queries
from lotline_server.lots.finding import RouteFinder
from lotline_server.lots.settle import settle
from lotline_server.units import service as units

_CHUNK = 500


def rederive(connection: Connection, keys: Sequence[int], *, at: datetime, who: str) -> None:
    """Derive these units from all their runs, then settle what that says of stock."""

    known: dict[str, tuple[int, int, bool] | None] = {}

    def find_lot(lot: str, part: int) -> int | None:
        if lot not in known:
            known[lot] = queries.lot_key(connection, lot)
        found = known[lot]
        return found[0] if found is not None and found[1] == part else None

    route_of = RouteFinder(connection)
    for start in range(0, len(keys), _CHUNK):
        chunk = keys[start : start + _CHUNK]
        units.rederive(connection, chunk, route_of=route_of, find_lot=find_lot)
        settle(connection, chunk, at=at, who=who)
