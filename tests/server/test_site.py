"""The site's calendar in use: what a day is for the figures, the API, the command line and the log."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.server.conftest import Served, serving
from tests.server.making import run
from tests.server.production.migrating import old_database

SHIFTS = [
    {"name": "Early", "start": "06:00", "end": "14:00"},
    {"name": "Late", "start": "14:00", "end": "22:00"},
    {"name": "Night", "start": "22:00", "end": "06:00"},
]
BERLIN = {"zone": "Europe/Berlin", "day_start": "06:00", "shifts": SHIFTS, "valid_from": "beginning"}


def _set(served: Served, **body: Any) -> Any:
    answer = served.client.put("/api/v1/site", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _complete(served: Served, *moments: str) -> None:
    station = served.station()
    for at, started_at in enumerate(moments, start=1):
        (answer,) = station.send(run(f"GW2-{at:06d}", started_at=started_at, duration_s=0.0))
        assert answer.answer == "stored"


def test_a_site_says_which_day_and_shift_it_is(served: Served) -> None:
    """At half past five in the morning the night shift of yesterday is at work."""
    served.clock.now = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)
    found = _set(served, **BERLIN)
    assert (found["today"], found["shift"]) == ("2026-11-23", "Night")
    assert (found["since"], found["until"]) == ("2026-11-23T05:00:00Z", "2026-11-24T05:00:00Z")
    assert found["calendar"] == BERLIN
    served.clock.move(hours=1)
    assert (served.get("/site")["today"], served.get("/site")["shift"]) == ("2026-11-24", "Early")


def test_units_completed_after_midnight_count_for_the_day_of_their_shift(served: Served) -> None:
    """Whether the calendar was there before them or came later."""
    moments = ("2026-11-23T05:30:00+01:00", "2026-11-23T06:00:00+01:00", "2026-11-24T05:59:00+01:00")
    _set(served, zone="UTC", valid_from="beginning")
    served.clock.now = datetime(2026, 11, 24, 5, 30, tzinfo=UTC)
    _complete(served, *moments)
    assert _days(served) == {"2026-11-23": 2, "2026-11-24": 1}
    _set(served, **BERLIN)
    assert _days(served) == {"2026-11-22": 1, "2026-11-23": 2}
    assert served.get("/dashboard")["figures"]["completed_today"] == 0
    _complete(served, *moments, "2026-11-24T06:10:00+01:00")
    assert _days(served) == {"2026-11-22": 1, "2026-11-23": 2, "2026-11-24": 1}


def test_history_is_not_counted_anew_by_accident(served: Served) -> None:
    """A calendar holds from today on unless it is told otherwise, and can be taken back."""
    _set(served, zone="UTC", valid_from="beginning")
    served.clock.now = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    _complete(served, "2026-11-23T00:30:00Z", "2026-11-24T02:00:00Z")
    before = _days(served)
    found = _set(served, zone="America/New_York", day_start="06:00")
    assert [each["valid_from"] for each in found["calendars"]] == ["beginning", "2026-11-24"]
    assert _days(served) == {"2026-11-23": 2}
    assert served.client.delete("/api/v1/site/2026-11-24").status_code == 200
    assert _days(served) == before == {"2026-11-23": 1, "2026-11-24": 1}
    said = [(each["what"], each["before"], each["after"]) for each in served.get("/activity", what="site")]
    assert [each[0] for each in said] == ["site.calendar_dropped"] + 2 * ["site.calendar"]
    assert said[0][1] == said[1][2]
    assert said[1][1]["zone"] == "UTC"
    assert said[0][2] is None


def _days(served: Served) -> dict[str, int]:
    days = served.get("/dashboard")["days"]
    return {each["period"]: each["completed"] for each in days if each["completed"]}


@pytest.mark.parametrize(
    "bad",
    [
        {"zone": "Nowhere"}, {"zone": 5}, {"day_start": "6"}, {"day_start": "24:00"},
        {"day_start": "06:00:0"}, {"day_start": "०६:००"}, {"more": 1},
        {"shifts": [{"name": "", "start": "06:00", "end": "14:00"}]},
        {"shifts": [{"name": "A\u202e", "start": "06:00", "end": "14:00"}]}, {"valid_from": "tomorrow"},
        {"shifts": [{"name": "A", "start": "05:00", "end": "07:00"}]}, {"valid_from": "1800-01-01"},
    ],
)  # fmt: skip
def test_a_bad_calendar_is_refused_and_nothing_changes(standing: Served, bad: dict[str, Any]) -> None:
    """422 with words."""
    before = standing.get("/site")
    answer = standing.client.put("/api/v1/site", json=BERLIN | {"valid_from": None} | bad)
    assert answer.status_code == 422, answer.text
    assert standing.get("/site") == before


def test_the_first_calendar_stays_and_an_unknown_one_is_not_found(standing: Served) -> None:
    """One rule always holds."""
    assert standing.client.delete("/api/v1/site/beginning").status_code == 422
    assert standing.client.delete("/api/v1/site/2026-01-01").status_code == 404


def test_an_older_server_counted_in_the_machine_s_zone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From midnight, and so it goes on: its days are counted anew by that."""
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    old_database(
        tmp_path / "data", "0010",
        "INSERT INTO parts (id, part_number, name, kind, serial_prefix, serial_digits, next_counter,"
        " created_at) VALUES (1, 'GW2', 'G', 'pcba', 'GW2-', 6, 1, 0)",
        "INSERT INTO lots (id, lot, part, target, open, created_at) VALUES (1, 'L1', 1, 9, 1, 0)",
        "INSERT INTO units (serial_number, part, lot, from_run, status, scrapped, completed_at, created_at)"
        # 2026-11-20 19:00 UTC
        " VALUES ('GW2-000001', 1, 1, 0, 'completed', 0, 1795201200000000, 0),"
        " ('GW2-000002', 1, 1, 0, 'planned', 0, NULL, 0)",
        "INSERT INTO completed_days VALUES ('2026-11-20', 7)",
    )  # fmt: skip
    with serving(tmp_path / "data") as served:
        assert served.get("/site")["calendars"] == [
            {"valid_from": "beginning", "zone": "Asia/Kolkata", "day_start": "00:00", "shifts": []}
        ]
        assert _days(served) == {"2026-11-21": 1}
        (lot,) = served.get("/lots")
        assert (lot["units"], lot["completed"], lot["planned"]) == (2, 1, 1)
