"""Counting a location: what was found beside what should be there, posted at once and in one piece."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.engine import Connection

from lotline_server.activity.service import note
from lotline_server.changes import queries as changes
from lotline_server.core.errors import Conflict, Invalid, NotFound
from lotline_server.core.plain_text import optional_text
from lotline_server.core.quantity import from_micro, to_micro
from lotline_server.inventory import queries
from lotline_server.inventory.service import (
    MAX_REASON,
    Line,
    Posting,
    post,
    request_key,
    require_free,
    require_location,
)
from lotline_server.parts import queries as parts

MAX_LINES = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What somebody counted of a part. seen: what the count sheet said should be there; None where nobody
    looked, and then the count stands for whatever is there now
    """

    part_number: str
    quantity: Decimal
    seen: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedLine:
    """A line of a count. expected: what the ledger says. moved: it moved since the sheet was written."""

    part_number: str
    name: str
    uom: str
    expected: Decimal
    counted: Decimal
    difference: Decimal
    moved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A count with its differences. posting: None where nothing was posted, since it was only asked for."""

    location: str
    lines: list[CountedLine]
    posting: int | None


def differences(connection: Connection, location: str, found: Sequence[Found]) -> list[CountedLine]:
    """Say what a count would change. Raises NotFound, Invalid."""
    place = require_location(connection, location)
    if not 1 <= len(found) <= MAX_LINES:
        raise Invalid(f"a count has 1 to {MAX_LINES} parts, not {len(found)}")
    known = parts.find_parts(connection, [each.part_number for each in found])
    there = queries.levels_at(connection, place.id)
    lines, seen = [], set()
    for each in found:
        part = known.get(each.part_number)
        if part is None:
            raise NotFound(f"part {each.part_number[:64]} does not exist")
        if part.id in seen:
            raise Invalid(f"{each.part_number} stands twice in the count")
        seen.add(part.id)
        if each.quantity < 0:
            raise Invalid(f"{each.part_number}: what was counted is not less than 0, as {each.quantity} is")
        expected = there.get(part.id, Decimal(0))
        lines.append(
            CountedLine(
                part_number=part.part_number,
                name=part.name,
                uom=part.uom,
                expected=expected,
                counted=each.quantity,
                difference=from_micro(to_micro(each.quantity) - to_micro(expected)),
                moved=each.seen is not None and each.seen != expected,
            )
        )
    return lines


def count(
    connection: Connection,
    *,
    location: str,
    found: Sequence[Found],
    at: datetime,
    who: str,
    reason: str | None = None,
    request_id: str | None = None,
) -> Counted:
    """Post a count: one posting, which can be taken back as one; a part that is as it should be has its line
    too, with nothing moved. A request_id that was there already gives what it did then.

    Raises NotFound, Invalid; Conflict where a part moved since the sheet was written, or where the request_id
    stands for something else.
    """
    place = require_location(connection, location)
    said = optional_text(reason, "the reason", MAX_REASON)
    content = ";".join(f"{each.part_number} {each.quantity}" for each in found)
    key = request_key(request_id, f"sheet {place.id} {hashlib.sha256(content.encode()).hexdigest()}")
    known = None if key is None else queries.find_posting(connection, key=key)
    lines = differences(connection, location, found)
    if known is not None:
        return Counted(location=location, lines=lines, posting=known.id)
    require_free(connection, request_id)
    moved = [line.part_number for line in lines if line.moved]
    if moved:
        raise Conflict(
            f"{', '.join(moved[:5])} moved at {location} since this sheet was written: look at the new "
            "quantities and count again what moved"
        )
    numbers = parts.part_keys(connection)
    made = Posting(
        kind="count",
        lines=[Line(numbers[line.part_number], place.id, to_micro(line.difference)) for line in lines],
        reason=said,
        key=key,
    )
    (posting,) = post(connection, [made], at=at, who=who)
    wrong = sum(line.difference != 0 for line in lines)
    text = f"{location} was counted: {len(lines)} parts, {wrong} of them not as they should be"
    note(
        connection, at=at, who=who, what="location.counted", subject=location,
        text=text + (f": {said}" if said else ""),
        before={line.part_number: line.expected for line in lines if line.difference},
        after={line.part_number: line.counted for line in lines if line.difference},
    )  # fmt: skip
    changes.bump(connection, facts=False)
    return Counted(location=location, lines=lines, posting=posting)
