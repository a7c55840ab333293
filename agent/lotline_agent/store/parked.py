"""What the server could not take: seen, tried again, or given up with a reason that travels to the server.

A record that is given up stays here, byte for byte, and is offered to nobody any more.
"""

from datetime import datetime
from typing import NamedTuple

from lotline_agent.store import sqlite
from lotline_agent.store.clock import utc_now
from lotline_agent.store.database import Database
from lotline_agent.store.outbox import discarded_at, enqueue
from lotline_contract.ids import uuid7
from lotline_contract.record import Event, encode_record, record_digest

MAX_REASON = 500


class ParkedError(Exception):
    """There is no such parked record, or it cannot be done; the message says which and why."""


class Parked(NamedTuple):
    """A record that was set aside. given_up: when somebody gave it up; None while it may be tried again."""

    record_id: str
    kind: str
    serial_number: str | None
    created_at: datetime
    size: int
    digest: str
    reason: str
    given_up: str | None


def parked(connection: sqlite.Connection) -> list[Parked]:
    """Give what is set aside, oldest first, and what was given up."""
    rows = connection.execute(
        "SELECT record_id, kind, run.serial_number, created_at, length(record), digest, reason, "  # noqa: S608 - ours
        f"{discarded_at(connection)} FROM outbox LEFT JOIN run ON run.run_id = record_id "
        "WHERE state = 'parked' ORDER BY outbox.id"
    )
    return [
        Parked(
            record_id=record_id,
            kind=kind,
            serial_number=serial_number,
            created_at=datetime.fromtimestamp(created_at).astimezone(),
            size=size,
            digest=digest,
            reason=reason or "",
            given_up=given_up,
        )
        for record_id, kind, serial_number, created_at, size, digest, reason, given_up in rows
    ]


def record_bytes(connection: sqlite.Connection, record_id: str) -> bytes:
    """Give a parked record's exact bytes. Raises ParkedError."""
    row = connection.execute(
        "SELECT record FROM outbox WHERE record_id = ? AND state = 'parked'", (record_id,)
    ).fetchone()
    if row is None:
        raise ParkedError(f"No record {record_id} is set aside here.")
    return bytes(row[0])


def retry(database: Database, record_id: str) -> None:
    """Offer a parked record to the server again, as if it had just been recorded. Raises ParkedError."""
    with database.durable() as connection:
        _parked(connection, record_id)
        connection.execute(
            "UPDATE outbox SET state = 'pending', next_attempt_at = 0, attempts = 0, reason = NULL "
            "WHERE record_id = ?",
            (record_id,),
        )


def discard(database: Database, epoch: int, record_id: str, *, reason: str, who: str, station: str) -> None:
    """Give a parked record up, and record that as an event, in one transaction. Raises ParkedError."""
    if not reason.strip() or len(reason) > MAX_REASON:
        raise ParkedError(f"Say why in 1 to {MAX_REASON} characters: --reason")
    now = utc_now()
    with database.durable() as connection:
        serial_number, digest = _parked(connection, record_id)
        event = Event(
            record=1,
            event_id=uuid7(),
            event="discarded",
            station=station,
            at=now,
            scan="",
            reasons=(reason.strip(),),
            serial_number=serial_number,
            operator=who,
            given_up=record_id,
            given_up_digest=digest,
        )
        data = encode_record(event)
        connection.execute(
            "UPDATE outbox SET discarded_at = ?, reason = coalesce(reason, '') || ? WHERE record_id = ?",
            (now, f"; given up by {who}: {reason.strip()}", record_id),
        )
        enqueue(
            connection,
            epoch=epoch,
            kind="event",
            record_id=event.event_id,
            digest=record_digest(data),
            record=data,
        )


def _parked(connection: sqlite.Connection, record_id: str) -> tuple[str | None, str]:
    row = connection.execute(
        "SELECT run.serial_number, digest, discarded_at FROM outbox "
        "LEFT JOIN run ON run.run_id = record_id WHERE record_id = ? AND state = 'parked'",
        (record_id,),
    ).fetchone()
    if row is None:
        raise ParkedError(f"No record {record_id} is set aside here.")
    if row[2] is not None:
        raise ParkedError(f"Record {record_id} was given up at {row[2]}; it stays so.")
    return row[0], row[1]
