"""The command line, run as a person runs it."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx

COMMAND = [sys.executable, "-m", "lotline_server"]


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_a_day_from_part_to_pairing_beside_a_running_server(tmp_path: Path) -> None:
    """Parts, lots and stations are added while it runs; SIGTERM ends it cleanly."""
    data = ["--data", str(tmp_path / "data")]
    assert _run("account", "add", "ines", "--role", "admin", *data).returncode == 0
    token = _run("token", "add", "ines", "--scopes", "see", *data).stdout.strip()
    part = _run("part", "add", "GW2", "--name", "Gateway", "--prefix", "GW2-", "--digits", "6", *data)
    assert part.returncode == 0, part.stderr
    with subprocess.Popen(
        [*COMMAND, "run", "--port", "0", *data], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())
        assert found is not None
        lot = _run("lot", "create", "L1", "--part", "GW2", "--target", "50", "--serials", "3", *data)
        assert lot.stdout.split() == ["GW2-000001", "GW2-000002", "GW2-000003"]
        again = _run("lot", "create", "L1", "--part", "GW2", "--target", "50", *data)
        assert (again.returncode, again.stderr.strip()) == (1, "lot L1 exists already")
        code = _run("station", "add", "FCT-01", *data).stdout.strip()
        with httpx.Client(base_url=found.group(), timeout=20, trust_env=False) as client:
            paired = client.post("/sync/v1/pair", json={"code": code, "agent_version": "1"})
            assert paired.json()["station"] == "FCT-01"
            headers = {"Authorization": f"Bearer {token}"}
            assert client.get("/api/v1/lots/L1", headers=headers).json()["planned"] == 3
        second = _run("run", "--port", "0", *data)
        assert second.returncode == 1
        assert "another lotline-server is running" in second.stderr
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0


def test_a_missing_extra_is_named_with_the_line_that_installs_it() -> None:
    """Instead of a traceback."""
    hidden = "import sys; sys.modules['typer'] = None; from lotline_server.__main__ import main; main()"
    found = subprocess.run([sys.executable, "-c", hidden], capture_output=True, text=True, check=False)
    assert found.returncode == 1
    assert 'pip install "lotline[server]"' in found.stderr


def test_the_site_is_set_and_shown(tmp_path: Path) -> None:
    """Zone, begin of the day and shifts; what cannot be is refused in one line."""
    data = ["--data", str(tmp_path / "data")]
    shifts = ["--shift", "Early 06:00-14:00", "--shift", "Late 14:00-22:00", "--shift", "Night 22:00-06:00"]
    berlin = ["--zone", "Europe/Berlin", "--day-start", "06:00", "--from", "beginning"]
    done = _run("site", "set", *berlin, *shifts, *data)
    assert done.returncode == 0, done.stderr
    said = "Europe/Berlin, days from 06:00, Early 06:00–14:00, Late 14:00–22:00, Night 22:00–06:00"
    assert _run("site", "show", *data).stdout == f"beginning\t{said}\n"
    for bad in (["--zone", "Mars"], [*berlin, "--shift", "Early"], [*berlin, "--shift", "E 05:00-07:00"]):
        refused = _run("site", "set", *bad, *data)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "shift" in refused.stderr or "zone" in refused.stderr
    assert _run("site", "show", *data).stdout == f"beginning\t{said}\n"
