"""What is on order for a lot, and whom a late line delays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.engine import Connection

from lotline_server.lots import material as materials
from lotline_server.lots import procurement_queries as queries
from lotline_server.lots.material import Component, Material
from lotline_server.lots.procurement_queries import ShareRow
from lotline_server.lots.statuses import ACTIVE
from lotline_server.purchasing import queries as orders
from lotline_server.purchasing import receipt_queries as receipts
from lotline_server.purchasing import service as purchasing
from lotline_server.purchasing.queries import OrderEventRow, OrderLineRow, OrderRow
from lotline_server.purchasing.receipt_queries import ReceiptRow
from lotline_server.purchasing.statuses import COMING, ON_THE_WAY, days_late


@dataclass(frozen=True, slots=True, kw_only=True)
class LotShare:
    """A lot's part of an order line. arrived: what of it is there, since what arrives serves lots in order;
    to_come: what of it is still expected, nothing of an order that is cancelled or received

    delayed: the lot is not finished, and the line is late or expected after the lot's planned start
    """

    lot: str
    quantity: Decimal
    arrived: Decimal
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


Coming = tuple[str, int, Decimal, str | None]
"""(order, position, to come, estimated day)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """What a lot's component still waits for. expected: (order, position, to come, estimated day) of each.

    unassigned: the same of what comes and is for no lot; it is nobody's until an order line says whose
    """

    component: Component
    on_order: Decimal
    to_order: Decimal
    expected: list[Coming]
    unassigned: list[Coming]

    @property
    def on_order_for_nobody(self) -> Decimal:
        """Give how much comes that is for no lot."""
        return sum((each[2] for each in self.unassigned), Decimal(0))


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
        receipts=receipts.receipts_of(connection, order.id),
        events=orders.events_of(connection, order.id),
        total=order.total,
        unpriced=order.unpriced,
    )


def line_views(connection: Connection, lines: Sequence[OrderLineRow], today: date) -> list[LineView]:
    """Give lines with the lots they are for."""
    shares = queries.shares_of(connection, [line.id for line in lines])
    return [_view(line, shares.get(line.id, []), today) for line in lines]


def _view(line: OrderLineRow, shares: Sequence[ShareRow], today: date) -> LineView:
    is_open = line.status in ON_THE_WAY and line.received < line.quantity
    overdue = days_late(line.status, line.estimated_delivery, today) if is_open else 0
    late = overdue > 0
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
                arrived=served,
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
        days_late=overdue,
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
    coming = queries.coming_lines(connection, [each.part_number for each in found.components])
    every = line_views(connection, coming, today)
    return Procurement(
        material=found,
        supplies=[_supply(component, lot, views, every) for component in found.components],
        lines=views,
    )


def _supply(component: Component, lot: str, views: Sequence[LineView], every: Sequence[LineView]) -> Supply:
    """views: the lines for the lot. every: all lines of its components that are still to come."""
    expected = [
        (view.line.order, view.line.position, share.to_come, view.line.estimated_delivery)
        for view in views
        if view.line.part_number == component.part_number
        for share in view.lots
        if share.lot == lot and share.to_come > 0
    ]
    on_order = sum((each[2] for each in expected), Decimal(0))
    unassigned = [
        (view.line.order, view.line.position, _to_come_for_nobody(view), view.line.estimated_delivery)
        for view in every
        if view.line.part_number == component.part_number and _to_come_for_nobody(view) > 0
    ]
    return Supply(
        component=component,
        on_order=on_order,
        to_order=max(Decimal(0), component.shortage - on_order),
        expected=sorted(expected, key=_soonest),
        unassigned=sorted(unassigned, key=_soonest),
    )


def _soonest(coming: Coming) -> tuple[str, str, int]:
    return coming[3] or "9999", coming[0], coming[1]


def _to_come_for_nobody(view: LineView) -> Decimal:
    """Give what of a line is for no lot and not here yet: what arrives serves its lots first."""
    assigned = sum((share.quantity for share in view.lots), Decimal(0))
    return min(view.unassigned, view.line.quantity - max(view.line.received, assigned))
