"""Lists in pages: every list of the API, by one cursor that rows which come and go do not shift."""

import base64
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.server.conftest import Served, serving
from tests.server.making import run

from lotline_server.app import build_app

BEST_HITS = {"/api/v1/search", "/api/v1/part-suggestions"}
"""What answers somebody who types: the best few, and no next page."""


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Give a server that has some of everything the API lists."""
    with serving(tmp_path_factory.mktemp("factory") / "data") as served:
        _fill(served)
        yield served


def _fill(served: Served) -> None:
    def post(path: str, **body: Any) -> Any:
        answer = served.client.post(f"/api/v1{path}", json=body)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    served.add_part()
    for at in range(1, 6):
        post("/projects", name=f"Project {at}")
        post("/parts", part_number=f"R{at}", name="Resistor", kind="part", project=f"Project {at}")
        served.add_lot(f"L{at}", serials=at)
        post("/locations", name=f"Shelf {at}")
        post("/suppliers", name=f"Supplier {at}")
        post("/purchase-orders", number=f"PO{at}", supplier=f"Supplier {at}")
        post("/stock/postings", kind="receipt", part_number=f"R{at}", quantity=at * 10)
        post("/stock/postings", kind="transfer", part_number=f"R{at}", quantity=1, to_location="Shelf 1")
        served.client.patch("/api/v1/lots/L1", json={"target": 10 + at})
        served.station(f"FCT-{at}")
    line = {"part_number": "R1", "quantity": 5, "estimated_delivery": "2026-01-01"}
    for _ in range(3):
        post("/purchase-orders/PO1/lines", **line)
    served.client.patch("/api/v1/purchase-orders/PO1", json={"status": "sent"})
    for part in ("GW2", "B1"):
        if part != "GW2":
            post("/parts", part_number=part, name="Board")
        body = {"csv": "component,quantity\nR1,1\n"}
        seen = post(f"/parts/{part}/bom/preview", **body)
        post(f"/parts/{part}/bom", digest=seen["digest"], **body)
    for _ in range(2):
        station = served.station()
        station.send(*(run(f"GW2-00000{at}", lot=None) for at in range(1, 5)))
        station.seq = 0
        station.send(run("GW2-000001"))


LISTS = [
    "/lots", "/lots/L5/units", "/lots/L1/events", "/lots/L1/ledger", "/parts", "/projects", "/suppliers",
    "/purchase-orders", "/locations", "/stock", "/stock/ledger", "/late-lines", "/stock/parts",
    "/parts/GW2/routes", "/parts/R1/where-used",
    "/runs", "/quarantine", "/completeness", "/stations", "/activity",
]  # fmt: skip


@pytest.mark.parametrize("path", LISTS)
def test_a_list_in_pages_is_the_list(factory: Served, path: str) -> None:
    """In the same order, each row once, whatever the pages' size."""
    at_once = factory.get(path, limit=1000)
    assert len(at_once) >= (0 if path.endswith("ledger") else 1 if path.endswith("routes") else 2), path
    for limit in (1, 2, 3, len(at_once) or 1):
        pages = list(factory.pages(path, limit=limit))
        assert [row for page in pages for row in page] == at_once
        assert {len(page) for page in pages[:-1]} <= {limit}


def test_every_list_of_the_api_is_paged_and_none_by_a_count(factory: Served) -> None:
    """A new route that answers with a list is paged the same way, or this fails."""
    paths = build_app(factory.opened, pages=False).openapi()["paths"]
    lists = {
        path: {each["name"] for each in ways["get"].get("parameters", [])}
        for path, ways in paths.items()
        if path.startswith("/api/v1")
        and ways.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        .get("application/json", {}).get("schema", {}).get("type") == "array"
    }  # fmt: skip
    assert len(lists) >= len(LISTS)
    assert {
        path: asked for path, asked in lists.items() if not {"cursor", "limit"} <= asked
    }.keys() <= BEST_HITS
    assert [path for path, asked in lists.items() if asked & {"offset", "after", "before", "page"}] == []


def test_a_filter_goes_with_the_link(factory: Served) -> None:
    """So that whoever follows it need not say again what was asked."""
    found = factory.whole("/lots", status=["released", "in_production"], part_number="GW2", limit=2)
    assert [row["lot"] for row in found] == ["L5", "L4", "L3", "L2", "L1"]
    assert factory.whole("/parts", q="resi", kind="part", limit=2) == factory.get("/parts", q="resi")


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "%00", "W10", "bnVsbA", "WyJhIl0", "eyJhIjogMX0", "W1siYSJdXQ", "[" * 900, "9" * 400, "é"],
)
def test_what_is_no_cursor_is_refused(factory: Served, cursor: str) -> None:
    """With a sentence, on every list."""
    for path in LISTS:
        answer = factory.client.get(f"/api/v1{path}", params={"cursor": cursor})
        assert (answer.status_code, answer.json()["error"]) == (422, "invalid"), path
    assert "begin without one" in answer.json()["detail"]


@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_forged_cursor_never_breaks_the_server(factory: Served, content: bytes) -> None:
    """Whatever is packed as one."""
    cursor = base64.urlsafe_b64encode(content).decode().rstrip("=")
    assert factory.client.get("/api/v1/lots", params={"cursor": cursor}).status_code == 422


def test_a_cursor_of_another_list_is_refused(factory: Served) -> None:
    """Though its values would fit."""
    link = factory.client.get("/api/v1/lots?limit=1").links["next"]["url"]
    assert factory.client.get(link.replace("/lots?", "/purchase-orders?")).status_code == 422


def test_a_ledger_with_balances_cuts_no_posting_in_two(factory: Served) -> None:
    """A transfer's two lines stay together."""
    found = factory.get("/stock/parts/R1/ledger")
    assert len(found) == 3
    pages = [len(page) for page in factory.pages("/stock/parts/R1/ledger", limit=1)]
    assert pages == [2, 1]
    assert factory.whole("/stock/parts/R1/ledger", limit=1) == found


@pytest.mark.parametrize("limit", [0, -1, 1001, "x", "1e3", 2**70])
def test_a_limit_has_its_bounds(factory: Served, limit: object) -> None:
    """1 to 1000."""
    assert factory.client.get("/api/v1/lots", params={"limit": limit}).status_code == 422


def test_what_comes_and_goes_between_two_pages_shifts_nothing(served: Served) -> None:
    """No row twice, none left out that was there all the time; what came meanwhile stands before."""
    for at in range(2, 7):
        served.clock.now += timedelta(minutes=1)
        served.add_lot(f"L{at}")
    pages = served.pages("/lots", limit=2)
    seen = [row["lot"] for row in next(pages)]
    served.add_lot("L7")
    served.add_lot("L8")
    seen += [row["lot"] for page in pages for row in page]
    assert seen == ["L6", "L5", "L4", "L3", "L2", "L1"]
    units = served.pages("/lots/L1/units", limit=2)
    first = [row["serial_number"] for row in next(units)]
    assert first == ["GW2-000001", "GW2-000002"]
    with served.opened.database.write() as connection:
        connection.exec_driver_sql("UPDATE units SET lot = NULL WHERE serial_number IN ('GW2-000002')")
    assert [row["serial_number"] for page in units for row in page] == [
        "GW2-000003", "GW2-000004", "GW2-000005",
    ]  # fmt: skip
