"""The sums that pages show: always what counting all units would give."""

import importlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Connection
from tests.server.calling import Calls
from tests.server.conftest import Served, serving
from tests.server.making import run

from lotline_contract.outcome import Outcome
from lotline_contract.record import Station
from lotline_server.site.calendar import BEGINNING
from lotline_server.units import counting

START = datetime(2026, 3, 27, tzinfo=UTC)
SUMS = {
    "completed_days": "day, shift, part, completed",
    "operation_days": "day, shift, operation, counted, first_passed, passed",
    "lot_counts": "lot, units, planned, in_progress, completed, failed, scrapped, held",
    "lot_yields": "lot, operation, counted, first_passed, last_passed",
}
BY_HAND = {
    "lot_counts": """
        SELECT lot, count(*), sum(status = 'planned'), sum(status = 'in_progress'), sum(status = 'completed'),
               sum(status = 'failed'), sum(status = 'scrapped'), sum(hold IS NOT NULL)
        FROM units WHERE lot IS NOT NULL GROUP BY lot""",
    "lot_yields": """
        SELECT lot, operation, count(*), sum(first_outcome = 'PASS'), sum(deciding_outcome = 'PASS')
        FROM unit_operations WHERE lot IS NOT NULL GROUP BY lot, operation""",
}
OUTCOMES = (Outcome.PASS, Outcome.FAIL, Outcome.ERROR, Outcome.ABORTED)
RUNS = st.lists(
    st.tuples(
        st.integers(1, 8), st.sampled_from(["ICT", "FCT"]), st.sampled_from(OUTCOMES),
        st.integers(0, 96 * 60), st.sampled_from([0, 1]), st.sampled_from(["L1", "L2", None]),
        st.sampled_from(["production", "production", "engineering"]),
    ),
    min_size=1, max_size=12,
)  # fmt: skip


def _sums(connection: Connection) -> dict[str, set[tuple[Any, ...]]]:
    found = {}
    for table, columns in SUMS.items():
        rows = connection.execute(sa.text(f"SELECT {columns} FROM {table}"))  # noqa: S608
        numbers = 2 if table in BY_HAND else 3
        found[table] = {tuple(row) for row in rows if any(row[numbers - (table == "lot_counts") :])}
    return found


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, list[Calls]]]:
    """Give a server of a site with shifts, two lots of one part, and two stations."""
    with serving(tmp_path_factory.mktemp("counting") / "data") as served:
        served.add_part(operations=("ICT", "FCT"))
        served.add_lot(serials=6, target=9)
        served.add_lot("L2", serials=0)
        shifts = [("Early", "06:00", "14:00"), ("Night", "22:00", "06:00")]
        body = {
            "zone": "Europe/Berlin", "day_start": "06:00", "valid_from": "beginning",
            "shifts": [{"name": name, "start": start, "end": end} for name, start, end in shifts],
        }  # fmt: skip
        assert served.client.put("/api/v1/site", json=body).status_code == 200
        yield served, [served.station("FCT-01"), served.station("FCT-02")]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(RUNS, st.sampled_from(["scrap", "hold", "nothing"]), st.integers(1, 6))
def test_sums_move_with_the_units_and_are_what_counting_gives(
    factory: tuple[Served, list[Calls]], sent: list[tuple[Any, ...]], act: str, at: int
) -> None:
    """Whatever runs come, in whatever order, over the night on which clocks change."""
    served, stations = factory
    for serial, operation, outcome, minutes, station, lot, purpose in sent:
        record = run(
            f"GW2-{serial:06d}", outcome, operation=operation, lot=lot, purpose=purpose,
            station=Station(name=f"FCT-0{station + 1}", utc_offset_min=60, config_digest="c" * 64),
            started_at=(START + timedelta(minutes=minutes)).isoformat(),
        )  # fmt: skip
        assert stations[station].send(record)[0].answer == "stored"
    if act != "nothing":
        served.client.post(f"/api/v1/units/GW2-{at:06d}/{act}", json={"reason": "to see"})
    with served.opened.database.write() as connection:
        kept = _sums(connection)
        counting.recount(connection, BEGINNING)
        assert _sums(connection) == kept
        for table, statement in BY_HAND.items():
            assert {tuple(row) for row in connection.execute(sa.text(statement))} == kept[table]


def test_an_older_server_s_operations_were_passed_when_its_runs_say_so(
    factory: tuple[Served, list[Calls]],
) -> None:
    """The migration's statement and the rule give the same moments."""
    served, _ = factory
    rows = sa.text("SELECT unit, operation, passed_at FROM unit_operations ORDER BY unit, operation")
    with served.opened.database.write() as connection:
        kept = connection.execute(rows).all()
        assert any(row[2] is not None for row in kept)
        connection.execute(sa.text("UPDATE unit_operations SET passed_at = NULL"))
        migration = importlib.import_module("lotline_server.migrations.versions.0013_sums")
        connection.execute(sa.text(migration.PASSED_AT))
        assert connection.execute(rows).all() == kept


def test_deleting_a_unit_takes_it_out_of_its_lot_s_sums(served: Served) -> None:
    """The database itself keeps them."""
    before = served.get("/lots/L1")
    with served.opened.database.write() as connection:
        connection.execute(sa.text("DELETE FROM units WHERE serial_number = 'GW2-000005'"))
    after = served.get("/lots/L1")
    assert (before["units"], after["units"], after["planned"]) == (5, 4, 4)
