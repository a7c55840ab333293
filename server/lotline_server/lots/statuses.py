"""A lot's statuses and what may follow what. Pure."""

from decimal import Decimal
from typing import Literal, get_args

from lotline_server.core.errors import Conflict, Invalid
from lotline_server.core.quantity import MICRO, to_micro

LotStatus = Literal[
    "planned", "released", "in_production", "on_hold", "completed", "closed_short", "cancelled"
]
LotKind = Literal["built_here", "built_outside", "test_only"]
"""built_outside: an order delivers the units, untested. test_only: its units never touch stock."""
Consumption = Literal["release", "first_run", "completion"]
"""When the material of a unit leaves stock; a scrapped unit's has left it in any case."""

STATUSES: tuple[LotStatus, ...] = get_args(LotStatus)
KINDS: tuple[LotKind, ...] = get_args(LotKind)
CONSUMPTIONS: tuple[Consumption, ...] = get_args(Consumption)
OPEN = frozenset({"released", "in_production"})
"""Units of such a lot may be tested."""
ACTIVE = frozenset({"planned", "released", "in_production", "on_hold"})
"""Such a lot still needs material."""
RESERVING = frozenset({"released", "in_production", "on_hold"})
"""Such a lot has the material it still needs reserved for it."""
NEEDS_REASON = frozenset({"on_hold", "closed_short", "cancelled"})

_FOLLOWING: dict[str, frozenset[str]] = {
    "planned": frozenset({"released", "cancelled"}),
    "released": frozenset({"in_production", "on_hold", "completed", "closed_short", "cancelled"}),
    "in_production": frozenset({"on_hold", "completed", "closed_short"}),
    "on_hold": frozenset({"released", "in_production", "closed_short", "cancelled"}),
    "completed": frozenset({"released", "in_production"}),
    "closed_short": frozenset({"released", "in_production"}),
    "cancelled": frozenset(),
}


def following(status: str) -> list[str]:
    """Give what may follow a status, in the order of a lot's life."""
    return [each for each in STATUSES if each in _FOLLOWING[status]]


def check_step(lot: str, before: str, after: str, reason: str | None) -> None:
    """Raise Conflict where a status may not follow another, Invalid where the reason is missing."""
    if after not in STATUSES:
        raise Invalid(f"status {after[:40]!r} is not one of {', '.join(STATUSES)}")
    if after not in _FOLLOWING[before]:
        may = " or ".join(following(before)) or "nothing any more"
        raise Conflict(f"lot {lot} is {before.replace('_', ' ')}: it may become {may}, not {after}")
    if after in NEEDS_REASON and reason is None:
        raise Invalid(f"say why lot {lot} becomes {after.replace('_', ' ')}")


def per_unit_micro(quantity: Decimal, attrition: Decimal) -> int:
    """Give the millionths of a component that are issued for one unit: its quantity × (1 + attrition).

    Rounded up to a whole millionth, so that the issues of many units add up to exactly their need.
    """
    exact = to_micro(quantity) * (MICRO + to_micro(attrition))
    return -(-exact // MICRO)


def units_to_issue(*, status: str, kind: str, target: int, scrapped: int, issued: int) -> int:
    """Give for how many units material is still needed: all that are to be built, a replacement for each
    scrapped one, without those whose material was issued.
    """
    if kind != "built_here" or status not in ACTIVE:
        return 0
    return max(0, target + scrapped - issued)


def wanted_postings(*, kind: str, consumption: str, status: str) -> frozenset[str]:
    """Give the kinds of posting that a unit of this status has in the ledger, each of them once."""
    wanted = set()
    if kind == "built_here":
        consumed = (consumption == "first_run" and status != "planned") or (
            consumption == "completion" and status == "completed"
        )
        if consumed or (status == "scrapped" and consumption != "release"):
            wanted.add("backflush")
        if status == "completed":
            wanted.add("unit_receipt")
    elif kind == "built_outside":
        if status == "completed":
            wanted.add("unit_tested")
        elif status == "scrapped":
            wanted.add("unit_scrapped")
    return frozenset(wanted)
