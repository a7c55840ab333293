"""The judge against the truth table of terms.md, told a second time below in another manner."""

import math
import operator
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lotline_contract.judge import NOT_SET, Judgement, judge_scalar, judge_vector
from lotline_contract.limits import Comparator, Kind, Limit, LimitError, check_limit
from lotline_contract.outcome import Cause, Outcome

# What each comparator means, as pairs of (which bound, what must hold); it shares no line with the judge.
MEANING = {
    "EQ": [("equals", operator.eq)],
    "NE": [("equals", operator.ne)],
    "GT": [("low", operator.gt)],
    "GE": [("low", operator.ge)],
    "LT": [("high", operator.lt)],
    "LE": [("high", operator.le)],
    "GTLT": [("low", operator.gt), ("high", operator.lt)],
    "GTLE": [("low", operator.gt), ("high", operator.le)],
    "GELT": [("low", operator.ge), ("high", operator.lt)],
    "GELE": [("low", operator.ge), ("high", operator.le)],
}


def expected(value: float, limit: Limit | None, record_only: bool = False) -> Judgement:
    """Say what terms.md says of a finite or infinite number, reckoned in exact decimals."""
    if math.isinf(value) or abs(value) >= 9.9e37:
        return Judgement(Outcome.FAIL if limit else Outcome.ERROR, Cause.OVERRANGE)
    if limit is None:
        return Judgement(Outcome.PASS) if record_only else Judgement(Outcome.ERROR, Cause.NO_LIMIT)
    held = all(
        holds(Decimal(value), Decimal(getattr(limit, bound)))
        for bound, holds in MEANING[limit.comparator.value]
    )
    return Judgement(Outcome.PASS) if held else Judgement(Outcome.FAIL, Cause.LIMIT)


def takes(limit: Limit, kind: Kind) -> bool:
    """Tell whether a plan with this limit would be taken."""
    try:
        check_limit(limit, kind, "V")
    except LimitError:
        return False
    return True


# A small grid beside wild floats: values that stand exactly on a bound must be met often.
grid = st.sampled_from([-2.0, -1.0, -0.0, 0.0, 5e-324, 1.0, 1.0 + 2**-52, 2.0, 9.8e37])
finite = grid | st.floats(allow_nan=False, allow_infinity=False)
anything = finite | st.sampled_from([9.9e37, -9.9e37, math.nextafter(9.9e37, 0), math.inf, -math.inf])


@st.composite
def number_limits(draw: st.DrawFn, bounds: st.SearchStrategy[float] = finite) -> Limit:
    """Make limits that a plan check takes."""
    comparator = draw(st.sampled_from(Comparator))
    names = [name for name, _ in MEANING[comparator.value]]
    values = sorted(draw(bounds) for _ in names)
    limit = Limit(comparator=comparator, **dict(zip(names, values, strict=True)))
    if len(names) == 2 and not takes(limit, Kind.NUMBER):
        return Limit(comparator=Comparator.GELE, low=limit.low, high=limit.high)
    return limit


broken_bounds = st.sampled_from(
    [None, math.nan, math.inf, -math.inf, True, "0", 2**53 + 1, 10**400, 0.0, 1.0, 1, b"x"]
)
any_limits = st.builds(
    Limit,
    comparator=st.sampled_from([*Comparator, "GELE", "EQ", "NE", "BETWEEN", "", None]),
    low=broken_bounds,
    high=broken_bounds,
    equals=broken_bounds | st.sampled_from(["a", False]),
)


@given(anything, number_limits())
def test_a_number_is_held_against_its_limit_as_the_comparator_says(value: float, limit: Limit) -> None:
    assert judge_scalar(Kind.NUMBER, value, limit) == expected(value, limit)


@given(anything, st.booleans())
def test_a_number_without_a_limit_passes_only_if_declared_record_only(
    value: float, record_only: bool
) -> None:
    assert judge_scalar(Kind.NUMBER, value, None, record_only=record_only) == expected(
        value, None, record_only
    )


