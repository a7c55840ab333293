"""Records as a station would write them."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from lotline_contract.frames import Axis, encode_frame
from lotline_contract.ids import uuid7
from lotline_contract.judge import judge_scalar
from lotline_contract.limits import Comparator, Kind, Limit
from lotline_contract.outcome import Outcome
from lotline_contract.record import (
    Event,
    Measurement,
    Plan,
    Run,
    Station,
    Step,
    Vector,
    Versions,
    encode_record,
    record_digest,
)
from lotline_contract.wire import Envelope, Item, pack_batch

LIMIT = Limit(comparator=Comparator.GELE, low=3.2, high=3.4)
RIPPLE = Limit(comparator=Comparator.LE, high=30.0)


def number(name: str, value: float, limit: Limit | None = LIMIT, uom: str = "V") -> Measurement:
    """Make a judged number."""
    judged = judge_scalar(Kind.NUMBER, value, limit, record_only=limit is None)
    return Measurement(
        name=name,
        kind=Kind.NUMBER,
        value=value,
        uom=uom,
        limit=limit,
        record_only=limit is None,
        outcome=judged.outcome,
        cause=judged.cause,
    )


def vector(name: str, samples: np.ndarray[Any, Any], scale: float = 0.5) -> tuple[Measurement, bytes]:
    """Make a record-only vector and its frame."""
    axis = Axis(x0=0.0, dx=1e-6, uom="s")
    frame, digest = encode_frame(name, samples, scale=scale, uom="mV", axis=axis)
    form = Vector(
        data_digest=digest, dtype=f"<{samples.dtype.kind}{samples.dtype.itemsize}", shape=samples.shape,
        scale=scale, axis=axis,
    )  # fmt: skip
    measurement = Measurement(
        name=name, kind=Kind.VECTOR, outcome=Outcome.PASS, record_only=True, uom="mV", vector=form
    )
    return measurement, frame


def run(
    serial: str = "GW2-000001",
    outcome: Outcome = Outcome.PASS,
    measurements: Sequence[Measurement] | None = None,
    **given: Any,
) -> Run:
    """Make a run; what is not given is as on any day."""
    if measurements is None:
        value = 3.3 if outcome is Outcome.PASS else 3.5
        measurements = () if outcome in {Outcome.ERROR, Outcome.ABORTED} else (number("3.3 V rail", value),)
    step = Step(
        name="power",
        group="main",
        outcome=outcome,
        started_s=0.0,
        duration_s=1.0,
        measurements=tuple(measurements),
    )
    values: dict[str, Any] = {
        "record": 1,
        "run_id": uuid7(),
        "station": Station(name="FCT-01", utc_offset_min=60, config_digest="c" * 64),
        "serial_number": serial,
        "scan": serial,
        "part_number": "GW2",
        "operation": "FCT",
        "plan": Plan(name="gateway", version="3", digest="a" * 64),
        "versions": Versions(agent="0.1.0"),
        "started_at": "2026-11-23T09:00:00+01:00",
        "duration_s": 12.5,
        "outcome": outcome,
        "lot": "L1",
        "steps": (step,),
    }
    return Run(**(values | given))


def denied(scan: str = "GW2-999999", station: str = "FCT-01") -> Event:
    """Make an event: a scan that the interlock denied."""
    return Event(
        record=1,
        event_id=uuid7(),
        event="denied",
        station=station,
        at="2026-11-23T09:00:00+01:00",
        scan=scan,
        reasons=("the lot is closed",),
        serial_number=scan,
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sent:
    """A record with its place, as a batch carries it."""

    item: Item
    data: bytes


def place(record: Run | Event | bytes, epoch: str, seq: int, *, record_id: str | None = None) -> Sent:
    """Give a record its place. Bytes are sent as they are, under the given id."""
    if isinstance(record, bytes):
        data, kind, found = record, "run", record_id or uuid7()
    else:
        data = encode_record(record)
        kind = "run" if isinstance(record, Run) else "event"
        found = record_id or (record.run_id if isinstance(record, Run) else record.event_id)
    item = Item(epoch=epoch, seq=seq, kind=kind, id=found, digest=record_digest(data))  # type: ignore[arg-type]
    return Sent(item=item, data=data)


def batch(sent: Sequence[Sent], frames: Sequence[bytes] = (), texts: dict[str, str] | None = None) -> bytes:
    """Pack records into a batch."""
    envelope = Envelope(wire=1, items=tuple(each.item for each in sent), texts=texts or {})
    return pack_batch(envelope, [each.data for each in sent], frames)


def with_fields(record: Run, /, **fields: Any) -> bytes:
    """Give a run's bytes with more or other fields, as another version of the agent might write them."""
    found = msgspec.json.decode(encode_record(record))
    return msgspec.json.encode(found | fields)
