"""Importing serial numbers: each row's fate is told before anything is written, then just that is done."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.server.conftest import Served
from tests.server.making import run

from lotline_server.core.errors import Invalid
from lotline_server.lots.importing import read_serials


def _preview(served: Served, text: str, lot: str = "L1") -> Any:
    answer = served.client.post(f"/api/v1/lots/{lot}/serials/preview", json={"text": text})
    assert answer.status_code == 200, answer.text
    return answer.json()


def _import(served: Served, text: str, digest: str, **more: Any) -> Any:
    body = {"text": text, "digest": digest, **more}
    return served.client.post("/api/v1/lots/L1/serials/import", json=body)


def test_each_row_is_told_apart_and_what_is_refused_says_why(served: Served) -> None:
    """Doubles, other formats, other parts' units and formats, what no scan may hold."""
    served.add_part("PSU", serial_prefix="PSU-")
    served.add_part("TWIN", serial_prefix="GW2-", serial_digits=6)
    served.add_lot("L2", "TWIN", serials=0)
    served.client.patch("/api/v1/parts/TWIN", json={"serial_format": "GW2-{N6}"})
    served.station().send(run("GW2-000777", part_number="TWIN", lot=None))
    text = (
        "GW2-000100\nGW2-000101\n GW2-000100 \nGW2-000001\nPSU-000001\nGW2-1\n#ABORT\nGW2-000777\n"
        "<script>\nGW2-000102\n"
    )
    found = _preview(served, text)
    problems = {row["line"]: row["problem"] for row in found["rows"] if row["fate"] == "error"}
    assert problems == {
        3: "it stands in line 1 already",
        4: "it is a unit of this lot already",
        5: "it does not have the format GW2-{N6} but that of part PSU",
        6: "it does not have the format GW2-{N6}",
        7: "#ABORT is a command, not a serial number.",
        8: "it is a unit of part TWIN",
        9: "it does not have the format GW2-{N6}",
    }
    assert (found["new"], found["refused"], found["ok"]) == (3, 7, False)
    assert len(served.get("/lots/L1/units")) == 5
    assert _import(served, text, found["digest"]).status_code == 422
    assert _import(served, text, "0" * 64, leave_out_refused=True).status_code == 409
    made = _import(served, text, found["digest"], leave_out_refused=True)
    assert made.status_code == 201
    serials = [unit["serial_number"] for unit in served.get("/lots/L1/units")]
    assert serials[5:] == ["GW2-000100", "GW2-000101", "GW2-000102"]
    assert _import(served, text, found["digest"], leave_out_refused=True).status_code == 409
    again = _preview(served, "GW2-000100\n")
    assert again["rows"][0]["problem"] == "it is a unit of this lot already"
    assert _import(served, "GW2-000100\n", again["digest"], leave_out_refused=True).status_code == 422


def test_what_changed_since_the_preview_is_not_done(served: Served) -> None:
    """Somebody else took the number."""
    text = "serial_number;note\nGW2-000006;x\nGW2-000007;y\n"
    found = _preview(served, text)
    assert (found["ok"], [row["line"] for row in found["rows"]]) == (True, [2, 3])
    served.client.post("/api/v1/lots/L1/serials", json={"count": 1}).raise_for_status()
    assert _import(served, text, found["digest"]).status_code == 409
    assert len(served.get("/lots/L1/units")) == 6


def test_imported_numbers_are_never_created_again(served: Served) -> None:
    """The counter passes over them."""
    text = "GW2-000006\nGW2-000008\n"
    assert _import(served, text, _preview(served, text)["digest"]).status_code == 201
    made = served.client.post("/api/v1/lots/L1/serials", json={"count": 2}).json()
    assert made["serial_numbers"] == ["GW2-000007", "GW2-000009"]
    station = served.station()
    snapshot, _ = station.snapshot()
    assert snapshot is not None
    assert "GW2-000008" in {unit.serial_number for unit in snapshot.units}


@pytest.mark.parametrize(
    "text",
    ["", " \n", "a,b\nc,d\n", "sn,serial\n1,2\n", '"open\n', "x\n" * 10_001],
)
def test_what_is_no_list_is_refused(standing: Served, text: str) -> None:
    """With a sentence."""
    answer = standing.client.post("/api/v1/lots/L1/serials/preview", json={"text": text})
    assert answer.status_code == 422
    assert answer.json()["message"]


def test_a_lot_that_is_over_takes_no_serial_numbers(served: Served) -> None:
    """And one that does not exist neither."""
    body = {"status": "closed_short", "reason": "done"}
    served.client.patch("/api/v1/lots/L1", json=body).raise_for_status()
    for lot, status in (("L1", 409), ("L9", 404)):
        answer = served.client.post(f"/api/v1/lots/{lot}/serials/preview", json={"text": "GW2-000100"})
        assert answer.status_code == status


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """And nothing else happens."""
    try:
        found = read_serials(text)
    except Invalid:
        return
    assert found
