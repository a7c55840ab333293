"""What this station knows of its own past: for the panel, the interlock's attempts, and `units SERIAL`."""

from datetime import datetime
from typing import NamedTuple

from lotline_agent.store import sqlite
from lotline_agent.store.clock import as_text
from lotline_agent.store.database import Database
from lotline_contract.outcome import Outcome, Purpose
from lotline_contract.record import Run, parse_run


class PastRun(NamedTuple):
    """A run as the station keeps it. state: of its outbox entry; file: its archive, None where not sealed.

    record: its bytes; None where it was never closed, and where only the server still holds them
    """

    run_id: str
    serial_number: str
    part_number: str
    operation: str
    lot: str | None
    started_at: str
    outcome: Outcome | None
    state: str | None
    reason: str | None
    file: str | None
    digest: str | None
    record: bytes | None

    def run(self) -> Run | None:
        """Give the whole record; None where the station does not hold it."""
        return None if self.record is None else parse_run(self.record)


class Today(NamedTuple):
    """Units first counted today at this station, and how many of them passed at once."""

    units: int
    first_pass: int


_RUNS = """
    SELECT run.run_id, run.serial_number, run.part_number, run.operation, run.lot, run.started_at,
           run.outcome, outbox.state, outbox.reason, archive.file, outbox.digest,
           CASE WHEN length(outbox.record) > 0 THEN outbox.record END
    FROM run LEFT JOIN outbox ON outbox.record_id = run.run_id LEFT JOIN archive ON archive.run = run.id
"""


def runs_of(connection: sqlite.Connection, serial_number: str) -> list[PastRun]:
    """Give all runs of a unit, oldest first."""
    return _past(connection, f"{_RUNS} WHERE run.serial_number = ? ORDER BY run.id", (serial_number,))


def last_runs(connection: sqlite.Connection, most: int) -> list[PastRun]:
    """Give the latest finished runs, newest first."""
    return _past(connection, f"{_RUNS} WHERE run.closed_at IS NOT NULL ORDER BY run.id DESC LIMIT ?", (most,))


def all_runs(connection: sqlite.Connection) -> list[PastRun]:
    """Give every run, oldest first."""
    return _past(connection, f"{_RUNS} ORDER BY run.id", ())


def _past(connection: sqlite.Connection, query: str, parameters: tuple[object, ...]) -> list[PastRun]:
    return [
        PastRun._make((*row[:6], None if row[6] is None else Outcome(row[6]), *row[7:]))
        for row in connection.execute(query, parameters)
    ]


class History:
    """The same for the running agent, from its own connection."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def last(self, most: int) -> list[PastRun]:
        """Give the latest finished runs, newest first."""
        with self._database.lock:
            return last_runs(self._database.connection, most)

    def counted_runs(self, serial_number: str, part_number: str, operation: str) -> int:
        """Count this unit's production runs that counted, at this operation, on this station."""
        with self._database.lock:
            (count,) = self._database.connection.execute(
                "SELECT count(*) FROM run WHERE serial_number = ? AND part_number = ? AND operation = ? "
                "AND purpose = ? AND counts_as IS NOT NULL",
                (serial_number, part_number, operation, Purpose.PRODUCTION.value),
            ).fetchone()
        return int(count)

    def today(self, midnight: datetime) -> Today:
        """Count the units whose first counted production run here ended since that (aware) moment."""
        since = as_text(midnight)
        with self._database.lock:
            units, passed = self._database.connection.execute(
                "SELECT count(*), coalesce(sum(counts_as = 'PASS'), 0) FROM run WHERE closed_at >= ? "
                "AND purpose = 'production' AND counts_as IS NOT NULL AND NOT EXISTS ("
                "SELECT 1 FROM run AS earlier WHERE earlier.serial_number = run.serial_number "
                "AND earlier.part_number = run.part_number AND earlier.operation = run.operation "
                "AND earlier.id < run.id AND earlier.purpose = 'production' "
                "AND earlier.counts_as IS NOT NULL)",
                (since,),
            ).fetchone()
        return Today(units, passed)

    def usual_duration_s(self, operation: str) -> float | None:
        """Give the mean duration of the last ten passed runs; None before the first."""
        with self._database.lock:
            (mean,) = self._database.connection.execute(
                "SELECT avg(duration_s) FROM (SELECT duration_s FROM run WHERE operation = ? "
                "AND outcome = 'PASS' ORDER BY id DESC LIMIT 10)",
                (operation,),
            ).fetchone()
        return None if mean is None else float(mean)
