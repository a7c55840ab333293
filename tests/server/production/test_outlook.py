"""What stands in a lot's way, how far it is and when it will be done; and what the next one may be called."""

from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.server.conftest import Served
from tests.server.making import run
from tests.server.production.test_boms import add_parts, bom_of

from lotline_contract.outcome import Outcome
from lotline_server.lots.naming import next_name
from lotline_server.lots.outlook import WINDOW, outlook
from lotline_server.lots.queries import LotRow
from lotline_server.site.calendar import BEGINNING, Calendar, Rule

UTC_DAYS = Calendar([Rule(valid_from=BEGINNING, zone="UTC", day_start=time())])
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def _lot(**given: Any) -> LotRow:
    values: dict[str, Any] = dict.fromkeys(each.name for each in fields(LotRow))
    values |= {"lot": "L", "target": 100, "completed": 40, "status": "in_production", "planned_end": None}
    return LotRow(**(values | given))


@given(st.integers(1, 500), st.integers(1, 500), st.integers(1, 24 * 14), st.integers(0, 30))
def test_a_lot_ends_when_the_rest_is_done_at_the_rate_it_had(
    lately: int, to_go: int, hours: int, due_in: int
) -> None:
    """And it will miss its day exactly when that is later."""
    begun = NOW - timedelta(hours=hours)
    due = NOW.astimezone().date() + timedelta(days=due_in)
    lot = _lot(target=40 + to_go, planned_end=due.isoformat())
    found = outlook(lot, lately, begun, NOW, UTC_DAYS)
    span = min(max(timedelta(hours=hours), timedelta(days=1)), WINDOW)
    assert found.per_day is not None
    assert abs(found.per_day * (span / timedelta(days=1)) - lately) < 1e-6
    end = (NOW + timedelta(days=min(to_go / found.per_day, 3650))).astimezone().date()
    assert found.expected == end.isoformat()
    assert found.risk == ("will_miss" if end > due else "none")


@pytest.mark.parametrize(
    ("given", "lately", "risk"),
    [
        ({"planned_end": "2026-11-22"}, 5, "overdue"),
        ({"planned_end": "2026-11-22"}, 0, "overdue"),
        ({"planned_end": "2026-11-22", "status": "completed"}, 5, "none"),
        ({"planned_end": "2026-11-22", "completed": 100}, 5, "none"),
        ({"planned_end": "2026-12-22"}, 0, "standing"),
        ({"planned_end": "2026-12-22", "status": "planned", "completed": 0}, 0, "none"),
        ({"planned_end": "2026-12-22", "status": "released", "completed": 0}, 0, "none"),
        ({}, 0, "none"),
    ],
)
def test_only_a_due_day_that_matters_is_at_risk(given: dict[str, Any], lately: int, risk: str) -> None:
    assert outlook(_lot(**given), lately, NOW - timedelta(days=3), NOW, UTC_DAYS).risk == risk


def test_progress_counts_units_that_passed_and_never_runs(served: Served) -> None:
    """By operation and overall; a second run of a unit changes nothing but where it stands."""
    served.add_part("PSU", serial_prefix="PSU-", operations=("ICT", "FCT"))
    first, second, third, *_ = served.add_lot("L2", "PSU")
    station = served.station()
    values: dict[str, Any] = {"part_number": "PSU", "lot": "L2"}
    for serial, operation, outcome in (
        (first, "ICT", Outcome.PASS), (first, "ICT", Outcome.PASS), (first, "FCT", Outcome.PASS),
        (second, "ICT", Outcome.FAIL), (second, "ICT", Outcome.PASS), (third, "ICT", Outcome.FAIL),
    ):  # fmt: skip
        station.send(run(serial, outcome, operation=operation, **values))
    found = served.get("/lots/L2/overview")
    assert found["operations"] == [
        {"operation": "ICT", "optional": False, "passed": 2, "failed": 1, "to_go": 2},
        {"operation": "FCT", "optional": False, "passed": 1, "failed": 0, "to_go": 4},
    ]
    lot = found["lot"]
    assert (lot["completed"], lot["in_progress"], lot["failed"]) == (1, 1, 1)
    served.client.post(f"/api/v1/units/{third}/scrap", json={"reason": "burnt"}).raise_for_status()
    assert served.get("/lots/L2/overview")["operations"][0]["failed"] == 0


def _texts(served: Served, lot: str) -> list[str]:
    return [each["text"] for each in served.get(f"/lots/{lot}/overview")["blocks"]]


