"""Making a backup while the server runs, and naming it only when it has been restored once.

The database is copied first, from one state that writers beside it do not move; then the frames. The server
writes a frame's file before its row and never removes one, so a row of the copy always finds its file.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from lotline_server.backup import durable
from lotline_server.backup.errors import BackupError, BackupRefused
from lotline_server.backup.parcel import DATABASE, FORM, Contents, Head, Writer, may_stand_beside, unpack
from lotline_server.backup.proving import lost_frames, open_reader, prove
from lotline_server.core import sqlite
from lotline_server.core.clock import iso, utc_now
from lotline_server.core.folder import DataFolder

PAGES_AT_ONCE = 512
_NAMED = 3
_MAX_BESIDE = 1024 * 1024
_NOT_KEPT = {".tmp", ".tar"}
_OURS = {"server.lock", DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", f"{DATABASE}-journal"}


class Progress(Protocol):
    """Is told how far a backup is."""

    def __call__(self, what: str, done: int, total: int) -> None:
        """Say that of `what` so much is done; the unit is the same for both numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A backup that has been restored once. missing: blobs that the server itself had lost before."""

    path: Path
    size: int
    records: int
    frames: int
    missing: tuple[str, ...]


def make_backup(root: Path, target: Path, progress: Progress, *, despite_damage: bool = False) -> Made:
    """Write the server of a data folder into one file, beside the running server.

    On return the file is durable, and has been unpacked and proven. Raises BackupRefused where the
    target exists, where there is no server, or where a frame of it is lost (unless `despite_damage`).
    """
    folder = DataFolder(root)
    if not folder.database.is_file():
        raise BackupRefused(f"there is no lot server in {folder.root}: {folder.database.name} is not there")
    if target.exists():
        raise BackupRefused(f"{target} exists already; a backup never replaces another")
    try:
        with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as scratch:
            return _make(folder, target, Path(scratch), progress, despite_damage)
    except OSError as error:
        raise BackupError(f"the backup could not be written to {target.parent}: {error.strerror}") from error
    except sqlite.DatabaseError as error:
        raise BackupRefused(f"the database {folder.database} cannot be read: {error}") from error


def _make(folder: DataFolder, target: Path, scratch: Path, progress: Progress, despite_damage: bool) -> Made:
    partial, copy, trial = scratch / "partial", scratch / "copy", scratch / "restored"
    head = copy_database(folder.database, copy, progress)
    with durable.new_file(partial) as file:
        writer = Writer(file, head)
        writer.add_file(DATABASE, copy)
        missing = _add_frames(writer, folder, progress) + _without_frame(copy, folder)
        copy.unlink()
        for path in _beside(folder):
            writer.add_file(f"beside/{path.relative_to(folder.root).as_posix()}", path)
        contents = writer.finish(missing)
    if missing and not despite_damage:
        raise BackupRefused(_lost(missing))
    records = _try(partial, trial, contents, progress)
    _name(partial, target)
    return Made(
        path=target,
        size=target.stat().st_size,
        records=records,
        frames=contents.frames,
        missing=missing,
    )


def copy_database(database: Path, copy: Path, progress: Progress) -> Head:
    """Copy one consistent state of a database that others write to; gives what it is a copy of."""
    progress("database", 0, 1)
    source, into = open_reader(database), sqlite.connect(str(copy), isolation_level=None)
    try:
        into.execute("PRAGMA synchronous = OFF")
        # Inside a transaction of ours each step sees the same state, whoever commits beside it.
        source.execute("BEGIN")
        (generation,) = source.execute("SELECT value FROM meta WHERE key = 'server_generation'").fetchone()
        (schema,) = source.execute("SELECT max(version_num) FROM alembic_version").fetchone()
        source.backup(
            into,
            pages=PAGES_AT_ONCE,
            progress=lambda _status, left, total: progress("database", total - left, total),
        )
    finally:
        into.close()
        source.close()
    return Head(form=FORM, made_at=iso(utc_now()), generation=generation, schema=schema)


def _frame_files(folder: DataFolder) -> Iterator[Path]:
    for shelf in sorted(folder.frames.iterdir()):
        if shelf.is_dir():
            yield from sorted(shelf.glob("*.frame"))


def _add_frames(writer: Writer, folder: DataFolder, progress: Progress) -> tuple[str, ...]:
    total = sum(1 for _ in _frame_files(folder))
    damaged = []
    for done, path in enumerate(_frame_files(folder), 1):
        if not writer.add_frame(path.stem, path):
            damaged.append(path.stem)
        progress("frames", min(done, total), total)
    return tuple(damaged)


def _without_frame(copy: Path, folder: DataFolder) -> tuple[str, ...]:
    connection = open_reader(copy)
    try:
        return tuple(lost_frames(connection, folder.frames))
    finally:
        connection.close()


def _beside(folder: DataFolder) -> Iterator[Path]:
    """Give the files that are neither database nor frames: keys, certificates, and what people attached."""
    for top in sorted(folder.root.iterdir()):
        if top.name in _OURS or top == folder.frames:
            continue
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            name = path.relative_to(folder.root).as_posix()
            fits = top == folder.files or path.stat().st_size <= _MAX_BESIDE
            if path.is_file() and fits and may_stand_beside(name) and path.suffix not in _NOT_KEPT:
                yield path


def _lost(missing: tuple[str, ...]) -> str:
    named = ", ".join(missing[:_NAMED]) + (" …" if len(missing) > _NAMED else "")
    return (
        f"{len(missing)} frames of this server are missing or damaged: {named}. No backup was made, so that "
        "an older, whole one is not thrown away for it. To make one of what is left: --despite-damage"
    )


def _try(partial: Path, trial: Path, contents: Contents, progress: Progress) -> int:
    """Restore a backup into a folder that is thrown away; gives how many records came out of it."""
    total, done = partial.stat().st_size, 0

    def moved(size: int) -> None:
        nonlocal done
        done += size
        progress("restoring it once", min(done, total), total)

    trial.mkdir(mode=0o700)
    _, found = unpack(partial, trial, durable.passing_file, moved)
    if found != contents:
        raise BackupError("the backup does not say what was written into it; the disk cannot be trusted")
    records = prove(trial, contents.missing)
    progress("restoring it once", total, total)
    shutil.rmtree(trial)
    return records


def _name(partial: Path, target: Path) -> None:
    """Give a proven file its name."""
    if target.exists():
        raise BackupRefused(f"{target} came to stand there meanwhile; a backup never replaces another")
    os.replace(partial, target)
    durable.sync_folder(target.parent)
