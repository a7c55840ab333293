"""Whatever happens to lots, units and orders, in whatever order: totals are the sum of the ledger, and what
an independent calculation says they are; a unit enters stock exactly once.
"""

import itertools
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.server.calling import Calls
from tests.server.conftest import Served, serving
from tests.server.making import place, run
from tests.server.production.test_boms import add_parts, bom_of

from lotline_contract.outcome import Outcome
from lotline_server.lots.statuses import CONSUMPTIONS, KINDS
from lotline_server.purchasing.receipt_queries import wrong_received

PLACES = ("Stock", "Untested", "Shelf")
TARGET = 2
PER_UNIT = Decimal("0.5") * Decimal("1.1")
OF_ORDER = st.integers(1, 9)


class Production(RuleBasedStateMachine):
    """A part that is built of 0.5 m of wire with an attrition of a tenth, in lots of every kind.

    `base` is what people and orders moved; what lots and units moved is calculated from what they are.
    """

    served: Served
    station: Calls
    numbers: Iterator[int] = itertools.count(1)
    names: Iterator[int] = itertools.count(1)

    def __init__(self) -> None:
        super().__init__()
        at = next(self.numbers)
        self.at, self.unit, self.wire = at, f"U{at}", f"W{at}"
        self.served.add_part(self.unit, serial_prefix=f"{self.unit}-")
        add_parts(self.served, self.wire, uom="m")
        bom_of(self.served, self.unit, f"component,quantity,attrition\n{self.wire},0.5,10%\n")
        self.base: Counter[tuple[str, str]] = Counter()
        self.lots: dict[str, tuple[str, str]] = {}
        self.cancelled: set[str] = set()
        self.orders: list[tuple[str, str]] = []
        self.receipts: dict[str, tuple[str, str, int]] = {}
        self.records: list[Any] = []

    def post(self, path: str, **body: Any) -> tuple[int, Any]:
        """Post to the API."""
        answer = self.served.client.post(f"/api/v1{path}", json=body)
        assert answer.status_code in {200, 201, 409, 422}, answer.text
        return answer.status_code, answer.json()

    def units_of(self, lot: str) -> list[tuple[str, str]]:
        """Give (serial_number, status) of a lot's units."""
        return [(unit["serial_number"], unit["status"]) for unit in self.served.get(f"/lots/{lot}/units")]

    @rule(kind=st.sampled_from(KINDS), consumption=st.sampled_from(CONSUMPTIONS))
    @precondition(lambda self: len(self.lots) < 4)
    def create_lot(self, kind: str, consumption: str) -> None:
        lot = f"L{self.at}-{len(self.lots)}"
        body = {"lot": lot, "part_number": self.unit, "kind": kind, "consumption": consumption}
        status, _ = self.post("/lots", target=TARGET, serials=TARGET, **body)
        assert status == 201
        self.lots[lot] = kind, consumption

    @rule(data=st.data(), quantity=OF_ORDER)
    @precondition(lambda self: self.lots)
    def order(self, data: st.DataObject, quantity: int) -> None:
        """Wire for any lot, and units for one that is built outside; for others they are refused."""
        lot = data.draw(st.sampled_from(sorted(self.lots)))
        of_units = data.draw(st.booleans())
        number, part = f"O{next(self.names)}", self.unit if of_units else self.wire
        self.post("/purchase-orders", number=number, supplier="ACME")
        self.post(f"/purchase-orders/{number}/lines", part_number=part, quantity=quantity)
        answer = self.served.client.put(
            f"/api/v1/purchase-orders/{number}/lines/1/lots", json={"lot": lot, "quantity": quantity}
        )
        outside = self.lots[lot][0] == "built_outside"
        assert (answer.status_code == 200) is (outside or not of_units), answer.text
        if answer.status_code == 200:
            answer = self.served.client.patch(f"/api/v1/purchase-orders/{number}", json={"status": "sent"})
            assert answer.status_code == 200
            self.orders.append((number, part))

    @rule(data=st.data(), quantity=OF_ORDER, location=st.sampled_from([None, *PLACES]))
    @precondition(lambda self: self.orders)
    def receive(self, data: st.DataObject, quantity: int, location: str | None) -> None:
        """Units of a lot built outside come in untested, and into nothing else."""
        number, part = data.draw(st.sampled_from(self.orders))
        receipt = f"R{next(self.names)}"
        body = {"receipt_id": receipt, "quantity": quantity, "location": location}
        status, _ = self.post(f"/purchase-orders/{number}/lines/1/receipts", **body)
        if part == self.unit and location not in {None, "Untested"}:
            assert status == 409
        if status == 201:
            put = location or ("Untested" if part == self.unit else "Stock")
            self.base[part, put] += quantity
            self.receipts[receipt] = part, put, quantity
            assert self.post(f"/purchase-orders/{number}/lines/1/receipts", **body)[0] == 201

    @rule(data=st.data())
    @precondition(lambda self: self.receipts)
    def take_back(self, data: st.DataObject) -> None:
        receipt = data.draw(st.sampled_from(sorted(self.receipts)))
        path = f"/purchase-receipts/{receipt}/take-back"
        assert self.post(path, reason="counted wrongly")[0] == 201
        assert self.post(path, reason="counted wrongly")[0] == 409
        part, put, quantity = self.receipts.pop(receipt)
        self.base[part, put] -= quantity

    @rule(data=st.data(), outcome=st.sampled_from([Outcome.PASS, Outcome.PASS, Outcome.FAIL, Outcome.ERROR]))
    @precondition(lambda self: self.lots)
    def test(self, data: st.DataObject, outcome: Outcome) -> None:
        """A run, in order or late, so that completions come and are withdrawn; or one that is sent again."""
        if self.records and data.draw(st.booleans()):
            self.station.post_all([data.draw(st.sampled_from(self.records))])
            return
        lot = data.draw(st.sampled_from(sorted(self.lots)))
        serial, _ = data.draw(st.sampled_from(self.units_of(lot)))
        self.station.seq += 1
        seq = self.station.seq if data.draw(st.booleans()) else 10**6 - self.station.seq
        record = run(serial, outcome, part_number=self.unit, lot=lot)
        self.records.append(place(record, self.station.epoch, seq))
        self.station.post_all([self.records[-1]])

    @rule(data=st.data(), word=st.sampled_from(["scrap", "unscrap"]))
    @precondition(lambda self: self.lots)
    def scrap(self, data: st.DataObject, word: str) -> None:
        lot = data.draw(st.sampled_from(sorted(self.lots)))
        serial, status = data.draw(st.sampled_from(self.units_of(lot)))
        done, _ = self.post(f"/units/{serial}/{word}", reason="dropped")
        assert (done in {200, 201}) is ((status == "scrapped") is (word == "unscrap"))

    @rule(data=st.data())
    @precondition(lambda self: self.lots)
    def cancel(self, data: st.DataObject) -> None:
        """Its material comes back; a lot with units under way is not cancelled."""
        lot = data.draw(st.sampled_from(sorted(self.lots)))
        body = {"status": "cancelled", "reason": "not wanted"}
        answer = self.served.client.patch(f"/api/v1/lots/{lot}", json=body)
        if answer.status_code == 200:
            self.cancelled.add(lot)

    @rule(
        which=st.sampled_from(["unit", "wire"]), places=st.permutations(PLACES), quantity=OF_ORDER,
        counted=st.booleans(),
    )  # fmt: skip
    def move_by_hand(self, which: str, places: list[str], quantity: int, counted: bool) -> None:
        """Transfers, and counts of a location as a whole."""
        part = getattr(self, which)
        here = self.expected()[part, places[0]]
        if counted:
            lines = [{"part_number": part, "quantity": quantity, "seen": f"{here:f}"}]
            status, _ = self.post("/stock/counts", location=places[0], lines=lines)
            assert status == 201
            self.base[part, places[0]] += quantity - here
            return
        body = {"kind": "transfer", "location": places[0], "to_location": places[1], "quantity": quantity}
        status, _ = self.post("/stock/postings", part_number=part, **body)
        assert (status == 201) is (quantity <= here)
        if status == 201:
            self.base[part, places[0]] -= quantity
            self.base[part, places[1]] += quantity

    def expected(self) -> Counter[tuple[str, str]]:
        """Calculate what lies where from what the units are."""
        found: Counter[tuple[str, str]] = Counter(self.base)
        for lot, (kind, consumption) in self.lots.items():
            statuses = Counter(status for _, status in self.units_of(lot))
            done, scrapped = statuses["completed"], statuses["scrapped"]
            if kind == "built_outside":
                found[self.unit, "Untested"] -= done + scrapped
                found[self.unit, "Stock"] += done
            elif kind == "built_here":
                issued = {
                    "release": 0 if lot in self.cancelled else TARGET,
                    "first_run": TARGET - statuses["planned"],
                    "completion": done + scrapped,
                }[consumption]
                found[self.unit, "Stock"] += done
                found[self.wire, "Stock"] -= issued * PER_UNIT
        return found

    @invariant()
    def stock_is_what_units_orders_and_people_say(self) -> None:
        expected = self.expected()
        for part in (self.unit, self.wire):
            levels = self.served.get("/stock", part_number=part)
            found = {each["location"]: Decimal(each["quantity"]) for each in levels}
            assert {name: found.get(name, 0) for name in PLACES} == {
                name: expected[part, name] for name in PLACES
            }
            ledger = self.served.get(f"/stock/parts/{part}/ledger", limit=1000)
            moved = sum((Decimal(line["quantity"]) for line in ledger), Decimal(0))
            assert moved == sum(found.values()) == (Decimal(ledger[0]["balance"]) if ledger else 0)

    @invariant()
    def totals_are_the_sum_of_the_ledger(self) -> None:
        assert self.served.get("/stock/check") == {"ok": True, "wrong": []}
        with self.served.opened.database.read() as connection:
            assert wrong_received(connection) == []

    @invariant()
    def a_unit_is_in_stock_once_or_not_at_all(self) -> None:
        twice = self.served.rows(
            "SELECT unit, count(*) FROM stock_postings AS made WHERE kind IN ('unit_receipt', 'unit_tested')"
            " AND NOT EXISTS (SELECT 1 FROM stock_postings AS back WHERE back.reverses = made.id)"
            " GROUP BY unit HAVING count(*) > 1"
        )
        assert twice == []


def test_stock_is_right_whatever_happens_to_lots_units_and_orders(tmp_path: Path) -> None:
    """Over HTTP: lots of every kind, orders, receipts and corrections, runs, scrap, counts, transfers."""
    with serving(tmp_path) as served:
        served.client.post("/api/v1/locations", json={"name": "Shelf"}).raise_for_status()
        served.client.post("/api/v1/suppliers", json={"name": "ACME"}).raise_for_status()
        Production.served, Production.station = served, served.station()
        run_state_machine_as_test(
            Production,
            settings=settings(
                max_examples=6, stateful_step_count=25, deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )  # fmt: skip
