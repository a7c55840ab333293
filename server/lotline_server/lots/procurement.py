"""What is on order for a lot, whom a late line delays, and a lot's shortages as a draft order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_CEILING, Decimal

from sqlalchemy.engine import Connection

from lotline_server.activity.service import note
from lotline_server.changes import queries as changes
from lotline_server.core.errors import Conflict, Invalid
from lotline_server.lots import material as materials
from lotline_server.lots import procurement_queries as queries
from lotline_server.lots.material import Component, Material
from lotline_server.lots.procurement_queries import ShareRow
from lotline_server.lots.service import require_lot
from lotline_server.lots.statuses import ACTIVE
from lotline_server.parts.service import require_part
from lotline_server.purchasing import queries as orders
from lotline_server.purchasing import service as purchasing
from lotline_server.purchasing.queries import OrderEventRow, OrderLineRow, OrderRow, ReceiptRow
from lotline_server.purchasing.statuses import COMING, ON_THE_WAY


@dataclass(frozen=True, slots=True, kw_only=True)
class LotShare:
    """A lot's part of an order line. to_come: what of it has not arrived; what arrives serves lots in order.

    delayed: the lot is not finished, and the line is late or expected after the lot's planned start
    """

    lot: str
    quantity: Decimal
    to_come: Decimal
    planned_start: str | None
    delayed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """An order line with the lots it is for. late: it should have arrived by now. delays: which lots."""

    line: OrderLineRow
    lots: list[LotShare]
    unassigned: Decimal
    late: bool
    days_late: int
    delays: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """A purchase order whole. total: of all priced lines, in its currency; unpriced: how many are not."""

    order: OrderRow
    lines: list[LineView]
    receipts: list[ReceiptRow]
    events: list[OrderEventRow]
    total: Decimal
    unpriced: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """What a lot's component still waits for. expected: (order, position, to come, estimated day) of each."""

    component: Component
    on_order: Decimal
    to_order: Decimal
    expected: list[tuple[str, int, Decimal, str | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Procurement:
    """A lot's material with what is on order for it, and the lines that are for it."""

    material: Material
    supplies: list[Supply]
    lines: list[LineView]


def order_view(connection: Connection, number: str, today: date) -> OrderView:
    """Give a purchase order whole. Raises NotFound."""
    order = purchasing.require_order(connection, number)
    lines = orders.lines_of(connection, order.id)
    return OrderView(
        order=order,
        lines=line_views(connection, lines, today),
        receipts=orders.receipts_of(connection, order.id),
        events=orders.events_of(connection, order.id),
        total=_total(lines),
        unpriced=sum(line.price is None for line in lines),
    )


def _total(lines: Sequence[OrderLineRow]) -> Decimal:
    exact = sum((line.price * line.quantity for line in lines if line.price is not None), Decimal(0))
    return Decimal(f"{exact.normalize():f}")


def line_views(connection: Connection, lines: Sequence[OrderLineRow], today: date) -> list[LineView]:
    """Give lines with the lots they are for."""
    shares = queries.shares_of(connection, [line.id for line in lines])
    return [_view(line, shares.get(line.id, []), today) for line in lines]


def _view(line: OrderLineRow, shares: Sequence[ShareRow], today: date) -> LineView:
    is_open = line.status in ON_THE_WAY and line.received < line.quantity
    expected = None if line.estimated_delivery is None else date.fromisoformat(line.estimated_delivery)
    late = is_open and expected is not None and expected < today
    arrived = line.received
    found = []
    for share in shares:
        served = min(arrived, share.quantity)
        arrived -= served
        to_come = share.quantity - served if line.status in COMING else Decimal(0)
        after_start = (
            line.estimated_delivery is not None
            and share.planned_start is not None
            and line.estimated_delivery > share.planned_start
        )
        found.append(
            LotShare(
                lot=share.lot,
                quantity=share.quantity,
                to_come=to_come,
                planned_start=share.planned_start,
                delayed=is_open and to_come > 0 and share.lot_status in ACTIVE and (late or after_start),
            )
        )
    return LineView(
        line=line,
        lots=found,
        unassigned=line.quantity - sum((share.quantity for share in shares), Decimal(0)),
        late=late,
        days_late=(today - expected).days if late and expected is not None else 0,
        delays=[share.lot for share in found if share.delayed],
    )


def late_lines(connection: Connection, today: date) -> list[LineView]:
    """Give the lines that are late, with the lots they delay, the longest overdue first."""
    return line_views(connection, queries.overdue_lines(connection, today.isoformat()), today)


def procurement(connection: Connection, lot: str, today: date) -> Procurement:
    """Give what a lot needs, what is there and what is on order for it. Raises NotFound."""
    key = materials.require_key(connection, lot)
    found = materials.material(connection, lot)
    views = line_views(connection, queries.lines_for(connection, key.id), today)
    return Procurement(
        material=found,
        supplies=[_supply(component, lot, views) for component in found.components],
        lines=views,
    )


def _supply(component: Component, lot: str, views: Sequence[LineView]) -> Supply:
    expected = [
        (view.line.order, view.line.position, share.to_come, view.line.estimated_delivery)
        for view in views
        if view.line.part_number == component.part_number
        for share in view.lots
        if share.lot == lot and share.to_come > 0
    ]
    on_order = sum((each[2] for each in expected), Decimal(0))
    return Supply(
        component=component,
        on_order=on_order,
        to_order=max(Decimal(0), component.shortage - on_order),
        expected=sorted(expected, key=lambda each: (each[3] or "9999", each[0], each[1])),
    )


def assign(
    connection: Connection, *, order: str, position: int, lot: str, quantity: Decimal, at: datetime, who: str
) -> LineView:
    """Say how much of a line is for a lot; 0 takes it off. Raises NotFound, Invalid, and Conflict for a line
    of which nothing is left, or which does not come.
    """
    line = purchasing.require_line(connection, order, position)
    key = materials.require_key(connection, lot)
    if quantity < 0:
        raise Invalid(f"the quantity for a lot is not less than 0, as {quantity} is")
    if line.status not in COMING:
        raise Conflict(f"purchase order {order} is {line.status}: its lines stay as they are")
    shares = queries.shares_of(connection, [line.id]).get(line.id, [])
    others = sum((share.quantity for share in shares if share.lot != lot), Decimal(0))
    if others + quantity > line.quantity:
        raise Conflict(f"{line.quantity - others} {line.uom} of line {position} are left, not {quantity}")
    queries.set_share(connection, line.id, key.id, quantity)
    text = f"{quantity} {line.uom} of {line.part_number}, order {order} line {position}, are for lot {lot}"
    note(connection, at=at, who=who, what="order.assigned", subject=order, text=text)
    changes.bump(connection, facts=False)
    return line_views(connection, [line], at.astimezone().date())[0]


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
) -> LineView:
    """Change a line as purchasing may, never to less than what is for lots. Raises as that does."""
    line = purchasing.require_line(connection, order, position)
    assigned = sum(
        (share.quantity for share in queries.shares_of(connection, [line.id]).get(line.id, [])), Decimal(0)
    )
    if quantity is not None and quantity < assigned:
        raise Conflict(f"{assigned} {line.uom} of line {position} are for lots: it cannot become {quantity}")
    changed = purchasing.change_line(
        connection, order=order, position=position, quantity=quantity, price=price,
        estimated_delivery=estimated_delivery, at=at, who=who,
    )  # fmt: skip
    return line_views(connection, [changed], at.astimezone().date())[0]


def receive(
    connection: Connection,
    *,
    order: str,
    position: int,
    receipt_id: str,
    quantity: Decimal,
    at: datetime,
    who: str,
    location: str | None = None,
    delivered_on: str | None = None,
) -> LineView:
    """Take in what arrived. Without a location, units of a lot built outside are untested, all else stock."""
    line = purchasing.require_line(connection, order, position)
    shares = queries.shares_of(connection, [line.id]).get(line.id, [])
    outside = any(
        share.lot_kind == "built_outside" and share.lot_part == line.part_number for share in shares
    )
    changed = purchasing.receive(
        connection,
        order=order,
        position=position,
        receipt_id=receipt_id,
        quantity=quantity,
        location=location or ("Untested" if outside else "Stock"),
        delivered_on=delivered_on,
        at=at,
        who=who,
    )
    return line_views(connection, [changed], at.astimezone().date())[0]


def order_shortages(
    connection: Connection,
    *,
    lot: str,
    supplier: str,
    number: str,
    at: datetime,
    who: str,
    estimated_delivery: str | None = None,
) -> OrderView:
    """Make a draft order of all that a lot is short of and that is not on order for it; of a lot built
    outside, of its units. What is counted in pcs is rounded up.

    Raises NotFound, Invalid; Conflict where the number exists or nothing is to be ordered.
    """
    today = at.astimezone().date()
    key = materials.require_key(connection, lot)
    found = procurement(connection, lot, today)
    if key.kind == "built_outside":
        shares = [share for view in found.lines if view.line.part_number == key.part_number
                  and view.line.status != "cancelled" for share in view.lots if share.lot == lot]  # fmt: skip
        ordered = sum((share.quantity for share in shares), Decimal(0))
        wanted = [(key.part_number, max(Decimal(0), key.target - ordered))] if key.status in ACTIVE else []
    else:
        wanted = [(each.component.part_number, each.to_order) for each in found.supplies]
    missing = [(part, quantity) for part, quantity in wanted if quantity > 0]
    if not missing:
        raise Conflict(f"lot {lot} is short of nothing that is not on order already")
    project = require_lot(connection, lot).project
    purchasing.add_order(connection, number=number, supplier=supplier, project=project, at=at, who=who)
    for part_number, quantity in missing:
        uom = require_part(connection, part_number).uom
        whole = quantity.to_integral_value(ROUND_CEILING) if uom == "pcs" else quantity
        line = purchasing.add_line(
            connection, order=number, part_number=part_number, quantity=whole,
            estimated_delivery=estimated_delivery, at=at, who=who,
        )  # fmt: skip
        queries.set_share(connection, line.id, key.id, quantity)
    text = f"The shortages of lot {lot} became purchase order {number} to {supplier}"
    note(connection, at=at, who=who, what="lot.ordered", subject=lot, text=text)
    changes.bump(connection, facts=False)
    return order_view(connection, number, today)
