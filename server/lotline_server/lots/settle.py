"""The ledger follows the units: what a unit's status says of stock is posted once, and taken back when the
status no longer says so, in the transaction that derived the status: neither is ever there without the other.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from lotline_server.activity.service import note
from lotline_server.core.quantity import MICRO
from lotline_server.inventory import queries as inventory
from lotline_server.inventory import service as stock
from lotline_server.inventory.models import STOCK, UNTESTED
from lotline_server.inventory.service import Line, Posting
from lotline_server.lots import material_queries as queries
from lotline_server.lots.statuses import per_unit_micro, wanted_postings


def settle(connection: Connection, units: Sequence[int], *, at: datetime, who: str) -> None:
    """Have the ledger say of these units what their status says. Done twice it changes nothing.

    A released lot whose first unit is under way is in production from here on.
    """
    states = queries.stock_states(connection, units)
    _begin_production(connection, states, at=at, who=who)
    opened: dict[int, dict[tuple[str, int | None], int]] = {}
    for posting, unit, kind, lot in inventory.open_of_units(connection, units):
        opened.setdefault(unit, {})[kind, lot] = posting
    if not opened and all(state[6] == "test_only" for state in states):
        return
    by_unit = {state[0]: state for state in states}
    recipes: dict[int, list[Line]] = {}
    taken_back: list[tuple[int, int | None, int | None, int]] = []
    fresh: list[Posting] = []
    for unit in units:
        state = by_unit.get(unit)
        wanted = set() if state is None else _wanted(state)
        there = opened.get(unit, {})
        taken_back += [
            (posting, lot, unit, int(kind == "backflush"))
            for (kind, lot), posting in there.items()
            if (kind, lot) not in wanted
        ]
        fresh += [
            _posting(connection, kind, state, recipes)
            for kind, lot in sorted(wanted - there.keys())
            if state is not None
        ]
    if taken_back:
        withdrawn = "its unit no longer stands where it was posted"
        fresh = stock.counter_entries(connection, taken_back, withdrawn) + fresh
        text = f"{len(taken_back)} stock postings were taken back: {withdrawn}"
        note(
            connection, at=at, who=who, what="stock.withdrawn", subject=_names(by_unit, taken_back), text=text
        )
    if fresh:
        stock.post(connection, fresh, at=at, who=who)


def _names(
    by_unit: dict[int, tuple[Any, ...]], taken_back: Sequence[tuple[int, Any, int | None, int]]
) -> str:
    first = taken_back[0][2]
    return str(by_unit[first][1]) if first in by_unit else "stock"


def _wanted(state: tuple[Any, ...]) -> set[tuple[str, int | None]]:
    _, _, status, _, lot, _, kind, consumption, _, _, released = state
    if released is None:
        # Its BOM is not pinned yet; on its release it is settled.
        return set()
    return {(each, lot) for each in wanted_postings(kind=kind, consumption=consumption, status=status)}


def _posting(
    connection: Connection, kind: str, state: tuple[Any, ...], recipes: dict[int, list[Line]]
) -> Posting:
    unit, serial, _, part, lot, _, _, _, location, _, _ = state
    place = STOCK if location is None else location
    match kind:
        case "backflush":
            if lot not in recipes:
                recipes[lot] = recipe(connection, lot, place)
            lines: Sequence[Line] = recipes[lot]
        case "unit_receipt":
            lines = [Line(part, place, MICRO)]
        case "unit_tested":
            lines = [Line(part, UNTESTED, -MICRO), Line(part, place, MICRO)]
        case _:
            lines = [Line(part, UNTESTED, -MICRO)]
    return Posting(
        kind=kind, lines=lines, reference=serial, lot=lot, unit=unit, units=int(kind == "backflush")
    )


def recipe(connection: Connection, lot: int, location: int, times: int = 1) -> list[Line]:
    """Give what the material of so many units of a lot takes out of a location."""
    return [
        Line(line.part, location, -times * per_unit_micro(line.quantity, line.attrition))
        for line in queries.pinned_lines(connection, lot)
    ]


def _begin_production(
    connection: Connection, states: Sequence[tuple[Any, ...]], *, at: datetime, who: str
) -> None:
    begun = {
        (state[4], state[5]): state[1]
        for state in states
        if state[9] == "released" and state[2] not in {"planned", "scrapped"}
    }
    for (lot, name), serial in begun.items():
        queries.set_lot(connection, lot, status="in_production")
        reason = f"first run of {serial}"
        queries.add_event(
            connection, lot=lot, at=at, who=who, what="status", before="released", after="in_production",
            reason=reason,
        )  # fmt: skip
        text = f"Lot {name} is in production: {reason}"
        note(connection, at=at, who=who, what="lot.in_production", subject=name, text=text)
