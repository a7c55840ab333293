"""`make venv` finds its way on machines that have a venv, or only a pip, or only uv, or nothing."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

# Stands in for python3, pip and uv: real ones would take minutes and a network. It writes down how it was
# called; WAYS says which ways this machine has.
STAND_IN = """#!/bin/sh
echo "$(basename "$0") $*" >>"$LOG"
make_venv() { mkdir -p .venv/bin && cp "$STAND_IN" .venv/bin/python; }
case "$(basename "$0") $*" in
    "python3 -c"*|"python -c"*) case "$WAYS" in *nothing*) exit 1 ;; esac ;;
    "python3 -m venv --clear .venv")
        make_venv # what Debian's python3 without python3-venv leaves behind
        case "$WAYS" in *venv*) ;; *) exit 1 ;; esac ;;
    "python3 -m venv --clear --without-pip .venv") case "$WAYS" in *pip*) make_venv ;; *) exit 1 ;; esac ;;
    "python3 -m pip --python"*) case "$WAYS" in *pip*) ;; *) exit 1 ;; esac ;;
    "python -m pip --version") case "$WAYS" in *venv*) ;; *) exit 1 ;; esac ;;
    "uv venv"*) case "$WAYS" in *uv*) make_venv ;; *) exit 1 ;; esac ;;
    "uv "*) case "$WAYS" in *uv*) ;; *) exit 1 ;; esac ;;
esac
case "$*" in *install*) exit "${INSTALL_ENDS:-0}" ;; esac
"""


class Machine:
    """A checkout on a machine with some ways to make a .venv, and only the commands that the shell needs."""

    def __init__(self, folder: Path, root: Path, ways: str) -> None:
        self.checkout = folder / "checkout"
        self.log = folder / "log"
        self.bin = folder / "bin"
        self.ways = ways
        (self.checkout / ".ci").mkdir(parents=True)
        self.bin.mkdir()
        shutil.copy(root / ".ci" / "venv", self.checkout / ".ci")
        for name in ("pyproject.toml", "constraints.txt"):
            shutil.copy(root / name, self.checkout)
        for name in ("sh", "cat", "cksum", "cp", "dirname", "basename", "mkdir", "mv", "rm"):
            (self.bin / name).symlink_to(shutil.which(name) or name)
        for name in ("python3", "uv"):
            (self.bin / name).write_text(STAND_IN)
            (self.bin / name).chmod(0o755)

    def make(self, install_ends: int = 0) -> tuple[subprocess.CompletedProcess[str], list[str]]:
        """Run the bootstrap; give how it ended and which installs and venvs were made."""
        self.log.write_text("")
        run = subprocess.run(
            [self.checkout / ".ci" / "venv"],
            capture_output=True,
            text=True,
            check=False,
            env={
                "PATH": str(self.bin),
                "LOG": str(self.log),
                "STAND_IN": str(self.bin / "python3"),
                "WAYS": self.ways,
                "INSTALL_ENDS": str(install_ends),
            },
        )
        calls = self.log.read_text().splitlines()
        return run, [call for call in calls if " install " in call or " venv " in call]


pytestmark = pytest.mark.skipif(os.name == "nt", reason="the bootstrap is a shell script")


@pytest.mark.parametrize(
    ("ways", "installer"),
    [
        ("venv pip uv", "python -m pip install"),
        ("venv", "python -m pip install"),
        ("pip uv", "python3 -m pip --python .venv/bin/python install"),
        ("pip", "python3 -m pip --python .venv/bin/python install"),
        ("uv", "uv pip install --python .venv/bin/python"),
    ],
)
def test_the_first_way_this_machine_has_installs_with_constraints(
    root: Path, tmp_path: Path, ways: str, installer: str
) -> None:
    run, calls = Machine(tmp_path, root, ways).make()
    assert run.returncode == 0, run.stderr
    assert calls[-1] == f"{installer} --quiet -c constraints.txt -e .[dev]"
    assert sum(" install " in call for call in calls) == 1


@pytest.mark.parametrize("ways", ["", "nothing"])
def test_a_machine_without_any_way_is_told_in_one_line_what_to_install(
    root: Path, tmp_path: Path, ways: str
) -> None:
    machine = Machine(tmp_path, root, ways)
    run, _ = machine.make()
    assert run.returncode != 0
    (line,) = run.stderr.splitlines()
    assert "install Python 3.11 or newer" in line
    assert "python3-venv" in line
    assert not (machine.checkout / ".venv").exists()


def test_a_finished_venv_is_left_alone(root: Path, tmp_path: Path) -> None:
    machine = Machine(tmp_path, root, "venv")
    machine.make()
    run, calls = machine.make()
    assert (run.returncode, run.stdout, calls) == (0, "", [])


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_a_changed_dependency_is_installed_into_the_venv_that_is_there(
    root: Path, tmp_path: Path, name: str
) -> None:
    machine = Machine(tmp_path, root, "venv")
    machine.make()
    with (machine.checkout / name).open("a") as file:
        file.write("# changed\n")
    run, calls = machine.make()
    assert run.returncode == 0
    assert calls == ["python -m pip install --quiet -c constraints.txt -e .[dev]"]


def test_an_aborted_install_is_made_anew(root: Path, tmp_path: Path) -> None:
    machine = Machine(tmp_path, root, "venv")
    run, _ = machine.make(install_ends=1)
    assert run.returncode != 0
    leaving = machine.checkout / ".venv" / "half"
    leaving.touch()
    run, calls = machine.make()
    assert run.returncode == 0
    assert len(calls) == 2
    assert "making it anew" in run.stdout
    assert not leaving.exists()


def test_a_venv_whose_python_is_gone_is_made_anew(root: Path, tmp_path: Path) -> None:
    machine = Machine(tmp_path, root, "venv")
    machine.make()
    (machine.checkout / ".venv" / "bin" / "python").unlink()
    run, calls = machine.make()
    assert run.returncode == 0
    assert len(calls) == 2
