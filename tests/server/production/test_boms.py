"""BOMs: what an import says, what it does, and that it does exactly what it said."""

import contextlib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.server.conftest import Served, serving
from tests.server.production.migrating import old_database

from lotline_server.boms.table import expand, read_table
from lotline_server.core.errors import Invalid

GOOD = 'component,quantity,attrition,designators\nR1K,3,0.5%,R1-R3\nC100N,2,0.01,"C1, C2"\nWIRE,0.25,,\n'


def add_parts(served: Served, *numbers: str, kind: str = "part", uom: str = "pcs") -> None:
    """Add parts that are bought or built."""
    for number in numbers:
        body = {"part_number": number, "name": number, "kind": kind, "uom": uom}
        assert served.client.post("/api/v1/parts", json=body).status_code == 201


def bom_of(served: Served, part: str, text: str, **given: Any) -> dict[str, Any]:
    """Import a BOM as a person does: look, then commit."""
    seen = served.client.post(f"/api/v1/parts/{part}/bom/preview", json={"csv": text, **given}).json()
    body = {"csv": text, "digest": seen["digest"], **given}
    answer = served.client.post(f"/api/v1/parts/{part}/bom", json=body)
    assert answer.status_code == 201, (answer.text, seen)
    return dict(answer.json())


def _fill(served: Served) -> Served:
    add_parts(served, "R1K", "C100N", "IC1")
    add_parts(served, "WIRE", uom="m")
    add_parts(served, "BOX", kind="assembly")
    return served


@pytest.fixture
def catalogue(served: Served) -> Served:
    """Give a server with some components."""
    return _fill(served)


@pytest.fixture(scope="module")
def larder(standing: Served) -> Served:
    """Give one with the same components to all tests that only show it bad input."""
    return _fill(standing)


def _preview(served: Served, text: str, part: str = "GW2") -> dict[str, Any]:
    answer = served.client.post(f"/api/v1/parts/{part}/bom/preview", json={"csv": text})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_an_import_is_shown_first_and_then_done_exactly_so(catalogue: Served) -> None:
    """Nothing is written by the preview; quantities stay exact."""
    seen = _preview(catalogue, GOOD)
    assert (seen["ok"], seen["counts"]["new"]) == (True, 3)
    assert catalogue.get("/parts/GW2/bom")["lines"] == []
    bom_of(catalogue, "GW2", GOOD)
    lines = catalogue.get("/parts/GW2/bom")["lines"]
    shown = ("part_number", "quantity", "attrition", "designators")
    assert [tuple(each[key] for key in shown) for each in lines] == [
        ("R1K", "3", "0.005", "R1,R2,R3"),
        ("C100N", "2", "0.01", "C1,C2"),
        ("WIRE", "0.25", "0", ""),
    ]  # fmt: skip
    assert catalogue.rows("SELECT quantity, attrition FROM bom_lines WHERE position = 1") == [(3000000, 5000)]
    (use,) = catalogue.get("/parts/WIRE/where-used")
    assert (use["part_number"], use["revision"], use["current"], use["quantity"]) == (
        "GW2",
        "-",
        True,
        "0.25",
    )


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("NOPE,1,,", "part NOPE does not exist"),
        (",1,,", "no component is named"),
        ("R1K,,,", "plain decimal"),
        ("R1K,1e3,,", "plain decimal"),
        ("R1K,NaN,,", "plain decimal"),
        ("R1K,0,,", "more than 0"),
        ("R1K,-1,,", "more than 0"),
        ("R1K,0.5,,", "no whole number"),
        ("WIRE,0.1234567,,", "six decimal places"),
        ("R1K,1,2,", "0% to 100%"),
        ("R1K,2,,R1", "1 designators for a quantity of 2"),
        ("R1K,2,,R1 R1", "R1 stands twice"),
        ("R1K,1,,<b>", "no reference designator"),
        ("R1K,2,,R2-R1", "run backwards"),
        ("IC1,1,,", "IC1 stands in line 2 already"),
        ("R1K,1,,U1", "U1 stands in line 2 already"),
        ("GW2,1,,", "cannot be its own component"),
    ],
)  # fmt: skip
def test_each_wrong_row_says_what_is_wrong_and_keeps_all_from_being_written(
    larder: Served, row: str, problem: str
) -> None:
    """The good row beside it too."""
    text = f"component,quantity,attrition,designators\nIC1,1,,U1\n{row}\n"
    seen = _preview(larder, text)
    assert (seen["ok"], [each["fate"] for each in seen["rows"]]) == (False, ["new", "error"])
    assert problem in " ".join(seen["rows"][1]["problems"])
    body = {"csv": text, "digest": seen["digest"]}
    assert larder.client.post("/api/v1/parts/GW2/bom", json=body).status_code == 422
    assert larder.rows("SELECT count(*) FROM boms") == [(0,)]


@pytest.mark.parametrize(
    "text", ["", "x", "component\nR1K", "component,quantity,qty\n", 'component,quantity\n"a\n']
)
def test_what_is_no_table_is_refused(larder: Served, text: str) -> None:
    """With a sentence."""
    assert larder.client.post("/api/v1/parts/GW2/bom/preview", json={"csv": text}).status_code == 422


