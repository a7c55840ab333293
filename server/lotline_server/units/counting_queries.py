"""Statements that keep and read the sums of units by days and shifts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.core.dialect import adding, many_values, one_of
from lotline_server.core.prepared import Prepared
from lotline_server.core.rows import fetch_all
from lotline_server.core.schema import meta
from lotline_server.parts.models import parts
from lotline_server.site.calendar import Span
from lotline_server.units.models import completed_days, operation_days, unit_operations, units

_DUE = "recount_due"
_FIGURES = ("counted", "first_passed", "passed")

_OPERATIONS = Prepared(
    sa.select(
        unit_operations.c.unit,
        unit_operations.c.operation,
        unit_operations.c.first_at,
        unit_operations.c.first_outcome,
        unit_operations.c.passed_at,
    ).where(one_of(unit_operations.c.unit, "units")),
    ("units",),
)
_ADD_COMPLETED = Prepared(
    adding(completed_days, ["day", "shift", "part"], ["completed"]).values(
        {name: sa.bindparam(name) for name in ("day", "shift", "part", "completed")}
    ),
    ("day", "shift", "part", "completed"),
)
_ADD_AT_OPERATIONS = Prepared(
    adding(operation_days, ["day", "shift", "operation"], list(_FIGURES)).values(
        {name: sa.bindparam(name) for name in ("day", "shift", "operation", *_FIGURES)}
    ),
    ("day", "shift", "operation", *_FIGURES),
)


def operations_of(connection: Connection, keys: Iterable[int]) -> list[tuple[Any, ...]]:
    """Give (unit, operation, first_us, first_outcome, passed_us) of these units as it is written."""
    return _OPERATIONS.all(connection, (many_values(keys),))


def add_completed(connection: Connection, counts: Mapping[tuple[str, str, int], int]) -> None:
    """Add to the units completed by (day, shift, part)."""
    _ADD_COMPLETED.many(connection, [(*place, count) for place, count in counts.items() if count])


def add_at_operations(connection: Connection, counts: Mapping[tuple[str, str, str, str], int]) -> None:
    """Add to the units at operations by (day, shift, operation, figure): `counted` for the first time,
    `first_passed` of them at once, `passed` for good.
    """
    rows: dict[tuple[str, str, str], dict[str, int]] = {}
    for (day, shift, operation, figure), count in counts.items():
        if count:
            rows.setdefault((day, shift, operation), dict.fromkeys(_FIGURES, 0))[figure] += count
    _ADD_AT_OPERATIONS.many(connection, [(*place, *found.values()) for place, found in rows.items()])


def forget_days(connection: Connection, first: str) -> None:
    """Forget what was counted of days from one on."""
    for table in (completed_days, operation_days):
        connection.execute(sa.delete(table).where(table.c.day >= first))


def first_from(connection: Connection, start: datetime) -> datetime | None:
    """Give when the first thing that is counted happened from a moment on; None where nothing did."""
    firsts = [
        connection.execute(
            sa.select(sa.func.min(column)).where(column.is_not(None), column >= start)
        ).scalar()
        for column in (units.c.completed_at, unit_operations.c.first_at, unit_operations.c.passed_at)
    ]
    return min((each for each in firsts if each is not None), default=None)


def completed_in(connection: Connection, span: Span) -> list[tuple[int, int]]:
    """Give (part, units completed) of a span of time."""
    at = units.c.completed_at
    statement = (
        sa.select(units.c.part, sa.func.count())
        .where(at.is_not(None), at >= span.start, at < span.end)
        .group_by(units.c.part)
    )
    return [(row[0], row[1]) for row in connection.execute(statement)]


def at_operations_in(connection: Connection, span: Span) -> Iterator[tuple[str, str, int]]:
    """Give (operation, figure, units) of a span of time; see `add_at_operations`."""
    first, passed, operation = (
        unit_operations.c.first_at,
        unit_operations.c.passed_at,
        unit_operations.c.operation,
    )
    counted = (
        sa.select(
            operation, sa.func.count(), sa.func.count().filter(unit_operations.c.first_outcome == "PASS")
        )
        .where(first >= span.start, first < span.end)
        .group_by(operation)
    )
    for name, count, at_once in connection.execute(counted):
        yield name, "counted", count
        yield name, "first_passed", at_once
    for_good = (
        sa.select(operation, sa.func.count())
        .where(passed.is_not(None), passed >= span.start, passed < span.end)
        .group_by(operation)
    )
    for name, count in connection.execute(for_good):
        yield name, "passed", count


def make_due(connection: Connection) -> None:
    """Have everything counted anew when the server starts."""
    connection.execute(sa.insert(meta).values(key=_DUE, value="1"))


def take_due(connection: Connection) -> bool:
    """Tell whether everything is to be counted anew, and that it is done now."""
    return connection.execute(sa.delete(meta).where(meta.c.key == _DUE)).rowcount > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """How many units in a day or month and shift, of one part or at one operation: `of` is its name."""

    period: str
    shift: str
    of: str
    count: int


def completed_by(
    connection: Connection, first: str, last: str, *, by_month: bool = False, by_shift: bool = False,
    by_part: bool = False,
) -> list[Sum]:  # fmt: skip
    """Give the units completed on the days from first to last (YYYY-MM-DD), by day or month, and by what else
    is asked for; shift and `of` are empty where it is not. Periods without any are absent.
    """
    table = completed_days
    source: Any = table.join(parts) if by_part else table
    name = parts.c.part_number if by_part else None
    return _sums(connection, table, source, table.c.completed, name, first, last, by_month, by_shift)


def passed_by(
    connection: Connection, first: str, last: str, *, by_month: bool = False, by_shift: bool = False
) -> list[Sum]:
    """Give the units that passed each operation for good, as `completed_by` gives those completed."""
    table = operation_days
    return _sums(connection, table, table, table.c.passed, table.c.operation, first, last, by_month, by_shift)


def _sums(  # noqa: PLR0917
    connection: Connection, table: sa.Table, source: Any, column: Any, name: Any, first: str, last: str,
    by_month: bool, by_shift: bool,
) -> list[Sum]:  # fmt: skip
    period = sa.func.substr(table.c.day, 1, 7) if by_month else table.c.day
    shift = table.c.shift if by_shift else sa.literal("")
    of = sa.literal("") if name is None else name
    statement = (
        sa.select(
            period.label("period"), shift.label("shift"), of.label("of"), sa.func.sum(column).label("count")
        )
        .select_from(source)
        .where(table.c.day.between(first, last))
        .group_by(*[each for each in (period, table.c.shift if by_shift else None, name) if each is not None])
        .having(sa.func.sum(column) > 0)
        .order_by(period)
    )
    return fetch_all(connection, statement, Sum)


def day_yield(connection: Connection, day: str) -> tuple[int, int]:
    """Give (counted, passed at once) over all units whose first counted run began on a day."""
    table = operation_days
    statement = sa.select(
        sa.func.coalesce(sa.func.sum(table.c.counted), 0),
        sa.func.coalesce(sa.func.sum(table.c.first_passed), 0),
    ).where(table.c.day == day)
    row = connection.execute(statement).one()
    return int(row[0]), int(row[1])
