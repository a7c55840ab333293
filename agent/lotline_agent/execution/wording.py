"""What the operator reads: values with the digits they deserve, limits as intervals, one sentence."""

from lotline_agent.ports import Phase, Row
from lotline_contract.judge import OVERRANGE
from lotline_contract.limits import Comparator, Limit
from lotline_contract.outcome import Cause, Outcome
from lotline_contract.record import Measurement, Run, Step

_DIGITS = 5

INSTRUCTIONS: dict[Phase, str] = {
    "STARTING": "Instruments are being identified and switched to safe.",
    "READY": "Scan a unit.",
    "PASS": "Green cart. Scan the next unit.",
    "FAIL": "Red cart. Then scan the next unit.",
    "ERROR": "Put the unit aside and call your test engineer: the station has a fault.",
    "ABORTED": "Scan the unit again to test it from the start.",
    "BLOCKED": "No test can start. Call your test engineer; the station keeps trying.",
    "NOT_RECORDED": "Do not move the unit. The station keeps trying to save the result.",
}


def number_text(value: float) -> str:
    """Give a number with five significant digits and no exponent where a person would write none."""
    if value == 0:
        return "0"
    if 1e-4 <= abs(value) < 1e7:
        text = f"{value:.{_DIGITS}g}"
        return f"{float(text):.10f}".rstrip("0").rstrip(".") if "e" in text else text
    return f"{value:.{_DIGITS - 1}e}"


def limits_text(limit: Limit | None) -> str | None:
    """Give a limit as people write it: 3.23 … 3.37, ≤ 30, = 1.4.2; None where there is none."""
    if limit is None:
        return None
    low = "" if limit.low is None else number_text(limit.low)
    high = "" if limit.high is None else number_text(limit.high)
    match limit.comparator:
        case Comparator.EQ | Comparator.NE:
            sign = "=" if limit.comparator is Comparator.EQ else "≠"
            exact = limit.equals
            return f"{sign} {number_text(exact) if isinstance(exact, float) else value_text(exact)}"
        case Comparator.GE | Comparator.GT:
            return f"{'≥' if limit.comparator is Comparator.GE else '>'} {low}"
        case Comparator.LE | Comparator.LT:
            return f"{'≤' if limit.comparator is Comparator.LE else '<'} {high}"
        case _:
            return f"{low} … {high}"


def reading_text(value: float) -> str:
    """Give a reading with five significant digits, the last zeros too: they were measured."""
    if abs(value) >= OVERRANGE:
        return "overload"
    if value == 0 or not 1e-4 <= abs(value) < 1e5:
        return number_text(value)
    return f"{value:#.{_DIGITS}g}".rstrip(".")


def value_text(value: float | bool | str | None) -> str | None:
    """Give a value as it is shown; None where there is none."""
    if value is None or isinstance(value, str):
        return value
    return ("yes" if value else "no") if isinstance(value, bool) else reading_text(value)


def rows_of(step: Step) -> list[Row]:
    """Give a step's rows: one for each measurement, or one for itself where it failed without any."""
    if not step.measurements:
        if step.outcome in {Outcome.PASS, Outcome.SKIPPED}:
            return []
        return [Row(name=step.name, outcome=step.outcome, message=step.message)]
    return [_row(step, measurement) for measurement in step.measurements]


def _row(step: Step, measurement: Measurement) -> Row:
    limit = measurement.limit
    value = measurement.value
    shown = value_text(value) or measurement.reading
    if measurement.vector is not None:
        shown = f"{measurement.vector.shape[0]} points"
    number = value if isinstance(value, float) else None
    return Row(
        name=step.name,
        outcome=measurement.outcome,
        value=shown,
        uom=measurement.uom,
        limits=limits_text(limit),
        number=number,
        low=limit.low if limit and number is not None else None,
        high=limit.high if limit and number is not None else None,
        message=None if measurement.outcome is Outcome.PASS else step.message or _why(measurement),
    )


def _why(measurement: Measurement) -> str | None:
    match measurement.cause:
        case Cause.OVERRANGE:
            return "over range"
        case Cause.MISSING:
            return "no value came"
        case Cause.BAD_READING:
            return f"unusable reading {measurement.reading or ''}".strip()
        case Cause.WRONG_SHAPE:
            return "wrong number of points"
        case _:
            return None


def instruction_for(run: Run) -> str:
    """Give the one sentence that says what to do with the unit."""
    if run.cause is Cause.UNSAFE:
        return "DANGER: outputs may still be on. Switch the bench off before touching the unit."
    return INSTRUCTIONS[phase_of(run.outcome)]


def fault_of(run: Run) -> str | None:
    """Give what the test engineer must know of a station's fault; None where the run was no ERROR."""
    return run.message if run.outcome is Outcome.ERROR else None


def phase_of(outcome: Outcome) -> Phase:
    """Give the screen's word for a run's outcome."""
    match outcome:
        case Outcome.PASS:
            return "PASS"
        case Outcome.FAIL:
            return "FAIL"
        case Outcome.ABORTED:
            return "ABORTED"
        case _:
            return "ERROR"