def test_a_commit_does_what_was_shown_or_nothing(catalogue: Served) -> None:
    """Where the BOM, or a part, has changed since, it is to be looked at again."""
    seen = _preview(catalogue, GOOD)
    bom_of(catalogue, "GW2", "component,quantity\nIC1,1\n")
    body = {"csv": GOOD, "digest": seen["digest"]}
    answer = catalogue.client.post("/api/v1/parts/GW2/bom", json=body)
    assert (answer.status_code, "look at it again" in answer.json()["message"]) == (409, True)
    assert [line["part_number"] for line in catalogue.get("/parts/GW2/bom")["lines"]] == ["IC1"]
    again = bom_of(catalogue, "GW2", GOOD)
    assert again["counts"] == {"new": 3, "changed": 0, "same": 0, "removed": 1, "error": 0}
    third = _preview(catalogue, GOOD.replace("R1K,3,0.5%", "R1K,3,1%"))
    assert [(each["fate"], each["was"]) for each in third["rows"]][:2] == [
        ("changed", "3 (attrition 0.005) R1,R2,R3"), ("same", None),
    ]  # fmt: skip
    body = {"csv": GOOD + "IC1,1,,\n", "digest": third["digest"]}
    assert catalogue.client.post("/api/v1/parts/GW2/bom", json=body).status_code == 409


def test_a_cycle_is_refused_however_long_it_is(catalogue: Served) -> None:
    """Through any revision of any BOM."""
    add_parts(catalogue, "A", "B", kind="assembly")
    bom_of(catalogue, "A", "component,quantity\nB,1\n", revision="old")
    bom_of(catalogue, "B", "component,quantity\nBOX,1\n")
    bom_of(catalogue, "BOX", "component,quantity\nGW2,1\n")
    seen = _preview(catalogue, "component,quantity\nA,1\n")
    assert "cycle" in seen["rows"][0]["problems"][0]
    assert _preview(catalogue, "component,quantity\nIC1,1\n")["ok"]


def test_each_revision_has_a_bom_of_its_own_and_the_parts_own_is_the_current_one(catalogue: Served) -> None:
    """A new revision begins without one."""
    bom_of(catalogue, "GW2", GOOD)
    bom_of(catalogue, "GW2", "component,quantity\nIC1,1\n", revision="B")
    assert len(catalogue.get("/parts/GW2/bom")["lines"]) == 3
    catalogue.client.patch("/api/v1/parts/GW2", json={"revision": "B"})
    found = catalogue.get("/parts/GW2/bom")
    assert ([line["part_number"] for line in found["lines"]], len(found["others"])) == (["IC1"], 2)
    assert catalogue.client.get("/api/v1/parts/GW2/bom", params={"revision": "Z"}).status_code == 404
    assert catalogue.client.post("/api/v1/parts/R1K/bom/preview", json={"csv": GOOD}).status_code == 422


@given(st.lists(st.integers(1, 400), unique=True, max_size=60))
def test_designators_are_read_back_as_they_were_written(numbers: list[int]) -> None:
    """However they are separated."""
    names = tuple(f"R{number}" for number in numbers)
    assert expand(", ".join(names)) == expand(" ".join(names)) == names


@given(st.integers(1, 10**12))
def test_a_quantity_is_read_exactly(micro: int) -> None:
    """To the millionth, with a point or a German comma."""
    text = f"{micro // 10**6}.{micro % 10**6:06d}"
    (row,) = read_table(f"part_number;qty\nX;{text.replace('.', ',')}")
    assert row.quantity == Decimal(micro) / 10**6
    assert not row.problems


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    """It is read or refused."""
    for candidate in (text, "component,quantity,designators\n" + text):
        with contextlib.suppress(Invalid):
            read_table(candidate)


def test_a_bom_can_be_imported_beside_data_of_an_older_server(tmp_path: Path) -> None:
    """The schema before this one, with a part in it."""
    old_database(
        tmp_path, "0002",
        "INSERT INTO parts (id, part_number, name, kind, serial_prefix, serial_digits, next_counter,"
        " created_at) VALUES (1, 'GW2', 'Gateway', 'pcba', 'GW2-', 6, 1, 1)",
    )  # fmt: skip
    with serving(tmp_path) as served:
        add_parts(served, "IC1")
        bom_of(served, "GW2", "component,quantity\nIC1,1\n")
        assert len(served.get("/parts/GW2/bom")["lines"]) == 1


def test_only_one_of_two_who_saw_the_same_preview_writes_it(catalogue: Served) -> None:
    """The other is told to look again, or finds it done: never a mixture."""
    seen = _preview(catalogue, GOOD)
    body = {"csv": GOOD, "digest": seen["digest"]}
    with catalogue.another() as other:
        answers = [
            each.post("/api/v1/parts/GW2/bom", json=body).status_code for each in (catalogue.client, other)
        ]
    assert answers == [201, 409]
