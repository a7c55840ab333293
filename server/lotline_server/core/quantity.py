"""Quantities and prices: exact decimals of six places, kept as whole millionths and never as floats."""

import re
from collections.abc import Iterable
from decimal import Context, Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from lotline_server.core.errors import Invalid

MICRO = 1_000_000
LARGEST = Decimal(1_000_000_000)
"""No quantity and no price of one row is larger; sums may be."""

_PLAIN = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{1,12})?")

Amount = str | int
"""A quantity as JSON brings it: "0.5" or 3. A JSON number with a point is a float, and is refused."""


def to_micro(value: Decimal) -> int:
    """Give an exact number of millionths. ValueError where the value has more than six places."""
    micro = value * MICRO
    whole = int(micro)
    if whole != micro:
        raise ValueError(f"{value} has more than six decimal places")
    return whole


def from_micro(micro: int) -> Decimal:
    """Give millionths as a decimal without zeros at its end: 1500000 is 1.5 and 10000000 is 10."""
    whole, rest = divmod(abs(micro), MICRO)
    text = f"{whole}.{rest:06d}".rstrip("0").rstrip(".") if rest else str(whole)
    return -Decimal(text) if micro < 0 else Decimal(text)


def parse_amount(text: Amount, what: str, *, low: Decimal | int | None = None) -> Decimal:
    """Read a plain decimal number. Invalid for anything else, for more than six places, for less than `low`
    and for more than LARGEST on either side of 0.
    """
    found = str(text).strip()
    if isinstance(text, bool) or not _PLAIN.fullmatch(found):
        raise Invalid(f"{what} must be a plain decimal number such as 12 or 0.5, not {str(text)[:40]!r}")
    value = Decimal(found)
    try:
        value = from_micro(to_micro(value))
    except ValueError as error:
        raise Invalid(f"{what}: {error}") from error
    if abs(value) > LARGEST or (low is not None and value < low):
        raise Invalid(f"{what} must be {'at least ' + str(low) + ' and ' if low is not None else ''}"
                      f"at most {LARGEST}, not {value}")  # fmt: skip
    return value


_EXACT = Context(prec=80)
"""A thousand products of the largest quantity and price fit in; the default context would round them."""


def cost(lines: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    """Give the sum of quantity × price, exact to the last of its twelve places, without zeros at its end."""
    total = Decimal(0)
    for quantity, price in lines:
        total = _EXACT.add(total, _EXACT.multiply(quantity, price))
    return Decimal(f"{total.normalize(_EXACT):f}")


class Quantity(TypeDecorator[Decimal]):
    """An exact decimal of six places, stored as a 64-bit number of millionths: it adds up in the database."""

    impl = sa.BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Store INTEGER in SQLite and BIGINT elsewhere."""
        return dialect.type_descriptor(sa.INTEGER() if dialect.name == "sqlite" else sa.BigInteger())

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> int | None:
        """Take a decimal."""
        return None if value is None else to_micro(Decimal(value))

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """Give a decimal."""
        return None if value is None else from_micro(int(value))
