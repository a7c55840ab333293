"""The tables of purchasing."""

from datetime import date
from decimal import Decimal

from lotline_contract.look import Mark
from lotline_server.lots.procurement import LineView
from lotline_server.purchasing.queries import OrderRow
from lotline_server.purchasing.statuses import COMING, days_late
from lotline_server.purchasing.supplier_queries import SuppliedPart
from lotline_server.purchasing.suppliers import SupplierListing
from lotline_server.web import marks
from lotline_server.web.language import N_
from lotline_server.web.links import order_url, stock_url, supplier_url
from lotline_server.web.shown import cents
from lotline_server.web.tables import Column, Table


def orders_table(today: date) -> Table[OrderRow]:
    """Give the table of orders: what is expected first stands first, and so what is late."""

    def late(order: OrderRow) -> Mark | None:
        return marks.LATE if days_late(order.status, order.next_delivery, today) else None

    return Table(
        name="purchase-orders",
        row_key=lambda order: order.number,
        sort="expected",
        columns=(
            Column(
                key="number",
                title=N_("Order"),
                value=lambda order: order.number,
                href=lambda order: order_url(order.number),
                under=lambda order: order.project,
            ),
            Column(
                key="supplier", title=N_("Supplier"), value=lambda order: order.supplier,
                href=lambda order: supplier_url(order.supplier),
            ),
            Column(
                key="status", title=N_("Status"), kind="mark",
                value=lambda order: marks.order_mark(order.status),
            ),
            Column(
                key="expected",
                title=N_("Expected"),
                kind="day",
                value=lambda order: order.next_delivery if order.status in COMING else None,
                meaning=late,
            ),
            Column(
                key="late",
                title=N_("Days late"),
                kind="number",
                value=lambda order: days_late(order.status, order.next_delivery, today) or None,
            ),
            Column(
                key="open_lines", title=N_("To come"), kind="number",
                value=lambda order: order.open_lines if order.status in COMING else 0,
            ),
            Column(key="lines", title=N_("Lines"), kind="number", value=lambda order: order.lines),
            Column(
                key="value",
                title=N_("Value"),
                kind="quantity",
                value=lambda order: cents(order.total),
                uom=lambda order: order.currency,
            ),
            Column(
                key="created", title=N_("Created"), kind="moment", value=lambda order: order.created_at,
                chosen=False,
            ),
        ),
    )  # fmt: skip


def _late(view: LineView) -> Mark | None:
    return marks.LATE if view.late else None


def _done(view: LineView) -> Mark | None:
    return marks.ORDERS["received"] if view.line.received == view.line.quantity else None


def _price(view: LineView) -> Decimal | None:
    return None if view.line.price is None else cents(view.line.price)


def _last_price(part: SuppliedPart) -> Decimal | None:
    return None if part.price is None else cents(part.price)


def _outstanding(view: LineView) -> Decimal | None:
    return view.line.quantity - view.line.received if view.line.status in COMING else None


def line_url(view: LineView) -> str:
    """Give the page of a line."""
    return f"{order_url(view.line.order)}/lines/{view.line.position}"


LINES: Table[LineView] = Table(
    name="order-lines",
    row_key=lambda view: str(view.line.position),
    a_page=1000,
    columns=(
        Column(
            key="line", title=N_("Line"), sorts=False, href=line_url, under=lambda view: view.line.name,
            value=lambda view: f"{view.line.position} · {view.line.part_number}",
        ),
        Column(
            key="ordered", title=N_("Ordered"), kind="quantity", value=lambda view: view.line.quantity,
            uom=lambda view: view.line.uom, sorts=False,
        ),
        Column(
            key="received", title=N_("Received"), kind="quantity", value=lambda view: view.line.received,
            meaning=_done, sorts=False,
        ),
        Column(
            key="outstanding", title=N_("Outstanding"), kind="quantity", sorts=False,
            value=_outstanding,
        ),
        Column(
            key="price", title=N_("Price"), kind="quantity", value=_price,
            uom=lambda view: view.line.currency if view.line.price is not None else None, sorts=False,
        ),
        Column(
            key="promised", title=N_("Promised"), kind="day", value=lambda view: view.line.promised_delivery,
            sorts=False,
        ),
        Column(
            key="expected", title=N_("Expected"), kind="day", sorts=False, meaning=_late,
            value=lambda view: view.line.actual_delivery or view.line.estimated_delivery,
        ),
        Column(
            key="lots", title=N_("For lots"), sorts=False,
            value=lambda view: ", ".join(share.lot for share in view.lots) or None,
        ),
    ),
)  # fmt: skip

SUPPLIERS: Table[SupplierListing] = Table(
    name="suppliers",
    row_key=lambda each: each.supplier.name,
    sort="name",
    columns=(
        Column(
            key="name", title=N_("Supplier"), value=lambda each: each.supplier.name,
            href=lambda each: supplier_url(each.supplier.name),
        ),
        Column(
            key="open", title=N_("Orders on their way"), kind="number", value=lambda each: each.open_orders
        ),
        Column(
            key="overdue", title=N_("Lines overdue"), kind="number",
            value=lambda each: each.delivered.overdue,
            meaning=lambda each: marks.LATE if each.delivered.overdue else None,
        ),
        Column(
            key="on_time", title=N_("On time"), kind="percent", value=lambda each: each.delivered.on_time
        ),
        Column(
            key="lead_time", title=N_("Lead time in days"), kind="number",
            value=lambda each: each.supplier.lead_time_days,
        ),
        Column(key="currency", title=N_("Currency"), value=lambda each: each.supplier.currency),
    ),
)  # fmt: skip

SUPPLIED: Table[SuppliedPart] = Table(
    name="parts",
    row_key=lambda part: part.part_number,
    columns=(
        Column(
            key="part", title=N_("Part"), value=lambda part: part.part_number, sorts=False,
            href=lambda part: stock_url(part.part_number), under=lambda part: part.name,
        ),
        Column(
            key="ordered", title=N_("Ordered"), kind="quantity", value=lambda part: part.ordered,
            uom=lambda part: part.uom, sorts=False,
        ),
        Column(
            key="received", title=N_("Received"), kind="quantity", value=lambda part: part.received,
            sorts=False,
        ),
        Column(
            key="price", title=N_("Last price"), kind="quantity", value=_last_price,
            uom=lambda part: part.currency if part.price is not None else None, sorts=False,
        ),
        Column(
            key="last_order", title=N_("Last order"), value=lambda part: part.last_order,
            href=lambda part: order_url(part.last_order), sorts=False,
        ),
    ),
)  # fmt: skip
