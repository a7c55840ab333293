"""Deriving units anew when what is known of the order of their runs has changed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from lotline_server.lots.derive import rederive
from lotline_server.units import queries as units


def rederive_epochs(connection: Connection, epochs: Sequence[int], *, at: datetime, who: str) -> None:
    """Derive every unit that has a run in one of these epochs."""
    keys = sorted({unit for epoch in epochs for unit in units.units_of_epoch(connection, epoch)})
    if keys:
        rederive(connection, keys, at=at, who=who)
