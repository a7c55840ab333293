"""kill -9 at any moment: what was journalled is kept, and an open run becomes ABORTED in the next epoch."""

import random
from pathlib import Path

import pytest
from tests.agent.conftest import OpenStore
from tests.agent.processes import recorder
from tests.agent.records import finished, header, journal_all, scalar, vector
from tests.agent.tracing import strace, sync_of_the_first_close

from lotline_agent.store.history import PastRun, all_runs
from lotline_agent.store.station_store import StationStore
from lotline_contract.frames import decode_frame
from lotline_contract.outcome import Cause, Outcome

KILLS = 5


def _runs(store: StationStore) -> dict[str, PastRun]:
    return {run.run_id: run for run in all_runs(store.database.connection)}


def _sequence(store: StationStore) -> dict[str, list[int]]:
    """Give the sequence numbers of each epoch, oldest first."""
    rows = store.database.connection.execute(
        "SELECT epoch.epoch, seq FROM outbox JOIN epoch ON epoch.n = outbox.epoch ORDER BY outbox.id"
    )
    found: dict[str, list[int]] = {}
    for epoch, seq in rows:
        found.setdefault(epoch, []).append(seq)
    return found


def test_kill_9_loses_no_reading_and_no_closed_run_at_any_moment(data: Path, open_store: OpenStore) -> None:
    rng = random.Random(20261123)
    readings: dict[str, int] = {}
    closed: dict[str, int] = {}
    for _ in range(KILLS):
        with recorder(data, "for-ever") as it:
            it.line_with("MARK run")
            for _ in range(rng.randrange(1, 40)):
                it.line()
            it.kill_all()
        for words in (line.split() for line in it.said if line.startswith("MARK ")):
            if words[1] == "reading":
                readings[words[2]] = max(readings.get(words[2], 0), int(words[3]) + 1)
            elif words[1] == "closed":
                closed[words[2]] = int(words[3])
        store = open_store()
        runs = _runs(store)
        for run_id, count in readings.items():
            run = runs[run_id].run()
            assert run is not None
            assert len(run.measurements()) >= count
            if run_id in closed:
                assert run.outcome is Outcome.PASS
            elif runs[run_id].outcome is not Outcome.PASS:
                assert (run.outcome, run.cause) == (Outcome.ABORTED, Cause.STATION_STOPPED)
        assert None not in {run.outcome for run in runs.values()}
        assert all(seqs == list(range(1, len(seqs) + 1)) for seqs in _sequence(store).values())
        store.close()
    assert len(closed) > KILLS, "the processes were killed too early to prove anything"


def test_a_run_left_open_is_closed_as_aborted_in_the_next_epoch_with_all_it_had_measured(
    open_store: OpenStore,
) -> None:
    store = open_store()
    first = header("GW2-000001")
    journal_all(store, first, [scalar(0), vector(1), scalar(2, 9.9)])
    store.close()
    again = open_store()
    assert [(each.serial_number, each.run_id) for each in again.recovered] == [("GW2-000001", first.run_id)]
    run = _runs(again)[first.run_id].run()
    assert run is not None
    assert (run.outcome, run.cause, run.serial_number) == (
        Outcome.ABORTED,
        Cause.STATION_STOPPED,
        "GW2-000001",
    )
    assert [each.name for each in run.measurements()] == ["rail_0", "ripple_1", "rail_2"]
    assert [step.outcome for step in run.steps] == [Outcome.PASS, Outcome.PASS, Outcome.FAIL]
    epochs = again.outbox.epochs()
    assert _sequence(again) == {epochs[-1].epoch: [1]}
    assert (epochs[-1].parent, epochs[-1].parent_last_seq) == (epochs[-2].epoch, 0)


def test_a_failed_measurement_of_a_run_left_open_still_counts_for_its_unit(open_store: OpenStore) -> None:
    store = open_store()
    journal_all(store, header("GW2-000001"), [scalar(0, 9.9)])
    store.close()
    assert open_store().history.counted_runs("GW2-000001", "GW2", "FCT") == 1


def test_a_run_closed_at_the_next_start_is_not_closed_again_at_the_one_after(open_store: OpenStore) -> None:
    store = open_store()
    journal_all(store, header(), [scalar(0)])
    store.close()
    open_store().close()
    third = open_store()
    assert third.recovered == []
    assert len(_runs(third)) == 1


def test_each_start_is_an_epoch_of_its_own_that_names_its_parent(open_store: OpenStore) -> None:
    epochs = []
    for n in range(3):
        store = open_store()
        journal_all(store, header(f"GW2-{n}"), [scalar(0)]).close(finished(header(f"GW2-{n}"), [scalar(0)]))
        epochs = store.outbox.epochs()
        store.close()
    assert len({each.epoch for each in epochs}) == 3
    assert [each.parent for each in epochs] == [None, epochs[0].epoch, epochs[1].epoch]
    assert [each.parent_last_seq for each in epochs] == [None, 1, 1]
    assert [each.closed for each in epochs] == [True, True, False]


def test_a_run_whose_agent_died_between_the_commit_and_the_verdict_is_there_once_and_complete(
    data: Path, tmp_path: Path, open_store: OpenStore
) -> None:
    # The process dies as the sync of its first close returns.
    call, nth = sync_of_the_first_close(tmp_path)
    tracer = strace(f"inject={call}:signal=KILL:when={nth}", output=str(tmp_path / "trace"))
    with recorder(data, "for-ever", under=tracer) as it:
        while it.line() is not None:
            pass
    marks = [line.split()[1:] for line in it.said if line.startswith("MARK")]
    assert marks[-1][0] == "reading", "it died at another moment than the one meant"
    assert not any(mark[0] == "closed" for mark in marks)
    store = open_store()
    assert store.recovered == []
    (past,) = _runs(store).values()
    assert (past.run_id, past.outcome) == (marks[-1][1], Outcome.PASS)
    run = past.run()
    assert run is not None
    assert len(run.measurements()) == 5
    assert store.outbox.backlog().pending == 1


@pytest.mark.parametrize("readings", [0, 1, 4])
def test_a_vector_of_a_run_left_open_is_sealed_like_any_other(open_store: OpenStore, readings: int) -> None:
    store = open_store()
    taken = [*map(scalar, range(readings)), vector(7)]
    head = header()
    journal_all(store, head, taken)
    store.close()
    again = open_store()
    (row,) = again.archive.waiting()
    sealed = again.archive.seal(row)
    assert (again.archive.folder / sealed.file).is_file()
    frame = next(frame for _, frame in taken if frame is not None)
    samples = again.archive.frames_again(again.database.connection, head.run_id)[frame[1]]
    assert (decode_frame(samples)[1] == decode_frame(frame[0])[1]).all()
