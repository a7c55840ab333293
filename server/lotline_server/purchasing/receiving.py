"""What arrives is in the ledger once, whatever happens to the answer; a wrong receipt is taken back once."""

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy.engine import Connection

from lotline_server.core.errors import Conflict, Invalid, NotFound
from lotline_server.core.plain_text import optional_text, required_text
from lotline_server.core.quantity import to_micro
from lotline_server.inventory import service as stock
from lotline_server.inventory.service import Line, Posting
from lotline_server.parts.service import require_part
from lotline_server.purchasing import queries
from lotline_server.purchasing import receipt_queries as receipts
from lotline_server.purchasing.checks import check_amounts, check_day
from lotline_server.purchasing.queries import OrderLineRow, OrderRow
from lotline_server.purchasing.receipt_queries import ReceiptRow
from lotline_server.purchasing.service import (
    note_order,
    require_line,
    require_order,
    step,
)
from lotline_server.purchasing.statuses import ON_THE_WAY, standing
from lotline_server.site import queries as site

MAX_PACKING_SLIP = 200
MAX_REASON = 500
_RECEIPT_ID = re.compile(r"[A-Za-z0-9._:/+-]{1,100}")


class Arrived(NamedTuple):
    """How much of a line arrived, and where it was put."""

    position: int
    quantity: Decimal
    location: str


def receive(
    connection: Connection,
    *,
    order: str,
    position: int,
    receipt_id: str,
    quantity: Decimal,
    at: datetime,
    who: str,
    location: str = "Stock",
    delivered_on: str | None = None,
    packing_slip: str | None = None,
) -> OrderLineRow:
    """Take in what arrived of a line: into the ledger, once, whatever happens to the answer; the order's
    status follows. receipt_id: names this delivery, so that a repetition is known

    Raises NotFound, Invalid; Conflict where nothing may arrive, more arrives than was ordered, or the
    receipt_id stands for something else.
    """
    line = require_line(connection, order, position)
    if not _RECEIPT_ID.fullmatch(receipt_id):
        raise Invalid("a receipt_id has 1 to 100 letters, digits, . _ : / + or -")
    place = stock.require_location(connection, location)
    slip = optional_text(packing_slip, "the packing slip", MAX_PACKING_SLIP)
    known = receipts.find_receipt(connection, receipt_id)
    if known is not None:
        said = (known.order, known.position, known.quantity, known.location)
        if said != (order, position, quantity, place.name):
            raise Conflict(f"receipt {receipt_id} stands for something else already")
        return line
    if line.status not in ON_THE_WAY:
        raise Conflict(f"purchase order {order} is {line.status.replace('_', ' ')}: nothing may arrive")
    check_amounts(quantity, None, line.uom)
    if line.received + quantity > line.quantity:
        raise Conflict(
            f"{line.quantity - line.received} {line.uom} of line {position} are still to come, not "
            f"{quantity}; what came beyond the order is a receipt of its own in stock"
        )
    day = _delivered_on(connection, delivered_on, at)
    part = require_part(connection, line.part_number)
    posting = Posting(
        kind="purchase_receipt",
        lines=[Line(part.id, place.id, to_micro(quantity))],
        reference=f"{order} line {position}: {slip or receipt_id}",
        key=f"receipt:{receipt_id}",
    )
    (key,) = stock.post(connection, [posting], at=at, who=who)
    receipts.insert_receipt(
        connection, receipt_id=receipt_id, line=line.id, quantity=quantity, location=place.id, posting=key,
        delivered_on=day, at=at, who=who, packing_slip=slip,
    )  # fmt: skip
    _set_received(connection, line, line.received + quantity)
    text = f"{quantity} {line.uom} of {line.part_number} arrived from purchase order {order} line {position}"
    was, now = {"received": line.received}, {"received": line.received + quantity}
    text += f", packing slip {slip}" if slip else ""
    note_order(connection, at, who, "order.receipt", order, text, before=was, after=now)
    _follow(connection, require_order(connection, order), f"receipt {receipt_id}", at=at, who=who)
    return require_line(connection, order, position)


