"""The command line as a person meets it: processes of the installed package, a bench, a server."""

import re
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.agent.configs import PLAN, STATION, plan_of, station_with, step, write_setup
from tests.agent.lot_server import TOKEN, LotServer
from tests.agent.processes import Child, agent
from tests.agent.records import header, record, scalar
from tests.agent.scpi import Instrument

from lotline_agent.demo.watcher import PanelWatcher
from lotline_agent.store.database import open_reader
from lotline_agent.store.history import all_runs
from lotline_agent.store.station_store import DATABASE_NAME, StationStore
from lotline_agent.sync.pairing import read_credentials
from lotline_contract.outcome import Outcome
from lotline_contract.record import Run
from lotline_drivers.bench.process import BenchProcess

VOLTS = "MEAS:VOLT:DC?"
MEASURE = step(
    "Volts", "dmm", "measure_voltage", measure='{ name = "volts", uom = "V", low = 3.0, high = 3.6 }'
)
BENCH_PLAN = Path(__file__).parents[2] / "station_configs" / "plans" / "gateway-fct.toml"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BenchProcess]:
    """The simulated bench, whose units have no defects."""
    with BenchProcess(tmp_path_factory.mktemp("bench"), seed=7, arguments=["--defect", "all=0"]) as running:
        yield running


@pytest.fixture
def dmm() -> Iterator[Instrument]:
    with Instrument({VOLTS: "3.3"}) as instrument:
        yield instrument


@pytest.fixture
def small(tmp_path: Path, dmm: Instrument) -> Path:
    """A station with one small meter and no server."""
    return write_setup(tmp_path / "config", station_with({"dmm": ("dmm", dmm.resource)}), plan_of(MEASURE))


def on_bench(folder: Path, bench: BenchProcess) -> Path:
    """Write the station of the simulated bench, with the plan of its gateway board."""
    instruments = {
        "dmm": ("dmm", str(bench.resources["dmm"])),
        "supply": ("supply", str(bench.resources["supply"])),
        "scope": ("oscilloscope", str(bench.resources["oscilloscope"])),
        "unit": ("console", str(bench.resources["console"])),
    }
    text = station_with(instruments, options={"unit": '{ prompt = "gw2> " }'})
    return write_setup(folder / "config", text, BENCH_PLAN.read_text())


def runs(config: Path) -> list[Run]:
    reader = open_reader(config.parent / "data" / DATABASE_NAME)
    try:
        return [run for run in (past.run() for past in all_runs(reader)) if run is not None]
    finally:
        reader.close()


def refused(*arguments: str) -> str:
    """Run a command that must end with status 1 and no traceback; gives what it said, in one line."""
    with agent(*arguments) as it:
        assert it.wait() == 1, it.output
        assert "Traceback" not in it.output
        return " ".join(it.output.split())


def panel_of(it: Child) -> PanelWatcher:
    """Watch the panel whose address a starting agent prints."""
    line = it.line_with("Operator panel:")
    found = re.search(r"http://\S+", line)
    assert found is not None, line
    return PanelWatcher(found[0])


def test_check_opens_and_identifies_every_instrument_of_the_bench(
    tmp_path: Path, bench: BenchProcess
) -> None:
    with agent("check", str(on_bench(tmp_path, bench))) as it:
        assert it.wait() == 0, it.output
    assert it.output.count("✓ ready") == 4
    assert "Lotline Simulation,DMM-6,SIM0001,1.0" in it.output
    assert "Configuration is correct" in it.output


def test_check_names_an_instrument_that_is_not_there_and_one_that_is_another(tmp_path: Path) -> None:
    with Instrument({"*IDN?": "Other,[/b],1,2"}) as other:
        text = station_with(
            {"dmm": ("dmm", other.resource), "supply": ("supply", "TCPIP0::127.0.0.1::1::SOCKET")}
        ).replace('driver = "dmm"', 'driver = "dmm"\nidentity = "DMM-[0-9]"')
        said = refused("check", str(write_setup(tmp_path / "config", text, plan_of(MEASURE))))
    assert "expected an identity matching 'DMM-[0-9]', found 'Other,[/b],1,2'" in said
    assert "nobody listens on 127.0.0.1:1" in said


