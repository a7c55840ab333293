"""What can be asked of the server, and that it is true."""

import csv
import io
import json
import threading
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.server.conftest import Served
from tests.server.making import RIPPLE, number, run, vector

from lotline_contract.frames import FrameHeader
from lotline_contract.outcome import Outcome
from lotline_contract.record import encode_record
from lotline_server.core.spreadsheet import safe_cell, write_csv
from lotline_server.frames.service import form_of
from lotline_server.history.overview import make_overview


def test_a_unit_is_shown_with_all_its_runs_as_they_were_recorded(served: Served) -> None:
    """Newest first, attempts numbered, the record inside as the station wrote it."""
    station = served.station()
    failed = run(outcome=Outcome.FAIL, started_at="2026-11-23T08:00:00Z")
    broken = run(outcome=Outcome.ERROR, started_at="2026-11-23T08:01:00Z")
    passed = run(started_at="2026-11-23T08:02:00Z")
    station.send(failed, broken, passed)
    found = served.get("/units/GW2-000001")
    assert [(each["row"]["outcome"], each["attempt"]) for each in found["runs"]] == [
        ("PASS", 2), ("ERROR", None), ("FAIL", 1),
    ]  # fmt: skip
    assert found["runs"][0]["record"] == json.loads(encode_record(passed))
    assert found["operations"] == [
        {
            "operation": "FCT", "first_outcome": "FAIL", "first_run": failed.run_id,
            "deciding_outcome": "PASS", "deciding_run": passed.run_id, "attempts": 2,
        }
    ]  # fmt: skip
    assert found["unit"]["status"] == "completed"


def test_a_serial_number_of_two_parts_asks_for_the_part(served: Served) -> None:
    """409 names both; with ?part= there is one answer."""
    served.add_part("GW3")
    served.station().send(run("X-1", lot=None), run("X-1", lot=None, part_number="GW3"))
    answer = served.client.get("/api/v1/units/X-1")
    assert answer.status_code == 409
    assert "GW2, GW3" in answer.json()["message"]
    assert served.get("/units/X-1", part="GW3")["unit"]["part_number"] == "GW3"


@pytest.mark.parametrize("serial", ["a/b", "../../x", "<img src=x onerror=alert(1)>", "%", "_", "a?b#c", "é"])
def test_a_hostile_serial_number_is_only_text(standing: Served, serial: str) -> None:
    """It is found by exactly itself."""
    standing.station().send(run(serial, lot=None), run("other", lot=None))
    answer = standing.client.get(f"/api/v1/units/{quote(serial, safe='')}")
    assert answer.json()["unit"]["serial_number"] == serial
    assert [hit["name"] for hit in standing.get("/search", q=serial)] == [serial]


def test_search_finds_by_beginning_and_takes_no_wildcards(served: Served) -> None:
    """Lots, parts and units; small letters find capitals."""
    assert [hit["kind"] for hit in served.get("/search", q="gw2")] == ["part"] + ["unit"] * 5
    assert [hit["name"] for hit in served.get("/search", q="L1")] == ["L1"]
    for nothing in ("GW2%", "_W2", "%", "", "x" * 65, "GW2-00000\x00"):
        assert served.get("/search", q=nothing) == []


def test_a_failed_run_is_told_in_one_sentence(served: Served) -> None:
    """With the measurement, its value and the limit it broke."""
    measured = (number("3.3 V rail", 3.3), number("3.3 V ripple", 41.7, RIPPLE, "mV"))
    served.station().send(run("GW2-000124", Outcome.FAIL, measured))
    said = [entry["text"] for entry in served.get("/activity") if entry["what"] == "run.fail"]
    assert said == ["FCT-01 failed GW2-000124: 3.3 V ripple 41.7 mV > 30 mV"]


def test_the_dashboard_counts_what_was_completed_and_when(served: Served) -> None:
    """Today against yesterday by the same hour, days, months, yield, stations that worry us."""
    station = served.station()
    now = served.clock()
    station.hello(pending=0)

    def at(moment: Any) -> str:
        return str((moment - timedelta(minutes=1)).isoformat())

    station.send(
        run("GW2-000001", started_at=at(now)),
        run("GW2-000002", Outcome.FAIL, started_at=at(now)),
        run("GW2-000003", started_at=at(now - timedelta(days=1))),
        run("GW2-000004", started_at=at(now - timedelta(days=1) + timedelta(minutes=30))),
    )
    found = served.get("/dashboard")
    figures = found["figures"]
    assert (figures["completed_today"], figures["completed_yesterday_by_now"]) == (1, 1)
    assert (figures["first_pass_yield_today"], figures["counted_today"]) == (0.5, 2)
    assert (figures["open_lots"], figures["stations_silent"], figures["stations_behind"]) == (1, [], [])
    assert [day["completed"] for day in found["days"][-2:]] == [2, 1]
    assert (found["months"][-1]["period"], found["months"][-1]["completed"]) == ("2026-11", 3)
    served.clock.move(minutes=6)
    station.client.get("/sync/v1/changes", headers=station.headers)
    assert served.get("/dashboard")["figures"]["stations_silent"] == ["FCT-01"]
    station.hello(pending=9, oldest_pending_s=3600.0)
    assert served.get("/dashboard")["figures"]["stations_behind"] == ["FCT-01"]


