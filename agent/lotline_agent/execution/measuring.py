"""From a reading to a measurement: the judge's word, the value as it is kept, a vector's frame."""

from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from lotline_agent.config.plan import MeasureSpec
from lotline_contract.frames import Axis, encode_frame, wire_dtype
from lotline_contract.judge import NOT_SET, judge_scalar, judge_vector
from lotline_contract.limits import Kind, Limit, is_number
from lotline_contract.outcome import Cause, Outcome
from lotline_contract.record import Measurement, Vector
from lotline_contract.wire import MAX_BLOB_BYTES
from lotline_drivers.readings import Waveform

MAX_TEXT = 4096
"""A text of more characters is no reading but an instrument gone wild; a record has bounds."""


def bounded(text: str) -> str:
    """Give a text as a record can hold it: at most MAX_TEXT characters, each of them one that UTF-8 knows."""
    return text[:MAX_TEXT].encode("utf-8", "backslashreplace").decode()


class Measured(NamedTuple):
    """A judged reading; frame is a vector's (encoded bytes, data digest), None for a scalar."""

    measurement: Measurement
    frame: tuple[bytes, str] | None


def measure(spec: MeasureSpec, kind: Kind, limit: Limit | None, reading: object) -> Measured:
    """Judge a reading as it came from a driver. Never raises for a bad reading: that is an outcome."""
    if isinstance(reading, np.generic):
        reading = reading.item()
    if kind is Kind.VECTOR:
        return _measure_vector(spec, limit, reading)
    if isinstance(reading, str) and bounded(reading) != reading:
        reading = reading.encode("utf-8", "backslashreplace")  # no text any more: the judge refuses it
    value, text = _as_kept(kind, reading)
    judgement = judge_scalar(kind, reading, limit, record_only=spec.record_only)
    return Measured(
        Measurement(
            name=spec.name,
            kind=kind,
            outcome=judgement.outcome,
            cause=judgement.cause,
            value=value,
            reading=text,
            uom=spec.uom,
            limit=limit,
            record_only=spec.record_only,
        ),
        None,
    )


def missing(spec: MeasureSpec, kind: Kind, limit: Limit | None) -> Measurement:
    """Say that a planned measurement never came."""
    return Measurement(
        name=spec.name,
        kind=kind,
        outcome=Outcome.UNSET,
        cause=Cause.MISSING,
        uom=spec.uom,
        limit=limit,
        record_only=spec.record_only,
        points=spec.points,
    )


def _as_kept(kind: Kind, reading: object) -> tuple[float | bool | str | None, str | None]:
    """Give (value, None), or (None, text) where the reading cannot be a value of its kind."""
    if reading is NOT_SET:
        return None, None
    match kind:
        case Kind.NUMBER if is_number(reading):
            return float(reading), None  # type: ignore[arg-type]
        case Kind.FLAG if isinstance(reading, bool):
            return reading, None
        case Kind.TEXT if isinstance(reading, str):
            return reading, None
        case _:
            return None, ascii(reading)[:200]


class _Samples(NamedTuple):
    """Samples ready to be judged; uom, axis: None where the reading does not say."""

    codes: NDArray[np.generic]
    scale: float = 1.0
    offset: float = 0.0
    uom: str | None = None
    axis: Axis | None = None


def _samples(reading: object) -> _Samples | None:
    """Give a vector reading's samples; None where it is no vector that the wire carries."""
    if isinstance(reading, Waveform):
        axis = Axis(x0=reading.x0, dx=reading.dx, uom=reading.x_uom)
        return _Samples(reading.codes, reading.scale, reading.offset, reading.uom, axis)
    if isinstance(reading, np.ndarray) and reading.ndim == 1 and reading.dtype.kind in "iuf":
        return _Samples(reading)
    return None


def _measure_vector(spec: MeasureSpec, limit: Limit | None, reading: object) -> Measured:
    samples = _samples(reading)
    if samples is None or (spec.uom and samples.uom and samples.uom != spec.uom):
        if reading is NOT_SET:
            return Measured(missing(spec, Kind.VECTOR, limit), None)
        strange = ascii(reading) if samples is None else f"a vector in {samples.uom}"
        return _refused_vector(spec, limit, strange)
    judgement = judge_vector(
        samples.codes,
        limit,
        scale=samples.scale,
        offset=samples.offset,
        points=spec.points,
        record_only=spec.record_only,
    )
    frame, data_digest = encode_frame(
        spec.name,
        samples.codes,
        scale=samples.scale,
        offset=samples.offset,
        uom=spec.uom,
        axis=samples.axis,
    )
    if len(frame) > MAX_BLOB_BYTES:
        too_large = f"a vector of {len(frame)} bytes; at most {MAX_BLOB_BYTES} can be kept"
        return _refused_vector(spec, limit, too_large)
    vector = Vector(
        data_digest=data_digest,
        dtype=wire_dtype(samples.codes.dtype),
        shape=samples.codes.shape,
        scale=samples.scale,
        offset=samples.offset,
        axis=samples.axis,
    )
    return Measured(
        msgspec.structs.replace(
            missing(spec, Kind.VECTOR, limit),
            outcome=judgement.outcome,
            cause=judgement.cause,
            vector=vector,
        ),
        (frame, data_digest),
    )


def _refused_vector(spec: MeasureSpec, limit: Limit | None, reading: str) -> Measured:
    """Give the ERROR that a vector is which cannot be kept or is not what the plan asked for."""
    refused = msgspec.structs.replace(
        missing(spec, Kind.VECTOR, limit),
        outcome=Outcome.ERROR,
        cause=Cause.BAD_READING,
        reading=reading[:200],
    )
    return Measured(refused, None)
