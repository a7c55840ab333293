"""One agent per folder: an operating-system lock that no crash leaves behind."""

import os
from pathlib import Path

from lotline_agent.store.errors import StoreInUse

if os.name == "nt":  # pragma: no cover - exercised on Windows stations
    import msvcrt

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FolderLock:
    """Held from construction to release. Raises StoreInUse where another agent holds it."""

    def __init__(self, folder: Path) -> None:
        self._descriptor = os.open(folder / "station.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _take(self._descriptor)
        except OSError as error:
            os.close(self._descriptor)
            raise StoreInUse(
                f"Another lotline-agent already works on {folder}. Two agents on one folder would mix their "
                "records: close the other one, or give this station its own data folder."
            ) from error

    def release(self) -> None:
        """Let the folder go."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
