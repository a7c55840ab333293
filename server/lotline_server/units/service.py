"""Deriving units from their runs and from what was said of them, inside the transaction that brought it."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy.engine import Connection

from lotline_server.routes.queries import Route
from lotline_server.units import counting, queries
from lotline_server.units.derive import RunFact, Said, Standing, UnitState, derive_unit, lot_of_runs

FindLot = Callable[[str, int], int | None]
"""Gives the row id of a lot by name where it is of the given part; None otherwise."""
RouteOf = Callable[[int, int | None], Route | None]
"""Gives the route of a unit of this part in this lot (row ids); None where it has none."""


def rederive(
    connection: Connection, keys: Sequence[int], *, route_of: RouteOf, find_lot: FindLot
) -> list[tuple[queries.UnitKey, UnitState]]:
    """Derive these units anew from all their runs and all that was said of them, and write what came out.
    Gives each unit as it was before, with its new state. Done twice it changes nothing.
    """
    results = []
    states: list[tuple[int | None, str, int | None, str | None, int]] = []
    operations: list[tuple[Any, ...]] = []
    rows: dict[int, list[tuple[Any, ...]]] = {}
    for row in queries.run_facts(connection, keys):
        rows.setdefault(row[2], []).append(row)
    said: dict[int, list[Said]] = {}
    for row in queries.said_of(connection, keys):
        said.setdefault(row[0], []).append(Said(*row[1:]))
    for unit in queries.find_keys(connection, keys):
        key = unit.id
        facts = [_fact(row, unit.part, find_lot) for row in rows.get(key, ())]
        lot = lot_of_runs(facts) if unit.from_run else unit.lot
        route = route_of(unit.part, lot)
        names, optional = ((), ()) if route is None else (route.names, route.optional)
        state = derive_unit(facts, names, optional=optional, scrapped=unit.scrapped, said=said.get(key, ()))
        results.append((unit, state))
        stands = {each.operation: each.verdict for each in state.standing if each.verdict is not None}
        standing = json.dumps(stands) if stands else None
        states.append((lot, state.status, state.completed_us, standing, key))
        operations += _operation_rows(key, lot, state)
    counting.count(connection, results)
    queries.set_states(connection, states)
    queries.set_operations(connection, operations)
    return results


def standing_of(connection: Connection, unit: int, route: Route | None) -> tuple[Standing, ...]:
    """Say what holds of a unit at each operation of its route, and what says so."""
    runs = [_fact(row, 0, lambda _lot, _part: None) for row in queries.run_facts(connection, [unit])]
    said = [Said(*row[1:]) for row in queries.said_of(connection, [unit])]
    return _derive(runs, route, said).standing


def _derive(runs: Sequence[RunFact], route: Route | None, said: Sequence[Said]) -> UnitState:
    names, optional = ((), ()) if route is None else (route.names, route.optional)
    return derive_unit(runs, names, optional=optional, said=said)


def completed_before(
    connection: Connection, unit: int, route: Route | None, came: Sequence[tuple[int, str | None]]
) -> int | None:
    """Give the row id of the first run that failed a unit which was completed when it came; None where none
    did. came: (row id, PASS or FAIL or None) of the runs that came just now, in their order; the others were
    here before
    """
    rows = queries.run_facts(connection, [unit])
    by_key = {row[0]: _fact(row, 0, lambda _lot, _part: None) for row in rows}
    said = [Said(*row[1:]) for row in queries.said_of(connection, [unit])]
    here = [fact for key, fact in by_key.items() if key not in {key for key, _ in came}]
    for key, counts in came:
        if counts == "FAIL" and _derive(here, route, said).status == "completed":
            return key
        here.append(by_key[key])
    return None


def _fact(row: tuple[Any, ...], part: int, find_lot: FindLot) -> RunFact:
    (key, run_id, unit, station, depth, seq, operation, purpose, counts_as, started_us, ended_us, lot) = row
    return RunFact(
        id=key,
        run_id=run_id,
        unit=unit,
        station=station,
        depth=depth,
        seq=seq,
        operation=operation,
        production=purpose == "production",
        counts_as=counts_as,
        started_us=started_us,
        ended_us=ended_us,
        lot=None if lot is None else find_lot(lot, part),
    )


def _operation_rows(unit: int, lot: int | None, state: UnitState) -> Iterable[tuple[Any, ...]]:
    for each in state.operations:
        yield (
            unit, each.operation, lot, each.first.id, each.first.counts_as, each.first.started_us,
            each.deciding.id, each.deciding.counts_as, each.attempts, each.passed_us,
        )  # fmt: skip
