"""BOMs by hand, beside each other, level by level; and numbers as different countries write them."""

import itertools
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.server.conftest import Served
from tests.server.production.test_boms import add_parts, bom_of

from lotline_server.boms.compare import compare, natural
from lotline_server.boms.queries import BomLineRow
from lotline_server.boms.table import read_table


@pytest.fixture
def catalogue(served: Served) -> Served:
    add_parts(served, "R1K", "C100N", "IC1")
    add_parts(served, "WIRE", uom="m")
    add_parts(served, "BOX", "CRATE", kind="assembly")
    return served


def put(served: Served, component: str, part: str = "GW2", **given: Any) -> tuple[int, Any]:
    body = {"component": component, "quantity": 1} | given
    answer = served.client.put(f"/api/v1/parts/{part}/bom/lines", json=body)
    return answer.status_code, answer.json()


def lines(served: Served, part: str = "GW2", **asked: Any) -> list[tuple[str, str, str, str]]:
    found = served.get(f"/parts/{part}/bom", **asked)["lines"]
    return [(each["part_number"], each["quantity"], each["attrition"], each["designators"]) for each in found]


def test_a_line_is_added_changed_and_removed_and_the_others_stay(catalogue: Served) -> None:
    """In the place where it stood; who did it, with what was before and after."""
    assert put(catalogue, "R1K", quantity=3, designators="R1-R3", attrition="0.005")[0] == 200
    assert put(catalogue, "WIRE", quantity="0.25")[0] == 200
    assert put(catalogue, "C100N", quantity=2, designators="C1 C2")[0] == 200
    assert put(catalogue, "R1K", quantity=4, designators="R1-R4")[0] == 200
    assert lines(catalogue) == [
        ("R1K", "4", "0", "R1,R2,R3,R4"), ("WIRE", "0.25", "0", ""), ("C100N", "2", "0", "C1,C2"),
    ]  # fmt: skip
    answer = catalogue.client.delete("/api/v1/parts/GW2/bom/lines", params={"component": "WIRE"})
    assert [each["part_number"] for each in answer.json()["lines"]] == ["R1K", "C100N"]
    entries = [each for each in catalogue.get("/activity") if each["what"] == "bom.line"]
    assert entries[0]["text"] == "WIRE was removed from the BOM of GW2 revision -"
    assert "R1K was changed in the BOM of GW2 revision -" in entries[1]["text"]
    again = catalogue.client.delete("/api/v1/parts/GW2/bom/lines", params={"component": "WIRE"})
    assert again.status_code == 404


def test_a_line_keeps_to_the_rules_of_a_file(catalogue: Served) -> None:
    """Each refusal says why, and nothing is written."""
    put(catalogue, "R1K", quantity=2, designators="R1 R2")
    put(catalogue, "GW2", part="BOX")
    put(catalogue, "BOX", part="CRATE")
    for component, given_, said in (
        ("GW2", {}, "cannot be its own component"),
        ("BOX", {}, "a cycle: BOX is itself made of GW2"),
        ("CRATE", {}, "a cycle: CRATE is itself made of GW2"),
        ("C100N", {"quantity": "1.5"}, "counted in pcs"),
        ("C100N", {"quantity": 2, "designators": "C1"}, "1 designators for a quantity of 2"),
        ("C100N", {"designators": "R2"}, "R2 stands at R1K already"),
        ("C100N", {"designators": "C1 C1"}, "stands twice"),
        ("C100N", {"designators": "<b>"}, "no reference designator"),
        ("C100N", {"quantity": 0}, "more than 0"),
        ("C100N", {"quantity": "-1"}, "more than 0"),
        ("C100N", {"quantity": "1e3"}, "plain decimal"),
        ("C100N", {"attrition": "1.1"}, "attrition must be 0 to 1"),
        ("C100N", {"revision": "a b"}, "not usable"),
    ):
        status, answer = put(catalogue, component, **given_)
        assert (status, said in answer["message"]) == (422, True), answer
    assert put(catalogue, "NOBODY")[0] == 404
    assert put(catalogue, "R1K", part="C100N")[0] == 422
    assert [each[0] for each in lines(catalogue)] == ["R1K"]


