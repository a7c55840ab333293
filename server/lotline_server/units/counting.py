"""Counting by days and shifts of the site. A transaction that moves a unit moves the sums with it, by exactly
that much; `recount` gives the same sums from the units themselves.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy.engine import Connection

from lotline_server.site import queries as site
from lotline_server.site.calendar import BEGINNING
from lotline_server.units import counting_queries as queries
from lotline_server.units.derive import UnitState
from lotline_server.units.queries import UnitKey


def count(connection: Connection, changed: Sequence[tuple[UnitKey, UnitState]]) -> None:
    """Move the sums of days with these units: as they were, and as they are to be. Call it before they are
    written.
    """
    calendar = site.calendar(connection)
    completed: Counter[tuple[str, str, int]] = Counter()
    at_operations: Counter[tuple[str, str, str, str]] = Counter()

    written = {
        row[:2]: row[2:] for row in queries.operations_of(connection, [unit.id for unit, _ in changed])
    }

    def at_operation(operation: str, stood: tuple[int, str, int | None] | None, by: int) -> None:
        if stood is None:
            return
        first_us, first_outcome, passed_us = stood
        first = calendar.place(first_us)
        at_operations[*first, operation, "counted"] += by
        if first_outcome == "PASS":
            at_operations[*first, operation, "first_passed"] += by
        if passed_us is not None:
            at_operations[*calendar.place(passed_us), operation, "passed"] += by

    for unit, state in changed:
        if unit.completed_us != state.completed_us:
            for micros, by in ((unit.completed_us, -1), (state.completed_us, 1)):
                if micros is not None:
                    completed[*calendar.place(micros), unit.part] += by
        for each in state.operations:
            before = written.get((unit.id, each.operation))
            after = (each.first.started_us, str(each.first.counts_as), each.passed_us)
            if before != after:
                at_operation(each.operation, before, -1)
                at_operation(each.operation, after, 1)
    queries.add_completed(connection, completed)
    queries.add_at_operations(connection, at_operations)


def recount(connection: Connection, first: date) -> None:
    """Count anew all that is counted by days of the site, from a day on."""
    calendar = site.calendar(connection)
    queries.forget_days(connection, first.isoformat())
    day = first
    while (moment := queries.first_from(connection, calendar.bounds(day)[0])) is not None:
        day = calendar.day(moment)
        for span in calendar.spans(day):
            place = (day.isoformat(), span.shift)
            queries.add_completed(
                connection,
                {(*place, part): count for part, count in queries.completed_in(connection, span)},
            )
            queries.add_at_operations(
                connection,
                {
                    (*place, operation, what): count
                    for operation, what, count in queries.at_operations_in(connection, span)
                },
            )
        day += timedelta(days=1)


def recount_if_due(connection: Connection) -> None:
    """Count everything anew where a change of the schema left that to be done."""
    if queries.take_due(connection):
        recount(connection, BEGINNING)
