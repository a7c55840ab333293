"""The archive a person opens: one HDF5 file for each run that has vectors, sealed off the operator's path.

A file is built in memory, written under a temporary name, synced, renamed, its directory synced, and only
then named by a row. HDF5 never touches a disk that may be full, and a file can be made again while
the journal holds its frames.
"""

import hashlib
import os
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

from lotline_agent.store import sqlite
from lotline_agent.store.clock import utc_now
from lotline_agent.store.database import Database
from lotline_contract.frames import Axis, decode_frame, encode_frame
from lotline_contract.record import Measurement, Run, parse_run

FORMAT = 1
_CHUNK_SAMPLES = 65_536
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


def build_archive(run: Run, record: bytes, digest: str, vectors: dict[str, NDArray[np.generic]]) -> bytes:
    """Give the bytes of a run's HDF5 file. vectors: samples as recorded, by data digest.

    A dataset holds the instrument's codes; value = code * scale_factor + add_offset, in its attribute uom.
    """
    with h5py.File(run.run_id, "w", driver="core", backing_store=False, libver=("v108", "latest")) as file:
        file.attrs.update(
            {
                "lotline_format": FORMAT,
                "run_id": run.run_id,
                "serial_number": run.serial_number,
                "part_number": run.part_number,
                "lot": run.lot or "",
                "station": run.station.name,
                "operation": run.operation,
                "plan": f"{run.plan.name} {run.plan.version}",
                "plan_digest": run.plan.digest,
                "started_at": run.started_at,
                "outcome": run.outcome.value,
                "record_digest": digest,
            }
        )
        file.create_dataset("record_json", data=np.frombuffer(record, np.uint8))
        for step in run.steps:
            for measurement in step.measurements:
                if measurement.vector is not None:
                    samples = vectors[measurement.vector.data_digest]
                    _add_vector(file, step.name, measurement, samples)
        file.flush()
        image: bytes = file.id.get_file_image()
    return image


def _add_vector(file: h5py.File, step: str, measurement: Measurement, samples: NDArray[np.generic]) -> None:
    vector = measurement.vector
    assert vector is not None  # noqa: S101 - the caller has looked
    name = measurement.name.replace("/", "_")
    while name in file:
        name += "'"
    size = min(samples.shape[0], _CHUNK_SAMPLES)
    dataset = file.create_dataset(
        name,
        data=samples,
        chunks=(size, *samples.shape[1:]) if samples.size else None,
        shuffle=True if samples.size else None,
        compression="gzip" if samples.size else None,
        compression_opts=1 if samples.size else None,
    )
    dataset.attrs.update(
        {
            "step": step,
            "measurement": measurement.name,
            "outcome": measurement.outcome.value,
            "uom": measurement.uom or "",
            "scale_factor": vector.scale,
            "add_offset": vector.offset,
            "data_digest": vector.data_digest,
        }
    )
    if vector.axis is not None:
        axis = vector.axis
        dataset.attrs.update({"axis_x0": axis.x0, "axis_dx": axis.dx, "axis_uom": axis.uom})
    if measurement.limit is not None:
        limit = measurement.limit
        dataset.attrs["comparator"] = limit.comparator.value
        for key, bound in (("low", limit.low), ("high", limit.high), ("equals", limit.equals)):
            if bound is not None:
                dataset.attrs[key] = bound


def write_durably(folder: Path, name: str, data: bytes) -> None:
    """Make a file of exactly these bytes, or none: temporary name, fsync, rename, fsync of the folder."""
    temporary = folder / f"{name}.tmp"
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, folder / name)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Make the folder's names durable; without this a finished file can be gone after a power cut."""
    if os.name == "nt":  # pragma: no cover - Windows has no handle for it
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder durably, with its parents."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def read_samples(path: Path) -> dict[str, tuple[NDArray[np.generic], dict[str, object]]]:
    """Give an archive file's vectors by data digest, each with its attributes."""
    found: dict[str, tuple[NDArray[np.generic], dict[str, object]]] = {}
    with h5py.File(path, "r") as file:
        for dataset in file.values():
            if "data_digest" in dataset.attrs:
                found[str(dataset.attrs["data_digest"])] = (dataset[()], dict(dataset.attrs))
    return found


class Archive:
    """The folder of sealed runs and the rows that name them."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self.folder = folder
        self._fruitless_at = -1
        self._set_aside: set[int] = set()
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

        Bounded, so that no operator waits for it; gives how many runs were released. The journal's rows of
        closed runs go with them: the record says the same.
        """
        with self._database.lock:
            changes = int(self._database.connection.total_changes)
        if changes == self._fruitless_at:
            return 0
        rows = self._releasable(server, most)
        if not rows:
            self._fruitless_at = changes
            return 0
        with self._database.durable() as connection:
            connection.executemany("DELETE FROM frame WHERE run = ?", rows)
            connection.executemany("DELETE FROM journal WHERE run = ?", rows)
        return len(rows)

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
        row = connection.execute(
            "SELECT archive.file FROM archive JOIN run ON run.id = archive.run WHERE run.run_id = ?",
            (run_id,),
        ).fetchone()
        if row is None or not (self.folder / row[0]).is_file():
            return {}
        return {
            digest: _encode_again(samples, attributes)
            for digest, (samples, attributes) in read_samples(self.folder / row[0]).items()
        }

    def tidy(self) -> list[str]:
        """Remove what a crash left half-made, and name the files whose row or whose file is missing.

        A row whose file is gone is forgotten where the frames are still held, so that it is sealed again.
        """
        for temporary in self.folder.rglob("*.tmp"):
            temporary.unlink()
        missing: list[str] = []
        with self._database.durable() as connection:
            for run, file in connection.execute("SELECT run, file FROM archive").fetchall():
                if (self.folder / file).is_file():
                    continue
                held = connection.execute("SELECT 1 FROM frame WHERE run = ?", (run,)).fetchone()
                if held:
                    connection.execute("DELETE FROM archive WHERE run = ?", (run,))
                else:
                    missing.append(str(file))
        if not missing:
            return []
        named = ", ".join(missing[:_ALARMS_NAMED]) + (" …" if len(missing) > _ALARMS_NAMED else "")
        what = "file is" if len(missing) == 1 else "files are"
        return [f"{len(missing)} archive {what} missing ({named}); the server may still hold the vectors."]


def _encode_again(samples: NDArray[np.generic], attributes: dict[str, object]) -> bytes:
    axis = None
    if "axis_uom" in attributes:
        axis = Axis(
            x0=float(str(attributes["axis_x0"])),
            dx=float(str(attributes["axis_dx"])),
            uom=str(attributes["axis_uom"]),
        )
    frame, _ = encode_frame(
        str(attributes["measurement"]),
        samples,
        scale=float(str(attributes["scale_factor"])),
        offset=float(str(attributes["add_offset"])),
        uom=str(attributes["uom"]) or None,
        axis=axis,
    )
    return frame
