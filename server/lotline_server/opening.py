"""Opening a data folder: one server at a time, its database brought up to date."""

from dataclasses import dataclass
from pathlib import Path

from lotline_contract.ids import new_epoch
from lotline_server import migrations
from lotline_server.changes import queries as changes
from lotline_server.core.database import Database, ensure_generation, server_generation
from lotline_server.core.errors import StartRefused
from lotline_server.core.folder import DataFolder, FolderLock

DISK_FLOOR_BYTES = 256 * 1024 * 1024
"""Below this nothing is acknowledged any more."""


@dataclass(slots=True, kw_only=True)
class Opened:
    """An opened data folder. lock: None where another process, the running server, holds it."""

    folder: DataFolder
    database: Database
    generation: str
    lock: FolderLock | None

    def close(self) -> None:
        """Close the database, then give the folder free."""
        self.database.close()
        if self.lock is not None:
            self.lock.release()


def open_data(root: Path, *, serve: bool) -> Opened:
    """Open a data folder and bring its database up to date.

    serve: this process is to be its one server. Raises StartRefused where another one is, or where the
    database needs what this process must not do beside a running server.
    """
    folder = DataFolder(root)
    folder.create()
    wanted = FolderLock(folder)
    lock = wanted if wanted.acquire() else None
    if lock is None and serve:
        raise StartRefused(f"another lotline-server is running on {folder.root}; stop it first")
    database = Database(folder.database)
    try:
        with database.write() as connection:
            if lock is not None:
                migrations.upgrade(connection)
                ensure_generation(connection, new_epoch())
                changes.ensure(connection)
            elif migrations.current(connection) != migrations.head():
                raise StartRefused("the running server is of another version than this command")
            generation = server_generation(connection)
    except BaseException:
        database.close()
        if lock is not None:
            lock.release()
        raise
    return Opened(folder=folder, database=database, generation=generation, lock=lock)
