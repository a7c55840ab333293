"""Runs and readings to record, as the run loop would make them."""

from collections.abc import Iterable

import msgspec
import numpy as np
from numpy.typing import NDArray

from lotline_agent.config.plan import MeasureSpec
from lotline_agent.execution.measuring import measure
from lotline_agent.store.journal import Closed, Entry, RunJournal
from lotline_agent.store.station_store import StationStore
from lotline_contract.ids import uuid7
from lotline_contract.limits import Kind
from lotline_contract.outcome import Cause, Outcome, roll_up
from lotline_contract.record import Plan, Run, Station, Step, Versions
from lotline_drivers.readings import Waveform

Taken = tuple[Entry, tuple[bytes, str] | None]


def header(serial_number: str = "GW2-000001", *, started_at: str = "2026-11-23T08:00:00.000Z") -> Run:
    """Give a run as it stands before its first step."""
    return Run(
        record=1,
        run_id=uuid7(),
        station=Station(name="ST-1", utc_offset_min=60, config_digest="c" * 64),
        serial_number=serial_number,
        scan=serial_number + "\r",
        part_number="GW2",
        operation="FCT",
        plan=Plan(name="gateway-fct", version="1", digest="d" * 64),
        versions=Versions(agent="0.1.0"),
        started_at=started_at,
        duration_s=0.0,
        outcome=Outcome.ABORTED,
        cause=Cause.STATION_STOPPED,
        lot="L1",
        local_attempt=1,
    )


def scalar(n: int, value: object = 3.3, *, low: float = 3.0, high: float = 3.6) -> Taken:
    """Give a judged number, ready to be journalled."""
    spec = MeasureSpec(name=f"rail_{n}", uom="V", low=low, high=high)
    measured = measure(spec, Kind.NUMBER, spec.limit(Kind.NUMBER), value)
    return Entry(f"step {n}", "main", measured.measurement), measured.frame


def waveform(points: int = 10_000, *, seed: int = 0) -> Waveform:
    """Give what an oscilloscope would: noisy codes of a ripple."""
    rng = np.random.default_rng(seed)
    codes = (900 * np.sin(np.arange(points) / 50) + rng.normal(0, 40, points)).astype("<i2")
    return Waveform(codes=codes, scale=2.5e-5, offset=1e-3, uom="V", x0=-1e-3, dx=2e-7)


def vector(n: int, reading: Waveform | NDArray[np.generic] | None = None) -> Taken:
    """Give a judged vector with its frame."""
    spec = MeasureSpec(name=f"ripple_{n}", uom="V", low=-1.0, high=1.0)
    taken = waveform(seed=n) if reading is None else reading
    measured = measure(spec, Kind.VECTOR, spec.limit(Kind.VECTOR), taken)
    return Entry(f"capture {n}", "main", measured.measurement), measured.frame


def unit(scalars: int = 50, vectors: int = 2) -> list[Taken]:
    """Give the readings of one unit: the work that performance.md measures."""
    return [*map(scalar, range(scalars)), *map(vector, range(vectors))]


def finished(head: Run, taken: Iterable[Taken]) -> Run:
    """Give the run as it is closed, a step for each reading."""
    steps = tuple(
        Step(
            name=entry.step,
            group=entry.group,
            outcome=entry.measurement.outcome,
            started_s=0.1,
            duration_s=0.1,
            cause=entry.measurement.cause,
            measurements=(entry.measurement,),
        )
        for entry, _ in taken
    )
    return msgspec.structs.replace(
        head,
        outcome=roll_up(step.outcome for step in steps),
        cause=next((step.cause for step in steps if step.cause), None),
        duration_s=1.5,
        steps=steps,
    )


def journal_all(store: StationStore, head: Run, taken: Iterable[Taken]) -> RunJournal:
    """Begin a run and journal its readings; it is left open."""
    journal = store.begin(head)
    for entry, frame in taken:
        journal.add(entry, frame)
    return journal


def record(store: StationStore, head: Run, taken: Iterable[Taken]) -> Closed:
    """Record a whole run, durably."""
    kept = list(taken)
    return journal_all(store, head, kept).close(finished(head, kept))
