"""The first page: how production is doing, in four figures, one chart, the lots and what happened last."""

import math
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import Response

from lotline_server.core.web import Needs
from lotline_server.dashboard import service
from lotline_server.dashboard.service import Count, Figures, LotLine
from lotline_server.lots import queries as lots
from lotline_server.parts import queries as parts
from lotline_server.web import bars, shown
from lotline_server.web.links import query
from lotline_server.web.page import Shown
from lotline_server.web.route import pages_router

router = pages_router()

Per = Literal["day", "month"]


@router.get("/")
def show_dashboard(needs: Needs, page: Shown, per: Per = "day") -> Response:
    """Show how production is doing."""
    with needs.database.read() as connection:
        found = service.dashboard(connection, page.now)
        has_parts = bool(parts.part_keys(connection))
        has_lots = bool(found.lots) or lots.count_lots(connection) > 0
    counts = found.days if per == "day" else found.months
    return page.html(
        "dashboard.html",
        place="/",
        figures=found.figures,
        against=_against_yesterday(found.figures),
        chart=bars.draw([_column(count, per) for count in counts], labels=8 if per == "day" else 12),
        per=per,
        lots=found.lots,
        yields={line.lot.lot: _rolled(line) for line in found.lots},
        open_words=_open_words(found.lots),
        activity=found.activity,
        has_parts=has_parts,
        has_lots=has_lots,
        is_empty=not has_parts and not has_lots and found.figures.stations == 0,
    )


@router.get("/completed/{period}")
def show_completed(
    period: str, needs: Needs, page: Shown, limit: Annotated[int, Query(ge=1, le=5000)] = 500
) -> Response:
    """Show the units completed on a day or in a month."""
    first, last = service.period_days(period)
    with needs.database.read() as connection:
        found = service.completed_in(connection, first, last, limit=limit)
    return page.html("completed.html", place="/", title=_long(period), units=found.units, total=found.total)


def _rolled(line: LotLine) -> float | None:
    """Give one first-pass yield of a lot: the product over its operations; None before the first."""
    known = [share for share in line.first_pass_yield.values() if share is not None]
    return math.prod(known) if known else None


def _open_words(lines: Sequence[LotLine]) -> str:
    """Say how far the open lots are together."""
    if not lines:
        return "create one to begin"
    completed = sum(line.lot.completed for line in lines)
    target = sum(line.lot.target for line in lines)
    return f"{shown.count(completed)} of {shown.count(target)} units completed"


def _against_yesterday(figures: Figures) -> str:
    """Say today's count against the same hour of yesterday."""
    before = figures.completed_yesterday_by_now
    more = figures.completed_today - before
    if before == 0 and figures.completed_today == 0:
        return "none yesterday by this hour either"
    if more == 0:
        return "as many as yesterday by this hour"
    return f"{shown.count(abs(more))} {'more' if more > 0 else 'fewer'} than yesterday by this hour"


def _column(count: Count, per: Per) -> bars.Column:
    units = "1 unit" if count.completed == 1 else f"{shown.count(count.completed)} units"
    return bars.Column(
        label=_short(count.period, per),
        title=f"{_long(count.period)}: {units}",
        value=count.completed,
        href=query(f"/completed/{count.period}") if count.completed else None,
    )


def _short(period: str, per: Per) -> str:
    day = date.fromisoformat(period if per == "day" else f"{period}-01")
    return f"{day.day} {day:%b}" if per == "day" else f"{day:%b}" if day.month > 1 else f"{day:%b %Y}"


def _long(period: str) -> str:
    if len(period) == 7:
        return f"{date.fromisoformat(f'{period}-01'):%B %Y}"
    day = date.fromisoformat(period)
    return f"{day:%A} {day.day} {day:%B %Y}"
