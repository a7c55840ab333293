"""Statements about units and what is derived for them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.core.dialect import many_values, one_of, upsert
from lotline_server.core.prepared import Prepared, insert_prepared
from lotline_server.runs.models import runs
from lotline_server.stations.models import epochs, stations
from lotline_server.units.models import unit_events, unit_operations, units


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitKey:
    """A unit's row, as ingest needs it. from_run: nobody planned it, a run brought it.

    hold: why it is on hold; None where it is not
    """

    id: int
    serial_number: str
    part: int
    lot: int | None
    from_run: bool
    scrapped: bool
    status: str
    completed_us: int | None
    hold: str | None


_BY_ID = Prepared(
    sa.select(
        units.c.id, units.c.serial_number, units.c.part, units.c.lot, units.c.from_run, units.c.scrapped,
        units.c.status, units.c.completed_at, units.c.hold,
    ).where(one_of(units.c.id, "ids")),
    ("ids",),
)  # fmt: skip
_RUN_FACTS = Prepared(
    sa.select(
        runs.c.id, runs.c.run_id, runs.c.unit, runs.c.station, epochs.c.depth, runs.c.seq, runs.c.operation,
        runs.c.purpose, runs.c.counts_as, runs.c.started_at, runs.c.ended_at, runs.c.lot,
    )
    .join_from(runs, epochs, runs.c.epoch == epochs.c.id)
    .where(one_of(runs.c.unit, "units")),
    ("units",),
)  # fmt: skip
_withdrawal = unit_events.alias("withdrawal")
_SAID = Prepared(
    sa.select(
        unit_events.c.unit, unit_events.c.id, unit_events.c.what, unit_events.c.at, unit_events.c.mark,
        unit_events.c.operation,
    ).where(
        one_of(unit_events.c.unit, "units"),
        sa.or_(unit_events.c.what == "marked", unit_events.c.what == "rework"),
        ~sa.exists().where(_withdrawal.c.unit == unit_events.c.unit, _withdrawal.c.about == unit_events.c.id),
    ),
    ("units",),
)  # fmt: skip
_FIND = Prepared(
    sa.select(units.c.serial_number, units.c.part, units.c.id).where(
        one_of(units.c.serial_number, "serial_numbers")
    ),
    ("serial_numbers",),
)
insert_units = insert_prepared(
    units, "serial_number", "part", "lot", "from_run", "status", "scrapped", "created_at"
)
_SET_STATE = Prepared(
    sa.update(units)
    .where(units.c.id == sa.bindparam("key"))
    .values(
        lot=sa.bindparam("new_lot"),
        status=sa.bindparam("new_status"),
        completed_at=sa.bindparam("new_at"),
        standing=sa.bindparam("new_standing"),
    ),
    ("new_lot", "new_status", "new_at", "new_standing", "key"),
)
_OPERATION_COLUMNS = (
    "unit", "operation", "lot", "first_run", "first_outcome", "first_at", "deciding_run",
    "deciding_outcome", "attempts", "passed_at",
)  # fmt: skip
_SET_OPERATIONS = Prepared(
    upsert(unit_operations, ["unit", "operation"], list(_OPERATION_COLUMNS[2:])).values(
        {name: sa.bindparam(name) for name in _OPERATION_COLUMNS}
    ),
    _OPERATION_COLUMNS,
)


def find_units(connection: Connection, serial_numbers: Iterable[str]) -> dict[tuple[str, int], int]:
    """Give the row ids, by (serial number, part), of all units with these serial numbers."""
    found = _FIND.all(connection, (many_values(serial_numbers),))
    return {(serial, part): key for serial, part, key in found}


def find_keys(connection: Connection, keys: Iterable[int]) -> list[UnitKey]:
    """Give units by their row ids."""
    return [
        UnitKey(
            id=key,
            serial_number=serial_number,
            part=part,
            lot=lot,
            from_run=bool(from_run),
            scrapped=bool(scrapped),
            status=status,
            completed_us=completed_us,
            hold=hold,
        )
        for key, serial_number, part, lot, from_run, scrapped, status, completed_us, hold in _BY_ID.all(
            connection, (many_values(keys),)
        )
    ]


def taken_serials(connection: Connection, part: int, first: str, last: str) -> set[str]:
    """Give which serial numbers of a part from first to last exist."""
    statement = sa.select(units.c.serial_number).where(
        units.c.part == part, units.c.serial_number.between(first, last)
    )
    return set(connection.execute(statement).scalars())


def run_facts(connection: Connection, keys: Iterable[int]) -> list[tuple[Any, ...]]:
    """Give (id, run_id, unit, station, depth, seq, operation, purpose, counts_as, started_us, ended_us, lot
    as named) of all runs of these units.
    """
    return _RUN_FACTS.all(connection, (many_values(keys),))


def said_of(connection: Connection, keys: Iterable[int]) -> list[tuple[Any, ...]]:
    """Give (unit, id, what, at_us, mark, operation) of each mark and rework of these units that stands."""
    return _SAID.all(connection, (many_values(keys),))


_RIVALS = Prepared(
    sa.select(
        runs.c.unit, runs.c.operation, runs.c.station, stations.c.name, epochs.c.depth, runs.c.seq,
        runs.c.counts_as, runs.c.received_at,
    )
    .join_from(runs, epochs, runs.c.epoch == epochs.c.id)
    .join(stations, stations.c.id == runs.c.station)
    .where(
        one_of(runs.c.unit, "units"),
        runs.c.station != sa.bindparam("station"),
        runs.c.counts_as.is_not(None),
    ),
    ("units", "station"),
)  # fmt: skip


def last_at_other_stations(
    connection: Connection, keys: Iterable[int], station: int
) -> dict[tuple[int, str], list[tuple[str, str, int]]]:
    """Give, by (unit, operation), of each other station its last counted run there: (station's name, PASS or
    FAIL, received_us).
    """
    last: dict[tuple[int, str, int], tuple[tuple[int, int], tuple[str, str, int]]] = {}
    for unit, operation, other, name, depth, seq, counts_as, received_us in _RIVALS.all(
        connection, (many_values(keys), station)
    ):
        found = ((depth, seq), (name, counts_as, received_us))
        last[unit, operation, other] = max(last.get((unit, operation, other), found), found)
    by_operation: dict[tuple[int, str], list[tuple[str, str, int]]] = {}
    for (unit, operation, _), (_, said) in last.items():
        by_operation.setdefault((unit, operation), []).append(said)
    return by_operation


def units_of_epoch(connection: Connection, epoch: int) -> list[int]:
    """Give the units that have a run in this epoch."""
    statement = sa.select(runs.c.unit).where(runs.c.epoch == epoch).distinct()
    return list(connection.execute(statement).scalars())


def set_states(
    connection: Connection, rows: Sequence[tuple[int | None, str, int | None, str | None, int]]
) -> None:
    """Write derived states: (lot, status, completed_us, standing, unit). standing: JSON of PASS or FAIL by
    operation; None where nothing is decided.
    """
    _SET_STATE.many(connection, rows)


def set_scrapped(connection: Connection, keys: Iterable[int], *, scrapped: bool) -> None:
    """Say that units are scrapped, or that they are not; their status is derived afterwards."""
    connection.execute(
        sa.update(units).where(one_of(units.c.id, "ids")).values(scrapped=scrapped),
        {"ids": many_values(keys)},
    )


def set_hold(connection: Connection, keys: Iterable[int], hold: str | None) -> None:
    """Put units on hold, with the reason, or release them: None."""
    connection.execute(
        sa.update(units).where(one_of(units.c.id, "ids")).values(hold=hold), {"ids": many_values(keys)}
    )


def set_operations(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write what is derived of units at their operations: (unit, operation, lot, first_run, first_outcome,
    first_us, deciding_run, deciding_outcome, attempts, passed_us).
    """
    _SET_OPERATIONS.many(connection, rows)


def count_completed(connection: Connection, start: datetime, end: datetime) -> int:
    """Give how many units were completed in [start, end)."""
    statement = sa.select(sa.func.count()).where(
        units.c.completed_at.is_not(None), units.c.completed_at >= start, units.c.completed_at < end
    )
    return int(connection.execute(statement).scalar_one())
