"""A run as one sentence, for the activity log."""

from lotline_contract.judge import OVERRANGE
from lotline_contract.limits import EXACT, Comparator, Limit
from lotline_contract.outcome import Outcome
from lotline_contract.record import Event, Measurement, Run
from lotline_server.stations.queries import MANUAL

_BROKEN = {
    Comparator.GELE: ("<", ">"), Comparator.GELT: ("<", "≥"),
    Comparator.GTLE: ("≤", ">"), Comparator.GTLT: ("≤", "≥"),
    Comparator.GE: ("<", ""), Comparator.GT: ("≤", ""), Comparator.LE: ("", ">"), Comparator.LT: ("", "≥"),
}  # fmt: skip


def run_sentence(run: Run, station: str) -> str:
    """Say what a run came to: "FCT-01 failed GW2-000124: 3.3 V ripple 41.7 mV > 30 mV"."""
    if station == MANUAL:
        return _by_hand(run)
    reason = run.message or (run.cause and str(run.cause).replace("_", " ")) or ""
    match run.outcome:
        case Outcome.PASS:
            sentence = f"{station} passed {run.serial_number}"
            reason = ""
        case Outcome.FAIL:
            sentence = f"{station} failed {run.serial_number}"
            reason = _failed(run) or reason
        case Outcome.ABORTED:
            sentence = f"{station} stopped testing {run.serial_number}"
        case _:
            sentence = f"{station} could not test {run.serial_number}"
    suffix = "" if run.purpose == "production" else f" ({run.purpose} run)"
    return (f"{sentence}: {reason}" if reason else sentence)[:400] + suffix


def _by_hand(run: Run) -> str:
    """Say what somebody attached: "torque 0.51 Nm was attached to GW2-000124 by hand"."""
    measured = run.measurements()
    named = ", ".join(each.name for each in measured[:3]) + (" …" if len(measured) > 3 else "")
    as_what = f" as production at {run.operation}" if run.purpose == "production" else ""
    failed = _failed(run)
    ending = f": {failed}" if failed else "" if run.outcome is Outcome.PASS else f": {run.outcome}"
    return f"{named} was attached to {run.serial_number} by hand{as_what}{ending}"[:400]


def _failed(run: Run) -> str:
    for step in run.steps:
        for measurement in step.measurements:
            if measurement.outcome is Outcome.FAIL:
                name = step.name if len(step.measurements) == 1 else measurement.name
                return _measurement(name, measurement)
    return ""


def _measurement(name: str, measurement: Measurement) -> str:
    """Say how a measurement failed its limit, for example "3.3 V ripple 41.7 mV > 30 mV"."""
    limit, value = measurement.limit, measurement.value
    uom = f" {measurement.uom}" if measurement.uom and measurement.uom != "1" else ""
    if limit is None:
        return name
    if value is None:
        taken = "is" if measurement.reading is None else measurement.reading
        return f"{name} {taken} outside {_span(limit)}{uom}"
    if isinstance(value, bool | str):
        return f"{name} is {value}, {'not' if limit.comparator is Comparator.EQ else 'as is'} {limit.equals}"
    if abs(value) >= OVERRANGE:
        return f"{name} overload, {_broken(value, limit)}{uom}"
    return f"{name} {value:.5g}{uom} {_broken(value, limit)}{uom}"


def _broken(value: float, limit: Limit) -> str:
    if limit.comparator in EXACT:
        return f"{'≠' if limit.comparator is Comparator.EQ else '='} {limit.equals}"
    below, above = _BROKEN[limit.comparator]
    if below and limit.low is not None and value <= limit.low:
        return f"{below} {limit.low:.6g}"
    return f"{above} {limit.high:.6g}" if limit.high is not None else f"against {_span(limit)}"


def _span(limit: Limit) -> str:
    low = "" if limit.low is None else f"{limit.low:.6g}"
    high = "" if limit.high is None else f"{limit.high:.6g}"
    return f"{low} … {high}" if low or high else str(limit.equals)


def event_sentence(event: Event) -> str:
    """Say which scan was denied, or which record was given up at the station, and why."""
    if event.event == "discarded":
        whose = f" of {event.serial_number}" if event.serial_number else ""
        who, why = event.operator or "Somebody", "; ".join(event.reasons)
        return f"{who} gave up record {event.given_up}{whose} at {event.station}: {why}"[:400]
    what = event.serial_number or event.scan
    return f"{event.station} refused {what!r}: {'; '.join(event.reasons)}"[:400]
