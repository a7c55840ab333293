"""F50: only what the server holds leaves the station, and whatever stops that, nothing else is lost."""

import re
import shutil
import sys
import time
from pathlib import Path

import pytest
from tests.agent.configs import STATION, write_setup
from tests.agent.conftest import OpenStore
from tests.agent.processes import Child, agent
from tests.agent.records import header, record, scalar, vector, waveform
from tests.agent.tracing import strace

from lotline_agent.config.load import load
from lotline_agent.config.problems import ConfigError
from lotline_agent.store.retention import DAY_S, MAX_SKEW_S
from lotline_agent.store.station_store import StationStore
from lotline_agent.store.verify import Report, verify

KEEP_DAYS = 7


def look(store: StationStore) -> Report:
    return verify(store.database.path, store.archive.folder, lambda _what, _done, _total: None)


def seal_all(store: StationStore) -> None:
    while store.rest(server=True, alarm=print):
        pass


def greeted(store: StationStore, generation: str = "g", skew_s: float | None = 0.0) -> StationStore:
    store.outbox.generation, store.outbox.clock_skew_s = generation, skew_s
    return store


def acknowledge(store: StationStore, seqs: list[int], *, days_ago: float, generation: str = "g") -> None:
    with store.database.durable() as connection:
        for seq in seqs:
            connection.execute(
                "UPDATE outbox SET state = 'acknowledged', acknowledged_at = ?, generation = ? WHERE seq = ?",
                (time.time() - days_ago * DAY_S, generation, seq),
            )


def let_go(store: StationStore) -> int:
    """Let go of all that may go, without waiting for the next look; gives how many records."""
    count = 0
    store.retention._look_again = 0.0
    while done := store.retention.let_go():
        count += done
    return count


def kept(store: StationStore) -> list[int]:
    rows = store.database.connection.execute("SELECT seq FROM outbox WHERE length(record) > 0 ORDER BY seq")
    return [seq for (seq,) in rows.fetchall()]


def files(store: StationStore) -> int:
    return sum(1 for _ in store.archive.folder.rglob("*.h5"))


def units(store: StationStore, count: int) -> None:
    for n in range(count):
        record(store, header(f"GW2-{n:06d}"), [scalar(0), vector(1, waveform(100, seed=n))])


@pytest.fixture
def keeping(open_store: OpenStore) -> StationStore:
    """A station that keeps for a week what the server has; greeted, with six runs recorded."""
    store = greeted(open_store(keep_days=KEEP_DAYS))
    units(store, 6)
    return store


def test_what_is_acknowledged_sealed_and_old_leaves_and_its_place_and_digest_stay(
    keeping: StationStore,
) -> None:
    acknowledge(keeping, [1, 2, 3], days_ago=8)
    seal_all(keeping)
    assert let_go(keeping) == 0  # `rest` has done it
    assert kept(keeping) == [4, 5, 6]
    assert files(keeping) == 3
    report = look(keeping)
    assert report.troubles == []
    assert report.counts["at the server only"] == 3
    (state,) = keeping.outbox.epochs()
    assert state.last_seq == 6
    assert keeping.history.counted_runs("GW2-000000", "GW2", "FCT") == 1
    assert keeping.history.last(6)[-1].run() is None


def test_nothing_leaves_that_is_not_acknowledged(keeping: StationStore) -> None:
    """Neither what waits nor what is set aside, be it a run without vectors, which needs no archive."""
    record(keeping, header("GW2-000006"), [scalar(0)])
    seal_all(keeping)
    with keeping.database.durable() as connection:
        connection.execute("UPDATE outbox SET acknowledged_at = 1, generation = 'g', created_at = 1")
        connection.execute("UPDATE outbox SET state = 'parked' WHERE seq IN (4, 5, 6)")
    assert let_go(keeping) == 0
    assert (len(kept(keeping)), files(keeping)) == (7, 6)


