"""Judging a record again: the server believes what it can prove, and flags what it would judge otherwise."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from lotline_contract.frames import FrameError, wire_dtype
from lotline_contract.judge import NOT_SET, Judgement, judge_scalar, judge_vector
from lotline_contract.limits import Kind
from lotline_contract.outcome import RUN_OUTCOMES, Cause, Outcome, roll_up, severity
from lotline_contract.record import Measurement, Run, Vector

_NON_FINITE = {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf")}


def rejudge(measurement: Measurement, samples: NDArray[np.generic] | None = None) -> Judgement:
    """Judge a recorded measurement once more, from its recorded value and limit.

    samples: a vector's codes; None where they are not at hand, which leaves the recorded outcome standing.
        Codes of another dtype or shape than the record names are not the ones that were judged: wrong_shape
    """
    if measurement.kind is Kind.VECTOR:
        if measurement.vector is None:
            missing = NOT_SET if measurement.reading is None else None
            return judge_vector(missing, measurement.limit)
        if samples is None:
            return Judgement(measurement.outcome, measurement.cause)
        if not _is_form_of(samples, measurement.vector):
            return Judgement(Outcome.ERROR, Cause.WRONG_SHAPE)
        return judge_vector(
            samples,
            measurement.limit,
            scale=measurement.vector.scale,
            offset=measurement.vector.offset,
            points=measurement.points,
            record_only=measurement.record_only,
        )
    reading: object = measurement.value
    if reading is None:
        text = measurement.reading
        reading = NOT_SET if text is None else _NON_FINITE.get(text)
    return judge_scalar(measurement.kind, reading, measurement.limit, record_only=measurement.record_only)


def _is_form_of(samples: NDArray[np.generic], vector: Vector) -> bool:
    """Tell whether samples have a vector's form: the data digest is over their bytes only."""
    try:
        return wire_dtype(samples.dtype) == vector.dtype and samples.shape == vector.shape
    except FrameError:
        return False


def differences(run: Run, samples: Mapping[str, NDArray[np.generic]] | None = None) -> list[str]:
    """Say in sentences what this judge would have judged otherwise; empty where all agrees.

    samples: vectors by data digest; those not in it are left as they are
    """
    held = samples or {}
    found: list[str] = []
    for step in run.steps:
        for measurement in step.measurements:
            vector = held.get(measurement.vector.data_digest) if measurement.vector else None
            outcome = rejudge(measurement, vector).outcome
            if outcome is not measurement.outcome:
                found.append(f"{measurement.name}: recorded {measurement.outcome}, judged again {outcome}")
        least = roll_up(measurement.outcome for measurement in step.measurements)
        if severity(step.outcome) < severity(least):
            found.append(f"step {step.name}: recorded {step.outcome}, its measurements say {least}")
    least = roll_up(step.outcome for step in run.steps)
    if severity(run.outcome) < severity(least) or run.outcome not in RUN_OUTCOMES:
        found.append(f"run: recorded {run.outcome}, its steps say {least}")
    elif run.outcome is Outcome.PASS and least is not Outcome.PASS:
        found.append("run: recorded PASS, and no step of it passed")
    return found
