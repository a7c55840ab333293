"""Writing the made-up runs: the rows that ingest writes, without HTTP, many at once."""

import hashlib
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy.engine import Connection

from lotline_contract.ids import new_epoch
from lotline_contract.outcome import counts_as
from lotline_server.activity import queries as activity
from lotline_server.core.clock import from_micros
from lotline_server.core.database import Database
from lotline_server.generated.factory import LINES, PRODUCTS
from lotline_server.generated.records import Made, make_run
from lotline_server.generated.schedule import PlannedRun
from lotline_server.ingest.sentences import run_sentence
from lotline_server.runs import queries as runs
from lotline_server.runs.definitions import Definitions
from lotline_server.stations import enrolment
from lotline_server.stations import queries as stations

_ARRIVES_US = 2_000_000
_OPERATIONS = tuple(dict.fromkeys(operation for each in PRODUCTS for operation in each.operations))


class RunWriter:
    """The stations of the factory: each keeps its sequence."""

    def __init__(self, database: Database, seed: int, *, since_us: int) -> None:
        self._definitions = Definitions(database)
        self.chance = random.Random(f"records {seed}")  # noqa: S311 - nothing here is a secret
        self._stations: dict[str, tuple[int, int]] = {}
        self._seq: dict[str, int] = {}
        with database.write() as connection:
            for operation in _OPERATIONS:
                for line in range(LINES):
                    self._add_station(connection, station_name(operation, line), since_us)
            self._next = runs.last_record(connection) + 1
        self._learn(since_us)

    def _add_station(self, connection: Connection, name: str, since_us: int) -> None:
        at = from_micros(since_us)
        code = enrolment.new_code(connection, name, at=at, who="generate-demo")
        enrolment.pair(connection, code, at=at, agent_version="0.1.0")
        key = stations.station_key(connection, name)
        assert key is not None  # noqa: S101 - it was added just now
        epoch = stations.insert_epoch(
            connection, key, epoch=new_epoch(), last_seq=0, closed=False, depth=0, have_to=0, first_seen_at=at
        )
        self._stations[name] = (key, epoch)
        self._seq[name] = 0

    def _learn(self, at_us: int) -> None:
        """Have every plan known before the first transaction that writes runs."""
        for product in PRODUCTS:
            for operation in product.operations:
                for in_full in (False, True):
                    name = station_name(operation, 0)
                    made = make_run(product, "", name, "X", operation, "PASS", in_full, at_us, self.chance)
                    self._definitions.take(made.run, made.data)

    def write(self, connection: Connection, made: Sequence[tuple[PlannedRun, Made, int]]) -> None:
        """Write runs, in the order of time, each with its unit's row id."""
        records, rows, numbers, said = [], [], [], []
        compressors: dict[int, Any] = {}
        for planned, each, unit in made:
            run = each.run
            name = run.station.name
            station, epoch = self._stations[name]
            self._seq[name] += 1
            seq, key = self._seq[name], self._next
            self._next += 1
            plan, taken = self._definitions.take(run, each.data)
            if plan.dictionary not in compressors:
                compressors[plan.dictionary] = plan.codec.compressor()
            packed = compressors[plan.dictionary].compress(each.data)
            ended_us = planned.started_us + int(run.duration_s * 1e6)
            received_us = ended_us + _ARRIVES_US
            counts = counts_as(run.outcome, (m.outcome for step in run.steps for m in step.measurements))
            digest = hashlib.sha256(each.data).digest()
            records.append((key, epoch, seq, "run", run.run_id, digest, received_us, plan.dictionary, packed))
            rows.append(
                (key, run.run_id, unit, station, epoch, seq, plan.plan, run.operation, "production",
                 str(run.outcome), None if counts is None else str(counts),
                 None if run.cause is None else str(run.cause), run.lot, None, run.operator,
                 planned.started_us, ended_us, received_us, None)
            )  # fmt: skip
            numbers += [(row[0], key, row[1], row[2], row[3]) for row in taken.numbers]
            what = f"run.{run.outcome.lower()}"
            text = run_sentence(run, name)
            said.append((received_us, f"station {name}", what, run.serial_number, text))
        runs.insert_records.many(connection, records)
        runs.insert_runs.many(connection, rows)
        runs.insert_numbers.many(connection, sorted(numbers))
        activity.insert(connection, said)

    def finish(self, connection: Connection, *, now_us: int) -> None:
        """Have each station known for what it sent, and heard of just now, but for one that is silent."""
        for number, (name, (station, epoch)) in enumerate(self._stations.items()):
            seq = self._seq[name]
            stations.set_epoch(connection, epoch, last_seq=seq, have_to=seq)
            silent = timedelta(hours=3) if number == 0 else timedelta(seconds=number)
            stations.set_seen(
                connection, station, last_seen_at=from_micros(now_us) - silent, pending=0, parked=0,
                oldest_pending_s=0.0, free_bytes=200_000_000_000, clock_skew_s=0.1,
            )  # fmt: skip


def station_name(operation: str, line: int) -> str:
    """Give the station of a line."""
    return f"{operation}-{line + 1:02d}"
