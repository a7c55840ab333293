"""Test data attached by hand: a run like any other, judged by the one judge, and engineering unless said."""

import hashlib
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.server.conftest import Served
from tests.server.making import run

from lotline_contract.record import parse_run
from lotline_server.core.errors import Invalid
from lotline_server.ingest.attaching import file_name
from lotline_server.ingest.point_table import read_points

UNIT = "GW2-000001"
TORQUE = {"name": "torque", "value": 0.51, "uom": "Nm", "limit": {"low": 0.45, "high": 0.55}}


def attach(served: Served, *values: dict[str, Any], status: int = 201, **given: Any) -> Any:
    """Attach values, and give the answer's body."""
    body = {"measurements": values or [TORQUE]} | given
    answer = served.client.post(f"/api/v1/units/{UNIT}/data", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def attach_file(served: Served, content: bytes, name: str = "x.txt", status: int = 201) -> Any:
    """Attach a file, and give the answer's body."""
    answer = served.client.post(
        f"/api/v1/units/{UNIT}/files", params={"name": name}, content=content,
        headers={"Content-Type": "application/octet-stream"},
    )  # fmt: skip
    assert answer.status_code == status, answer.text
    return answer.json()


def test_values_are_judged_and_stand_in_the_record_beside_the_stations_runs(served: Served) -> None:
    """In the unit's record, in its spreadsheet and verbatim; a failed one fails the run, and not the unit."""
    served.station().send(run(UNIT))
    done = attach(
        served, TORQUE, {"name": "gap", "value": 3, "uom": "mm", "limit": {"high": 2}},
        {"name": "seal", "value": True, "limit": {"equals": True}}, {"name": "batch", "value": "A-7"},
        note="after the shock test",
    )  # fmt: skip
    assert [(each["name"], each["outcome"], each["cause"]) for each in done["measurements"]] == [
        ("torque", "PASS", None), ("gap", "FAIL", "limit"), ("seal", "PASS", None), ("batch", "PASS", None),
    ]  # fmt: skip
    unit = served.get(f"/units/{UNIT}")
    newest = next(each for each in unit["runs"] if each["row"]["run_id"] == done["run_id"])
    assert (newest["row"]["station"], newest["row"]["purpose"], newest["row"]["outcome"]) == (
        "manual", "engineering", "FAIL",
    )  # fmt: skip
    assert newest["record"]["properties"] == {"note": "after the shock test"}
    assert unit["unit"]["status"] == "completed"
    assert served.get("/lots/L1/yield")["operations"][0]["counted"] == 1
    sheet = served.client.get(f"/api/v1/units/{UNIT}/measurements.csv").text
    assert "manual,manual,FAIL,gap,gap,3.0,mm,LE,,2.0" in sheet
    kept = served.client.get(f"/api/v1/runs/{done['run_id']}/record")
    assert hashlib.sha256(kept.content).hexdigest() == kept.headers["X-Lotline-Digest"]
    assert parse_run(kept.content).operator == "the admin"
    said = [
        each for each in served.get("/activity") if each["who"] == "the admin" and each["what"] == "run.fail"
    ]
    assert said[0]["text"].startswith(f"torque, gap, seal … was attached to {UNIT} by hand: gap 3 mm > 2 mm")


def test_production_at_an_operation_counts_like_any_run_there(served: Served) -> None:
    """In the status, in the yields and in the attempts, under the station `manual`."""
    attach(served, purpose="production", operation="FCT")
    unit = served.get(f"/units/{UNIT}")
    assert (unit["unit"]["status"], unit["operations"][0]["attempts"]) == ("completed", 1)
    assert served.get("/lots/L1/yield")["operations"][0]["first_pass_yield"] == 1.0
    attach(served, {**TORQUE, "value": 9}, purpose="production", operation="FCT")
    assert served.get(f"/units/{UNIT}")["operations"][0]["deciding_outcome"] == "FAIL"


@pytest.mark.parametrize(
    ("action", "given"),
    [("hold", {"status": 409}), ("scrap", {"status": 409})],
)
def test_production_by_hand_is_refused_where_a_station_would_refuse_it(
    served: Served, action: str, given: dict[str, Any]
) -> None:
    """A unit on hold or scrapped; what is recorded for engineering is not."""
    body = {"action": action, "serial_numbers": [UNIT], "reason": "because"}
    served.client.post("/api/v1/units/actions", json=body).raise_for_status()
    attach(served, purpose="production", operation="FCT", **given)
    attach(served)


def test_a_vector_from_a_table_is_judged_and_its_samples_are_kept(served: Served) -> None:
    """With its axis; the same samples come back."""
    table = "Time;Volt\n" + "\n".join(f"{at / 1000:.3f};{3 + at % 5 / 10:.1f}" for at in range(100))
    limit = {"low": 2.9, "high": 3.3}
    attach(served, {"name": "ripple", "csv": table.replace(".", ","), "uom": "V", "limit": limit})
    (found,) = served.get(f"/units/{UNIT}")["runs"]
    (measured,) = found["record"]["steps"][0]["measurements"]
    assert (measured["outcome"], measured["cause"]) == ("FAIL", "limit")
    assert measured["vector"]["axis"] == {"x0": 0.0, "dx": pytest.approx(0.001), "uom": "s"}
    raw = served.client.get(f"/api/v1/vectors/{measured['vector']['data_digest']}")
    assert np.frombuffer(raw.content, "<f8").tolist() == [3 + at % 5 / 10 for at in range(100)]


def test_samples_come_as_numbers_too(served: Served) -> None:
    """Nothing is judged without a limit."""
    axis = {"dx": 0.5, "uom": "mm"}
    done = attach(served, {"name": "profile", "samples": [1, 2.5, -3], "axis": axis, "uom": "mm"})
    assert done["outcome"] == "PASS"


def test_a_file_comes_back_byte_for_byte_as_a_download_and_never_as_a_page(served: Served) -> None:
    """Whatever it is called, and whatever is in it."""
    content = b"<script>alert(1)</script>\r\n\0"
    done = attach_file(served, content, 'C:\\lab\\Prüf"bericht;\u4e2d.html')
    answer = served.client.get(f"/api/v1/runs/{done['run_id']}/file")
    assert answer.content == content
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"Pr_f_bericht__.html\"; filename*=UTF-8''Pr%C3%BCf%22bericht%3B%E4%B8%AD.html"
    )
    (found,) = served.get(f"/units/{UNIT}")["runs"]
    assert found["record"]["properties"]["file_sha256"] == hashlib.sha256(content).hexdigest()
    assert served.client.get("/api/v1/runs/nobody/file").status_code == 404


