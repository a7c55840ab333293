"""Routes: versions per part and revision, optional operations, and what a released lot goes on asking for."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.server.conftest import Served, serving
from tests.server.making import run
from tests.server.production.migrating import old_database

from lotline_contract.outcome import Outcome
from lotline_server.units.derive import RunFact, derive_unit

NAMES = ("SMT", "ICT", "FCT", "Burn-in")


def route(*names: str) -> list[dict[str, object]]:
    """Give operations as the API takes them; one in parentheses is optional."""
    return [{"operation": name.strip("()"), "optional": name.startswith("(")} for name in names]


def put(served: Served, *names: str, part: str = "GW2", base: int | None = None) -> tuple[int, Any]:
    """Give a part another route."""
    body = {"operations": route(*names)} | ({} if base is None else {"base_version": base})
    answer = served.client.put(f"/api/v1/parts/{part}/route", json=body)
    return answer.status_code, answer.json()


@st.composite
def facts(draw: st.DrawFn) -> list[RunFact]:
    """Make the runs of one unit at the operations of a route and at one that is on none."""
    places = draw(st.lists(st.tuples(st.integers(1, 2), st.integers(1, 9)), unique=True, max_size=9))
    made = []
    for at, (station, seq) in enumerate(places):
        started = draw(st.integers(0, 6))
        operation = draw(st.sampled_from((*NAMES, "Rework bench")))
        counts_as = draw(st.sampled_from(["PASS", "FAIL", None]))
        made.append(
            RunFact(at, f"r{at}", 1, station, 0, seq, operation, True, counts_as, started, started + 1, None)
        )
    return made


ROUTES = st.lists(st.sampled_from(NAMES), unique=True, min_size=1, max_size=4)


@settings(max_examples=300)
@given(facts(), ROUTES, st.sets(st.sampled_from(NAMES)), st.randoms(use_true_random=False))
def test_a_unit_is_what_its_runs_make_of_it_on_this_route_in_whatever_order(
    runs: list[RunFact], names: list[str], optional: set[str], chance: Any
) -> None:
    """Completed: all that is not optional is passed and nothing on the route stands failed."""
    optional -= {names[0]}
    state = derive_unit(runs, names, optional=optional)
    shuffled = list(runs)
    chance.shuffle(shuffled)
    assert derive_unit(shuffled, names, optional=optional) == state
    stands = {each.operation: each.deciding.counts_as for each in state.operations if each.operation in names}
    assert [(each.operation, each.verdict) for each in state.standing] == [
        (each, stands.get(each)) for each in names
    ]
    failed = "FAIL" in stands.values()
    done = all(stands.get(each) == "PASS" for each in names if each not in optional)
    assert (state.status == "failed") == failed
    assert (state.status == "completed") == (done and not failed)
    assert (state.completed_us is not None) == (state.status == "completed")


@given(facts(), ROUTES, st.data())
def test_what_passes_only_at_an_optional_operation_moves_no_completion(
    runs: list[RunFact], names: list[str], data: st.DataObject
) -> None:
    """Neither into being nor to another day; a route without it says the same of the unit's completion."""
    skipped = data.draw(st.sampled_from(NAMES))
    wanted = [each for each in names if each != skipped] or ["Other"]
    passes = [each for each in runs if each.operation != skipped or each.counts_as == "PASS"]
    with_it = derive_unit(passes, [*wanted, skipped], optional={skipped})
    without = derive_unit(passes, wanted)
    assert (with_it.status, with_it.completed_us) == (without.status, without.completed_us)


def test_an_optional_operation_that_failed_has_to_pass_and_then_says_when() -> None:
    """It may be left out, not failed: limits never fail open."""
    passed = RunFact(1, "a", 1, 1, 0, 1, "FCT", True, "PASS", 10, 11, None)
    failed = RunFact(2, "b", 1, 1, 0, 2, "Burn-in", True, "FAIL", 20, 21, None)
    again = RunFact(3, "c", 1, 1, 0, 3, "Burn-in", True, "PASS", 30, 31, None)
    route_ = {"route": ("FCT", "Burn-in"), "optional": ("Burn-in",)}
    states = [derive_unit(each, **route_) for each in ([passed], [passed, failed], [passed, failed, again])]
    assert [each.status for each in states] == ["completed", "failed", "completed"]
    assert [each.completed_us for each in states] == [11, None, 31]


