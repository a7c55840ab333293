"""A generated factory is one that could have happened: every rule gives the same again."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from tests.server.conftest import Served, serving

from lotline_contract.record import record_digest
from lotline_contract.wire import Item
from lotline_server.core.errors import Invalid
from lotline_server.generated.schedule import plan_lots, plan_runs
from lotline_server.generated.service import generate
from lotline_server.ingest.checks import judged_otherwise, look_at
from lotline_server.lots.derive import rederive
from lotline_server.opening import open_data
from lotline_server.runs.codec import unpack_record
from lotline_server.site.calendar import BEGINNING
from lotline_server.units.counting import recount

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DERIVED = ("units", "unit_operations", "completed_days", "operation_days", "lot_counts", "lot_yields",
           "stock_postings", "stock_movements", "stock_levels", "lots")  # fmt: skip


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, list[int]]]:
    """Give a server of 600 generated units in 24 lots, and what progress was told."""
    root = tmp_path_factory.mktemp("generated") / "data"
    told: list[int] = []
    opened = open_data(root, serve=True)
    generate(opened.database, units=600, lots=24, now=NOW, progress=told.append)
    opened.close()
    with serving(root) as served:
        yield served, told


def _tables(connection: Connection) -> dict[str, list[Any]]:
    names = connection.execute(sa.text("SELECT name FROM sqlite_schema WHERE type = 'table'")).scalars()
    return {
        name: sorted(map(repr, connection.execute(sa.text(f"SELECT * FROM {name}"))))  # noqa: S608
        for name in names
        if name in DERIVED
    }


def test_deriving_everything_anew_changes_nothing(generated: tuple[Served, list[int]]) -> None:
    """Statuses, yields, days, lots and the ledger."""
    served, told = generated
    assert (told[-1], told) == (600, sorted(told))
    with served.opened.database.write() as connection:
        before = _tables(connection)
        assert before.keys() == set(DERIVED)
        keys = list(connection.execute(sa.text("SELECT id FROM units")).scalars())
        assert len(keys) == 600
        rederive(connection, keys, at=NOW, who="test")
        recount(connection, BEGINNING)
        assert _tables(connection) == before


def test_every_record_is_one_that_ingest_takes(generated: tuple[Served, list[int]]) -> None:
    """Its bytes, its digest, its judgement, its place in its station's sequence."""
    served, _ = generated
    rows = served.rows(
        "SELECT records.seq, records.record_id, records.digest, records.content, dictionaries.content, "
        "stations.name, runs.started_at, runs.ended_at, runs.counts_as, epochs.epoch FROM records "
        "JOIN runs ON runs.id = records.id JOIN epochs ON epochs.id = records.epoch "
        "JOIN stations ON stations.id = runs.station "
        "JOIN dictionaries ON dictionaries.id = records.dictionary ORDER BY stations.name, records.seq"
    )
    assert len(rows) > 500
    for station, of_station in itertools.groupby(rows, key=lambda row: row[5]):
        places = list(of_station)
        assert [row[0] for row in places] == list(range(1, len(places) + 1)), station
        assert [row[6] for row in places] == sorted(row[6] for row in places), station
    for row in rows:
        data = unpack_record(row[3], row[4])
        item = Item(epoch=row[9], seq=row[0], kind="run", id=row[1], digest=record_digest(data))
        assert row[2] == bytes.fromhex(item.digest)
        looked = look_at(item, data, row[5])
        assert (looked.problem, looked.retry) == (None, None)
        assert (looked.started_us, looked.ended_us, looked.counts) == tuple(row[6:9])
        assert looked.run is not None
        assert judged_otherwise(looked.run, {}) is None
        assert msgspec.json.decode(data)["run_id"] == row[1]


def test_its_pages_have_something_to_show(generated: tuple[Served, list[int]]) -> None:
    """Lots of every kind of status, units of every status, failures, stock, orders."""
    served, _ = generated
    statuses = {row[0] for row in served.rows("SELECT DISTINCT status FROM units")}
    assert {"planned", "completed", "failed"} <= statuses
    lots = {row[0] for row in served.rows("SELECT DISTINCT status FROM lots")}
    assert {"in_production", "planned"} <= lots
    assert lots & {"completed", "closed_short"}
    assert served.rows("SELECT count(*) FROM stock_movements")[0][0] > 100
    found = served.get("/dashboard")
    assert found["figures"]["completed_today"] > 0
    assert sum(each["completed"] for each in found["months"]) > 300


def test_a_used_folder_and_an_impossible_factory_are_refused(generated: tuple[Served, list[int]]) -> None:
    """Nothing is written then."""
    database = generated[0].opened.database
    with pytest.raises(Invalid, match="in use"):
        generate(database, units=10, lots=1, now=NOW, progress=lambda done: None)
    for units, lots in ((0, 1), (1, 2), (10, 0), (10**9, 10)):
        with pytest.raises(Invalid, match="1 to"):
            generate(database, units=units, lots=lots, now=NOW, progress=lambda done: None)


@pytest.mark.parametrize(("units", "lots"), [(1, 1), (7, 7), (1000, 20), (5000, 33)])
def test_a_seed_plans_one_factory(units: int, lots: int) -> None:
    """All its units, lots of one line one after the other, no run before its lot or after now."""
    planned = plan_lots(units, lots, NOW, 3)
    assert planned == plan_lots(units, lots, NOW, 3)
    assert sum(lot.units for lot in planned) == units
    ends: dict[int, int] = {}
    for lot in planned:
        runs, _ = plan_runs(lot, NOW, 3)
        assert [run.started_us for run in runs] == sorted(run.started_us for run in runs)
        if runs:
            assert runs[0].started_us > ends.get(lot.line, 0)
            ends[lot.line] = runs[-1].started_us
            assert runs[-1].started_us < NOW.timestamp() * 1e6


def test_it_is_made_by_a_command(tmp_path: Path) -> None:
    """As a person does it."""
    from tests.server.test_cli import _run

    data = ["--data", str(tmp_path / "data")]
    done = _run("generate-demo", "--units", "40", "--lots", "3", *data)
    assert done.returncode == 0, done.stderr
    again = _run("generate-demo", "--units", "40", *data)
    assert (again.returncode, "in use" in again.stderr) == (1, True)
