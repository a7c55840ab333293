"""One run against instruments on real sockets: their trouble becomes its outcome, never its end."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.agent.configs import plan_of, station_with, step, write_setup
from tests.agent.running import Running
from tests.agent.scpi import Instrument

from lotline_contract.outcome import Cause, Outcome
from lotline_contract.record import Run

VOLTS = "MEAS:VOLT:DC?"
OHMS = "MEAS:RES?"
LIMITS = '{ name = "volts", uom = "V", low = 3.0, high = 3.6 }'
OHM_LIMITS = '{ name = "ohms", uom = "Ω", low = 0, high = 10 }'
MEASURE_VOLTS = step("Volts", "dmm", "measure_voltage", measure=LIMITS, deadline_s="2")
MEASURE_OHMS = step("Ohms", "dmm", "measure_resistance", measure=OHM_LIMITS)
OUTPUT_ON = step("On", "supply", "output_on", group="setup")
OUTPUT_OFF = step("Off", "supply", "output_off", group="teardown")
PLAN = plan_of(OUTPUT_ON, MEASURE_VOLTS, MEASURE_OHMS, OUTPUT_OFF)

Start = Callable[..., Running]


@pytest.fixture
def dmm() -> Iterator[Instrument]:
    with Instrument({VOLTS: "3.3", OHMS: "5.0"}) as instrument:
        yield instrument


@pytest.fixture
def supply() -> Iterator[Instrument]:
    with Instrument({"OUTP? (@1)": "0"}) as instrument:
        yield instrument


@pytest.fixture
def start(tmp_path: Path, dmm: Instrument, supply: Instrument) -> Iterator[Start]:
    """Start a station with these two instruments, ready for a scan unless told otherwise."""
    running: list[Running] = []

    def make(plan: str = PLAN, *, ready: bool = True, timeout_s: float = 1.0) -> Running:
        station = station_with(
            {"dmm": ("dmm", dmm.resource), "supply": ("supply", supply.resource)}, timeout_s=timeout_s
        )
        running.append(Running(write_setup(tmp_path / "config", station, plan)).__enter__())
        if ready:
            running[-1].wait_phase("READY")
        return running[-1]

    yield make
    for each in running:
        each.__exit__(None, None, None)


def outcomes(run: Run) -> dict[str, str]:
    return {each.name: each.outcome.value for each in run.steps}


def test_a_good_unit_passes_and_the_record_says_all_that_was_measured(start: Start) -> None:
    view, run = start().test("GW2-000001")
    assert (view.phase, run.outcome, run.cause, run.message) == ("PASS", Outcome.PASS, None, None)
    assert outcomes(run) == {"On": "PASS", "Volts": "PASS", "Ohms": "PASS", "Off": "PASS"}
    assert [(each.name, each.value, each.uom) for each in run.measurements()] == [
        ("volts", 3.3, "V"),
        ("ohms", 5.0, "Ω"),
    ]
    assert {each.name: each.identity for each in run.instruments} == {
        "dmm": "Maker,Model,1,2",
        "supply": "Maker,Model,1,2",
    }
    assert [(row.name, row.value, row.limits) for row in view.run.rows] == [  # type: ignore[union-attr]
        ("Volts", "3.3000", "3 … 3.6"),
        ("Ohms", "5.0000", "0 … 10"),
    ]


def test_a_failed_measurement_goes_on_to_the_next_step(start: Start, dmm: Instrument) -> None:
    dmm.answers[VOLTS] = "3.7"
    view, run = start().test()
    assert (view.phase, run.outcome, run.cause) == ("FAIL", Outcome.FAIL, Cause.LIMIT)
    assert outcomes(run) == {"On": "PASS", "Volts": "FAIL", "Ohms": "PASS", "Off": "PASS"}


def test_after_fail_stop_skips_the_rest_and_still_tears_down(start: Start, dmm: Instrument) -> None:
    dmm.answers[VOLTS] = "3.7"
    stopping = plan_of(OUTPUT_ON, MEASURE_VOLTS, MEASURE_OHMS, OUTPUT_OFF, more='after_fail = "stop"')
    _, run = start(stopping).test()
    assert outcomes(run) == {"On": "PASS", "Volts": "FAIL", "Ohms": "SKIPPED", "Off": "PASS"}
    assert run.outcome is Outcome.FAIL
    assert OHMS not in dmm.heard


@pytest.mark.parametrize(
    ("answer", "outcome", "cause"),
    [
        ("nan", Outcome.ERROR, Cause.BAD_READING),
        ("9.9E37", Outcome.FAIL, Cause.OVERRANGE),
        ("-9.9E37", Outcome.FAIL, Cause.OVERRANGE),
        ("inf", Outcome.FAIL, Cause.OVERRANGE),
        ("0", Outcome.FAIL, Cause.LIMIT),
        ("garbage", Outcome.ERROR, Cause.INSTRUMENT),
    ],
)
def test_an_odd_reading_is_never_a_pass(
    start: Start, dmm: Instrument, answer: str, outcome: Outcome, cause: Cause
) -> None:
    dmm.answers[VOLTS] = answer
    _, run = start().test()
    assert (run.outcome, run.steps[1].outcome, run.steps[1].cause) == (outcome, outcome, cause)


def test_an_instruments_error_is_the_steps_error_an_unset_value_and_the_end_of_the_main_steps(
    start: Start, dmm: Instrument, supply: Instrument
) -> None:
    dmm.answers[VOLTS] = "no number"
    view, run = start().test()
    assert outcomes(run) == {"On": "PASS", "Volts": "ERROR", "Ohms": "SKIPPED", "Off": "PASS"}
    (unset,) = run.measurements()
    assert (unset.name, unset.outcome, unset.cause) == ("volts", Outcome.UNSET, Cause.MISSING)
    assert (run.outcome, run.cause) == (Outcome.ERROR, Cause.INSTRUMENT)
    assert "expected a number" in (run.message or "")
    assert view.notice is not None
    assert "dmm" in view.notice.text
    assert supply.heard.count("OUTP OFF,(@1)") >= 2, "teardown, and made safe behind it"


def test_a_step_that_goes_wrong_in_setup_skips_main_and_still_tears_down(
    start: Start, supply: Instrument, dmm: Instrument
) -> None:
    running = start()
    errors = iter(['-113,"Undefined header"'])
    supply.answers["SYST:ERR?"] = lambda: next(errors, '+0,"No error"')
    _, run = running.test()
    assert outcomes(run) == {"On": "ERROR", "Volts": "SKIPPED", "Ohms": "SKIPPED", "Off": "PASS"}
    assert run.outcome is Outcome.ERROR
    assert VOLTS not in dmm.heard


def test_an_instrument_that_hangs_is_given_up_at_its_deadline_and_the_others_are_torn_down(
    start: Start, dmm: Instrument, supply: Instrument
) -> None:
    never = threading.Event()
    running = start(PLAN.replace("deadline_s = 2", "deadline_s = 0.3"), timeout_s=30)
    dmm.answers[VOLTS] = lambda: never.wait(30) and None
    try:
        view, run = running.test()
        assert (view.phase, run.outcome) == ("ERROR", Outcome.ERROR)
        assert (run.steps[1].outcome, run.steps[1].cause) == (Outcome.ERROR, Cause.TIMEOUT)
        assert "dmm did not answer within 0.3 s" in (run.steps[1].message or "")
        assert run.measurements()[0].outcome is Outcome.UNSET
        assert outcomes(run)["Off"] == "PASS"
        assert supply.heard[-2:] == ["OUTP OFF,(@1)", "OUTP? (@1)"]
        # It comes back: identified and made safe again, and only then a run.
        dmm.answers[VOLTS] = "3.3"
        asked = dmm.heard.count("*IDN?")
        running.wait_phase("READY", since=view.version)
        assert dmm.heard.count("*IDN?") > asked
        assert running.test("GW2-000002")[1].outcome is Outcome.PASS
    finally:
        never.set()


def test_no_run_starts_until_a_lost_instrument_is_identified_and_safe_again(
    start: Start, dmm: Instrument
) -> None:
    running = start(PLAN.replace("deadline_s = 2", "deadline_s = 0.3"), timeout_s=1)
    dmm.answers[VOLTS] = None
    dmm.answers["*IDN?"] = None
    view, run = running.test()
    assert (run.outcome, run.steps[1].cause) == (Outcome.ERROR, Cause.TIMEOUT)
    view = running.wait_phase("BLOCKED", since=view.version)
    assert view.notice is not None
    assert "dmm" in view.notice.text
    before = running.scan("GW2-000002")
    running.wait_phase("STARTING", since=before)
    running.wait_phase("BLOCKED", since=before + 1)
    assert len(running.runs()) == 1
    dmm.answers["*IDN?"] = "Maker,Model,1,2"
    dmm.answers[VOLTS] = "3.3"
    running.wait_phase("READY", since=before)
    assert running.test("GW2-000002")[1].outcome is Outcome.PASS


def test_a_supply_that_hangs_with_its_output_on_is_named_as_a_danger(
    start: Start, supply: Instrument
) -> None:
    never = threading.Event()
    measured = step("Current", "supply", "measure_current", deadline_s="0.3", measure=LIMITS)
    running = start(plan_of(OUTPUT_ON, measured, OUTPUT_OFF), timeout_s=30)
    supply.answers["MEAS:CURR? (@1)"] = lambda: never.wait(30) and None
    try:
        view, run = running.test()
        assert (run.outcome, run.cause) == (Outcome.ERROR, Cause.UNSAFE)
        assert "Outputs may still be on. supply cannot be reached" in (run.message or "")
        assert view.instruction.startswith("DANGER: outputs may still be on")
    finally:
        never.set()


def test_an_output_that_stays_on_makes_a_passed_unit_an_error_that_names_it(
    start: Start, supply: Instrument
) -> None:
    running = start()
    supply.answers["OUTP? (@1)"] = "1"
    view, run = running.test()
    assert (run.outcome, run.cause) == (Outcome.ERROR, Cause.UNSAFE)
    assert "reads '1'" in (run.message or "")
    assert view.instruction.startswith("DANGER")
    assert view.phase == "ERROR"
    # It stays on: nothing may start until it is proved off.
    view = running.wait_phase("BLOCKED", since=view.version)
    assert view.notice is not None
    assert "output 1 reads '1'" in view.notice.text
    supply.answers["OUTP? (@1)"] = "0"
    running.wait_phase("READY", since=view.version)


def test_one_instrument_that_cannot_be_made_safe_keeps_no_other_from_being_made_safe(
    start: Start, dmm: Instrument, supply: Instrument
) -> None:
    running = start()
    dmm.answers[VOLTS] = dmm.cut  # type: ignore[func-returns-value]
    del dmm.answers["*IDN?"]
    _, run = running.test()
    assert run.outcome is Outcome.ERROR
    assert supply.heard[-2:] == ["OUTP OFF,(@1)", "OUTP? (@1)"]


def test_abort_stops_the_run_tears_down_and_records_it_as_aborted(
    start: Start, dmm: Instrument, supply: Instrument
) -> None:
    go_on = threading.Event()
    running = start()
    dmm.answers[VOLTS] = lambda: "3.3" if go_on.wait(20) else None
    before = running.scan("GW2-000001")
    dmm.wait_heard(VOLTS)
    running.scan("#ABORT\r")
    go_on.set()
    view = running.wait_phase("ABORTED", since=before)
    (run,) = running.runs()
    assert (run.outcome, run.cause) == (Outcome.ABORTED, Cause.OPERATOR)
    assert outcomes(run) == {"On": "PASS", "Volts": "PASS", "Ohms": "SKIPPED", "Off": "PASS"}
    assert "Scan the unit again" in view.instruction
    assert running.test()[1].outcome is Outcome.PASS, "the next run is not aborted too"


def test_abort_ends_a_long_settling_time_at_once(start: Start, dmm: Instrument) -> None:
    running = start(plan_of(step("Wait", "dmm", "measure_voltage", measure=LIMITS, settle_s="3600")))
    before = running.scan("GW2-000001")
    running.wait(lambda view: view.run is not None and view.run.step_name == "Wait", since=before)
    running.scan("#ABORT")
    running.wait_phase("ABORTED", since=before)
    assert VOLTS not in dmm.heard


def test_abort_without_a_run_is_explained(start: Start) -> None:
    running = start()
    before = running.scan("#ABORT")
    view = running.wait(lambda view: view.notice is not None, since=before)
    assert (view.phase, view.notice and view.notice.text) == ("READY", "No test is running.")
    assert running.events() == []


def test_a_failed_measurement_before_an_abort_still_counts_as_fail(start: Start, dmm: Instrument) -> None:
    go_on = threading.Event()
    running = start()
    dmm.answers[VOLTS] = "9"
    dmm.answers[OHMS] = lambda: "5" if go_on.wait(20) else None
    before = running.scan("GW2-000001")
    dmm.wait_heard(OHMS)
    running.scan("#ABORT")
    go_on.set()
    running.wait_phase("ABORTED", since=before)
    assert running.store.history.counted_runs("GW2-000001", "GW2", "FCT") == 1


def test_a_plan_that_measures_nothing_is_no_pass(start: Start) -> None:
    running = start(plan_of(step("Only", "dmm", "measure_voltage")))
    _, run = running.test()
    assert (run.outcome, run.cause) == (Outcome.ERROR, Cause.NOTHING_MEASURED)


def test_a_text_of_any_length_from_an_instrument_becomes_a_record(start: Start, dmm: Instrument) -> None:
    text = '{ name = "text", equals = "x" }'
    plan = plan_of(step("Text", "dmm", "query_text", arguments='{ command = "T?" }', measure=text))
    running = start(plan.replace('"dmm"', '"dmm"'))
    dmm.answers["T?"] = "y" * 60_000 + "\x00\x1b[31m"
    _, run = running.test()
    assert run.outcome is not Outcome.PASS
    assert run.measurements()[0].name == "text"
