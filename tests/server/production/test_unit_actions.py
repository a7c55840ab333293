"""Marks, hold, rework and scrap over HTTP: all or nothing, with a reason, and nothing rewrites a run."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.server.conftest import Served, serving
from tests.server.making import run
from tests.server.production.migrating import old_database

from lotline_contract.outcome import Outcome

FIRST, SECOND, THIRD = (f"GW2-{n:06d}" for n in (1, 2, 3))


def act(served: Served, action: str, *serials: str, status: int = 200, **given: Any) -> Any:
    """Ask for an action, and give the answer's body."""
    body = {"action": action, "serial_numbers": serials or [FIRST], "reason": "because"} | given
    answer = served.client.post("/api/v1/units/actions", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def statuses(served: Served) -> list[str]:
    """Give the statuses of the first three units of the lot."""
    return [unit["status"] for unit in served.get("/lots/L1/units")[:3]]


def test_many_units_are_marked_at_once_and_count_in_progress_and_stock_but_not_in_yields(
    tmp_path: Path,
) -> None:
    """Completion by mark is received into stock, and taken back when the mark is withdrawn."""
    with serving(tmp_path) as served:
        served.add_part()
        body = {"lot": "L1", "part_number": "GW2", "target": 5, "serials": 5, "kind": "built_here"}
        served.client.post("/api/v1/lots", json=body).raise_for_status()
        done = act(served, "mark", FIRST, SECOND, mark="completed", reason="tested by the customer")
        assert [(each["serial_number"], each["status_before"], each["status"]) for each in done["units"]] == [
            (FIRST, "planned", "completed"),
            (SECOND, "planned", "completed"),
        ]
        assert served.get("/lots/L1")["completed"] == 2
        assert served.get("/lots/L1")["status"] == "in_production"
        assert served.get("/lots/L1/yield")["operations"][0]["counted"] == 0
        assert served.get("/stock", part_number="GW2")[0]["quantity"] == "2"
        act(served, "withdraw", SECOND)
        assert statuses(served) == ["completed", "planned", "planned"]
        assert served.get("/stock", part_number="GW2")[0]["quantity"] == "1"
        assert served.get("/stock/check")["ok"]
        said = [each["text"] for each in served.get("/activity") if each["what"] == "unit.marked"]
        assert said[0] == f"{SECOND} was marked as completed: tested by the customer"


def test_one_unit_that_stands_in_the_way_leaves_all_as_they_were(served: Served) -> None:
    """And the answer says of each such unit why."""
    act(served, "hold", SECOND, reason="burnt smell")
    answer = act(served, "mark", FIRST, SECOND, "nobody", mark="completed", status=409)
    assert answer["problems"] == {
        SECOND: f"{SECOND} is on hold: quality releases it first",
        "nobody": "unit nobody does not exist",
    }
    assert "nothing was changed: 2 of 3 units" in str(answer)
    assert statuses(served) == ["planned"] * 3
    assert served.rows("SELECT count(*) FROM unit_events") == [(1,)]


def test_no_mark_gets_past_a_failed_test_and_then_nothing_is_written(served: Served) -> None:
    """The answer says what to do instead; a mark of the other unit of the same call is gone too."""
    served.station().send(run(FIRST, Outcome.FAIL))
    answer = act(served, "mark", FIRST, SECOND, mark="completed", status=409)
    assert list(answer["problems"]) == [FIRST]
    assert "open it for test again (rework)" in answer["problems"][FIRST]
    assert statuses(served) == ["failed", "planned", "planned"]


def test_rework_opens_a_failed_unit_and_resets_nothing_of_its_record(served: Served) -> None:
    """The first-pass yield stays what it was, the next run decides, attempts count on."""
    station = served.station()
    station.send(run(FIRST, Outcome.FAIL, started_at="2026-11-23T11:00:00Z"))
    act(served, "rework", SECOND, status=409)
    act(served, "rework", FIRST, reason="C12 replaced")
    assert statuses(served)[0] == "in_progress"
    figures = served.get("/lots/L1/yield")["operations"][0]
    assert (figures["counted"], figures["first_pass_yield"], figures["last_pass_yield"]) == (1, 0.0, 0.0)
    station.send(run(FIRST, started_at="2026-11-23T13:00:00Z"))
    assert statuses(served)[0] == "completed"
    unit = served.get(f"/units/{FIRST}")
    assert [each["row"]["outcome"] for each in unit["runs"]] == ["PASS", "FAIL"]
    assert unit["operations"][0]["attempts"] == 2
    assert served.get("/lots/L1/yield")["operations"][0]["first_pass_yield"] == 0.0


def test_a_mark_at_one_operation_completes_a_route_with_a_run_at_the_other(tmp_path: Path) -> None:
    """An operation that is not on the route is refused."""
    with serving(tmp_path) as served:
        served.add_part(operations=("FCT", "visual"))
        served.add_lot()
        served.station().send(run(FIRST))
        act(served, "mark", mark="completed", operation="X-ray", status=409)
        act(served, "mark", mark="completed", operation="visual")
        assert statuses(served)[0] == "completed"
        act(served, "mark", mark="failed", operation="visual", reason="scratched")
        assert statuses(served)[0] == "failed"
        act(served, "withdraw")
        act(served, "withdraw")
        act(served, "withdraw", status=409)
        assert statuses(served)[0] == "in_progress"


def test_hold_stands_beside_the_status_and_stations_hear_of_it(served: Served) -> None:
    """A run on a held unit still moves its status; only a release takes the hold away."""
    station = served.station()
    act(served, "hold", FIRST, reason="wrong capacitor")
    act(served, "hold", FIRST, status=409)
    snapshot, etag = station.snapshot()
    assert snapshot is not None
    assert {each.serial_number: each.hold for each in snapshot.units}[FIRST] == "wrong capacitor"
    station.send(run(FIRST))
    unit = served.get("/lots/L1/units")[0]
    assert (unit["status"], unit["hold"]) == ("completed", "wrong capacitor")
    assert served.get("/lots/L1")["held"] == 1
    act(served, "release", FIRST, reason="measured: 100 nF")
    snapshot, _ = station.snapshot(etag)
    assert snapshot is not None
    assert {each.serial_number: each.hold for each in snapshot.units}[FIRST] is None
    act(served, "release", FIRST, status=409)


def test_scrap_and_back_are_events_too(served: Served) -> None:
    """By the call for one unit and by the call for many."""
    served.client.post(f"/api/v1/units/{FIRST}/scrap", json={"reason": "bent"}).raise_for_status()
    act(served, "scrap", SECOND, THIRD)
    act(served, "unscrap", SECOND)
    act(served, "mark", THIRD, mark="completed", status=409)
    assert statuses(served) == ["scrapped", "planned", "scrapped"]
    assert served.rows("SELECT what, reason FROM unit_events ORDER BY id") == [
        ("scrapped", "bent"), ("scrapped", "because"), ("scrapped", "because"), ("unscrapped", "because"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"action": "explode"}, 422), ({"serial_numbers": []}, 422),
        ({"serial_numbers": [FIRST, FIRST]}, 422), ({"mark": None}, 422),
        ({"reason": " "}, 422), ({"reason": "x" * 501}, 422), ({"mark": "scrapped"}, 422),
        ({"action": "hold", "mark": "failed"}, 422), ({"action": "hold", "operation": "FCT"}, 422),
        ({"serial_numbers": ["%"]}, 404), ({"serial_numbers": "GW2"}, 422), ({"why": "x"}, 422),
        ({"part_number": "none"}, 404), ({"serial_numbers": ["\u0000"]}, 404), ({"reason": "a\u202eb"}, 422),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_nothing_is_written(
    standing: Served, given: dict[str, Any], status: int
) -> None:
    """With a sentence, never with a 500."""
    body = {"action": "mark", "serial_numbers": [FIRST], "reason": "because", "mark": "completed"} | given
    answer = standing.client.post("/api/v1/units/actions", json=body)
    assert (answer.status_code, standing.rows("SELECT count(*) FROM unit_events")) == (status, [(0,)])


def test_a_mark_needs_a_lot_that_is_worked_on(served: Served) -> None:
    """Stations would refuse its units just so."""
    served.client.patch("/api/v1/lots/L1", json={"status": "on_hold", "reason": "solder"}).raise_for_status()
    assert "on hold" in str(act(served, "mark", mark="completed", status=409))


@pytest.mark.parametrize("statement", ["UPDATE unit_events SET who = 'me'", "DELETE FROM unit_events"])
def test_what_was_said_of_a_unit_is_append_only(served: Served, statement: str) -> None:
    """Whoever asks, the database refuses."""
    act(served, "hold")
    with (
        pytest.raises(sa.exc.IntegrityError, match="append-only"),
        served.opened.database.write() as connection,
    ):
        connection.execute(sa.text(statement))


def test_units_scrapped_before_keep_who_and_why(tmp_path: Path) -> None:
    """Their events are taken from the activity log; nobody is on hold."""
    old_database(
        tmp_path, "0009",
        "INSERT INTO parts (id, part_number, name, kind, serial_prefix, serial_digits, next_counter,"
        " created_at) VALUES (1, 'GW2', 'Gateway', 'pcba', 'GW2-', 6, 3, 1)",
        "INSERT INTO units (id, serial_number, part, from_run, status, scrapped, created_at)"
        " VALUES (1, 'GW2-000001', 1, 0, 'scrapped', 1, 1), (2, 'GW2-000002', 1, 0, 'planned', 0, 1)",
        "INSERT INTO activity (at, who, what, subject, text)"
        " VALUES (5, 'ann', 'unit.scrapped', 'GW2-000001', 'GW2-000001 was scrapped: bent')",
    )  # fmt: skip
    with serving(tmp_path) as served:
        assert served.rows("SELECT unit, at, who, what, reason FROM unit_events") == [
            (1, 5, "ann", "scrapped", "GW2-000001 was scrapped: bent")
        ]
        act(served, "unscrap", FIRST)
        assert served.get(f"/units/{FIRST}")["unit"]["status"] == "planned"
