"""Statements about units and what is derived for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.core.dialect import upsert
from lotline_server.core.prepared import Prepared, insert_prepared
from lotline_server.core.rows import fetch_all
from lotline_server.parts.models import parts
from lotline_server.runs.models import runs
from lotline_server.stations.models import epochs
from lotline_server.units.models import completed_days, unit_operations, units


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitKey:
    """A unit's row, as ingest needs it. from_run: nobody planned it, a run brought it."""

    id: int
    serial_number: str
    part: int
    part_number: str
    lot: int | None
    from_run: bool
    scrapped: bool
    status: str
    completed_at: datetime | None


_KEY_COLUMNS = [
    units.c.id, units.c.serial_number, units.c.part, parts.c.part_number, units.c.lot, units.c.from_run,
    units.c.scrapped, units.c.status, units.c.completed_at,
]  # fmt: skip
_FIND = Prepared(
    sa.select(units.c.id, units.c.lot).where(
        units.c.serial_number == sa.bindparam("serial_number"), units.c.part == sa.bindparam("part")
    ),
    ("serial_number", "part"),
)
insert_units = insert_prepared(
    units, "serial_number", "part", "lot", "from_run", "status", "scrapped", "created_at"
)
_SET_STATE = Prepared(
    sa.update(units)
    .where(units.c.id == sa.bindparam("key"))
    .values(
        lot=sa.bindparam("new_lot"), status=sa.bindparam("new_status"), completed_at=sa.bindparam("new_at")
    ),
    ("new_lot", "new_status", "new_at", "key"),
)
_OPERATION_COLUMNS = [
    "unit", "operation", "lot", "first_run", "first_outcome", "first_at", "deciding_run",
    "deciding_outcome", "attempts",
]  # fmt: skip


def find_unit(connection: Connection, serial_number: str, part: int) -> tuple[int, int | None] | None:
    """Give a unit's (row id, lot); None where the server does not know it."""
    found = _FIND.all(connection, (serial_number, part))
    return (found[0][0], found[0][1]) if found else None


def units_by_id(connection: Connection, keys: Sequence[int]) -> list[UnitKey]:
    """Give units by their row ids."""
    statement = sa.select(*_KEY_COLUMNS).join_from(units, parts).where(units.c.id.in_(keys))
    return fetch_all(connection, statement, UnitKey)


def units_by_serial(connection: Connection, serial_number: str) -> list[UnitKey]:
    """Give all units with this serial number: one of each part that uses it."""
    statement = (
        sa.select(*_KEY_COLUMNS)
        .join_from(units, parts)
        .where(units.c.serial_number == serial_number)
        .order_by(parts.c.part_number)
    )
    return fetch_all(connection, statement, UnitKey)


def taken_serials(connection: Connection, part: int, first: str, last: str) -> set[str]:
    """Give which serial numbers of a part from first to last exist."""
    statement = sa.select(units.c.serial_number).where(
        units.c.part == part, units.c.serial_number.between(first, last)
    )
    return set(connection.execute(statement).scalars())


def run_facts(connection: Connection, keys: Sequence[int]) -> list[tuple[Any, ...]]:
    """Give (id, run_id, unit, station, depth, seq, operation, purpose, counts_as, started_us, ended_us, lot
    as named) of all runs of these units.
    """
    statement = (
        sa.select(
            runs.c.id, runs.c.run_id, runs.c.unit, runs.c.station, epochs.c.depth, runs.c.seq,
            runs.c.operation, runs.c.purpose, runs.c.counts_as,
            sa.type_coerce(runs.c.started_at, sa.Integer), sa.type_coerce(runs.c.ended_at, sa.Integer),
            runs.c.lot,
        )
        .join_from(runs, epochs, runs.c.epoch == epochs.c.id)
        .where(runs.c.unit.in_(keys))
    )  # fmt: skip
    return [tuple(row) for row in connection.execute(statement)]


def units_of_epoch(connection: Connection, epoch: int) -> list[int]:
    """Give the units that have a run in this epoch."""
    statement = sa.select(runs.c.unit).where(runs.c.epoch == epoch).distinct()
    return list(connection.execute(statement).scalars())


def set_states(connection: Connection, rows: Sequence[tuple[int | None, str, int | None, int]]) -> None:
    """Write derived states: (lot, status, completed_us, unit)."""
    _SET_STATE.many(connection, rows)


def set_operations(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write what is derived of units at their operations."""
    if rows:
        statement = upsert(connection, unit_operations, ["unit", "operation"], _OPERATION_COLUMNS[2:])
        connection.execute(statement, list(rows))


def count_completed(connection: Connection, start: datetime, end: datetime) -> int:
    """Give how many units were completed in [start, end)."""
    statement = sa.select(sa.func.count()).where(
        units.c.completed_at.is_not(None), units.c.completed_at >= start, units.c.completed_at < end
    )
    return int(connection.execute(statement).scalar_one())


def set_completed_day(connection: Connection, day: str, completed: int) -> None:
    """Write how many units were completed on a day."""
    connection.execute(
        upsert(connection, completed_days, ["day"], ["completed"]).values(day=day, completed=completed)
    )


def completed_by_day(connection: Connection, first: str, last: str) -> dict[str, int]:
    """Give the units completed on each day (YYYY-MM-DD) from first to last; days without any are absent."""
    statement = (
        sa.select(completed_days.c.day, completed_days.c.completed)
        .where(completed_days.c.day.between(first, last), completed_days.c.completed > 0)
        .order_by(completed_days.c.day)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}
