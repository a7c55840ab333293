"""Files that are complete and on the disk before anybody can meet them under their name."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """Write a new file, readable by its owner only; its bytes are on the disk when the block is left."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def new_file_in_new_folders(path: Path) -> Iterator[IO[bytes]]:
    """The same, with the folders it needs."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with new_file(path) as file:
        yield file


@contextmanager
def passing_file(path: Path) -> Iterator[IO[bytes]]:
    """Write a file that nobody needs tomorrow: not synced."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("xb") as file:
        yield file


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable. Windows has no such call and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folders(root: Path) -> None:
    """Make every name below a folder durable, and its own."""
    for folder, _, _ in os.walk(root):
        sync_folder(Path(folder))
    sync_folder(root.parent)
