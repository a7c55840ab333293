"""Deliveries: of one line or all, told twice, wrong and taken back; and what a supplier promised."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.server.conftest import Served, serving
from tests.server.making import run
from tests.server.production.buying import change, deliver, fill, in_stock, order, post, take_back
from tests.server.production.migrating import old_database


@pytest.fixture
def buying(served: Served) -> Served:
    """Give a server with a supplier and parts."""
    return fill(served)


@pytest.fixture(scope="module")
def shown(standing: Served) -> Served:
    """Give one with a draft and a sent order to all tests that only show it bad input."""
    fill(standing)
    order(standing, "PO-1", ("R1", "10"), status="draft")
    order(standing, "PO-2", ("R1", "10"))
    return standing


def status_of(served: Served, number: str) -> str:
    """Give the status of an order."""
    return str(served.get(f"/purchase-orders/{number}")["order"]["status"])


def test_everything_that_is_to_come_is_received_at_once_and_once(buying: Served) -> None:
    """With its packing slip; the same delivery told again changes nothing."""
    order(buying, "PO-1", ("R1", "10"), ("WIRE", "2.5"))
    body = {
        "lines": [{"position": 1, "quantity": 4}],
        "packing_slip": "LS 4711",
        "delivered_on": "2026-11-20",
    }
    assert deliver(buying, "PO-1", "d1", **body).status_code == 201
    for _ in range(2):
        whole = deliver(buying, "PO-1", "d2")
        assert whole.status_code == 201, whole.text
        assert whole.json()["order"]["status"] == "received"
    assert (in_stock(buying, "R1"), in_stock(buying, "WIRE")) == (10, 2.5)
    receipts = [
        (each["receipt_id"], each["quantity"], each["packing_slip"]) for each in whole.json()["receipts"]
    ]
    assert receipts == [("d2/2", "2.5", None), ("d2/1", "6", None), ("d1/1", "4", "LS 4711")]
    assert buying.get("/stock/ledger", part_number="R1")[-1]["reference"] == "PO-1 line 1: LS 4711"
    assert deliver(buying, "PO-1", "d3").status_code == 422


def test_a_delivery_is_taken_whole_or_not_at_all(buying: Served) -> None:
    """One line too much, and nothing of it is in stock."""
    order(buying, "PO-1", ("R1", "10"), ("WIRE", "2"))
    lines = [{"position": 1, "quantity": 4}, {"position": 2, "quantity": "2.5"}]
    assert deliver(buying, "PO-1", "d1", lines=lines).status_code == 409
    assert (in_stock(buying, "R1"), status_of(buying, "PO-1")) == (0, "sent")


def test_a_wrong_receipt_is_taken_back_by_a_counter_entry_and_the_line_waits_again(buying: Served) -> None:
    """Back to where the order stood; the ledger keeps both."""
    order(buying, "PO-1", ("R1", "10"))
    assert change(buying, "PO-1", status="confirmed").status_code == 200
    deliver(buying, "PO-1", "d1", lines=[{"position": 1, "quantity": 7}])
    deliver(buying, "PO-1", "d2")
    assert status_of(buying, "PO-1") == "received"
    assert take_back(buying, "d2/1", " ").status_code == 422
    taken = take_back(buying, "d2/1", "3 were for PO-7")
    assert taken.status_code == 201, taken.text
    assert (taken.json()["taken_back"], taken.json()["taken_back_by"]) == ("3 were for PO-7", "the admin")
    (line,) = buying.get("/purchase-orders/PO-1")["lines"]
    assert (line["line"]["received"], line["line"]["actual_delivery"]) == ("7", None)
    assert (status_of(buying, "PO-1"), in_stock(buying, "R1")) == ("partly_received", 7)
    assert take_back(buying, "d2/1").status_code == 409
    assert deliver(buying, "PO-1", "d2", lines=[{"position": 1, "quantity": 3}]).status_code == 201
    assert in_stock(buying, "R1") == 7, "told again it is still the wrong receipt"
    assert take_back(buying, "d1/1").status_code == 201
    assert (status_of(buying, "PO-1"), in_stock(buying, "R1")) == ("confirmed", 0)
    kinds = [each["kind"] for each in buying.get("/stock/ledger", part_number="R1")]
    assert kinds == ["counter_entry", "counter_entry", "purchase_receipt", "purchase_receipt"]
    posting = buying.get("/stock/ledger", part_number="R1")[-1]["posting"]
    answer = buying.client.post(f"/api/v1/stock/postings/{posting}/reverse", json={"reason": "x"})
    assert answer.status_code == 409, "the ledger alone does not take a receipt back"
    assert take_back(buying, "nothing").status_code == 404
    with (
        pytest.raises(sa.exc.IntegrityError, match="append-only"),
        buying.opened.database.write() as connection,
    ):
        connection.execute(sa.text("DELETE FROM purchase_receipts_back"))


def test_a_receipt_of_a_cancelled_order_can_be_wrong_too(buying: Served) -> None:
    """The order stays cancelled."""
    order(buying, "PO-1", ("R1", "10"))
    deliver(buying, "PO-1", "d1", lines=[{"position": 1, "quantity": 7}])
    assert change(buying, "PO-1", status="cancelled", reason="too late").status_code == 200
    assert take_back(buying, "d1/1").status_code == 201
    assert (status_of(buying, "PO-1"), in_stock(buying, "R1")) == ("cancelled", 0)


def test_what_is_promised_stays_when_the_estimate_moves(buying: Served) -> None:
    """By the lead time when it is sent, by the supplier's word when it is confirmed."""
    order(buying, "PO-1", ("R1", "10"), ("WIRE", "1"))
    found = [each["line"] for each in buying.get("/purchase-orders/PO-1")["lines"]]
    assert {each["promised_delivery"] for each in found} == {"2026-12-03"}
    dates = [{"position": 2, "day": "2026-12-10"}]
    assert change(buying, "PO-1", status="confirmed", dates=dates).status_code == 200
    path = "/api/v1/purchase-orders/PO-1/lines/1"
    buying.client.patch(path, json={"estimated_delivery": "2026-12-24"}).raise_for_status()
    found = [each["line"] for each in buying.get("/purchase-orders/PO-1")["lines"]]
    assert [(each["promised_delivery"], each["estimated_delivery"]) for each in found] == [
        ("2026-12-03", "2026-12-24"), ("2026-12-10", "2026-12-10"),
    ]  # fmt: skip


