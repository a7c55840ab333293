"""A disk that refuses: NOT RECORDED, then the whole run once under the same run_id, or never a verdict."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from tests.agent.conftest import OpenStore
from tests.agent.processes import recorder
from tests.agent.records import finished, header, journal_all, record, scalar, unit
from tests.agent.small_disk import MEGABYTE, fill, small_disk
from tests.agent.tracing import strace, sync_of_the_first_close

from lotline_agent.store import sqlite
from lotline_agent.store.errors import DiskFloor, NotRecorded, StoreError
from lotline_agent.store.history import PastRun, all_runs
from lotline_agent.store.station_store import StationStore
from lotline_contract.outcome import Outcome


@pytest.fixture(scope="module")
def close_sync(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, int]:
    """The system call that makes a new station's first run durable: its name, and the how-manieth it is."""
    return sync_of_the_first_close(tmp_path_factory.mktemp("close-sync"))


def _only(store: StationStore) -> PastRun:
    (past,) = all_runs(store.database.connection)
    return past


def _rows(store: StationStore, table: str) -> int:
    return int(store.database.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608


def test_a_sync_that_fails_once_is_not_recorded_and_then_one_whole_record_under_the_same_run_id(
    data: Path, tmp_path: Path, open_store: OpenStore, close_sync: tuple[str, int]
) -> None:
    call, nth = close_sync
    tracer = strace(f"inject={call}:error=EIO:when={nth}", output=str(tmp_path / "trace"))
    with recorder(data, "retry", "0", "0", under=tracer) as it:
        run_id = it.line_with("MARK closing").split()[2]
        assert "disk I/O error" in it.line_with("MARK NOT RECORDED")
        it.say("again\n")
        # The WAL was brought into the database file whole, and emptied, before the word was given.
        assert it.line_with("MARK recorded").split()[2:] == ["1", "wal", "0"]
        assert it.wait() == 0, it.output
    store = open_store()
    past = _only(store)
    assert (past.run_id, past.outcome, store.recovered) == (run_id, Outcome.PASS, [])
    assert (_rows(store, "journal"), _rows(store, "frame"), _rows(store, "outbox")) == (6, 1, 1)


def test_where_every_sync_fails_the_run_stays_not_recorded(
    data: Path, tmp_path: Path, open_store: OpenStore, close_sync: tuple[str, int]
) -> None:
    call, nth = close_sync
    tracer = strace(f"inject={call}:error=EIO:when={nth}+", output=str(tmp_path / "trace"))
    with recorder(data, "retry", "0", "0", under=tracer) as it:
        it.line_with("MARK NOT RECORDED")
        for _ in range(3):
            it.say("again\n")
            it.line_with("MARK STILL NOT RECORDED")
        it.kill_all()
        assert "MARK recorded" not in it.output
        assert "Traceback" not in it.output
    assert len(all_runs(open_store().database.connection)) <= 1


def test_rewriting_a_run_that_did_reach_the_disk_verifies_it_and_makes_no_second_one(
    store: StationStore,
) -> None:
    head, taken = header(), unit(3, 1)
    journal = journal_all(store, head, taken)
    closed = journal.close(finished(head, taken))
    assert journal.rewrite(finished(head, taken)) == closed
    assert (_rows(store, "run"), _rows(store, "outbox"), _rows(store, "frame")) == (1, 1, 1)


def test_rewriting_trusts_no_row_that_was_written_before_the_trouble(store: StationStore) -> None:
    head, taken = header(), unit(3, 1)
    journal = journal_all(store, head, taken)
    closed = journal.close(finished(head, taken))
    for table in ("frame", "journal"):
        store.database.connection.execute(f"DELETE FROM {table}")  # noqa: S608 - lost pages, as it were
    assert journal.rewrite(finished(head, taken)) == closed
    assert (_rows(store, "journal"), _rows(store, "frame")) == (4, 1)


def test_rewriting_a_run_that_stands_there_with_other_content_is_refused(store: StationStore) -> None:
    head, taken = header(), unit(3, 0)
    journal = journal_all(store, head, taken)
    closed = journal.close(finished(head, taken))
    other = msgspec.structs.replace(finished(head, taken), message="another story")
    with pytest.raises(NotRecorded, match="other content"):
        journal.rewrite(other)
    assert _only(store).digest == closed.digest


def test_a_reading_the_disk_refused_is_held_in_memory_and_written_with_the_whole_run(
    store: StationStore,
) -> None:
    head, taken = header(), unit(4, 2)
    journal = journal_all(store, head, taken[:2])
    # A connection closed under the journal's feet is a disk that refuses at once.
    store.database.connection.close()
    for entry, frame in taken[2:]:
        journal.add(entry, frame)
    with pytest.raises(NotRecorded, match="A reading could not be written"):
        journal.close(finished(head, taken))
    closed = journal.rewrite(finished(head, taken))
    assert _only(store).digest == closed.digest
    assert (_rows(store, "journal"), _rows(store, "frame")) == (6, 2)


class _FailingDisk:
    """A connection whose commits the disk refuses."""

    def __init__(self, connection: sqlite.Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, *parameters: object) -> object:
        if statement == "COMMIT":
            error = sqlite.OperationalError("disk I/O error")
            error.sqlite_errorcode = 1034
            raise error
        return self._connection.execute(statement, *parameters)

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)


