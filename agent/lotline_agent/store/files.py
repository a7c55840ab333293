"""Files and folders at the station that are complete and on the disk before anybody meets them."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


def write_durably(folder: Path, name: str, data: bytes) -> None:
    """Make a file of exactly these bytes, or none: temporary name, fsync, rename, fsync of the folder."""
    with durable_file(folder, name, mode=0o644) as file:
        file.write(data)


@contextmanager
def durable_file(folder: Path, name: str, *, mode: int = 0o600) -> Iterator[BinaryIO]:
    """Write a file that has its name when, and only when, all of it is on the disk."""
    temporary = folder / f"{name}.tmp"
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, folder / name)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Make the folder's names durable; without this a finished file can be gone after a power cut."""
    if os.name == "nt":  # pragma: no cover - Windows has no handle for it
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder durably, with its parents."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def file_digest(path: Path) -> str:
    """Give the SHA-256, in hex, of a file's bytes, whatever its size. OSError where it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
