"""The archive a person opens: one HDF5 file for each run that has vectors, sealed off the operator's path.

A file is built in memory, written under a temporary name, synced, renamed, its directory synced, and only
then named by a row. HDF5 never touches a disk that may be full, and a file can be made again while
the journal holds its frames.
"""

import hashlib
from pathlib import Path
from typing import NamedTuple

from lotline_agent.store import sqlite
from lotline_agent.store.clock import utc_now
from lotline_agent.store.database import Database
from lotline_agent.store.files import file_digest, make_folder, write_durably
from lotline_agent.store.hdf5 import build_archive, encode_again, read_samples
from lotline_contract.frames import decode_frame
from lotline_contract.record import parse_run

_ALARMS_NAMED = 3
_RUNS_HELD = """
    WITH RECURSIVE journalled (run) AS (
        SELECT min(run) FROM journal
        UNION ALL
        SELECT (SELECT min(run) FROM journal WHERE run > journalled.run) FROM journalled WHERE run NOT NULL
    ),
    held (run) AS (SELECT run FROM journalled WHERE run NOT NULL UNION SELECT run FROM frame)
"""
"""The runs that the journal or a frame holds, found by their keys: the bodies are never read."""


class Sealed(NamedTuple):
    """A durable archive file, relative to the archive's folder, and the SHA-256 of its bytes."""

    file: str
    sha256: str
    size: int


