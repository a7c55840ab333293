"""Large frames, and what people attach, as files: a name is only given to bytes that are on the disk."""

import os
import secrets
from pathlib import Path


class FrameFolder:
    """A folder of frames by blob name (SHA-256 of the bytes). Files are written once and never changed.

    kind: how their names end
    """

    def __init__(self, root: Path, *, kind: str = "frame") -> None:
        self._root = root
        self._kind = kind
        self._known_shelves: set[Path] = set()

    def put(self, blob: str, frame: bytes) -> None:
        """Keep a frame; on return it is durable. Putting it twice is the same as once."""
        target = self._path(blob)
        if target.exists():
            # By another request, maybe, that has not yet come to the folder's own sync.
            self._sync_name(target)
            return
        target.parent.mkdir(exist_ok=True, mode=0o700)
        partial = target.with_name(f"{blob}.{secrets.token_hex(8)}.tmp")
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        try:
            try:
                rest = memoryview(frame)
                while rest:
                    rest = rest[os.write(handle, rest) :]
                os.fsync(handle)
            finally:
                os.close(handle)
            os.replace(partial, target)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        self._sync_name(target)

    def _sync_name(self, target: Path) -> None:
        _sync_folder(target.parent)
        if target.parent not in self._known_shelves:
            _sync_folder(self._root)
            self._known_shelves.add(target.parent)

    def get(self, blob: str) -> bytes:
        """Give a frame's bytes. FileNotFoundError where it was never put, or somebody removed it."""
        return self._path(blob).read_bytes()

    def sweep(self) -> int:
        """Remove what a crash left half written, at start, and say how many files that were."""
        partials = list(self._root.glob("*/*.tmp"))
        for partial in partials:
            partial.unlink(missing_ok=True)
        return len(partials)

    def _path(self, blob: str) -> Path:
        if len(blob) != 64 or not blob.isalnum():
            raise ValueError(f"{blob!r} is no blob name")
        return self._root / blob[:2] / f"{blob}.{self._kind}"


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder durable. Windows has no such call and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
