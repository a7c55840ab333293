import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    """Give the checkout's own folder."""
    return ROOT


@pytest.fixture(scope="session")
def tracked() -> list[Path]:
    """Give every file that is in the repository, relative to its root, and still on the disk."""
    # A clone made by another user is no stranger here: nothing of it is run by git.
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    return [path for name in listed.split("\0") if name and (ROOT / (path := Path(name))).is_file()]
