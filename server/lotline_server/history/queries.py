"""Statements that read runs back: their rows, their verbatim records, their vectors."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.core.paging import behind
from lotline_server.core.rows import fetch_all, fetch_one
from lotline_server.lots.models import lots
from lotline_server.parts.models import parts
from lotline_server.runs.models import dictionaries, plans, records, runs
from lotline_server.stations.models import stations
from lotline_server.units.models import unit_operations, units


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A run as lists show it. counts_as: PASS or FAIL; None where it leaves its unit alone.

    lot: the lot its unit belongs to
    judged_otherwise: what the server's judge says otherwise; None where it agrees
    """

    run_id: str
    serial_number: str
    part_number: str
    lot: str | None
    operation: str
    purpose: str
    outcome: str
    counts_as: str | None
    cause: str | None
    station: str
    operator: str | None
    started_at: datetime
    ended_at: datetime
    received_at: datetime
    plan: str
    plan_version: str
    plan_digest: str
    revision: str | None
    judged_otherwise: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """A run's row id, digest and packed bytes."""

    run_id: str
    digest: bytes
    content: bytes
    dictionary: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRow:
    """A unit at one operation: what counts for first_pass_yield, what decides, how many attempts."""

    operation: str
    first_outcome: str
    first_run: str
    deciding_outcome: str
    deciding_run: str
    attempts: int


_RUN_COLUMNS: list[Any] = [
    runs.c.run_id, units.c.serial_number, parts.c.part_number, lots.c.lot, runs.c.operation, runs.c.purpose,
    runs.c.outcome, runs.c.counts_as, runs.c.cause, stations.c.name.label("station"), runs.c.operator,
    runs.c.started_at, runs.c.ended_at, runs.c.received_at, plans.c.name.label("plan"),
    plans.c.version.label("plan_version"), plans.c.digest.label("plan_digest"), runs.c.revision,
    runs.c.judged_otherwise,
]  # fmt: skip


def _runs() -> Any:
    return (
        sa.select(*_RUN_COLUMNS)
        .join_from(runs, units, units.c.id == runs.c.unit)
        .join(parts, parts.c.id == units.c.part)
        .join(stations, stations.c.id == runs.c.station)
        .join(plans, plans.c.id == runs.c.plan)
        .outerjoin(lots, lots.c.id == units.c.lot)
    )


def runs_of_unit(connection: Connection, serial_number: str, part_number: str) -> list[RunRow]:
    """Give all runs of a unit, the newest first."""
    statement = (
        _runs()
        .where(units.c.serial_number == serial_number, parts.c.part_number == part_number)
        .order_by(runs.c.started_at.desc(), runs.c.run_id.desc())
    )
    return fetch_all(connection, statement, RunRow)


def find_run(connection: Connection, run_id: str) -> RunRow | None:
    """Find a run by its id."""
    return fetch_one(connection, _runs().where(runs.c.run_id == run_id), RunRow)


def latest_runs(
    connection: Connection,
    *,
    limit: int = 50,
    station: str | None = None,
    after: tuple[int, str] | None = None,
) -> list[RunRow]:
    """Give the newest runs by their start, the newest first. after: behind this (start, run_id)."""
    statement = _runs().order_by(runs.c.started_at.desc(), runs.c.run_id.desc()).limit(limit)
    if station is not None:
        statement = statement.where(stations.c.name == station)
    if after is not None:
        statement = statement.where(behind([runs.c.started_at, runs.c.run_id], after, descending=True))
    return fetch_all(connection, statement, RunRow)


def records_of(connection: Connection, run_ids: Sequence[str]) -> list[RecordRow]:
    """Give the packed records of these runs."""
    statement = (
        sa.select(
            records.c.record_id.label("run_id"),
            records.c.digest,
            records.c.content,
            dictionaries.c.content.label("dictionary"),
        )
        .join_from(records, dictionaries, isouter=True)
        .where(records.c.record_id.in_(run_ids))
    )
    return fetch_all(connection, statement, RecordRow)


def operations_of_unit(connection: Connection, serial_number: str, part_number: str) -> list[OperationRow]:
    """Give where a unit stands at each operation it has counted runs at."""
    first, deciding = runs.alias("first"), runs.alias("deciding")
    statement = (
        sa.select(
            unit_operations.c.operation,
            unit_operations.c.first_outcome,
            first.c.run_id.label("first_run"),
            unit_operations.c.deciding_outcome,
            deciding.c.run_id.label("deciding_run"),
            unit_operations.c.attempts,
        )
        .join_from(unit_operations, units, units.c.id == unit_operations.c.unit)
        .join(parts, parts.c.id == units.c.part)
        .join(first, first.c.id == unit_operations.c.first_run)
        .join(deciding, deciding.c.id == unit_operations.c.deciding_run)
        .where(units.c.serial_number == serial_number, parts.c.part_number == part_number)
        .order_by(unit_operations.c.operation)
    )
    return fetch_all(connection, statement, OperationRow)
