"""Yields as the glossary has them: a unit counts at an operation by its first run that ended PASS or FAIL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.lots.models import lots
from lotline_server.runs.models import runs
from lotline_server.stations.models import stations
from lotline_server.units.models import lot_yields, unit_operations, units


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationYield:
    """The yield at one operation. left_out: production runs that ended ERROR or ABORTED, uncounted."""

    operation: str
    counted: int
    first_passed: int
    last_passed: int
    left_out: int = 0

    @property
    def first_pass_yield(self) -> float | None:
        """Give the share that passed at once; None where nothing counts yet."""
        return self.first_passed / self.counted if self.counted else None

    @property
    def last_pass_yield(self) -> float | None:
        """Give the share that passes now; None where nothing counts yet."""
        return self.last_passed / self.counted if self.counted else None


_FIRST = sa.func.count().filter(unit_operations.c.first_outcome == "PASS").label("first_passed")


def lots_yields(connection: Connection, names: Sequence[str]) -> dict[str, list[OperationYield]]:
    """Give the yields of these lots, by operation. What was left out is not counted here."""
    counted = lot_yields.c.counted
    statement = (
        sa.select(
            lots.c.lot, lot_yields.c.operation, counted, lot_yields.c.first_passed, lot_yields.c.last_passed
        )
        .join_from(lots, lot_yields, lot_yields.c.lot == lots.c.id)
        .where(lots.c.lot.in_(names), counted > 0)
        .order_by(lots.c.lot, lot_yields.c.operation)
    )
    found: dict[str, list[OperationYield]] = {name: [] for name in names}
    for lot, operation, counted_, first, last in connection.execute(statement):
        found[lot].append(
            OperationYield(operation=operation, counted=counted_, first_passed=first, last_passed=last)
        )
    return found


def left_out(connection: Connection, lot: str) -> dict[str, int]:
    """Give how many production runs of a lot count for nothing, by operation."""
    statement = (
        sa.select(runs.c.operation, sa.func.count())
        .join_from(lots, units, units.c.lot == lots.c.id)
        .join(runs, runs.c.unit == units.c.id)
        .where(lots.c.lot == lot, runs.c.purpose == "production", runs.c.counts_as.is_(None))
        .group_by(runs.c.operation)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}


def station_yields(connection: Connection, start: datetime, end: datetime) -> dict[str, tuple[int, int]]:
    """Give (counted, passed at once) of each station, over the units whose first counted run began there in
    [start, end); a station without any is absent.
    """
    statement = (
        sa.select(stations.c.name, sa.func.count(), _FIRST)
        .join_from(unit_operations, runs, runs.c.id == unit_operations.c.first_run)
        .join(stations, stations.c.id == runs.c.station)
        .where(unit_operations.c.first_at >= start, unit_operations.c.first_at < end)
        .group_by(stations.c.name)
    )
    return {row[0]: (int(row[1]), int(row[2])) for row in connection.execute(statement)}
