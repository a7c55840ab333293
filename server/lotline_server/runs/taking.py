"""A run's measurements taken apart into rows, in one pass: the hottest loop of the server. Pure."""

from dataclasses import dataclass, field

import msgspec

from lotline_contract.judge import OVERRANGE, judge_scalar
from lotline_contract.limits import Kind, Limit
from lotline_contract.outcome import Outcome
from lotline_contract.record import Measurement, Run
from lotline_server.runs.models import OUTCOME_CODES

_PASS = OUTCOME_CODES["PASS"]
_NOWHERE = (1.0, -1.0)
_LARGEST = OVERRANGE * (1 - 1e-15)


@dataclass(slots=True)
class Place:
    """What stands at one place of a plan's records. low, high: between them our judge is sure to say PASS."""

    step: str
    name: str
    kind: Kind
    uom: str | None
    limit: Limit | None
    record_only: bool
    definition: int
    low: float
    high: float


@dataclass(slots=True)
class Taken:
    """Rows without their run: numbers (definition, nth, value, outcome), texts (… text …), blanks, where no
    value came, and vectors (place, definition, outcome). certain: our judge would say PASS of everything
    """

    numbers: list[tuple[int, int, float, int]] = field(default_factory=list)
    texts: list[tuple[int, int, str, int]] = field(default_factory=list)
    blanks: list[tuple[int, int, int]] = field(default_factory=list)
    vectors: list[tuple[int, int, int]] = field(default_factory=list)
    certain: bool = True


def make_place(step: str, measurement: Measurement, definition: int) -> Place:
    """Describe what stands at a place of the records to come."""
    low, high = sure_span(measurement)
    return Place(
        step=step,
        name=measurement.name,
        kind=measurement.kind,
        uom=measurement.uom,
        limit=measurement.limit,
        record_only=measurement.record_only,
        definition=definition,
        low=low,
        high=high,
    )


def sure_span(measurement: Measurement) -> tuple[float, float]:
    """Give the values between which the judge says PASS, an empty span where that is not so simple.

    The judge is asked at both ends: where both pass, so does all that lies between.
    """
    if measurement.kind is not Kind.NUMBER:
        return _NOWHERE
    limit = measurement.limit
    low = -_LARGEST if limit is None or limit.low is None else limit.low
    high = _LARGEST if limit is None or limit.high is None else limit.high
    for end in (low, high):
        judged = judge_scalar(Kind.NUMBER, end, limit, record_only=measurement.record_only)
        if judged.outcome is not Outcome.PASS:
            return _NOWHERE
    # NE passes at both ends and fails in the middle: only an interval is an interval.
    return _NOWHERE if limit is not None and limit.equals is not None else (low, high)


def identity(step: str, measurement: Measurement) -> str:
    """Write down all that makes a definition what it is."""
    return msgspec.json.encode(
        [
            step,
            measurement.name,
            measurement.kind,
            measurement.uom,
            measurement.limit,
            measurement.record_only,
        ]
    ).decode()


def take(run: Run, places: list[Place], by_identity: dict[str, int]) -> Taken | None:
    """Take a run's measurements apart; None where one of them has no definition yet."""
    taken = Taken()
    numbers = taken.numbers
    passed, number, known = Outcome.PASS, Kind.NUMBER, len(places)
    certain = run.outcome is passed
    at = 0
    for step in run.steps:
        step_name = step.name
        certain = certain and step.outcome is passed
        for each in step.measurements:
            if at < known:
                place = places[at]
                if (
                    each.name == place.name
                    and each.limit == place.limit
                    and step_name == place.step
                    and each.uom == place.uom
                    and each.kind is place.kind
                    and each.record_only is place.record_only
                ):
                    value = each.value
                    if (
                        each.kind is number
                        and type(value) is float
                        and place.low <= value <= place.high
                        and each.outcome is passed
                    ):
                        numbers.append((place.definition, 0, value, _PASS))
                        at += 1
                        continue
                    definition: int | None = place.definition
                else:
                    definition = by_identity.get(identity(step_name, each))
            else:
                definition = by_identity.get(identity(step_name, each))
            if definition is None:
                return None
            certain = False
            _take_one(taken, at, definition, each)
            at += 1
    taken.certain = certain
    _number_repeats(taken)
    return taken


def _take_one(taken: Taken, at: int, definition: int, each: Measurement) -> None:
    code = OUTCOME_CODES[each.outcome]
    if each.vector is not None:
        taken.vectors.append((at, definition, code))
    elif each.kind is Kind.VECTOR:
        return
    elif isinstance(each.value, str) or (each.value is None and each.reading is not None):
        text = each.value if isinstance(each.value, str) else each.reading
        taken.texts.append((definition, 0, text or "", code))
    elif each.value is None:
        taken.blanks.append((definition, 0, code))
    else:
        taken.numbers.append((definition, 0, float(each.value), code))


def _number_repeats(taken: Taken) -> None:
    """Tell apart several values of one measurement in one run: 0, 1, 2 …"""
    definitions = [row[0] for row in taken.numbers]
    definitions += [row[0] for row in taken.texts]
    definitions += [row[0] for row in taken.blanks]
    if len(set(definitions)) == len(definitions):
        return
    seen: dict[int, int] = {}

    def nth(definition: int) -> int:
        seen[definition] = seen.get(definition, -1) + 1
        return seen[definition]

    taken.numbers = [(row[0], nth(row[0]), row[2], row[3]) for row in taken.numbers]
    taken.texts = [(row[0], nth(row[0]), row[2], row[3]) for row in taken.texts]
    taken.blanks = [(row[0], nth(row[0]), row[2]) for row in taken.blanks]
