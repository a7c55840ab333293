"""Rules for purchase orders and their lines: they change only along their statuses, and who did it stays."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy.engine import Connection

from lotline_contract.identity import check_name
from lotline_server.activity.service import Fields, note
from lotline_server.changes import queries as changes
from lotline_server.core.errors import Conflict, Invalid, NotFound
from lotline_server.core.plain_text import optional_text
from lotline_server.parts.service import require_part
from lotline_server.projects import service as projects
from lotline_server.purchasing import queries
from lotline_server.purchasing.checks import check_amounts, check_day
from lotline_server.purchasing.queries import OrderLineRow, OrderRow
from lotline_server.purchasing.statuses import ON_THE_WAY, check_step
from lotline_server.purchasing.suppliers import check_currency, require_supplier
from lotline_server.site import queries as site

MAX_NOTES = 4000
MAX_LINES = 1000
_ENDS_IN_DIGITS = re.compile(r"([0-9]{1,9})$")


def require_order(connection: Connection, number: str) -> OrderRow:
    """Find a purchase order. Raises NotFound."""
    found = queries.find_order(connection, number)
    if found is None:
        raise NotFound(f"purchase order {number[:64]} does not exist")
    return found


def lines_of(connection: Connection, number: str) -> list[OrderLineRow]:
    """Give the lines of an order in order. Raises NotFound."""
    return queries.lines_of(connection, require_order(connection, number).id)


def order_state(connection: Connection, number: str) -> tuple[OrderRow, list[OrderLineRow]]:
    """Give what an order's ETag is of: what stands in it. Raises NotFound."""
    order = require_order(connection, number)
    return order, queries.lines_of(connection, order.id)


def require_line(connection: Connection, number: str, position: int) -> OrderLineRow:
    """Find a line of an order. Raises NotFound."""
    for line in lines_of(connection, number):
        if line.position == position:
            return line
    raise NotFound(f"purchase order {number} has no line {position}")


def add_order(
    connection: Connection,
    *,
    number: str,
    supplier: str,
    at: datetime,
    who: str,
    project: str | None = None,
    currency: str | None = None,
    notes: str | None = None,
) -> OrderRow:
    """Create a draft without lines. Raises NotFound, Conflict, Invalid. currency: the supplier's if None."""
    try:
        check_name(number, "purchase order")
    except ValueError as error:
        raise Invalid(str(error)) from error
    if queries.find_order(connection, number) is not None:
        raise Conflict(f"purchase order {number} exists already")
    source = require_supplier(connection, supplier)
    if not source.active:
        raise Invalid(f"supplier {supplier} takes no new orders")
    resolved = projects.resolve(connection, project, at=at, who=who)
    order = queries.insert_order(
        connection,
        number=number,
        supplier=source.id,
        project=None if resolved is None else resolved.id,
        status="draft",
        currency=source.currency if currency is None else check_currency(currency),
        notes=optional_text(notes, "the notes", MAX_NOTES),
        created_at=at,
    )
    queries.insert_event(
        connection, purchase_order=order, at=at, who=who, before=None, after="draft", reason=None
    )
    note_order(
        connection, at, who, "order.created", number, f"Purchase order {number} to {supplier} was created"
    )
    return require_order(connection, number)


def next_number(connection: Connection, at: datetime) -> str:
    """Suggest the number of the next order: PO-2611-004 is the fourth of November 2026."""
    prefix = f"PO-{site.today(connection, at):%y%m}-"
    ends = (_ENDS_IN_DIGITS.search(number) for number in queries.numbers_beginning(connection, prefix))
    return f"{prefix}{max((int(found[1]) for found in ends if found), default=0) + 1:03d}"


def change_order(
    connection: Connection,
    *,
    order: str,
    at: datetime,
    who: str,
    supplier: str | None = None,
    project: str | None = None,
    currency: str | None = None,
    notes: str | None = None,
) -> OrderRow:
    """Change what is given: None leaves it, an empty text empties it. Supplier and currency only in a draft.

    Raises NotFound, Invalid, Conflict.
    """
    before = require_order(connection, order)
    said: dict[str, tuple[str | None, str | None]] = {}
    values: dict[str, object] = {}
    if supplier is not None and supplier != before.supplier:
        found = require_supplier(connection, supplier)
        values["supplier"] = found.id
        said["supplier"] = before.supplier, found.name
    if currency is not None and currency != before.currency:
        values["currency"] = check_currency(currency)
        said["currency"] = before.currency, currency
    if values:
        _draft(connection, order)
    if project is not None and project.strip() != (before.project or ""):
        resolved = projects.resolve(connection, project, at=at, who=who)
        values["project"] = None if resolved is None else resolved.id
        said["project"] = before.project, None if resolved is None else resolved.name
    if notes is not None:
        noted = optional_text(notes, "the notes", MAX_NOTES)
        if noted != before.notes:
            values["notes"] = noted
            said["notes"] = before.notes, noted
    if values:
        queries.set_order(connection, before.id, **values)
        text = ", ".join(f"{name} {old or 'none'} → {new or 'none'}" for name, (old, new) in said.items())
        note_order(
            connection, at, who, "order.changed", order, f"Purchase order {order} was changed: {text}",
            before={name: old for name, (old, _) in said.items()},
            after={name: new for name, (_, new) in said.items()},
        )  # fmt: skip
    return require_order(connection, order)


