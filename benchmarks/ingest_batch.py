"""ingest_batch: 100 runs of 50 scalars a request, one connection, each reply after the durable commit.

The reference is SQLite alone: a row per scalar, one commit per 100 runs, no HTTP, no parsing, no judging.
"""

import statistics
import sys
import tempfile
from pathlib import Path

import msgspec

from benchmarks.harness import Result, in_turns, p99, unique
from benchmarks.unit_of_work import DIGEST, header
from lotline_agent.demo.processes import Child, command
from lotline_agent.store import sqlite
from lotline_agent.sync.client import ServerClient
from lotline_contract.ids import new_epoch, uuid7
from lotline_contract.limits import Comparator, Kind, Limit
from lotline_contract.outcome import Outcome
from lotline_contract.record import Measurement, Run, Step, encode_record, record_digest
from lotline_contract.wire import PROTOCOL, Envelope, Item, pack_batch

RUNS, SCALARS = 100, 50
WARM_UP = 5
_LIMIT = Limit(comparator=Comparator.GELE, low=0.0, high=5.0)


def run(rounds: int = 60) -> Result:
    """Measure and give the figures, in runs a second."""
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".benchmark-") as folder:
        place = Path(folder)
        data = ["--data", str(place / "server")]
        server = Child("server", "lotline_server", ["run", *data, "--port", "0"], place / "server.log")
        try:
            url = server.wait_for(r"(http://127\.0\.0\.1:\d+)")
            command("lotline_server", ["part", "add", "GW2", "--name", "Gateway", "--prefix", "U", *data])
            units = str((rounds + WARM_UP) * RUNS)
            counts = ["--target", units, "--serials", units]
            command("lotline_server", ["lot", "create", "LOT-BENCH", "--part", "GW2", *counts, *data])
            code = command("lotline_server", ["station", "add", "BENCH", *data]).strip().splitlines()[-1]
            client = ServerClient(url)
            token = client.pair(code, "benchmark").token
            client.close()
            client = ServerClient(url, token)
            epoch = new_epoch()
            batches = [_batch(epoch, number) for number in range(rounds + WARM_UP)]
            by_hand = _reference(place / "reference.sqlite3")

            def product(number: int) -> None:
                answer = client.post_records(batches[number])
                stored = sum(each.answer == "stored" for each in answer.answers)
                if stored != RUNS:
                    sys.exit(f"only {stored} of {RUNS} were stored: {answer.answers[0]}")

            def reference(number: int) -> None:
                rows = [(number * RUNS + one, n, 3.3, "PASS") for one in range(RUNS) for n in range(SCALARS)]
                by_hand.execute("BEGIN IMMEDIATE")
                by_hand.executemany("INSERT INTO measurement VALUES (?, ?, ?, ?)", rows)
                by_hand.execute("COMMIT")

            times = in_turns(product, reference, rounds, WARM_UP)
            client.close()
            by_hand.close()
        finally:
            server.stop()
    rates = [[RUNS / took for took in each] for each in times]
    ratio = statistics.median(mine / theirs for mine, theirs in zip(*rates, strict=True))
    return Result(
        name="ingest_batch",
        unit="runs/s",
        median=statistics.median(rates[0]),
        p99=RUNS / p99(times[0]),
        reference=statistics.median(rates[1]),
        ratio=ratio,
        target="≥ 0.6×",
        met=ratio >= 0.6,
        note="p99 is the slowest request's rate",
    )


def _batch(epoch: str, number: int) -> bytes:
    records = [encode_record(_run(number * RUNS + one)) for one in range(RUNS)]
    items = tuple(
        Item(
            epoch=epoch,
            seq=number * RUNS + one + 1,
            kind="run",
            id=msgspec.json.decode(record)["run_id"],
            digest=record_digest(record),
        )
        for one, record in enumerate(records)
    )
    return pack_batch(Envelope(wire=PROTOCOL, items=items), records)


def _run(number: int) -> Run:
    steps = tuple(
        Step(
            name=f"Step {n}",
            group="main",
            outcome=Outcome.PASS,
            started_s=n * 0.1,
            duration_s=0.1,
            measurements=(
                Measurement(
                    name=f"m{n}",
                    kind=Kind.NUMBER,
                    outcome=Outcome.PASS,
                    value=3.3 + (number * 7919 + n) % 1000 / 10000,
                    uom="V",
                    limit=_LIMIT,
                ),
            ),
        )
        for n in range(SCALARS)
    )
    return msgspec.structs.replace(
        header(f"U{number + 1:06d}"),
        run_id=uuid7(),
        outcome=Outcome.PASS,
        cause=None,
        duration_s=5.0,
        steps=steps,
        properties={"batch": unique("b")},
        plan=msgspec.structs.replace(header("U").plan, digest=DIGEST),
    )


def _reference(path: Path) -> sqlite.Connection:
    connection = sqlite.connect(str(path), isolation_level=None)
    for statement in (
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "CREATE TABLE measurement (run INTEGER, n INTEGER, value REAL, outcome TEXT)",
    ):
        connection.execute(statement)
    return connection


if __name__ == "__main__":
    print(run().line())
