"""The operator's loop: what a scan gets, and that no verdict is ever shown for a run that can be lost."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.agent.configs import plan_of, station_with, step, write_setup
from tests.agent.records import header, journal_all, scalar
from tests.agent.running import VERDICTS, Running
from tests.agent.scpi import Instrument

from lotline_agent.store import sqlite
from lotline_agent.store.errors import NotRecorded
from lotline_agent.store.history import all_runs
from lotline_agent.store.journal import RunJournal
from lotline_agent.store.station_store import StationStore
from lotline_contract.outcome import Cause, Outcome
from lotline_contract.wire import LotFact, PartFact, Snapshot, UnitFact
from lotline_drivers import registry
from lotline_drivers.dmm import Dmm

VOLTS = "MEAS:VOLT:DC?"
PLAN = plan_of(
    step("Volts", "dmm", "measure_voltage", measure='{ name = "volts", uom = "V", low = 3.0, high = 3.6 }')
)
SERVER = "http://127.0.0.1:9"
Start = Callable[..., Running]


@pytest.fixture
def dmm() -> Iterator[Instrument]:
    with Instrument({VOLTS: "3.3"}) as instrument:
        yield instrument


@pytest.fixture
def config(tmp_path: Path, dmm: Instrument) -> Path:
    return write_setup(tmp_path / "config", station_with({"dmm": ("dmm", dmm.resource)}, timeout_s=5), PLAN)


@pytest.fixture
def start(config: Path, dmm: Instrument) -> Iterator[Start]:
    running: list[Running] = []

    def make(*, server: bool = False, ready: str = "READY", floor_bytes: int = 0) -> Running:
        if server:
            text = station_with({"dmm": ("dmm", dmm.resource)}, timeout_s=5, server=SERVER)
            write_setup(config.parent, text, PLAN)
        running.append(Running(config, floor_bytes=floor_bytes).__enter__())
        running[-1].wait_phase(ready)
        return running[-1]

    yield make
    for each in running:
        each.__exit__(None, None, None)


def facts(*units: str) -> Snapshot:
    return Snapshot(
        server_generation="g",
        cursor="c",
        as_of="2026-11-23T08:00:00Z",
        lots=(LotFact(lot="L1", part_number="GW2", target=10, open=True, revision="B"),),
        parts=(PartFact(part_number="GW2", name="G", serial_prefix="GW2-", serial_digits=6, route=("FCT",)),),
        units=tuple(
            UnitFact(serial_number=each, part_number="GW2", status="planned", lot="L1") for each in units
        ),
    )


def test_a_verdict_is_shown_only_when_the_run_is_already_in_the_outbox(start: Start) -> None:
    running = start()
    recorded: list[tuple[str, int]] = []
    shown = running.screen.update

    def watched(**changes: object) -> object:
        if changes.get("phase") in VERDICTS:
            reader = running.store.database.reader()
            try:
                (count,) = reader.execute("SELECT count(*) FROM outbox").fetchone()
            finally:
                reader.close()
            recorded.append((str(changes["phase"]), count))
        return shown(**changes)

    running.screen.update = watched  # type: ignore[method-assign, assignment]
    for n in range(3):
        running.test(f"GW2-{n:06d}")
    assert recorded == [("PASS", 1), ("PASS", 2), ("PASS", 3)]


def test_while_the_run_cannot_be_committed_the_screen_says_not_recorded_and_never_a_verdict(
    start: Start, dmm: Instrument
) -> None:
    running = start()
    locker = sqlite.connect(str(running.store.database.path), isolation_level=None, check_same_thread=False)
    running.store.database.connection.execute("PRAGMA busy_timeout = 50")

    def last_answer() -> str:
        # The instrument answers once another process holds the database: nothing can be written any more.
        locker.execute("BEGIN IMMEDIATE")
        return "3.3"

    dmm.answers[VOLTS] = last_answer
    try:
        before = running.scan("GW2-000001")
        view = running.wait_phase("NOT_RECORDED", *VERDICTS, since=before)
        assert view.phase == "NOT_RECORDED"
        assert "Do not move the unit" in view.instruction
        assert view.notice is not None
        assert "GW2-000001" in view.notice.text
        refused = running.scan("GW2-000002")
        view = running.wait(lambda view: view.notice and view.notice.kind == "refused", since=refused)  # type: ignore[arg-type, return-value]
        assert "not saved yet" in view.notice.text  # type: ignore[union-attr]
        assert not VERDICTS & {view.phase for view in running.seen}
    finally:
        locker.execute("ROLLBACK")
        locker.close()
    running.wait_phase("PASS", since=before, timeout_s=30)
    running.wait_recorded(1)
    (run,) = running.runs()
    assert (run.serial_number, run.outcome) == ("GW2-000001", Outcome.PASS)
    dmm.answers[VOLTS] = "3.3"
    assert running.test("GW2-000002")[1].outcome is Outcome.PASS


def test_a_station_stopped_while_a_run_is_not_recorded_says_which_unit(start: Start, dmm: Instrument) -> None:
    running = start()
    locker = sqlite.connect(str(running.store.database.path), isolation_level=None, check_same_thread=False)
    running.store.database.connection.execute("PRAGMA busy_timeout = 50")
    dmm.answers[VOLTS] = lambda: "3.3" if locker.execute("BEGIN IMMEDIATE") else None
    try:
        running.wait_phase("NOT_RECORDED", since=running.scan("GW2-000001"))
        running.stop()
        assert running.station.unrecorded == "GW2-000001"
    finally:
        locker.execute("ROLLBACK")
        locker.close()


def test_a_scan_during_a_run_is_refused_and_starts_nothing_later(start: Start, dmm: Instrument) -> None:
    running = start()
    go_on = threading.Event()
    dmm.answers[VOLTS] = lambda: "3.3" if go_on.wait(20) else None
    before = running.scan("GW2-000001")
    dmm.wait_heard(VOLTS)
    running.scan("GW2-000002")
    view = running.wait(lambda view: view.notice is not None, since=before)
    assert (view.phase, view.notice and view.notice.kind) == ("RUNNING", "refused")
    go_on.set()
    running.wait_phase("PASS", since=before)
    assert running.test("GW2-000003")[1].serial_number == "GW2-000003"
    assert [run.serial_number for run in running.runs()] == ["GW2-000001", "GW2-000003"]


def test_a_unit_scanned_twice_quickly_is_tested_once(start: Start) -> None:
    running = start()
    before = running.screen.view().version
    for _ in range(5):
        running.station.scan("GW2-000001")
    running.wait_phase("PASS", since=before)
    assert running.test("GW2-000002")[1].outcome is Outcome.PASS
    assert [run.serial_number for run in running.runs()] == ["GW2-000001", "GW2-000002"]


def test_a_scan_while_the_station_is_blocked_is_not_tested_when_the_instrument_comes_back(
    start: Start, dmm: Instrument, config: Path
) -> None:
    config.write_text(config.read_text().replace('driver = "dmm"', 'driver = "dmm"\nidentity = "Maker"'))
    dmm.answers["*IDN?"] = "Other,Thing,1,2"
    running = start(ready="BLOCKED")
    for _ in range(3):
        before = running.scan("GW2-000001")
        running.wait_phase("BLOCKED", since=before)
    dmm.answers["*IDN?"] = "Maker,Model,1,2"
    running.wait_phase("READY")
    assert running.test("GW2-000002")[1].serial_number == "GW2-000002"
    assert len(running.runs()) == 1


@pytest.mark.parametrize(
    ("scan", "reason", "kept"),
    [
        ("", "The scan was empty", ""),
        ("x" * 300, "at most 64", "x" * 256),
        ("A\x00B", "cannot be read (U+0000)", "A\x00B"),
        ("A\ud800B", "cannot be read (U+D800)", "A\\ud800B"),
        ("#STOP", "is a command", "#STOP"),
    ],
)
def test_a_scan_that_is_no_serial_number_is_explained_recorded_and_clears_the_old_verdict(
    start: Start, scan: str, reason: str, kept: str
) -> None:
    running = start()
    running.test("GW2-000001")
    before = running.scan(scan)
    view = running.wait(lambda view: view.notice is not None, since=before)
    running.wait_recorded(2)
    assert (view.phase, view.run) == ("READY", None)
    assert view.notice is not None
    assert (view.notice.kind, reason in view.notice.text) == ("refused", True)
    (event,) = running.events()
    assert (event.event, event.scan, event.serial_number) == ("denied", kept, None)
    assert running.test("GW2-000002")[1].outcome is Outcome.PASS


def test_a_unit_the_interlock_denies_is_not_tested_and_the_denial_is_synced_as_an_event(
    start: Start, dmm: Instrument
) -> None:
    running = start(server=True)
    running.store.facts.put(facts("GW2-000001"))
    before = running.scan(" GW2-000009\r\n")
    view = running.wait(lambda view: view.notice is not None, since=before)
    assert view.notice is not None
    assert "not known in any open lot" in view.notice.text
    running.wait_recorded(1)
    (event,) = running.events()
    assert (event.serial_number, event.scan) == ("GW2-000009", " GW2-000009\r\n")
    assert event.reasons == (view.notice.text,)
    assert running.runs() == []
    assert VOLTS not in dmm.heard


def test_a_station_that_has_never_heard_from_its_server_tests_nothing(start: Start) -> None:
    running = start(server=True)
    before = running.scan("GW2-000001")
    view = running.wait(lambda view: view.notice is not None, since=before)
    assert view.notice is not None
    assert "has not heard from its server yet" in view.notice.text


def test_two_glued_scans_are_named(start: Start) -> None:
    running = start(server=True)
    running.store.facts.put(facts("GW2-000001", "GW2-000002"))
    before = running.scan("GW2-000001GW2-000002")
    view = running.wait(lambda view: view.notice is not None, since=before)
    assert view.notice is not None
    assert "Two scans came as one: GW2-000001 and GW2-000002" in view.notice.text


def test_a_run_keeps_the_raw_scan_and_what_the_interlock_said(start: Start) -> None:
    running = start(server=True)
    running.store.facts.put(facts("GW2-000001"))
    _, run = running.test("\tGW2-000001\r\n")
    assert (run.scan, run.serial_number) == ("\tGW2-000001\r\n", "GW2-000001")
    assert (run.lot, run.revision) == ("L1", "B")
    assert run.interlock is not None
    assert (run.interlock.decision, run.interlock.reasons) == (
        "ALLOW",
        ("GW2-000001 is planned in open lot L1.",),
    )


def test_the_nth_run_of_a_unit_is_its_nth_attempt_and_errors_use_none_up(
    start: Start, dmm: Instrument
) -> None:
    running = start()
    dmm.answers[VOLTS] = "9"
    running.test("GW2-000001")
    dmm.answers[VOLTS] = "nan"
    running.test("GW2-000001")
    dmm.answers[VOLTS] = "3.3"
    running.test("GW2-000001")
    assert [run.local_attempt for run in running.runs()] == [1, 2, 2]


def test_below_the_disk_floor_the_next_run_is_refused_with_the_floor_named(start: Start) -> None:
    running = start(floor_bytes=10**18)
    before = running.scan("GW2-000001")
    view = running.wait(lambda view: view.notice is not None, since=before)
    assert view.notice is not None
    assert "No test can start: The station's disk is nearly full" in view.notice.text
    assert all_runs(running.store.database.connection) == []


def test_with_the_server_away_the_floor_refuses_the_next_run_and_what_waits_stays_whole(start: Start) -> None:
    running = start(server=True)
    running.store.facts.put(facts("GW2-000001", "GW2-000002"))
    view, _ = running.test("GW2-000001")
    assert view.phase == "PASS"
    waiting = running.store.outbox.backlog()
    running.store.floor_bytes = 10**18
    before = running.scan("GW2-000002")
    view = running.wait(lambda view: view.notice is not None, since=before)
    assert view.notice is not None
    assert "disk is nearly full" in view.notice.text
    assert (waiting.pending, running.store.outbox.backlog().pending) == (1, 1)
    assert [past.serial_number for past in all_runs(running.store.database.connection)] == ["GW2-000001"]


def test_a_wrong_identity_at_the_start_blocks_the_station_and_names_both(
    config: Path, dmm: Instrument, start: Start
) -> None:
    text = config.read_text().replace('driver = "dmm"', 'driver = "dmm"\nidentity = "DMM-6"')
    config.write_text(text)
    running = start(ready="BLOCKED")
    notice = running.screen.view().notice
    assert notice is not None
    assert "expected an identity matching 'DMM-6', found 'Maker,Model,1,2'" in notice.text
    dmm.answers["*IDN?"] = "Maker,DMM-6,1,2"
    running.wait_phase("READY")


def test_a_port_nobody_listens_on_blocks_the_station_and_is_named(config: Path, start: Start) -> None:
    config.write_text(station_with({"dmm": ("dmm", "TCPIP0::127.0.0.1::1::SOCKET")}, timeout_s=1))
    running = start(ready="BLOCKED")
    notice = running.screen.view().notice
    assert notice is not None
    assert "nobody listens on 127.0.0.1:1" in notice.text


def test_a_unit_whose_run_the_station_did_not_finish_is_named_until_it_is_scanned_again(
    config: Path, start: Start
) -> None:
    store = StationStore(config.parent / "data", floor_bytes=0)
    journal_all(store, header("GW2-000007"), [scalar(0)])
    store.close()
    running = start()
    notice = running.screen.view().notice
    assert notice is not None
    assert "Scan GW2-000007 again" in notice.text
    (run,) = running.runs()
    assert (run.outcome, run.cause) == (Outcome.ABORTED, Cause.STATION_STOPPED)


def test_stopping_during_a_run_records_it_as_aborted_with_the_outputs_made_safe(
    start: Start, dmm: Instrument
) -> None:
    running = start()
    go_on = threading.Event()
    dmm.answers[VOLTS] = lambda: "3.3" if go_on.wait(20) else None
    running.scan("GW2-000001")
    dmm.wait_heard(VOLTS)
    stopping = threading.Thread(target=running.stop)
    stopping.start()
    go_on.set()
    stopping.join(20)
    (run,) = running.runs()
    assert (run.outcome, run.cause) == (Outcome.ABORTED, Cause.STATION_STOPPED)


class Broken(Dmm):
    """A driver somebody else wrote, with a fault of its own wherever a test asks for one."""

    faults: frozenset[str] = frozenset()

    def identify(self) -> str:
        self._maybe("identify")
        return super().identify()

    def make_safe(self) -> None:
        self._maybe("make_safe")

    def query_number(self, command: str) -> float:
        self._maybe("measure")
        return super().query_number(command)

    def _maybe(self, where: str) -> None:
        if where in type(self).faults:
            raise {"identify": ValueError, "make_safe": TimeoutError, "measure": ZeroDivisionError}[where](
                where
            )


@pytest.fixture
def broken(config: Path, monkeypatch: pytest.MonkeyPatch) -> type[Broken]:
    """The station's meter, with this driver."""
    monkeypatch.setitem(registry._OWN, "broken", Broken)  # type: ignore[arg-type]
    config.write_text(config.read_text().replace('driver = "dmm"', 'driver = "broken"'))
    Broken.faults = frozenset()
    return Broken


