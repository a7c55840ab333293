"""Statements about what was said of units: appended, never changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.core.dialect import many_values, one_of
from lotline_server.core.prepared import insert_prepared
from lotline_server.core.rows import fetch_all
from lotline_server.parts.models import parts
from lotline_server.units.models import unit_events, units


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitEventRow:
    """What was said of a unit: who, when, why. what: marked, withdrawn, held, released, rework, scrapped, …

    mark, operation: of a mark. operation: None for the whole route. about: the event that is withdrawn
    other, other_part: the other unit of an assembly. withdrawn: whether a later event took it back
    """

    id: int
    at: datetime
    who: str
    what: str
    reason: str | None
    mark: str | None
    operation: str | None
    about: int | None
    other: str | None
    other_part: str | None
    withdrawn: bool


insert_events = insert_prepared(
    unit_events, "unit", "at", "who", "what", "reason", "mark", "operation", "about", "other"
)


def events_of(connection: Connection, unit: int) -> list[UnitEventRow]:
    """Give what was said of a unit, the newest first."""
    withdrawal, other = unit_events.alias("withdrawal"), units.alias("other")
    taken_back = sa.exists().where(
        withdrawal.c.unit == unit_events.c.unit, withdrawal.c.about == unit_events.c.id
    )
    statement = (
        sa.select(
            unit_events.c.id, unit_events.c.at, unit_events.c.who, unit_events.c.what, unit_events.c.reason,
            unit_events.c.mark, unit_events.c.operation, unit_events.c.about,
            other.c.serial_number.label("other"), parts.c.part_number.label("other_part"),
            taken_back.label("withdrawn"),
        )
        .select_from(unit_events)
        .outerjoin(other, other.c.id == unit_events.c.other)
        .outerjoin(parts, parts.c.id == other.c.part)
        .where(unit_events.c.unit == unit)
        .order_by(unit_events.c.id.desc())
    )  # fmt: skip
    return fetch_all(connection, statement, UnitEventRow)


def standing_marks(connection: Connection, keys: Iterable[int]) -> dict[int, int]:
    """Give, for those of these units that have a mark nobody withdrew, the newest one's row id."""
    withdrawal = unit_events.alias("withdrawal")
    statement = (
        sa.select(unit_events.c.unit, sa.func.max(unit_events.c.id))
        .where(
            one_of(unit_events.c.unit, "units"),
            unit_events.c.what == "marked",
            ~sa.exists().where(
                withdrawal.c.unit == unit_events.c.unit, withdrawal.c.about == unit_events.c.id
            ),
        )
        .group_by(unit_events.c.unit)
    )
    found = connection.execute(statement, {"units": many_values(keys)})
    return {row[0]: row[1] for row in found}