def test_a_line_can_be_mended_while_another_is_wrong(catalogue: Served) -> None:
    """What has become wrong since stands in nobody's way."""
    put(catalogue, "WIRE", quantity="0.25")
    assert catalogue.client.patch("/api/v1/parts/WIRE", json={"uom": "pcs"}).status_code == 200
    assert put(catalogue, "R1K")[0] == 200
    assert put(catalogue, "WIRE", quantity="0.25")[0] == 422
    assert put(catalogue, "WIRE", quantity=1)[0] == 200


def test_a_new_revision_begins_with_the_bom_of_the_old_one(catalogue: Served) -> None:
    """Each is then changed for itself, and both can be compared."""
    put(catalogue, "R1K", quantity=2, designators="R1 R2")
    put(catalogue, "IC1")
    assert catalogue.client.patch("/api/v1/parts/GW2", json={"revision": "B"}).status_code == 200
    put(catalogue, "R1K", quantity=3, designators="R1 R3 R10")
    put(catalogue, "C100N", quantity=1)
    catalogue.client.delete("/api/v1/parts/GW2/bom/lines", params={"component": "IC1"})
    assert [each[0] for each in lines(catalogue)] == ["R1K", "C100N"]
    assert [each[0] for each in lines(catalogue, revision="-")] == ["R1K", "IC1"]
    found = catalogue.get("/parts/GW2/bom/compare", before="-", after="B")
    assert found["counts"] == {"added": 1, "removed": 1, "changed": 1, "same": 0}
    rows = {each["component"]: each for each in found["rows"]}
    assert rows["R1K"]["changed"] == ["quantity", "designators"]
    assert (rows["R1K"]["designators_gone"], rows["R1K"]["designators_new"]) == (["R2"], ["R3", "R10"])
    assert (rows["C100N"]["difference"], rows["IC1"]["difference"]) == ("added", "removed")
    missing = catalogue.client.get("/api/v1/parts/GW2/bom/compare", params={"before": "-", "after": "Z"})
    assert missing.status_code == 404
    # Back and forth again: an older revision keeps its own.
    assert catalogue.client.patch("/api/v1/parts/GW2", json={"revision": "-"}).status_code == 200
    assert [each[0] for each in lines(catalogue)] == ["R1K", "IC1"]


def test_a_part_with_a_bom_stays_one_that_is_built(catalogue: Served) -> None:
    put(catalogue, "R1K")
    refused = catalogue.client.patch("/api/v1/parts/GW2", json={"kind": "part"})
    assert (refused.status_code, "has a BOM" in refused.json()["message"]) == (422, True)
    assert catalogue.client.patch("/api/v1/parts/GW2", json={"kind": "assembly"}).status_code == 200
    assert catalogue.client.patch("/api/v1/parts/IC1", json={"kind": "pcba"}).status_code == 200
    assert catalogue.client.patch("/api/v1/parts/IC1", json={"kind": "toy"}).status_code == 422


def test_the_tree_goes_down_and_up_with_quantities_multiplied(catalogue: Served) -> None:
    put(catalogue, "R1K", quantity=3)
    put(catalogue, "GW2", part="BOX", quantity=2)
    put(catalogue, "R1K", part="BOX", quantity=1)
    put(catalogue, "BOX", part="CRATE", quantity=5)
    found = catalogue.get("/parts/CRATE/structure")
    shown = ("level", "part_number", "quantity", "total")
    assert [tuple(each[key] for key in shown) for each in found["rows"]] == [
        (1, "BOX", "5", "5"), (2, "GW2", "2", "10"), (3, "R1K", "3", "30"), (2, "R1K", "1", "5"),
    ]  # fmt: skip
    found = catalogue.get("/parts/R1K/structure", up=True)
    assert [tuple(each[key] for key in shown) for each in found["rows"]] == [
        (1, "BOX", "1", "1"), (2, "CRATE", "5", "5"),
        (1, "GW2", "3", "3"), (2, "BOX", "2", "6"), (3, "CRATE", "5", "30"),
    ]  # fmt: skip
    assert catalogue.get("/parts/IC1/structure") == {"part_number": "IC1", "rows": [], "cut": False}
    # Only present revisions count: what an old one held is history.
    assert catalogue.client.patch("/api/v1/parts/BOX", json={"revision": "B"}).status_code == 200
    catalogue.client.delete("/api/v1/parts/BOX/bom/lines", params={"component": "R1K"})
    found = catalogue.get("/parts/R1K/structure", up=True)
    assert [each["part_number"] for each in found["rows"]] == ["GW2", "BOX", "CRATE"]


