"""Deriving units anew when what is known of the order of their runs has changed."""

from collections.abc import Sequence

from sqlalchemy.engine import Connection

from lotline_server.lots import queries as lots
from lotline_server.routes import queries as routes
from lotline_server.units import queries as units
from lotline_server.units import service as unit_rules

_CHUNK = 500


def rederive_epochs(connection: Connection, epochs: Sequence[int]) -> None:
    """Derive every unit that has a run in one of these epochs."""
    keys = sorted({unit for epoch in epochs for unit in units.units_of_epoch(connection, epoch)})
    if not keys:
        return

    def find_lot(lot: str, part: int) -> int | None:
        found = lots.lot_key(connection, lot)
        return found[0] if found is not None and found[1] == part else None

    operations = routes.routes(connection)
    for start in range(0, len(keys), _CHUNK):
        unit_rules.rederive(connection, keys[start : start + _CHUNK], routes=operations, find_lot=find_lot)
