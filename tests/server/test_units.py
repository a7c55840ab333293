"""What runs make of a unit, in whatever order and however often they arrive."""

import itertools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.server.conftest import Served, serving
from tests.server.making import number, place, run

from lotline_contract.ids import new_epoch
from lotline_contract.outcome import Outcome
from lotline_contract.record import Station
from lotline_contract.wire import EpochState
from lotline_server.units.derive import RunFact, derive_unit

ROUTE = ("ICT", "FCT")


@st.composite
def facts(draw: st.DrawFn) -> list[RunFact]:
    """Make the runs of one unit, each in a place of its own."""
    places = draw(
        st.lists(st.tuples(st.integers(1, 3), st.integers(0, 2), st.integers(1, 9)), unique=True, max_size=8)
    )
    return [
        RunFact(
            id=at,
            run_id=f"run-{at}",
            unit=1,
            station=station,
            depth=depth,
            seq=seq,
            operation=draw(st.sampled_from(ROUTE)),
            production=True,
            counts_as=draw(st.sampled_from(["PASS", "FAIL", None])),
            started_us=draw(st.integers(0, 5)),
            ended_us=draw(st.integers(5, 10)),
            lot=None,
        )
        for at, (station, depth, seq) in enumerate(places)
    ]


@given(facts(), st.randoms(use_true_random=False))
def test_a_unit_is_the_same_whatever_the_order_of_its_runs(runs: list[RunFact], chance: Any) -> None:
    """Status, deciding runs, first runs and the moment of completion are functions of the set."""
    shuffled = list(runs)
    chance.shuffle(shuffled)
    assert derive_unit(shuffled, ROUTE) == derive_unit(runs, ROUTE)


@given(facts())
def test_a_completed_unit_has_a_deciding_pass_at_each_operation(runs: list[RunFact]) -> None:
    """And a failed one a deciding FAIL somewhere; completed_us is there exactly when it is completed."""
    state = derive_unit(runs, ROUTE)
    deciding = {each.operation: each.deciding.counts_as for each in state.operations}
    assert (state.status == "completed") == (deciding == dict.fromkeys(ROUTE, "PASS"))
    assert (state.status == "failed") == ("FAIL" in deciding.values())
    assert (state.completed_us is not None) == (state.status == "completed")


def test_the_sequence_of_a_station_decides_and_not_its_clock() -> None:
    """A clock set back a day does not make the earlier run the later one."""
    early = RunFact(1, "a", 1, 1, 0, 1, "FCT", True, "FAIL", 1000, 1001, None)
    late = RunFact(2, "b", 1, 1, 0, 2, "FCT", True, "PASS", 10, 11, None)
    state = derive_unit([late, early], ["FCT"])
    assert (state.status, state.operations[0].first.run_id) == ("completed", "a")