def _delivered_on(connection: Connection, day: str | None, at: datetime) -> str:
    today = site.today(connection, at).isoformat()
    found = check_day(day) or today
    if found > today:
        raise Invalid(f"what arrived has arrived already: {found} is still to come")
    return found


def _set_received(connection: Connection, line: OrderLineRow, received: Decimal) -> None:
    done = received == line.quantity
    day = receipts.last_day_of(connection, line.id) if done else None
    queries.set_line(connection, line.id, received=received, actual_delivery=day)


def _follow(connection: Connection, order: OrderRow, reason: str, *, at: datetime, who: str) -> None:
    """Have the order's status say how far it is received."""
    lines = queries.lines_of(connection, order.id)
    status = standing(
        order.status,
        some=any(line.received > 0 for line in lines),
        all_of_it=all(line.received == line.quantity for line in lines),
        confirmed=queries.was_confirmed(connection, order.id),
    )
    if status != order.status:
        step(connection, order, status, reason, at=at, who=who)


def deliver(
    connection: Connection,
    *,
    order: str,
    delivery_id: str,
    arrived: Sequence[Arrived],
    at: datetime,
    who: str,
    delivered_on: str | None = None,
    packing_slip: str | None = None,
) -> OrderRow:
    """Take in a delivery of several lines, all or nothing, once. delivery_id: names it; the receipt of a line
    is named after it and the line. Raises as `receive` does, and Invalid where nothing arrived.
    """
    if not arrived:
        raise Invalid("a delivery has at least one line of which something arrived")
    if len({each.position for each in arrived}) < len(arrived):
        raise Invalid("a delivery names each line once")
    for each in arrived:
        receive(
            connection, order=order, position=each.position, receipt_id=f"{delivery_id}/{each.position}",
            quantity=each.quantity, location=each.location, delivered_on=delivered_on,
            packing_slip=packing_slip, at=at, who=who,
        )  # fmt: skip
    return require_order(connection, order)


def take_back(connection: Connection, *, receipt_id: str, reason: str, at: datetime, who: str) -> ReceiptRow:
    """Correct a wrong receipt: by a counter-entry in the ledger; the line waits again, and the order's status
    follows. Stock that was used meanwhile shows as less than nothing, until it is counted.

    Raises NotFound; Invalid without a reason; Conflict where it was taken back already.
    """
    said = required_text(reason, "the reason", MAX_REASON)
    found = require_receipt(connection, receipt_id)
    if found.taken_back is not None:
        raise Conflict(f"receipt {receipt_id} was taken back already")
    entries = stock.counter_entries(connection, [(found.posting, None, None, 0)], said)
    (posting,) = stock.post(connection, entries, at=at, who=who)
    receipts.insert_taken_back(connection, receipt=found.id, posting=posting, reason=said, at=at, who=who)
    line = require_line(connection, found.order, found.position)
    _set_received(connection, line, line.received - found.quantity)
    what = f"{found.quantity} {found.uom} of {found.part_number}"
    where = f"purchase order {found.order} line {found.position}"
    text = f"The receipt of {what} from {where} was taken back: {said}"
    was, now = {"received": line.received}, {"received": line.received - found.quantity}
    note_order(connection, at, who, "order.receipt_taken_back", found.order, text, before=was, after=now)
    _follow(
        connection, require_order(connection, found.order), f"receipt {receipt_id} was wrong", at=at, who=who
    )
    return require_receipt(connection, receipt_id)


def require_receipt(connection: Connection, receipt_id: str) -> ReceiptRow:
    """Find a receipt. Raises NotFound."""
    found = receipts.find_receipt(connection, receipt_id)
    if found is None:
        raise NotFound(f"receipt {receipt_id[:100]} does not exist")
    return found