@pytest.mark.parametrize("comparator", Comparator)
def test_a_limit_of_zero_is_a_limit(comparator: Comparator) -> None:
    bounds = {name: 0.0 for name, _ in MEANING[comparator.value]}
    if comparator in {Comparator.GTLT, Comparator.GTLE, Comparator.GELT}:
        bounds["high"] = 1.0  # low = high admits nothing there
    limit = Limit(comparator=comparator, **bounds)
    assert takes(limit, Kind.NUMBER)
    for value in (-1.0, -5e-324, -0.0, 0.0, 5e-324, 0.5, 1.0, 2.0):
        assert judge_scalar(Kind.NUMBER, value, limit) == expected(value, limit)


@pytest.mark.parametrize(
    ("comparator", "at_low", "inside", "at_high"),
    [
        (Comparator.GELE, "PASS", "PASS", "PASS"),
        (Comparator.GELT, "PASS", "PASS", "FAIL"),
        (Comparator.GTLE, "FAIL", "PASS", "PASS"),
        (Comparator.GTLT, "FAIL", "PASS", "FAIL"),
    ],
)
def test_bounds_are_inclusive_or_exclusive_as_written(
    comparator: Comparator, at_low: str, inside: str, at_high: str
) -> None:
    limit = Limit(comparator=comparator, low=3.0, high=3.6)
    assert [judge_scalar(Kind.NUMBER, x, limit).outcome for x in (3.0, 3.3, 3.6)] == [at_low, inside, at_high]


@given(number_limits(), st.booleans())
def test_nan_is_a_bad_reading_whatever_the_limit(limit: Limit, record_only: bool) -> None:
    for with_limit in (limit, None):
        judged = judge_scalar(Kind.NUMBER, math.nan, with_limit, record_only=record_only)
        assert judged == (Outcome.ERROR, Cause.BAD_READING)


@pytest.mark.parametrize("value", [math.inf, -math.inf, 9.9e37, -9.9e37, 1e300])
def test_an_overload_fails_the_unit_where_there_is_a_limit_and_is_an_error_elsewhere(value: float) -> None:
    for limit in (Limit(comparator=Comparator.GE, low=0.0), Limit(comparator=Comparator.LE, high=0.0)):
        assert judge_scalar(Kind.NUMBER, value, limit) == (Outcome.FAIL, Cause.OVERRANGE)
    assert judge_scalar(Kind.NUMBER, value, None, record_only=True) == (Outcome.ERROR, Cause.OVERRANGE)
    assert judge_scalar(Kind.NUMBER, value, None) == (Outcome.ERROR, Cause.OVERRANGE)


WIDE = Limit(comparator=Comparator.GELE, low=-9e37, high=9e37)


@pytest.mark.parametrize(
    "reading",
    [
        None,
        True,
        False,
        "1.0",
        b"1",
        2**53 + 1,
        -(2**53) - 1,
        10**400,
        1j,
        Decimal(1),
        [1.0],
        np.float32(1),
        np.int64(1),
    ],
)
@pytest.mark.parametrize("limit", [WIDE, None])
def test_what_is_no_number_is_a_bad_reading(reading: object, limit: Limit | None) -> None:
    assert judge_scalar(Kind.NUMBER, reading, limit, record_only=True) == (Outcome.ERROR, Cause.BAD_READING)


@given(st.integers(-(2**53), 2**53), number_limits())
def test_an_integer_is_judged_as_the_float_it_equals(value: int, limit: Limit) -> None:
    assert judge_scalar(Kind.NUMBER, value, limit) == judge_scalar(Kind.NUMBER, float(value), limit)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("record_only", [True, False])
def test_what_was_never_set_is_unset_for_every_kind(kind: Kind, record_only: bool) -> None:
    assert judge_scalar(kind, NOT_SET, WIDE, record_only=record_only) == (Outcome.UNSET, Cause.MISSING)
    assert judge_scalar(kind, NOT_SET, None, record_only=record_only) == (Outcome.UNSET, Cause.MISSING)
    assert judge_vector(NOT_SET, None, record_only=record_only) == (Outcome.UNSET, Cause.MISSING)


readings = anything | st.booleans() | st.text(max_size=3) | st.none() | st.just(math.nan) | st.integers()