def add_line(
    connection: Connection,
    *,
    order: str,
    part_number: str,
    quantity: Decimal,
    at: datetime,
    who: str,
    price: Decimal | None = None,
    estimated_delivery: str | None = None,
) -> OrderLineRow:
    """Add a line to a draft. Raises NotFound, Invalid, Conflict where it is no draft any more."""
    found = _draft(connection, order)
    part = require_part(connection, part_number)
    if part.status == "obsolete":
        raise Invalid(f"part {part_number} is obsolete: it is not ordered any more")
    check_amounts(quantity, price, part.uom)
    lines = queries.lines_of(connection, found.id)
    if len(lines) >= MAX_LINES:
        raise Invalid(f"an order has at most {MAX_LINES} lines")
    position = max((line.position for line in lines), default=0) + 1
    queries.insert_line(
        connection,
        purchase_order=found.id,
        position=position,
        part=part.id,
        quantity=quantity,
        price=price,
        received=Decimal(0),
        estimated_delivery=check_day(estimated_delivery),
        actual_delivery=None,
    )
    text = f"Purchase order {order} line {position}: {quantity} {part.uom} of {part_number}"
    note_order(connection, at, who, "order.line", order, text)
    return require_line(connection, order, position)


def remove_line(connection: Connection, *, order: str, position: int, at: datetime, who: str) -> None:
    """Take a line off a draft. Raises NotFound, Conflict."""
    _draft(connection, order)
    line = require_line(connection, order, position)
    queries.delete_line(connection, line.id)
    what = f"{line.quantity} {line.uom} of {line.part_number}"
    text = f"Purchase order {order} line {position} was removed: {what}"
    gone = {"part": line.part_number, "quantity": line.quantity, "price": line.price}
    note_order(connection, at, who, "order.line", order, text, before=gone)


def _draft(connection: Connection, order: str) -> OrderRow:
    found = require_order(connection, order)
    if found.status != "draft":
        raise Conflict(f"purchase order {order} is {found.status.replace('_', ' ')}: only a draft is edited")
    return found


def change_line(
    connection: Connection,
    *,
    order: str,
    position: int,
    at: datetime,
    who: str,
    quantity: Decimal | None = None,
    price: Decimal | None = None,
    estimated_delivery: str | None = None,
) -> OrderLineRow:
    """Change what is given: quantity and price of a draft, the estimated delivery until all has arrived."""
    line = require_line(connection, order, position)
    values: dict[str, object] = {}
    if quantity is not None or price is not None:
        _draft(connection, order)
        check_amounts(line.quantity if quantity is None else quantity, price, line.uom)
        values |= {} if quantity is None else {"quantity": quantity}
        values |= {} if price is None else {"price": price}
    if estimated_delivery is not None:
        if line.status not in ON_THE_WAY | {"draft"}:
            raise Conflict(f"purchase order {order} is {line.status}: nothing more will arrive")
        values["estimated_delivery"] = check_day(estimated_delivery)
    if values:
        queries.set_line(connection, line.id, **values)
        said = ", ".join(f"{name} {getattr(line, name)} → {value}" for name, value in values.items())
        text = f"Purchase order {order} line {position} was changed: {said}"
        was = {name: getattr(line, name) for name in values}
        note_order(connection, at, who, "order.line", order, text, before=was, after=values)
    return require_line(connection, order, position)


def set_status(
    connection: Connection,
    *,
    order: str,
    status: str,
    at: datetime,
    who: str,
    reason: str | None = None,
    dates: Mapping[int, str] | None = None,
) -> OrderRow:
    """Give an order another status, as a person may. Raises NotFound, Conflict, Invalid.

    dates: the day that the supplier names for a line, by position, when it is sent or confirmed; a line
    without one is expected after the supplier's lead time. What is expected then is promised from there on
    """
    found = require_order(connection, order)
    said = optional_text(reason, "the reason", MAX_NOTES)
    check_step(order, found.status, status, said)
    if status == "sent" and not found.lines:
        raise Conflict(f"purchase order {order} has no lines to be sent")
    if dates and status not in {"sent", "confirmed"}:
        raise Invalid("a supplier names days when an order is sent or confirmed")
    if status in {"sent", "confirmed"}:
        _promise(connection, found, dates or {}, at)
    step(connection, found, status, said, at=at, who=who)
    return require_order(connection, order)


def _promise(connection: Connection, order: OrderRow, dates: Mapping[int, str], at: datetime) -> None:
    """Keep what is expected of each line as promised."""
    lines = queries.lines_of(connection, order.id)
    unknown = dates.keys() - {line.position for line in lines}
    if unknown:
        raise NotFound(f"purchase order {order.number} has no line {min(unknown)}")
    lead_time = require_supplier(connection, order.supplier).lead_time_days
    usual = None
    if lead_time is not None:
        usual = (site.today(connection, at) + timedelta(days=lead_time)).isoformat()
    for line in lines:
        day = check_day(dates.get(line.position)) or line.estimated_delivery or usual
        queries.set_line(connection, line.id, estimated_delivery=day, promised_delivery=day)


def step(
    connection: Connection, order: OrderRow, status: str, reason: str | None, *, at: datetime, who: str
) -> None:
    """Write a status and who gave it. Whether it may be was asked before."""
    queries.set_order(connection, order.id, status=status)
    queries.insert_event(
        connection, purchase_order=order.id, at=at, who=who, before=order.status, after=status, reason=reason
    )
    text = f"Purchase order {order.number} is {status.replace('_', ' ')}" + (f": {reason}" if reason else "")
    was, now = {"status": order.status}, {"status": status}
    note_order(connection, at, who, f"order.{status}", order.number, text, before=was, after=now)


def note_order(  # noqa: PLR0917
    connection: Connection, at: datetime, who: str, what: str, subject: str, text: str, **changed: Fields
) -> None:
    """Write down what happened to an order, and have pages look again."""
    note(connection, at=at, who=who, what=what, subject=subject, text=text, **changed)
    changes.bump(connection, facts=False)
