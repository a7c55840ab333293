"""Letting go of what the server holds: old enough, sealed, and still held by the very server that took it.

Only bytes leave: a record's place, its digest, its unit and its outcome stay. The rows are changed first and
name the files that are to go, so that a crash leaves a file too many, which the next start removes, and never
a row without its file.
"""

import json
import time
from pathlib import Path

from lotline_agent.store import sqlite
from lotline_agent.store.database import Database
from lotline_agent.store.files import sync_folder
from lotline_agent.store.outbox import Outbox

DAY_S = 86_400.0
MAX_SKEW_S = 3_600.0
"""With a clock further off than this from the server's, nobody knows what is old."""
_LOOK_AGAIN_S = 60.0
_GOING = "retention.going"

_OLD = """
    SELECT outbox.id, run.id, archive.file FROM outbox
    LEFT JOIN run ON run.run_id = outbox.record_id LEFT JOIN archive ON archive.run = run.id
    WHERE state = 'acknowledged' AND length(record) > 0 AND acknowledged_at < ? AND generation = ?
    AND NOT EXISTS (SELECT 1 FROM frame WHERE frame.run = run.id)
    ORDER BY acknowledged_at LIMIT ?
"""
"""A run whose vectors are still in the journal is not sealed, or its file not proven yet."""


class Retention:
    """Keeps for `keep_days` what the server has acknowledged; 0 keeps it for ever."""

    def __init__(self, database: Database, outbox: Outbox, archive: Path, keep_days: int) -> None:
        self._database = database
        self._outbox = outbox
        self._archive = archive
        self._keep_days = keep_days
        self._look_again = 0.0
        self._finish()

    def let_go(self, *, most: int = 8) -> int:
        """Let the bytes of a few old records go; gives how many: none before the server was greeted."""
        skew, generation = self._outbox.clock_skew_s, self._outbox.generation
        if not self._keep_days or not generation or skew is None or abs(skew) > MAX_SKEW_S:
            return 0
        if time.monotonic() < self._look_again:
            return 0
        before = time.time() - self._keep_days * DAY_S
        # Chosen inside the transaction that lets them go: nobody can take an acknowledgement back in between.
        with self._database.durable() as connection:
            rows = connection.execute(_OLD, (before, generation, most)).fetchall()
            if rows:
                self._empty(connection, rows)
        if not rows:
            self._look_again = time.monotonic() + _LOOK_AGAIN_S
        self._finish()
        return len(rows)

    def _empty(self, connection: sqlite.Connection, rows: list[tuple[int, int | None, str | None]]) -> None:
        connection.executemany(
            "UPDATE outbox SET record = x'' WHERE id = ?", [(entry,) for entry, _, _ in rows]
        )
        runs = [(run,) for _, run, _ in rows if run is not None]
        connection.executemany("UPDATE run SET header = x'' WHERE id = ?", runs)
        connection.executemany("DELETE FROM archive WHERE run = ?", runs)
        files = [file for _, _, file in rows if file is not None]
        if files:
            connection.execute("INSERT INTO note (key, value) VALUES (?, ?)", (_GOING, json.dumps(files)))

    def _finish(self) -> None:
        """Remove the files that a transaction has let go, in this life or in the one before."""
        with self._database.lock:
            row = self._database.connection.execute(
                "SELECT value FROM note WHERE key = ?", (_GOING,)
            ).fetchone()
        if row is None:
            return
        paths = [self._archive / file for file in json.loads(row[0])]
        for path in paths:
            path.unlink(missing_ok=True)
        for folder in {path.parent for path in paths if path.parent.is_dir()}:
            sync_folder(folder)
        with self._database.durable() as connection:
            connection.execute("DELETE FROM note WHERE key = ?", (_GOING,))
