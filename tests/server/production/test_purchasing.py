"""Purchase orders: their statuses, what arrives, whom they are for, and whom a late one delays."""

import itertools
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.server.conftest import Served, serving
from tests.server.production.migrating import old_database
from tests.server.production.test_boms import add_parts, bom_of

from lotline_server.purchasing.statuses import STATUSES, following


def _post(served: Served, path: str, **body: Any) -> Any:
    answer = served.client.post(f"/api/v1{path}", json=body)
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


def _status(served: Served, order: str, status: str, reason: str | None = None) -> int:
    body = {"status": status, "reason": reason}
    return served.client.patch(f"/api/v1/purchase-orders/{order}", json=body).status_code


def _fill(served: Served) -> Served:
    add_parts(served, "R1")
    add_parts(served, "WIRE", uom="m")
    bom_of(served, "GW2", "component,quantity,attrition\nR1,2,5%\nWIRE,0.25,\n")
    _post(served, "/suppliers", name="ACME", currency="EUR", contact="sales@acme.example")
    return served


@pytest.fixture
def buying(served: Served) -> Served:
    """Give a server with a supplier, the parts R1 (pcs) and WIRE (m), and the BOM of GW2."""
    return _fill(served)


@pytest.fixture(scope="module")
def draft(standing: Served) -> Served:
    """Give one with the draft PO-1 to all tests that only show it bad input."""
    _fill(standing)
    _post(standing, "/purchase-orders", number="PO-1", supplier="ACME")
    return standing


def _sent(served: Served, number: str = "PO-1", quantity: str = "10", **line: Any) -> None:
    _post(served, "/purchase-orders", number=number, supplier="ACME")
    _post(served, f"/purchase-orders/{number}/lines", part_number="R1", quantity=quantity, **line)
    assert _status(served, number, "sent") == 200


def _receive(
    served: Served, receipt: str, quantity: Any, order: str = "PO-1", **given: Any
) -> httpx.Response:
    body = {"receipt_id": receipt, "quantity": quantity, **given}
    return served.client.post(f"/api/v1/purchase-orders/{order}/lines/1/receipts", json=body)


def _in_stock(served: Served, part: str, location: str = "Stock") -> Decimal:
    found = served.get("/stock", part_number=part, location=location)
    return Decimal(found[0]["quantity"]) if found else Decimal(0)


def test_an_order_goes_its_way_and_no_other(buying: Served) -> None:
    """Every step that may not be is refused; who, when and why stays with the order."""
    _post(buying, "/purchase-orders", number="PO-1", supplier="ACME")
    assert _status(buying, "PO-1", "sent") == 409
    line = _post(buying, "/purchase-orders/PO-1/lines", part_number="R1", quantity=10, price="0.0125")
    assert (line["price"], line["quantity"], line["currency"]) == ("0.0125", "10", "EUR")
    for status in ("draft", "confirmed", "received", "partly_received", "nonsense"):
        assert _status(buying, "PO-1", status) in {409, 422}
    assert _status(buying, "PO-1", "sent") == 200
    assert _status(buying, "PO-1", "cancelled") == 422
    assert _status(buying, "PO-1", "confirmed") == 200
    assert _receive(buying, "d1", 4).status_code == 201
    assert buying.get("/purchase-orders/PO-1")["order"]["status"] == "partly_received"
    assert _receive(buying, "d2", 6).status_code == 201
    found = buying.get("/purchase-orders/PO-1")
    assert (found["order"]["status"], found["total"]) == ("received", "0.125")
    assert [each["after"] for each in found["events"]] == [
        "received", "partly_received", "confirmed", "sent", "draft",
    ]  # fmt: skip
    assert [each["quantity"] for each in found["receipts"]] == ["6", "4"]
    assert all(_status(buying, "PO-1", status, "x") in {409, 422} for status in STATUSES)
    assert following("received") == following("cancelled") == []


def test_only_a_draft_is_edited_and_only_a_sent_one_received(buying: Served) -> None:
    """The estimated delivery may move as long as something is to come."""
    _post(buying, "/purchase-orders", number="PO-1", supplier="ACME")
    _post(buying, "/purchase-orders/PO-1/lines", part_number="R1", quantity=10)
    path = "/api/v1/purchase-orders/PO-1/lines/1"
    assert buying.client.patch(path, json={"quantity": 12, "price": "1.5"}).json()["line"]["quantity"] == "12"
    assert _receive(buying, "d1", 1).status_code == 409
    _status(buying, "PO-1", "sent")
    assert buying.client.patch(path, json={"quantity": 12}).status_code == 409
    moved = buying.client.patch(path, json={"estimated_delivery": "2026-12-24"})
    assert moved.json()["line"]["estimated_delivery"] == "2026-12-24"
    for bad in ("1.5", "0", "-1", "13", "x"):
        assert _receive(buying, "d1", bad).status_code in {409, 422}
    assert _in_stock(buying, "R1") == 0