def test_nothing_leaves_that_is_not_old_enough(keeping: StationStore) -> None:
    acknowledge(keeping, [1, 2, 3, 4, 5, 6], days_ago=KEEP_DAYS - 0.01)
    seal_all(keeping)
    assert let_go(keeping) == 0
    assert (len(kept(keeping)), files(keeping)) == (6, 6)


def test_nothing_leaves_whose_vectors_are_not_sealed(keeping: StationStore) -> None:
    acknowledge(keeping, [1, 2, 3, 4, 5, 6], days_ago=8)
    assert let_go(keeping) == 0
    assert look(keeping).counts["vectors in the journal"] == 6


@pytest.mark.parametrize("generation", ["another", ""])
def test_nothing_leaves_that_another_server_took_in_or_before_one_was_greeted(
    keeping: StationStore, generation: str
) -> None:
    acknowledge(keeping, [1, 2, 3, 4, 5, 6], days_ago=8)
    greeted(keeping, generation)
    seal_all(keeping)
    assert let_go(keeping) == 0
    assert (len(kept(keeping)), files(keeping)) == (6, 6)


@pytest.mark.parametrize("skew_s", [None, MAX_SKEW_S + 60, -MAX_SKEW_S - 60, 10 * 365 * DAY_S])
def test_f42_a_clock_that_is_not_the_servers_makes_nothing_old(
    keeping: StationStore, skew_s: float | None
) -> None:
    acknowledge(keeping, [1, 2, 3, 4, 5, 6], days_ago=8)
    greeted(keeping, skew_s=skew_s)
    seal_all(keeping)
    assert let_go(keeping) == 0
    assert (len(kept(keeping)), files(keeping)) == (6, 6)


def test_a_station_that_keeps_for_ever_lets_nothing_go(open_store: OpenStore) -> None:
    store = greeted(open_store(keep_days=0))
    units(store, 3)
    acknowledge(store, [1, 2, 3], days_ago=10_000)
    seal_all(store)
    assert let_go(store) == 0
    assert kept(store) == [1, 2, 3]


def test_f36_what_left_cannot_be_offered_again_and_is_counted_as_held_by_nobody(
    keeping: StationStore,
) -> None:
    """The restored server lacks everything: what is still here is offered, what left is said."""
    acknowledge(keeping, [1, 2, 3], days_ago=8)
    acknowledge(keeping, [4, 5, 6], days_ago=1)
    seal_all(keeping)
    assert kept(keeping) == [4, 5, 6]
    greeted(keeping, "restored")
    (epoch,) = keeping.outbox.epochs()
    assert keeping.outbox.reconcile({epoch.epoch: ()}) == (3, 3)
    assert keeping.outbox.backlog().pending == 3
    assert [entry.seq for entry in keeping.outbox.due(time.time(), 10, 10**9)] == [4, 5, 6]


