"""The disk under the store: a floor below which no run starts, and a ballast that is thrown off first."""

import os
import shutil
from pathlib import Path

from lotline_agent.store.errors import DiskFloor
from lotline_agent.store.files import sync_folder

MEGABYTE = 1_000_000
_BALLAST = "ballast"


def check_floor(folder: Path, floor_bytes: int) -> int:
    """Give the free bytes, or raise DiskFloor, in words for the operator, where they are below the floor."""
    free = shutil.disk_usage(folder).free
    if free < floor_bytes:
        raise DiskFloor(
            f"The station's disk is nearly full: {free // MEGABYTE} MB free, {floor_bytes // MEGABYTE} MB "
            "needed to start a run. Call your test engineer; nothing that was recorded is lost."
        )
    return free


def keep_ballast(folder: Path, size_bytes: int, floor_bytes: int) -> bool:
    """Hold a really written file in reserve: on a full disk SQLite cannot even delete.

    False where it would not leave the floor free; a station must work on without it.
    """
    ballast = folder / _BALLAST
    held = ballast.stat().st_size if ballast.exists() else 0
    if held == size_bytes:
        return True
    if shutil.disk_usage(folder).free < floor_bytes + size_bytes:
        return False
    try:
        with ballast.open("wb") as file:
            block = os.urandom(min(size_bytes, MEGABYTE)) if size_bytes else b""
            for start in range(0, size_bytes, MEGABYTE):
                file.write(block[: size_bytes - start])
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        release_ballast(folder)
        return False
    return True


def release_ballast(folder: Path) -> bool:
    """Throw the ballast off; True where there was one."""
    try:
        (folder / _BALLAST).unlink()
        sync_folder(folder)
    except OSError:
        return False
    return True
