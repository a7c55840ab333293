"""A vector passes when every sample would: the judge looks at two of them, the tests at all."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from lotline_contract.judge import judge_scalar, judge_vector
from lotline_contract.limits import Comparator, Kind, Limit
from lotline_contract.outcome import Cause, Outcome

LIMIT = Limit(comparator=Comparator.GELE, low=-1.0, high=1.0)

codes = hnp.arrays(
    st.sampled_from(["<i1", "<u1", "<i2", ">i2", "<u2", "<i4"]),
    st.integers(1, 8),
    elements=st.integers(0, 3),
)
floats = hnp.arrays(
    st.sampled_from(["<f4", "<f8"]),
    st.integers(1, 8),
    elements=st.sampled_from([-2.0, -1.0, 0.0, 0.5, 1.0, 2.0, math.inf, -math.inf]),
)
scales = st.sampled_from([1.0, -1.0, 0.5, -0.25, 1e-3, 3.0, -1e30])
offsets = st.sampled_from([0.0, 1.0, -1.0, 0.1, 9.9e37])
limits = st.sampled_from(
    [
        None,
        LIMIT,
        Limit(comparator=Comparator.GTLT, low=-1.0, high=1.0),
        Limit(comparator=Comparator.GT, low=0.0),
        Limit(comparator=Comparator.GE, low=0.0),
        Limit(comparator=Comparator.LT, high=0.0),
        Limit(comparator=Comparator.LE, high=0.0),
        Limit(comparator=Comparator.EQ, equals=1.0),
    ]
)


@given(codes | floats, limits, scales, offsets)
def test_a_vector_is_as_bad_as_its_worst_sample(
    samples: NDArray[np.generic], limit: Limit | None, scale: float, offset: float
) -> None:
    judged = judge_vector(samples, limit, scale=scale, offset=offset, record_only=True)
    each = {
        judge_scalar(Kind.NUMBER, float(sample) * scale + offset, limit, record_only=True)
        for sample in samples
    }
    if any(one.cause is Cause.OVERRANGE for one in each):
        assert judged == (Outcome.FAIL if limit else Outcome.ERROR, Cause.OVERRANGE)
    else:
        assert judged == (
            (Outcome.PASS, None) if each == {(Outcome.PASS, None)} else (Outcome.FAIL, Cause.LIMIT)
        )


@given(floats, st.integers(0, 7), limits)
def test_one_nan_anywhere_spoils_the_vector(
    samples: NDArray[np.generic], where: int, limit: Limit | None
) -> None:
    spoilt = samples.copy()
    spoilt[where % len(spoilt)] = np.nan
    assert judge_vector(spoilt, limit, record_only=True) == (Outcome.ERROR, Cause.BAD_READING)


@pytest.mark.parametrize(
    ("samples", "points"),
    [
        (np.zeros(0), None),
        (np.zeros(0), 0),
        (np.zeros(9), 10),
        (np.zeros(11), 10),
        (np.zeros((2, 5)), 10),
        (np.zeros((2, 5)), None),
        (np.array(0.0), None),
    ],
)
@pytest.mark.parametrize("limit", [LIMIT, None])
def test_another_number_of_points_or_rank_is_the_wrong_shape(
    samples: NDArray[np.generic], points: int | None, limit: Limit | None
) -> None:
    judged = judge_vector(samples, limit, points=points, record_only=True)
    assert judged == (Outcome.ERROR, Cause.WRONG_SHAPE)


@pytest.mark.parametrize(
    "samples",
    [
        None,
        [0.0, 0.5],
        b"\0\0",
        0.5,
        np.array([True, False]),
        np.array(["0", "1"]),
        np.array([0.5 + 0j]),
        np.array([0.5, None], dtype=object),
        np.array(["2026-11-23"], dtype="datetime64[s]"),
        np.array([0.5], dtype=np.longdouble),
        np.ma.array([0.5, 99.0], mask=[False, True]),
    ],
    ids=repr,
)
def test_what_is_no_plain_array_of_numbers_is_a_bad_reading(samples: object) -> None:
    for limit in (LIMIT, None):
        assert judge_vector(samples, limit, record_only=True) == (Outcome.ERROR, Cause.BAD_READING)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, None, "1", True])
def test_a_scale_or_offset_that_is_no_finite_number_is_a_bad_reading(number: float) -> None:
    assert judge_vector(np.zeros(3), LIMIT, scale=number) == (Outcome.ERROR, Cause.BAD_READING)
    assert judge_vector(np.zeros(3), LIMIT, offset=number) == (Outcome.ERROR, Cause.BAD_READING)


def test_a_scale_of_zero_is_a_bad_reading() -> None:
    assert judge_vector(np.array([5, 6]), LIMIT, scale=0.0) == (Outcome.ERROR, Cause.BAD_READING)


@pytest.mark.parametrize("dtype", ["<i8", "<u8"])
def test_a_code_that_no_float_holds_is_a_bad_reading(dtype: str) -> None:
    limit = Limit(comparator=Comparator.LE, high=2.0**53)
    assert judge_vector(np.array([0, 2**53], dtype), limit).outcome is Outcome.PASS
    assert judge_vector(np.array([0, 2**53 + 1], dtype), limit) == (Outcome.ERROR, Cause.BAD_READING)


def test_a_negative_scale_turns_the_codes_over() -> None:
    limit = Limit(comparator=Comparator.GELE, low=-3.0, high=-1.0)
    assert judge_vector(np.array([1, 2, 3], "<i2"), limit, scale=-1.0).outcome is Outcome.PASS
    assert judge_vector(np.array([1, 2, 4], "<i2"), limit, scale=-1.0).outcome is Outcome.FAIL
    assert judge_vector(np.array([0, 2, 3], "<i2"), limit, scale=-1.0).outcome is Outcome.FAIL


def test_the_smallest_code_of_its_type_is_not_turned_into_another() -> None:
    # abs() and negation of -32768 stay -32768 in 16 bits.
    limit = Limit(comparator=Comparator.GELE, low=0.0, high=32767.0)
    assert judge_vector(np.array([-32768], "<i2"), limit, scale=-1.0).outcome is Outcome.FAIL
    assert judge_vector(np.array([-32768], "<i2"), limit).outcome is Outcome.FAIL


@pytest.mark.parametrize(
    "limit",
    [
        Limit(comparator=Comparator.NE, equals=3.0),
        Limit(comparator=Comparator.GELE, low=0.0),
        Limit(comparator=Comparator.GELE, low=1.0, high=-1.0),
        Limit(comparator=Comparator.GE, low=0.0, high=1.0),
        Limit(comparator=Comparator.EQ, equals="0"),
    ],
)
def test_a_malformed_limit_never_passes_a_vector(limit: Limit) -> None:
    assert judge_vector(np.zeros(3), limit, record_only=True) == (Outcome.ERROR, Cause.BAD_LIMIT)


def test_a_vector_without_a_limit_passes_only_if_declared_record_only() -> None:
    assert judge_vector(np.zeros(3), None) == (Outcome.ERROR, Cause.NO_LIMIT)
    assert judge_vector(np.zeros(3), None, record_only=True) == (Outcome.PASS, None)
