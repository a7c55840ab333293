"""Test data that a person attaches to a unit: made into a run of the source `manual`, judged by the
contract's one judge, and taken in by the very way a station's records take.

It is an engineering run, which counts nowhere, unless the person says that it is production at an operation
of the unit's route: then it counts like any run there, and its station is named `manual`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from lotline_contract.frames import Axis, FrameError, encode_frame
from lotline_contract.ids import uuid7
from lotline_contract.judge import Judgement, judge_scalar, judge_vector
from lotline_contract.limits import Kind, Limit, LimitError, check_limit, is_number
from lotline_contract.outcome import Outcome, Purpose, roll_up
from lotline_contract.record import (
    Measurement,
    Plan,
    RecordError,
    Run,
    Station,
    Step,
    Vector,
    Versions,
    encode_record,
    record_digest,
)
from lotline_contract.uom import UnknownUom, check_uom
from lotline_contract.wire import PROTOCOL, Batch, Envelope, Item
from lotline_server.core.clock import iso
from lotline_server.core.database import Database
from lotline_server.core.errors import Conflict, Invalid, NotFound
from lotline_server.core.plain_text import optional_text, required_text
from lotline_server.ingest.service import Ingest
from lotline_server.lots import unit_action_queries as found_units
from lotline_server.lots.unit_action_queries import ActionUnit
from lotline_server.runs import queries as runs
from lotline_server.stations import queries as stations
from lotline_server.stations.queries import MANUAL

MAX_NAME = 100
MAX_TEXT = 1000
MAX_NOTE = 1000
MAX_MEASUREMENTS = 200
MAX_POINTS = 1_000_000
PURPOSES = ("engineering", "production")
OPERATION = "manual"
"""The operation of data that is attached at none."""
_PLAN = "Attached by hand: no test plan, the limits are those that were typed in.\n"
_PLAN_DIGEST = hashlib.sha256(_PLAN.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """One value as a person entered it. A number, a flag or a text in value, or a vector's samples.

    limit: None where it is only recorded. uom: None for a flag, a text, and a number without limit
    """

    name: str
    value: float | bool | str | None = None
    samples: NDArray[np.float64] | None = None
    axis: Axis | None = None
    uom: str | None = None
    limit: Limit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attaching:
    """What is attached to which unit. properties: beside the values, such as a file's name and digest."""

    serial_number: str
    entered: Sequence[Entered]
    part_number: str | None = None
    purpose: str = "engineering"
    operation: str | None = None
    note: str | None = None
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ByHand:
    """Attaches data, one run after the other."""

    ingest: Ingest
    database: Database

    def check(self, what: Attaching) -> None:
        """Raise what attach would raise of the unit, before anything is kept for it."""
        with self.database.read() as connection:
            _find_unit(connection, what)

    def attach(self, what: Attaching, *, at: datetime, who: str) -> Run:
        """Store what was entered as one run, and give it; it is durable on return.

        Raises NotFound for an unknown unit, Invalid for values, limits and names that no plan might have,
        Conflict where the unit is not to be tested.
        """
        with self.database.read() as connection:
            unit = _find_unit(connection, what)
        made = [_measure(each) for each in _checked(what.entered)]
        run = _run(what, unit, [measurement for measurement, _ in made], at=at, who=who)
        try:
            data = encode_record(run)
        except RecordError as error:
            raise Invalid(f"this cannot be recorded: {error}"[:300]) from error
        # Whole, so that nobody else takes its place in the sequence.
        with self.database.whole() as connection:
            station = stations.manual_station(connection, at=at)
            seq = runs.next_seq(connection, station.id, MANUAL)
            item = Item(epoch=MANUAL, seq=seq, kind="run", id=run.run_id, digest=record_digest(data))
            batch = Batch(
                envelope=Envelope(wire=PROTOCOL, items=(item,), texts={_PLAN_DIGEST: _PLAN}),
                records=(data,),
                frames=tuple(frame for _, frame in made if frame is not None),
            )
            (answer,) = self.ingest.take(station, batch, at)
        if answer.answer != "stored":
            raise Invalid(f"this could not be stored: {answer.reason or answer.answer}")
        return run


def _find_unit(connection: Connection, what: Attaching) -> ActionUnit:
    serial_number = what.serial_number
    same = found_units.find(connection, [serial_number], what.part_number).get(serial_number, [])
    if not same:
        raise NotFound(f"unit {serial_number[:64]} does not exist")
    if len(same) > 1:
        raise Conflict(f"{serial_number} is a serial number of {len(same)} parts: say which part_number")
    unit = same[0]
    if what.purpose not in PURPOSES:
        raise Invalid(f"purpose {what.purpose[:40]!r} is not one of {', '.join(PURPOSES)}")
    if what.purpose == "production":
        _check_production(unit, what.operation)
    elif what.operation is not None:
        raise Invalid("only production data is attached at an operation")
    return unit


