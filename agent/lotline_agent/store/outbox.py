"""The outbox: what is recorded and not yet acknowledged. Entries are never dropped and never renumbered."""

import time
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from lotline_agent.store import sqlite
from lotline_agent.store.database import Database
from lotline_contract.record import Event, encode_record, record_digest
from lotline_contract.wire import EpochState

LONGEST_WAIT_S = 3600.0
"""No entry is ever told to wait longer."""


_CONFIRMED = "outbox.confirmed_by"
_AT_ONCE = 500
Ranges = tuple[tuple[int, int], ...]
"""Closed ranges [first, last] of sequence numbers."""


class Outgoing(NamedTuple):
    """One entry to be sent: its name in the agent's sequence and its record's exact bytes."""

    id: int
    epoch: str
    seq: int
    kind: Literal["run", "event"]
    record_id: str
    digest: str
    record: bytes
    attempts: int


def discarded_at(connection: sqlite.Connection) -> str:
    """Give the SQL of when a parked entry was given up; a reader may meet a store of an older agent."""
    names = {name for _, name, *_ in connection.execute("PRAGMA table_info(outbox)")}
    return "discarded_at" if "discarded_at" in names else "NULL"


class Backlog(NamedTuple):
    """How much waits. oldest_s: age of the oldest pending entry; None where nothing waits."""

    pending: int
    parked: int
    oldest_s: float | None


class Reconciled(NamedTuple):
    """What a greeting has found: entries that are offered again, and those whose bytes nobody holds."""

    offered: int
    lost: int


def enqueue(
    connection: sqlite.Connection,
    *,
    epoch: int,
    kind: str,
    record_id: str,
    digest: str,
    record: bytes,
    seq: int | None = None,
) -> int:
    """Add a record inside the caller's transaction and give its sequence number: no gap without loss.

    seq: of a record that is written again; None takes the next
    """
    if seq is None:
        (seq,) = connection.execute(
            "SELECT coalesce(max(seq), 0) + 1 FROM outbox WHERE epoch = ?", (epoch,)
        ).fetchone()
    connection.execute(
        "INSERT INTO outbox (epoch, seq, kind, record_id, digest, record, state, created_at) "
        "VALUES (?, ?, ?, ?, ?, ?, 'pending', ?)",
        (epoch, seq, kind, record_id, digest, record, time.time()),
    )
    return int(seq or 0)


def _gaps(ranges: Ranges, last: int) -> list[tuple[int, int]]:
    """Give the ranges of 1 … last that these leave out."""
    gaps, expected = [], 1
    for low, high in sorted(ranges):
        if low > expected:
            gaps.append((expected, min(low - 1, last)))
        expected = max(expected, high + 1)
    if expected <= last:
        gaps.append((expected, last))
    return gaps


def read_epochs(connection: sqlite.Connection) -> list[EpochState]:
    """Give every epoch, oldest first; the last one is the current one."""
    rows = connection.execute(
        "SELECT epoch, parent, parent_last_seq, n = (SELECT max(n) FROM epoch), "
        "(SELECT coalesce(max(seq), 0) FROM outbox WHERE outbox.epoch = epoch.n) "
        "FROM epoch ORDER BY n"
    )
    return [
        EpochState(epoch=name, last_seq=last, closed=not current, parent=parent, parent_last_seq=parent_last)
        for name, parent, parent_last, current, last in rows
    ]