def test_what_a_station_says_of_files_is_not_believed(served: Served) -> None:
    """It could name another's by its digest."""
    attach_file(served, b"secret")
    digest = hashlib.sha256(b"secret").hexdigest()
    sent = run(UNIT, properties={"file": "x", "file_sha256": digest, "file_bytes": "6"})
    served.station().send(sent)
    assert served.client.get(f"/api/v1/runs/{sent.run_id}/file").status_code == 404


def test_a_file_over_the_limit_is_refused(served: Served) -> None:
    """And leaves nothing behind."""
    attach_file(served, b"x" * (16 * 1024 * 1024 + 1), status=413)
    attach_file(served, b"", status=422)
    assert served.rows("SELECT count(*) FROM records") == [(0,)]
    assert list(served.opened.folder.files.iterdir()) == []


@pytest.mark.parametrize(
    ("value", "given", "status"),
    [
        ({"name": " ", "value": 1}, {}, 422), ({"name": "x"}, {}, 422),
        ({"name": "x", "value": None}, {}, 422),
        ({"name": "x", "value": 1, "csv": "1"}, {}, 422),
        ({"name": "x", "value": 1, "uom": "furlong"}, {}, 422),
        ({"name": "x", "value": 1, "limit": {"low": 1}}, {}, 422),
        ({"name": "x", "value": 1, "uom": "V", "limit": {"low": 2, "high": 1}}, {}, 422),
        ({"name": "x", "value": True, "uom": "V"}, {}, 422), ({"name": "x", "value": 10**400}, {}, 422),
        ({"name": "x", "value": True, "limit": {"low": 0, "high": 1}}, {}, 422),
        ({"name": "x", "value": 1, "uom": "V", "limit": {"comparator": "like", "low": 1}}, {}, 422),
        ({"name": "x", "value": "a\u0000"}, {}, 422), ({"name": "x", "csv": ""}, {}, 422),
        ({"name": "x", "csv": "1\nfive"}, {}, 422), ({"name": "x", "samples": []}, {}, 422),
        ({"name": "x", "csv": "0,1\n1,2\n5,3"}, {}, 422),
        ({"name": "x", "value": 1, "axis": {"dx": 1}}, {}, 422),
        ({"name": "x", "value": 1}, {"purpose": "reference"}, 422),
        ({"name": "x", "value": 1}, {"purpose": "production"}, 422),
        ({"name": "x", "value": 1}, {"purpose": "production", "operation": "ICT"}, 422),
        ({"name": "x", "value": 1}, {"operation": "FCT"}, 422),
        ({"name": "x", "value": 1}, {"part_number": "none"}, 404), ({"name": "x", "value": 1}, {"x": 1}, 422),
    ],
)  # fmt: skip
def test_what_cannot_be_attached_is_refused_and_nothing_is_kept(
    standing: Served, value: dict[str, Any], given: dict[str, Any], status: int
) -> None:
    """With a sentence, never with a 500."""
    attach(standing, value, status=status, **given)
    assert standing.rows("SELECT count(*) FROM records") == [(0,)]