@pytest.mark.parametrize("command", [["check"], ["run"], ["units"]])
def test_every_command_names_every_problem_of_a_wrong_configuration(
    tmp_path: Path, command: list[str]
) -> None:
    plan = PLAN.replace('uom = "V", ', "")
    config = write_setup(
        tmp_path / "[config]", STATION.replace("floor_mb", "flor_mb"), plan.replace("low", "lwo")
    )
    more = ["GW2-1"] if command == ["units"] else []
    said = refused(*command, str(config), *more)
    assert "2 problems in the configuration:" in said
    assert f"{config}:5: station.flor_mb: expected one of the known keys; did you mean 'floor_mb'?" in said
    assert "plan.toml:11: main[1].measure.lwo: expected one of the known keys; did you mean 'low'?" in said


def test_run_tests_each_line_of_standard_input_on_the_bench_and_records_it(
    tmp_path: Path, bench: BenchProcess
) -> None:
    config = on_bench(tmp_path, bench)
    with agent("run", str(config), "--stdin", PYTHONIOENCODING="utf-8:strict") as it:
        panel = panel_of(it)
        try:
            panel.wait_ready()
            for serial in ("GW2-000001", "GW2-000002"):
                bench.bench.place(serial)
                it.say(f"{serial}\n")
                panel.wait_phase("PASS")
                it.say(b"\xff\n")
                panel.wait_phase("READY")
        finally:
            panel.close()
        it.signal(signal.SIGTERM)
        assert it.wait() == 0, it.output
    assert "Everything that was tested is recorded" in it.output
    first, second = runs(config)
    assert (first.serial_number, second.serial_number) == ("GW2-000001", "GW2-000002")
    assert {first.outcome, second.outcome} == {Outcome.PASS}
    assert first.firmware == {"firmware": "1.4.2"}
    with agent("units", str(config), "GW2-000001") as it:
        assert it.wait() == 0, it.output
    assert "10000 points" in it.output
    assert "rail_3v3" in it.output
    with agent("status", str(config)) as it:
        assert it.wait() == 0, it.output
    assert "none; records are kept here" in it.output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_during_a_run_records_it_as_aborted_and_ends_within_its_deadline(
    small: Path, dmm: Instrument, number: signal.Signals
) -> None:
    waiting = step("Wait", "dmm", "measure_voltage", settle_s="3600")
    (small.parent / "plan.toml").write_text(plan_of(MEASURE, waiting))
    with agent("run", str(small), "--stdin") as it:
        it.say("GW2-000001\n")
        dmm.wait_heard(VOLTS)
        it.signal(number)
        assert it.wait(15) == 0, it.output
    (run,) = runs(small)
    assert (run.serial_number, run.outcome) == ("GW2-000001", Outcome.ABORTED)


def test_a_signal_while_an_instrument_hangs_ends_at_the_steps_deadline(small: Path, dmm: Instrument) -> None:
    never = threading.Event()
    dmm.answers[VOLTS] = lambda: never.wait(60) and None
    text = (small.parent / "plan.toml").read_text()
    (small.parent / "plan.toml").write_text(text + "deadline_s = 1\n")
    small.write_text(small.read_text().replace("timeout_s = 2.0", "timeout_s = 30.0"))
    try:
        with agent("run", str(small), "--stdin") as it:
            it.say("GW2-000001\n")
            dmm.wait_heard(VOLTS)
            it.signal(signal.SIGTERM)
            it.line_with("Stopped", 15)
            never.set()
            assert it.wait(20) == 0, it.output
    finally:
        never.set()
    (run,) = runs(small)
    assert run.outcome is Outcome.ERROR


def test_a_second_agent_on_the_same_folder_ends_with_a_message(small: Path) -> None:
    with agent("run", str(small)) as it:
        it.line_with("Operator panel:")
        assert "Another lotline-agent already works on" in refused("run", str(small))


def test_an_agent_killed_in_the_middle_names_the_unit_at_its_next_start(small: Path, dmm: Instrument) -> None:
    go_on = threading.Event()
    dmm.answers[VOLTS] = lambda: "3.3" if go_on.wait(20) else None
    with agent("run", str(small), "--stdin") as it:
        it.say("GW2-000001\n")
        dmm.wait_heard(VOLTS)
        it.kill_all()
    go_on.set()
    dmm.answers[VOLTS] = "3.3"
    with agent("run", str(small), "--stdin") as it:
        panel = panel_of(it)
        try:
            panel.wait_ready()
            view = panel.view()
        finally:
            panel.close()
        assert view is not None
        assert view.notice is not None
        assert "Scan GW2-000001 again" in view.notice.text
    assert [run.cause for run in runs(small)] == ["station_stopped"]


def test_status_and_units_of_a_station_that_recorded_nothing_say_so(small: Path) -> None:
    for arguments in (["status", str(small)], ["units", str(small), "GW2-000001"]):
        said = refused(*arguments)
        assert "This station has recorded nothing yet" in said
    assert not (small.parent / "data").exists(), "a question makes no folder"