class Outbox:
    """The sync's view of the store.

    generation: of the server last greeted; empty before. clock_skew_s: how far our clock was ahead of its
        own then; None before, and where it said nothing readable
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.generation = ""
        self.clock_skew_s: float | None = None

    def put_event(self, epoch: int, event: Event) -> None:
        """Record something that was no run, durably, in the same sequence as the runs."""
        record = encode_record(event)
        with self._database.durable() as connection:
            enqueue(
                connection,
                epoch=epoch,
                kind="event",
                record_id=event.event_id,
                digest=record_digest(record),
                record=record,
            )

    def due(self, now: float, most: int, most_bytes: int) -> list[Outgoing]:
        """Give the oldest entries that may be tried now: so many and so many bytes, but one at least."""
        connection = self._database.reader()
        try:
            rows = connection.execute(
                "SELECT outbox.id, epoch.epoch, seq, kind, record_id, digest, record, attempts FROM outbox "
                "JOIN epoch ON epoch.n = outbox.epoch "
                "WHERE state = 'pending' AND next_attempt_at NOT BETWEEN ? AND ? ORDER BY outbox.id LIMIT ?",
                # A wait that lies further ahead than any we set is a clock that was put back.
                (now + 1e-6, now + LONGEST_WAIT_S, most),
            )
            found: list[Outgoing] = []
            size = 0
            for row in rows:
                size += len(row[6])
                if found and size > most_bytes:
                    break
                found.append(Outgoing(*row))
            return found
        finally:
            connection.close()

    def frames(self, record_ids: Sequence[str]) -> dict[str, bytes]:
        """Give the held frames of these runs by data digest."""
        marks = ", ".join("?" * len(record_ids))
        connection = self._database.reader()
        try:
            return dict(
                connection.execute(
                    "SELECT data_digest, data FROM frame JOIN run ON run.id = frame.run "  # noqa: S608
                    f"WHERE run.run_id IN ({marks})",
                    list(record_ids),
                ).fetchall()
            )
        finally:
            connection.close()

    def acknowledge(self, ids: Iterable[int], generation: str) -> None:
        """Mark entries as durable at the server of that generation. Only what an answer named is marked."""
        marks = [(time.time(), generation, entry) for entry in ids]
        with self._database.durable() as connection:
            connection.executemany(
                "UPDATE outbox SET state = 'acknowledged', acknowledged_at = ?, generation = ?, "
                "reason = NULL WHERE id = ?",
                marks,
            )

    def park(self, entry: int, reason: str) -> None:
        """Set an entry aside that the server cannot take; it stays here, visible, until somebody decides."""
        self._update("UPDATE outbox SET state = 'parked', reason = ? WHERE id = ?", (reason, entry))

    def postpone(self, ids: Iterable[int], until: float, reason: str) -> None:
        """Try these again later."""
        with self._database.durable() as connection:
            connection.executemany(
                "UPDATE outbox SET attempts = attempts + 1, next_attempt_at = ?, reason = ? WHERE id = ?",
                [(until, reason, entry) for entry in ids],
            )

    def release_postponed(self) -> None:
        """Make every pending entry due now: the server has just answered."""
        self._update(
            "UPDATE outbox SET next_attempt_at = 0 WHERE state = 'pending' AND next_attempt_at > 0", ()
        )

    def _update(self, statement: str, parameters: tuple[object, ...]) -> None:
        with self._database.durable() as connection:
            connection.execute(statement, parameters)

    def epochs(self) -> list[EpochState]:
        """Give every epoch, oldest first; the last one is the current one."""
        with self._database.lock:
            return read_epochs(self._database.connection)

    def reconcile(self, have: dict[str, Ranges]) -> Reconciled:
        """Hold the server's word against ours: what it lacks of our acknowledged entries is pending again,
        what it has is from now on acknowledged by the server as it calls itself today.
        """
        offered = lost = 0
        is_another = self._confirmed_by() != self.generation
        for state in self.epochs():
            ranges = have.get(state.epoch, ())
            gaps = _gaps(ranges, state.last_seq)
            if gaps:
                with self._database.durable() as connection:
                    again, gone = self._offer_again(connection, state.epoch, gaps)
                offered, lost = offered + again, lost + gone
            if is_another:
                self._confirm(state.epoch, [(low, min(high, state.last_seq)) for low, high in ranges])
        if is_another:
            self._update(
                "INSERT OR REPLACE INTO note (key, value) VALUES (?, ?)", (_CONFIRMED, self.generation)
            )
        return Reconciled(offered, lost)

    def _confirmed_by(self) -> str | None:
        with self._database.lock:
            row = self._database.connection.execute(
                "SELECT value FROM note WHERE key = ?", (_CONFIRMED,)
            ).fetchone()
        return None if row is None else str(row[0])

    def _offer_again(
        self, connection: sqlite.Connection, epoch: str, gaps: list[tuple[int, int]]
    ) -> tuple[int, int]:
        """Give how many entries are pending again, and of how many nobody holds the bytes any more."""
        where = "WHERE epoch = (SELECT n FROM epoch WHERE epoch = ?) AND seq BETWEEN ? AND ? "
        places = [(epoch, low, high) for low, high in gaps]
        start = int(connection.total_changes)
        connection.executemany(
            "UPDATE outbox SET state = 'pending', next_attempt_at = 0, generation = NULL "  # noqa: S608 - ours
            f"{where} AND state IN ('acknowledged', 'parked') AND length(record) > 0 "
            "AND discarded_at IS NULL",
            places,
        )
        offered = int(connection.total_changes) - start
        connection.executemany(
            f"UPDATE outbox SET generation = NULL {where} AND state = 'acknowledged' AND length(record) = 0",  # noqa: S608
            places,
        )
        return offered, int(connection.total_changes) - start - offered

    def _confirm(self, epoch: str, ranges: Iterable[tuple[int, int]]) -> None:
        """Note of acknowledged entries that the server of today has them, where another one took them in."""
        for low, high in ranges:
            for start in range(low, high + 1, _AT_ONCE):
                self._update(
                    "UPDATE outbox SET generation = ? WHERE epoch = (SELECT n FROM epoch WHERE epoch = ?) "
                    "AND seq BETWEEN ? AND ? AND state = 'acknowledged' AND generation IS NOT ?",
                    (self.generation, epoch, start, min(high, start + _AT_ONCE - 1), self.generation),
                )

    def backlog(self) -> Backlog:
        """Count what waits and what is parked."""
        with self._database.lock:
            # The age of the first one: asking for the smallest would read every record that waits.
            pending, oldest = self._database.connection.execute(
                "SELECT count(*), "
                "(SELECT created_at FROM outbox WHERE state = 'pending' ORDER BY id LIMIT 1) "
                "FROM outbox WHERE state = 'pending'"
            ).fetchone()
            (parked,) = self._database.connection.execute(
                "SELECT count(*) FROM outbox WHERE state = 'parked' AND discarded_at IS NULL"
            ).fetchone()
        return Backlog(pending, parked, None if oldest is None else max(0.0, time.time() - oldest))

    def documents_to_send(self, generation: str) -> dict[str, str]:
        """Give the texts of plans and configurations that this server has not confirmed, by digest."""
        with self._database.lock:
            rows = self._database.connection.execute(
                "SELECT digest, body FROM document WHERE sent_to IS NOT ?", (generation,)
            ).fetchall()
        return dict(rows)

    def documents_sent(self, digests: Iterable[str], generation: str) -> None:
        """Note that the server of that generation keeps these texts."""
        with self._database.durable() as connection:
            connection.executemany(
                "UPDATE document SET sent_to = ? WHERE digest = ?",
                [(generation, digest) for digest in digests],
            )
