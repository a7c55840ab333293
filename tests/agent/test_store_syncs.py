"""What a unit costs in syncs, counted by strace: a station PC's fsync is 5 to 50 times slower than ours."""

import sys
from pathlib import Path

import pytest
from tests.agent.processes import Child, recorder
from tests.agent.tracing import between, strace

TRACED = "trace=fsync,fdatasync,sync_file_range,msync,sync,write"
UNITS = 20


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The trace of twenty units recorded without a pause."""
    folder = tmp_path_factory.mktemp("syncs")
    with recorder(
        folder / "data", "units", str(UNITS), under=strace(TRACED, output=str(folder / "trace"))
    ) as it:
        assert it.wait(60) == 0, it.output
    return (folder / "trace").read_text()


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The trace of twenty units with the idle work done between them."""
    folder = tmp_path_factory.mktemp("syncs")
    tracer = strace(TRACED, output=str(folder / "trace"))
    with recorder(folder / "data", "units", str(UNITS), "rest", under=tracer) as it:
        assert it.wait(60) == 0, it.output
    return (folder / "trace").read_text()


def test_journalling_fifty_scalars_and_two_vectors_syncs_nothing(busy: str) -> None:
    assert between(busy, "journalled") == [0] * UNITS


def test_closing_a_run_costs_exactly_one_sync(busy: str) -> None:
    assert between(busy, "closed") == [1] * UNITS


def test_a_unit_costs_less_than_1_35_syncs_where_the_station_rests_between_units(calm: str) -> None:
    assert between(calm, "closed") == [1] * UNITS
    assert sum(between(calm, "journalled") + between(calm, "closed")) <= 1.35 * UNITS


def test_the_first_commit_of_an_epoch_is_synced(busy: str) -> None:
    assert between(busy, "open")[0] >= 1


def test_the_tracer_sees_the_sync_of_a_process_that_syncs(tmp_path: Path) -> None:
    # A tracer that sees nothing would prove that journalling costs nothing.
    script = "import os; os.fsync(os.open('f', os.O_CREAT | os.O_WRONLY)); os.write(2, b'MARK x\\n')"
    command = [sys.executable, "-c", f"import os; os.chdir({str(tmp_path)!r}); {script}"]
    with Child([*strace(TRACED, output=str(tmp_path / "trace")), *command]) as it:
        assert it.wait() == 0, it.output
    assert between((tmp_path / "trace").read_text(), "x") == [1]
