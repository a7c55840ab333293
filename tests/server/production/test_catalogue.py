"""Projects and the parts catalogue."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.server.conftest import Served, serving
from tests.server.production.migrating import old_database

from lotline_server.parts import serials
from lotline_server.parts.serials import luhn, parse

DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@st.composite
def formats(draw: st.DrawFn) -> str:
    """Make a format as a person would write it."""
    literal = st.text("ABCXYZabc0189-/", min_size=1, max_size=5)
    pieces = [draw(literal), "{N" + str(draw(st.integers(4, 9))) + "}"]
    if draw(st.booleans()):
        dated = [draw(st.sampled_from(["{YY}", "{YYYY}"]))] + ["{WW}"] * draw(st.booleans())
        pieces[1:1] = dated
    if draw(st.booleans()):
        pieces.insert(draw(st.integers(1, len(pieces))), draw(literal))
    return "".join(pieces) + "{CHECK}" * draw(st.booleans())


@given(formats(), DAYS, st.integers(0, 9_000), st.integers(1, 30))
def test_numbers_of_a_format_are_unique_in_order_and_fit_it(
    text: str, day: date, first: int, count: int
) -> None:
    """And the format is written as it was read."""
    form = parse(text)
    made = form.make(first, count, day)
    assert str(form) == text
    assert made == sorted(set(made))
    assert all(form.fits(each) for each in made)


@given(formats(), DAYS, st.integers(0, 9_000))
def test_stations_are_told_a_prefix_and_digits_that_every_number_has(text: str, day: date, at: int) -> None:
    """Where they cannot say it all, they are told so."""
    form = parse(text)
    prefix, digits, whole = form.as_prefix_and_digits()
    made = form.make(at, 1, day)[0]
    if whole:
        assert made.startswith(prefix)
        assert len(made) == len(prefix) + digits
        assert made.removeprefix(prefix).isdigit()


@given(st.text("0123456789", min_size=1, max_size=20), st.data())
def test_one_wrong_digit_never_passes_the_check(digits: str, data: st.DataObject) -> None:
    """That is what a mod-10 digit is for."""
    at = data.draw(st.integers(0, len(digits) - 1))
    other = data.draw(st.sampled_from("0123456789").filter(lambda each: each != digits[at]))
    assert luhn(digits) != luhn(digits[:at] + other + digits[at + 1 :])


def test_known_check_digits_and_weeks() -> None:
    """29 December 2025 lies in week 1 of 2026, and 1 January 2027 in week 53 of 2026."""
    assert luhn("7992739871") == "3"
    form = parse("GW2-{YY}{WW}{N5}{CHECK}")
    assert form.make(1, 2, date(2025, 12, 29)) == ["GW2-2601000015", "GW2-2601000023"]
    assert form.make(1, 1, date(2027, 1, 1))[0].startswith("GW2-2653")
    assert parse("{YYYY}-{N3}").make(7, 1, date(2027, 1, 1)) == ["2027-007"]
    assert not form.fits("GW2-2654000018")
    assert not form.fits("GW2-2601000016")


@pytest.mark.parametrize(
    "text",
    ["", "GW2-", "{N0}", "{N19}", "{N4}{N4}", "{WW}{N4}", "{CHECK}{N4}", "{YY}{YYYY}{N4}", "{n4}", "{N4",
     "#{N4}", " {N4}", "A\u202e{N4}", "{N4}{CHECK}{CHECK}", "x" * 70 + "{N4}"],
)  # fmt: skip
def test_a_format_that_cannot_be_is_refused(standing: Served, text: str) -> None:
    """With a sentence; an empty one only where a part has one already."""
    with pytest.raises(ValueError, match=r"[a-z]"):
        parse(text)
    body = {"part_number": "P", "name": "P", "serial_format": text}
    assert standing.client.post("/api/v1/parts", json=body).status_code == (422 if text else 201)


def test_a_plain_format_is_what_it_always_was() -> None:
    """Prefix and digits, as parts before had them, braces in a prefix included."""
    form = serials.plain("GW{2}-", 3)
    assert form.make(9, 2, date(2026, 1, 1)) == ["GW{2}-009", "GW{2}-010"]
    assert form.as_prefix_and_digits() == ("GW{2}-", 3, True)


def test_a_new_format_goes_on_with_the_counter_and_leaves_old_numbers_alone(served: Served) -> None:
    """Stations hear of it as prefix and digits."""
    change = {"serial_format": "GW2-{YY}{WW}{N5}{CHECK}"}
    changed = served.client.patch("/api/v1/parts/GW2", json=change).json()
    assert changed["next_serial"] == "GW2-2648000069"
    made = served.client.post("/api/v1/lots/L1/serials", json={"count": 2}).json()["serial_numbers"]
    assert made == ["GW2-2648000069", "GW2-2648000077"]
    assert served.get("/units/GW2-000001")["unit"]["lot"] == "L1"
    snapshot, _ = served.station().snapshot()
    assert snapshot is not None
    assert (snapshot.parts[0].serial_prefix, snapshot.parts[0].serial_digits) == ("GW2-", 10)
    assert served.client.patch("/api/v1/parts/GW2", json={"serial_format": ""}).status_code == 422


def _found(served: Served, **asked: object) -> list[str]:
    return [part["part_number"] for part in served.get("/parts", **asked)]


def test_parts_are_found_by_the_beginnings_of_their_words_while_typing(served: Served) -> None:
    """Number, name and description; every word must be there; % and _ are only characters."""
    for number, name, description in (
        ("R-10K-0402", "Resistor 10 kΩ", "thick film 1%"),
        ("R-22K-0402", "Resistor 22 kΩ", "thin film 0.1%"),
        ("C_100N", "Capacitor", None),
    ):
        body = {"part_number": number, "name": name, "kind": "part", "description": description}
        assert served.client.post("/api/v1/parts", json=body).status_code == 201
    both = ["R-10K-0402", "R-22K-0402"]
    assert _found(served, q="resi") == _found(served, q="R-") == _found(served, q="0402 FILM") == both
    assert _found(served, q="res thin") == ["R-22K-0402"]
    assert _found(served, q="10k-04") == _found(served, q="1% thick") == ["R-10K-0402"]
    assert _found(served, q="c_1") == ["C_100N"]
    assert _found(served, q="%") == _found(served, q="_100") == _found(served, q="c%") == []
    assert _found(served, q="x'; DROP TABLE parts") == []
    assert _found(served, kind="part", limit=2) == ["C_100N", "R-10K-0402"]
    served.client.patch("/api/v1/parts/C_100N", json={"name": "Kondensator"})
    assert (_found(served, q="capa"), _found(served, q="konden")) == ([], ["C_100N"])


def test_a_part_keeps_what_the_catalogue_says_of_it(served: Served) -> None:
    """And the activity log what it said before."""
    change = {
        "revision": "B",
        "uom": "m",
        "description": "a cable",
        "status": "obsolete",
        "project": "Gateway",
    }
    answer = served.client.patch("/api/v1/parts/GW2", json=change)
    assert answer.status_code == 200, answer.text
    assert {key: served.get("/parts/GW2")[key] for key in change} == change
    (said,) = [each["text"] for each in served.get("/activity") if each["what"] == "part.changed"]
    assert "revision '-' → 'B'" in said
    refused = served.client.post("/api/v1/lots", json={"lot": "L2", "part_number": "GW2", "target": 1})
    assert (refused.status_code, "obsolete" in refused.json()["message"]) == (422, True)
    for bad in ({"status": "gone"}, {"revision": "a b"}, {"uom": "%"}, {"name": " "}, {"name": "a\x07b"}):
        assert served.client.patch("/api/v1/parts/GW2", json=bad).status_code == 422


def test_projects_are_made_listed_and_hold_their_lots_and_parts(served: Served) -> None:
    """A project that a lot names for the first time is there from then on."""
    made = {"name": "Gateway 2", "customer": "ACME", "description": "the second"}
    assert served.client.post("/api/v1/projects", json=made).status_code == 201
    assert served.client.post("/api/v1/projects", json=made).status_code == 409
    for lot, project in (("L2", "Gateway 2"), ("L3", "Sensor")):
        body = {"lot": lot, "part_number": "GW2", "target": 1, "project": project}
        assert served.client.post("/api/v1/lots", json=body).status_code == 201
    assert [each["name"] for each in served.get("/projects")] == ["Gateway 2", "Sensor"]
    assert [each["name"] for each in served.get("/projects", q="Sen")] == ["Sensor"]
    assert served.get("/projects/Gateway 2")["customer"] == "ACME"
    assert [each["lot"] for each in served.get("/lots", project="Sensor")] == ["L3"]
    assert served.client.get("/api/v1/projects/none").status_code == 404
    assert served.client.patch("/api/v1/projects/Sensor", json={"active": False}).json()["active"] is False
    body = {"lot": "L4", "part_number": "GW2", "target": 1, "project": "Sensor"}
    assert served.client.post("/api/v1/lots", json=body).status_code == 422


def test_the_texts_of_older_lots_become_projects(tmp_path: Path) -> None:
    """Each once, and its lots point to it; parts are found by their words at once."""
    old_database(
        tmp_path,
        "0001",
        "INSERT INTO parts VALUES (1, 'GW2', 'Gateway board', 'pcba', 'GW2-', 6, 1, 1)",
        "INSERT INTO lots VALUES (1, 'L1', 1, 5, 'Gateway 2', NULL, 1, 10),"
        " (2, 'L2', 1, 5, ' Gateway 2', NULL, 1, 9),"
        " (3, 'L3', 1, 5, 'Ω%', NULL, 0, 11), (4, 'L4', 1, 5, NULL, NULL, 1, 12)",
    )  # fmt: skip
    with serving(tmp_path) as served:
        assert [each["name"] for each in served.get("/projects")] == ["Gateway 2", "Ω%"]
        assert [each["lot"] for each in served.get("/lots", project="Gateway 2")] == ["L2", "L1"]
        assert _found(served, q="board") == ["GW2"]
        part = served.get("/parts/GW2")
        assert (part["revision"], part["uom"], part["status"], part["next_serial"]) == (
            "-", "pcs", "active", "GW2-000001",
        )  # fmt: skip


def test_a_picker_is_told_the_likeliest_parts_first_with_what_lies_in_stock(served: Served) -> None:
    """The number itself, numbers that begin so, then the others; what is untested is no stock."""
    for number, kind, status in (
        ("R-1", "part", "active"),
        ("R-10", "part", "active"),
        ("A-R-1", "part", "active"),
        ("R-1-ASSY", "assembly", "obsolete"),
    ):
        body = {"part_number": number, "name": "Thing", "kind": kind}
        assert served.client.post("/api/v1/parts", json=body).status_code == 201
        served.client.patch(f"/api/v1/parts/{number}", json={"status": status})
    for quantity in (5, 7):
        posting = {"kind": "receipt", "part_number": "R-10", "quantity": quantity}
        assert served.client.post("/api/v1/stock/postings", json=posting).status_code < 300

    def told(**params: object) -> list[str]:
        return [each["part_number"] for each in served.get("/part-suggestions", **params)]

    assert told(q="r-1") == ["R-1", "R-1-ASSY", "R-10", "A-R-1"]
    assert told(q="R-1", status="active") == ["R-1", "R-10", "A-R-1"]
    assert told(q="thing", kind=["assembly", "pcba"]) == ["R-1-ASSY"]
    assert told(q="r-1 ass") == ["R-1-ASSY"]
    assert told(q="%") == told(q="_") == told(q="'") == []
    assert told(limit=2) == ["A-R-1", "GW2"]
    (found,) = served.get("/part-suggestions", q="r-10")
    assert (found["stock"], found["uom"], found["revision"]) == ("12", "pcs", "-")
    for bad in ({"limit": 0}, {"limit": 51}, {"q": "x" * 201}):
        assert served.client.get("/api/v1/part-suggestions", params=bad).status_code == 422
