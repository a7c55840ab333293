"""What quantities, prices and days of an order may be. Pure."""

from datetime import date
from decimal import Decimal

from lotline_server.core.errors import Invalid


def check_amounts(quantity: Decimal, price: Decimal | None, uom: str) -> None:
    """Raise Invalid for a quantity or a price that no line has."""
    if quantity <= 0:
        raise Invalid(f"the quantity of a line is more than 0, not {quantity}")
    if uom == "pcs" and quantity != int(quantity):
        raise Invalid(f"it is counted in pcs: {quantity} is no whole number")
    if price is not None and price < 0:
        raise Invalid(f"the price of a line is not less than 0, as {price} is")


def check_day(day: str | None) -> str | None:
    """Give a day as it is stored, 2026-11-23; None for an empty text. Raises Invalid."""
    if not day:
        return None
    try:
        return date.fromisoformat(day).isoformat()
    except ValueError as error:
        raise Invalid(f"a delivery is on a day such as 2026-11-23, not {day[:40]!r}") from error