def test_how_a_supplier_delivers_is_counted_by_what_was_promised(buying: Served) -> None:
    """One line in time, one late, one overdue, one still to come in time, and drafts nowhere: 1 of 3."""
    for number in ("PO-1", "PO-2", "PO-3"):
        order(buying, number, ("R1", "10"))
    assert deliver(buying, "PO-1", "d1").status_code == 201
    buying.clock.move(days=20)
    assert deliver(buying, "PO-2", "d2").status_code == 201
    order(buying, "PO-4", ("WIRE", "1"))
    order(buying, "PO-5", ("WIRE", "1"), status="draft")
    found = buying.get("/suppliers/ACME")
    assert found["delivered"] == {"delivered": 2, "in_time": 1, "overdue": 1, "on_time": 1 / 3}
    assert [(each["part_number"], each["orders"], each["ordered"]) for each in found["parts"]] == [
        ("R1", 3, "30"), ("WIRE", 1, "1"),
    ]  # fmt: skip
    assert [each["number"] for each in found["orders"]] == ["PO-5", "PO-4", "PO-3", "PO-2", "PO-1"]
    (listed,) = buying.get("/suppliers")
    assert (listed["open_orders"], listed["delivered"]) == (2, found["delivered"])
    assert [each["number"] for each in buying.get("/purchase-orders", late=True)] == ["PO-3"]


def test_a_supplier_is_changed_and_takes_no_order_any_more(buying: Served) -> None:
    """A lead time of 0 is none."""
    path = "/api/v1/suppliers/ACME"
    body = {"contact": "", "currency": "USD", "lead_time_days": 0, "active": False}
    found = buying.client.patch(path, json=body).json()
    assert {key: found[key] for key in body} == body | {"contact": None, "lead_time_days": None}
    for bad in ({"currency": "usd"}, {"lead_time_days": -1}, {"lead_time_days": True}, {"name": "x"}):
        assert buying.client.patch(path, json=bad).status_code == 422
    answer = buying.client.post("/api/v1/purchase-orders", json={"number": "PO-1", "supplier": "ACME"})
    assert answer.status_code == 422


