"""Rules for purchasing: orders change only along their statuses, and what arrives is in the ledger once."""

import re
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.engine import Connection

from lotline_contract.identity import check_name
from lotline_server.activity.service import Fields, note
from lotline_server.changes import queries as changes
from lotline_server.core.errors import Conflict, Invalid, NotFound
from lotline_server.core.plain_text import optional_text, required_text
from lotline_server.core.quantity import to_micro
from lotline_server.inventory import service as stock
from lotline_server.inventory.service import Line, Posting
from lotline_server.parts.service import require_part
from lotline_server.projects import service as projects
from lotline_server.purchasing import queries
from lotline_server.purchasing.queries import OrderLineRow, OrderRow, SupplierRow
from lotline_server.purchasing.statuses import ON_THE_WAY, check_step

MAX_NAME = 200
MAX_NOTES = 4000
_CURRENCY = re.compile(r"[A-Z]{3}")
_RECEIPT_ID = re.compile(r"[A-Za-z0-9._:/+-]{1,100}")


def add_supplier(
    connection: Connection,
    *,
    name: str,
    at: datetime,
    who: str,
    contact: str | None = None,
    currency: str = "EUR",
) -> SupplierRow:
    """Create a supplier. Raises Conflict, Invalid."""
    wanted = required_text(name, "a supplier's name", MAX_NAME)
    if queries.find_supplier(connection, wanted) is not None:
        raise Conflict(f"supplier {wanted} exists already")
    queries.insert_supplier(
        connection,
        name=wanted,
        contact=optional_text(contact, "a supplier's contact", MAX_NOTES),
        currency=check_currency(currency),
        active=True,
        created_at=at,
    )
    _note(connection, at, who, "supplier.added", wanted, f"Supplier {wanted} was added")
    return require_supplier(connection, wanted)


def check_currency(currency: str) -> str:
    """Give back a currency as ISO 4217 writes it. Raises Invalid."""
    if not _CURRENCY.fullmatch(currency):
        raise Invalid(f"a currency has three capitals such as EUR, not {currency[:20]!r}")
    return currency


def require_supplier(connection: Connection, name: str) -> SupplierRow:
    """Find a supplier. Raises NotFound."""
    found = queries.find_supplier(connection, name)
    if found is None:
        raise NotFound(f"supplier {name[:MAX_NAME]} does not exist")
    return found


def require_order(connection: Connection, number: str) -> OrderRow:
    """Find a purchase order. Raises NotFound."""
    found = queries.find_order(connection, number)
    if found is None:
        raise NotFound(f"purchase order {number[:64]} does not exist")
    return found


def require_line(connection: Connection, number: str, position: int) -> OrderLineRow:
    """Find a line of an order. Raises NotFound."""
    order = require_order(connection, number)
    for line in queries.lines_of(connection, order.id):
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
    _note(connection, at, who, "order.created", number, f"Purchase order {number} to {supplier} was created")
    return require_order(connection, number)


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
    _check_amounts(quantity, price, part.uom)
    lines = queries.lines_of(connection, found.id)
    position = max((line.position for line in lines), default=0) + 1
    queries.insert_line(
        connection,
        purchase_order=found.id,
        position=position,
        part=part.id,
        quantity=quantity,
        price=price,
        received=Decimal(0),
        estimated_delivery=_day(estimated_delivery),
        actual_delivery=None,
    )
    text = f"Purchase order {order} line {position}: {quantity} {part.uom} of {part_number}"
    _note(connection, at, who, "order.line", order, text)
    return require_line(connection, order, position)


def _draft(connection: Connection, order: str) -> OrderRow:
    found = require_order(connection, order)
    if found.status != "draft":
        raise Conflict(f"purchase order {order} is {found.status.replace('_', ' ')}: only a draft is edited")
    return found


def _check_amounts(quantity: Decimal, price: Decimal | None, uom: str) -> None:
    if quantity <= 0:
        raise Invalid(f"the quantity of a line is more than 0, not {quantity}")
    if uom == "pcs" and quantity != int(quantity):
        raise Invalid(f"it is counted in pcs: {quantity} is no whole number")
    if price is not None and price < 0:
        raise Invalid(f"the price of a line is not less than 0, as {price} is")


