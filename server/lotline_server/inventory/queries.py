"""Statements about stock. The ledger is written and read, never changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.core.dialect import begins, many_values, one_of
from lotline_server.core.paging import behind
from lotline_server.core.prepared import Prepared, insert_prepared
from lotline_server.core.quantity import from_micro
from lotline_server.core.rows import fetch_all, fetch_one, inserted_key
from lotline_server.inventory.models import (
    locations,
    lot_issues,
    stock_levels,
    stock_movements,
    stock_postings,
)
from lotline_server.parts.models import parts


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationRow:
    """Where stock lies. kind: `stock`, or `untested` for units that nobody may use yet."""

    id: int
    name: str
    kind: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRow:
    """How much of a part lies at a location."""

    part_number: str
    name: str
    uom: str
    location: str
    kind: str
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingRow:
    """A posting without its lines."""

    id: int
    at: datetime
    who: str
    kind: str
    reason: str | None
    reference: str | None
    lot: int | None
    unit: int | None
    units: int
    key: str | None
    reverses: int | None


insert_postings = insert_prepared(
    stock_postings,
    "id",
    "at",
    "who",
    "kind",
    "reason",
    "reference",
    "lot",
    "unit",
    "units",
    "key",
    "reverses",
)
_MICRO = sa.type_coerce(sa.bindparam("quantity"), sa.BigInteger)
insert_movements = Prepared(
    sa.insert(stock_movements).values(
        posting=sa.bindparam("posting"),
        position=sa.bindparam("position"),
        part=sa.bindparam("part"),
        location=sa.bindparam("location"),
        quantity=_MICRO,
    ),
    ("posting", "position", "part", "location", "quantity"),
)
"""Quantities in millionths: the driver is handed them as they are."""
_taken_back = stock_postings.alias("taken_back")
_OPEN_OF_UNITS = Prepared(
    sa.select(stock_postings.c.id, stock_postings.c.unit, stock_postings.c.kind, stock_postings.c.lot)
    .outerjoin(_taken_back, _taken_back.c.reverses == stock_postings.c.id)
    .where(
        one_of(stock_postings.c.unit, "units"),
        stock_postings.c.reverses.is_(None),
        _taken_back.c.id.is_(None),
    ),
    ("units",),
)


def next_posting(connection: Connection) -> int:
    """Give the row id of the next posting: under the one writer nobody else takes it."""
    last = connection.execute(sa.select(sa.func.max(stock_postings.c.id))).scalar_one()
    return int(last or 0) + 1


def open_of_units(connection: Connection, units: Iterable[int]) -> list[tuple[int, int, str, int | None]]:
    """Give (posting, unit, kind, lot) of these units' postings that nothing has taken back."""
    return [tuple(row) for row in _OPEN_OF_UNITS.all(connection, (many_values(units),))]


def open_of_lot(connection: Connection, lot: int, kind: str) -> list[tuple[int, int]]:
    """Give (posting, units) of a lot's postings of a kind that nothing has taken back."""
    statement = (
        sa.select(stock_postings.c.id, stock_postings.c.units)
        .outerjoin(_taken_back, _taken_back.c.reverses == stock_postings.c.id)
        .where(stock_postings.c.lot == lot, stock_postings.c.kind == kind, _taken_back.c.id.is_(None))
    )
    return [(row[0], row[1]) for row in connection.execute(statement)]


def lines_of(connection: Connection, postings: Iterable[int]) -> list[tuple[int, int, int, int, int]]:
    """Give (posting, position, part, location, millionths) of these postings."""
    columns = stock_movements.c
    micro = sa.type_coerce(columns.quantity, sa.BigInteger)
    statement = sa.select(columns.posting, columns.position, columns.part, columns.location, micro).where(
        one_of(columns.posting, "postings")
    )
    found = connection.execute(statement, {"postings": many_values(postings)})
    return [(row[0], row[1], row[2], row[3], int(row[4])) for row in found]


def find_posting(
    connection: Connection, *, key: str | None = None, posting: int | None = None
) -> PostingRow | None:
    """Find a posting by its key or its row id."""
    condition = stock_postings.c.key == key if key is not None else stock_postings.c.id == posting
    return fetch_one(connection, sa.select(stock_postings).where(condition), PostingRow)


def reversal_of(connection: Connection, posting: int) -> int | None:
    """Give the posting that takes this one back; None where none does."""
    statement = sa.select(stock_postings.c.id).where(stock_postings.c.reverses == posting)
    found = connection.execute(statement).scalar_one_or_none()
    return None if found is None else int(found)


def insert_location(connection: Connection, **values: Any) -> int:
    """Create a location and give its row id."""
    return inserted_key(connection.execute(sa.insert(locations).values(**values)))


def find_location(connection: Connection, name: str) -> LocationRow | None:
    """Find a location by its name."""
    return fetch_one(connection, sa.select(locations).where(locations.c.name == name), LocationRow)


