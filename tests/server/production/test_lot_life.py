"""A lot's statuses, its material, and the stock that follows its units."""

import itertools
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.server.conftest import Served, serving
from tests.server.making import place, run
from tests.server.production.migrating import old_database
from tests.server.production.test_boms import add_parts, bom_of

from lotline_contract.outcome import Outcome
from lotline_server.lots.statuses import (
    CONSUMPTIONS,
    STATUSES,
    check_step,
    following,
    per_unit_micro,
    units_to_issue,
)

MICRO = 10**6
QUANTITIES = st.integers(1, 50 * MICRO).map(lambda micro: Decimal(micro) / MICRO)
SHARES = st.integers(0, MICRO).map(lambda micro: Decimal(micro) / MICRO)


@given(QUANTITIES, SHARES, st.integers(1, 500), st.integers(0, 500), st.integers(0, 500))
def test_the_need_is_what_the_house_says(
    quantity: Decimal, share: Decimal, target: int, scrapped: int, issued: int
) -> None:
    """Per unit × (1 + attrition), over the units not yet issued and a replacement for each scrapped one."""
    count = units_to_issue(
        status="released", kind="built_here", target=target, scrapped=scrapped, issued=issued
    )
    exact = Fraction(quantity) * (1 + Fraction(share)) * max(0, target + scrapped - issued)
    found = Fraction(count * per_unit_micro(quantity, share), MICRO)
    assert exact <= found <= exact + Fraction(count, MICRO)


def test_a_status_is_followed_by_what_may_follow_and_a_cancelled_lot_by_nothing() -> None:
    """Every other step is refused."""
    for before, after in itertools.product(STATUSES, STATUSES):
        if after in following(before):
            check_step("L", before, after, "because")
        else:
            with pytest.raises(Exception, match="lot L is"):
                check_step("L", before, after, "because")
    assert following("cancelled") == []


def _patch(served: Served, lot: str = "L1", **change: Any) -> tuple[int, Any]:
    answer = served.client.patch(f"/api/v1/lots/{lot}", json=change)
    return answer.status_code, answer.json()


def test_who_when_and_why_stay_with_the_lot(served: Served) -> None:
    """The target too; a step that may not be is refused, and so is one without its reason."""
    assert _patch(served, status="on_hold")[0] == 422
    assert _patch(served, status="on_hold", reason="bad solder")[1]["status"] == "on_hold"
    assert _patch(served, status="completed")[0] == 409
    assert _patch(served, status="released")[1]["open"] is True
    served.station().send(run())
    assert served.get("/lots/L1")["status"] == "in_production"
    assert _patch(served, target=9, reason="more ordered")[1]["target"] == 9
    assert _patch(served, status="cancelled", reason="no")[0] == 409
    said = [
        (each["what"], each["before"], each["after"], each["reason"])
        for each in served.get("/lots/L1/events")
    ]
    assert said == [
        ("target", "5", "9", "more ordered"),
        ("status", "released", "in_production", "first run of GW2-000001"),
        ("status", "on_hold", "released", None),
        ("status", "released", "on_hold", "bad solder"),
        ("status", "planned", "released", None),
    ]
    assert {each["who"] for each in served.get("/lots/L1/events")} == {"the admin", "station FCT-01", "test"}


def test_a_lot_on_hold_reaches_stations_as_not_open_and_a_planned_one_not_at_all(served: Served) -> None:
    """Within one sync; its units are still known, so the operator is told why."""
    station = served.station()
    _, etag = station.snapshot()
    _patch(served, status="on_hold", reason="look at C7")
    snapshot, etag = station.snapshot(etag)
    assert snapshot is not None
    assert ([(lot.lot, lot.open) for lot in snapshot.lots], len(snapshot.units)) == ([("L1", False)], 5)
    _patch(served, status="released")
    body = {"lot": "L2", "part_number": "GW2", "target": 2, "serials": 2, "planned": True}
    assert served.client.post("/api/v1/lots", json=body).status_code == 201
    snapshot, etag = station.snapshot(etag)
    assert snapshot is not None
    assert [(lot.lot, lot.open) for lot in snapshot.lots] == [("L1", True)]
    _patch(served, "L2", status="released")
    snapshot, _ = station.snapshot(etag)
    assert snapshot is not None
    assert {lot.lot for lot in snapshot.lots} == {"L1", "L2"}


