"""What the document says to type is typed here."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
from tests.server.conftest import Served
from tests.server.making import run, vector

DOCUMENT = Path(__file__).parents[2] / "docs" / "client.md"


def test_the_example_of_the_document_runs(served: Served) -> None:
    """As a script of its own, against a server with a unit that was measured."""
    (script,) = re.findall(
        r"^```python\n(.*?)^```", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    first, rest = script.split("    # 2.")
    finished = subprocess.run(
        [sys.executable, "-c", first],
        env=_env(served),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (finished.returncode, finished.stdout) == (0, "GW3-00001 to GW3-00020\n"), finished.stderr
    measurement, frame = vector("ripple", np.arange(100, dtype="<i2"), scale=0.5)
    record = run("GW3-00001", part_number="GW3", lot="LOT-1", measurements=(measurement,))
    served.station().send(record, frames=[frame])
    head = first.split("    # 1.")[0]
    finished = subprocess.run(
        [sys.executable, "-c", f"{head}    # 2.{rest}"],
        env=_env(served),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert "LOT-1: 1 of 20" in finished.stdout
    assert "GW3-00001 ripple 49.5 mV" in finished.stdout
    assert served.get("/lots/LOT-1")["target"] == 25


def _env(served: Served) -> dict[str, str]:
    return {**os.environ, "LOTLINE_URL": served.url, "LOTLINE_TOKEN": served.token}
