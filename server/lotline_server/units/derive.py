"""What a unit's runs, and what people said of it, make of it. Pure: the same runs and words give the same
answer in whatever order they arrived.

At one station the agent's own sequence orders runs, across stations only the clocks can. Attempts and yields
come from runs alone. A unit's status comes from both, operation by operation:

- A mark passes or fails the operations it names, from the moment it was said. Of several marks only the
  latest speaks; one that says "in progress" decides nothing.
- Of the deciding run and the mark the later one decides, but no mark gets a unit past a run that failed.
- A rework sets aside what was said and measured before it at each operation that had failed then: it is to
  be tested again. An operation that had passed stays passed.
"""

from collections.abc import Collection, Iterable, Sequence
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


class Said(NamedTuple):
    """What a person said of a unit, and did not withdraw. at_us: by the server's clock.

    what: `marked` or `rework`. mark: in_progress, completed or failed. operation: None for all of the route
    """

    id: int
    what: str
    at_us: int
    mark: str | None = None
    operation: str | None = None

    def place(self) -> tuple[int, int]:
        """Order what was said."""
        return (self.at_us, self.id)


class Standing(NamedTuple):
    """What holds of a unit at an operation of its route. verdict: PASS or FAIL; None where it is to be done.

    run, mark: which of them says so. passed_us: since when it is passed for good. set_aside: by a rework
    failed_once: it was said or measured to have failed, whatever came after
    """

    operation: str
    verdict: str | None = None
    run: RunFact | None = None
    mark: Said | None = None
    passed_us: int | None = None
    set_aside: int = 0
    failed_once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationState:
    """A unit at one operation, by its runs alone: the run that decides, the one that counts for
    first_pass_yield, attempts. passed_us: since when it is passed for good; None where the last did not pass.
    """

    operation: str
    first: RunFact
    deciding: RunFact
    attempts: int
    passed_us: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitState:
    """completed_us: when the last operation that it needs was passed for good; None unless completed.

    operations: by runs alone, wherever one counted. standing: what holds at each operation of the route
    """

    status: Status
    completed_us: int | None
    operations: tuple[OperationState, ...]
    standing: tuple[Standing, ...]


def derive_unit(
    runs: Sequence[RunFact],
    route: Iterable[str],
    *,
    optional: Collection[str] = (),
    scrapped: bool = False,
    said: Sequence[Said] = (),
) -> UnitState:
    """Say where a unit stands. Of its runs only production runs that count as PASS or FAIL move it.

    optional: operations of the route without which it is completed. Where one of them failed the unit is
    failed like at any other, until it passes there.
    """
    by_operation: dict[str, list[RunFact]] = {}
    for run in runs:
        if run.counts_as is not None:
            by_operation.setdefault(run.operation, []).append(run)
    states = {operation: _operation(operation, counted) for operation, counted in by_operation.items()}
    standing = tuple(_standing(each, by_operation.get(each, []), said) for each in route)
    # A part without a route is done when a person says so.
    decided = standing or (_standing("", [], said),)
    needed = [each for each in decided if each.operation not in optional or each.failed_once]
    completed_us = None
    status: Status
    if scrapped:
        status = "scrapped"
    elif any(each.verdict == "FAIL" for each in decided):
        status = "failed"
    elif needed and all(each.verdict == "PASS" for each in needed):
        status = "completed"
        completed_us = max(each.passed_us for each in needed if each.passed_us is not None)
    elif said or any(run.production for run in runs):
        status = "in_progress"
    else:
        status = "planned"
    return UnitState(
        status=status,
        completed_us=completed_us,
        operations=tuple(states[operation] for operation in sorted(states)),
        standing=standing,
    )