def test_a_deep_tree_ends_and_says_that_it_was_cut(served: Served) -> None:
    chain = [f"A{at}" for at in range(24)]
    add_parts(served, *chain, kind="assembly")
    for above, below in itertools.pairwise(chain):
        bom_of(served, above, f"component,quantity\n{below},2\n")
    found = served.get("/parts/A0/structure")
    assert (len(found["rows"]), found["cut"]) == (20, True)
    assert found["rows"][-1]["total"] == str(2**20)


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("component;quantity\nA;0,5\n", Decimal("0.5")),
        ("component;quantity\nA;0.5\n", Decimal("0.5")),
        ("component\tquantity\nA\t1,25\n", Decimal("1.25")),
        ("component\tquantity\nA\t0,125\n", Decimal("0.125")),
        ("component;quantity\nA;1,2500\n", Decimal("1.25")),
        ("component,quantity\nA,1.250\n", Decimal("1.25")),
        ("Teilenummer;Menge\nA;1250\n", Decimal(1250)),
    ],
)
def test_a_number_is_read_as_its_file_writes_numbers(text: str, quantity: Decimal) -> None:
    (row,) = read_table(text)
    assert (row.quantity, row.problems) == (quantity, [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("component;quantity\nA;1.250\n", "1.250 may set thousands apart: write 1250, or 1.2500"),
        ("component;quantity\nA;1,250\n", "may set thousands apart"),
        ("component\tquantity\nA\t1.250.000\n", "write 1250000"),
        ('component,quantity\nA,"1,5"\n', "plain decimal number"),
        ("component;quantity\nA;1.250,5\n", "plain decimal number"),
        ("component;quantity\nA;½\n", "plain decimal number"),
        ("component;quantity\nA;١\n", "plain decimal number"),
    ],
)
def test_a_number_that_may_mean_two_things_is_refused_in_its_row(text: str, said: str) -> None:
    (row,) = read_table(text)
    assert any(said in problem for problem in row.problems), row.problems


def line(part: int, quantity: int, designators: tuple[str, ...]) -> BomLineRow:
    return BomLineRow(
        position=1, part=part, part_number=f"P{part}", name="", kind="part", uom="pcs", status="active",
        quantity=Decimal(quantity), attrition=Decimal(0), designators=",".join(designators),
    )  # fmt: skip


BOMS = st.lists(
    st.builds(
        line,
        st.integers(1, 6),
        st.integers(1, 3),
        st.lists(st.sampled_from(["R1", "R2", "R10"]), unique=True).map(tuple),
    ),
    unique_by=lambda each: each.part,
)


@given(BOMS, BOMS)
def test_a_comparison_leaves_nothing_out_and_its_mirror_says_the_same(
    old: list[BomLineRow], new: list[BomLineRow]
) -> None:
    """Every component once; what one way was added the other way was removed."""
    there = compare("X", ("A", old), ("B", new))
    back = compare("X", ("B", new), ("A", old))
    parts = {each.part_number for each in (*old, *new)}
    assert {row.component for row in there.rows} == parts
    assert len(there.rows) == len(parts)
    assert there.counts["added"] == back.counts["removed"]
    assert there.counts["changed"] == back.counts["changed"]
    assert there.counts["same"] == sum(
        1 for each in old for other in new
        if (each.part, each.quantity, set(each.designators.split(","))) ==
        (other.part, other.quantity, set(other.designators.split(",")))
    )  # fmt: skip


def test_designators_stand_in_the_order_of_their_numbers() -> None:
    assert sorted(["R10", "R2", "C1", "R1", "TP"], key=natural) == ["C1", "R1", "R2", "R10", "TP"]
