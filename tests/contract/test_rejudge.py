"""The server judges again: an honest record raises nothing, and each lie in one is named."""

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotline_contract.frames import sample_digest, wire_dtype
from lotline_contract.judge import NOT_SET, judge_scalar, judge_vector
from lotline_contract.limits import Comparator, Kind, Limit
from lotline_contract.outcome import Cause, Outcome, roll_up
from lotline_contract.record import (
    Measurement,
    Plan,
    Run,
    Station,
    Step,
    Vector,
    Versions,
    encode_record,
    parse_run,
)
from lotline_contract.rejudge import differences, rejudge

LIMIT = Limit(comparator=Comparator.GELE, low=0.0, high=1.0)
SAMPLES = np.array([0, 1, 2, 3], "<i2")
VECTOR = Vector(data_digest=sample_digest(SAMPLES), dtype="<i2", shape=(4,), scale=0.25)


def run_of(*measurements: Measurement, **fields: Any) -> Run:
    """Make an honest run of one step, with some fields put differently."""
    outcome = roll_up(measurement.outcome for measurement in measurements)
    step = Step(
        name="s", group="main", outcome=outcome, started_s=0.0, duration_s=0.0, measurements=measurements
    )
    usual: dict[str, Any] = {
        "record": 1,
        "run_id": "r",
        "station": Station(name="BENCH-1", utc_offset_min=0, config_digest="c"),
        "serial_number": "1",
        "scan": "1",
        "part_number": "P",
        "operation": "FCT",
        "plan": Plan(name="p", version="1", digest="d"),
        "versions": Versions(agent="0"),
        "started_at": "2026-11-23T10:00:00Z",
        "duration_s": 0.0,
        "outcome": outcome,
        "steps": (step,),
    }
    return Run(**usual | fields)


def recorded(reading: object, **fields: Any) -> Measurement:
    """Record a number as an agent does: judged, and written as text where JSON has no value for it."""
    limit = fields.pop("limit", LIMIT)
    outcome, cause = judge_scalar(Kind.NUMBER, reading, limit)
    value = text = None
    if isinstance(reading, float) and abs(reading) < float("inf"):
        value = reading
    elif reading is not NOT_SET:
        text = str(reading)
    usual: dict[str, Any] = {"name": "rail", "kind": Kind.NUMBER, "outcome": outcome, "cause": cause}
    return Measurement(**usual | {"value": value, "reading": text, "limit": limit} | fields)


readings = st.sampled_from(
    [-1.0, 0.0, 0.5, 1.0, 2.0, 9.9e37, float("inf"), float("-inf"), float("nan"), None, NOT_SET]
)


@given(readings, st.sampled_from([LIMIT, None]))
def test_an_honest_record_is_judged_the_same_again(reading: object, limit: Limit | None) -> None:
    run = run_of(recorded(reading, limit=limit))
    assert differences(parse_run(encode_record(run))) == []


@given(readings, st.sampled_from(Outcome))
def test_a_changed_outcome_is_named(reading: object, claimed: Outcome) -> None:
    honest = recorded(reading)
    lie = msgspec.structs.replace(honest, outcome=claimed)
    found = differences(run_of(lie))
    assert any("rail: recorded" in sentence for sentence in found) is (claimed is not honest.outcome)


def test_a_step_or_run_better_than_what_it_holds_is_named() -> None:
    failing = recorded(2.0)
    run = run_of(failing, outcome=Outcome.PASS)
    assert differences(run) == ["run: recorded PASS, its steps say FAIL"]
    step = msgspec.structs.replace(run.steps[0], outcome=Outcome.PASS)
    found = differences(msgspec.structs.replace(run, steps=(step,)))
    assert found == ["step s: recorded PASS, its measurements say FAIL"]


