"""A unit's measurements and a lot's units as CSV."""

from collections.abc import Iterable, Iterator, Sequence

from lotline_server.core.spreadsheet import Cell, write_csv
from lotline_server.history.service import UnitRecord
from lotline_server.lots.queries import UnitRow

MEASUREMENT_HEAD = (
    "serial_number", "part_number", "lot", "run_id", "started_at", "station", "operation", "run_outcome",
    "step", "measurement", "value", "uom", "comparator", "low", "high", "equals", "outcome", "data_digest",
)  # fmt: skip
UNIT_HEAD = ("serial_number", "part_number", "lot", "status", "completed_at")


def measurements_csv(found: UnitRecord) -> str:
    """Write every measurement of a unit, a line each."""
    return write_csv(MEASUREMENT_HEAD, _measurements(found))


def _measurements(found: UnitRecord) -> Iterator[Sequence[Cell]]:
    unit = found.unit
    for run in found.runs:
        row = run.row
        for step in run.record.steps:
            for each in step.measurements:
                limit = each.limit
                bounds: tuple[Cell, ...] = (None, None, None, None)
                if limit is not None:
                    bounds = (str(limit.comparator), limit.low, limit.high, limit.equals)
                yield (
                    unit.serial_number, unit.part_number, unit.lot, row.run_id, row.started_at.isoformat(),
                    row.station, row.operation, row.outcome, step.name, each.name,
                    each.reading if each.value is None else each.value, each.uom, *bounds, str(each.outcome),
                    each.vector.data_digest if each.vector else None,
                )  # fmt: skip


def units_csv(units: Iterable[UnitRow]) -> str:
    """Write a lot's units, a line each."""
    return write_csv(
        UNIT_HEAD,
        (
            (
                unit.serial_number,
                unit.part_number,
                unit.lot,
                unit.status,
                unit.completed_at.isoformat() if unit.completed_at else None,
            )
            for unit in units
        ),
    )