def _check_production(unit: ActionUnit, operation: str | None) -> None:
    """Refuse what a station's interlock would refuse."""
    name = unit.serial_number
    if operation is None or operation not in unit.route:
        raise Invalid(
            f"production data of {name} names an operation of its route: "
            f"{', '.join(unit.route) or 'it has none'}"
        )
    if unit.status == "scrapped":
        raise Conflict(f"{name} is scrapped: it is not to be tested")
    if unit.hold is not None:
        raise Conflict(f"{name} is on hold: {unit.hold}")
    if unit.lot is None or not unit.lot_open:
        raise Conflict(f"{name} is in no open lot: it is not to be tested")


def _checked(entered: Sequence[Entered]) -> Sequence[Entered]:
    if not 1 <= len(entered) <= MAX_MEASUREMENTS:
        raise Invalid(f"1 to {MAX_MEASUREMENTS} values are attached at once, not {len(entered)}")
    return entered


def _measure(each: Entered) -> tuple[Measurement, bytes | None]:
    """Judge a value; give its measurement, and a vector's frame."""
    name = required_text(each.name, "a measurement's name", MAX_NAME)
    kind = _kind(each)
    uom = None
    try:
        if each.uom is not None and each.uom.strip():
            uom = check_uom(each.uom.strip())
        if each.limit is not None:
            check_limit(each.limit, kind, uom)
    except (UnknownUom, LimitError) as error:
        raise Invalid(f"{name}: {error}") from error
    if uom is not None and kind not in {Kind.NUMBER, Kind.VECTOR}:
        raise Invalid(f"{name}: only a number has a uom")
    record_only = each.limit is None
    if each.samples is not None:
        return _measure_vector(name, each, each.samples, uom, record_only)
    value = each.value
    if kind is Kind.NUMBER:
        if not is_number(value):
            raise Invalid(f"{name}: {str(value)[:40]} is no number that can be recorded")
        value = float(value)  # type: ignore[arg-type]
    elif kind is Kind.TEXT:
        value = required_text(str(value), name, MAX_TEXT)
    judged = judge_scalar(kind, value, each.limit, record_only=record_only)
    return _measurement(name, kind, judged, uom, each.limit, value=value), None


def _measure_vector(
    name: str, each: Entered, samples: NDArray[np.float64], uom: str | None, record_only: bool
) -> tuple[Measurement, bytes]:
    if not 1 <= samples.size <= MAX_POINTS or samples.ndim != 1:
        raise Invalid(f"{name}: a vector has 1 to {MAX_POINTS} points, not {samples.size}")
    if not np.isfinite(samples).all():
        raise Invalid(f"{name}: not every point is a number")
    try:
        frame, digest = encode_frame(name, samples, uom=uom, axis=each.axis)
    except FrameError as error:
        raise Invalid(str(error)) from error
    form = Vector(data_digest=digest, dtype="<f8", shape=samples.shape, axis=each.axis)
    judged = judge_vector(samples, each.limit, record_only=record_only)
    return _measurement(name, Kind.VECTOR, judged, uom, each.limit, vector=form), frame


def _measurement(
    name: str,
    kind: Kind,
    judged: Judgement,
    uom: str | None,
    limit: Limit | None,
    *,
    value: float | bool | str | None = None,
    vector: Vector | None = None,
) -> Measurement:
    return Measurement(
        name=name, kind=kind, outcome=judged.outcome, cause=judged.cause, value=value, uom=uom, limit=limit,
        record_only=limit is None, vector=vector,
    )  # fmt: skip


def _kind(each: Entered) -> Kind:
    if each.samples is not None:
        if each.value is not None:
            raise Invalid(f"{each.name[:MAX_NAME]}: either a value or a vector")
        return Kind.VECTOR
    match each.value:
        case None:
            raise Invalid(f"{each.name[:MAX_NAME]}: the value is missing")
        case bool():
            return Kind.FLAG
        case str():
            return Kind.TEXT
        case _:
            return Kind.NUMBER


def _run(
    what: Attaching, unit: ActionUnit, measurements: Sequence[Measurement], *, at: datetime, who: str
) -> Run:
    steps = tuple(
        Step(
            name=each.name,
            group="main",
            outcome=roll_up([each.outcome]),
            started_s=0.0,
            duration_s=0.0,
            cause=each.cause,
            measurements=(each,),
        )
        for each in measurements
    )
    outcome = roll_up(step.outcome for step in steps)
    note = optional_text(what.note, "the note", MAX_NOTE)
    return Run(
        record=1,
        run_id=uuid7(),
        station=Station(name=MANUAL, utc_offset_min=_offset_min(at), config_digest=_PLAN_DIGEST),
        serial_number=unit.serial_number,
        scan=unit.serial_number,
        part_number=unit.part_number,
        operation=what.operation or OPERATION,
        plan=Plan(name=MANUAL, version="1", digest=_PLAN_DIGEST),
        versions=Versions(agent="lot server"),
        started_at=iso(at),
        duration_s=0.0,
        outcome=outcome,
        purpose=Purpose(what.purpose),
        cause=None if outcome is Outcome.PASS else next(step.cause for step in steps if step.cause),
        lot=unit.lot,
        operator=who,
        properties={**({"note": note} if note else {}), **what.properties},
        steps=steps,
    )


def _offset_min(at: datetime) -> int:
    offset = at.astimezone().utcoffset()
    return 0 if offset is None else int(offset.total_seconds() // 60)
