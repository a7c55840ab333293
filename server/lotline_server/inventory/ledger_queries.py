"""Statements that read the ledger: its lines, and the balance behind each of a part's."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.core.quantity import from_micro, to_micro
from lotline_server.core.rows import fetch_all
from lotline_server.inventory.models import locations, stock_levels, stock_movements, stock_postings
from lotline_server.parts.models import parts

_taken_back = stock_postings.alias("taken_back")


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementRow:
    """A line of the ledger with its posting. reverses: the posting that this one takes back. reversed_by: the
    posting that takes this one back. lot: row id; reference: an order, a delivery note
    """

    posting: int
    at: datetime
    who: str
    kind: str
    part_number: str
    uom: str
    location: str
    quantity: Decimal
    reason: str | None
    reference: str | None
    lot: int | None
    unit: int | None
    reverses: int | None
    reversed_by: int | None
    position: int


def _lines() -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(
            stock_postings.c.id.label("posting"),
            stock_postings.c.at,
            stock_postings.c.who,
            stock_postings.c.kind,
            parts.c.part_number,
            parts.c.uom,
            locations.c.name.label("location"),
            stock_movements.c.quantity,
            stock_postings.c.reason,
            stock_postings.c.reference,
            stock_postings.c.lot,
            stock_postings.c.unit,
            stock_postings.c.reverses,
            _taken_back.c.id.label("reversed_by"),
            stock_movements.c.position,
        )
        .join_from(stock_movements, stock_postings, stock_postings.c.id == stock_movements.c.posting)
        .join(parts, parts.c.id == stock_movements.c.part)
        .join(locations, locations.c.id == stock_movements.c.location)
        .outerjoin(_taken_back, _taken_back.c.reverses == stock_postings.c.id)
    )


def ledger(
    connection: Connection,
    *,
    part_number: str | None = None,
    location: str | None = None,
    lot: int | None = None,
    posting: int | None = None,
    after: tuple[int, int] | None = None,
    limit: int = 100,
) -> list[MovementRow]:
    """Give lines of the ledger, the newest first. after: only those behind this (posting, position)."""
    statement = _lines().order_by(stock_movements.c.posting.desc(), stock_movements.c.position).limit(limit)
    if part_number is not None:
        statement = statement.where(parts.c.part_number == part_number)
    if location is not None:
        statement = statement.where(locations.c.name == location)
    if lot is not None:
        statement = statement.where(stock_postings.c.lot == lot)
    if posting is not None:
        statement = statement.where(stock_movements.c.posting == posting)
    if after is not None:
        last, position = after
        rest = sa.and_(stock_movements.c.posting == last, stock_movements.c.position > position)
        statement = statement.where(sa.or_(stock_movements.c.posting < last, rest))
    return fetch_all(connection, statement, MovementRow)


def place_of(row: MovementRow) -> tuple[int, int]:
    """Give where a line stands in the ledger."""
    return row.posting, row.position


def part_lines(
    connection: Connection, part: int, places: Iterable[int], *, before: int | None = None, limit: int = 100
) -> list[tuple[MovementRow, Decimal]]:
    """Give lines of a part at these locations, the newest first, each with how much of it lay in all of them
    together once it was posted. before: only those of an earlier posting; no posting is cut in two

    One statement a location: in its index the newest lines stand at the end, however many there are.
    """
    columns = stock_movements.c
    found: list[list[MovementRow]] = []
    balance = 0
    for place in places:
        here = (columns.part == part, columns.location == place)
        statement = _lines().where(*here).order_by(columns.posting.desc(), columns.position.desc())
        if before is not None:
            statement = statement.where(columns.posting < before)
        found.append(fetch_all(connection, statement.limit(limit), MovementRow))
        balance += _level(connection, part, place) - _moved_since(connection, part, place, before)
    lines: list[tuple[MovementRow, Decimal]] = []
    for line in heapq.merge(*found, key=lambda line: (-line.posting, -line.position)):
        if len(lines) >= limit and line.posting != lines[-1][0].posting:
            break
        lines.append((line, from_micro(balance)))
        balance -= to_micro(line.quantity)
    return lines


def _level(connection: Connection, part: int, place: int) -> int:
    kept = sa.type_coerce(stock_levels.c.quantity, sa.BigInteger)
    statement = sa.select(kept).where(stock_levels.c.part == part, stock_levels.c.location == place)
    return int(connection.execute(statement).scalar_one_or_none() or 0)


def _moved_since(connection: Connection, part: int, place: int, posting: int | None) -> int:
    if posting is None:
        return 0
    columns = stock_movements.c
    total = sa.func.sum(sa.type_coerce(columns.quantity, sa.BigInteger))
    statement = sa.select(total).where(
        columns.part == part, columns.location == place, columns.posting >= posting
    )
    return int(connection.execute(statement).scalar_one() or 0)
