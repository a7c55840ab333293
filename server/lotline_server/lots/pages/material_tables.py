"""The tables of a lot's components and of the order lines for it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from lotline_contract.look import N_, Mark
from lotline_server.lots.material import Difference
from lotline_server.lots.procurement import Coming, LineView, Supply
from lotline_server.web.links import order_url, part_url
from lotline_server.web.tables import Column, Table

ENOUGH = Mark(meaning="passed", glyph="check", word=N_("Enough"))
COMING = Mark(meaning="attention", glyph="hourglass", word=N_("Short, all of it on order"))
SHORT = Mark(meaning="failed", glyph="cross", word=N_("Short"))
NOTHING_NEEDED = Mark(meaning="neutral", glyph="check", word=N_("Nothing needed any more"))


def supply_mark(supply: Supply) -> Mark:
    """Say at one look whether there is enough of a component."""
    if supply.component.needed == 0:
        return NOTHING_NEEDED
    if supply.component.shortage == 0:
        return ENOUGH
    return COMING if supply.to_order == 0 else SHORT


def _days(coming: Sequence[Coming]) -> str | None:
    return ", ".join(f"{order} {day or '?'}" for order, _, _, day in coming) or None


def _per_unit(supply: Supply) -> str | None:
    share = supply.component.attrition * 100
    return f"+ {format(share.normalize(), 'f')} %" if share else None


def _uom(supply: Supply) -> str:
    return supply.component.uom


COMPONENTS: Table[Supply] = Table(
    name="components",
    row_key=lambda supply: supply.component.part_number,
    a_page=10_000,
    columns=(
        Column(
            key="component",
            title=N_("Component"),
            value=lambda supply: supply.component.part_number,
            href=lambda supply: part_url(supply.component.part_number),
            under=lambda supply: supply.component.name,
        ),
        Column(key="state", title=N_("There is"), kind="mark", value=supply_mark),
        Column(
            key="per_unit",
            title=N_("Per unit"),
            kind="quantity",
            value=lambda supply: supply.component.quantity,
            uom=_uom,
            under=_per_unit,
        ),
        Column(
            key="needed", title=N_("Needed"), kind="quantity", value=lambda supply: supply.component.needed
        ),
        Column(
            key="in_stock",
            title=N_("In stock"),
            kind="quantity",
            value=lambda supply: supply.component.in_stock,
        ),
        Column(
            key="reserved",
            title=N_("Reserved for other lots"),
            kind="quantity",
            value=lambda supply: supply.component.reserved,
        ),
        Column(
            key="shortage",
            title=N_("Short"),
            kind="quantity",
            value=lambda supply: supply.component.shortage,
            meaning=lambda supply: SHORT if supply.to_order else None,
        ),
        Column(
            key="on_order",
            title=N_("On order"),
            kind="quantity",
            value=lambda supply: supply.on_order,
            under=lambda supply: _days(supply.expected),
        ),
        Column(
            key="unassigned",
            title=N_("On order, for no lot"),
            kind="quantity",
            value=lambda supply: supply.on_order_for_nobody or None,
            under=lambda supply: _days(supply.unassigned),
        ),
        Column(
            key="designators",
            title=N_("Designators"),
            value=lambda supply: supply.component.designators or None,
            chosen=False,
        ),
    ),
)

DIFFERENCES: Table[Difference] = Table(
    name="differences",
    row_key=lambda each: each.part_number,
    a_page=10_000,
    columns=(
        Column(
            key="component",
            title=N_("Component"),
            value=lambda each: each.part_number,
            href=lambda each: part_url(each.part_number),
            sorts=False,
        ),
        Column(key="pinned", title=N_("This lot is built with"), value=lambda each: each.pinned, sorts=False),
        Column(key="present", title=N_("The BOM says now"), value=lambda each: each.present, sorts=False),
    ),
)

Line = tuple[LineView, str, date]
"""An order line with the lot it is looked at for, and the day it is."""

ARRIVED = Mark(meaning="passed", glyph="check", word=N_("Arrived"))
LATE = Mark(meaning="attention", glyph="warning", word=N_("Late"))
ON_THE_WAY = Mark(meaning="neutral", glyph="hourglass", word=N_("On the way"))
NOT_SENT = Mark(meaning="neutral", glyph="square", word=N_("Not sent yet"))
CANCELLED = Mark(meaning="neutral", glyph="blocked", word=N_("Cancelled"))


def delivery_mark(line: Line) -> Mark:
    """Say how a delivery stands."""
    view = line[0]
    if view.line.status == "cancelled":
        return CANCELLED
    if view.late:
        return LATE
    if view.line.received >= view.line.quantity or view.line.status == "received":
        return ARRIVED
    return NOT_SENT if view.line.status == "draft" else ON_THE_WAY


def _for_lot(line: Line) -> Decimal:
    return sum((share.quantity for share in line[0].lots if share.lot == line[1]), Decimal(0))


LINES: Table[Line] = Table(
    name="procurement",
    row_key=lambda line: f"{line[0].line.order} {line[0].line.position}",
    a_page=10_000,
    columns=(
        Column(
            key="order",
            title=N_("Order"),
            value=lambda line: line[0].line.order,
            href=lambda line: order_url(line[0].line.order),
            under=lambda line: line[0].line.supplier,
        ),
        Column(
            key="part",
            title=N_("Part"),
            value=lambda line: line[0].line.part_number,
            href=lambda line: part_url(line[0].line.part_number),
            under=lambda line: line[0].line.name,
        ),
        Column(key="delivery", title=N_("Delivery"), kind="mark", value=delivery_mark),
        Column(
            key="due",
            title=N_("Expected"),
            kind="day",
            value=lambda line: line[0].line.estimated_delivery,
            under=lambda line: line[0].line.actual_delivery and f"✓ {line[0].line.actual_delivery}",
        ),
        Column(
            key="price",
            title=N_("Price"),
            kind="quantity",
            value=lambda line: line[0].line.price,
            uom=lambda line: line[0].line.currency if line[0].line.price is not None else None,
        ),
        Column(
            key="quantity",
            title=N_("Ordered"),
            kind="quantity",
            value=lambda line: line[0].line.quantity,
            uom=lambda line: line[0].line.uom,
        ),
        Column(key="for_lot", title=N_("For this lot"), kind="quantity", value=_for_lot),
        Column(
            key="received", title=N_("Received"), kind="quantity", value=lambda line: line[0].line.received
        ),
        Column(
            key="late", title=N_("Days late"), kind="number", value=lambda line: line[0].days_late or None
        ),
        Column(
            key="status",
            title=N_("Order status"),
            value=lambda line: line[0].line.status.replace("_", " "),
            chosen=False,
        ),
    ),
)
