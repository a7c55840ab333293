"""Which limits a plan may carry."""

import math

import pytest

from lotline_contract.limits import Comparator, Kind, Limit, LimitError, check_limit, is_number

GELE = Limit(comparator=Comparator.GELE, low=0.0, high=1.0)


@pytest.mark.parametrize("kind", [Kind.NUMBER, Kind.VECTOR])
@pytest.mark.parametrize("uom", [None, ""])
def test_a_limit_on_a_number_needs_a_uom(kind: Kind, uom: str | None) -> None:
    with pytest.raises(LimitError, match="needs a uom"):
        check_limit(GELE, kind, uom)
    check_limit(GELE, kind, "1")


@pytest.mark.parametrize("kind", [Kind.FLAG, Kind.TEXT])
def test_a_flag_or_text_takes_only_equals_and_no_uom(kind: Kind) -> None:
    with pytest.raises(LimitError, match="takes only equals"):
        check_limit(GELE, kind, None)
    exact: bool | str = True if kind is Kind.FLAG else "ok"
    check_limit(Limit(comparator=Comparator.NE, equals=exact), kind, None)


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        (Limit(comparator=Comparator.GELE, low=0.0), "needs high"),
        (Limit(comparator=Comparator.GELE, high=0.0), "needs low"),
        (Limit(comparator=Comparator.EQ), "needs equals"),
        (Limit(comparator=Comparator.GE, low=0.0, high=1.0), "does not use high"),
        (Limit(comparator=Comparator.LT, low=0.0, high=1.0), "does not use low"),
        (Limit(comparator=Comparator.GE, low=0.0, equals=1.0), "does not use equals"),
        (Limit(comparator=Comparator.GE, low=math.nan), "finite"),
        (Limit(comparator=Comparator.LE, high=math.inf), "finite"),
        (Limit(comparator=Comparator.GE, low=True), "finite"),
        (Limit(comparator=Comparator.GE, low=2**53 + 1), "finite"),
        (Limit(comparator=Comparator.EQ, equals=True), "finite"),
        (Limit(comparator=Comparator.EQ, equals="1"), "finite"),
        (Limit(comparator=Comparator.GTLT, low=1.0, high=1.0), "admits no value"),
        (Limit(comparator=Comparator.GTLE, low=1.0, high=1.0), "admits no value"),
        (Limit(comparator=Comparator.GELT, low=1.0, high=1.0), "admits no value"),
        (Limit(comparator="BETWEEN", low=1.0, high=1.0), "is none of"),
    ],
)
def test_a_limit_that_could_not_be_held_is_refused(limit: Limit, message: str) -> None:
    with pytest.raises(LimitError, match=message):
        check_limit(limit, Kind.NUMBER, "V")


def test_low_above_high_is_refused_with_all_the_digits_that_differ() -> None:
    with pytest.raises(LimitError, match=r"low = 5\.0000001 is above high = 5\.0"):
        check_limit(Limit(comparator=Comparator.GELE, low=5.0000001, high=5.0), Kind.NUMBER, "V")


def test_a_single_admitted_value_is_a_limit() -> None:
    check_limit(Limit(comparator=Comparator.GELE, low=0.0, high=0.0), Kind.NUMBER, "V")


@pytest.mark.parametrize(
    ("kind", "equals"), [(Kind.FLAG, 1), (Kind.FLAG, "true"), (Kind.TEXT, 1.0), (Kind.TEXT, True)]
)
def test_equals_has_the_type_of_its_kind(kind: Kind, equals: bool | str) -> None:
    with pytest.raises(LimitError, match="equals must be"):
        check_limit(Limit(comparator=Comparator.EQ, equals=equals), kind, None)


def test_a_vector_is_not_held_against_ne() -> None:
    with pytest.raises(LimitError, match="NE"):
        check_limit(Limit(comparator=Comparator.NE, equals=1.0), Kind.VECTOR, "V")


def test_a_number_is_finite_exact_and_no_bool() -> None:
    assert all(is_number(value) for value in (0, 0.0, -1, 2**53, 2**60, 1e308))
    assert not any(
        is_number(value) for value in (True, False, None, "1", math.nan, math.inf, 2**53 + 1, 10**400, 1j)
    )