def test_a_delivery_that_is_told_twice_is_in_the_ledger_once(buying: Served) -> None:
    """Even by eight at the same time; its id for something else is refused."""
    _sent(buying)
    start = threading.Barrier(8)
    seen: list[int] = []

    def tell() -> None:
        with buying.another() as client:
            start.wait()
            path = "/api/v1/purchase-orders/PO-1/lines/1/receipts"
            seen.append(client.post(path, json={"receipt_id": "d1", "quantity": 4}).status_code)

    threads = [threading.Thread(target=tell) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (seen, _in_stock(buying, "R1")) == ([201] * 8, 4)
    assert _receive(buying, "d1", 5).status_code == 409
    assert _receive(buying, "d1", 4, location="Untested").status_code == 409
    for table in ("purchase_receipts", "purchase_order_events"):
        with (
            pytest.raises(sa.exc.IntegrityError, match="append-only"),
            buying.opened.database.write() as connection,
        ):
            connection.execute(sa.text(f"DELETE FROM {table}"))  # noqa: S608 - our own names


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Give one server for many examples; each has parts and orders of its own."""
    with serving(tmp_path_factory.mktemp("buying") / "data") as served:
        _post(served, "/suppliers", name="ACME")
        yield served, itertools.count(1)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(1, 40), st.lists(st.tuples(st.integers(0, 3), st.integers(1, 15)), max_size=7))
def test_what_arrived_is_what_the_ledger_says(
    shared: Any, ordered: int, deliveries: list[tuple[int, int]]
) -> None:
    """Never more than was ordered, each delivery once, and the status says how far it is."""
    served, counter = shared
    at = next(counter)
    add_parts(served, f"P{at}")
    _post(served, "/purchase-orders", number=f"O{at}", supplier="ACME")
    _post(served, f"/purchase-orders/O{at}/lines", part_number=f"P{at}", quantity=ordered)
    _status(served, f"O{at}", "sent")
    taken: dict[int, int] = {}
    for name, quantity in deliveries:
        answer = _receive(served, f"r{at}-{name}", quantity, order=f"O{at}")
        fits = taken.get(name) == quantity or (
            name not in taken and sum(taken.values()) + quantity <= ordered
        )
        assert (answer.status_code == 201) is fits, answer.text
        if fits:
            taken[name] = quantity
        arrived = sum(taken.values())
        found = served.get(f"/purchase-orders/O{at}")
        assert _in_stock(served, f"P{at}") == Decimal(found["lines"][0]["line"]["received"]) == arrived
        wanted = "received" if arrived == ordered else "partly_received" if arrived else "sent"
        assert found["order"]["status"] == wanted
        assert (found["lines"][0]["line"]["actual_delivery"] is not None) is (wanted == "received")
    assert served.get("/stock/check")["ok"]


def test_the_shortages_of_a_lot_become_a_draft_in_one_step_and_only_once(buying: Served) -> None:
    """By an independent calculation: 5 × 2 × 1.05 = 10.5, so 11 pieces; 5 × 0.25 m of which 1 m is there."""
    _post(buying, "/stock/postings", kind="receipt", part_number="WIRE", quantity=1)
    _post(buying, "/lots", lot="L2", part_number="GW2", target=5, project="Gateway")
    made = _post(
        buying, "/lots/L2/order-shortages", number="PO-9", supplier="ACME", estimated_delivery="2026-12-01"
    )
    lines = [
        (each["line"]["part_number"], each["line"]["quantity"], each["lots"][0]["quantity"])
        for each in made["lines"]
    ]
    assert lines == [("R1", "11", "10.5"), ("WIRE", "0.25", "0.25")]
    assert (made["order"]["status"], made["order"]["project"]) == ("draft", "Gateway")
    again = buying.client.post("/api/v1/lots/L2/order-shortages", json={"number": "PO-8", "supplier": "ACME"})
    assert again.status_code == 409
    found = buying.get("/lots/L2/procurement")
    assert [(each["on_order"], each["to_order"], each["expected"]) for each in found["supplies"]] == [
        ("10.5", "0", [["PO-9", 1, "10.5", "2026-12-01"]]),
        ("0.25", "0", [["PO-9", 2, "0.25", "2026-12-01"]]),
    ]  # fmt: skip
    assert [each["number"] for each in buying.get("/purchase-orders", project="Gateway")] == ["PO-9"]
    _status(buying, "PO-9", "cancelled", "too dear")
    assert [each["to_order"] for each in buying.get("/lots/L2/procurement")["supplies"]] == ["10.5", "0.25"]
    made = _post(buying, "/lots/L2/order-shortages", number="PO-10", supplier="ACME")
    _status(buying, "PO-10", "sent")
    for position, quantity in ((1, "11"), (2, "0.25")):
        body = {"receipt_id": f"d{position}", "quantity": quantity}
        path = f"/api/v1/purchase-orders/PO-10/lines/{position}/receipts"
        assert buying.client.post(path, json=body).status_code == 201
    found = buying.get("/lots/L2/procurement")
    assert (found["material"]["enough"], [each["on_order"] for each in found["supplies"]]) == (
        True,
        ["0", "0"],
    )


def test_a_late_line_names_the_lots_it_delays(buying: Served) -> None:
    """Late by its day; a lot that is to begin before the delivery is delayed though the line is not late."""
    for lot, start in (("SOON", "2026-11-25"), ("LATER", "2027-03-01"), ("OVER", "2026-11-01")):
        _post(buying, "/lots", lot=lot, part_number="GW2", target=1, planned_start=start)
    _post(buying, "/purchase-orders", number="PO-1", supplier="ACME")
    _post(
        buying, "/purchase-orders/PO-1/lines", part_number="R1", quantity=10, estimated_delivery="2026-12-10"
    )
    path = "/api/v1/purchase-orders/PO-1/lines/1/lots"
    for lot, quantity, status in (("SOON", 4, 200), ("LATER", 3, 200), ("OVER", 3, 200), ("L1", 1, 409)):
        assert buying.client.put(path, json={"lot": lot, "quantity": quantity}).status_code == status
    shrunk = buying.client.patch("/api/v1/purchase-orders/PO-1/lines/1", json={"quantity": 9})
    assert shrunk.status_code == 409
    _status(buying, "PO-1", "sent")
    buying.client.patch(
        "/api/v1/lots/OVER", json={"status": "closed_short", "reason": "done"}
    ).raise_for_status()
    (line,) = buying.get("/purchase-orders/PO-1")["lines"]
    assert (line["late"], line["delays"], line["unassigned"]) == (False, ["SOON"], "0")
    assert buying.get("/late-lines") == []
    buying.clock.move(days=20)
    (line,) = buying.get("/late-lines")
    assert (line["late"], line["days_late"], line["delays"]) == (True, 3, ["SOON", "LATER"])
    assert _receive(buying, "d1", 4).status_code == 201
    (line,) = buying.get("/late-lines")
    assert [(each["lot"], each["to_come"]) for each in line["lots"]] == [
        ("SOON", "0"),
        ("LATER", "3"),
        ("OVER", "3"),
    ]
    assert line["delays"] == ["LATER"]


def test_units_built_outside_are_ordered_come_in_untested_and_enter_stock_once(buying: Served) -> None:
    """The order delivers them; their components are not ours."""
    body = {"lot": "OUT", "part_number": "GW2", "target": 3, "kind": "built_outside"}
    _post(buying, "/lots", **body)
    made = _post(buying, "/lots/OUT/order-shortages", number="PO-1", supplier="ACME")
    assert [(each["line"]["part_number"], each["line"]["quantity"]) for each in made["lines"]] == [
        ("GW2", "3")
    ]
    _status(buying, "PO-1", "sent")
    assert _receive(buying, "d1", 3).status_code == 201
    assert (_in_stock(buying, "GW2", "Untested"), _in_stock(buying, "GW2")) == (3, 0)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/suppliers", {"name": " "}, 422),
        ("/suppliers", {"name": "ACME"}, 409),
        ("/suppliers", {"name": "B", "currency": "euro"}, 422),
        ("/purchase-orders", {"number": "PO%", "supplier": "ACME"}, 422),
        ("/purchase-orders", {"number": "PO-2", "supplier": "nobody"}, 404),
        ("/purchase-orders/none/lines", {"part_number": "R1", "quantity": 1}, 404),
        ("/purchase-orders/PO-1/lines", {"part_number": "R1", "quantity": 0.5}, 422),
        ("/purchase-orders/PO-1/lines", {"part_number": "R1", "quantity": "0.5"}, 422),
        ("/purchase-orders/PO-1/lines", {"part_number": "none", "quantity": 1}, 404),
        ("/purchase-orders/PO-1/lines", {"part_number": "R1", "quantity": 1, "price": "-1"}, 422),
        ("/purchase-orders/PO-1/lines", {"part_number": "R1", "quantity": 1, "estimated_delivery": "x"}, 422),
        ("/lots/L9/order-shortages", {"number": "PO-2", "supplier": "ACME"}, 404),
    ],
)  # fmt: skip
def test_what_cannot_be_ordered_is_refused(draft: Served, path: str, body: Any, status: int) -> None:
    """With a sentence."""
    answer = draft.client.post(f"/api/v1{path}", json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["message"]


def test_purchasing_begins_beside_data_of_an_older_server(tmp_path: Path) -> None:
    """A lot of the schema before takes an order line."""
    old_database(
        tmp_path, "0005",
        "INSERT INTO parts (id, part_number, name, kind, serial_prefix, serial_digits, next_counter,"
        " created_at) VALUES (1, 'GW2', 'Gateway', 'pcba', 'GW2-', 6, 1, 1)",
        "INSERT INTO lots (id, lot, part, target, open, created_at, status, kind, released_at)"
        " VALUES (1, 'L1', 1, 3, 1, 1, 'released', 'built_outside', 1)",
    )  # fmt: skip
    with serving(tmp_path) as served:
        _post(served, "/suppliers", name="ACME")
        made = _post(served, "/lots/L1/order-shortages", number="PO-1", supplier="ACME")
        assert made["lines"][0]["line"]["quantity"] == "3"
