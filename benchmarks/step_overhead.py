"""step_overhead: a plan of 20 instant steps, from its start to the durable verdict, threads included.

The reference is plain sqlite3: a NORMAL commit a step, the last one FULL.
"""

import statistics
import tempfile
import threading
from pathlib import Path

from benchmarks.harness import Result, in_turns, median_of_ratios, p99
from benchmarks.unit_of_work import header, steps
from lotline_agent.config.station import InstrumentSection
from lotline_agent.execution.recording import RunRecording
from lotline_agent.execution.run_plan import run_plan
from lotline_agent.execution.sessions import Bench, Session
from lotline_agent.store import sqlite
from lotline_agent.store.station_store import StationStore
from lotline_contract.record import Step
from lotline_drivers.capabilities import Instrument

STEPS = 20


class Instant:
    """An instrument whose readings are there at once."""

    def identify(self) -> str:
        """Give a name."""
        return "instant"

    def make_safe(self) -> None:
        """Nothing is on."""

    def close(self) -> None:
        """Nothing is open."""

    def read(self) -> float:
        """Give a reading, in V."""
        return 3.3


class InstantSession(Session):
    """A session on its own thread, as every session is, with an instrument that needs no wire."""

    def _open(self) -> Instrument:
        return Instant()


class Nobody:
    """Nobody looks on."""

    def step_begins(self, number: int, name: str) -> None:
        """See run_plan.Watcher."""

    def step_ended(self, step: Step) -> None:
        """See run_plan.Watcher."""


def run(rounds: int = 400) -> Result:
    """Measure and give the figures."""
    plan = steps(STEPS)
    bench = Bench({})
    bench.sessions["bench"] = InstantSession("bench", InstrumentSection(driver="scpi", resource="none"))
    bench.prepare()
    abort = threading.Event()
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".benchmark-") as folder:
        store = StationStore(Path(folder) / "station", floor_bytes=0)
        by_hand = _reference(Path(folder) / "reference.sqlite3")

        def product(number: int) -> None:
            recording = RunRecording(store, header(f"U{number:06d}"))
            run_plan(plan, bench, recording, abort, Nobody())
            recording.close()

        def reference(number: int) -> None:
            for n in range(STEPS - 1):
                by_hand.execute("INSERT INTO step VALUES (?, ?, ?, ?)", (number, n, 3.3, "PASS"))
            by_hand.execute("PRAGMA synchronous = FULL")
            by_hand.execute("INSERT INTO step VALUES (?, ?, ?, ?)", (number, STEPS, 3.3, "PASS"))
            by_hand.execute("PRAGMA synchronous = NORMAL")

        times = in_turns(product, reference, rounds)
        store.close()
        by_hand.close()
    bench.close()
    ratio = median_of_ratios(times)
    return Result(
        name="step_overhead",
        unit="ms",
        median=statistics.median(times[0]) * 1e3,
        p99=p99(times[0]) * 1e3,
        reference=statistics.median(times[1]) * 1e3,
        ratio=ratio,
        target="≤ 3×",
        met=ratio <= 3,
    )


def _reference(path: Path) -> sqlite.Connection:
    connection = sqlite.connect(str(path), isolation_level=None)
    for statement in (
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = NORMAL",
        "PRAGMA wal_autocheckpoint = 0",
        "CREATE TABLE step (run INTEGER, n INTEGER, value REAL, outcome TEXT)",
    ):
        connection.execute(statement)
    return connection


if __name__ == "__main__":
    print(run().line())