def test_a_route_is_changed_by_a_new_version_and_the_old_one_stays(served: Served) -> None:
    """Who and when stands with each; the same route again makes none."""
    status, made = put(served, "SMT", "(Burn-in)", "FCT")
    assert (status, made["version"], made["created_by"], made["current"]) == (200, 2, "the admin", True)
    assert made["operations"] == route("SMT", "(Burn-in)", "FCT")
    assert put(served, "SMT", "(Burn-in)", "FCT")[1]["version"] == 2
    assert [each["version"] for each in served.get("/parts/GW2/routes")] == [1, 2]
    assert served.get("/parts/GW2/route", version=1)["operations"] == route("FCT")
    part = served.get("/parts/GW2")
    assert (part["operations"], part["optional"], part["route_version"]) == (
        ["SMT", "Burn-in", "FCT"], ["Burn-in"], 2,
    )  # fmt: skip
    (said,) = [each["text"] for each in served.get("/activity") if each["what"] == "part.route"]
    assert said == "The route of GW2 revision - is now version 2: FCT → SMT > (Burn-in) > FCT"
    assert served.client.get("/api/v1/parts/GW2/route", params={"version": 9}).status_code == 404
    assert served.client.get("/api/v1/parts/GW2/route", params={"revision": "Z"}).status_code == 404


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ((), "1 to 32 operations"),
        (tuple(f"OP{at}" for at in range(33)), "1 to 32 operations"),
        (("FCT", "FCT"), "operation FCT stands twice"),
        (("(FCT)",), "not optional"),
        (("<b>",), "not usable"),
        (("FCT\n",), "not usable"),
        (("x" * 65,), "not usable"),
    ],
)
def test_a_route_that_is_none_is_refused_and_nothing_changes(
    standing: Served, names: tuple[str, ...], said: str
) -> None:
    status, answer = put(standing, *names)
    assert (status, said in answer["message"]) == (422, True), answer
    assert standing.get("/parts/GW2/route")["version"] == 1


def test_two_people_who_change_a_route_do_not_overwrite_each_other(served: Served) -> None:
    """The second is told to look again."""
    assert put(served, "ICT", "FCT", base=1)[0] == 200
    status, answer = put(served, "FCT", "Final", base=1)
    assert (status, "changed by somebody else" in answer["message"]) == (409, True)
    assert put(served, "FCT", "Final", base=2)[0] == 200


def test_a_released_lot_keeps_its_route_and_a_planned_one_follows_the_part(served: Served) -> None:
    """Statuses, yields, the unit's record and what stations are told: all by the lot's own version."""
    planned = {"lot": "L2", "part_number": "GW2", "target": 2, "serials": 2, "planned": True}
    assert served.client.post("/api/v1/lots", json=planned).status_code == 201
    station = served.station()
    assert put(served, "ICT", "FCT")[0] == 200
    station.send(run("GW2-000001"), run("GW2-000006", lot="L2"))
    assert served.get("/units/GW2-000001")["unit"]["status"] == "completed"
    assert served.get("/units/GW2-000001")["route"] == ["FCT"]
    assert served.get("/units/GW2-000006")["unit"]["status"] == "in_progress"
    assert served.get("/units/GW2-000006")["route"] == ["ICT", "FCT"]
    assert [each["operation"] for each in served.get("/lots/L1/yield")["operations"]] == ["FCT"]
    assert [each["operation"] for each in served.get("/lots/L2/yield")["operations"]] == ["ICT", "FCT"]
    assert served.client.patch("/api/v1/lots/L2", json={"status": "released"}).status_code == 200
    assert (served.get("/lots/L1/route")["version"], served.get("/lots/L2/route")["version"]) == (1, 2)
    assert (served.get("/lots/L1/route")["current"], served.get("/lots/L2/route")["current"]) == (False, True)
    assert put(served, "FCT", "(Final)")[0] == 200
    assert served.get("/units/GW2-000006")["unit"]["status"] == "in_progress"
    snapshot, _ = station.snapshot()
    assert snapshot is not None
    told = {lot.lot: (lot.route, lot.optional) for lot in snapshot.lots}
    assert told == {"L1": (("FCT",), ()), "L2": (("ICT", "FCT"), ())}
    (part,) = snapshot.parts
    assert (part.route, part.optional) == (("FCT", "Final"), ("Final",))
    units = {unit.serial_number: unit for unit in snapshot.units}
    assert units["GW2-000001"].passed is None
    assert units["GW2-000006"].passed == ("FCT",)
    assert units["GW2-000007"].passed == ()


def test_units_of_no_lot_follow_the_part_at_once(served: Served) -> None:
    """And back again: what a route makes of the same runs is derived, never kept."""
    station = served.station()
    station.send(run("GW2-900000", lot="none"), run("GW2-900001", Outcome.FAIL, lot="none", operation="ICT"))

    def statuses() -> list[str]:
        numbers = ("GW2-900000", "GW2-900001")
        return [served.get(f"/units/{each}")["unit"]["status"] for each in numbers]

    assert statuses() == ["completed", "in_progress"]
    put(served, "ICT", "FCT")
    assert statuses() == ["in_progress", "failed"]
    put(served, "FCT", "(ICT)")
    assert statuses() == ["completed", "failed"]
    put(served, "FCT")
    assert statuses() == ["completed", "in_progress"]


