"""The first page: how production is doing, in four figures, one chart, the lots and what happened last."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from fastapi import Query
from fastapi.responses import Response

from lotline_server.activity import queries as activity
from lotline_server.core.web import Needs
from lotline_server.dashboard import charts, service
from lotline_server.dashboard.charts import By, Chart, Count, Per
from lotline_server.dashboard.service import Figures, LotLine
from lotline_server.dashboard.tables import ACTIVE_LOTS, COMPLETED
from lotline_server.lots import queries as lots
from lotline_server.parts import queries as parts
from lotline_server.web import bars, shown
from lotline_server.web.language import N_
from lotline_server.web.links import query
from lotline_server.web.page import Page, Shown
from lotline_server.web.route import pages_router

router = pages_router()

State = Literal["open", "risk", "all"]
LABELS: dict[Per, int] = {"day": 8, "month": 12, "shift": 10}
TITLES: dict[Per, str] = {
    "day": N_("Units completed per day"),
    "month": N_("Units completed per month"),
    "shift": N_("Units completed per shift"),
}
PASSED: dict[Per, str] = {
    "day": N_("Units that passed each operation, per day"),
    "month": N_("Units that passed each operation, per month"),
    "shift": N_("Units that passed each operation, per shift"),
}


@router.get("/")
def show_dashboard(
    needs: Needs, page: Shown, *, per: Per = "day", by: By = "", state: State = "open"
) -> Response:
    """Show how production is doing."""
    asked = ACTIVE_LOTS.asked(page.request)
    calendar = page.calendar
    with needs.database.read() as connection:
        lines = service.lot_lines(connection, page.now)
        figures = service.figures(connection, calendar, lines, page.now)
        chart = charts.chart(connection, calendar, calendar.day(page.now), per=per, by=by)
        latest = activity.latest(connection, limit=14)
        has_parts = parts.any_part(connection)
        has_lots = bool(lines) or lots.count_lots(connection) > 0
    fitting = [line for line in lines if _fits(line, state)]
    rows = asked.order(fitting)
    kept = {"per": "" if per == "day" else per, "by": by}
    view = asked.view(
        asked.cut(rows), matching=len(rows), keep={**kept, "state": "" if state == "open" else state}
    )
    return page.table(
        "dashboard.html",
        view,
        place="/",
        figures=figures,
        against=_against_yesterday(page, figures),
        chart=_draw(page, chart),
        chart_title=(PASSED if by == "operation" else TITLES)[per],
        series=chart.series,
        per=per,
        by=by,
        kept=kept,
        state=state,
        how_many={each: sum(_fits(line, each) for line in lines) for each in ("open", "risk", "all")},
        open_words=_open_words(page, lines),
        activity=latest,
        has_parts=has_parts,
        has_lots=has_lots,
        has_shifts=bool(calendar.rule(calendar.day(page.now)).shifts),
        is_empty=not has_parts and not has_lots and figures.stations == 0,
    )


@router.get("/completed/{period}")
def show_completed(
    period: str,
    needs: Needs,
    page: Shown,
    *,
    shift: str | None = None,
    part: str | None = Query(default=None, max_length=64),
    operation: str | None = Query(default=None, max_length=64),
) -> Response:
    """Show the units completed on a day, in a shift or in a month, or which then passed an operation."""
    asked = COMPLETED.asked(page.request)
    calendar = page.calendar
    start, end = service.period_bounds(calendar, period, shift)
    first, last = (each.isoformat() for each in service.period_days(period))
    with needs.database.read() as connection:
        found = service.completed_in(
            connection, start, end, part=part or None, operation=operation or None, order=asked.sort,
            descending=asked.desc, limit=asked.limit, offset=asked.offset,
        )  # fmt: skip
        by_part = charts.totals(connection, first, last, "part")
        by_operation = charts.totals(connection, first, last, "operation")
    view = asked.view(
        found.units, matching=found.total, keep={"shift": shift, "part": part, "operation": operation}
    )
    return page.table(
        "completed.html",
        view,
        place="/",
        title=_long(page, period, shift or ""),
        by_part=by_part,
        by_operation=by_operation,
        part=part or "",
        operation=operation or "",
    )


def _fits(line: LotLine, state: str) -> bool:
    if state == "all":
        return True
    return line.lot.open and (state == "open" or line.at_risk)


def _open_words(page: Page, lines: Sequence[LotLine]) -> str:
    """Say how far the open lots are together."""
    opened = [line.lot for line in lines if line.lot.open]
    if not opened:
        return page.say("no lot is open")
    return page.say(
        "%(open)s open, %(completed)s of %(target)s units completed",
        open=shown.count(len(opened)),
        completed=shown.count(sum(lot.completed for lot in opened)),
        target=shown.count(sum(lot.target for lot in opened)),
    )


def _against_yesterday(page: Page, figures: Figures) -> str:
    """Say today's count against the same hour of yesterday."""
    before = figures.completed_yesterday_by_now
    more = figures.completed_today - before
    if before == 0 and figures.completed_today == 0:
        return page.say("none yesterday by this hour either")
    if more == 0:
        return page.say("as many as yesterday by this hour")
    if more > 0:
        return page.say("%(count)s more than yesterday by this hour", count=shown.count(more))
    return page.say("%(count)s fewer than yesterday by this hour", count=shown.count(-more))


def _draw(page: Page, chart: Chart) -> bars.Chart:
    beside = chart.by == "operation"
    columns = [_column(page, count, chart) for count in chart.counts]
    return bars.draw(columns, labels=LABELS[chart.per], beside=beside)


def _column(page: Page, count: Count, chart: Chart) -> bars.Column:
    if chart.by == "operation":
        units = ", ".join(
            f"{name} {shown.count(each)}" for name, each in zip(chart.series, count.parts, strict=True)
        )
    else:
        units = page.say_many(
            "%(count)s unit", "%(count)s units", count.completed, count=shown.count(count.completed)
        )
        made = [(name, each) for name, each in zip(chart.series, count.parts, strict=True) if each]
        if made:
            units += " (" + ", ".join(f"{name} {shown.count(each)}" for name, each in made) + ")"
    href = query(f"/completed/{count.period}", shift=count.shift)
    return bars.Column(
        label=_short(page, count, chart.per),
        title=f"{_long(page, count.period, count.shift)}: {units}",
        value=count.completed,
        href=href if count.completed else None,
        parts=count.parts,
    )


def _short(page: Page, count: Count, per: Per) -> str:
    day = date.fromisoformat(count.period if per != "month" else f"{count.period}-01")
    if per == "month":
        return page.language.month(day, with_year=day.month == 1)
    return page.language.short_day(day)


def _long(page: Page, period: str, shift: str = "") -> str:
    if len(period) == 7:
        return page.language.long_month(date.fromisoformat(f"{period}-01"))
    return page.language.long_day(date.fromisoformat(period)) + (f", {shift}" if shift else "")
