"""Counting a location; stock as people plan with it: free, reserved, on its way; the ledger behind it."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.server.conftest import Served
from tests.server.making import run
from tests.server.production.buying import change, deliver, fill, in_stock, order, post, take_back
from tests.server.production.test_boms import add_parts


@pytest.fixture
def buying(served: Served) -> Served:
    """Give a server with a supplier and parts."""
    return fill(served)


@pytest.fixture(scope="module")
def shown(standing: Served) -> Served:
    """Give one to all tests that only show it bad input."""
    return fill(standing)


def put(served: Served, part: str, quantity: Any, location: str = "Stock", **given: Any) -> int:
    """Receive by hand; gives the posting."""
    body = {"kind": "receipt", "part_number": part, "quantity": quantity, "location": location, **given}
    return int(post(served, "/stock/postings", **body)["posting"])


def line(part: str, quantity: Any, seen: Any = None) -> dict[str, Any]:
    """Make a line of a count."""
    return {"part_number": part, "quantity": quantity, **({} if seen is None else {"seen": seen})}


def test_a_count_shows_its_differences_and_posts_them_at_once(buying: Served) -> None:
    """One posting, which is taken back as one; what is as it should be has its line too."""
    put(buying, "R1", 100)
    put(buying, "WIRE", "2.5")
    lines = [line("R1", 97, 100), line("WIRE", "2.5", "2.5"), line("GW2", 1, 0)]
    shown = post(buying, "/stock/counts", location="Stock", lines=lines, post=False)
    assert [(each["part_number"], each["expected"], each["difference"]) for each in shown["lines"]] == [
        ("R1", "100", "-3"), ("WIRE", "2.5", "0"), ("GW2", "0", "1"),
    ]  # fmt: skip
    assert (shown["posting"], in_stock(buying, "R1")) == (None, 100)
    for _ in range(2):
        made = post(
            buying, "/stock/counts", location="Stock", lines=lines, reason="year's end", request_id="c1"
        )
        assert (in_stock(buying, "R1"), in_stock(buying, "GW2")) == (97, 1)
    other = buying.client.post(
        "/api/v1/stock/counts", json={"location": "Stock", "lines": lines[:1], "request_id": "c1"}
    )
    assert other.status_code == 409
    moved = [each["quantity"] for each in buying.get("/stock/ledger") if each["kind"] == "count"]
    assert moved == ["-3", "0", "1"]
    post(buying, f"/stock/postings/{made['posting']}/reverse", reason="wrong shelf")
    assert (in_stock(buying, "R1"), in_stock(buying, "GW2")) == (100, 0)
    assert buying.get("/activity", subject="Stock")[0]["text"] == (
        "Stock was counted: 3 parts, 2 of them not as they should be: year's end"
    )


def test_a_count_of_what_moved_since_its_sheet_was_written_is_refused(buying: Served) -> None:
    """Whole: nothing of it is posted."""
    put(buying, "R1", 100)
    put(buying, "WIRE", 1)
    lines = [line("WIRE", 5, 1), line("R1", 97, 99)]
    answer = buying.client.post("/api/v1/stock/counts", json={"location": "Stock", "lines": lines})
    assert (answer.status_code, "R1 moved at Stock" in answer.json()["message"]) == (409, True)
    assert in_stock(buying, "WIRE") == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"lines": []}, 422), ({"lines": [line("none", 1)]}, 404), ({"location": "nowhere"}, 404),
        ({"lines": [line("R1", 1), line("R1", 2)]}, 422), ({"lines": [line("R1", -1)]}, 422),
        ({"lines": [line("R1", "1e3")]}, 422), ({"lines": [line("R1", True)]}, 422),
        ({"lines": [line("R1", 1, "x")]}, 422), ({"request_id": "a b"}, 422), ({"reason": "x" * 501}, 422),
    ],
)  # fmt: skip
def test_what_is_no_count_is_refused(shown: Served, body: dict[str, Any], status: int) -> None:
    """With a sentence."""
    whole = {"location": "Stock", "lines": [line("R1", 1)]} | body
    answer = shown.client.post("/api/v1/stock/counts", json=whole)
    assert (answer.status_code, shown.rows("SELECT count(*) FROM stock_postings")) == (status, [(0,)])


def test_the_stock_of_a_part_is_what_lies_there_less_what_is_reserved(buying: Served) -> None:
    """By an independent calculation: two lots of 5 and 3 at 2 × 1.05, one unit issued."""
    post(buying, "/locations", name="Shelf")
    put(buying, "R1", 10)
    put(buying, "R1", 4, "Shelf")
    put(buying, "R1", 7, "Untested")
    serials = post(buying, "/lots", lot="A", part_number="GW2", target=5, serials=1)["serial_numbers"]
    post(buying, "/lots", lot="B", part_number="GW2", target=3, priority=5)
    post(buying, "/lots", lot="PLANNED", part_number="GW2", target=50, planned=True)
    buying.station().send(run(serials[0], lot="A"))
    order(buying, "PO-1", ("R1", "20"), ("WIRE", "1"))
    order(buying, "PO-2", ("R1", "8"), status="draft")
    deliver(buying, "PO-1", "d1", lines=[{"position": 1, "quantity": 5}])
    found = buying.get("/stock/parts/R1")
    stock = found["stock"]
    on_hand, reserved = Decimal("16.9"), Decimal("14.7")
    assert (Decimal(stock["on_hand"]), Decimal(stock["reserved"])) == (on_hand, reserved)
    assert (Decimal(stock["available"]), stock["untested"]) == (on_hand - reserved, "7")
    assert (stock["on_order"], stock["in_drafts"], stock["next_delivery"]) == ("15", "8", "2026-12-03")
    assert [(each["location"], each["quantity"]) for each in stock["places"]] == [
        ("Stock", "12.9"), ("Untested", "7"), ("Shelf", "4"),
    ]  # fmt: skip
    assert [(each["lot"], each["quantity"]) for each in found["reservations"]] == [("B", "6.3"), ("A", "8.4")]
    assert [each["line"]["order"] for each in found["incoming"]] == ["PO-1", "PO-2"]
    listed = {each["part_number"]: each for each in buying.get("/stock/parts")}
    assert listed["R1"] == stock
    assert listed["WIRE"]["available"] == "-2", "0.25 m each for 7 units, and what the first one took"
    assert [each["part_number"] for each in buying.get("/stock/parts", short=True)] == ["WIRE"]
    assert [each["part_number"] for each in buying.get("/stock/parts", location="Shelf")] == ["R1"]
    assert [each["part_number"] for each in buying.get("/stock/parts", kind="pcba")] == ["GW2"]
    assert [each["part_number"] for each in buying.get("/stock/parts", q="wi")] == ["WIRE"]
    assert buying.get("/stock/parts", q="%") == []
    for path in ("/stock/parts/none", "/stock/parts/none/ledger", "/stock/parts?location=nowhere"):
        assert buying.client.get(f"/api/v1{path}").status_code == 404


def test_the_ledger_says_what_each_line_follows_from(buying: Served) -> None:
    """A lot's unit, an order and its correction, a person."""
    serials = post(buying, "/lots", lot="A", part_number="GW2", target=1, serials=1)["serial_numbers"]
    order(buying, "PO-1", ("R1", "20"))
    deliver(buying, "PO-1", "d1")
    buying.station().send(run(serials[0], lot="A"))
    take_back(buying, "d1/1")
    put(buying, "R1", 5, reference="found in a drawer")
    found = buying.get("/stock/parts/R1/ledger")
    assert [(each["kind"], each["quantity"], each["balance"]) for each in found] == [
        ("receipt", "5", "2.9"), ("counter_entry", "-20", "-2.1"), ("backflush", "-2.1", "17.9"),
        ("purchase_receipt", "20", "20"),
    ]  # fmt: skip
    assert [(each["lot"], each["serial_number"], each["order"]) for each in found] == [
        (None, None, None), (None, None, "PO-1"), ("A", serials[0], None), (None, None, "PO-1"),
    ]  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    moves=st.lists(
        st.tuples(st.sampled_from(["Stock", "Untested"]), st.integers(1, 9), st.booleans()), max_size=12
    ),
    a_page=st.integers(1, 5),
)
def test_each_line_of_the_ledger_has_its_balance_on_whatever_page_it_stands(
    shown: Served, moves: list[tuple[str, int, bool]], a_page: int
) -> None:
    """Of one location and of all of them; a transfer's two lines stand on one page."""
    part = f"P{len(shown.get('/parts?limit=1000'))}"
    add_parts(shown, part, uom="m")
    for location, quantity, moved_on in moves:
        put(shown, part, quantity, location)
        if moved_on:
            other = {"Stock": "Untested", "Untested": "Stock"}[location]
            body = {"kind": "transfer", "location": location, "to_location": other, "quantity": quantity}
            post(shown, "/stock/postings", part_number=part, **body)
    for location in (None, "Stock", "Untested"):
        asked = {} if location is None else {"location": location}
        lines = shown.whole(f"/stock/parts/{part}/ledger", limit=a_page, **asked)
        balance = Decimal(0)
        for each in reversed(lines):
            balance += Decimal(each["quantity"])
            assert Decimal(each["balance"]) == balance
        wanted = {None: ("Stock", "Untested")}.get(location, (location,))
        assert balance == sum(in_stock(shown, part, str(place)) for place in wanted)


def test_a_cancelled_order_is_not_on_its_way(buying: Served) -> None:
    """And what was received of it is in stock."""
    order(buying, "PO-1", ("R1", "20"))
    deliver(buying, "PO-1", "d1", lines=[{"position": 1, "quantity": 5}])
    change(buying, "PO-1", status="cancelled", reason="too dear").raise_for_status()
    stock = buying.get("/stock/parts/R1")["stock"]
    assert (stock["on_hand"], stock["on_order"], stock["next_delivery"]) == ("5", "0", None)
