"""A script that was installed without its extra says which line installs it."""

import re
import subprocess
import sys
from importlib.metadata import packages_distributions

import pytest

BASE = {"lotline", "msgspec", "numpy", "zstandard"}

# Runs a script's main in a Python that has only what the bare distribution brings.
START = """
import sys

missing = set(sys.argv[1].split(","))

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in missing:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
from importlib import import_module
module = sys.argv[2]
sys.argv[:] = sys.argv[2:]
import_module(module).main()
"""


@pytest.mark.parametrize(
    ("module", "extra"),
    [
        ("lotline_agent.__main__", "lotline[agent]"),
        ("lotline_server.__main__", "lotline[server]"),
        ("lotline_agent.demo.__main__", "lotline[agent,server]"),
    ],
)
def test_a_script_without_its_extra_prints_the_line_that_installs_it(module: str, extra: str) -> None:
    missing = [name for name, owners in packages_distributions().items() if not BASE & set(owners)]
    run = subprocess.run(
        [sys.executable, "-c", START, ",".join(missing), module, "--help"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert run.returncode not in {0, None}
    # Quoted, since a shell takes square brackets for a pattern.
    assert re.search(rf"""pip install (["']){re.escape(extra)}\1""", run.stderr)
    assert "Traceback" not in run.stderr
