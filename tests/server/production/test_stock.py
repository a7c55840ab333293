"""Stock: the ledger is append-only, and every total is its sum, whatever was posted in whatever order."""

import itertools
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from tests.server.conftest import Served, serving
from tests.server.production.migrating import old_database
from tests.server.production.test_boms import add_parts

PLACES = ("Stock", "Untested", "Shelf")
AMOUNTS = st.integers(1, 5_000_000).map(lambda micro: Decimal(micro) / 10**6)


class Stock(RuleBasedStateMachine):
    """Postings over HTTP beside a model that only adds up."""

    served: Served
    numbers = itertools.count(1)

    def __init__(self) -> None:
        super().__init__()
        self.part = f"M{next(self.numbers)}"
        add_parts(self.served, self.part, uom="m")
        self.model = dict.fromkeys(PLACES, Decimal(0))
        self.posted: dict[int, dict[str, Decimal]] = {}
        self.sent: list[tuple[dict[str, Any], int]] = []

    def post(self, kind: str, quantity: Decimal, place: str, **given: Any) -> int | None:
        """Post, and tell whether it was taken."""
        body = {"kind": kind, "part_number": self.part, "quantity": f"{quantity:f}", "location": place,
                "request_id": f"{self.part}-{len(self.sent)}-{len(self.posted)}", **given}  # fmt: skip
        answer = self.served.client.post("/api/v1/stock/postings", json=body)
        assert answer.status_code in {201, 409, 422}, answer.text
        if answer.status_code != 201:
            return None
        posting = answer.json()["posting"]
        self.sent.append((body, posting))
        return int(posting)

    def expect(self, posting: int | None, *, possible: bool, **moved: Decimal) -> None:
        """Have the model do the same."""
        assert (posting is not None) is possible
        if posting is not None:
            self.posted[posting] = moved
            for place, quantity in moved.items():
                self.model[place] += quantity

    @rule(quantity=AMOUNTS, place=st.sampled_from(PLACES))
    def receive(self, quantity: Decimal, place: str) -> None:
        self.expect(self.post("receipt", quantity, place), possible=True, **{place: quantity})

    @rule(quantity=AMOUNTS, place=st.sampled_from(PLACES))
    def issue(self, quantity: Decimal, place: str) -> None:
        possible = quantity <= self.model[place]
        self.expect(self.post("issue", quantity, place), possible=possible, **{place: -quantity})

    @rule(quantity=AMOUNTS, place=st.sampled_from(PLACES), less=st.booleans())
    def adjust(self, quantity: Decimal, place: str, less: bool) -> None:
        difference = -quantity if less else quantity
        posting = self.post("adjustment", difference, place, reason="found so")
        self.expect(posting, possible=True, **{place: difference})

    @rule(quantity=AMOUNTS, place=st.sampled_from(PLACES))
    def count(self, quantity: Decimal, place: str) -> None:
        moved = quantity - self.model[place]
        self.expect(self.post("count", quantity, place), possible=True, **{place: moved})

    @rule(quantity=AMOUNTS, places=st.permutations(PLACES))
    def transfer(self, quantity: Decimal, places: list[str]) -> None:
        posting = self.post("transfer", quantity, places[0], to_location=places[1])
        possible = quantity <= self.model[places[0]]
        self.expect(posting, possible=possible, **{places[0]: -quantity, places[1]: quantity})

    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        """A request that comes twice changes nothing; its id for something else is refused."""
        if self.sent:
            body, posting = data.draw(st.sampled_from(self.sent))
            answer = self.served.client.post("/api/v1/stock/postings", json=body)
            assert (answer.status_code, answer.json()["posting"]) == (201, posting)
            other = self.served.client.post("/api/v1/stock/postings", json=body | {"quantity": "77"})
            assert other.status_code == 409

    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        """Once, and never again."""
        if self.posted:
            posting = data.draw(st.sampled_from(sorted(self.posted)))
            path = f"/api/v1/stock/postings/{posting}/reverse"
            answer = self.served.client.post(path, json={"reason": "mistyped"})
            assert answer.status_code == 201, answer.text
            for place, quantity in self.posted.pop(posting).items():
                self.model[place] -= quantity
            for again in (posting, answer.json()["posting"]):
                path = f"/api/v1/stock/postings/{again}/reverse"
                assert self.served.client.post(path, json={"reason": "again"}).status_code == 409

    @invariant()
    def totals_are_the_sum_of_the_ledger(self) -> None:
        levels = self.served.get("/stock", part_number=self.part)
        found = {each["location"]: Decimal(each["quantity"]) for each in levels}
        assert {place: found.get(place, Decimal(0)) for place in PLACES} == self.model
        assert self.served.get("/stock/check") == {"ok": True, "wrong": []}


