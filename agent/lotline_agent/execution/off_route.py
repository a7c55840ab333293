"""Whether a unit may be tested at an operation yet: the part of the interlock that knows routes. Pure."""

from typing import Literal, NamedTuple

from lotline_contract.wire import LotFact, PartFact, UnitFact

OFFLINE_AFTER_S = 300.0
"""Facts that are older come from a server that is away: what it has not said may have happened since."""


class OffRoute(NamedTuple):
    """Why a unit is not simply tested. ALLOW_OFFLINE: the server is away, and may know more by now."""

    decision: Literal["ALLOW_OFFLINE", "DENY"]
    reason: str


def decide_by_route(
    unit: UnitFact, lot: LotFact, part: PartFact | None, operation: str, age_s: float
) -> OffRoute | None:
    """Decide by the route that the unit's lot was released with, else by its part's; None where it may be
    tested. What failed earlier has to pass first, optional or not; what is optional may be left out.

    age_s: of the facts. What the server has said denies at any age.
    """
    route, optional = _route(lot, part)
    if operation not in route:
        known = ", ".join(route) or "unknown"
        return OffRoute(
            "DENY",
            f"{unit.part_number} has no operation {operation} on its route ({known}). Is it the right plan?",
        )
    earlier = route[: route.index(operation)]
    for each in earlier:
        if each in unit.failed:
            return OffRoute(
                "DENY",
                f"{unit.serial_number} failed at {each}, which comes before {operation}. "
                f"It has to pass {each} first.",
            )
    if unit.passed is None:
        return None
    missing = [each for each in earlier if each not in optional and each not in unit.passed]
    if not missing:
        return None
    names = " and ".join(missing)
    if age_s > OFFLINE_AFTER_S:
        return OffRoute(
            "ALLOW_OFFLINE",
            f"The server was last heard {age_s / 60:.0f} minutes ago; then {unit.serial_number} had not "
            f"passed {names}, and it may have since.",
        )
    comes = "comes" if len(missing) == 1 else "come"
    return OffRoute(
        "DENY",
        f"{unit.serial_number} has not passed {names} yet, which {comes} before {operation}. "
        "Take it there first.",
    )


def _route(lot: LotFact, part: PartFact | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if lot.route:
        return lot.route, lot.optional
    return (part.route, part.optional) if part is not None else ((), ())