def test_units_shows_what_a_unit_answered_as_it_is(small: Path, dmm: Instrument) -> None:
    text = '{ name = "text", record_only = true }'
    plan = plan_of(step("Text [b]", "dmm", "query_text", arguments='{ command = "T?" }', measure=text))
    (small.parent / "plan.toml").write_text(plan)
    dmm.answers["T?"] = "[/b] [red]1.4.2"
    with agent("run", str(small), "--stdin") as it:
        panel = panel_of(it)
        try:
            it.say("GW2-000001\n")
            panel.wait_phase("PASS")
        finally:
            panel.close()
        it.signal(signal.SIGTERM)
        assert it.wait() == 0, it.output
    with agent("units", str(small), "GW2-000001") as it:
        assert it.wait() == 0, it.output
    assert "[/b] [red]1.4.2" in it.output
    assert "Text [b]" in it.output


def test_units_of_an_unknown_unit_says_so(small: Path) -> None:
    store = StationStore(small.parent / "data", floor_bytes=0)
    record(store, header("GW2-000001"), [scalar(0)])
    store.close()
    assert "This station has no run of GW2-000009" in refused("units", str(small), "GW2-000009")


def test_status_reads_while_the_agent_runs_and_changes_nothing(small: Path) -> None:
    with agent("run", str(small)) as it:
        it.line_with("Operator panel:")
        before = (small.parent / "data" / DATABASE_NAME).read_bytes()
        with agent("status", str(small)) as status:
            assert status.wait() == 0, status.output
        assert (small.parent / "data" / DATABASE_NAME).read_bytes() == before


@pytest.mark.parametrize("command", ["status", "units", "run"])
def test_a_damaged_database_is_explained_by_every_command(small: Path, command: str) -> None:
    data = small.parent / "data"
    data.mkdir()
    (data / DATABASE_NAME).write_bytes(b"what is this doing here\n" * 400)
    more = ["GW2-000001"] if command == "units" else []
    assert "damaged" in refused(command, str(small), *more)


def test_pairing_without_a_server_in_the_configuration_says_what_to_add(small: Path) -> None:
    assert "names no server. Add: [server] url =" in refused("pair", str(small), "1234")


def test_pairing_with_nobody_there_says_so(tmp_path: Path) -> None:
    text = station_with({"dmm": ("dmm", "TCPIP0::127.0.0.1::1::SOCKET")}, server="http://127.0.0.1:9")
    config = write_setup(tmp_path / "config", text, plan_of(MEASURE))
    assert "Not paired: http://127.0.0.1:9 does not answer" in refused("pair", str(config), "1234")


def test_pairing_says_the_servers_own_word_and_then_keeps_the_token(tmp_path: Path) -> None:
    with LotServer() as server:
        text = station_with({"dmm": ("dmm", "TCPIP0::127.0.0.1::1::SOCKET")}, server=server.url)
        config = write_setup(tmp_path / "config", text, plan_of(MEASURE))
        assert "Not paired: the server answered 403: this code is not valid" in refused(
            "pair", str(config), "1"
        )
        with agent("pair", str(config), "1234-5678") as it:
            assert it.wait() == 0, it.output
        assert f"Station ST-1 is paired with {server.url}" in " ".join(it.output.split())
        assert TOKEN not in it.output
        credentials = read_credentials(config.parent / "data")
        assert credentials is not None
        assert credentials.token == TOKEN


def test_a_token_is_never_sent_to_another_server_than_the_one_that_gave_it(tmp_path: Path) -> None:
    with LotServer() as giver, LotServer() as other:
        text = station_with({"dmm": ("dmm", "TCPIP0::127.0.0.1::1::SOCKET")}, server=giver.url)
        config = write_setup(tmp_path / "config", text, plan_of(MEASURE))
        with agent("pair", str(config), "1234-5678") as it:
            assert it.wait() == 0, it.output
        config.write_text(config.read_text().replace(giver.url, other.url))
        with agent("run", str(config), "--stdin") as it:
            it.line_with("token=")
            it.signal(signal.SIGTERM)
            assert it.wait(15) == 0, it.output
        assert other.calls == []


def test_a_full_house_is_refused_with_the_port_named(small: Path) -> None:
    with Instrument() as taken:
        small.write_text(small.read_text().replace("port = 0", f"port = {taken.port}"))
        assert str(taken.port) in refused("run", str(small))