def test_what_is_planned_of_a_lot_is_kept_and_bad_plans_are_refused(served: Served) -> None:
    """Dates, priority, customer order, notes."""
    plan = {
        "planned_start": "2026-12-01",
        "planned_end": "2026-12-24",
        "priority": 5,
        "customer_order": "PO 7",
        "notes": "**careful**",
    }
    status, lot = _patch(served, **plan)
    assert (status, {key: lot[key] for key in plan}) == (200, plan)
    for bad in ({"planned_end": "2026-11-01"}, {"planned_start": "soon"}, {"priority": 1000}, {"target": 0},
                {"kind": "x"}, {"status": "done"}):  # fmt: skip
        assert _patch(served, **bad)[0] == 422
    assert _patch(served, kind="test_only")[0] == 409
    assert _patch(served, customer_order="")[1]["customer_order"] is None


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Give one server for many examples; each has a part, components and lots of its own."""
    with serving(tmp_path_factory.mktemp("lots") / "data") as served:
        yield served, served.station(), itertools.count(1)


def _stock(served: Served, part: str) -> dict[str, Decimal]:
    return {each["location"]: Decimal(each["quantity"]) for each in served.get("/stock", part_number=part)}


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.sampled_from(CONSUMPTIONS))
def test_stock_is_what_the_units_say_however_runs_arrive(
    shared: Any, data: st.DataObject, consumption: str
) -> None:
    """Passes, late fails, repetitions, scrapping and its withdrawal: after each step the ledger has one
    receipt for each completed unit, and the material of exactly those whose consumption point is behind them.
    """
    served, station, counter = shared
    at = next(counter)
    part, screw = f"U{at}", f"S{at}"
    served.add_part(part, serial_prefix=f"{part}-")
    add_parts(served, screw, uom="m")
    quantity, share = data.draw(QUANTITIES), data.draw(SHARES)
    bom_of(served, part, f"component,quantity,attrition\n{screw},{quantity:f},{share:f}\n")
    body = {"lot": f"L{at}", "part_number": part, "target": 3, "serials": 3, "consumption": consumption}
    serials = served.client.post("/api/v1/lots", json=body).json()["serial_numbers"]
    sent = []
    each = Decimal(per_unit_micro(quantity, share)) / MICRO
    for _ in range(data.draw(st.integers(1, 6))):
        serial = data.draw(st.sampled_from(serials))
        match data.draw(st.sampled_from(["run", "run", "run", "again", "scrap", "unscrap"])):
            case "run":
                outcome = data.draw(st.sampled_from([Outcome.PASS, Outcome.FAIL, Outcome.ERROR]))
                station.seq += 1
                late = station.seq if data.draw(st.booleans()) else 10**6 - station.seq
                record = run(serial, outcome, part_number=part, lot=f"L{at}")
                sent.append(place(record, station.epoch, late))
                station.post_all([sent[-1]])
            case "again" if sent:
                station.post_all([data.draw(st.sampled_from(sent))])
            case word:
                served.client.post(f"/api/v1/units/{serial}/{word}", json={"reason": "dropped"})
        statuses = [unit["status"] for unit in served.get(f"/lots/L{at}/units")]
        scrapped = statuses.count("scrapped")
        begun = {"release": 3, "first_run": sum(each != "planned" for each in statuses),
                 "completion": statuses.count("completed") + scrapped}[consumption]  # fmt: skip
        assert _stock(served, part).get("Stock", Decimal(0)) == statuses.count("completed")
        assert _stock(served, screw).get("Stock", Decimal(0)) == -begun * each
        found = served.get(f"/lots/L{at}/material")
        assert (found["issued_units"], found["units_to_issue"]) == (begun, max(0, 3 + scrapped - begun))
        assert Decimal(found["components"][0]["needed"]) == found["units_to_issue"] * each
    assert served.get("/stock/check")["ok"]


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(1, 9), st.integers(-1, 1)), min_size=1, max_size=4), st.integers(0, 30))
def test_all_shortages_together_are_what_is_missing(
    shared: Any, lots: list[tuple[int, int]], there: int
) -> None:
    """Whoever comes first takes first, so that nothing is missing twice and nothing is promised twice."""
    served, _, counter = shared
    at = next(counter)
    served.add_part(f"U{at}", serial_prefix=f"U{at}-")
    add_parts(served, f"S{at}")
    bom_of(served, f"U{at}", f"component,quantity\nS{at},2\n")
    if there:
        body = {"kind": "receipt", "part_number": f"S{at}", "quantity": there}
        served.client.post("/api/v1/stock/postings", json=body).raise_for_status()
    short = []
    for nth, (target, priority) in enumerate(lots):
        body = {"lot": f"L{at}-{nth}", "part_number": f"U{at}", "target": target, "priority": priority}
        assert served.client.post("/api/v1/lots", json=body).status_code == 201
    for nth in range(len(lots)):
        (line,) = served.get(f"/lots/L{at}-{nth}/material")["components"]
        short.append(Decimal(line["shortage"]))
        assert Decimal(line["reserved"]) == 2 * sum(target for target, _ in lots) - Decimal(line["needed"])
    assert sum(short) == max(0, 2 * sum(target for target, _ in lots) - there)


def test_a_lot_is_built_to_the_bom_it_was_released_with_and_shows_where_that_moved_on(served: Served) -> None:
    """As-built afterwards."""
    add_parts(served, "R1", "R2")
    bom_of(served, "GW2", "component,quantity\nR1,1\n")
    body = {"lot": "L2", "part_number": "GW2", "target": 2, "serials": 2}
    serials = served.client.post("/api/v1/lots", json=body).json()["serial_numbers"]
    bom_of(served, "GW2", "component,quantity\nR1,2\nR2,1\n")
    found = served.get("/lots/L2/material")
    assert [(each["part_number"], each["needed"]) for each in found["components"]] == [("R1", "2")]
    assert [each["part_number"] for each in found["differences"]] == ["R1", "R2"]
    served.station().send(run(serials[0], lot="L2"))
    assert (_stock(served, "R1"), _stock(served, "R2")) == ({"Stock": Decimal(-1)}, {})
    assert [(each["kind"], each["quantity"]) for each in served.get("/lots/L2/ledger")] == [
        ("unit_receipt", "1"), ("backflush", "-1"),
    ]  # fmt: skip


def test_units_built_outside_come_in_untested_and_those_only_tested_never(served: Served) -> None:
    """Completing one only moves it; scrapping one takes it out."""
    station = served.station()
    for lot, kind in (("OUT", "built_outside"), ("TEST", "test_only")):
        body = {"lot": lot, "part_number": "GW2", "target": 2, "serials": 2, "kind": kind}
        serials = served.client.post("/api/v1/lots", json=body).json()["serial_numbers"]
        if kind == "built_outside":
            body = {"kind": "receipt", "part_number": "GW2", "quantity": 2, "location": "Untested"}
            served.client.post("/api/v1/stock/postings", json=body).raise_for_status()
        station.send(run(serials[0], lot=lot))
        served.client.post(f"/api/v1/units/{serials[1]}/scrap", json={"reason": "bent"}).raise_for_status()
        assert _stock(served, "GW2") == {"Stock": 1, "Untested": 0}
    assert served.client.post(f"/api/v1/units/{serials[1]}/scrap", json={"reason": "bent"}).status_code == 409
    assert served.client.post("/api/v1/units/nobody/scrap", json={"reason": "bent"}).status_code == 404
    assert served.client.post(f"/api/v1/units/{serials[0]}/scrap", json={"reason": " "}).status_code == 422


def test_material_consumed_on_release_follows_target_and_cancelling(served: Served) -> None:
    """Issued for more units when more are wanted, put back when the lot is cancelled."""
    add_parts(served, "R1")
    bom_of(served, "GW2", "component,quantity\nR1,3\n")
    body = {"lot": "L2", "part_number": "GW2", "target": 2, "planned": True, "consumption": "release"}
    assert served.client.post("/api/v1/lots", json=body).status_code == 201
    assert served.client.post("/api/v1/lots/L2/issue").status_code == 409
    _patch(served, "L2", status="released")
    assert _stock(served, "R1") == {"Stock": -6}
    _patch(served, "L2", target=3)
    assert served.client.post("/api/v1/lots/L2/issue").json() == {"units": 1}
    assert served.client.post("/api/v1/lots/L2/issue").json() == {"units": 0}
    assert _stock(served, "R1") == {"Stock": -9}
    assert _patch(served, "L2", status="cancelled", reason="order withdrawn")[0] == 200
    assert _stock(served, "R1") == {"Stock": 0}


def test_lots_of_an_older_server_keep_what_they_were(tmp_path: Path) -> None:
    """Open ones released or in production, closed ones completed or short; none of them moves stock."""
    old_database(
        tmp_path, "0004",
        "INSERT INTO parts (id, part_number, name, kind, serial_prefix, serial_digits, next_counter,"
        " created_at) VALUES (1, 'GW2', 'Gateway', 'pcba', 'X-', 6, 1, 1)",
        "INSERT INTO lots (id, lot, part, target, open, created_at) VALUES (1, 'NEW', 1, 1, 1, 1),"
        " (2, 'BUSY', 1, 1, 1, 1), (3, 'DONE', 1, 1, 0, 1), (4, 'SHORT', 1, 2, 0, 1)",
        "INSERT INTO units VALUES (1, 'X-1', 1, 1, 0, 'planned', 0, NULL, 5),"
        " (2, 'X-2', 1, 2, 0, 'failed', 0, NULL, 5), (3, 'X-3', 1, 3, 0, 'completed', 0, 7, 5),"
        " (4, 'X-4', 1, 4, 0, 'completed', 0, 7, 5)",
    )  # fmt: skip
    with serving(tmp_path) as served:
        found = {lot["lot"]: (lot["status"], lot["open"], lot["kind"]) for lot in served.get("/lots")}
        assert found == {
            "NEW": ("released", True, "test_only"), "BUSY": ("in_production", True, "test_only"),
            "DONE": ("completed", False, "test_only"), "SHORT": ("closed_short", False, "test_only"),
        }  # fmt: skip
        served.station().send(run("X-1", lot="NEW"))
        assert (served.get("/stock"), served.get("/lots/NEW")["status"]) == ([], "in_production")
        assert _patch(served, "SHORT", open=True)[1]["status"] == "in_production"
