"""May this unit be tested here, now? A pure function over what the server last said."""

from typing import Literal, NamedTuple

from lotline_agent.execution.off_route import decide_by_route
from lotline_agent.store.facts import Facts
from lotline_contract.identity import fits_format
from lotline_contract.record import Interlock
from lotline_contract.wire import LotFact, UnitFact


class Decision(NamedTuple):
    """The interlock's word. reasons: sentences, the first one for the operator.

    ALLOW_OFFLINE: the server is away, and an earlier operation that it knows no run of may be passed by now

    unit, lot: what the facts say of the unit; None where they say nothing (or there is no server)
    facts_as_of: the server's moment of the facts; None without any
    """

    decision: Literal["ALLOW", "ALLOW_OFFLINE", "DENY"]
    reasons: tuple[str, ...]
    facts_age_s: float | None
    unit: UnitFact | None = None
    lot: LotFact | None = None
    facts_as_of: str | None = None

    def record(self) -> Interlock:
        """Give the part of the record that says why the run was allowed."""
        allowed: Literal["ALLOW", "ALLOW_OFFLINE"] = "ALLOW" if self.decision == "ALLOW" else "ALLOW_OFFLINE"
        return Interlock(
            decision=allowed,
            reasons=self.reasons,
            facts_age_s=self.facts_age_s,
            facts_as_of=self.facts_as_of,
        )


def decide(
    serial_number: str, *, part_number: str, operation: str, facts: Facts | None, has_server: bool
) -> Decision:
    """Decide for a serial number in its normal form.

    part_number, operation: what the station's plan tests
    facts: None where the server has never said any; then only a station without a server may test
    """
    if not has_server:
        return Decision("ALLOW", ("This station has no server; nobody says which units exist.",), None)
    if facts is None:
        return Decision(
            "DENY",
            (
                "This station has not heard from its server yet, so it knows no units. "
                "Check the network, then scan again.",
            ),
            None,
        )
    decided = _decide(serial_number, part_number, operation, facts)
    return decided._replace(facts_as_of=facts.snapshot.as_of)


def _decide(serial_number: str, part_number: str, operation: str, facts: Facts) -> Decision:
    age = facts.age_s()

    def deny(reason: str, unit: UnitFact | None = None, lot: LotFact | None = None) -> Decision:
        return Decision("DENY", (reason,), age, unit, lot)

    known = facts.units.get(serial_number, ())
    unit = next((each for each in known if each.part_number == part_number), None)
    if unit is None:
        return deny(_unknown(serial_number, part_number, known, facts))
    if (reason := _kept_away(unit)) is not None:
        return deny(reason, unit)
    if unit.lot is None:
        return deny(f"{serial_number} belongs to no lot. Ask the production lead.", unit)
    lot = facts.lots.get(unit.lot)
    if lot is None or not lot.open:
        return deny(f"Lot {unit.lot} of {serial_number} is not open. Ask the production lead.", unit, lot)
    off_route = decide_by_route(unit, lot, facts.parts.get(part_number), operation, age)
    if off_route is not None:
        return Decision(off_route.decision, (off_route.reason,), age, unit, lot)
    return Decision("ALLOW", (f"{serial_number} is {unit.status} in open lot {unit.lot}.",), age, unit, lot)


def _kept_away(unit: UnitFact) -> str | None:
    """Say why a unit is to be tested nowhere; None where it may be. What the server said holds at any age."""
    serial_number = unit.serial_number
    if unit.status == "scrapped":
        return f"{serial_number} is scrapped. It is not to be tested; put it on the scrap cart."
    if unit.hold is not None:
        why = unit.hold.rstrip(" .")
        return f"{serial_number} is on hold: {why}. Put it aside; quality releases it."
    return None


def _unknown(serial_number: str, part_number: str, known: tuple[UnitFact, ...], facts: Facts) -> str:
    if known:
        others = " and ".join(sorted(each.part_number for each in known))
        return f"{serial_number} is a {others}, and this station tests {part_number}. Wrong station?"
    for cut in range(1, len(serial_number)):
        if serial_number[:cut] in facts.units and serial_number[cut:] in facts.units:
            both = f"{serial_number[:cut]} and {serial_number[cut:]}"
            return f"Two scans came as one: {both}. Scan one unit again."
    part = facts.parts.get(part_number)
    if part is not None and not fits_format(serial_number, part.serial_prefix, part.serial_digits):
        example = part.serial_prefix + "0" * part.serial_digits
        return (
            f"{serial_number} is not a serial number of {part_number} (they look like {example}). "
            "Scan the unit's own label."
        )
    return f"{serial_number} is not known in any open lot. Ask the production lead to create it."
