"""record_unit: 50 judged scalars and 2 vectors of 10,000 float64, from memory to the durable verdict.

The reference does the same crash-safe work by hand: a NORMAL commit each, the last one FULL, 2 blobs.
"""

import statistics
import tempfile
from pathlib import Path

from benchmarks.harness import Result, in_turns, median_of_ratios, p99
from benchmarks.unit_of_work import header, noise, steps
from lotline_agent.execution.recording import RunRecording
from lotline_agent.store import sqlite
from lotline_agent.store.station_store import StationStore

SCALARS, VECTORS, POINTS = 50, 2, 10_000


def run(rounds: int = 300) -> Result:
    """Measure and give the figures."""
    plan = steps(SCALARS, VECTORS)
    vectors = [noise(POINTS, seed) for seed in range(VECTORS)]
    values = [3.3 + number / 1000 for number in range(SCALARS)]
    blobs = [vector.tobytes() for vector in vectors]
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".benchmark-") as folder:
        store = StationStore(Path(folder) / "station", floor_bytes=0)
        by_hand = _reference(Path(folder) / "reference.sqlite3")

        def product(number: int) -> None:
            recording = RunRecording(store, header(f"U{number:06d}"))
            for ready, reading in zip(plan, [*values, *vectors], strict=True):
                with recording.step(ready) as step:
                    step.take(reading)
            recording.finish()
            recording.close()

        def reference(number: int) -> None:
            execute = by_hand.execute
            execute("INSERT INTO run VALUES (?, ?, NULL)", (number, f"U{number:06d}"))
            for n, value in enumerate(values):
                execute("INSERT INTO measurement VALUES (?, ?, ?, ?, ?)", (number, n, f"m{n}", value, "PASS"))
            for n, blob in enumerate(blobs):
                execute("INSERT INTO vector VALUES (?, ?, ?)", (number, n, blob))
            execute("PRAGMA synchronous = FULL")
            execute("UPDATE run SET outcome = 'PASS' WHERE id = ?", (number,))
            execute("PRAGMA synchronous = NORMAL")

        times = in_turns(product, reference, rounds)
        store.close()
        by_hand.close()
    ratio = median_of_ratios(times)
    middle = statistics.median(times[0])
    return Result(
        name="record_unit",
        unit="ms",
        median=middle * 1e3,
        p99=p99(times[0]) * 1e3,
        reference=statistics.median(times[1]) * 1e3,
        ratio=ratio,
        target="≤ 1.5×, p99 ≤ 3× median",
        met=ratio <= 1.5 and p99(times[0]) <= 3 * middle,
    )


def _reference(path: Path) -> sqlite.Connection:
    connection = sqlite.connect(str(path), isolation_level=None)
    for statement in (
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = NORMAL",
        "PRAGMA wal_autocheckpoint = 0",
        "CREATE TABLE run (id INTEGER PRIMARY KEY, serial_number TEXT, outcome TEXT)",
        "CREATE TABLE measurement (run INTEGER, n INTEGER, name TEXT, value REAL, outcome TEXT)",
        "CREATE TABLE vector (run INTEGER, n INTEGER, samples BLOB)",
    ):
        connection.execute(statement)
    return connection


if __name__ == "__main__":
    print(run().line())