def test_what_a_restored_server_still_has_may_leave_by_its_word(keeping: StationStore) -> None:
    """Its greeting names seq 1 to 4: those are its own from now on; 5 and 6 are offered again."""
    acknowledge(keeping, [1, 2, 3, 4, 5, 6], days_ago=8, generation="before")
    seal_all(keeping)
    assert kept(keeping) == [1, 2, 3, 4, 5, 6]
    greeted(keeping, "restored")
    (epoch,) = keeping.outbox.epochs()
    assert keeping.outbox.reconcile({epoch.epoch: ((1, 4),)}) == (2, 0)
    assert let_go(keeping) == 4
    assert kept(keeping) == [5, 6]


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed station: seq 1 to 3 may go, 4 waits, 5 is acknowledged since yesterday."""
    folder = tmp_path_factory.mktemp("old") / "data"
    store = StationStore(folder, floor_bytes=0, ballast_bytes=0)
    units(store, 5)
    acknowledge(store, [1, 2, 3], days_ago=8)
    acknowledge(store, [5], days_ago=1)
    seal_all(store)
    store.close()
    return folder


CALLS = ("fdatasync", "unlink", "fsync", "pwrite64")
_CALL = re.compile(r"\b(fdatasync|unlink|fsync|pwrite64)\(")


def _steps(trace: str) -> list[tuple[str, int]]:
    """Give each step of letting go: its system call, and the how-manieth of its kind in the whole process."""
    before, _, behind = trace.partition('write(2, "MARK letting go')
    count = {call: len(re.findall(rf"\b{call}\(", before)) for call in CALLS}
    steps = []
    for found in _CALL.finditer(behind.partition('write(2, "MARK done')[0]):
        count[found[1]] += 1
        steps.append((found[1], count[found[1]]))
    return steps


@pytest.mark.timeout(300)
def test_f50_killed_at_each_step_nothing_unacknowledged_is_gone_and_no_row_is_without_its_file(
    old: Path, tmp_path: Path
) -> None:
    script = [sys.executable, str(Path(__file__).with_name("letting_go.py"))]
    shutil.copytree(old, tmp_path / "whole")
    trace = tmp_path / "trace"
    tracer = strace(f"trace=write,{','.join(CALLS)}", output=str(trace))
    with Child([*tracer, *script, str(tmp_path / "whole")]) as it:
        assert it.wait(60) == 0, it.output
    steps = _steps(trace.read_text())
    # Which of the two syncs SQLite calls is a matter of how it was built.
    assert {call.replace("fdatasync", "fsync") for call, _ in steps} == {"fsync", "unlink", "pwrite64"}
    # Of each row of writes into the WAL only the last: the others are the same to what comes behind.
    told = [
        step
        for step, then in zip(steps, [*steps[1:], ("", 0)], strict=True)
        if {step[0], then[0]} != {"pwrite64"}
    ]
    for n, (call, when) in enumerate(told):
        folder = tmp_path / f"killed-{n}"
        shutil.copytree(old, folder)
        tracer = strace(
            f"trace=write,{call}", f"inject={call}:signal=KILL:when={when}", output=str(tmp_path / "killed")
        )
        with Child([*tracer, *script, str(folder)]) as it:
            assert it.wait(60) != 0, (call, when)
            assert "MARK done" not in it.output
        store = greeted(StationStore(folder, floor_bytes=0, ballast_bytes=0, keep_days=KEEP_DAYS))
        try:
            report = look(store)
            assert (report.troubles, store.alarms) == ([], []), (call, when)
            assert report.counts["files without a row"] == 0, (call, when)
            assert set(kept(store)) >= {4, 5}, (call, when)
            assert files(store) == len(kept(store)), (call, when)
            let_go(store)
            assert kept(store) == [4, 5]
            assert files(store) == 2
        finally:
            store.close()
    assert len(told) >= 7


@pytest.mark.parametrize(("days", "fits"), [(0, True), (7, True), (1, False), (6, False)])
def test_a_week_is_the_least_and_a_year_the_default(tmp_path: Path, days: int, fits: bool) -> None:
    assert load(write_setup(tmp_path)).station.station.keep_days == 365
    config = write_setup(tmp_path, STATION.replace("floor_mb", f"keep_days = {days}\nfloor_mb"))
    if fits:
        assert load(config).station.station.keep_days == days
    else:
        with pytest.raises(ConfigError, match="at least 7 days, or 0 for ever"):
            load(config)


def test_status_says_what_has_left_and_how_long_is_kept(tmp_path: Path, open_store: OpenStore) -> None:
    store = greeted(open_store(tmp_path / "data", keep_days=KEEP_DAYS))
    units(store, 2)
    acknowledge(store, [1], days_ago=8)
    seal_all(store)
    config = write_setup(tmp_path, STATION.replace("floor_mb", "keep_days = 7\nfloor_mb"))
    with agent("status", str(config)) as it:
        assert it.wait() == 0, it.output
        assert re.search(r"of them at the server only +1", it.output)
        assert "until 7 days after the server has it" in it.output
    with agent("units", str(config), "GW2-000000") as it:
        assert it.wait() == 0, it.output
        assert "the server holds it" in it.output
