"""Proving that an unpacked backup is a whole server: a sound database, and a frame for every row of one."""

import hashlib
from pathlib import Path

from lotline_server.backup.errors import BackupDamaged
from lotline_server.backup.parcel import DATABASE
from lotline_server.core import sqlite

_NAMED = 3


def prove(folder: Path, missing: tuple[str, ...] = ()) -> int:
    """Check a folder whose files have been hashed already; gives how many records its database holds.

    missing: blobs that the server had lost itself. Raises BackupDamaged.
    """
    connection = open_reader(folder / DATABASE)
    try:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise BackupDamaged(f"its database is damaged: {' '.join(verdict.split())}")
        lost = [blob for blob in lost_frames(connection, folder / "frames") if blob not in missing]
        (records,) = connection.execute("SELECT count(*) FROM records").fetchone()
    except sqlite.DatabaseError as error:
        raise BackupDamaged(f"its database cannot be read: {error}") from error
    finally:
        connection.close()
    if lost:
        named = ", ".join(lost[:_NAMED]) + (" …" if len(lost) > _NAMED else "")
        raise BackupDamaged(f"{len(lost)} of its frames are missing or damaged: {named}")
    return int(records)


def lost_frames(connection: sqlite.Connection, frames: Path) -> list[str]:
    """Give the blobs of rows whose file is missing, or whose small frame is damaged in the database itself.
    The bytes of the files are not looked at.
    """
    return [
        blob
        for blob, content in connection.execute("SELECT blob, content FROM frames")
        if not (
            (frames / blob[:2] / f"{blob}.frame").is_file()
            if content is None
            else hashlib.sha256(content).hexdigest() == blob
        )
    ]


def open_reader(path: Path) -> sqlite.Connection:
    """Open a database beside whoever else has it open: never creates it, never writes to it."""
    connection = sqlite.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    connection.execute("PRAGMA busy_timeout = 10000")
    return connection
