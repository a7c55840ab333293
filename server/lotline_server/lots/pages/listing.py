"""The list of lots."""

from typing import Literal

from fastapi.responses import Response

from lotline_server.core.web import Needs
from lotline_server.lots import queries
from lotline_server.lots.tables import LOTS
from lotline_server.parts import queries as parts
from lotline_server.web.page import Shown
from lotline_server.web.route import pages_router
from lotline_server.yields import queries as yields

router = pages_router()

MAX_LOTS = 1000


@router.get("/lots")
def show_lots(needs: Needs, page: Shown, *, state: Literal["open", "all"] = "open") -> Response:
    """List the lots."""
    asked = LOTS.asked(page.request)
    with needs.database.read() as connection:
        found = queries.list_lots(connection, only_open=state == "open", limit=MAX_LOTS)
        shares = yields.lots_yields(connection, [lot.lot for lot in found])
        how_many = {
            "open": queries.count_lots(connection, only_open=True),
            "all": queries.count_lots(connection),
        }
        has_parts = bool(parts.part_keys(connection))
    lines = asked.order((lot, yield_of(shares[lot.lot])) for lot in found)
    view = asked.view(asked.cut(lines), matching=len(lines), keep={"state": "" if state == "open" else state})
    return page.table("lots.html", view, place="/lots", how_many=how_many, state=state, has_parts=has_parts)


def yield_of(operations: list[yields.OperationYield]) -> float | None:
    """Give one first-pass yield of a lot: the product over its operations; None before the first."""
    known = [each.first_pass_yield for each in operations if each.first_pass_yield is not None]
    product = 1.0
    for share in known:
        product *= share
    return product if known else None
