"""Statements about which unit sits in which assembly."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.core.rows import fetch_all, fetch_one, inserted_key
from lotline_server.parts.models import parts
from lotline_server.runs.models import runs
from lotline_server.units.models import sub_units, units


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A unit as genealogy needs it."""

    id: int
    serial_number: str
    part_number: str
    status: str
    hold: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """A unit in an assembly; the one of the two that was not asked for is named. place: where it sits in it.

    run_id: the run whose scan said so; None where a person did. removed_at: None while it sits there
    """

    id: int
    serial_number: str
    part_number: str
    part_name: str
    status: str
    hold: str | None
    place: str | None
    at: datetime
    who: str
    run_id: str | None
    removed_at: datetime | None
    removed_by: str | None
    removed_why: str | None


def find_members(connection: Connection, serial_number: str, part_number: str | None) -> list[Member]:
    """Give the units with this serial number, of one part where it is named."""
    statement = (
        sa.select(units.c.id, units.c.serial_number, parts.c.part_number, units.c.status, units.c.hold)
        .join_from(units, parts, parts.c.id == units.c.part)
        .where(units.c.serial_number == serial_number)
    )
    if part_number is not None:
        statement = statement.where(parts.c.part_number == part_number)
    return fetch_all(connection, statement, Member)


def assembly_of(connection: Connection, unit: int) -> tuple[int, Member] | None:
    """Give the link that a unit sits in now, and its assembly; None where it sits in none."""
    statement = (
        sa.select(
            sub_units.c.id.label("link"), units.c.id, units.c.serial_number, parts.c.part_number,
            units.c.status, units.c.hold,
        )
        .join_from(sub_units, units, units.c.id == sub_units.c.assembly)
        .join(parts, parts.c.id == units.c.part)
        .where(sub_units.c.unit == unit, sub_units.c.removed_at.is_(None))
    )  # fmt: skip
    row = connection.execute(statement).mappings().first()
    if row is None:
        return None
    values = dict(row)
    return values.pop("link"), Member(**values)


def insert_link(connection: Connection, **values: Any) -> int:
    """Say that a unit sits in an assembly from now on, and give the link's row id."""
    return inserted_key(connection.execute(sa.insert(sub_units).values(**values)))


def end_link(connection: Connection, link: int, *, at: datetime, who: str, why: str) -> None:
    """Say that a unit was taken out."""
    connection.execute(
        sa.update(sub_units)
        .where(sub_units.c.id == link)
        .values(removed_at=at, removed_by=who, removed_why=why)
    )


def was_removed_after(connection: Connection, assembly: int, unit: int, moment: datetime) -> bool:
    """Tell whether a unit was taken out of this assembly at that moment or later."""
    statement = sa.select(sub_units.c.id).where(
        sub_units.c.assembly == assembly, sub_units.c.unit == unit, sub_units.c.removed_at >= moment
    )
    return connection.execute(statement).first() is not None


def sub_units_of(connection: Connection, assembly: int, *, removed: bool = False) -> list[LinkRow]:
    """Give the units that sit in an assembly, or those that did, in the order in which they came."""
    return _links(connection, sub_units.c.assembly == assembly, sub_units.c.unit, removed=removed)


def assemblies_of(connection: Connection, unit: int, *, removed: bool = False) -> list[LinkRow]:
    """Give the assembly that a unit sits in, or those it sat in before."""
    return _links(connection, sub_units.c.unit == unit, sub_units.c.assembly, removed=removed)


def _links(connection: Connection, asked: Any, other: Any, *, removed: bool) -> list[LinkRow]:
    gone = sub_units.c.removed_at
    statement = (
        sa.select(
            sub_units.c.id, units.c.serial_number, parts.c.part_number, parts.c.name.label("part_name"),
            units.c.status, units.c.hold, sub_units.c.place, sub_units.c.at, sub_units.c.who, runs.c.run_id,
            sub_units.c.removed_at, sub_units.c.removed_by, sub_units.c.removed_why,
        )
        .join_from(sub_units, units, units.c.id == other)
        .join(parts, parts.c.id == units.c.part)
        .outerjoin(runs, runs.c.id == sub_units.c.run)
        .where(asked, gone.is_not(None) if removed else gone.is_(None))
        .order_by(sub_units.c.id)
    )  # fmt: skip
    return fetch_all(connection, statement, LinkRow)


def find_link(connection: Connection, assembly: int, unit: int) -> LinkRow | None:
    """Find the link by which a unit sits in an assembly now."""
    statement = (
        sa.select(
            sub_units.c.id, units.c.serial_number, parts.c.part_number, parts.c.name.label("part_name"),
            units.c.status, units.c.hold, sub_units.c.place, sub_units.c.at, sub_units.c.who,
            sa.null().label("run_id"), sub_units.c.removed_at, sub_units.c.removed_by,
            sub_units.c.removed_why,
        )
        .join_from(sub_units, units, units.c.id == sub_units.c.unit)
        .join(parts, parts.c.id == units.c.part)
        .where(
            sub_units.c.assembly == assembly, sub_units.c.unit == unit, sub_units.c.removed_at.is_(None)
        )
    )  # fmt: skip
    return fetch_one(connection, statement, LinkRow)
