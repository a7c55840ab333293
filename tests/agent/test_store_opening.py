"""Opening the store: every setting is asserted, one agent a folder, damage is refused and left as it is."""

import gc
import hashlib
import os
import shutil
from pathlib import Path

import pytest
from tests.agent.conftest import OpenStore
from tests.agent.processes import recorder
from tests.agent.records import finished, header, journal_all, record, unit

from lotline_agent.store import sqlite
from lotline_agent.store.errors import NotRecorded, StoreDamaged, StoreInUse
from lotline_agent.store.history import all_runs
from lotline_agent.store.station_store import DATABASE_NAME, StationStore


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("busy_timeout", 5000),
        ("trusted_schema", 0),
        ("wal_autocheckpoint", 0),
    ],
)
def test_an_open_store_has_every_setting_on_which_durability_rests(
    store: StationStore, setting: str, expected: object
) -> None:
    assert store.database.connection.execute(f"PRAGMA {setting}").fetchone()[0] == expected


def test_a_store_that_was_reopened_after_trouble_has_the_same_settings(store: StationStore) -> None:
    before = [_setting(store, each) for each in ("journal_mode", "synchronous", "foreign_keys")]
    store.database.reopen()
    assert [_setting(store, each) for each in ("journal_mode", "synchronous", "foreign_keys")] == before


def _setting(store: StationStore, name: str) -> object:
    return store.database.connection.execute(f"PRAGMA {name}").fetchone()[0]


def test_the_sqlite_beneath_is_one_that_cannot_corrupt_a_wal() -> None:
    assert tuple(map(int, sqlite.VERSION.split("."))) >= (3, 51, 3)


def test_every_durable_commit_is_made_at_full_whatever_was_journalled_before(store: StationStore) -> None:
    journal_all(store, header(), unit(2, 1))
    with store.database.durable() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2


@pytest.mark.parametrize("level", ["OFF", "NORMAL", "EXTRA"])
def test_a_run_is_closed_at_full_and_at_nothing_else(store: StationStore, level: str) -> None:
    head, taken = header(), unit(2, 0)
    journal = journal_all(store, head, taken)
    store.set_note("a durable commit", "is made, so that the level is believed to be FULL")
    store.database.connection.execute(f"PRAGMA synchronous = {level}")
    with pytest.raises(NotRecorded, match="synchronous=FULL"):
        journal.close(finished(head, taken))
    assert [run.outcome for run in all_runs(store.database.connection)] == [None]


def test_a_reader_cannot_write(store: StationStore) -> None:
    reader = store.database.reader()
    try:
        with pytest.raises(sqlite.OperationalError, match="readonly"):
            reader.execute("DELETE FROM run")
    finally:
        reader.close()


def test_a_second_agent_on_one_folder_ends_with_a_message(data: Path) -> None:
    with recorder(data, "hold") as first:
        first.line_with("MARK open")
        with recorder(data, "hold") as second:
            assert second.wait() == 1
            assert f"Another lotline-agent already works on {data}" in second.output
            assert "Traceback" not in second.output
        first.say("\n")
        assert first.wait() == 0, first.output


def test_a_folder_whose_agent_was_killed_is_free_again(data: Path, open_store: OpenStore) -> None:
    with recorder(data, "hold") as first:
        first.line_with("MARK open")
        first.kill_all()
    assert open_store().recovered == []


def test_two_stores_on_one_folder_in_one_process_are_refused_too(store: StationStore) -> None:
    with pytest.raises(StoreInUse, match="already works on"):
        StationStore(store.folder, floor_bytes=0)


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a killed agent leaves it: older runs in the database file, the latest in the WAL only."""
    folder = tmp_path_factory.mktemp("killed") / "data"
    older = StationStore(folder, floor_bytes=0)
    for n in range(30):
        record(older, header(f"GW2-{n:06d}"), unit(5, 1))
    older.close()
    with recorder(folder, "for-ever") as it:
        for _ in range(3):
            it.line_with("MARK closed")
        it.kill_all()
    return folder


def _contents(folder: Path) -> dict[str, str]:
    """Give the digest of each file that holds data; SQLite's own index of the WAL (-shm) holds none."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("-shm", ".lock")) and path.stat().st_size
    }


@pytest.mark.parametrize("wal", [True, False], ids=["with its WAL", "without a WAL"])
@pytest.mark.parametrize("damage", ["page", "text", "cut"])
def test_a_damaged_database_is_refused_and_left_exactly_as_it_is(
    killed: Path, data: Path, damage: str, wal: bool
) -> None:
    shutil.copytree(killed, data)
    file = data / DATABASE_NAME
    whole = file.read_bytes()
    match damage:
        case "page":
            file.write_bytes(whole[: 10 * 4096] + os.urandom(20 * 4096) + whole[30 * 4096 :])
        case "text":
            file.write_bytes(b"what is this doing here\n" * 400)
        case "cut":
            file.write_bytes(whole[: 20 * 4096])
    if not wal:
        (data / f"{DATABASE_NAME}-wal").unlink()
    before = _contents(data)
    with pytest.raises(StoreDamaged, match=r"is damaged .* Nothing was changed"):
        StationStore(data, floor_bytes=0)
    gc.collect()
    assert _contents(data) == before


def test_a_killed_station_without_damage_opens(killed: Path, data: Path, open_store: OpenStore) -> None:
    shutil.copytree(killed, data)
    assert len(all_runs(open_store().database.connection)) >= 33


def test_what_the_station_remembers_is_there_after_closing_and_opening(open_store: OpenStore) -> None:
    store = open_store()
    closed = record(store, header("GW2-000007"), unit(3, 1))
    store.set_note("key", "value")
    store.close()
    again = open_store()
    (past,) = again.history.last(5)
    assert (past.serial_number, past.digest, again.note("key")) == ("GW2-000007", closed.digest, "value")


@pytest.mark.parametrize("snapshot", [b'{"server_generation": "g", "cursor": "c"}', b"\xff", b"null"])
def test_facts_of_an_agent_with_other_fields_are_asked_for_again(
    open_store: OpenStore, snapshot: bytes
) -> None:
    store = open_store()
    store.database.journal("INSERT INTO facts (one, snapshot, as_of) VALUES (1, ?, 1.0)", (snapshot,))
    store.close()
    assert open_store().facts.get() is None
