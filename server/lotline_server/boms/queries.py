"""Statements about BOMs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.boms.models import bom_lines, boms
from lotline_server.core.dialect import many_values, one_of
from lotline_server.core.rows import fetch_all, fetch_one, inserted_key
from lotline_server.parts.models import parts


@dataclass(frozen=True, slots=True, kw_only=True)
class BomRow:
    """A BOM of a part in one of its revisions."""

    id: int
    revision: str
    changed_at: datetime
    changed_by: str
    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BomLineRow:
    """A component. quantity: for one unit, in the component's uom. attrition: the share that is lost on the
    way, 0.005 for half a percent. designators: R1,R2,R3; empty where it has none
    """

    position: int
    part: int
    part_number: str
    name: str
    kind: str
    uom: str
    status: str
    quantity: Decimal
    attrition: Decimal
    designators: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UseRow:
    """Where a component is used. current: this is the revision that new lots are built to."""

    part_number: str
    name: str
    revision: str
    current: bool
    quantity: Decimal
    designators: str


def _boms() -> Any:
    counted = sa.select(sa.func.count()).where(bom_lines.c.bom == boms.c.id).correlate(boms)
    columns = (boms.c.id, boms.c.revision, boms.c.changed_at, boms.c.changed_by)
    return sa.select(*columns, counted.scalar_subquery().label("lines"))


def find_bom(connection: Connection, part: int, revision: str) -> BomRow | None:
    """Find the BOM of a revision."""
    return fetch_one(connection, _boms().where(boms.c.part == part, boms.c.revision == revision), BomRow)


def list_boms(connection: Connection, part: int) -> list[BomRow]:
    """Give the BOMs of a part, the one changed last first."""
    statement = _boms().where(boms.c.part == part).order_by(boms.c.changed_at.desc(), boms.c.id.desc())
    return fetch_all(connection, statement, BomRow)


def lines_of(connection: Connection, bom: int) -> list[BomLineRow]:
    """Give the lines of a BOM in order."""
    statement = (
        sa.select(
            bom_lines.c.position,
            parts.c.id.label("part"),
            parts.c.part_number,
            parts.c.name,
            parts.c.kind,
            parts.c.uom,
            parts.c.status,
            bom_lines.c.quantity,
            bom_lines.c.attrition,
            bom_lines.c.designators,
        )
        .join_from(bom_lines, parts, parts.c.id == bom_lines.c.component)
        .where(bom_lines.c.bom == bom)
        .order_by(bom_lines.c.position)
    )
    return fetch_all(connection, statement, BomLineRow)


def where_used(connection: Connection, component: int) -> list[UseRow]:
    """Give the BOMs that hold a component, directly."""
    statement = (
        sa.select(
            parts.c.part_number,
            parts.c.name,
            boms.c.revision,
            (boms.c.revision == parts.c.revision).label("current"),
            bom_lines.c.quantity,
            bom_lines.c.designators,
        )
        .join_from(bom_lines, boms, boms.c.id == bom_lines.c.bom)
        .join(parts, parts.c.id == boms.c.part)
        .where(bom_lines.c.component == component)
        .order_by(parts.c.part_number, boms.c.revision)
    )
    rows = connection.execute(statement).mappings()
    return [UseRow(**{**row, "current": bool(row["current"])}) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """One step in the tree of parts, by the BOM of a present revision. part: row id of what it leads to."""

    part: int
    part_number: str
    name: str
    kind: str
    uom: str
    revision: str
    quantity: Decimal


def links(connection: Connection, keys: Iterable[int], *, down: bool) -> dict[int, list[LinkRow]]:
    """Give for each of these parts what its present BOM holds; not `down`: whose present BOM holds it."""
    holder, other = parts.alias("holder"), parts.alias("other")
    start, end = (boms.c.part, bom_lines.c.component) if down else (bom_lines.c.component, boms.c.part)
    statement = (
        sa.select(
            start.label("start"), other.c.id.label("part"), other.c.part_number, other.c.name, other.c.kind,
            other.c.uom, boms.c.revision, bom_lines.c.quantity,
        )
        .join_from(bom_lines, boms, boms.c.id == bom_lines.c.bom)
        .join(holder, sa.and_(holder.c.id == boms.c.part, holder.c.revision == boms.c.revision))
        .join(other, other.c.id == end)
        .where(one_of(start, "keys"))
        .order_by(start, bom_lines.c.position if down else other.c.part_number)
    )  # fmt: skip
    found: dict[int, list[LinkRow]] = {}
    for row in connection.execute(statement, {"keys": many_values(keys)}).mappings():
        values = dict(row)
        found.setdefault(values.pop("start"), []).append(LinkRow(**values))
    return found


def parts_above(connection: Connection, part: int) -> set[int]:
    """Give the parts that hold a part in any revision of any of their BOMs, however deep, and itself: none of
    them may become its component.
    """
    above = sa.select(sa.literal(part).label("part")).cte("above", recursive=True)
    above = above.union(
        sa.select(boms.c.part)
        .join_from(bom_lines, boms, boms.c.id == bom_lines.c.bom)
        .join(above, above.c.part == bom_lines.c.component)
    )
    return set(connection.execute(sa.select(above.c.part)).scalars())


def put_bom(
    connection: Connection,
    part: int,
    revision: str,
    lines: Sequence[dict[str, Any]],
    *,
    at: datetime,
    who: str,
) -> int:
    """Give a revision of a part these lines, in order, and no others. Gives the BOM's row id."""
    found = find_bom(connection, part, revision)
    if found is None:
        done = connection.execute(
            sa.insert(boms).values(part=part, revision=revision, changed_at=at, changed_by=who)
        )
        bom = inserted_key(done)
    else:
        bom = found.id
        connection.execute(sa.update(boms).where(boms.c.id == bom).values(changed_at=at, changed_by=who))
        connection.execute(sa.delete(bom_lines).where(bom_lines.c.bom == bom))
    rows = [{**line, "bom": bom, "position": position} for position, line in enumerate(lines, 1)]
    if rows:
        connection.execute(sa.insert(bom_lines), rows)
    return bom