def test_an_overview_holds_every_extreme(served: Served) -> None:
    """A spike of one sample in a million is in the picture, and zooming in finds it."""
    samples = np.zeros(100_000, dtype=np.int16)
    samples[77_777] = 1000
    measured, frame = vector("ripple", samples)
    served.station().send(run(measurements=(measured,)), frames=[frame])
    assert measured.vector is not None
    path = f"/vectors/{measured.vector.data_digest}/overview"
    whole = served.get(path, points=100)
    assert len(whole["at"]) == 100
    assert (max(whole["high"]), min(whole["low"])) == (500.0, 0.0)
    near = served.get(path, points=100, start=77_700, stop=77_800)
    assert near["high"].index(500.0) == 77
    assert near["x"][77] == pytest.approx(0.077777)


def test_equal_codes_of_two_ranges_are_each_shown_in_their_own(served: Served) -> None:
    """The same samples, so the same data digest; the record's form says which scale is meant."""
    samples = np.arange(100, dtype=np.int16)
    station = served.station()
    tops = {}
    for serial, scale in (("GW2-000001", 0.5), ("GW2-000002", 2.0)):
        measured, frame = vector("dead", samples, scale=scale)
        station.send(run(serial, measurements=(measured,)), frames=[frame])
        assert measured.vector is not None
        form = form_of(measured.vector.dtype, measured.vector.shape, scale, 0.0)
        outline = served.get(f"/vectors/{measured.vector.data_digest}/overview", points=10, form=form)
        tops[scale] = max(outline["high"])
    assert tops == {0.5: 49.5, 2.0: 198.0}


@given(
    st.lists(st.integers(-100, 100), max_size=60),
    st.integers(1, 70),
    st.integers(0, 70),
    st.integers(0, 70),
    st.sampled_from([1.0, -0.5]),
)
def test_an_overview_is_the_extremes_of_its_samples(
    values: list[int], points: int, start: int, stop: int, scale: float
) -> None:
    """Whatever range is asked for, stretch by stretch."""
    samples = np.array(values, dtype=np.int16)
    header = FrameHeader(
        name="v", dtype="<i2", shape=samples.shape, encoding="raw", sha256="", scale=scale, offset=1.0
    )
    found = make_overview(header, samples, points=points, start=start, stop=stop)
    edges = [*found.at, found.stop]
    assert found.start <= found.stop <= len(values)
    for at, (low, high) in enumerate(zip(found.low, found.high, strict=True)):
        inside = [value * scale + 1.0 for value in values[edges[at] : edges[at + 1]]]
        assert (low, high) == (min(inside), max(inside))


def test_the_csv_of_a_unit_reads_back(served: Served) -> None:
    """A formula is only text, −5 V is a number."""
    measured = (number("=cmd|'/C calc'!A0", -5.0, None), number("@x", 3.3))
    served.station().send(run(measurements=measured))
    answer = served.client.get("/api/v1/units/GW2-000001/measurements.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["measurement"], row["value"]) for row in rows] == [
        ("'=cmd|'/C calc'!A0", "-5.0"),
        ("'@x", "3.3"),
    ]


@given(st.lists(st.one_of(st.none(), st.booleans(), st.floats(allow_nan=False), st.text()), min_size=1))
def test_no_text_cell_begins_as_a_formula_does(cells: list[Any]) -> None:
    """And every number is the number it was."""
    if any(isinstance(cell, str) and "\x00" in cell for cell in cells):
        return
    (row,) = list(csv.reader(io.StringIO(write_csv(["h"] * len(cells), [cells]), newline="")))[1:]
    for cell, written in zip(cells, row, strict=True):
        if isinstance(cell, str):
            assert not written.startswith(("=", "+", "-", "@", "\t", "\r"))
            assert written.removeprefix("'") == cell.removeprefix("'")
        elif isinstance(cell, float):
            assert float(written) == cell
        assert written == str(safe_cell(cell))


def test_the_live_stream_tells_of_each_commit(served: Served) -> None:
    """First where it stands, then that something is new; it says no more than that."""
    with served.client.stream("GET", "/live") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = (line for line in stream.iter_lines() if line.startswith("data:"))
        first = json.loads(next(lines)[5:])["change"]
        thread = threading.Thread(target=served.add_lot, args=("L2",))
        thread.start()
        second = json.loads(next(lines)[5:])["change"]
        thread.join()
    assert second > first
