"""A purchase order's statuses and what may follow what. Pure."""

from datetime import date
from typing import Literal, get_args

from lotline_server.core.errors import Conflict, Invalid

OrderStatus = Literal["draft", "sent", "confirmed", "partly_received", "received", "cancelled"]
STATUSES: tuple[OrderStatus, ...] = get_args(OrderStatus)
ON_THE_WAY = frozenset({"sent", "confirmed", "partly_received"})
"""Something may still arrive."""
COMING = frozenset({"draft"}) | ON_THE_WAY
"""What counts as on order, so that a shortage is not ordered twice."""

_FOLLOWING: dict[str, frozenset[str]] = {
    "draft": frozenset({"sent", "cancelled"}),
    "sent": frozenset({"confirmed", "cancelled"}),
    "confirmed": frozenset({"cancelled"}),
    "partly_received": frozenset({"received", "cancelled"}),
    "received": frozenset(),
    "cancelled": frozenset(),
}
"""What a person may say. Receiving says the rest; `received` by a person: the rest will not come."""


def following(status: str) -> list[str]:
    """Give what a person may make of an order of this status."""
    return [each for each in STATUSES if each in _FOLLOWING[status]]


def standing(status: str, *, some: bool, all_of_it: bool, confirmed: bool) -> str:
    """Give the status that follows from what was received. A cancelled order stays so, and a draft too.

    confirmed: it was, before anything arrived
    """
    if status not in ON_THE_WAY | {"received"}:
        return status
    if all_of_it:
        return "received"
    if some:
        return "partly_received"
    return "confirmed" if confirmed else "sent"


def days_late(status: str, expected: str | None, today: date) -> int:
    """Give for how many days something should have arrived; 0 where it is not late or nobody said when."""
    if status not in ON_THE_WAY or expected is None:
        return 0
    return max(0, (today - date.fromisoformat(expected)).days)


def check_step(number: str, before: str, after: str, reason: str | None) -> None:
    """Raise Conflict where a status may not follow another, Invalid where the reason is missing."""
    if after not in STATUSES:
        raise Invalid(f"status {after[:40]!r} is not one of {', '.join(STATUSES)}")
    if after not in _FOLLOWING[before]:
        may = " or ".join(following(before)) or "nothing any more"
        raise Conflict(
            f"purchase order {number} is {before.replace('_', ' ')}: it may become {may}, not {after}"
        )
    if reason is None and (after == "cancelled" or before == "partly_received"):
        raise Invalid(f"say why purchase order {number} becomes {after}")
