"""The bench as a process: every instrument sees the same unit, and each fault gives its error."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from lotline_drivers.bench.client import Bench, BenchRefused
from lotline_drivers.bench.process import BenchDidNotStart, BenchProcess
from lotline_drivers.capabilities import Instrument
from lotline_drivers.console import UnitConsole
from lotline_drivers.dmm import Dmm
from lotline_drivers.errors import (
    BadReply,
    InstrumentError,
    InstrumentReportedError,
    InstrumentTimeout,
    InstrumentUnreachable,
    NotSafe,
    WrongIdentity,
)
from lotline_drivers.oscilloscope import Oscilloscope
from lotline_drivers.scanner import SerialScanner
from lotline_drivers.supply import Supply

Opened = Callable[..., Instrument]
LONG_S = 60.0


def _powered(opened: Opened, bench: BenchProcess, serial_number: str = "GW2-00001") -> Supply:
    supply = cast(Supply, opened("supply"))
    bench.bench.place(serial_number)
    supply.set_output(12.0, 0.5)
    supply.output_on()
    return supply


@pytest.mark.parametrize("key", ["dmm", "dmm_serial"])
def test_what_the_supply_drives_is_what_the_meter_reads(
    opened: Opened, bench: BenchProcess, key: str
) -> None:
    dmm = cast(Dmm, opened(key, driver="dmm", identity="DMM-6"))
    supply = _powered(opened, bench)
    unit = bench.bench.state()["unit"]
    assert dmm.measure_voltage() == pytest.approx(12.0, rel=1e-4)
    assert dmm.measure_voltage(2) == pytest.approx(unit["rail_5v0_v"], rel=1e-4)
    assert dmm.measure_voltage(3) == pytest.approx(unit["rail_3v3_v"], rel=1e-4)
    assert supply.measure_current() == pytest.approx(12.0 / unit["input_ohm"], rel=1e-3)
    supply.output_off()
    for channel in (1, 2, 3):
        assert dmm.measure_voltage(channel) == pytest.approx(0.0, abs=1e-3)


def test_under_voltage_everything_behind_the_input_is_dead(opened: Opened, bench: BenchProcess) -> None:
    supply = _powered(opened, bench)
    supply.set_output(8.0, 0.5)
    dmm = cast(Dmm, opened("dmm"))
    assert dmm.measure_voltage(1) == pytest.approx(8.0, rel=1e-3)
    assert dmm.measure_voltage(3) == pytest.approx(0.0, abs=1e-3)
    with pytest.raises(InstrumentTimeout):
        cast(UnitConsole, opened("console", timeout_s=0.3)).read_text("version", ".*")


def test_the_oscilloscope_sees_the_ripple_as_codes(opened: Opened, bench: BenchProcess) -> None:
    _powered(opened, bench)
    scope = cast(Oscilloscope, opened("oscilloscope"))
    waveform = scope.capture()
    assert waveform.codes.dtype == np.dtype("<i2")
    assert len(waveform.codes) == 10_000
    vpp = float(waveform.values.max() - waveform.values.min())
    assert vpp == pytest.approx(bench.bench.state()["unit"]["ripple_vpp"], rel=0.2)
    assert scope.measure_vpp() == pytest.approx(vpp, rel=0.1)


def test_peak_to_peak_is_measured_anew_for_each_unit(opened: Opened, bench: BenchProcess) -> None:
    supply = _powered(opened, bench)
    scope = cast(Oscilloscope, opened("oscilloscope"))
    scope.capture()
    supply.output_off()
    assert scope.measure_vpp() < 0.005


def test_a_million_points_arrive(opened: Opened, bench: BenchProcess) -> None:
    _powered(opened, bench)
    assert len(cast(Oscilloscope, opened("oscilloscope")).capture(1, 1_000_000).codes) == 1_000_000


def test_more_points_than_the_oscilloscope_has_are_refused(opened: Opened) -> None:
    with pytest.raises(InstrumentReportedError, match="out of range"):
        cast(Oscilloscope, opened("oscilloscope")).capture(1, 1_000_001)


def test_a_scan_places_the_unit_and_comes_out_of_the_scanner(opened: Opened, bench: BenchProcess) -> None:
    scanner = SerialScanner(bench.resources["scanner"])
    assert scanner.read_scan(0.0) is None
    placed = bench.bench.scan("GW2-00042")
    assert scanner.read_scan(LONG_S) == "GW2-00042"
    assert placed["unit"]["serial_number"] == "GW2-00042"
    bench.bench.scan(raw="!?")
    assert scanner.read_scan(LONG_S) == "!?"
    assert bench.bench.state()["unit"]["serial_number"] == "GW2-00042"
    scanner.close()


def test_a_repaired_unit_is_sound_at_its_next_scan_and_no_other_is(unused_folder: Path) -> None:
    """Rework on the simulated bench: a unit that fails can be mended and pass."""
    with BenchProcess(unused_folder, arguments=["--defect", "low_3v3=1"]) as process:
        bench = process.bench
        assert "low_3v3" in bench.scan("GW2-000001")["unit"]["defects"]
        bench.repair("GW2-000001")
        assert "low_3v3" in bench.state()["unit"]["defects"]
        assert bench.scan("GW2-000001")["unit"]["defects"] == []
        assert "low_3v3" in bench.scan("GW2-000002")["unit"]["defects"]
        with pytest.raises(BenchRefused, match="a repair has a serial_number"):
            bench.ask({"do": "repair"})


def test_the_console_speaks_for_the_unit_in_the_fixture(opened: Opened, bench: BenchProcess) -> None:
    console = cast(UnitConsole, opened("console"))
    _powered(opened, bench, "GW2-00007")
    console.wait_for_prompt()
    assert console.read_text("version", r"firmware (\S+)") == "1.4.2"
    assert console.read_text("serial", r"serial (\S+)") == "GW2-00007"
    bench.bench.place("GW2-00008")
    assert console.read_text("serial", r"serial (\S+)") == "GW2-00008"


FAULTS = [
    ("no_answer", InstrumentTimeout),
    ("slow", InstrumentTimeout),
    ("garbage", BadReply),
    ("drop_link", InstrumentUnreachable),
    ("wrong_identity", WrongIdentity),
]


@pytest.mark.parametrize(("kind", "error"), FAULTS)
@pytest.mark.parametrize("key", ["dmm", "dmm_serial", "supply", "oscilloscope"])
def test_each_fault_is_its_error_and_the_instrument_works_again_after_it(
    opened: Opened, bench: BenchProcess, key: str, kind: str, error: type[InstrumentError]
) -> None:
    name = key.removesuffix("_serial")
    instrument = opened(key, driver=name, identity="Lotline Simulation", timeout_s=1.0)
    identity = instrument.identify()
    # The bench's serial DMM answers one question after the other, the late one included.
    bench.bench.fault(name, kind, count=1, delay_s=1.5 if key == "dmm_serial" else LONG_S)
    started = time.monotonic()
    with pytest.raises(error) as caught:
        instrument.identify()
    assert time.monotonic() - started < LONG_S / 2
    assert caught.value.instrument == key
    assert caught.value.sent == "*IDN?"
    assert bench.resources[key] in str(caught.value)
    assert "Check " in str(caught.value)
    assert instrument.identify() == identity


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("no_answer", InstrumentTimeout),
        ("slow", InstrumentTimeout),
        ("garbage", BadReply),
        ("drop_link", InstrumentUnreachable),
        ("wrong_identity", BadReply),
    ],
)
def test_each_fault_of_the_console_is_its_error(
    opened: Opened, bench: BenchProcess, kind: str, error: type[InstrumentError]
) -> None:
    console = cast(UnitConsole, opened("console", timeout_s=1.0))
    _powered(opened, bench)
    console.wait_for_prompt(LONG_S)
    bench.bench.fault("console", kind, count=1, delay_s=1.5)
    with pytest.raises(error):
        console.read_text("version", r"firmware (\S+)")
    console.wait_for_prompt(LONG_S)
    assert console.read_text("version", r"firmware (\S+)") == "1.4.2"


def test_a_supply_that_does_not_answer_is_switched_off_and_reported_as_not_proven(
    opened: Opened, bench: BenchProcess
) -> None:
    _powered(opened, bench)
    supply = cast(Supply, opened("supply", timeout_s=0.5))
    bench.bench.fault("supply", "no_answer")
    with pytest.raises(NotSafe, match="Do not touch the unit"):
        supply.make_safe()
    assert bench.bench.state()["supply"]["is_on"] is False
    bench.bench.fault("supply", "none")
    supply.make_safe()


def test_make_safe_leaves_no_voltage_at_the_unit(opened: Opened, bench: BenchProcess) -> None:
    supply = _powered(opened, bench)
    assert bench.bench.state()["operating"]["is_running"] is True
    supply.make_safe()
    assert bench.bench.state()["operating"]["input_v"] == 0.0


def test_closing_a_hanging_instrument_leaves_the_others_working(opened: Opened, bench: BenchProcess) -> None:
    hanging = cast(Dmm, opened("dmm", timeout_s=LONG_S))
    hanging.identify()
    bench.bench.fault("dmm", "no_answer")
    caught: list[InstrumentError] = []

    def hang() -> None:
        try:
            hanging.measure_voltage()
        except InstrumentError as error:
            caught.append(error)

    thread = threading.Thread(target=hang)
    thread.start()
    hanging.close()
    thread.join(LONG_S / 2)
    assert not thread.is_alive()
    assert isinstance(caught[0], InstrumentUnreachable)
    opened("supply").make_safe()


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        ({"do": "dance"}, "scan, place, repair, fault, state"),
        ({"do": "fault", "instrument": "dmn", "kind": "slow"}, "dmm, supply"),
        ({"do": "fault", "instrument": "dmm", "kind": "sleepy"}, "no_answer"),
        ({"do": "fault", "instrument": "dmm", "kind": "slow", "count": 0}, "count"),
        ({"do": "scan"}, "serial_number"),
        ({"do": "place", "serial_number": 7}, "text"),
    ],
)
def test_a_request_that_cannot_be_followed_is_refused_with_the_reason(
    bench: BenchProcess, request_: dict[str, object], says: str
) -> None:
    with pytest.raises(BenchRefused, match=says):
        bench.bench.ask(request_)


def test_a_control_line_that_is_no_json_is_refused_and_the_next_one_followed(bench: BenchProcess) -> None:
    host, _, port = bench.resources["control"].rpartition(":")
    with (
        socket.create_connection((host, int(port)), LONG_S) as connection,
        connection.makefile("rwb") as stream,
    ):
        stream.write(b"{nonsense\n[]\n" + b'{"do":"state"}\n')
        stream.flush()
        answers = [json.loads(stream.readline())["ok"] for _ in range(3)]
    assert answers == [False, False, True]


def test_the_ready_line_is_in_the_folder_and_everything_is_gone_after_the_end(unused_folder: Path) -> None:
    with BenchProcess(unused_folder, seed=3) as process:
        assert json.loads((unused_folder / "bench.json").read_text()) == process.resources
        assert process.resources.keys() >= {
            "dmm",
            "dmm_serial",
            "supply",
            "oscilloscope",
            "console",
            "scanner",
            "control",
        }
        assert Bench.in_folder(unused_folder).state()["seed"] == 3
        dmm_port = process.resources["dmm"].split("::")[2]
        assert process.stop() == 0
    assert [path.name for path in unused_folder.iterdir()] == ["bench.log"]
    with BenchProcess(unused_folder, arguments=["--dmm-port", dmm_port]) as again:
        assert again.resources["dmm"] == process.resources["dmm"]
        assert again.resources["console"] == process.resources["console"]


def test_a_port_that_is_taken_is_said_so(unused_folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        arguments = ["--dmm-port", str(taken.getsockname()[1])]
        with pytest.raises(BenchDidNotStart, match="cannot start"):
            BenchProcess(unused_folder, arguments=arguments)


def test_a_bench_ends_with_its_parent(unused_folder: Path) -> None:
    """The parent starts a bench and dies at once; the bench's standard output then ends too."""
    starter = (
        "import subprocess, sys, os\n"
        "child = subprocess.Popen([sys.executable, '-m', 'lotline_drivers.bench', '--with-parent',"
        " '--folder', sys.argv[1]])\n"
        "import time\n"
        "while not os.path.exists(sys.argv[1] + '/bench.json'): time.sleep(0.01)\n"
        "os._exit(0)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", starter, str(unused_folder)],
        stdout=subprocess.PIPE,
        timeout=LONG_S,
        check=True,
    )
    ready = json.loads(ended.stdout.splitlines()[0])
    assert ready["folder"] == str(unused_folder)
    assert not (unused_folder / "bench.json").exists()
    assert os.listdir(unused_folder) == []
