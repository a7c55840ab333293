"""The list of purchase orders."""

from decimal import Decimal
from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import Response

from lotline_server.core.web import Needs
from lotline_server.purchasing import queries, supplier_queries
from lotline_server.purchasing.pages.tables import orders_table
from lotline_server.purchasing.statuses import COMING, STATUSES
from lotline_server.site import queries as site
from lotline_server.web.page import Shown
from lotline_server.web.route import pages_router

router = pages_router()

MAX_ORDERS = 10_000
Show = Literal[
    "open", "late", "all", "draft", "sent", "confirmed", "partly_received", "received", "cancelled"
]  # fmt: skip


@router.get("/purchasing")
def show_orders(
    needs: Needs,
    page: Shown,
    *,
    show: Show = "open",
    q: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """List purchase orders, what is late first."""
    with needs.database.read() as connection:
        today = site.today(connection, page.now)
        counts = queries.count_by_status(connection, beginning=q)
        late = queries.list_orders(connection, beginning=q, late_on=today.isoformat(), limit=MAX_ORDERS)
        if show == "late":
            chosen = late
        else:
            statuses = {"open": COMING, "all": frozenset(STATUSES)}.get(show, frozenset({show}))
            chosen = queries.list_orders(connection, beginning=q, statuses=statuses, limit=MAX_ORDERS)
        has_suppliers = bool(supplier_queries.list_suppliers(connection, limit=1))
    how_many = {status: counts.get(status, 0) for status in STATUSES} | {
        "open": sum(counts.get(status, 0) for status in COMING),
        "late": len(late),
        "all": sum(counts.values()),
    }
    asked = orders_table(today).asked(page.request)
    found = asked.order(chosen)
    values: dict[str, Decimal] = {}
    for order in found:
        values[order.currency] = values.get(order.currency, Decimal(0)) + order.total
    view = asked.view(
        asked.cut(found), matching=len(found), keep={"show": "" if show == "open" else show, "q": q}
    )
    return page.table(
        "orders.html",
        view,
        place="/purchasing",
        show=show,
        q=q,
        how_many=how_many,
        values=sorted(values.items()),
        has_suppliers=has_suppliers,
    )
