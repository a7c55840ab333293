"""The form of a backup: one plain tar file that any tool lists, with its digests at its end.

Members, in this order: `lotline-backup.json` (the form, so that a stranger's tar is refused at once),
`lotline.sqlite3`, `frames/xx/<sha256>.frame`, `beside/…` (what stands beside them: keys, certificates, the
files that people attached), and `contents.json`, without which a file that was cut would look whole.
"""

import hashlib
import io
import os
import re
import tarfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from lotline_server.backup.errors import BackupDamaged

FORM: Final = 1
HEAD: Final = "lotline-backup.json"
DATABASE: Final = "lotline.sqlite3"
CONTENTS: Final = "contents.json"
CHUNK: Final = 1024 * 1024
_MAX_JSON: Final = 16 * 1024 * 1024
_FRAME = re.compile(r"frames/[0-9a-f]{2}/([0-9a-f]{64})\.frame")
_BESIDE = re.compile(r"beside(/[A-Za-z0-9_][A-Za-z0-9_.-]{0,100}){1,8}")


def may_stand_beside(name: str) -> bool:
    """Tell whether a file of the data folder, by its path inside it, can travel in a backup."""
    return _BESIDE.fullmatch(f"beside/{name}") is not None and ".." not in name


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup is of. made_at: ISO 8601, UTC. schema: the revision of its database; None without one."""

    form: int
    made_at: str
    generation: str
    schema: str | None


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup must hold, written last. sha256: of every member that is not named after its own digest.

    missing: blobs of frames that the server itself had lost when the backup was made
    """

    sha256: dict[str, str]
    frames: int
    missing: tuple[str, ...] = ()


class Writer:
    """Writes a backup's members into an open file; `finish` makes it whole."""

    def __init__(self, file: IO[bytes], head: Head) -> None:
        self._tar = tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - `finish` ends it
        self._sha256: dict[str, str] = {}
        self._frames = 0
        self.add_bytes(HEAD, msgspec.json.encode(head))

    def add_bytes(self, name: str, data: bytes) -> None:
        """Add a small member."""
        self._sha256[name] = hashlib.sha256(data).hexdigest()
        self._add(name, len(data), io.BytesIO(data))

    def add_file(self, name: str, path: Path) -> None:
        """Add a file; its digest is taken from the very bytes that were written."""
        with path.open("rb") as source:
            hashing = _Hashing(source)
            self._add(name, os.fstat(source.fileno()).st_size, hashing)
        self._sha256[name] = hashing.sha256.hexdigest()

    def add_frame(self, blob: str, path: Path) -> bool:
        """Add a frame; False, with nothing written, where its bytes do not have the name they stand under."""
        frame = path.read_bytes()
        if hashlib.sha256(frame).hexdigest() != blob:
            return False
        self._add(f"frames/{blob[:2]}/{blob}.frame", len(frame), io.BytesIO(frame))
        self._frames += 1
        return True

    def _add(self, name: str, size: int, data: Any) -> None:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = size, 0o600
        self._tar.addfile(entry, data)

    def finish(self, missing: tuple[str, ...]) -> Contents:
        """Write what the backup must hold, and its end."""
        contents = Contents(sha256=dict(self._sha256), frames=self._frames, missing=missing)
        self.add_bytes(CONTENTS, msgspec.json.encode(contents))
        self._tar.close()
        return contents


class _Hashing:
    """A file that is hashed as it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()

    def read(self, size: int) -> bytes:
        """Read on."""
        data = self._file.read(size)
        self.sha256.update(data)
        return data


Keep = Callable[[Path], AbstractContextManager[IO[bytes]]]
"""Gives the file to write to, complete and closed on leaving."""
Moved = Callable[[int], None]
"""Is told how many bytes have passed."""


def unpack(path: Path, into: Path, keep: Keep, moved: Moved) -> tuple[Head, Contents]:
    """Unpack a backup into an empty folder, each digest proven while its bytes pass; what stands there
    afterwards is exactly what the server had. Raises BackupDamaged for anything that is not one whole backup.
    """
    try:
        with path.open("rb") as file, tarfile.open(fileobj=file, mode="r|") as tar:
            return _Unpacking(into, keep, moved).all(tar)
    except (tarfile.TarError, EOFError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BackupDamaged(f"{path} is not one whole backup of a lot server: {error}") from error


class _Unpacking:
    def __init__(self, into: Path, keep: Keep, moved: Moved) -> None:
        self._into = into
        self._keep = keep
        self._moved = moved
        self._sha256: dict[str, str] = {}
        self._frames = 0

    def all(self, tar: tarfile.TarFile) -> tuple[Head, Contents]:
        head: Head | None = None
        contents: Contents | None = None
        for entry in tar:
            if contents is not None or not entry.isreg() or (head is None) != (entry.name == HEAD):
                raise BackupDamaged(f"{entry.name[:100]!r} does not belong into a backup at this place")
            data = tar.extractfile(entry)
            assert data is not None  # noqa: S101 - it is a regular file
            if entry.name == HEAD:
                head = self._head(self._small(entry, data))
            elif entry.name == CONTENTS:
                contents = msgspec.json.decode(self._small(entry, data), type=Contents)
            else:
                self._file(entry.name, data)
        if head is None or contents is None:
            raise BackupDamaged("it ends before its contents are told: it was cut, or never finished")
        if self._sha256 != contents.sha256 or self._frames != contents.frames or DATABASE not in self._sha256:
            raise BackupDamaged("its files are not those that its contents name: it was damaged or changed")
        return head, contents

    def _small(self, entry: tarfile.TarInfo, data: IO[bytes]) -> bytes:
        if entry.size > _MAX_JSON:
            raise BackupDamaged(f"{entry.name} takes {entry.size} bytes")
        found = data.read()
        if entry.name != CONTENTS:
            self._sha256[entry.name] = hashlib.sha256(found).hexdigest()
        return found

    def _head(self, data: bytes) -> Head:
        head = msgspec.json.decode(data, type=Head)
        if head.form != FORM:
            raise BackupDamaged(f"its form is {head.form}; this lotline-server reads {FORM}: update it")
        return head

    def _file(self, name: str, data: IO[bytes]) -> None:
        frame = _FRAME.fullmatch(name)
        beside = name.startswith("beside/") and may_stand_beside(name.removeprefix("beside/"))
        if not (name == DATABASE or frame is not None or beside):
            raise BackupDamaged(f"{name[:100]!r} does not belong into a backup")
        target = self._into / name.removeprefix("beside/")
        if target.exists():
            raise BackupDamaged(f"{name} stands twice in it")
        sha256 = hashlib.sha256()
        with self._keep(target) as file:
            while piece := data.read(CHUNK):
                sha256.update(piece)
                file.write(piece)
                self._moved(len(piece))
        digest = sha256.hexdigest()
        if frame is None:
            self._sha256[name] = digest
        elif digest != frame[1]:
            raise BackupDamaged(f"{name} does not have the digest it is named after")
        else:
            self._frames += 1