def test_what_stands_in_the_way_is_said_in_words(served: Served) -> None:
    """The worst first: the hold, what is short and what of it comes, the due day, missing serial numbers."""
    add_parts(served, "C-0402-100N", "R1", "R2", "R3", "R4")
    bom_of(served, "GW2", "component,quantity\nC-0402-100N,2\n")
    post = served.client.post
    body = {"lot": "L2", "part_number": "GW2", "target": 6, "planned": True, "planned_end": "2026-11-20"}
    post("/api/v1/lots", json=body).raise_for_status()
    assert _texts(served, "L2") == [
        "12 pcs of C-0402-100N short, nothing on order",
        "It was due on 2026-11-20",
        "Not released: stations do not know its units yet",
        "6 of its units have no serial number yet",
    ]
    post("/api/v1/suppliers", json={"name": "ACME"}).raise_for_status()
    order = {"number": "PO-118", "supplier": "ACME", "estimated_delivery": "2026-11-27"}
    post("/api/v1/lots/L2/order-shortages", json=order).raise_for_status()
    assert _texts(served, "L2")[0] == "12 pcs of C-0402-100N short, 12 due 2026-11-27 on PO-118"
    line = {"part_number": "R1", "quantity": 500, "estimated_delivery": "2026-12-01"}
    post("/api/v1/purchase-orders/PO-118/lines", json=line).raise_for_status()
    change = {"status": "released", "planned_end": ""}
    served.client.patch("/api/v1/lots/L2", json=change).raise_for_status()
    post("/api/v1/lots/L2/serials", json={"count": 6}).raise_for_status()
    bom_of(served, "GW2", "component,quantity\nC-0402-100N,2\nR1,1\nR2,1\nR3,1\nR4,1\n")
    serial = served.get("/lots/L2/units")[0]["serial_number"]
    stop = {"action": "hold", "serial_numbers": [serial], "reason": "look"}
    post("/api/v1/units/actions", json=stop).raise_for_status()
    held = {"status": "on_hold", "reason": "look at C7"}
    served.client.patch("/api/v1/lots/L2", json=held).raise_for_status()
    assert _texts(served, "L2") == [
        "On hold: stations refuse its units (look at C7)",
        "12 pcs of C-0402-100N short, 12 due 2026-11-27 on PO-118",
        "1 of its units are on hold until quality decides",
        "The part's BOM moved on since the release, in 4 lines",
    ]
    post("/api/v1/lots", json={"lot": "L3", "part_number": "GW2", "target": 1}).raise_for_status()
    assert _texts(served, "L3")[:4] == [
        "2 pcs of C-0402-100N short, nothing on order",
        "1 pcs of R2 short, nothing on order",
        "1 pcs of R3 short, nothing on order",
        "2 more components are short",
    ]
    supplies = {
        each["component"]["part_number"]: each for each in served.get("/lots/L3/procurement")["supplies"]
    }
    assert supplies["R1"]["unassigned"] == [["PO-118", 2, "500", "2026-12-01"]]
    assert (supplies["R1"]["on_order"], supplies["R1"]["to_order"]) == ("0", "1")
    assert supplies["C-0402-100N"]["unassigned"] == []
    bom_of(served, "GW2", "component,quantity\nR1,1\n")
    post("/api/v1/lots", json={"lot": "L4", "part_number": "GW2", "target": 1}).raise_for_status()
    assert _texts(served, "L4")[:2] == [
        "1 pcs of R1 short, 500 due 2026-12-01 on PO-118",
        "1 of its units have no serial number yet",
    ]
    served.client.patch("/api/v1/lots/L2", json={"status": "cancelled", "reason": "no"}).raise_for_status()
    assert _texts(served, "L2") == []


DAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("lots", "taken", "expected"),
    [
        ([], (), "LOT-2611-001"),
        ([("LOT-2611-042", DAY)], (), "LOT-2611-043"),
        ([("LOT-2611-042", DAY)], ("LOT-2611-043", "LOT-2611-044"), "LOT-2611-045"),
        ([("LOT-2610-042", date(2026, 10, 3))], (), "LOT-2611-001"),
        ([("Prototype", DAY), ("A9", DAY)], (), "A10"),
        ([("7", DAY)], (), "8"),
        ([("B-99", DAY)], (), "B-100"),
        ([("X" * 62 + "99", DAY)], (), "LOT-2611-101"),
    ],
)
def test_the_next_lot_is_called_as_the_last_one_was(
    lots: list[tuple[str, date]], taken: tuple[str, ...], expected: str
) -> None:
    assert next_name(lots, DAY, lambda name: name in taken) == expected


def test_a_suggested_name_is_usable(served: Served) -> None:
    assert served.get("/next-lot") == {"lot": "L2"}
    served.add_lot("L2")
    assert served.get("/next-lot") == {"lot": "L3"}
