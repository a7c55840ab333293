"""The work that the station's benchmarks share: a plan of so many steps, a header, values in memory."""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lotline_agent.config.load import ReadyStep
from lotline_agent.config.plan import MeasureSpec, StepSpec
from lotline_contract.ids import uuid7
from lotline_contract.limits import Kind
from lotline_contract.outcome import Cause, Outcome
from lotline_contract.record import Plan, Run, Station, Versions

DIGEST = hashlib.sha256(b"benchmark").hexdigest()


def steps(scalars: int, vectors: int = 0, *, instrument: str = "bench") -> tuple[ReadyStep, ...]:
    """Give a plan's steps: scalars with two limits, then vectors with two limits."""
    ready = []
    for number in range(scalars + vectors):
        kind = Kind.NUMBER if number < scalars else Kind.VECTOR
        spec = MeasureSpec(name=f"m{number}", uom="V", low=-100.0, high=100.0)
        step = StepSpec(name=f"Step {number}", instrument=instrument, action="read", measure=spec)
        ready.append(ReadyStep("main", step, kind, spec.limit(kind)))
    return tuple(ready)


def header(serial_number: str) -> Run:
    """Give a run that is about to begin."""
    return Run(
        record=1,
        run_id=uuid7(),
        station=Station(name="BENCH", utc_offset_min=0, config_digest=DIGEST),
        serial_number=serial_number,
        scan=serial_number,
        part_number="GW2",
        operation="FCT",
        plan=Plan(name="benchmark", version="1", digest=DIGEST),
        versions=Versions(agent="benchmark"),
        started_at="2026-11-23T00:00:00.000Z",
        duration_s=0.0,
        outcome=Outcome.ABORTED,
        cause=Cause.STATION_STOPPED,
        lot="LOT-BENCH",
    )


def noise(points: int, seed: int = 1) -> NDArray[Any]:
    """Give float64 samples that no compressor shrinks."""
    return np.random.default_rng(seed).normal(size=points)
