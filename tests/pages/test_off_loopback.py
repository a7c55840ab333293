"""Signing in over an address that is not loopback: without TLS every loopback test passes and nobody can."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.browser import find_chromium

_NAMESPACE = ["unshare", "--net", "--map-root-user"]


def test_a_browser_signs_in_over_an_address_of_the_network(tmp_path: Path) -> None:
    """In a network namespace of its own, so that nothing leaves this machine."""
    missing = [name for name in ("unshare", "ip") if shutil.which(name) is None]
    if not missing and subprocess.run([*_NAMESPACE, "true"], capture_output=True, check=False).returncode:
        missing = ["the right to make a network namespace"]
    if find_chromium() is None:
        missing.append("Chromium")
    if missing:
        reason = f"no browser signed in off loopback: this machine lacks {', '.join(missing)}"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    done = subprocess.run(
        [*_NAMESPACE, sys.executable, "-m", "tests.pages.off_loopback", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == ["signed-in ada", "cookies __Host-lotline __Host-lotline-form"]
