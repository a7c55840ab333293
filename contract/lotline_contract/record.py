"""The wire record, version 1: everything that is known of one run, kept verbatim for ever.

Absent always means one thing, said beside each field: records are never filled in later.
Fields that a newer agent adds are ignored here and survive in the bytes.
"""

import hashlib
import json
from typing import Any, Final, Literal

import msgspec

from lotline_contract.frames import Axis
from lotline_contract.limits import Kind, Limit
from lotline_contract.outcome import Cause, Outcome, Purpose

MAX_PROPERTIES: Final = 64
MAX_RECORD_BYTES: Final = 2 * 1024 * 1024


class _Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A piece of a record: frozen, named fields, defaults left out of the bytes."""


class Vector(_Part, frozen=True):
    """The form of a vector whose samples travel as a frame; value = code * scale + offset.

    data_digest: SHA-256 of the raw samples, which finds the frame
    dtype, shape: as in the frame, for example "<i2" and (10000,)
    axis: None where the samples have no axis
    """

    data_digest: str
    dtype: str
    shape: tuple[int, ...]
    scale: float = 1.0
    offset: float = 0.0
    axis: Axis | None = None


class Measurement(_Part, frozen=True):
    """One judged reading.

    value: the scalar; None for a vector, and where no value came or none that JSON can hold
    reading: the reading's text where it could not be a value ("nan", "inf", "None"); None otherwise
    uom: None for flags and texts, and for a number that was declared without one
    limit: None means no limit; then the outcome is PASS only with record_only
    cause: None only for PASS
    points: how many samples the plan expects of a vector; None means any number
    """

    name: str
    kind: Kind
    outcome: Outcome
    value: float | bool | str | None = None
    reading: str | None = None
    uom: str | None = None
    limit: Limit | None = None
    cause: Cause | None = None
    record_only: bool = False
    vector: Vector | None = None
    points: int | None = None


class Step(_Part, frozen=True):
    """One step of a run. started_s and duration_s count from the run's start, on the monotonic clock.

    cause, message: None where the step passed or was skipped without a reason
    """

    name: str
    group: Literal["setup", "main", "teardown"]
    outcome: Outcome
    started_s: float
    duration_s: float
    cause: Cause | None = None
    message: str | None = None
    measurements: tuple[Measurement, ...] = ()


class Station(_Part, frozen=True):
    """Who recorded. The server takes the station from the token and quarantines a record that names another.

    utc_offset_min: the station's zone when the run started, in minutes east of UTC
    config_digest: SHA-256 of the station's configuration text
    """

    name: str
    utc_offset_min: int
    config_digest: str


class Plan(_Part, frozen=True):
    """Which test plan: digest is the SHA-256 of its text, which the server keeps."""

    name: str
    version: str
    digest: str


class Versions(_Part, frozen=True):
    """agent: version of the agent. step_code: digest of each Python step by name; empty without any."""

    agent: str
    step_code: dict[str, str] = {}


class Instrument(_Part, frozen=True):
    """identity: the answer to *IDN? or its like. calibration_due: a date; None where nobody stated one."""

    name: str
    driver: str
    resource: str
    identity: str
    calibration_due: str | None = None


class Fixture(_Part, frozen=True):
    """name: the fixture's own. cycles: how often it was closed; None where nobody counts."""

    name: str
    cycles: int | None = None


class Panel(_Part, frozen=True):
    """The panel a board was part of, and its position on it."""

    serial_number: str
    position: str


class SubUnit(_Part, frozen=True):
    """A unit built into this one."""

    serial_number: str
    part_number: str | None = None


class MaterialLot(_Part, frozen=True):
    """One purchase of a component that went into this unit."""

    part_number: str
    supplier_lot: str
    date_code: str | None = None
    package_id: str | None = None


class Interlock(_Part, frozen=True):
    """What the interlock said before the run. facts_age_s: age of the facts; None where there were none.

    facts_as_of: the server's own moment of them, as the snapshot had it; None also from an agent before this
        field. It proves that the run came after every run that the server held then
    """

    decision: Literal["ALLOW", "ALLOW_OFFLINE"]
    reasons: tuple[str, ...] = ()
    facts_age_s: float | None = None
    facts_as_of: str | None = None