def _fail_elsewhere(store: StationStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the disk fail once, in a transaction that is no run's: the sync's, say."""
    with monkeypatch.context() as patch:
        patch.setattr(store.database, "_connection", _FailingDisk(store.database.connection))
        with pytest.raises(sqlite.OperationalError):
            store.set_note("the sync's", "own")


def test_a_disk_that_fails_the_sync_during_a_run_is_not_believed_for_the_run_either(
    store: StationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    head, taken = header(), unit(3, 1)
    journal = journal_all(store, head, taken)
    _fail_elsewhere(store, monkeypatch)
    with pytest.raises(NotRecorded, match="The disk failed"):
        journal.close(finished(head, taken))
    closed = journal.rewrite(finished(head, taken))
    assert (_only(store).digest, closed.seq) == (closed.digest, 1)
    record(store, header("GW2-000002"), unit(1, 0))


def test_a_disk_that_fails_between_runs_is_opened_anew_before_the_next(
    store: StationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = store.database.connection
    _fail_elsewhere(store, monkeypatch)
    record(store, header(), unit(1, 0))
    assert store.database.connection is not before
    assert _only(store).outcome is Outcome.PASS


def test_a_rewritten_run_takes_the_next_sequence_number_and_leaves_no_gap(store: StationStore) -> None:
    record(store, header("GW2-1"), unit(1, 0))
    head, taken = header("GW2-2"), unit(1, 0)
    journal = journal_all(store, head, taken)
    store.database.connection.close()
    with pytest.raises(NotRecorded):
        journal.close(finished(head, taken))
    assert journal.rewrite(finished(head, taken)).seq == 2
    assert record(store, header("GW2-3"), unit(1, 0)).seq == 3


def test_a_record_that_json_cannot_carry_is_not_recorded_rather_than_a_crash(store: StationStore) -> None:
    head, taken = header(), unit(1, 0)
    journal = journal_all(store, head, taken)
    with pytest.raises(NotRecorded, match="JSON"):
        journal.close(msgspec.structs.replace(finished(head, taken), duration_s=float("nan")))


def test_below_the_floor_no_run_begins_and_nothing_is_half_written(open_store: OpenStore) -> None:
    store = open_store(floor_bytes=10**18)
    with pytest.raises(DiskFloor, match=r"nearly full.*Call your test engineer"):
        store.begin(header())
    assert (_rows(store, "run"), _rows(store, "journal"), _rows(store, "outbox")) == (0, 0, 0)


def test_the_ballast_is_really_written_and_released_once(open_store: OpenStore) -> None:
    store = open_store(floor_bytes=1, ballast_bytes=3 * MEGABYTE + 17)
    ballast = store.folder / "ballast"
    assert ballast.stat().st_size == 3 * MEGABYTE + 17
    assert ballast.stat().st_blocks * 512 >= 3 * MEGABYTE
    assert store.release_ballast() is True
    assert not ballast.exists()
    assert store.release_ballast() is False


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", 24 * MEGABYTE) as folder:
        yield folder


def test_a_run_on_a_full_disk_is_not_recorded_and_is_recorded_once_the_ballast_is_thrown_off(
    disk: Path, open_store: OpenStore
) -> None:
    store = open_store(disk / "data", floor_bytes=1, ballast_bytes=4 * MEGABYTE)
    head, taken = header(), unit(20, 2)
    journal = journal_all(store, head, taken[:10])
    fill(disk)
    for entry, frame in taken[10:]:
        journal.add(entry, frame)
    with pytest.raises(NotRecorded, match="full"):
        journal.close(finished(head, taken))
    with pytest.raises(NotRecorded):
        journal.rewrite(finished(head, taken))
    assert store.release_ballast()
    closed = journal.rewrite(finished(head, taken))
    past = _only(store)
    assert (past.run_id, past.digest, past.outcome) == (head.run_id, closed.digest, Outcome.PASS)
    assert (_rows(store, "journal"), _rows(store, "frame"), _rows(store, "outbox")) == (22, 2, 1)


def test_sealing_on_a_full_disk_raises_an_alarm_and_succeeds_when_there_is_room(
    disk: Path, open_store: OpenStore
) -> None:
    store = open_store(disk / "data", floor_bytes=1, ballast_bytes=0)
    record(store, header(), unit(1, 2))
    filler = fill(disk, but_bytes=8192)
    alarms: list[str] = []
    assert store.rest(server=False, alarm=alarms.append) is False
    assert "The archive is behind" in alarms[0]
    assert list(store.archive.folder.rglob("*.tmp")) == list(store.archive.folder.rglob("*.h5")) == []
    filler.unlink()
    assert store.rest(server=False, alarm=alarms.append) is True
    assert len(list(store.archive.folder.rglob("*.h5"))) == 1
    assert len(alarms) == 1


def test_a_station_on_a_full_disk_opens_with_its_ballast_thrown_off_or_says_why_not(
    disk: Path, open_store: OpenStore
) -> None:
    store = open_store(disk / "data", floor_bytes=MEGABYTE, ballast_bytes=4 * MEGABYTE)
    record(store, header("GW2-1"), unit(5, 1))
    store.close()
    filler = fill(disk)
    again = open_store(disk / "data", floor_bytes=MEGABYTE, ballast_bytes=4 * MEGABYTE)
    assert _only(again).serial_number == "GW2-1"
    again.close()
    (disk / "data" / "ballast").unlink(missing_ok=True)
    fill(disk)
    with pytest.raises(StoreError, match="full"):
        open_store(disk / "data", floor_bytes=MEGABYTE, ballast_bytes=4 * MEGABYTE)
    filler.unlink()
    third = open_store(disk / "data", floor_bytes=MEGABYTE, ballast_bytes=4 * MEGABYTE)
    assert (_only(third).serial_number, (disk / "data" / "ballast").stat().st_size) == ("GW2-1", 4 * MEGABYTE)


def test_a_nearly_full_disk_leaves_a_station_without_ballast_but_running(
    disk: Path, open_store: OpenStore
) -> None:
    # What is recorded must still be sent; the floor alone refuses the next run.
    fill(disk, but_bytes=3 * MEGABYTE)
    store = open_store(disk / "data", floor_bytes=5 * MEGABYTE, ballast_bytes=4 * MEGABYTE)
    assert not (disk / "data" / "ballast").exists()
    with pytest.raises(DiskFloor):
        store.begin(header())


def test_an_unsealable_run_does_not_keep_the_others_from_being_sealed(store: StationStore) -> None:
    bad = journal_all(store, bad_head := header("GW2-1"), taken := unit(1, 1))
    bad.close(finished(bad_head, taken))
    with store.database.durable() as connection:
        connection.execute("UPDATE frame SET data = x'00'")
    record(store, good := header("GW2-2"), unit(1, 1))
    alarms: list[str] = []
    while store.rest(server=False, alarm=alarms.append):
        pass
    sealed = [path.stem for path in store.archive.folder.rglob("*.h5")]
    assert sealed == [good.run_id]
    assert any(bad_head.run_id in alarm for alarm in alarms)


def test_a_run_that_cannot_begin_says_so(store: StationStore) -> None:
    store.database.connection.close()
    with pytest.raises(StoreError, match="cannot be begun"):
        store.begin(header())


def test_a_run_closed_after_trouble_is_what_the_unit_shows(store: StationStore) -> None:
    head, taken = header("GW2-9"), [scalar(0, 9.9)]
    journal = journal_all(store, head, taken)
    store.database.connection.close()
    with pytest.raises(NotRecorded):
        journal.close(finished(head, taken))
    journal.rewrite(finished(head, taken))
    assert store.history.counted_runs("GW2-9", "GW2", "FCT") == 1
    assert [past.outcome for past in store.history.last(3)] == [Outcome.FAIL]