def test_people_who_attach_at_once_lose_nothing(served: Served) -> None:
    """Each gets a place of its own in the sequence."""
    statuses: list[int] = []

    def one(number: int) -> None:
        body = {"measurements": [{"name": f"m{number}", "value": number}]}
        statuses.append(served.client.post(f"/api/v1/units/{UNIT}/data", json=body).status_code)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [201] * 8
    assert served.rows("SELECT seq FROM runs ORDER BY seq") == [(number,) for number in range(1, 9)]


def test_the_source_manual_is_no_station_and_no_station_may_be_called_so(served: Served) -> None:
    """It is silent for ever, and must trouble nobody."""
    attach(served)
    assert served.get("/stations") == []
    assert served.get("/completeness") == []
    with pytest.raises(Invalid, match="something else"):
        served.code("Manual")


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.sampled_from([",", ";", "\t", " , "]),
    st.booleans(), st.booleans(),
)  # fmt: skip
def test_a_table_of_points_gives_back_its_values(
    values: list[float], separator: str, with_axis: bool, with_head: bool
) -> None:
    """With or without an axis and a head, whatever separates the columns."""
    with_axis = with_axis and len(values) > 1
    lines = [
        f"{at * 0.25!r}{separator}{value!r}" if with_axis else repr(value) for at, value in enumerate(values)
    ]
    head = ["time (s), U"] if with_head else []
    points = read_points("\r\n".join([*head, *lines, ""]))
    assert points.samples.tolist() == values
    assert (points.axis is not None) == with_axis
    if points.axis is not None:
        assert (points.axis.x0, points.axis.dx) == (0.0, pytest.approx(0.25))


@pytest.mark.parametrize(
    ("name", "kept"),
    [("../../etc/passwd", "passwd"), ("C:\\a\\b.csv", "b.csv"), (" report.pdf ", "report.pdf")],
)
def test_a_file_keeps_its_own_name_only(name: str, kept: str) -> None:
    """No folder, of whatever system."""
    assert file_name(name) == kept
