"""Looking at a record before it is stored. Pure: no database, no lock."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from lotline_contract.identity import ScanRefused, check_name, normalise_serial
from lotline_contract.outcome import RUN_OUTCOMES, Purpose, counts_as
from lotline_contract.record import Event, Measurement, RecordError, Run, Vector, parse_event, parse_run
from lotline_contract.rejudge import differences
from lotline_contract.wire import Answer, Item, ItemAnswer
from lotline_server.core.clock import parse_moment, to_micros

MAX_DURATION_S = 366 * 86_400
MAX_REASON = 500


@dataclass(slots=True, kw_only=True)
class Looked:
    """A record as it was found. retry: its bytes are not what its digest says. problem: why it cannot be
    taken in as it is; None where nothing speaks against it so far.
    """

    item: Item
    data: bytes
    run: Run | None = None
    event: Event | None = None
    started_us: int = 0
    ended_us: int = 0
    counts: str | None = None
    retry: str | None = None
    problem: str | None = None
    vectors: list[tuple[int, Measurement, Vector]] = field(default_factory=list)


def look_at(item: Item, data: bytes, station: str) -> Looked:
    """Hash, parse and check one record that `station` has sent."""
    looked = Looked(item=item, data=data)
    if hashlib.sha256(data).hexdigest() != item.digest:
        looked.retry = "the bytes that arrived do not have the digest that was named"
        return looked
    try:
        if item.kind == "event":
            looked.event = parse_event(data)
            _check_event(looked.event, item, station)
        else:
            looked.run = parse_run(data)
            _check_run(looked, looked.run, item, station)
    except RecordError as error:
        looked.problem = f"unreadable: {error}"[:MAX_REASON]
    except _Problem as error:
        looked.problem = str(error)[:MAX_REASON]
    return looked


class _Problem(Exception):
    pass


def _check_event(event: Event, item: Item, station: str) -> None:
    if event.event_id != item.id:
        raise _Problem(f"id_mismatch: the envelope names {item.id}, the record {event.event_id}")
    if event.station != station:
        raise _Problem(f"station_mismatch: the record names station {event.station}, it came from {station}")


def _check_run(looked: Looked, run: Run, item: Item, station: str) -> None:
    looked.vectors = _vectors(run)
    if run.run_id != item.id:
        raise _Problem(f"id_mismatch: the envelope names {item.id}, the record {run.run_id}")
    if run.station.name != station:
        raise _Problem(
            f"station_mismatch: the record names station {run.station.name}, it came from {station}"
        )
    if run.outcome not in RUN_OUTCOMES:
        raise _Problem(f"bad_outcome: a run cannot end {run.outcome}")
    try:
        if normalise_serial(run.serial_number) != run.serial_number:
            raise _Problem(f"bad_serial_number: {run.serial_number!r} is not in its normal form")
        check_name(run.operation, "operation")
    except ScanRefused as error:
        raise _Problem(f"bad_serial_number: {error}") from error
    except ValueError as error:
        raise _Problem(f"bad_operation: {error}") from error
    if not 0 <= run.duration_s <= MAX_DURATION_S:
        raise _Problem(f"bad_duration: {run.duration_s!r} s")
    started = _started(run)
    looked.started_us = to_micros(started)
    looked.ended_us = looked.started_us + int(run.duration_s * 1e6)
    if run.purpose is Purpose.PRODUCTION:
        measured = (each.outcome for step in run.steps for each in step.measurements)
        counts = counts_as(run.outcome, measured)
        looked.counts = None if counts is None else str(counts)


def _started(run: Run) -> datetime:
    """Read the station's clock. Any moment of the calendar is taken; what is no moment is not."""
    if abs(run.station.utc_offset_min) >= 24 * 60:
        raise _Problem(f"bad_time: a UTC offset of {run.station.utc_offset_min} minutes")
    try:
        started = parse_moment(run.started_at, run.station.utc_offset_min)
        started + timedelta(seconds=run.duration_s)
    except (ValueError, OverflowError) as error:
        raise _Problem(f"bad_time: started_at {run.started_at[:64]!r} is no moment") from error
    return started


def _vectors(run: Run) -> list[tuple[int, Measurement, Vector]]:
    found: list[tuple[int, Measurement, Vector]] = []
    at = 0
    for step in run.steps:
        for measurement in step.measurements:
            vector = measurement.vector
            if vector is not None:
                found.append((at, measurement, vector))
            at += 1
    return found


def judged_otherwise(run: Run, samples: Mapping[str, NDArray[np.generic]]) -> str | None:
    """Give what our own judge says otherwise, in sentences; None where it agrees."""
    found = differences(run, samples)
    return "; ".join(found)[:2000] if found else None


def answer_to(
    each: Looked, answer: Answer, reason: str | None = None, missing: tuple[str, ...] = ()
) -> ItemAnswer:
    """Answer for one record. missing: data digests that are to be put before it is sent again"""
    item = each.item
    return ItemAnswer(
        epoch=item.epoch,
        seq=item.seq,
        id=item.id,
        digest=item.digest,
        answer=answer,
        reason=reason,
        missing=missing,
    )
