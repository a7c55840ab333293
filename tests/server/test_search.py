"""Search: everything by how it begins, the one meant first, a scanned code taken apart."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.server.conftest import Served

from lotline_server.projects import service as projects
from lotline_server.purchasing import service as purchasing
from lotline_server.purchasing import suppliers
from lotline_server.search import queries
from lotline_server.search.service import search, the_one


@pytest.fixture(scope="module")
def full(standing: Served) -> Served:
    """Give a server that knows one of everything."""
    standing.add_part("SN1", name="Sensor node", description="Measures temperature outdoors")
    standing.add_part("G", name="A part that begins like others")
    standing.code("FCT-01")
    with standing.opened.database.write() as connection:
        said: dict[str, Any] = {"at": standing.clock(), "who": "test"}
        suppliers.add_supplier(connection, name="Elbe Elektronik", **said)
        purchasing.add_order(connection, number="PO-7", supplier="Elbe Elektronik", **said)
        projects.add_project(connection, name="Outdoor line", **said)
    return standing


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("GW2-000003", ("unit", "GW2-000003")), ("gw2-000003", ("unit", "GW2-000003")), ("L1", ("lot", "L1")),
        ("SN1", ("part", "SN1")), ("po-7", ("order", "PO-7")),
        ("elbe elektronik", ("supplier", "Elbe Elektronik")),
        ("outdoor line", ("project", "Outdoor line")), ("fct-01", ("station", "FCT-01")),
        ("(01)04012345678901(21)GW2-000003", ("unit", "GW2-000003")),
        ("]d2010401234567890121GW2-000003\x1d10L9", ("unit", "GW2-000003")),
        ("]C1010401234567890121GW2-000003", ("unit", "GW2-000003")),
        ("]C0GW2-000003\r\n", ("unit", "GW2-000003")),
    ],
)  # fmt: skip
def test_an_exact_name_is_the_one_that_is_meant(full: Served, typed: str, first: tuple[str, str]) -> None:
    """Whatever else begins so; in capitals or not; typed or scanned."""
    hits = full.get("/search", q=typed)
    assert (hits[0]["kind"], hits[0]["name"], hits[0]["exact"]) == (*first, True)
    with full.opened.database.read() as connection:
        one = the_one(search(connection, typed))
    assert one is not None
    assert (one.kind, one.name) == first


@pytest.mark.parametrize(
    ("typed", "kinds"),
    [("GW2-00000", ["unit"] * 5), ("sensor", ["part"]), ("temper out", ["part"]), ("elektro", ["supplier"]),
     ("door", ["project"]), ("PO", ["order"]), ("FC", ["station"]), ("manual", [])],
)  # fmt: skip
def test_beginnings_words_and_parts_of_names_are_found(full: Served, typed: str, kinds: list[str]) -> None:
    """Parts by words of their description too."""
    assert [hit["kind"] for hit in full.get("/search", q=typed)] == kinds


def test_two_of_one_name_are_both_shown(full: Served) -> None:
    """A lot that is called like a part."""
    full.add_lot("SN1", part="SN1", serials=0)
    with full.opened.database.read() as connection:
        hits = search(connection, "SN1")
        assert [(hit.kind, hit.exact) for hit in hits[:2]] == [("lot", True), ("part", True)]
        assert the_one(hits) is None


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.one_of(
        st.text(max_size=300), st.sampled_from(["%", "_", "*", "'", '"', "#ABORT", "\x00", "]d2", "(21)"])
    )
)
def test_nothing_that_is_typed_breaks_it(full: Served, typed: str) -> None:
    """And a wildcard is only a character."""
    with full.opened.database.read() as connection:
        hits = search(connection, typed)
    assert typed not in {"%", "_", "*"} or hits == []


def test_every_beginning_is_a_range_of_an_index(full: Served) -> None:
    """Never a walk over all units."""
    with full.opened.database.read() as connection:
        driver: Any = connection.connection.driver_connection
        statements: list[str] = []
        driver.set_trace_callback(statements.append)
        queries.by_beginning(connection, "GW2-0000", 5)
        driver.set_trace_callback(None)
        (statement,) = [each for each in statements if each.startswith("SELECT")]
        steps = [row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}")]
    for table in ("units", "lots", "parts", "purchase_orders", "stations"):
        assert any(step.startswith(f"SEARCH {table} USING") for step in steps), steps
    assert not [step for step in steps if step.startswith(("SCAN units", "SCAN lots", "USE TEMP"))], steps