class Run(_Part, frozen=True):
    """One execution of a test plan on one unit.

    scan: what the scanner gave, untouched. serial_number: its normal form
    revision, lot, operator, fixture, slot, panel: None where the station did not know or has none
    local_attempt: the how-manieth counted run of this unit at this operation that this station knew of
    duration_s: on the monotonic clock. started_at: the station's clock, which only advises
    firmware, properties: empty where nothing was read
    """

    record: Literal[1]
    run_id: str
    station: Station
    serial_number: str
    scan: str
    part_number: str
    operation: str
    plan: Plan
    versions: Versions
    started_at: str
    duration_s: float
    outcome: Outcome
    purpose: Purpose = Purpose.PRODUCTION
    cause: Cause | None = None
    message: str | None = None
    revision: str | None = None
    lot: str | None = None
    operator: str | None = None
    fixture: Fixture | None = None
    slot: str | None = None
    panel: Panel | None = None
    local_attempt: int | None = None
    interlock: Interlock | None = None
    instruments: tuple[Instrument, ...] = ()
    firmware: dict[str, str] = {}
    sub_units: tuple[SubUnit, ...] = ()
    material_lots: tuple[MaterialLot, ...] = ()
    properties: dict[str, str] = {}
    steps: tuple[Step, ...] = ()

    def measurements(self) -> list[Measurement]:
        """Give all measurements in the order they were taken."""
        return [measurement for step in self.steps for measurement in step.measurements]


class Event(_Part, frozen=True):
    """Something at a station that was no run: a scan the interlock denied, or a record that somebody gave up
    because the server could not take it. Synced in the same sequence.

    scan: empty where there was none. reasons: of the interlock, or of who gave the record up
    serial_number: None where the scan, or the record, was of none
    facts_age_s: None where there were no facts
    given_up, given_up_digest: the record that was given up, and the SHA-256 of its bytes; None elsewhere
    """

    record: Literal[1]
    event_id: str
    event: Literal["denied", "discarded"]
    station: str
    at: str
    scan: str
    reasons: tuple[str, ...]
    serial_number: str | None = None
    part_number: str | None = None
    lot: str | None = None
    operator: str | None = None
    facts_age_s: float | None = None
    given_up: str | None = None
    given_up_digest: str | None = None


class RecordError(ValueError):
    """Bytes that are no record of a version we know; the message says what is wrong and where."""


_encoder: Final = msgspec.json.Encoder()
_run_decoder: Final = msgspec.json.Decoder(Run)
_event_decoder: Final = msgspec.json.Decoder(Event)


def encode_record(record: Run | Event) -> bytes:
    """Give the record's exact bytes, which are made once and then only copied.

    Raises RecordError where the bytes would not say the same again (a NaN, say, which JSON turns to null).
    """
    decoder: msgspec.json.Decoder[Any] = _run_decoder if isinstance(record, Run) else _event_decoder
    try:
        data = _encoder.encode(record)
        same = decoder.decode(data)
    except (msgspec.MsgspecError, TypeError, UnicodeEncodeError) as error:
        # A numpy number is no JSON number, and half a surrogate pair is no text.
        raise RecordError(f"this record cannot be written as JSON: {error}") from error
    if same != record:
        raise RecordError("this record holds a value that JSON cannot carry, such as NaN or infinity")
    # Encoded from what was read back: a bound given as 5 and one given as 5.0 make the same bytes.
    data = _encoder.encode(same)
    if len(data) > MAX_RECORD_BYTES:
        raise RecordError(f"this record would take {len(data)} bytes; at most {MAX_RECORD_BYTES}")
    return data


def record_digest(data: bytes) -> str:
    """Give the SHA-256, in hex, of a record's exact bytes."""
    return hashlib.sha256(data).hexdigest()


def parse_run(data: bytes) -> Run:
    """Read a run's bytes. Raises RecordError for anything that is not one well-formed run."""
    run: Run = _parse(data, _run_decoder)
    if len(run.properties) > MAX_PROPERTIES:
        raise RecordError(f"{len(run.properties)} properties; at most {MAX_PROPERTIES}")
    return run


def parse_event(data: bytes) -> Event:
    """Read an event's bytes. Raises RecordError for anything that is not one well-formed event."""
    event: Event = _parse(data, _event_decoder)
    return event


def _parse(data: bytes, decoder: "msgspec.json.Decoder[Any]") -> Any:
    if len(data) > MAX_RECORD_BYTES:
        raise RecordError(f"{len(data)} bytes; at most {MAX_RECORD_BYTES}")
    try:
        record = decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise RecordError(str(error)) from error
    # Our own agent's bytes encode back to themselves, which proves that no key stands twice; anything else
    # (a newer agent's extra fields) is worth the slower look.
    if _encoder.encode(record) != data:
        _refuse_duplicate_keys(data)
    return record


def _refuse_duplicate_keys(data: bytes) -> None:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise RecordError(f"the key {key!r} stands twice in one object")
            found[key] = value
        return found

    try:
        # Numbers stay texts: turning 5,000 digits into one is refused by Python, and not asked for here.
        json.loads(data, object_pairs_hook=unique, parse_int=str, parse_float=str)
    except RecordError:
        raise
    except RecursionError as error:
        raise RecordError("nested too deeply") from error
    except ValueError as error:
        raise RecordError(f"not JSON in a field unknown here: {error}") from error
