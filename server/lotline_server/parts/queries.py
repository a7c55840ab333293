"""Statements about parts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.core.rows import fetch_all, fetch_one, inserted_key
from lotline_server.parts.models import parts


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRow:
    """A part. next_counter: the number its next serial number will carry."""

    id: int
    part_number: str
    name: str
    kind: str
    serial_prefix: str
    serial_digits: int
    next_counter: int
    created_at: datetime


def insert_part(connection: Connection, **values: Any) -> int:
    """Create a part and give its row id."""
    done = connection.execute(sa.insert(parts).values(**values))
    return inserted_key(done)


def find_part(connection: Connection, part_number: str) -> PartRow | None:
    """Find a part by its number."""
    return fetch_one(connection, sa.select(parts).where(parts.c.part_number == part_number), PartRow)


def all_parts(connection: Connection) -> list[PartRow]:
    """Give all parts by number."""
    return fetch_all(connection, sa.select(parts).order_by(parts.c.part_number), PartRow)


def part_keys(connection: Connection) -> dict[str, int]:
    """Give the row id of each part number."""
    return {row[0]: row[1] for row in connection.execute(sa.select(parts.c.part_number, parts.c.id))}


def set_next_counter(connection: Connection, part: int, counter: int) -> None:
    """Say from where on numbers are free."""
    connection.execute(sa.update(parts).where(parts.c.id == part).values(next_counter=counter))
