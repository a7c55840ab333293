"""Rules for stock: what may be posted, once, and taken back by a counter-entry."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple

from sqlalchemy.engine import Connection

from lotline_contract.identity import check_name
from lotline_server.activity.service import Fields, note
from lotline_server.changes import queries as changes
from lotline_server.core.clock import to_micros
from lotline_server.core.errors import Conflict, Invalid, NotFound
from lotline_server.core.plain_text import optional_text
from lotline_server.core.quantity import from_micro, to_micro
from lotline_server.inventory import queries
from lotline_server.inventory.models import STOCK, UNTESTED
from lotline_server.inventory.queries import LocationRow, PostingRow
from lotline_server.parts.service import require_part

ManualKind = Literal["receipt", "issue", "adjustment", "count", "transfer"]
MANUAL_KINDS: tuple[ManualKind, ...] = ("receipt", "issue", "adjustment", "count", "transfer")
"""What people post. A posting of any other kind follows from a lot, a unit or an order, and ends there."""
MAX_REASON = 500
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,100}")


class Line(NamedTuple):
    """A movement to be posted: so many millionths of a part into a location, or out of it where negative."""

    part: int
    location: int
    micro: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What is to be posted. units: for how many units this issues the material; negative takes it back.

    key: what makes a repetition known; None where the caller knows by itself
    """

    kind: str
    lines: Sequence[Line]
    reason: str | None = None
    reference: str | None = None
    lot: int | None = None
    unit: int | None = None
    units: int = 0
    key: str | None = None
    reverses: int | None = None


def post(connection: Connection, postings: Sequence[Posting], *, at: datetime, who: str) -> list[int]:
    """Append postings to the ledger in the caller's transaction and give their row ids. The levels follow."""
    first = queries.next_posting(connection)
    micros = to_micros(at)
    heads, lines = [], []
    for key, each in enumerate(postings, first):
        heads.append(
            (key, micros, who, each.kind, each.reason, each.reference, each.lot, each.unit, each.units,
             each.key, each.reverses)
        )  # fmt: skip
        lines += [
            (key, position, line.part, line.location, line.micro)
            for position, line in enumerate(each.lines, 1)
        ]
    queries.insert_postings.many(connection, heads)
    queries.insert_movements.many(connection, lines)
    return list(range(first, first + len(postings)))


def counter_entries(
    connection: Connection, taken_back: Sequence[tuple[int, int | None, int | None, int]], reason: str
) -> list[Posting]:
    """Give the postings that take others back exactly: (posting, lot, unit, units) of each."""
    lines: dict[int, list[Line]] = {}
    for posting, _, part, location, micro in queries.lines_of(connection, [row[0] for row in taken_back]):
        lines.setdefault(posting, []).append(Line(part, location, -micro))
    return [
        Posting(
            kind="counter_entry",
            lines=lines.get(posting, ()),
            reason=reason,
            lot=lot,
            unit=unit,
            units=-units,
            reverses=posting,
        )
        for posting, lot, unit, units in taken_back
    ]


def post_by_hand(
    connection: Connection,
    *,
    kind: ManualKind,
    part_number: str,
    quantity: Decimal,
    at: datetime,
    who: str,
    location: str = "Stock",
    to_location: str | None = None,
    reason: str | None = None,
    reference: str | None = None,
    request_id: str | None = None,
) -> int:
    """Post what a person did and give the posting's row id; a request_id that was there already gives the
    posting it made then.

    quantity: of a count what was found, of an adjustment the difference. Raises NotFound, Invalid; Conflict
    where more is to be taken than is there, or where the request_id stands for something else
    """
    part = require_part(connection, part_number)
    place = require_location(connection, location)
    said = optional_text(reason, "the reason", MAX_REASON)
    _check_quantity(kind, quantity, part.uom, said)
    if (to_location is not None) != (kind == "transfer"):
        raise Invalid("a transfer names to_location, and nothing else does")
    there = None if to_location is None else require_location(connection, to_location)
    if there is not None and there.id == place.id:
        raise Invalid(f"{location} is where it lies already")
    micro = to_micro(quantity)
    key = request_key(request_id, f"{kind} {part.id} {place.id} {there.id if there else ''} {micro}")
    known = None if key is None else queries.find_posting(connection, key=key)
    if known is not None:
        return known.id
    require_free(connection, request_id)
    here = to_micro(queries.level(connection, part.id, place.id))
    if kind in {"issue", "transfer"} and micro > here:
        raise Conflict(
            f"{location} holds {queries.level(connection, part.id, place.id)} {part.uom} of {part_number}, "
            f"not {quantity}"
        )
    moved = {
        "receipt": micro,
        "issue": -micro,
        "adjustment": micro,
        "count": micro - here,
        "transfer": -micro,
    }
    lines = [Line(part.id, place.id, moved[kind])]
    if there is not None:
        lines.append(Line(part.id, there.id, micro))
    noted = optional_text(reference, "the reference", MAX_REASON)
    made = Posting(kind=kind, lines=lines, reason=said, reference=noted, key=key)
    (posting,) = post(connection, [made], at=at, who=who)
    text = f"Stock of {part_number}: {kind} of {quantity} {part.uom} at {location}"
    text += f" to {to_location}" if to_location else ""
    was, now = {location: from_micro(here)}, {location: from_micro(here + moved[kind])}
    text += f": {said}" if said else ""
    _note(connection, at, who, f"stock.{kind}", part_number, text, before=was, after=now)
    return posting