def test_a_draft_is_edited_whole_and_a_sent_order_no_more(buying: Served) -> None:
    """Lines go with what they were for; the next number follows the last one."""
    assert buying.get("/next-order-number") == {"number": "PO-2611-001"}
    post(buying, "/suppliers", name="Beta", currency="USD")
    order(buying, "PO-2611-007", ("R1", "10"), ("WIRE", "2"), status="draft")
    assert buying.get("/next-order-number") == {"number": "PO-2611-008"}
    path = "/api/v1/purchase-orders/PO-2611-007/lines/1"
    buying.client.put(f"{path}/lots", json={"lot": "L1", "quantity": 4}).raise_for_status()
    assert buying.client.delete(path).status_code == 204
    assert buying.client.delete(path).status_code == 404
    given = {"supplier": "Beta", "currency": "USD", "project": "Gateway", "notes": "by air"}
    found = change(buying, "PO-2611-007", **given).json()
    assert {key: found[key] for key in given} == given
    assert change(buying, "PO-2611-007", status="sent").status_code == 200
    assert change(buying, "PO-2611-007", supplier="ACME").status_code == 409
    assert change(buying, "PO-2611-007", notes="").json()["notes"] is None
    assert buying.client.delete("/api/v1/purchase-orders/PO-2611-007/lines/2").status_code == 409


def test_totals_are_exact(buying: Served) -> None:
    """Beyond six places and beyond 64 bits."""
    order(buying, "PO-1", status="draft")
    for quantity, price in (("0.000001", "0.000001"), ("1000000000", "1000000000")):
        post(buying, "/purchase-orders/PO-1/lines", part_number="WIRE", quantity=quantity, price=price)
    (found,) = buying.get("/purchase-orders")
    assert (found["total"], found["unpriced"]) == ("1000000000000000000.000000000001", 0)


def test_units_of_a_lot_enter_stock_by_its_order_or_by_its_completion_never_by_both(buying: Served) -> None:
    """A line for its own units is refused to a lot built here; of one built outside they come in untested."""
    order(buying, "PO-1", ("GW2", "3"), ("R1", "5"), status="draft")
    line = "/api/v1/purchase-orders/PO-1/lines/1"
    share = {"lot": "L1", "quantity": 3}
    assert buying.client.put(f"{line}/lots", json=share).status_code == 409
    serials = post(
        buying, "/lots", lot="OUT", part_number="GW2", target=3, serials=3, kind="built_outside", planned=True
    )["serial_numbers"]
    buying.client.put(f"{line}/lots", json={"lot": "OUT", "quantity": 3}).raise_for_status()
    for kind in ("built_here", "test_only"):
        answer = buying.client.patch("/api/v1/lots/OUT", json={"kind": kind})
        assert answer.status_code == 409, "its order would bring the units in a second time"
    buying.client.patch("/api/v1/lots/OUT", json={"status": "released"}).raise_for_status()
    change(buying, "PO-1", status="sent").raise_for_status()
    assert deliver(buying, "PO-1", "d1", location="Stock").status_code == 409
    lines = [{"position": 1, "quantity": 2}, {"position": 2, "quantity": 5, "location": "Stock"}]
    assert deliver(buying, "PO-1", "d1", lines=lines).status_code == 201
    assert (in_stock(buying, "GW2"), in_stock(buying, "GW2", "Untested"), in_stock(buying, "R1")) == (0, 2, 5)
    station = buying.station()
    station.send(run(serials[0], lot="OUT"))
    assert (in_stock(buying, "GW2"), in_stock(buying, "GW2", "Untested")) == (1, 1)
    buying.client.post(f"/api/v1/units/{serials[1]}/scrap", json={"reason": "bent"}).raise_for_status()
    assert (in_stock(buying, "GW2"), in_stock(buying, "GW2", "Untested")) == (1, 0)
    assert in_stock(buying, "R1") == 5, "its components are not ours"
    change(buying, "PO-1", status="received", reason="the third was lost").raise_for_status()
    made = post(buying, "/lots/OUT/order-shortages", number="PO-2", supplier="ACME")
    assert [each["line"]["quantity"] for each in made["lines"]] == ["2"], "the lost one and the scrapped one"