class Archive:
    """The folder of sealed runs and the rows that name them.

    found_damaged: files that were damaged or gone when their frames were about to leave the journal, and are
        made again; whoever says so empties it
    """

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self.folder = folder
        self._fruitless_at = -1
        self._set_aside: set[int] = set()
        self.found_damaged: list[str] = []
        make_folder(folder)

    def set_aside(self, row: int) -> None:
        """Leave a run that cannot be sealed out of `waiting` for this life; its frames stay."""
        self._set_aside.add(row)

    def waiting(self, most: int = 16) -> list[int]:
        """Give rows of closed runs with frames and no archive file yet, oldest first."""
        with self._database.lock:
            rows = self._database.connection.execute(
                "SELECT DISTINCT frame.run FROM frame JOIN run ON run.id = frame.run "
                "LEFT JOIN archive ON archive.run = frame.run "
                "WHERE run.closed_at IS NOT NULL AND archive.run IS NULL ORDER BY frame.run LIMIT ?",
                (most + len(self._set_aside),),
            ).fetchall()
        return [row for (row,) in rows if row not in self._set_aside][:most]

    def seal(self, row: int) -> Sealed:
        """Seal one closed run. Idempotent: a file that a crash left without its row is made again."""
        record, digest, frames = self._load(row)
        run = parse_run(record)
        vectors = {data_digest: decode_frame(data)[1] for data_digest, data in frames}
        image = build_archive(run, record, digest, vectors)
        month = run.started_at[:7]
        make_folder(self.folder / month)
        write_durably(self.folder / month, f"{run.run_id}.h5", image)
        sealed = Sealed(f"{month}/{run.run_id}.h5", hashlib.sha256(image).hexdigest(), len(image))
        with self._database.durable() as connection:
            connection.execute(
                "INSERT INTO archive (run, file, sha256, size, sealed_at) VALUES (?, ?, ?, ?, ?)",
                (row, *sealed, utc_now()),
            )
        return sealed

    def _load(self, row: int) -> tuple[bytes, str, list[tuple[str, bytes]]]:
        connection = self._database.reader()
        try:
            record, digest = connection.execute(
                "SELECT record, digest FROM outbox JOIN run ON run.run_id = outbox.record_id "
                "WHERE run.id = ?",
                (row,),
            ).fetchone()
            frames = connection.execute(
                "SELECT data_digest, data FROM frame WHERE run = ?", (row,)
            ).fetchall()
        finally:
            connection.close()
        return record, digest, frames

    def release(self, *, server: bool, most: int = 8) -> int:
        """Let frames leave the database that are sealed and, where there is a server, acknowledged by it.

        Bounded, so that no operator waits for it; gives how many runs were looked at. The journal's rows of
        closed runs go with them: the record says the same. Each file is read and its digest taken before:
        of one that is not whole the frames stay, and it is made again.
        """
        with self._database.lock:
            changes = int(self._database.connection.total_changes)
        if changes == self._fruitless_at:
            return 0
        rows = self._releasable(server, most)
        if not rows:
            self._fruitless_at = changes
            return 0
        broken = [row for row in rows if not self._is_whole(*row)]
        for (run,) in broken:
            self.found_damaged.append(self.forget(run))
        rows = [row for row in rows if row not in broken]
        with self._database.durable() as connection:
            connection.executemany("DELETE FROM frame WHERE run = ?", rows)
            connection.executemany("DELETE FROM journal WHERE run = ?", rows)
        return len(rows) + len(broken)

    def _is_whole(self, run: int) -> bool:
        """Tell whether a run's file is what its row says; a run without vectors needs none."""
        with self._database.lock:
            row = self._database.connection.execute(
                "SELECT file, sha256 FROM archive WHERE run = ?", (run,)
            ).fetchone()
        try:
            return row is None or file_digest(self.folder / row[0]) == row[1]
        except OSError:
            return False

    def forget(self, run: int) -> str:
        """Take out the row of a file that is missing or damaged, whose frames are held: it is sealed again.

        Of a damaged file the copy is kept, under its name and `.damaged`. Gives the file's name.
        """
        with self._database.durable() as connection:
            (file,) = connection.execute("SELECT file FROM archive WHERE run = ?", (run,)).fetchone()
            connection.execute("DELETE FROM archive WHERE run = ?", (run,))
        self._keep_damaged(file)
        return str(file)

    def _keep_damaged(self, file: str) -> None:
        path = self.folder / file
        if path.is_file():
            path.replace(path.with_name(f"{path.name}.damaged"))

    def _releasable(self, server: bool, most: int) -> list[tuple[int]]:
        """Look for runs to release, without the lock: after days offline there are many to look at."""
        acknowledged = "AND outbox.state = 'acknowledged'" if server else ""
        connection = self._database.reader()
        try:
            found: list[tuple[int]] = connection.execute(
                f"{_RUNS_HELD} SELECT run.id FROM held JOIN run ON run.id = held.run "  # noqa: S608
                "JOIN outbox ON outbox.record_id = run.run_id "
                f"WHERE run.closed_at IS NOT NULL {acknowledged} "
                "AND NOT EXISTS (SELECT 1 FROM frame LEFT JOIN archive ON archive.run = frame.run "
                "                WHERE frame.run = run.id AND archive.run IS NULL) LIMIT ?",
                (most,),
            ).fetchall()
        finally:
            connection.close()
        return found

    def frames_again(self, connection: sqlite.Connection, run_id: str) -> dict[str, bytes]:
        """Encode a sealed run's frames once more, from its file: the server may have lost its own."""
        return archived_frames(self.folder, connection, run_id)

    def tidy(self) -> list[str]:
        """Remove what a crash left half-made; give alarms for files that are missing or of another size.

        The row of such a file is forgotten where the frames are still held, so that it is sealed again.
        """
        for temporary in self.folder.rglob("*.tmp"):
            temporary.unlink()
        missing: list[str] = []
        again: list[str] = []
        with self._database.durable() as connection:
            for run, file, size in connection.execute("SELECT run, file, size FROM archive").fetchall():
                path = self.folder / file
                if path.is_file() and path.stat().st_size == size:
                    continue
                if connection.execute("SELECT 1 FROM frame WHERE run = ?", (run,)).fetchone():
                    connection.execute("DELETE FROM archive WHERE run = ?", (run,))
                    again += [file] if path.is_file() else []
                else:
                    missing.append(str(file))
        for file in again:
            self._keep_damaged(file)
        alarms = [made_again(file) for file in again]
        if not missing:
            return alarms
        named = ", ".join(missing[:_ALARMS_NAMED]) + (" …" if len(missing) > _ALARMS_NAMED else "")
        what = "file is" if len(missing) == 1 else "files are"
        where = "the server may still hold the vectors"
        return [*alarms, f"{len(missing)} archive {what} missing or damaged ({named}); {where}."]


def made_again(file: str) -> str:
    """Say what becomes of a damaged file whose frames are still held."""
    return f"The archive file {file} was damaged or gone. It is made again; a damaged copy is kept beside it."


def archived_frames(folder: Path, connection: sqlite.Connection, run_id: str) -> dict[str, bytes]:
    """Encode a sealed run's frames once more, by data digest; none where its file is not there.

    A damaged file raises whatever HDF5's reader stumbles over.
    """
    row = connection.execute(
        "SELECT archive.file FROM archive JOIN run ON run.id = archive.run WHERE run.run_id = ?", (run_id,)
    ).fetchone()
    if row is None or not (folder / row[0]).is_file():
        return {}
    return {
        digest: encode_again(samples, attributes)
        for digest, (samples, attributes) in read_samples(folder / row[0]).items()
    }