@given(readings, any_limits, st.sampled_from(Kind), st.booleans())
@example(5.0, Limit(comparator=Comparator.GE, low=0.0, high=1.0), Kind.NUMBER, False)
@example(0.5, Limit(comparator=Comparator.GELE, low=0.0, high=1.0, equals=3.0), Kind.NUMBER, False)
@example("a", Limit(comparator=Comparator.EQ, low=0.0, equals="a"), Kind.TEXT, False)
def test_a_limit_that_no_plan_may_carry_never_passes_and_never_blames_the_unit(
    reading: object, limit: Limit, kind: Kind, record_only: bool
) -> None:
    judged = judge_scalar(kind, reading, limit, record_only=record_only)
    if not takes(limit, kind):
        assert judged.outcome is Outcome.ERROR


@given(readings, any_limits, st.sampled_from([Kind.NUMBER, Kind.FLAG, Kind.TEXT]), st.booleans())
def test_only_pass_has_no_cause(reading: object, limit: Limit, kind: Kind, record_only: bool) -> None:
    judged = judge_scalar(kind, reading, limit, record_only=record_only)
    assert (judged.cause is None) is (judged.outcome is Outcome.PASS)


@given(finite, any_limits)
def test_the_fast_path_says_what_the_slow_path_says(value: float, limit: Limit) -> None:
    class Slow(float):
        """A float whose type sends it past the fast path."""

    assert judge_scalar(Kind.NUMBER, value, limit) == judge_scalar(Kind.NUMBER, Slow(value), limit)


@pytest.mark.parametrize("wanted", [True, False])
def test_a_flag_is_held_against_equals(wanted: bool) -> None:
    equal = Limit(comparator=Comparator.EQ, equals=wanted)
    other = Limit(comparator=Comparator.NE, equals=wanted)
    for reading in (True, False):
        assert judge_scalar(Kind.FLAG, reading, equal).outcome == ("PASS" if reading is wanted else "FAIL")
        assert judge_scalar(Kind.FLAG, reading, other).outcome == ("FAIL" if reading is wanted else "PASS")
    for reading in (1, 0, 1.0, 0.0, "True", None, np.bool_(wanted)):
        assert judge_scalar(Kind.FLAG, reading, equal) == (Outcome.ERROR, Cause.BAD_READING)


@given(st.text(max_size=4), st.text(max_size=4))
def test_a_text_is_held_against_equals_exactly(reading: str, wanted: str) -> None:
    equal = Limit(comparator=Comparator.EQ, equals=wanted)
    other = Limit(comparator=Comparator.NE, equals=wanted)
    assert (judge_scalar(Kind.TEXT, reading, equal).outcome is Outcome.PASS) is (reading == wanted)
    assert (judge_scalar(Kind.TEXT, reading, other).outcome is Outcome.PASS) is (reading != wanted)


@pytest.mark.parametrize("reading", [None, 1, 1.0, True, b"ok"])
def test_what_is_no_text_is_a_bad_reading(reading: object) -> None:
    limit = Limit(comparator=Comparator.NE, equals="no")
    assert judge_scalar(Kind.TEXT, reading, limit) == (Outcome.ERROR, Cause.BAD_READING)
    assert judge_scalar(Kind.TEXT, reading, None, record_only=True) == (Outcome.ERROR, Cause.BAD_READING)


def test_a_flag_or_text_without_a_limit_passes_only_if_declared_record_only() -> None:
    for kind, reading in ((Kind.FLAG, True), (Kind.TEXT, "x")):
        assert judge_scalar(kind, reading, None) == (Outcome.ERROR, Cause.NO_LIMIT)
        assert judge_scalar(kind, reading, None, record_only=True) == (Outcome.PASS, None)


def test_a_comparator_given_as_plain_text_keeps_its_meaning() -> None:
    limit = Limit(comparator="EQ", equals="good")  # type: ignore[arg-type]
    assert judge_scalar(Kind.TEXT, "bad", limit).outcome is Outcome.FAIL
    assert judge_scalar(Kind.TEXT, "good", limit).outcome is Outcome.PASS
