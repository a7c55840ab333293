"""Limits: what a value is held against, and which limits are refused before anything is measured."""

import math
from enum import StrEnum

import msgspec


class Comparator(StrEnum):
    """How a value is held against its limit, in the words of ATML (IEEE 1671 Annex B)."""

    EQ = "EQ"
    NE = "NE"
    GT = "GT"
    GE = "GE"
    LT = "LT"
    LE = "LE"
    GTLT = "GTLT"
    GTLE = "GTLE"
    GELT = "GELT"
    GELE = "GELE"


class Kind(StrEnum):
    """What a measurement's value is: a number, a flag, a text, or a vector of numbers."""

    NUMBER = "number"
    FLAG = "flag"
    TEXT = "text"
    VECTOR = "vector"


class Limit(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One rule. A bound that its comparator does not use is None; a bound of 0 is a bound.

    comparator: which bounds count, and whether they are inclusive
    low, high: bounds in the measurement's uom
    equals: the exact number, flag or text of EQ and NE
    """

    comparator: Comparator
    low: float | None = None
    high: float | None = None
    equals: float | bool | str | None = None


LOW = frozenset(
    {Comparator.GT, Comparator.GE, Comparator.GTLT, Comparator.GTLE, Comparator.GELT, Comparator.GELE}
)
HIGH = frozenset(
    {Comparator.LT, Comparator.LE, Comparator.GTLT, Comparator.GTLE, Comparator.GELT, Comparator.GELE}
)
EXACT = frozenset({Comparator.EQ, Comparator.NE})
COMPARATORS = frozenset(Comparator)


class LimitError(ValueError):
    """A limit that could not be held against anything; the message says what is wrong with it."""


def is_number(value: object) -> bool:
    """Tell whether a value is a finite number that a float holds exactly. A bool is never a number."""
    if type(value) is float:
        return math.isfinite(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value) and float(value) == value
    except OverflowError:
        return False


def check_limit(limit: Limit, kind: Kind, uom: str | None) -> None:
    """Refuse, with LimitError, any limit that its judge could not hold against a value of this kind.

    uom: None where none was given; a limit on a number or vector needs one ("1" for a plain number)
    """
    if kind in {Kind.NUMBER, Kind.VECTOR} and not uom:
        raise LimitError('a limit on a number needs a uom ("V", "mA", … or "1" for a plain number)')
    check_form(limit, kind)


def check_form(limit: Limit, kind: Kind) -> None:
    """Refuse, with LimitError, a limit whose parts do not fit its comparator, the kind or each other."""
    comparator = limit.comparator
    if comparator not in COMPARATORS:
        raise LimitError(f"comparator {comparator!r} is none of {', '.join(Comparator)}")
    for name, bound, wanted in (
        ("low", limit.low, comparator in LOW),
        ("high", limit.high, comparator in HIGH),
        ("equals", limit.equals, comparator in EXACT),
    ):
        if wanted and bound is None:
            raise LimitError(f"comparator {comparator} needs {name}, and it is not given")
        if not wanted and bound is not None:
            raise LimitError(f"comparator {comparator} does not use {name}, but {name} = {bound!r} is given")
        if name != "equals" and bound is not None and not is_number(bound):
            raise LimitError(f"{name} must be a finite number, not {bound!r}")
    if comparator in EXACT:
        _check_exact(limit, kind)
    elif kind in {Kind.FLAG, Kind.TEXT}:
        raise LimitError(f"a {kind} takes only equals, not comparator {comparator}")
    _check_order(limit)


def _check_exact(limit: Limit, kind: Kind) -> None:
    exact = limit.equals
    match kind:
        case Kind.NUMBER | Kind.VECTOR:
            if not is_number(exact):
                raise LimitError(f"equals must be a finite number for a {kind}, not {exact!r}")
            if kind == Kind.VECTOR and limit.comparator == Comparator.NE:
                raise LimitError("a vector cannot be held against NE; use low and high")
        case Kind.FLAG:
            if not isinstance(exact, bool):
                raise LimitError(f"equals must be true or false for a flag, not {exact!r}")
        case Kind.TEXT:
            if not isinstance(exact, str):
                raise LimitError(f"equals must be a text for a text, not {exact!r}")


def _check_order(limit: Limit) -> None:
    low, high = limit.low, limit.high
    if low is None or high is None:
        return
    if low > high:
        raise LimitError(f"low = {low!r} is above high = {high!r}")
    if low == high and limit.comparator != Comparator.GELE:
        raise LimitError(f"low = high = {low!r} with comparator {limit.comparator} admits no value at all")
