"""Everything that is known of one unit, put together from its verbatim records."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from lotline_contract.record import Run, parse_run
from lotline_server.core.errors import Conflict, NotFound
from lotline_server.history import queries
from lotline_server.history.queries import OperationRow, RunRow
from lotline_server.lots import queries as lots
from lotline_server.lots.queries import UnitRow
from lotline_server.lots.routing import unit_route
from lotline_server.runs.codec import unpack_record
from lotline_server.units import genealogy as units
from lotline_server.units import service as unit_rules
from lotline_server.units.event_queries import UnitEventRow, events_of
from lotline_server.units.genealogy import Genealogy


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """A run: its row, and its record as the station wrote it. attempt: None where it used up none."""

    row: RunRow
    attempt: int | None
    record: Run


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingRow:
    """What holds at an operation of the route. verdict: PASS or FAIL; None where it is to be done.

    by: `run` or `mark`, whichever says so. attempts: of its runs. optional: a unit is completed without it
    """

    operation: str
    verdict: str | None
    by: str | None
    attempts: int
    optional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRecord:
    """The whole record of one unit. runs, events: the newest first.

    standing: at each operation of the route
    """

    unit: UnitRow
    route: tuple[str, ...]
    operations: list[OperationRow]
    runs: list[RunRecord]
    standing: list[StandingRow]
    events: list[UnitEventRow]
    genealogy: Genealogy


def find_unit(connection: Connection, serial_number: str, part_number: str | None = None) -> UnitRow:
    """Find a unit. Raises NotFound; Conflict, naming the parts, where the serial number fits more than one
    and no part was asked for.
    """
    found = lots.units_of_serial(connection, serial_number)
    if part_number is not None:
        found = [unit for unit in found if unit.part_number == part_number]
    if not found:
        of_part = "" if part_number is None else f" of part {part_number}"
        raise NotFound(f"no unit{of_part} has the serial number {serial_number}")
    if len(found) > 1:
        names = ", ".join(unit.part_number for unit in found)
        raise Conflict(f"serial number {serial_number} fits several parts: {names}; say which with ?part=")
    return found[0]


def unit_record(connection: Connection, serial_number: str, part_number: str | None = None) -> UnitRecord:
    """Give everything of one unit. Raises as find_unit does."""
    unit = find_unit(connection, serial_number, part_number)
    rows = queries.runs_of_unit(connection, unit.serial_number, unit.part_number)
    route = unit_route(connection, unit.part_number, unit.lot)
    key = units.find_member(connection, unit.serial_number, unit.part_number).id
    operations = queries.operations_of_unit(connection, unit.serial_number, unit.part_number)
    attempts = {each.operation: each.attempts for each in operations}
    return UnitRecord(
        unit=unit,
        route=() if route is None else route.names,
        operations=operations,
        runs=_with_records(connection, rows),
        standing=[
            StandingRow(
                operation=each.operation,
                verdict=each.verdict,
                by="run" if each.run is not None else "mark" if each.mark is not None else None,
                attempts=attempts.get(each.operation, 0),
                optional=route is not None and each.operation in route.optional,
            )
            for each in unit_rules.standing_of(connection, key, route)
        ],
        events=events_of(connection, key),
        genealogy=units.genealogy(connection, key),
    )


def _with_records(connection: Connection, rows: Sequence[RunRow]) -> list[RunRecord]:
    packed = {row.run_id: row for row in queries.records_of(connection, [row.run_id for row in rows])}
    attempts = _attempts(rows)
    return [
        RunRecord(
            row=row,
            attempt=attempts.get(row.run_id),
            record=parse_run(unpack_record(packed[row.run_id].content, packed[row.run_id].dictionary)),
        )
        for row in rows
    ]


def _attempts(rows: Sequence[RunRow]) -> dict[str, int]:
    """Number the runs that count, by operation, in the order of their starts."""
    numbered: dict[str, int] = {}
    seen: dict[str, int] = {}
    for row in sorted(rows, key=lambda row: (row.started_at, row.run_id)):
        if row.counts_as is not None:
            numbered[row.run_id] = seen[row.operation] = seen.get(row.operation, 0) + 1
    return numbered


def require_run(connection: Connection, run_id: str) -> RunRow:
    """Find a run. Raises NotFound."""
    found = queries.find_run(connection, run_id)
    if found is None:
        raise NotFound("no run has this id")
    return found


def run_record(connection: Connection, run_id: str) -> RunRecord:
    """Give one run with its record. Raises NotFound."""
    row = require_run(connection, run_id)
    siblings = queries.runs_of_unit(connection, row.serial_number, row.part_number)
    (record,) = _with_records(connection, [row])
    return RunRecord(row=row, attempt=_attempts(siblings).get(run_id), record=record.record)


def verbatim(connection: Connection, run_id: str) -> tuple[bytes, str]:
    """Give a record's exact bytes and their digest. Raises NotFound."""
    found = queries.records_of(connection, [run_id])
    if not found:
        raise NotFound("no record has this id")
    return unpack_record(found[0].content, found[0].dictionary), found[0].digest.hex()
