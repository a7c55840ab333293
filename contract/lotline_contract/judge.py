"""The one judge: a reading becomes a measurement's outcome only here, and it fails closed.

The same code judges at the station and again at the server. Whatever it cannot hold against its limit
is never PASS.
"""

import math
from collections.abc import Callable
from typing import Final, NamedTuple, assert_never

import numpy as np
from numpy.typing import NDArray

from lotline_contract.limits import Comparator, Kind, Limit, LimitError, check_form, is_number
from lotline_contract.outcome import Cause, Outcome

OVERRANGE: Final = 9.9e37
"""At this magnitude and above an instrument says "overload" (SCPI-1999 volume 1, 7.2.1.4: 9.9E37)."""


class NotSet:
    """The type of NOT_SET: a measurement that was planned and never taken."""

    def __repr__(self) -> str:
        return "NOT_SET"


NOT_SET: Final = NotSet()


class Judgement(NamedTuple):
    """A measurement's outcome; cause is None only for PASS."""

    outcome: Outcome
    cause: Cause | None = None


PASSED: Final = Judgement(Outcome.PASS)
FAILED: Final = Judgement(Outcome.FAIL, Cause.LIMIT)
_MISSING: Final = Judgement(Outcome.UNSET, Cause.MISSING)
_BAD_READING: Final = Judgement(Outcome.ERROR, Cause.BAD_READING)
_BAD_LIMIT: Final = Judgement(Outcome.ERROR, Cause.BAD_LIMIT)
_NO_LIMIT: Final = Judgement(Outcome.ERROR, Cause.NO_LIMIT)
_WRONG_SHAPE: Final = Judgement(Outcome.ERROR, Cause.WRONG_SHAPE)

_HOLDS: Final[dict[Comparator, Callable[[float, float, float, object], bool]]] = {
    Comparator.GELE: lambda x, low, high, _: low <= x <= high,
    Comparator.GELT: lambda x, low, high, _: low <= x < high,
    Comparator.GTLE: lambda x, low, high, _: low < x <= high,
    Comparator.GTLT: lambda x, low, high, _: low < x < high,
    Comparator.GE: lambda x, low, _h, _: x >= low,
    Comparator.GT: lambda x, low, _h, _: x > low,
    Comparator.LE: lambda x, _l, high, _: x <= high,
    Comparator.LT: lambda x, _l, high, _: x < high,
    Comparator.EQ: lambda x, _l, _h, exact: x == exact,
    Comparator.NE: lambda x, _l, _h, exact: x != exact,
}


def judge_scalar(kind: Kind, reading: object, limit: Limit | None, *, record_only: bool = False) -> Judgement:
    """Judge one number, flag or text.

    reading: as it came; NOT_SET where it never came. A bool is never a number, a number never a flag
    limit: None means no limit: PASS only where the plan declared record_only
    """
    if reading is NOT_SET:
        return _MISSING
    if kind is Kind.NUMBER and limit is not None and limit.comparator is Comparator.GELE:
        # The commonest case of all, decided in one comparison: all four are finite floats, or we look closer.
        low, high = limit.low, limit.high
        if (
            type(reading) is type(low) is type(high) is float
            and -OVERRANGE < reading < OVERRANGE
            and -math.inf < low <= high < math.inf
            and limit.equals is None
        ):
            return PASSED if low <= reading <= high else FAILED
    match kind:
        case Kind.NUMBER:
            return _judge_number(reading, limit, record_only)
        case Kind.FLAG:
            return _judge_exact(kind, reading, bool, limit, record_only)
        case Kind.TEXT:
            return _judge_exact(kind, reading, str, limit, record_only)
        case Kind.VECTOR:
            return _BAD_READING
    assert_never(kind)


def _judge_number(reading: object, limit: Limit | None, record_only: bool) -> Judgement:
    if isinstance(reading, bool) or not isinstance(reading, int | float):
        return _BAD_READING
    if not is_number(reading) and not (isinstance(reading, float) and math.isinf(reading)):
        return _BAD_READING
    return _judge_span(Kind.NUMBER, (float(reading), float(reading)), limit, record_only)


def _judge_span(kind: Kind, ends: tuple[float, float], limit: Limit | None, record_only: bool) -> Judgement:
    """Judge all values between a smallest and a largest one, neither of which is NaN, in one go."""
    if limit is not None and not _well_formed(limit, kind):
        return _BAD_LIMIT
    smallest, largest = ends
    if smallest <= -OVERRANGE or largest >= OVERRANGE:
        return Judgement(Outcome.ERROR if limit is None else Outcome.FAIL, Cause.OVERRANGE)
    if limit is None:
        return PASSED if record_only else _NO_LIMIT
    low, high = limit.low, limit.high
    holds = _HOLDS[limit.comparator]
    bounds = (low if low is not None else math.nan, high if high is not None else math.nan, limit.equals)
    return PASSED if holds(smallest, *bounds) and holds(largest, *bounds) else FAILED


def _judge_exact(
    kind: Kind, reading: object, wanted: type, limit: Limit | None, record_only: bool
) -> Judgement:
    if type(reading) is not wanted:
        return _BAD_READING
    if limit is None:
        return PASSED if record_only else _NO_LIMIT
    if not _well_formed(limit, kind):
        return _BAD_LIMIT
    return PASSED if (reading == limit.equals) is (limit.comparator == Comparator.EQ) else FAILED


def _well_formed(limit: Limit, kind: Kind) -> bool:
    """Tell whether a plan with this limit would be taken. No bound of any other limit is quietly ignored."""
    try:
        check_form(limit, kind)
    except LimitError:
        return False
    return True


def judge_vector(
    samples: object,
    limit: Limit | None,
    *,
    scale: float = 1.0,
    offset: float = 0.0,
    points: int | None = None,
    record_only: bool = False,
) -> Judgement:
    """Judge every sample of a vector against one constant limit.

    samples: one-dimensional integer codes or floats; a sample's value is code * scale + offset, and a scale
        of 0, which would make all samples alike, is a bad reading
    points: how many samples the plan expects; None where any number above 0 will do
    """
    if samples is NOT_SET:
        return _MISSING
    # No subclass: a masked array would leave samples out of its smallest and largest.
    if type(samples) is not np.ndarray or samples.dtype.kind not in "iuf" or samples.dtype.itemsize > 8:
        return _BAD_READING
    if samples.ndim != 1 or samples.size == 0 or (points is not None and samples.size != points):
        return _WRONG_SHAPE
    if not (is_number(scale) and is_number(offset)) or scale == 0:
        return _BAD_READING
    ends = _ends(samples, scale, offset)
    return _BAD_READING if ends is None else _judge_span(Kind.VECTOR, ends, limit, record_only)


def _ends(samples: NDArray[np.generic], scale: float, offset: float) -> tuple[float, float] | None:
    """Give the smallest and the largest value; None where a sample is NaN or a code no float can hold.

    Scaling is monotone in floating point too, so the extremes of the codes are the extremes of the values.
    """
    codes = (samples.min().item(), samples.max().item())
    if any(isinstance(code, int) and not is_number(code) for code in codes):
        return None
    ends = (float(codes[0]) * scale + offset, float(codes[1]) * scale + offset)
    if math.isnan(ends[0]) or math.isnan(ends[1]):
        return None
    return min(ends), max(ends)
