"""What there is of each part, what of it is free, and what is on its way: stock as people plan with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.engine import Connection

from lotline_server.core.quantity import from_micro, to_micro
from lotline_server.inventory import ledger_queries
from lotline_server.inventory import queries as inventory
from lotline_server.inventory.service import require_location
from lotline_server.lots import stock_queries as queries
from lotline_server.lots.procurement import LineView, line_views
from lotline_server.lots.stock_queries import Coming
from lotline_server.parts.service import require_part

NOTHING = Coming()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How much of a part lies at a location. kind: `stock`, or `untested`."""

    location: str
    kind: str
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PartStock:
    """A part's stock, each quantity in uom.

    on_hand: at locations of kind stock; untested: at those of kind untested. reserved: what released lots
    still take; available: on hand and not reserved, less than 0 where it is short. on_order: of orders that
    were sent, in_drafts: of those that were not. next_delivery: the earliest day named for what is on order
    """

    part_number: str
    name: str
    kind: str
    uom: str
    status: str
    on_hand: Decimal
    untested: Decimal
    reserved: Decimal
    available: Decimal
    on_order: Decimal
    in_drafts: Decimal
    next_delivery: str | None
    places: list[Place]

    @property
    def short(self) -> Decimal:
        """Give how much is missing for the released lots; 0 where there is enough."""
        return max(Decimal(0), -self.available)

    def at(self, location: str) -> Decimal:
        """Give how much lies at one location."""
        return sum((each.quantity for each in self.places if each.location == location), Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservedFor:
    """What a released lot still takes of a part. Lots stand in the order in which they are served."""

    lot: str
    part_number: str
    status: str
    priority: int
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PartStockView:
    """A part's stock with what is reserved of it for whom, and what is on its way."""

    stock: PartStock
    reservations: list[ReservedFor]
    incoming: list[LineView]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """A line of a part's ledger. balance: how much there was once it was posted, at the location or locations
    that were asked for. lot, serial_number, order: what it follows from; None where it follows from none.
    reversible: a person may take it back here
    """

    posting: int
    at: datetime
    who: str
    kind: str
    location: str
    quantity: Decimal
    balance: Decimal
    reason: str | None
    reference: str | None
    lot: str | None
    serial_number: str | None
    order: str | None
    reverses: int | None
    reversed_by: int | None


def stock_list(
    connection: Connection,
    *,
    text: str = "",
    location: str | None = None,
    kind: str | None = None,
    only_short: bool = False,
) -> list[PartStock]:
    """Give the parts that ever moved, are reserved or are on order, by number. Raises NotFound.

    text: words that number or name have. location: only what lies there. only_short: what released lots miss
    """
    if location is not None:
        require_location(connection, location)
    places: dict[int, list[Place]] = {}
    for part, name, place_kind, quantity in queries.levels(connection):
        places.setdefault(part, []).append(Place(location=name, kind=place_kind, quantity=quantity))
    reserved: dict[int, int] = {}
    for each in queries.reservations(connection):
        reserved[each.component] = reserved.get(each.component, 0) + each.micro
    coming = queries.coming(connection)
    words = text.casefold().split()
    found = []
    for key, part_key in queries.parts_by_key(connection, {*places, *reserved, *coming}).items():
        said = f"{part_key.part_number} {part_key.name}".casefold()
        if kind not in {None, part_key.kind} or not all(word in said for word in words):
            continue
        stock = _stock(part_key, places.get(key, []), reserved.get(key, 0), coming.get(key, NOTHING))
        if (location is None or stock.at(location)) and (stock.short or not only_short):
            found.append(stock)
    return sorted(found, key=lambda stock: stock.part_number)


def _stock(part: queries.PartKey, places: Sequence[Place], reserved: int, coming: Coming) -> PartStock:
    by_kind = {"stock": 0, "untested": 0}
    for place in places:
        by_kind[place.kind] += to_micro(place.quantity)
    return PartStock(
        part_number=part.part_number,
        name=part.name,
        kind=part.kind,
        uom=part.uom,
        status=part.status,
        on_hand=from_micro(by_kind["stock"]),
        untested=from_micro(by_kind["untested"]),
        reserved=from_micro(reserved),
        available=from_micro(by_kind["stock"] - reserved),
        on_order=from_micro(coming.on_order),
        in_drafts=from_micro(coming.in_drafts),
        next_delivery=coming.next_delivery,
        places=[place for place in places if place.quantity],
    )


def part_stock(connection: Connection, part_number: str, today: date) -> PartStockView:
    """Give a part's stock whole. Raises NotFound."""
    part = require_part(connection, part_number)
    places = [
        Place(location=name, kind=kind, quantity=quantity)
        for _, name, kind, quantity in queries.levels(connection, part.id)
    ]
    reserved = queries.reservations(connection, part.id)
    coming = queries.coming(connection, part.id).get(part.id, NOTHING)
    key = queries.parts_by_key(connection, [part.id])[part.id]
    return PartStockView(
        stock=_stock(key, places, sum(each.micro for each in reserved), coming),
        reservations=[
            ReservedFor(
                lot=each.lot.lot,
                part_number=each.lot.part_number,
                status=each.lot.status,
                priority=each.lot.priority,
                quantity=from_micro(each.micro),
            )
            for each in reserved
        ],
        incoming=line_views(connection, queries.incoming_lines(connection, part.id), today),
    )


def part_ledger(
    connection: Connection,
    part_number: str,
    *,
    location: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[LedgerLine]:
    """Give a part's ledger, the newest line first. Raises NotFound. before: only lines of earlier postings"""
    part = require_part(connection, part_number)
    places = inventory.list_locations(connection)
    wanted = places if location is None else [require_location(connection, location)]
    lines = ledger_queries.part_lines(
        connection, part.id, [place.id for place in wanted], before=before, limit=limit
    )
    rows = [row for row, _ in lines]
    lots = queries.lot_names(connection, {row.lot for row in rows if row.lot is not None})
    serials = queries.serial_numbers(connection, {row.unit for row in rows if row.unit is not None})
    orders = queries.orders_of_postings(connection, {row.posting for row in rows})
    return [
        LedgerLine(
            posting=row.posting,
            at=row.at,
            who=row.who,
            kind=row.kind,
            location=row.location,
            quantity=row.quantity,
            balance=balance,
            reason=row.reason,
            reference=row.reference,
            lot=None if row.lot is None else lots[row.lot],
            serial_number=None if row.unit is None else serials[row.unit],
            order=orders.get(row.posting),
            reverses=row.reverses,
            reversed_by=row.reversed_by,
        )
        for row, balance in lines
    ]