def test_an_exception_in_a_driver_is_the_steps_error_and_names_itself(
    start: Start, broken: type[Broken]
) -> None:
    running = start()
    broken.faults = frozenset({"measure"})
    _, run = running.test()
    assert (run.outcome, run.cause) == (Outcome.ERROR, Cause.STEP_CODE)
    assert "ZeroDivisionError: measure" in (run.message or "")
    broken.faults = frozenset()
    assert running.test()[1].outcome is Outcome.PASS


def test_an_exception_while_a_driver_is_made_safe_is_an_unsafe_output(
    start: Start, broken: type[Broken]
) -> None:
    running = start()
    broken.faults = frozenset({"make_safe"})
    _, run = running.test()
    assert (run.outcome, run.cause) == (Outcome.ERROR, Cause.UNSAFE)
    assert "its driver failed (TimeoutError: make_safe)" in (run.message or "")


def test_outputs_that_may_still_be_on_stay_said_until_every_instrument_is_safe(
    start: Start, broken: type[Broken]
) -> None:
    running = start()
    broken.faults = frozenset({"make_safe"})
    verdict, _ = running.test()
    view = running.wait_phase("BLOCKED", since=verdict.version)
    assert view.instruction.startswith("DANGER: outputs may still be on. Switch the bench off")
    between = [each for each in running.seen if verdict.version <= each.version <= view.version]
    assert all(each.instruction.startswith("DANGER") for each in between)
    broken.faults = frozenset()
    assert running.wait_phase("READY", since=view.version).instruction == "Scan a unit."


def test_outputs_that_may_still_be_on_are_said_while_the_run_is_not_recorded(
    start: Start, broken: type[Broken], monkeypatch: pytest.MonkeyPatch
) -> None:
    running = start()
    broken.faults = frozenset({"make_safe"})

    def full(*_: object) -> None:
        raise NotRecorded("the disk is full")

    monkeypatch.setattr(RunJournal, "close", full)
    running.scan("GW2-000001")
    view = running.wait_phase("NOT_RECORDED")
    assert view.instruction.startswith("DANGER: outputs may still be on.")
    assert "Do not move the unit." in view.instruction


def test_an_exception_while_a_driver_is_identified_blocks_the_station(
    start: Start, broken: type[Broken]
) -> None:
    broken.faults = frozenset({"identify"})
    running = start(ready="BLOCKED")
    notice = running.screen.view().notice
    assert notice is not None
    assert "its driver failed (ValueError: identify)" in notice.text
    broken.faults = frozenset()
    running.wait_phase("READY")
