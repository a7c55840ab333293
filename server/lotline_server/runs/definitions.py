"""What does not change from run to run of a plan, kept in the process: only committed rows are here."""

import threading
from dataclasses import dataclass
from typing import Any

import msgspec

from lotline_contract.record import Measurement, Plan, Run
from lotline_server.core.database import Database
from lotline_server.runs import queries
from lotline_server.runs.codec import RecordCodec, pack_plain, unpack_plain
from lotline_server.runs.taking import Place, Taken, identity, make_place, take

_MAX_PLANS = 512


@dataclass(slots=True)
class PlanRows:
    """A plan's rows. places: what stood at each place of the last run that was looked up slowly."""

    plan: int
    dictionary: int
    codec: RecordCodec
    by_identity: dict[str, int]
    places: list[Place]


def _row(plan: int, step: str, measurement: Measurement) -> dict[str, Any]:
    limit = measurement.limit
    return {
        "plan": plan,
        "identity": identity(step, measurement),
        "step": step,
        "name": measurement.name,
        "kind": str(measurement.kind),
        "uom": measurement.uom,
        "comparator": None if limit is None else str(limit.comparator),
        "low": None if limit is None else limit.low,
        "high": None if limit is None else limit.high,
        "equals": None if limit is None or limit.equals is None else _text(limit.equals),
        "record_only": measurement.record_only,
    }


def _text(exact: float | bool | str) -> str:
    return exact if isinstance(exact, str) else msgspec.json.encode(exact).decode()


class Definitions:
    """All plans' rows, loaded as they are met."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._plans: dict[tuple[str, str, str], PlanRows] = {}
        self._lock = threading.Lock()

    def take(self, run: Run, data: bytes) -> tuple[PlanRows, Taken]:
        """Give a run's plan, and its measurements taken apart.

        What is new is written first, in a transaction of its own: a definition without a run harms nobody.
        data: the run's bytes, against which later ones of the same plan are compressed
        """
        key = (run.plan.digest, run.plan.name, run.plan.version)
        rows = self._plans.get(key)
        taken = None if rows is None else take(run, rows.places, rows.by_identity)
        if rows is None or taken is None:
            if self._database.is_whole():
                # Not to be kept here before it is committed; and whoever learns under the lock waits for us.
                rows = self._learn(run, data)
                return rows, _taken(run, rows)
            with self._lock:
                rows = self._learn(run, data)
                if len(self._plans) >= _MAX_PLANS:
                    self._plans.clear()
                self._plans[key] = rows
            taken = _taken(run, rows)
        return rows, taken

    def _learn(self, run: Run, data: bytes) -> PlanRows:
        steps = [(step.name, measurement) for step in run.steps for measurement in step.measurements]
        with self._database.write() as connection:
            plan = _plan_key(connection, run.plan)
            queries.keep_definitions(connection, [_row(plan, step, each) for step, each in steps])
            queries.keep_dictionary(connection, plan, pack_plain(data))
            by_identity = queries.plan_definitions(connection, plan)
            dictionary = queries.find_dictionary(connection, plan)
        assert dictionary is not None  # noqa: S101 - it was kept just now
        places = [make_place(step, each, by_identity[identity(step, each)]) for step, each in steps]
        return PlanRows(
            plan=plan,
            dictionary=dictionary[0],
            codec=RecordCodec(unpack_plain(dictionary[1])),
            by_identity=by_identity,
            places=places,
        )


def _taken(run: Run, rows: PlanRows) -> Taken:
    taken = take(run, rows.places, rows.by_identity)
    assert taken is not None  # noqa: S101 - its definitions were written just now
    return taken


def _plan_key(connection: Any, plan: Plan) -> int:
    return queries.plan_key(connection, plan.digest, plan.name, plan.version)
