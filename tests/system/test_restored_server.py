"""F36: a server restored from yesterday's backup is given again what its stations still hold, once."""

from pathlib import Path

import numpy as np
from tests.agent.records import header, record, scalar, vector, waveform
from tests.agent.test_sync import Syncing
from tests.system.serving import ask, held, new_server, running

from lotline_agent.store.station_store import StationStore
from lotline_agent.sync.pairing import pair
from lotline_contract.ids import uuid7
from lotline_contract.record import Event
from lotline_drivers.readings import Waveform

SERIALS = "SELECT serial_number, count(*) FROM runs JOIN units ON units.id = unit GROUP BY 1 ORDER BY 1"


def record_units(store: StationStore, first: int, count: int) -> None:
    """Record units with a scalar, a small vector and one whose frame is a file at the server."""
    rng = np.random.default_rng(first)
    for n in range(first, first + count):
        codes = rng.integers(-30_000, 30_000, 200_000).astype("<i2")
        noise = Waveform(codes=codes, scale=2.5e-5, offset=0.0, uom="V", x0=0.0, dx=1e-6)
        record(store, header(f"GW2-{n:06d}"), [scalar(0), vector(1, waveform(seed=n)), vector(2, noise)])


def deny(store: StationStore) -> None:
    """Record an event: a scan that was denied."""
    at = "2026-11-23T09:00:00Z"
    event = Event(
        record=1, event_id=uuid7(), event="denied", station="ST-1", at=at, scan="x", reasons=("closed",)
    )
    store.put_event(event)


def test_f36_what_was_acknowledged_since_the_backup_is_offered_again_and_is_there_once(
    tmp_path: Path,
) -> None:
    """Runs, their vectors, an event, the text of a plan, and the facts, whose cursor is another one."""
    first, second = tmp_path / "first", tmp_path / "second"
    new_server(first)
    code = ask("station", "add", "ST-1", "--data", str(first))[-1]
    store = StationStore(tmp_path / "station", floor_bytes=0, ballast_bytes=0)
    try:
        with running(first) as url:
            credentials = pair(store.folder, url, "ST-1", code)
            syncing = Syncing(store, url, credentials.token)
            syncing.worker.start()
            store.keep_document("the plan of the morning")
            record_units(store, 1, 3)
            syncing.worker.wake()
            syncing.wait_sent()
            ask("backup", str(tmp_path / "noon.tar"), "--data", str(first))
            store.keep_document("the plan of the afternoon")
            record_units(store, 4, 3)
            deny(store)
            syncing.worker.wake()
            syncing.wait_sent()
            while store.rest(server=True, alarm=print):
                pass
            before = store.facts.get()
            assert before is not None
            digests = store.database.connection.execute("SELECT DISTINCT digest FROM outbox").fetchall()
        assert len(held(first, "SELECT 1 FROM records")) == 7
        ask("restore", str(tmp_path / "noon.tar"), "--data", str(second))
        assert len(held(second, "SELECT 1 FROM records")) == 3
        # A new life at the old address; the station has not been touched.
        with running(second, int(url.rsplit(":", 1)[1])):
            syncing.wait(
                lambda view: (
                    view.state == "sent"
                    and (facts := store.facts.get()) is not None
                    and facts.snapshot.cursor != before.snapshot.cursor
                ),
                30,
            )
            syncing.worker.stop()
        assert held(second, SERIALS) == [(f"GW2-{n:06d}", 1) for n in range(1, 7)]
        assert {(row[0].hex(),) for row in held(second, "SELECT digest FROM records")} == set(digests)  # type: ignore[attr-defined]
        assert held(second, "SELECT count(DISTINCT data_digest) FROM frames") == [(12,)]
        assert {"the plan of the morning", "the plan of the afternoon"} <= {
            body for (body,) in held(second, "SELECT text FROM texts")
        }
        after = store.facts.get()
        assert after is not None
        assert after.snapshot.server_generation != before.snapshot.server_generation
        assert {unit.serial_number: unit.status for unit in after.snapshot.units}["GW2-000006"] == "completed"
        assert ask("completeness", "--data", str(second))[-1] == "ST-1\t7 records held\tprovably complete"
    finally:
        store.close()


def test_f36_what_nobody_holds_any_more_is_listed_with_its_place(tmp_path: Path) -> None:
    """Two of its records had left the station, long acknowledged (keep_days); that they were it knows."""
    first, second = tmp_path / "first", tmp_path / "second"
    new_server(first)
    code = ask("station", "add", "ST-1", "--data", str(first))[-1]
    ask("backup", str(tmp_path / "noon.tar"), "--data", str(first))
    store = StationStore(tmp_path / "station", floor_bytes=0, ballast_bytes=0, keep_days=7)
    try:
        with running(first) as url:
            credentials = pair(store.folder, url, "ST-1", code)
            token = credentials.token
            syncing = Syncing(store, url, token)
            syncing.worker.start()
            record_units(store, 1, 4)
            syncing.worker.wake()
            syncing.wait_sent()
            syncing.worker.stop()
        with store.database.durable() as connection:
            connection.execute("UPDATE outbox SET acknowledged_at = 1 WHERE seq IN (2, 3)")
        while store.rest(server=True, alarm=print):
            pass
        assert len(list(store.archive.folder.rglob("*.h5"))) == 2
        ask("restore", str(tmp_path / "noon.tar"), "--data", str(second))
        code = ask("station", "add", "ST-1", "--data", str(second))[-1]
        with running(second) as url:
            token = pair(store.folder, url, "ST-1", code).token
            syncing = Syncing(store, url, token)
            syncing.worker.start()
            syncing.wait_sent()
            syncing.worker.stop()
        (epoch,) = [state.epoch for state in store.outbox.epochs()]
        said = ask("completeness", "--data", str(second), status=1)
        assert f"ST-1\tepoch {epoch}\tcomplete to 1 of 4\t2 missing: 2-3" in said
        assert said[-1] == "ST-1\t2 records held\t2 missing"
    finally:
        store.close()
