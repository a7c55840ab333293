"""A disk of a few megabytes, really mounted, and really filled."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

MEGABYTE = 1_000_000


@contextlib.contextmanager
def small_disk(folder: Path, size_bytes: int) -> Iterator[Path]:
    """Mount a file system of this size. It needs root: elsewhere the test is skipped, but fails on CI."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        reason = "a small disk can only be mounted by root. What a full disk does to a run goes UNTESTED"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    try:
        yield folder
    finally:
        # Lazily: a file that a failed test left open must not keep the mount for ever.
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path, *, but_bytes: int = 0) -> Path:
    """Fill a disk to its last byte, then give so many back. The file that fills it is returned."""
    filler = disk / "filler"
    with filler.open("ab", buffering=0) as file:
        for block in (MEGABYTE, 4096, 1):
            with contextlib.suppress(OSError):
                while file.write(bytes(block)) == block:
                    pass
    os.truncate(filler, max(0, filler.stat().st_size - but_bytes))
    return filler
