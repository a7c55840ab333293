"""The tables of stock."""

import dataclasses
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeVar

from fastapi import Request

from lotline_contract.look import Mark
from lotline_server.lots.procurement import LineView
from lotline_server.lots.stock import LedgerLine, PartStock, ReservedFor
from lotline_server.web import marks
from lotline_server.web.language import N_
from lotline_server.web.links import lot_url, order_url, part_url, posting_url, stock_url, unit_url
from lotline_server.web.shown import amount
from lotline_server.web.tables import Column, Table, View

Row = TypeVar("Row")

KINDS = {
    "receipt": N_("Receipt"),
    "issue": N_("Issue"),
    "adjustment": N_("Adjustment"),
    "count": N_("Count"),
    "transfer": N_("Transfer"),
    "purchase_receipt": N_("Delivery"),
    "backflush": N_("Used for a unit"),
    "unit_receipt": N_("Unit completed"),
    "unit_tested": N_("Unit passed its tests"),
    "unit_scrapped": N_("Unit scrapped"),
    "lot_issue": N_("Issued to a lot"),
    "counter_entry": N_("Counter-entry"),
}
"""What a posting is called, by its kind."""


def _column(
    key: str, title: str, quantity: Callable[[PartStock], Decimal], *, chosen: bool = True
) -> Column[PartStock]:
    """Give a column of quantities in which none is a dash."""
    return Column(
        key=key, title=title, kind="quantity", value=lambda stock: quantity(stock) or None, chosen=chosen
    )


def _short(stock: PartStock) -> Mark | None:
    return marks.SHORT if stock.short else None


def stock_table(location: str | None) -> Table[PartStock]:
    """Give the table of stock; with what lies at one location, where one is asked for."""
    here: Column[PartStock] = Column(
        key="here",
        title=N_("Here"),
        kind="quantity",
        value=lambda stock: stock.at(location or ""),
        uom=lambda stock: stock.uom,
    )
    return Table(
        name="stock",
        row_key=lambda stock: stock.part_number,
        sort="part",
        columns=(
            Column(
                key="part",
                title=N_("Part"),
                value=lambda stock: stock.part_number,
                href=lambda stock: stock_url(stock.part_number),
                under=lambda stock: stock.name,
            ),
            *((here,) if location else ()),
            Column(key="kind", title=N_("Kind"), value=lambda stock: stock.kind, chosen=False),
            Column(
                key="on_hand",
                title=N_("On hand"),
                kind="quantity",
                value=lambda stock: stock.on_hand,
                uom=lambda stock: stock.uom,
            ),
            _column("untested", N_("Untested"), lambda stock: stock.untested),
            _column("reserved", N_("Reserved"), lambda stock: stock.reserved),
            Column(
                key="available",
                title=N_("Available"),
                kind="quantity",
                value=lambda stock: stock.available,
                meaning=_short,
            ),
            _column("on_order", N_("On order"), lambda stock: stock.on_order),
            _column("in_drafts", N_("In drafts"), lambda stock: stock.in_drafts, chosen=False),
            Column(
                key="next_delivery", title=N_("Next delivery"), kind="day",
                value=lambda stock: stock.next_delivery,
            ),
            Column(key="places", title=N_("Where"), value=_places, sorts=False),
        ),
    )  # fmt: skip


def _places(stock: PartStock) -> str | None:
    return ", ".join(f"{each.location} {amount(each.quantity)}" for each in stock.places) or None


def ledger_table(uom: str) -> Table[LedgerLine]:
    """Give the table of a part's ledger."""
    return Table(
        name="ledger",
        row_key=lambda line: f"{line.posting} {line.location}",
        a_page=50,
        columns=(
            Column(
                key="at", title=N_("When"), kind="moment", value=lambda line: line.at, sorts=False,
                href=lambda line: posting_url(line.posting),
            ),
            Column(
                key="kind",
                title=N_("What"),
                value=lambda line: KINDS.get(line.kind, line.kind),
                under=_why,
                sorts=False,
            ),
            Column(key="location", title=N_("Location"), value=lambda line: line.location, sorts=False),
            Column(
                key="quantity",
                title=N_("Quantity"),
                kind="quantity",
                value=lambda line: line.quantity,
                uom=lambda _: uom,
                sorts=False,
            ),
            Column(
                key="balance",
                title=N_("Balance"),
                kind="quantity",
                value=lambda line: line.balance,
                sorts=False,
            ),
            Column(
                key="lot", title=N_("Lot"), value=lambda line: line.lot, sorts=False,
                href=lambda line: lot_url(line.lot) if line.lot else None,
            ),
            Column(
                key="unit", title=N_("Unit"), value=lambda line: line.serial_number, sorts=False,
                href=lambda line: unit_url(line.serial_number) if line.serial_number else None, chosen=False,
            ),
            Column(
                key="order", title=N_("Order"), value=lambda line: line.order, sorts=False,
                href=lambda line: order_url(line.order) if line.order else None,
            ),
            Column(key="who", title=N_("Who"), value=lambda line: line.who, sorts=False),
            Column(
                key="reference", title=N_("Reference"), value=lambda line: line.reference, sorts=False,
                chosen=False,
            ),
        ),
    )  # fmt: skip


def _why(line: LedgerLine) -> str | None:
    return line.reason or line.reference


RESERVATIONS: Table[ReservedFor] = Table(
    name="reservations",
    row_key=lambda each: each.lot,
    columns=(
        Column(
            key="for_lot", title=N_("Lot"), value=lambda each: each.lot, sorts=False,
            href=lambda each: lot_url(each.lot),
        ),
        Column(
            key="builds", title=N_("Builds"), value=lambda each: each.part_number,
            href=lambda each: part_url(each.part_number), sorts=False,
        ),
        Column(
            key="reserved", title=N_("Reserved"), kind="quantity", value=lambda each: each.quantity,
            sorts=False,
        ),
    ),
)  # fmt: skip


def _for_whom(view: LineView) -> str:
    lots = ", ".join(share.lot for share in view.lots if share.to_come)
    return f"{view.line.supplier} → {lots}" if lots else view.line.supplier


def _late(view: LineView) -> Mark | None:
    return marks.LATE if view.late else None


INCOMING: Table[LineView] = Table(
    name="incoming",
    row_key=lambda view: f"{view.line.order} {view.line.position}",
    columns=(
        Column(
            key="from_order",
            title=N_("Order"),
            value=lambda view: view.line.order,
            href=lambda view: order_url(view.line.order),
            under=_for_whom,
            sorts=False,
        ),
        Column(
            key="status", title=N_("Status"), kind="mark", sorts=False,
            value=lambda view: marks.order_mark(view.line.status),
        ),
        Column(
            key="to_come", title=N_("To come"), kind="quantity", sorts=False,
            value=lambda view: view.line.quantity - view.line.received,
        ),
        Column(
            key="expected", title=N_("Expected"), kind="day", value=lambda view: view.line.estimated_delivery,
            meaning=_late, sorts=False,
        ),
    ),
)  # fmt: skip


def beside(table: Table[Row], request: Request, rows: Sequence[Row], without: str = "") -> View[Row]:
    """Give a small table that stands on the page of another one, whose address is not its own. without: the
    key of a column that says nothing there
    """
    shown = [each for each in table.columns if each.chosen and each.key != without]
    columns = [dataclasses.replace(each, sorts=False) for each in shown]
    asked = dataclasses.replace(table.asked(request), shown=columns, columns="", page_offset=0, sort="")
    return asked.view(rows, matching=len(rows))