def list_locations(connection: Connection) -> list[LocationRow]:
    """Give all locations, the first one first."""
    return fetch_all(connection, sa.select(locations).order_by(locations.c.id), LocationRow)


def levels(
    connection: Connection,
    *,
    part_number: str | None = None,
    beginning: str = "",
    location: str | None = None,
    after: tuple[str, str] | None = None,
    limit: int = 1000,
) -> list[LevelRow]:
    """Give what lies where, by part number and location; a part that never moved is absent.

    after: only what stands behind this (part number, location)
    """
    statement = (
        sa.select(
            parts.c.part_number,
            parts.c.name,
            parts.c.uom,
            locations.c.name.label("location"),
            locations.c.kind,
            stock_levels.c.quantity,
        )
        .join_from(stock_levels, parts, parts.c.id == stock_levels.c.part)
        .join(locations, locations.c.id == stock_levels.c.location)
        .order_by(parts.c.part_number, locations.c.name)
        .limit(limit)
    )
    if part_number is not None:
        statement = statement.where(parts.c.part_number == part_number)
    if beginning:
        statement = statement.where(begins(parts.c.part_number, beginning))
    if location is not None:
        statement = statement.where(locations.c.name == location)
    if after is not None:
        statement = statement.where(behind([parts.c.part_number, locations.c.name], after))
    return fetch_all(connection, statement, LevelRow)


def level(connection: Connection, part: int, location: int) -> Decimal:
    """Give how much of a part lies at a location."""
    statement = sa.select(stock_levels.c.quantity).where(
        stock_levels.c.part == part, stock_levels.c.location == location
    )
    found: Decimal | None = connection.execute(statement).scalar_one_or_none()
    return Decimal(0) if found is None else found


def parts_at_locations(connection: Connection) -> dict[int, int]:
    """Give how many parts lie at each location; empty locations are absent."""
    statement = (
        sa.select(stock_levels.c.location, sa.func.count())
        .where(stock_levels.c.quantity != 0)
        .group_by(stock_levels.c.location)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}


def levels_at(connection: Connection, location: int) -> dict[int, Decimal]:
    """Give how much of each part lies at a location; parts that never moved there are absent."""
    statement = sa.select(stock_levels.c.part, stock_levels.c.quantity).where(
        stock_levels.c.location == location
    )
    return {row[0]: row[1] for row in connection.execute(statement)}


def usable(connection: Connection, keys: Iterable[int]) -> dict[int, Decimal]:
    """Give how much of these parts lies at locations of kind stock; parts without any are absent."""
    total = sa.func.sum(sa.type_coerce(stock_levels.c.quantity, sa.BigInteger))
    statement = (
        sa.select(stock_levels.c.part, total)
        .join_from(stock_levels, locations, locations.c.id == stock_levels.c.location)
        .where(one_of(stock_levels.c.part, "parts"), locations.c.kind == "stock")
        .group_by(stock_levels.c.part)
    )
    found = connection.execute(statement, {"parts": many_values(keys)})
    return {row[0]: from_micro(int(row[1])) for row in found}


def issued_units(connection: Connection) -> dict[int, int]:
    """Give for how many units each lot's material was issued; lots without any are absent."""
    return {row[0]: row[1] for row in connection.execute(sa.select(lot_issues.c.lot, lot_issues.c.units))}


def wrong_sums(connection: Connection) -> Sequence[tuple[int, int, int, int]]:
    """Give (part, location, level, sum of the ledger), in millionths, wherever the two are not the same."""
    micro = sa.type_coerce(stock_movements.c.quantity, sa.BigInteger)
    summed = (
        sa.select(stock_movements.c.part, stock_movements.c.location, sa.func.sum(micro).label("total"))
        .group_by(stock_movements.c.part, stock_movements.c.location)
        .subquery()
    )
    kept = sa.type_coerce(stock_levels.c.quantity, sa.BigInteger)
    joined = sa.and_(summed.c.part == stock_levels.c.part, summed.c.location == stock_levels.c.location)
    total = sa.func.coalesce(summed.c.total, 0)
    level = sa.func.coalesce(kept, 0)
    statement = (
        sa.select(
            sa.func.coalesce(stock_levels.c.part, summed.c.part),
            sa.func.coalesce(stock_levels.c.location, summed.c.location),
            level,
            total,
        )
        .outerjoin_from(stock_levels, summed, joined, full=True)
        .where(level != total)
    )
    return [(row[0], row[1], row[2], row[3]) for row in connection.execute(statement)]


def key_beginning(connection: Connection, prefix: str) -> int | None:
    """Give a posting whose key begins so; None where there is none."""
    statement = sa.select(stock_postings.c.id).where(begins(stock_postings.c.key, prefix)).limit(1)
    found = connection.execute(statement).scalar_one_or_none()
    return None if found is None else int(found)