def test_totals_are_the_sum_of_the_ledger_whatever_is_posted(tmp_path: Path) -> None:
    """Receipts, issues, adjustments, counts, transfers, repetitions and counter-entries, over HTTP."""
    with serving(tmp_path) as served:
        served.client.post("/api/v1/locations", json={"name": "Shelf"}).raise_for_status()
        Stock.served = served
        run_state_machine_as_test(
            Stock,
            settings=settings(
                max_examples=10, stateful_step_count=10, deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )  # fmt: skip
        moved = served.rows(
            "SELECT part, location, sum(quantity) FROM stock_movements GROUP BY 1, 2 ORDER BY 1, 2"
        )
        assert moved == served.rows("SELECT part, location, quantity FROM stock_levels ORDER BY 1, 2") != []


@pytest.mark.parametrize("table", ["stock_postings", "stock_movements"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_the_ledger_is_append_only(served: Served, table: str, statement: str) -> None:
    """Whoever asks, the database refuses."""
    body = {"kind": "receipt", "part_number": "GW2", "quantity": 3}
    assert served.client.post("/api/v1/stock/postings", json=body).status_code == 201
    column = "who" if table == "stock_postings" else "quantity"
    with (
        pytest.raises(sa.exc.IntegrityError, match="append-only"),
        served.opened.database.write() as connection,
    ):
        connection.execute(sa.text(statement.format(table, column, column)))
    assert served.get("/stock")[0]["quantity"] == "3"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"quantity": 0}, 422), ({"quantity": -1}, 422), ({"quantity": 1.5}, 422), ({"quantity": "1.5"}, 422),
        ({"quantity": True}, 422), ({"quantity": "1e3"}, 422), ({"quantity": "9999999999"}, 422),
        ({"quantity": "0.0000001"}, 422), ({"kind": "adjustment"}, 422), ({"kind": "transfer"}, 422),
        ({"to_location": "Untested"}, 422), ({"location": "nowhere"}, 404), ({"part_number": "none"}, 404),
        ({"kind": "issue"}, 409), ({"kind": "backflush"}, 422), ({"request_id": "a b"}, 422),
        ({"kind": "transfer", "to_location": "Stock"}, 422),
    ],
)  # fmt: skip
def test_what_cannot_be_posted_is_refused_and_nothing_is_there(
    standing: Served, body: dict[str, object], status: int
) -> None:
    """With a sentence."""
    whole = {"kind": "receipt", "part_number": "GW2", "quantity": 1} | body
    answer = standing.client.post("/api/v1/stock/postings", json=whole)
    assert (answer.status_code, standing.rows("SELECT count(*) FROM stock_postings")) == (status, [(0,)])


def test_stock_begins_empty_beside_data_of_an_older_server(tmp_path: Path) -> None:
    """With its two locations."""
    old_database(
        tmp_path, "0003",
        "INSERT INTO parts (id, part_number, name, kind, serial_prefix, serial_digits, next_counter,"
        " created_at) VALUES (1, 'GW2', 'Gateway', 'pcba', 'GW2-', 6, 1, 1)",
    )  # fmt: skip
    with serving(tmp_path) as served:
        assert [each["name"] for each in served.get("/locations")] == ["Stock", "Untested"]
        body = {"kind": "receipt", "part_number": "GW2", "quantity": 3}
        assert served.client.post("/api/v1/stock/postings", json=body).status_code == 201
        assert served.get("/stock", q="GW")[0]["quantity"] == "3"
        assert served.get("/stock", q="%") == []
