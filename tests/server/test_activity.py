"""The activity log: who did what, to what, as it was before and as it is after."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from tests.server.conftest import Served, serving
from tests.server.explaining import explained
from tests.server.production.migrating import old_database
from tests.server.production.test_boms import add_parts, bom_of

from lotline_server.activity import queries
from lotline_server.activity.queries import Wanted
from lotline_server.activity.service import differing, note

FIELDS = st.dictionaries(st.sampled_from("abcd"), st.one_of(st.none(), st.integers(0, 3)))


@given(FIELDS, FIELDS)
def test_what_differs_leads_from_before_to_after(before: dict[str, object], after: dict[str, object]) -> None:
    """And names nothing else."""
    was, now = differing(before, after)
    assert was.keys() == now.keys()
    assert all(was[name] != now[name] for name in was)
    assert {name: after.get(name) for name in {*before, *after}} == {
        **{name: before.get(name) for name in {*before, *after}}, **now,
    }  # fmt: skip


def test_a_change_says_what_was_before_and_after(served: Served) -> None:
    """A lot's target, its status with its reason, a part's name."""
    for body in ({"target": 7}, {"status": "on_hold", "reason": "look at it"}):
        assert served.client.patch("/api/v1/lots/L1", json=body).status_code == 200
    assert served.client.patch("/api/v1/parts/GW2", json={"name": "Gate"}).status_code == 200
    part, hold, target = served.get("/activity", limit=3)
    assert (target["before"], target["after"]) == ({"target": "5"}, {"target": "7"})
    assert (hold["before"], hold["after"]) == (
        {"status": "released"}, {"status": "on_hold", "reason": "look at it"},
    )  # fmt: skip
    assert (part["before"], part["after"]) == ({"name": "Gateway"}, {"name": "Gate"})


def test_amounts_moments_and_deletions_are_kept_as_text(served: Served) -> None:
    """Nothing is after a deletion."""
    with served.opened.database.write() as connection:
        fields = {"price": Decimal("1.50"), "at": served.clock()}
        said = {"at": served.clock(), "who": "ann", "what": "order.deleted", "subject": "PO-1", "text": "x"}
        note(connection, before=fields, **said)
    (found,) = served.get("/activity", who="ann")
    assert found["before"] == {"price": "1.50", "at": "2026-11-23T12:00:00.000Z"}
    assert found["after"] is None


@pytest.fixture
def crowd(served: Served) -> list[int]:
    """Give the ids of 200 entries of four people, of several codes, one a minute, the newest first."""
    with served.opened.database.write() as connection:
        for at in range(200):
            served.clock.move(minutes=1)
            what = ("run.pass", "run.fail", "lot.created", "runaway.x", "run")[at % 5]
            subject, who = f"S{at % 7}", f"p{at % 4}"
            note(connection, at=served.clock(), who=who, what=what, subject=subject, text=f"{at}")
        return list(
            connection.execute(sa.text("SELECT id FROM activity ORDER BY at DESC, id DESC")).scalars()
        )


@pytest.mark.parametrize(
    "asked", [{}, {"what": "run"}, {"what": "run.fail"}, {"who": "p1"}, {"subject": "S3"}, {"what": "no"},
              {"what": "run", "who": "p2"}, {"what": "lot", "subject": "S3", "who": "p0"}]
)  # fmt: skip
def test_pages_of_every_filter_are_all_that_fits_it(
    served: Served, crowd: list[int], asked: dict[str, str]
) -> None:
    """Each entry once, the newest first, whatever the size of a page."""
    every = served.get("/activity", limit=1000)
    assert [each["id"] for each in every] == crowd

    def fits(each: dict[str, str]) -> bool:
        kind = each["what"].partition(".")[0]
        wanted = asked.get("what")
        return all(each[name] == asked[name] for name in ("who", "subject") if name in asked) and (
            wanted is None or wanted in {each["what"], kind}
        )

    paged: list[dict[str, str]] = []
    answer = served.client.get("/api/v1/activity", params={"limit": 9, **asked})
    while True:
        paged += answer.json()
        if "next" not in answer.links:
            break
        answer = served.client.get(answer.links["next"]["url"])
    assert [each["id"] for each in paged] == [each["id"] for each in every if fits(each)]


def test_a_span_of_time_is_from_its_begin_to_before_its_end(served: Served, crowd: list[int]) -> None:
    """Here ten minutes of one entry each."""
    until = served.clock() - timedelta(minutes=5)
    asked = {"since": (until - timedelta(minutes=10)).isoformat(), "until": until.isoformat()}
    found = served.get("/activity", **asked)
    assert [each["text"] for each in found] == [str(at) for at in range(193, 183, -1)]
    for bad in ("yesterday", "2026-11-23T06:00:00", "2026-13-01T00:00:00Z"):
        assert served.client.get("/api/v1/activity", params={"since": bad}).status_code == 422


def test_every_way_to_look_walks_an_index(served: Served, crowd: list[int]) -> None:
    """Nothing is sorted, nothing is looked at in vain: the log only grows."""
    for wanted in (Wanted(), Wanted(who="p1"), Wanted(subject="S3"), Wanted(what="run.fail")):
        with served.opened.database.read() as connection, explained(connection) as said:
            assert queries.latest(connection, wanted, limit=5, before=crowd[50])
        assert any("USING INDEX ix_activity" in each for each in said), said
        assert "SCAN activity" not in said
        assert not [each for each in said if each.startswith("USE TEMP B-TREE")], said


def test_an_older_log_is_kept_and_stays_append_only(tmp_path: Path) -> None:
    """What was written before says nothing of before and after."""
    row = "INSERT INTO activity (at, who, what, subject, text) VALUES (7, 'ann', 'lot.created', 'L1', 'made')"
    old_database(tmp_path / "data", "0006", row)
    with serving(tmp_path / "data") as served:
        (found,) = served.get("/activity")
        assert (found["text"], found["before"], found["after"]) == ("made", None, None)
        for change in ("UPDATE activity SET text = 'x'", "DELETE FROM activity"):
            with pytest.raises(sa.exc.IntegrityError), served.opened.database.write() as connection:
                connection.execute(sa.text(change))


def test_the_whole_log_is_a_file_that_a_spreadsheet_may_open(served: Served, crowd: list[int]) -> None:
    """Filtered as asked; what begins like a formula is quoted; before and after are JSON."""
    with served.opened.database.write() as connection:
        said: dict[str, Any] = {"at": served.clock(), "who": "=cmd()", "what": "lot.target", "subject": "+1"}
        note(connection, text="-1", before={"target": 5}, after={"target": 7}, **said)
    rows = list(csv.reader(io.StringIO(served.client.get("/api/v1/activity.csv").text)))
    assert (len(rows), rows[0][0]) == (len(crowd) + 2, "at")
    assert rows[1][1:] == ["'=cmd()", "lot.target", "'+1", "'-1", '{"target": 5}', '{"target": 7}']
    filtered = served.client.get("/api/v1/activity.csv", params={"who": "p1", "what": "run"}).text
    assert {row[1] for row in list(csv.reader(io.StringIO(filtered)))[1:]} == {"p1"}


def test_an_import_of_a_bom_says_each_line_that_changed(served: Served) -> None:
    """New, changed and removed ones; nothing of what stayed."""
    add_parts(served, "S1", "S2", "S3", "S4")
    bom_of(served, "GW2", "component,quantity\nS1,1\nS2,2\nS3,3\n")
    bom_of(served, "GW2", "component,quantity\nS1,1\nS2,5\nS4,4\n")
    said = served.get("/activity", what="bom", limit=1)[0]
    assert said["after"] == {"S2": "5", "S4": "4"}
    assert (said["before"].keys(), said["before"]["S3"]) == ({"S2", "S3"}, "3")
