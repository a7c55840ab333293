"""F37, F38, F42: a restored image, a cloned disk and a wrong clock are seen, and cost no record."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.agent.configs import plan_of, station_with, step, write_setup
from tests.agent.records import finished, header, journal_all, record, scalar
from tests.agent.running import Running
from tests.agent.scpi import Instrument
from tests.agent.test_sync import Syncing
from tests.server.conftest import Served, serving

from lotline_agent.execution import station as stations
from lotline_agent.store import journal
from lotline_agent.store.station_store import StationStore
from lotline_agent.sync import worker
from lotline_agent.sync.pairing import Credentials, pair

SERIALS = "SELECT serial_number, count(*) FROM runs JOIN units ON units.id = unit GROUP BY 1 ORDER BY 1"
FORKS = "SELECT subject FROM activity WHERE what = 'station.fork'"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path / "server") as found:
        found.add_part()
        found.add_lot(serials=20, target=20)
        yield found


@pytest.fixture
def paired(served: Served, tmp_path: Path) -> Credentials:
    return pair(tmp_path / "data", served.url, "ST-1", served.code("ST-1"))


def at_work(folder: Path, paired: Credentials, first: int, count: int) -> None:
    """One life of an agent: it records units and sends all it has."""
    store = StationStore(folder, floor_bytes=0, ballast_bytes=0)
    syncing = Syncing(store, paired.server, paired.token)
    syncing.worker.start()
    try:
        for n in range(first, first + count):
            record(store, header(f"GW2-{n:06d}"), [scalar(0)])
        syncing.worker.wake()
        syncing.wait(lambda view: view.state == "sent" and store.outbox.backlog().pending == 0)
    finally:
        syncing.worker.stop()
        store.close()


def serials(last: int) -> list[tuple[str, int]]:
    return [(f"GW2-{n:06d}", 1) for n in range(1, last + 1)]


def test_a_station_that_is_only_started_again_is_no_fork(
    served: Served, paired: Credentials, tmp_path: Path
) -> None:
    for n in range(1, 4):
        at_work(tmp_path / "data", paired, n, 1)
    assert served.rows(FORKS) == []
    assert served.rows(SERIALS) == serials(3)


def test_f37_a_station_restored_from_an_old_image_raises_a_fork_alarm_and_both_branches_are_kept(
    served: Served, paired: Credentials, tmp_path: Path
) -> None:
    data, image = tmp_path / "data", tmp_path / "image"
    at_work(data, paired, 1, 2)
    shutil.copytree(data, image)
    at_work(data, paired, 3, 2)
    shutil.rmtree(data)
    image.rename(data)
    at_work(data, paired, 5, 2)
    assert served.rows(FORKS) == [("ST-1",)]
    assert served.rows(SERIALS) == serials(6)
    assert served.rows("SELECT count(*) FROM quarantine") == [(0,)]


def test_f37_an_image_of_the_life_that_then_went_on_is_noticed_by_its_last_number(
    served: Served, paired: Credentials, tmp_path: Path
) -> None:
    """No second child of that life was ever heard of: the parent is simply further than the image knew."""
    data, image = tmp_path / "data", tmp_path / "image"
    store = StationStore(data, floor_bytes=0, ballast_bytes=0)
    syncing = Syncing(store, paired.server, paired.token)
    record(store, header("GW2-000001"), [scalar(0)])
    store.database.checkpoint()
    shutil.copytree(data, image)
    record(store, header("GW2-000002"), [scalar(0)])
    syncing.worker.start()
    syncing.wait(lambda view: view.state == "sent" and store.outbox.backlog().pending == 0)
    syncing.worker.stop()
    store.close()
    at_work(image, paired, 3, 1)
    assert served.rows(FORKS) == [("ST-1",)]
    assert served.rows(SERIALS) == serials(3)


def test_f37_an_image_taken_in_the_middle_of_a_run_gives_a_conflict_and_overwrites_nothing(
    served: Served, paired: Credentials, tmp_path: Path
) -> None:
    """The run went on to PASS; in the image it is open, and is closed as ABORTED under the same run_id."""
    data, image = tmp_path / "data", tmp_path / "image"
    store = StationStore(data, floor_bytes=0, ballast_bytes=0)
    head, taken = header("GW2-000001"), [scalar(0)]
    run = journal_all(store, head, taken)
    store.database.checkpoint()
    shutil.copytree(data, image)
    run.close(finished(head, taken))
    store.close()
    at_work(data, paired, 2, 1)
    at_work(image, paired, 3, 1)
    assert served.rows(FORKS) == [("ST-1",)]
    assert served.rows(SERIALS) == serials(3)
    assert served.rows(f"SELECT outcome FROM runs WHERE run_id = '{head.run_id}'") == [("PASS",)]  # noqa: S608
    assert served.rows("SELECT record_id, reason FROM quarantine") == [(head.run_id, "conflict")]


def test_f38_two_stations_on_one_cloned_disk_raise_a_fork_alarm_and_lose_nothing(
    served: Served, paired: Credentials, tmp_path: Path
) -> None:
    """Both work on under one token, in turn."""
    data, clone = tmp_path / "data", tmp_path / "clone"
    at_work(data, paired, 1, 1)
    shutil.copytree(data, clone)
    at_work(data, paired, 2, 2)
    at_work(clone, paired, 4, 2)
    at_work(data, paired, 6, 1)
    at_work(clone, paired, 7, 1)
    assert served.rows(FORKS) == [("ST-1",)]
    assert served.rows(SERIALS) == serials(7)


@pytest.mark.parametrize("days", [10_000, -1, 0])
def test_f42_a_clock_years_ahead_or_a_day_back_costs_no_record_and_is_flagged(
    served: Served, paired: Credentials, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, days: int
) -> None:
    served.clock.now = datetime.now(UTC)
    said = (datetime.now(UTC) + timedelta(days=days)).isoformat()
    monkeypatch.setattr(worker, "utc_now", lambda: said)
    store = StationStore(tmp_path / "data", floor_bytes=0, ballast_bytes=0)
    record(store, header("GW2-000001", started_at=said), [scalar(0)])
    store.close()
    at_work(tmp_path / "data", paired, 2, 1)
    assert served.rows(SERIALS) == serials(2)
    ((skew,),) = served.rows("SELECT clock_skew_s FROM stations WHERE name = 'ST-1'")
    assert abs(skew - days * 86_400) < 60


def test_f42_a_clock_that_is_put_back_in_the_middle_of_a_run_changes_no_duration_and_no_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the meter measures, the clock goes back 25 years; order is by place, durations are monotonic."""

    def put_back() -> str:
        for module in (stations, journal):
            monkeypatch.setattr(module, "utc_now", lambda: "2001-01-01T00:00:00.000Z")
        return "3.3"

    plan = plan_of(
        step("Volts", "dmm", "measure_voltage", measure='{ name = "v", uom = "V", low = 3.0, high = 3.6 }')
    )
    with Instrument({"MEAS:VOLT:DC?": put_back}) as dmm:
        station = station_with({"dmm": ("dmm", dmm.resource)}, timeout_s=5)
        with Running(write_setup(tmp_path, station, plan)) as running:
            running.wait_phase("READY")
            view, first = running.test("GW2-000001")
            _, second = running.test("GW2-000002")
            rows = running.store.database.connection.execute(
                "SELECT seq, serial_number FROM outbox JOIN run ON run.run_id = record_id ORDER BY seq"
            ).fetchall()
    assert view.phase == "PASS"
    assert second.started_at < first.started_at
    assert rows == [(1, "GW2-000001"), (2, "GW2-000002")]
    for run in (first, second):
        assert 0 < run.duration_s < 60
        assert all(0 <= each.started_s <= run.duration_s and each.duration_s >= 0 for each in run.steps)
