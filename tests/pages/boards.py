"""Runs of a gateway board as a station would record them: rails, ripple with its waveform, firmware."""

import random
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from tests.server.making import run

from lotline_contract.frames import Axis, encode_frame
from lotline_contract.judge import judge_scalar, judge_vector
from lotline_contract.limits import Comparator, Kind, Limit
from lotline_contract.outcome import Cause, Outcome, roll_up
from lotline_contract.record import Instrument, Interlock, Measurement, Plan, Run, Station, Step, Vector

POINTS = 10_000
RIPPLE = Limit(comparator=Comparator.GELE, low=-0.03, high=0.03)
_SCALARS: tuple[tuple[str, str, str, float, float | None, float | None], ...] = (
    ("Input voltage", "input_voltage", "V", 12.0, 11.8, 12.2),
    ("Supply current", "supply_current", "A", 0.18, 0.15, 0.22),
    ("5.0 V rail", "rail_5v0", "V", 5.01, 4.9, 5.1),
    ("3.3 V rail", "rail_3v3", "V", 3.301, 3.23, 3.37),
    ("1.8 V rail", "rail_1v8", "V", 1.796, 1.75, 1.85),
    ("Ethernet link time", "link_time", "s", 1.82, None, 4.0),
    ("RF power", "rf_power", "dBm", 14.6, 13.0, 16.0),
    ("Standby current", "standby_current", "mA", 0.46, None, 0.8),
)


INSTRUMENTS = (
    Instrument(
        name="dmm",
        driver="scpi.dmm",
        resource="TCPIP0::10.1.20.11::5025::SOCKET",
        identity="KEYSIGHT,34465A,MY60012345,A.03.02",
        calibration_due="2027-05-31",
    ),
    Instrument(
        name="scope",
        driver="scpi.scope",
        resource="TCPIP0::10.1.20.12::5025::SOCKET",
        identity="RIGOL,DS1104Z,DS1ZA204512345,00.04.04",
    ),
)


def scalar(name: str, value: float, uom: str, low: float | None, high: float | None) -> Measurement:
    """Make a judged number with the limits that are given."""
    comparator = Comparator.GELE if low is not None and high is not None else Comparator.LE
    limit = Limit(comparator=comparator, low=low, high=high)
    judged = judge_scalar(Kind.NUMBER, value, limit)
    return Measurement(
        name=name,
        kind=Kind.NUMBER,
        value=value,
        uom=uom,
        limit=limit,
        outcome=judged.outcome,
        cause=judged.cause,
    )


def waveform(
    peak_v: float, *, points: int = POINTS, name: str = "ripple_3v3", seed: int = 1
) -> tuple[Measurement, bytes]:
    """Make a judged waveform of 12-bit codes over a millisecond, and its frame."""
    noise = 0.1 * np.random.default_rng(seed).standard_normal(points)
    at = np.arange(points) / points
    wave = 0.82 * np.sin(2 * np.pi * 50 * at) * np.exp(-((at % 0.25) * 6))
    scale = 0.08 / 4096
    codes = np.clip(np.round(peak_v * (wave + noise) / scale), -2048, 2047).astype("<i2")
    axis = Axis(x0=0.0, dx=1e-3 / points, uom="s")
    frame, digest = encode_frame(name, codes, scale=scale, uom="V", axis=axis)
    judged = judge_vector(codes, RIPPLE, scale=scale, points=points)
    form = Vector(data_digest=digest, dtype="<i2", shape=codes.shape, scale=scale, axis=axis)
    measurement = Measurement(
        name=name, kind=Kind.VECTOR, outcome=judged.outcome, cause=judged.cause, uom="V", limit=RIPPLE,
        vector=form, points=points,
    )  # fmt: skip
    return measurement, frame


def board(
    serial_number: str,
    *,
    started_at: datetime,
    station: str = "FCT-01",
    lot: str | None = "L1",
    part_number: str = "GW2",
    operation: str = "FCT",
    operator: str = "Shift B",
    defect: str | None = None,
    error: str | None = None,
    seed: int = 1,
    wave: bool = True,
    **given: Any,
) -> tuple[Run, list[bytes]]:
    """Make the run of one board and its frames.

    defect: the name of the measurement that fails. error: what an instrument said when it failed
    """
    chance = random.Random(f"{serial_number} {operation} {seed}")
    steps: list[Step] = []
    frames: list[bytes] = []
    for index, (step_name, name, uom, middle, low, high) in enumerate(_SCALARS):
        width = (high - low) if low is not None and high is not None else middle * 0.3
        value = float(f"{chance.gauss(middle, width / 16):.6g}")
        if name == defect:
            value = float(f"{(high or middle) + width * 0.21:.6g}")
        measured: Sequence[Measurement] = (scalar(name, value, uom, low, high),)
        outcome, message = roll_up(each.outcome for each in measured), None
        if error is not None and index == 6:
            measured, outcome, message = (), Outcome.ERROR, error
        steps.append(_step(step_name, index, measured, outcome, message))
        if outcome is Outcome.ERROR:
            break
    else:
        if wave:
            shape, frame = waveform(0.047 if defect == "ripple_3v3" else 0.012, seed=seed)
            frames.append(frame)
            steps.append(_step("3.3 V ripple, waveform", len(steps), (shape,), shape.outcome, None))
        firmware = Measurement(
            name="firmware", kind=Kind.TEXT, value="1.4.2", outcome=Outcome.PASS,
            limit=Limit(comparator=Comparator.EQ, equals="1.4.2"),
        )  # fmt: skip
        steps.append(_step("Firmware version", len(steps), (firmware,), Outcome.PASS, None))
    outcome = roll_up(step.outcome for step in steps)
    values: dict[str, Any] = {
        "station": Station(name=station, utc_offset_min=0, config_digest="c" * 64),
        "plan": Plan(name="gateway-fct", version="7", digest="a" * 64),
        "started_at": started_at.isoformat(),
        "duration_s": round(chance.uniform(38, 52), 2),
        "steps": tuple(steps),
        "lot": lot,
        "operator": operator,
        "part_number": part_number,
        "operation": operation,
        "cause": {Outcome.FAIL: Cause.LIMIT, Outcome.ERROR: Cause.INSTRUMENT}.get(outcome),
        "firmware": {"firmware": "1.4.2"},
        "interlock": Interlock(decision="ALLOW", reasons=(), facts_age_s=1.4),
        "instruments": INSTRUMENTS,
    }  # fmt: skip
    return run(serial_number, outcome, **(values | given)), frames


def _step(
    name: str, index: int, measured: Sequence[Measurement], outcome: Outcome, message: str | None
) -> Step:
    return Step(
        name=name,
        group="main",
        outcome=outcome,
        started_s=index * 4.0,
        duration_s=3.8,
        message=message,
        measurements=tuple(measured),
    )
