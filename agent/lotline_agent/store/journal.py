"""The journal of one run: every measurement durable against a crash when judged, the whole run when closed.

Everything written is also held in memory until the run is closed, so that whatever the disk does, the run can
be written again, whole, under the same run_id.
"""

from typing import Literal, NamedTuple

import msgspec

from lotline_agent.store import sqlite
from lotline_agent.store.clock import utc_now
from lotline_agent.store.database import Database
from lotline_agent.store.errors import NotRecorded, StoreError
from lotline_agent.store.outbox import enqueue
from lotline_contract.outcome import Outcome, counts_as
from lotline_contract.record import Measurement, RecordError, Run, encode_record, record_digest

TROUBLE = (sqlite.Error, OSError, StoreError, RecordError)
"""What the disk, the database or a text that no record can hold may raise while a run is written."""


class Entry(msgspec.Struct, frozen=True):
    """One journalled measurement and where in the run it stands."""

    step: str
    group: Literal["setup", "main", "teardown"]
    measurement: Measurement


class Frame(NamedTuple):
    """A vector's encoded samples, waiting to be sealed and acknowledged."""

    n: int
    data_digest: str
    data: bytes


class Closed(NamedTuple):
    """A run that is durable: its place in the sequence and the digest of its exact bytes."""

    run_id: str
    seq: int
    digest: str


_encode_entry = msgspec.json.Encoder().encode
_decode_entry = msgspec.json.Decoder(Entry).decode
_BEGIN = (
    "INSERT INTO run (run_id, serial_number, part_number, operation, lot, purpose, started_at, header) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_ADD = "INSERT INTO journal (run, n, body) VALUES (?, ?, ?)"
_ADD_FRAME = "INSERT INTO frame (run, n, data_digest, data) VALUES (?, ?, ?, ?)"
_CLOSE = "UPDATE run SET closed_at = ?, outcome = ?, counts_as = ?, duration_s = ? WHERE id = ?"


class RunJournal:
    """One run's writer. Not shared between threads."""

    def __init__(self, database: Database, epoch: int, header: Run, row: int | None = None) -> None:
        """Journal that a run has begun. header is the run as it would stand if the station stopped now.

        row: where the run already stands, for one that an earlier life of the agent left open
        """
        self._database = database
        self._epoch = epoch
        self._header = header
        self._entries: list[bytes] = []
        self._frames: list[Frame] = []
        self._trouble: Exception | None = None
        try:
            if database.is_doubtful:
                database.reopen()
                database.settle()
            self._row = row or database.journal(_BEGIN, self._begin_values())
        except TROUBLE as error:
            raise StoreError(f"The run cannot be begun: {error}") from error

    def _begin_values(self) -> tuple[object, ...]:
        head = self._header
        return (
            head.run_id,
            head.serial_number,
            head.part_number,
            head.operation,
            head.lot,
            head.purpose.value,
            head.started_at,
            encode_record(head),
        )

    def add(self, entry: Entry, frame: tuple[bytes, str] | None = None) -> None:
        """Journal one judged measurement; frame is a vector's (encoded bytes, data digest).

        A disk that refuses does not stop the run: the reading is held in memory, and `close` tells.
        """
        n = len(self._entries)
        body = _encode_entry(entry)
        self._entries.append(body)
        if frame is not None:
            self._frames.append(Frame(n, frame[1], frame[0]))
        if self._trouble is not None:
            return
        try:
            if frame is not None:
                self._database.journal(_ADD_FRAME, (self._row, n, frame[1], frame[0]))
            self._database.journal(_ADD, (self._row, n, body))
        except TROUBLE as error:
            self._trouble = error

    def close(self, run: Run) -> Closed:
        """Make the finished run durable: outcome, record, outbox entry and sequence number in one commit.

        Raises NotRecorded where that did not succeed; then only `rewrite` can still keep the run.
        """
        if self._trouble is not None:
            raise NotRecorded(f"A reading could not be written: {self._trouble}") from self._trouble
        try:
            with self._database.durable() as connection:
                if self._database.is_doubtful:
                    raise NotRecorded("The disk failed while this run was recorded.")
                return self._close_in(connection, run, self._row)
        except TROUBLE as error:
            self._trouble = error
            raise NotRecorded(f"The run could not be written: {error}") from error

    def rewrite(self, run: Run) -> Closed:
        """Write the whole run again from memory, insert-or-verify by run_id, on a reopened database.

        After a failed fsync a page may be clean in the cache and absent on the disk, so nothing that was
        written before counts, and the WAL must have reached the database file before this returns.
        Raises NotRecorded where the disk still refuses; call it again then.
        """
        try:
            self._database.reopen()
            with self._database.durable() as connection:
                seq = self._forget(connection, run)
                closed = self._close_in(connection, run, self._write_all(connection), seq)
            self._database.settle()
        except TROUBLE as error:
            raise NotRecorded(f"The run could still not be written: {error}") from error
        return closed

    def _forget(self, connection: sqlite.Connection, run: Run) -> int | None:
        """Take out what stands of this run; gives its sequence number where it was closed, None elsewhere."""
        closed = connection.execute(
            "SELECT seq, digest FROM outbox WHERE record_id = ?", (run.run_id,)
        ).fetchone()
        if closed is not None and closed[1] != record_digest(encode_record(run)):
            raise NotRecorded(f"run {run.run_id} stands in the database with other content")
        connection.execute("DELETE FROM outbox WHERE record_id = ?", (run.run_id,))
        found = connection.execute("SELECT id FROM run WHERE run_id = ?", (run.run_id,)).fetchone()
        if found is not None:
            for table in ("journal", "frame", "archive"):
                connection.execute(f"DELETE FROM {table} WHERE run = ?", found)  # noqa: S608
            connection.execute("DELETE FROM run WHERE id = ?", found)
        return None if closed is None else int(closed[0])

    def _write_all(self, connection: sqlite.Connection) -> int:
        row = connection.execute(_BEGIN, self._begin_values()).lastrowid or 0
        connection.executemany(_ADD, [(row, n, body) for n, body in enumerate(self._entries)])
        connection.executemany(_ADD_FRAME, [(row, *frame) for frame in self._frames])
        self._row = row
        return row

    def _close_in(self, connection: sqlite.Connection, run: Run, row: int, seq: int | None = None) -> Closed:
        record = encode_record(run)
        digest = record_digest(record)
        measured = (measurement.outcome for measurement in run.measurements())
        counted: Outcome | None = counts_as(run.outcome, measured)
        connection.execute(_CLOSE, (utc_now(), run.outcome.value, counted, run.duration_s, row))
        place = enqueue(
            connection,
            epoch=self._epoch,
            kind="run",
            record_id=run.run_id,
            digest=digest,
            record=record,
            seq=seq,
        )
        return Closed(run.run_id, place, digest)


def read_entries(connection: sqlite.Connection, row: int) -> list[Entry]:
    """Give what the journal holds of an open run, in order."""
    rows = connection.execute("SELECT body FROM journal WHERE run = ? ORDER BY n", (row,))
    return [_decode_entry(body) for (body,) in rows]
