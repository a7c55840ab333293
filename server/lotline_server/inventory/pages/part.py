"""A part's stock: where it lies, for whom it is reserved, what is on its way, and its ledger."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from lotline_server.core.web import Needs
from lotline_server.inventory import queries
from lotline_server.inventory.pages.tables import INCOMING, RESERVATIONS, beside, ledger_table
from lotline_server.lots import stock
from lotline_server.lots.stock import LedgerLine
from lotline_server.site import queries as site
from lotline_server.web.page import Shown
from lotline_server.web.route import pages_router

router = pages_router()


@router.get("/stock/parts/{part_number:path}")
def show_part_stock(
    part_number: str,
    needs: Needs,
    page: Shown,
    *,
    location: str = "",
    before: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    """Show a part's stock; its ledger as CSV, where that is asked for."""
    with needs.database.read() as connection:
        found = stock.part_stock(connection, part_number, site.today(connection, page.now))
        table = ledger_table(found.stock.uom)
        asked = table.asked(page.request)
        lines = stock.part_ledger(
            connection,
            part_number,
            location=location or None,
            before=before,
            limit=asked.limit if asked.csv else table.a_page + 2,
        )
        locations = queries.list_locations(connection)
    there = {each.location for each in found.stock.places}
    shown = lines if asked.csv else lines[: _end(lines, table.a_page)]
    view = asked.view(shown, matching=len(shown), keep={"location": location})
    more = shown[-1].posting if len(lines) > len(shown) else None
    return page.table(
        "stock_part.html",
        view,
        place="/stock",
        stock=found.stock,
        days_late=max((view.days_late for view in found.incoming), default=0),
        reservations=beside(RESERVATIONS, page.request, found.reservations),
        incoming=beside(INCOMING, page.request, found.incoming),
        locations=[each.name for each in locations if each.name in there or each.name == location],
        location=location,
        before=before,
        more=more,
    )


def _end(lines: Sequence[LedgerLine], a_page: int) -> int:
    """Give how many lines stand on a page: a posting has up to two of a part and is not cut between them."""
    cut = len(lines) > a_page and lines[a_page].posting == lines[a_page - 1].posting
    return a_page + cut
