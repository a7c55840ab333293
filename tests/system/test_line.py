"""The whole line as its users have it: processes, wires, a panel, and power cuts in the middle of a lot."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lotline_agent.demo.compare import compare
from lotline_agent.demo.line import Line
from lotline_agent.demo.processes import wait_until
from lotline_agent.store.database import open_reader
from lotline_agent.store.history import all_runs
from lotline_agent.store.station_store import DATABASE_NAME

UNITS = 12
SERVER_DIES_AT = 4
SERVER_COMES_BACK_AT = 7
STATION_DIES_AT = 9


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    with Line(tmp_path, seed=4) as started:
        yield started


def scan_and_wait(line: Line, serial_number: str) -> str:
    """Scan one unit and give the word that the panel shows for it."""
    line.watcher.wait_ready()
    began = time.monotonic()
    line.bench.scan(serial_number)
    _, view = line.watcher.wait_verdict(serial_number, began)
    assert view.notice is None or view.notice.kind != "refused", view.notice
    return view.phase


@pytest.mark.timeout(240)
def test_nothing_is_lost_or_doubled_when_both_ends_are_killed_in_the_middle_of_a_lot(line: Line) -> None:
    serials = line.create_lot("LOT-1", UNITS)
    wait_until(lambda: line.station_knows(serials[0]), 30.0, "the station hearing of its lot")
    for number, serial_number in enumerate(serials, start=1):
        if number == SERVER_DIES_AT:
            line.kill_server()
        if number == SERVER_COMES_BACK_AT:
            line.start_server()
        if number == STATION_DIES_AT:
            kill_station_while_testing(line, serial_number)
            line.start_station()
            line.watcher.wait_ready()
            notice = line.watcher.view().notice
            assert notice is not None
            assert serial_number in notice.text
        assert scan_and_wait(line, serial_number) in {"PASS", "FAIL"}
    line.watcher.wait_all_sent()
    wait_until(line.all_sealed, 30.0, "the sealing of every archive file")

    found = compare(line.station_data, line.server_url, line.token)
    assert found.is_clean, found
    assert found.runs == UNITS + 1
    connection = open_reader(line.station_data / DATABASE_NAME)
    runs = all_runs(connection)
    connection.close()
    stopped = [run for run in runs if run.outcome == "ABORTED"]
    assert [run.serial_number for run in stopped] == [serials[STATION_DIES_AT - 1]]
    assert stopped[0].run().cause == "station_stopped"


def kill_station_while_testing(line: Line, serial_number: str) -> None:
    """Cut the station's power while this unit is being measured: the slow instrument holds the run open."""
    line.watcher.wait_ready()
    line.bench.fault("dmm", "slow", count=1, delay_s=1.5)
    line.bench.scan(serial_number)
    line.watcher.wait_phase("RUNNING")
    line.kill_station()
    line.bench.fault("dmm", "none")


def test_the_demo_compares_both_sides_and_says_so_in_its_last_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lotline_agent.demo", "--once"],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    last = done.stdout.strip().splitlines()[-1]
    expected = (
        r"demo: runs=20 on_server=20 lost=0 duplicated=0 vectors_equal=yes scan_to_verdict_ms_median=\d+"
    )
    assert re.fullmatch(expected, last)
    for word in ("Pass", "Fail", "Error"):
        assert word in done.stdout


def test_the_demo_leaves_nothing_running_when_it_is_stopped(tmp_path: Path) -> None:
    demo = subprocess.Popen(
        [sys.executable, "-u", "-m", "lotline_agent.demo", "--folder", str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert demo.stdout is not None
    seen = ""
    for line in demo.stdout:
        seen += line
        if "GW2-000001" in line:
            break
    demo.terminate()
    demo.stdout.read()
    assert demo.wait(60) == 0, seen
    demo.stdout.close()
    ours = [path for path in Path("/proc").glob("[0-9]*/cmdline") if str(tmp_path) in _text(path)]
    assert ours == []


def _text(path: Path) -> str:
    try:
        return path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
