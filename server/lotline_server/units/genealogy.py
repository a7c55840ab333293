"""Which unit sits in which assembly: said by a scan at assembly or by a person, with every change of it kept.

A unit sits in one assembly at a time, which the database holds, and never in itself, however deep.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from lotline_server.activity.service import note
from lotline_server.changes import queries as changes
from lotline_server.core.clock import to_micros
from lotline_server.core.errors import Conflict, NotFound
from lotline_server.core.plain_text import optional_text, required_text
from lotline_server.units import event_queries as events
from lotline_server.units import genealogy_queries as queries
from lotline_server.units.genealogy_queries import LinkRow, Member

MAX_REASON = 500
MAX_PLACE = 40
MAX_DEPTH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A unit in an assembly, and what sits in it in turn."""

    link: LinkRow
    sub_units: list["Node"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Genealogy:
    """A unit in both directions. assemblies: the one it sits in first, then the one that sits in, and so on.

    sub_units: what sits in it now. removed: what sat in it before. left: where it sat itself before
    """

    assemblies: list[LinkRow]
    sub_units: list[Node]
    removed: list[LinkRow]
    left: list[LinkRow]


def genealogy(connection: Connection, unit: int) -> Genealogy:
    """Give all that is known of what a unit sits in and of what sits in it."""
    above: list[LinkRow] = []
    at = unit
    while (found := queries.assembly_of(connection, at)) is not None and len(above) < MAX_DEPTH:
        above += queries.assemblies_of(connection, at)
        at = found[1].id
    return Genealogy(
        assemblies=above,
        sub_units=_below(connection, unit, MAX_DEPTH),
        removed=queries.sub_units_of(connection, unit, removed=True),
        left=queries.assemblies_of(connection, unit, removed=True),
    )


def _below(connection: Connection, assembly: int, depth: int) -> list[Node]:
    nodes = []
    for link in queries.sub_units_of(connection, assembly):
        (member,) = queries.find_members(connection, link.serial_number, link.part_number)
        nodes.append(Node(link=link, sub_units=_below(connection, member.id, depth - 1) if depth else []))
    return nodes


def find_member(connection: Connection, serial_number: str, part_number: str | None = None) -> Member:
    """Find a unit. Raises NotFound; Conflict where the serial number is one of several parts."""
    same = queries.find_members(connection, serial_number, part_number)
    if not same:
        raise NotFound(f"unit {serial_number[:64]} does not exist")
    if len(same) > 1:
        names = ", ".join(each.part_number for each in same)
        raise Conflict(f"{serial_number} is a serial number of {len(same)} parts: say which of {names}")
    return same[0]


def build_in(
    connection: Connection,
    *,
    assembly: Member,
    unit: Member,
    place: str | None = None,
    reason: str | None = None,
    at: datetime,
    who: str,
    run: int | None = None,
) -> None:
    """Say that a unit sits in an assembly from now on. Raises Conflict where it cannot."""
    where = optional_text(place, "the place", MAX_PLACE)
    said = optional_text(reason, "the reason", MAX_REASON)
    problem = why_not(connection, assembly, unit)
    if problem is not None:
        raise Conflict(problem)
    queries.insert_link(connection, assembly=assembly.id, unit=unit.id, place=where, at=at, who=who, run=run)
    text = f"{unit.serial_number} was built into {assembly.serial_number}" + (f" at {where}" if where else "")
    _say(connection, ("sub_unit_added", "built_in"), assembly, unit, text, reason=said, at=at, who=who)


def why_not(connection: Connection, assembly: Member, unit: Member) -> str | None:
    """Say why a unit cannot sit in an assembly; None where it can."""
    name, host = unit.serial_number, assembly.serial_number
    for each in (unit, assembly):
        if each.status == "scrapped":
            return f"{each.serial_number} is scrapped"
        if each.hold is not None:
            return f"{each.serial_number} is on hold: {each.hold}"
    sits = queries.assembly_of(connection, unit.id)
    if sits is not None and sits[1].id == assembly.id:
        return f"{name} sits in {host} already"
    if sits is not None:
        return f"{name} sits in {sits[1].serial_number}: take it out there first"
    return _circle(connection, assembly, unit)


def _circle(connection: Connection, assembly: Member, unit: Member) -> str | None:
    """Say that the assembly is, or sits in, what is to sit in it; None where it does not."""
    at, name = assembly, unit.serial_number
    for _ in range(MAX_DEPTH):
        if at.id == unit.id:
            return f"{name} cannot sit in {'itself' if at is assembly else 'what sits in it'}"
        above = queries.assembly_of(connection, at.id)
        if above is None:
            return None
        at = above[1]
    return f"{assembly.serial_number} sits in more than {MAX_DEPTH} assemblies, one in the other"


def take_out(
    connection: Connection,
    *,
    assembly: Member,
    unit: Member,
    reason: str,
    at: datetime,
    who: str,
    replaced_by: Member | None = None,
) -> None:
    """Say that a unit was taken out of an assembly, and which one sits in its place now; None for none.

    Raises NotFound where it does not sit there, Conflict where the other one cannot.
    """
    said = required_text(reason, "the reason", MAX_REASON)
    link = queries.find_link(connection, assembly.id, unit.id)
    if link is None:
        raise NotFound(f"{unit.serial_number} does not sit in {assembly.serial_number}")
    queries.end_link(connection, link.id, at=at, who=who, why=said)
    text = f"{unit.serial_number} was taken out of {assembly.serial_number}"
    _say(connection, ("sub_unit_removed", "taken_out"), assembly, unit, text, reason=said, at=at, who=who)
    if replaced_by is not None:
        build_in(
            connection, assembly=assembly, unit=replaced_by, place=link.place,
            reason=f"in place of {unit.serial_number}: {said}"[:MAX_REASON], at=at, who=who,
        )  # fmt: skip


def scanned(
    connection: Connection,
    *,
    assembly: Member,
    found: Sequence[Member],
    run: int,
    started: datetime,
    at: datetime,
    who: str,
) -> list[str]:
    """Take in what a run's scans say sits in an assembly, and give in sentences what cannot be so.

    A run from before a unit was taken out says nothing new of it.
    """
    problems = []
    for unit in found:
        sits = queries.assembly_of(connection, unit.id)
        if sits is not None and sits[1].id == assembly.id:
            continue
        if queries.was_removed_after(connection, assembly.id, unit.id, started):
            continue
        problem = why_not(connection, assembly, unit)
        if problem is None:
            build_in(connection, assembly=assembly, unit=unit, run=run, at=at, who=who)
        else:
            problems.append(f"{unit.serial_number} was scanned at its assembly: {problem}")
    return problems


def _say(
    connection: Connection,
    what: tuple[str, str],
    assembly: Member,
    unit: Member,
    text: str,
    *,
    reason: str | None,
    at: datetime,
    who: str,
) -> None:
    micros = to_micros(at)
    events.insert_events.many(
        connection,
        [
            (assembly.id, micros, who, what[0], reason, None, None, None, unit.id),
            (unit.id, micros, who, what[1], reason, None, None, None, assembly.id),
        ],
    )
    sentence = f"{text}: {reason}" if reason else text
    for subject, code in ((assembly, what[0]), (unit, what[1])):
        note(connection, at=at, who=who, what=f"unit.{code}", subject=subject.serial_number, text=sentence)
    changes.bump(connection, facts=False)
