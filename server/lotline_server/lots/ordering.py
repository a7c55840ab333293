"""Which order line is for which lot, what arrives of it, and a lot's shortages as a draft order.

A unit enters stock exactly once: of a lot built outside by its order, which delivers it untested; of a lot
built here by its completion, so no order line may be for the units themselves.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_CEILING, Decimal

from sqlalchemy.engine import Connection

from lotline_server.activity.service import note
from lotline_server.changes import queries as changes
from lotline_server.core.errors import Conflict, Invalid
from lotline_server.inventory.models import UNTESTED
from lotline_server.inventory.queries import list_locations
from lotline_server.inventory.service import require_location
from lotline_server.lots import material as materials
from lotline_server.lots import procurement_queries as queries
from lotline_server.lots.material_queries import LotKey
from lotline_server.lots.procurement import LineView, OrderView, line_views, order_view, procurement
from lotline_server.lots.procurement_queries import ShareRow
from lotline_server.lots.service import require_lot
from lotline_server.lots.statuses import ACTIVE
from lotline_server.parts.service import require_part
from lotline_server.purchasing import receipt_queries as receipts
from lotline_server.purchasing import receiving
from lotline_server.purchasing import service as purchasing
from lotline_server.purchasing.queries import OrderLineRow
from lotline_server.purchasing.receiving import Arrived
from lotline_server.purchasing.statuses import COMING
from lotline_server.site import queries as site


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
    if quantity:
        _check_units_enter_once(connection, line, key)
    shares = _shares(connection, line)
    others = sum((share.quantity for share in shares if share.lot != lot), Decimal(0))
    if others + quantity > line.quantity:
        raise Conflict(f"{line.quantity - others} {line.uom} of line {position} are left, not {quantity}")
    queries.set_share(connection, line.id, key.id, quantity)
    text = f"{quantity} {line.uom} of {line.part_number}, order {order} line {position}, are for lot {lot}"
    note(connection, at=at, who=who, what="order.assigned", subject=order, text=text)
    changes.bump(connection, facts=False)
    return line_views(connection, [line], site.today(connection, at))[0]


def _shares(connection: Connection, line: OrderLineRow) -> list[ShareRow]:
    return queries.shares_of(connection, [line.id]).get(line.id, [])


def _check_units_enter_once(connection: Connection, line: OrderLineRow, lot: LotKey) -> None:
    if line.part_number != lot.part_number:
        return
    if lot.kind != "built_outside":
        raise Conflict(
            f"lot {lot.lot} is {lot.kind.replace('_', ' ')}: its units do not come from an order. "
            "Make it a lot built outside before it is released"
        )
    order = purchasing.require_order(connection, line.order)
    for receipt in receipts.receipts_of(connection, order.id):
        tested = require_location(connection, receipt.location).kind != "untested"
        if receipt.position == line.position and receipt.taken_back is None and tested:
            raise Conflict(
                f"{receipt.quantity} of line {line.position} came into {receipt.location} already, and units "
                f"of lot {lot.lot} come in untested: take that receipt back first"
            )


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
    assigned = sum((share.quantity for share in _shares(connection, line)), Decimal(0))
    if quantity is not None and quantity < assigned:
        raise Conflict(f"{assigned} {line.uom} of line {position} are for lots: it cannot become {quantity}")
    changed = purchasing.change_line(
        connection, order=order, position=position, quantity=quantity, price=price,
        estimated_delivery=estimated_delivery, at=at, who=who,
    )  # fmt: skip
    return line_views(connection, [changed], site.today(connection, at))[0]


def remove_line(connection: Connection, *, order: str, position: int, at: datetime, who: str) -> None:
    """Take a line off a draft, whatever lots it was for. Raises NotFound, Conflict."""
    line = purchasing.require_line(connection, order, position)
    if line.status == "draft":
        queries.drop_shares(connection, line.id)
    purchasing.remove_line(connection, order=order, position=position, at=at, who=who)


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
    packing_slip: str | None = None,
) -> LineView:
    """Take in what arrived. Without a location, units of a lot built outside are untested, all else stock.

    Raises as purchasing does, and Conflict where such units are to come in as if they were tested.
    """
    line = purchasing.require_line(connection, order, position)
    changed = receiving.receive(
        connection, order=order, position=position, receipt_id=receipt_id, quantity=quantity,
        location=_place(connection, line, location), delivered_on=delivered_on, packing_slip=packing_slip,
        at=at, who=who,
    )  # fmt: skip
    return line_views(connection, [changed], site.today(connection, at))[0]


def usual_place(connection: Connection, line: OrderLineRow) -> str:
    """Give where what arrives of a line is put unless somebody says otherwise."""
    return _place(connection, line, None)


def _place(connection: Connection, line: OrderLineRow, location: str | None) -> str:
    """Say where what arrives of a line is put."""
    outside = [
        share.lot
        for share in _shares(connection, line)
        if share.lot_kind == "built_outside" and share.lot_part == line.part_number
    ]
    if not location:
        return untested_location(connection) if outside else "Stock"
    if outside and require_location(connection, location).kind != "untested":
        raise Conflict(
            f"line {line.position} delivers units of lot {outside[0]}, which is built outside: they come in "
            f"{untested_location(connection)} and are moved when they pass, not into {location}"
        )
    return location


def untested_location(connection: Connection) -> str:
    """Give the name of the location of units that are not tested yet."""
    return next(each.name for each in list_locations(connection) if each.id == UNTESTED)


def deliver(
    connection: Connection,
    *,
    order: str,
    delivery_id: str,
    at: datetime,
    who: str,
    arrived: Sequence[tuple[int, Decimal, str | None]] | None = None,
    location: str | None = None,
    delivered_on: str | None = None,
    packing_slip: str | None = None,
) -> OrderView:
    """Take in a delivery, all or nothing, once. arrived: (position, quantity, location) of each line; None is
    everything that is still to come. location: of lines without one of their own, left to the line if None

    Raises as `receive` does.
    """
    known = receipts.delivery_of(connection, delivery_id)
    lines = purchasing.lines_of(connection, order)
    if arrived is None:
        # Told twice, "everything" is what it was the first time.
        arrived = known or [
            (line.position, line.quantity - line.received, None)
            for line in lines
            if line.received < line.quantity
        ]
    by_position = {line.position: line for line in lines}
    taken = []
    for position, quantity, place in arrived:
        line = by_position.get(position) or purchasing.require_line(connection, order, position)
        taken.append(Arrived(position, quantity, _place(connection, line, place or location)))
    receiving.deliver(
        connection, order=order, delivery_id=delivery_id, arrived=taken, delivered_on=delivered_on,
        packing_slip=packing_slip, at=at, who=who,
    )  # fmt: skip
    return order_view(connection, order, site.today(connection, at))


def units_to_order(lot: LotKey, lines: Sequence[LineView]) -> Decimal:
    """Give how many units of a lot built outside no order delivers: what neither arrived nor will arrive. A
    scrapped one is replaced. lines: those that are for the lot
    """
    if lot.status not in ACTIVE:
        return Decimal(0)
    ordered = sum(
        (
            share.arrived + share.to_come
            for view in lines
            if view.line.part_number == lot.part_number
            for share in view.lots
            if share.lot == lot.lot
        ),
        Decimal(0),
    )
    return max(Decimal(0), lot.target + lot.scrapped - ordered)


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
    today = site.today(connection, at)
    key = materials.require_key(connection, lot)
    found = procurement(connection, lot, today)
    if key.kind == "built_outside":
        wanted = [(key.part_number, units_to_order(key, found.lines))]
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