def _day(day: str | None) -> str | None:
    if not day:
        return None
    try:
        return date.fromisoformat(day).isoformat()
    except ValueError as error:
        raise Invalid(f"a delivery is on a day such as 2026-11-23, not {day[:40]!r}") from error


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
        _check_amounts(line.quantity if quantity is None else quantity, price, line.uom)
        values |= {} if quantity is None else {"quantity": quantity}
        values |= {} if price is None else {"price": price}
    if estimated_delivery is not None:
        if line.status not in ON_THE_WAY | {"draft"}:
            raise Conflict(f"purchase order {order} is {line.status}: nothing more will arrive")
        values["estimated_delivery"] = _day(estimated_delivery)
    if values:
        queries.set_line(connection, line.id, **values)
        said = ", ".join(f"{name} {getattr(line, name)} → {value}" for name, value in values.items())
        text = f"Purchase order {order} line {position} was changed: {said}"
        was = {name: getattr(line, name) for name in values}
        _note(connection, at, who, "order.line", order, text, before=was, after=values)
    return require_line(connection, order, position)


def set_status(
    connection: Connection, *, order: str, status: str, at: datetime, who: str, reason: str | None = None
) -> OrderRow:
    """Give an order another status, as a person may. Raises NotFound, Conflict, Invalid."""
    found = require_order(connection, order)
    said = optional_text(reason, "the reason", MAX_NOTES)
    check_step(order, found.status, status, said)
    if status == "sent" and not found.lines:
        raise Conflict(f"purchase order {order} has no lines to be sent")
    _step(connection, found, status, said, at=at, who=who)
    return require_order(connection, order)


def _step(
    connection: Connection, order: OrderRow, status: str, reason: str | None, *, at: datetime, who: str
) -> None:
    queries.set_order(connection, order.id, status=status)
    queries.insert_event(
        connection, purchase_order=order.id, at=at, who=who, before=order.status, after=status, reason=reason
    )
    text = f"Purchase order {order.number} is {status.replace('_', ' ')}" + (f": {reason}" if reason else "")
    was, now = {"status": order.status}, {"status": status}
    _note(connection, at, who, f"order.{status}", order.number, text, before=was, after=now)


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
    known = queries.find_receipt(connection, receipt_id)
    if known is not None:
        if known[:3] != (line.id, quantity, place.id):
            raise Conflict(f"receipt {receipt_id} stands for something else already")
        return line
    if line.status not in ON_THE_WAY:
        raise Conflict(f"purchase order {order} is {line.status}: nothing may arrive")
    _check_amounts(quantity, None, line.uom)
    if line.received + quantity > line.quantity:
        raise Conflict(f"{line.quantity - line.received} {line.uom} are still to come, not {quantity}")
    day = _day(delivered_on) or at.astimezone().date().isoformat()
    part = require_part(connection, line.part_number)
    posting = Posting(
        kind="purchase_receipt",
        lines=[Line(part.id, place.id, to_micro(quantity))],
        reference=f"{order} line {position}: {receipt_id}",
        key=f"receipt:{receipt_id}",
    )
    (key,) = stock.post(connection, [posting], at=at, who=who)
    queries.insert_receipt(
        connection, receipt_id=receipt_id, line=line.id, quantity=quantity, location=place.id, posting=key,
        delivered_on=day, at=at, who=who,
    )  # fmt: skip
    received = line.received + quantity
    done = received == line.quantity
    queries.set_line(connection, line.id, received=received, actual_delivery=day if done else None)
    text = f"{quantity} {line.uom} of {line.part_number} arrived from purchase order {order} line {position}"
    was, now = {"received": line.received}, {"received": received}
    _note(connection, at, who, "order.receipt", order, text, before=was, after=now)
    after = require_order(connection, order)
    status = "partly_received" if after.open_lines else "received"
    if status != after.status:
        _step(connection, after, status, f"receipt {receipt_id}", at=at, who=who)
    return require_line(connection, order, position)


def _note(  # noqa: PLR0917
    connection: Connection, at: datetime, who: str, what: str, subject: str, text: str, **changed: Fields
) -> None:
    note(connection, at=at, who=who, what=what, subject=subject, text=text, **changed)
    changes.bump(connection, facts=False)
