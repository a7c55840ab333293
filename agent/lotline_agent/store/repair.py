"""Making archive files again from the journal, at a station that stands still."""

from collections.abc import Iterable
from pathlib import Path

from lotline_agent.store.archive import Archive, Sealed
from lotline_agent.store.database import Database
from lotline_agent.store.lock import FolderLock
from lotline_agent.store.verify import Lost


def repair(folder: Path, database: Path, archive: Path, lost: Iterable[Lost]) -> list[Sealed]:
    """Seal again what is lost and still journalled; of a damaged file the copy is kept.

    Raises StoreInUse while the agent runs, StoreDamaged where the database itself is.
    """
    lock = FolderLock(folder)
    try:
        opened = Database(database)
        try:
            sealing = Archive(opened, archive)
            made = []
            for each in lost:
                if each.again:
                    sealing.forget(each.run)
                    made.append(sealing.seal(each.run))
            return made
        finally:
            opened.close()
    finally:
        lock.release()
