"""What there is of each part, over HTTP: free, reserved, on its way; and the ledger behind it."""

from typing import Annotated

from fastapi import APIRouter, Query

from lotline_server.core.paging import Paged
from lotline_server.core.strict_json import StrictRoute
from lotline_server.core.web import Needs
from lotline_server.lots import stock
from lotline_server.lots.stock import LedgerLine, PartStock, PartStockView
from lotline_server.site import queries as site

router = APIRouter(prefix="/api/v1", tags=["stock"], route_class=StrictRoute)


@router.get("/stock/parts")
def list_part_stock(
    needs: Needs,
    *,
    q: Annotated[str, Query(max_length=200)] = "",
    location: str | None = None,
    kind: str | None = None,
    short: bool = False,
    pages: Paged,
) -> list[PartStock]:
    """List the stock of parts by number; `q` are words of number or name."""
    with needs.database.read() as connection:
        found = stock.stock_list(connection, text=q, location=location, kind=kind, only_short=short)
    return pages.among(found, lambda row: (row.part_number,))


@router.get("/stock/parts/{part_number:path}/ledger")
def get_part_ledger(
    part_number: str,
    needs: Needs,
    *,
    location: str | None = None,
    pages: Paged,
) -> list[LedgerLine]:
    """Show a part's ledger, the newest line first, with its balances; no posting is cut in two."""
    with needs.database.read() as connection:
        (before,) = pages.after(int) or (None,)
        found = stock.part_ledger(connection, part_number, location=location, before=before, limit=pages.ask)
    return pages.cut(found, lambda row: (row.posting,))


@router.get("/stock/parts/{part_number:path}")
def get_part_stock(part_number: str, needs: Needs) -> PartStockView:
    """Show a part's stock: where it lies, for whom it is reserved, what is on its way."""
    with needs.database.read() as connection:
        return stock.part_stock(connection, part_number, site.today(connection, needs.clock()))
