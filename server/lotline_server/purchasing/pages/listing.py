"""The list of purchase orders."""

from decimal import Decimal
from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import Response

from lotline_server.core.web import Needs
from lotline_server.purchasing import queries, supplier_queries
from lotline_server.purchasing.pages.tables import orders_table
from lotline_server.purchasing.queries import OrderRow
from lotline_server.purchasing.statuses import COMING, STATUSES, days_late
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
        every = queries.list_orders(connection, beginning=q, limit=MAX_ORDERS)
        has_suppliers = bool(supplier_queries.list_suppliers(connection, limit=1))
    late = [order for order in every if days_late(order.status, order.next_delivery, today)]
    chosen: dict[str, list[OrderRow]] = {
        "open": [order for order in every if order.status in COMING],
        "late": late,
        "all": every,
        **{status: [order for order in every if order.status == status] for status in STATUSES},
    }
    asked = orders_table(today).asked(page.request)
    found = asked.order(chosen[show])
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
        how_many={name: len(orders) for name, orders in chosen.items()},
        values=sorted(values.items()),
        has_suppliers=has_suppliers,
    )