def _standing(operation: str, runs: list[RunFact], said: Sequence[Said]) -> Standing:
    if not said:
        return _verdict(operation, runs, [])
    marks = sorted(
        (each for each in said if each.what == "marked" and each.operation in {None, operation}),
        key=Said.place,
    )
    many = len(runs) + len(marks)
    for rework in sorted((each for each in said if each.what == "rework"), key=Said.place):
        before = [run for run in runs if run.started_us <= rework.at_us]
        earlier = [mark for mark in marks if mark.place() < rework.place()]
        if _verdict(operation, before, earlier).verdict == "FAIL":
            runs = [run for run in runs if run not in before and not _comes_before_any(run, before)]
            marks = marks[len(earlier) :]
    set_aside = many - len(runs) - len(marks)
    found = _verdict(operation, runs, marks)
    return found._replace(set_aside=set_aside, failed_once=found.failed_once or set_aside > 0)


def _comes_before_any(run: RunFact, others: list[RunFact]) -> bool:
    """Tell whether the run's own station made one of these after it, whatever its clock says."""
    return any(other.station == run.station and other.place() > run.place() for other in others)


def _verdict(operation: str, runs: list[RunFact], marks: list[Said]) -> Standing:
    """Say what holds at an operation. marks: in the order in which they were said."""
    run = _deciding(runs) if runs else None
    mark = marks[-1] if marks and marks[-1].mark != "in_progress" else None
    if run is not None and mark is not None:
        gets_past_a_fail = run.counts_as == "FAIL" and mark.mark == "completed"
        if gets_past_a_fail or run.started_us >= mark.at_us:
            mark = None
        else:
            run = None
    if run is None and mark is None:
        return Standing(operation)
    verdict = run.counts_as if run is not None else "FAIL" if mark and mark.mark == "failed" else "PASS"
    passed_us = _passed_us(runs, marks) if verdict == "PASS" else None
    failed_once = any(each.counts_as == "FAIL" for each in runs) or any(
        each.mark == "failed" for each in marks
    )
    return Standing(operation, verdict, run, mark, passed_us, failed_once=failed_once)


def _operation(operation: str, counted: list[RunFact]) -> OperationState:
    first = min((min(runs, key=RunFact.place) for runs in _by_station(counted)), key=RunFact.clock)
    deciding = _deciding(counted)
    return OperationState(
        operation=operation,
        first=first,
        deciding=deciding,
        attempts=len(counted),
        passed_us=_passed_us(counted, []) if deciding.counts_as == "PASS" else None,
    )


def _deciding(counted: list[RunFact]) -> RunFact:
    return max((max(runs, key=RunFact.place) for runs in _by_station(counted)), key=RunFact.clock)


def _by_station(counted: list[RunFact]) -> Iterable[list[RunFact]]:
    by_station: dict[int, list[RunFact]] = {}
    for run in counted:
        by_station.setdefault(run.station, []).append(run)
    return by_station.values()


def _passed_us(runs: list[RunFact], marks: list[Said]) -> int:
    """Say when an operation that is passed was passed for good: the first PASS that no FAIL came after.

    A unit tested again after it passed thus keeps the day on which it was completed.
    """
    fails = [run for run in runs if run.counts_as == "FAIL"]
    failed_us = max((mark.at_us for mark in marks if mark.mark == "failed"), default=None)
    for_good = [
        run.ended_us
        for run in runs
        if run.counts_as == "PASS"
        and (failed_us is None or run.started_us >= failed_us)
        and not any(
            fail.place() > run.place() if fail.station == run.station else fail.clock() > run.clock()
            for fail in fails
        )
    ]
    for mark in reversed(marks):
        if mark.mark != "completed":
            break
        if any(fail.started_us >= mark.at_us for fail in fails):
            break
        before = [run for run in runs if run.started_us < mark.at_us]
        if not before or _deciding(before).counts_as == "PASS":
            for_good.append(mark.at_us)
    if for_good:
        return min(for_good)
    # Only where the clocks of one station contradict its sequence.
    return max([run.ended_us for run in runs] + [mark.at_us for mark in marks])


def lot_of_runs(runs: Iterable[RunFact]) -> int | None:
    """Give the lot of a unit that nobody planned: that of its earliest run which named a fitting one."""
    named = [run for run in runs if run.lot is not None]
    return min(named, key=RunFact.clock).lot if named else None