def test_a_new_revision_begins_with_the_route_of_the_old_one_and_goes_its_own_way(served: Served) -> None:
    put(served, "ICT", "FCT")
    assert served.client.patch("/api/v1/parts/GW2", json={"revision": "B"}).status_code == 200
    of_b = served.get("/parts/GW2/route")
    assert (of_b["revision"], of_b["version"], of_b["operations"]) == ("B", 1, route("ICT", "FCT"))
    put(served, "FCT")
    assert served.get("/parts/GW2/route", revision="-")["operations"] == route("ICT", "FCT")
    station = served.station()
    station.send(run("GW2-900000", lot="none"))
    assert served.get("/units/GW2-900000")["unit"]["status"] == "completed"
    # Back to the first revision: what no lot pins follows its route again.
    assert served.client.patch("/api/v1/parts/GW2", json={"revision": "-"}).status_code == 200
    assert served.get("/parts/GW2/route")["operations"] == route("ICT", "FCT")
    assert served.get("/units/GW2-900000")["unit"]["status"] == "in_progress"


def test_a_version_of_a_route_cannot_be_changed_in_the_database(served: Served) -> None:
    for statement in (
        "UPDATE route_operations SET optional = 1",
        "DELETE FROM route_operations",
        "UPDATE routes SET version = 7",
        "DELETE FROM routes",
    ):
        with (
            pytest.raises(sa.exc.DatabaseError, match="append-only"),
            served.opened.database.write() as connection,
        ):
            connection.execute(sa.text(statement))


def test_the_routes_of_older_servers_become_first_versions(tmp_path: Path) -> None:
    """Pinned to every lot that was released; units keep where they stand."""
    old_database(
        tmp_path,
        "0011",
        "INSERT INTO parts (id, part_number, name, kind, serial_prefix, serial_digits, next_counter,"
        " created_at, revision) VALUES (7, 'GW2', 'Gateway', 'pcba', 'GW2-', 6, 3, 1, 'B'),"
        " (8, 'BARE', 'Bare', 'part', 'B', 6, 1, 1, '-')",
        "INSERT INTO route_operations VALUES (7, 0, 'ICT'), (7, 1, 'FCT')",
        "INSERT INTO lots (id, lot, part, target, open, created_at, status, released_at)"
        " VALUES (1, 'L1', 7, 5, 1, 10, 'released', 10), (2, 'L2', 7, 5, 0, 10, 'planned', NULL)",
        "INSERT INTO units (id, serial_number, part, lot, from_run, status, scrapped, created_at) VALUES"
        " (1, 'GW2-000001', 7, 1, 0, 'in_progress', 0, 1), (2, 'GW2-000002', 7, 1, 0, 'planned', 0, 1)",
        "INSERT INTO stations (id, station_id, name, created_at) VALUES (1, 's', 'ST-1', 1)",
        "INSERT INTO epochs (id, station, epoch, last_seq, closed, depth, have_to, first_seen_at)"
        " VALUES (1, 1, 'e', 1, 0, 0, 1, 1)",
        "INSERT INTO plans VALUES (1, 'd', 'p', '1')",
        "INSERT INTO records (id, epoch, seq, kind, record_id, digest, received_at, content)"
        " VALUES (1, 1, 1, 'run', 'r', x'00', 1, x'00')",
        "INSERT INTO runs (id, run_id, unit, station, epoch, seq, plan, operation, purpose, outcome,"
        " counts_as, started_at, ended_at, received_at)"
        " VALUES (1, 'r', 1, 1, 1, 1, 1, 'ICT', 'production', 'PASS', 'PASS', 1, 2, 2)",
        "INSERT INTO unit_operations VALUES (1, 'ICT', 1, 1, 'PASS', 1, 1, 'PASS', 1),"
        " (1, 'Elsewhere', 1, 1, 'PASS', 1, 1, 'PASS', 1)",
    )  # fmt: skip
    with serving(tmp_path) as served:
        found = served.get("/parts/GW2/route")
        assert (found["revision"], found["version"], found["created_by"]) == ("B", 1, "system")
        assert found["operations"] == route("ICT", "FCT")
        assert served.client.get("/api/v1/parts/BARE/route").status_code == 404
        put(served, "FCT")
        assert served.get("/lots/L1/route")["operations"] == route("ICT", "FCT")
        assert served.get("/lots/L2/route")["operations"] == route("FCT")
        station = served.station()
        snapshot, _ = station.snapshot()
        assert snapshot is not None
        assert [(unit.serial_number, unit.passed) for unit in snapshot.units] == [
            ("GW2-000001", ("ICT",)), ("GW2-000002", ()),
        ]  # fmt: skip
        station.send(run("GW2-000001"), run("GW2-000002", operation="ICT"))
        statuses = {each["serial_number"]: each["status"] for each in served.get("/lots/L1/units")}
        assert statuses == {"GW2-000001": "completed", "GW2-000002": "in_progress"}
