"""Making a server of a backup: into a folder of its own first, named only when everything is there."""

import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lotline_contract.ids import new_epoch
from lotline_server import migrations
from lotline_server.activity.service import note
from lotline_server.backup import durable
from lotline_server.backup.errors import BackupError, BackupRefused
from lotline_server.backup.making import Progress
from lotline_server.backup.parcel import Head, unpack
from lotline_server.backup.proving import prove
from lotline_server.changes import queries as changes
from lotline_server.core.database import Database, set_generation
from lotline_server.core.folder import DataFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A server made of a backup. missing: blobs of frames that were lost before the backup was made."""

    folder: Path
    head: Head
    generation: str
    records: int
    frames: int
    missing: tuple[str, ...]


def restore_backup(source: Path, target: Path, progress: Progress, *, at: datetime, who: str) -> Restored:
    """Make a data folder of a backup, under a new server generation; durable on return.

    Whatever stops it, even a power cut, `target` is then either not there or whole. Raises BackupRefused for
    a folder with anything in it, BackupDamaged for a file that is not one whole backup.
    """
    target = target.absolute()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BackupRefused(f"{target} is not empty; a backup is only restored into an empty or a new folder")
    if not source.is_file():
        raise BackupRefused(f"there is no file {source}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=f".{target.name}.restoring-", dir=target.parent))
        try:
            restored = _build(source, building, target, progress, at=at, who=who)
            if target.exists():
                target.rmdir()
            building.rename(target)
            durable.sync_folder(target.parent)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
    except OSError as error:
        raise BackupError(f"the backup could not be restored to {target}: {error.strerror}") from error
    return restored


def _build(
    source: Path, building: Path, target: Path, progress: Progress, *, at: datetime, who: str
) -> Restored:
    total, done = source.stat().st_size, 0

    def moved(size: int) -> None:
        nonlocal done
        done += size
        progress("restoring", min(done, total), total)

    head, contents = unpack(source, building, durable.new_file_in_new_folders, moved)
    records = prove(building, contents.missing)
    generation = new_epoch()
    folder = DataFolder(building)
    folder.create()
    database = Database(folder.database)
    try:
        with database.write() as connection:
            migrations.upgrade(connection)
            changes.ensure(connection)
            set_generation(connection, generation)
            text = f"The server was restored from its backup of {head.made_at}"
            note(connection, at=at, who=who, what="server.restored", subject="server", text=text)
            changes.bump(connection, facts=True)
    finally:
        database.close()
    durable.sync_folders(building)
    progress("restoring", total, total)
    return Restored(
        folder=target,
        head=head,
        generation=generation,
        records=records,
        frames=contents.frames,
        missing=contents.missing,
    )


def what_happens_next(restored: Restored) -> str:
    """Say to the person who has restored a server what it means, and what is theirs to do."""
    lost = (
        f"\n{len(restored.missing)} frames were lost before this backup was made; their records are here."
        if restored.missing
        else ""
    )
    return f"""\
The server as it was at {restored.head.made_at} stands in {restored.folder}: {restored.records} records, \
{restored.frames} large frames. It calls itself by a new generation, so that stations notice.{lost}

What happens next:
- Start it at its old address: lotline-server run --data {restored.folder}{os.sep}
- Each station that greets it is asked for what it still holds of the time since, and sends it by itself;
  nothing is counted twice. `lotline-server completeness` lists what nobody has sent.
- A station that was paired since is refused until it is paired again; it goes on recording meanwhile.
- What people entered since (parts, lots, orders, stock) is not in the backup: enter it again.
- Tokens, accounts and passwords are those of that moment: what was revoked since must be revoked again."""
