"""Which board sits in which assembly, in both directions, and what puts a unit on hold by itself."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.server.conftest import Served, serving
from tests.server.making import run

from lotline_contract.outcome import Outcome
from lotline_contract.record import Interlock, Station, SubUnit

BOX, BOARD, OTHER, FOURTH = (f"GW2-{n:06d}" for n in (1, 2, 3, 4))


def build_in(served: Served, unit: str, assembly: str = BOX, status: int = 201, **given_: Any) -> Any:
    """Say that a unit sits in another."""
    body = {"serial_number": unit} | given_
    answer = served.client.post(f"/api/v1/units/{assembly}/sub-units", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def take_out(served: Served, unit: str, assembly: str = BOX, status: int = 200, **given_: Any) -> Any:
    """Say that it does no more."""
    body = {"serial_number": unit, "reason": "burnt"} | given_
    answer = served.client.post(f"/api/v1/units/{assembly}/sub-units/remove", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def names(links: Any) -> list[str]:
    """Give the serial numbers of links."""
    return [each["serial_number"] for each in links]


def test_an_assembly_and_its_boards_know_each_other(served: Served) -> None:
    """Two levels down, and two levels up."""
    build_in(served, BOARD, place="J4", reason="first build")
    build_in(served, OTHER, BOARD)
    down = served.get(f"/units/{BOX}/genealogy")
    assert names(each["link"] for each in down["sub_units"]) == [BOARD]
    assert down["sub_units"][0]["link"]["place"] == "J4"
    assert names(each["link"] for each in down["sub_units"][0]["sub_units"]) == [OTHER]
    assert names(served.get(f"/units/{OTHER}/genealogy")["assemblies"]) == [BOARD, BOX]
    said = served.rows("SELECT unit, what, reason, other FROM unit_events ORDER BY id LIMIT 2")
    assert said == [(1, "sub_unit_added", "first build", 2), (2, "built_in", "first build", 1)]


def test_a_replaced_board_stays_in_the_record(served: Served) -> None:
    """With who, when and why; the new one takes its place, and the old one may go elsewhere."""
    build_in(served, BOARD, place="J4")
    found = take_out(served, BOARD, replaced_by=OTHER, reason="C12 burnt")
    assert [(each["link"]["serial_number"], each["link"]["place"]) for each in found["sub_units"]] == [
        (OTHER, "J4")
    ]
    (gone,) = found["removed"]
    assert (gone["serial_number"], gone["removed_by"], gone["removed_why"]) == (
        BOARD,
        "the admin",
        "C12 burnt",
    )
    assert names(served.get(f"/units/{BOARD}/genealogy")["left"]) == [BOX]
    build_in(served, BOARD, FOURTH)


def test_what_cannot_be_is_refused_and_a_replacement_is_all_or_nothing(served: Served) -> None:
    """In two at once, in itself, round in a circle; scrapped, on hold, unknown."""
    build_in(served, BOARD)
    build_in(served, BOARD, status=409)
    build_in(served, BOARD, OTHER, status=409)
    build_in(served, BOX, BOARD, status=409)
    build_in(served, OTHER, OTHER, status=409)
    build_in(served, "nobody", status=404)
    build_in(served, OTHER, place="x" * 41, status=422)
    act = {"action": "hold", "serial_numbers": [OTHER], "reason": "?"}
    served.client.post("/api/v1/units/actions", json=act).raise_for_status()
    build_in(served, OTHER, status=409)
    take_out(served, OTHER, status=404)
    take_out(served, BOARD, reason=" ", status=422)
    take_out(served, BOARD, replaced_by=OTHER, status=409)
    assert names(each["link"] for each in served.get(f"/units/{BOX}/genealogy")["sub_units"]) == [BOARD]


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from([1, 2, 3, 4]), st.sampled_from([1, 2, 3, 4])), max_size=8))
def test_no_circle_and_no_second_assembly_whatever_is_asked(standing: Served, asked: list[Any]) -> None:
    """What sits where is a forest, after every sequence of requests."""
    sits: dict[int, int] = {}
    for unit, assembly in asked:
        at: int | None = assembly
        while at is not None and at != unit:
            at = sits.get(at)
        allowed = unit not in sits and at is None
        build_in(standing, f"GW2-{unit:06d}", f"GW2-{assembly:06d}", status=201 if allowed else 409)
        if allowed:
            sits[unit] = assembly
    found = dict(standing.rows("SELECT unit, assembly FROM sub_units WHERE removed_at IS NULL"))
    for unit, assembly in sits.items():
        take_out(standing, f"GW2-{unit:06d}", f"GW2-{assembly:06d}")
    assert found == sits


def test_a_scan_at_assembly_builds_in_once_and_brings_a_board_nobody_knew(served: Served) -> None:
    """Each run of the assembly repeats the scan; the board of a known part becomes a unit."""
    served.add_part("CAM1")
    scans = (SubUnit(serial_number=BOARD), SubUnit(serial_number="CAM1-7", part_number="CAM1"))
    records = [run(BOX, sub_units=scans) for _ in range(2)]
    served.station().send(*records)
    found = served.get(f"/units/{BOX}/genealogy")["sub_units"]
    assert names(each["link"] for each in found) == [BOARD, "CAM1-7"]
    assert found[0]["link"]["run_id"] == records[0].run_id
    assert served.get("/units/CAM1-7")["unit"]["lot"] is None


def test_a_late_run_does_not_build_in_again_what_was_taken_out_since(served: Served) -> None:
    """It tells of the time before."""
    station = served.station()
    scans = (SubUnit(serial_number=BOARD),)
    station.send(run(BOX, sub_units=scans))
    take_out(served, BOARD)
    station.send(run(BOX, sub_units=scans))
    assert served.get(f"/units/{BOX}/genealogy")["sub_units"] == []
    station.send(run(BOX, sub_units=scans, started_at="2026-11-23T12:30:00Z"))
    assert names(each["link"] for each in served.get(f"/units/{BOX}/genealogy")["sub_units"]) == [BOARD]


def test_a_scan_that_contradicts_what_is_known_puts_the_assembly_on_hold(served: Served) -> None:
    """The run is kept, quality decides; a scan that says too little is only told."""
    build_in(served, BOARD, OTHER)
    station = served.station()
    station.send(run(BOX, sub_units=(SubUnit(serial_number=BOARD), SubUnit(serial_number="?"))))
    unit = served.get("/lots/L1/units")[0]
    assert (unit["status"], unit["hold"]) == (
        "completed",
        f"conflict: {BOARD} was scanned at its assembly: {BOARD} sits in {OTHER}: take it out there first",
    )
    assert names(served.get(f"/units/{BOARD}/genealogy")["assemblies"]) == [OTHER]
    assert [each["text"] for each in served.get("/activity") if each["what"] == "unit.sub_unit_unclear"] == [
        f"? was scanned into {BOX}, and is unknown, and its part was not scanned"
    ]


@pytest.mark.parametrize("at_once", [True, False])
def test_a_fail_that_arrives_after_completion_is_a_conflict_that_quality_decides(
    served: Served, at_once: bool
) -> None:
    """However the runs came; a unit that failed before it passed is none."""
    station = served.station()
    records = [run(BOX), run(BOX, Outcome.FAIL), run(BOARD, Outcome.FAIL), run(BOARD)]
    for batch in [records] if at_once else [[each] for each in records]:
        station.send(*batch)
    assert [(each["status"], each["hold"]) for each in served.get("/lots/L1/units")[:2]] == [
        ("failed", "conflict: FCT-01 failed it at FCT after it was completed"),
        ("completed", None),
    ]
    snapshot, _ = station.snapshot()
    assert snapshot is not None
    assert {each.serial_number: each.hold is not None for each in snapshot.units}[BOX]


def test_a_unit_completed_by_a_mark_and_failed_by_an_offline_station_is_a_conflict_too(
    served: Served,
) -> None:
    """No mark gets past a run that failed, though it began before the mark; and quality hears of it."""
    act = {"action": "mark", "serial_numbers": [BOX], "reason": "by the customer", "mark": "completed"}
    served.client.post("/api/v1/units/actions", json=act).raise_for_status()
    served.station().send(run(BOX, Outcome.FAIL))
    unit = served.get("/lots/L1/units")[0]
    assert (unit["status"], unit["hold"]) == (
        "failed", "conflict: FCT-01 failed it at FCT after it was completed",
    )  # fmt: skip


def _knowing(moment: str) -> Interlock:
    return Interlock(decision="ALLOW", facts_age_s=1.0, facts_as_of=moment)


@pytest.mark.parametrize(
    ("second", "held"),
    [
        ({}, True),
        ({"interlock": _knowing("2026-11-23T11:00:00Z")}, True),
        ({"interlock": _knowing("2026-11-23T12:00:03Z")}, True),
        ({"interlock": _knowing("no moment")}, True),
        ({"interlock": _knowing("2026-11-23T12:00:30Z")}, False),
        ({"outcome": Outcome.FAIL}, False),
        ({"operation": "ICT"}, False),
    ],
)
def test_two_stations_that_disagree_in_no_proven_order_are_a_conflict(
    tmp_path: Path, second: dict[str, Any], held: bool
) -> None:
    """The later one is proven where its facts are younger than the arrival of the other's run."""
    with serving(tmp_path) as served:
        served.add_part(operations=("ICT", "FCT"))
        served.add_lot()
        served.station("FCT-01").send(run(BOX, Outcome.FAIL))
        served.clock.move(minutes=2)
        other = Station(name="FCT-02", utc_offset_min=60, config_digest="c" * 64)
        served.station("FCT-02").send(run(BOX, **({"station": other} | second)))
        unit = served.get("/lots/L1/units")[0]
        assert (unit["hold"] is not None) is held
        if held:
            assert unit["hold"].startswith("conflict: FCT-01 and FCT-02 disagree at FCT")


def test_a_rework_in_between_proves_which_run_came_later(served: Served) -> None:
    """Quality had seen the first one; the second began after that."""
    served.station("FCT-01").send(run(BOX, Outcome.FAIL))
    served.clock.move(minutes=2)
    act = {"action": "rework", "serial_numbers": [BOX], "reason": "L3 replaced"}
    served.client.post("/api/v1/units/actions", json=act).raise_for_status()
    other = Station(name="FCT-02", utc_offset_min=60, config_digest="c" * 64)
    served.station("FCT-02").send(run(BOX, station=other, started_at="2026-11-23T12:05:00Z"))
    unit = served.get("/lots/L1/units")[0]
    assert (unit["status"], unit["hold"]) == ("completed", None)
