"""What a unit's runs make of it. Pure: the same runs give the same answer in whatever order they arrived.

At one station the agent's own sequence orders runs, across stations only the clocks can.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Status = Literal["planned", "in_progress", "completed", "failed", "scrapped"]


class RunFact(NamedTuple):
    """What of a run matters to its unit. depth, seq: its place in its station's sequence.

    counts_as: PASS or FAIL for a production run that counts; None for any other
    started_us, ended_us: by the station's clock, in microseconds since 1970
    lot: row id of the lot it named, where that lot exists and is of the unit's part
    """

    id: int
    run_id: str
    unit: int
    station: int
    depth: int
    seq: int
    operation: str
    production: bool
    counts_as: str | None
    started_us: int
    ended_us: int
    lot: int | None

    def place(self) -> tuple[int, int, int, str]:
        """Order runs of one station. Only a forked station ever comes to the third."""
        return (self.depth, self.seq, self.started_us, self.run_id)

    def clock(self) -> tuple[int, str]:
        """Order runs of different stations."""
        return (self.started_us, self.run_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationState:
    """A unit at one operation: the run that decides, the one that counts for first_pass_yield, attempts."""

    operation: str
    first: RunFact
    deciding: RunFact
    attempts: int
    passed_us: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitState:
    """completed_us: when the last operation of the route was passed for good; None unless completed."""

    status: Status
    completed_us: int | None
    operations: tuple[OperationState, ...]


def derive_unit(runs: Sequence[RunFact], route: Iterable[str], *, scrapped: bool = False) -> UnitState:
    """Say where a unit stands. Only production runs that count as PASS or FAIL move it."""
    by_operation: dict[str, list[RunFact]] = {}
    for run in runs:
        if run.counts_as is not None:
            by_operation.setdefault(run.operation, []).append(run)
    states = {operation: _operation(operation, counted) for operation, counted in by_operation.items()}
    decided = [states.get(operation) for operation in route]
    completed_us = None
    status: Status
    if scrapped:
        status = "scrapped"
    elif any(state is not None and state.deciding.counts_as == "FAIL" for state in decided):
        status = "failed"
    elif decided and all(state is not None for state in decided):
        status = "completed"
        completed_us = max(state.passed_us for state in decided if state and state.passed_us is not None)
    elif any(run.production for run in runs):
        status = "in_progress"
    else:
        status = "planned"
    return UnitState(
        status=status,
        completed_us=completed_us,
        operations=tuple(states[operation] for operation in sorted(states)),
    )


def _operation(operation: str, counted: list[RunFact]) -> OperationState:
    if len(counted) == 1:
        first = deciding = counted[0]
    else:
        by_station: dict[int, list[RunFact]] = {}
        for run in counted:
            by_station.setdefault(run.station, []).append(run)
        first = min((min(runs, key=RunFact.place) for runs in by_station.values()), key=RunFact.clock)
        deciding = max((max(runs, key=RunFact.place) for runs in by_station.values()), key=RunFact.clock)
    return OperationState(
        operation=operation,
        first=first,
        deciding=deciding,
        attempts=len(counted),
        passed_us=_passed_us(counted, deciding),
    )


def _passed_us(counted: list[RunFact], deciding: RunFact) -> int | None:
    """Say when the operation was passed for good: the end of the first PASS that no FAIL came after.

    A unit tested again after it passed thus keeps the day on which it was completed.
    """
    if deciding.counts_as != "PASS":
        return None
    fails = [run for run in counted if run.counts_as == "FAIL"]
    for_good = [
        run
        for run in counted
        if run.counts_as == "PASS"
        and not any(
            fail.place() > run.place() if fail.station == run.station else fail.clock() > run.clock()
            for fail in fails
        )
    ]
    return min((run.ended_us for run in for_good), default=deciding.ended_us)


def lot_of_runs(runs: Iterable[RunFact]) -> int | None:
    """Give the lot of a unit that nobody planned: that of its earliest run which named a fitting one."""
    named = [run for run in runs if run.lot is not None]
    return min(named, key=RunFact.clock).lot if named else None
