"""The made-up runs' records: the bytes that a station would have sent, made from a template of each plan."""

import hashlib
import random
from dataclasses import dataclass

from lotline_contract.judge import judge_scalar
from lotline_contract.limits import Comparator, Kind, Limit
from lotline_contract.outcome import Cause, Outcome
from lotline_contract.record import Measurement, Plan, Run, Station, Step, Versions, encode_record
from lotline_server.core.clock import from_micros, iso
from lotline_server.generated.factory import FULL, QUICK, Product, Scalar

DURATION_S = {"PASS": 12.5, "FAIL": 11.0, "ERROR": 3.0}
_SILENT = "the meter did not answer within 5 s"
_OPERATORS = ("amir", "beate", "carlos", "dana")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A run and its exact bytes."""

    run: Run
    data: bytes


def make_run(  # noqa: PLR0917
    product: Product, lot: str, station: str, serial: str, operation: str, outcome: str, in_full: bool,
    started_us: int, chance: random.Random,
) -> Made:  # fmt: skip
    """Make a run with its measurements: of a failed one the first scalar lies outside its limits."""
    scalars = FULL if in_full else QUICK
    steps: tuple[Step, ...] = ()
    if outcome == "ERROR":
        broken = Step(
            name=scalars[0].step, group="main", outcome=Outcome.ERROR, started_s=0.1, duration_s=2.5,
            cause=Cause.TIMEOUT, message=_SILENT,
        )  # fmt: skip
        steps = (broken,)
    else:
        steps = tuple(
            _step(each, place, is_failed=outcome == "FAIL" and place == 0, chance=chance)
            for place, each in enumerate(scalars)
        )
    plan = f"{product.number.lower()}-{operation.lower()}" + ("-full" if in_full else "")
    run = Run(
        record=1,
        run_id=_uuid7(started_us, chance),
        station=Station(name=station, utc_offset_min=0, config_digest=_digest(station)),
        serial_number=serial,
        scan=serial,
        part_number=product.number,
        operation=operation,
        plan=Plan(name=plan, version="3", digest=_digest(plan)),
        versions=Versions(agent="0.1.0"),
        started_at=iso(from_micros(started_us)),
        duration_s=DURATION_S[outcome],
        outcome=Outcome(outcome),
        cause=Cause.TIMEOUT if outcome == "ERROR" else None,
        message=_SILENT if outcome == "ERROR" else None,
        lot=lot,
        operator=chance.choice(_OPERATORS),
        steps=steps,
    )
    return Made(run=run, data=encode_record(run))


def _step(scalar: Scalar, place: int, *, is_failed: bool, chance: random.Random) -> Step:
    middle, half = (scalar.low + scalar.high) / 2, (scalar.high - scalar.low) / 2
    value = round(middle + half * (1.3 if is_failed else max(-0.9, min(0.9, chance.gauss(0, 0.25)))), 4)
    limit = Limit(comparator=Comparator.GELE, low=scalar.low, high=scalar.high)
    judged = judge_scalar(Kind.NUMBER, value, limit, record_only=False)
    measured = Measurement(
        name=scalar.name,
        kind=Kind.NUMBER,
        value=value,
        uom=scalar.uom,
        limit=limit,
        record_only=False,
        outcome=judged.outcome,
        cause=judged.cause,
    )
    return Step(
        name=scalar.step, group="main", outcome=judged.outcome, started_s=place * 1.0, duration_s=0.8,
        measurements=(measured,),
    )  # fmt: skip


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _uuid7(at_us: int, chance: random.Random) -> str:
    value = (
        (at_us // 1000) << 80 | 0x7 << 76 | chance.getrandbits(12) << 64 | 0x2 << 62 | chance.getrandbits(62)
    )
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