def _check_quantity(kind: ManualKind, quantity: Decimal, uom: str, reason: str | None) -> None:
    if kind == "adjustment":
        if quantity == 0 or reason is None:
            raise Invalid("an adjustment has a difference and a reason")
    elif quantity < 0 or (quantity == 0 and kind != "count"):
        raise Invalid(f"the quantity of a {kind} is more than 0, not {quantity}")
    if uom == "pcs" and quantity != int(quantity) and kind != "count":
        raise Invalid(f"it is counted in pcs: {quantity} is no whole number")


def request_key(request_id: str | None, content: str) -> str | None:
    """Give the key of a posting that a request asks for by its name. Raises Invalid for a bad name."""
    if request_id is None:
        return None
    if not _REQUEST_ID.fullmatch(request_id):
        raise Invalid("a request_id has 1 to 100 letters, digits, . _ : or -")
    return f"request:{request_id} {content}"


def require_free(connection: Connection, request_id: str | None) -> None:
    """Raise Conflict where a request of this name asked for something else already."""
    if request_id is not None and queries.key_beginning(connection, f"request:{request_id} ") is not None:
        raise Conflict("this request_id stands for another posting already")


def reverse(connection: Connection, *, posting: int, reason: str, at: datetime, who: str) -> int:
    """Take a posting of a person back by a counter-entry and give that one's row id.

    Raises NotFound; Conflict where it was taken back already, or follows from a unit, a lot or an order.
    """
    found = queries.find_posting(connection, posting=posting)
    if found is None:
        raise NotFound(f"there is no posting {posting}")
    if found.kind not in MANUAL_KINDS:
        raise Conflict(f"a posting of kind {found.kind} is taken back where it came from, not by hand")
    if queries.reversal_of(connection, posting) is not None:
        raise Conflict(f"posting {posting} was taken back already")
    said = optional_text(reason, "the reason", MAX_REASON)
    if said is None:
        raise Invalid("taking a posting back needs a reason")
    entries = counter_entries(connection, [(found.id, found.lot, found.unit, found.units)], said)
    (made,) = post(connection, entries, at=at, who=who)
    text = f"Posting {posting} ({found.kind}) was taken back: {said}"
    _note(connection, at, who, "stock.reversed", str(posting), text)
    return made


def add_location(connection: Connection, *, name: str, at: datetime, who: str) -> LocationRow:
    """Create a location of stock. Raises Conflict, Invalid."""
    try:
        check_name(name, "location")
    except ValueError as error:
        raise Invalid(str(error)) from error
    if queries.find_location(connection, name) is not None:
        raise Conflict(f"location {name} exists already")
    queries.insert_location(connection, name=name, kind="stock", created_at=at)
    _note(connection, at, who, "location.added", name, f"Location {name} was added")
    return require_location(connection, name)


def require_location(connection: Connection, name: str) -> LocationRow:
    """Find a location. Raises NotFound."""
    found = queries.find_location(connection, name)
    if found is None:
        raise NotFound(f"location {name[:64]} does not exist")
    return found


def require_posting(connection: Connection, posting: int) -> PostingRow:
    """Find a posting. Raises NotFound."""
    found = queries.find_posting(connection, posting=posting)
    if found is None:
        raise NotFound(f"there is no posting {posting}")
    return found


def _note(  # noqa: PLR0917
    connection: Connection, at: datetime, who: str, what: str, subject: str, text: str, **changed: Fields
) -> None:
    note(connection, at=at, who=who, what=what, subject=subject, text=text, **changed)
    changes.bump(connection, facts=False)


__all__ = [
    "MANUAL_KINDS", "STOCK", "UNTESTED", "Line", "ManualKind", "Posting", "add_location", "counter_entries",
    "post", "post_by_hand", "require_location", "require_posting", "reverse",
]  # fmt: skip
