"""The data folder: the database file, the large frames, and the lock that keeps a second server away."""

import os
import shutil
import sys
from pathlib import Path

from lotline_server.core.errors import DiskFull, StartRefused

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class DataFolder:
    """Where one server keeps everything."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.database = self.root / "lotline.sqlite3"
        self.frames = self.root / "frames"
        self.files = self.root / "files"

    def create(self) -> None:
        """Make the folder, readable by its owner only, where it is not there yet."""
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.frames.mkdir(exist_ok=True, mode=0o700)
            self.files.mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise StartRefused(f"the data folder {self.root} cannot be used: {error.strerror}") from error

    def require_free(self, floor_bytes: int) -> None:
        """Raise DiskFull where less than the floor is free: nothing is acknowledged that may not fit."""
        if shutil.disk_usage(self.root).free < floor_bytes:
            raise DiskFull("the server's disk has reached its floor; nothing was stored, send it again later")


class FolderLock:
    """An OS lock on a data folder. It is gone when the process is, however that ended."""

    def __init__(self, folder: DataFolder) -> None:
        self._path = folder.root / "server.lock"
        self._handle: int | None = None

    def acquire(self) -> bool:
        """Take the lock; False where another process holds it."""
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if sys.platform == "win32":
                msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return False
        self._handle = handle
        return True

    def release(self) -> None:
        """Give the lock back."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