def test_a_run_or_step_may_be_worse_than_what_it_holds() -> None:
    # An instrument that hung, or the operator's Stop, leaves good measurements behind.
    good = recorded(0.5)
    for outcome in (Outcome.ERROR, Outcome.ABORTED):
        assert differences(run_of(good, outcome=outcome)) == []


@pytest.mark.parametrize("outcome", [Outcome.SKIPPED, Outcome.UNSET])
def test_a_run_without_a_verdict_is_named(outcome: Outcome) -> None:
    assert differences(run_of(recorded(0.5), outcome=outcome)) != []


def test_a_pass_of_nothing_is_named() -> None:
    run = run_of(recorded(0.5))
    skipped = msgspec.structs.replace(run.steps[0], outcome=Outcome.SKIPPED, measurements=())
    for steps in ((), (skipped,)):
        empty = msgspec.structs.replace(run, steps=steps)
        assert differences(empty) == ["run: recorded PASS, and no step of it passed"]


def vector(outcome: Outcome, **fields: Any) -> Measurement:
    """Record a vector with some outcome."""
    usual: dict[str, Any] = {
        "name": "ripple",
        "kind": Kind.VECTOR,
        "outcome": outcome,
        "limit": LIMIT,
        "vector": VECTOR,
    }
    return Measurement(**usual | fields)


def test_a_vector_is_judged_again_from_its_samples_scale_and_points() -> None:
    held = {VECTOR.data_digest: SAMPLES}
    assert rejudge(vector(Outcome.PASS), SAMPLES) == judge_vector(SAMPLES, LIMIT, scale=0.25)
    assert differences(run_of(vector(Outcome.PASS)), held) == []
    assert differences(run_of(vector(Outcome.PASS, points=4)), held) == []
    assert differences(run_of(vector(Outcome.PASS, points=5)), held) != []
    low = Limit(comparator=Comparator.LE, high=0.5)
    assert differences(run_of(vector(Outcome.PASS, limit=low)), held) == [
        "ripple: recorded PASS, judged again FAIL"
    ]


def test_a_vector_whose_samples_are_not_at_hand_is_left_as_it_is() -> None:
    assert differences(run_of(vector(Outcome.PASS))) == []
    assert differences(run_of(vector(Outcome.PASS)), {"another": SAMPLES}) == []


def test_a_vector_that_names_no_samples_never_stays_a_pass() -> None:
    assert rejudge(vector(Outcome.PASS, vector=None)) == (Outcome.UNSET, Cause.MISSING)
    assert rejudge(vector(Outcome.PASS, vector=None, reading="[]")) == (Outcome.ERROR, Cause.BAD_READING)
    assert differences(run_of(vector(Outcome.PASS, vector=None))) != []


@pytest.mark.parametrize(
    "other", [SAMPLES.view("<u2"), SAMPLES.view("<i4"), SAMPLES.reshape(2, 2), SAMPLES > 0]
)
def test_samples_of_the_same_bytes_in_another_form_are_not_those_that_were_judged(other: Any) -> None:
    # The data digest is over the bytes alone: <i2 -1 and <u2 65535 share it.
    assert rejudge(vector(Outcome.PASS), other) == (Outcome.ERROR, Cause.WRONG_SHAPE)


def test_the_dtype_of_the_record_is_the_dtype_of_the_wire() -> None:
    assert wire_dtype(SAMPLES.astype(">i2").dtype) == VECTOR.dtype


@pytest.mark.parametrize(
    ("kind", "value"),
    [(Kind.NUMBER, True), (Kind.NUMBER, "0.5"), (Kind.FLAG, 1.0), (Kind.TEXT, 1.0), (Kind.TEXT, True)],
)
def test_a_value_of_another_kind_never_stays_a_pass(kind: Kind, value: float | bool | str) -> None:
    lie = Measurement(name="m", kind=kind, outcome=Outcome.PASS, value=value, record_only=True)
    assert rejudge(lie) == (Outcome.ERROR, Cause.BAD_READING)
