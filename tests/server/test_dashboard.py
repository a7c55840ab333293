"""The first page's figures: how many, of what, when; and which lots somebody should look at."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from tests.server.conftest import Served, serving
from tests.server.making import run
from tests.server.production.test_boms import add_parts, bom_of

from lotline_server.generated.service import generate
from lotline_server.inventory.service import post_by_hand
from lotline_server.lots import queries as lots
from lotline_server.lots.material import material
from lotline_server.lots.shortages import short_lots
from lotline_server.opening import open_data
from lotline_server.site import queries as site

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Give a generated year of a site with three shifts."""
    root = tmp_path_factory.mktemp("dashboard") / "data"
    opened = open_data(root, serve=True)
    generate(opened.database, units=900, lots=40, now=NOW, seed=5, progress=lambda done: None)
    opened.close()
    shifts = [("Early", "06:00", "14:00"), ("Late", "14:00", "20:00"), ("Night", "22:00", "06:00")]
    with serving(root) as served:
        body = {
            "zone": "Europe/Berlin", "day_start": "06:00", "valid_from": "beginning",
            "shifts": [{"name": name, "start": start, "end": end} for name, start, end in shifts],
        }  # fmt: skip
        assert served.client.put("/api/v1/site", json=body).status_code == 200
        yield served


def _by_hand(served: Served, per: str, by: str) -> Counter[tuple[str, str, str]]:
    """Count by walking over all units: (period, shift, part or operation)."""
    if by == "operation":
        rows = served.rows("SELECT passed_at, operation FROM unit_operations WHERE passed_at IS NOT NULL")
    else:
        rows = served.rows(
            "SELECT completed_at, part_number FROM units JOIN parts ON parts.id = units.part "
            "WHERE completed_at IS NOT NULL"
        )
    found: Counter[tuple[str, str, str]] = Counter()
    with served.opened.database.read() as connection:
        calendar = site.calendar(connection)
    for at, name in rows:
        day, shift = calendar.place(at)
        found[day[:7] if per == "month" else day, shift if per == "shift" else "", name if by else ""] += 1
    return found


@pytest.mark.parametrize("per", ["day", "month", "shift"])
@pytest.mark.parametrize("by", ["", "part", "operation"])
def test_every_column_is_what_counting_all_units_gives(factory: Served, per: str, by: str) -> None:
    """And leads to exactly its units."""
    chart = factory.get("/completed", per=per, by=by)
    expected = _by_hand(factory, per, by)
    shown: Counter[tuple[str, str, str]] = Counter()
    for count in chart["counts"]:
        parts = zip(chart["series"], count["parts"], strict=True) if by else [("", count["completed"])]
        shown.update({(count["period"], count["shift"], name): each for name, each in parts if each})
    periods = {(each["period"], each["shift"]) for each in chart["counts"]}
    first = chart["counts"][0]["period"]
    assert shown == Counter({place: each for place, each in expected.items() if place[0] >= first})
    assert len(periods) == len(chart["counts"]) >= {"day": 30, "month": 12, "shift": 30}[per]
    for (period, shift, name), each in list(shown.items())[-12:]:
        asked = {"part": name} if by == "part" else {"operation": name} if by else {}
        of_shift = {"shift": shift} if per == "shift" else {}
        found = factory.get(f"/completed/{period}", **asked, **of_shift, limit=5000)
        if shift or per != "shift":
            assert (found["total"], len(found["units"])) == (each, each)


def test_a_period_that_cannot_be_is_not_found(factory: Served) -> None:
    """Neither is a shift that a day does not have."""
    for period, asked in (
        ("2026-13", {}),
        ("x", {}),
        ("2026-11-23", {"shift": "Lunch"}),
        ("2026-11", {"shift": "Late"}),
    ):
        assert factory.client.get(f"/api/v1/completed/{period}", params=asked).status_code == 404


def test_who_comes_first_takes_first_and_each_page_says_the_same(served: Served) -> None:
    """Three lots want the same screws; a lot's own page and the first page agree."""
    add_parts(served, "S1", uom="pcs")
    bom_of(served, "GW2", "component,quantity\nS1,2\n")
    for name, priority in (("A", 0), ("B", 5), ("C", 0)):
        served.clock.move(minutes=1)
        body = {"lot": name, "part_number": "GW2", "target": 10, "priority": priority}
        assert served.client.post("/api/v1/lots", json=body).status_code == 201
    for stock, short in ((0, {"A", "B", "C"}), (20, {"A", "C"}), (45, {"C"}), (60, set())):
        with served.opened.database.write() as connection:
            post_by_hand(
                connection, kind="count", part_number="S1", quantity=Decimal(stock), at=served.clock(),
                who="test", reason="counted",
            )  # fmt: skip
            found = short_lots(connection)
            alone = {
                lot.lot for lot in lots.list_lots(connection, only_open=True)
                if not material(connection, lot.lot).enough
            }  # fmt: skip
        assert (set(found), alone) == (short, short)
        assert set(served.get("/dashboard")["figures"]["lots_at_risk"]) == short


def test_a_lot_that_will_miss_its_day_is_at_risk(served: Served) -> None:
    """Overdue, here."""
    day = (served.clock() - timedelta(days=1)).date().isoformat()
    assert served.client.patch("/api/v1/lots/L1", json={"planned_end": day}).status_code == 200
    served.station().send(run("GW2-000001"))
    (line,) = served.get("/dashboard")["lots"]
    assert (line["lot"]["lot"], line["outlook"]["risk"]) == ("L1", "overdue")
    assert served.get("/dashboard")["figures"]["lots_at_risk"] == ["L1"]