def test_a_line_that_came_in_as_tested_is_not_for_a_lot_built_outside(buying: Served) -> None:
    """Until its receipt is taken back."""
    order(buying, "PO-1", ("GW2", "3"))
    deliver(buying, "PO-1", "d1", lines=[{"position": 1, "quantity": 1}])
    post(buying, "/lots", lot="OUT", part_number="GW2", target=3, kind="built_outside")
    path = "/api/v1/purchase-orders/PO-1/lines/1/lots"
    assert buying.client.put(path, json={"lot": "OUT", "quantity": 3}).status_code == 409
    take_back(buying, "d1/1").raise_for_status()
    assert buying.client.put(path, json={"lot": "OUT", "quantity": 3}).status_code == 200


@pytest.mark.parametrize(
    ("number", "body", "status"),
    [
        ("PO-1", {}, 409), ("none", {}, 404), ("PO-2", {"lines": []}, 422),
        ("PO-2", {"lines": [{"position": 9, "quantity": 1}]}, 404),
        ("PO-2", {"lines": [{"position": 1, "quantity": 0}]}, 422),
        ("PO-2", {"lines": [{"position": 1, "quantity": "0.5"}]}, 422),
        ("PO-2", {"lines": [{"position": 1, "quantity": 1}, {"position": 1, "quantity": 2}]}, 422),
        ("PO-2", {"location": "nowhere"}, 404), ("PO-2", {"delivered_on": "soon"}, 422),
        ("PO-2", {"delivered_on": "2026-11-24"}, 422), ("PO-2", {"packing_slip": "x" * 201}, 422),
        ("PO-2", {"packing_slip": "a\u202eb"}, 422), ("PO-2", {"delivery_id": "a b"}, 422),
    ],
)  # fmt: skip
def test_what_cannot_have_arrived_is_refused(shown: Served, number: str, body: Any, status: int) -> None:
    """With a sentence, and nothing is in stock."""
    answer = deliver(shown, number, body.pop("delivery_id", "d1"), **body)
    assert answer.status_code == status, answer.text
    assert answer.json()["message"]
    assert in_stock(shown, "R1") == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"status": "sent", "dates": [{"position": 2, "day": "2026-12-01"}]}, 404),
        ({"status": "sent", "dates": [{"position": 1, "day": "soon"}]}, 422),
        ({"status": "cancelled", "reason": "x", "dates": [{"position": 1, "day": "2026-12-01"}]}, 422),
        ({"currency": "euro"}, 422), ({"supplier": "nobody"}, 404), ({"notes": "x" * 4001}, 422),
    ],
)  # fmt: skip
def test_what_an_order_cannot_become_is_refused(shown: Served, body: Any, status: int) -> None:
    """And it stays the draft it was."""
    assert change(shown, "PO-1", **body).status_code == status
    assert status_of(shown, "PO-1") == "draft"


def test_orders_of_an_older_server_keep_what_was_expected_as_promised(tmp_path: Path) -> None:
    """Of those under way; its receipts can be taken back."""
    old_database(
        tmp_path, "0006",
        "INSERT INTO parts (id, part_number, name, kind, serial_prefix, serial_digits, next_counter,"
        " created_at) VALUES (1, 'R1', 'Resistor', 'part', '', 6, 1, 1)",
        "INSERT INTO suppliers VALUES (1, 'ACME', NULL, 'EUR', 1, 1)",
        "INSERT INTO purchase_orders (id, number, supplier, status, currency, created_at)"
        " VALUES (1, 'OLD', 1, 'partly_received', 'EUR', 1), (2, 'NEW', 1, 'draft', 'EUR', 1)",
        "INSERT INTO purchase_order_lines (id, purchase_order, position, part, quantity, received,"
        " estimated_delivery) VALUES (1, 1, 1, 1, 9000000, 4000000, '2026-11-01'),"
        " (2, 2, 1, 1, 9000000, 0, '2026-11-01')",
        "INSERT INTO stock_postings (id, at, who, kind, units) VALUES (1, 1, 'x', 'purchase_receipt', 0)",
        "INSERT INTO stock_movements VALUES (1, 1, 1, 1, 4000000)",
        "INSERT INTO purchase_receipts VALUES (1, 'd1', 1, 4000000, 1, 1, '2026-10-30', 1, 'x')",
    )  # fmt: skip
    with serving(tmp_path) as served:
        promised = [
            served.get(f"/purchase-orders/{number}")["lines"][0]["line"]["promised_delivery"]
            for number in ("OLD", "NEW")
        ]
        assert promised == ["2026-11-01", None]
        assert take_back(served, "d1").status_code == 201
        assert (status_of(served, "OLD"), in_stock(served, "R1")) == ("sent", 0)
