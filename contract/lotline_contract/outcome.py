"""The verdicts, why they were given, and how many become one."""

from collections.abc import Iterable
from enum import StrEnum


class Outcome(StrEnum):
    """A verdict. A run ends PASS, FAIL, ERROR or ABORTED; a step may also be SKIPPED, a measurement UNSET."""

    PASS = "PASS"  # noqa: S105
    FAIL = "FAIL"
    ERROR = "ERROR"
    ABORTED = "ABORTED"
    SKIPPED = "SKIPPED"
    UNSET = "UNSET"


class Cause(StrEnum):
    """Why an outcome is not PASS: the first thing a repairer or a test engineer asks."""

    LIMIT = "limit"
    OVERRANGE = "overrange"
    MISSING = "missing"
    BAD_READING = "bad_reading"
    WRONG_SHAPE = "wrong_shape"
    BAD_LIMIT = "bad_limit"
    NO_LIMIT = "no_limit"
    INSTRUMENT = "instrument"
    TIMEOUT = "timeout"
    STEP_CODE = "step_code"
    NOTHING_MEASURED = "nothing_measured"
    UNSAFE = "unsafe"
    OPERATOR = "operator"
    STATION_STOPPED = "station_stopped"


class Purpose(StrEnum):
    """Why a run was made. Only `production` touches yields, attempts and a unit's status."""

    PRODUCTION = "production"
    REFERENCE = "reference"
    ENGINEERING = "engineering"
    RETURN = "return"


RUN_OUTCOMES = frozenset({Outcome.PASS, Outcome.FAIL, Outcome.ERROR, Outcome.ABORTED})
"""What a finished run may end with."""

_SEVERITY = {
    Outcome.SKIPPED: 0,
    Outcome.PASS: 1,
    Outcome.FAIL: 2,
    Outcome.ABORTED: 3,
    Outcome.ERROR: 4,
    Outcome.UNSET: 4,
}


def severity(outcome: Outcome) -> int:
    """Rank an outcome: ERROR > ABORTED > FAIL > PASS > SKIPPED. UNSET ranks with ERROR, for it is one."""
    return _SEVERITY[outcome]


def roll_up(outcomes: Iterable[Outcome]) -> Outcome:
    """Make one outcome of many, the worst winning; of nothing, or of only skipped ones: SKIPPED.

    UNSET becomes ERROR: a value that was promised and never came is the station's trouble.
    """
    worst, worst_rank = Outcome.SKIPPED, 0
    for outcome in outcomes:
        if (rank := _SEVERITY[outcome]) > worst_rank:
            worst, worst_rank = outcome, rank
    return Outcome.ERROR if worst is Outcome.UNSET else worst


def counts_as(outcome: Outcome, measured: Iterable[Outcome]) -> Outcome | None:
    """Say how a finished run counts for its unit: PASS, FAIL, or None where it leaves the unit alone.

    An ERROR or ABORTED run that holds a failed measurement counts as FAIL, else pressing Stop would raise
    the yield. Other ERROR and ABORTED runs count for nothing.
    """
    if outcome in {Outcome.PASS, Outcome.FAIL}:
        return outcome
    return Outcome.FAIL if Outcome.FAIL in measured else None