def test_a_unit_tested_again_keeps_the_moment_it_was_completed() -> None:
    """A second PASS a day later moves it into no other day; a FAIL between them does."""
    passed = RunFact(1, "a", 1, 1, 0, 1, "FCT", True, "PASS", 10, 11, None)
    failed = RunFact(2, "b", 1, 1, 0, 2, "FCT", True, "FAIL", 20, 21, None)
    again = RunFact(3, "c", 1, 1, 0, 3, "FCT", True, "PASS", 30, 31, None)
    assert derive_unit([passed, again], ["FCT"]).completed_us == 11
    assert derive_unit([passed, failed, again], ["FCT"]).completed_us == 31


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Give one server for many examples; each example has units of its own."""
    with serving(tmp_path_factory.mktemp("units") / "data") as served:
        served.add_part(operations=ROUTE)
        served.add_lot(serials=1)
        yield served, served.station("FCT-01"), served.station("FCT-02"), itertools.count(1)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_order_and_repetition_of_arrival_gives_the_same_unit(shared: Any, data: st.DataObject) -> None:
    """Over HTTP, from two stations, in batches of one: permuted and doubled against sorted and once."""
    served, first, second, counter = shared
    made = data.draw(
        st.lists(
            st.tuples(
                st.booleans(),
                st.sampled_from(ROUTE),
                st.sampled_from([Outcome.PASS, Outcome.FAIL, Outcome.ERROR, Outcome.ABORTED]),
                st.integers(0, 59),
            ),
            min_size=1,
            max_size=5,
        )
    )
    results = []
    for permuted in (False, True):
        serial = f"X-{next(counter):06d}"
        epochs = {True: new_epoch(), False: new_epoch()}
        sent = []
        for seq, (at_first, operation, outcome, minute) in enumerate(made, 1):
            name = "FCT-01" if at_first else "FCT-02"
            record = run(
                serial,
                outcome,
                operation=operation,
                station=Station(name=name, utc_offset_min=0, config_digest="c" * 64),
                started_at=f"2026-11-23T09:{minute:02d}:{seq:02d}Z",
            )
            sent.append((first if at_first else second, place(record, epochs[at_first], seq)))
        if permuted:
            sent = data.draw(st.permutations(sent + sent))
        for station, each in sent:
            station.post_all([each])
        results.append(_state(served, serial))
    assert results[0] == results[1]


def _state(served: Served, serial: str) -> Any:
    found = served.get(f"/units/{serial}")
    unit = {key: found["unit"][key] for key in ("status", "completed_at", "lot")}
    operations = [
        (each["operation"], each["first_outcome"], each["deciding_outcome"], each["attempts"])
        for each in found["operations"]
    ]
    return unit, operations, len(found["runs"])


def test_a_unit_is_completed_when_it_passed_every_operation_of_its_route(tmp_path: Path) -> None:
    """Passing one of two leaves it in progress; failing the second makes it failed."""
    with serving(tmp_path) as served:
        served.add_part(operations=ROUTE)
        served.add_lot()
        station = served.station()
        seen = []
        for operation, outcome in (("ICT", Outcome.PASS), ("FCT", Outcome.FAIL), ("FCT", Outcome.PASS)):
            station.send(run(operation=operation, outcome=outcome))
            seen.append(served.get("/lots/L1/units", limit=1)[0]["status"])
        assert seen == ["in_progress", "failed", "completed"]


def test_an_aborted_run_that_holds_a_failure_counts_as_fail(served: Served) -> None:
    """Pressing Stop does not raise the yield."""
    station = served.station()
    station.send(run(outcome=Outcome.ABORTED, measurements=(number("3.3 V rail", 3.9),)))
    station.send(run("GW2-000002", Outcome.ABORTED))
    statuses = [unit["status"] for unit in served.get("/lots/L1/units")[:2]]
    assert statuses == ["failed", "in_progress"]
    figures = served.get("/lots/L1/yield")
    assert figures["operations"] == [
        {"operation": "FCT", "counted": 1, "first_pass_yield": 0.0, "last_pass_yield": 0.0, "left_out": 1}
    ]


def test_a_unit_that_nobody_planned_is_created_by_its_run(served: Served) -> None:
    """In the run's lot where that lot is of its part, and the activity log says so."""
    station = served.station()
    station.send(run("GW2-900000"), run("GW2-900001", lot="no such lot"))
    assert served.get("/units/GW2-900000")["unit"]["lot"] == "L1"
    assert served.get("/units/GW2-900001")["unit"]["lot"] is None
    said = [entry["text"] for entry in served.get("/activity") if entry["what"] == "unit.from_run"]
    assert said == [
        "Unit GW2-900001 was not planned; its run brought it, in no lot: "
        "the server has no lot no such lot of its part",
        "Unit GW2-900000 was not planned; its run brought it, in lot L1",
    ]


def test_the_chain_of_epochs_orders_runs_even_when_it_is_learnt_later(served: Served) -> None:
    """Runs of two lives of an agent arrive before the server knows which life was the first."""
    station = served.station()
    old, new = new_epoch(), new_epoch()
    failed = run(outcome=Outcome.FAIL, started_at="2026-11-23T09:00:00Z")
    passed = run(outcome=Outcome.PASS, started_at="2026-11-22T09:00:00Z")
    station.post_all([place(failed, old, 7), place(passed, new, 1)])
    assert served.get("/lots/L1")["failed"] == 1
    station.hello(
        EpochState(epoch=old, last_seq=7, closed=True),
        EpochState(epoch=new, last_seq=1, closed=False, parent=old, parent_last_seq=7),
    )
    assert served.get("/lots/L1")["completed"] == 1


def test_a_fork_of_a_station_is_told_and_both_branches_are_kept(served: Served) -> None:
    """Two lives that continue from the same one: a restored disk or a clone."""
    station = served.station()
    root, one, two = new_epoch(), new_epoch(), new_epoch()
    station.hello(EpochState(epoch=root, last_seq=3, closed=True))
    for branch in (one, two):
        station.hello(EpochState(epoch=branch, last_seq=1, closed=False, parent=root, parent_last_seq=3))
        station.post_all([place(run(), branch, 1)])
    assert [entry["what"] for entry in served.get("/activity")].count("station.fork") == 1
    assert served.rows("SELECT count(*) FROM runs") == [(2,)]


def test_hello_names_the_ranges_that_are_held(served: Served) -> None:
    """Gaps show, however far back, and close when what was missing arrives."""
    station = served.station()
    placed = [place(run(), station.epoch, seq) for seq in range(1, 8)]
    station.post_all([placed[seq - 1] for seq in (1, 2, 4, 6, 7)])
    assert station.hello().have == {station.epoch: ((1, 2), (4, 4), (6, 7))}
    (held,) = [each for each in served.get("/completeness") if each["epoch"] == station.epoch]
    assert (held["complete_to"], held["missing"], held["last_seq"]) == (2, 2, 7)
    station.post_all([placed[2], placed[4]])
    assert station.hello().have == {station.epoch: ((1, 7),)}
    assert station.hello().have == {station.epoch: ((1, 7),)}
