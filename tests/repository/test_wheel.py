"""What is installed on somebody's machine is what stands in the repository, and nothing beside it."""

import configparser
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

FOLDERS = ("contract", "drivers", "agent", "server", "client")


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """Build the wheel with the backend that pip would call, without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as opened:
        yield opened


def test_the_wheel_installs_four_packages_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        f"lotline_{folder}" for folder in FOLDERS
    }


def test_the_wheel_carries_every_file_of_the_packages(wheel: zipfile.ZipFile, tracked: list[Path]) -> None:
    ours = {"/".join(path.parts[1:]) for path in tracked if path.parts[0] in FOLDERS and len(path.parts) > 2}
    assert ours - set(wheel.namelist()) == set()


def test_the_wheel_carries_no_leavings(wheel: zipfile.ZipFile) -> None:
    assert [
        name for name in wheel.namelist() if name.endswith((".pyc", ".tmp", ".db", ".sqlite3", ".h5"))
    ] == []


def test_the_wheel_brings_the_three_scripts(wheel: zipfile.ZipFile) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/entry_points.txt"))
    parser = configparser.ConfigParser()
    parser.read_string(wheel.read(name).decode())
    assert set(parser["console_scripts"]) == {"lotline-agent", "lotline-server", "lotline-demo"}
